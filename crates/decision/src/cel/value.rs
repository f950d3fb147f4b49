//! Values an expression works on, their equality and their order, as the CEL standard has them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::instant::Timestamp;

/// A value of an expression. Cloning is cheap: the large kinds are shared.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    String(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<[Value]>),
    /// A map.
    Map(Arc<BTreeMap<Key, Value>>),
    /// An instant.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(SignedDuration),
    /// A type, by its standard name.
    Type(Arc<str>),
    /// A value that may be absent.
    Optional(Option<Arc<Value>>),
}

/// A map's key. Numbers are one key when they are numerically equal, so a whole double finds the int it equals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A truth value.
    Bool(bool),
    /// Any integer, signed or not.
    Number(i128, Signed),
    /// Text.
    String(Arc<str>),
}

/// Whether an integer key was written signed; it takes no part in comparison.
#[derive(Clone, Copy, Debug)]
pub struct Signed(pub bool);

impl PartialEq for Signed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Signed {}
impl PartialOrd for Signed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Signed {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}
impl std::hash::Hash for Signed {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl Key {
    /// The key a value may be used as; `None` where it cannot be one. A double counts when it is whole (look-up only).
    pub fn from_value(value: &Value) -> Option<Key> {
        Some(match value {
            Value::Bool(b) => Key::Bool(*b),
            Value::Int(i) => Key::Number(i128::from(*i), Signed(true)),
            Value::UInt(u) => Key::Number(i128::from(*u), Signed(false)),
            Value::Double(d) if d.fract() == 0.0 && d.abs() < 2e19 => Key::Number(*d as i128, Signed(true)),
            Value::String(s) => Key::String(s.clone()),
            _ => return None,
        })
    }

    /// The key as a value again.
    pub fn to_value(&self) -> Value {
        match self {
            Key::Bool(b) => Value::Bool(*b),
            Key::Number(n, Signed(true)) => i64::try_from(*n).map_or(Value::Double(*n as f64), Value::Int),
            Key::Number(n, Signed(false)) => u64::try_from(*n).map_or(Value::Double(*n as f64), Value::UInt),
            Key::String(s) => Value::String(s.clone()),
        }
    }
}

impl Value {
    /// Text as a value.
    pub fn string(s: impl Into<Arc<str>>) -> Value {
        Value::String(s.into())
    }

    /// A list as a value.
    pub fn list(items: impl Into<Arc<[Value]>>) -> Value {
        Value::List(items.into())
    }

    /// An optional that holds `value`.
    pub fn some(value: Value) -> Value {
        Value::Optional(Some(Arc::new(value)))
    }

    /// The standard's name of the value's type.
    pub fn type_name(&self) -> &str {
        match self {
            Value::Null => "null_type",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::UInt(_) => "uint",
            Value::Double(_) => "double",
            Value::String(_) => "string",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::Timestamp(_) => "google.protobuf.Timestamp",
            Value::Duration(_) => "google.protobuf.Duration",
            Value::Type(_) => "type",
            Value::Optional(_) => "optional_type",
        }
    }

    /// Whether this is the empty or zero value of its kind.
    pub fn is_zero(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Bool(b) => !b,
            Value::Int(i) => *i == 0,
            Value::UInt(u) => *u == 0,
            Value::Double(d) => *d == 0.0,
            Value::String(s) => s.is_empty(),
            Value::Bytes(b) => b.is_empty(),
            Value::List(l) => l.is_empty(),
            Value::Map(m) => m.is_empty(),
            Value::Timestamp(_) | Value::Type(_) => false,
            Value::Duration(d) => d.is_zero(),
            Value::Optional(o) => o.is_none(),
        }
    }

    /// The value of a decoded JSON text. Whole numbers become ints (uints beyond), others doubles.
    pub fn from_json(json: &serde_json::Value) -> Value {
        use serde_json::Value as Json;
        match json {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(n) => {
                if let Some(i) = n.as_i64() {
                    Value::Int(i)
                } else if let Some(u) = n.as_u64() {
                    Value::UInt(u)
                } else {
                    Value::Double(n.as_f64().unwrap_or(f64::NAN))
                }
            }
            Json::String(s) => Value::String(s.as_str().into()),
            Json::Array(items) => Value::List(items.iter().map(Value::from_json).collect()),
            Json::Object(members) => Value::Map(Arc::new(
                members.iter().map(|(k, v)| (Key::String(k.as_str().into()), Value::from_json(v))).collect(),
            )),
        }
    }

