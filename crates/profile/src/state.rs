//! The state of one market: every entity's record, bounded, in memory.

use domain::Time;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

use crate::aggregate::{AggregateDef, Input, Plan, Reading, Window};
use crate::calendar::Calendar;
use crate::cell::{self, Cell};
use crate::codec::DecodeError;
use crate::entity::{Entity, LIMIT_NOTE, NEVER};
use crate::filter::Filter;
use crate::hash::hash_bytes;
use crate::label::{self, Label, LabelOutcome};
use crate::memory::{Memory, Walk};

/// The most aggregates one market folds; further definitions are never ready.
pub const LIMIT_AGGREGATES: usize = 4096;

/// How a market's state is made.
#[derive(Clone, Debug)]
pub struct Config {
    /// Aggregates of the policy in force; names are unique.
    pub defs: Vec<AggregateDef>,
    /// The market's zone, for calendar days.
    pub zone: TimeZone,
    /// Entities kept in memory after [`State::trim`].
    pub max_entities: usize,
    /// Bytes kept in memory after [`State::trim`], as estimated.
    pub max_bytes: usize,
}

impl Config {
    /// A million entities or 1 GiB, whichever is reached first.
    #[must_use]
    pub fn new(defs: Vec<AggregateDef>, zone: TimeZone) -> Config {
        Config { defs, zone, max_entities: 1_000_000, max_bytes: 1 << 30 }
    }
}

/// An aggregate's place in a [`State`]; good until [`State::redefine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Agg(u16);

/// A record to be stored: the entity's key, the log position it includes, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The entity's key.
    pub key: u64,
    /// Every event up to this position that concerns the entity is in the bytes.
    pub seq: u64,
    /// What [`State::restore`] takes.
    pub body: Vec<u8>,
}

/// A finished checkpoint: with every record handed out so far stored, a state can be rebuilt from
/// the stored records and the log after `seq`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log position.
    pub seq: u64,
    /// Identities of the aggregates whose stored cells are whole.
    pub ready: Vec<u32>,
}

/// What is known of an entity beside its labels and aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityFacts {
    /// Earliest registration seen.
    pub registered_at: Option<Time>,
    /// Log position of the last event folded.
    pub seq: u64,
}

/// The in-memory state of one market. See the crate's head for what the readings mean.
pub struct State {
    config: Config,
    plans: Vec<Plan>,
    names: FxHashMap<String, u16>,
    calendar: Calendar,
    memory: Memory,
    stored: Filter,
    evicted: Vec<Record>,
    walk: Option<Walk>,
}

impl State {
    /// An empty state. Aggregates of a market whose log is empty are ready from the start; others
    /// are ready when the last checkpoint names them or when they have been backfilled.
    #[must_use]
    pub fn new(config: Config) -> State {
        let (plans, names) = plan(&config.defs);
        let calendar = Calendar::new(config.zone.clone());
        State {
            config,
            plans,
            names,
            calendar,
            memory: Memory::default(),
            stored: Filter::default(),
            evicted: Vec::new(),
            walk: None,
        }
    }

