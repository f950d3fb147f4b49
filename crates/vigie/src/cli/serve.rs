//! `vigie serve`.

use std::io::IsTerminal as _;

use clap::Args;
use tokio::net::TcpListener;

use super::Failure;
use crate::config::{Config, ServeFlags, StoreFlags};
use crate::serve::{announce, open, serve, signal};

#[derive(Args)]
pub(super) struct Serve {
    #[command(flatten)]
    store: StoreFlags,
    #[command(flatten)]
    serve: ServeFlags,
    /// Log as JSON lines
    #[arg(long)]
    log_json: bool,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        start_log(self.log_json, "info");
        let config = Config::new(&self.store, &self.serve)?;
        let listen = config.listen;
        let password = std::env::var("VIGIE_ADMIN_PASSWORD").ok().filter(|p| !p.is_empty());
        let runtime = runtime()?;
        // The address first: a start that fails must not have made an admin whose password is told only once.
        let listener = runtime
            .block_on(TcpListener::bind(listen))
            .map_err(|e| Failure::Failed(format!("cannot listen on {listen}: {e}")))?;
        let (app, first) = open(config, password).map_err(Failure::failed)?;
        if let Some(first) = &first {
            announce(first);
        }
        tracing::info!(address = %listener.local_addr().unwrap_or(listen), "serving");
        let served = runtime.block_on(serve(app.clone(), listener, signal())).map_err(Failure::failed);
        // The store's sessions are closed by blocking calls, which must not happen on a thread of the runtime.
        drop(runtime);
        drop(app);
        served
    }
}

/// The async runtime of the face; blocking work has few threads, as the store has few readers.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(32).build().map_err(Failure::failed)
}

/// Logs to stderr; `RUST_LOG` chooses what, else `usual` does.
pub(super) fn start_log(json: bool, usual: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process (tests) keeps the first log.
    let _ = if json { log.json().try_init() } else { log.try_init() };
}
