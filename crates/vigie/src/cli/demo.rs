//! `vigie demo`: serve, with a market that lives.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use testkit::market::Market;
use tokio::net::TcpListener;

use super::serve::{runtime, start_log};
use super::{Failure, say};
use crate::clock::now;
use crate::config::{Config, ServeFlags, StoreFlags};
use crate::demo::{AGENTS, PASSWORD, Running, Teller, judge, key, receiver, staff};
use crate::serve::{open, serve, signal};

/// Events in an hour of the demo one watches, and of the one that is only checked.
const CALM: f64 = 14_000.0;
const BRISK: f64 = 180_000.0;
/// The longest a check runs before it judges.
const CHECK: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(super) struct Demo {
    #[command(flatten)]
    store: StoreFlags,
    #[command(flatten)]
    serve: ServeFlags,
    /// Run without a screen for at most 40 s, print one JSON line, end with 0 when all went well
    #[arg(long)]
    check: bool,
    /// The same seed gives the same people and stories
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Events in an hour
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
}

/// A folder that goes when the demo ends.
struct Folder(Option<PathBuf>);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

impl Demo {
    pub(super) fn run(mut self) -> Result<(), Failure> {
        if !self.check || std::env::var_os("RUST_LOG").is_some() {
            // A line for each request would push the address off the screen.
            start_log(false, "warn");
        }
        // Without a folder of its own the demo leaves nothing behind.
        let mut folder = Folder(None);
        if self.store.data.is_none() && self.store.store.is_none() {
            let path = std::env::temp_dir().join(format!("vigie-demo-{}", std::process::id()));
            folder.0 = Some(path.clone());
            self.store.data = Some(path);
        }
        if self.check && self.serve.listen.is_none() {
            self.serve.listen = Some("127.0.0.1:0".to_owned());
        }
        let config = Config::new(&self.store, &self.serve)?;
        let listen = config.listen;
        // A password that stands in the source is for this machine alone.
        let password = if listen.ip().is_loopback() { PASSWORD.to_owned() } else { access::new_password() };
        let (app, _) = open(config, Some(password.clone())).map_err(Failure::failed)?;
        staff(&app, &password).map_err(Failure::failed)?;
        receiver(&app).map_err(Failure::failed)?;
        let secret = key(&app).map_err(Failure::failed)?;
        let rate = self.rate.unwrap_or(if self.check { BRISK } else { CALM });
        let market = Market::demo(self.seed, now(), rate.clamp(1.0, 1_000_000.0));
        let done = runtime()?.block_on(async move {
            let bound = TcpListener::bind(listen).await;
            let listener = bound.map_err(|e| Failure::Failed(format!("cannot listen on {listen}: {e}")))?;
            let address = listener.local_addr().map_err(Failure::failed)?;
            let base = format!("http://{}", reach(address));
            let teller = Teller::new(&base, &secret, self.check);
            if self.check {
                return checked(app, listener, teller, market).await;
            }
            greet(&base, &password);
            let running = Running::start(teller, market).map_err(Failure::failed)?;
            let served = serve(app, listener, signal()).await.map_err(Failure::failed);
            let _ = running.end();
            served
        });
        drop(folder);
        done
    }
}

/// An address one can open: the unspecified one becomes this machine.
fn reach(mut address: std::net::SocketAddr) -> std::net::SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    }
    address
}

/// The password is each line's last word.
fn greet(base: &str, password: &str) {
    say(format!("Vigie demo: {base}/  (a fictional market; Ctrl-C ends it)"));
    for (login, name, role) in AGENTS {
        say(format!("  sign in as {login:<6} ({name}, {}) with the password {password}", role.name()));
    }
}

async fn checked(
    app: crate::app::Shared,
    listener: TcpListener,
    teller: Teller,
    market: Market,
) -> Result<(), Failure> {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve(app, listener, async move {
        let _ = stopped.await;
    }));
    let work = move || {
        let start = Instant::now();
        let running = Running::start(teller, market).map_err(Failure::failed)?;
        // Long enough for the opening scene and some five hundred events; the market's clock is the wall's.
        while start.elapsed() < CHECK.mul_f64(0.8) {
            std::thread::sleep(Duration::from_millis(100));
        }
        let mut teller = running.end().ok_or_else(|| Failure::Failed("the demo market broke".to_owned()))?;
        Ok::<_, Failure>(judge(&mut teller))
    };
    let judged = tokio::task::spawn_blocking(work).await.map_err(Failure::failed)?;
    let _ = stop.send(());
    let _ = server.await;
    let (line, lacks) = judged?;
    say(line);
    lacks.map_or(Ok(()), |what| Err(Failure::Failed(what)))
}