    /// An empty state for the named aggregates alone, to backfill them beside this one.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> State {
        let mut config = self.config.clone();
        config.defs.retain(|def| names.contains(&def.name.as_str()));
        config.defs.iter_mut().for_each(|def| def.ready = true);
        State::new(config)
    }

    /// The place of an aggregate by its name.
    #[must_use]
    pub fn agg(&self, name: &str) -> Option<Agg> {
        self.names.get(name).copied().map(Agg)
    }

    /// The definitions, with what is ready now.
    pub fn defs(&self) -> impl Iterator<Item = (Agg, &AggregateDef)> {
        self.config.defs.iter().enumerate().map(|(place, def)| (Agg(place as u16), def))
    }

    /// Folds one event into one aggregate of one entity. Gives false where nothing was folded: the
    /// aggregate is not ready, has no use for the input, or the entity's snapshot includes `seq`.
    ///
    /// If the entity [`State::is_wanted`], restore it first.
    pub fn fold(&mut self, agg: Agg, entity: u64, input: Input<'_>, time: Time, seq: u64) -> bool {
        let Some(plan) = self.plans.get(usize::from(agg.0)).filter(|plan| plan.ready) else { return false };
        let Some(item) = cell::item(plan.func, input) else { return false };
        let day = if plan.today { self.calendar.learn(time) } else { 0 };
        let Some(record) = self.memory.open(entity, seq) else { return false };
        let place = record.plans.iter().position(|kept| *kept == agg.0).unwrap_or_else(|| {
            record.plans.push(agg.0);
            record.cells.reserve_exact(1);
            record.cells.push(Cell::new(plan.func));
            record.plans.len() - 1
        });
        record.cells[place].fold(plan, time.0, day, item);
        let grown = record.weigh_sometimes();
        self.memory.adjust(grown);
        true
    }

    /// Notes that the log has come to an event of this time. An entity of which nothing is counted, labelled or
    /// registered has no record: most orders, listings and talks would be a row each that nobody reads.
    pub fn learn(&mut self, time: Time) {
        self.calendar.learn(time);
    }

    /// Notes when the entity registered; the earliest time stands.
    pub fn registered(&mut self, entity: u64, time: Time, seq: u64) {
        if let Some(record) = self.memory.open(entity, seq)
            && (record.registered_at == NEVER || time.0 < record.registered_at)
        {
            record.registered_at = time.0;
        }
    }

    /// Microseconds since the entity registered, never negative; `None` when unknown.
    #[must_use]
    pub fn account_age(&self, entity: u64, at: Time) -> Option<i64> {
        self.memory.get(entity)?.registered().map(|registered| at.since(registered).max(0))
    }

    /// What is known of the entity; `None` when it is not in memory.
    #[must_use]
    pub fn facts(&self, entity: u64) -> Option<EntityFacts> {
        let record = self.memory.get(entity)?;
        Some(EntityFacts { registered_at: record.registered(), seq: record.seq })
    }

    /// Reads an aggregate of an entity over a window as of `at`.
    #[must_use]
    pub fn read(&self, agg: Agg, entity: u64, window: Window, at: Time) -> Reading {
        let Some(plan) = self.plans.get(usize::from(agg.0)).filter(|plan| plan.ready) else {
            return Reading::MISSING;
        };
        match self.memory.get(entity).and_then(|record| record.cell(agg.0)) {
            Some(cell) => {
                let day = if window == Window::Today { self.calendar.day(at) } else { 0 };
                cell.read(plan, window, at.0, day)
            }
            None => cell::empty(plan, window),
        }
    }

    /// Puts a label on as of `new.at`. See [`LabelOutcome`] for when it does not.
    pub fn label(&mut self, entity: u64, new: Label, seq: u64) -> LabelOutcome {
        self.with_labels(entity, new, seq, label::put)
    }

    /// Takes the label `mark.name` off as of `mark.at`. Where `mark.manual`, the mark itself stays
    /// until `mark.until` and keeps rules from putting the label back.
    pub fn unlabel(&mut self, entity: u64, mark: Label, seq: u64) -> LabelOutcome {
        self.with_labels(entity, Label { lifted: true, ..mark }, seq, label::lift)
    }

    fn with_labels(
        &mut self,
        entity: u64,
        label: Label,
        seq: u64,
        act: fn(&mut Vec<Label>, Label, Time) -> LabelOutcome,
    ) -> LabelOutcome {
        let Some(record) = self.memory.open(entity, seq) else { return LabelOutcome::Nothing };
        let at = label.at;
        let label =
            Label { name: label::cut(label.name), by: label::cut(label.by), why: label::cut(label.why), ..label };
        let labels = record.labels.get_or_insert_default();
        let outcome = act(labels, label, at);
        if labels.is_empty() {
            record.labels = None;
        }
        let grown = record.weigh_anew();
        self.memory.adjust(grown);
        outcome
    }

    /// What another room noted about the entity; empty when nothing.
    #[must_use]
    pub fn note(&self, entity: u64) -> &[u8] {
        self.memory.get(entity).and_then(|record| record.note.as_deref()).unwrap_or_default()
    }

    /// Folds an event into the entity's note: `fold` takes what stands there, empty at first, and gives what shall.
    /// It is not called, and false is given, where the entity's snapshot includes `seq`. A note longer than 2,048 bytes
    /// is not kept; the old one stays.
    pub fn fold_note(&mut self, entity: u64, seq: u64, fold: impl FnOnce(&[u8]) -> Vec<u8>) -> bool {
        let Some(record) = self.memory.open(entity, seq) else { return false };
        let new = fold(record.note.as_deref().unwrap_or_default());
        if new.len() <= LIMIT_NOTE {
            record.note = (!new.is_empty()).then(|| new.into());
        }
        let grown = record.weigh_anew();
        self.memory.adjust(grown);
        true
    }

    /// Whether the entity wears the label at `at`. A label counts from its place in the log on,
    /// also for an event whose own time is earlier; its end is judged by the event's time.
    #[must_use]
    pub fn has_label(&self, entity: u64, name: &str, at: Time) -> bool {
        self.labels(entity).iter().any(|label| label.name == name && !label.lifted && label.stands(at))
    }

    /// Every label of the entity by name, ended ones and lifted marks included.
    #[must_use]
    pub fn labels(&self, entity: u64) -> &[Label] {
        self.memory.get(entity).map_or(&[], Entity::labels)
    }

    /// Entities in memory.
    #[must_use]
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    /// Whether no entity is in memory.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes in memory, as estimated.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.memory.bytes()
    }

    /// Sum of [`digest`] over the entities in memory: equal states have equal digests, whatever
    /// order the entities stand in.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.memory.iter().fold(0, |sum, record| sum.wrapping_add(digest(record.key, &record.form(&self.plans, false))))
    }
}

