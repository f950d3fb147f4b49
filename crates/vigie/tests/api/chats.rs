//! Conversations: masked to look at, revealed for a reason and on the record, judged, and counted.

use access::Scope;
use serde_json::{Value, json};

use crate::app::{Client, TestApp};

const LURE: &str = "whatsapp me, bank transfer only, can give discount";

fn said(id: &str, conversation: &str, sender: &str, recipient: &str, text: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "test", "type": "message.sent", "market": "sg",
        "data": {"message": id, "conversation": conversation, "sender": sender, "recipient": recipient, "text": text},
    })
}

/// A fresh account that sends the same lure to two people; the first answers.
fn tell(app: &TestApp) -> Client {
    let shop = app.key(&[Scope::Ingest], Some("sg"));
    let registered = json!({
        "specversion": "1.0", "id": "r1", "source": "test", "type": "account.registered", "market": "sg",
        "data": {"user": "u1", "country": "SG"},
    });
    let events = [
        registered,
        said("m1", "c1", "u2", "u1", "Is the camera still available?"),
        said("m2", "c1", "u1", "u2", LURE),
        said("m3", "c1", "u2", "u1", "No thank you, I would rather stay here"),
        said("m4", "c2", "u1", "u3", "WhatsApp me - bank transfer only! can give discount"),
    ];
    shop.post("/v1/events", &Value::from(events.to_vec())).expect(200);
    shop
}

