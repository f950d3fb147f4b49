//! The stored records of a market's state, and how far its last checkpoint came.

use store::log::MarketNo;
use store::{Insert, Migration, Query, Result, Tx, Type, Value, params};

use crate::state::{Checkpoint, Record};

/// The tables of this room.
pub const MIGRATIONS: &[Migration] =
    &[Migration { room: "profile", number: 1, sql: include_str!("../migrations/profile-1.sql") }];

const PUT: Insert<4> = Insert {
    table: "profile_state",
    columns: [("market", Type::Int), ("entity", Type::Int), ("seq", Type::Int), ("body", Type::Blob)],
    conflict: "on conflict (market, entity) do update set seq = excluded.seq, body = excluded.body",
};

/// Stores records; of two for one entity the last stands.
///
/// # Errors
/// What the statement says.
pub fn put(tx: &mut Tx<'_>, market: MarketNo, records: &[Record]) -> Result<()> {
    // One statement may not touch a row twice; the last record of an entity is the one to keep.
    let mut seen = std::collections::HashSet::new();
    let newest = records.iter().rev().filter(|record| seen.insert(record.key));
    let rows =
        newest.map(|r| [Value::Int(market.0), Value::Int(r.key as i64), Value::from(r.seq), Value::from(&r.body[..])]);
    tx.insert_many(&PUT, rows).map(drop)
}

/// Forgets every record of a market: for a store that holds nothing but one replay.
///
/// # Errors
/// What the statement says.
pub fn clear(tx: &mut Tx<'_>, market: MarketNo) -> Result<()> {
    tx.execute("delete from profile_state where market = $1", &params![market.0]).map(drop)
}

/// The stored bytes of an entity.
///
/// # Errors
/// What the statement says.
pub fn body(q: &mut Query<'_>, market: MarketNo, entity: u64) -> Result<Option<Vec<u8>>> {
    let sql = "select body from profile_state where market = $1 and entity = $2";
    q.one(sql, &params![market.0, entity as i64], |row| row.get(0))
}

/// The keys of all stored entities of a market.
///
/// # Errors
/// What the statement says.
pub fn keys(q: &mut Query<'_>, market: MarketNo) -> Result<Vec<u64>> {
    q.query("select entity from profile_state where market = $1", &params![market.0], |row| {
        row.get::<i64>(0).map(|key| key as u64)
    })
}

/// Notes a finished checkpoint, in the transaction that holds the last of its records.
///
/// # Errors
/// What the statement says.
pub fn checkpoint(tx: &mut Tx<'_>, market: MarketNo, checkpoint: &Checkpoint) -> Result<()> {
    let ready = serde_json::to_string(&checkpoint.ready).unwrap_or_default();
    let sql = "insert into profile_checkpoint (market, seq, ready) values ($1, $2, $3) \
               on conflict (market) do update set seq = excluded.seq, ready = excluded.ready";
    tx.execute(sql, &params![market.0, checkpoint.seq, &ready]).map(drop)
}

/// The last finished checkpoint of a market.
///
/// # Errors
/// What the statement says.
pub fn last_checkpoint(q: &mut Query<'_>, market: MarketNo) -> Result<Option<Checkpoint>> {
    let sql = "select seq, ready from profile_checkpoint where market = $1";
    q.one(sql, &params![market.0], |row| Ok(Checkpoint { seq: row.get(0)?, ready: row.json(1)? }))
}
