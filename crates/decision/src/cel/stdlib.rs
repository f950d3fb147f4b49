//! The standard library: each function or method with its signature and what it does.

use super::fault::{EvalError, Fault};
use super::instant::Timestamp;
use super::strings as text;
use super::time;
use super::types::Type;
use super::value::Value;
use super::{format, math};

/// A function of the standard library.
pub(crate) struct Std {
    pub name: &'static str,
    pub method: bool,
    /// The receiver first, for a method.
    pub params: &'static [Kind],
    pub result: Kind,
    pub run: fn(&[Value]) -> Result<Value, Fault>,
}

impl std::fmt::Debug for Std {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{:?}", self.name, self.params)
    }
}

/// The kind of an argument or result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    Bool,
    Int,
    UInt,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    Type,
    List,
    Map,
    Optional,
    /// Int, uint or double.
    Number,
    /// A list of text.
    Strings,
}

impl Kind {
    /// The static type of this kind.
    pub fn to_type(self) -> Type {
        match self {
            Kind::Any | Kind::Number => Type::Dyn,
            Kind::Bool => Type::Bool,
            Kind::Int => Type::Int,
            Kind::UInt => Type::UInt,
            Kind::Double => Type::Double,
            Kind::String => Type::String,
            Kind::Bytes => Type::Bytes,
            Kind::Timestamp => Type::Timestamp,
            Kind::Duration => Type::Duration,
            Kind::Type => Type::Type,
            Kind::List => Type::list(Type::Dyn),
            Kind::Map => Type::map(Type::Dyn, Type::Dyn),
            Kind::Optional => Type::optional(Type::Dyn),
            Kind::Strings => Type::list(Type::String),
        }
    }

    /// Whether a value is of this kind.
    pub fn holds(self, value: &Value) -> bool {
        match (self, value) {
            (Kind::Any, _)
            | (Kind::Bool, Value::Bool(_))
            | (Kind::Int, Value::Int(_))
            | (Kind::UInt, Value::UInt(_))
            | (Kind::Double, Value::Double(_))
            | (Kind::Number, Value::Int(_) | Value::UInt(_) | Value::Double(_))
            | (Kind::String, Value::String(_))
            | (Kind::Bytes, Value::Bytes(_))
            | (Kind::Timestamp, Value::Timestamp(_))
            | (Kind::Duration, Value::Duration(_))
            | (Kind::Type, Value::Type(_))
            | (Kind::List, Value::List(_))
            | (Kind::Map, Value::Map(_))
            | (Kind::Optional, Value::Optional(_)) => true,
            (Kind::Strings, Value::List(l)) => l.iter().all(|v| matches!(v, Value::String(_))),
            _ => false,
        }
    }
}

/// The functions of that name; `method` tells which call style.
pub(crate) fn named(name: &str, method: bool) -> impl Iterator<Item = &'static Std> {
    let same = move |s: &&Std| s.method == method && s.name == name;
    tables().filter(same)
}

/// Every name, for "did you mean".
pub(crate) fn all_names() -> impl Iterator<Item = &'static str> {
    tables().map(|s| s.name)
}

fn tables() -> impl Iterator<Item = &'static Std> {
    CORE.iter().chain(TIME).chain(text::STRINGS).chain(OPTIONAL).chain(math::MATH)
}

/// Makes a table row of a function.
pub(crate) const fn function(
    name: &'static str,
    params: &'static [Kind],
    result: Kind,
    run: fn(&[Value]) -> Result<Value, Fault>,
) -> Std {
    Std { name, method: false, params, result, run }
}

/// Makes a table row of a method; the receiver is the first parameter.
pub(crate) const fn method(
    name: &'static str,
    params: &'static [Kind],
    result: Kind,
    run: fn(&[Value]) -> Result<Value, Fault>,
) -> Std {
    Std { name, method: true, params, result, run }
}

use Kind as K;

static CORE: &[Std] = &[
    function("size", &[K::String], K::Int, size),
    function("size", &[K::Bytes], K::Int, size),
    function("size", &[K::List], K::Int, size),
    function("size", &[K::Map], K::Int, size),
    method("size", &[K::String], K::Int, size),
    method("size", &[K::Bytes], K::Int, size),
    method("size", &[K::List], K::Int, size),
    method("size", &[K::Map], K::Int, size),
    function("dyn", &[K::Any], K::Any, |a| Ok(a[0].clone())),
    function("type", &[K::Any], K::Type, |a| Ok(Value::Type(a[0].type_name().into()))),
    function("bool", &[K::Any], K::Bool, to_bool),
    function("int", &[K::Any], K::Int, to_int),
    function("uint", &[K::Any], K::UInt, to_uint),
    function("double", &[K::Any], K::Double, to_double),
    function("string", &[K::Any], K::String, to_string),
    function("bytes", &[K::String], K::Bytes, to_bytes),
    function("bytes", &[K::Bytes], K::Bytes, |a| Ok(a[0].clone())),
    function("matches", &[K::String, K::String], K::Bool, matches),
    method("matches", &[K::String, K::String], K::Bool, matches),
];

