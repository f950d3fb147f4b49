//! Instants and spans of time as the CEL standard reads, writes and bounds them.

use std::fmt::Write;

use jiff::SignedDuration;
use jiff::tz::{Offset, TimeZone};

use super::fault::{EvalError, Fault};
use super::instant::Timestamp;
use super::value::Value;

const NANOS: i128 = 1_000_000_000;

/// The instant so many seconds after the epoch.
pub(crate) fn from_seconds(seconds: i64) -> Result<Value, Fault> {
    let t = Timestamp::from_nanos(i128::from(seconds) * NANOS);
    t.map(Value::Timestamp).ok_or_else(|| EvalError::Range("timestamp").into())
}

/// Reads text such as `1h45m47s`, `-1.5s` or `250ms`.
pub(crate) fn parse_duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut nanos: i128 = 0;
    while !rest.is_empty() || nanos == 0 {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, tail) = rest.split_at(number);
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let scale: i128 = match &tail[..end] {
            "h" => 3600 * NANOS,
            "m" => 60 * NANOS,
            "s" => NANOS,
            "ms" => 1_000_000,
            "us" | "µs" | "μs" => 1000,
            "ns" => 1,
            _ => return None,
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.len() > 18 || part.contains('.') || (whole.is_empty() && part.is_empty()) {
            return None;
        }
        nanos += if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? } * scale;
        let mut unit = scale;
        for digit in part.bytes() {
            unit /= 10;
            nanos += i128::from(digit - b'0') * unit;
        }
        rest = &tail[end..];
        if rest.is_empty() {
            break;
        }
    }
    duration(if negative { -nanos } else { nanos })
}

/// A duration of so many nanoseconds, if 64 bits hold it.
fn duration(nanos: i128) -> Option<SignedDuration> {
    i64::try_from(nanos).ok().map(SignedDuration::from_nanos)
}

/// `left + right` or `left - right` where either is an instant or a duration; `None` where that is no overload.
pub(crate) fn add(left: &Value, right: &Value, minus: bool) -> Option<Result<Value, Fault>> {
    let sign = if minus { -1 } else { 1 };
    Some(match (left, right) {
        (Value::Timestamp(t), Value::Duration(d)) => shift(*t, sign * d.as_nanos()),
        (Value::Duration(d), Value::Timestamp(t)) if !minus => shift(*t, d.as_nanos()),
        (Value::Duration(a), Value::Duration(b)) => spanned(a.as_nanos() + sign * b.as_nanos()),
        (Value::Timestamp(a), Value::Timestamp(b)) if minus => spanned(a.nanos() - b.nanos()),
        _ => return None,
    })
}

fn spanned(nanos: i128) -> Result<Value, Fault> {
    duration(nanos).map(Value::Duration).ok_or_else(|| EvalError::Range("duration").into())
}

fn shift(t: Timestamp, nanos: i128) -> Result<Value, Fault> {
    let moved = Timestamp::from_nanos(t.nanos() + nanos);
    moved.map(Value::Timestamp).ok_or_else(|| EvalError::Range("timestamp").into())
}

/// A duration as seconds, such as `6347s` or `-1.5s`.
pub(crate) fn duration_text(d: SignedDuration) -> String {
    let nanos = d.as_nanos();
    let (whole, part) = (nanos.abs() / NANOS, nanos.abs() % NANOS);
    let mut text = format!("{}{whole}", if nanos < 0 { "-" } else { "" });
    if part != 0 {
        let _ = write!(text, ".{part:09}");
        text.truncate(text.trim_end_matches('0').len());
    }
    text + "s"
}

/// A double as the standard writes it.
pub(crate) fn double_text(d: f64) -> String {
    if d.is_nan() {
        return "NaN".to_owned();
    }
    if d.is_infinite() {
        return if d > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let magnitude = d.abs();
    if magnitude != 0.0 && !(1e-4..1e21).contains(&magnitude) {
        let text = format!("{d:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    d.to_string()
}

/// A zone by its IANA name or a fixed offset such as `+11:00`, `02:00` or `UTC`.
fn zone(name: &str) -> Option<TimeZone> {
    if name.is_empty() || name == "UTC" || name == "Z" {
        return Some(TimeZone::UTC);
    }
    if !name.contains(':') {
        return TimeZone::get(name).ok();
    }
    let (negative, rest) = match name.as_bytes()[0] {
        b'-' => (true, &name[1..]),
        b'+' => (false, &name[1..]),
        _ => (false, name),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let whole = |s: &str, max: i32| -> Option<i32> {
        let n = s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse::<i32>().ok())??;
        (n <= max).then_some(n)
    };
    let seconds = whole(hours, 23)? * 3600 + whole(minutes, 59)? * 60;
    let offset = Offset::from_seconds(if negative { -seconds } else { seconds }).ok()?;
    Some(TimeZone::fixed(offset))
}

/// A part of an instant, in UTC or the zone named. `None` where `getter` is no getter of instants.
pub(crate) fn part(t: Timestamp, getter: &str, name: &str) -> Result<i64, Fault> {
    let zone = zone(name).ok_or_else(|| EvalError::Invalid(format!("unknown time zone {name}")))?;
    let second = t.seconds().clamp(jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
    let known = jiff::Timestamp::from_second(second).unwrap_or_default();
    let local = t.at_offset(i64::from(zone.to_offset(known).seconds()));
    let local = local.ok_or(EvalError::Range("timestamp"))?;
    let date = local.date();
    Ok(match getter {
        "getDate" => i64::from(date.day()),
        "getDayOfMonth" => i64::from(date.day()) - 1,
        "getDayOfWeek" => i64::from(date.weekday().to_sunday_zero_offset()),
        "getDayOfYear" => i64::from(date.day_of_year()) - 1,
        "getFullYear" => i64::from(date.year()),
        "getMonth" => i64::from(date.month()) - 1,
        "getHours" => i64::from(local.hour()),
        "getMinutes" => i64::from(local.minute()),
        "getSeconds" => i64::from(local.second()),
        "getMilliseconds" => i64::from(local.subsec_nanosecond() / 1_000_000),
        other => return Err(Fault::overload(other)),
    })
}

/// A part of a duration: hours, minutes and seconds count the whole, milliseconds what remains beyond seconds.
pub(crate) fn duration_part(d: SignedDuration, getter: &str) -> Result<i64, Fault> {
    Ok(match getter {
        "getHours" => d.as_hours(),
        "getMinutes" => d.as_mins(),
        "getSeconds" => d.as_secs(),
        "getMilliseconds" => i64::from(d.subsec_millis()),
        other => return Err(Fault::overload(other)),
    })
}
