//! What every handler shares.

use std::sync::Arc;

use access::{Agent, ApiKey, Session};
use store::{Query, Store, Tx};

use tokio::sync::watch;

use crate::api::Problem;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::people::People;

/// The running house, shared by every request.
pub type Shared = Arc<App>;

/// The parts of the running house.
pub struct App {
    /// How it was set up.
    pub config: Config,
    /// Where truth is kept.
    pub store: Store,
    /// Who may do what.
    pub people: People,
    /// What was counted.
    pub metrics: Metrics,
    /// Turns true when the house closes; long answers end then.
    pub closing: watch::Sender<bool>,
    /// The description of the API, ready to send.
    pub openapi: String,
}

impl App {
    /// Joins the parts.
    #[must_use]
    pub fn new(config: Config, store: Store, people: People) -> App {
        let openapi = crate::api::openapi::text();
        App { config, store, people, metrics: Metrics::default(), closing: watch::Sender::new(false), openapi }
    }

    /// Reads from the store off the async threads.
    ///
    /// # Errors
    /// What `work` says; a store that is busy is a 503.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Query<'_>) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        off_thread(move || store.read(work)).await
    }

    /// Writes a room's own rows (people, keys, sessions) off the async threads, in one transaction.
    ///
    /// # Errors
    /// What `work` says; a store that is busy is a 503.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> store::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = self.store.clone();
        off_thread(move || store.write(work)).await
    }

    /// Begins a session and ends the surplus of older ones.
    ///
    /// # Errors
    /// What the store says.
    pub async fn begin_session(&self, session: Session) -> Result<(), Problem> {
        let gone = self.people.read().surplus(&session.login, session.created_at);
        let (row, rows) = (session.clone(), gone.clone());
        self.write(move |tx| {
            access::drop_sessions(tx, &rows)?;
            access::put_session(tx, &row)
        })
        .await?;
        let mut directory = self.people.write();
        gone.iter().for_each(|f| directory.drop_session(f));
        directory.put_session(session);
        Ok(())
    }

    /// Ends sessions by fingerprint.
    ///
    /// # Errors
    /// What the store says.
    pub async fn end_sessions(&self, fingerprints: Vec<String>) -> Result<(), Problem> {
        if fingerprints.is_empty() {
            return Ok(());
        }
        let rows = fingerprints.clone();
        self.write(move |tx| access::drop_sessions(tx, &rows)).await?;
        let mut directory = self.people.write();
        fingerprints.iter().for_each(|f| directory.drop_session(f));
        Ok(())
    }

    /// Saves an agent, new or changed.
    ///
    /// # Errors
    /// What the store says.
    pub async fn save_agent(&self, agent: Agent) -> Result<(), Problem> {
        let row = agent.clone();
        self.write(move |tx| access::put_agent(tx, &row)).await?;
        self.people.write().put_agent(agent);
        Ok(())
    }

    /// Saves a key, new or used.
    ///
    /// # Errors
    /// What the store says.
    pub async fn save_key(&self, key: ApiKey) -> Result<(), Problem> {
        let row = key.clone();
        self.write(move |tx| access::put_key(tx, &row)).await?;
        self.people.write().put_key(key);
        Ok(())
    }
}

/// Runs blocking work away from the async threads.
///
/// # Errors
/// The work's own fault as a problem.
pub async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> store::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(store::Error::Busy(_) | store::Error::Lost(_))) => {
            Err(Problem::unavailable(1, "the store is busy; nothing was changed"))
        }
        Ok(Err(error)) => Err(Problem::internal(error)),
        Err(error) => Err(Problem::internal(error)),
    }
}
