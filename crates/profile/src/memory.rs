//! Where the records of entities stand: pages that never move, an index by key, and a clock's hand
//! that finds what was not used lately.

use rustc_hash::FxHashMap;

use crate::entity::Entity;
use crate::state::Checkpoint;

const PAGE_BITS: usize = 10;
const PAGE: usize = 1 << PAGE_BITS;

/// Changed records are listed by parts of the key, so that a checkpoint writes them in the order
/// the store keeps its rows in, and finds them without looking at the others.
const PART_BITS: u32 = 12;

/// A checkpoint that is going on: parts before `next` have been handed out, `slots` is what is left
/// of the one before it.
#[derive(Debug)]
pub(crate) struct Walk {
    next: usize,
    slots: Vec<u32>,
    pub checkpoint: Checkpoint,
}

impl Walk {
    pub fn new(checkpoint: Checkpoint) -> Walk {
        Walk { next: 0, slots: Vec::new(), checkpoint }
    }
}

/// The part of a key, in the order of the key as a signed integer.
const fn part(key: u64) -> usize {
    ((key ^ (1 << 63)) >> (64 - PART_BITS)) as usize
}

/// Records in pages. A slot's number stays the same while its entity is in memory.
pub(crate) struct Memory {
    index: FxHashMap<u64, u32>,
    pages: Vec<Vec<Option<Entity>>>,
    free: Vec<u32>,
    hand: usize,
    bytes: usize,
    /// Key and slot of the record changed last: an event folds several aggregates of one entity.
    last: Option<(u64, u32)>,
    /// Slots of changed records by part. Slots whose record has left or was written stay until
    /// the list is walked or full.
    changed: Vec<Vec<u32>>,
}

impl Default for Memory {
    fn default() -> Self {
        Memory {
            index: FxHashMap::default(),
            pages: Vec::new(),
            free: Vec::new(),
            hand: 0,
            bytes: 0,
            last: None,
            changed: vec![Vec::new(); 1 << PART_BITS],
        }
    }
}

impl Memory {
    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn contains(&self, key: u64) -> bool {
        self.index.contains_key(&key)
    }

    /// Slots ever used.
    fn slots(&self) -> usize {
        self.pages.last().map_or(0, |last| (self.pages.len() - 1) * PAGE + last.len())
    }

    pub fn get(&self, key: u64) -> Option<&Entity> {
        let slot = *self.index.get(&key)? as usize;
        self.pages[slot >> PAGE_BITS][slot & (PAGE - 1)].as_ref()
    }

    /// The record to change at `seq`, made when there is none; `None` when it was restored from a
    /// snapshot that includes `seq`.
    pub fn open(&mut self, key: u64, seq: u64) -> Option<&mut Entity> {
        let slot = self.slot(key);
        let record = self.pages[slot as usize >> PAGE_BITS][slot as usize & (PAGE - 1)].as_mut()?;
        record.used = true;
        if seq <= record.restored {
            return None;
        }
        record.seq = record.seq.max(seq);
        if !record.dirty {
            record.asleep = None;
            self.list(slot, key);
        }
        // The second look-up ends the first one's borrow; the line is in the cache by now.
        let record = self.pages[slot as usize >> PAGE_BITS][slot as usize & (PAGE - 1)].as_mut()?;
        record.dirty = true;
        Some(record)
    }

    /// The record to change whatever its position, made when there is none.
    pub fn open_always(&mut self, key: u64) -> Option<&mut Entity> {
        let slot = self.slot(key);
        self.list(slot, key);
        let record = self.pages[slot as usize >> PAGE_BITS][slot as usize & (PAGE - 1)].as_mut()?;
        record.dirty = true;
        Some(record)
    }

    /// The slot of an entity, made when there is none.
    fn slot(&mut self, key: u64) -> u32 {
        let slot = match self.last {
            Some((last, slot)) if last == key => slot,
            _ => match self.index.get(&key) {
                Some(slot) => *slot,
                None => self.insert(Entity::new(key)),
            },
        };
        self.last = Some((key, slot));
        slot
    }

