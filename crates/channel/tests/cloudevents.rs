//! CloudEvents and lines of them: tables of bodies and what becomes of them.

mod common;

use std::io::Write;

use common::{NOW, read, read_with};
use domain::{Event, Time};
use serde_json::{Value, json};

const PATH: &str = "/v1/events";

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

fn event(id: &str, text: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "app", "type": "message.sent", "time": "2026-03-01T08:59:00Z",
           "subject": "c1", "actor": "user:u1", "data": {"conversation": "c1", "sender": "u1", "text": text}})
}

fn one(body: &Value) -> Event {
    let intake = read(PATH, Some("application/cloudevents+json"), body.to_string().as_bytes()).unwrap();
    assert_eq!(intake.rejected, []);
    intake.events.into_iter().next().unwrap().1
}

#[test]
fn every_attribute_arrives() {
    for text in ["Pay me outside", "加我微信", "اتصل بي", "連絡先を教えて 🙏🏽", "\u{202e}gnirts", "“quoted”\n\ttab"]
    {
        let got = one(&event("e1", text));
        assert_eq!((got.id.as_str(), got.source.as_str(), got.kind.as_str()), ("e1", "app", "message.sent"));
        assert_eq!(
            (got.market.as_str(), got.subject.as_deref(), got.actor.as_deref()),
            ("sg", Some("c1"), Some("user:u1"))
        );
        assert_eq!((got.time, got.received_at), (Time::parse("2026-03-01T08:59:00Z").unwrap(), NOW));
        assert_eq!(got.data["text"], text);
    }
}

#[test]
fn times_are_never_later_than_received() {
    for (time, expect) in [
        (json!("2026-03-01T16:59:59+08:00"), "2026-03-01T08:59:59Z"),
        (json!("2026-03-01T09:00:00.000001Z"), "2026-03-01T09:00:00Z"),
        (json!("2999-01-01T00:00:00Z"), "2026-03-01T09:00:00Z"),
        (json!("1999-01-01T00:00:00Z"), "1999-01-01T00:00:00Z"),
        (Value::Null, "2026-03-01T09:00:00Z"),
    ] {
        let mut body = event("e1", "x");
        body["time"] = time.clone();
        assert_eq!(one(&body).time, Time::parse(expect).unwrap(), "{time}");
    }
}

#[test]
fn what_may_be_left_out() {
    let got = one(&json!({"id": "e1", "type": "custom.ping"}));
    assert_eq!((got.source.as_str(), got.time, got.data.len()), ("shop", NOW, 0));
    let got = one(&json!({"id": "e1", "type": "custom.ping", "data": null, "subject": null, "colour": {"any": [1]}}));
    assert_eq!((got.subject, got.data.len()), (None, 0));
    let encoded = one(&json!({"id": "e1", "type": "custom.ping", "data_base64": "eyJ0ZXh0Ijoi5L2g5aW9In0="}));
    assert_eq!(encoded.data["text"], "你好");
}