/// Digest of one stored record.
#[must_use]
pub fn digest(key: u64, body: &[u8]) -> u64 {
    hash_bytes(key, body)
}

fn plan(defs: &[AggregateDef]) -> (Vec<Plan>, FxHashMap<String, u16>) {
    let plans: Vec<Plan> = defs.iter().take(LIMIT_AGGREGATES).map(Plan::new).collect();
    let names = defs.iter().take(LIMIT_AGGREGATES).enumerate().map(|(n, def)| (def.name.clone(), n as u16)).collect();
    (plans, names)
}

/// What lies beyond memory: the store's rows, checkpoints, changes of definitions.
impl State {
    /// Tells that the store has a row for this key; said for every stored key when a worker starts.
    pub fn note_stored(&mut self, key: u64) {
        self.stored.insert(key);
    }

    /// Whether the store may have a row for this key: false is sure, true errs for one key in a hundred.
    #[must_use]
    pub fn might_be_stored(&self, key: u64) -> bool {
        self.stored.contains(key)
    }

    /// Whether the entity is in memory.
    #[must_use]
    pub fn is_resident(&self, key: u64) -> bool {
        self.memory.contains(key)
    }

    /// Whether the store should be asked for the entity before anything is folded or read.
    #[must_use]
    pub fn is_wanted(&self, key: u64) -> bool {
        !self.memory.contains(key) && self.stored.contains(key)
    }

    /// Puts a stored record into memory. A record already in memory stays, for it is newer.
    ///
    /// # Errors
    /// Refuses bytes that no version of this program wrote; nothing changes then.
    pub fn restore(&mut self, key: u64, body: &[u8]) -> Result<(), DecodeError> {
        self.stored.insert(key);
        if !self.memory.contains(key) {
            self.memory.insert(Entity::decode(key, body, &self.plans)?);
        }
        Ok(())
    }

    /// Lets entities go until memory is within its bounds, those first that were not used since the
    /// last time round. What the store does not hold yet waits in [`State::drain_evicted`].
    /// Call it between events, in the transaction that ends the batch.
    pub fn trim(&mut self) {
        while self.memory.len() > self.config.max_entities || self.memory.bytes() > self.config.max_bytes {
            let Some(record) = self.memory.evict() else { return };
            if record.dirty {
                let body = record.encode(&self.plans);
                self.stored.insert(record.key);
                self.evicted.push(Record { key: record.key, seq: record.seq, body });
            }
        }
    }