static TIME: &[Std] = &[
    function("timestamp", &[K::String], K::Timestamp, |a| match &a[0] {
        Value::String(s) => Timestamp::parse(s)
            .map(Value::Timestamp)
            .ok_or_else(|| EvalError::Invalid(format!("{s:?} is no timestamp in range")).into()),
        other => Err(wrong("timestamp", other)),
    }),
    function("timestamp", &[K::Int], K::Timestamp, |a| match &a[0] {
        Value::Int(i) => time::from_seconds(*i),
        other => Err(wrong("timestamp", other)),
    }),
    function("timestamp", &[K::Timestamp], K::Timestamp, |a| Ok(a[0].clone())),
    function("duration", &[K::String], K::Duration, |a| match &a[0] {
        Value::String(s) => time::parse_duration(s)
            .map(Value::Duration)
            .ok_or_else(|| EvalError::Invalid(format!("{s:?} is no duration in range")).into()),
        other => Err(wrong("duration", other)),
    }),
    function("duration", &[K::Duration], K::Duration, |a| Ok(a[0].clone())),
    getter("getDate"),
    zoned("getDate"),
    getter("getDayOfMonth"),
    zoned("getDayOfMonth"),
    getter("getDayOfWeek"),
    zoned("getDayOfWeek"),
    getter("getDayOfYear"),
    zoned("getDayOfYear"),
    getter("getFullYear"),
    zoned("getFullYear"),
    getter("getMonth"),
    zoned("getMonth"),
    getter("getHours"),
    zoned("getHours"),
    of_duration("getHours"),
    getter("getMinutes"),
    zoned("getMinutes"),
    of_duration("getMinutes"),
    getter("getSeconds"),
    zoned("getSeconds"),
    of_duration("getSeconds"),
    getter("getMilliseconds"),
    zoned("getMilliseconds"),
    of_duration("getMilliseconds"),
];

/// Getters share one body; the call's name comes in front of the arguments.
fn by_name(_: &[Value]) -> Result<Value, Fault> {
    Err(Fault::overload("getter"))
}

const fn getter(name: &'static str) -> Std {
    method(name, &[K::Timestamp], K::Int, by_name)
}

const fn zoned(name: &'static str) -> Std {
    method(name, &[K::Timestamp, K::String], K::Int, by_name)
}

const fn of_duration(name: &'static str) -> Std {
    method(name, &[K::Duration], K::Int, by_name)
}

impl Std {
    /// Runs the function on values of its kinds.
    pub fn call(&self, args: &[Value]) -> Result<Value, Fault> {
        match args {
            [Value::Timestamp(t), rest @ ..] if self.name.starts_with("get") => {
                let zone = match rest.first() {
                    Some(Value::String(zone)) => zone,
                    _ => "",
                };
                time::part(*t, self.name, zone).map(Value::Int)
            }
            [Value::Duration(d)] if self.name.starts_with("get") => time::duration_part(*d, self.name).map(Value::Int),
            _ => (self.run)(args),
        }
    }
}

static OPTIONAL: &[Std] = &[
    function("optional.of", &[K::Any], K::Optional, |a| Ok(Value::some(a[0].clone()))),
    function("optional.ofNonZeroValue", &[K::Any], K::Optional, |a| {
        Ok(if a[0].is_zero() { Value::Optional(None) } else { Value::some(a[0].clone()) })
    }),
    function("optional.none", &[], K::Optional, |_| Ok(Value::Optional(None))),
    method("hasValue", &[K::Optional], K::Bool, |a| match &a[0] {
        Value::Optional(o) => Ok(Value::Bool(o.is_some())),
        other => Err(wrong("hasValue", other)),
    }),
    method("value", &[K::Optional], K::Any, |a| match &a[0] {
        Value::Optional(Some(v)) => Ok((**v).clone()),
        Value::Optional(None) => Err(EvalError::Invalid("optional.none() has no value".into()).into()),
        other => Err(wrong("value", other)),
    }),
    // The compiler evaluates the second argument of these two only where it is needed.
    method("or", &[K::Optional, K::Optional], K::Optional, |a| match &a[0] {
        Value::Optional(None) => Ok(a[1].clone()),
        some => Ok(some.clone()),
    }),
    method("orValue", &[K::Optional, K::Any], K::Any, |a| match &a[0] {
        Value::Optional(Some(v)) => Ok((**v).clone()),
        _ => Ok(a[1].clone()),
    }),
];

