//! An instant between the years 1 and 9999, to the nanosecond: the range the CEL standard asks for, which is a little wider than a common time library's.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};

const NANOS: i128 = 1_000_000_000;
/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z in seconds of the epoch.
const FIRST: i64 = -62_135_596_800;
const LAST: i64 = 253_402_300_799;
const DAY: i64 = 86_400;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds of the Unix epoch, rounded down.
    seconds: i64,
    nanos: u32,
}

impl Timestamp {
    /// The instant so many microseconds after the epoch, if it lies in the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Option<Timestamp> {
        Timestamp::from_nanos(i128::from(micros) * 1000)
    }

    /// The instant so many nanoseconds after the epoch, if it lies in the years 1 to 9999.
    pub fn from_nanos(nanos: i128) -> Option<Timestamp> {
        let seconds = i64::try_from(nanos.div_euclid(NANOS)).ok()?;
        let part = nanos.rem_euclid(NANOS) as u32;
        (FIRST..=LAST).contains(&seconds).then_some(Timestamp { seconds, nanos: part })
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Microseconds since the epoch, rounded down.
    pub fn micros(self) -> i64 {
        self.seconds * 1_000_000 + i64::from(self.nanos / 1000)
    }

    /// Nanoseconds since the epoch.
    pub fn nanos(self) -> i128 {
        i128::from(self.seconds) * NANOS + i128::from(self.nanos)
    }

    /// Reads RFC 3339 text: a date, `T`, a time, an optional fraction, `Z` or an offset. `None` for anything else, or outside the years 1 to 9999.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let (date, rest) = (text.get(..10)?, text.get(11..)?);
        if !matches!(text.as_bytes()[10], b'T' | b't') || rest.len() < 9 {
            return None;
        }
        let (time, rest) = (rest.get(..8)?, rest.get(8..)?);
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(time, ':')?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (nanos, zone) = fraction(rest)?;
        let days = Date::new(year as i16, month as i8, day as i8).ok().map(days_of)?;
        let seconds = days * DAY + hour * 3600 + minute * 60 + second - offset(zone)?;
        Timestamp::from_nanos(i128::from(seconds) * NANOS + i128::from(nanos))
    }

    /// The date and time of day at an offset of so many seconds from UTC; `None` where that leaves the calendar.
    pub(crate) fn at_offset(self, offset: i64) -> Option<DateTime> {
        let seconds = self.seconds + offset;
        let date = Date::constant(1970, 1, 1).checked_add(seconds.div_euclid(DAY).days()).ok()?;
        let midnight = date.at(0, 0, 0, 0);
        let part = SignedDuration::new(seconds.rem_euclid(DAY), self.nanos as i32);
        midnight.checked_add(part).ok()
    }
}

/// RFC 3339 in UTC, with as many digits of a second as there are.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at_offset(0) {
            Some(local) => write!(f, "{:04}{}Z", local.year(), &local.to_string()[4..]),
            None => write!(f, "{}s", self.seconds),
        }
    }
}

/// Days of the epoch.
fn days_of(date: Date) -> i64 {
    // Years and months shift so that the leap day is the last of the year.
    let (year, month) = (i64::from(date.year()), i64::from(date.month()));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(date.day()) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|p| {
        let digits = !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| p.parse::<i64>().ok())?
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(digits) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = digits.find(|c: char| !c.is_ascii_digit())?;
    let mut nanos = 0;
    for i in 0..9 {
        nanos = nanos * 10 + digits.as_bytes()[..end].get(i).map_or(0, |b| u32::from(b - b'0'));
    }
    (end > 0).then_some((nanos, &digits[end..]))
}

fn offset(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'Z' | b'z' if text.len() == 1 => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let [hours, minutes, _] = numbers(&format!("{}:0", &text[1..]), ':')?;
    (text.len() == 6 && hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}
