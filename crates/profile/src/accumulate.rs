//! What a bucket, a day or a lifetime keeps of the values folded into it. Every accumulator but
//! `first` and `last` is independent of the order of folding and of merging; those two are ordered
//! by event time and only then by fold.

use std::sync::Arc;

use smallvec::Array;

use crate::aggregate::LIMIT_TEXT;
use crate::codec::{DecodeError, Reader, Writer};

/// Folds items that carry a time, and merges with its like.
pub(crate) trait Accumulate: Clone + Default {
    /// What is kept of one event.
    type Item: Clone;
    /// Room for one or two events inside the cell itself.
    type Entries: Array<Item = (i64, Self::Item)>;
    /// Buckets kept in each sliding window, the newest included.
    const BUCKETS: i64 = 120;
    /// Whether a window keeps the last time of each value, while these are few, instead of buckets.
    const BY_VALUE: bool = false;

    fn add(&mut self, time: i64, item: &Self::Item);
    /// Adds many items in the order of event time.
    fn extend<'a>(&mut self, items: impl Iterator<Item = (i64, &'a Self::Item)>)
    where
        Self::Item: 'a,
    {
        items.for_each(|(time, item)| self.add(time, item));
    }
    /// Takes in what came later in the order of event time.
    fn merge(&mut self, later: &Self);
    fn write(&self, writer: &mut Writer);
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
    fn write_item(item: &Self::Item, writer: &mut Writer);
    fn read_item(reader: &mut Reader<'_>) -> Result<Self::Item, DecodeError>;
    /// Bytes held outside of the accumulator itself.
    fn heap(&self) -> usize {
        0
    }
    /// The value as a hash, and back, where `BY_VALUE`.
    fn hash_of(_: &Self::Item) -> u64 {
        0
    }
    fn of_hash(_: &u64) -> Option<&Self::Item> {
        None
    }
}

/// How many.
#[derive(Clone, Default)]
pub(crate) struct Count(pub u64);

impl Accumulate for Count {
    type Item = ();
    type Entries = [(i64, ()); 2];

    fn add(&mut self, _: i64, (): &()) {
        self.0 += 1;
    }
    fn merge(&mut self, later: &Self) {
        self.0 = self.0.saturating_add(later.0);
    }
    fn write(&self, writer: &mut Writer) {
        writer.unsigned(self.0);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // A log longer than this does not exist; the bound keeps sums of buckets far from overflow.
        Ok(Count(reader.unsigned()?.min(1 << 48)))
    }
    fn write_item((): &(), _: &mut Writer) {}
    fn read_item(_: &mut Reader<'_>) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// The latest time.
#[derive(Clone)]
pub(crate) struct Latest(pub i64);

impl Default for Latest {
    fn default() -> Self {
        Latest(i64::MIN)
    }
}

impl Accumulate for Latest {
    type Item = ();
    type Entries = [(i64, ()); 2];

    fn add(&mut self, time: i64, (): &()) {
        self.0 = self.0.max(time);
    }
    fn merge(&mut self, later: &Self) {
        self.0 = self.0.max(later.0);
    }
    fn write(&self, writer: &mut Writer) {
        writer.signed(self.0);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Latest(reader.signed()?))
    }
    fn write_item((): &(), _: &mut Writer) {}
    fn read_item(_: &mut Reader<'_>) -> Result<(), DecodeError> {
        Ok(())
    }
}

/// Millionths of a whole. Decimal amounts are exact in it, so sums depend neither on order nor on
/// rounding; the sum of every `i64` that a long life can bring fits.
pub(crate) const MILLION: f64 = 1e6;

/// Sum in millionths, and how many. The sum stands in two halves to keep the alignment of a word.
#[derive(Clone, Default)]
pub(crate) struct Sum {
    high: i64,
    low: u64,
    pub count: u64,
}

impl Sum {
    /// A number in millionths, ties to even, held at ±9.2 · 10¹².
    pub fn item(number: f64) -> i64 {
        (number * MILLION).round_ties_even() as i64
    }

    pub fn total(&self) -> i128 {
        (i128::from(self.high) << 64) | i128::from(self.low)
    }

    fn set(&mut self, total: i128) {
        self.high = (total >> 64) as i64;
        self.low = total as u64;
    }
}

impl Accumulate for Sum {
    type Item = i64;
    type Entries = [(i64, i64); 1];

    fn add(&mut self, _: i64, item: &i64) {
        let (low, carry) = self.low.overflowing_add(*item as u64);
        self.low = low;
        self.high = self.high.wrapping_add(-i64::from(*item < 0)).wrapping_add(i64::from(carry));
        self.count += 1;
    }
    fn merge(&mut self, later: &Self) {
        self.set(self.total().saturating_add(later.total()));
        self.count = self.count.saturating_add(later.count);
    }
    fn write(&self, writer: &mut Writer) {
        writer.decimal(self.total());
        writer.unsigned(self.count);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut sum = Sum::default();
        sum.set(reader.decimal()?);
        sum.count = reader.unsigned()?.min(1 << 48);
        Ok(sum)
    }
    fn write_item(item: &i64, writer: &mut Writer) {
        writer.decimal(i128::from(*item));
    }
    fn read_item(reader: &mut Reader<'_>) -> Result<i64, DecodeError> {
        i64::try_from(reader.decimal()?).map_err(|_| DecodeError::Malformed("an amount is out of range"))
    }
}

/// The smallest (or, with `MAX`, the largest) number; none yet is NaN.
#[derive(Clone)]
pub(crate) struct Extreme<const MAX: bool>(pub f64);

impl<const MAX: bool> Default for Extreme<MAX> {
    fn default() -> Self {
        Extreme(f64::NAN)
    }
}

impl<const MAX: bool> Accumulate for Extreme<MAX> {
    type Item = f64;
    type Entries = [(i64, f64); 1];

