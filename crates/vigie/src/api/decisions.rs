//! Reading decisions, replaying one, taking one back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::Decision;
use engine::Command;
use engine::replay::{Progress, Replayer};
use serde::{Deserialize, Serialize};
use store::log::{self, Entry};
use store::outbox::{self, Delivery};
use store::{Query, decisions};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::events::{markets, verdict};
use super::extract::{Given, Params, Place};
use super::page::{Cursor, Page, Range, Share, limit, merge};
use super::policy::compute;
use super::view::{DecisionView, EventView, UndoneView};
use crate::app::{App, Shared};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(replay)).routes(routes!(undo))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only this market.
    market: Option<String>,
    /// Only this verdict.
    verdict: Option<String>,
    /// Only decisions where this rule hit, in whatever mode.
    rule: Option<String>,
    /// Only those of events received from then on.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only those of events received before then.
    #[param(format = DateTime)]
    until: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    /// How many, 1 to 200; 50 when not said.
    limit: Option<usize>,
}

/// Everything a view of one decision is made from.
pub(super) struct Row {
    market: String,
    entry: Entry,
    decision: Decision,
    deliveries: Vec<Delivery>,
    undone: Option<UndoneView>,
}

impl Row {
    /// A row of what was decided just now.
    pub(super) fn fresh(market: &str, entry: &Entry, decision: &Decision) -> Row {
        Row {
            market: market.to_owned(),
            entry: entry.clone(),
            decision: decision.clone(),
            deliveries: Vec::new(),
            undone: None,
        }
    }
}

/// Lists decisions, newest first; only events where a rule hit have one.
#[utoipa::path(get, path = "/v1/decisions", tag = "decisions", operation_id = "list_decisions", params(Asked), responses(
    (status = 200, body = Page<DecisionView>),
    (status = 400, description = "Refused: names the parameter at fault."),
))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Json<Page<DecisionView>>, Problem> {
    let market = caller.market(asked.market.as_deref())?;
    let filter =
        decisions::Filter { verdict: verdict(asked.verdict.as_deref())?, rule: asked.rule.filter(|r| !r.is_empty()) };
    let cursor = Cursor::parse(asked.before.as_deref())?;
    let range = Range::parse(asked.from.as_deref(), asked.until.as_deref())?;
    let size = limit(asked.limit);
    let page = app.read(move |q| page(q, market.as_deref(), &filter, &cursor, range, size)).await?;
    let items = page.items.into_iter().map(|row| view(&app, &caller, &row)).collect();
    Ok(Json(Page { items, next: page.next }))
}

fn page(
    q: &mut Query<'_>,
    market: Option<&str>,
    filter: &decisions::Filter,
    cursor: &Cursor,
    range: Range,
    size: usize,
) -> store::Result<Page<Row>> {
    let mut shares = Vec::new();
    for (no, name) in markets(q, market)? {
        let (before, first) = range.seqs(q, no, cursor.0.get(&name).copied())?;
        if before == Some(0) {
            continue;
        }
        let mut page = decisions::page(q, no, before, filter, size)?;
        page.items.retain(|(seq, _)| *seq >= first);
        page.next = page.next.filter(|next| *next > first);
        let seqs: Vec<u64> = page.items.iter().map(|(seq, _)| *seq).collect();
        let entries = log::get_many(q, no, &seqs)?;
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries {
            let body = page.items.iter().find(|(seq, _)| *seq == entry.seq).map(|(_, body)| body.as_str());
            let row = assemble(q, &name, entry, body.unwrap_or_default())?;
            items.push((row.entry.received_at, row.entry.seq, row));
        }
        shares.push(Share { market: name, items, next: page.next });
    }
    Ok(merge(shares, size))
}

fn assemble(q: &mut Query<'_>, market: &str, entry: Entry, body: &str) -> store::Result<Row> {
    let decision = serde_json::from_str(body)
        .map_err(|e| store::Error::Corrupt(format!("decision {} of {market}: {e}", entry.seq)))?;
    let deliveries = match log::find_market(q, market)? {
        Some(no) => outbox::of_event(q, no, entry.seq)?,
        None => Vec::new(),
    };
    Ok(Row { market: market.to_owned(), undone: undone(q, market, entry.seq)?, entry, decision, deliveries })
}

/// Who took a decision back.
fn undone(q: &mut Query<'_>, market: &str, seq: u64) -> store::Result<Option<UndoneView>> {
    let taken = engine::taken_back(q, market, seq)?;
    Ok(taken.map(|taken| UndoneView { at: taken.at.to_string(), by: taken.by, why: taken.why }))
}

/// One decision with its event; `None` when no rule hit there.
pub(super) fn find(q: &mut Query<'_>, market: &str, seq: u64) -> store::Result<Option<Row>> {
    let Some(no) = log::find_market(q, market)? else { return Ok(None) };
    let (Some(entry), Some(body)) = (log::get(q, no, seq)?, decisions::get(q, no, seq)?) else { return Ok(None) };
    assemble(q, market, entry, &body).map(Some)
}

/// Puts a row into the reader's words.
pub(super) fn view(app: &App, caller: &Caller, row: &Row) -> DecisionView {
    view_in(app, caller.language(), row)
}

/// Puts a row into the words of a language.
pub(super) fn view_in(app: &App, language: &str, row: &Row) -> DecisionView {
    let now = app.engine.pack();
    let then = if now.hash == row.decision.policy {
        Arc::clone(&now)
    } else {
        app.engine.pack_of(&row.decision.policy).unwrap_or_else(|_| Arc::clone(&now))
    };
    let event = EventView::new(&row.market, &row.entry, &now, true);
    DecisionView::new(&row.decision, event, &then, &[language, "en"], &row.deliveries, row.undone.clone())
}

