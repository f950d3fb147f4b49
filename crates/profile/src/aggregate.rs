//! What an aggregate is: its function, its windows, what is folded into it and read from it.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::hash::hash_bytes;

/// The most entries of a sliding window that are kept one by one.
pub const EXACT_ENTRIES: usize = 64;
/// The most distinct values that are counted exactly.
pub const EXACT_DISTINCT: usize = 256;
/// A bucket's width is its window's span divided by this.
pub const BUCKETS_PER_SPAN: i64 = 60;
/// Calendar days that are kept, the newest included.
pub const DAYS_KEPT: i32 = 8;
/// Texts kept by `first` and `last` are cut to this many bytes.
pub const LIMIT_TEXT: usize = 256;
/// The most windows one aggregate may have.
pub const LIMIT_WINDOWS: usize = 16;

/// What an aggregate makes of the values folded into it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fn {
    /// How many events; a whole number, 0 when none.
    Count,
    /// Sum of the numbers, in exact millionths; 0 when none.
    Sum,
    /// Smallest number; missing when none.
    Min,
    /// Largest number; missing when none.
    Max,
    /// Sum by count; missing when none.
    Avg,
    /// The earliest value by event time (among equal times the first folded); missing when none.
    First,
    /// The latest value by event time (among equal times the last folded); missing when none.
    Last,
    /// How many different values; a whole number, 0 when none.
    CountDistinct,
    /// Whole seconds from the latest event up to the time of reading; never negative; missing when none.
    SecondsSince,
    /// The value at rank ⌈q·n⌉ of the numbers in ascending order, q in 0..=1; missing when none.
    Quantile(f64),
}

impl Fn {
    /// Reads the name policy files use; `q` is the quantile, held to 0..=1, 0.5 when none is given.
    #[must_use]
    pub fn parse(name: &str, q: Option<f64>) -> Option<Fn> {
        Some(match name {
            "count" => Fn::Count,
            "sum" => Fn::Sum,
            "min" => Fn::Min,
            "max" => Fn::Max,
            "avg" => Fn::Avg,
            "first" => Fn::First,
            "last" => Fn::Last,
            "count_distinct" => Fn::CountDistinct,
            "seconds_since" => Fn::SecondsSince,
            "quantile" => Fn::Quantile(q.filter(|q| q.is_finite()).unwrap_or(0.5).clamp(0.0, 1.0)),
            _ => return None,
        })
    }

    /// The name as policy files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Fn::Count => "count",
            Fn::Sum => "sum",
            Fn::Min => "min",
            Fn::Max => "max",
            Fn::Avg => "avg",
            Fn::First => "first",
            Fn::Last => "last",
            Fn::CountDistinct => "count_distinct",
            Fn::SecondsSince => "seconds_since",
            Fn::Quantile(_) => "quantile",
        }
    }

    /// Whether it folds a value (`of`), or only that something happened.
    #[must_use]
    pub const fn takes_value(self) -> bool {
        !matches!(self, Fn::Count | Fn::SecondsSince)
    }
}

/// A stretch of time an aggregate is read over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// `(t - span, t]`, the span in microseconds, at least 1.
    Span(i64),
    /// The calendar day of `t` in the market's zone.
    Today,
    /// Everything.
    All,
}

/// One aggregate as policy declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateDef {
    /// Its name in the policy pack.
    pub name: String,
    /// What it computes.
    pub func: Fn,
    /// Hash of everything else that makes it what it is: from, by, of, when.
    pub hash: u64,
    /// Windows the rules and pages read it over; none means `All`. At most [`LIMIT_WINDOWS`].
    pub windows: Vec<Window>,
    /// False until it has been backfilled: folds pass it by and it reads missing.
    pub ready: bool,
}

impl AggregateDef {
    /// The definition's identity in stored records: name, hash, function and windows. Windows are
    /// part of it, since they decide what is kept: one window more is a new aggregate.
    #[must_use]
    pub fn id(&self) -> u32 {
        let mut text = self.hash.to_le_bytes().to_vec();
        for name in [self.name.as_str(), self.func.name()] {
            text.extend_from_slice(&(name.len() as u64).to_le_bytes());
            text.extend_from_slice(name.as_bytes());
        }
        if let Fn::Quantile(q) = self.func {
            text.extend_from_slice(&q.to_bits().to_le_bytes());
        }
        let mut windows = self.windows.clone();
        windows.sort_unstable();
        windows.dedup();
        if windows.is_empty() {
            windows.push(Window::All);
        }
        for window in windows {
            let (tag, span) = match window {
                Window::Span(span) => (0, span),
                Window::Today => (1, 0),
                Window::All => (2, 0),
            };
            text.push(tag);
            text.extend_from_slice(&span.to_le_bytes());
        }
        (hash_bytes(0, &text) >> 32) as u32
    }
}

/// What one event brings to an aggregate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input<'a> {
    /// That it happened; enough for `count` and `seconds_since`, ignored by the others.
    None,
    /// A number; ignored when not finite. Negative zero is folded as zero.
    Number(f64),
    /// A text, for `first`, `last` and `count_distinct`.
    Text(&'a str),
    /// A text's hash, for `count_distinct` alone.
    Hash(u64),
}

/// A value read from an aggregate.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of `count`, `count_distinct`, `seconds_since`.
    Int(i64),
    /// Of `sum`, `min`, `max`, `avg`, `quantile`, and of `first` and `last` over numbers.
    Double(f64),
    /// Of `first` and `last` over texts.
    Text(Arc<str>),
}

/// What reading an aggregate gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The value; `None` is *missing*.
    pub value: Option<Value>,
    /// True when buckets or a sketch stand behind it.
    pub approximate: bool,
}

impl Reading {
    /// What an aggregate that is not ready, or a window it does not have, reads as.
    pub const MISSING: Reading = Reading { value: None, approximate: false };
}

/// A definition made ready for folding.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub id: u32,
    pub func: Fn,
    pub ready: bool,
    pub all: bool,
    pub today: bool,
    /// Spans in ascending order with the width of their buckets.
    pub spans: SmallVec<[Span; 3]>,
    /// Entries this much older than the newest are dropped.
    pub retention: i64,
}

/// A sliding window and the width of its buckets, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub span: i64,
    pub width: i64,
}

impl Plan {
    pub fn new(def: &AggregateDef) -> Plan {
        let mut spans: SmallVec<[Span; 3]> = SmallVec::new();
        for window in &def.windows {
            if let Window::Span(span) = window {
                let span = (*span).max(1);
                spans.push(Span { span, width: span / BUCKETS_PER_SPAN + i64::from(span % BUCKETS_PER_SPAN != 0) });
            }
        }
        spans.sort_unstable_by_key(|s| s.span);
        spans.dedup_by_key(|s| s.span);
        spans.truncate(LIMIT_WINDOWS);
        let longest = spans.last().map_or(0, |s| s.span);
        Plan {
            id: def.id(),
            func: def.func,
            ready: def.ready,
            all: def.windows.contains(&Window::All) || def.windows.is_empty(),
            today: def.windows.contains(&Window::Today),
            spans,
            retention: longest.saturating_add(domain::DAY),
        }
    }
}
