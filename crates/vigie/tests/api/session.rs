//! Signing in, staying in, being shown out.

use serde_json::json;

use crate::app::{PASSWORD, TestApp};

#[test]
fn signing_in_and_out() {
    let app = TestApp::start();
    let answer = app.nobody().post("/v1/session", &json!({"login": "analyst", "password": PASSWORD}));
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let given = answer.expect(200);
    assert_eq!(given["agent"]["role"], "analyst");

    let mira = app.signed_in("analyst");
    assert_eq!(mira.get("/v1/session").expect(200)["agent"]["login"], "analyst");
    mira.without("x-csrf-token").delete("/v1/session").expect(403);
    mira.with("x-csrf-token", "guess").delete("/v1/session").expect(403);
    assert_eq!(mira.get("/v1/session").status, 200, "a refused request changes nothing");
    mira.delete("/v1/session").expect(204);
    mira.get("/v1/session").expect(401);
}

#[test]
fn the_session_survives_a_restart_of_memory_and_the_store_holds_no_secret() {
    let app = TestApp::start();
    let mira = app.signed_in("analyst");
    let again = app.app.store.read(access::Directory::load).unwrap();
    *app.app.people.write() = again;
    mira.get("/v1/session").expect(200);
    let token = mira.headers.iter().find(|(n, _)| n == "cookie").unwrap().1.split_once('=').unwrap().1.to_owned();
    let rows = app.app.store.read(access::sessions).unwrap();
    assert!(rows.iter().all(|row| row.fingerprint != token));
    assert!(rows.iter().any(|row| row.fingerprint == access::fingerprint(&token)));
    let agents = app.app.store.read(access::agents).unwrap();
    assert!(agents.iter().all(|agent| agent.hash.starts_with("$argon2id$") && !agent.hash.contains(PASSWORD)));
}

#[test]
fn wrong_passwords_lock_out_and_say_how_long() {
    let app = TestApp::start();
    let body = json!({"login": "agent", "password": "not the password"});
    let mut locked = None;
    for _ in 0..8 {
        let answer = app.nobody().post("/v1/session", &body);
        if answer.status == 429 {
            locked = Some(answer);
            break;
        }
        answer.expect(401);
    }
    let locked = locked.expect("eight wrong passwords lock");
    let wait: u32 = locked.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=900).contains(&wait));
    let right = json!({"login": "agent", "password": PASSWORD});
    app.nobody().post("/v1/session", &right).expect(429);
    let other = json!({"login": "auditor", "password": PASSWORD});
    app.nobody().post("/v1/session", &other).expect(200);
}

#[test]
fn an_unknown_login_is_told_the_same() {
    let app = TestApp::start();
    let wrong = app.nobody().post("/v1/session", &json!({"login": "agent", "password": "not the password"}));
    let unknown = app.nobody().post("/v1/session", &json!({"login": "nobody-here", "password": "not the password"}));
    assert_eq!(wrong.text, unknown.text);
    assert_eq!((wrong.status, unknown.status), (401, 401));
}

#[test]
fn another_site_cannot_sign_a_person_in() {
    let app = TestApp::start();
    let body = json!({"login": "agent", "password": PASSWORD});
    app.nobody().with("sec-fetch-site", "cross-site").post("/v1/session", &body).expect(403);
    app.nobody().with("sec-fetch-site", "same-origin").post("/v1/session", &body).expect(200);
}

#[test]
fn one_changes_ones_own_profile() {
    let app = TestApp::start();
    let mira = app.signed_in("agent");
    let elsewhere = app.signed_in("agent");
    assert_eq!(mira.patch("/v1/me", &json!({"language": "fr"})).expect(200)["agent"]["language"], "fr");
    assert_eq!(mira.patch("/v1/me", &json!({"language": "tlh"})).expect(400)["field"], "language");
    assert_eq!(mira.patch("/v1/me", &json!({"password": "a new long one"})).expect(400)["field"], "current_password");
    let short = json!({"password": "short", "current_password": PASSWORD});
    assert_eq!(mira.patch("/v1/me", &short).expect(400)["field"], "password");
    elsewhere.get("/v1/session").expect(200);
    mira.patch("/v1/me", &json!({"password": "a new long one", "current_password": PASSWORD})).expect(200);
    mira.get("/v1/session").expect(200);
    elsewhere.get("/v1/session").expect(401);
    app.nobody().post("/v1/session", &json!({"login": "agent", "password": PASSWORD})).expect(401);
    app.nobody().post("/v1/session", &json!({"login": "agent", "password": "a new long one"})).expect(200);
}

#[test]
fn a_disabled_agent_is_out_at_once() {
    let app = TestApp::start();
    let mira = app.signed_in("agent");
    let mut agent = access::Agent::clone(&app.app.people.read().agent("agent").unwrap());
    agent.disabled_at = Some(domain::Time(1));
    app.app.people.write().put_agent(agent);
    mira.get("/v1/session").expect(401);
    app.nobody().post("/v1/session", &json!({"login": "agent", "password": PASSWORD})).expect(401);
}
