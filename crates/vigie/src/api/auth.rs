//! The doorkeeper: on every route, who asks and whether they may.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use access::{Agent, ApiKey, Permission, Role};
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel::intake::LIMIT_BATCH_BYTES;

use super::Problem;
use super::routes::{Need, ROUTES, need};
use crate::app::Shared;
use crate::clock::now;
use crate::listen::Peer;

/// Name of the session cookie.
pub const COOKIE: &str = "vigie_session";
/// Header with the session's CSRF token.
pub const CSRF: &str = "x-csrf-token";

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Nobody known.
    Nobody,
    /// An agent with a session.
    Agent {
        /// Who.
        agent: Arc<Agent>,
        /// The session's token, as the cookie carries it.
        token: Arc<str>,
    },
    /// A program with a key.
    Key(Arc<ApiKey>),
}

impl Caller {
    /// Who did something, as facts and versions name it: an agent's login or a key's id.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Caller::Nobody => "nobody".to_owned(),
            Caller::Agent { agent, .. } => agent.login.clone(),
            Caller::Key(key) => key.id.clone(),
        }
    }

    /// The agent, where a person is required.
    ///
    /// # Errors
    /// 403 for a key.
    pub fn agent(&self) -> Result<&Arc<Agent>, Problem> {
        match self {
            Caller::Agent { agent, .. } => Ok(agent),
            _ => Err(Problem::forbidden("this is for people with a session")),
        }
    }

    /// The language answers are written in: the agent's own, English for programs.
    #[must_use]
    pub fn language(&self) -> &str {
        match self {
            Caller::Agent { agent, .. } => &agent.language,
            _ => "en",
        }
    }

    /// Whether the caller may speak of this market.
    #[must_use]
    pub fn covers(&self, market: &str) -> bool {
        match self {
            Caller::Nobody => false,
            Caller::Agent { .. } => true,
            Caller::Key(key) => key.covers(market),
        }
    }

    /// The market to read: what was asked for, or the key's own; `None` means all.
    ///
    /// # Errors
    /// 403 when the key belongs to another market.
    pub fn market(&self, asked: Option<&str>) -> Result<Option<String>, Problem> {
        match (self, asked.filter(|m| !m.is_empty())) {
            (Caller::Key(key), None) => Ok(key.market.clone()),
            (_, None) => Ok(None),
            (_, Some(market)) => self.in_market(market).map(|()| Some(market.to_owned())),
        }
    }

    /// Refuses a market the caller may not speak of.
    ///
    /// # Errors
    /// 403.
    pub fn in_market(&self, market: &str) -> Result<(), Problem> {
        if self.covers(market) { Ok(()) } else { Err(Problem::forbidden("this key belongs to another market")) }
    }

    /// Whether the session or the key that was let in still stands.
    #[must_use]
    pub fn stands(&self, app: &Shared) -> bool {
        match self {
            Caller::Nobody => false,
            Caller::Agent { token, .. } => app.people.by_token(token, now()).is_some(),
            Caller::Key(key) => app.people.read().keys().iter().any(|known| known.id == key.id),
        }
    }

    /// Who asks, for the log: a key's id or a role, never a name.
    #[must_use]
    pub fn for_log(&self) -> String {
        match self {
            Caller::Nobody => "-".to_owned(),
            Caller::Agent { agent, .. } => agent.role.name().to_owned(),
            Caller::Key(key) => key.id.clone(),
        }
    }

    /// Whether role or scopes grant it.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Caller::Nobody => false,
            Caller::Agent { agent, .. } => agent.role.may(permission),
            Caller::Key(key) => key.may(permission),
        }
    }

    /// Whether this is an agent of that role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        matches!(self, Caller::Agent { agent, .. } if agent.role == role)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<Caller>().cloned().unwrap_or(Caller::Nobody))
    }
}

/// The middleware. It runs after routing, so it knows the route's own path.
pub async fn guard(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    match admit(&app, request.method(), &path_of(&request), request.headers()).await {
        Ok(caller) => {
            let name = caller.for_log();
            request.extensions_mut().insert(caller);
            let mut response = next.run(request).await;
            response.extensions_mut().insert(LogName(name));
            response
        }
        Err(refusal) => {
            drain(request).await;
            *refusal
        }
    }
}

/// Reads a refused request's body and forgets it, within bounds: left unread it would cost the caller its connection.
async fn drain(request: Request) {
    let read = axum::body::to_bytes(request.into_body(), LIMIT_BATCH_BYTES);
    let _ = tokio::time::timeout(Duration::from_secs(1), read).await;
}

/// Who asked, carried on the answer to the request's log line.
#[derive(Clone)]
pub struct LogName(pub String);

fn path_of(request: &Request) -> String {
    request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned()).unwrap_or_default()
}

async fn admit(app: &Shared, method: &Method, path: &str, headers: &HeaderMap) -> Result<Caller, Box<Response>> {
    let refuse = |problem: Problem| Box::new(problem.into_response());
    let Some(need) = need(method, path) else { return Err(Box::new(wrong_method(method, path))) };
    let caller = identify(app, headers).await;
    match need {
        Need::Open => {
            cross_site(method, headers).map_err(refuse)?;
            Ok(caller.unwrap_or(Caller::Nobody))
        }
        Need::MayByBody(permission) => match caller {
            Ok(caller) if caller.may(permission) => {
                same_origin(method, &caller, headers).map_err(refuse)?;
                Ok(caller)
            }
            // The key may yet come in the body or the path; the handler asks for it.
            _ => Ok(Caller::Nobody),
        },
        Need::May(permission) => {
            let caller = caller.map_err(refuse)?;
            same_origin(method, &caller, headers).map_err(refuse)?;
            if caller.may(permission) {
                return Ok(caller);
            }
            let what = match &caller {
                Caller::Key(_) => "this key's scopes do not allow it",
                _ => "your role does not allow it",
            };
            Err(refuse(Problem::forbidden(what)))
        }
    }
}

