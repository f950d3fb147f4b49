//! The log of events: the truth everything else is a fold of.
//!
//! Every market has its own dense sequence, counted from 1 by its one worker. Appending touches no
//! index but the log's own order, so it costs the same at ten rows and at ten million. Identity and
//! timelines are found through [`crate::index`]; full decisions stand in [`crate::decisions`].

use domain::{EntityRef, Personal, Time, Verdict};
use serde::{Deserialize, Serialize};

use crate::connection::{Insert, Query, Tx};
use crate::value::{Row, Type, Value};
use crate::{Error, Migration, Result, params};

pub(crate) const MIGRATIONS: &[Migration] =
    &[Migration { room: "store", number: 1, sql: include_str!("../migrations/store-1.sql") }];

/// Bits of a position that count within a market.
const SEQ_BITS: u32 = 40;
/// The highest seq a market can reach.
pub const MAX_SEQ: u64 = (1 << SEQ_BITS) - 1;
/// How many rows a filtered page looks at before it stops early and hands back its cursor.
const SCAN: u64 = 20_000;
/// How many rows one statement of a look-up by seq names.
const NAMED: usize = 64;

/// A market by its number in this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MarketNo(pub i64);

impl MarketNo {
    /// The place of a seq in the order of all markets.
    pub(crate) const fn pos(self, seq: u64) -> i64 {
        (self.0 << SEQ_BITS) | (if seq > MAX_SEQ { MAX_SEQ } else { seq }) as i64
    }

    /// The market and seq of a place.
    pub(crate) const fn split(pos: i64) -> (MarketNo, u64) {
        (MarketNo(pos >> SEQ_BITS), pos as u64 & MAX_SEQ)
    }
}

/// One event as the log keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Place in the market's log, from 1 without gaps.
    pub seq: u64,
    /// Unique within (market, source).
    pub id: String,
    /// Who said so.
    pub source: String,
    /// The event's type.
    pub kind: String,
    /// When it happened.
    pub time: Time,
    /// When a door took it in.
    pub received_at: Time,
    /// What it is about.
    pub subject: Option<String>,
    /// Who did it, as `kind:id`.
    pub actor: Option<String>,
    /// JSON object of the fields that are nobody's personal data.
    pub data: String,
    /// JSON object of the personal fields.
    pub personal: Option<Personal<String>>,
    /// JSON of the signals read from its texts.
    pub signals: Option<String>,
    /// Its entities as [`entities_text`] writes them.
    pub entities: String,
    /// Digest of what the sender sent, to tell a repeat from a contradiction.
    pub digest: [u8; 16],
    /// The verdict.
    pub verdict: Verdict,
    /// 0 to 1.
    pub score: f64,
}

/// An entity of an event and the field that names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityAt(
    /// The field: `seller`.
    pub String,
    /// Who or what.
    pub EntityRef,
);

/// Writes an event's entities for [`Entry::entities`].
#[must_use]
pub fn entities_text(entities: &[EntityAt]) -> String {
    let rows: Vec<[&str; 3]> = entities.iter().map(|EntityAt(role, e)| [&**role, &*e.kind, &*e.id]).collect();
    serde_json::to_string(&rows).unwrap_or_default()
}

impl Entry {
    /// Reads the entities back.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the text was not written by [`entities_text`].
    pub fn entities(&self) -> Result<Vec<EntityAt>> {
        let rows = parse_entities(&self.entities)?;
        Ok(rows.into_iter().map(|[role, kind, id]| EntityAt(role.into(), EntityRef::new(kind, id))).collect())
    }
}

type Part<'a> = std::borrow::Cow<'a, str>;

/// The (role, kind, id) of each entity, borrowed where the text needs no unescaping.
pub(crate) fn parse_entities(text: &str) -> Result<Vec<[Part<'_>; 3]>> {
    serde_json::from_str(text).map_err(|e| Error::Corrupt(format!("entities of a log row: {e}")))
}

const APPEND: Insert<15> = Insert {
    table: "log",
    columns: [
        ("pos", Type::Int),
        ("id", Type::Text),
        ("source", Type::Text),
        ("type", Type::Text),
        ("time", Type::Int),
        ("received_at", Type::Int),
        ("subject", Type::Text),
        ("actor", Type::Text),
        ("data", Type::Text),
        ("personal", Type::Text),
        ("signals", Type::Text),
        ("entities", Type::Text),
        ("digest", Type::Blob),
        ("verdict", Type::Text),
        ("score", Type::Real),
    ],
    conflict: "",
};
/// The columns an [`Entry`] is read from.
pub(crate) const COLUMNS: &str = "pos, id, source, type, time, received_at, subject, actor, data, personal, signals, entities, \
                       digest, verdict, score";

/// How many those are.
pub(crate) const COLUMN_COUNT: usize = 15;