    /// Lists a slot as changed. Before a list grows, what no longer belongs there is struck out.
    fn list(&mut self, slot: u32, key: u64) {
        let part = part(key);
        let list = &mut self.changed[part];
        if list.len() == list.capacity() && list.len() >= 16 {
            let mut slots = std::mem::take(list);
            slots.sort_unstable();
            slots.dedup();
            slots.retain(|slot| self.is_changed(*slot, part));
            slots.reserve(slots.len() + 16);
            self.changed[part] = slots;
        }
        self.changed[part].push(slot);
    }

    fn is_changed(&self, slot: u32, wanted: usize) -> bool {
        self.at(slot).is_some_and(|record| record.dirty && part(record.key) == wanted)
    }

    fn at(&self, slot: u32) -> Option<&Entity> {
        self.pages.get(slot as usize >> PAGE_BITS)?.get(slot as usize & (PAGE - 1))?.as_ref()
    }

    /// The next changed record of a checkpoint, which is unchanged from then on; `None` at its end.
    pub fn next_changed(&mut self, walk: &mut Walk) -> Option<&mut Entity> {
        let slot = loop {
            if let Some(slot) = walk.slots.pop() {
                if self.is_changed(slot, walk.next - 1) {
                    break slot;
                }
            } else {
                walk.slots = std::mem::take(self.changed.get_mut(walk.next)?);
                walk.next += 1;
                walk.slots.retain(|slot| self.is_changed(*slot, walk.next - 1));
                let key = |slot: &u32| self.at(*slot).map(|record| std::cmp::Reverse(record.key as i64));
                walk.slots.sort_unstable_by_key(key);
                walk.slots.dedup();
            }
        };
        let record = self.pages[slot as usize >> PAGE_BITS][slot as usize & (PAGE - 1)].as_mut()?;
        record.dirty = false;
        Some(record)
    }

    /// Gives a record that is not in memory a slot.
    pub fn insert(&mut self, record: Entity) -> u32 {
        let (key, weight) = (record.key, record.weight as usize);
        let slot = match self.free.pop() {
            Some(slot) => slot as usize,
            None => {
                if self.pages.last().is_none_or(|last| last.len() == PAGE) {
                    self.pages.push(Vec::with_capacity(PAGE));
                }
                let slot = self.slots();
                if let Some(last) = self.pages.last_mut() {
                    last.push(None);
                }
                slot
            }
        };
        self.pages[slot >> PAGE_BITS][slot & (PAGE - 1)] = Some(record);
        self.index.insert(key, slot as u32);
        self.bytes += weight;
        slot as u32
    }

    /// Takes out the next record that was not used since the hand last passed it.
    pub fn evict(&mut self) -> Option<Entity> {
        let slots = self.slots();
        // After one full round every mark has been wiped, so two rounds find one.
        for _ in 0..2 * slots {
            let slot = self.hand;
            self.hand = if slot + 1 >= slots { 0 } else { slot + 1 };
            let place = &mut self.pages[slot >> PAGE_BITS][slot & (PAGE - 1)];
            if let Some(record) = place.as_mut()
                && !std::mem::take(&mut record.used)
            {
                let record = place.take()?;
                self.last = None;
                self.index.remove(&record.key);
                self.free.push(slot as u32);
                self.bytes -= record.weight as usize;
                return Some(record);
            }
        }
        None
    }

    /// Takes in what [`Entity::weigh_anew`] gave.
    pub fn adjust(&mut self, difference: isize) {
        self.bytes = self.bytes.saturating_add_signed(difference);
    }

    /// Gives every record to `change`; it says whether the record differs from its stored form then.
    pub fn change_all(&mut self, mut change: impl FnMut(&mut Entity) -> bool) {
        for slot in 0..self.slots() as u32 {
            let place = &mut self.pages[slot as usize >> PAGE_BITS][slot as usize & (PAGE - 1)];
            if let Some(record) = place.as_mut()
                && change(record)
                && !std::mem::replace(&mut record.dirty, true)
            {
                let key = record.key;
                self.list(slot, key);
            }
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entity> {
        self.pages.iter().flatten().flatten()
    }

    pub fn into_entities(self) -> impl Iterator<Item = Entity> {
        self.pages.into_iter().flatten().flatten()
    }
}
