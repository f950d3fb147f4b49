//! What is kept of one entity: when it was first seen and registered, its labels, its cells.
//! One record in memory, one row in the store.

use domain::Time;
use smallvec::SmallVec;

use crate::aggregate::Plan;
use crate::cell::Cell;
use crate::codec::{DecodeError, Reader, Writer};
use crate::label::{LIMIT_LABELS, Label};

const VERSION: u8 = 1;
/// No instant of the log is this early.
pub(crate) const NEVER: i64 = i64::MIN;
/// The most cells in one record: far more than a pack declares for one entity.
const LIMIT_CELLS: usize = 4096;
/// Bytes of a record without its cells and labels, the index's share included.
const BASE: usize = size_of::<Entity>() + 24;

/// The state of one entity.
#[derive(Clone)]
pub(crate) struct Entity {
    pub key: u64,
    /// Log position of the last event folded.
    pub seq: u64,
    /// Log position of the snapshot this was restored from; folds up to it are already in.
    pub restored: u64,
    pub first_seen: i64,
    pub registered_at: i64,
    #[expect(clippy::box_collection, reason = "most entities wear no label; the box keeps the record small")]
    pub labels: Option<Box<Vec<Label>>>,
    /// Places in the state's plans, beside the cells.
    pub plans: SmallVec<[u16; 8]>,
    pub cells: Vec<Cell>,
    /// Bytes, as last weighed.
    pub weight: u32,
    /// Folds since, modulo 256.
    pub folds: u8,
    /// Differs from what the store holds.
    pub dirty: bool,
    /// Used since the clock's hand last passed.
    pub used: bool,
}

impl Entity {
    pub fn new(key: u64) -> Entity {
        Entity {
            key,
            seq: 0,
            restored: 0,
            first_seen: NEVER,
            registered_at: NEVER,
            labels: None,
            plans: SmallVec::new(),
            cells: Vec::new(),
            weight: BASE as u32,
            folds: 0,
            dirty: false,
            used: true,
        }
    }

    pub fn cell(&self, plan: u16) -> Option<&Cell> {
        self.plans.iter().position(|kept| *kept == plan).map(|place| &self.cells[place])
    }

    pub fn labels(&self) -> &[Label] {
        self.labels.as_ref().map_or(&[], |labels| labels)
    }

    pub fn weigh(&self) -> usize {
        let labels: usize =
            self.labels().iter().map(|l| size_of::<Label>() + l.name.len() + l.by.len() + l.why.len()).sum();
        let plans = if self.plans.spilled() { self.plans.capacity() * 2 } else { 0 };
        let cells = self.cells.capacity() * size_of::<Cell>() + self.cells.iter().map(Cell::heap).sum::<usize>();
        BASE + labels + plans + cells
    }

    /// Weighs the record anew, and gives by how much it differs from before.
    pub fn weigh_anew(&mut self) -> isize {
        let weight = u32::try_from(self.weigh()).unwrap_or(u32::MAX);
        let before = std::mem::replace(&mut self.weight, weight);
        weight as isize - before as isize
    }

    /// Weighs the record anew at the first and every sixteenth fold: between them it cannot grow much.
    pub fn weigh_sometimes(&mut self) -> isize {
        self.folds = self.folds.wrapping_add(1);
        if self.folds % 16 == 1 { self.weigh_anew() } else { 0 }
    }

    /// The stored form. Cells stand in the order of their definitions' identities, so that equal
    /// states have equal bytes.
    pub fn encode(&self, plans: &[Plan]) -> Vec<u8> {
        let mut writer = Writer { bytes: Vec::with_capacity(32 + 24 * self.cells.len()) };
        writer.byte(VERSION);
        writer.unsigned(self.seq);
        writer.signed(self.first_seen);
        writer.signed(self.registered_at.wrapping_sub(self.first_seen));
        writer.unsigned(self.labels().len() as u64);
        self.labels().iter().for_each(|label| label.write(&mut writer));
        let mut cells: SmallVec<[(&Plan, &Cell); 16]> =
            self.plans.iter().map(|plan| &plans[usize::from(*plan)]).zip(&self.cells).collect();
        cells.sort_unstable_by_key(|(plan, _)| plan.id);
        writer.unsigned(cells.len() as u64);
        let mut body = Writer::default();
        for (plan, cell) in cells {
            body.bytes.clear();
            cell.write(plan, &mut body);
            writer.word(plan.id);
            writer.unsigned(body.bytes.len() as u64);
            writer.bytes.extend_from_slice(&body.bytes);
        }
        writer.bytes
    }

    /// Reads a stored record. Cells of definitions that are unknown or not ready are left out.
    pub fn decode(key: u64, bytes: &[u8], plans: &[Plan]) -> Result<Entity, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let mut entity = Entity::new(key);
        entity.seq = reader.unsigned()?;
        entity.restored = entity.seq;
        entity.first_seen = reader.signed()?;
        entity.registered_at = reader.signed()?.wrapping_add(entity.first_seen);
        let labels = reader.count(LIMIT_LABELS)?;
        if labels > 0 {
            let labels: Vec<Label> = (0..labels).map(|_| Label::read(&mut reader)).collect::<Result<_, _>>()?;
            entity.labels = Some(Box::new(labels));
        }
        for _ in 0..reader.count(LIMIT_CELLS)? {
            let id = reader.word()?;
            let length = reader.count(bytes.len())?;
            let mut body = Reader::new(reader.take(length)?);
            let Some(place) = plans.iter().position(|plan| plan.id == id && plan.ready) else { continue };
            let cell = Cell::decode(&plans[place], &mut body)?;
            if !body.is_empty() || entity.plans.contains(&(place as u16)) {
                return Err(DecodeError::Malformed("a cell is too long or there twice"));
            }
            entity.plans.push(place as u16);
            entity.cells.push(cell);
        }
        if !reader.is_empty() {
            return Err(DecodeError::Malformed("the record goes on after its end"));
        }
        entity.weight = u32::try_from(entity.weigh()).unwrap_or(u32::MAX);
        Ok(entity)
    }

    /// Puts in what another state folded for definitions this one has not.
    pub fn adopt(&mut self, plan: u16, cell: Cell) {
        match self.plans.iter().position(|kept| *kept == plan) {
            Some(place) => self.cells[place] = cell,
            None => {
                self.plans.push(plan);
                self.cells.push(cell);
            }
        }
    }

    pub fn registered(&self) -> Option<Time> {
        (self.registered_at != NEVER).then_some(Time(self.registered_at))
    }
}