/// Appends events to a market's log; their seqs are the caller's and must be new.
///
/// # Errors
/// [`Error::Unique`] when a seq is taken, which means two workers write one market.
pub fn append(tx: &mut Tx<'_>, market: MarketNo, entries: &[Entry]) -> Result<()> {
    let rows = entries.iter().map(|e| {
        [
            Value::Int(market.pos(e.seq)),
            Value::from(&e.id),
            Value::from(&e.source),
            Value::from(&e.kind),
            Value::from(e.time),
            Value::from(e.received_at),
            Value::from(&e.subject),
            Value::from(&e.actor),
            Value::from(&e.data),
            Value::from(e.personal.as_ref().map(Personal::expose)),
            Value::from(&e.signals),
            Value::from(&e.entities),
            Value::from(&e.digest[..]),
            Value::from(e.verdict.name()),
            Value::from(e.score),
        ]
    });
    tx.insert_many(&APPEND, rows).map(drop)
}

/// The number of a market, given one when it has none yet.
///
/// # Errors
/// What the statement says.
pub fn market(tx: &mut Tx<'_>, name: &str) -> Result<MarketNo> {
    tx.execute(
        "insert into market (no, name, floor) select coalesce(max(no), 0) + 1, $1, 0 from market where true \
         on conflict (name) do nothing",
        &params![name],
    )?;
    find_market(tx, name)?.ok_or_else(|| Error::Corrupt("a market just written is not there".into()))
}

/// The number of a market this store has heard of.
///
/// # Errors
/// What the statement says.
pub fn find_market(q: &mut Query<'_>, name: &str) -> Result<Option<MarketNo>> {
    q.one("select no from market where name = $1", &params![name], |row| row.get(0).map(MarketNo))
}

/// All markets of the store, by number.
///
/// # Errors
/// What the statement says.
pub fn markets(q: &mut Query<'_>) -> Result<Vec<(MarketNo, String)>> {
    q.query("select no, name from market order by no", &[], |row| Ok((MarketNo(row.get(0)?), row.get(1)?)))
}

/// The last seq a market has used; 0 before the first.
///
/// # Errors
/// What the statement says.
pub fn last_seq(q: &mut Query<'_>, market: MarketNo) -> Result<u64> {
    let last = q.one(
        "select pos from log where pos > $1 and pos <= $2 order by pos desc limit 1",
        &params![market.pos(0), market.pos(MAX_SEQ)],
        |row| row.get(0).map(|pos| MarketNo::split(pos).1),
    )?;
    Ok(last.unwrap_or(0).max(floor(q, market)?))
}

/// The highest seq that [`drop_before`] has deleted; 0 when the log is whole.
///
/// # Errors
/// What the statement says.
pub fn floor(q: &mut Query<'_>, market: MarketNo) -> Result<u64> {
    Ok(q.one("select floor from market where no = $1", &params![market.0], |row| row.get(0))?.unwrap_or(0))
}

/// Up to `limit` events after a seq, oldest first.
///
/// # Errors
/// What the statement says.
pub fn after(q: &mut Query<'_>, market: MarketNo, seq: u64, limit: usize) -> Result<Vec<Entry>> {
    let sql = format!("select {COLUMNS} from log where pos > $1 and pos <= $2 order by pos limit $3");
    q.query(&sql, &params![market.pos(seq), market.pos(MAX_SEQ), limit], entry)
}

/// One event.
///
/// # Errors
/// What the statement says.
pub fn get(q: &mut Query<'_>, market: MarketNo, seq: u64) -> Result<Option<Entry>> {
    let sql = format!("select {COLUMNS} from log where pos = $1");
    q.one(&sql, &params![market.pos(seq)], entry)
}

/// The events of some seqs in the order asked for; those that are not there are left out.
///
/// # Errors
/// What the statement says.
pub fn get_many(q: &mut Query<'_>, market: MarketNo, seqs: &[u64]) -> Result<Vec<Entry>> {
    let mut found = named(q, COLUMNS, market, seqs, entry)?;
    let place: rustc_hash::FxHashMap<u64, usize> = seqs.iter().enumerate().map(|(i, seq)| (*seq, i)).collect();
    found.sort_by_key(|entry| place.get(&entry.seq).copied());
    Ok(found)
}

/// Reads some columns of the rows with the seqs given, in no order.
pub(crate) fn named<T>(
    q: &mut Query<'_>,
    columns: &str,
    market: MarketNo,
    seqs: &[u64],
    mut read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let slots = (1..=NAMED).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ");
    let many = format!("select {columns} from log where pos in ({slots})");
    let single = format!("select {columns} from log where pos = $1");
    let mut found = Vec::with_capacity(seqs.len());
    for chunk in seqs.chunks(NAMED) {
        let mut params: Vec<Value<'_>> = chunk.iter().map(|seq| Value::Int(market.pos(*seq))).collect();
        let sql = if chunk.len() == 1 { &single } else { &many };
        if chunk.len() > 1 {
            params.resize(NAMED, Value::Null);
        }
        found.extend(q.query(sql, &params, &mut read)?);
    }
    Ok(found)
}

