//! Effects on their way out: a thread that takes what is due from the outbox and sends it, signed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use channel::webhook::{Message, Options, Outcome, Secret, Sender};
use domain::{SECOND, Time};
use serde::{Deserialize, Serialize};
use store::outbox::{self, Delivery};
use store::{Query, Store, Tx, settings};

use crate::live::Live;
use crate::{Error, Shared};

/// Where the market's own systems listen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// An https address.
    pub url: String,
    /// Signing secrets, newest first; during a rotation the old one signs along.
    pub secrets: Vec<String>,
    /// Allow private addresses and plain http: for a market on the same machine or network.
    #[serde(default)]
    pub allow_private: bool,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &self.url)
            .field("secrets", &self.secrets.len())
            .field("allow_private", &self.allow_private)
            .finish()
    }
}

const SETTING: &str = "webhook";
/// Effects taken at once.
const TAKE: usize = 16;
/// Sent side by side; effects of one lane never are.
const HANDS: usize = 8;
/// How long effects that were taken stay ours: longer than all of them may take to time out, and short, because after a
/// crash they wait that long.
const LEASE: i64 = 45 * SECOND;

/// The endpoint in force; none until one is set, and effects wait till then.
///
/// # Errors
/// What the store says.
pub fn endpoint(q: &mut Query<'_>) -> store::Result<Option<Endpoint>> {
    Ok(settings::get(q, SETTING)?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Sets the endpoint, or takes it away.
///
/// # Errors
/// What the store says.
pub fn set_endpoint(tx: &mut Tx<'_>, endpoint: Option<&Endpoint>) -> store::Result<()> {
    match endpoint {
        Some(endpoint) => settings::put(tx, SETTING, &serde_json::to_string(endpoint).unwrap_or_default()),
        None => settings::remove(tx, SETTING).map(drop),
    }
}

/// The sending thread.
pub(crate) struct Deliverer {
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Deliverer {
    pub fn start(shared: Arc<Shared>) -> Deliverer {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let spawned = std::thread::Builder::new().name("deliver".into()).spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                match round(&shared) {
                    Ok(0) => std::thread::sleep(Duration::from_millis(100)),
                    Ok(_) => {}
                    Err(fault) => {
                        tracing::warn!(%fault, "effects wait: the outbox cannot be read");
                        std::thread::sleep(Duration::from_secs(1));
                    }
                }
            }
        });
        if let Err(fault) = &spawned {
            tracing::error!(%fault, "effects are not sent");
        }
        Deliverer { stop, thread: Mutex::new(spawned.ok()) }
    }

    /// Ends after the effects in hand.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the delivering thread panicked");
        }
    }
}

/// Sends what is due; gives how many were tried.
fn round(shared: &Shared) -> Result<usize, Error> {
    let now = shared.now();
    let (endpoint, next) = shared.store.read(|q| Ok::<_, Error>((endpoint(q)?, outbox::next_due(q)?)))?;
    let (Some(endpoint), true) = (endpoint, next.is_some_and(|at| at <= now)) else { return Ok(0) };
    let due = shared.store.write(|tx| outbox::take_due(tx, now, LEASE, TAKE))?;
    let secrets: Vec<Secret> = endpoint.secrets.iter().filter_map(|s| Secret::parse(s).ok()).collect();
    let sender = Sender::new(Options { allow_private: endpoint.allow_private, ..Options::default() });
    for hand in due.chunks(HANDS) {
        let sent: Vec<Outcome> = std::thread::scope(|scope| {
            let send = |one: &Delivery| {
                let message = Message { id: &one.parcel.key, sent_at: now, body: &one.parcel.body };
                sender.send(&endpoint.url, &secrets, &message)
            };
            let hands: Vec<_> = hand.iter().map(|one| scope.spawn(move || send(one))).collect();
            let lost = || Outcome::Retry { after: None, error: "the sending thread panicked".to_owned() };
            hands.into_iter().map(|hand| hand.join().unwrap_or_else(|_| lost())).collect()
        });
        record(&shared.store, hand, &sent, shared.now())?;
    }
    if !due.is_empty() {
        // Nobody listening is no fault.
        let _ = shared.live.send(Arc::new(Live::Deliveries { market: String::new() }));
    }
    Ok(due.len())
}

fn record(store: &Store, tried: &[Delivery], sent: &[Outcome], now: Time) -> Result<(), Error> {
    store.write(|tx| {
        for (one, outcome) in tried.iter().zip(sent) {
            let key = &one.parcel.key;
            match outcome {
                Outcome::Delivered => outbox::delivered(tx, key, now)?,
                Outcome::Retry { after, error } => {
                    let next = outbox::next_try(key, one.attempts + 1, now);
                    outbox::failed(tx, key, error, next.map(|next| next.max(now.plus(after.unwrap_or(0)))))?;
                }
                Outcome::Dead { error } => outbox::failed(tx, key, error, None)?,
            }
        }
        Ok(())
    })
}
