//! Calendar days of a market's zone. The boundaries come from the time zone database and are kept
//! for the days in use, so that a fold only compares integers.

use domain::Time;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// Days whose boundaries are kept.
const KEPT: usize = 4;

/// Tells the calendar day of an instant, as days since 1970-01-01 in the zone.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
    kept: [(i64, i64, i32); KEPT],
    next: usize,
}

impl Calendar {
    pub fn new(zone: TimeZone) -> Calendar {
        Calendar { zone, kept: [(0, 0, 0); KEPT], next: 0 }
    }

    fn known(&self, time: Time) -> Option<i32> {
        self.kept.iter().find(|(start, end, _)| *start <= time.0 && time.0 < *end).map(|(_, _, day)| *day)
    }

    /// The day of `time`; its boundaries are kept.
    pub fn learn(&mut self, time: Time) -> i32 {
        if let Some(day) = self.known(time) {
            return day;
        }
        let (start, end, day) = self.bounds(time);
        self.kept[self.next] = (start, end, day);
        self.next = (self.next + 1) % KEPT;
        day
    }

    /// The day of `time`.
    pub fn day(&self, time: Time) -> i32 {
        self.known(time).unwrap_or_else(|| self.bounds(time).2)
    }

    /// First instant of the day, first instant of the next, and the day's number. Outside of the
    /// years −9999 to 9999 days are those of UTC.
    fn bounds(&self, time: Time) -> (i64, i64, i32) {
        self.zoned(time).unwrap_or_else(|| {
            let day = time.0.div_euclid(domain::DAY);
            (time.0, time.0.saturating_add(1), i32::try_from(day).unwrap_or(i32::MAX))
        })
    }

    fn zoned(&self, time: Time) -> Option<(i64, i64, i32)> {
        let instant = Timestamp::from_microsecond(time.0).ok()?;
        let date = self.zone.to_datetime(instant).date();
        let start = self.start(date)?;
        let end = self.start(date.checked_add(1.day()).ok()?)?;
        // Where a zone skipped a whole day, or set its clock back over midnight, the instant still
        // belongs to the date its clock showed; such an answer holds for that instant alone.
        let (start, end) = if start <= time.0 && time.0 < end { (start, end) } else { (time.0, time.0 + 1) };
        let day = date.since(Date::constant(1970, 1, 1)).ok()?.get_days();
        Some((start, end, day))
    }

    fn start(&self, date: Date) -> Option<i64> {
        Some(date.to_zoned(self.zone.clone()).ok()?.timestamp().as_microsecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_the_zones_clock() {
        // Zone, an instant before a boundary, one after: the boundary lies between.
        let cases = [
            ("Asia/Singapore", "2026-03-01T15:59:59.999999Z", "2026-03-01T16:00:00Z"),
            // Paris, the short and the long day of a year, each at both ends.
            ("Europe/Paris", "2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z"),
            ("Europe/Paris", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"),
            ("Europe/Paris", "2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z"),
            ("Europe/Paris", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"),
            ("America/New_York", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"),
            // Santiago's spring forward skips midnight itself: the day starts at one o'clock.
            ("America/Santiago", "2026-09-06T03:59:59Z", "2026-09-06T04:00:00Z"),
            // Half-hour offsets and half-hour changes.
            ("Asia/Kolkata", "2026-05-01T18:29:59Z", "2026-05-01T18:30:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T12:59:59Z", "2026-04-04T13:00:00Z"),
            // Samoa left out 30 December 2011 altogether.
            ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z"),
        ];
        for (zone, before, after) in cases {
            let mut calendar = Calendar::new(TimeZone::get(zone).unwrap());
            let (before, after) = (Time::parse(before).unwrap(), Time::parse(after).unwrap());
            let (first, second) = (calendar.learn(before), calendar.learn(after));
            let step = if zone == "Pacific/Apia" { 2 } else { 1 };
            assert_eq!(second - first, step, "{zone}");
            assert_eq!((calendar.day(before), calendar.day(after)), (first, second), "{zone} from what is kept");
        }
    }

    #[test]
    fn what_is_kept_changes_nothing() {
        for zone in ["Europe/Paris", "America/Santiago", "Asia/Hong_Kong", "Pacific/Apia", "Africa/Cairo"] {
            let zone = TimeZone::get(zone).unwrap();
            let mut warm = Calendar::new(zone.clone());
            for step in 0..3_000 {
                let time = Time(1_300_000_000_000_000 + step * 5_400_000_000 * (1 + step % 7));
                assert_eq!(warm.learn(time), Calendar::new(zone.clone()).day(time), "{time}");
            }
        }
        let extreme = Calendar::new(TimeZone::UTC);
        assert!(extreme.day(Time(i64::MIN)) < extreme.day(Time(0)));
        assert!(extreme.day(Time(i64::MAX)) > extreme.day(Time(0)));
    }
}
