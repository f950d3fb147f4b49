//! How the house is set up, and where its webhooks go.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel::webhook::{Secret, check_url};
use engine::{Endpoint, endpoint, retention, set_endpoint};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::agents::AgentView;
use super::extract::Given;
use crate::app::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(settings)).routes(routes!(put_webhook)).routes(routes!(put_retention))
}

/// How the house is set up.
#[derive(Serialize, ToSchema)]
struct Settings {
    /// The program's version.
    version: &'static str,
    /// Where truth is kept: a folder, or a database without its password.
    store: String,
    /// Whether texts are read by the sentence encoder.
    encoder: bool,
    /// Whether the console is built into this binary.
    console: bool,
    /// Days after which events are dropped; null keeps them.
    retention_days: Option<u32>,
    /// Where each market's log begins.
    retention: Retention,
    /// Whether the policy comes from a watched folder.
    policy_folder: bool,
    /// Events waiting to be committed.
    queue: usize,
    /// Events committed since the start.
    committed: u64,
    /// Where webhooks go.
    webhooks: Vec<WebhookView>,
    /// Who may sign in, without passwords.
    agents: Vec<AgentView>,
}

/// Where webhooks go.
#[derive(Serialize, ToSchema)]
struct WebhookView {
    /// The receiver.
    url: String,
    /// How many secrets sign; two during a rotation.
    secrets: usize,
    /// Whether it may lie on a private address.
    allow_private: bool,
}

/// Tells how the house is set up.
#[utoipa::path(get, path = "/v1/settings", tag = "settings", operation_id = "get_settings", responses((status = 200, body = Settings)))]
async fn settings(State(app): State<Shared>) -> Result<Json<Settings>, Problem> {
    let hook = app.read(endpoint).await?;
    let retention = retention_of(&app).await?;
    let (queue, committed) = app.engine.load();
    let agents = app.people.read().agents();
    Ok(Json(Settings {
        version: env!("CARGO_PKG_VERSION"),
        store: app.config.store.to_string(),
        encoder: false,
        console: crate::assets::has_console(),
        retention_days: retention.days,
        retention,
        policy_folder: app.config.policy.is_some(),
        queue,
        committed,
        webhooks: hook.into_iter().map(view).collect(),
        agents: agents.iter().map(|a| AgentView::new(a)).collect(),
    }))
}

/// How long events are kept, and where each market's log begins.
#[derive(Serialize, ToSchema)]
struct Retention {
    /// Days after which events are dropped; null keeps them.
    days: Option<u32>,
    /// Where each market's log begins.
    logs: Vec<LogStart>,
}

/// Where a market's log begins.
#[derive(Serialize, ToSchema)]
struct LogStart {
    /// The market.
    market: String,
    /// The first place that is still there.
    from_seq: u64,
    /// When that event was received.
    from_at: Option<String>,
}

async fn retention_of(app: &Shared) -> Result<Retention, Problem> {
    let (days, logs) = app.read(|q| Ok((retention::days(q)?, retention::beginnings(q)?))).await?;
    let start = |one: retention::Beginning| LogStart {
        market: one.market,
        from_seq: one.from_seq,
        from_at: one.from_at.map(|at| at.to_string()),
    };
    Ok(Retention { days, logs: logs.into_iter().map(start).collect() })
}

#[derive(Deserialize, ToSchema)]
struct ToKeep {
    /// Days after which events are dropped, 30 to 3650; null keeps them.
    days: Option<u32>,
}

/// Says how long events are kept. What is older goes within minutes, and does not come back; what was folded from it stays.
#[utoipa::path(put, path = "/v1/retention", tag = "settings", operation_id = "put_retention", request_body = ToKeep, responses(
    (status = 200, body = Retention),
    (status = 400, description = "Refused: names the field at fault."),
))]
async fn put_retention(State(app): State<Shared>, Given(given): Given<ToKeep>) -> Result<Json<Retention>, Problem> {
    if given.days.is_some_and(|days| !retention::LIMIT_DAYS.contains(&days)) {
        return Err(Problem::field("days", "choose 30 to 3650 days, or null to keep everything"));
    }
    app.write(move |tx| retention::set_days(tx, given.days)).await?;
    Ok(Json(retention_of(&app).await?))
}

fn view(hook: Endpoint) -> WebhookView {
    WebhookView { secrets: hook.secrets.len(), url: hook.url, allow_private: hook.allow_private }
}

#[derive(Deserialize, ToSchema)]
struct WebhookToPut {
    /// The receiver, https; empty or null takes the webhook away, and what is due waits.
    url: Option<String>,
    /// `whsec_` and base64 of 24 to 64 bytes. When not said the present one stays, or one is made up.
    secret: Option<String>,
    /// Make a new secret; the old one signs along until the next change.
    #[serde(default)]
    rotate: bool,
}

/// Where webhooks go now.
#[derive(Serialize, ToSchema)]
struct Put {
    /// The webhook; null when there is none.
    webhook: Option<WebhookView>,
    /// A secret that was made up; this answer alone holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// Says where webhooks go; they are signed as Standard Webhooks are.
#[utoipa::path(put, path = "/v1/webhooks", tag = "settings", operation_id = "put_webhook", request_body = WebhookToPut, responses(
    (status = 200, body = Put),
    (status = 400, description = "Refused: names the field at fault."),
))]
async fn put_webhook(State(app): State<Shared>, Given(given): Given<WebhookToPut>) -> Result<Json<Put>, Problem> {
    let Some(url) = given.url.filter(|u| !u.trim().is_empty()) else {
        app.write(|tx| set_endpoint(tx, None)).await?;
        return Ok(Json(Put { webhook: None, secret: None }));
    };
    let allow_private = app.config.webhooks_private;
    check_url(&url, allow_private).map_err(|e| Problem::field("url", e.to_string()))?;
    if let Some(secret) = &given.secret {
        Secret::parse(secret).map_err(|e| Problem::field("secret", e.to_string()))?;
    }
    let old = app.read(endpoint).await?.map(|hook| hook.secrets).unwrap_or_default();
    let mut made = None;
    let secrets = match given.secret {
        Some(secret) => vec![secret],
        None if old.is_empty() || given.rotate => {
            let secret = new_secret();
            made = Some(secret.clone());
            [secret].into_iter().chain(old.into_iter().take(1)).collect()
        }
        None => old.into_iter().take(1).collect(),
    };
    let hook = Endpoint { url, secrets, allow_private };
    let row = hook.clone();
    app.write(move |tx| set_endpoint(tx, Some(&row))).await?;
    Ok(Json(Put { webhook: Some(view(hook)), secret: made }))
}

/// A random signing secret of 32 bytes.
pub(crate) fn new_secret() -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let bytes = URL_SAFE_NO_PAD.decode(access::new_token()).unwrap_or_default();
    format!("whsec_{}", STANDARD.encode(bytes))
}
