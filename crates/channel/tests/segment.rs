//! The Segment-compatible family: names, clocks, keys and what real clients put around their events.

mod common;

use std::io::Write;

use channel::intake;
use common::{read, read_with};
use domain::{Event, Time};
use serde_json::{Value, json};

fn one(path: &str, body: &Value) -> Event {
    let intake = read(path, Some("text/plain"), body.to_string().as_bytes()).unwrap();
    assert_eq!(intake.rejected, [], "{path} {body}");
    intake.events.into_iter().next().unwrap().1
}

fn track(name: &str, properties: Value) -> Value {
    json!({"event": name, "userId": "u1", "anonymousId": "v1", "messageId": "m1", "properties": properties})
}

#[test]
fn every_path_of_the_family_is_read() {
    let body = json!({"type": "page", "userId": "u1", "messageId": "m1", "event": "E", "name": "Home", "groupId": "g",
                      "previousId": "p"});
    for (paths, kind) in [
        (["/v1/track", "/v1/t", "/v1/t/"], "custom.e"),
        (["/v1/identify", "/v1/i", "/v1/i/"], "profile.identified"),
        (["/v1/page", "/v1/p", "/v1/p/"], "page.viewed"),
        (["/v1/screen", "/v1/s", "/v1/s/"], "page.viewed"),
        (["/v1/group", "/v1/g", "/v1/g/"], "custom.group"),
        (["/v1/alias", "/v1/a", "/v1/a/"], "custom.alias"),
    ] {
        for path in paths {
            let event = one(path, &body);
            assert_eq!((event.kind.as_str(), event.id.as_str(), event.source.as_str()), (kind, "m1", "shop"), "{path}");
            assert_eq!((event.actor.as_deref(), event.market.as_str()), (Some("user:u1"), "sg"));
        }
    }
    for path in ["/v1/batch", "/v1/b", "/beacon/v1/batch"] {
        assert_eq!(one(path, &json!({"batch": [body]})).kind, "page.viewed");
    }
    for path in ["/v1/", "/v1/x", "/track", "/v1/track/x", "/v2/track", ""] {
        assert_eq!(read(path, None, b"{}").unwrap_err().status, 404, "{path}");
    }
}

#[test]
fn names_become_facts() {
    let order = json!({"order_id": "o1", "seller_id": "s1", "total": 19.5, "currency": "SGD"});
    for (body, kind, expect) in [
        (track("message.sent", json!({"text": "hi"})), "message.sent", json!({"text": "hi", "user": "u1"})),
        (track("custom.wave", json!({"user": "other"})), "custom.wave", json!({"user": "other", "visitor": "v1"})),
        (
            track("Order Completed", order.clone()),
            "order.placed",
            json!({"order": "o1", "buyer": "u1", "seller": "s1", "amount": 19.5, "currency": "SGD", "event": "Order Completed"}),
        ),
        (track("order COMPLETED ", order), "order.placed", json!({"buyer": "u1"})),
        // Without its seller it is no order of ours, and stays what it was.
        (track("Order Completed", json!({"order_id": "o1"})), "custom.order_completed", json!({"order_id": "o1"})),
        (
            track("Order Refunded", json!({"order_id": "o1", "value": 3})),
            "refund.issued",
            json!({"order": "o1", "amount": 3}),
        ),
        (track("Product Added", json!({"product_id": "p9"})), "cart.updated", json!({"user": "u1", "listing": "p9"})),
        (track("Signed Up", json!({"country": "SG"})), "account.registered", json!({"user": "u1", "country": "SG"})),
        // The tests' policy does not know `signin.succeeded`.
        (track("Signed In", json!({})), "custom.signed_in", json!({"event": "Signed In"})),
        (track("checkout.started", json!({})), "custom.checkout_started", json!({"event": "checkout.started"})),
        (track("Añadió: al  carrito!", json!({})), "custom.añadió_al_carrito", json!({})),
        (track("加入购物车", json!({})), "custom.加入购物车", json!({})),
        (track("カート 追加", json!({})), "custom.カート_追加", json!({})),
        (track("🎉", json!({})), "custom.unnamed", json!({"event": "🎉"})),
        (track(&"ü".repeat(500), json!({})), &format!("custom.{}", "ü".repeat(50)), json!({})),
    ] {
        let event = one("/v1/track", &body);
        assert_eq!(event.kind, kind, "{body}");
        for (field, value) in expect.as_object().unwrap() {
            assert_eq!(&event.data[field], value, "{field} of {body}");
        }
    }
}

