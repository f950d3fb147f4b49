//! Figures at a glance.

use axum::Json;
use axum::extract::State;
use domain::MINUTE;
use serde::{Deserialize, Serialize};
use store::log;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::events::markets;
use super::extract::Params;
use crate::app::{App, Shared};
use crate::clock::now;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(stats))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only this market.
    market: Option<String>,
}

/// Figures of one market or all.
#[derive(Serialize, ToSchema)]
struct Stats {
    /// Events in the log.
    events: u64,
    /// Events where a rule hit.
    decisions: u64,
    /// Verdicts warn.
    warned: u64,
    /// Verdicts hold.
    held: u64,
    /// Verdicts block.
    blocked: u64,
    /// Verdicts review.
    reviewed: u64,
    /// Cases that are open.
    cases_open: u64,
    /// Events acknowledged since the start that are not in the log; anything but 0 is a fault.
    lost: u64,
    /// Events in the last full minute.
    rate_1m: u64,
    /// The last hour, oldest first.
    by_minute: Vec<MinuteView>,
}

/// One minute.
#[derive(Serialize, ToSchema)]
struct MinuteView {
    /// When it began.
    at: String,
    /// Events taken in.
    events: u64,
    /// Events where a rule hit.
    hits: u64,
}

/// Gives figures of one market or all.
#[utoipa::path(get, path = "/v1/stats", tag = "stats", operation_id = "get_stats", params(Asked), responses((status = 200, body = Stats)))]
async fn stats(
    State(app): State<Shared>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Json<Stats>, Problem> {
    let market = caller.market(asked.market.as_deref())?;
    let at = now();
    // Acknowledged is asked first and the log after, so that what happens between cannot look lost.
    let (counts, minutes, acknowledged) = app.figures.sum(market.as_deref(), at);
    let (events, ends) = events(&app, market.clone()).await?;
    let lost = acknowledged.iter().map(|(name, begun, count)| {
        let end = ends.iter().find(|(m, _)| m == name).map_or(0, |(_, last)| *last);
        count.saturating_sub(end.saturating_sub(*begun))
    });
    let newest = at.0 - at.0.rem_euclid(MINUTE);
    let last_full = minutes.iter().find(|m| m.at.0 == newest - MINUTE).map_or(0, |m| m.events);
    Ok(Json(Stats {
        events,
        decisions: counts.decisions,
        warned: counts.warned,
        held: counts.held,
        blocked: counts.blocked,
        reviewed: counts.reviewed,
        cases_open: super::cases::open(&app, market).await?,
        lost: lost.sum(),
        rate_1m: last_full,
        by_minute: minutes
            .into_iter()
            .map(|m| MinuteView { at: m.at.to_string(), events: m.events, hits: m.hits })
            .collect(),
    }))
}

/// Events in the log, and each market's last seq.
async fn events(app: &App, market: Option<String>) -> Result<(u64, Vec<(String, u64)>), Problem> {
    app.read(move |q| {
        let (mut sum, mut ends) = (0, Vec::new());
        for (no, name) in markets(q, market.as_deref())? {
            let last = log::last_seq(q, no)?;
            sum += last.saturating_sub(log::floor(q, no)?);
            ends.push((name, last));
        }
        Ok((sum, ends))
    })
    .await
}
