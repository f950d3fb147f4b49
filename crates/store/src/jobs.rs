//! Timers that survive restarts: one for each (market, kind, key).

use domain::Time;

use crate::connection::{Query, Tx};
use crate::log::MarketNo;
use crate::{Result, params};

/// A timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Whose.
    pub market: MarketNo,
    /// What is to be done: `case.overdue`.
    pub kind: String,
    /// With what; the same key again moves the timer.
    pub key: String,
    /// When.
    pub due_at: Time,
    /// What the doer needs to know, as JSON.
    pub body: String,
}

/// Sets a timer, or moves the one with the same key.
///
/// # Errors
/// What the statement says.
pub fn put(tx: &mut Tx<'_>, job: &Job) -> Result<()> {
    tx.execute(
        "insert into job (market, kind, key, due_at, body) values ($1, $2, $3, $4, $5) \
         on conflict (market, kind, key) do update set due_at = excluded.due_at, body = excluded.body",
        &params![job.market.0, &job.kind, &job.key, job.due_at, &job.body],
    )?;
    Ok(())
}

/// Takes a timer away; false when there is none.
///
/// # Errors
/// What the statement says.
pub fn cancel(tx: &mut Tx<'_>, market: MarketNo, kind: &str, key: &str) -> Result<bool> {
    let sql = "delete from job where market = $1 and kind = $2 and key = $3";
    Ok(tx.execute(sql, &params![market.0, kind, key])? == 1)
}

/// Up to `limit` timers that are due, the longest due first. They stay until [`done`].
///
/// # Errors
/// What the statement says.
pub fn due(q: &mut Query<'_>, market: MarketNo, now: Time, limit: usize) -> Result<Vec<Job>> {
    q.query(
        "select market, kind, key, due_at, body from job where market = $1 and due_at <= $2 \
         order by due_at, kind, key limit $3",
        &params![market.0, now, limit],
        |row| {
            Ok(Job {
                market: MarketNo(row.get(0)?),
                kind: row.get(1)?,
                key: row.get(2)?,
                due_at: row.get(3)?,
                body: row.get(4)?,
            })
        },
    )
}

/// The instant of a market's next timer.
///
/// # Errors
/// What the statement says.
pub fn next_due(q: &mut Query<'_>, market: MarketNo) -> Result<Option<Time>> {
    let sql = "select due_at from job where market = $1 order by due_at limit 1";
    q.one(sql, &params![market.0], |row| row.get(0))
}

/// A timer was served: it goes, unless it was moved meanwhile. Call it in the transaction that
/// holds what the timer caused.
///
/// # Errors
/// What the statement says.
pub fn done(tx: &mut Tx<'_>, job: &Job) -> Result<()> {
    tx.execute(
        "delete from job where market = $1 and kind = $2 and key = $3 and due_at = $4",
        &params![job.market.0, &job.kind, &job.key, job.due_at],
    )?;
    Ok(())
}