    /// Records of evicted entities, to be stored in the transaction of the batch they left in.
    pub fn drain_evicted(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.evicted)
    }

    /// Begins a checkpoint at the log's position `seq`, the last event folded. A checkpoint that
    /// is still going on goes on instead.
    pub fn begin_checkpoint(&mut self, seq: u64) {
        if self.walk.is_none() {
            let ready = self.plans.iter().filter(|plan| plan.ready).map(|plan| plan.id).collect();
            self.walk = Some(Walk::new(Checkpoint { seq, ready }));
        }
    }

    /// Whether a checkpoint is going on.
    #[must_use]
    pub fn is_checkpointing(&self) -> bool {
        self.walk.is_some()
    }

    /// Hands out at most `most` records that the store does not hold in this form, in the order of
    /// their keys as signed integers. After the last of them, at the latest in the next call,
    /// comes the checkpoint, to be stored in the same transaction. Gives nothing while no
    /// checkpoint goes on.
    pub fn take_dirty(&mut self, most: usize) -> (Vec<Record>, Option<Checkpoint>) {
        let mut records = Vec::new();
        let Some(mut walk) = self.walk.take() else { return (records, None) };
        while records.len() < most {
            let Some(record) = self.memory.next_changed(&mut walk) else { return (records, Some(walk.checkpoint)) };
            let body = record.encode(&self.plans);
            self.stored.insert(record.key);
            records.push(Record { key: record.key, seq: record.seq, body });
        }
        self.walk = Some(walk);
        (records, None)
    }

    /// Takes new definitions. Cells of a definition that did not change stay; what is new is not
    /// ready, whatever it says of itself, and what is gone is forgotten. A checkpoint that is going
    /// on is given up. Every [`Agg`] must be asked for again.
    ///
    /// Gives the names of those that are not ready.
    pub fn redefine(&mut self, mut defs: Vec<AggregateDef>) -> Vec<String> {
        let (mut plans, names) = plan(&defs);
        let before: FxHashMap<u32, usize> = self.plans.iter().enumerate().map(|(n, plan)| (plan.id, n)).collect();
        let mut moved = vec![None; self.plans.len()];
        for (place, plan) in plans.iter_mut().enumerate() {
            let kept = before.get(&plan.id).copied();
            plan.ready = kept.is_some_and(|kept| self.plans[kept].ready);
            if let Some(kept) = kept {
                moved[kept] = Some(place as u16);
            }
        }
        for (place, def) in defs.iter_mut().enumerate() {
            def.ready = plans.get(place).is_some_and(|plan| plan.ready);
        }
        let old = &self.plans;
        self.memory.change_all(|record| record.remap(old, &moved));
        (self.plans, self.names, self.config.defs, self.walk) = (plans, names, defs, None);
        self.config.defs.iter().filter(|def| !def.ready).map(|def| def.name.clone()).collect()
    }

    /// Entities of a backfilled state that must be restored before it can be adopted.
    #[must_use]
    pub fn wanted_by(&self, other: &State) -> Vec<u64> {
        other.memory.iter().map(|record| record.key).filter(|key| self.is_wanted(*key)).collect()
    }

    /// Takes over the cells of a state made by [`State::only`] that has folded the log up to `seq`,
    /// where this one stands; its aggregates are ready from here on. Entities named by
    /// [`State::wanted_by`] must have been restored. A checkpoint that is going on is given up.
    ///
    /// While a log's tail is folded again, records may have been restored that were stored after
    /// `seq`, when the aggregates were ready once before: those bring their own cells.
    pub fn adopt(&mut self, other: State, seq: u64) {
        let place_of = |id: u32| self.plans.iter().position(|mine| mine.id == id).map(|place| place as u16);
        let places: Vec<Option<u16>> = other.plans.iter().map(|theirs| place_of(theirs.id)).collect();
        for place in places.iter().copied().flatten() {
            self.plans[usize::from(place)].ready = true;
            self.config.defs[usize::from(place)].ready = true;
        }
        let plans = &self.plans;
        self.memory.change_all(|record| record.wake(plans, seq));
        for record in other.memory.into_entities() {
            let Some(mine) = self.memory.open_always(record.key) else { continue };
            if mine.restored <= seq {
                for (theirs, cell) in record.plans.iter().zip(record.cells) {
                    if let Some(place) = places[usize::from(*theirs)] {
                        mine.adopt(place, cell);
                    }
                }
                mine.seq = mine.seq.max(record.seq);
            }
            let grown = mine.weigh_anew();
            self.memory.adjust(grown);
        }
        self.walk = None;
    }
}
