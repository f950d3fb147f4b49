//! A market around the state: a log, a store of records, a twin that never forgets, and a second
//! state that is never evicted nor restarted.

use std::collections::BTreeMap;

use domain::{DAY, HOUR, MINUTE, Time};
use jiff::tz::TimeZone;
use profile::{AggregateDef, Config, Fn, Input, Label, Record, State, Window, digest};

use crate::model::{Entry, expect, judge};

/// One thing that happens.
#[derive(Clone, Debug)]
pub struct Step {
    pub entity: u64,
    pub advance: i64,
    pub late: i64,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Event { name: u32, cents: i64 },
    Register,
    Label { name: u8, manual: bool, ttl: Option<i64> },
    Unlabel { name: u8, manual: bool, ttl: Option<i64> },
    Crash,
    Checkpoint,
}

/// A fact of the log.
#[derive(Clone, Debug)]
struct Fact {
    seq: u64,
    time: Time,
    entity: u64,
    what: What,
}

pub struct World {
    zone: TimeZone,
    defs: Vec<AggregateDef>,
    max_entities: usize,
    now: i64,
    log: Vec<Fact>,
    store: BTreeMap<u64, Record>,
    checkpoint: u64,
    state: State,
    calm: State,
    twin: BTreeMap<u64, Vec<Entry>>,
    labels: BTreeMap<(u64, String), Label>,
    registered: BTreeMap<u64, i64>,
    pub approximate_readings: usize,
}

fn defs() -> Vec<AggregateDef> {
    let spans = [Window::Span(10 * MINUTE), Window::Span(DAY + 7), Window::Today, Window::All];
    let functions = [
        ("count", Fn::Count),
        ("sum", Fn::Sum),
        ("min", Fn::Min),
        ("max", Fn::Max),
        ("avg", Fn::Avg),
        ("first", Fn::First),
        ("last", Fn::Last),
        ("names", Fn::CountDistinct),
        ("since", Fn::SecondsSince),
        ("p90", Fn::Quantile(0.9)),
    ];
    let mut defs: Vec<AggregateDef> = functions
        .into_iter()
        .enumerate()
        .map(|(n, (name, func))| {
            let windows = spans.to_vec();
            AggregateDef { name: name.to_owned(), func, hash: n as u64, windows, ready: true }
        })
        .collect();
    let windows = vec![Window::Span(HOUR)];
    defs.push(AggregateDef { name: "hourly".to_owned(), func: Fn::Count, hash: 99, windows, ready: true });
    defs
}

/// Folds a fact the way the market's worker does.
fn fold(state: &mut State, fact: &Fact) {
    let Fact { seq, time, entity, what } = fact;
    state.learn(*time);
    match what {
        What::Event { name, cents } => {
            let text = format!("v{name}");
            let aggregates: Vec<_> = state.defs().map(|(agg, def)| (agg, def.func)).collect();
            for (agg, func) in aggregates {
                let input = match func {
                    Fn::Count | Fn::SecondsSince => Input::None,
                    Fn::First | Fn::Last | Fn::CountDistinct => Input::Text(&text),
                    _ => Input::Number(*cents as f64 / 100.0),
                };
                state.fold(agg, *entity, input, *time, *seq);
            }
        }
        What::Register => state.registered(*entity, *time, *seq),
        What::Label { name, manual, ttl } => {
            state.label(*entity, label(*name, *manual, *ttl, *time), *seq);
        }
        What::Unlabel { name, manual, ttl } => {
            state.unlabel(*entity, label(*name, *manual, *ttl, *time), *seq);
        }
        What::Crash | What::Checkpoint => {}
    }
}

fn label(name: u8, manual: bool, ttl: Option<i64>, at: Time) -> Label {
    let by = if manual { "ana" } else { "some_rule" }.to_owned();
    let until = ttl.map(|ttl| at.plus(ttl));
    Label { name: format!("l{name}"), by, manual, why: "seen twice".to_owned(), at, until, lifted: false }
}

impl World {
    pub fn new((zone, start): (&str, &str), max_entities: usize) -> World {
        let zone = TimeZone::get(zone).unwrap();
        let defs = defs();
        let now = Time::parse(start).unwrap().0;
        World {
            state: State::new(Config { max_entities, ..Config::new(defs.clone(), zone.clone()) }),
            calm: State::new(Config::new(defs.clone(), zone.clone())),
            zone,
            defs,
            max_entities,
            now,
            log: Vec::new(),
            store: BTreeMap::new(),
            checkpoint: 0,
            twin: BTreeMap::new(),
            labels: BTreeMap::new(),
            registered: BTreeMap::new(),
            approximate_readings: 0,
        }
    }

