//! Effects on their way out: written in the transaction that decided them, delivered at least once.
//!
//! Effects of one market to one target about one entity are a *lane*. A lane goes out in log order:
//! while its first open effect waits for another try, those behind it wait too, and no other lane
//! does. The receiver tells repeats by the key.

use domain::{MINUTE, SECOND, Time};

use crate::connection::{Insert, Query, Tx};
use crate::log::MarketNo;
use crate::value::{Row, Type, Value};
use crate::{Error, Result, params};

/// How many attempts an effect has before it is dead.
pub const ATTEMPTS: u32 = 12;
/// The longest error text kept, in bytes.
const ERROR_BYTES: usize = 500;

/// How far an effect has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It has not been tried.
    Waiting,
    /// It was tried in vain and will be tried again.
    Failed,
    /// The receiver has it.
    Delivered,
    /// It was given up; people may retry it.
    Dead,
    /// It was withdrawn before it went out.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [State; 5] = [State::Waiting, State::Failed, State::Delivered, State::Dead, State::Cancelled];

    /// The name as the store and the API write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Failed => "failed",
            State::Delivered => "delivered",
            State::Dead => "dead",
            State::Cancelled => "cancelled",
        }
    }

    /// Reads a name written by [`State::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        State::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// An effect to be put.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// Place of the deciding event in its market's log.
    pub seq: u64,
    /// Which effect of that event.
    pub idx: u32,
    /// The idempotency key the receiver sees; unique in the store.
    pub key: String,
    /// The effect's kind: `message`, `webhook`.
    pub kind: String,
    /// Where it goes.
    pub target: String,
    /// Whom it concerns, `kind:id`.
    pub entity: String,
    /// What it says, as JSON.
    pub body: String,
    /// Not before this instant; later than `created_at` for what can still be withdrawn.
    pub next_at: Time,
    /// When it was decided.
    pub created_at: Time,
}

/// An effect as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The deciding event's market.
    pub market: MarketNo,
    /// What was put.
    pub parcel: Parcel,
    /// How far it has come.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was delivered.
    pub delivered_at: Option<Time>,
}

const PUT: Insert<12> = Insert {
    table: "outbox",
    columns: [
        ("market", Type::Int),
        ("seq", Type::Int),
        ("idx", Type::Int),
        ("key", Type::Text),
        ("kind", Type::Text),
        ("target", Type::Text),
        ("entity", Type::Text),
        ("body", Type::Text),
        ("state", Type::Text),
        ("attempts", Type::Int),
        ("next_at", Type::Int),
        ("created_at", Type::Int),
    ],
    conflict: "on conflict do nothing",
};
const COLUMNS: &str = "market, seq, idx, key, kind, target, entity, body, state, attempts, next_at, last_error, \
                       created_at, delivered_at";

/// Puts effects into the outbox. One whose key is there already is left as it is.
///
/// # Errors
/// What the statement says.
pub fn put(tx: &mut Tx<'_>, market: MarketNo, parcels: &[Parcel]) -> Result<()> {
    let rows = parcels.iter().map(|p| {
        [
            Value::Int(market.0),
            Value::from(p.seq),
            Value::from(p.idx),
            Value::from(&p.key),
            Value::from(&p.kind),
            Value::from(&p.target),
            Value::from(&p.entity),
            Value::from(&p.body),
            Value::from(State::Waiting.name()),
            Value::Int(0),
            Value::from(p.next_at),
            Value::from(p.created_at),
        ]
    });
    tx.insert_many(&PUT, rows).map(drop)
}