/// What a page of the log may be narrowed to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Only this event type.
    pub kind: Option<String>,
    /// Only this verdict.
    pub verdict: Option<Verdict>,
    /// Only this source.
    pub source: Option<String>,
}

/// A page, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What was found.
    pub items: Vec<T>,
    /// Give this as `before` for the next page; none at the end. A narrow filter may hand back few
    /// items, or none, and yet a cursor: a page looks at a bounded number of rows.
    pub next: Option<u64>,
}

/// A page of events before a seq (none: from the newest), newest first.
///
/// # Errors
/// What the statement says.
pub fn page(
    q: &mut Query<'_>,
    market: MarketNo,
    before: Option<u64>,
    filter: &Filter,
    limit: usize,
) -> Result<Page<Entry>> {
    let before = match before {
        Some(seq) => seq.min(MAX_SEQ),
        None => last_seq(q, market)? + 1,
    };
    let sql = format!(
        "select {COLUMNS} from log where pos > $1 and pos < $2 and ($3 = '' or type = $3) and ($4 = '' or verdict = $4) \
         and ($5 = '' or source = $5) order by pos desc limit $6"
    );
    // Seqs have no gaps, so this is how far the scan goes.
    let end = before.saturating_sub(SCAN);
    let kind = filter.kind.as_deref().unwrap_or_default();
    let verdict = filter.verdict.map_or("", Verdict::name);
    let source = filter.source.as_deref().unwrap_or_default();
    let params = params![market.pos(end), market.pos(before), kind, verdict, source, limit];
    let items = q.query(&sql, &params, entry)?;
    let next = match items.last() {
        Some(last) if items.len() == limit => Some(last.seq),
        _ if end > floor(q, market)? => Some(end + 1),
        _ => None,
    };
    Ok(Page { items, next })
}

/// The first seq whose event was received at or after an instant, or one past the last. Doors stamp
/// events as they come, so the log is in that order but for moments; use it to find a range of days.
///
/// # Errors
/// What the statement says.
pub fn seq_at(q: &mut Query<'_>, market: MarketNo, time: Time) -> Result<u64> {
    let (mut low, mut high) = (floor(q, market)? + 1, last_seq(q, market)? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let received = q.one("select received_at from log where pos = $1", &params![market.pos(middle)], |row| {
            row.get::<Time>(0)
        })?;
        if received.is_none_or(|at| at < time) { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

/// Retention: deletes up to `limit` of the oldest events received before an instant and not after
/// the seq `upto`, with their decisions, and remembers how far it came; the number deleted. Call it again until it says 0: each
/// call is a short transaction of its own, so that the market's worker hardly waits. The index needs
/// no word of it: what it still points to is not there any more.
///
/// # Errors
/// What the statement says.
pub fn drop_before(tx: &mut Tx<'_>, market: MarketNo, time: Time, upto: u64, limit: u64) -> Result<u64> {
    let first = floor(tx, market)? + 1;
    let end = seq_at(tx, market, time)?.min(first.saturating_add(limit)).min(upto.saturating_add(1));
    if end <= first {
        return Ok(0);
    }
    let (from, to) = (market.pos(first), market.pos(end));
    let hits =
        "delete from decision_hit where pos >= $1 and pos < $2 and rule in (select distinct rule from decision_hit)";
    tx.execute(hits, &params![from, to])?;
    tx.execute("delete from decision where pos >= $1 and pos < $2", &params![from, to])?;
    let dropped = tx.execute("delete from log where pos >= $1 and pos < $2", &params![from, to])?;
    tx.execute("update market set floor = $1 where no = $2", &params![end - 1, market.0])?;
    Ok(dropped)
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    let verdict = row.text(13)?;
    let digest: Vec<u8> = row.get(12)?;
    Ok(Entry {
        seq: MarketNo::split(row.get(0)?).1,
        id: row.get(1)?,
        source: row.get(2)?,
        kind: row.get(3)?,
        time: row.get(4)?,
        received_at: row.get(5)?,
        subject: row.get(6)?,
        actor: row.get(7)?,
        data: row.get(8)?,
        personal: row.get::<Option<String>>(9)?.map(Personal::new),
        signals: row.get(10)?,
        entities: row.get(11)?,
        digest: digest.try_into().map_err(|_| Error::Corrupt("digest of a log row".into()))?,
        verdict: Verdict::parse(verdict).ok_or_else(|| Error::Corrupt(format!("verdict `{verdict}`")))?,
        score: row.get(14)?,
    })
}