#[test]
fn people_and_pages_keep_what_is_said_of_them() {
    let traits = json!({"email": "mei@mail.example", "name": "陈美", "plan": "pro"});
    for body in [
        json!({"userId": 42, "messageId": "m", "traits": traits}),
        json!({"userId": "42", "messageId": "m", "context": {"traits": traits}}),
    ] {
        let event = one("/v1/identify", &body);
        let expect = json!({"user": "42", "email": "mei@mail.example", "name": "陈美", "traits": {"plan": "pro"}});
        assert_eq!(Value::Object(event.data), expect);
        assert_eq!(event.actor.as_deref(), Some("user:42"));
    }
    let context = json!({"ip": "203.0.113.7", "userAgent": "Browser/1", "device": {"id": "d1"},
                         "page": {"path": "/shoes", "title": "x".repeat(499) + "é", "referrer": "$direct"}});
    let body = json!({"anonymousId": "v1", "userId": null, "messageId": "m", "name": "Shoes", "context": context});
    let page = one("/v1/page", &body);
    let expect = json!({"visitor": "v1", "path": "/shoes", "name": "Shoes", "title": "x".repeat(499),
                        "ip": "203.0.113.7", "agent_string": "Browser/1", "device": "d1"});
    assert_eq!((Value::Object(page.data), page.actor), (expect, None));
    assert_eq!(one("/v1/screen", &body).data["path"], "Shoes");
    let bare = one("/v1/page", &json!({"userId": "u", "messageId": "m"}));
    assert_eq!(bare.kind, "custom.page");
    let alias = one("/v1/alias", &json!({"userId": "new", "previousId": "old", "messageId": "m"}));
    assert_eq!(Value::Object(alias.data), json!({"user": "new", "previous": "old"}));
}

#[test]
fn clocks_are_corrected() {
    // The client's clock runs an hour fast, is right, is years slow, or says nothing.
    for (message, batch_sent, expect) in [
        (json!({"timestamp": "2026-03-01T09:59:30Z", "sentAt": "2026-03-01T10:00:00Z"}), None, "2026-03-01T08:59:30Z"),
        (json!({"timestamp": "2026-03-01T09:59:30Z"}), Some("2026-03-01T10:00:00Z"), "2026-03-01T08:59:30Z"),
        (json!({"timestamp": "1970-01-01T00:00:00Z", "sentAt": "1970-01-01T00:00:05Z"}), None, "2026-03-01T08:59:55Z"),
        (
            json!({"originalTimestamp": "2026-03-01T09:59:00Z", "timestamp": "1999-01-01T00:00:00Z"}),
            Some("2026-03-01T10:00:00Z"),
            "2026-03-01T08:59:00Z",
        ),
        (json!({"timestamp": "2026-03-01T07:00:00+08:00"}), None, "2026-02-28T23:00:00Z"),
        (json!({"timestamp": "2031-03-01T07:00:00Z"}), None, "2026-03-01T09:00:00Z"),
        (json!({"timestamp": "2026-03-01T10:00:01Z", "sentAt": "2026-03-01T10:00:00Z"}), None, "2026-03-01T09:00:00Z"),
        (json!({"timestamp": null, "sentAt": "2026-03-01T10:00:00Z"}), None, "2026-03-01T09:00:00Z"),
        (json!({}), Some("2026-03-01T10:00:00Z"), "2026-03-01T09:00:00Z"),
        (
            json!({"timestamp": "-009999-01-02T01:59:59Z", "sentAt": "9999-12-30T22:00:00Z"}),
            None,
            "0001-01-01T00:00:00Z",
        ),
    ] {
        let mut one = json!({"type": "track", "event": "E", "userId": "u", "messageId": "m"});
        one.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
        let body = json!({"batch": [one], "sentAt": batch_sent}).to_string();
        let intake = read("/v1/batch", None, body.as_bytes()).unwrap();
        let got = intake.events[0].1.time;
        assert_eq!(got, Time::parse(expect).unwrap(), "{body}");
    }
}

