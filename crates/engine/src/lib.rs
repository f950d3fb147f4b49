//! The one path: events through [`Engine::handle`], commands through [`Engine::act`], and what follows from both.
//!
//! One worker thread applies every market's events and commands in order, a batch in a transaction:
//! log, verdicts, cases and outbox commit together or not at all, and only then is anybody answered.
//! Memory (profiles, budgets, the index's tail) is a fold of the log and is rebuilt when a batch fails.

mod activate;
mod attempt;
mod ban;
mod batch;
mod command;
mod effect;
mod error;
pub mod folder;
mod item;
mod live;
mod market;
pub mod policy;
pub mod proposal;
mod queue;
mod records;
mod recover;
pub mod replay;
pub mod retention;
mod view;
mod watch;
mod worker;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use decision::Pack;
use decision::pack::Files;
use domain::{Answer, Event, FieldError, Time};
use store::index::{Hasher, Index};
use store::log::{Entry, MarketNo, Page};
use store::{Migration, Store};
use tokio::sync::{broadcast, oneshot};

pub use activate::{Author, Changed};
pub use command::{Actor, Command, Outcome, TakenBack, Undone, taken_back};
pub use effect::{Endpoint, endpoint, set_endpoint};
pub use error::{Busy, Error, Refusal};
pub use live::Live;
pub use policy::Version;
pub use view::{AggregateView, EntityView};

use item::Item;
use market::Market;
use queue::Queue;
use worker::{Work, Worker};

const MIGRATIONS: &[Migration] = &[
    Migration { room: "engine", number: 1, sql: include_str!("../migrations/engine-1.sql") },
    Migration { room: "engine", number: 2, sql: include_str!("../migrations/engine-2.sql") },
];

/// The tables that the engine and the rooms below it need, beside the store's own.
#[must_use]
pub fn migrations() -> Vec<Migration> {
    [MIGRATIONS, profile::snapshot::MIGRATIONS, desk::MIGRATIONS].concat()
}

/// The time of day as the house sees it; tests turn their own hands.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// What models say of a message: log-odds of harm, none where they do not know.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Judged {
    /// By its words.
    pub words: Option<f64>,
    /// By its meaning.
    pub meaning: Option<f64>,
}

/// Asks the models about a message. It is called on the callers' threads, so it must be quick; what it says is stored beside
/// the event, and replay asks nobody.
pub type Judge = Arc<dyn Fn(&str) -> Judged + Send + Sync>;

/// How the engine works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Events that may wait in the queue; beyond, callers are told to come back.
    pub queue_events: usize,
    /// The most events of one transaction.
    pub batch_events: usize,
    /// How long a batch that is not full waits for more.
    pub batch_window: Duration,
    /// Entities kept in memory for each market.
    pub max_entities: usize,
    /// Events between two checkpoints of the profiles.
    pub checkpoint_events: u64,
    /// Records of a checkpoint written with one batch.
    pub checkpoint_records: usize,
    /// How the index works.
    pub index: store::index::Options,
    /// Whether outward effects are sent; off for tests and tools.
    pub deliver: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            queue_events: 50_000,
            batch_events: 1_000,
            batch_window: Duration::from_micros(500),
            max_entities: 1_000_000,
            checkpoint_events: 500_000,
            checkpoint_records: 250,
            index: store::index::Options::default(),
            deliver: true,
        }
    }
}

/// What the worker and the doors share.
pub(crate) struct Shared {
    pub store: Store,
    /// Where entities wait that memory has no room for: the store itself, in replay one of its own once it is needed.
    pub records: OnceLock<Store>,
    pub options: Options,
    pub hasher: Hasher,
    pub policies: policy::Policies,
    pub live: broadcast::Sender<Arc<Live>>,
    pub events: AtomicU64,
    /// The models, when there are any.
    pub judge: OnceLock<Judge>,
    /// Somebody waits for a checkpoint of every market.
    pub checkpoint_wanted: AtomicBool,
    clock: Clock,
    markets: RwLock<HashMap<String, Known>>,
    newest: RwLock<Arc<Pack>>,
}

