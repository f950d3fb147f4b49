//! Cases: what people look at, claim, close and open again.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use desk::case::{self, Case, Filter, Finding};
use domain::{EntityRef, Time};
use engine::Command;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Caller;
use super::extract::{Given, Params, Place};
use super::page::limit;
use super::view::DecisionView;
use super::{Problem, decisions};
use crate::app::{App, Shared};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(claim))
        .routes(routes!(close))
        .routes(routes!(reopen))
}

/// The most decisions shown with a case.
const DECISIONS: usize = 50;
/// The most cases shown with an entity.
const ABOUT: usize = 50;

/// A case as it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct CaseView {
    /// Its name.
    id: String,
    /// Its market.
    market: String,
    /// Its queue.
    queue: String,
    /// Whom it is about, as `kind:id`.
    entity: String,
    /// open or closed.
    state: String,
    /// When it was opened.
    opened_at: String,
    /// When somebody should have looked; null when there is no such time.
    due_at: Option<String>,
    /// That time passed while it was open.
    overdue: bool,
    /// How many decisions asked.
    events: u64,
    /// The gravest of them, 0 to 1.
    score: f64,
    /// What was found: fraud, fine, unsure or undone; null while it is open.
    verdict: Option<String>,
    /// In the finder's words.
    note: Option<String>,
    /// Who works on it.
    claimed_by: Option<String>,
    /// Who closed it.
    closed_by: Option<String>,
    /// When.
    closed_at: Option<String>,
}

impl CaseView {
    fn new(case: Case) -> CaseView {
        CaseView {
            id: case.id,
            market: case.market,
            queue: case.queue,
            entity: case.entity,
            state: case.state,
            opened_at: case.opened_at.to_string(),
            due_at: case.due_at.map(|t| t.to_string()),
            overdue: case.overdue,
            events: case.events,
            score: case.score,
            verdict: case.verdict,
            note: case.note,
            claimed_by: case.claimed_by,
            closed_by: case.closed_by,
            closed_at: case.closed_at.map(|t| t.to_string()),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only this queue.
    queue: Option<String>,
    /// open or closed; both when not said.
    state: Option<String>,
    /// Only this market.
    market: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    /// How many, 1 to 200; 50 when not said.
    limit: Option<usize>,
}

/// How a queue stands.
#[derive(Serialize, ToSchema)]
struct QueueCount {
    /// Open cases.
    open: u64,
    /// Those that somebody should have looked at by now.
    overdue: u64,
}

/// A page of cases with the counts of every queue.
#[derive(Serialize, ToSchema)]
struct Cases {
    /// By queue.
    counts: BTreeMap<String, QueueCount>,
    /// Newest first.
    items: Vec<CaseView>,
    /// Give it as `before` for the next page; null at the end.
    next: Option<String>,
}

/// Lists cases, newest first, and counts the open ones of every queue.
#[utoipa::path(get, path = "/v1/cases", tag = "cases", operation_id = "list_cases", params(Asked), responses(
    (status = 200, body = Cases),
    (status = 400, description = "Refused: names the parameter at fault."),
))]
async fn list(State(app): State<Shared>, caller: Caller, Params(asked): Params<Asked>) -> Result<Json<Cases>, Problem> {
    let state = asked.state.unwrap_or_default();
    if !["", "open", "closed"].contains(&state.as_str()) {
        return Err(Problem::field("state", "choose open or closed"));
    }
    let market = caller.market(asked.market.as_deref())?.unwrap_or_default();
    let before = asked.before.as_deref().filter(|b| !b.is_empty()).map(read_cursor).transpose()?;
    let filter = Filter { market, queue: asked.queue.unwrap_or_default(), state };
    let size = limit(asked.limit);
    // A queue without an open case is shown as such and not left out.
    let empty: Vec<String> = app.engine.pack().manifest.queues.keys().cloned().collect();
    let (open, rows) = app
        .read(move |q| {
            let before = before.as_ref().map(|(at, id)| (*at, id.as_str()));
            Ok((case::counts(q, &filter.market)?, case::page(q, &filter, before, size)?))
        })
        .await?;
    let mut counts: BTreeMap<String, QueueCount> =
        empty.into_iter().map(|queue| (queue, QueueCount { open: 0, overdue: 0 })).collect();
    counts.extend(open.into_iter().map(|(queue, open, overdue)| (queue, QueueCount { open, overdue })));
    let next = rows.last().filter(|_| rows.len() == size).map(write_cursor);
    Ok(Json(Cases { counts, items: rows.into_iter().map(CaseView::new).collect(), next }))
}

fn write_cursor(case: &Case) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}", case.opened_at.0, case.id))
}

fn read_cursor(text: &str) -> Result<(Time, String), Problem> {
    let read = || {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (at, id) = plain.split_once('.')?;
        Some((Time(at.parse().ok()?), id.to_owned()))
    };
    read().ok_or_else(|| Problem::field("before", "this is no cursor of this list"))
}

/// A case with the decisions that asked for it.
#[derive(Serialize, ToSchema)]
struct CasePage {
    /// The case.
    #[serde(flatten)]
    case: CaseView,
    /// The decisions, newest first.
    decisions: Vec<DecisionView>,
}

