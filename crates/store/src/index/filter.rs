//! A Bloom filter in blocks of one cache line: says "not there", or "maybe" wrongly for fewer than
//! one in a thousand.

/// Bits a key.
const BITS: usize = 18;

/// A filter over 64-bit hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    blocks: Vec<[u64; 8]>,
}

impl Filter {
    /// An empty filter with room for a number of keys.
    pub(crate) fn for_keys(keys: usize) -> Self {
        Filter { blocks: vec![[0; 8]; (keys * BITS).div_ceil(512).max(1)] }
    }

    pub(crate) fn insert(&mut self, hash: u64) {
        let place = self.place(hash);
        let bits = bits(hash);
        for (lane, bit) in self.blocks[place].iter_mut().zip(bits) {
            *lane |= bit;
        }
    }

    /// False when the key was never inserted.
    pub(crate) fn maybe(&self, hash: u64) -> bool {
        self.blocks[self.place(hash)].iter().zip(bits(hash)).all(|(lane, bit)| lane & bit != 0)
    }

    /// The block is chosen by the hash's upper half alone.
    const fn place(&self, hash: u64) -> usize {
        (((hash >> 32) * self.blocks.len() as u64) >> 32) as usize
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.blocks.iter().flatten().flat_map(|lane| lane.to_le_bytes()).collect()
    }

    /// Reads what [`Filter::to_bytes`] wrote; none when it is no such thing.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(64) {
            return None;
        }
        let lane = |b: &[u8]| u64::from_le_bytes(std::array::from_fn(|i| b[i]));
        Some(Filter {
            blocks: bytes.chunks_exact(64).map(|b| std::array::from_fn(|i| lane(&b[i * 8..i * 8 + 8]))).collect(),
        })
    }
}

/// One bit in each lane of a block, from the hash's lower half spread over 48 bits.
fn bits(hash: u64) -> [u64; 8] {
    let spread = (hash & 0xffff_ffff).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ hash.rotate_left(17);
    let spread = spread.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    std::array::from_fn(|i| 1 << ((spread >> (16 + 6 * i)) & 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::hash::Hasher;

    #[test]
    fn no_false_no_and_few_false_maybes() {
        let hasher = Hasher::random();
        let hash = |n: u32| hasher.key("app", &n.to_string());
        let mut filter = Filter::for_keys(50_000);
        (0..50_000).for_each(|n| filter.insert(hash(n)));
        let filter = Filter::from_bytes(&filter.to_bytes()).unwrap();
        assert!((0..50_000).all(|n| filter.maybe(hash(n))));
        let wrong = (50_000..250_000).filter(|n| filter.maybe(hash(*n))).count();
        assert!(wrong < 200, "{wrong} of 200,000 strangers look known");
        assert_eq!(Filter::from_bytes(&[1; 63]), None);
        assert!(!Filter::for_keys(0).maybe(7));
    }
}
