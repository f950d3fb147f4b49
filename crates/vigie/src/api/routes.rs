//! The route table: what each route asks of its caller. A route that is not here answers nobody; a test walks the
//! router's own description and fails on any difference.

use access::Permission;
use axum::http::Method;

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it gives away nothing that is not public.
    Open,
    /// This permission, by session or by key.
    May(Permission),
    /// This permission by key; the key may also stand in the body or the path, where browser clients put it. The
    /// handler asks for it and refuses without.
    MayByBody(Permission),
}

use Need::{May, MayByBody, Open};
use Permission as P;

/// Method, path, need.
pub type Entry = (Method, &'static str, Need);

/// Every route.
pub const ROUTES: &[Entry] = &[
    (Method::GET, "/healthz", Open),
    (Method::GET, "/metrics", Open),
    (Method::GET, "/openapi.json", Open),
    // Sessions: signing in is open by nature; the lock-out guards it.
    (Method::POST, "/v1/session", Open),
    (Method::GET, "/v1/session", May(P::OwnProfile)),
    (Method::DELETE, "/v1/session", May(P::OwnProfile)),
    (Method::PATCH, "/v1/me", May(P::OwnProfile)),
    // Intake.
    (Method::POST, "/v1/events", May(P::Ingest)),
    (Method::POST, "/v1/decide", May(P::Decide)),
    (Method::POST, "/v1/track", MayByBody(P::Ingest)),
    (Method::POST, "/v1/identify", MayByBody(P::Ingest)),
    (Method::POST, "/v1/page", MayByBody(P::Ingest)),
    (Method::POST, "/v1/screen", MayByBody(P::Ingest)),
    (Method::POST, "/v1/group", MayByBody(P::Ingest)),
    (Method::POST, "/v1/alias", MayByBody(P::Ingest)),
    (Method::POST, "/v1/batch", MayByBody(P::Ingest)),
    (Method::POST, "/v1/t", MayByBody(P::Ingest)),
    (Method::POST, "/v1/i", MayByBody(P::Ingest)),
    (Method::POST, "/v1/p", MayByBody(P::Ingest)),
    (Method::POST, "/v1/s", MayByBody(P::Ingest)),
    (Method::POST, "/v1/g", MayByBody(P::Ingest)),
    (Method::POST, "/v1/a", MayByBody(P::Ingest)),
    (Method::POST, "/v1/b", MayByBody(P::Ingest)),
    (Method::POST, "/beacon/v1/batch", MayByBody(P::Ingest)),
    (Method::GET, "/v1/projects/{key}/settings", MayByBody(P::Ingest)),
    (Method::GET, "/sourceConfig", MayByBody(P::Ingest)),
    (Method::GET, "/sourceConfig/", MayByBody(P::Ingest)),
    // Reading.
    (Method::GET, "/v1/events", May(P::Watch)),
    (Method::GET, "/v1/events/{market}/{seq}", May(P::Watch)),
    (Method::GET, "/v1/decisions", May(P::Watch)),
    (Method::GET, "/v1/decisions/{market}/{seq}", May(P::Watch)),
    (Method::POST, "/v1/decisions/{market}/{seq}/replay", May(P::Watch)),
    (Method::POST, "/v1/decisions/{market}/{seq}/undo", May(P::UndoDecisions)),
    (Method::GET, "/v1/entities", May(P::Watch)),
    (Method::GET, "/v1/entities/{kind}/{id}", May(P::Watch)),
    (Method::GET, "/v1/entities/{kind}/{id}/timeline", May(P::Watch)),
    (Method::POST, "/v1/entities/{kind}/{id}/labels", May(P::LabelEntities)),
    (Method::DELETE, "/v1/entities/{kind}/{id}/labels/{name}", May(P::LabelEntities)),
    (Method::GET, "/v1/stats", May(P::Watch)),
    (Method::GET, "/live", May(P::Watch)),
    // Cases.
    (Method::GET, "/v1/cases", May(P::Watch)),
    (Method::GET, "/v1/cases/{id}", May(P::Watch)),
    (Method::POST, "/v1/cases/{id}/claim", May(P::WorkCases)),
    (Method::POST, "/v1/cases/{id}/close", May(P::WorkCases)),
    (Method::POST, "/v1/cases/{id}/reopen", May(P::WorkCases)),
    // Conversations.
    (Method::GET, "/v1/chats/{market}/{conversation}", May(P::Watch)),
    (Method::POST, "/v1/chats/{market}/{conversation}/reveal", May(P::Reveal)),
    (Method::POST, "/v1/text/read", May(P::Watch)),
    (Method::POST, "/v1/text/preview", May(P::TryPolicy)),
    (Method::GET, "/v1/quality", May(P::Watch)),
    // Policy.
    (Method::GET, "/v1/rules", May(P::ReadPolicy)),
    (Method::POST, "/v1/rules/{name}/mode", May(P::WritePolicy)),
    (Method::GET, "/v1/policy", May(P::ReadPolicy)),
    (Method::PUT, "/v1/policy", May(P::WritePolicy)),
    (Method::GET, "/v1/policy/files/{*path}", May(P::ReadPolicy)),
    (Method::POST, "/v1/policy/check", May(P::TryPolicy)),
    (Method::GET, "/v1/policy/versions", May(P::ReadPolicy)),
    (Method::GET, "/v1/policy/versions/{hash}/diff", May(P::ReadPolicy)),
    (Method::POST, "/v1/policy/versions/{hash}/activate", May(P::WritePolicy)),
    (Method::GET, "/v1/policy/proposals", May(P::ReadPolicy)),
    (Method::GET, "/v1/policy/proposals/{id}", May(P::ReadPolicy)),
    (Method::POST, "/v1/policy/proposals/{id}/approve", May(P::ApprovePolicy)),
    (Method::POST, "/v1/policy/proposals/{id}/decline", May(P::WritePolicy)),
    (Method::POST, "/v1/backtests", May(P::TryPolicy)),
    (Method::GET, "/v1/backtests/{id}", May(P::TryPolicy)),
    (Method::DELETE, "/v1/backtests/{id}", May(P::TryPolicy)),
    // Deliveries.
    (Method::GET, "/v1/deliveries", May(P::ReadDeliveries)),
    (Method::POST, "/v1/deliveries/{key}/retry", May(P::WorkDeliveries)),
    (Method::POST, "/v1/deliveries/{key}/cancel", May(P::WorkDeliveries)),
    // The house itself.
    (Method::GET, "/v1/settings", May(P::ReadSettings)),
    (Method::PUT, "/v1/webhooks", May(P::ManageWebhooks)),
    (Method::PUT, "/v1/retention", May(P::ManageRetention)),
    (Method::GET, "/v1/keys", May(P::ManageKeys)),
    (Method::POST, "/v1/keys", May(P::ManageKeys)),
    (Method::DELETE, "/v1/keys/{id}", May(P::ManageKeys)),
    (Method::GET, "/v1/agents", May(P::ManageAgents)),
    (Method::POST, "/v1/agents", May(P::ManageAgents)),
    (Method::PATCH, "/v1/agents/{login}", May(P::ManageAgents)),
];

/// What the route at this method and path asks; `None` for a route nobody entered.
#[must_use]
pub fn need(method: &Method, path: &str) -> Option<Need> {
    // HEAD is answered by the GET handler, so it asks the same.
    let method = if method == Method::HEAD { &Method::GET } else { method };
    ROUTES.iter().find(|(m, p, _)| m == method && *p == path).map(|(_, _, need)| *need)
}
