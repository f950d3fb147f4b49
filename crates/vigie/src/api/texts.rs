//! Reading a text as the house would, and what a changed word list would find in yesterday's messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use decision::{Pack, Signals};
use domain::{HOUR, Span};
use serde::{Deserialize, Serialize};
use store::log::{self, Entry, Filter};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::events::markets;
use super::extract::GivenPolicy;
use super::policy::{Change, compute, over};
use super::view::EventView;
use crate::app::{App, Shared};
use crate::clock::now;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(preview))
}

/// The longest text read here, in bytes.
const LIMIT_TEXT: usize = 20_000;
/// The most messages a preview reads.
const PREVIEWED: usize = 5_000;
/// The most differing messages it shows.
const SAMPLES: usize = 30;

#[derive(Deserialize, ToSchema)]
struct ToRead {
    /// What to read.
    text: String,
    /// Word lists by path over those in force; null removes a file.
    #[serde(default)]
    #[schema(value_type = Object)]
    files: Change,
}

/// A text as the house reads it.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadView {
    /// Its language, when it can be told.
    language: Option<LanguageView>,
    /// What stands where, in order.
    spans: Vec<Mark>,
}

/// A language and how sure that is.
#[derive(Serialize, ToSchema)]
struct LanguageView {
    /// Its code.
    #[schema(example = "zh-Hans")]
    code: String,
    /// 0 to 1.
    confidence: f64,
}

/// Something that was read at a place of a text.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Mark {
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
    /// list (a term of a word list), act or identifier.
    #[schema(example = "list")]
    pub(super) kind: &'static str,
    /// The list, the act or the sort of identifier.
    #[schema(example = "off_platform")]
    pub(super) name: String,
    /// Of an act: offers, asks or neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) direction: Option<String>,
    /// Of an act: lure or warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) polarity: Option<&'static str>,
    /// Of an act: 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confidence: Option<f64>,
    /// Of an identifier: the app it belongs to, or `suspicious` for a look-alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) about: Option<String>,
}

impl Mark {
    /// A hit of a word list.
    fn list(span: &Span) -> Mark {
        let (start, end, name) = (span.start, span.end, span.signal.clone());
        Mark { start, end, kind: "list", name, direction: None, polarity: None, confidence: None, about: None }
    }
}

/// Everything read in a text, in order; what an identifier is stays in the text.
pub(super) fn marks(signals: &Signals) -> Vec<Mark> {
    let mut marks: Vec<Mark> = signals.spans.iter().map(Mark::list).collect();
    marks.extend(signals.acts.iter().map(|hit| Mark {
        start: hit.start,
        end: hit.end,
        kind: "act",
        name: hit.act.clone(),
        direction: Some(hit.direction.clone()),
        polarity: Some(if hit.warning { "warning" } else { "lure" }),
        confidence: Some(hit.confidence),
        about: None,
    }));
    marks.extend(signals.identifiers.iter().map(|one| Mark {
        start: one.start,
        end: one.end,
        kind: "identifier",
        name: one.kind.clone(),
        direction: None,
        polarity: None,
        confidence: None,
        about: one.app.clone().or_else(|| one.suspicious.then(|| "suspicious".to_owned())),
    }));
    marks.sort_by(|a, b| (a.start, a.end, a.kind, &a.name).cmp(&(b.start, b.end, b.kind, &b.name)));
    marks
}

/// Reads a text as the house would: language, terms of word lists, acts, identifiers. Nothing is kept.
#[utoipa::path(post, path = "/v1/text/read", tag = "texts", operation_id = "read_text", request_body = ToRead, responses(
    (status = 200, body = ReadView),
    (status = 400, description = "Refused: names the field at fault."),
    (status = 422, description = "Refused: the word lists do not hold; `diagnostics` says where."),
))]
async fn read(State(app): State<Shared>, GivenPolicy(given): GivenPolicy<ToRead>) -> Result<Json<ReadView>, Problem> {
    if given.text.len() > LIMIT_TEXT {
        return Err(Problem::field("text", format!("at most {LIMIT_TEXT} bytes are read here")));
    }
    let lists = lists(&app, given.files).await?;
    let view = compute(move || {
        let signals = lists.read_text(&given.text);
        let language = text::language(&given.text)
            .map(|(language, sure)| LanguageView { code: language.code().to_owned(), confidence: sure });
        ReadView { language, spans: marks(&signals) }
    });
    Ok(Json(view.await?))
}

/// The pack in force, or one of its word lists alone with a change laid over them.
async fn lists(app: &App, change: Change) -> Result<Arc<Pack>, Problem> {
    let pack = app.engine.pack();
    if change.is_empty() {
        return Ok(pack);
    }
    if let Some(path) = change.keys().find(|path| !path.starts_with("lexicons/")) {
        return Err(Problem::field("files", format!("`{path}` is no word list; those stand in lexicons/")));
    }
    let mut files = over(&pack, change);
    // Rules are not read here: a list may be tried while a rule's test still waits for it.
    files.retain(|path, _| path == "vigie.yaml" || path.starts_with("lexicons/"));
    let compiled = compute(move || Pack::compile(&files)).await?;
    compiled.map(Arc::new).map_err(|found| {
        Problem::unprocessable("the word lists do not hold")
            .with_diagnostics(serde_json::to_value(found).unwrap_or_default())
    })
}

