//! Events in through every door a real client uses, and verdicts out.

use access::Scope;
use base64::Engine as _;
use serde_json::{Value, json};

use crate::app::{TestApp, chat, listing};

#[test]
fn events_are_taken_once_and_bad_ones_are_named() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Ingest], None);
    let one = shop.post("/v1/events", &chat("m1", "hello")).expect(200);
    assert_eq!((&one["accepted"], &one["duplicates"], &one["rejected"]), (&json!(1), &json!(0), &json!([])));
    let mut bad = chat("m3", "hello");
    bad["data"]["text"] = json!(7);
    let mut nowhere = chat("m4", "hello");
    nowhere["market"] = json!("atlantis");
    let mixed = json!([chat("m1", "hello"), chat("m1", "other words"), chat("m2", "hi"), bad, nowhere]);
    let mixed = shop.post("/v1/events", &mixed).expect(200);
    assert_eq!((&mixed["accepted"], &mixed["duplicates"], &mixed["differs"]), (&json!(1), &json!(2), &json!(1)));
    let rejected: Vec<_> = mixed["rejected"].as_array().unwrap().iter().map(|r| (&r["index"], &r["field"])).collect();
    assert_eq!(rejected, [(&json!(3), &json!("data.text")), (&json!(4), &json!("market"))]);
    let lines = format!("{}\n{}\n", chat("m5", "a"), chat("m6", "b"));
    let lines = shop.with("content-type", "application/x-ndjson").send("POST", "/v1/events", Some(lines.as_bytes()));
    assert_eq!(lines.expect(200)["accepted"], 2);
}

#[test]
fn a_body_of_bad_events_alone_is_refused_whole() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Ingest], None);
    let answer = shop.post("/v1/events", &json!([{"specversion": "1.0"}, 5])).expect(400);
    assert_eq!((&answer["accepted"], answer["rejected"].as_array().unwrap().len()), (&json!(0), 2));
    assert!(answer["detail"].as_str().unwrap().contains("all 2 events"));
    let large = vec![b' '; 600 * 1024];
    assert_eq!(shop.send("POST", "/v1/events", Some(&large)).expect(400)["field"], "body");
}

#[test]
fn a_scam_is_warned_about_in_the_caller_s_language() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Decide], None);
    let mut scam = chat("m1", "add me on WhatsApp please");
    scam["type"] = json!("message.submitted");
    let first = shop.with("accept-language", "fr-FR,fr;q=0.9").post("/v1/decide", &scam).expect(200);
    assert_eq!((&first["verdict"], &first["duplicate"]), (&json!("warn"), &json!(false)));
    assert_eq!(first["key"], format!("sg:{}", first["seq"]));
    let reason = &first["reasons"][0];
    assert_eq!(reason["rule"], "chat_off_platform");
    assert!(reason["text"].as_str().unwrap().contains("autre application"), "{reason}");
    let span = &reason["spans"][0];
    assert_eq!((&span["field"], &span["signal"]), (&json!("text"), &json!("off_platform")));
    assert!(first["effects"].as_array().unwrap().iter().any(|e| e["kind"] == "message"));
    let again = shop.post("/v1/decide", &scam).expect(200);
    assert_eq!(
        (&again["seq"], &again["verdict"], &again["duplicate"]),
        (&first["seq"], &first["verdict"], &json!(true))
    );
    shop.post("/v1/decide", &json!([scam, chat("m2", "x")])).expect(400);
    assert_eq!(shop.post("/v1/decide", &listing("l1", "u9", 5.0)).expect(200)["verdict"], "allow");
}

#[test]
fn a_market_key_speaks_of_its_market_only() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Ingest, Scope::Read, Scope::Decide], Some("fr"));
    let wrong = shop.post("/v1/events", &chat("m1", "hello")).expect(400);
    assert_eq!(wrong["field"], "market");
    let mut own = chat("m1", "bonjour");
    own.as_object_mut().unwrap().remove("market");
    assert_eq!(shop.post("/v1/events", &own).expect(200)["accepted"], 1);
    app.key(&[Scope::Ingest], None).post("/v1/events", &chat("m9", "hello")).expect(200);
    let seen = shop.get("/v1/events").expect(200);
    assert!(seen["items"].as_array().unwrap().iter().all(|e| e["market"] == "fr"), "{seen}");
    shop.get("/v1/events?market=sg").expect(403);
    shop.get("/v1/events/sg/1").expect(403);
    shop.get("/v1/entities/user/u1?market=sg").expect(403);
    shop.get("/live?market=sg").expect(403);
}

#[test]
fn segment_clients_bring_their_key_where_they_like() {
    let app = TestApp::start();
    let secret = app.secret(&[Scope::Ingest], Some("sg"));
    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{secret}:")));
    let call = |id: &str| json!({"type": "page", "messageId": id, "anonymousId": "v1", "properties": {"path": "/"}});
    let nobody = app.nobody();
    let batch = json!({"batch": [call("a"), call("b")], "sentAt": "2026-03-02T03:00:00Z"});
    assert_eq!(nobody.with("authorization", &basic).post("/v1/batch", &batch).expect(200)["accepted"], 2);
    let mut inside = call("c");
    inside["writeKey"] = json!(secret);
    let beacon = nobody.with("content-type", "text/plain").with("origin", "https://shop.example");
    let answer = beacon.send("POST", "/v1/p", Some(inside.to_string().as_bytes()));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.expect(200)["accepted"], 1);
    inside["writeKey"] = json!("vk_guess");
    nobody.post("/v1/p", &inside).expect(401);
    let ahead = nobody.with("access-control-request-headers", "content-type").send("OPTIONS", "/v1/t", None);
    assert_eq!((ahead.status, ahead.header("access-control-allow-headers")), (204, Some("content-type")));
    let settings = nobody.get(&format!("/v1/projects/{secret}/settings")).expect(200);
    assert!(settings["integrations"]["Segment.io"]["apiHost"].as_str().unwrap().ends_with("/v1"));
    nobody.get("/v1/projects/vk_guess/settings").expect(401);
    for path in ["/sourceConfig", "/sourceConfig/"] {
        let source = nobody.with("authorization", &basic).get(path).expect(200);
        assert_eq!(source["source"]["enabled"], Value::Bool(true));
        nobody.get(path).expect(401);
    }
}
