//! Profile records between memory and the store.

use store::{Insert, Query, Tx, Type, Value, params};

use crate::error::Error;
use crate::market::Market;

const KEEP: Insert<4> = Insert {
    table: "profile_state",
    columns: [("market", Type::Int), ("entity", Type::Int), ("seq", Type::Int), ("body", Type::Blob)],
    conflict: "on conflict (market, entity) do update set seq = excluded.seq, body = excluded.body",
};

/// Brings the records of these entities into memory where the store may have them.
pub(crate) fn fetch(q: &mut Query<'_>, market: &mut Market, keys: &[u64]) -> Result<(), Error> {
    for key in keys {
        if market.state.is_wanted(*key) {
            let sql = "select body from profile_state where market = $1 and entity = $2";
            let body: Option<Vec<u8>> = q.one(sql, &params![market.no.0, *key as i64], |row| row.get(0))?;
            if let Some(body) = body {
                market.state.restore(*key, &body)?;
            }
        }
    }
    Ok(())
}

/// Writes what memory let go, and the next records of a checkpoint under way.
pub(crate) fn keep(tx: &mut Tx<'_>, market: &mut Market, dirty: usize) -> Result<(), Error> {
    market.state.trim();
    let evicted = market.state.drain_evicted();
    let (records, checkpoint) = market.state.take_dirty(dirty);
    let no = market.no.0;
    let rows = evicted.iter().chain(&records).map(|r| [Value::Int(no), Value::Int(r.key as i64), Value::from(r.seq), Value::from(&r.body[..])]);
    tx.insert_many(&KEEP, rows)?;
    if let Some(checkpoint) = checkpoint {
        let ready = serde_json::to_string(&checkpoint.ready).unwrap_or_default();
        let sql = "insert into profile_checkpoint (market, seq, ready) values ($1, $2, $3) \
                   on conflict (market) do update set seq = excluded.seq, ready = excluded.ready";
        tx.execute(sql, &params![no, checkpoint.seq, ready])?;
    }
    Ok(())
}
