//! What the index knows of the rows after the last run, in memory.

use rustc_hash::FxHashMap;

/// No earlier posting.
const NONE: u32 = u32::MAX;

/// Hash → seqs: the newest by hash, each linked to the one before it.
#[derive(Default)]
struct Postings {
    newest: FxHashMap<u64, u32>,
    /// (seq after the tail's first, place of the one before).
    links: Vec<(u32, u32)>,
}

impl Postings {
    /// Adds a posting, unless the same row holds the hash already.
    fn push(&mut self, hash: u64, offset: u32) {
        let place = self.links.len() as u32;
        let before = self.newest.get(&hash).copied().unwrap_or(NONE);
        if before != NONE && self.links[before as usize].0 == offset {
            return;
        }
        self.newest.insert(hash, place);
        self.links.push((offset, before));
    }

    /// The offsets of a hash, newest first.
    fn of(&self, hash: u64) -> impl Iterator<Item = u32> {
        let mut place = self.newest.get(&hash).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let (offset, before) = *self.links.get(place as usize)?;
            place = before;
            Some(offset)
        })
    }

    /// Hands out every (hash, offset) in order.
    fn sorted<E>(&self, mut take: impl FnMut(u64, u32) -> Result<(), E>) -> Result<(), E> {
        let mut hashes: Vec<u64> = self.newest.keys().copied().collect();
        hashes.sort_unstable();
        let mut offsets = Vec::new();
        for hash in hashes {
            offsets.clear();
            offsets.extend(self.of(hash));
            offsets.iter().rev().try_for_each(|offset| take(hash, *offset))?;
        }
        Ok(())
    }
}

/// Keys and entities of consecutive rows.
pub(crate) struct Tail {
    /// The first row's seq.
    pub(crate) from: u64,
    /// The seq after the last row's; `from` when empty.
    pub(crate) end: u64,
    keys: Postings,
    entities: Postings,
}

impl Tail {
    /// An empty tail whose rows start at a seq.
    pub(crate) fn new(from: u64) -> Self {
        Tail { from, end: from, keys: Postings::default(), entities: Postings::default() }
    }

    /// How many rows it holds.
    pub(crate) fn rows(&self) -> usize {
        self.keys.links.len()
    }

    /// Adds a row; its seq is past all others.
    pub(crate) fn push(&mut self, seq: u64, key: u64, entities: &[u64]) {
        let offset = (seq - self.from) as u32;
        self.keys.push(key, offset);
        entities.iter().for_each(|hash| self.entities.push(*hash, offset));
        self.end = seq + 1;
    }

    /// The seqs of a key's hash, newest first.
    pub(crate) fn key(&self, hash: u64) -> impl Iterator<Item = u64> {
        self.keys.of(hash).map(|offset| self.from + u64::from(offset))
    }

    /// The seqs of an entity's hash, newest first.
    pub(crate) fn entity(&self, hash: u64) -> impl Iterator<Item = u64> {
        self.entities.of(hash).map(|offset| self.from + u64::from(offset))
    }

    /// Every (hash, seq) of the keys, sorted.
    pub(crate) fn sorted_keys<E>(&self, mut take: impl FnMut(u64, u64) -> Result<(), E>) -> Result<(), E> {
        self.keys.sorted(|hash, offset| take(hash, self.from + u64::from(offset)))
    }

    /// Every (hash, seq) of the entities, sorted.
    pub(crate) fn sorted_entities<E>(&self, mut take: impl FnMut(u64, u64) -> Result<(), E>) -> Result<(), E> {
        self.entities.sorted(|hash, offset| take(hash, self.from + u64::from(offset)))
    }
}
