//! People and things: what the house knows of each, and their one timeline.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::Permission;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use decision::pack::FieldType;
use domain::EntityRef;
use engine::Command;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::log::Filter;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::cases::CaseView;
use super::events::{about, views};
use super::extract::{Given, Params, Place};
use super::page::{Cursor, Page, limit};
use super::view::EventView;
use crate::app::{App, Shared};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(one))
        .routes(routes!(timeline))
        .routes(routes!(label))
        .routes(routes!(unlabel))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchAsked {
    /// Only this market.
    market: Option<String>,
    /// An id, or `kind:id`, exactly.
    q: Option<String>,
}

/// Entities that were found.
#[derive(Serialize, ToSchema)]
struct Found {
    /// By kind, then market.
    items: Vec<FoundEntity>,
}

/// An entity in short.
#[derive(Serialize, ToSchema)]
struct FoundEntity {
    /// Its kind.
    kind: String,
    /// The market's own id.
    id: String,
    /// The market.
    market: String,
    /// Names of the labels it wears.
    labels: Vec<String>,
}

/// Finds entities by their exact id, of any kind.
#[utoipa::path(get, path = "/v1/entities", tag = "entities", operation_id = "find_entities", params(SearchAsked),
    responses((status = 200, body = Found), (status = 400, description = "Refused: names the parameter at fault."))
)]
async fn search(
    State(app): State<Shared>,
    caller: Caller,
    Params(asked): Params<SearchAsked>,
) -> Result<Json<Found>, Problem> {
    let text = asked.q.unwrap_or_default().trim().to_owned();
    if text.len() > 2 * domain::LIMIT_ID_BYTES {
        return Err(Problem::field("q", "an id has at most 256 bytes"));
    }
    let market = caller.market(asked.market.as_deref())?;
    let mut wanted: Vec<EntityRef> = kinds(&app).into_iter().map(|kind| EntityRef::new(kind, text.as_str())).collect();
    wanted.extend(EntityRef::parse(&text));
    wanted.retain(|e| !e.id.is_empty());
    let shared = Arc::clone(&app);
    let seen = super::policy::compute(move || {
        let markets = shared.engine.markets().into_iter().filter(|m| market.as_ref().is_none_or(|own| own == m));
        let pairs = markets.flat_map(|m| wanted.iter().map(move |e| (m.clone(), e.clone())).collect::<Vec<_>>());
        pairs
            .filter(|(m, e)| !shared.engine.timeline(m, &e.kind, &e.id, None, 1).is_ok_and(|p| p.items.is_empty()))
            .collect::<Vec<_>>()
    });
    let mut items = Vec::new();
    for (market, entity) in seen.await? {
        let known = app.engine.look(&market, &entity.kind, &entity.id).await.unwrap_or_default();
        let labels = known.labels.into_iter().map(|l| l.name).collect();
        items.push(FoundEntity { kind: entity.kind, id: entity.id, market, labels });
    }
    items.sort_by(|a, b| (&a.kind, &a.market, &a.id).cmp(&(&b.kind, &b.market, &b.id)));
    Ok(Json(Found { items }))
}

