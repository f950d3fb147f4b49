//! Taking events in: whose key it is, what the bytes hold, what the engine says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use access::{ApiKey, Permission};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query as RawQuery, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use channel::intake::{self, Intake, KeyFacts, LIMIT_BATCH_BYTES, Rejected};
use domain::{Answer, FieldError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::extract::{Place, bytes};
use crate::app::{App, Shared, busy_problem};
use crate::clock::now;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(events))
        .routes(routes!(track))
        .routes(routes!(identify))
        .routes(routes!(page))
        .routes(routes!(screen))
        .routes(routes!(group))
        .routes(routes!(alias))
        .routes(routes!(batch))
        .merge(short_routes())
        .routes(routes!(segment_settings))
        .routes(routes!(source_config))
        .routes(routes!(source_config_slash))
}

fn short_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(short_track))
        .routes(routes!(short_identify))
        .routes(routes!(short_page))
        .routes(routes!(short_screen))
        .routes(routes!(short_group))
        .routes(routes!(short_alias))
        .routes(routes!(short_batch))
        .routes(routes!(beacon_batch))
}

/// How long a caller waits for the commit before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of a body's events.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Taken {
    /// Committed now.
    pub accepted: usize,
    /// Committed before; the first stands.
    pub duplicates: usize,
    /// Of the duplicates, those that came with other bytes.
    #[serde(skip_serializing_if = "is_zero")]
    pub differs: usize,
    /// Refused, each with its fault.
    #[schema(value_type = Vec<RejectedView>)]
    pub rejected: Vec<Rejected>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// One event that was refused.
#[derive(Serialize, ToSchema)]
#[allow(dead_code)] // Describes `Rejected` of the channel to the generator.
struct RejectedView {
    /// Its place in the body, from 0.
    index: usize,
    /// Its id, where one could be read.
    id: Option<String>,
    /// The field at fault.
    field: String,
    /// What is wrong with it.
    error: String,
}

/// A request whose key is known, with its body still as it came.
pub(super) struct Knock {
    path: String,
    headers: HeaderMap,
    body: Bytes,
    pub(super) key: Arc<ApiKey>,
}

/// Reads the body and finds the key: in the header, or where the route allows it in the body.
pub(super) async fn knock(app: &App, caller: &Caller, request: Request) -> Result<Knock, Problem> {
    let (parts, body) = request.into_parts();
    let body = bytes(body, LIMIT_BATCH_BYTES).await.map_err(|problem| match problem.status {
        413 => Problem::field("body", format!("is larger than {LIMIT_BATCH_BYTES} bytes; send smaller batches")),
        _ => problem,
    })?;
    let key = match caller {
        Caller::Key(key) => Arc::clone(key),
        _ => key_elsewhere(app, &parts, &body).await?,
    };
    note_use(app, &key);
    Ok(Knock { path: parts.uri.path().to_owned(), headers: parts.headers, body, key })
}

/// The key of a caller who could set no header: in the query, where a beacon puts it, or in the body.
async fn key_elsewhere(app: &App, parts: &Parts, body: &[u8]) -> Result<Arc<ApiKey>, Problem> {
    let nobody = || Problem::unauthorised("send a key with the scope ingest: Bearer, Basic, or writeKey in the body");
    let query = RawQuery::<BTreeMap<String, String>>::try_from_uri(&parts.uri);
    let secret = match query.ok().and_then(|mut query| query.0.remove("writeKey")) {
        Some(secret) => secret,
        None => {
            let plain = intake::unpack(body, text(&parts.headers, "content-encoding")).map_err(|_| nobody())?;
            intake::write_key(&plain).ok_or_else(nobody)?
        }
    };
    app.key(&secret).await.filter(|key| key.may(Permission::Ingest)).ok_or_else(nobody)
}