/// Takes up to `limit` effects that are due, the first open one of its lane each, the longest due
/// first. Their next try is moved `lease` microseconds past `now`, so that no other deliverer takes
/// them meanwhile and they come back when this one dies. Ask [`next_due`] on a reader first: this
/// takes the writer.
///
/// # Errors
/// What the statement says.
pub fn take_due(tx: &mut Tx<'_>, now: Time, lease: i64, limit: usize) -> Result<Vec<Delivery>> {
    let sql = format!(
        "select {COLUMNS} from outbox o where state in ('waiting', 'failed') and next_at <= $1 and not exists (\
           select 1 from outbox e where e.state in ('waiting', 'failed') and e.market = o.market \
           and e.target = o.target and e.entity = o.entity and (e.seq, e.idx) < (o.seq, o.idx)) \
         order by next_at, market, seq, idx limit $2{}",
        tx.dialect().skip_locked()
    );
    let due = tx.query(&sql, &params![now, limit], delivery)?;
    for one in &due {
        tx.execute("update outbox set next_at = $1 where key = $2", &params![now.plus(lease), &one.parcel.key])?;
    }
    Ok(due)
}

/// The instant of the next try that is planned; none when nothing is open.
///
/// # Errors
/// What the statement says.
pub fn next_due(q: &mut Query<'_>) -> Result<Option<Time>> {
    let sql = "select next_at from outbox where state in ('waiting', 'failed') order by next_at limit 1";
    q.one(sql, &[], |row| row.get(0))
}

/// The receiver has it.
///
/// # Errors
/// What the statement says.
pub fn delivered(tx: &mut Tx<'_>, key: &str, at: Time) -> Result<()> {
    tx.execute(
        "update outbox set state = 'delivered', attempts = attempts + 1, delivered_at = $1, last_error = null \
         where key = $2",
        &params![at, key],
    )?;
    Ok(())
}

/// A try failed: the next is at `next_at`, or never when it is none. The rest of its lane waits too.
///
/// # Errors
/// What the statement says.
pub fn failed(tx: &mut Tx<'_>, key: &str, error: &str, next_at: Option<Time>) -> Result<()> {
    let error = clip(error);
    let Some(next_at) = next_at else {
        let sql = "update outbox set state = 'dead', attempts = attempts + 1, last_error = $1 where key = $2";
        tx.execute(sql, &params![error, key])?;
        return Ok(());
    };
    tx.execute(
        "update outbox set state = 'failed', attempts = attempts + 1, last_error = $1, next_at = $2 where key = $3",
        &params![error, next_at, key],
    )?;
    // Those behind are moved as well, so that looking for what is due does not step over them again and again.
    tx.execute(
        "update outbox set next_at = $1 where state in ('waiting', 'failed') and next_at < $1 and exists (\
           select 1 from outbox h where h.key = $2 and h.market = outbox.market and h.target = outbox.target \
           and h.entity = outbox.entity and (h.seq, h.idx) < (outbox.seq, outbox.idx))",
        &params![next_at, key],
    )?;
    Ok(())
}

/// When to try again after `attempts` failed tries: 5 s, doubling up to an hour, spread by the key
/// so that many do not come back at once; none when it is time to give up.
#[must_use]
pub fn next_try(key: &str, attempts: u32, now: Time) -> Option<Time> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let wait = ((5 * SECOND) << attempts.saturating_sub(1).min(20)).min(60 * MINUTE);
    let spread = key.bytes().fold(0i64, |sum, b| (sum * 31 + i64::from(b)) % 1_000);
    Some(now.plus(wait + wait / 10 * spread / 1_000))
}

/// Sends a dead or failed one again at once; false when it is in another state or not there. One
/// that had died may go out after later effects of its lane.
///
/// # Errors
/// What the statement says.
pub fn retry(tx: &mut Tx<'_>, key: &str, now: Time) -> Result<bool> {
    let sql = "update outbox set state = 'waiting', next_at = $1 where key = $2 and state in ('failed', 'dead')";
    Ok(tx.execute(sql, &params![now, key])? == 1)
}

/// Withdraws one that has not been delivered; false when it is too late or not there.
///
/// # Errors
/// What the statement says.
pub fn cancel(tx: &mut Tx<'_>, key: &str) -> Result<bool> {
    let sql = "update outbox set state = 'cancelled' where key = $1 and state in ('waiting', 'failed', 'dead')";
    Ok(tx.execute(sql, &params![key])? == 1)
}

/// One by its key.
///
/// # Errors
/// What the statement says.
pub fn get(q: &mut Query<'_>, key: &str) -> Result<Option<Delivery>> {
    q.one(&format!("select {COLUMNS} from outbox where key = $1"), &params![key], delivery)
}

