//! Replay: the log folded again from its beginning. With the policies then in force it must give the stored
//! decisions byte for byte; with a candidate it shows what would have been different.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use decision::Pack;
use domain::{Decision, Mode, Verdict};
use profile::State;
use serde::Serialize;
use store::log::{self, Entry, MarketNo};
use store::{Store, decisions};

use crate::error::Error;
use crate::item::Item;
use crate::market::{Market, text};
use crate::{Engine, Options, Shared, policy, recover};

/// Log rows read at once.
const READ: usize = 2_000;
/// Differences and samples kept.
const SHOWN: usize = 50;

/// How far a replay has come, and whether it should stop.
#[derive(Debug, Default)]
pub struct Progress {
    /// Events replayed.
    pub done: AtomicU64,
    /// Events there are.
    pub total: AtomicU64,
    /// Set it to stop early.
    pub cancel: AtomicBool,
}

/// What `verify` found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Verified {
    /// Events replayed.
    pub events: u64,
    /// Decisions compared.
    pub decisions: u64,
    /// Events whose decision came out otherwise.
    pub different: u64,
    /// Where a log no longer begins at its beginning: its market and first place.
    pub begins: Vec<(String, u64)>,
    /// Events of such logs whose decision came out otherwise: it may have hung on what is gone.
    pub unsure: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
}

/// One event that replay decided otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Its market.
    pub market: String,
    /// Its place.
    pub seq: u64,
    /// The stored decision.
    pub stored: Option<serde_json::Value>,
    /// What replay gave.
    pub replayed: Option<serde_json::Value>,
}

/// A store opened for replaying alone: nothing is written, sent or scheduled.
pub struct Replayer {
    shared: Arc<Shared>,
    /// Where entities go that memory has no room for; made when it is needed.
    spill: OnceLock<Folder>,
}

/// A folder that goes with the replay.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(fault) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%fault, folder = %self.0.display(), "a temporary folder stays behind");
        }
    }
}

/// How many events are replayed between two looks at the bounds of memory.
const TRIM: u64 = 1_000;

impl Replayer {
    /// Over a store that nobody serves, or beside the engine that serves it.
    ///
    /// # Errors
    /// What the store says.
    pub fn open(store: &Store) -> Result<Replayer, Error> {
        Replayer::bounded(store, Options::default().max_entities)
    }

    /// As [`Replayer::open`], with room for so many entities of a market in memory; the others wait in a temporary store.
    ///
    /// # Errors
    /// What the store says.
    pub fn bounded(store: &Store, max_entities: usize) -> Result<Replayer, Error> {
        let empty = Arc::new(Pack::empty());
        let shared = Shared {
            hasher: store::index::hasher(store)?,
            store: store.clone(),
            options: Options { max_entities, ..Options::default() },
            records: OnceLock::new(),
            policies: policy::Policies::new(store.clone()),
            live: tokio::sync::broadcast::channel(1).0,
            events: AtomicU64::new(0),
            judge: OnceLock::new(),
            checkpoint_wanted: AtomicBool::new(false),
            clock: Arc::new(domain::Time::default),
            markets: Default::default(),
            newest: std::sync::RwLock::new(empty),
        };
        Ok(Replayer { shared: Arc::new(shared), spill: OnceLock::new() })
    }

    /// Beside a running engine.
    ///
    /// # Errors
    /// What the store says.
    pub fn beside(engine: &Engine) -> Result<Replayer, Error> {
        Replayer::open(engine.store())
    }

    /// Markets with their number and last seq.
    fn markets(&self, only: Option<&str>) -> Result<Vec<(String, MarketNo, u64)>, Error> {
        self.shared.store.read(|q| {
            let mut found = Vec::new();
            for (no, name) in log::markets(q)? {
                if only.is_none_or(|only| only == name) {
                    found.push((name, no, log::last_seq(q, no)?));
                }
            }
            Ok(found)
        })
    }

    /// An empty market under a policy.
    fn begin(&self, name: &str, no: MarketNo, pack: Arc<Pack>) -> Result<Market, Error> {
        let config = recover::config(&self.shared, &pack, name, policy::definitions(&pack));
        if let Some(records) = self.shared.records.get() {
            // What an earlier replay left there knows later events.
            records.write(|tx| profile::snapshot::clear(tx, no))?;
        }
        Ok(Market::new(name, no, 0, pack, State::new(config), self.shared.hasher))
    }

