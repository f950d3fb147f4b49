//! The live stream: server-sent events with a cursor to come back with.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use domain::Verdict;
use engine::Live;
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use serde_json::json;
use store::log::Entry;
use store::{Query, log};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::watch;
use tokio::time::Instant;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Caller;
use super::events::{markets, verdict};
use super::extract::Params;
use super::page::Cursor;
use super::view::EventView;
use super::{Problem, decisions};
use crate::app::{App, Shared, closed};
use crate::live::{Item, Watcher, gap};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(live))
}

/// The most events a watcher who comes back is told of, over all markets; what lies before is a gap.
const CATCH_UP: u64 = 500;
/// The most streams at once.
const STREAMS: u64 = 256;
/// After this a stream ends and the browser comes back with its cursor, so that rights are looked at again.
const LIFE: Duration = Duration::from_secs(15 * 60);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only this market.
    market: Option<String>,
    /// Only this event type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only this verdict.
    verdict: Option<String>,
}

/// Streams events, decisions, cases, deliveries and policies as they come.
///
/// Names of the events: `event`, `decision`, `case`, `delivery`, `policy`, `gap` (some were left out) and `ping`. The id
/// of each is a cursor; sent back as `Last-Event-ID` it continues there, up to 500 events back.
#[utoipa::path(get, path = "/live", tag = "live", operation_id = "live", params(Asked,
    ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event seen.")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream", description = "The stream."),
        (status = 503, description = "Refused: too many streams are open."),
    )
)]
async fn live(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
) -> Result<Sse<impl Stream<Item = Result<Sent, Infallible>>>, Problem> {
    if app.metrics.live_open.load(Relaxed) >= STREAMS {
        return Err(Problem::unavailable(30, "too many live streams are open"));
    }
    let market = caller.market(asked.market.as_deref())?;
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let filter = Filter {
        market,
        kind: asked.kind.filter(|k| !k.is_empty()),
        verdict: verdict(asked.verdict.as_deref())?,
        language: caller.language().to_owned(),
    };
    let shared = Arc::clone(&app);
    let asker = caller.clone();
    let mut feed = Feed {
        admitted: Box::new(move || asker.stands(&shared)),
        // Subscribing first and catching up after leaves no moment unseen; what is seen twice is dropped by seq.
        source: app.live.subscribe(),
        closing: app.closing.subscribe(),
        until: Instant::now() + LIFE,
        ready: VecDeque::new(),
        cursor: Cursor::parse_plain(last).unwrap_or_default(),
        filter,
        _watcher: Watcher::new(Arc::clone(&app)),
    };
    feed.catch_up(&app).await?;
    let ping = KeepAlive::new().interval(Duration::from_secs(15)).event(Sent::default().event("ping").data("{}"));
    Ok(Sse::new(unfold(feed, Feed::step)).keep_alive(ping))
}

struct Filter {
    market: Option<String>,
    kind: Option<String>,
    verdict: Option<Verdict>,
    language: String,
}

impl Filter {
    fn passes(&self, item: &Item) -> bool {
        let market = self.market.as_ref().is_none_or(|m| item.market.is_empty() || *m == item.market);
        let kind = self.kind.as_ref().is_none_or(|k| item.kind.is_empty() || *k == item.kind);
        market && kind && (self.verdict.is_none() || item.verdict.is_none() || self.verdict == item.verdict)
    }
}

struct Feed {
    /// Whether who asked may still look: an agent shut out or a key revoked sees nothing more.
    admitted: Box<dyn Fn() -> bool + Send + Sync>,
    source: Receiver<Arc<Item>>,
    closing: watch::Receiver<bool>,
    until: Instant,
    ready: VecDeque<Arc<Item>>,
    cursor: Cursor,
    filter: Filter,
    _watcher: Watcher,
}