/// The kinds of entity the policy's event types name.
fn kinds(app: &App) -> Vec<String> {
    let pack = app.engine.pack();
    let fields = pack.schemas.values().flat_map(|s| &s.fields);
    let mut kinds: Vec<String> = fields
        .filter_map(|f| match &f.kind {
            FieldType::Entity(kind) => Some(kind.clone()),
            _ => None,
        })
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OneAsked {
    /// The market; the first that knows it when not said.
    market: Option<String>,
}

/// What the house knows of an entity.
#[derive(Serialize, ToSchema)]
struct EntityPage {
    /// Its kind.
    kind: String,
    /// The market's own id.
    id: String,
    /// The market.
    market: String,
    /// Time of its first event in the log.
    first_seen: Option<String>,
    /// When its account was registered, where that is known.
    registered_at: Option<String>,
    /// Labels it wears.
    labels: Vec<LabelView>,
    /// What was counted about it.
    aggregates: Vec<AggregateView>,
    /// Cases about it, newest first.
    cases: Vec<CaseView>,
    /// Everything that happened, newest first.
    timeline: Page<EventView>,
}

/// A label.
#[derive(Serialize, ToSchema)]
struct LabelView {
    /// Its name.
    name: String,
    /// The rule or the agent who put it there.
    by: String,
    /// Whether a person did.
    manual: bool,
    /// Why.
    why: String,
    /// When.
    at: String,
    /// Until when; null until somebody lifts it.
    until: Option<String>,
}

/// An aggregate's readings.
#[derive(Serialize, ToSchema)]
struct AggregateView {
    /// Its name in the policy.
    name: String,
    /// What it computes.
    #[serde(rename = "fn")]
    function: &'static str,
    /// By window.
    #[schema(value_type = Object)]
    values: BTreeMap<String, Option<Value>>,
    /// Buckets or a sketch stand behind a value.
    approximate: bool,
    /// It is still being folded from the log.
    missing: bool,
}

/// Gives what the house knows of an entity, with the head of its timeline.
#[utoipa::path(get, path = "/v1/entities/{kind}/{id}", tag = "entities", operation_id = "get_entity",
    params(("kind" = String, Path, description = "Its kind, such as user."), ("id" = String, Path, description = "The market's own id."), OneAsked),
    responses((status = 200, body = EntityPage), (status = 404, description = "Refused: no event names it."))
)]
async fn one(
    State(app): State<Shared>,
    caller: Caller,
    Place((kind, id)): Place<(String, String)>,
    Params(asked): Params<OneAsked>,
) -> Result<Json<EntityPage>, Problem> {
    let entity = EntityRef::new(kind, id);
    let market = caller.market(asked.market.as_deref())?;
    let (market, timeline) = home(&app, market, &entity).await?;
    let known = app.engine.look(&market, &entity.kind, &entity.id).await.unwrap_or_default();
    let labels = known.labels.into_iter().map(|l| LabelView {
        name: l.name,
        by: l.by,
        manual: l.manual,
        why: l.why,
        at: l.at.to_string(),
        until: l.until.map(|t| t.to_string()),
    });
    let aggregates = known.aggregates.into_iter().map(|a| AggregateView {
        name: a.name,
        function: a.function,
        values: a.values.into_iter().collect(),
        approximate: a.approximate,
        missing: a.missing,
    });
    let cases = super::cases::about(&app, &market, &entity).await?;
    let (shared, place, who) = (Arc::clone(&app), market.clone(), entity.clone());
    let looked = super::policy::compute(move || shared.engine.first_seen(&place, &who.kind, &who.id)).await?;
    let first_seen = looked.map_err(Problem::internal)?;
    Ok(Json(EntityPage {
        first_seen: first_seen.map(|t| t.to_string()),
        registered_at: known.registered_at.map(|t| t.to_string()),
        labels: labels.collect(),
        aggregates: aggregates.collect(),
        cases,
        timeline,
        kind: entity.kind,
        id: entity.id,
        market,
    }))
}

/// The market that knows an entity, and the head of its timeline there.
async fn home(app: &Shared, market: Option<String>, entity: &EntityRef) -> Result<(String, Page<EventView>), Problem> {
    let markets = market.map_or_else(|| app.engine.markets(), |m| vec![m]);
    for market in markets {
        let page =
            about(app, vec![market.clone()], entity, &Filter::default(), &Cursor::default(), limit(None)).await?;
        if !page.items.is_empty() {
            return Ok((market, views(app, page)));
        }
    }
    Err(Problem::missing("entity of that kind and id"))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TimelineAsked {
    /// Only this market.
    market: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    /// How many, 1 to 200; 50 when not said.
    limit: Option<usize>,
}

/// Gives an entity's timeline: its events, and what the house did about it, newest first.
#[utoipa::path(get, path = "/v1/entities/{kind}/{id}/timeline", tag = "entities", operation_id = "get_timeline",
    params(("kind" = String, Path, description = "Its kind, such as user."), ("id" = String, Path, description = "The market's own id."), TimelineAsked),
    responses((status = 200, body = Page<EventView>), (status = 400, description = "Refused: names the parameter at fault."))
)]
async fn timeline(
    State(app): State<Shared>,
    caller: Caller,
    Place((kind, id)): Place<(String, String)>,
    Params(asked): Params<TimelineAsked>,
) -> Result<Json<Page<EventView>>, Problem> {
    let market = caller.market(asked.market.as_deref())?;
    let markets = market.map_or_else(|| app.engine.markets(), |m| vec![m]);
    let cursor = Cursor::parse(asked.before.as_deref())?;
    let entity = EntityRef::new(kind, id);
    let page = about(&app, markets, &entity, &Filter::default(), &cursor, limit(asked.limit)).await?;
    Ok(Json(views(&app, page)))
}

