//! Reading what happened, and acting on it: events, decisions, entities, cases, deliveries, figures.

use access::Scope;
use serde_json::{Value, json};

use crate::app::{TestApp, chat, listing};

#[test]
fn pages_of_events_hold_each_once() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Ingest, Scope::Read], None);
    let mut sent: Vec<Value> = (0..23).map(|i| chat(&format!("sg{i}"), "hello")).collect();
    sent.extend((0..9).map(|i| {
        let mut event = chat(&format!("fr{i}"), "bonjour");
        event["market"] = json!("fr");
        event
    }));
    assert_eq!(shop.post("/v1/events", &json!(sent)).expect(200)["accepted"], 32);
    for (query, count) in [
        ("", 32),
        ("&market=fr", 9),
        ("&type=message.sent", 32),
        ("&entity=user:u1", 32),
        ("&entity=user:u1&market=sg", 23),
    ] {
        let (mut ids, mut before) = (Vec::new(), String::new());
        for _ in 0..20 {
            let page = shop.get(&format!("/v1/events?limit=7{query}&before={before}")).expect(200);
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 7);
            let sent = items.iter().filter(|e| e["type"] == "message.sent");
            ids.extend(sent.map(|e| e["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => before = next.to_owned(),
                None => break,
            }
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((ids.len(), all), (count, count), "{query}");
    }
    shop.get("/v1/events?before=junk").expect(400);
    shop.get("/v1/events?verdict=perhaps").expect(400);
    shop.get("/v1/events?entity=user").expect(400);
    shop.get("/v1/events/sg/999999").expect(404);
    shop.get("/v1/events/sg/many").expect(400);
    assert_eq!(shop.get("/v1/events?market=nowhere").expect(200)["items"], json!([]));
}

#[test]
fn personal_data_appears_nowhere() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Ingest, Scope::Decide, Scope::Read, Scope::Write], None);
    let secrets =
        ["mira@example.test", "+6591234567", "my secret whatsapp words", "Mira Muster", "unknown but private"];
    let registered = json!({"specversion": "1.0", "id": "r1", "source": "test", "type": "account.registered", "market": "sg",
        "data": {"user": "u1", "country": "SG", "email": secrets[0], "phone": secrets[1], "note": secrets[4]}});
    let custom = json!({"specversion": "1.0", "id": "c1", "source": "test", "type": "custom.form", "market": "sg",
        "data": {"user": "u1", "full_name": secrets[3], "amount": 3}});
    let events = json!([registered, custom, chat("m1", secrets[2])]);
    assert_eq!(shop.post("/v1/events", &events).expect(200)["accepted"], 3);
    let mut asked = chat("m2", secrets[2]);
    asked["type"] = json!("message.submitted");
    let decided = shop.post("/v1/decide", &asked);
    let mut said = vec![decided.text];
    let decision = shop.get("/v1/decisions?limit=1").expect(200);
    let seq = &decision["items"][0]["seq"];
    for path in [
        "/v1/events",
        "/v1/events?type=account.registered",
        "/v1/events/sg/1",
        "/v1/events/sg/2",
        "/v1/events/sg/3",
        "/v1/decisions",
        &format!("/v1/decisions/sg/{seq}"),
        "/v1/entities?q=u1",
        "/v1/entities/user/u1",
        "/v1/entities/user/u1/timeline",
        "/v1/cases",
        "/v1/deliveries",
        "/v1/stats",
        "/v1/rules",
        "/metrics",
    ] {
        let answer = shop.get(path);
        assert_eq!(answer.status, 200, "{path} {}", answer.text);
        said.push(answer.text);
    }
    for text in &said {
        for secret in secrets {
            assert!(!text.contains(secret), "`{secret}` in {text}");
        }
    }
    let kept = shop.get("/v1/events?type=account.registered").expect(200);
    let event = &kept["items"][0];
    assert_eq!(event["data"]["email"], "***");
    assert_eq!(event["data"]["country"], "SG");
    assert_eq!(event["personal"], json!(["email", "note", "phone"]));
}