/// Writes down that a key was used, at most every ten minutes, without keeping the caller waiting.
fn note_use(app: &App, key: &Arc<ApiKey>) {
    let at = now();
    if !key.worth_noting(at) {
        return;
    }
    let used = ApiKey { last_used: Some(at), ..ApiKey::clone(key) };
    app.people.write().put_key(used.clone());
    app.note(move |tx| access::put_key(tx, &used));
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

impl Knock {
    /// Reads the bytes into events.
    pub(super) fn read(&self, app: &App) -> Result<Intake, Problem> {
        let headers: Vec<(&str, &[u8])> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
        let pack = app.engine.pack();
        let request = intake::Request {
            path: &self.path,
            content_type: text(&self.headers, "content-type"),
            content_encoding: text(&self.headers, "content-encoding"),
            headers: &headers,
            body: &self.body,
            received_at: now(),
            key: KeyFacts { market: self.key.market.as_deref(), source: &self.key.source },
            known: &|kind| pack.schemas.contains_key(kind),
        };
        intake::read(&request).map_err(|refusal| {
            app.metrics.events_rejected.fetch_add(1, Relaxed);
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
            Problem::new(status, "unreadable", refusal.to_string()).at(refusal.field)
        })
    }

    /// The languages the caller reads, best first.
    pub(super) fn languages(&self) -> Vec<&'static str> {
        languages(text(&self.headers, "accept-language").unwrap_or_default())
    }
}

/// Languages of an `Accept-Language` header that packs are written in, best first, English last.
fn languages(header: &str) -> Vec<&'static str> {
    let mut asked: Vec<(f32, &str)> = header
        .split(',')
        .take(16)
        .filter_map(|part| {
            let mut pieces = part.trim().split(';');
            let tag = pieces.next()?.trim();
            let weight = pieces.find_map(|p| p.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            (!tag.is_empty() && weight > 0.0).then_some((weight, tag))
        })
        .collect();
    asked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut out: Vec<&'static str> = Vec::new();
    for (_, tag) in asked {
        let tag = tag.to_ascii_lowercase();
        let found = match tag.as_str() {
            t if t.starts_with("zh-hant") || t.starts_with("zh-tw") || t.starts_with("zh-hk") => Some("zh-Hant"),
            t if t.starts_with("zh") => Some("zh-Hans"),
            t => decision::pack::LANGUAGES.iter().copied().find(|l| t.split('-').next() == Some(*l)),
        };
        out.extend(found.filter(|l| !out.contains(l)));
    }
    if !out.contains(&"en") {
        out.push("en");
    }
    out
}

/// Hands events to the engine and waits for the commit.
pub(super) async fn commit(app: &App, events: Vec<domain::Event>) -> Result<Vec<Result<Answer, FieldError>>, Problem> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let markets: Vec<String> = events.iter().map(|event| event.market.clone()).collect();
    match tokio::time::timeout(PATIENCE, app.engine.handle(events)).await {
        Ok(Ok(answers)) => {
            let at = now();
            for (market, answer) in markets.iter().zip(&answers) {
                if let Ok(answer) = answer {
                    app.figures.count(market, answer, at);
                }
            }
            Ok(answers)
        }
        Ok(Err(busy)) => Err(busy_problem(&busy)),
        Err(_) => Err(Problem::unavailable(5, "the commit takes too long; send the same events again")),
    }
}

