//! Text functions; positions count Unicode code points, and results are bounded.

use super::fault::{EvalError, Fault};
use super::format;
use super::stdlib::{Kind as K, Std, function, method};
use super::value::Value;

/// The largest text an expression may make, in bytes.
pub(crate) const MAX_TEXT: usize = 1 << 20;

pub(crate) static STRINGS: &[Std] = &[
    method("contains", &[K::String, K::String], K::Bool, |a| Ok(Value::Bool(str_at(a, 0)?.contains(str_at(a, 1)?)))),
    method("startsWith", &[K::String, K::String], K::Bool, |a| {
        Ok(Value::Bool(str_at(a, 0)?.starts_with(str_at(a, 1)?)))
    }),
    method("endsWith", &[K::String, K::String], K::Bool, |a| Ok(Value::Bool(str_at(a, 0)?.ends_with(str_at(a, 1)?)))),
    method("charAt", &[K::String, K::Int], K::String, char_at),
    method("indexOf", &[K::String, K::String], K::Int, |a| index_of(str_at(a, 0)?, str_at(a, 1)?, 0)),
    method("indexOf", &[K::String, K::String, K::Int], K::Int, |a| {
        index_of(str_at(a, 0)?, str_at(a, 1)?, int_at(a, 2)?)
    }),
    method("lastIndexOf", &[K::String, K::String], K::Int, |a| {
        let (s, sub) = (str_at(a, 0)?, str_at(a, 1)?);
        Ok(last_index(s, sub, usize::MAX))
    }),
    method("lastIndexOf", &[K::String, K::String, K::Int], K::Int, |a| {
        let (s, sub, from) = (str_at(a, 0)?, str_at(a, 1)?, int_at(a, 2)?);
        Ok(last_index(s, sub, position(s, from)?))
    }),
    method("join", &[K::Strings], K::String, |a| join(a, "")),
    method("join", &[K::Strings, K::String], K::String, |a| join(a, str_at(a, 1)?)),
    method("lowerAscii", &[K::String], K::String, |a| Ok(Value::string(str_at(a, 0)?.to_ascii_lowercase()))),
    method("upperAscii", &[K::String], K::String, |a| Ok(Value::string(str_at(a, 0)?.to_ascii_uppercase()))),
    method("replace", &[K::String, K::String, K::String], K::String, |a| replace(a, -1)),
    method("replace", &[K::String, K::String, K::String, K::Int], K::String, |a| replace(a, int_at(a, 3)?)),
    method("split", &[K::String, K::String], K::Strings, |a| split(a, -1)),
    method("split", &[K::String, K::String, K::Int], K::Strings, |a| split(a, int_at(a, 2)?)),
    method("substring", &[K::String, K::Int], K::String, |a| {
        let s = str_at(a, 0)?;
        let start = position(s, int_at(a, 1)?)?;
        Ok(Value::string(&s[byte_of(s, start)..]))
    }),
    method("substring", &[K::String, K::Int, K::Int], K::String, substring),
    method("trim", &[K::String], K::String, |a| Ok(Value::string(str_at(a, 0)?.trim_matches(is_space)))),
    method("reverse", &[K::String], K::String, |a| Ok(Value::string(str_at(a, 0)?.chars().rev().collect::<String>()))),
    method("reverse", &[K::List], K::List, |a| match &a[0] {
        Value::List(l) => Ok(Value::List(l.iter().rev().cloned().collect())),
        _ => Err(Fault::overload("reverse")),
    }),
    method("format", &[K::String, K::List], K::String, |a| match &a[1] {
        Value::List(args) => format::format(str_at(a, 0)?, args).and_then(bounded),
        _ => Err(Fault::overload("format")),
    }),
    function("strings.quote", &[K::String], K::String, |a| bounded(format::quote(str_at(a, 0)?))),
];

fn str_at(a: &[Value], i: usize) -> Result<&str, Fault> {
    match a.get(i) {
        Some(Value::String(s)) => Ok(s),
        _ => Err(Fault::overload("text function")),
    }
}

fn int_at(a: &[Value], i: usize) -> Result<i64, Fault> {
    match a.get(i) {
        Some(Value::Int(n)) => Ok(*n),
        _ => Err(Fault::overload("text function")),
    }
}