#[test]
fn a_decision_says_what_why_and_how_far() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Decide], None);
    let dear = listing("l1", "u7", 120.0);
    let answer = shop.post("/v1/decide", &dear).expect(200);
    assert_eq!(answer["verdict"], "hold");
    let mira = app.signed_in("analyst");
    let path = format!("/v1/decisions/sg/{}", answer["seq"]);
    let decision = mira.get(&path).expect(200);
    let hit = decision["hits"].as_array().unwrap().iter().find(|h| h["rule"] == "price_cap").unwrap();
    assert!(hit["text"].as_str().unwrap().contains("120"), "{hit}");
    assert!(hit["reads"].as_array().unwrap().iter().any(|r| r["name"] == "price" && r["value"] == 120.0));
    let webhook = decision["effects"].as_array().unwrap().iter().find(|e| e["kind"] == "webhook").unwrap();
    assert_eq!((&webhook["state"], &webhook["inverse"]), (&json!("waiting"), &json!("compensate")));
    let mode = decision["mode_counts"].as_object().unwrap();
    assert_eq!(
        mode.values().filter_map(Value::as_u64).sum::<u64>() as usize,
        decision["hits"].as_array().unwrap().len()
    );
    let again = mira.post(&format!("{path}/replay"), &json!({})).expect(200);
    assert_eq!((&again["same"], &again["replayed"]["hits"]), (&json!(true), &again["stored"]["hits"]), "{again}");
    let noor = app.signed_in("agent");
    assert_eq!(noor.post(&format!("{path}/undo"), &json!({"why": " "})).expect(400)["field"], "why");
    let undone = noor.post(&format!("{path}/undo"), &json!({"why": "a licensed pharmacy"})).expect(200);
    assert!(!undone["undone"].as_array().unwrap().is_empty(), "{undone}");
    noor.post(&format!("{path}/undo"), &json!({"why": "again"})).expect(409);
    let after = mira.get(&path).expect(200);
    assert_eq!((&after["undone"]["by"], &after["undone"]["why"]), (&json!("agent"), &json!("a licensed pharmacy")));
    mira.get("/v1/decisions/sg/99999").expect(404);
    let list = mira.get("/v1/decisions?rule=price_cap&verdict=hold&market=sg").expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_case_is_claimed_closed_and_opened_again() {
    let app = TestApp::start();
    app.key(&[Scope::Decide], None).post("/v1/decide", &listing("l1", "u7", 120.0)).expect(200);
    let (noor, mira) = (app.signed_in("agent"), app.signed_in("analyst"));
    let cases = noor.get("/v1/cases?state=open").expect(200);
    let case = &cases["items"][0];
    assert_eq!((&case["queue"], &cases["counts"]["listings"]["open"]), (&json!("listings"), &json!(1)));
    let path = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    assert_eq!(noor.get(&path).expect(200)["decisions"][0]["verdict"], "hold");
    assert_eq!(noor.post(&format!("{path}/claim"), &json!({})).expect(200)["claimed_by"], "agent");
    mira.post(&format!("{path}/claim"), &json!({})).expect(409);
    assert_eq!(noor.post(&format!("{path}/close"), &json!({"verdict": "guilty"})).expect(400)["field"], "verdict");
    let closed = noor.post(&format!("{path}/close"), &json!({"verdict": "fraud", "note": "masks"})).expect(200);
    assert_eq!((&closed["state"], &closed["verdict"]), (&json!("closed"), &json!("fraud")));
    noor.post(&format!("{path}/close"), &json!({"verdict": "fine"})).expect(409);
    assert_eq!(noor.post(&format!("{path}/reopen"), &json!({"why": "new facts"})).expect(200)["state"], "open");
    app.signed_in("auditor").post(&format!("{path}/claim"), &json!({})).expect(403);
    noor.post("/v1/cases/none/claim", &json!({})).expect(404);
    noor.get("/v1/cases?state=sleeping").expect(400);
}

#[test]
fn an_entity_shows_its_life_and_wears_labels() {
    let app = TestApp::start();
    let shop = app.key(&[Scope::Ingest, Scope::Decide], None);
    let born = json!({"specversion": "1.0", "id": "r1", "source": "test", "type": "account.registered", "market": "sg", "data": {"user": "u7"}});
    shop.post("/v1/events", &born).expect(200);
    shop.post("/v1/decide", &listing("l1", "u7", 5.0)).expect(200);
    let noor = app.signed_in("agent");
    let label = json!({"market": "sg", "name": "watched", "ttl": "7d", "why": "asked to"});
    noor.post("/v1/entities/user/u7/labels", &label).expect(204);
    let entity = noor.get("/v1/entities/user/u7").expect(200);
    assert_eq!((&entity["market"], &entity["labels"][0]["name"]), (&json!("sg"), &json!("watched")));
    assert_eq!((&entity["labels"][0]["by"], &entity["labels"][0]["manual"]), (&json!("agent:agent"), &json!(true)));
    assert!(entity["registered_at"].is_string() && entity["first_seen"].is_string(), "{entity}");
    let kinds: Vec<_> =
        entity["timeline"]["items"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["label.applied", "listing.submitted", "account.registered"]);
    assert!(!entity["aggregates"].as_array().unwrap().is_empty());
    let found = noor.get("/v1/entities?q=u7").expect(200);
    assert_eq!(found["items"][0], json!({"kind": "user", "id": "u7", "market": "sg", "labels": ["watched"]}));
    assert_eq!(noor.get("/v1/entities?q=nobody").expect(200)["items"], json!([]));
    noor.delete("/v1/entities/user/u7/labels/watched?market=sg&why=done").expect(204);
    assert_eq!(noor.get("/v1/entities/user/u7").expect(200)["labels"], json!([]));
    noor.post("/v1/entities/user/u7/labels", &json!({"market": "sg", "name": "x", "ttl": "soon", "why": "y"}))
        .expect(400);
    noor.post("/v1/entities/user/u7/labels", &json!({"market": "nowhere", "name": "x", "why": "y"})).expect(404);
    noor.get("/v1/entities/user/never-seen").expect(404);

    // A label that a rule reads decides what is let through: an agent may not hand it out, nor take it away.
    let path = "/v1/entities/user/u7/labels";
    let charity = json!({"market": "sg", "name": "charity", "why": "says so"});
    noor.post(path, &charity).expect(403);
    app.signed_in("analyst").post(path, &charity).expect(204);
    noor.delete("/v1/entities/user/u7/labels/charity?market=sg&why=x").expect(403);
    for odd in ["/v1/events?type=a%00b", "/v1/cases/a%00b"] {
        noor.get(odd).expect(400);
    }
    noor.post(path, &json!({"market": "sg", "name": "x", "why": "a\u{0}b"})).expect(400);
}

