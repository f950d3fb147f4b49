//! API keys: made, listed, revoked. The key itself is shown once.

use access::{ApiKey, Scope, fingerprint, new_key};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::extract::{Given, Place};
use crate::app::Shared;
use crate::clock::now;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(revoke))
}

/// The most keys a house has; they stand in memory.
const MOST: usize = 10_000;

/// A key without its secret.
#[derive(Serialize, ToSchema)]
struct KeyView {
    /// Its public name.
    id: String,
    /// What people call it.
    name: String,
    /// What it may do.
    scopes: Vec<&'static str>,
    /// The one market it may speak of; null means every market.
    market: Option<String>,
    /// The source of its events where the sender names none.
    source: String,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: String,
    /// When it was last used, to ten minutes.
    last_used: Option<String>,
}

/// All keys.
#[derive(Serialize, ToSchema)]
struct Keys {
    /// The newest first.
    items: Vec<KeyView>,
}

#[derive(Deserialize, ToSchema)]
struct NewKey {
    /// What people call it.
    name: String,
    /// ingest, decide, read, write.
    scopes: Vec<String>,
    /// The one market it may speak of; every market when not said.
    market: Option<String>,
    /// The source of its events where the sender names none; the name when not said.
    source: Option<String>,
}

/// A new key; this answer alone holds its secret.
#[derive(Serialize, ToSchema)]
struct MadeKey {
    /// Its public name.
    id: String,
    /// The key.
    #[schema(example = "vk_…")]
    key: String,
}

/// Lists API keys, the newest first.
#[utoipa::path(get, path = "/v1/keys", tag = "keys", operation_id = "list_keys", responses((status = 200, body = Keys)))]
async fn list(State(app): State<Shared>) -> Json<Keys> {
    let keys = app.people.read().keys();
    let items = keys.iter().map(|key| KeyView {
        id: key.id.clone(),
        name: key.name.clone(),
        scopes: key.scopes.iter().map(|s| s.name()).collect(),
        market: key.market.clone(),
        source: key.source.clone(),
        created_by: key.created_by.clone(),
        created_at: key.created_at.to_string(),
        last_used: key.last_used.map(|t| t.to_string()),
    });
    Json(Keys { items: items.collect() })
}

/// Makes an API key; its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/keys", tag = "keys", operation_id = "make_key", request_body = NewKey, responses(
    (status = 201, body = MadeKey),
    (status = 400, description = "Refused: names the field at fault."),
))]
async fn make(
    State(app): State<Shared>,
    caller: Caller,
    Given(given): Given<NewKey>,
) -> Result<(StatusCode, Json<MadeKey>), Problem> {
    let agent = caller.agent()?;
    let mut scopes = Vec::new();
    for name in &given.scopes {
        let scope =
            Scope::parse(name).ok_or_else(|| Problem::field("scopes", "choose from ingest, decide, read and write"))?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let market = given.market.filter(|m| !m.is_empty());
    if let Some(market) = &market
        && !app.engine.pack().manifest.markets.contains_key(market)
    {
        return Err(Problem::field("market", "the policy knows no such market"));
    }
    if app.people.read().keys().len() >= MOST {
        return Err(Problem::conflict(format!("there are {MOST} keys already; revoke some")));
    }
    let secret = new_key();
    let print = fingerprint(&secret);
    let key = ApiKey {
        id: ApiKey::id_of(&print),
        fingerprint: print,
        source: given.source.filter(|s| !s.is_empty()).unwrap_or_else(|| given.name.clone()),
        name: given.name,
        scopes,
        market,
        created_by: agent.login.clone(),
        created_at: now(),
        last_used: None,
    };
    key.check().map_err(|e| Problem::field(e.field, e.error))?;
    let id = key.id.clone();
    app.save_key(key).await?;
    Ok((StatusCode::CREATED, Json(MadeKey { id, key: secret })))
}

/// Revokes an API key at once.
#[utoipa::path(delete, path = "/v1/keys/{id}", tag = "keys", operation_id = "revoke_key",
    params(("id" = String, Path, description = "The key's public name.")),
    responses((status = 204, description = "It opens nothing any more."), (status = 404, description = "Refused: there is no such key."))
)]
async fn revoke(State(app): State<Shared>, Place(id): Place<String>) -> Result<StatusCode, Problem> {
    let wanted = id.clone();
    let there = app.write(move |tx| access::drop_key(tx, &wanted)).await?;
    app.people.write().drop_key(&id);
    if there { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::missing("key with that id")) }
}
