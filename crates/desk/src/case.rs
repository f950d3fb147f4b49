//! Cases: a queue's question about an entity, with every decision that asked it.

use domain::Time;
use serde::Serialize;
use store::{Query, Result, Row, Tx, params};

/// What a person found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The suspicion was right.
    Fraud,
    /// Nothing is wrong.
    Fine,
    /// It cannot be told.
    Unsure,
    /// The decision that opened it was taken back.
    Undone,
}

impl Finding {
    /// The name as the store and the API write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Finding::Fraud => "fraud",
            Finding::Fine => "fine",
            Finding::Unsure => "unsure",
            Finding::Undone => "undone",
        }
    }

    /// Reads what a person may say: `fraud`, `fine` or `unsure`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Finding::Fraud, Finding::Fine, Finding::Unsure].into_iter().find(|f| f.name() == name)
    }
}

/// One case as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    /// `market-seq-index` of the effect that opened it.
    pub id: String,
    /// Its market.
    pub market: String,
    /// Its queue.
    pub queue: String,
    /// Whom it is about, `kind:id`.
    pub entity: String,
    /// `open` or `closed`.
    pub state: String,
    /// Place of the decision that opened it.
    pub opened_seq: u64,
    /// When.
    pub opened_at: Time,
    /// When somebody should have looked.
    pub due_at: Option<Time>,
    /// That time passed while it was open.
    pub overdue: bool,
    /// How many decisions asked.
    pub events: u64,
    /// The highest score among them.
    pub score: f64,
    /// What was found.
    pub verdict: Option<String>,
    /// In the finder's words.
    pub note: Option<String>,
    /// Who works on it.
    pub claimed_by: Option<String>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// When.
    pub closed_at: Option<Time>,
}

/// A decision's question.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The id the case gets if none is open.
    pub id: &'a str,
    /// Its market.
    pub market: &'a str,
    /// The queue.
    pub queue: &'a str,
    /// Whom it is about, `kind:id`.
    pub entity: &'a str,
    /// Place of the decision.
    pub seq: u64,
    /// Time of its event.
    pub at: Time,
    /// When somebody should have looked.
    pub due_at: Option<Time>,
    /// The decision's score.
    pub score: f64,
}

const COLUMNS: &str = "id, market, queue, entity, state, opened_seq, opened_at, due_at, overdue, events, score, verdict, \
                       note, claimed_by, closed_by, closed_at";

/// Opens a case, or joins the open one about the same entity in the same queue. Gives its id and whether it is new.
///
/// # Errors
/// What the statement says.
pub fn open_or_join(tx: &mut Tx<'_>, question: &Question<'_>) -> Result<(String, bool)> {
    let open = "select id from case_file where market = $1 and queue = $2 and entity = $3 and state = 'open' limit 1";
    let known: Option<String> =
        tx.one(open, &params![question.market, question.queue, question.entity], |row| row.get(0))?;
    let (id, new) = match known {
        Some(id) => {
            let join = "update case_file set events = events + 1, score = case when score < $1 then $1 else score end where id = $2";
            tx.execute(join, &params![question.score, &id])?;
            (id, false)
        }
        None => {
            let insert = "insert into case_file (id, market, queue, entity, state, opened_seq, opened_at, due_at, overdue, events, score) \
                          values ($1, $2, $3, $4, 'open', $5, $6, $7, 0, 1, $8)";
            let q = question;
            tx.execute(insert, &params![q.id, q.market, q.queue, q.entity, q.seq, q.at, q.due_at, q.score])?;
            (q.id.to_owned(), true)
        }
    };
    let link = "insert into case_decision (case_id, seq) values ($1, $2) on conflict do nothing";
    tx.execute(link, &params![&id, question.seq])?;
    Ok((id, new))
}

/// One person takes the case; false when it is closed or somebody else has it.
///
/// # Errors
/// What the statement says.
pub fn claim(tx: &mut Tx<'_>, id: &str, by: &str) -> Result<bool> {
    let sql = "update case_file set claimed_by = $1 where id = $2 and state = 'open' and (claimed_by is null or claimed_by = $1)";
    Ok(tx.execute(sql, &params![by, id])? == 1)
}

