//! Keys, agents, settings and webhooks.

use access::Scope;
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, chat};

#[test]
fn a_key_is_shown_once_works_and_is_revoked() {
    let app = TestApp::start();
    let admin = app.signed_in("admin");
    let made = admin.post("/v1/keys", &json!({"name": "shop", "scopes": ["ingest"], "market": "sg"})).expect(201);
    let secret = made["key"].as_str().unwrap();
    let shop = app.nobody().with("authorization", &format!("Bearer {secret}"));
    shop.post("/v1/events", &chat("m1", "hello")).expect(200);
    let list = admin.get("/v1/keys");
    assert!(!list.text.contains(secret));
    let list = list.expect(200);
    let key = list["items"].as_array().unwrap().iter().find(|k| k["id"] == made["id"]).unwrap();
    assert_eq!(
        (&key["scopes"], &key["market"], &key["created_by"]),
        (&json!(["ingest"]), &json!("sg"), &json!("admin"))
    );
    assert!(key["last_used"].is_string());
    admin.delete(&format!("/v1/keys/{}", made["id"].as_str().unwrap())).expect(204);
    shop.post("/v1/events", &chat("m2", "hello")).expect(401);
    admin.delete("/v1/keys/none").expect(404);
    for (body, field) in [
        (json!({"name": "", "scopes": ["ingest"]}), "name"),
        (json!({"name": "x", "scopes": []}), "scopes"),
        (json!({"name": "x", "scopes": ["root"]}), "scopes"),
        (json!({"name": "x", "scopes": ["read"], "market": "atlantis"}), "market"),
    ] {
        assert_eq!(admin.post("/v1/keys", &body).expect(400)["field"], field);
    }
}

#[test]
fn a_key_made_beside_the_running_house_opens_it() {
    let app = TestApp::start();
    let secret = access::new_key();
    let print = access::fingerprint(&secret);
    let key = access::ApiKey {
        id: access::ApiKey::id_of(&print),
        fingerprint: print,
        name: "beside".into(),
        scopes: vec![Scope::Read],
        market: None,
        source: "beside".into(),
        created_by: "test".into(),
        created_at: domain::Time(0),
        last_used: None,
    };
    app.app.store.write(|tx| access::put_key(tx, &key)).unwrap();
    app.nobody().with("authorization", &format!("Bearer {secret}")).get("/v1/stats").expect(200);
}

#[test]
fn agents_come_change_and_go_but_never_the_last_admin() {
    let app = TestApp::start();
    let admin = app.signed_in("admin");
    let new = json!({"login": "mira", "name": "Mira Muster", "role": "analyst", "password": "plainly-fictional-2"});
    admin.post("/v1/agents", &new).expect(201);
    admin.post("/v1/agents", &new).expect(409);
    let made = admin.post("/v1/agents", &json!({"login": "noor", "name": "Noor", "role": "agent"})).expect(201);
    let password = made["password"].as_str().unwrap();
    app.nobody().post("/v1/session", &json!({"login": "noor", "password": password})).expect(200);
    assert!(!admin.get("/v1/agents").text.contains("argon2"));
    let analyst = app.signed_in("analyst");
    analyst.get("/v1/policy").expect(200);
    admin.patch("/v1/agents/analyst", &json!({"role": "auditor"})).expect(200);
    analyst.get("/v1/policy").expect(401);
    assert_eq!(app.signed_in("analyst").get("/v1/session").expect(200)["agent"]["role"], "auditor");
    for change in [json!({"disabled": true}), json!({"role": "agent"})] {
        admin.patch("/v1/agents/admin", &change).expect(409);
    }
    admin.patch("/v1/agents/analyst", &json!({"disabled": true})).expect(200);
    app.nobody().post("/v1/session", &json!({"login": "analyst", "password": PASSWORD})).expect(401);
    admin.patch("/v1/agents/nobody", &json!({})).expect(404);
    assert_eq!(
        admin.post("/v1/agents", &json!({"login": "X", "name": "x", "role": "agent"})).expect(400)["field"],
        "login"
    );
}

#[test]
fn webhooks_go_to_public_places_and_their_secret_is_shown_once() {
    let app = TestApp::start();
    let admin = app.signed_in("admin");
    for url in ["http://hooks.example.com/", "https://127.0.0.1/hook", "https://user:x@hooks.example.com/", "nonsense"]
    {
        assert_eq!(admin.put("/v1/webhooks", &json!({"url": url})).expect(400)["field"], "url", "{url}");
    }
    let put = admin.put("/v1/webhooks", &json!({"url": "https://hooks.example.com/vigie"})).expect(200);
    let secret = put["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    let settings = admin.get("/v1/settings");
    assert!(!settings.text.contains(secret) && !settings.text.contains("argon2"));
    assert_eq!(settings.expect(200)["webhooks"][0]["url"], "https://hooks.example.com/vigie");
    assert!(
        admin.put("/v1/webhooks", &json!({"url": "https://hooks.example.com/two"})).expect(200)["secret"].is_null()
    );
    admin.put("/v1/webhooks", &json!({"url": null})).expect(200);
    assert_eq!(admin.get("/v1/settings").expect(200)["webhooks"], json!([]));
    app.signed_in("agent").get("/v1/settings").expect(403);
}

#[test]
fn retention_is_set_by_admins_within_bounds() {
    let app = TestApp::start();
    let ada = app.signed_in("admin");
    let settings = ada.get("/v1/settings").expect(200);
    assert_eq!((&settings["retention_days"], &settings["retention"]["days"]), (&Value::Null, &Value::Null));
    let kept = ada.put("/v1/retention", &json!({"days": 400})).expect(200);
    assert_eq!((&kept["days"], kept["logs"].as_array().unwrap().len()), (&json!(400), 3));
    assert!(
        kept["logs"].as_array().unwrap().iter().all(|log| log["from_seq"] == 1 && log["from_at"].is_string()),
        "{kept}"
    );
    assert_eq!(ada.get("/v1/settings").expect(200)["retention_days"], 400);
    for days in [json!(29), json!(3_651), json!(-1), json!("long")] {
        ada.put("/v1/retention", &json!({"days": days})).expect(400);
    }
    app.signed_in("analyst").put("/v1/retention", &json!({"days": 30})).expect(403);
    ada.put("/v1/retention", &json!({"days": null})).expect(200);
    assert_eq!(ada.get("/v1/settings").expect(200)["retention_days"], Value::Null);
}
