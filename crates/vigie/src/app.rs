//! What every handler shares.

use std::sync::Arc;

use access::{Agent, ApiKey, Directory, Session};
use axum::http::StatusCode;
use engine::{Actor, Busy, Command, Engine, Outcome, Refusal};
use store::{Query, Store, Tx};

use tokio::sync::{Mutex, Notify, Semaphore, broadcast, watch};

use crate::api::Problem;
use crate::api::auth::Caller;
use crate::api::idempotency::Kept;
use crate::api::quality::Pages;
use crate::api::rules::CountedHits;
use crate::backtest::Backtests;
use crate::clock::now;
use crate::config::Config;
use crate::figures::Figures;
use crate::live::{Item, LAG};
use crate::metrics::Metrics;
use crate::people::People;

/// The running house, shared by every request.
pub type Shared = Arc<App>;

/// The parts of the running house.
pub struct App {
    /// How it was set up.
    pub config: Config,
    /// The one path.
    pub engine: Arc<Engine>,
    /// Where truth is kept, to read.
    pub store: Store,
    /// Who may do what.
    pub people: People,
    /// What was counted.
    pub metrics: Metrics,
    /// What just happened, rendered for those who watch.
    pub live: broadcast::Sender<Arc<Item>>,
    /// Backtests under way and done.
    pub backtests: Backtests,
    /// Counted at the doors.
    pub figures: Figures,
    /// One decision is replayed at a time.
    pub replaying: Semaphore,
    /// Rules' hits as last counted.
    pub hits: Mutex<CountedHits>,
    /// Pages about the conversation guard as last made.
    pub quality: Mutex<Pages>,
    /// Told when somebody begins to watch.
    pub watched: Notify,
    /// Calls that may be repeated.
    pub kept: Kept,
    /// Turns true when the house closes; long answers end then.
    pub closing: watch::Sender<bool>,
    /// The description of the API, ready to send.
    pub openapi: String,
}

impl App {
    /// Joins the parts.
    #[must_use]
    pub fn new(config: Config, engine: Arc<Engine>, people: People) -> App {
        let openapi = crate::api::openapi::text();
        App {
            config,
            store: engine.store().clone(),
            engine,
            people,
            metrics: Metrics::default(),
            live: broadcast::Sender::new(LAG),
            backtests: Backtests::default(),
            figures: Figures::default(),
            replaying: Semaphore::new(1),
            hits: Mutex::default(),
            quality: Mutex::default(),
            watched: Notify::new(),
            kept: Kept::default(),
            closing: watch::Sender::new(false),
            openapi,
        }
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

    /// Hands a command to the engine on the caller's behalf.
    ///
    /// # Errors
    /// The engine's refusal as a problem.
    pub async fn act(&self, caller: &Caller, market: &str, command: Command) -> Result<Outcome, Problem> {
        self.engine.act(market, command, Actor(caller.name())).await.map_err(refused)
    }

    /// The key a program shows. One that is not known may have been made on the command line meanwhile, so the rows
    /// are looked at again, at most once a second.
    pub async fn key(&self, secret: &str) -> Option<Arc<ApiKey>> {
        if let Some(key) = self.people.by_key(secret) {
            return Some(key);
        }
        if secret.starts_with(access::KEY_PREFIX) {
            self.refresh().await;
        }
        self.people.by_key(secret)
    }

    /// Reads agents, keys and sessions again, at most once a second: the command line may have changed them.
    pub async fn refresh(&self) {
        if !self.people.may_refresh(now()) {
            return;
        }
        let changes = self.people.changes();
        match self.read(Directory::load).await {
            Ok(directory) => self.people.replace(directory, changes),
            Err(problem) => tracing::warn!(detail = problem.detail, "people could not be read again"),
        }
    }

    /// Notes that a session or a key was used, without keeping the caller waiting.
    pub fn note(&self, write: impl FnOnce(&mut Tx<'_>) -> store::Result<()> + Send + 'static) {
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = store.write(write) {
                tracing::warn!(%error, "a use could not be noted");
            }
        });
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

/// That the house cannot take it now: 429 for a full queue, 503 for a store out of reach.
#[must_use]
pub fn busy_problem(busy: &Busy) -> Problem {
    let wait = u64::from(busy.retry_after);
    if busy.full { Problem::slow_down(wait, &busy.reason) } else { Problem::unavailable(wait, &busy.reason) }
}

/// The engine's refusal as a problem.
#[must_use]
pub fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Missing(why) => Problem::new(StatusCode::NOT_FOUND, "not-found", why),
        Refusal::Forbidden(why) => Problem::forbidden(why),
        Refusal::Conflict(why) => Problem::conflict(why),
        Refusal::Field(fault) => Problem::field(fault.field, fault.error),
        Refusal::Policy(found) => Problem::unprocessable("the policy was refused; the one in force stays")
            .with_diagnostics(serde_json::to_value(found).unwrap_or_default()),
        Refusal::Busy(busy) => busy_problem(&busy),
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

/// Resolves when the house closes.
pub async fn closed(closing: &mut watch::Receiver<bool>) {
    // The guard must not live across another wait, and an end of the sender is a closing as well.
    drop(closing.wait_for(|closing| *closing).await);
}
