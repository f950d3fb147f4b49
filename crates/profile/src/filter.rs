//! A filter over the keys that may have a stored row: it never forgets a key, and errs for about
//! one in a hundred others. It grows by layers, each twice as large as all before.

const PROBES: u32 = 6;
const FIRST_BITS: usize = 1 << 16;
/// Bits spent on a key.
const BITS_PER_KEY: usize = 10;

/// A growing Bloom filter over keys that are already well spread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    layers: Vec<Layer>,
}

#[derive(Clone, Debug)]
struct Layer {
    words: Box<[u64]>,
    left: usize,
}

impl Filter {
    pub fn insert(&mut self, key: u64) {
        if self.contains(key) {
            return;
        }
        if self.layers.last().is_none_or(|layer| layer.left == 0) {
            let bits = FIRST_BITS << self.layers.len();
            self.layers.push(Layer { words: vec![0; bits / 64].into(), left: bits / BITS_PER_KEY });
        }
        if let Some(layer) = self.layers.last_mut() {
            layer.left -= 1;
            for (word, bit) in layer.places(key) {
                layer.words[word] |= bit;
            }
        }
    }

    pub fn contains(&self, key: u64) -> bool {
        self.layers.iter().rev().any(|layer| layer.places(key).all(|(word, bit)| layer.words[word] & bit != 0))
    }
}

impl Layer {
    /// The bits of a key: all in the same eight words, so that asking costs one miss of the cache.
    fn places(&self, key: u64) -> impl Iterator<Item = (usize, u64)> + use<> {
        let spread = crate::hash::mix(key);
        let block = (spread as usize & (self.words.len() / 8 - 1)) * 8;
        let bits = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 10;
        (0..PROBES).map(move |probe| {
            let bit = (bits >> (9 * probe)) & 511;
            (block + (bit / 64) as usize, 1 << (bit % 64))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;

    #[test]
    fn forgets_none_and_errs_little() {
        let mut filter = Filter::default();
        assert!(!filter.contains(7));
        let count = 100_000;
        (0..count).for_each(|n| filter.insert(mix(n)));
        assert!((0..count).all(|n| filter.contains(mix(n))));
        let wrong = (count..2 * count).filter(|n| filter.contains(mix(*n))).count();
        assert!(wrong < 8_000, "{wrong} of {count}");
    }
}
