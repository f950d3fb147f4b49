//! The twin: keeps every event of a key, and knows from the definition alone what a reading must be.

use std::collections::BTreeSet;

use domain::{DAY, Time};
use jiff::{Timestamp, tz::TimeZone};
use profile::{BUCKETS_PER_SPAN, DAYS_KEPT, EXACT_DISTINCT, EXACT_ENTRIES, Fn, Reading, Value, Window};

/// One event as the twin keeps it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub time: i64,
    pub number: f64,
    pub text: String,
}

/// What the twin says of one reading.
#[derive(Debug)]
pub struct Expect {
    /// The entries that count.
    pub entries: Vec<Entry>,
    /// The definition promises that this is exact.
    pub exact: bool,
    /// So late that what is needed was let go: only the mark `approximate` is promised.
    pub gone: bool,
}

/// The calendar date, straight from the time zone database.
pub fn date(zone: &TimeZone, time: i64) -> jiff::civil::Date {
    zone.to_datetime(Timestamp::from_microsecond(time).unwrap()).date()
}

/// Chooses the entries of a window, given all entries of the key in the order they were folded.
pub fn expect(entries: &[Entry], func: Fn, window: Window, windows: &[Window], zone: &TimeZone, at: Time) -> Expect {
    let whole = |entries: Vec<Entry>| Expect { exact: sketched(func, &entries).is_none(), entries, gone: false };
    match window {
        Window::All => whole(entries.to_vec()),
        Window::Today => {
            let today = date(zone, at.0);
            let newest = entries.iter().map(|e| date(zone, e.time)).max().unwrap_or(today);
            let gone = newest.since(today).unwrap().get_days() >= DAYS_KEPT;
            let entries = entries.iter().filter(|e| date(zone, e.time) == today).cloned().collect();
            Expect { gone, ..whole(entries) }
        }
        Window::Span(span) => expect_span(entries, func, span, windows, at.0),
    }
}

fn expect_span(entries: &[Entry], func: Fn, span: i64, windows: &[Window], at: i64) -> Expect {
    let start = at - span;
    // A stable sort: among equal times the order of folding stays.
    let mut sorted = entries.to_vec();
    sorted.sort_by_key(|e| e.time);
    let newest = sorted.last().map_or(at, |e| e.time);
    let longest = windows.iter().map(|w| if let Window::Span(span) = w { *span } else { 0 }).max().unwrap();
    let outlived = start < newest - longest - DAY;
    let (past, ring) = sorted.split_at(sorted.len().saturating_sub(EXACT_ENTRIES));
    let exactly: Vec<Entry> = sorted.iter().filter(|e| start < e.time && e.time <= at).cloned().collect();
    if past.last().is_none_or(|e| e.time <= start) {
        return Expect { exact: !outlived, entries: exactly, gone: outlived };
    }
    let values: BTreeSet<&str> = entries.iter().map(|e| e.text.as_str()).collect();
    if func == Fn::CountDistinct && values.len() <= EXACT_DISTINCT {
        // The last time of each value is known as long as there are few.
        return Expect { exact: at >= newest && !outlived, entries: exactly, gone: outlived || at < newest };
    }
    let width = span / BUCKETS_PER_SPAN + i64::from(span % BUCKETS_PER_SPAN != 0);
    let (first, last) = ((start + 1).div_euclid(width), at.div_euclid(width));
    let kept = if func == Fn::CountDistinct { 64 } else { 120 };
    let gone = outlived || first <= newest.div_euclid(width) - kept;
    let in_buckets = past.iter().filter(|e| (first..=last).contains(&e.time.div_euclid(width)));
    let in_ring = ring.iter().filter(|e| start < e.time && e.time <= at);
    Expect { entries: in_buckets.chain(in_ring).cloned().collect(), exact: false, gone }
}

/// How far a sketch over these entries may be off; `None` while none is needed.
fn sketched(func: Fn, entries: &[Entry]) -> Option<f64> {
    let values: BTreeSet<&str> = entries.iter().map(|e| e.text.as_str()).collect();
    match func {
        // Five standard errors.
        Fn::CountDistinct if values.len() > EXACT_DISTINCT => Some(5.0 * 0.0163),
        Fn::Quantile(_) if entries.len() > EXACT_ENTRIES => Some(1.0 / 128.0),
        _ => None,
    }
}

/// The value by the definition of the function.
pub fn value(func: Fn, entries: &[Entry], at: Time) -> Option<Value> {
    let numbers = || entries.iter().map(|e| e.number);
    let millionths: i128 = numbers().map(|n| (n * 1e6).round_ties_even() as i128).sum();
    let total = millionths as f64 / 1e6;
    let text = |entry: &Entry| Value::Text(entry.text.as_str().into());
    match func {
        Fn::Count => Some(Value::Int(entries.len() as i64)),
        Fn::Sum => Some(Value::Double(total)),
        Fn::Avg => (!entries.is_empty()).then(|| Value::Double(total / entries.len() as f64)),
        Fn::Min => numbers().reduce(f64::min).map(Value::Double),
        Fn::Max => numbers().reduce(f64::max).map(Value::Double),
        // `min_by_key` gives the first among equals, `max_by_key` the last: as folded.
        Fn::First => entries.iter().min_by_key(|e| e.time).map(text),
        Fn::Last => entries.iter().max_by_key(|e| e.time).map(text),
        Fn::SecondsSince => entries.iter().map(|e| e.time).max().map(|t| Value::Int((at.0 - t).max(0) / 1_000_000)),
        Fn::CountDistinct => Some(Value::Int(entries.iter().map(|e| &e.text).collect::<BTreeSet<_>>().len() as i64)),
        Fn::Quantile(q) => {
            let mut sorted: Vec<f64> = numbers().collect();
            sorted.sort_by(f64::total_cmp);
            let rank = ((q * sorted.len() as f64).ceil() as usize).max(1);
            sorted.get(rank - 1).copied().map(Value::Double)
        }
    }
}

/// Holds a reading against the twin's word.
pub fn judge(func: Fn, reading: &Reading, expect: &Expect, at: Time) {
    if expect.gone {
        assert!(reading.approximate || reading.value == value(func, &expect.entries, at), "late, and silent about it");
        return;
    }
    if expect.exact {
        assert!(!reading.approximate, "exactness is promised here");
    }
    let wanted = value(func, &expect.entries, at);
    let slack = sketched(func, &expect.entries);
    match (&reading.value, &wanted, slack) {
        (Some(Value::Int(got)), Some(Value::Int(want)), Some(slack)) => {
            assert!(reading.approximate);
            assert!((got - want).abs() as f64 <= slack * *want as f64, "{got} for {want}");
        }
        (Some(Value::Double(got)), Some(Value::Double(want)), Some(slack)) => {
            assert!(reading.approximate);
            assert!((got - want).abs() <= slack * want.abs() + 1e-9, "{got} for {want}");
        }
        _ => assert_eq!(reading.value, wanted),
    }
}
