//! The description of the API, OpenAPI 3.1: what the handlers say of themselves, completed from the route table so
//! that needs and refusals are described the same everywhere.

use axum::http::Method;
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::routes::{Need, need};
use super::{Problem, idempotency, router};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vigie",
        description = "One engine for an online market's customer care and trust & safety: events in, decisions out.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem))
)]
pub(super) struct Doc;

/// The methods an item of `paths` may hold.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The whole description as JSON text.
#[must_use]
pub fn text() -> String {
    document().to_string()
}

/// The whole description.
#[must_use]
pub fn document() -> Value {
    let (_, doc) = router().split_for_parts();
    let mut doc = serde_json::to_value(doc).unwrap_or_default();
    doc["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    doc["components"]["securitySchemes"] = json!({
        "key": {"type": "http", "scheme": "bearer", "description": "An API key, `vk_…`, with the scope the route needs."},
        "session": {"type": "apiKey", "in": "cookie", "name": super::auth::COOKIE,
            "description": "A signed-in browser; anything but GET also needs the header `X-CSRF-Token`."},
        "write_key": {"type": "http", "scheme": "basic", "description": "An API key as the user name, no password."},
    });
    let Some(paths) = doc["paths"].as_object_mut() else { return doc };
    for (path, mut item) in std::mem::take(paths) {
        for method in METHODS {
            let name = method.as_str().to_ascii_lowercase();
            if let Some(operation) = item.get_mut(&name) {
                let need = need(&method, &path);
                complete(operation, need);
                if method == Method::POST && idempotency::takes_key(need) {
                    repeatable(operation);
                }
            }
        }
        // The router writes a catch-all as `{*path}`; the standard has no such thing.
        paths.insert(path.replace("{*", "{"), item);
    }
    doc
}

/// Adds security and refusals to one operation.
fn complete(operation: &mut Value, need: Option<Need>) {
    operation["security"] = match need {
        Some(Need::May(permission)) => {
            let mut ways = Vec::new();
            if access::Scope::ALL.iter().any(|s| s.may(permission)) {
                ways.push(json!({"key": []}));
                ways.push(json!({"write_key": []}));
            }
            if access::Role::ALL.iter().any(|r| r.may(permission)) {
                ways.push(json!({"session": []}));
            }
            Value::from(ways)
        }
        Some(Need::MayByBody(_)) => json!([{"write_key": []}, {"key": []}, {}]),
        Some(Need::Open) | None => json!([]),
    };
    let guarded = matches!(need, Some(Need::May(_) | Need::MayByBody(_)));
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    if guarded {
        responses.entry("401").or_insert_with(|| refusal("Nobody known asks."));
        responses.entry("403").or_insert_with(|| refusal("Known, and not allowed."));
    }
    responses.entry("default").or_insert_with(|| refusal("Refused; the problem says why."));
    for response in responses.values_mut() {
        // A refusal described by its words alone is a problem all the same.
        let text = response["description"].as_str().unwrap_or_default().to_owned();
        if text.is_empty() {
            response["description"] = json!("Done.");
        }
        if response.get("content").is_none() && text.starts_with("Refused") {
            *response = refusal(&text);
        }
    }
}

/// Adds the header by which a call may be repeated.
fn repeatable(operation: &mut Value) {
    let parameter = json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Names this call for a day: sent again with the same body it gives the first answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

fn refusal(description: &str) -> Value {
    json!({
        "description": description,
        "content": {super::problem::PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    })
}
