//! Around every answer: security headers, one line in the log, one count. And for the routes that browsers of other
//! sites post to, the headers that let them.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth::LogName;
use super::routes::{Need, ROUTES};
use crate::app::Shared;

/// What the console's pages may do: their own files and their own server, nothing else.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    ),
];

/// The outermost layer.
pub async fn frame(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let took = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    app.metrics.answered(status, took);
    let path = response.extensions().get::<RoutePath>().map_or("-", |p| p.0.as_str()).to_owned();
    let who = response.extensions().get::<LogName>().map_or("-", |n| n.0.as_str()).to_owned();
    // The route's pattern and never the address itself: addresses hold ids and searches.
    tracing::info!(target: "vigie::http", %method, path, status, took_us = took, who);
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The matched route, carried to the log line.
#[derive(Clone)]
struct RoutePath(String);

/// Notes the route for the log, and speaks CORS on the routes of browser clients: they carry their key themselves
/// and never a cookie, so any site may post.
pub async fn cross_origin(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned()).unwrap_or_default();
    let open = ROUTES.iter().any(|(_, p, need)| *p == path && matches!(need, Need::MayByBody(_)));
    let mut response = if open && request.method() == Method::OPTIONS {
        preflight(&path, request.headers())
    } else {
        next.run(request).await
    };
    if open {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response.extensions_mut().insert(RoutePath(path));
    response
}

fn preflight(path: &str, asked: &HeaderMap) -> Response {
    let methods: Vec<&str> = ROUTES.iter().filter(|(_, p, _)| *p == path).map(|(m, ..)| m.as_str()).collect();
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&methods.join(", ")) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, value);
    }
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}
