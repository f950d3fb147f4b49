//! A cell: the series of one aggregate, whatever its function.

use crate::accumulate::{Count, Edge, Extreme, Latest, MILLION, Scalar, Sum};
use crate::aggregate::{Fn, Input, Plan, Reading, Value, Window};
use crate::codec::{DecodeError, Reader, Writer};
use crate::distinct::Distinct;
use crate::hash::{hash_bytes, mix};
use crate::quantile::Quantiles;
use crate::series::Series;

/// The rarer functions stand behind a box, so that a cell fills one line of the processor's cache.
#[derive(Clone)]
pub(crate) enum Cell {
    Count(Series<Count>),
    Sum(Series<Sum>),
    Min(Series<Extreme<false>>),
    Max(Series<Extreme<true>>),
    First(Box<Series<Edge<false>>>),
    Last(Box<Series<Edge<true>>>),
    Distinct(Box<Series<Distinct>>),
    Since(Series<Latest>),
    Quantile(Box<Series<Quantiles>>),
}

/// Does the same with every kind of series.
macro_rules! each {
    ($cell:expr, $series:ident => $body:expr) => {
        match $cell {
            Cell::Count($series) => $body,
            Cell::Sum($series) => $body,
            Cell::Min($series) => $body,
            Cell::Max($series) => $body,
            Cell::First($series) => $body,
            Cell::Last($series) => $body,
            Cell::Distinct($series) => $body,
            Cell::Since($series) => $body,
            Cell::Quantile($series) => $body,
        }
    };
}

/// What an input becomes for a function; `None` when the function has no use for it.
pub(crate) enum Item {
    Nothing,
    Fixed(i64),
    Number(f64),
    Scalar(Scalar),
    Hash(u64),
}

pub(crate) fn item(func: Fn, input: Input<'_>) -> Option<Item> {
    let number = match input {
        // Adding zero turns negative zero into zero.
        Input::Number(number) if number.is_finite() => Some(number + 0.0),
        _ => None,
    };
    Some(match func {
        Fn::Count | Fn::SecondsSince => Item::Nothing,
        Fn::Sum | Fn::Avg => Item::Fixed(Sum::item(number?)),
        Fn::Min | Fn::Max | Fn::Quantile(_) => Item::Number(number?),
        Fn::First | Fn::Last => match input {
            Input::Text(text) => Item::Scalar(Scalar::text(text)),
            _ => Item::Scalar(Scalar::Number(number?)),
        },
        Fn::CountDistinct => Item::Hash(mix(match input {
            Input::Text(text) => hash_bytes(1, text.as_bytes()),
            Input::Hash(hash) => hash,
            _ => number?.to_bits() ^ 1,
        })),
    })
}

impl Cell {
    pub fn new(func: Fn) -> Cell {
        match func {
            Fn::Count => Cell::Count(Series::default()),
            Fn::Sum | Fn::Avg => Cell::Sum(Series::default()),
            Fn::Min => Cell::Min(Series::default()),
            Fn::Max => Cell::Max(Series::default()),
            Fn::First => Cell::First(Box::default()),
            Fn::Last => Cell::Last(Box::default()),
            Fn::CountDistinct => Cell::Distinct(Box::default()),
            Fn::SecondsSince => Cell::Since(Series::default()),
            Fn::Quantile(_) => Cell::Quantile(Box::default()),
        }
    }

    /// Folds what [`item`] made for the plan's function.
    pub fn fold(&mut self, plan: &Plan, time: i64, day: i32, item: Item) {
        match (self, item) {
            (Cell::Count(series), Item::Nothing) => series.fold(plan, time, day, ()),
            (Cell::Since(series), Item::Nothing) => series.fold(plan, time, day, ()),
            (Cell::Sum(series), Item::Fixed(fixed)) => series.fold(plan, time, day, fixed),
            (Cell::Min(series), Item::Number(number)) => series.fold(plan, time, day, number),
            (Cell::Max(series), Item::Number(number)) => series.fold(plan, time, day, number),
            (Cell::Quantile(series), Item::Number(number)) => series.fold(plan, time, day, number),
            (Cell::First(series), Item::Scalar(scalar)) => series.fold(plan, time, day, scalar),
            (Cell::Last(series), Item::Scalar(scalar)) => series.fold(plan, time, day, scalar),
            (Cell::Distinct(series), Item::Hash(hash)) => series.fold(plan, time, day, hash),
            // A cell is made by its plan's function, so there is no other pair.
            _ => {}
        }
    }