/// Gives one decision: what happened, why, every value read, and what became of its effects.
#[utoipa::path(get, path = "/v1/decisions/{market}/{seq}", tag = "decisions", operation_id = "get_decision",
    params(("market" = String, Path, description = "The market."), ("seq" = u64, Path, description = "Its place in the log.")),
    responses((status = 200, body = DecisionView), (status = 404, description = "Refused: no rule hit there."))
)]
async fn one(
    State(app): State<Shared>,
    caller: Caller,
    Place((market, seq)): Place<(String, u64)>,
) -> Result<Json<DecisionView>, Problem> {
    let row = row(&app, &caller, &market, seq).await?;
    Ok(Json(view(&app, &caller, &row)))
}

async fn row(app: &App, caller: &Caller, market: &str, seq: u64) -> Result<Row, Problem> {
    caller.in_market(market)?;
    let name = market.to_owned();
    let found = app.read(move |q| find(q, &name, seq)).await?;
    found.ok_or_else(|| Problem::missing(format!("decision {seq} in that market")))
}

/// The most events walked to make one decision again while somebody waits.
const REPLAYED: u64 = 500_000;

/// A decision made again from what was known then.
#[derive(Serialize, ToSchema)]
struct Replayed {
    /// Whether both are the same to the byte.
    same: bool,
    /// As it was stored.
    stored: DecisionView,
    /// As it came out again.
    replayed: DecisionView,
}

/// Makes a decision again under the policy then in force and compares.
#[utoipa::path(post, path = "/v1/decisions/{market}/{seq}/replay", tag = "decisions", operation_id = "replay_decision",
    params(("market" = String, Path, description = "The market."), ("seq" = u64, Path, description = "Its place in the log.")),
    responses(
        (status = 200, body = Replayed),
        (status = 404, description = "Refused: no rule hit there."),
        (status = 422, description = "Refused: too many events lie before it."),
        (status = 429, description = "Refused: another decision is being replayed."),
    )
)]
async fn replay(
    State(app): State<Shared>,
    caller: Caller,
    Place((market, seq)): Place<(String, u64)>,
) -> Result<Json<Replayed>, Problem> {
    let row = row(&app, &caller, &market, seq).await?;
    if seq > REPLAYED {
        let detail = format!("{seq} events lie before it; `vigie replay --verify` walks them without haste");
        return Err(Problem::unprocessable(detail));
    }
    let _turn = app.replaying.try_acquire().map_err(|_| Problem::slow_down(5, "another decision is being replayed"))?;
    let shared = Arc::clone(&app);
    let again = compute(move || Replayer::beside(&shared.engine)?.one(&market, seq, &Progress::default()));
    let again = again.await?.map_err(Problem::internal)?;
    let bytes = |d: &Decision| serde_json::to_string(d).unwrap_or_default();
    let same = again.as_ref().is_some_and(|d| bytes(d) == bytes(&row.decision));
    // No rule hits now: what is left of the decision is its frame.
    let empty = || Decision {
        verdict: domain::Verdict::Allow,
        score: 0.0,
        hits: vec![],
        effects: vec![],
        ..row.decision.clone()
    };
    let stored = view(&app, &caller, &row);
    let replayed = view(&app, &caller, &Row { decision: again.unwrap_or_else(empty), ..row });
    Ok(Json(Replayed { same, stored, replayed }))
}

#[derive(Deserialize, ToSchema)]
struct Why {
    /// One sentence for those who read it later.
    why: String,
}

/// What undoing gave.
#[derive(Serialize, ToSchema)]
struct Undone {
    /// Effects taken back.
    undone: Vec<UndoneEffect>,
    /// Effects that stand.
    kept: Vec<KeptEffect>,
}

/// An effect that was taken back.
#[derive(Serialize, ToSchema)]
struct UndoneEffect {
    /// Its place in the decision.
    index: usize,
    /// How.
    how: String,
}

/// An effect that stands.
#[derive(Serialize, ToSchema)]
struct KeptEffect {
    /// Its place in the decision.
    index: usize,
    /// Why.
    why: String,
}

/// Takes a decision's effects back where they can be.
#[utoipa::path(post, path = "/v1/decisions/{market}/{seq}/undo", tag = "decisions", operation_id = "undo_decision",
    params(("market" = String, Path, description = "The market."), ("seq" = u64, Path, description = "Its place in the log.")),
    request_body = Why,
    responses(
        (status = 200, body = Undone),
        (status = 404, description = "Refused: no rule hit there."),
        (status = 409, description = "Refused: it was taken back already, or a later fact depends on it."),
    )
)]
async fn undo(
    State(app): State<Shared>,
    caller: Caller,
    Place((market, seq)): Place<(String, u64)>,
    Given(given): Given<Why>,
) -> Result<Json<Undone>, Problem> {
    caller.in_market(&market)?;
    let outcome = app.act(&caller, &market, Command::Undo { seq, why: given.why }).await?;
    let view = |undone: engine::Undone| UndoneEffect { index: undone.index, how: undone.how };
    let (undone, kept) = (outcome.undone.into_iter().map(view), outcome.kept.into_iter());
    let kept = kept.map(|kept| KeptEffect { index: kept.index, why: kept.how });
    Ok(Json(Undone { undone: undone.collect(), kept: kept.collect() }))
}
