//! Policy in force: packs by their hash, the versions stored, and how a pack's aggregates stand in a market's state.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use decision::pack::{Files, Function};
use decision::{Pack, Window};
use domain::Time;
use profile::{Agg, AggregateDef};
use serde::Serialize;
use store::{Query, Store, Tx, params};

use crate::error::Error;

/// One stored version of the policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Version {
    /// The pack's identity.
    pub hash: String,
    /// Who wrote it: an agent's login, or `files`.
    pub author: String,
    /// Why.
    pub note: String,
    /// When it was first stored.
    pub at: Time,
}

/// Compiled packs, loaded once.
pub struct Policies {
    store: Store,
    packs: Mutex<HashMap<String, Arc<Pack>>>,
}

impl Policies {
    pub(crate) fn new(store: Store) -> Policies {
        Policies { store, packs: Mutex::default() }
    }

    /// The pack of this hash, compiled from its stored files.
    ///
    /// # Errors
    /// [`Error::NoPolicy`] when no such version is stored.
    pub fn get(&self, hash: &str) -> Result<Arc<Pack>, Error> {
        if let Some(pack) = self.packs.lock().unwrap_or_else(PoisonError::into_inner).get(hash) {
            return Ok(pack.clone());
        }
        let files = self.store.read(|q| files(q, hash))?.ok_or_else(|| Error::NoPolicy(hash.to_owned()))?;
        let pack = Arc::new(Pack::compile(&files).map_err(Error::Policy)?);
        self.keep(pack.clone());
        Ok(pack)
    }

    /// Keeps a compiled pack for [`Policies::get`]. At most 64 are kept.
    pub(crate) fn keep(&self, pack: Arc<Pack>) {
        let mut packs = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
        if packs.len() >= 64 {
            packs.clear();
        }
        packs.insert(pack.hash.clone(), pack);
    }
}

/// Stores a version; one already there keeps its first author.
pub(crate) fn put(tx: &mut Tx<'_>, pack: &Pack, author: &str, note: &str, at: Time) -> store::Result<()> {
    let files = serde_json::to_string(&pack.files).unwrap_or_default();
    let sql =
        "insert into policy_version (hash, files, author, note, at) values ($1, $2, $3, $4, $5) on conflict do nothing";
    tx.execute(sql, &params![&pack.hash, &files, author, note, at]).map(drop)
}

/// The files of a version.
///
/// # Errors
/// What the statement says.
pub fn files(q: &mut Query<'_>, hash: &str) -> store::Result<Option<Files>> {
    q.one("select files from policy_version where hash = $1", &params![hash], |row| row.json(0))
}

/// Stored versions, newest first.
///
/// # Errors
/// What the statement says.
pub fn versions(q: &mut Query<'_>, limit: usize) -> store::Result<Vec<Version>> {
    let sql = "select hash, author, note, at from policy_version order by at desc, hash limit $1";
    q.query(sql, &params![limit], |row| {
        Ok(Version { hash: row.get(0)?, author: row.get(1)?, note: row.get(2)?, at: row.get(3)? })
    })
}

/// Notes that a market's log switches to a policy at `seq`.
pub(crate) fn activated(tx: &mut Tx<'_>, market: &str, seq: u64, hash: &str) -> store::Result<()> {
    tx.execute("insert into policy_active (market, seq, hash) values ($1, $2, $3)", &params![market, seq, hash])?;
    store::settings::put(tx, NEWEST, hash)
}

/// The policy a market's log is in at `seq`, with the seq that switched to it.
///
/// # Errors
/// What the statement says.
pub fn in_force(q: &mut Query<'_>, market: &str, seq: u64) -> store::Result<Option<(u64, String)>> {
    let sql = "select seq, hash from policy_active where market = $1 and seq <= $2 order by seq desc limit 1";
    q.one(sql, &params![market, seq], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Rules that have spent their budget in some market and stay in shadow: (market, rule, since when).
///
/// # Errors
/// What the statement says.
pub fn tripped(q: &mut Query<'_>) -> store::Result<Vec<(String, String, Time)>> {
    let sql = "select market, rule, at from rule_trip order by market, rule";
    q.query(sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// A pack's aggregates as the profile room knows them.
pub(crate) fn definitions(pack: &Pack) -> Vec<AggregateDef> {
    let windows = pack.windows();
    let defs = pack.aggregates.iter().zip(windows).map(|(aggregate, windows)| AggregateDef {
        name: aggregate.name.clone(),
        func: function(aggregate.function),
        hash: aggregate.hash,
        windows: windows.into_iter().map(window).collect(),
        ready: true,
    });
    defs.collect()
}

/// Where each of a pack's aggregates stands in a state.
pub(crate) fn places(pack: &Pack, state: &profile::State) -> Vec<Option<Agg>> {
    pack.aggregates.iter().map(|a| state.agg(&a.name)).collect()
}

pub(crate) fn window(window: Window) -> profile::Window {
    match window {
        Window::Last(span) => profile::Window::Span(span),
        Window::Today => profile::Window::Today,
        Window::All => profile::Window::All,
    }
}

fn function(function: Function) -> profile::Fn {
    match function {
        Function::Count => profile::Fn::Count,
        Function::Sum => profile::Fn::Sum,
        Function::Min => profile::Fn::Min,
        Function::Max => profile::Fn::Max,
        Function::Avg => profile::Fn::Avg,
        Function::First => profile::Fn::First,
        Function::Last => profile::Fn::Last,
        Function::CountDistinct => profile::Fn::CountDistinct,
        Function::SecondsSince => profile::Fn::SecondsSince,
        Function::Quantile(q) => profile::Fn::Quantile(q),
    }
}

/// The setting that names the policy put in force last, in any market.
const NEWEST: &str = "policy.newest";

/// The policy that was put in force last, in any market.
pub(crate) fn newest(q: &mut Query<'_>) -> store::Result<Option<String>> {
    store::settings::get(q, NEWEST)
}
