//! The console's files, built into the binary when `console/dist` was there at build time.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use rust_embed::RustEmbed;

use crate::api::Problem;

#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Console;

/// What a binary without a console says.
const BARE_PAGE: &str = include_str!("bare.html");

/// Prefixes that belong to the API: a miss under them is a problem, never the console's page.
const API_PREFIXES: [&str; 6] = ["v1/", "api/", "live", "hooks/", "metrics", "healthz"];

/// Answers what no route matched: a console file, the console's page for its own addresses, or 404.
pub async fn fallback(method: Method, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    if API_PREFIXES.iter().any(|prefix| path.starts_with(prefix)) {
        return Problem::missing(format!("route {method} {}", uri.path())).into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        let detail = format!("{} takes no {method}", uri.path());
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail).into_response();
    }
    if let Some(file) = Console::get(path).filter(|_| !path.is_empty()) {
        return answer(path, &file, &headers);
    }
    // A name with an extension is a file that is not there, unless a browser asks for a page: then it is an address
    // inside the console, whose names may hold dots (an IP's).
    if path.rsplit('/').next().is_some_and(|name| name.contains('.')) && !wants_page(&headers) {
        return Problem::missing(format!("file /{path}")).into_response();
    }
    console_page(&headers)
}

/// `/live` is an address of the console and the stream behind it: a browser that asks for a page gets the page,
/// before anybody is asked for a session; everything else goes on.
pub async fn page_or_stream(request: Request, next: Next) -> Response<Body> {
    if request.method() == Method::GET && request.uri().path() == "/live" && wants_page(request.headers()) {
        return console_page(request.headers());
    }
    next.run(request).await
}

/// Whether the request comes from a browser going somewhere, and not from a script or a program.
fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn console_page(headers: &HeaderMap) -> Response<Body> {
    match Console::get("index.html") {
        Some(index) => answer("index.html", &index, headers),
        None => page(BARE_PAGE),
    }
}

/// Whether a console is built in.
#[must_use]
pub fn has_console() -> bool {
    Console::get("index.html").is_some()
}

fn answer(path: &str, file: &rust_embed::EmbeddedFile, asked: &HeaderMap) -> Response<Body> {
    let tag = etag(&file.metadata.sha256_hash());
    // The bundler puts a hash of the content into these names, so they never change.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let fresh = asked.get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == tag.as_bytes());
    let mut response = Response::new(if fresh { Body::empty() } else { Body::from(file.data.to_vec()) });
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn page(html: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(html));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn etag(hash: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    let mut tag = String::from("\"");
    for byte in &hash[..12] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
