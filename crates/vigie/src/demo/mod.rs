//! The demo: a house with a living, made-up market in front of its doors. It is the real server; what is made up comes
//! in by HTTP like anybody's events.

pub mod feed;
mod hook;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use access::{ApiKey, Role, Scope, fingerprint, new_key};
use domain::MINUTE;
use serde_json::{Value, json};
use testkit::market::Market;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::app::App;
use crate::clock::now;
use crate::serve::{agent, serve, signal};
use feed::{Client, Feeder};

/// How much of the market's past is told at the start, in microseconds.
const PAST: i64 = 20 * MINUTE;
/// Events of all markets together in an average hour.
const EVENTS_PER_HOUR: f64 = 12_000.0;
/// How long a check plays at least, and at most.
const CHECK_AT_LEAST: Duration = Duration::from_secs(8);
const CHECK_AT_MOST: Duration = Duration::from_secs(30);
/// The people of the demo beside `admin`; nobody real.
const PEOPLE: [(&str, &str, Role); 3] = [
    ("mira", "Mira Lantern", Role::Analyst),
    ("tomo", "Tomo Fieldgate", Role::Agent),
    ("edda", "Edda Lookaway", Role::Auditor),
];
/// Everybody's password where only this machine can reach the house.
const PASSWORD: &str = "lantern-field-demo";

/// How the demo is wanted.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; when the port is taken, another one of the same address.
    pub listen: SocketAddr,
    /// The market's seed.
    pub seed: u64,
    /// Headless: play for a moment, print one JSON line, judge.
    pub check: bool,
}

/// What a check saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Events in the log.
    pub events: u64,
    /// Decisions where a rule hit.
    pub decisions: u64,
    /// Verdicts `warn`.
    pub warned: u64,
    /// Verdicts `hold`.
    pub held: u64,
    /// Cases that are open.
    pub cases: u64,
    /// Events given to the house that it does not have.
    pub lost: u64,
}

impl Summary {
    /// Reads the house's own figures.
    #[must_use]
    pub fn read(stats: &Value, lost: u64) -> Summary {
        let count = |name: &str| stats[name].as_u64().unwrap_or(0);
        Summary {
            events: count("events"),
            decisions: count("decisions"),
            warned: count("warned"),
            held: count("held"),
            cases: count("cases_open"),
            lost: lost + count("lost"),
        }
    }

    /// Whether enough has happened and nothing is missing.
    #[must_use]
    pub fn fine(&self) -> bool {
        self.events >= 500 && self.warned >= 1 && self.held >= 1 && self.cases >= 1 && self.lost == 0
    }
}

/// The password of every demo login: a known one where only this machine can reach the house, else a random one.
#[must_use]
pub fn password(listen: SocketAddr) -> String {
    if listen.ip().is_loopback() { PASSWORD.to_owned() } else { access::new_password() }
}

/// Serves `app` and plays the market against it: until a signal, or for a check until enough was seen, which it
/// answers. `say` writes one line to standard output.
///
/// # Errors
/// A sentence when the house cannot listen or breaks.
pub async fn run(app: App, options: Options, password: String, say: fn(&str)) -> Result<Option<Summary>, String> {
    let key = make_people(&app, &password).await?;
    let listener = bind(options.listen).await?;
    let url = format!("http://{}", listener.local_addr().map_err(|e| e.to_string())?);
    let (close, closed) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(Arc::new(app), listener, async move {
        let _ = closed.await;
    }));
    let stop = Arc::new(AtomicBool::new(false));
    let (check, seed) = (options.check, options.seed);
    let (told, halted) = (stop.clone(), stop.clone());
    let player = tokio::task::spawn_blocking(move || play(&url, &key, seed, check, &password, &told, say));
    if !check {
        signal().await;
        halted.store(true, Ordering::Relaxed);
    }
    let summary = player.await.map_err(|e| e.to_string())?;
    let _ = close.send(());
    server.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
    Ok(check.then_some(summary))
}

