//! A market's memory, rebuilt: the records of the last checkpoint and the log after it.

use std::sync::Arc;

use decision::Pack;
use domain::{Decision, Time};
use profile::{Agg, AggregateDef, Config, State, snapshot};
use serde_json::json;
use store::index::Hasher;
use store::log::{self, Entry, MarketNo};
use store::{Writer, decisions, params};

use crate::attempt::{self, Attempts};
use crate::batch::Batch;
use crate::error::Error;
use crate::item::Item;
use crate::market::{Market, fold_aggregates, text};
use crate::{Shared, policy, records};

/// Log rows read at once.
const READ: usize = 2_000;

/// Opens a market: the first time its log begins with the policy in force, later its memory is rebuilt.
pub(crate) fn open(
    shared: &Shared,
    writer: &mut Writer,
    name: &str,
    first: &Arc<Pack>,
    now: Time,
) -> Result<Market, Error> {
    if !writer.lock_market(name)? {
        return Err(Error::Locked(name.to_owned()));
    }
    let (no, last) = writer.write(|tx| {
        let no = log::market(tx, name)?;
        Ok::<_, Error>((no, log::last_seq(tx, no)?))
    })?;
    if last == 0 {
        return begin(shared, writer, name, no, first, now);
    }
    let checkpoint = shared.store.read(|q| snapshot::last_checkpoint(q, no))?;
    let from = checkpoint.as_ref().map_or(0, |c| c.seq);
    let in_force = shared.store.read(|q| policy::in_force(q, name, from.max(1)))?;
    let (_, hash) = in_force.ok_or_else(|| Error::NoPolicy(format!("of market {name}")))?;
    let pack = shared.policies.get(&hash)?;
    let mut defs = policy::definitions(&pack);
    if let Some(checkpoint) = &checkpoint {
        defs.iter_mut().for_each(|def| def.ready = checkpoint.ready.contains(&def.id()));
    }
    let mut state = State::new(config(shared, &pack, name, defs));
    for key in shared.store.read(|q| snapshot::keys(q, no))? {
        state.note_stored(key);
    }
    let mut market = Market::new(name, no, from, pack, state, shared.hasher);
    remember_attempts(shared, &mut market)?;
    replay_tail(shared, &mut market, last)?;
    let tripped = shared
        .store
        .read(|q| q.query("select rule from rule_trip where market = $1", &params![name], |row| row.get(0)))?;
    market.trip(tripped);
    recount(shared, &mut market)?;
    Ok(market)
}

/// Counts again what the rules have spent of their budgets since the policy came into force or they were reset.
fn recount(shared: &Shared, market: &mut Market) -> Result<(), Error> {
    let pack = market.pack.clone();
    for rule in &pack.rules {
        let Some(budget) = rule.budget else { continue };
        let times = shared.store.read(|q| {
            let since = policy::in_force(q, &market.name, market.seq)?.map_or(0, |(seq, _)| seq);
            let reset = "select seq from rule_reset where market = $1 and rule = $2";
            let reset = q.one(reset, &params![&market.name, &rule.name], |row| row.get::<u64>(0))?;
            // What came before the last `budget` actions cannot matter.
            decisions::acted(q, market.no, &rule.name, since.max(reset.unwrap_or(0)), budget as usize)
        })?;
        market.recount(&rule.name, times.into_iter().rev());
    }
    Ok(())
}

fn begin(
    shared: &Shared,
    writer: &mut Writer,
    name: &str,
    no: MarketNo,
    pack: &Arc<Pack>,
    now: Time,
) -> Result<Market, Error> {
    let state = State::new(config(shared, pack, name, policy::definitions(pack)));
    let mut market = Market::new(name, no, 0, pack.clone(), state, shared.hasher);
    writer.write(|tx| {
        policy::put(tx, pack, "files", "the first policy", now)?;
        let mut batch = Batch::new(tx, shared.hasher, false);
        let id = format!("policy-{}", pack.hash);
        batch.house(&mut market, "policy.activated", &id, now, None, json!({"hash": pack.hash, "author": "files"}))?;
        batch.flush_one(&mut market, 0)
    })?;
    Ok(market)
}

/// The bounds and zone of a market's state.
pub(crate) fn config(shared: &Shared, pack: &Pack, name: &str, defs: Vec<AggregateDef>) -> Config {
    let zone = pack
        .manifest
        .markets
        .get(name)
        .and_then(|m| jiff::tz::TimeZone::get(&m.zone).ok())
        .unwrap_or(jiff::tz::TimeZone::UTC);
    Config { max_entities: shared.options.max_entities, ..Config::new(defs, zone) }
}