    fn add(&mut self, _: i64, item: &f64) {
        if self.0.is_nan() || (if MAX { *item > self.0 } else { *item < self.0 }) {
            self.0 = *item;
        }
    }
    fn merge(&mut self, later: &Self) {
        if !later.0.is_nan() {
            self.add(0, &later.0);
        }
    }
    fn write(&self, writer: &mut Writer) {
        writer.double(self.0);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let value = reader.double()?;
        Ok(if value.is_finite() { Extreme(value) } else { Extreme(f64::NAN) })
    }
    fn write_item(item: &f64, writer: &mut Writer) {
        writer.double(*item);
    }
    fn read_item(reader: &mut Reader<'_>) -> Result<f64, DecodeError> {
        reader.finite()
    }
}

/// A number or a text, as `first` and `last` keep it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Number(f64),
    Text(Arc<str>),
}

impl Scalar {
    /// Cuts a text to [`LIMIT_TEXT`] bytes, between characters.
    pub fn text(text: &str) -> Scalar {
        let mut end = text.len().min(LIMIT_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Scalar::Text(text[..end].into())
    }

    pub fn write(&self, writer: &mut Writer) {
        match self {
            Scalar::Number(number) => {
                writer.byte(0);
                writer.double(*number);
            }
            Scalar::Text(text) => {
                writer.byte(1);
                writer.text(text);
            }
        }
    }

    pub fn read(reader: &mut Reader<'_>) -> Result<Scalar, DecodeError> {
        match reader.byte()? {
            0 => Ok(Scalar::Number(reader.finite()?)),
            1 => Ok(Scalar::Text(reader.text(LIMIT_TEXT)?.into())),
            _ => Err(DecodeError::Malformed("a value is neither number nor text")),
        }
    }
}

/// The earliest (or, with `LAST`, the latest) value.
#[derive(Clone, Default)]
pub(crate) struct Edge<const LAST: bool>(pub Option<(i64, Scalar)>);

impl<const LAST: bool> Accumulate for Edge<LAST> {
    type Item = Scalar;
    type Entries = [(i64, Scalar); 1];

    fn add(&mut self, time: i64, item: &Scalar) {
        match &self.0 {
            Some((kept, _)) if LAST && time < *kept => {}
            Some((kept, _)) if !LAST && time >= *kept => {}
            _ => self.0 = Some((time, item.clone())),
        }
    }
    fn merge(&mut self, later: &Self) {
        if let Some((time, item)) = &later.0 {
            self.add(*time, item);
        }
    }
    fn write(&self, writer: &mut Writer) {
        match &self.0 {
            None => writer.byte(0),
            Some((time, item)) => {
                writer.byte(1);
                writer.signed(*time);
                item.write(writer);
            }
        }
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.byte()? {
            0 => Ok(Edge(None)),
            1 => Ok(Edge(Some((reader.signed()?, Scalar::read(reader)?)))),
            _ => Err(DecodeError::Malformed("an edge is neither there nor not")),
        }
    }
    fn write_item(item: &Scalar, writer: &mut Writer) {
        item.write(writer);
    }
    fn read_item(reader: &mut Reader<'_>) -> Result<Scalar, DecodeError> {
        Scalar::read(reader)
    }
    fn heap(&self) -> usize {
        match &self.0 {
            Some((_, Scalar::Text(text))) => text.len() + 16,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_in_any_order() {
        let amounts = [0.1, 0.2, -0.3, 19.99, 1e12, -1e12, 9e99, -9e99, 1e-6, -0.000_001, 4.35];
        let mut forward = Sum::default();
        let mut backward = Sum::default();
        amounts.iter().for_each(|a| forward.add(0, &Sum::item(*a)));
        amounts.iter().rev().for_each(|a| backward.add(0, &Sum::item(*a)));
        assert_eq!(forward.total(), backward.total());
        // The two clamped giants leave the one by which i64 is longer downwards.
        assert_eq!(forward.total(), 24_340_000 - 1);
        let expect: i128 = amounts.iter().map(|a| i128::from(Sum::item(*a))).sum();
        assert_eq!(forward.total(), expect);
        let mut many = Sum::default();
        let mut twin = 0i128;
        for n in 0..1000 {
            let item = if n % 3 == 0 { i64::MIN } else { i64::MAX };
            many.add(0, &item);
            twin += i128::from(item);
            assert_eq!(many.total(), twin);
        }
        many.merge(&forward);
        assert_eq!((many.total(), many.count), (twin + expect, 1011));
    }

    #[test]
    fn texts_are_cut_between_characters() {
        let Scalar::Text(text) = Scalar::text(&"é".repeat(200)) else { panic!("a text") };
        assert_eq!(text.chars().count(), 128);
        let Scalar::Text(text) = Scalar::text(&format!("a{}", "漢".repeat(100))) else { panic!("a text") };
        assert_eq!(text.len(), 1 + 85 * 3);
    }
}