#[derive(Deserialize, ToSchema)]
struct ToPreview {
    /// Word lists by path over those in force; null removes a file.
    #[schema(value_type = Object)]
    files: Change,
    /// Only this market.
    market: Option<String>,
    /// How far back, 1 to 168 hours; 24 when not said.
    hours: Option<u32>,
}

/// What changed word lists would find.
#[derive(Default, Serialize, ToSchema)]
struct Preview {
    /// Messages read, the newest at most 5000.
    messages: usize,
    /// Every list that hits before or after, by name.
    lists: Vec<ListChange>,
    /// Messages that differ, newest first; their texts are masked.
    samples: Vec<Sample>,
}

/// One list before and after.
#[derive(Serialize, ToSchema)]
struct ListChange {
    /// Its name.
    list: String,
    /// Messages it hits as it is in force.
    before: u64,
    /// Messages it would hit.
    after: u64,
}

/// A message in which the lists differ.
#[derive(Serialize, ToSchema)]
struct Sample {
    /// The message.
    event: EventView,
    /// new when it is hit only after, lost when only before, moved when at other places.
    change: &'static str,
    /// What would be read in it.
    spans: Vec<Mark>,
}

/// Reads the last day's messages with changed word lists and with those in force, and compares. Changes nothing.
#[utoipa::path(post, path = "/v1/text/preview", tag = "texts", operation_id = "preview_lexicon", request_body = ToPreview, responses(
    (status = 200, body = Preview),
    (status = 400, description = "Refused: names the field at fault."),
    (status = 422, description = "Refused: the word lists do not hold; `diagnostics` says where."),
))]
async fn preview(
    State(app): State<Shared>,
    caller: Caller,
    GivenPolicy(given): GivenPolicy<ToPreview>,
) -> Result<Json<Preview>, Problem> {
    let hours = given.hours.unwrap_or(24);
    if !(1..=168).contains(&hours) {
        return Err(Problem::field("hours", "choose 1 to 168 hours"));
    }
    let market = caller.market(given.market.as_deref())?;
    let after = lists(&app, given.files).await?;
    let before = app.engine.pack();
    let from = now().plus(-i64::from(hours) * HOUR);
    let rows = app.read(move |q| {
        let mut rows = Vec::new();
        for (no, name) in markets(q, market.as_deref())? {
            let first = log::seq_at(q, no, from)?;
            rows.extend(messages(q, no, first, PREVIEWED - rows.len())?.into_iter().map(|row| (name.clone(), row)));
        }
        Ok(rows)
    });
    let rows = rows.await?;
    Ok(Json(compute(move || compare(&rows, &before, &after)).await?))
}

/// The newest messages of a market from a seq on, newest first, at most `most`.
pub(super) fn messages(
    q: &mut store::Query<'_>,
    no: log::MarketNo,
    first: u64,
    most: usize,
) -> store::Result<Vec<Entry>> {
    let mut rows: Vec<Entry> = Vec::new();
    for kind in ["message.submitted", "message.sent"] {
        let filter = Filter { kind: Some(kind.to_owned()), ..Filter::default() };
        let (mut before, mut found) = (None, 0);
        while found < most {
            let page = log::page(q, no, before, &filter, (most - found).min(1_000))?;
            let fresh = page.items.into_iter().filter(|row| row.seq >= first);
            let held = rows.len();
            rows.extend(fresh);
            found += rows.len() - held;
            match page.next.filter(|next| *next > first) {
                Some(next) => before = Some(next),
                None => break,
            }
        }
    }
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.seq));
    rows.truncate(most);
    Ok(rows)
}

/// A message's text; it is read to compute a signal, never shown by this.
pub(super) fn text_of(entry: &Entry) -> Option<String> {
    let fields: domain::Object = serde_json::from_str(entry.personal.as_ref()?.expose()).ok()?;
    fields.get("text")?.as_str().map(str::to_owned)
}

fn compare(rows: &[(String, Entry)], before: &Pack, after: &Pack) -> Preview {
    let mut preview = Preview::default();
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (market, entry) in rows {
        let Some(text) = text_of(entry) else { continue };
        preview.messages += 1;
        let (old, new) = (before.read_text(&text), after.read_text(&text));
        for (signals, late) in [(&old, false), (&new, true)] {
            let mut lists: Vec<&str> = signals.spans.iter().map(|span| span.signal.as_str()).collect();
            lists.sort_unstable();
            lists.dedup();
            for list in lists {
                let count = counts.entry(list.to_owned()).or_default();
                *(if late { &mut count.1 } else { &mut count.0 }) += 1;
            }
        }
        if old.spans != new.spans && preview.samples.len() < SAMPLES {
            let change = match (old.spans.is_empty(), new.spans.is_empty()) {
                (true, _) => "new",
                (_, true) => "lost",
                _ => "moved",
            };
            let event = EventView::new(market, entry, before, entry.verdict > domain::Verdict::Allow);
            let spans = if new.spans.is_empty() { &old.spans } else { &new.spans };
            let spans = spans.iter().map(Mark::list).collect();
            preview.samples.push(Sample { event, change, spans });
        }
    }
    preview.lists = counts.into_iter().map(|(list, (before, after))| ListChange { list, before, after }).collect();
    preview
}