#[test]
fn faults_name_their_field() {
    for (change, field) in [
        (json!({"messageId": 7}), "messageId"),
        (json!({"messageId": "x".repeat(257)}), "messageId"),
        (json!({"messageId": "a\u{1}"}), "messageId"),
        (json!({"userId": {"id": 1}}), "userId"),
        (json!({"userId": "x".repeat(300)}), "userId"),
        (json!({"anonymousId": ["v"]}), "anonymousId"),
        (json!({"timestamp": "soon"}), "timestamp"),
        (json!({"timestamp": 1_772_355_600}), "timestamp"),
        (json!({"originalTimestamp": "2026-13-01T00:00:00Z"}), "originalTimestamp"),
        (json!({"sentAt": "2026-02-30T00:00:00Z"}), "sentAt"),
        (json!({"event": ""}), "event"),
        (json!({"event": null}), "event"),
        (json!({"event": 5}), "event"),
        (json!({"properties": "p"}), "properties"),
        (json!({"properties": {"a": [0, {"b": "\u{0}"}]}}), "properties.a.1.b"),
        (json!({"traits": [1]}), "traits"),
        (json!({"context": 1}), "context"),
        (json!({"market": "fr"}), "market"),
        (json!({"type": "pager"}), "type"),
        (json!({"type": "batch"}), "type"),
        (json!({"type": null}), "type"),
        (json!({"properties": {"t": "x".repeat(33_000)}}), "event"),
    ] {
        let mut bad = json!({"type": "track", "event": "E", "userId": "u", "messageId": "bad"});
        bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let good = json!({"type": "track", "event": "E", "userId": "u", "messageId": "good"});
        let body = json!({"batch": [good, bad, 7]}).to_string();
        let intake = read("/v1/batch", None, body.as_bytes()).unwrap();
        assert_eq!((intake.events.len(), intake.events[0].1.id.as_str(), intake.status()), (1, "good", 200));
        let faults: Vec<_> = intake.rejected.iter().map(|fault| (fault.index, fault.field.as_str())).collect();
        assert_eq!(faults, [(1, field), (2, "event")], "{change}");
    }
}

