//! Identity and timelines of a market's log without an index in the hot commit.
//!
//! The rows after the last *run* are known in memory ([`tail`]); every so many rows a background
//! thread sorts them into a run on the disk ([`run`]): blocks of (hash, seq), with a filter in
//! memory that answers "never seen" for nearly every new key. Neighbouring runs are merged, so their
//! number grows with the logarithm of the log. Everything here is derived from the log and is
//! rebuilt from it when it is missing, older than the log's seed, or ahead of the log.
//!
//! What is found by hash is checked against the log row, so two ids with one hash are never taken
//! for the same event. Identity reaches back as far as the log: what retention dropped is forgotten.

mod filter;
mod hash;
mod run;
mod tail;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use hash::Hasher;
use run::Run;
use tail::Tail;

use crate::log::{self, Entry, MAX_SEQ, MarketNo};
use crate::{Error, Migration, Query, Result, Store, params, settings};

pub(crate) const MIGRATIONS: &[Migration] =
    &[Migration { room: "index", number: 1, sql: include_str!("../../migrations/index-1.sql") }];

/// The setting that holds the seed of the store's hashes.
pub(crate) const SEED: &str = "index.seed";
/// How long a worker waits for the flusher before it hears that the index lags.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the flusher rests after a failure.
const REST: Duration = Duration::from_secs(1);
/// So many neighbouring runs of one size are merged into one of the next.
const FAN: usize = 4;
/// How many rows of the log are read at once to rebuild the tail.
const READ: usize = 5_000;

/// How the index works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Rows in memory that make a run; up to twice as many stay in memory, some 100 bytes each.
    pub run_rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { run_rows: 500_000 }
    }
}

/// An event's identity as a look-up needs it.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// From [`Hasher::key`].
    pub hash: u64,
    /// The source.
    pub source: &'a str,
    /// The id.
    pub id: &'a str,
}

/// What the index is told of a committed event.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Its place in the log.
    pub seq: u64,
    /// From [`Hasher::key`].
    pub key: u64,
    /// From [`Hasher::entity`], one for each of its entities.
    pub entities: Vec<u64>,
}

/// The index of one market. Its worker asks and tells; anybody may read timelines.
pub struct Index {
    shared: Arc<Shared>,
    flusher: Option<JoinHandle<()>>,
}

struct Shared {
    store: Store,
    market: MarketNo,
    options: Options,
    hasher: Hasher,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Rows told since the last freeze.
    active: Tail,
    /// Rows on their way into a run.
    frozen: Option<Arc<Tail>>,
    /// Oldest first.
    runs: Arc<Vec<Arc<Run>>>,
    fault: Option<String>,
    stop: bool,
}

