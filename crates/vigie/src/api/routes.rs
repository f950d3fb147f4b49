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
];

/// What the route at this method and path asks; `None` for a route nobody entered.
#[must_use]
pub fn need(method: &Method, path: &str) -> Option<Need> {
    // HEAD is answered by the GET handler, so it asks the same.
    let method = if method == Method::HEAD { &Method::GET } else { method };
    ROUTES.iter().find(|(m, p, _)| m == method && *p == path).map(|(_, _, need)| *need)
}