/// What the doors know of an open market.
#[derive(Clone)]
struct Known {
    no: MarketNo,
    pack: Arc<Pack>,
    index: Arc<Index>,
}

impl Shared {
    fn now(&self) -> Time {
        (self.clock)()
    }

    fn pack(&self) -> Arc<Pack> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn known(&self, market: &str) -> Option<Known> {
        self.markets.read().unwrap_or_else(PoisonError::into_inner).get(market).cloned()
    }

    fn know(&self, name: &str, market: &Market, index: Arc<Index>) {
        let known = Known { no: market.no, pack: market.pack.clone(), index };
        self.markets.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), known);
    }

    fn forget(&self, name: &str) {
        self.markets.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    fn in_force(&self, name: &str, pack: &Arc<Pack>) {
        if let Some(known) = self.markets.write().unwrap_or_else(PoisonError::into_inner).get_mut(name) {
            known.pack = pack.clone();
        }
        self.policies.keep(pack.clone());
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = pack.clone();
    }
}

/// The running engine. Dropping it closes the queue, finishes what was accepted and leaves a checkpoint.
pub struct Engine {
    shared: Arc<Shared>,
    queue: Arc<Queue<Work>>,
    worker: Mutex<Option<JoinHandle<()>>>,
    deliverer: Option<effect::Deliverer>,
    sweeper: Option<retention::Sweeper>,
    watcher: Mutex<Option<watch::Watcher>>,
    /// One change of policy at a time.
    changing: Mutex<()>,
}

impl Engine {
    /// Brings the store up to date, opens every market, and starts the worker. `files` is the policy to
    /// begin with; where the store knows a policy already that one goes on, unless `prefer_files`.
    ///
    /// # Errors
    /// A policy that does not compile, a store that does not open, a market another process serves.
    pub fn open(
        store: Store,
        files: &Files,
        prefer_files: bool,
        options: Options,
        clock: Clock,
    ) -> Result<Engine, Error> {
        store.migrate(&migrations())?;
        let stored = store.read(policy::newest)?;
        let policies = policy::Policies::new(store.clone());
        let given = Arc::new(Pack::compile(files).map_err(Error::Policy)?);
        let first = match &stored {
            Some(hash) if !prefer_files => policies.get(hash)?,
            _ => given.clone(),
        };
        policies.keep(first.clone());
        let shared = Arc::new(Shared {
            hasher: store::index::hasher(&store)?,
            store: store.clone(),
            records: OnceLock::from(store.clone()),
            options,
            policies,
            live: broadcast::channel(4_096).0,
            events: AtomicU64::new(0),
            judge: OnceLock::new(),
            checkpoint_wanted: AtomicBool::new(false),
            clock,
            markets: RwLock::default(),
            newest: RwLock::new(first.clone()),
        });
        let queue = Arc::new(Queue::new(options.queue_events));
        let mut worker = Worker {
            shared: shared.clone(),
            queue: queue.clone(),
            writer: store.writer()?,
            markets: HashMap::new(),
            indexes: HashMap::new(),
            since_checkpoint: 0,
            next_timers: Instant::now(),
        };
        for market in first.manifest.markets.keys() {
            worker.open(market, &first)?;
        }
        let thread = std::thread::Builder::new()
            .name("worker".into())
            .spawn(move || worker.run())
            .map_err(|fault| Error::File { path: "worker thread".into(), fault })?;
        let deliverer = options.deliver.then(|| effect::Deliverer::start(shared.clone()));
        let sweeper = options.deliver.then(|| retention::Sweeper::start(shared.clone()));
        let engine = Engine {
            shared,
            queue,
            worker: Mutex::new(Some(thread)),
            deliverer,
            sweeper,
            watcher: Mutex::default(),
            changing: Mutex::default(),
        };
        if engine.behind(&first) {
            engine
                .activate_files(&first, "the policy folder changed while the house was closed")
                .map_err(|fault| Error::Refused(fault.to_string()))?;
        }
        Ok(engine)
    }

