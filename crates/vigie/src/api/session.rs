//! Signing in and out, and one's own profile.

use std::sync::Arc;

use access::{Agent, KeyMap, Session, check_keymap, csrf_of, fingerprint, keymap, new_token, put_keymap};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::{COOKIE, Caller, address, token_in_cookie};
use super::extract::Given;
use crate::app::{App, Shared};
use crate::clock::now;
use crate::listen::Peer;
use crate::people::SignInFault;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(sign_in, who, sign_out)).routes(routes!(change_me))
}

#[derive(Deserialize, ToSchema)]
struct SignIn {
    login: String,
    #[schema(format = Password)]
    password: String,
}

/// The agent who is signed in.
#[derive(Serialize, ToSchema)]
struct Me {
    login: String,
    name: String,
    #[schema(example = "analyst")]
    role: &'static str,
    #[schema(example = "en")]
    language: String,
    #[schema(example = "auto")]
    theme: String,
    /// Keys chosen for the console's actions, by action; the others are the console's own.
    #[schema(value_type = Object)]
    keys: KeyMap,
}

/// One market of the pack.
#[derive(Serialize, ToSchema)]
struct MarketView {
    id: String,
    name: String,
    currency: String,
    zone: String,
}

/// A session, and what its console needs to begin.
#[derive(Serialize, ToSchema)]
struct SessionView {
    agent: Me,
    /// Goes into `X-CSRF-Token` of everything but GET.
    csrf: String,
    markets: Vec<MarketView>,
}

#[derive(Deserialize, ToSchema)]
struct MeChange {
    language: Option<String>,
    theme: Option<String>,
    /// Keys by action, all of them; an empty object brings the console's own back.
    #[schema(value_type = Option<Object>)]
    keys: Option<KeyMap>,
    /// The new password.
    password: Option<String>,
    /// The present password; needed to change it.
    current_password: Option<String>,
}

async fn view(app: &App, agent: &Agent, token: &str) -> Result<SessionView, Problem> {
    let login = agent.login.clone();
    let keys = app.read(move |q| keymap(q, &login)).await?;
    let pack = app.engine.pack();
    let markets = pack.manifest.markets.values().map(|m| MarketView {
        id: m.id.clone(),
        name: m.name.clone(),
        currency: m.currency.clone(),
        zone: m.zone.clone(),
    });
    Ok(SessionView {
        agent: Me {
            login: agent.login.clone(),
            name: agent.name.clone(),
            role: agent.role.name(),
            language: agent.language.clone(),
            theme: agent.theme.clone(),
            keys,
        },
        csrf: csrf_of(token),
        markets: markets.collect(),
    })
}

/// Signs an agent in and sets the session's cookie.
#[utoipa::path(post, path = "/v1/session", tag = "session", request_body = SignIn, responses(
    (status = 200, body = SessionView),
    (status = 401, description = "Refused: login or password is wrong."),
    (status = 429, description = "Refused: too many failures; `Retry-After` says how long to wait."),
))]
async fn sign_in(
    State(app): State<Shared>,
    peer: Option<axum::Extension<ConnectInfo<Peer>>>,
    headers: HeaderMap,
    Given(given): Given<SignIn>,
) -> Result<Response, Problem> {
    let from = address(app.config.trust_proxy, &headers, peer.as_ref().map(|p| &p.0));
    app.refresh().await;
    let agent = match app.people.check(&given.login, given.password, &from, now()).await {
        Ok(agent) => agent,
        Err(fault) => return Err(refused(&app, fault)),
    };
    let token = new_token();
    let at = now();
    let session = Session { fingerprint: fingerprint(&token), login: agent.login.clone(), created_at: at, seen_at: at };
    app.begin_session(session).await?;
    let secure = app.config.trust_proxy && headers.get("x-forwarded-proto").is_some_and(|v| v == "https");
    let view = view(&app, &agent, &token).await?;
    Ok((cookie(&token, access::LIFE / domain::SECOND, secure), Json(view)).into_response())
}

fn refused(app: &App, fault: SignInFault) -> Problem {
    app.metrics.signin_failed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    match fault {
        SignInFault::Wrong => Problem::unauthorised("login or password is wrong"),
        SignInFault::Locked(locked) => Problem::slow_down(locked.seconds().unsigned_abs(), locked.to_string()),
        SignInFault::Busy => Problem::unavailable(1, "too many sign-ins at once"),
    }
}

/// Tells who is signed in.
#[utoipa::path(get, path = "/v1/session", tag = "session", responses((status = 200, body = SessionView)))]
async fn who(State(app): State<Shared>, caller: Caller) -> Result<Json<SessionView>, Problem> {
    let (agent, token) = person(&caller)?;
    Ok(Json(view(&app, agent, token).await?))
}

/// Ends the session.
#[utoipa::path(delete, path = "/v1/session", tag = "session", responses((status = 204, description = "Signed out.")))]
async fn sign_out(State(app): State<Shared>, caller: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    person(&caller)?;
    if let Some(token) = token_in_cookie(&headers) {
        app.end_sessions(vec![fingerprint(token)]).await?;
    }
    Ok((StatusCode::NO_CONTENT, cookie("", 0, false)).into_response())
}

/// Changes one's own language, theme or password.
#[utoipa::path(patch, path = "/v1/me", tag = "session", request_body = MeChange, responses(
    (status = 200, body = SessionView),
    (status = 400, description = "Refused: names the field at fault."),
))]
async fn change_me(
    State(app): State<Shared>,
    caller: Caller,
    Given(change): Given<MeChange>,
) -> Result<Json<SessionView>, Problem> {
    let (agent, token) = person(&caller)?;
    let mut changed = Agent::clone(agent);
    changed.language = change.language.unwrap_or(changed.language);
    changed.theme = change.theme.unwrap_or(changed.theme);
    changed.check().map_err(|e| Problem::field(e.field, e.error))?;
    let busy = || Problem::unavailable(1, "too many sign-ins at once");
    let mut others = Vec::new();
    if let Some(password) = change.password {
        let current = change.current_password.unwrap_or_default();
        let known = app.people.verify(current, Some(agent.hash.clone())).await.ok_or_else(busy)?;
        if !known {
            return Err(Problem::field("current_password", "the present password is needed to change it"));
        }
        let hash = app.people.hash(password).await.ok_or_else(busy)?;
        changed.hash = hash.map_err(|e| Problem::field("password", e.to_string()))?;
        // Whoever knew the old password is shown out; this browser stays.
        let mine = fingerprint(token);
        let all = app.people.read().sessions_of(&agent.login);
        others.extend(all.into_iter().map(|s| s.fingerprint).filter(|f| *f != mine));
    }
    if let Some(keys) = change.keys {
        check_keymap(&keys).map_err(|e| Problem::field(e.field, e.error))?;
        let login = agent.login.clone();
        app.write(move |tx| put_keymap(tx, &login, &keys)).await?;
    }
    let token = token.to_owned();
    app.save_agent(changed.clone()).await?;
    app.end_sessions(others).await?;
    Ok(Json(view(&app, &changed, &token).await?))
}

fn person(caller: &Caller) -> Result<(&Arc<Agent>, &str), Problem> {
    match caller {
        Caller::Agent { agent, token } => Ok((agent, token)),
        _ => Err(Problem::unauthorised("this is for people with a session")),
    }
}

/// `Strict` keeps other sites from using it; `HttpOnly` keeps scripts from reading it.
fn cookie(token: &str, seconds: i64, secure: bool) -> [(header::HeaderName, HeaderValue); 1] {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    [(header::SET_COOKIE, HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("")))]
}
