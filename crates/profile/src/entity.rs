//! What is kept of one entity: when it registered, its labels, its cells.
//! One record in memory, one row in the store.

use domain::Time;
use smallvec::SmallVec;

use crate::aggregate::Plan;
use crate::cell::Cell;
use crate::codec::{DecodeError, Reader, Writer};
use crate::label::{LIMIT_LABELS, Label};

/// Version 1 also held when the entity was first seen, which the timeline knows as well; version 2 had no note.
const VERSION: u8 = 3;
/// The longest note, in bytes.
pub(crate) const LIMIT_NOTE: usize = 2_048;
/// No instant of the log is this early.
pub(crate) const NEVER: i64 = i64::MIN;
/// The most cells in one record: far more than a pack declares for one entity.
const LIMIT_CELLS: usize = 4096;
/// Bytes of a record without its cells and labels, the index's share included.
const BASE: usize = size_of::<Entity>() + 24;

/// Cells as they were stored, by the identity of their definitions.
pub(crate) type Asleep = Vec<(u32, Box<[u8]>)>;

/// A cell on its way into a record.
enum Form<'a> {
    Awake(&'a Plan, &'a Cell),
    Asleep(&'a [u8]),
}

/// The state of one entity.
#[derive(Clone)]
pub(crate) struct Entity {
    pub key: u64,
    /// Log position of the last event folded.
    pub seq: u64,
    /// Log position of the snapshot this was restored from; folds up to it are already in.
    pub restored: u64,
    pub registered_at: i64,
    #[expect(clippy::box_collection, reason = "most entities wear no label; the box keeps the record small")]
    pub labels: Option<Box<Vec<Label>>>,
    /// What another room folds for this entity.
    pub note: Option<Box<[u8]>>,
    /// Places in the state's plans, beside the cells.
    pub plans: SmallVec<[u16; 8]>,
    pub cells: Vec<Cell>,
    /// Stored cells of definitions that are unknown or not ready, good only while nothing has been
    /// folded since the record was stored.
    pub asleep: Option<Box<Asleep>>,
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
            registered_at: NEVER,
            labels: None,
            note: None,
            plans: SmallVec::new(),
            cells: Vec::new(),
            asleep: None,
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
        let asleep: usize = self.asleep.iter().flat_map(|asleep| asleep.iter()).map(|(_, body)| body.len() + 24).sum();
        let note = self.note.as_ref().map_or(0, |note| note.len());
        BASE + labels + note + plans + cells + asleep
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

    /// The stored form.
    pub fn encode(&self, plans: &[Plan]) -> Vec<u8> {
        self.form(plans, self.seq == self.restored)
    }

