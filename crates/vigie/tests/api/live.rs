//! The live stream: what comes, masked and filtered, and coming back with a cursor.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use access::Scope;
use serde_json::{Value, json};

use crate::app::{Client, TestApp, chat};

/// One server-sent event.
#[derive(Debug)]
struct Sent {
    name: String,
    id: String,
    data: Value,
}

/// Opens a stream; the reader times out rather than hang.
fn open(client: &Client, path: &str) -> impl Iterator<Item = Sent> + use<> {
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
    let mut request = config.build().new_agent().get(format!("{}{path}", client.base));
    for (name, value) in &client.headers {
        request = request.header(name, value);
    }
    let response = request.call().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut lines = BufReader::new(response.into_body().into_reader()).lines();
    std::iter::from_fn(move || {
        let (mut name, mut id, mut data) = (String::new(), String::new(), String::new());
        loop {
            let line = lines.next()?.ok()?;
            match line.split_once(": ").or_else(|| line.split_once(':')) {
                None if line.is_empty() && !data.is_empty() => {
                    return Some(Sent { name, id, data: serde_json::from_str(&data).unwrap() });
                }
                Some(("event", value)) => name = value.to_owned(),
                Some(("id", value)) => id = value.to_owned(),
                Some(("data", value)) => data = value.to_owned(),
                _ => {}
            }
        }
    })
}

#[test]
fn watchers_see_what_comes_and_go_on_where_they_were() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Ingest, Scope::Decide], None);
    let watcher = app.key(&[Scope::Read], None);
    let mut stream = open(&watcher, "/live?market=sg&type=message.sent");
    shop.post("/v1/events", &chat("m1", "a secret about whatsapp")).expect(200);
    let first = stream.find(|s| s.name == "event").unwrap();
    assert_eq!((&first.data["id"], &first.data["data"]["text"]), (&json!("m1"), &json!("***")));
    let decision = stream.next().unwrap();
    assert_eq!((decision.name.as_str(), &decision.data["verdict"]), ("decision", &json!("warn")));
    assert!(!decision.data.to_string().contains("a secret"), "{}", decision.data);
    drop(stream);
    shop.post("/v1/events", &json!([chat("m2", "hello"), chat("m3", "hello")])).expect(200);
    let back = open(&watcher.with("last-event-id", &decision.id), "/live?market=sg&type=message.sent");
    let ids: Vec<Value> = back.filter(|s| s.name == "event").map(|s| s.data["id"].clone()).take(2).collect();
    assert_eq!(ids, [json!("m2"), json!("m3")]);
}

#[test]
fn a_stream_far_behind_is_told_of_the_gap() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Ingest], None);
    let many: Vec<Value> = (0..700).map(|i| chat(&format!("m{i}"), "hello")).collect();
    shop.post("/v1/events", &json!(many)).expect(200);
    let watcher = app.key(&[Scope::Read], None).with("last-event-id", "sg:1");
    let mut stream = open(&watcher, "/live?market=sg");
    let gap = stream.next().unwrap();
    assert_eq!(gap.name, "gap");
    assert!(gap.data["skipped"].as_u64() > Some(100), "{}", gap.data);
    let last = stream.filter(|s| s.name == "event").take(500).last().unwrap();
    assert_eq!(last.data["id"], "m699");
}

#[test]
fn whoever_is_shut_out_sees_nothing_more() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Ingest], None);
    let mut stream = open(&app.signed_in("auditor"), "/live?market=sg");
    shop.post("/v1/events", &chat("m1", "hello")).expect(200);
    assert!(stream.any(|s| s.name == "event"));
    app.signed_in("admin").patch("/v1/agents/auditor", &json!({"disabled": true})).expect(200);
    shop.post("/v1/events", &chat("m2", "hello")).expect(200);
    assert!(stream.all(|s| s.data["id"] != "m2"), "an agent who was shut out was told of an event");
}