async fn take(app: &App, caller: &Caller, request: Request) -> Result<Taken, Problem> {
    let knock = knock(app, caller, request).await?;
    let intake = knock.read(app)?;
    let mut taken = Taken { rejected: intake.rejected, ..Taken::default() };
    let (places, events): (Vec<(usize, String)>, Vec<domain::Event>) =
        intake.events.into_iter().map(|(index, event)| ((index, event.id.clone()), event)).unzip();
    for ((index, id), answer) in places.into_iter().zip(commit(app, events).await?) {
        match answer {
            Ok(answer) if answer.duplicate => {
                taken.duplicates += 1;
                taken.differs += usize::from(answer.differs);
            }
            Ok(_) => taken.accepted += 1,
            Err(fault) => {
                taken.rejected.push(Rejected { index, id: Some(id), field: fault.field, error: fault.error });
            }
        }
    }
    taken.rejected.sort_by_key(|r| r.index);
    let metrics = &app.metrics;
    metrics.events_accepted.fetch_add(taken.accepted as u64, Relaxed);
    metrics.events_duplicate.fetch_add(taken.duplicates as u64, Relaxed);
    metrics.events_differ.fetch_add(taken.differs as u64, Relaxed);
    metrics.events_rejected.fetch_add(taken.rejected.len() as u64, Relaxed);
    Ok(taken)
}

/// 200 when anything was taken, 400 with every fault when all were bad.
fn answer(taken: Taken) -> Result<Json<Taken>, Problem> {
    if taken.accepted + taken.duplicates > 0 || taken.rejected.is_empty() {
        return Ok(Json(taken));
    }
    let first = &taken.rejected[0];
    let detail = match taken.rejected.len() {
        1 => first.error.clone(),
        n => format!("all {n} events were refused; the first: {}", first.error),
    };
    let rejected = serde_json::to_value(&taken.rejected).unwrap_or_default();
    Err(Problem::field(first.field.clone(), detail).with_rejected(rejected))
}

/// Takes events as CloudEvents: structured, batched or binary, or one a line; gzip is fine.
///
/// Good events of a readable body are kept and each bad one is named; 200 is said after the commit.
#[utoipa::path(post, path = "/v1/events", tag = "intake", operation_id = "post_events",
    request_body(content = Object, description = "One CloudEvent, a list of them, or one a line.", content_type = "application/cloudevents+json"),
    responses(
        (status = 200, body = Taken, description = "Committed, but for those in `rejected`."),
        (status = 400, description = "Refused: unreadable, too large, or every event is bad."),
        (status = 415, description = "Refused: an encoding that is not read here."),
        (status = 429, description = "Refused: the queue is full; `Retry-After` says when to come back."),
        (status = 503, description = "Refused: the commit failed; the same events may be sent again."),
    )
)]
async fn events(State(app): State<Shared>, caller: Caller, request: Request) -> Result<Json<Taken>, Problem> {
    answer(take(&app, &caller, request).await?)
}

/// What Segment-compatible clients are answered.
#[derive(Serialize, ToSchema)]
struct Success {
    /// Whether anything was taken.
    success: bool,
    /// The counts.
    #[serde(flatten)]
    taken: Taken,
}

async fn segment(app: &App, caller: &Caller, request: Request) -> Result<Json<Success>, Problem> {
    answer(take(app, caller, request).await?).map(|Json(taken)| Json(Success { success: true, taken }))
}

macro_rules! segment_routes {
    ($($name:ident $path:literal $does:literal;)*) => { $(
        #[doc = $does]
        #[utoipa::path(post, path = $path, tag = "segment", operation_id = concat!("segment_", stringify!($name)),
            request_body(content = Object, description = "As Segment-compatible clients send it; the content type is not looked at.", content_type = "application/json"),
            responses(
                (status = 200, body = Success, description = "Committed."),
                (status = 400, description = "Refused: unreadable, too large, or every event is bad."),
                (status = 429, description = "Refused: the queue is full; `Retry-After` says when to come back."),
            )
        )]
        async fn $name(State(app): State<Shared>, caller: Caller, request: Request) -> Result<Json<Success>, Problem> {
            segment(&app, &caller, request).await
        }
    )* };
}