    pub fn take(&mut self, step: &Step) {
        self.now += step.advance;
        match step.what {
            What::Crash => return self.crash(),
            What::Checkpoint => return self.state.begin_checkpoint(self.log.len() as u64),
            _ => {}
        }
        let time = Time(self.now - step.late);
        let seq = self.log.len() as u64 + 1;
        let fact = Fact { seq, time, entity: step.entity, what: step.what.clone() };
        self.observe(&fact);
        self.want(step.entity);
        fold(&mut self.state, &fact);
        fold(&mut self.calm, &fact);
        self.log.push(fact);
        // A batch ends at every third event; what it leaves goes to the store at once.
        if seq.is_multiple_of(3) {
            self.commit();
        }
    }

    fn want(&mut self, entity: u64) {
        if self.state.is_wanted(entity)
            && let Some(record) = self.store.get(&entity)
        {
            self.state.restore(entity, &record.body).unwrap();
        }
    }

    fn commit(&mut self) {
        self.state.trim();
        assert!(self.state.len() <= self.max_entities);
        let (dirty, done) = self.state.take_dirty(2);
        for record in self.state.drain_evicted().into_iter().chain(dirty) {
            self.store.insert(record.key, record);
        }
        if let Some(done) = done {
            assert_eq!(done.ready.len(), self.defs.len());
            self.checkpoint = done.seq;
        }
    }

    /// Memory is lost at any moment; the store and the log are all there is.
    fn crash(&mut self) {
        self.state =
            State::new(Config { max_entities: self.max_entities, ..Config::new(self.defs.clone(), self.zone.clone()) });
        self.store.keys().for_each(|key| self.state.note_stored(*key));
        let tail: Vec<Fact> = self.log[self.checkpoint as usize..].to_vec();
        for fact in &tail {
            self.want(fact.entity);
            fold(&mut self.state, fact);
            if fact.seq.is_multiple_of(2) {
                self.commit();
            }
        }
    }

    /// What the twin learns of a fact.
    fn observe(&mut self, fact: &Fact) {
        match &fact.what {
            What::Event { name, cents } => {
                let entry = Entry { time: fact.time.0, number: *cents as f64 / 100.0, text: format!("v{name}") };
                self.twin.entry(fact.entity).or_default().push(entry);
            }
            What::Register => {
                let earliest = self.registered.entry(fact.entity).or_insert(fact.time.0);
                *earliest = fact.time.0.min(*earliest);
            }
            What::Label { name, manual, ttl } | What::Unlabel { name, manual, ttl } => {
                let lifted = matches!(fact.what, What::Unlabel { .. });
                let mut new = Label { lifted, ..label(*name, *manual, *ttl, fact.time) };
                let place = (fact.entity, new.name.clone());
                let standing = self.labels.get(&place).filter(|kept| kept.until.is_none_or(|until| fact.time < until));
                match standing {
                    Some(kept) if kept.manual && !manual => {}
                    _ if lifted && !manual => drop(self.labels.remove(&place)),
                    Some(kept) if !manual => {
                        new.until = kept.until.zip(new.until).map(|(a, b)| a.max(b));
                        new.at = kept.at.min(new.at);
                        self.labels.insert(place, new);
                    }
                    _ => drop(self.labels.insert(place, new)),
                }
            }
            What::Crash | What::Checkpoint => {}
        }
    }

    /// Reads everything of the step's entity as of the step and holds it against the twin.
    pub fn check_readings(&mut self, step: &Step) {
        let (entity, at) = (step.entity, Time(self.now - step.late));
        self.want(entity);
        let none = Vec::new();
        let entries = self.twin.get(&entity).unwrap_or(&none);
        for (agg, def) in self.state.defs() {
            for window in &def.windows {
                let reading = self.state.read(agg, entity, *window, at);
                self.approximate_readings += usize::from(reading.approximate);
                let expect = expect(entries, def.func, *window, &def.windows, &self.zone, at);
                let told = std::panic::catch_unwind(|| judge(def.func, &reading, &expect, at));
                assert!(
                    told.is_ok(),
                    "{} over {window:?} at {at}: {reading:?}, {} count",
                    def.name,
                    expect.entries.len()
                );
            }
        }
        for name in 0..3 {
            let name = format!("l{name}");
            let wears = self.labels.get(&(entity, name.clone())).is_some_and(|l| !l.lifted && l.stands(at));
            assert_eq!(self.state.has_label(entity, &name, at), wears, "{name}");
        }
        let age = self.registered.get(&entity).map(|since| (at.0 - since).max(0));
        assert_eq!(self.state.account_age(entity, at), age);
    }

    /// What is in memory and what lies in the store is together what never left memory.
    pub fn check_digest(&mut self) {
        let stored = self.store.values().filter(|record| !self.state.is_resident(record.key));
        let sum = stored.fold(self.state.digest(), |sum, record| sum.wrapping_add(digest(record.key, &record.body)));
        assert_eq!(sum, self.calm.digest());
        self.crash();
        for key in self.store.keys().copied().collect::<Vec<_>>() {
            self.want(key);
        }
        assert_eq!(self.state.digest(), self.calm.digest(), "after a restart");
    }
}