    /// What the window holds at `at`, whose calendar day is `day`.
    pub fn read(&self, plan: &Plan, window: Window, at: i64, day: i32) -> Reading {
        macro_rules! window {
            ($series:expr, $sum:ident => $value:expr) => {{
                match window {
                    Window::All if plan.all => {
                        let $sum = $series.all();
                        let (value, approximate) = $value;
                        Reading { value, approximate }
                    }
                    Window::Today if plan.today => {
                        let (found, gone) = $series.day(day);
                        let empty = Default::default();
                        let $sum = found.unwrap_or(&empty);
                        let (value, approximate) = $value;
                        Reading { value, approximate: approximate || gone }
                    }
                    Window::Span(span) => match plan.spans.iter().position(|kept| kept.span == span) {
                        Some(place) => {
                            let (sum, bucketed) = $series.span(plan, place, at);
                            let $sum = &sum;
                            let (value, approximate) = $value;
                            Reading { value, approximate: approximate || bucketed }
                        }
                        None => Reading::MISSING,
                    },
                    _ => Reading::MISSING,
                }
            }};
        }
        match self {
            Cell::Count(series) => window!(series, sum => (int(sum.0), false)),
            Cell::Sum(series) => window!(series, sum => (total(plan.func, sum), false)),
            Cell::Min(series) => window!(series, sum => (double(sum.0), false)),
            Cell::Max(series) => window!(series, sum => (double(sum.0), false)),
            Cell::First(series) => window!(series, sum => (scalar(sum.0.as_ref()), false)),
            Cell::Last(series) => window!(series, sum => (scalar(sum.0.as_ref()), false)),
            Cell::Since(series) => window!(series, sum => (since(sum.0, at), false)),
            Cell::Distinct(series) => window!(series, sum => {
                let (count, approximate) = sum.count();
                (int(count), approximate)
            }),
            Cell::Quantile(series) => window!(series, sum => {
                let q = if let Fn::Quantile(q) = plan.func { q } else { 0.5 };
                sum.at(q).map_or((None, false), |(number, approximate)| (double(number), approximate))
            }),
        }
    }

    /// Bytes held outside of the cell itself.
    pub fn heap(&self) -> usize {
        let boxed = match self {
            Cell::First(_) => size_of::<Series<Edge<false>>>(),
            Cell::Last(_) => size_of::<Series<Edge<true>>>(),
            Cell::Distinct(_) => size_of::<Series<Distinct>>(),
            Cell::Quantile(_) => size_of::<Series<Quantiles>>(),
            _ => 0,
        };
        boxed + each!(self, series => series.heap())
    }

    pub fn write(&self, plan: &Plan, writer: &mut Writer) {
        each!(self, series => series.write(plan, writer));
    }

    pub fn decode(plan: &Plan, reader: &mut Reader<'_>) -> Result<Cell, DecodeError> {
        Ok(match plan.func {
            Fn::Count => Cell::Count(Series::read(plan, reader)?),
            Fn::Sum | Fn::Avg => Cell::Sum(Series::read(plan, reader)?),
            Fn::Min => Cell::Min(Series::read(plan, reader)?),
            Fn::Max => Cell::Max(Series::read(plan, reader)?),
            Fn::First => Cell::First(Box::new(Series::read(plan, reader)?)),
            Fn::Last => Cell::Last(Box::new(Series::read(plan, reader)?)),
            Fn::CountDistinct => Cell::Distinct(Box::new(Series::read(plan, reader)?)),
            Fn::SecondsSince => Cell::Since(Series::read(plan, reader)?),
            Fn::Quantile(_) => Cell::Quantile(Box::new(Series::read(plan, reader)?)),
        })
    }
}

/// What an entity that was never folded reads as.
pub(crate) fn empty(plan: &Plan, window: Window) -> Reading {
    let known = match window {
        Window::All => plan.all,
        Window::Today => plan.today,
        Window::Span(span) => plan.spans.iter().any(|kept| kept.span == span),
    };
    let value = match plan.func {
        Fn::Count | Fn::CountDistinct if known => Some(Value::Int(0)),
        Fn::Sum if known => Some(Value::Double(0.0)),
        _ => None,
    };
    Reading { value, approximate: false }
}

fn int(count: u64) -> Option<Value> {
    Some(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn double(number: f64) -> Option<Value> {
    number.is_finite().then_some(Value::Double(number))
}

fn total(func: Fn, sum: &Sum) -> Option<Value> {
    let total = sum.total() as f64 / MILLION;
    if func == Fn::Avg { double(total / sum.count as f64) } else { double(total) }
}

fn scalar(kept: Option<&(i64, Scalar)>) -> Option<Value> {
    kept.map(|(_, scalar)| match scalar {
        Scalar::Number(number) => Value::Double(*number),
        Scalar::Text(text) => Value::Text(text.clone()),
    })
}

fn since(latest: i64, at: i64) -> Option<Value> {
    (latest != i64::MIN).then(|| Value::Int(at.saturating_sub(latest).max(0) / domain::SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_fills_one_cache_line() {
        assert!(size_of::<Cell>() <= 64, "{}", size_of::<Cell>());
    }
}