#[test]
fn the_same_house_stands_on_postgresql() {
    let app = TestApp::on_postgres();
    let shop = app.key(&[Scope::Ingest, Scope::Decide], None);
    assert_eq!(shop.post("/v1/decide", &listing("l1", "u7", 120.0)).expect(200)["verdict"], "hold");
    let batch = json!([chat("m1", "hello"), chat("m1", "hello"), chat("m2", "add me on whatsapp")]);
    let taken = shop.post("/v1/events", &batch).expect(200);
    assert_eq!((&taken["accepted"], &taken["duplicates"]), (&json!(2), &json!(1)));
    let mira = app.signed_in("analyst");
    let base = mira.get("/v1/policy").expect(200)["hash"].clone();
    let stats = mira.get("/v1/stats").expect(200);
    assert_eq!((&stats["held"], &stats["warned"], &stats["cases_open"]), (&json!(1), &json!(1), &json!(1)), "{stats}");
    for path in [
        "/v1/events?entity=user:u1",
        "/v1/events?verdict=hold",
        "/v1/decisions?rule=price_cap",
        "/v1/rules",
        "/v1/deliveries",
    ] {
        assert!(!mira.get(path).expect(200)["items"].as_array().unwrap().is_empty(), "{path}");
    }
    let case = mira.get("/v1/cases").expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    mira.post(&format!("/v1/cases/{case}/close"), &json!({"verdict": "fraud"})).expect(200);
    let label = json!({"market": "sg", "name": "watched", "why": "asked to"});
    mira.post("/v1/entities/user/u7/labels", &label).expect(204);
    assert_eq!(mira.get("/v1/entities/user/u7").expect(200)["labels"][0]["name"], "watched");
    let set = json!({"mode": "shadow", "why": "too many", "base": base});
    mira.post("/v1/rules/price_cap/mode", &set).expect(200);
    assert_eq!(shop.post("/v1/decide", &listing("l2", "u8", 120.0)).expect(200)["verdict"], "allow");
}

#[test]
fn deliveries_wait_are_cancelled_and_counted() {
    let app = TestApp::start();
    app.key(&[Scope::Decide], None).post("/v1/decide", &listing("l1", "u7", 120.0)).expect(200);
    let mira = app.signed_in("analyst");
    let list = mira.get("/v1/deliveries?state=waiting").expect(200);
    let key = list["items"][0]["key"].as_str().unwrap();
    assert_eq!(list["counts"]["waiting"], list["items"].as_array().unwrap().len());
    mira.post(&format!("/v1/deliveries/{key}/retry"), &json!({})).expect(409);
    mira.post(&format!("/v1/deliveries/{key}/cancel"), &json!({})).expect(204);
    mira.post(&format!("/v1/deliveries/{key}/cancel"), &json!({})).expect(409);
    assert_eq!(mira.get("/v1/deliveries").expect(200)["counts"]["cancelled"], 1);
    mira.post("/v1/deliveries/none/cancel", &json!({})).expect(404);
    let stats = mira.get("/v1/stats").expect(200);
    assert_eq!((&stats["held"], &stats["lost"], &stats["cases_open"]), (&json!(1), &json!(0), &json!(1)));
    assert_eq!(stats["by_minute"].as_array().unwrap().len(), 60);
}
