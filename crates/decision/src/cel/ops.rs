//! The operators on values whose types are known only when they run.

use std::cmp::Ordering;

use super::ast::Binary;
use super::fault::{EvalError, Fault};
use super::strings;
use super::time;
use super::value::{Key, Value};

/// The most elements a list made by an expression may have.
const MAX_ITEMS: usize = 1 << 20;

/// `a op b`
pub(crate) fn binary(op: Binary, a: &Value, b: &Value) -> Result<Value, Fault> {
    match op {
        Binary::Eq => Ok(Value::Bool(a.equals(b))),
        Binary::Ne => Ok(Value::Bool(!a.equals(b))),
        Binary::In => contains(a, b).map(Value::Bool),
        op if op.is_order() => compare(op, a, b).map(Value::Bool),
        op => arithmetic(op, a, b),
    }
}

/// Whether an order satisfies the operator.
pub(crate) fn holds(op: Binary, order: Option<Ordering>) -> bool {
    match (op, order) {
        (Binary::Ne, None) => true,
        (_, None) => false,
        (Binary::Eq, Some(o)) => o.is_eq(),
        (Binary::Ne, Some(o)) => o.is_ne(),
        (Binary::Lt, Some(o)) => o.is_lt(),
        (Binary::Le, Some(o)) => o.is_le(),
        (Binary::Gt, Some(o)) => o.is_gt(),
        (Binary::Ge, Some(o)) => o.is_ge(),
        _ => false,
    }
}

/// `a < b` and its like.
pub(crate) fn compare(op: Binary, a: &Value, b: &Value) -> Result<bool, Fault> {
    let order = a.compare(b).ok_or_else(|| no_overload(op, a, b))?;
    Ok(holds(op, order))
}

/// `item in container`
pub(crate) fn contains(item: &Value, container: &Value) -> Result<bool, Fault> {
    match container {
        Value::List(items) => Ok(items.iter().any(|i| i.equals(item))),
        Value::Map(map) => Ok(Key::from_value(item).is_some_and(|k| map.contains_key(&k))),
        _ => Err(no_overload(Binary::In, item, container)),
    }
}

fn no_overload(op: Binary, a: &Value, b: &Value) -> Fault {
    Fault::overload(format!("{} {} {}", a.type_name(), op.sign(), b.type_name()))
}

fn arithmetic(op: Binary, a: &Value, b: &Value) -> Result<Value, Fault> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => int(op, *x, *y).map(Value::Int),
        (Value::UInt(x), Value::UInt(y)) => uint(op, *x, *y).map(Value::UInt),
        (Value::Double(x), Value::Double(y)) if op != Binary::Rem => Ok(Value::Double(double(op, *x, *y))),
        (Value::String(x), Value::String(y)) if op == Binary::Add => strings::bounded(format!("{x}{y}")),
        (Value::Bytes(x), Value::Bytes(y)) if op == Binary::Add => {
            if x.len() + y.len() > strings::MAX_TEXT {
                return Err(EvalError::Size(strings::MAX_TEXT).into());
            }
            Ok(Value::Bytes([&x[..], &y[..]].concat().into()))
        }
        (Value::List(x), Value::List(y)) if op == Binary::Add => {
            if x.len() + y.len() > MAX_ITEMS {
                return Err(EvalError::Size(MAX_ITEMS).into());
            }
            Ok(Value::List(x.iter().chain(y.iter()).cloned().collect()))
        }
        _ if matches!(op, Binary::Add | Binary::Sub) => {
            time::add(a, b, op == Binary::Sub).unwrap_or_else(|| Err(no_overload(op, a, b)))
        }
        _ => Err(no_overload(op, a, b)),
    }
}

/// Integer arithmetic; leaving 64 bits is an error.
pub(crate) fn int(op: Binary, a: i64, b: i64) -> Result<i64, Fault> {
    let result = match op {
        Binary::Add => a.checked_add(b),
        Binary::Sub => a.checked_sub(b),
        Binary::Mul => a.checked_mul(b),
        Binary::Div if b == 0 => return Err(EvalError::DivisionByZero.into()),
        Binary::Div => a.checked_div(b),
        Binary::Rem if b == 0 => return Err(EvalError::ModulusByZero.into()),
        Binary::Rem => a.checked_rem(b),
        _ => None,
    };
    result.ok_or_else(|| EvalError::Range("int").into())
}