impl Index {
    /// Opens a market's index and brings it up to the end of the log, which takes a few seconds for
    /// each million rows that no run covers. At most one index of a market may be open.
    ///
    /// # Errors
    /// What reading the log or the runs says.
    pub fn open(store: &Store, market: MarketNo, options: Options) -> Result<Self> {
        let hasher = hasher(store)?;
        let (last, floor) = store.read(|q| Ok::<_, Error>((log::last_seq(q, market)?, log::floor(q, market)?)))?;
        let mut runs = run::load(store.derived(), market)?;
        let gap = runs.windows(2).any(|pair| pair[0].to + 1 != pair[1].from);
        // Runs that know more than the log belong to another past; those below its floor to none.
        let keep = if gap || runs.last().is_some_and(|run| run.to > last) { u64::MAX } else { floor };
        let dead = runs.iter().take_while(|run| run.to <= keep).count();
        runs.drain(..dead).try_for_each(|run| run.delete(store.derived()))?;
        let from = runs.last().map_or(floor, |run| run.to) + 1;
        let state = State {
            active: Tail::new(from),
            frozen: None,
            runs: Arc::new(runs.into_iter().map(Arc::new).collect()),
            fault: None,
            stop: false,
        };
        let shared = Arc::new(Shared {
            store: store.clone(),
            market,
            options,
            hasher,
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let flushing = Arc::clone(&shared);
        let flusher = std::thread::Builder::new().name("index".into()).spawn(move || flushing.flush_loop())?;
        let index = Index { shared, flusher: Some(flusher) };
        index.catch_up(from - 1)?;
        Ok(index)
    }

    /// The hash function of this store.
    #[must_use]
    pub fn hasher(&self) -> Hasher {
        self.shared.hasher
    }

    /// For each key the seq of its event, or none when the log never had it. Keys that come twice in
    /// one call are not compared with each other.
    ///
    /// # Errors
    /// What reading the runs or the log says.
    pub fn lookup(&self, keys: &[Key<'_>]) -> Result<Vec<Option<u64>>> {
        let mut maybe: Vec<(usize, u64)> = Vec::new();
        let (frozen, runs) = {
            let state = self.shared.lock();
            for (n, key) in keys.iter().enumerate() {
                maybe.extend(state.active.key(key.hash).map(|seq| (n, seq)));
            }
            (state.frozen.clone(), Arc::clone(&state.runs))
        };
        if let Some(frozen) = frozen {
            for (n, key) in keys.iter().enumerate() {
                maybe.extend(frozen.key(key.hash).map(|seq| (n, seq)));
            }
        }
        self.probe(&runs, keys, &mut maybe)?;
        self.verify(keys, &maybe)
    }

    /// Adds what the runs know of the keys.
    fn probe(&self, runs: &[Arc<Run>], keys: &[Key<'_>], maybe: &mut Vec<(usize, u64)>) -> Result<()> {
        for run in runs {
            let mut probes: Vec<(usize, i64)> = Vec::new();
            for (n, key) in keys.iter().enumerate() {
                if run.filter.maybe(key.hash) {
                    probes.extend(run.keys.blocks_of(key.hash).map(|block| (n, block)));
                }
            }
            if probes.is_empty() {
                continue;
            }
            let mut ids: Vec<i64> = probes.iter().map(|p| p.1).collect();
            ids.sort_unstable();
            ids.dedup();
            let bodies = run::blocks(self.shared.store.derived(), &ids)?;
            for (n, id) in probes {
                let body =
                    bodies.get(&id).ok_or_else(|| Error::Corrupt(format!("block {id} of the index is missing")))?;
                let hits = run::decode(body, run.from)?;
                maybe.extend(hits.into_iter().filter(|p| p.0 == keys[n].hash).map(|p| (n, p.1)));
            }
        }
        Ok(())
    }

    /// Keeps those whose log row has the very source and id.
    fn verify(&self, keys: &[Key<'_>], maybe: &[(usize, u64)]) -> Result<Vec<Option<u64>>> {
        let mut found = vec![None; keys.len()];
        if maybe.is_empty() {
            return Ok(found);
        }
        let mut seqs: Vec<u64> = maybe.iter().map(|m| m.1).collect();
        seqs.sort_unstable();
        seqs.dedup();
        let rows = self.shared.store.read(|q| {
            log::named(q, "pos, source, id", self.shared.market, &seqs, |row| {
                Ok((MarketNo::split(row.get(0)?).1, row.get::<String>(1)?, row.get::<String>(2)?))
            })
        })?;
        let rows: rustc_hash::FxHashMap<u64, (String, String)> =
            rows.into_iter().map(|(seq, source, id)| (seq, (source, id))).collect();
        for (n, seq) in maybe {
            if rows.get(seq).is_some_and(|(source, id)| source == keys[*n].source && id == keys[*n].id) {
                found[*n] = Some(*seq);
            }
        }
        Ok(found)
    }

    /// Tells the index of events that are committed, in the order of their seqs; the first follows
    /// the last one told. Waits when memory is full and the flusher has not caught up.
    ///
    /// # Errors
    /// [`Error::Busy`] when it does not catch up in time: the index is behind the log then, and must
    /// be opened again.
    pub fn appended(&self, rows: &[Posted]) -> Result<()> {
        let mut state = self.shared.lock();
        for row in rows {
            if state.active.rows() >= self.shared.options.run_rows {
                state = self.shared.make_room(state)?;
            }
            if row.seq != state.active.end {
                return Err(Error::Corrupt(format!(
                    "the index was told of seq {} after {}",
                    row.seq,
                    state.active.end - 1
                )));
            }
            state.active.push(row.seq, row.key, &row.entities);
        }
        Ok(())
    }

    /// Up to `limit` seqs of the events that concern an entity, below `before` (none: from the
    /// newest), newest first. By hash alone: use [`Index::entries`] for the events themselves.
    ///
    /// # Errors
    /// What reading the runs says.
    pub fn timeline(&self, entity: u64, before: Option<u64>, limit: usize) -> Result<Vec<u64>> {
        let before = before.unwrap_or(MAX_SEQ);
        let below = |seq: &u64| *seq < before;
        let (mut found, frozen, runs) = {
            let state = self.shared.lock();
            let found: Vec<u64> = state.active.entity(entity).filter(below).take(limit).collect();
            (found, state.frozen.clone(), Arc::clone(&state.runs))
        };
        if let Some(frozen) = frozen {
            let left = limit - found.len();
            found.extend(frozen.entity(entity).filter(below).take(left));
        }
        for run in runs.iter().rev().filter(|run| run.from < before) {
            if found.len() >= limit {
                break;
            }
            found.extend(run.timeline(self.shared.store.derived(), entity, before, limit - found.len())?);
        }
        Ok(found)
    }

    /// The seq of the first event that retention left in the log and that concerns an entity, by hash alone.
    ///
    /// # Errors
    /// What reading the runs says.
    pub fn first(&self, entity: u64) -> Result<Option<u64>> {
        let (active, frozen, runs) = {
            let state = self.shared.lock();
            (state.active.entity(entity).collect::<Vec<_>>(), state.frozen.clone(), Arc::clone(&state.runs))
        };
        let floor = self.shared.store.read(|q| log::floor(q, self.shared.market))?;
        for run in runs.iter().filter(|run| run.to > floor) {
            if let Some(seq) = run.first(self.shared.store.derived(), entity, floor)? {
                return Ok(Some(seq));
            }
        }
        let frozen = frozen.and_then(|frozen| frozen.entity(entity).filter(|seq| *seq > floor).last());
        Ok(frozen.or_else(|| active.into_iter().rfind(|seq| *seq > floor)))
    }

    /// A page of the events that concern an entity, newest first, and the cursor of the next page.
    ///
    /// # Errors
    /// What reading the runs or the log says.
    pub fn entries(&self, kind: &str, id: &str, before: Option<u64>, limit: usize) -> Result<log::Page<Entry>> {
        let seqs = self.timeline(self.shared.hasher.entity(kind, id), before, limit)?;
        let next = seqs.last().copied().filter(|_| seqs.len() == limit);
        let mut items = self.shared.store.read(|q| log::get_many(q, self.shared.market, &seqs))?;
        // Another entity may have the same hash.
        items.retain(|e| {
            log::parse_entities(&e.entities).is_ok_and(|all| all.iter().any(|[_, k, i]| k == kind && i == id))
        });
        Ok(log::Page { items, next })
    }

    /// Puts all that is in memory into a run and waits until it is there: for an orderly end, so that
    /// the next start has nothing to catch up.
    ///
    /// # Errors
    /// [`Error::Busy`] when the flusher does not get there in time.
    pub fn flush(&self) -> Result<()> {
        let mut state = self.shared.wait_for_flush(self.shared.lock())?;
        if state.active.rows() > 0 {
            state = self.shared.make_room(state)?;
        }
        self.shared.wait_for_flush(state).map(drop)
    }

    /// How many runs there are, and how many rows no run covers yet.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        let state = self.shared.lock();
        (state.runs.len(), state.active.rows() + state.frozen.as_ref().map_or(0, |frozen| frozen.rows()))
    }

    /// Reads the log after the last run into memory.
    fn catch_up(&self, mut after: u64) -> Result<()> {
        let hasher = self.shared.hasher;
        loop {
            let rows = self.shared.store.read(|q| posted_after(q, self.shared.market, after, hasher))?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.seq;
            self.appended(&rows)?;
        }
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        if let Some(flusher) = self.flusher.take()
            && flusher.join().is_err()
        {
            tracing::error!("the index thread panicked");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Freezes the active tail, after the one before it has become a run.
    fn make_room<'s>(&'s self, state: MutexGuard<'s, State>) -> Result<MutexGuard<'s, State>> {
        if state.frozen.is_some() && state.active.rows() < 2 * self.options.run_rows {
            return Ok(state);
        }
        let mut state = self.wait_for_flush(state)?;
        let end = state.active.end;
        let full = std::mem::replace(&mut state.active, Tail::new(end));
        state.frozen = Some(Arc::new(full));
        self.changed.notify_all();
        Ok(state)
    }

    /// Waits until nothing is frozen.
    fn wait_for_flush<'s>(&'s self, mut state: MutexGuard<'s, State>) -> Result<MutexGuard<'s, State>> {
        let deadline = Instant::now() + PATIENCE;
        while state.frozen.is_some() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let fault = state.fault.clone().unwrap_or_else(|| "the disk is slow".into());
                return Err(Error::Busy(format!("the index lags: {fault}")));
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(state)
    }

    fn flush_loop(&self) {
        let mut retired: Vec<Arc<Run>> = Vec::new();
        loop {
            let mut state = self.lock();
            while state.frozen.is_none() && !state.stop {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let Some(frozen) = state.frozen.clone() else { return };
            drop(state);
            let done = self.write_run(&frozen).and_then(|()| self.tidy(&mut retired));
            if let Err(error) = done {
                tracing::warn!(%error, market = self.market.0, "the index could not be written; it will try again");
                let mut state = self.lock();
                state.fault = Some(error.to_string());
                let rested = self.changed.wait_timeout(state, REST).unwrap_or_else(PoisonError::into_inner).0;
                if rested.stop {
                    return;
                }
            }
        }
    }

    /// Makes a run of the frozen tail.
    fn write_run(&self, frozen: &Tail) -> Result<()> {
        let span = (frozen.from, frozen.end - 1);
        let mut writer = run::Writer::begin(self.store.derived(), self.market, span, frozen.rows())?;
        frozen.sorted_keys(|hash, seq| writer.key(hash, seq))?;
        writer.keys_done()?;
        frozen.sorted_entities(|hash, seq| writer.entity(hash, seq))?;
        let run = Arc::new(writer.finish(&[])?);
        let mut state = self.lock();
        state.runs = Arc::new(state.runs.iter().cloned().chain([run]).collect());
        state.frozen = None;
        state.fault = None;
        self.changed.notify_all();
        Ok(())
    }

    /// Merges runs of one size, and deletes those nobody reads any more.
    fn tidy(&self, retired: &mut Vec<Arc<Run>>) -> Result<()> {
        let floor = self.store.read(|q| log::floor(q, self.market))?;
        let mut runs = Arc::clone(&self.lock().runs);
        let dropped = runs.iter().take_while(|run| run.to <= floor).count();
        if dropped > 0 {
            retired.extend(runs[..dropped].iter().cloned());
            runs = self.replace(runs[dropped..].to_vec());
        }
        while let Some(start) = mergeable(&runs, self.options.run_rows as u64) {
            let old: Vec<&Run> = runs[start..].iter().map(AsRef::as_ref).collect();
            let merged = Arc::new(run::merge(self.store.derived(), self.market, &old)?);
            retired.extend(runs[start..].iter().cloned());
            runs = self.replace(runs[..start].iter().cloned().chain([merged]).collect());
        }
        drop(runs);
        let mut kept = Vec::new();
        for run in retired.drain(..) {
            // A look-up that began before the merge may still read the old run.
            if Arc::strong_count(&run) == 1 { run.delete(self.store.derived())? } else { kept.push(run) }
        }
        *retired = kept;
        Ok(())
    }

    fn replace(&self, runs: Vec<Arc<Run>>) -> Arc<Vec<Arc<Run>>> {
        let runs = Arc::new(runs);
        self.lock().runs = Arc::clone(&runs);
        runs
    }
}

/// Where the newest runs begin that are to become one: at least [`FAN`] of them, none larger than
/// the size class looked at.
fn mergeable(runs: &[Arc<Run>], run_rows: u64) -> Option<usize> {
    let mut limit = run_rows;
    loop {
        limit = limit.saturating_mul(FAN as u64);
        let start = runs.iter().rposition(|run| run.rows() >= limit).map_or(0, |i| i + 1);
        if runs.len() - start >= FAN {
            return Some(start);
        }
        if start == 0 {
            return None;
        }
    }
}

/// The hash function of a store, made at its first use. A derived file that belongs to another
/// store is emptied.
///
/// # Errors
/// What the statements say.
pub fn hasher(store: &Store) -> Result<Hasher> {
    let fresh = Hasher::random().to_text();
    let seed = store.write(|tx| {
        tx.execute(
            "insert into setting (name, value) values ($1, $2) on conflict (name) do nothing",
            &params![SEED, &fresh],
        )?;
        settings::get(tx, SEED)
    })?;
    let seed = seed.ok_or_else(|| Error::Corrupt("the index seed is missing".into()))?;
    store.derived().write(|tx| {
        let known = tx.one("select seed from log_seed", &[], |row| row.get::<String>(0))?;
        if known.as_ref() != Some(&seed) {
            for sql in ["delete from log_block", "delete from log_run", "delete from log_seed"] {
                tx.execute(sql, &[])?;
            }
            tx.execute("insert into log_seed (seed) values ($1)", &params![&seed])?;
        }
        Ok::<_, Error>(())
    })?;
    Hasher::from_text(&seed)
}

/// The next rows of the log as the index wants them.
fn posted_after(q: &mut Query<'_>, market: MarketNo, after: u64, hasher: Hasher) -> Result<Vec<Posted>> {
    q.query(
        "select pos, source, id, entities from log where pos > $1 and pos <= $2 order by pos limit $3",
        &params![market.pos(after), market.pos(MAX_SEQ), READ],
        |row| {
            let entities = log::parse_entities(row.text(3)?)?;
            Ok(Posted {
                seq: MarketNo::split(row.get(0)?).1,
                key: hasher.key(row.text(1)?, row.text(2)?),
                entities: entities.iter().map(|[_, kind, id]| hasher.entity(kind, id)).collect(),
            })
        },
    )
}
