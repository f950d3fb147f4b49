//! Backtests under way: a candidate policy run over the log beside the living house, with progress and a way to stop.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use decision::Pack;
use domain::Time;
use engine::replay::{Backtest, Progress, Replayer, RuleChange};
use store::{Store, log};

/// The most backtests that run at once; each keeps a core busy.
const RUNNING: usize = 2;
/// The most finished ones remembered.
const KEPT: usize = 20;
/// Samples kept of one backtest.
const SAMPLES: usize = 50;

/// How a backtest stands.
#[derive(Clone, Debug)]
pub enum State {
    /// Under way.
    Running,
    /// Finished.
    Done(Box<Backtest>, u64),
    /// It could not be finished; why.
    Failed(String),
    /// Somebody stopped it.
    Cancelled,
}

/// One backtest.
pub struct Job {
    /// Its name.
    pub id: String,
    /// How far it has come.
    pub progress: Progress,
    /// Events there are.
    pub total: u64,
    state: Mutex<State>,
}

impl Job {
    /// How it stands.
    pub fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn end(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

/// What to run.
pub struct Wanted {
    /// The candidate.
    pub pack: Arc<Pack>,
    /// Only this market.
    pub market: Option<String>,
    /// Events received from here on count.
    pub from: Option<Time>,
    /// Events received up to here count.
    pub to: Option<Time>,
}

/// All backtests of the running house.
#[derive(Default)]
pub struct Backtests(Mutex<VecDeque<Arc<Job>>>);

/// One market's part: its name, the seqs that count.
struct Part {
    market: String,
    from: u64,
    to: u64,
}

impl Backtests {
    fn jobs(&self) -> MutexGuard<'_, VecDeque<Arc<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One by its name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Job>> {
        self.jobs().iter().find(|job| job.id == id).cloned()
    }

    /// Asks every running one to stop.
    pub fn stop(&self) {
        self.jobs().iter().for_each(|job| job.progress.cancel.store(true, Relaxed));
    }

    /// Starts one on a thread of its own; `None` when too many run already.
    ///
    /// # Errors
    /// What the store says.
    pub fn start(&self, store: &Store, wanted: Wanted) -> store::Result<Option<Arc<Job>>> {
        let parts = store.read(|q| {
            let mut parts = Vec::new();
            for (no, name) in log::markets(q)? {
                if wanted.market.as_ref().is_none_or(|m| *m == name) {
                    let from = wanted.from.map_or(Ok(1), |t| log::seq_at(q, no, t))?;
                    let to = match wanted.to {
                        Some(t) => log::seq_at(q, no, t)?.saturating_sub(1),
                        None => log::last_seq(q, no)?,
                    };
                    parts.push(Part { market: name, from, to });
                }
            }
            Ok::<_, store::Error>(parts)
        })?;
        let mut jobs = self.jobs();
        if jobs.iter().filter(|job| matches!(job.state(), State::Running)).count() >= RUNNING {
            return Ok(None);
        }
        while jobs.len() >= KEPT {
            let old = jobs.iter().position(|job| !matches!(job.state(), State::Running)).unwrap_or(0);
            jobs.remove(old);
        }
        let job = Arc::new(Job {
            id: access::new_token()[..16].to_owned(),
            progress: Progress::default(),
            total: parts.iter().map(|part| part.to).sum(),
            state: Mutex::new(State::Running),
        });
        jobs.push_back(Arc::clone(&job));
        let (store, running) = (store.clone(), Arc::clone(&job));
        let spawned =
            std::thread::Builder::new().name("backtest".into()).spawn(move || run(&store, &wanted, &parts, &running));
        if let Err(error) = spawned {
            job.end(State::Failed(error.to_string()));
        }
        Ok(Some(job))
    }
}

fn run(store: &Store, wanted: &Wanted, parts: &[Part], job: &Job) {
    let start = std::time::Instant::now();
    let mut sum = Backtest::default();
    for part in parts {
        let found = Replayer::open(store)
            .and_then(|r| r.backtest(&wanted.pack, Some(&part.market), part.from, part.to, &job.progress));
        match found {
            Ok(found) => add(&mut sum, found),
            Err(fault) => return job.end(State::Failed(fault.to_string())),
        }
        if job.progress.cancel.load(Relaxed) {
            return job.end(State::Cancelled);
        }
    }
    let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    job.end(State::Done(Box::new(sum), took));
}

/// Adds one market's result.
fn add(sum: &mut Backtest, part: Backtest) {
    sum.events += part.events;
    sum.new_hits += part.new_hits;
    sum.lost_hits += part.lost_hits;
    sum.same_hits += part.same_hits;
    sum.verdicts_changed += part.verdicts_changed;
    sum.people_affected += part.people_affected;
    let mut rules: BTreeMap<String, RuleChange> =
        std::mem::take(&mut sum.by_rule).into_iter().map(|r| (r.rule.clone(), r)).collect();
    for row in part.by_rule {
        let all = rules.entry(row.rule.clone()).or_default();
        all.rule = row.rule;
        all.before += row.before;
        all.after += row.after;
        all.new += row.new;
        all.lost += row.lost;
    }
    sum.by_rule = rules.into_values().collect();
    for money in part.value_affected {
        match sum.value_affected.iter_mut().find(|m| m.currency == money.currency) {
            Some(all) => all.minor += money.minor,
            None => sum.value_affected.push(money),
        }
    }
    sum.samples.extend(part.samples);
    sum.samples.truncate(SAMPLES);
}
