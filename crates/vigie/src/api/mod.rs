//! The HTTP API: a room per noun, one border for refusals, one table of needs.

mod agents;
pub mod auth;
mod backtests;
mod cases;
mod chats;
mod decide;
mod decisions;
mod deliveries;
mod entities;
mod events;
mod extract;
mod frame;
mod house;
pub mod idempotency;
mod intake;
mod keys;
pub mod live;
pub mod openapi;
mod page;
mod policy;
mod problem;
mod proposals;
pub mod quality;
pub mod routes;
pub mod rules;
mod session;
pub(crate) mod settings;
mod stats;
mod texts;
mod view;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

pub use problem::{PROBLEM_JSON, Problem};

use crate::app::Shared;

/// Every route with its description, without its guards.
pub(crate) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::Doc::openapi())
        .merge(house::routes())
        .merge(session::routes())
        .merge(intake::routes())
        .merge(decide::routes())
        .merge(events::routes())
        .merge(decisions::routes())
        .merge(live::routes())
        .merge(deliveries::routes())
        .merge(entities::routes())
        .merge(policy::routes())
        .merge(proposals::routes())
        .merge(rules::routes())
        .merge(backtests::routes())
        .merge(settings::routes())
        .merge(stats::routes())
        .merge(quality::routes())
        .merge(cases::routes())
        .merge(chats::routes())
        .merge(texts::routes())
        .merge(keys::routes())
        .merge(agents::routes())
}

/// The whole service: guards on every route, the console for the rest, and around it all headers, compression and
/// the line in the log.
pub fn service(app: Shared) -> Router {
    let (routes, _) = router().split_for_parts();
    routes
        .layer(from_fn_with_state(app.clone(), idempotency::once))
        .layer(from_fn_with_state(app.clone(), auth::guard))
        .layer(from_fn(frame::cross_origin))
        .layer(from_fn(crate::assets::page_or_stream))
        .fallback(crate::assets::fallback)
        .layer(CompressionLayer::new().gzip(true))
        .layer(from_fn_with_state(app.clone(), frame::frame))
        .with_state(app)
}