/// Reads again which attempts before the market's seq are still open.
fn remember_attempts(shared: &Shared, market: &mut Market) -> Result<(), Error> {
    if market.pack.schemas.values().all(|schema| schema.confirmed_by.is_none()) {
        return Ok(());
    }
    let mut seq = market.seq.saturating_sub(attempt::REACH);
    while seq < market.seq {
        let entries = shared.store.read(|q| log::after(q, market.no, seq, READ))?;
        let Some(end) = entries.last().map(|e| e.seq) else { break };
        for entry in entries.iter().filter(|e| e.seq <= market.seq) {
            let item = Item::from_entry(&market.pack, shared.hasher, &market.name, entry)?;
            market.attempts.confirm(shared.hasher, &item, entry.seq);
            market.attempts.note(shared.hasher, &item, entry.seq, entry.verdict);
        }
        seq = end;
    }
    Ok(())
}

/// Folds the log after the market's seq, with the decisions as they were stored.
fn replay_tail(shared: &Shared, market: &mut Market, last: u64) -> Result<(), Error> {
    while market.seq < last {
        let entries = shared.store.read(|q| log::after(q, market.no, market.seq, READ))?;
        let Some(end) = entries.last().map(|e| e.seq) else { break };
        let mut decided =
            shared.store.read(|q| decisions::after(q, market.no, market.seq, READ))?.into_iter().peekable();
        for entry in &entries {
            let item = Item::from_entry(&market.pack, shared.hasher, &market.name, entry)?;
            shared.store.read(|q| records::fetch(q, market, &item.keys))?;
            market.fold(&item, entry.seq);
            market.attempts.note(shared.hasher, &item, entry.seq, entry.verdict);
            while decided.next_if(|(seq, _)| *seq < entry.seq).is_some() {}
            if let Some((_, body)) = decided.next_if(|(seq, _)| *seq == entry.seq) {
                let decision: Decision = serde_json::from_str(&body)
                    .map_err(|fault| Error::Corrupt { what: "decision", fault: fault.to_string() })?;
                market.wear(&item, &decision);
            }
            if entry.kind == "policy.activated"
                && let Some(hash) = text(&item.prepared.event.data, "hash")
            {
                let pack = shared.policies.get(hash)?;
                switch(shared, market, pack, entry.seq)?;
            }
            market.seq = entry.seq;
        }
        market.seq = end;
        market.state.trim();
        // Recovery evicts into the store as the live path does, in small transactions of its own.
        shared.store.write(|tx| records::keep(tx, market, 0))?;
    }
    Ok(())
}

/// Switches a market that has folded up to `seq` to another policy; new aggregates are backfilled from the log first.
pub(crate) fn switch(shared: &Shared, market: &mut Market, pack: Arc<Pack>, seq: u64) -> Result<(), Error> {
    let missing = market.state.redefine(policy::definitions(&pack));
    if !missing.is_empty() {
        let side = backfill(shared, &market.name, market.no, &pack, &missing, None, seq)?;
        adopt(shared, market, side.state)?;
    }
    market.adopt(pack);
    Ok(())
}

/// New aggregates being folded beside a market.
pub(crate) struct Side {
    /// Their names.
    pub names: Vec<String>,
    pub state: State,
    attempts: Attempts,
    /// How far the log is folded.
    seq: u64,
}

impl Side {
    /// Folds the next event of the log.
    pub fn fold(&mut self, hasher: Hasher, places: &[Option<Agg>], item: &Item, entry: &Entry) {
        let confirmed = self.attempts.confirm(hasher, item, entry.seq);
        fold_aggregates(&mut self.state, places, item, entry.seq, confirmed.as_ref());
        self.attempts.note(hasher, item, entry.seq, entry.verdict);
        self.seq = entry.seq;
    }
}

/// Takes a backfilled state over.
pub(crate) fn adopt(shared: &Shared, market: &mut Market, side: State) -> Result<(), Error> {
    let wanted = market.state.wanted_by(&side);
    if let Some(store) = shared.records.get() {
        store.read(|q| records::fetch(q, market, &wanted))?;
    }
    market.state.adopt(side, market.seq);
    Ok(())
}

/// Folds the log up to `to` into the named aggregates of a pack, going on from `begun` when given.
pub(crate) fn backfill(
    shared: &Shared,
    name: &str,
    no: MarketNo,
    pack: &Arc<Pack>,
    names: &[String],
    begun: Option<Side>,
    to: u64,
) -> Result<Side, Error> {
    let mut side = begun.unwrap_or_else(|| {
        let state = State::new(config(shared, pack, name, policy::definitions(pack)));
        let only: Vec<&str> = names.iter().map(String::as_str).collect();
        Side { names: names.to_vec(), state: state.only(&only), attempts: Attempts::default(), seq: 0 }
    });
    let places = policy::places(pack, &side.state);
    while side.seq < to {
        let entries = shared.store.read(|q| log::after(q, no, side.seq, READ))?;
        if entries.is_empty() {
            break;
        }
        for entry in entries.iter().filter(|e| e.seq <= to) {
            let item = Item::from_entry(pack, shared.hasher, name, entry)?;
            side.fold(shared.hasher, &places, &item, entry);
        }
    }
    Ok(side)
}