segment_routes! {
    track "/v1/track" "Takes a Segment-compatible track call.";
    identify "/v1/identify" "Takes a Segment-compatible identify call.";
    page "/v1/page" "Takes a Segment-compatible page call.";
    screen "/v1/screen" "Takes a Segment-compatible screen call.";
    group "/v1/group" "Takes a Segment-compatible group call.";
    alias "/v1/alias" "Takes a Segment-compatible alias call.";
    batch "/v1/batch" "Takes a Segment-compatible batch of calls.";
    short_track "/v1/t" "Takes a track call of a browser client.";
    short_identify "/v1/i" "Takes an identify call of a browser client.";
    short_page "/v1/p" "Takes a page call of a browser client.";
    short_screen "/v1/s" "Takes a screen call of a browser client.";
    short_group "/v1/g" "Takes a group call of a browser client.";
    short_alias "/v1/a" "Takes an alias call of a browser client.";
    short_batch "/v1/b" "Takes a batch of calls of a browser client.";
    beacon_batch "/beacon/v1/batch" "Takes a batch that a browser sends as the page goes; the key may stand in the query's `writeKey`.";
}

async fn known_key(app: &App, caller: &Caller, secret: Option<&str>) -> Result<(), Problem> {
    if matches!(caller, Caller::Key(_)) {
        return Ok(());
    }
    match app.key(secret.unwrap_or_default()).await.filter(|key| key.may(Permission::Ingest)) {
        Some(_) => Ok(()),
        None => Err(Problem::unauthorised("this write key is not known")),
    }
}

/// Tells a Segment-compatible browser client where to send.
#[utoipa::path(get, path = "/v1/projects/{key}/settings", tag = "segment", operation_id = "segment_settings",
    params(("key" = String, Path, description = "The write key.")),
    responses((status = 200, body = Object))
)]
async fn segment_settings(
    State(app): State<Shared>,
    caller: Caller,
    Place(secret): Place<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    known_key(&app, &caller, Some(&secret)).await?;
    let https = app.config.trust_proxy && text(&headers, "x-forwarded-proto") == Some("https");
    let host = text(&headers, "host").filter(|h| h.len() < 256).unwrap_or("localhost");
    Ok(cached(intake::segment_settings(&secret, host, https)))
}

fn cached(value: Value) -> Response {
    ([(header::CACHE_CONTROL, "private, max-age=60")], Json(value)).into_response()
}

/// Tells a RudderStack-compatible client what its source is.
#[utoipa::path(get, path = "/sourceConfig", tag = "segment", operation_id = "source_config",
    params(("writeKey" = Option<String>, Query, description = "The write key, when no header carries it.")),
    responses((status = 200, body = Object))
)]
async fn source_config(
    State(app): State<Shared>,
    caller: Caller,
    query: RawQuery<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let secret = super::auth::key_in_header(&headers).or_else(|| query.0.get("writeKey").cloned());
    known_key(&app, &caller, secret.as_deref()).await?;
    Ok(cached(intake::rudder_source_config(secret.as_deref().unwrap_or_default())))
}

/// Tells a RudderStack-compatible client what its source is, at the address with a slash.
#[utoipa::path(get, path = "/sourceConfig/", tag = "segment", operation_id = "source_config_slash",
    params(("writeKey" = Option<String>, Query, description = "The write key, when no header carries it.")),
    responses((status = 200, body = Object))
)]
async fn source_config_slash(
    state: State<Shared>,
    caller: Caller,
    query: RawQuery<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    source_config(state, caller, query, headers).await
}

#[cfg(test)]
mod tests {
    use super::languages;

    #[test]
    fn languages_are_read_from_what_browsers_send() {
        for (header, expect) in [
            ("", vec!["en"]),
            ("fr-FR,fr;q=0.9,en;q=0.8", vec!["fr", "en"]),
            ("en;q=0.5, zh-CN", vec!["zh-Hans", "en"]),
            ("zh-TW,zh;q=0.9", vec!["zh-Hant", "zh-Hans", "en"]),
            ("tlh, *;q=0.1", vec!["en"]),
            ("de;q=0, ja", vec!["ja", "en"]),
        ] {
            assert_eq!(languages(header), expect, "{header}");
        }
    }
}
