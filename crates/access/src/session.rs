//! Sessions: a signed-in browser, known by the hash of its token alone.

use domain::{HOUR, MINUTE, Time};
use store::{Query, Result, Tx, params};

/// A session nobody used for this long has ended.
pub const IDLE: i64 = 2 * HOUR;
/// A session ends this long after it began, however busy: one working day.
pub const LIFE: i64 = 12 * HOUR;
/// `seen_at` is kept this coarse, so that reading costs no writing.
pub const SEEN_STEP: i64 = MINUTE;
/// Most sessions one agent has; a new one ends the oldest.
pub const MOST_PER_AGENT: usize = 10;

/// One signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token, in hex.
    pub fingerprint: String,
    /// Whose it is.
    pub login: String,
    /// When they signed in.
    pub created_at: Time,
    /// When it was last used, to the minute.
    pub seen_at: Time,
}

impl Session {
    /// Whether it still stands.
    #[must_use]
    pub const fn alive(&self, now: Time) -> bool {
        now.since(self.seen_at) < IDLE && now.since(self.created_at) < LIFE
    }

    /// Whether a use at `now` is worth writing down.
    #[must_use]
    pub const fn worth_noting(&self, now: Time) -> bool {
        now.since(self.seen_at) >= SEEN_STEP
    }
}

/// Writes a session, new or seen again.
///
/// # Errors
/// What the store says.
pub fn put_session(tx: &mut Tx<'_>, session: &Session) -> Result<()> {
    tx.execute(
        "insert into access_session (fingerprint, login, created_at, seen_at) values ($1, $2, $3, $4)
         on conflict (fingerprint) do update set seen_at = excluded.seen_at",
        &params![&session.fingerprint, &session.login, session.created_at, session.seen_at],
    )?;
    Ok(())
}

/// Ends sessions by fingerprint.
///
/// # Errors
/// What the store says.
pub fn drop_sessions(tx: &mut Tx<'_>, fingerprints: &[String]) -> Result<()> {
    for fingerprint in fingerprints {
        tx.execute("delete from access_session where fingerprint = $1", &params![fingerprint])?;
    }
    Ok(())
}

/// Every session, ended ones included.
///
/// # Errors
/// What the store says.
pub fn sessions(query: &mut Query<'_>) -> Result<Vec<Session>> {
    query.query("select fingerprint, login, created_at, seen_at from access_session", &[], |row| {
        Ok(Session { fingerprint: row.get(0)?, login: row.get(1)?, created_at: row.get(2)?, seen_at: row.get(3)? })
    })
}

#[cfg(test)]
mod tests {
    use domain::SECOND;

    use super::*;

    #[test]
    fn sessions_end_when_idle_and_when_old() {
        let mut session =
            Session { fingerprint: "f".into(), login: "mira".into(), created_at: Time(0), seen_at: Time(0) };
        assert!(session.alive(Time(IDLE - 1)) && !session.alive(Time(IDLE)));
        assert!(!session.worth_noting(Time(59 * SECOND)) && session.worth_noting(Time(60 * SECOND)));
        session.seen_at = Time(LIFE - 1);
        assert!(session.alive(Time(LIFE - 1)) && !session.alive(Time(LIFE)));
    }
}
