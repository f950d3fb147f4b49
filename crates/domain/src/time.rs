//! Instants and spans. Time always comes with the event; nothing here reads a clock.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One second in microseconds.
pub const SECOND: i64 = 1_000_000;
/// One minute in microseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in microseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day of 24 hours in microseconds.
pub const DAY: i64 = 24 * HOUR;

/// An instant: microseconds since 1970-01-01T00:00:00Z. Serialised as that integer; shown as RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// Reads an RFC 3339 instant such as `2026-03-01T09:00:00.25Z`; digits past the microsecond are cut.
    ///
    /// # Errors
    /// A sentence fit for an API error when the text is no such instant.
    pub fn parse(text: &str) -> Result<Time, String> {
        text.parse::<jiff::Timestamp>()
            .map(|t| Time(t.as_microsecond()))
            .map_err(|_| format!("`{}` is no RFC 3339 time", text.chars().take(40).collect::<String>()))
    }

    /// This instant moved by `span` microseconds (which may be negative), held at the ends of the range.
    #[must_use]
    pub const fn plus(self, span: i64) -> Time {
        Time(self.0.saturating_add(span))
    }

    /// Microseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC with six decimals, so that texts sort as instants do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(t) => write!(f, "{t:.6}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

/// Reads a span such as `90s`, `15m`, `72h`, `7d` or `1h30m` into microseconds.
///
/// # Errors
/// A sentence that names the text when a number lacks its unit (`us ms s m h d w`) or the sum leaves the range.
pub fn parse_span(text: &str) -> Result<i64, String> {
    let fault = || format!("`{text}` is no span; write it like 90s, 15m, 72h, 7d or 1h30m");
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return Err(fault());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(fault)?;
        let count: i64 = rest[..digits].parse().map_err(|_| fault())?;
        let after = &rest[digits..];
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let unit = match &after[..letters] {
            "us" => 1,
            "ms" => 1_000,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => 7 * DAY,
            _ => return Err(fault()),
        };
        total = count.checked_mul(unit).and_then(|part| total.checked_add(part)).ok_or_else(fault)?;
        rest = &after[letters..];
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_refuse() {
        for (text, expect) in [("90s", 90 * SECOND), ("1h30m", 90 * MINUTE), ("7d", 7 * DAY), ("5ms", 5_000), ("0s", 0)]
        {
            assert_eq!(parse_span(text), Ok(expect), "{text}");
        }
        for text in ["", "h", "5", "5y", "-1h", "99999999999999w", "1h 2m", "１h"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn instants_survive_their_text() {
        for text in ["2026-03-01T09:00:00.25Z", "1969-12-31T23:59:59.999999Z", "2026-03-01T09:00:00+08:00"] {
            let time = Time::parse(text).unwrap();
            assert_eq!(Time::parse(&time.to_string()), Ok(time));
        }
        assert!(Time::parse("yesterday").is_err());
    }
}