#[test]
fn envelopes_that_cannot_be_read_store_nothing() {
    for (body, field) in [
        ("{}", "batch"),
        (r#"{"batch": null}"#, "batch"),
        (r#"{"batch": {"0": 1}}"#, "batch"),
        (r#"{"batch": "[]"}"#, "batch"),
        (r#"{"batch": [], "sentAt": 5}"#, "sentAt"),
        (r#"{"batch": [], "sentAt": "later"}"#, "sentAt"),
        (r#"{"batch": [], "batch": []}"#, "body"),
        ("[]", "body"),
        ("null", "body"),
        (r#"{"batch": ["#, "body"),
        ("batch=1&x=2", "body"),
    ] {
        let refusal = read("/v1/batch", None, body.as_bytes()).unwrap_err();
        assert_eq!((refusal.status, refusal.field.as_str()), (400, field), "{body}: {refusal}");
    }
    assert_eq!(read("/v1/batch", None, br#"{"batch": []}"#).unwrap().status(), 200);
}

#[test]
fn gzip_is_known_by_its_bytes() {
    let body = json!({"batch": [{"type": "track", "event": "E", "userId": "u", "messageId": "m"}]}).to_string();
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(body.as_bytes()).unwrap();
    let packed = writer.finish().unwrap();
    for kind in [Some("application/x-www-form-urlencoded"), Some("application/json"), Some("text/plain"), None] {
        assert_eq!(read("/v1/batch", kind, &packed).unwrap().events.len(), 1, "{kind:?}");
    }
    let twice = intake::unpack(&packed, Some("gzip")).unwrap();
    assert_eq!(intake::unpack(&twice, Some("gzip")).unwrap(), body.as_bytes());
    assert_eq!(intake::unpack(b"x", Some("br")).unwrap_err().field, "content-encoding");
}

#[test]
fn messages_without_an_id_get_one_that_a_retry_finds_again() {
    let ids = |body: &Value| -> Vec<String> {
        let intake = read("/v1/batch", None, body.to_string().as_bytes()).unwrap();
        intake.events.into_iter().map(|(_, event)| event.id).collect()
    };
    let timed = json!({"type": "track", "event": "E", "userId": "u", "timestamp": "2026-03-01T08:00:00Z"});
    let bare = json!({"type": "track", "event": "E", "userId": "u"});
    let body = json!({"batch": [timed, bare, bare]});
    let first = ids(&body);
    assert_eq!(first, ids(&body));
    assert!(first[0] != first[1] && first[1] != first[2], "{first:?}");
    assert_eq!(first[0], ids(&json!({"batch": [bare, timed]}))[1]);
}

#[test]
fn keys_are_found_where_clients_put_them() {
    assert_eq!(intake::basic_user("Basic d2s6").as_deref(), Some("wk"));
    assert_eq!(intake::basic_user("basic  d2s6cGFzcw==").as_deref(), Some("wk"));
    for bad in ["Basic", "Basic !!", "Basic Og==", "Bearer d2s6", "", "Basic /w=="] {
        assert_eq!(intake::basic_user(bad), None, "{bad}");
    }
    assert_eq!(intake::bearer("Bearer  abc "), Some("abc"));
    assert_eq!((intake::bearer("Bearer "), intake::bearer("Basic abc"), intake::bearer("abc")), (None, None, None));
    for (body, key) in [
        (r#"{"batch":[{"writeKey":"inner"}],"writeKey":"outer"}"#, Some("outer")),
        (r#"{"batch":[{"writeKey":"inner"}]}"#, Some("inner")),
        (r#"{"event":"E","writeKey":"wk"}"#, Some("wk")),
        (r#"{"writeKey":5}"#, None),
        (r#"{"batch":7}"#, None),
        ("[", None),
        ("", None),
    ] {
        assert_eq!(intake::write_key(body.as_bytes()).as_deref(), key, "{body}");
    }
}

#[test]
fn a_key_without_a_market_needs_one_in_the_message() {
    let body = |market: Value| json!({"event": "E", "userId": "u", "messageId": "m", "market": market}).to_string();
    let got = read_with("/v1/track", None, &[], None, body(json!("fr")).as_bytes()).unwrap();
    assert_eq!(got.events[0].1.market, "fr");
    let got = read_with("/v1/track", None, &[], None, body(Value::Null).as_bytes()).unwrap();
    assert_eq!(got.rejected[0].field, "market");
}

#[test]
fn browsers_are_told_to_send_here() {
    let settings = intake::segment_settings("wk", "events.example:8080", false);
    let destination = &settings["integrations"]["Segment.io"];
    assert_eq!((&destination["apiHost"], &destination["protocol"]), (&json!("events.example:8080/v1"), &json!("http")));
    assert_eq!(destination["apiKey"], "wk");
    assert_eq!(intake::segment_settings("wk", "h", true)["integrations"]["Segment.io"]["protocol"], "https");
    let source = &intake::rudder_source_config("wk")["source"];
    assert_eq!(
        (&source["enabled"], &source["writeKey"], &source["destinations"]),
        (&json!(true), &json!("wk"), &json!([]))
    );
}
