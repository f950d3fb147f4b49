//! Changes of definitions: what was backfilled beside and adopted equals what was folded from the
//! start, also where a log's tail is folded again across the change.

use std::collections::BTreeMap;

use domain::{DAY, HOUR, Time};
use jiff::tz::TimeZone;
use profile::{AggregateDef, Config, Fn, Input, Label, Record, State, Window, digest};

fn def(name: &str, func: Fn, windows: &[Window]) -> AggregateDef {
    AggregateDef { name: name.to_owned(), func, hash: 5, windows: windows.to_vec(), ready: true }
}

/// Definitions by policy: the second adds one and widens one, the third drops what the first had,
/// the fourth brings it back.
fn policy(version: usize) -> Vec<AggregateDef> {
    let hour = Window::Span(HOUR);
    let count = def("count", Fn::Count, &[hour]);
    let wider = def("count", Fn::Count, &[hour, Window::Span(DAY)]);
    let spent = def("spent", Fn::Sum, &[Window::All, Window::Today]);
    let devices = def("devices", Fn::CountDistinct, &[hour, Window::All]);
    match version {
        0 => vec![count, spent],
        1 => vec![devices, wider, spent],
        2 => vec![devices],
        _ => vec![spent, devices, count],
    }
}

#[derive(Clone)]
enum Fact {
    Event { entity: u64, number: f64 },
    Label { entity: u64 },
    Policy(usize),
}

fn fold(state: &mut State, seq: u64, fact: &Fact) {
    let time = Time(1_790_000_000_000_000 + seq as i64 * 311_000_000);
    match fact {
        Fact::Event { .. } => {
            state.learn(time);
            fold_aggregates(state, seq, fact);
        }
        Fact::Label { entity } => {
            let text = || "seen".to_owned();
            let label =
                Label { name: text(), by: text(), manual: false, why: text(), at: time, until: None, lifted: false };
            state.label(*entity, label, seq);
        }
        Fact::Policy(_) => {}
    }
}

fn fold_aggregates(state: &mut State, seq: u64, fact: &Fact) {
    let time = Time(1_790_000_000_000_000 + seq as i64 * 311_000_000);
    if let Fact::Event { entity, number } = fact {
        let aggregates: Vec<_> = state.defs().map(|(agg, _)| agg).collect();
        for agg in aggregates {
            state.fold(agg, *entity, Input::Number(*number), time, seq);
        }
    }
}

/// The store and the log; the state is what a worker has in memory.
struct Worker {
    store: BTreeMap<u64, Record>,
    checkpoint: (u64, Vec<u32>),
    log: Vec<Fact>,
    state: State,
}

const RESIDENT: usize = 3;

fn config(version: usize) -> Config {
    Config { max_entities: RESIDENT, ..Config::new(policy(version), TimeZone::UTC) }
}

impl Worker {
    fn new() -> Worker {
        Worker {
            store: BTreeMap::new(),
            checkpoint: (0, config(0).defs.iter().map(AggregateDef::id).collect()),
            log: Vec::new(),
            state: State::new(config(0)),
        }
    }

    fn version_at(&self, seq: u64) -> usize {
        let before = self.log[..seq as usize].iter().rev();
        before
            .filter_map(|fact| if let Fact::Policy(version) = fact { Some(*version) } else { None })
            .next()
            .unwrap_or(0)
    }

    fn want(&mut self, key: u64) {
        if self.state.is_wanted(key)
            && let Some(record) = self.store.get(&key)
        {
            self.state.restore(key, &record.body).unwrap();
        }
    }

    fn step(&mut self, seq: u64) {
        let fact = self.log[seq as usize - 1].clone();
        match &fact {
            Fact::Event { entity, .. } | Fact::Label { entity } => self.want(*entity),
            Fact::Policy(version) => self.switch(*version, seq),
        }
        fold(&mut self.state, seq, &fact);
    }

    /// What the engine does: new definitions, a backfill beside from the log, and adoption.
    fn switch(&mut self, version: usize, seq: u64) {
        let missing = self.state.redefine(policy(version));
        let names: Vec<&str> = missing.iter().map(String::as_str).collect();
        let mut side = self.state.only(&names);
        for (place, fact) in self.log[..seq as usize].iter().enumerate() {
            fold_aggregates(&mut side, place as u64 + 1, fact);
        }
        for key in self.state.wanted_by(&side) {
            self.want(key);
        }
        self.state.adopt(side, seq);
        assert!(self.state.defs().all(|(_, def)| def.ready));
    }

