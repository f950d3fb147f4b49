//! Changes of policy that wait for a second person: who wrote them, what they let through, and what became of them.

use decision::pack::Files;
use domain::Time;
use store::{Query, Row, Tx, params};

/// The most proposals that may be open at once.
pub const LIMIT_OPEN: u64 = 100;

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has decided yet.
    Open,
    /// In force since.
    Approved,
    /// Somebody else said no.
    Declined,
    /// Its author took it back.
    Withdrawn,
}

impl State {
    /// The name as the API and the store write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Approved => "approved",
            State::Declined => "declined",
            State::Withdrawn => "withdrawn",
        }
    }

    /// Reads a name written by [`State::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<State> {
        [State::Open, State::Approved, State::Declined, State::Withdrawn].into_iter().find(|s| s.name() == name)
    }
}

/// One proposal, without its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Its name.
    pub id: String,
    /// What became of it.
    pub state: State,
    /// An agent's login or a key's id.
    pub author: String,
    /// Of a key: the agent who made it.
    pub maker: Option<String>,
    /// Why.
    pub note: String,
    /// When it was made.
    pub at: Time,
    /// The policy it was written over.
    pub base: String,
    /// The policy it would be.
    pub hash: String,
    /// The allow rules it adds or widens.
    pub rules: Vec<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Time>,
    /// Why, when it was not approved.
    pub why: Option<String>,
}

impl Proposal {
    /// Whether this person wrote it, or made the key that did.
    #[must_use]
    pub fn is_by(&self, login: &str) -> bool {
        self.author == login || self.maker.as_deref() == Some(login)
    }
}

const COLUMNS: &str = "id, state, author, maker, note, at, base, hash, rules, decided_by, decided_at, why";

fn read(row: &Row<'_>) -> store::Result<Proposal> {
    let state = row.text(1)?;
    Ok(Proposal {
        id: row.get(0)?,
        state: State::parse(state).ok_or_else(|| store::Error::Corrupt(format!("proposal state `{state}`")))?,
        author: row.get(2)?,
        maker: row.get(3)?,
        note: row.get(4)?,
        at: row.get(5)?,
        base: row.get(6)?,
        hash: row.get(7)?,
        rules: row.json(8)?,
        decided_by: row.get(9)?,
        decided_at: row.get(10)?,
        why: row.get(11)?,
    })
}

/// Proposals newest first, of one state or all, at most `limit`.
///
/// # Errors
/// What the statement says.
pub fn list(q: &mut Query<'_>, state: Option<State>, limit: usize) -> store::Result<Vec<Proposal>> {
    let sql = format!(
        "select {COLUMNS} from policy_proposal where ($1 = '' or state = $1) order by at desc, id desc limit $2"
    );
    q.query(&sql, &params![state.map_or("", State::name), limit], read)
}

/// One proposal.
///
/// # Errors
/// What the statement says.
pub fn get(q: &mut Query<'_>, id: &str) -> store::Result<Option<Proposal>> {
    q.one(&format!("select {COLUMNS} from policy_proposal where id = $1"), &params![id], read)
}

/// One proposal with the whole pack it proposes.
///
/// # Errors
/// What the statement says.
pub fn with_files(q: &mut Query<'_>, id: &str) -> store::Result<Option<(Proposal, Files)>> {
    let Some(proposal) = get(q, id)? else { return Ok(None) };
    let files = q.one("select files from policy_proposal where id = $1", &params![id], |row| row.json(0))?;
    Ok(files.map(|files| (proposal, files)))
}

/// How many are open.
pub(crate) fn open(q: &mut Query<'_>) -> store::Result<u64> {
    Ok(q.one("select count(*) from policy_proposal where state = 'open'", &[], |row| row.get(0))?.unwrap_or(0))
}

/// Stores a new proposal.
pub(crate) fn put(tx: &mut Tx<'_>, proposal: &Proposal, files: &Files) -> store::Result<()> {
    let files = serde_json::to_string(files).unwrap_or_default();
    let rules = serde_json::to_string(&proposal.rules).unwrap_or_default();
    let sql = "insert into policy_proposal (id, state, author, maker, note, at, base, hash, files, rules) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    tx.execute(
        sql,
        &params![
            &proposal.id,
            proposal.state.name(),
            &proposal.author,
            &proposal.maker,
            &proposal.note,
            proposal.at,
            &proposal.base,
            &proposal.hash,
            &files,
            &rules
        ],
    )
    .map(drop)
}

/// Decides an open proposal; false when it was decided before.
pub(crate) fn decide(tx: &mut Tx<'_>, id: &str, state: State, by: &str, why: &str, at: Time) -> store::Result<bool> {
    let sql = "update policy_proposal set state = $1, decided_by = $2, decided_at = $3, why = $4 \
               where id = $5 and state = 'open'";
    Ok(tx.execute(sql, &params![state.name(), by, at, why, id])? == 1)
}
