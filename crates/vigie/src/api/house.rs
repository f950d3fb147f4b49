//! The house itself: whether it stands, what it counted, what its API is.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use crate::app::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(metrics)).routes(routes!(openapi))
}

/// That the house stands.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always true; a house that does not stand answers 503.
    ok: bool,
    /// The program's version.
    version: &'static str,
}

/// Tells whether the house takes events.
#[utoipa::path(get, path = "/healthz", tag = "house", responses((status = 200, body = Health), (status = 503, body = Problem, content_type = "application/problem+json", description = "Closing, or the store is away.")))]
async fn healthz(State(app): State<Shared>) -> Result<Json<Health>, Problem> {
    if *app.closing.borrow() {
        return Err(Problem::unavailable(5, "the house is closing"));
    }
    Ok(Json(Health { ok: true, version: env!("CARGO_PKG_VERSION") }))
}

/// Gives counters in Prometheus's text format.
#[utoipa::path(get, path = "/metrics", tag = "house", responses((status = 200, body = String, content_type = "text/plain")))]
async fn metrics(State(app): State<Shared>) -> Response {
    let (queue, committed) = app.engine.load();
    let more = [
        ("queue_events", "Events waiting to be committed.", queue as f64),
        ("committed_events", "Events committed since the start.", committed as f64),
    ];
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.text(&more)).into_response()
}

/// Describes this API.
#[utoipa::path(get, path = "/openapi.json", tag = "house", responses((status = 200, body = Object, content_type = "application/json")))]
async fn openapi(State(app): State<Shared>) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], app.openapi.clone())
        .into_response()
}