/// Plays on a thread of its own until `stop`, or in a check until enough was seen.
fn play(url: &str, key: &str, seed: u64, check: bool, password: &str, stop: &AtomicBool, say: fn(&str)) -> Summary {
    let client = Client::new(url, key);
    match hook::listen() {
        Ok(hook) => {
            let wish = json!({"url": hook, "events": []});
            if !client.put("/v1/webhooks", &wish) {
                tracing::warn!("the demo's webhook was not taken");
            }
        }
        Err(error) => tracing::warn!(%error, "no webhook for the demo"),
    }
    let market = Market::demo(seed, now().plus(-PAST), EVENTS_PER_HOUR);
    let mut feeder = Feeder::new(client, check);
    let (started, mut announced) = (Instant::now(), check);
    feeder.play(market, |client, live| {
        if live && !announced {
            announced = true;
            announce(url, password, say);
        }
        let seen = || Summary::read(&client.get("/v1/stats"), 0).fine();
        let enough = check && live && started.elapsed() >= CHECK_AT_LEAST && seen();
        enough || (check && started.elapsed() >= CHECK_AT_MOST) || stop.load(Ordering::Relaxed)
    });
    if !check {
        return Summary::default();
    }
    let lost = feeder.lost();
    Summary::read(&feeder.client().get("/v1/stats"), lost)
}

fn announce(url: &str, password: &str, say: fn(&str)) {
    say("");
    say(&format!("  vigie watches the market Lanternfield (made up) at  {url}"));
    say("");
    say(&format!("  sign in as  admin      password  {password}"));
    for (login, name, role) in PEOPLE {
        say(&format!("          or  {login:<10} the same      {name}, {}", role.name()));
    }
    say("");
    say("  Ctrl-C ends it.");
}

/// The demo's people and the key its market sends with; answers the key.
async fn make_people(app: &App, password: &str) -> Result<String, String> {
    let fault = |e: crate::api::Problem| format!("{e:?}");
    for (login, name, role) in PEOPLE {
        let person = agent(login, name, role, password).map_err(|e| e.to_string())?;
        app.save_agent(person).await.map_err(fault)?;
    }
    let secret = new_key();
    let print = fingerprint(&secret);
    let key = ApiKey {
        id: ApiKey::id_of(&print),
        fingerprint: print,
        source: "lanternfield".to_owned(),
        name: "Lanternfield's own systems".to_owned(),
        scopes: vec![Scope::Ingest, Scope::Decide, Scope::Read, Scope::Write],
        market: None,
        created_by: "demo".to_owned(),
        created_at: now(),
        last_used: None,
    };
    app.save_key(key).await.map_err(fault)?;
    Ok(secret)
}

/// The wished port, or any other of the same address when that one is taken.
async fn bind(listen: SocketAddr) -> Result<TcpListener, String> {
    match TcpListener::bind(listen).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(SocketAddr::new(listen.ip(), 0)).await.map_err(|e| format!("cannot listen: {e}")),
    }
}

/// A folder for a demo that is asked for none; the caller removes it.
#[must_use]
pub fn temporary_folder() -> PathBuf {
    std::env::temp_dir().join(format!("vigie-demo-{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_wants_everything() {
        let stats = json!({"events": 500, "decisions": 9, "warned": 1, "held": 1, "cases_open": 1});
        assert!(Summary::read(&stats, 0).fine());
        assert!(!Summary::read(&stats, 1).fine());
        for (name, value) in [("events", 499), ("warned", 0), ("held", 0), ("cases_open", 0), ("lost", 1)] {
            let mut less = stats.clone();
            less[name] = json!(value);
            assert!(!Summary::read(&less, 0).fine(), "{name}");
        }
        assert!(!Summary::read(&Value::Null, 0).fine(), "no answer at all");
    }

    #[test]
    fn a_known_password_only_at_home() {
        assert_eq!(password("127.0.0.1:8080".parse().unwrap()), PASSWORD);
        assert_ne!(password("0.0.0.0:8080".parse().unwrap()), PASSWORD);
    }
}
