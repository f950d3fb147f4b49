//! Every route × every caller: nothing is open by forgetting.

use access::{Permission, Role, Scope};
use vigie::api::routes::{Need, ROUTES};

use crate::app::{Client, TestApp};

/// A path with something in the place of its parameters that exists nowhere.
fn filled(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "0" } else { part }).collect::<Vec<_>>().join("/")
}

fn probe(client: &Client, method: &str, path: &str) -> u16 {
    // A body that fits nothing: whoever is let in gets a 4xx of another kind, and nothing changes.
    let body = matches!(method, "POST" | "PUT" | "PATCH").then_some(&b"[]"[..]);
    client.send(method, path, body).status
}

#[test]
fn nobody_gets_in_anywhere_but_the_open_doors() {
    let app = TestApp::start();
    let strangers = [
        app.nobody(),
        app.nobody().with("authorization", "Bearer vk_guess"),
        app.nobody().with("authorization", "Basic dmtfZ3Vlc3M6"),
        app.nobody().with("cookie", "vigie_session=guess"),
    ];
    for (method, path, need) in ROUTES {
        for stranger in &strangers {
            let status = probe(stranger, method.as_str(), &filled(path));
            match need {
                Need::Open => assert_ne!(status, 403, "{method} {path}"),
                _ => assert_eq!(status, 401, "{method} {path} lets a stranger in"),
            }
        }
    }
}

#[test]
fn roles_get_exactly_what_the_matrix_gives() {
    let app = TestApp::start();
    for role in Role::ALL {
        for (method, path, need) in ROUTES.iter().filter(|(_, p, _)| *p != "/live") {
            let Need::May(permission) = need else { continue };
            // Signing out would end the walk; its door is tested with the sessions.
            if *permission == Permission::OwnProfile {
                continue;
            }
            let client = signed_in_once(&app, role);
            let status = probe(&client, method.as_str(), &filled(path));
            let allowed = role.may(*permission);
            assert_eq!(status == 403, !allowed, "{} {method} {path}: {status}", role.name());
            assert_ne!(status, 401, "{} {method} {path}", role.name());
        }
    }
}

/// Sign-in costs a hash, so each role signs in once.
fn signed_in_once(app: &TestApp, role: Role) -> Client {
    use std::cell::RefCell;
    use std::collections::HashMap;
    thread_local!(static SEEN: RefCell<HashMap<String, Client>> = RefCell::default());
    let key = format!("{}{}", app.base, role.name());
    SEEN.with_borrow_mut(|seen| seen.entry(key).or_insert_with(|| app.signed_in(role.name())).clone())
}

#[test]
fn scopes_get_exactly_what_the_matrix_gives() {
    let app = TestApp::start();
    for scope in Scope::ALL {
        let client = app.key(&[scope], None);
        for (method, path, need) in ROUTES.iter().filter(|(_, p, _)| *p != "/live") {
            let (Need::May(permission) | Need::MayByBody(permission)) = need else { continue };
            let status = probe(&client, method.as_str(), &filled(path));
            let refused = match need {
                Need::MayByBody(_) => status == 401 || status == 403,
                _ => status == 403,
            };
            assert_eq!(refused, !scope.may(*permission), "{} {method} {path}: {status}", scope.name());
        }
    }
}

#[test]
fn a_revoked_key_is_out_at_once() {
    let app = TestApp::start();
    let client = app.key(&[Scope::Read], None);
    client.get("/v1/session").expect(403);
    let id = app.app.people.read().keys()[0].id.clone();
    app.signed_in("admin").delete(&format!("/v1/keys/{id}")).expect(204);
    client.get("/v1/session").expect(401);
}

#[test]
fn a_session_without_its_csrf_token_changes_nothing_anywhere() {
    let app = TestApp::start();
    let client = app.signed_in("admin").without("x-csrf-token");
    for (method, path, need) in ROUTES {
        let Need::May(permission) = need else { continue };
        if method == "GET" || !Role::Admin.may(*permission) {
            continue;
        }
        assert_eq!(probe(&client, method.as_str(), &filled(path)), 403, "{method} {path}");
    }
}

#[test]
fn unknown_methods_and_paths_are_told_so() {
    let app = TestApp::start();
    let admin = app.signed_in("admin");
    let answer = admin.put("/v1/session", &serde_json::json!({}));
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").unwrap().contains("DELETE"));
    for path in ["/v1/nothing", "/v1/", "/api/v2/tickets", "/v1/events/../../etc/passwd", "/assets/none.js"] {
        assert_eq!(admin.get(path).status, 404, "{path}");
    }
    for path in ["/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd.txt", "/assets/%00.js", "/%ff"] {
        let answer = admin.get(path);
        assert!([200, 400, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.text.contains("root:"), "{path}");
    }
}

#[test]
fn every_answer_carries_the_guarding_headers() {
    let app = TestApp::start();
    for path in ["/", "/healthz", "/v1/events", "/v1/nothing", "/openapi.json"] {
        let answer = app.nobody().get(path);
        for name in ["content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"] {
            assert!(answer.header(name).is_some(), "{path} lacks {name}");
        }
        assert!(answer.header("cache-control").is_some(), "{path}");
    }
}