fn uint(op: Binary, a: u64, b: u64) -> Result<u64, Fault> {
    let result = match op {
        Binary::Add => a.checked_add(b),
        Binary::Sub => a.checked_sub(b),
        Binary::Mul => a.checked_mul(b),
        Binary::Div if b == 0 => return Err(EvalError::DivisionByZero.into()),
        Binary::Div => a.checked_div(b),
        Binary::Rem if b == 0 => return Err(EvalError::ModulusByZero.into()),
        Binary::Rem => a.checked_rem(b),
        _ => None,
    };
    result.ok_or_else(|| EvalError::Range("uint").into())
}

/// Floating-point arithmetic as IEEE 754 has it.
pub(crate) fn double(op: Binary, a: f64, b: f64) -> f64 {
    match op {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        _ => f64::NAN,
    }
}

/// `-a`
pub(crate) fn negate(a: &Value) -> Result<Value, Fault> {
    match a {
        Value::Int(i) => i.checked_neg().map(Value::Int).ok_or_else(|| EvalError::Range("int").into()),
        Value::Double(d) => Ok(Value::Double(-d)),
        other => Err(Fault::overload(format!("-{}", other.type_name()))),
    }
}

/// `operand.field`: a map's entry; through an optional, an optional of it.
pub(crate) fn select(operand: &Value, field: &Value) -> Result<Value, Fault> {
    match operand {
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) => Ok(optional_entry(inner, field)?),
        other => entry(other, field)?.ok_or_else(|| EvalError::NoSuchKey(super::format::plain(field)).into()),
    }
}

/// `operand.?field` and `operand[?index]`: an optional of the entry.
pub(crate) fn select_optional(operand: &Value, field: &Value) -> Result<Value, Fault> {
    match operand {
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) => optional_entry(inner, field),
        other => optional_entry(other, field),
    }
}

fn optional_entry(container: &Value, key: &Value) -> Result<Value, Fault> {
    Ok(match entry(container, key) {
        Ok(Some(v @ Value::Optional(_))) => v,
        Ok(Some(v)) => Value::some(v),
        Ok(None) => Value::Optional(None),
        Err(Fault::Error(e)) if matches!(*e, EvalError::Index(_)) => Value::Optional(None),
        Err(e) => return Err(e),
    })
}

/// A map's entry or a list's element; `None` where a map has no such key.
pub(crate) fn entry(container: &Value, key: &Value) -> Result<Option<Value>, Fault> {
    match container {
        Value::Map(map) => {
            let key = Key::from_value(key).ok_or_else(|| Fault::overload(format!("map[{}]", key.type_name())));
            Ok(map.get(&key?).cloned())
        }
        Value::List(items) => {
            let index = match key {
                Value::Int(i) => *i,
                Value::UInt(u) => i64::try_from(*u).unwrap_or(i64::MAX),
                Value::Double(d) if d.fract() == 0.0 && d.abs() < 1e15 => *d as i64,
                other => return Err(Fault::overload(format!("list[{}]", other.type_name()))),
            };
            let found = usize::try_from(index).ok().and_then(|i| items.get(i));
            found.cloned().map(Some).ok_or_else(|| EvalError::Index(index).into())
        }
        other => Err(Fault::overload(format!("{}[…]", other.type_name()))),
    }
}

/// `has(operand.field)`
pub(crate) fn has(operand: &Value, field: &Value) -> Result<bool, Fault> {
    match operand {
        Value::Optional(None) => Ok(false),
        Value::Optional(Some(inner)) => has(inner, field),
        Value::Map(_) => Ok(entry(operand, field)?.is_some()),
        other => Err(Fault::overload(format!("has({}.…)", other.type_name()))),
    }
}