impl Feed {
    /// The next thing to send; `None` ends the stream.
    async fn step(mut self) -> Option<(Result<Sent, Infallible>, Feed)> {
        loop {
            while let Some(item) = self.ready.pop_front() {
                if !(self.admitted)() {
                    return None;
                }
                if let Some(sent) = self.send(&item) {
                    return Some((Ok(sent), self));
                }
            }
            let news = tokio::select! {
                () = closed(&mut self.closing) => return None,
                () = tokio::time::sleep_until(self.until) => return None,
                news = self.source.recv() => news,
            };
            match news {
                Ok(item) if self.seen(&item) => {}
                Ok(item) => self.ready.push_back(item),
                Err(RecvError::Lagged(n)) => self.ready.push_back(Arc::new(gap(n))),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Whether catching up has told this already.
    fn seen(&self, item: &Item) -> bool {
        // A decision follows its event with the same seq, so only the event itself is held against the cursor.
        let place = self.cursor.0.get(&item.market).copied().unwrap_or(0);
        item.seq.is_some_and(|seq| if item.name == "event" { seq <= place } else { seq < place })
    }

    fn send(&mut self, item: &Item) -> Option<Sent> {
        if let Some(seq) = item.seq {
            let place = self.cursor.0.entry(item.market.clone()).or_default();
            *place = (*place).max(seq);
        }
        let sent = Sent::default().event(item.name).id(self.cursor.plain()).data(item.text(&self.filter.language));
        self.filter.passes(item).then_some(sent)
    }

    /// Puts what came since the cursor in front; without a cursor the stream begins now.
    async fn catch_up(&mut self, app: &Shared) -> Result<(), Problem> {
        let (from, market) = (self.cursor.clone(), self.filter.market.clone());
        let shared = Arc::clone(app);
        let (cursor, items) = app.read(move |q| since(q, &shared, &from, market.as_deref())).await?;
        self.cursor = cursor;
        self.ready.extend(items.into_iter().map(Arc::new));
        Ok(())
    }
}

/// What came since a cursor, and the cursor to go on from.
fn since(q: &mut Query<'_>, app: &App, from: &Cursor, market: Option<&str>) -> store::Result<(Cursor, Vec<Item>)> {
    let mut cursor = Cursor::default();
    let mut items = Vec::new();
    let markets = markets(q, market)?;
    let share = CATCH_UP / (markets.len() as u64).max(1);
    let mut skipped = 0;
    for (no, name) in markets {
        let last = log::last_seq(q, no)?;
        let place = if from.0.is_empty() { last } else { from.0.get(&name).copied().unwrap_or(0).min(last) };
        let begin = place.max(last.saturating_sub(share));
        skipped += begin - place;
        for entry in log::after(q, no, begin, usize::try_from(share).unwrap_or(usize::MAX))? {
            items.extend(of_event(q, app, &name, &entry)?);
        }
        cursor.0.insert(name, begin);
    }
    if skipped > 0 {
        items.insert(0, gap(skipped));
    }
    Ok((cursor, items))
}

/// Renders one piece of news, masked.
#[must_use]
pub fn render(app: &App, news: &Live) -> Vec<Item> {
    match news {
        Live::Event { market, entry, masked, decision } => {
            let event = EventView::masked(market, entry, &app.engine.pack(), decision.is_some(), masked);
            let row = decision.as_ref().map(|d| decisions::Row::fresh(market, entry, d));
            items(app, market, entry, &event, row.as_ref())
        }
        Live::Case { market, id, queue, entity, new } => {
            let about = json!({"market": market, "id": id, "queue": queue, "entity": entity, "new": new});
            vec![plain("case", market, &about)]
        }
        Live::Deliveries { market } => vec![plain("delivery", market, &json!({"market": market}))],
        Live::Policy { market, hash } => vec![plain("policy", market, &json!({"market": market, "hash": hash}))],
    }
}

fn plain(name: &'static str, market: &str, value: &serde_json::Value) -> Item {
    let json = vec![value.to_string().into()];
    Item { name, market: market.to_owned(), seq: None, kind: String::new(), verdict: None, json }
}

/// An event of the log, and the decision where a rule hit.
fn of_event(q: &mut Query<'_>, app: &App, market: &str, entry: &Entry) -> store::Result<Vec<Item>> {
    let row = decisions::find(q, market, entry.seq)?;
    let event = EventView::new(market, entry, &app.engine.pack(), row.is_some());
    Ok(items(app, market, entry, &event, row.as_ref()))
}

fn items(app: &App, market: &str, entry: &Entry, event: &EventView, row: Option<&decisions::Row>) -> Vec<Item> {
    let item = |name, json| Item {
        name,
        market: market.to_owned(),
        seq: Some(entry.seq),
        kind: entry.kind.clone(),
        verdict: Some(entry.verdict),
        json,
    };
    let mut items = vec![item("event", vec![text(event)])];
    if let Some(row) = row {
        let texts = access::LANGUAGES.iter().map(|language| {
            let mut view = decisions::view_in(app, language, row);
            view.event.data.clear();
            text(&view)
        });
        items.push(item("decision", texts.collect()));
    }
    items
}

fn text(value: &impl serde::Serialize) -> Arc<str> {
    serde_json::to_string(value).unwrap_or_default().into()
}
