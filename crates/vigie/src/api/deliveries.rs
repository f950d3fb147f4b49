//! The outbox: what went out, what waits, what failed for good.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Time;
use engine::Command;
use serde::{Deserialize, Serialize};
use store::outbox::{self, Cursor, Delivery, State as Stage};
use store::{Query, log};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::extract::{Params, Place};
use super::page::limit;
use crate::app::{App, Shared};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(retry)).routes(routes!(cancel))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only this state: waiting, failed, delivered, dead or cancelled.
    state: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    /// How many, 1 to 200; 50 when not said.
    limit: Option<usize>,
}

/// An effect on its way out.
#[derive(Serialize, ToSchema)]
struct DeliveryView {
    /// The idempotency key the receiver sees.
    key: String,
    /// The deciding event's market.
    market: String,
    /// The deciding event's place in the log.
    seq: u64,
    /// Which effect of that decision.
    index: u32,
    /// message or webhook.
    kind: String,
    /// Where it goes.
    target: String,
    /// Whom it concerns, as `kind:id`.
    entity: String,
    /// waiting, failed, delivered, dead or cancelled.
    state: String,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried next; null when it is not.
    next_at: Option<String>,
    /// Why the last try failed.
    last_error: Option<String>,
    /// When it was decided.
    created_at: String,
    /// When the receiver had it.
    delivered_at: Option<String>,
}

/// A page of deliveries with the counts of all.
#[derive(Serialize, ToSchema)]
struct Deliveries {
    /// How many stand in each state.
    counts: BTreeMap<String, u64>,
    /// Newest first.
    items: Vec<DeliveryView>,
    /// Give it as `before` for the next page; null at the end.
    next: Option<String>,
}

/// Lists deliveries, newest first, and counts them by state.
#[utoipa::path(get, path = "/v1/deliveries", tag = "deliveries", operation_id = "list_deliveries", params(Asked), responses(
    (status = 200, body = Deliveries),
    (status = 400, description = "Refused: names the parameter at fault."),
))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Json<Deliveries>, Problem> {
    let stage = match asked.state.as_deref().filter(|s| !s.is_empty()) {
        None => None,
        Some(name) => Some(
            Stage::parse(name)
                .ok_or_else(|| Problem::field("state", "choose waiting, failed, delivered, dead or cancelled"))?,
        ),
    };
    let before = asked.before.as_deref().filter(|b| !b.is_empty()).map(read_cursor).transpose()?;
    let size = limit(asked.limit);
    let market = caller.market(None)?;
    let answer = app.read(move |q| page(q, market.as_deref(), stage, before, size)).await?;
    Ok(Json(answer))
}

fn page(
    q: &mut Query<'_>,
    market: Option<&str>,
    stage: Option<Stage>,
    before: Option<Cursor>,
    size: usize,
) -> store::Result<Deliveries> {
    let names: BTreeMap<i64, String> = log::markets(q)?.into_iter().map(|(no, name)| (no.0, name)).collect();
    let own =
        market.and_then(|market| names.iter().find(|(_, name)| *name == market)).map(|(no, _)| log::MarketNo(*no));
    let counts = Stage::ALL.iter().map(|s| s.name().to_owned()).zip(outbox::counts(q, own)?).collect();
    let rows = outbox::page(q, stage, before, size)?;
    let next = rows.last().filter(|_| rows.len() == size).map(|d| write_cursor(&d.cursor()));
    let named = |delivery: &Delivery| names.get(&delivery.market.0).cloned().unwrap_or_default();
    let items = rows.iter().filter(|d| market.is_none_or(|m| named(d) == m)).map(|d| view(d, named(d))).collect();
    Ok(Deliveries { counts, items, next })
}

fn view(delivery: &Delivery, market: String) -> DeliveryView {
    let parcel = &delivery.parcel;
    let open = matches!(delivery.state, Stage::Waiting | Stage::Failed);
    DeliveryView {
        key: parcel.key.clone(),
        market,
        seq: parcel.seq,
        index: parcel.idx,
        kind: parcel.kind.clone(),
        target: parcel.target.clone(),
        entity: parcel.entity.clone(),
        state: delivery.state.name().to_owned(),
        attempts: delivery.attempts,
        next_at: open.then(|| parcel.next_at.to_string()),
        last_error: delivery.last_error.clone(),
        created_at: parcel.created_at.to_string(),
        delivered_at: delivery.delivered_at.map(|t| t.to_string()),
    }
}

fn write_cursor(cursor: &Cursor) -> String {
    let (market, seq, idx) = cursor.place;
    URL_SAFE_NO_PAD.encode(format!("{}.{market}.{seq}.{idx}", cursor.created_at.0))
}

fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    let read = || {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = plain.splitn(4, '.');
        let created_at = Time(parts.next()?.parse().ok()?);
        let place = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Cursor { created_at, place })
    };
    read().ok_or_else(|| Problem::field("before", "this is no cursor of this list"))
}

/// Tries a failed or dead delivery again at once.
#[utoipa::path(post, path = "/v1/deliveries/{key}/retry", tag = "deliveries", operation_id = "retry_delivery",
    params(("key" = String, Path, description = "The delivery's key.")),
    responses(
        (status = 204, description = "It will be tried at once."),
        (status = 404, description = "Refused: there is no such delivery."),
        (status = 409, description = "Refused: it neither failed nor died."),
    )
)]
async fn retry(State(app): State<Shared>, caller: Caller, Place(key): Place<String>) -> Result<StatusCode, Problem> {
    let market = own(&app, &caller, &key).await?;
    app.act(&caller, &market, Command::Retry { key }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Withdraws a delivery that has not gone out.
#[utoipa::path(post, path = "/v1/deliveries/{key}/cancel", tag = "deliveries", operation_id = "cancel_delivery",
    params(("key" = String, Path, description = "The delivery's key.")),
    responses(
        (status = 204, description = "It will not go out."),
        (status = 404, description = "Refused: there is no such delivery."),
        (status = 409, description = "Refused: it went out already."),
    )
)]
async fn cancel(State(app): State<Shared>, caller: Caller, Place(key): Place<String>) -> Result<StatusCode, Problem> {
    let market = own(&app, &caller, &key).await?;
    app.act(&caller, &market, Command::Cancel { key }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The delivery's market; refuses one that is not there, or that the caller may not speak of.
async fn own(app: &App, caller: &Caller, key: &str) -> Result<String, Problem> {
    let wanted = key.to_owned();
    let found = app
        .read(move |q| {
            let Some(delivery) = outbox::get(q, &wanted)? else { return Ok(None) };
            Ok(log::markets(q)?.into_iter().find(|(no, _)| *no == delivery.market).map(|(_, name)| name))
        })
        .await?;
    let market = found.ok_or_else(|| Problem::missing("delivery with that key"))?;
    caller.in_market(&market)?;
    Ok(market)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_or_refused() {
        let cursor = Cursor { created_at: Time(-5), place: (3, 9, 1) };
        assert_eq!(read_cursor(&write_cursor(&cursor)).unwrap(), cursor);
        for text in ["", "!", "MS4yLjM", "YS5iLmMuZA"] {
            assert_eq!(read_cursor(text).unwrap_err().status, 400, "{text}");
        }
    }
}