/// The fault of a value of the wrong kind.
pub(crate) fn wrong(name: &str, value: &Value) -> Fault {
    Fault::overload(format!("{name}({})", value.type_name()))
}

fn size(a: &[Value]) -> Result<Value, Fault> {
    let size = match &a[0] {
        Value::String(s) => s.chars().count(),
        Value::Bytes(b) => b.len(),
        Value::List(l) => l.len(),
        Value::Map(m) => m.len(),
        other => return Err(wrong("size", other)),
    };
    Ok(Value::Int(size as i64))
}

fn matches(a: &[Value]) -> Result<Value, Fault> {
    match a {
        [Value::String(s), Value::String(pattern)] => {
            let regex = super::env::compile_regex(pattern).map_err(EvalError::Invalid)?;
            Ok(Value::Bool(regex.is_match(s)))
        }
        _ => Err(Fault::overload("matches")),
    }
}

fn to_bool(a: &[Value]) -> Result<Value, Fault> {
    match &a[0] {
        Value::Bool(b) => Ok(Value::Bool(*b)),
        Value::String(s) => match &**s {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => Err(EvalError::Invalid(format!("{s:?} is no bool")).into()),
        },
        other => Err(wrong("bool", other)),
    }
}

fn to_int(a: &[Value]) -> Result<Value, Fault> {
    let range = || EvalError::Range("int").into();
    match &a[0] {
        Value::Int(i) => Ok(Value::Int(*i)),
        Value::UInt(u) => i64::try_from(*u).map(Value::Int).map_err(|_| range()),
        // The standard leaves out both ends, which a double cannot tell from their neighbours.
        Value::Double(d) if *d > -9_223_372_036_854_775_808.0 && *d < 9_223_372_036_854_775_808.0 => {
            Ok(Value::Int(*d as i64))
        }
        Value::Double(_) => Err(range()),
        Value::String(s) => {
            s.parse().map(Value::Int).map_err(|_| EvalError::Invalid(format!("{s:?} is no int")).into())
        }
        Value::Timestamp(t) => Ok(Value::Int(t.seconds())),
        other => Err(wrong("int", other)),
    }
}

fn to_uint(a: &[Value]) -> Result<Value, Fault> {
    let range = || EvalError::Range("uint").into();
    match &a[0] {
        Value::UInt(u) => Ok(Value::UInt(*u)),
        Value::Int(i) => u64::try_from(*i).map(Value::UInt).map_err(|_| range()),
        Value::Double(d) if *d > -1.0 && *d < 18_446_744_073_709_551_616.0 => Ok(Value::UInt(*d as u64)),
        Value::Double(_) => Err(range()),
        Value::String(s) => {
            s.parse().map(Value::UInt).map_err(|_| EvalError::Invalid(format!("{s:?} is no uint")).into())
        }
        other => Err(wrong("uint", other)),
    }
}

fn to_double(a: &[Value]) -> Result<Value, Fault> {
    match &a[0] {
        Value::Double(d) => Ok(Value::Double(*d)),
        Value::Int(i) => Ok(Value::Double(*i as f64)),
        Value::UInt(u) => Ok(Value::Double(*u as f64)),
        Value::String(s) => {
            s.parse().map(Value::Double).map_err(|_| EvalError::Invalid(format!("{s:?} is no double")).into())
        }
        other => Err(wrong("double", other)),
    }
}

fn to_string(a: &[Value]) -> Result<Value, Fault> {
    Ok(match &a[0] {
        Value::String(_) => a[0].clone(),
        Value::Bytes(b) => match std::str::from_utf8(b) {
            Ok(s) => Value::string(s),
            Err(_) => return Err(EvalError::Invalid("the bytes are no UTF-8 text".into()).into()),
        },
        Value::Null | Value::List(_) | Value::Map(_) | Value::Type(_) | Value::Optional(_) => {
            return Err(wrong("string", &a[0]));
        }
        scalar => Value::string(format::plain(scalar)),
    })
}

fn to_bytes(a: &[Value]) -> Result<Value, Fault> {
    match &a[0] {
        Value::String(s) => Ok(Value::Bytes(s.as_bytes().into())),
        other => Err(wrong("bytes", other)),
    }
}