#[derive(Deserialize, ToSchema)]
struct ToLabel {
    /// The market.
    market: String,
    /// The label's name.
    name: String,
    /// How long it stands, such as 7d; until lifted when not said.
    ttl: Option<String>,
    /// Why; it stands in the record.
    why: String,
}

/// Puts a label on an entity; a person's label beats a rule's.
#[utoipa::path(post, path = "/v1/entities/{kind}/{id}/labels", tag = "entities", operation_id = "put_label", request_body = ToLabel,
    params(("kind" = String, Path, description = "Its kind, such as user."), ("id" = String, Path, description = "The market's own id.")),
    responses((status = 204, description = "It wears it."), (status = 400, description = "Refused: names the field at fault."), (status = 404, description = "Refused: there is no such market."))
)]
async fn label(
    State(app): State<Shared>,
    caller: Caller,
    Place((kind, id)): Place<(String, String)>,
    Given(given): Given<ToLabel>,
) -> Result<StatusCode, Problem> {
    caller.in_market(&given.market)?;
    by_hand(&app, &caller, &given.name)?;
    let ttl = match given.ttl.as_deref().filter(|t| !t.is_empty()) {
        Some(text) => Some(domain::parse_span(text).map_err(|e| Problem::field("ttl", e))?),
        None => None,
    };
    let entity = named(kind, id)?;
    let command = Command::Label { entity, name: given.name, ttl, why: given.why };
    app.act(&caller, &given.market, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ToUnlabel {
    /// The market.
    market: String,
    /// Why; it stands in the record.
    why: String,
}

/// Takes a label off an entity, whoever put it on.
#[utoipa::path(delete, path = "/v1/entities/{kind}/{id}/labels/{name}", tag = "entities", operation_id = "lift_label",
    params(("kind" = String, Path, description = "Its kind, such as user."), ("id" = String, Path, description = "The market's own id."), ("name" = String, Path, description = "The label."), ToUnlabel),
    responses((status = 204, description = "It wears it no more."), (status = 400, description = "Refused: names the parameter at fault."), (status = 404, description = "Refused: there is no such market."))
)]
async fn unlabel(
    State(app): State<Shared>,
    caller: Caller,
    Place((kind, id, name)): Place<(String, String, String)>,
    Params(asked): Params<ToUnlabel>,
) -> Result<StatusCode, Problem> {
    caller.in_market(&asked.market)?;
    by_hand(&app, &caller, &name)?;
    let command = Command::Unlabel { entity: named(kind, id)?, name, why: asked.why };
    app.act(&caller, &asked.market, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses a label that rules read to those who may not write rules: it decides what is let through.
fn by_hand(app: &App, caller: &Caller, label: &str) -> Result<(), Problem> {
    match app.engine.pack().reads_label(label) {
        Some(rule) if !caller.may(Permission::WritePolicy) => Err(Problem::forbidden(format!(
            "the rule `{rule}` reads this label, so only those who may change rules put it on or take it off"
        ))),
        _ => Ok(()),
    }
}

/// An entity people name: bounded like one that events name.
fn named(kind: String, id: String) -> Result<EntityRef, Problem> {
    let fine = |t: &str| !t.is_empty() && t.len() <= domain::LIMIT_ID_BYTES && !t.chars().any(char::is_control);
    if fine(&kind) && fine(&id) {
        Ok(EntityRef::new(kind, id))
    } else {
        Err(Problem::field("id", "kind and id have 1 to 256 bytes and no control characters"))
    }
}