    /// Takes an event's step, with its entities in memory before and memory within its bounds after.
    fn step(&self, market: &mut Market, item: &Item, seq: u64) -> Result<Option<Decision>, Error> {
        if let Some(records) = self.shared.records.get() {
            records.read(|q| crate::records::fetch(q, market, &item.keys))?;
        }
        let decision = market.step(item, seq).decision;
        market.seq = seq;
        if seq.is_multiple_of(TRIM) {
            market.state.trim();
            let let_go = market.state.drain_evicted();
            if !let_go.is_empty() {
                self.records()?.write(|tx| profile::snapshot::put(tx, market.no, &let_go))?;
            }
        }
        Ok(decision)
    }

    /// The temporary store of what memory let go.
    fn records(&self) -> Result<&Store, Error> {
        if self.shared.records.get().is_none() {
            let path = std::env::temp_dir().join(format!("vigie-replay-{}", uuid::Uuid::now_v7().simple()));
            std::fs::create_dir_all(&path).map_err(|fault| Error::File { path: path.display().to_string(), fault })?;
            let folder = self.spill.get_or_init(|| Folder(path));
            let store = Store::open(&store::Location::Folder(folder.0.clone()))?;
            store.migrate(profile::snapshot::MIGRATIONS)?;
            let _ = self.shared.records.set(store);
        }
        self.shared.records.get().ok_or_else(|| Error::Refused("no temporary store".to_owned()))
    }

    /// Replays the log of one market or all, under the policies then in force, and compares every decision.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn verify(&self, only: Option<&str>, progress: &Progress) -> Result<Verified, Error> {
        let markets = self.markets(only)?;
        progress.total.store(markets.iter().map(|m| m.2).sum(), Ordering::Relaxed);
        let mut verified = Verified::default();
        for (name, no, last) in markets.into_iter().filter(|m| m.2 > 0) {
            let floor = self.shared.store.read(|q| log::floor(q, no))?;
            let sure = verified.different;
            let mut trips = Trips::default();
            self.retrace(&name, no, last, progress, &mut |market, entry, stored, decision| {
                verified.events += 1;
                let tripped = trips.follow(market, entry, decision.as_ref());
                compare(&mut verified, &name, entry, stored, decision.as_ref(), tripped);
            })?;
            if floor > 0 {
                verified.unsure += verified.different - sure;
                verified.different = sure;
                verified.begins.push((name.clone(), floor + 1));
            }
        }
        Ok(verified)
    }

    /// Makes the decision at one place of a market's log again, from the log's beginning: none when no rule hits.
    ///
    /// # Errors
    /// What cannot be read; a market that is not there.
    pub fn one(&self, market: &str, seq: u64, progress: &Progress) -> Result<Option<Decision>, Error> {
        let known = self.markets(Some(market))?.into_iter().next();
        let (name, no, last) = known.ok_or_else(|| Error::Refused(format!("there is no market `{market}`")))?;
        let mut found = None;
        self.retrace(&name, no, last.min(seq), progress, &mut |_, entry, _, decision| {
            if entry.seq == seq {
                found = decision;
            }
        })?;
        Ok(found)
    }

    /// Steps through a market's log up to `last` under the policies then in force.
    #[allow(clippy::type_complexity)]
    fn retrace(
        &self,
        name: &str,
        no: MarketNo,
        last: u64,
        progress: &Progress,
        see: &mut dyn FnMut(&mut Market, &Entry, Option<String>, Option<Decision>),
    ) -> Result<(), Error> {
        let first = self.shared.store.read(|q| {
            let floor = log::floor(q, no)?;
            policy::in_force(q, name, floor.max(1))
        })?;
        let (_, hash) = first.ok_or_else(|| Error::NoPolicy(format!("of market {name}")))?;
        let mut market = self.begin(name, no, self.shared.policies.get(&hash)?)?;
        self.walk(name, no, last, progress, &mut |item_of, entry, stored| {
            let item = item_of(&market.pack)?;
            let decision = self.step(&mut market, &item, entry.seq)?;
            if entry.kind == "policy.activated"
                && let Some(hash) = text(&item.prepared.event.data, "hash")
                && hash != market.pack.hash
            {
                let pack = self.shared.policies.get(hash)?;
                recover::switch(&self.shared, &mut market, pack, entry.seq)?;
            } else if entry.kind == "policy.activated" {
                let same = market.pack.clone();
                market.adopt(same);
            }
            see(&mut market, entry, stored, decision);
            Ok(())
        })
    }

    /// Hands every event of a market to `visit`, oldest first, with its stored decision.
    #[allow(clippy::type_complexity)]
    fn walk(
        &self,
        name: &str,
        no: MarketNo,
        last: u64,
        progress: &Progress,
        visit: &mut dyn FnMut(&dyn Fn(&Arc<Pack>) -> Result<Item, Error>, &Entry, Option<String>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut seq = 0;
        while seq < last && !progress.cancel.load(Ordering::Relaxed) {
            let entries = self.shared.store.read(|q| log::after(q, no, seq, READ))?;
            let Some(end) = entries.last().map(|e| e.seq) else { break };
            let mut decided = self.shared.store.read(|q| decisions::after(q, no, seq, READ))?.into_iter().peekable();
            for entry in entries.iter().filter(|e| e.seq <= last) {
                while decided.next_if(|(seq, _)| *seq < entry.seq).is_some() {}
                let stored = decided.next_if(|(seq, _)| *seq == entry.seq).map(|(_, body)| body);
                visit(&|pack| Item::from_entry(pack, self.shared.hasher, name, entry), entry, stored)?;
                progress.done.fetch_add(1, Ordering::Relaxed);
            }
            seq = end;
        }
        Ok(())
    }

    /// What the log would have given under a candidate policy, from `from` to `to` (places in each market's log).
    ///
    /// # Errors
    /// What cannot be read.
    pub fn backtest(
        &self,
        candidate: &Arc<Pack>,
        only: Option<&str>,
        from: u64,
        to: u64,
        progress: &Progress,
    ) -> Result<Backtest, Error> {
        let markets = self.markets(only)?;
        progress.total.store(markets.iter().map(|m| m.2.min(to)).sum(), Ordering::Relaxed);
        let mut tally = Tally::default();
        for (name, no, last) in markets.into_iter().filter(|m| m.2 > 0) {
            let mut market = self.begin(&name, no, candidate.clone())?;
            self.walk(&name, no, last.min(to), progress, &mut |item_of, entry, stored| {
                // Budgets that were spent under the old policy say nothing of the candidate.
                if matches!(entry.kind.as_str(), "rule.tripped" | "rule.reset" | "policy.activated") {
                    return Ok(());
                }
                let item = item_of(candidate)?;
                let decision = self.step(&mut market, &item, entry.seq)?;
                if entry.seq >= from {
                    tally.count(&name, entry, stored.as_deref(), decision.as_ref(), &item)?;
                }
                Ok(())
            })?;
        }
        Ok(tally.finish())
    }
}