    fn commit(&mut self) {
        self.state.trim();
        let (dirty, done) = self.state.take_dirty(2);
        for record in self.state.drain_evicted().into_iter().chain(dirty) {
            self.store.insert(record.key, record);
        }
        if let Some(done) = done {
            self.checkpoint = (done.seq, done.ready);
        }
    }

    fn crash(&mut self) {
        let (from, ready) = self.checkpoint.clone();
        let mut config = config(self.version_at(from));
        config.defs.iter_mut().for_each(|def| def.ready = ready.contains(&def.id()));
        self.state = State::new(config);
        self.store.keys().for_each(|key| self.state.note_stored(*key));
        for seq in from + 1..=self.log.len() as u64 {
            self.step(seq);
            if seq.is_multiple_of(3) {
                self.commit();
            }
        }
    }

    /// Everything, in memory or stored, against a state that folded the log with the last
    /// definitions from the start.
    fn check(&mut self) {
        let keys: Vec<u64> = self.store.keys().copied().collect();
        keys.into_iter().for_each(|key| self.want(key));
        let mut calm = State::new(config(self.version_at(self.log.len() as u64)));
        for (place, fact) in self.log.iter().enumerate() {
            fold(&mut calm, place as u64 + 1, fact);
        }
        assert_eq!(self.state.len(), calm.len());
        assert_eq!(self.state.digest(), calm.digest());
    }
}

#[test]
fn adopted_equals_folded() {
    let mut spread = 1u64;
    let mut dice = move |below: u64| {
        spread = spread.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (spread >> 33) % below
    };
    for round in 0..150 {
        let mut worker = Worker::new();
        let mut version = 0;
        for _ in 0..60 + dice(60) {
            let fact = match dice(20) {
                0 if version < 3 => {
                    version += 1;
                    Fact::Policy(version)
                }
                1 => Fact::Label { entity: dice(9) },
                _ => Fact::Event { entity: dice(9), number: dice(30) as f64 },
            };
            worker.log.push(fact);
            let seq = worker.log.len() as u64;
            worker.step(seq);
            if dice(3) == 0 {
                worker.commit();
            }
            match dice(40) {
                0 | 1 => worker.state.begin_checkpoint(seq),
                2 => worker.crash(),
                _ => {}
            }
        }
        if round % 2 == 0 {
            worker.crash();
        }
        worker.check();
    }
}

#[test]
fn new_aggregates_read_missing_until_adopted() {
    let mut state = State::new(config(0));
    let (time, seq) = (Time(1_790_000_000_000_000), 1);
    let count = state.agg("count").unwrap();
    assert!(state.fold(count, 7, Input::None, time, seq));
    assert_eq!(state.redefine(policy(1)), ["devices", "count"]);
    let (count, devices, spent) = (state.agg("count"), state.agg("devices").unwrap(), state.agg("spent").unwrap());
    assert!(!state.fold(devices, 7, Input::Number(1.0), time, 2));
    assert_eq!(state.read(devices, 7, Window::All, time).value, None);
    assert_eq!(state.read(count.unwrap(), 7, Window::Span(HOUR), time).value, None);
    // What did not change goes on; a window that is not declared is missing.
    assert_eq!(state.read(spent, 7, Window::All, time).value, Some(profile::Value::Double(0.0)));
    assert_eq!(state.read(spent, 7, Window::Span(HOUR), time).value, None);
    let side = state.only(&["devices", "count"]);
    state.adopt(side, 2);
    assert_eq!(state.read(devices, 7, Window::All, time).value, Some(profile::Value::Int(0)));
}

#[test]
fn a_record_is_the_sum_of_its_parts() {
    let mut whole = State::new(config(0));
    (0..20).for_each(|entity| fold(&mut whole, entity + 1, &Fact::Event { entity, number: entity as f64 }));
    whole.begin_checkpoint(20);
    let (records, done) = whole.take_dirty(100);
    assert_eq!((records.len(), done.map(|done| done.seq)), (20, Some(20)));
    assert!(records.is_sorted_by_key(|record| record.key as i64));
    let sum = records.iter().fold(0u64, |sum, record| sum.wrapping_add(digest(record.key, &record.body)));
    assert_eq!(sum, whole.digest());
}