/// All effects of one event, by index.
///
/// # Errors
/// What the statement says.
pub fn of_event(q: &mut Query<'_>, market: MarketNo, seq: u64) -> Result<Vec<Delivery>> {
    let sql = format!("select {COLUMNS} from outbox where market = $1 and seq = $2 order by idx");
    q.query(&sql, &params![market.0, seq], delivery)
}

/// How many stand in each state, in the order of [`State::ALL`]; of one market, or of all.
///
/// # Errors
/// What the statement says.
pub fn counts(q: &mut Query<'_>, market: Option<MarketNo>) -> Result<[u64; 5]> {
    let mut counts = [0; 5];
    let (least, most) = market.map_or((i64::MIN, i64::MAX), |market| (market.0, market.0));
    for (slot, state) in counts.iter_mut().zip(State::ALL) {
        let sql = "select count(*) from outbox where state = $1 and market >= $2 and market <= $3";
        *slot = q.one(sql, &params![state.name(), least, most], |row| row.get(0))?.unwrap_or(0);
    }
    Ok(counts)
}

/// Where a page of deliveries goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// When the last one shown was created.
    pub created_at: Time,
    /// Its market, seq and index.
    pub place: (i64, u64, u32),
}

impl Delivery {
    /// The cursor that goes on behind this one.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        Cursor { created_at: self.parcel.created_at, place: (self.market.0, self.parcel.seq, self.parcel.idx) }
    }
}

/// Up to `limit` deliveries behind a cursor (none: from the newest), newest first, of one state or of all.
///
/// # Errors
/// What the statement says.
pub fn page(q: &mut Query<'_>, state: Option<State>, before: Option<Cursor>, limit: usize) -> Result<Vec<Delivery>> {
    let cursor = before.unwrap_or(Cursor { created_at: Time(i64::MAX), place: (i64::MAX, 0, 0) });
    let (market, seq, idx) = cursor.place;
    let sql = format!(
        "select {COLUMNS} from outbox where state = $1 and (created_at, market, seq, idx) < ($2, $3, $4, $5) \
         order by created_at desc, market desc, seq desc, idx desc limit $6"
    );
    let mut items = Vec::new();
    for one in State::ALL.into_iter().filter(|one| state.is_none_or(|s| s == *one)) {
        let params = params![one.name(), cursor.created_at, market, seq, idx, limit];
        items.extend(q.query(&sql, &params, delivery)?);
    }
    items.sort_unstable_by_key(|d: &Delivery| std::cmp::Reverse(d.cursor()));
    items.truncate(limit);
    Ok(items)
}

/// Deletes up to `limit` that were delivered or withdrawn and are older than an instant; the number deleted.
///
/// # Errors
/// What the statement says.
pub fn drop_before(tx: &mut Tx<'_>, time: Time, limit: u64) -> Result<u64> {
    let mut dropped = 0;
    for state in [State::Delivered, State::Cancelled] {
        let sql = "delete from outbox where key in (\
                     select key from outbox where state = $1 and created_at < $2 order by created_at limit $3)";
        dropped += tx.execute(sql, &params![state.name(), time, limit - dropped])?;
    }
    Ok(dropped)
}

fn clip(text: &str) -> &str {
    let mut end = text.len().min(ERROR_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn delivery(row: &Row<'_>) -> Result<Delivery> {
    let state = row.text(8)?;
    Ok(Delivery {
        market: MarketNo(row.get(0)?),
        parcel: Parcel {
            seq: row.get(1)?,
            idx: row.get(2)?,
            key: row.get(3)?,
            kind: row.get(4)?,
            target: row.get(5)?,
            entity: row.get(6)?,
            body: row.get(7)?,
            next_at: row.get(10)?,
            created_at: row.get(12)?,
        },
        state: State::parse(state).ok_or_else(|| Error::Corrupt(format!("delivery state `{state}`")))?,
        attempts: row.get(9)?,
        last_error: row.get(11)?,
        delivered_at: row.get(13)?,
    })
}