    /// The value as JSON, for a decision record: instants and durations as text, bytes as a list of numbers, what JSON cannot hold as text.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Value::Null | Value::Optional(None) => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(i) => Json::from(*i),
            Value::UInt(u) => Json::from(*u),
            Value::Double(d) => serde_json::Number::from_f64(*d)
                .map_or_else(|| Json::String(super::time::double_text(*d)), Json::Number),
            Value::String(s) => Json::String(s.to_string()),
            Value::Bytes(b) => Json::Array(b.iter().map(|x| Json::from(*x)).collect()),
            Value::List(l) => Json::Array(l.iter().map(Value::to_json).collect()),
            Value::Map(m) => Json::Object(m.iter().map(|(k, v)| (key_text(k), v.to_json())).collect()),
            Value::Timestamp(t) => Json::String(t.to_string()),
            Value::Duration(d) => Json::String(super::time::duration_text(*d)),
            Value::Type(t) => Json::String(t.to_string()),
            Value::Optional(Some(v)) => v.to_json(),
        }
    }

    /// Equality as the standard has it: numbers by value whatever their kind, NaN equal to nothing, different kinds unequal.
    pub fn equals(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| x.equals(y)),
            (Value::Map(a), Value::Map(b)) => {
                a.len() == b.len() && a.iter().all(|(k, x)| b.get(k).is_some_and(|y| x.equals(y)))
            }
            (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
            (Value::Duration(a), Value::Duration(b)) => a == b,
            (Value::Type(a), Value::Type(b)) => a == b,
            (Value::Optional(a), Value::Optional(b)) => match (a, b) {
                (None, None) => true,
                (Some(x), Some(y)) => x.equals(y),
                _ => false,
            },
            _ => compare_numbers(self, other) == Some(Some(Ordering::Equal)),
        }
    }

    /// The order of two values: `None` where the standard has no such overload, `Some(None)` where a NaN makes every comparison false.
    pub fn compare(&self, other: &Value) -> Option<Option<Ordering>> {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => Some(Some(a.cmp(b))),
            (Value::String(a), Value::String(b)) => Some(Some(a.cmp(b))),
            (Value::Bytes(a), Value::Bytes(b)) => Some(Some(a.cmp(b))),
            (Value::Timestamp(a), Value::Timestamp(b)) => Some(Some(a.cmp(b))),
            (Value::Duration(a), Value::Duration(b)) => Some(Some(a.cmp(b))),
            _ => compare_numbers(self, other),
        }
    }
}

/// Same kind and same content; unlike [`Value::equals`] an int never equals a double.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.type_name() == other.type_name() && self.equals(other)
    }
}

/// A key as text, for display and JSON.
pub(crate) fn key_text(key: &Key) -> String {
    match key {
        Key::Bool(b) => b.to_string(),
        Key::Number(n, _) => n.to_string(),
        Key::String(s) => s.to_string(),
    }
}

fn compare_numbers(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    use Value::{Double, Int, UInt};
    Some(match (a, b) {
        (Int(x), Int(y)) => Some(x.cmp(y)),
        (UInt(x), UInt(y)) => Some(x.cmp(y)),
        (Double(x), Double(y)) => x.partial_cmp(y),
        (Int(x), UInt(y)) => Some(i128::from(*x).cmp(&i128::from(*y))),
        (UInt(x), Int(y)) => Some(i128::from(*x).cmp(&i128::from(*y))),
        (Int(x), Double(y)) => compare_whole(i128::from(*x), *y),
        (UInt(x), Double(y)) => compare_whole(i128::from(*x), *y),
        (Double(x), Int(y)) => compare_whole(i128::from(*y), *x).map(Ordering::reverse),
        (Double(x), UInt(y)) => compare_whole(i128::from(*y), *x).map(Ordering::reverse),
        _ => return None,
    })
}

/// Compares an integer with a double as the standard does: as doubles, so integers too large for one are rounded first.
pub(crate) fn compare_whole(whole: i128, double: f64) -> Option<Ordering> {
    (whole as f64).partial_cmp(&double)
}
