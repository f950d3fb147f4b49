//! Where the records of entities stand: pages that never move, an index by key, and a clock's hand
//! that finds what was not used lately.

use rustc_hash::FxHashMap;

use crate::entity::Entity;
use crate::state::Checkpoint;

const PAGE_BITS: usize = 10;
const PAGE: usize = 1 << PAGE_BITS;

/// A checkpoint that is going on: slots before `at` have been handed out.
#[derive(Debug)]
pub(crate) struct Walk {
    pub at: usize,
    pub checkpoint: Checkpoint,
}

/// Records in pages. A slot's number stays the same while its entity is in memory, which the walk
/// of a checkpoint relies on.
#[derive(Default)]
pub(crate) struct Memory {
    index: FxHashMap<u64, u32>,
    pages: Vec<Vec<Option<Entity>>>,
    free: Vec<u32>,
    hand: usize,
    bytes: usize,
    /// Key and slot of the record changed last: an event folds several aggregates of one entity.
    last: Option<(u64, u32)>,
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
    pub fn slots(&self) -> usize {
        self.pages.last().map_or(0, |last| (self.pages.len() - 1) * PAGE + last.len())
    }

    pub fn slot_mut(&mut self, slot: usize) -> Option<&mut Entity> {
        self.pages.get_mut(slot >> PAGE_BITS)?.get_mut(slot & (PAGE - 1))?.as_mut()
    }

    pub fn get(&self, key: u64) -> Option<&Entity> {
        let slot = *self.index.get(&key)? as usize;
        self.pages[slot >> PAGE_BITS][slot & (PAGE - 1)].as_ref()
    }

    /// The record to change at `seq`, made when there is none; `None` when it was restored from a
    /// snapshot that includes `seq`.
    pub fn open(&mut self, key: u64, seq: u64) -> Option<&mut Entity> {
        let record = self.open_always(key);
        if seq <= record.restored {
            return None;
        }
        record.seq = record.seq.max(seq);
        record.dirty = true;
        Some(record)
    }

    /// The record to change, made when there is none, and marked as changed.
    pub fn open_always(&mut self, key: u64) -> &mut Entity {
        let slot = match self.last {
            Some((last, slot)) if last == key => slot,
            _ => match self.index.get(&key) {
                Some(slot) => *slot,
                None => self.insert(Entity::new(key)),
            },
        };
        self.last = Some((key, slot));
        let slot = slot as usize;
        let record = self.pages[slot >> PAGE_BITS][slot & (PAGE - 1)].get_or_insert_with(|| Entity::new(key));
        record.used = true;
        record
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

    /// Moves every cell to its plan's new place; those without one are dropped.
    pub fn remap(&mut self, moved: &[Option<u16>]) {
        for record in self.pages.iter_mut().flatten().flatten() {
            let before = std::mem::take(&mut record.plans);
            let cells = std::mem::take(&mut record.cells);
            for (plan, cell) in before.into_iter().zip(cells) {
                if let Some(place) = moved.get(usize::from(plan)).copied().flatten() {
                    record.plans.push(place);
                    record.cells.push(cell);
                } else {
                    record.dirty = true;
                }
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