/// Closes an open case; false when it is not open.
///
/// # Errors
/// What the statement says.
pub fn close(tx: &mut Tx<'_>, id: &str, finding: Finding, note: &str, by: &str, at: Time) -> Result<bool> {
    let sql = "update case_file set state = 'closed', verdict = $1, note = $2, closed_by = $3, closed_at = $4 where id = $5 and state = 'open'";
    Ok(tx.execute(sql, &params![finding.name(), note, by, at, id])? == 1)
}

/// Opens a closed case again; false when it is open, or when another about the same entity is.
///
/// # Errors
/// What the statement says.
pub fn reopen(tx: &mut Tx<'_>, id: &str) -> Result<bool> {
    let sql = "update case_file set state = 'open', verdict = null, note = null, closed_by = null, closed_at = null \
               where id = $1 and state = 'closed' and not exists (select 1 from case_file o where o.state = 'open' \
               and o.market = case_file.market and o.queue = case_file.queue and o.entity = case_file.entity)";
    Ok(tx.execute(sql, &params![id])? == 1)
}

/// Notes that a case's time passed; false when it is not open any more.
///
/// # Errors
/// What the statement says.
pub fn overdue(tx: &mut Tx<'_>, id: &str) -> Result<bool> {
    Ok(tx.execute("update case_file set overdue = 1 where id = $1 and state = 'open'", &params![id])? == 1)
}

/// One case.
///
/// # Errors
/// What the statement says.
pub fn get(q: &mut Query<'_>, id: &str) -> Result<Option<Case>> {
    q.one(&format!("select {COLUMNS} from case_file where id = $1"), &params![id], case)
}

/// The places of the decisions of a case, newest first, at most `limit`.
///
/// # Errors
/// What the statement says.
pub fn decisions(q: &mut Query<'_>, id: &str, limit: usize) -> Result<Vec<u64>> {
    q.query("select seq from case_decision where case_id = $1 order by seq desc limit $2", &params![id, limit], |row| {
        row.get(0)
    })
}

/// Cases about an entity, newest first, at most `limit`.
///
/// # Errors
/// What the statement says.
pub fn about(q: &mut Query<'_>, market: &str, entity: &str, limit: usize) -> Result<Vec<Case>> {
    let sql =
        format!("select {COLUMNS} from case_file where market = $1 and entity = $2 order by opened_at desc limit $3");
    q.query(&sql, &params![market, entity, limit], case)
}

/// Which cases a page shows; empty texts mean all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One market.
    pub market: String,
    /// One queue.
    pub queue: String,
    /// `open` or `closed`.
    pub state: String,
}

/// A page, newest first; `before` is the (opened_at, id) of the last case shown.
///
/// # Errors
/// What the statement says.
pub fn page(q: &mut Query<'_>, filter: &Filter, before: Option<(Time, &str)>, limit: usize) -> Result<Vec<Case>> {
    let (at, id) = before.unwrap_or((Time(i64::MAX), ""));
    let sql = format!(
        "select {COLUMNS} from case_file where ($1 = '' or market = $1) and ($2 = '' or queue = $2) and ($3 = '' or state = $3) \
         and (opened_at < $4 or (opened_at = $4 and id < $5)) order by opened_at desc, id desc limit $6"
    );
    q.query(&sql, &params![&filter.market, &filter.queue, &filter.state, at, id, limit], case)
}

/// Open and overdue cases of each queue: (queue, open, overdue).
///
/// # Errors
/// What the statement says.
pub fn counts(q: &mut Query<'_>, market: &str) -> Result<Vec<(String, u64, u64)>> {
    let sql = "select queue, count(*), cast(sum(overdue) as bigint) from case_file where state = 'open' and ($1 = '' or market = $1) \
               group by queue order by queue";
    q.query(sql, &params![market], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

fn case(row: &Row<'_>) -> Result<Case> {
    Ok(Case {
        id: row.get(0)?,
        market: row.get(1)?,
        queue: row.get(2)?,
        entity: row.get(3)?,
        state: row.get(4)?,
        opened_seq: row.get(5)?,
        opened_at: row.get(6)?,
        due_at: row.get(7)?,
        overdue: row.get::<i64>(8)? != 0,
        events: row.get(9)?,
        score: row.get(10)?,
        verdict: row.get(11)?,
        note: row.get(12)?,
        claimed_by: row.get(13)?,
        closed_by: row.get(14)?,
        closed_at: row.get(15)?,
    })
}
