//! Backtests: what a candidate policy would have done.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use decision::Pack;
use domain::Time;
use engine::policy;
use engine::replay::{Backtest, RuleChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::events::find;
use super::extract::{GivenPolicy, Place};
use super::policy::{Change, compute, over};
use super::view::EventView;
use crate::app::{App, Shared};
use crate::backtest::{Job, State as Stage, Wanted};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(start)).routes(routes!(one, cancel))
}

#[derive(Deserialize, ToSchema)]
struct ToRun {
    /// The candidate as texts by path over the policy in force; null removes a file.
    #[schema(value_type = Option<Object>)]
    files: Option<Change>,
    /// The candidate as a stored version; `files` lie over it when both are given.
    hash: Option<String>,
    /// Only this market.
    market: Option<String>,
    /// Only events received from then on.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// Only events received before then.
    #[schema(format = DateTime)]
    to: Option<String>,
}

/// A backtest by its name.
#[derive(Serialize, ToSchema)]
struct Started {
    /// Its name.
    id: String,
}

/// Starts a backtest of a candidate policy over the log; nothing is written, sent or scheduled.
#[utoipa::path(post, path = "/v1/backtests", tag = "backtests", operation_id = "start_backtest", request_body = ToRun, responses(
    (status = 202, body = Started),
    (status = 400, description = "Refused: names the field at fault."),
    (status = 404, description = "Refused: there is no such version."),
    (status = 422, description = "Refused: the candidate does not hold; `diagnostics` says where."),
    (status = 429, description = "Refused: too many run already."),
))]
async fn start(
    State(app): State<Shared>,
    GivenPolicy(given): GivenPolicy<ToRun>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let (from, to) = (time(given.from.as_deref(), "from")?, time(given.to.as_deref(), "to")?);
    let mut base = app.engine.pack();
    if let Some(hash) = given.hash.filter(|h| !h.is_empty()) {
        let wanted = hash.clone();
        if app.read(move |q| policy::files(q, &wanted)).await?.is_none() {
            return Err(Problem::missing("version with that hash"));
        }
        base = app.engine.pack_of(&hash).map_err(|e| Problem::unprocessable(e.to_string()))?;
    }
    let files = over(&base, given.files.unwrap_or_default());
    let pack = compute(move || Pack::compile(&files)).await?.map_err(|found| {
        Problem::unprocessable("the candidate does not hold")
            .with_diagnostics(serde_json::to_value(found).unwrap_or_default())
    })?;
    let wanted = Wanted { pack: Arc::new(pack), market: given.market.filter(|m| !m.is_empty()), from, to };
    let shared = Arc::clone(&app);
    let job = crate::app::off_thread(move || shared.backtests.start(&shared.store, wanted)).await?;
    let job = job.ok_or_else(|| Problem::slow_down(10, "two backtests run already; wait or cancel one"))?;
    Ok((StatusCode::ACCEPTED, Json(Started { id: job.id.clone() })))
}

fn time(text: Option<&str>, field: &str) -> Result<Option<Time>, Problem> {
    text.filter(|t| !t.is_empty()).map(Time::parse).transpose().map_err(|e| Problem::field(field, e))
}

/// How a backtest stands.
#[derive(Serialize, ToSchema)]
struct BacktestView {
    /// Its name.
    id: String,
    /// running, done, failed or cancelled.
    state: &'static str,
    /// Events replayed.
    done: u64,
    /// Events there are.
    total: u64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What it found, when done.
    result: Option<ResultView>,
}

/// What a candidate would have changed.
#[derive(Serialize, ToSchema)]
struct ResultView {
    /// Events compared.
    events: u64,
    /// How long it took.
    took_ms: u64,
    /// Hits only the candidate has.
    new_hits: u64,
    /// Hits only the log has.
    lost_hits: u64,
    /// Hits both have.
    same_hits: u64,
    /// By rule.
    #[schema(value_type = Vec<Object>)]
    by_rule: Vec<RuleChange>,
    /// Events whose verdict changes.
    verdicts_changed: u64,
    /// Different people among them.
    people_affected: u64,
    /// Money of those events, by currency.
    #[schema(value_type = Vec<Object>)]
    value_affected: Vec<domain::Money>,
    /// The first changed hits.
    samples: Vec<SampleView>,
}

/// One changed hit.
#[derive(Serialize, ToSchema)]
struct SampleView {
    /// The market.
    market: String,
    /// The event's place in its log.
    seq: u64,
    /// The rule.
    rule: String,
    /// new or lost.
    change: &'static str,
    /// The event.
    event: EventView,
}

/// Tells how far a backtest has come, and what it found.
#[utoipa::path(get, path = "/v1/backtests/{id}", tag = "backtests", operation_id = "get_backtest",
    params(("id" = String, Path, description = "The backtest.")),
    responses((status = 200, body = BacktestView), (status = 404, description = "Refused: there is no such backtest."))
)]
async fn one(State(app): State<Shared>, Place(id): Place<String>) -> Result<Json<BacktestView>, Problem> {
    let job = job(&app, &id)?;
    let (done, total) = (job.progress.done.load(Relaxed), job.total);
    let (state, error, result) = match job.state() {
        Stage::Running => ("running", None, None),
        Stage::Failed(why) => ("failed", Some(why), None),
        Stage::Cancelled => ("cancelled", None, None),
        Stage::Done(found, took_ms) => ("done", None, Some(result(&app, *found, took_ms).await?)),
    };
    Ok(Json(BacktestView { id, state, done: done.min(total), total, error, result }))
}

fn job(app: &App, id: &str) -> Result<Arc<Job>, Problem> {
    app.backtests.get(id).ok_or_else(|| Problem::missing("backtest with that id"))
}

async fn result(app: &Shared, found: Backtest, took_ms: u64) -> Result<ResultView, Problem> {
    let (pack, wanted) = (app.engine.pack(), found.samples.clone());
    let samples = app.read(move |q| {
        let mut samples = Vec::with_capacity(wanted.len());
        for sample in wanted {
            if let Some((entry, decided)) = find(q, &sample.market, sample.seq)? {
                let event = EventView::new(&sample.market, &entry, &pack, decided);
                let (market, seq, rule, change) = (sample.market, sample.seq, sample.rule, sample.change);
                samples.push(SampleView { market, seq, rule, change, event });
            }
        }
        Ok(samples)
    });
    Ok(ResultView {
        samples: samples.await?,
        events: found.events,
        took_ms,
        new_hits: found.new_hits,
        lost_hits: found.lost_hits,
        same_hits: found.same_hits,
        by_rule: found.by_rule,
        verdicts_changed: found.verdicts_changed,
        people_affected: found.people_affected,
        value_affected: found.value_affected,
    })
}

/// Stops a backtest.
#[utoipa::path(delete, path = "/v1/backtests/{id}", tag = "backtests", operation_id = "cancel_backtest",
    params(("id" = String, Path, description = "The backtest.")),
    responses((status = 204, description = "It stops."), (status = 404, description = "Refused: there is no such backtest."))
)]
async fn cancel(State(app): State<Shared>, Place(id): Place<String>) -> Result<StatusCode, Problem> {
    job(&app, &id)?.progress.cancel.store(true, Relaxed);
    Ok(StatusCode::NO_CONTENT)
}
