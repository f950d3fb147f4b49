//! Serving: opens the house, listens, closes in order.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use access::{Agent, Directory, Role};
use engine::{Engine, Options};
use store::log;
use tokio::net::TcpListener;

use crate::app::{App, Shared};
use crate::clock::now;
use crate::config::Config;
use crate::listen::{CONNECTIONS, Door, PATIENCE, answer};
use crate::pack;
use crate::people::{People, give_back};

/// How long answers under way may take once the house closes.
const GRACE: Duration = Duration::from_secs(10);

/// Why the house did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The engine or the policy.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The first password.
    #[error("the first admin: {0}")]
    Password(#[from] access::PasswordFault),
    /// The listener or a file.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// What a first start made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstAdmin {
    /// The login.
    pub login: String,
    /// The password, when it was made up and must be told once.
    pub password: Option<String>,
}

/// Opens the store and the rooms. On an empty store it makes an admin, with `password` or a random one.
///
/// # Errors
/// When the store cannot be opened or the given password is too short.
pub fn open(config: Config, password: Option<String>) -> Result<(Shared, Option<FirstAdmin>), OpenFault> {
    let engine = Arc::new(engine_of(&config, true)?);
    let store = engine.store().clone();
    if let Some(folder) = &config.policy {
        engine.watch(folder.clone());
    }
    let mut directory = store.read(Directory::load)?;
    let mut first = None;
    if directory.agents().is_empty() {
        let made = password.is_none();
        let secret = password.unwrap_or_else(access::new_password);
        let admin = agent("admin", "Admin", Role::Admin, &secret)?;
        store.write(|tx| access::put_agent(tx, &admin))?;
        first = Some(FirstAdmin { login: admin.login.clone(), password: made.then_some(secret) });
        directory.put_agent(admin);
        give_back();
    }
    let app = Arc::new(App::new(config, engine, People::new(directory)));
    begin_figures(&app)?;
    Ok((app, first))
}

/// Notes where each log ends, and counts what was decided before on a thread of its own: a long log takes a while.
fn begin_figures(app: &Shared) -> Result<(), OpenFault> {
    let ends = app.store.read(|q| {
        let mut ends = Vec::new();
        for (no, name) in log::markets(q)? {
            ends.push((no, name, log::last_seq(q, no)?));
        }
        Ok::<_, store::Error>(ends)
    })?;
    ends.iter().for_each(|(_, name, last)| app.figures.begin(name, *last));
    let shared = Arc::clone(app);
    let count = move || {
        for (no, name, last) in ends.into_iter().filter(|(.., last)| *last > 0) {
            match shared.store.read(|q| store::decisions::verdicts(q, no, last)) {
                Ok(decided) => shared.figures.before(&name, &decided),
                Err(error) => tracing::warn!(%error, "older decisions were not counted"),
            }
        }
    };
    std::thread::Builder::new().name("figures".into()).spawn(count)?;
    Ok(())
}

/// Opens the store and the engine on it; `deliver` sends what is due out.
///
/// # Errors
/// When the store cannot be opened, another process serves it, or the policy does not hold.
pub fn engine_of(config: &Config, deliver: bool) -> Result<Engine, OpenFault> {
    let store = store::Store::open(&config.store)?;
    store.migrate(access::MIGRATIONS)?;
    let files = pack::files(config.policy.as_deref())?;
    let options = Options {
        batch_window: Duration::from_micros(config.commit_window.unsigned_abs()),
        batch_events: config.commit_events,
        deliver,
        ..Options::default()
    };
    Ok(Engine::open(store, &files, config.policy.is_some(), options, Arc::new(now))?)
}

/// The tables of every room, for places that no engine opens.
#[must_use]
pub fn migrations() -> Vec<store::Migration> {
    [engine::migrations(), access::MIGRATIONS.to_vec()].concat()
}

/// A new agent with the usual language and theme.
///
/// # Errors
/// When the password is too short or too long.
pub fn agent(login: &str, name: &str, role: Role, password: &str) -> Result<Agent, access::PasswordFault> {
    Ok(Agent {
        login: login.to_owned(),
        name: name.to_owned(),
        role,
        language: "en".to_owned(),
        theme: "auto".to_owned(),
        hash: access::hash_password(password)?,
        created_at: now(),
        disabled_at: None,
    })
}

/// Listens and serves until `stop` resolves, then lets answers under way finish for at most ten seconds.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(
    app: Shared,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = crate::api::service(Arc::clone(&app));
    let door = Door::new(listener, CONNECTIONS);
    let follower = tokio::spawn(crate::live::follow(Arc::clone(&app)));
    let mut task = tokio::spawn(answer(door, service, PATIENCE, app.closing.subscribe()));
    tokio::select! {
        ended = &mut task => return ended.map_err(std::io::Error::other),
        () = stop => {}
    }
    app.closing.send_replace(true);
    follower.abort();
    app.backtests.stop();
    let ended = match tokio::time::timeout(GRACE, &mut task).await {
        Ok(ended) => ended.map_err(std::io::Error::other),
        Err(_) => {
            task.abort();
            Ok(())
        }
    };
    // What was accepted is finished, and a checkpoint makes the next start quick.
    let engine = Arc::clone(&app.engine);
    let _ = tokio::task::spawn_blocking(move || engine.close()).await;
    ended
}

/// Resolves on Ctrl-C or, on Unix, SIGTERM.
pub async fn signal() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}

/// Tells a first admin's password, once; the password is the line's last word.
pub fn announce(first: &FirstAdmin) {
    let Some(password) = &first.password else { return };
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "first start, this is shown once: sign in as {} with the password {password}", first.login);
}
