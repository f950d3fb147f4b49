//! Full decisions, kept only where a rule hit: the bytes that replay must reproduce.

use domain::{Mode, Time, Verdict};

use crate::connection::{Insert, Query, Tx};
use crate::log::{MAX_SEQ, MarketNo, Page};
use crate::value::{Type, Value};
use crate::{Result, params};

/// A decision on its way into the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The event's place in its market's log.
    pub seq: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// The decision as JSON.
    pub body: String,
    /// The rules that hit, each once, with the mode they hit in.
    pub rules: Vec<(String, Mode)>,
}

/// Which decisions a page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Only this verdict.
    pub verdict: Option<Verdict>,
    /// Only those where this rule hit, in whatever mode.
    pub rule: Option<String>,
}

const DECISION: Insert<3> = Insert {
    table: "decision",
    columns: [("pos", Type::Int), ("verdict", Type::Text), ("body", Type::Text)],
    conflict: "",
};
const HIT: Insert<3> = Insert {
    table: "decision_hit",
    columns: [("rule", Type::Text), ("pos", Type::Int), ("mode", Type::Text)],
    conflict: "",
};

/// Writes the decisions of a batch.
///
/// # Errors
/// [`crate::Error::Unique`] when one is there already.
pub fn put(tx: &mut Tx<'_>, market: MarketNo, decided: &[Decided]) -> Result<()> {
    tx.insert_many(
        &DECISION,
        decided.iter().map(|d| [Value::Int(market.pos(d.seq)), Value::from(d.verdict.name()), Value::from(&d.body)]),
    )?;
    let hits = decided.iter().flat_map(|d| {
        let pos = Value::Int(market.pos(d.seq));
        d.rules.iter().map(move |(rule, mode)| [Value::from(rule), pos, Value::from(mode_name(*mode))])
    });
    tx.insert_many(&HIT, hits)?;
    Ok(())
}

/// The decision of an event, as JSON; none when no rule hit.
///
/// # Errors
/// What the statement says.
pub fn get(q: &mut Query<'_>, market: MarketNo, seq: u64) -> Result<Option<String>> {
    q.one("select body from decision where pos = $1", &params![market.pos(seq)], |row| row.get(0))
}

/// Up to `limit` decisions after a seq, oldest first: (seq, JSON).
///
/// # Errors
/// What the statement says.
pub fn after(q: &mut Query<'_>, market: MarketNo, seq: u64, limit: usize) -> Result<Vec<(u64, String)>> {
    q.query(
        "select pos, body from decision where pos > $1 and pos <= $2 order by pos limit $3",
        &params![market.pos(seq), market.pos(MAX_SEQ), limit],
        |row| Ok((MarketNo::split(row.get(0)?).1, row.get(1)?)),
    )
}

/// A page of (seq, JSON) before a seq (none: from the newest), newest first.
///
/// # Errors
/// What the statement says.
pub fn page(
    q: &mut Query<'_>,
    market: MarketNo,
    before: Option<u64>,
    filter: &Filter,
    limit: usize,
) -> Result<Page<(u64, String)>> {
    let before = before.map_or(market.pos(MAX_SEQ), |seq| market.pos(seq));
    let verdict = filter.verdict.map_or("", Verdict::name);
    let rule = filter.rule.as_deref().unwrap_or_default();
    let (table, narrow) = match (rule.is_empty(), verdict.is_empty()) {
        (true, true) => ("decision d", "$3 = $4"),
        (true, false) => ("decision d", "d.verdict = $3 and $4 = ''"),
        (false, true) => ("decision_hit h join decision d on d.pos = h.pos", "$3 = '' and h.rule = $4"),
        (false, false) => ("decision_hit h join decision d on d.pos = h.pos", "d.verdict = $3 and h.rule = $4"),
    };
    let pos = if rule.is_empty() { "d.pos" } else { "h.pos" };
    let sql = format!(
        "select d.pos, d.body from {table} where {pos} > $1 and {pos} < $2 and {narrow} order by {pos} desc limit $5"
    );
    let params = params![market.pos(0), before, verdict, rule, limit];
    let items: Vec<(u64, String)> = q.query(&sql, &params, |row| Ok((MarketNo::split(row.get(0)?).1, row.get(1)?)))?;
    let next = items.last().filter(|_| items.len() == limit).map(|(seq, _)| *seq);
    Ok(Page { items, next })
}

/// How often each rule hit in a market from a seq on: (rule, mode, hits, last seq).
///
/// # Errors
/// What the statement says.
pub fn hits(q: &mut Query<'_>, market: MarketNo, from: u64) -> Result<Vec<(String, Mode, u64, u64)>> {
    q.query(
        "select rule, mode, count(*), max(pos) from decision_hit where pos >= $1 and pos <= $2 \
         group by rule, mode order by rule, mode",
        &params![market.pos(from), market.pos(MAX_SEQ)],
        |row| Ok((row.get(0)?, parse_mode(row.text(1)?), row.get(2)?, MarketNo::split(row.get(3)?).1)),
    )
}

/// When a rule last acted in a market, newest first: the times its events were received, after a seq, at most `limit`.
///
/// # Errors
/// What the statement says.
pub fn acted(q: &mut Query<'_>, market: MarketNo, rule: &str, after: u64, limit: usize) -> Result<Vec<Time>> {
    q.query(
        "select l.received_at from decision_hit h join log l on l.pos = h.pos \
         where h.rule = $1 and h.pos > $2 and h.pos <= $3 and h.mode in ('canary', 'live') order by h.pos desc limit $4",
        &params![rule, market.pos(after), market.pos(MAX_SEQ), limit],
        |row| row.get(0),
    )
}

/// How many decisions of each verdict a market has up to a seq.
///
/// # Errors
/// What the statement says.
pub fn verdicts(q: &mut Query<'_>, market: MarketNo, upto: u64) -> Result<Vec<(Verdict, u64)>> {
    q.query(
        "select verdict, count(*) from decision where pos > $1 and pos <= $2 group by verdict order by verdict",
        &params![market.pos(0), market.pos(upto)],
        |row| Ok((Verdict::parse(row.text(0)?).unwrap_or_default(), row.get(1)?)),
    )
}

const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Draft => "draft",
        Mode::Shadow => "shadow",
        Mode::Canary => "canary",
        Mode::Live => "live",
    }
}

fn parse_mode(name: &str) -> Mode {
    [Mode::Shadow, Mode::Canary, Mode::Live].into_iter().find(|m| mode_name(*m) == name).unwrap_or_default()
}
