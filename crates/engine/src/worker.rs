//! The market's worker: one thread that applies events and commands in order, a batch at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use decision::Pack;
use domain::{Answer, Time};
use serde_json::json;
use store::index::{Index, Key, Posted};
use store::jobs::Job;
use store::{Tx, Writer, jobs};
use tokio::sync::oneshot;

use crate::ban::{self, Counterparts};
use crate::batch::Batch;
use crate::command::{self, Actor, Command, Outcome};
use crate::error::{Busy, Error, Refusal};
use crate::item::Item;
use crate::live::Live;
use crate::market::Market;
use crate::queue::Queue;
use crate::view::{self, EntityView};
use crate::{Shared, policy, recover};

/// What a worker is asked to do.
pub(crate) enum Work {
    /// Take facts in.
    Facts { items: Vec<Item>, reply: oneshot::Sender<Result<Vec<Answer>, Busy>> },
    /// Carry a command out.
    Act { market: String, command: Command, actor: Actor, at: Time, reply: oneshot::Sender<Result<Outcome, Refusal>> },
    /// Switch to a policy whose new aggregates were backfilled up to a seq beside.
    Activate { market: String, change: Box<Activation>, reply: oneshot::Sender<Result<u64, Refusal>> },
    /// Look at an entity in memory.
    Look { market: String, kind: String, id: String, at: Time, reply: oneshot::Sender<Option<EntityView>> },
}

/// A change of policy.
pub(crate) struct Activation {
    pub pack: Arc<Pack>,
    pub author: String,
    pub note: String,
    /// The proposal it was, and who approved it.
    pub approved: Option<(String, String)>,
    pub at: Time,
    /// Its new aggregates, folded as far as the log went.
    pub side: Option<recover::Side>,
}

/// Bans told of at one look at the timers.
const BANS: usize = 5;

/// A reply to send once the batch is committed.
type Reply = Box<dyn FnOnce() + Send>;

pub(crate) struct Worker {
    pub shared: Arc<Shared>,
    pub queue: Arc<Queue<Work>>,
    pub writer: Writer,
    pub markets: HashMap<String, Market>,
    pub indexes: HashMap<String, Arc<Index>>,
    pub since_checkpoint: u64,
    pub next_timers: Instant,
}

impl Worker {
    /// Works until the queue is closed and empty, then leaves a checkpoint.
    pub fn run(mut self) {
        let options = self.shared.options;
        while let Some(works) = self.queue.take(options.batch_events, options.batch_window, Duration::from_millis(500))
        {
            let timers = self.next_timers <= Instant::now();
            if timers {
                self.next_timers = Instant::now() + Duration::from_millis(500);
            }
            if (works.is_empty() && !timers && !self.checkpointing()) || self.cycle(works, timers).is_ok() {
                continue;
            }
            // Nothing of the batch was acknowledged: memory may be ahead of the log, so it is dropped.
            while let Err(fault) = self.reload() {
                tracing::error!(%fault, "memory could not be rebuilt; trying again");
                std::thread::sleep(Duration::from_secs(1));
            }
        }
        self.leave();
    }

    fn checkpointing(&self) -> bool {
        self.markets.values().any(|market| market.state.is_checkpointing())
    }

    /// One batch: identities, one transaction, then the replies.
    fn cycle(&mut self, works: Vec<Work>, timers: bool) -> Result<(), ()> {
        match self.batch(works, timers) {
            Ok((replies, posted, notes)) => {
                if let Err(fault) = self.post(posted) {
                    tracing::error!(%fault, "the index fell behind");
                    replies.into_iter().for_each(|reply| reply());
                    return Err(());
                }
                replies.into_iter().for_each(|reply| reply());
                for note in notes {
                    // Nobody listening is no fault.
                    let _ = self.shared.live.send(Arc::new(note));
                }
                Ok(())
            }
            Err(fault) => {
                // The replies are dropped unsent, which tells every caller that nothing was stored.
                tracing::error!(%fault, "a batch failed");
                Err(())
            }
        }
    }

