//! What just happened, rendered once for everybody who watches. Nothing is read while nobody does.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use domain::Verdict;
use engine::Live;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::api::live::render as render_one;
use crate::app::{Shared, closed};

/// How many rendered items a slow watcher may lag behind before it is told of a gap.
pub const LAG: usize = 1_024;
/// The most events rendered in one tick; what comes beyond is told as a gap. A screen shows no more.
const A_TICK: usize = 200;
/// How long events gather before they are rendered together.
const TICK: Duration = Duration::from_millis(100);
/// How often it is looked whether anybody still watches.
const LOOK: Duration = Duration::from_secs(5);

/// Something to tell watchers.
#[derive(Clone, Debug)]
pub struct Item {
    /// The SSE event's name: event, decision, case, delivery, policy or gap.
    pub name: &'static str,
    /// The market; empty for what belongs to none.
    pub market: String,
    /// The event's place in its market's log, for what stands there.
    pub seq: Option<u64>,
    /// The event's type, for filters.
    pub kind: String,
    /// The verdict, for filters.
    pub verdict: Option<Verdict>,
    /// What to send, masked: one text for all, or one for each of [`access::LANGUAGES`].
    pub json: Vec<Arc<str>>,
}

impl Item {
    /// What to send a watcher of this language.
    #[must_use]
    pub fn text(&self, language: &str) -> &str {
        let place = access::LANGUAGES.iter().position(|l| *l == language).unwrap_or(0);
        self.json.get(place).or_else(|| self.json.first()).map_or("{}", |text| text)
    }
}

/// Follows the engine until the house closes; listens only while somebody watches, because what is listened to must
/// be made.
pub async fn follow(app: Shared) {
    let mut closing = app.closing.subscribe();
    loop {
        tokio::select! {
            () = closed(&mut closing) => return,
            () = app.watched.notified() => {}
        }
        let mut source = app.engine.subscribe();
        while app.live.receiver_count() > 0 {
            tokio::select! {
                () = closed(&mut closing) => return,
                () = tokio::time::sleep(LOOK) => {}
                batch = gather(&mut source) => match batch {
                    Some((batch, skipped)) => render(&app, batch, skipped).await,
                    None => return,
                },
            }
            tokio::time::sleep(TICK).await;
        }
    }
}

/// Waits for the first news and takes all that is there; `None` when the engine closed.
async fn gather(source: &mut Receiver<Arc<Live>>) -> Option<(Vec<Arc<Live>>, u64)> {
    let mut skipped = 0;
    let mut batch = Vec::new();
    loop {
        match source.recv().await {
            Ok(first) => {
                batch.push(first);
                break;
            }
            Err(RecvError::Lagged(n)) => skipped += n,
            Err(RecvError::Closed) => return None,
        }
    }
    loop {
        match source.try_recv() {
            Ok(next) if batch.len() < A_TICK => batch.push(next),
            Ok(_) => skipped += 1,
            Err(tokio::sync::broadcast::error::TryRecvError::Lagged(n)) => skipped += n,
            Err(_) => return Some((batch, skipped)),
        }
    }
}

async fn render(app: &Shared, batch: Vec<Arc<Live>>, skipped: u64) {
    let shared = Arc::clone(app);
    let items = tokio::task::spawn_blocking(move || {
        let mut items = Vec::with_capacity(batch.len() + 1);
        if skipped > 0 {
            items.push(gap(skipped));
        }
        for news in batch {
            items.extend(render_one(&shared, &news));
        }
        items
    })
    .await
    .unwrap_or_default();
    for item in items {
        // Nobody listening any more is no fault.
        let _ = app.live.send(Arc::new(item));
    }
}

/// Tells a watcher that some were left out.
#[must_use]
pub fn gap(skipped: u64) -> Item {
    Item {
        name: "gap",
        market: String::new(),
        seq: None,
        kind: String::new(),
        verdict: None,
        json: vec![format!("{{\"skipped\":{skipped}}}").into()],
    }
}

/// Counts a watcher while it lives.
pub struct Watcher(pub Shared);

impl Watcher {
    /// Counts one more.
    #[must_use]
    pub fn new(app: Shared) -> Watcher {
        app.metrics.live_open.fetch_add(1, Relaxed);
        app.watched.notify_one();
        Watcher(app)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.metrics.live_open.fetch_sub(1, Relaxed);
    }
}
