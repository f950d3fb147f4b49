//! Values as text: `string()`, `format()` and `strings.quote()`.

use std::fmt::Write;

use super::fault::{EvalError, Fault};
use super::time;
use super::value::{Value, key_text};

/// The most digits after the point a clause may ask for.
const MAX_PRECISION: usize = 1000;

/// A value as `%s` writes it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null | Value::Optional(None) => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::UInt(u) => u.to_string(),
        Value::Double(d) => time::double_text(*d),
        Value::String(s) => s.to_string(),
        Value::Bytes(b) => String::from_utf8_lossy(b).into_owned(),
        Value::List(items) => {
            let parts: Vec<String> = items.iter().map(plain).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Map(entries) => {
            let mut parts: Vec<(String, String)> = entries.iter().map(|(k, v)| (key_text(k), plain(v))).collect();
            parts.sort();
            let parts: Vec<String> = parts.into_iter().map(|(k, v)| format!("{k}: {v}")).collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Timestamp(t) => t.to_string(),
        Value::Duration(d) => time::duration_text(*d),
        Value::Type(t) => t.to_string(),
        Value::Optional(Some(v)) => plain(v),
    }
}

/// Fills the clauses of `pattern` with `args`, in order.
pub(crate) fn format(pattern: &str, args: &[Value]) -> Result<String, Fault> {
    let mut out = String::new();
    let mut rest = pattern;
    let mut next = 0;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (precision, clause, after) = clause(rest)?;
        let arg = args.get(next).ok_or(EvalError::Index(next as i64))?;
        next += 1;
        write_clause(&mut out, clause, precision, arg)?;
        if out.len() > super::strings::MAX_TEXT {
            return Err(EvalError::Size(super::strings::MAX_TEXT).into());
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn clause(text: &str) -> Result<(Option<usize>, char, &str), Fault> {
    let bad = |what: &str| EvalError::Invalid(format!("unrecognized formatting clause {what:?}"));
    let mut precision = None;
    let mut text = text;
    if let Some(after) = text.strip_prefix('.') {
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let digits = after[..end].parse().ok().filter(|p| *p <= MAX_PRECISION);
        precision = Some(digits.ok_or_else(|| bad(text))?);
        text = &after[end..];
    }
    let clause = text.chars().next().ok_or_else(|| bad(""))?;
    Ok((precision, clause, &text[clause.len_utf8()..]))
}

fn write_clause(out: &mut String, clause: char, precision: Option<usize>, arg: &Value) -> Result<(), Fault> {
    let written = match (clause, arg) {
        ('s', v) => write!(out, "{}", plain(v)),
        ('d', Value::Int(i)) => write!(out, "{i}"),
        ('d', Value::UInt(u)) => write!(out, "{u}"),
        ('d', Value::Double(d)) if !d.is_finite() => write!(out, "{}", time::double_text(*d)),
        ('b', Value::Bool(b)) => write!(out, "{}", u8::from(*b)),
        ('b' | 'o' | 'x' | 'X', Value::Int(i)) => based(out, clause, *i < 0, i.unsigned_abs()),
        ('b' | 'o' | 'x' | 'X', Value::UInt(u)) => based(out, clause, false, *u),
        ('x' | 'X', Value::String(s)) => hex(out, clause, s.as_bytes()),
        ('x' | 'X', Value::Bytes(b)) => hex(out, clause, b),
        ('f' | 'e', v) => match number(v) {
            Some(d) if !d.is_finite() => write!(out, "{}", time::double_text(d)),
            Some(d) if clause == 'f' => write!(out, "{d:.*}", precision.unwrap_or(6)),
            Some(d) => scientific(out, d, precision.unwrap_or(6)),
            None => return Err(unfit(clause, v)),
        },
        ('d' | 'b' | 'o' | 'x' | 'X', v) => return Err(unfit(clause, v)),
        (other, _) => {
            let message = format!("unrecognized formatting clause {other:?}");
            return Err(EvalError::Invalid(message).into());
        }
    };
    written.map_err(|_| EvalError::Invalid("formatting failed".into()).into())
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Double(d) => Some(*d),
        Value::Int(i) => Some(*i as f64),
        Value::UInt(u) => Some(*u as f64),
        _ => None,
    }
}

fn unfit(clause: char, value: &Value) -> Fault {
    EvalError::Invalid(format!("%{clause} cannot format a value of type {}", value.type_name())).into()
}

fn based(out: &mut String, clause: char, negative: bool, n: u64) -> std::fmt::Result {
    if negative {
        out.push('-');
    }
    match clause {
        'b' => write!(out, "{n:b}"),
        'o' => write!(out, "{n:o}"),
        'x' => write!(out, "{n:x}"),
        _ => write!(out, "{n:X}"),
    }
}

fn hex(out: &mut String, clause: char, bytes: &[u8]) -> std::fmt::Result {
    bytes.iter().try_for_each(|b| if clause == 'x' { write!(out, "{b:02x}") } else { write!(out, "{b:02X}") })
}

fn scientific(out: &mut String, d: f64, precision: usize) -> std::fmt::Result {
    let text = format!("{d:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{digits}e{sign}{:02}", exponent.abs())
}

/// Text in double quotes, its controls, quotes and backslashes escaped.
pub(crate) fn quote(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for c in s.chars() {
        match c {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