    #[allow(clippy::type_complexity)] // The three outcomes of a batch, used once.
    fn batch(
        &mut self,
        works: Vec<Work>,
        timers: bool,
    ) -> Result<(Vec<Reply>, HashMap<String, Vec<Posted>>, Vec<Live>), Error> {
        self.welcome(&works)?;
        let seen = self.seen(&works)?;
        let bans = if timers { self.bans()? } else { Vec::new() };
        let Worker { shared, writer, markets, .. } = self;
        let dirty = shared.options.checkpoint_records;
        let heard = shared.live.receiver_count() > 0;
        let done = writer.write(|tx: &mut Tx<'_>| {
            let mut batch = Batch::new(tx, shared.hasher, heard);
            let mut replies = Vec::new();
            let mut seen = seen.into_iter();
            for work in works {
                replies.push(perform(shared, &mut batch, markets, work, &mut seen)?);
            }
            if timers {
                fire(shared, &mut batch, markets, &bans)?;
            }
            batch.flush(markets, dirty)?;
            let (posted, notes) = batch.into_posted();
            Ok::<_, Error>((replies, posted, notes))
        })?;
        self.count(&done.1);
        Ok(done)
    }

    /// For the bans that are due: whom they tell. Gathered before the transaction, for it may take a moment.
    fn bans(&self) -> Result<Vec<(Job, Counterparts)>, Error> {
        let now = self.shared.now();
        let mut found = Vec::new();
        for market in self.markets.values() {
            let Some(bans) = &market.pack.manifest.bans else { continue };
            let due = self.shared.store.read(|q| jobs::due(q, market.no, now, 100))?;
            for job in due.into_iter().filter(|job| job.kind == ban::JOB).take(BANS) {
                let Some(banned) = domain::EntityRef::parse(&job.key) else { continue };
                let told = ban::counterparts(&self.shared, &market.name, bans.days, &banned, now)?;
                found.push((job, told));
            }
        }
        Ok(found)
    }

    /// Opens markets that a new policy names for the first time.
    fn welcome(&mut self, works: &[Work]) -> Result<(), Error> {
        for work in works {
            if let Work::Activate { market, change, .. } = work
                && !self.markets.contains_key(market)
            {
                self.open(market, &change.pack)?;
            }
        }
        Ok(())
    }

    /// Counts events towards the next checkpoint.
    fn count(&mut self, posted: &HashMap<String, Vec<Posted>>) {
        let events: u64 = posted.values().map(|rows| rows.len() as u64).sum();
        self.shared.events.fetch_add(events, Ordering::Relaxed);
        self.since_checkpoint += events;
        let wanted = self.shared.checkpoint_wanted.swap(false, Ordering::Relaxed);
        if wanted || self.since_checkpoint >= self.shared.options.checkpoint_events {
            self.since_checkpoint = 0;
            for market in self.markets.values_mut() {
                market.state.begin_checkpoint(market.seq);
            }
        }
    }

    /// For each fact of the works, in order: the seq it has in the log already.
    fn seen(&self, works: &[Work]) -> Result<Vec<Option<u64>>, Error> {
        let items = || {
            works.iter().filter_map(|w| if let Work::Facts { items, .. } = w { Some(items) } else { None }).flatten()
        };
        let mut found: Vec<Option<u64>> = vec![None; items().count()];
        for (name, index) in &self.indexes {
            let mine = || items().enumerate().filter(|(_, item)| item.prepared.event.market == *name);
            let keys: Vec<Key<'_>> = mine()
                .map(|(_, item)| Key {
                    hash: item.identity,
                    source: &item.prepared.event.source,
                    id: &item.prepared.event.id,
                })
                .collect();
            if keys.is_empty() {
                continue;
            }
            for ((place, _), seq) in mine().zip(index.lookup(&keys)?) {
                found[place] = seq;
            }
        }
        Ok(found)
    }

    fn post(&self, posted: HashMap<String, Vec<Posted>>) -> Result<(), Error> {
        for (name, rows) in posted {
            if let Some(index) = self.indexes.get(&name) {
                index.appended(&rows)?;
            }
        }
        Ok(())
    }

    /// Drops memory and rebuilds it from the store.
    fn reload(&mut self) -> Result<(), Error> {
        let names: Vec<String> = self.markets.keys().cloned().collect();
        self.markets.clear();
        self.indexes.clear();
        self.writer = self.shared.store.writer()?;
        for name in names {
            let first = self.shared.pack();
            self.open(&name, &first)?;
        }
        Ok(())
    }

    /// Opens a market and its index.
    pub fn open(&mut self, name: &str, first: &Arc<Pack>) -> Result<(), Error> {
        let market = recover::open(&self.shared, &mut self.writer, name, first, self.shared.now())?;
        // Timelines of a closed index may still be read for a moment; a market has one index at a time.
        self.shared.forget(name);
        let index = Arc::new(Index::open(&self.shared.store, market.no, self.shared.options.index)?);
        self.shared.know(name, &market, index.clone());
        self.markets.insert(name.to_owned(), market);
        self.indexes.insert(name.to_owned(), index);
        Ok(())
    }

    /// An orderly end: all of memory is stored, so that the next start has no tail to fold.
    fn leave(&mut self) {
        for market in self.markets.values_mut() {
            market.state.begin_checkpoint(market.seq);
        }
        while self.checkpointing() {
            let markets = &mut self.markets;
            let kept = self
                .writer
                .write(|tx| markets.values_mut().try_for_each(|market| crate::records::keep(tx, market, 2_000)));
            if let Err(fault) = kept {
                tracing::warn!(%fault, "no checkpoint at the end; the next start folds the log's tail");
                return;
            }
        }
        for index in self.indexes.values() {
            if let Err(fault) = index.flush() {
                tracing::warn!(%fault, "the index was not flushed; the next start reads the log's tail");
            }
        }
    }
}