/// Follows whether budgets trip in the log where they trip in the replay.
#[derive(Default)]
struct Trips {
    /// Rules whose trip must stand right after the last event.
    due: Vec<String>,
}

impl Trips {
    /// Counts one event; false where a trip is missing before it, or stands where none was due.
    fn follow(&mut self, market: &mut Market, entry: &Entry, decision: Option<&Decision>) -> bool {
        if entry.kind == "rule.tripped" {
            let data: serde_json::Value = serde_json::from_str(&entry.data).unwrap_or_default();
            let place = self.due.iter().position(|rule| data["rule"] == rule.as_str());
            return place.map(|place| self.due.swap_remove(place)).is_some();
        }
        if decision::pack::is_house(&entry.kind) {
            return true;
        }
        let kept = self.due.is_empty();
        self.due = decision.map(|decision| market.spend(decision, entry.received_at)).unwrap_or_default();
        kept
    }
}

fn compare(
    verified: &mut Verified,
    market: &str,
    entry: &Entry,
    stored: Option<String>,
    replayed: Option<&Decision>,
    tripped: bool,
) {
    let bytes = replayed.map(|d| serde_json::to_string(d).unwrap_or_default());
    verified.decisions += u64::from(stored.is_some());
    let verdict = replayed.map_or(Verdict::Allow, |d| d.verdict);
    if stored == bytes && entry.verdict == verdict && tripped {
        return;
    }
    verified.different += 1;
    if verified.differences.len() < SHOWN {
        let json = |text: Option<String>| text.and_then(|t| serde_json::from_str(&t).ok());
        verified.differences.push(Difference {
            market: market.to_owned(),
            seq: entry.seq,
            stored: json(stored),
            replayed: json(bytes),
        });
    }
}

