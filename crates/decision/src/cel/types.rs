//! The types an expression can have, as declared by an environment and found by the checker.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The type of a variable, a field, a function's argument or a whole expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Known only when the expression runs; every operation on it is checked then.
    Dyn,
    /// The type of `null` alone.
    Null,
    /// `true` or `false`.
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// An unsigned 64-bit integer.
    UInt,
    /// A 64-bit floating-point number.
    Double,
    /// Unicode text.
    String,
    /// A sequence of bytes.
    Bytes,
    /// An instant between the years 1 and 9999, to the nanosecond.
    Timestamp,
    /// A span of time, to the nanosecond.
    Duration,
    /// The type of a type, such as `int` itself.
    Type,
    /// A list whose elements share a type.
    List(Box<Type>),
    /// A map from bool, int, uint or string keys to values of one type.
    Map(Box<Type>, Box<Type>),
    /// A value that may be absent.
    Optional(Box<Type>),
    /// A thing with named, typed fields.
    Object(Arc<ObjectType>),
}

/// The fields of a struct-like variable.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ObjectType {
    /// The name shown in messages, such as `listing`.
    pub name: String,
    /// Each field's type by its name.
    pub fields: BTreeMap<String, Type>,
}

impl Type {
    /// A list of `element`s.
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// A map from `key` to `value`.
    pub fn map(key: Type, value: Type) -> Type {
        Type::Map(Box::new(key), Box::new(value))
    }

    /// A value of `inner` that may be absent.
    pub fn optional(inner: Type) -> Type {
        Type::Optional(Box::new(inner))
    }

    /// An object called `name` with the given fields.
    pub fn object<N: Into<String>>(name: impl Into<String>, fields: impl IntoIterator<Item = (N, Type)>) -> Type {
        Type::Object(Arc::new(ObjectType {
            name: name.into(),
            fields: fields.into_iter().map(|(n, t)| (n.into(), t)).collect(),
        }))
    }

    /// Whether this is int, uint or double.
    pub fn is_number(&self) -> bool {
        matches!(self, Type::Int | Type::UInt | Type::Double)
    }

    /// Whether a value of this type may stand where `wanted` is asked for. `dyn` fits everywhere: it is checked when the expression runs.
    pub fn fits(&self, wanted: &Type) -> bool {
        match (self, wanted) {
            (Type::Dyn, _) | (_, Type::Dyn) => true,
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => a.fits(b),
            (Type::Map(ka, va), Type::Map(kb, vb)) => ka.fits(kb) && va.fits(vb),
            (Type::Object(o), Type::Map(k, v)) | (Type::Map(k, v), Type::Object(o)) => {
                Type::String.fits(k) && o.fields.values().all(|t| t.fits(v))
            }
            (a, b) => a == b,
        }
    }

    /// The type that holds both: the same type, or `dyn` where they differ.
    pub fn join(&self, other: &Type) -> Type {
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Type::List(a), Type::List(b)) => Type::list(a.join(b)),
            (Type::Optional(a), Type::Optional(b)) => Type::optional(a.join(b)),
            (Type::Map(ka, va), Type::Map(kb, vb)) => Type::map(ka.join(kb), va.join(vb)),
            _ => Type::Dyn,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dyn => f.write_str("dyn"),
            Type::Null => f.write_str("null"),
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::UInt => f.write_str("uint"),
            Type::Double => f.write_str("double"),
            Type::String => f.write_str("string"),
            Type::Bytes => f.write_str("bytes"),
            Type::Timestamp => f.write_str("timestamp"),
            Type::Duration => f.write_str("duration"),
            Type::Type => f.write_str("type"),
            Type::List(e) => write!(f, "list({e})"),
            Type::Map(k, v) => write!(f, "map({k}, {v})"),
            Type::Optional(t) => write!(f, "optional({t})"),
            Type::Object(o) => f.write_str(&o.name),
        }
    }
}