/// Does one work inside the batch; gives the reply for after the commit.
fn perform(
    shared: &Arc<Shared>,
    batch: &mut Batch<'_, '_>,
    markets: &mut HashMap<String, Market>,
    work: Work,
    seen: &mut impl Iterator<Item = Option<u64>>,
) -> Result<Reply, Error> {
    match work {
        Work::Facts { items, reply } => {
            let mut answers = Vec::with_capacity(items.len());
            for item in items {
                let market = known(markets, &item.prepared.event.market)?;
                let event = &item.prepared.event;
                let earlier = seen
                    .next()
                    .flatten()
                    .or_else(|| batch.earlier(&market.name, item.identity, &event.source, &event.id));
                answers.push(match earlier {
                    Some(seq) => batch.repeat(market, seq, item.digest)?,
                    None => batch.append(market, item)?,
                });
            }
            Ok(Box::new(move || drop(reply.send(Ok(answers)))))
        }
        Work::Act { market, command, actor, at, reply } => {
            let market = known(markets, &market)?;
            let outcome = command::act(batch, market, command, &actor, at)?;
            Ok(Box::new(move || drop(reply.send(outcome))))
        }
        Work::Activate { market, change, reply } => {
            let market = known(markets, &market)?;
            let seq = activate(shared, batch, market, *change)?;
            Ok(Box::new(move || drop(reply.send(Ok(seq)))))
        }
        Work::Look { market, kind, id, at, reply } => {
            let market = known(markets, &market)?;
            let key = shared.hasher.entity(&kind, &id);
            crate::records::fetch(batch.tx, market, &[key])?;
            let view = view::entity(market, &kind, key, at);
            Ok(Box::new(move || drop(reply.send(Some(view)))))
        }
    }
}

fn known<'m>(markets: &'m mut HashMap<String, Market>, name: &str) -> Result<&'m mut Market, Error> {
    markets.get_mut(name).ok_or_else(|| Error::Refused(format!("market `{name}` is not open")))
}

/// Catches the new aggregates up with what the log holds by now, logs the change, and switches.
fn activate(
    shared: &Arc<Shared>,
    batch: &mut Batch<'_, '_>,
    market: &mut Market,
    change: Activation,
) -> Result<u64, Error> {
    let Activation { pack, author, note, approved, at, side } = change;
    let upto = batch.committed(market);
    policy::put(batch.tx, &pack, &author, &note, at)?;
    let missing = market.state.redefine(policy::definitions(&pack));
    if !missing.is_empty() {
        let begun = side.filter(|side| side.names == missing);
        let mut side = recover::backfill(shared, &market.name, market.no, &pack, &missing, begun, upto)?;
        batch.fold_uncommitted(market, &pack, &mut side)?;
        recover::adopt(shared, market, side.state)?;
    }
    let mut data = json!({"hash": pack.hash, "author": author, "note": note});
    if let Some((proposal, by)) = approved {
        data["proposal"] = proposal.into();
        data["approved_by"] = by.into();
    }
    let id = format!("policy-{}-{}", market.seq + 1, pack.hash);
    let seq = batch.house(market, "policy.activated", &id, at, Some(&author), data)?;
    market.adopt(pack.clone());
    if !missing.is_empty() {
        // A record stored from here on holds the new aggregates, which recovery from before this place would not
        // know: so recovery must begin here.
        market.state.begin_checkpoint(seq);
        while market.state.is_checkpointing() {
            crate::records::keep(batch.tx, market, 5_000)?;
        }
    }
    shared.in_force(&market.name, &pack);
    batch.notes.push(Live::Policy { market: market.name.clone(), hash: pack.hash.clone() });
    Ok(seq)
}

/// Serves the timers that are due; each firing is an event of its market.
fn fire(
    shared: &Shared,
    batch: &mut Batch<'_, '_>,
    markets: &mut HashMap<String, Market>,
    bans: &[(Job, Counterparts)],
) -> Result<(), Error> {
    let now = shared.now();
    for market in markets.values_mut() {
        for job in jobs::due(batch.tx, market.no, now, 100)? {
            let told = bans.iter().find(|(gathered, _)| *gathered == job);
            // A ban set since, or one of too many at once, is told at the next look.
            if job.kind == ban::JOB && told.is_none() && market.pack.manifest.bans.is_some() {
                continue;
            }
            let data = json!({"kind": job.kind, "key": job.key});
            batch.house(
                market,
                "timer.fired",
                &format!("timer-{}-{}-{}", job.kind, job.key, job.due_at.0),
                now,
                None,
                data,
            )?;
            if job.kind == "case.due" && desk::case::overdue(batch.tx, &job.key)? {
                batch.notes.push(Live::Case {
                    market: market.name.clone(),
                    id: job.key.clone(),
                    queue: String::new(),
                    entity: String::new(),
                    new: false,
                });
            }
            if let Some((_, counterparts)) = told {
                ban::tell(batch, market, &job, counterparts, now)?;
            }
            jobs::done(batch.tx, &job)?;
        }
    }
    Ok(())
}
