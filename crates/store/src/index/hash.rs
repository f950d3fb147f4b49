//! The hash that names keys and entities: SipHash-1-3 under the store's own seed, so that nobody
//! outside can choose ids that meet.

use crate::{Error, Result};

/// Turns keys and entities into the 64-bit names the index works with. It is small: copy it to
/// wherever events are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hasher {
    seed: [u64; 2],
}

impl Hasher {
    /// A seed nobody has seen.
    pub(crate) fn random() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Hasher { seed: std::array::from_fn(|i| RandomState::new().hash_one(i)) }
    }

    /// The seed as a text.
    pub(crate) fn to_text(self) -> String {
        format!("{:016x}{:016x}", self.seed[0], self.seed[1])
    }

    /// Reads a seed written by [`Hasher::to_text`].
    pub(crate) fn from_text(text: &str) -> Result<Self> {
        let part = |range| text.get(range).and_then(|part| u64::from_str_radix(part, 16).ok());
        match (part(0..16), part(16..32)) {
            (Some(a), Some(b)) => Ok(Hasher { seed: [a, b] }),
            _ => Err(Error::Corrupt("the index seed is none".into())),
        }
    }

    /// The name of an event's identity within its market.
    #[must_use]
    pub fn key(self, source: &str, id: &str) -> u64 {
        self.pair(1, source, id)
    }

    /// The name of an entity of the market.
    #[must_use]
    pub fn entity(self, kind: &str, id: &str) -> u64 {
        self.pair(2, kind, id)
    }

    fn pair(self, tag: u64, first: &str, second: &str) -> u64 {
        let mut sip = Sip::new(self.seed);
        // The tag and the first length keep (ab, c) and (a, bc) apart.
        sip.word(tag | (first.len() as u64) << 8);
        sip.bytes(first.as_bytes());
        sip.bytes(second.as_bytes());
        sip.finish(first.len() + second.len())
    }
}

struct Sip {
    v: [u64; 4],
}

impl Sip {
    fn new([k0, k1]: [u64; 2]) -> Self {
        Sip {
            v: [
                k0 ^ 0x736f_6d65_7073_6575,
                k1 ^ 0x646f_7261_6e64_6f6d,
                k0 ^ 0x6c79_6765_6e65_7261,
                k1 ^ 0x7465_6462_7974_6573,
            ],
        }
    }

    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.v;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.v = [a, b, c, d];
    }

    fn word(&mut self, word: u64) {
        self.v[3] ^= word;
        self.round();
        self.v[0] ^= word;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.word(u64::from_le_bytes(std::array::from_fn(|i| word[i])));
        }
        let mut last = 0;
        for (i, byte) in words.remainder().iter().enumerate() {
            last |= u64::from(*byte) << (8 * i);
        }
        self.word(last);
    }

    fn finish(mut self, length: usize) -> u64 {
        self.word(length as u64);
        self.v[2] ^= 0xff;
        for _ in 0..3 {
            self.round();
        }
        self.v.into_iter().fold(0, |sum, v| sum ^ v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart_and_the_seed_counts() {
        let one = Hasher { seed: [1, 2] };
        let texts = ["", "a", "ab", "abc", "abcdefgh", "abcdefghi", "abcdefg\0", "日本"];
        let mut seen = std::collections::BTreeMap::new();
        for first in texts {
            for second in texts {
                for (name, hash) in [("key", one.key(first, second)), ("entity", one.entity(first, second))] {
                    assert_eq!(seen.insert(hash, (name, first, second)), None, "{first} {second}");
                    assert_ne!(hash, Hasher { seed: [1, 3] }.key(first, second));
                }
            }
        }
        let random = Hasher::random();
        assert_eq!(Hasher::from_text(&random.to_text()).unwrap(), random);
        assert!(Hasher::from_text("short").is_err());
    }
}
