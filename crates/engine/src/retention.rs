//! Retention: events older than the operator keeps them go, with their decisions and finished deliveries, in steps so small
//! that the market's worker hardly waits. What was folded from them stays; a replay begins where the log begins.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::{DAY, Time};
use store::{Query, Tx, log, outbox, settings};

use crate::{Error, Shared};

/// The fewest and the most days that may be asked for.
pub const LIMIT_DAYS: std::ops::RangeInclusive<u32> = 30..=3_650;

const SETTING: &str = "retention.days";
/// Rows deleted in one transaction, and the rest between two.
const STEP: u64 = 2_000;
const REST: Duration = Duration::from_millis(20);
/// How often the house looks for what is too old.
const EVERY: Duration = Duration::from_secs(300);

/// Where a market's log begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The market.
    pub market: String,
    /// The first place that is still there; one past the last when nothing is.
    pub from_seq: u64,
    /// When that event was received.
    pub from_at: Option<Time>,
}

/// Days after which events go; none keeps them.
///
/// # Errors
/// What the statement says.
pub fn days(q: &mut Query<'_>) -> store::Result<Option<u32>> {
    Ok(settings::get(q, SETTING)?.and_then(|text| text.parse().ok()).filter(|days| LIMIT_DAYS.contains(days)))
}

/// Sets the days, or keeps everything from now on. Days out of bounds are kept as none.
///
/// # Errors
/// What the statement says.
pub fn set_days(tx: &mut Tx<'_>, days: Option<u32>) -> store::Result<()> {
    match days {
        Some(days) => settings::put(tx, SETTING, &days.to_string()),
        None => settings::remove(tx, SETTING).map(drop),
    }
}

/// Where every market's log begins.
///
/// # Errors
/// What the statement says.
pub fn beginnings(q: &mut Query<'_>) -> store::Result<Vec<Beginning>> {
    let mut found = Vec::new();
    for (no, market) in log::markets(q)? {
        let from_seq = log::floor(q, no)? + 1;
        let from_at = log::get(q, no, from_seq)?.map(|entry| entry.received_at);
        found.push(Beginning { market, from_seq, from_at });
    }
    Ok(found)
}

/// Deletes what is too old, as far as the last checkpoint reaches: what lies behind it is still needed after a crash, so a
/// checkpoint is asked for and the rest goes next time. Gives how many events went.
pub(crate) fn sweep(shared: &Shared, stop: &AtomicBool) -> Result<u64, Error> {
    let Some(days) = shared.store.read(days)? else { return Ok(0) };
    let before = shared.now().plus(-i64::from(days) * DAY);
    let markets = shared.store.read(log::markets)?;
    let mut dropped = 0;
    for (no, _) in markets {
        let checkpoint = shared.store.read(|q| profile::snapshot::last_checkpoint(q, no))?;
        let upto = checkpoint.map_or(0, |checkpoint| checkpoint.seq);
        while !stop.load(Ordering::Relaxed) {
            let step = shared.store.write(|tx| log::drop_before(tx, no, before, upto, STEP))?;
            dropped += step;
            if step == 0 {
                break;
            }
            std::thread::sleep(REST);
        }
        let (begins, wanted) =
            shared.store.read(|q| Ok::<_, Error>((log::floor(q, no)? + 1, log::seq_at(q, no, before)?)))?;
        if begins < wanted {
            shared.checkpoint_wanted.store(true, Ordering::Relaxed);
        }
    }
    while !stop.load(Ordering::Relaxed) && shared.store.write(|tx| outbox::drop_before(tx, before, STEP))? > 0 {
        std::thread::sleep(REST);
    }
    if dropped > 0 {
        tracing::info!(dropped, days, "events older than the house keeps them are gone");
    }
    Ok(dropped)
}

/// The thread that sweeps.
pub(crate) struct Sweeper {
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Sweeper {
    pub fn start(shared: Arc<Shared>) -> Sweeper {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let spawned = std::thread::Builder::new().name("retention".into()).spawn(move || {
            let mut next = Instant::now() + Duration::from_secs(10);
            while !stopped.load(Ordering::Relaxed) {
                std::thread::park_timeout(Duration::from_secs(5));
                if Instant::now() < next {
                    continue;
                }
                next = Instant::now() + EVERY;
                if let Err(fault) = sweep(&shared, &stopped) {
                    tracing::warn!(%fault, "old events could not be dropped; the house tries again");
                }
            }
        });
        if let Err(fault) = &spawned {
            tracing::error!(%fault, "old events are not dropped");
        }
        Sweeper { stop, thread: Mutex::new(spawned.ok()) }
    }

    /// Ends after the step in hand.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        thread.thread().unpark();
        if thread.join().is_err() {
            tracing::error!("the retention thread panicked");
        }
    }
}