    /// Asks these models about messages from now on. The first ones stay.
    pub fn judge_by(&self, judge: Judge) {
        let _ = self.shared.judge.set(judge);
    }

    /// Takes facts in: answers when they are committed, in the order given. Each is accepted or refused by itself.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full or the store out of reach; nothing was stored then, or, when the
    /// commit's outcome is unknown, sending the same events again tells.
    pub async fn handle(&self, events: Vec<Event>) -> Result<Vec<Result<Answer, FieldError>>, Busy> {
        let (slots, reply) = self.submit(events)?;
        let answers = match reply {
            Some(reply) => reply.await.map_err(|_| Busy::down("the batch was dropped"))??,
            None => Vec::new(),
        };
        Ok(fill(slots, answers))
    }

    /// As [`Engine::handle`], for threads that may block.
    ///
    /// # Errors
    /// As [`Engine::handle`].
    pub fn handle_blocking(&self, events: Vec<Event>) -> Result<Vec<Result<Answer, FieldError>>, Busy> {
        let (slots, reply) = self.submit(events)?;
        let answers = match reply {
            Some(reply) => reply.blocking_recv().map_err(|_| Busy::down("the batch was dropped"))??,
            None => Vec::new(),
        };
        Ok(fill(slots, answers))
    }

    /// Prepares events and queues the good ones: what was refused by place, and the reply to wait for.
    #[allow(clippy::type_complexity)]
    fn submit(
        &self,
        events: Vec<Event>,
    ) -> Result<(Vec<Option<FieldError>>, Option<oneshot::Receiver<Result<Vec<Answer>, Busy>>>), Busy> {
        let mut slots = Vec::with_capacity(events.len());
        let mut items = Vec::with_capacity(events.len());
        for event in events {
            match self.prepare(event) {
                Ok(item) => {
                    items.push(item);
                    slots.push(None);
                }
                Err(fault) => slots.push(Some(fault)),
            }
        }
        if items.is_empty() {
            return Ok((slots, None));
        }
        let (reply, receiver) = oneshot::channel();
        let weight = items.len();
        self.queue.push(Work::Facts { items, reply }, weight)?;
        Ok((slots, Some(receiver)))
    }

    fn prepare(&self, event: Event) -> Result<Item, FieldError> {
        if decision::pack::is_house(&event.kind) {
            return Err(FieldError::new("type", format!("`{}` is written by the house itself", event.kind)));
        }
        let pack = self.shared.known(&event.market).map_or_else(|| self.shared.pack(), |known| known.pack);
        let item = Item::new(&pack, self.shared.hasher, event, self.shared.judge.get())?;
        if self.shared.known(&item.prepared.event.market).is_none() {
            return Err(FieldError::new("market", format!("market `{}` is not open", item.prepared.event.market)));
        }
        Ok(item)
    }

    /// Carries out what a person or the bot wants in a market.
    ///
    /// # Errors
    /// Why it was refused; nothing was written then.
    pub async fn act(&self, market: &str, command: Command, actor: Actor) -> Result<Outcome, Refusal> {
        self.market(market)?;
        let (reply, receiver) = oneshot::channel();
        let work = Work::Act { market: market.to_owned(), command, actor, at: self.shared.now(), reply };
        self.queue.push(work, 1)?;
        receiver.await.unwrap_or_else(|_| Err(Refusal::Busy(Busy::down("the batch was dropped"))))
    }

    /// An entity as memory knows it now; none when the market is not open.
    pub async fn look(&self, market: &str, kind: &str, id: &str) -> Option<EntityView> {
        self.shared.known(market)?;
        let (reply, receiver) = oneshot::channel();
        let work = Work::Look {
            market: market.to_owned(),
            kind: kind.to_owned(),
            id: id.to_owned(),
            at: self.shared.now(),
            reply,
        };
        self.queue.push(work, 1).ok()?;
        receiver.await.ok()?
    }