    /// The stored form with or without what is asleep. Cells stand in the order of their
    /// definitions' identities, so that equal states have equal bytes.
    pub fn form(&self, plans: &[Plan], asleep: bool) -> Vec<u8> {
        let mut writer = Writer { bytes: Vec::with_capacity(32 + 24 * self.cells.len()) };
        writer.byte(VERSION);
        writer.unsigned(self.seq);
        writer.signed(self.registered_at.wrapping_sub(NEVER));
        writer.unsigned(self.labels().len() as u64);
        self.labels().iter().for_each(|label| label.write(&mut writer));
        let note = self.note.as_deref().unwrap_or_default();
        writer.unsigned(note.len() as u64);
        writer.bytes.extend_from_slice(note);
        let awake = self.plans.iter().zip(&self.cells).map(|(place, cell)| {
            let plan = &plans[usize::from(*place)];
            (plan.id, Form::Awake(plan, cell))
        });
        let mut cells: SmallVec<[(u32, Form<'_>); 16]> = awake.collect();
        if asleep {
            let asleep = self.asleep.iter().flat_map(|asleep| asleep.iter());
            cells.extend(asleep.map(|(id, body)| (*id, Form::Asleep(body))));
        }
        cells.sort_unstable_by_key(|(id, _)| *id);
        writer.unsigned(cells.len() as u64);
        let mut body = Writer::default();
        for (id, form) in cells {
            body.bytes.clear();
            match form {
                Form::Awake(plan, cell) => cell.write(plan, &mut body),
                Form::Asleep(stored) => body.bytes.extend_from_slice(stored),
            }
            writer.word(id);
            writer.unsigned(body.bytes.len() as u64);
            writer.bytes.extend_from_slice(&body.bytes);
        }
        writer.bytes
    }

    /// Reads a stored record. Cells of definitions that are unknown or not ready stay asleep.
    pub fn decode(key: u64, bytes: &[u8], plans: &[Plan]) -> Result<Entity, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.byte()?;
        if !(1..=VERSION).contains(&version) {
            return Err(DecodeError::Version(version));
        }
        let mut entity = Entity::new(key);
        entity.seq = reader.unsigned()?;
        entity.restored = entity.seq;
        let since = if version == 1 { reader.signed()? } else { NEVER };
        entity.registered_at = reader.signed()?.wrapping_add(since);
        let labels = reader.count(LIMIT_LABELS)?;
        if labels > 0 {
            let labels: Vec<Label> = (0..labels).map(|_| Label::read(&mut reader)).collect::<Result<_, _>>()?;
            entity.labels = Some(Box::new(labels));
        }
        if version >= 3 {
            let length = reader.count(LIMIT_NOTE)?;
            let note = reader.take(length)?;
            entity.note = (!note.is_empty()).then(|| note.into());
        }
        for _ in 0..reader.count(LIMIT_CELLS)? {
            let id = reader.word()?;
            let length = reader.count(bytes.len())?;
            let body = reader.take(length)?;
            match plans.iter().position(|plan| plan.id == id && plan.ready) {
                Some(place) => entity.read_cell(place as u16, &plans[place], body)?,
                None => entity.asleep.get_or_insert_default().push((id, body.into())),
            }
        }
        if !reader.is_empty() {
            return Err(DecodeError::Malformed("the record goes on after its end"));
        }
        entity.weight = u32::try_from(entity.weigh()).unwrap_or(u32::MAX);
        Ok(entity)
    }

    fn read_cell(&mut self, place: u16, plan: &Plan, body: &[u8]) -> Result<(), DecodeError> {
        let mut reader = Reader::new(body);
        let cell = Cell::decode(plan, &mut reader)?;
        if !reader.is_empty() || self.plans.contains(&place) {
            return Err(DecodeError::Malformed("a cell is too long or there twice"));
        }
        self.plans.push(place);
        self.cells.push(cell);
        Ok(())
    }

    /// Moves every cell to its plan's new place. Those without one fall asleep while the record is
    /// as it was stored, else they are dropped. Says whether the stored form changed.
    pub fn remap(&mut self, old: &[Plan], moved: &[Option<u16>]) -> bool {
        let before = std::mem::take(&mut self.plans);
        let cells = std::mem::take(&mut self.cells);
        let mut dropped = false;
        for (place, cell) in before.into_iter().zip(cells) {
            let (from, to) = (&old[usize::from(place)], moved.get(usize::from(place)).copied().flatten());
            if let Some(to) = to {
                self.plans.push(to);
                self.cells.push(cell);
            } else if self.seq == self.restored {
                let mut body = Writer::default();
                cell.write(from, &mut body);
                self.asleep.get_or_insert_default().push((from.id, body.bytes.into()));
            } else {
                dropped = true;
            }
        }
        dropped
    }

    /// Once plans have become ready at `seq`: wakes the cells of a record that was stored later,
    /// lets the others go. Says whether the stored form changed.
    pub fn wake(&mut self, plans: &[Plan], seq: u64) -> bool {
        let Some(mut asleep) = self.asleep.take() else { return false };
        if self.seq != self.restored {
            return false;
        }
        let mut dropped = false;
        asleep.retain(|(id, body)| {
            let Some(place) = plans.iter().position(|plan| plan.id == *id && plan.ready) else { return true };
            // Bytes that do not read are worth no more than bytes that were never there.
            dropped |= self.restored <= seq || self.read_cell(place as u16, &plans[place], body).is_err();
            false
        });
        if !asleep.is_empty() {
            self.asleep = Some(asleep);
        }
        dropped
    }

    /// Puts in what another state folded for a definition this one has not.
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