#[test]
fn faults_name_their_field() {
    let long = "x".repeat(257);
    let deep: Value = (0..31).fold(json!(1), |inner, _| json!([inner]));
    let cases = [
        ("id", json!({"id": null}), "is missing"),
        ("id", json!({"id": ""}), "empty"),
        ("id", json!({"id": 7}), "expected a text"),
        ("id", json!({"id": long}), "257 bytes"),
        ("id", json!({"id": "a\u{0}b"}), "control character"),
        ("id", json!({"id": "a\u{85}b"}), "control character"),
        ("type", json!({"type": null}), "is missing"),
        ("type", json!({"type": ["message.sent"]}), "expected a text"),
        ("source", json!({"source": "a\nb"}), "control character"),
        ("subject", json!({"subject": ""}), "empty"),
        ("time", json!({"time": "yesterday"}), "no RFC 3339 time"),
        ("time", json!({"time": "-000001-01-01T00:00:00Z"}), "before the year 1"),
        ("time", json!({"time": 1_772_355_600}), "expected a text"),
        ("specversion", json!({"specversion": "0.3"}), "`0.3` is not read"),
        ("market", json!({"market": "fr"}), "speaks for `sg` only"),
        ("market", json!({"market": "*"}), "speaks for `sg` only"),
        ("actor", json!({"actor": "u1"}), "kind:id"),
        ("data", json!({"data": "text"}), "a JSON object"),
        ("data", json!({"data": [1]}), "a JSON object"),
        ("data_base64", json!({"data_base64": "e30="}), "beside `data`"),
        ("datacontenttype", json!({"datacontenttype": "text/xml"}), "not JSON"),
        ("data.price", json!({"data": {"price": 10_000_000_000_000_000_000_u64}}), "does not fit"),
        ("data.price", json!({"data": {"price": 1e300}}), "does not fit"),
        ("data.list.1.name", json!({"data": {"list": [1, {"name": "a\u{0}"}]}}), "NUL"),
        ("data.deep", json!({"data": {"deep": deep}}), "deeper than 32"),
        ("event", json!({"data": {"text": "x".repeat(33_000)}}), "at most 32768"),
    ];
    for (field, change, part) in cases {
        let mut body = event("e1", "x");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let intake = read(PATH, None, body.to_string().as_bytes()).unwrap();
        assert_eq!((intake.events.len(), intake.status()), (0, 400), "{change}");
        let fault = &intake.rejected[0];
        assert!(fault.field.starts_with(field) && fault.error.contains(part), "{change}: {fault:?}");
    }
}

