//! Numbers beyond the operators: greatest, least, rounding, sign.

use super::fault::{EvalError, Fault};
use super::stdlib::{Kind as K, Std, function, wrong};
use super::value::Value;

pub(crate) static MATH: &[Std] = &[
    function("math.greatest", &[K::Number], K::Any, |a| Ok(a[0].clone())),
    function("math.greatest", &[K::Number, K::Number], K::Any, |a| pick(a, true)),
    function("math.greatest", &[K::Number, K::Number, K::Number], K::Any, |a| pick(a, true)),
    function("math.greatest", &[K::List], K::Any, |a| of_list(a, true)),
    function("math.least", &[K::Number], K::Any, |a| Ok(a[0].clone())),
    function("math.least", &[K::Number, K::Number], K::Any, |a| pick(a, false)),
    function("math.least", &[K::Number, K::Number, K::Number], K::Any, |a| pick(a, false)),
    function("math.least", &[K::List], K::Any, |a| of_list(a, false)),
    function("math.abs", &[K::Int], K::Int, abs),
    function("math.abs", &[K::UInt], K::UInt, abs),
    function("math.abs", &[K::Double], K::Double, abs),
    function("math.ceil", &[K::Double], K::Double, |a| real(a, f64::ceil)),
    function("math.floor", &[K::Double], K::Double, |a| real(a, f64::floor)),
    function("math.round", &[K::Double], K::Double, |a| real(a, f64::round)),
    function("math.trunc", &[K::Double], K::Double, |a| real(a, f64::trunc)),
    function("math.sqrt", &[K::Double], K::Double, |a| real(a, f64::sqrt)),
    function("math.isNaN", &[K::Double], K::Bool, |a| match &a[0] {
        Value::Double(d) => Ok(Value::Bool(d.is_nan())),
        other => Err(wrong("math.isNaN", other)),
    }),
];

fn pick(values: &[Value], greatest: bool) -> Result<Value, Fault> {
    let mut best = &values[0];
    for value in &values[1..] {
        let order = value.compare(best).ok_or_else(|| wrong("math.greatest", value))?;
        if order.is_some_and(|o| if greatest { o.is_gt() } else { o.is_lt() }) {
            best = value;
        }
    }
    Ok(best.clone())
}

fn of_list(a: &[Value], greatest: bool) -> Result<Value, Fault> {
    match &a[0] {
        Value::List(l) if l.iter().all(|v| K::Number.holds(v)) && !l.is_empty() => pick(l, greatest),
        Value::List(l) if l.is_empty() => Err(EvalError::Invalid("the list has no greatest or least".into()).into()),
        other => Err(wrong("math.greatest", other)),
    }
}

fn abs(a: &[Value]) -> Result<Value, Fault> {
    match &a[0] {
        Value::Int(i) => i.checked_abs().map(Value::Int).ok_or_else(|| EvalError::Range("int").into()),
        Value::Double(d) => Ok(Value::Double(d.abs())),
        other => Ok(other.clone()),
    }
}

fn real(a: &[Value], f: fn(f64) -> f64) -> Result<Value, Fault> {
    match &a[0] {
        Value::Double(d) => Ok(Value::Double(f(*d))),
        other => Err(wrong("math", other)),
    }
}