/// Text as a value, unless it has grown too large.
pub(crate) fn bounded(s: String) -> Result<Value, Fault> {
    if s.len() > MAX_TEXT { Err(EvalError::Size(MAX_TEXT).into()) } else { Ok(Value::string(s)) }
}

/// A code-point position within the text or at its end.
fn position(s: &str, at: i64) -> Result<usize, Fault> {
    match usize::try_from(at) {
        Ok(n) if n <= s.len() && n <= s.chars().count() => Ok(n),
        _ => Err(EvalError::Index(at).into()),
    }
}

fn byte_of(s: &str, position: usize) -> usize {
    s.char_indices().nth(position).map_or(s.len(), |(i, _)| i)
}

fn char_at(a: &[Value]) -> Result<Value, Fault> {
    let s = str_at(a, 0)?;
    let at = position(s, int_at(a, 1)?)?;
    Ok(Value::string(s.chars().nth(at).map(String::from).unwrap_or_default()))
}

fn index_of(s: &str, sub: &str, from: i64) -> Result<Value, Fault> {
    let start = byte_of(s, position(s, from)?);
    let found = s[start..].find(sub).map(|i| s[..start + i].chars().count() as i64);
    Ok(Value::Int(found.unwrap_or(-1)))
}

/// The last place at or before `from` where `sub` starts.
fn last_index(s: &str, sub: &str, from: usize) -> Value {
    let end = match byte_of(s, from).checked_add(sub.len()) {
        Some(end) if end < s.len() => end,
        _ => s.len(),
    };
    let found = s.as_bytes()[..end]
        .windows(sub.len().max(1))
        .rposition(|w| w == sub.as_bytes())
        .map(|i| s[..i].chars().count() as i64);
    if sub.is_empty() {
        return Value::Int(from.min(s.chars().count()) as i64);
    }
    Value::Int(found.unwrap_or(-1))
}

fn join(a: &[Value], separator: &str) -> Result<Value, Fault> {
    let Value::List(items) = &a[0] else { return Err(Fault::overload("join")) };
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        let Value::String(s) = item else { return Err(Fault::overload("join")) };
        if i > 0 {
            out.push_str(separator);
        }
        out.push_str(s);
        if out.len() > MAX_TEXT {
            return Err(EvalError::Size(MAX_TEXT).into());
        }
    }
    Ok(Value::string(out))
}

fn replace(a: &[Value], limit: i64) -> Result<Value, Fault> {
    let (s, from, to) = (str_at(a, 0)?, str_at(a, 1)?, str_at(a, 2)?);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let count = s.matches(from).take(limit).count();
    let grown = count.saturating_mul(to.len().saturating_sub(from.len())).saturating_add(s.len());
    if grown > MAX_TEXT {
        return Err(EvalError::Size(MAX_TEXT).into());
    }
    bounded(s.replacen(from, to, limit))
}

fn split(a: &[Value], limit: i64) -> Result<Value, Fault> {
    let (s, separator) = (str_at(a, 0)?, str_at(a, 1)?);
    let part = |p: &str| Value::string(p);
    let limit = match limit {
        0 => return Ok(Value::list(Vec::new())),
        n => usize::try_from(n).unwrap_or(usize::MAX),
    };
    if separator.is_empty() {
        let mut parts: Vec<Value> = Vec::new();
        let mut rest = s;
        while let Some(c) = rest.chars().next() {
            if parts.len() + 1 >= limit {
                break;
            }
            parts.push(part(&rest[..c.len_utf8()]));
            rest = &rest[c.len_utf8()..];
        }
        if !rest.is_empty() {
            parts.push(part(rest));
        }
        return Ok(Value::list(parts));
    }
    Ok(Value::List(s.splitn(limit, separator).map(part).collect()))
}

fn substring(a: &[Value]) -> Result<Value, Fault> {
    let (s, start, end) = (str_at(a, 0)?, int_at(a, 1)?, int_at(a, 2)?);
    let (from, to) = (position(s, start)?, position(s, end)?);
    if from > to {
        let message = format!("invalid substring range. start: {start}, end: {end}");
        return Err(EvalError::Invalid(message).into());
    }
    Ok(Value::string(&s[byte_of(s, from)..byte_of(s, to)]))
}

/// White space as Unicode defines it.
fn is_space(c: char) -> bool {
    c.is_whitespace()
}
