//! Asking for a verdict: one attempt in, one answer out.

use std::sync::atomic::Ordering::Relaxed;

use axum::Json;
use axum::extract::{Request, State};
use domain::{Answer, Mode, Reason, Verdict};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::intake::{commit, knock};
use crate::app::{App, Shared};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(decide))
}

/// The answer to an attempt.
#[derive(Serialize, ToSchema)]
struct Decided {
    /// Names the decision: `market:seq`. Deliveries carry it with the effect's place behind.
    #[schema(example = "sg:4711")]
    key: String,
    /// The event's place in its market's log.
    seq: u64,
    /// What may happen with it.
    #[schema(value_type = String, example = "hold")]
    verdict: Verdict,
    /// 0 to 1: how grave.
    score: f64,
    /// Why, in the caller's language (`Accept-Language`): rules that acted.
    #[schema(value_type = Vec<Object>)]
    reasons: Vec<Reason>,
    /// What is being done about it.
    #[schema(value_type = Vec<Object>)]
    effects: Vec<Value>,
    /// The same event had been decided before; this is the first answer.
    duplicate: bool,
    /// It had been sent with other bytes; the first stand.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    differs: bool,
}

/// Decides one event: appends the attempt, answers with the verdict and the reasons.
#[utoipa::path(post, path = "/v1/decide", tag = "intake", operation_id = "decide",
    request_body(content = Object, description = "One CloudEvent.", content_type = "application/cloudevents+json"),
    responses(
        (status = 200, body = Decided, description = "Decided and committed."),
        (status = 400, description = "Refused: unreadable, too large, not exactly one event, or a field is at fault."),
        (status = 415, description = "Refused: an encoding that is not read here."),
        (status = 429, description = "Refused: the queue is full; `Retry-After` says when to come back."),
        (status = 503, description = "Refused: the commit failed; the same event may be sent again."),
    )
)]
async fn decide(State(app): State<Shared>, caller: Caller, request: Request) -> Result<Json<Decided>, Problem> {
    let knock = knock(&app, &caller, request).await?;
    let intake = knock.read(&app)?;
    if let Some(bad) = intake.rejected.into_iter().next() {
        app.metrics.events_rejected.fetch_add(1, Relaxed);
        return Err(Problem::field(bad.field, bad.error));
    }
    let [(_, event)] = <[_; 1]>::try_from(intake.events)
        .map_err(|events| Problem::field("body", format!("send exactly one event, not {}", events.len())))?;
    let market = event.market.clone();
    match commit(&app, vec![event]).await?.pop() {
        Some(Ok(answer)) => {
            let counter = if answer.duplicate { &app.metrics.events_duplicate } else { &app.metrics.events_accepted };
            counter.fetch_add(1, Relaxed);
            Ok(Json(decided(&app, &market, answer, &knock.languages())))
        }
        Some(Err(fault)) => {
            app.metrics.events_rejected.fetch_add(1, Relaxed);
            Err(Problem::field(fault.field, fault.error))
        }
        None => Err(Problem::internal("the engine gave no answer")),
    }
}

fn decided(app: &App, market: &str, answer: Answer, languages: &[&str]) -> Decided {
    let (mut reasons, mut effects) = (Vec::new(), Vec::new());
    if let Some(decision) = &answer.decision {
        let acting: Vec<_> =
            decision.hits.iter().filter(|h| !matches!(h.mode, Mode::Shadow | Mode::Draft)).cloned().collect();
        reasons = decision::reasons(&app.engine.pack(), &acting, languages);
        effects = decision.effects.iter().filter_map(|e| serde_json::to_value(e).ok()).collect();
    }
    Decided {
        key: format!("{market}:{}", answer.seq),
        seq: answer.seq,
        verdict: answer.verdict,
        score: answer.score,
        reasons,
        effects,
        duplicate: answer.duplicate,
        differs: answer.differs,
    }
}