#[test]
fn texts_no_value_can_hold() {
    for (body, field) in [
        (r#"{"id":"e1","id":"e2","type":"custom.a"}"#, "id"),
        (r#"{"id":"e1","type":"custom.a","data":{"a":{"b":1,"b":1}}}"#, "data.a.b"),
        (r#"{"id":"e1","type":"custom.a","data":{"n":1e999}}"#, "data.n"),
        (r#"{"id":"e1","type":"custom.a","data":{"n":-99999999999999999999999999}}"#, "data.n"),
        (r#"{"id":"e1","type":"custom.a","data":{"t":"\ud800"}}"#, "data.t"),
        (r#"{"id":"\udfff","type":"custom.a"}"#, "id"),
        (r#"{"id":"e1","type":"custom.a","data_base64":"%%"}"#, "data_base64"),
        (r#"{"id":"e1","type":"custom.a","data_base64":"eyJhIjoxZTk5OX0="}"#, "data_base64.a"),
        ("7", "event"),
        ("\"text\"", "event"),
        ("null", "event"),
    ] {
        let intake = read(PATH, Some("application/json"), body.as_bytes()).unwrap();
        assert_eq!(
            (intake.events.len(), intake.rejected[0].field.as_str()),
            (0, field),
            "{body} {:?}",
            intake.rejected
        );
    }
}

#[test]
fn a_batch_keeps_its_good_events() {
    let mut batch = vec![event("a", "一"), json!({"type": "x"}), event("b", "二"), json!(7), event("c", "三")];
    batch[2]["data"] = json!("wrong");
    let list = Value::Array(batch.clone()).to_string();
    let lines = batch.iter().map(Value::to_string).collect::<Vec<_>>().join("\r\n\n");
    for (kind, body) in [
        (Some("application/cloudevents-batch+json; charset=utf-8"), list.clone().into_bytes()),
        (None, list.clone().into_bytes()),
        (Some("application/x-www-form-urlencoded"), gzip(list.as_bytes())),
        (Some("application/x-ndjson"), lines.clone().into_bytes()),
        (Some("text/plain"), lines.clone().into_bytes()),
        (None, gzip(format!("\u{feff}{lines}\n").as_bytes())),
    ] {
        let intake = read(PATH, kind, &body).unwrap();
        let kept: Vec<_> = intake.events.iter().map(|(at, event)| (*at, event.id.as_str())).collect();
        assert_eq!(kept, [(0, "a"), (4, "c")]);
        let bad: Vec<_> = intake.rejected.iter().map(|r| (r.index, r.id.as_deref(), r.field.as_str())).collect();
        assert_eq!(bad, [(1, None, "id"), (2, Some("b"), "data"), (3, None, "event")]);
        assert_eq!(intake.status(), 200);
    }
    assert_eq!(read(PATH, None, b"[]").unwrap().status(), 200);
}

#[test]
fn a_broken_line_costs_only_itself() {
    let body = format!("{}\n{{\"id\": \"b\", \"ty\n{}", event("a", "x"), event("c", "x"));
    let intake = read(PATH, Some("application/x-ndjson"), body.as_bytes()).unwrap();
    assert_eq!(intake.events.len(), 2);
    assert_eq!((intake.rejected[0].index, intake.rejected[0].id.as_deref()), (1, Some("b")));
}

#[test]
fn binary_events_come_in_headers() {
    let headers: &[(&str, &[u8])] = &[
        ("ce-specversion", b"1.0"),
        ("ce-id", b"e%E4%BD%A0%25"),
        ("ce-source", b"/shop"),
        ("ce-type", b"message.sent"),
        ("ce-time", b"2026-03-01T08:00:00Z"),
        ("ce-actor", b"user:u1"),
        ("ce-colour", b"any"),
    ];
    let got =
        read_with(PATH, Some("application/json; charset=utf-8"), headers, Some("sg"), "{\"text\":\"好\"}".as_bytes());
    let got = got.unwrap().events.remove(0).1;
    assert_eq!((got.id.as_str(), got.source.as_str(), got.data["text"].as_str()), ("e你%", "/shop", Some("好")));
    let empty = read_with(PATH, None, headers, Some("sg"), b"").unwrap();
    assert_eq!(empty.events[0].1.data.len(), 0);

    type Case<'a> = (&'a [(&'a str, &'a [u8])], Option<&'a str>, &'a [u8], &'a str);
    let cases: &[Case<'_>] = &[
        (&[("ce-id", b"a")], None, b"{}", "type"),
        (&[("ce-type", b"a.b")], None, b"{}", "id"),
        (&[("ce-id", b"%ff"), ("ce-type", b"a.b")], None, b"{}", "id"),
        (&[("ce-id", b"a"), ("ce-id", b"b"), ("ce-type", b"a.b")], None, b"{}", "id"),
        (&[("ce-id", b"a"), ("ce-type", b"a.b"), ("ce-time", b"now")], None, b"{}", "time"),
        (&[("ce-id", b"a"), ("ce-type", b"a.b")], Some("text/xml"), b"<a/>", "data"),
        (&[("ce-id", b"a"), ("ce-type", b"a.b")], Some("text/xml"), b"{}", "datacontenttype"),
        (&[("ce-id", b"a"), ("ce-type", b"a.b")], None, b"{\"a\":", "data"),
        (&[("ce-id", b"a"), ("ce-type", b"a.b")], None, b"\xff", "data"),
    ];
    for (headers, kind, body, field) in cases {
        let intake = read_with(PATH, *kind, headers, Some("sg"), body).unwrap();
        assert!(intake.rejected[0].field.starts_with(field), "{field}: {:?}", intake.rejected);
    }
}

#[test]
fn markets_follow_the_key() {
    for (key, said, expect) in [
        (Some("sg"), None, Ok("sg")),
        (Some("sg"), Some("sg"), Ok("sg")),
        (Some("sg"), Some("fr"), Err(())),
        (None, Some("fr"), Ok("fr")),
        (None, Some("*"), Err(())),
        (None, Some(""), Err(())),
        (None, None, Err(())),
    ] {
        let body = json!({"id": "e", "type": "custom.a", "market": said}).to_string();
        let intake = read_with(PATH, None, &[], key, body.as_bytes()).unwrap();
        let got = intake.events.first().map(|(_, event)| event.market.as_str()).ok_or(());
        assert_eq!(got, expect, "{key:?} {said:?}");
        assert!(intake.rejected.iter().all(|fault| fault.field == "market"));
    }
}