#[test]
fn a_conversation_shows_what_was_read_and_never_the_words() {
    let app = TestApp::start();
    tell(&app);
    let agent = app.signed_in("agent");
    let answer = agent.get("/v1/chats/sg/c1");
    assert!(!answer.text.contains("bank transfer only") && !answer.text.contains("camera"), "{}", answer.text);
    let chat = answer.expect(200);
    let turns = chat["turns"].as_array().unwrap();
    assert_eq!(turns.len(), 3);
    assert_eq!(turns[1]["bytes"], LURE.len());
    let marks: Vec<&str> = turns[1]["marks"].as_array().unwrap().iter().filter_map(|m| m["name"].as_str()).collect();
    assert!(marks.contains(&"off_platform") && marks.contains(&"pay_outside"), "{marks:?}");
    let act = turns[1]["marks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["kind"] == "act" && m["name"] == "move_channel")
        .unwrap();
    assert_eq!((&act["polarity"], &act["direction"]), (&json!("lure"), &json!("asks")));
    assert!(turns[1]["hits"].as_array().unwrap().iter().any(|h| h["rule"] == "chat_new_account_lure"));
    let parties: Vec<&str> = chat["parties"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap()).collect();
    assert_eq!(parties, ["u2", "u1"]);
    let copies = chat["copies"].as_array().unwrap();
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert_eq!((&copies[0]["conversation"], &copies[0]["recipient"]), (&json!("c2"), &json!("u3")));
    assert_eq!(copies[0]["turn"], turns[1]["seq"]);
    agent.get("/v1/chats/sg/none").expect(404);
    agent.get("/v1/chats/atlantis/c1").expect(404);
    app.key(&[Scope::Read], Some("fr")).get("/v1/chats/sg/c1").expect(403);
}

#[test]
fn the_words_are_given_for_a_reason_and_the_look_is_a_fact() {
    let app = TestApp::start();
    tell(&app);
    let agent = app.signed_in("agent");
    let path = "/v1/chats/sg/c1/reveal";
    assert_eq!(agent.post(path, &json!({"reason": " "})).expect(400)["field"], "reason");
    let none = agent.get("/v1/events?type=record.revealed").expect(200);
    assert_eq!(none["items"], json!([]), "a refused look is no look");
    let words = agent.post(path, &json!({"reason": "Reported as a scam"})).expect(200);
    assert_eq!((words["texts"][1]["text"].as_str(), &words["looks_24h"]), (Some(LURE), &json!(1)));
    let looks = agent.get("/v1/events?type=record.revealed").expect(200);
    let look = &looks["items"][0]["data"];
    assert_eq!(
        (&look["agent"], &look["record"], &look["reason"]),
        (&json!("agent"), &json!("conversation:c1"), &json!("Reported as a scam"))
    );
    app.signed_in("auditor").post(path, &json!({"reason": "Just curious"})).expect(403);
    app.key(&[Scope::Read, Scope::Write], None).post(path, &json!({"reason": "Just curious"})).expect(403);
}

#[test]
fn a_finding_names_its_acts_and_is_counted() {
    let app = TestApp::start();
    tell(&app);
    let agent = app.signed_in("agent");
    let empty = agent.get("/v1/quality?market=sg").expect(200);
    assert_eq!((&empty["messages"], &empty["overall"]["share"]), (&json!(4), &Value::Null));
    assert_eq!(empty["keyword"]["alerts"]["hits"], 2);
    let cases = agent.get("/v1/cases?queue=chats&state=open").expect(200);
    let id = cases["items"][0]["id"].as_str().unwrap().to_owned();
    let close = format!("/v1/cases/{id}/close");
    let wrong = agent.post(&close, &json!({"verdict": "fraud", "acts": ["sorcery"]})).expect(400);
    assert_eq!(wrong["field"], "acts");
    agent
        .post(&close, &json!({"verdict": "fraud", "acts": ["pay_outside", "move_channel", "pay_outside"]}))
        .expect(200);
    let facts = agent.get("/v1/events?type=case.closed").expect(200);
    assert_eq!(facts["items"][0]["data"]["acts"], json!(["move_channel", "pay_outside"]));
    // Another span of days is another page, so no page made before the finding is given.
    let page = agent.get("/v1/quality?market=sg&days=3").expect(200);
    assert_eq!((&page["found"]["fraud"], &page["overall"]["n"]), (&json!(1), &json!(1)));
    let signals: Vec<&str> = page["precision"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["by"] == "signal")
        .filter_map(|p| p["name"].as_str())
        .collect();
    assert!(signals.contains(&"off_platform") && signals.contains(&"act.move_channel"), "{signals:?}");
    assert_eq!(page["guard"]["precision"]["hits"], page["guard"]["precision"]["n"]);
    assert_eq!(agent.get("/v1/quality?days=0").expect(400)["field"], "days");
}

#[test]
fn a_text_is_read_with_lists_in_force_and_with_drafts() {
    let app = TestApp::start();
    tell(&app);
    let analyst = app.signed_in("analyst");
    let read = |text: &str, files: Value| analyst.post("/v1/text/read", &json!({"text": text, "files": files}));
    let names = |view: &Value| -> Vec<String> {
        view["spans"].as_array().unwrap().iter().filter_map(|s| s["name"].as_str().map(str::to_owned)).collect()
    };
    let plain = read("加我微信聊吧", json!({})).expect(200);
    assert!(names(&plain).contains(&"off_platform".to_owned()), "{plain}");
    assert_eq!(plain["language"]["code"], "zh-Hans");
    let draft = json!({"lexicons/en.yaml": "off_platform: [carrier pigeon]\n"});
    assert_eq!(names(&read("a carrier pigeon, white", draft.clone()).expect(200)), ["off_platform"]);
    assert_eq!(names(&read("a carrier pigeon, white", json!({})).expect(200)), [""; 0]);
    let mail = read("write to pat@shop.example", json!({})).expect(200);
    assert!(
        mail["spans"].as_array().unwrap().iter().any(|s| s["kind"] == "identifier" && s["name"] == "email"),
        "{mail}"
    );
    assert!(!mail.to_string().contains("pat@shop"), "what it is stays in the text");
    assert_eq!(read("x", json!({"rules/chat.yaml": "rules: {}"})).expect(400)["field"], "files");
    let broken = read("x", json!({"lexicons/en.yaml": "off_platform: ['re:(']\n"})).expect(422);
    assert_eq!(broken["diagnostics"][0]["file"], "lexicons/en.yaml");
    assert_eq!(read(&"x".repeat(20_001), json!({})).expect(400)["field"], "text");

    let preview = analyst
        .post("/v1/text/preview", &json!({"files": {"lexicons/en.yaml": "camera_talk: [camera]\n"}, "market": "sg"}));
    assert!(!preview.text.contains("still available"), "{}", preview.text);
    let preview = preview.expect(200);
    assert_eq!(preview["messages"], 4);
    let list = |name: &str| preview["lists"].as_array().unwrap().iter().find(|l| l["list"] == name).cloned().unwrap();
    assert_eq!(list("camera_talk"), json!({"list": "camera_talk", "before": 0, "after": 1}));
    // Another language's list still knows the app; how to pay stood in the English one alone.
    assert_eq!(list("off_platform"), json!({"list": "off_platform", "before": 2, "after": 2}));
    assert_eq!(list("pay_outside"), json!({"list": "pay_outside", "before": 2, "after": 0}));
    let changes: Vec<&str> =
        preview["samples"].as_array().unwrap().iter().filter_map(|s| s["change"].as_str()).collect();
    assert_eq!(changes, ["moved", "moved", "new"]);
    app.signed_in("agent").post("/v1/text/preview", &json!({"files": {}})).expect(403);
}

#[test]
fn lists_are_narrowed_by_time_and_page_on_within_it() {
    let app = TestApp::start();
    tell(&app);
    let agent = app.signed_in("agent");
    let all = agent.get("/v1/events?market=sg&limit=200").expect(200)["items"].as_array().unwrap().clone();
    let at = |seq: u64| all.iter().find(|e| e["seq"] == seq).unwrap()["received_at"].as_str().unwrap().to_owned();
    let seqs = |path: &str| -> Vec<u64> {
        let page = agent.get(path).expect(200);
        page["items"].as_array().unwrap().iter().filter_map(|e| e["seq"].as_u64()).collect()
    };
    // All came in one post and may bear one stamp: what the range means is told by the stamps themselves.
    let wanted: Vec<u64> = all
        .iter()
        .filter(|e| e["received_at"].as_str().unwrap() < at(4).as_str())
        .filter_map(|e| e["seq"].as_u64())
        .collect();
    assert_eq!(seqs(&format!("/v1/events?market=sg&until={}&limit=200", at(4))), wanted);
    let newest = all[0]["received_at"].as_str().unwrap();
    let fresh: Vec<u64> =
        all.iter().filter(|e| e["received_at"].as_str().unwrap() >= newest).filter_map(|e| e["seq"].as_u64()).collect();
    assert_eq!(seqs(&format!("/v1/events?market=sg&from={newest}&limit=200")), fresh);
    assert_eq!(seqs("/v1/events?until=2020-01-01T00:00:00Z"), [0; 0]);
    assert_eq!(seqs("/v1/decisions?from=2120-01-01T00:00:00Z"), [0; 0]);
    assert!(!seqs("/v1/decisions?from=2020-01-01T00:00:00Z").is_empty());
    assert_eq!(agent.get("/v1/events?from=yesterday").expect(400)["field"], "from");
    assert_eq!(agent.get("/v1/events?entity=user:u1&from=2020-01-01T00:00:00Z").expect(400)["field"], "entity");
}

#[test]
fn keys_are_kept_with_the_person() {
    let app = TestApp::start();
    let agent = app.signed_in("agent");
    assert_eq!(agent.get("/v1/session").expect(200)["agent"]["keys"], json!({}));
    let keys = json!({"case-fraud": "x", "nav-live": "g 1"});
    assert_eq!(agent.patch("/v1/me", &json!({"keys": keys})).expect(200)["agent"]["keys"], keys);
    assert_eq!(app.signed_in("agent").get("/v1/session").expect(200)["agent"]["keys"], keys);
    assert_eq!(app.signed_in("analyst").get("/v1/session").expect(200)["agent"]["keys"], json!({}));
    assert_eq!(agent.patch("/v1/me", &json!({"keys": {"A": "x"}})).expect(400)["field"], "keys");
    agent.patch("/v1/me", &json!({"language": "fr"})).expect(200);
    assert_eq!(agent.get("/v1/session").expect(200)["agent"]["keys"], keys, "another change leaves them");
    agent.patch("/v1/me", &json!({"keys": {}})).expect(200);
    assert_eq!(agent.get("/v1/session").expect(200)["agent"]["keys"], json!({}));
}