/// Gives one case with the decisions that asked for it.
#[utoipa::path(get, path = "/v1/cases/{id}", tag = "cases", operation_id = "get_case",
    params(("id" = String, Path, description = "The case.")),
    responses((status = 200, body = CasePage), (status = 404, description = "Refused: there is no such case."))
)]
async fn one(State(app): State<Shared>, caller: Caller, Place(id): Place<String>) -> Result<Json<CasePage>, Problem> {
    let case = known(&app, &caller, &id).await?;
    let market = case.market.clone();
    let rows = app
        .read(move |q| {
            let mut seqs = case::decisions(q, &id, DECISIONS)?;
            seqs.sort_unstable_by(|a, b| b.cmp(a));
            let mut rows = Vec::with_capacity(seqs.len());
            for seq in seqs {
                rows.extend(decisions::find(q, &market, seq)?);
            }
            Ok(rows)
        })
        .await?;
    let decisions = rows.iter().map(|row| decisions::view(&app, &caller, row)).collect();
    Ok(Json(CasePage { case: CaseView::new(case), decisions }))
}

/// The case; refuses one that is not there, or of a market the caller may not speak of.
async fn known(app: &App, caller: &Caller, id: &str) -> Result<Case, Problem> {
    let wanted = id.to_owned();
    let case = app.read(move |q| case::get(q, &wanted)).await?;
    let case = case.ok_or_else(|| Problem::missing("case with that id"))?;
    caller.in_market(&case.market)?;
    Ok(case)
}

/// Carries a command on a case out and gives the case as it stands then.
async fn on_case(app: &App, caller: &Caller, id: String, command: Command) -> Result<Json<CaseView>, Problem> {
    let case = known(app, caller, &id).await?;
    app.act(caller, &case.market, command).await?;
    Ok(Json(CaseView::new(known(app, caller, &id).await?)))
}

/// Takes a case.
#[utoipa::path(post, path = "/v1/cases/{id}/claim", tag = "cases", operation_id = "claim_case",
    params(("id" = String, Path, description = "The case.")),
    responses(
        (status = 200, body = CaseView),
        (status = 404, description = "Refused: there is no such case."),
        (status = 409, description = "Refused: somebody else has it, or it is closed."),
    )
)]
async fn claim(State(app): State<Shared>, caller: Caller, Place(id): Place<String>) -> Result<Json<CaseView>, Problem> {
    on_case(&app, &caller, id.clone(), Command::Claim { id }).await
}

#[derive(Deserialize, ToSchema)]
struct ToClose {
    /// fraud, fine or unsure.
    verdict: String,
    /// In your words.
    #[serde(default)]
    note: String,
    /// Which acts of the conversation you found, such as pay_outside; they teach the guard.
    #[serde(default)]
    acts: Vec<String>,
}

/// Closes a case with what was found.
#[utoipa::path(post, path = "/v1/cases/{id}/close", tag = "cases", operation_id = "close_case", request_body = ToClose,
    params(("id" = String, Path, description = "The case.")),
    responses(
        (status = 200, body = CaseView),
        (status = 400, description = "Refused: names the field at fault."),
        (status = 404, description = "Refused: there is no such case."),
        (status = 409, description = "Refused: it is closed already."),
    )
)]
async fn close(
    State(app): State<Shared>,
    caller: Caller,
    Place(id): Place<String>,
    Given(given): Given<ToClose>,
) -> Result<Json<CaseView>, Problem> {
    let finding =
        Finding::parse(&given.verdict).ok_or_else(|| Problem::field("verdict", "choose fraud, fine or unsure"))?;
    if let Some(unknown) = given.acts.iter().find(|act| text::Act::parse(act).is_none()) {
        let unknown: String = unknown.chars().take(40).collect();
        return Err(Problem::field("acts", format!("there is no act `{unknown}`")));
    }
    let mut acts = given.acts;
    acts.sort();
    acts.dedup();
    on_case(&app, &caller, id.clone(), Command::Close { id, finding, note: given.note, acts }).await
}

#[derive(Deserialize, ToSchema)]
struct ToReopen {
    /// Why; it stands in the record.
    why: String,
}

/// Opens a closed case again.
#[utoipa::path(post, path = "/v1/cases/{id}/reopen", tag = "cases", operation_id = "reopen_case", request_body = ToReopen,
    params(("id" = String, Path, description = "The case.")),
    responses(
        (status = 200, body = CaseView),
        (status = 400, description = "Refused: names the field at fault."),
        (status = 404, description = "Refused: there is no such case."),
        (status = 409, description = "Refused: it is open, or another about the same entity is."),
    )
)]
async fn reopen(
    State(app): State<Shared>,
    caller: Caller,
    Place(id): Place<String>,
    Given(given): Given<ToReopen>,
) -> Result<Json<CaseView>, Problem> {
    on_case(&app, &caller, id.clone(), Command::Reopen { id, why: given.why }).await
}

/// Cases about an entity, newest first.
pub(super) async fn about(app: &App, market: &str, entity: &EntityRef) -> Result<Vec<CaseView>, Problem> {
    let (market, entity) = (market.to_owned(), entity.to_string());
    let cases = app.read(move |q| case::about(q, &market, &entity, ABOUT)).await?;
    Ok(cases.into_iter().map(CaseView::new).collect())
}

/// How many cases are open in one market or all.
pub(super) async fn open(app: &App, market: Option<String>) -> Result<u64, Problem> {
    let counts = app.read(move |q| case::counts(q, market.as_deref().unwrap_or_default())).await?;
    Ok(counts.iter().map(|(_, open, _)| open).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_or_refused() {
        let plain = URL_SAFE_NO_PAD.encode("17.sg-4-0");
        assert_eq!(read_cursor(&plain).unwrap(), (Time(17), "sg-4-0".to_owned()));
        for text in ["", "!", "MTc", "eC55"] {
            assert_eq!(read_cursor(text).unwrap_err().status, 400, "{text}");
        }
    }
}