    /// A page of the events that concern an entity, newest first.
    ///
    /// # Errors
    /// What the store says; a market that is not open.
    pub fn timeline(
        &self,
        market: &str,
        kind: &str,
        id: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Page<Entry>, Error> {
        let known =
            self.shared.known(market).ok_or_else(|| Error::Refused(format!("there is no market `{market}`")))?;
        Ok(known.index.entries(kind, id, before, limit)?)
    }

    /// The time of the first event in a market's log that names an entity.
    ///
    /// # Errors
    /// An unknown market; what the store says.
    pub fn first_seen(&self, market: &str, kind: &str, id: &str) -> Result<Option<Time>, Error> {
        let known =
            self.shared.known(market).ok_or_else(|| Error::Refused(format!("there is no market `{market}`")))?;
        let Some(seq) = known.index.first(self.shared.hasher.entity(kind, id))? else { return Ok(None) };
        Ok(self.shared.store.read(|q| store::log::get(q, known.no, seq))?.map(|entry| entry.time))
    }

    /// Watches a policy folder: a change that compiles is put in force, one that does not is told and the old stays.
    pub fn watch(self: &Arc<Self>, folder: std::path::PathBuf) {
        let watcher = watch::Watcher::start(Arc::downgrade(self), folder);
        *self.watcher.lock().unwrap_or_else(PoisonError::into_inner) = Some(watcher);
    }

    /// What is wrong with the watched folder, when its last change was refused.
    #[must_use]
    pub fn folder_findings(&self) -> Vec<decision::Diagnostic> {
        self.watcher
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(watch::Watcher::findings)
            .unwrap_or_default()
    }

    /// Deletes what is older than the house keeps it, as its own timer does now and then; gives how many events went.
    ///
    /// # Errors
    /// What the store says.
    pub fn sweep(&self) -> Result<u64, Error> {
        retention::sweep(&self.shared, &AtomicBool::new(false))
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The newest policy in force.
    #[must_use]
    pub fn pack(&self) -> Arc<Pack> {
        self.shared.pack()
    }

    /// The pack of a hash, for reading old decisions.
    ///
    /// # Errors
    /// [`Error::NoPolicy`] when no such version is stored.
    pub fn pack_of(&self, hash: &str) -> Result<Arc<Pack>, Error> {
        self.shared.policies.get(hash)
    }

    /// The number of an open market in the store.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when it is not open.
    pub fn market(&self, name: &str) -> Result<MarketNo, Refusal> {
        self.shared
            .known(name)
            .map(|known| known.no)
            .ok_or_else(|| Refusal::Missing(format!("there is no market `{name}`")))
    }

    /// The names of the open markets, sorted.
    #[must_use]
    pub fn markets(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.shared.markets.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
        names.sort_unstable();
        names
    }

    /// Listens to what is committed from now on; a listener that is slow misses notes and is told so.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Live>> {
        self.shared.live.subscribe()
    }

    /// The time of the house.
    #[must_use]
    pub fn now(&self) -> Time {
        self.shared.now()
    }

    /// Events waiting in the queue, and events committed since the start.
    #[must_use]
    pub fn load(&self) -> (usize, u64) {
        (self.queue.weight(), self.shared.events.load(Ordering::Relaxed))
    }

    /// Finishes what was accepted, leaves a checkpoint and stops. Called by drop as well.
    pub fn close(&self) {
        self.queue.close();
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if worker.is_some_and(|worker| worker.join().is_err()) {
            tracing::error!("the worker panicked");
        }
        if let Some(deliverer) = &self.deliverer {
            deliverer.stop();
        }
        if let Some(sweeper) = &self.sweeper {
            sweeper.stop();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

/// Puts answers into the places that were not refused.
fn fill(slots: Vec<Option<FieldError>>, answers: Vec<Answer>) -> Vec<Result<Answer, FieldError>> {
    let mut answers = answers.into_iter();
    let missing = || FieldError::new("", "the house lost its answer; send it again");
    slots.into_iter().map(|slot| slot.map_or_else(|| answers.next().ok_or_else(missing), Err)).collect()
}