/// 405 with the methods the path does take; 404 for a path nobody entered into the table.
fn wrong_method(method: &Method, path: &str) -> Response {
    let mut takes: Vec<&str> = ROUTES.iter().filter(|(_, p, _)| *p == path).map(|(m, ..)| m.as_str()).collect();
    if takes.is_empty() {
        return Problem::missing(format!("open route {path}")).into_response();
    }
    if takes.contains(&"GET") {
        takes.push("HEAD");
    }
    let detail = format!("this path takes {}, not {method}", takes.join(", "));
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail).into_response();
    if let Ok(value) = HeaderValue::from_str(&takes.join(", ")) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

async fn identify(app: &Shared, headers: &HeaderMap) -> Result<Caller, Problem> {
    if let Some(secret) = key_in_header(headers) {
        return match app.key(&secret).await {
            Some(key) => Ok(Caller::Key(key)),
            None => Err(Problem::unauthorised("this key is not known, or was revoked")),
        };
    }
    let token = token_in_cookie(headers).ok_or_else(|| Problem::unauthorised("sign in, or send a key"))?;
    match app.people.by_token(token, now()) {
        Some((agent, session)) => {
            if session.worth_noting(now()) {
                let seen = access::Session { seen_at: now(), ..session };
                app.people.write().put_session(seen.clone());
                app.note(move |tx| access::put_session(tx, &seen));
            }
            Ok(Caller::Agent { agent, token: token.into() })
        }
        None => Err(Problem::unauthorised("this session has ended; sign in again")),
    }
}

/// The key in `Authorization: Bearer KEY` or `Basic base64(KEY:)`.
#[must_use]
pub fn key_in_header(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    text.split_once(':').map(|(key, _)| key.to_owned())
}

/// The session token in the cookie header.
#[must_use]
pub fn token_in_cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE && !value.is_empty()).then_some(value))
}

fn safe(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD || method == Method::OPTIONS
}

/// A session changes things only with its CSRF token; keys are never sent by a browser on its own.
fn same_origin(method: &Method, caller: &Caller, headers: &HeaderMap) -> Result<(), Problem> {
    let Caller::Agent { token, .. } = caller else { return Ok(()) };
    if safe(method) || access::csrf_matches(token, headers.get(CSRF).and_then(|v| v.to_str().ok())) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "csrf", "send the session's csrf token in X-CSRF-Token"))
}

/// Signing in has no session yet, so the browser's own word must do: no other site may sign a person in.
fn cross_site(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let foreign = headers.get("sec-fetch-site").is_some_and(|v| v == "cross-site" || v == "same-site");
    if foreign && !safe(method) {
        return Err(Problem::forbidden("another site sent this"));
    }
    Ok(())
}

/// The address a request came from; what a proxy forwards counts only when the house was told to believe it.
#[must_use]
pub fn address(trust_proxy: bool, headers: &HeaderMap, peer: Option<&ConnectInfo<Peer>>) -> String {
    // The last entry is the one our own proxy wrote.
    let forwarded = headers.get("x-forwarded-for").and_then(|v| v.to_str().ok()).and_then(|v| v.rsplit(',').next());
    match forwarded.filter(|_| trust_proxy).and_then(|text| text.trim().parse::<IpAddr>().ok()) {
        Some(ip) => group(ip),
        None => peer.map_or_else(|| "unknown".to_owned(), |ConnectInfo(Peer(addr))| group(addr.ip())),
    }
}

/// One household has a whole /64 of IPv6, so that is what counts as one address.
fn group(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let s = v6.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect::<HeaderMap>()
    }

    #[test]
    fn keys_are_found_where_clients_put_them() {
        for (value, key) in [
            ("Bearer vk_a", Some("vk_a")),
            ("bearer  vk_a ", Some("vk_a")),
            ("Basic dmtfYTo=", Some("vk_a")),
            ("Basic dmtfYTpwYXNz", Some("vk_a")),
            ("Basic ???", None),
            ("Digest vk_a", None),
            ("vk_a", None),
        ] {
            assert_eq!(key_in_header(&headers(&[("authorization", value)])).as_deref(), key, "{value}");
        }
    }

    #[test]
    fn cookies_are_read_exactly() {
        for (value, token) in [
            ("vigie_session=t", Some("t")),
            ("a=b; vigie_session=t; c=d", Some("t")),
            ("xvigie_session=t", None),
            ("vigie_session=", None),
            ("", None),
        ] {
            assert_eq!(token_in_cookie(&headers(&[("cookie", value)])), token, "{value}");
        }
    }

    #[test]
    fn addresses_are_not_taken_on_faith() {
        let peer = ConnectInfo(Peer("192.0.2.1:555".parse().unwrap()));
        let six = ConnectInfo(Peer("[2001:db8:1:2:3::4]:555".parse().unwrap()));
        let forged = headers(&[("x-forwarded-for", "198.51.100.7, 203.0.113.9")]);
        assert_eq!(address(false, &forged, Some(&peer)), "192.0.2.1");
        assert_eq!(address(true, &forged, Some(&peer)), "203.0.113.9");
        assert_eq!(address(true, &headers(&[("x-forwarded-for", "junk")]), Some(&peer)), "192.0.2.1");
        assert_eq!(address(false, &forged, Some(&six)), "2001:db8:1:2::/64");
    }
}