/// What a candidate policy would have changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Backtest {
    /// Events compared.
    pub events: u64,
    /// Hits the candidate has and the log has not.
    pub new_hits: u64,
    /// Hits the log has and the candidate has not.
    pub lost_hits: u64,
    /// Hits of both.
    pub same_hits: u64,
    /// By rule.
    pub by_rule: Vec<RuleChange>,
    /// Events whose verdict changes.
    pub verdicts_changed: u64,
    /// Different users among them.
    pub people_affected: u64,
    /// Money of the events whose verdict changes, by currency.
    pub value_affected: Vec<domain::Money>,
    /// The first changed hits.
    pub samples: Vec<Sample>,
}

/// One rule's hits before and after.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RuleChange {
    /// The rule.
    pub rule: String,
    /// Hits in the log.
    pub before: u64,
    /// Hits of the candidate.
    pub after: u64,
    /// Only the candidate's.
    pub new: u64,
    /// Only the log's.
    pub lost: u64,
}

/// One changed hit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Its market.
    pub market: String,
    /// Its place.
    pub seq: u64,
    /// The rule.
    pub rule: String,
    /// `new` or `lost`.
    pub change: &'static str,
}

#[derive(Default)]
struct Tally {
    result: Backtest,
    rules: BTreeMap<String, RuleChange>,
    people: HashSet<String>,
    money: BTreeMap<String, i64>,
}

impl Tally {
    fn count(
        &mut self,
        market: &str,
        entry: &Entry,
        stored: Option<&str>,
        after: Option<&Decision>,
        item: &Item,
    ) -> Result<(), Error> {
        self.result.events += 1;
        let before: Option<Decision> = match stored {
            Some(body) => Some(
                serde_json::from_str(body)
                    .map_err(|fault| Error::Corrupt { what: "decision", fault: fault.to_string() })?,
            ),
            None => None,
        };
        let names = |d: Option<&Decision>| {
            d.map(|d| d.hits.iter().filter(|h| h.mode != Mode::Draft).map(|h| h.rule.clone()).collect::<HashSet<_>>())
                .unwrap_or_default()
        };
        let (old, new) = (names(before.as_ref()), names(after));
        for rule in old.union(&new) {
            let (was, is) = (old.contains(rule), new.contains(rule));
            let row = self
                .rules
                .entry(rule.clone())
                .or_insert_with(|| RuleChange { rule: rule.clone(), ..RuleChange::default() });
            row.before += u64::from(was);
            row.after += u64::from(is);
            let change = match (was, is) {
                (true, true) => {
                    self.result.same_hits += 1;
                    continue;
                }
                (false, _) => {
                    row.new += 1;
                    self.result.new_hits += 1;
                    "new"
                }
                (true, false) => {
                    row.lost += 1;
                    self.result.lost_hits += 1;
                    "lost"
                }
            };
            if self.result.samples.len() < SHOWN {
                self.result.samples.push(Sample {
                    market: market.to_owned(),
                    seq: entry.seq,
                    rule: rule.clone(),
                    change,
                });
            }
        }
        if before.map_or(Verdict::Allow, |d| d.verdict) != after.map_or(Verdict::Allow, |d| d.verdict) {
            self.affected(item);
        }
        Ok(())
    }

    /// Counts the people and the money behind a changed verdict.
    fn affected(&mut self, item: &Item) {
        self.result.verdicts_changed += 1;
        let event = &item.prepared.event;
        self.people
            .extend(item.prepared.entities.iter().filter(|n| n.entity.kind == "user").map(|n| n.entity.id.clone()));
        let amount =
            ["amount", "price"].iter().find_map(|name| event.data.get(*name)).and_then(serde_json::Value::as_f64);
        let own = item.pack.manifest.markets.get(&event.market).map(|m| m.currency.as_str());
        if let (Some(amount), Some(currency)) = (amount, text(&event.data, "currency").or(own)) {
            let minor = (amount * 10_f64.powi(domain::Money::decimals(currency) as i32)).round() as i64;
            *self.money.entry(currency.to_owned()).or_default() += minor;
        }
    }

    fn finish(self) -> Backtest {
        let value_affected =
            self.money.into_iter().map(|(currency, minor)| domain::Money { minor, currency }).collect();
        Backtest {
            by_rule: self.rules.into_values().collect(),
            people_affected: self.people.len() as u64,
            value_affected,
            ..self.result
        }
    }
}
