//! Quantiles: the numbers themselves while they are few, then a histogram whose bins are cut from
//! the number's own bits, 64 to each power of two. A reading is off by at most 1/128 of its value
//! (0.8 %); no logarithm is taken, so every machine draws the same bins.

use crate::accumulate::Accumulate;
use crate::aggregate::EXACT_ENTRIES;
use crate::codec::{DecodeError, Reader, Writer};

/// Numbers smaller than 2⁻²⁰ fall into the bin of zero.
const LEAST: i32 = -20;
/// Numbers from 2⁴⁴ upwards fall into the last bin.
const MOST: i32 = 44;
const STEPS: i32 = 64;
const BINS: i32 = (MOST - LEAST) * STEPS;

/// Numbers in ascending order, or bins in ascending order with their counts.
#[derive(Clone)]
pub(crate) enum Quantiles {
    Exact(Vec<f64>),
    Sketch(Vec<(i16, u32)>),
}

impl Default for Quantiles {
    fn default() -> Self {
        Quantiles::Exact(Vec::new())
    }
}

/// The bin of a number: 0 for zero, mirrored for negative numbers.
fn bin(number: f64) -> i16 {
    let size = number.abs();
    let bits = size.to_bits();
    let exponent = ((bits >> 52) as i32) - 1023;
    let place = if exponent < LEAST {
        0
    } else if exponent >= MOST {
        BINS
    } else {
        (exponent - LEAST) * STEPS + ((bits >> 46) & 63) as i32 + 1
    };
    (if number < 0.0 { -place } else { place }) as i16
}

/// The middle of a bin.
fn middle(bin: i16) -> f64 {
    if bin == 0 {
        return 0.0;
    }
    let place = i32::from(bin).abs() - 1;
    let exponent = (place / STEPS + LEAST + 1023) as u64;
    // Half a step more than the bin's lower end.
    let bits = (exponent << 52) | ((place % STEPS) as u64) << 46 | 1 << 45;
    let size = f64::from_bits(bits);
    if bin < 0 { -size } else { size }
}

impl Quantiles {
    /// The value at rank ⌈q·n⌉, and whether it is the middle of a bin.
    pub fn at(&self, q: f64) -> Option<(f64, bool)> {
        let rank = |count: u64| ((q * count as f64).ceil() as u64).clamp(1, count.max(1));
        match self {
            Quantiles::Exact(numbers) => {
                numbers.get(rank(numbers.len() as u64) as usize - 1).map(|number| (*number, false))
            }
            Quantiles::Sketch(bins) => {
                let mut left = rank(bins.iter().map(|(_, count)| u64::from(*count)).sum());
                for (bin, count) in bins {
                    if left <= u64::from(*count) {
                        return Some((middle(*bin), true));
                    }
                    left -= u64::from(*count);
                }
                None
            }
        }
    }

    fn insert(&mut self, number: f64) {
        match self {
            Quantiles::Exact(numbers) => {
                let place = numbers.partition_point(|kept| *kept <= number);
                numbers.insert(place, number);
                if numbers.len() > EXACT_ENTRIES {
                    self.sketch();
                }
            }
            Quantiles::Sketch(bins) => count(bins, bin(number), 1),
        }
    }

    fn sketch(&mut self) {
        if let Quantiles::Exact(numbers) = self {
            let mut bins = Vec::new();
            numbers.iter().for_each(|number| count(&mut bins, bin(*number), 1));
            *self = Quantiles::Sketch(bins);
        }
    }
}

fn count(bins: &mut Vec<(i16, u32)>, bin: i16, more: u32) {
    match bins.binary_search_by_key(&bin, |(bin, _)| *bin) {
        Ok(place) => bins[place].1 = bins[place].1.saturating_add(more),
        Err(place) => bins.insert(place, (bin, more)),
    }
}

impl Accumulate for Quantiles {
    type Item = f64;
    type Entries = [(i64, f64); 1];

    fn add(&mut self, _: i64, number: &f64) {
        self.insert(*number);
    }

    fn extend<'a>(&mut self, items: impl Iterator<Item = (i64, &'a f64)>) {
        match self {
            Quantiles::Exact(numbers) => {
                numbers.extend(items.map(|(_, number)| *number));
                numbers.sort_unstable_by(f64::total_cmp);
                if numbers.len() > EXACT_ENTRIES {
                    self.sketch();
                }
            }
            Quantiles::Sketch(bins) => items.for_each(|(_, number)| count(bins, bin(*number), 1)),
        }
    }

    fn merge(&mut self, later: &Self) {
        match later {
            Quantiles::Exact(numbers) => self.extend(numbers.iter().map(|number| (0, number))),
            Quantiles::Sketch(theirs) => {
                self.sketch();
                if let Quantiles::Sketch(mine) = self {
                    theirs.iter().for_each(|(bin, more)| count(mine, *bin, *more));
                }
            }
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Quantiles::Exact(numbers) => {
                writer.byte(0);
                writer.unsigned(numbers.len() as u64);
                numbers.iter().for_each(|number| writer.double(*number));
            }
            Quantiles::Sketch(bins) => {
                writer.byte(1);
                writer.unsigned(bins.len() as u64);
                let mut before = 0;
                for (bin, count) in bins {
                    writer.signed(i64::from(*bin) - before);
                    writer.unsigned(u64::from(*count));
                    before = i64::from(*bin);
                }
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.byte()? == 0 {
            let count = reader.count(EXACT_ENTRIES)?;
            let numbers: Vec<f64> = (0..count).map(|_| reader.finite()).collect::<Result<_, _>>()?;
            if !numbers.is_sorted() {
                return Err(DecodeError::Malformed("numbers are out of order"));
            }
            return Ok(Quantiles::Exact(numbers));
        }
        let length = reader.count(2 * BINS as usize + 1)?;
        let mut bins: Vec<(i16, u32)> = Vec::new();
        let mut before = 0i64;
        for place in 0..length {
            let step = reader.signed()?;
            let bin = before.saturating_add(step);
            let count = u32::try_from(reader.unsigned()?).unwrap_or(u32::MAX);
            if bin.abs() > i64::from(BINS) || (place > 0 && step <= 0) {
                return Err(DecodeError::Malformed("bins are out of order"));
            }
            bins.push((bin as i16, count));
            before = bin;
        }
        Ok(Quantiles::Sketch(bins))
    }

    fn write_item(number: &f64, writer: &mut Writer) {
        writer.double(*number);
    }

    fn read_item(reader: &mut Reader<'_>) -> Result<f64, DecodeError> {
        reader.finite()
    }

    fn heap(&self) -> usize {
        match self {
            Quantiles::Exact(numbers) => numbers.capacity() * 8,
            Quantiles::Sketch(bins) => bins.capacity() * 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_their_numbers() {
        let mut size = 1e-6;
        while size < 1.7e13 {
            for number in [size, -size] {
                let near = middle(bin(number));
                assert!((near - number).abs() <= number.abs() / 128.0, "{number}: {near}");
            }
            size *= 1.0137;
        }
        for (number, near) in [(0.0, 0.0), (-0.0, 0.0), (1e-9, 0.0), (-1e-9, 0.0)] {
            assert_eq!(middle(bin(number)), near);
        }
        assert_eq!((bin(f64::MAX), bin(f64::MIN)), (BINS as i16, -BINS as i16));
        assert!(middle(BINS as i16) > 1.7e13);
    }
}
