//! The directory: every agent, key and session in memory, so that asking who is there costs no query.
//! The rows beside it are the truth; this is read from them and changed after each commit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::Time;
use store::{Query, Result};

use crate::{Agent, ApiKey, MOST_PER_AGENT, Role, Session, fingerprint};

/// Agents, keys and sessions by what a request shows of them.
#[derive(Default)]
pub struct Directory {
    agents: BTreeMap<String, Arc<Agent>>,
    keys: HashMap<String, Arc<ApiKey>>,
    sessions: HashMap<String, Session>,
}

impl Directory {
    /// Builds it from the rows.
    #[must_use]
    pub fn new(agents: Vec<Agent>, keys: Vec<ApiKey>, sessions: Vec<Session>) -> Directory {
        Directory {
            agents: agents.into_iter().map(|a| (a.login.clone(), Arc::new(a))).collect(),
            keys: keys.into_iter().map(|k| (k.fingerprint.clone(), Arc::new(k))).collect(),
            sessions: sessions.into_iter().map(|s| (s.fingerprint.clone(), s)).collect(),
        }
    }

    /// Reads every row.
    ///
    /// # Errors
    /// What the store says.
    pub fn load(query: &mut Query<'_>) -> Result<Directory> {
        Ok(Directory::new(crate::agents(query)?, crate::keys(query)?, crate::sessions(query)?))
    }

    /// The agent behind a session token, with the session; `None` when it ended or the agent was disabled.
    #[must_use]
    pub fn by_token(&self, token: &str, now: Time) -> Option<(Arc<Agent>, Session)> {
        let session = self.sessions.get(&fingerprint(token)).filter(|s| s.alive(now))?;
        let agent = self.agents.get(&session.login).filter(|a| a.active())?;
        Some((Arc::clone(agent), session.clone()))
    }

    /// The key a program shows.
    #[must_use]
    pub fn by_key(&self, secret: &str) -> Option<Arc<ApiKey>> {
        self.keys.get(&fingerprint(secret)).cloned()
    }

    /// One agent by login.
    #[must_use]
    pub fn agent(&self, login: &str) -> Option<Arc<Agent>> {
        self.agents.get(login).cloned()
    }

    /// Every agent, by login.
    #[must_use]
    pub fn agents(&self) -> Vec<Arc<Agent>> {
        self.agents.values().cloned().collect()
    }

    /// Every key, the newest first.
    #[must_use]
    pub fn keys(&self) -> Vec<Arc<ApiKey>> {
        let mut keys: Vec<_> = self.keys.values().cloned().collect();
        keys.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        keys
    }

    /// How many admins may sign in. The last one can neither be disabled nor lose the role.
    #[must_use]
    pub fn admins(&self) -> usize {
        self.agents.values().filter(|a| a.active() && a.role == Role::Admin).count()
    }

    /// Puts an agent in, new or changed.
    pub fn put_agent(&mut self, agent: Agent) {
        self.agents.insert(agent.login.clone(), Arc::new(agent));
    }

    /// Puts a key in, new or changed.
    pub fn put_key(&mut self, key: ApiKey) {
        self.keys.insert(key.fingerprint.clone(), Arc::new(key));
    }

    /// Takes a key out by its public id.
    pub fn drop_key(&mut self, id: &str) -> Option<Arc<ApiKey>> {
        let fingerprint = self.keys.values().find(|k| k.id == id)?.fingerprint.clone();
        self.keys.remove(&fingerprint)
    }

    /// Puts a session in, new or seen again.
    pub fn put_session(&mut self, session: Session) {
        self.sessions.insert(session.fingerprint.clone(), session);
    }

    /// Takes a session out.
    pub fn drop_session(&mut self, fingerprint: &str) {
        self.sessions.remove(fingerprint);
    }

    /// The sessions of one agent, the newest first.
    #[must_use]
    pub fn sessions_of(&self, login: &str) -> Vec<Session> {
        let mut list: Vec<_> = self.sessions.values().filter(|s| s.login == login).cloned().collect();
        list.sort_by_key(|s| std::cmp::Reverse(s.created_at));
        list
    }

    /// Fingerprints to forget when one more session of this agent begins: those that ended, of anybody, and the
    /// oldest beyond the agent's share.
    #[must_use]
    pub fn surplus(&self, login: &str, now: Time) -> Vec<String> {
        let ended = self.sessions.values().filter(|s| !s.alive(now)).map(|s| s.fingerprint.clone());
        let mine = self.sessions_of(login).into_iter().filter(|s| s.alive(now));
        ended.chain(mine.skip(MOST_PER_AGENT - 1).map(|s| s.fingerprint)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IDLE, LIFE};

    fn agent(login: &str, role: Role) -> Agent {
        Agent {
            login: login.into(),
            name: login.into(),
            role,
            language: "en".into(),
            theme: "auto".into(),
            hash: String::new(),
            created_at: Time(0),
            disabled_at: None,
        }
    }

    fn session(token: &str, login: &str, at: i64) -> Session {
        Session { fingerprint: fingerprint(token), login: login.into(), created_at: Time(at), seen_at: Time(at) }
    }

    #[test]
    fn a_token_opens_only_while_session_and_agent_stand() {
        let mut dir = Directory::new(vec![agent("mira", Role::Admin)], vec![], vec![session("t", "mira", 0)]);
        assert!(dir.by_token("t", Time(1)).is_some());
        assert!(dir.by_token("u", Time(1)).is_none());
        assert!(dir.by_token(&fingerprint("t"), Time(1)).is_none(), "the stored hash is no token");
        assert!(dir.by_token("t", Time(IDLE)).is_none());
        let gone = Agent { disabled_at: Some(Time(1)), ..agent("mira", Role::Admin) };
        dir.put_agent(gone);
        assert!(dir.by_token("t", Time(1)).is_none());
        assert_eq!(dir.admins(), 0);
    }

    #[test]
    fn sessions_stay_few() {
        let mut dir = Directory::new(vec![agent("mira", Role::Agent)], vec![], vec![session("old", "noor", -LIFE)]);
        for i in 0..25 {
            for gone in dir.surplus("mira", Time(i)) {
                dir.drop_session(&gone);
            }
            dir.put_session(session(&format!("t{i}"), "mira", i));
        }
        assert_eq!(dir.sessions_of("mira").len(), MOST_PER_AGENT);
        assert!(dir.by_token("t24", Time(25)).is_some() && dir.by_token("t14", Time(25)).is_none());
        assert!(dir.sessions_of("noor").is_empty(), "ended sessions are swept");
    }
}
