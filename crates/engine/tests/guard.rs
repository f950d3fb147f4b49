//! Conversations in the house: turns folded once, kept over crashes and eviction, people told once, bans told to those they
//! concern.

mod common;

use std::time::{Duration, Instant};

use common::{House, Place, places, small};
use domain::{Answer, Effect, EntityRef, Event, Time};
use engine::replay::{Progress, Replayer};
use engine::{Actor, Command};
use serde_json::{Value, json};
use store::outbox;

const LURE: &str =
    "Contact me on WhatsApp +65 9123 4567, pay by bank transfer outside the app and send me the verification code";

fn start() -> Time {
    Time::parse(common::START).unwrap()
}

/// A message at a minute of the day.
fn message(kind: &str, minute: i64, (from, to): (&str, &str), text: &str) -> Event {
    let at = start().plus(minute * domain::MINUTE);
    let mut pair = [from, to];
    pair.sort_unstable();
    let data = json!({
        "message": format!("m{minute}"), "conversation": format!("c-{}-{}", pair[0], pair[1]), "sender": from, "recipient": to, "text": text,
    });
    Event {
        id: format!("{kind}-{minute}-{from}-{to}"),
        source: "shop".into(),
        kind: kind.into(),
        market: "sg".into(),
        subject: None,
        time: at,
        received_at: at,
        actor: None,
        data: data.as_object().unwrap().clone(),
    }
}

fn send(house: &House, event: Event) -> Answer {
    house.engine.handle_blocking(vec![event]).unwrap().remove(0).unwrap()
}

fn told(answer: &Answer) -> Vec<(String, String)> {
    let effects = answer.decision.iter().flat_map(|d| &d.effects);
    let told = effects.filter_map(|effect| match effect {
        Effect::Message { to, text, .. } => Some((to.id.clone(), text.clone())),
        _ => None,
    });
    told.collect()
}

fn rules(answer: &Answer) -> Vec<&str> {
    answer.decision.iter().flat_map(|d| &d.hits).map(|hit| hit.rule.as_str()).collect()
}

fn verify(house: &House) {
    for entities in [1_000, 40] {
        let replayer = Replayer::bounded(house.engine.store(), entities).unwrap();
        let verified = replayer.verify(None, &Progress::default()).unwrap();
        assert_eq!(verified.different, 0, "{:?}", verified.differences.first());
    }
}

#[test]
fn a_talk_is_folded_over_its_turns_and_over_a_crash() {
    places("talk").iter().for_each(a_talk_is_folded_over_its_turns_and_over_a_crash_at);
}

fn a_talk_is_folded_over_its_turns_and_over_a_crash_at(place: &Place) {
    let house = House::open(place, small());
    let hello = send(&house, message("message.submitted", 1, ("bob", "amy"), "Hi, is the bike still there?"));
    assert!(!rules(&hello).contains(&"guard_alert"));
    // The fact that confirms an attempt is the same turn.
    send(&house, message("message.sent", 1, ("bob", "amy"), "Hi, is the bike still there?"));
    send(&house, message("message.sent", 2, ("amy", "bob"), "Yes it is, it has new tyres"));
    house.crash(place);
    let house = House::open(place, small());
    let lure = send(&house, message("message.submitted", 3, ("bob", "amy"), LURE));
    let decision = lure.decision.clone().unwrap();
    assert!(rules(&lure).contains(&"guard_alert"), "{decision:?}");
    let hit = decision.hits.iter().find(|hit| hit.rule == "guard_alert").unwrap();
    let turn = hit.reads.iter().find(|read| read.name == "chat.turn").unwrap();
    assert_eq!(turn.value, json!(3), "the third turn, counted over the crash and once for attempt and fact");
    assert!(
        !hit.spans.is_empty()
            && hit.spans.iter().all(|span| LURE.get(span.start as usize..span.end as usize).is_some())
    );
    let masked = decision.effects.iter().find_map(|effect| match effect {
        Effect::Mask { entity, spans } => Some((entity.id.as_str(), spans)),
        _ => None,
    });
    let (conversation, spans) = masked.unwrap();
    assert_eq!(conversation, "c-amy-bob");
    let digits = spans.iter().any(|span| LURE[span.start as usize..span.end as usize].contains("9123"));
    assert!(digits, "the number is masked: {spans:?}");
    // One person is told one thing at one turn, nothing at the next, and nothing twice.
    let first = told(&lure);
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(first[0].0, "amy");
    house.crash(place);
    let house = House::open(place, small());
    assert_eq!(told(&send(&house, message("message.sent", 3, ("bob", "amy"), LURE))), [], "the same turn again");
    assert_eq!(told(&send(&house, message("message.sent", 4, ("bob", "amy"), LURE))), [], "never twice in a row");
    send(&house, message("message.sent", 5, ("amy", "bob"), "I would rather not"));
    let later = told(&send(&house, message("message.sent", 6, ("bob", "amy"), LURE)));
    assert!(!later.contains(&first[0]), "once a topic: {later:?}");
    verify(&house);
}

#[test]
fn copies_of_a_text_are_gathered_and_found() {
    places("copies").iter().for_each(copies_of_a_text_are_gathered_and_found_at);
}

fn copies_of_a_text_are_gathered_and_found_at(place: &Place) {
    let house = House::open(place, small());
    let registered = Event { kind: "account.registered".into(), ..message("message.sent", 0, ("bob", "x"), "") };
    let data = json!({"user": "bob"}).as_object().unwrap().clone();
    send(&house, Event { data, ..registered });
    let mut reviewed = None;
    for n in 1..=7 {
        let text = format!("{LURE} ref {n}");
        let answer = send(&house, message("message.sent", n, ("bob", &format!("p{n}")), &text));
        if rules(&answer).contains(&"guard_copied_lure") {
            reviewed.get_or_insert(n);
        }
    }
    assert_eq!(reviewed, Some(5), "at the fifth person");
    let page = house.engine.timeline("sg", "user", "bob", None, 1).unwrap();
    let data: Value = serde_json::from_str(&page.items[0].data).unwrap();
    let copies = house.engine.timeline("sg", "text", data["same_text"].as_str().unwrap(), None, 50).unwrap();
    assert_eq!(copies.items.len(), 7, "also sent to");
    assert!(!page.items[0].signals.as_deref().unwrap_or_default().contains("9123"), "signals hold no number");
    verify(&house);
}

#[test]
fn a_ban_is_told_to_those_it_concerns_once_it_stands() {
    places("ban").iter().for_each(a_ban_is_told_to_those_it_concerns_once_it_stands_at);
}

fn a_ban_is_told_to_those_it_concerns_once_it_stands_at(place: &Place) {
    let house = House::open(place, small());
    send(&house, message("message.sent", 1, ("bob", "amy"), "Hello, is the lamp still there and does it work?"));
    send(&house, message("message.sent", 2, ("amy", "bob"), "Bonjour, oui, la lampe est toujours disponible"));
    send(&house, message("message.sent", 3, ("cat", "bob"), "Hello, do you post to the islands?"));
    send(&house, message("message.sent", 4, ("cat", "dan"), "Hello, do you post to the islands?"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let act = |user: &str, on: bool| {
        let entity = EntityRef::new("user", user);
        let (name, why) = ("banned".to_owned(), "fraud".to_owned());
        let command =
            if on { Command::Label { entity, name, ttl: None, why } } else { Command::Unlabel { entity, name, why } };
        runtime.block_on(house.engine.act("sg", command, Actor("ana".into()))).unwrap();
    };
    let parcels = || {
        let page = house.engine.store().read(|q| outbox::page(q, None, None, 50)).unwrap();
        page.into_iter().map(|d| d.parcel).filter(|p| p.body.contains("counterpart-banned")).collect::<Vec<_>>()
    };
    house.hands.store(start().plus(domain::HOUR).0, std::sync::atomic::Ordering::Relaxed);
    act("bob", true);
    act("cat", true);
    act("cat", false);
    assert!(parcels().is_empty(), "nobody is told before the ban has stood");
    house.hands.store(start().plus(domain::HOUR + 11 * domain::MINUTE).0, std::sync::atomic::Ordering::Relaxed);
    let until = Instant::now() + Duration::from_secs(60);
    while parcels().is_empty() {
        assert!(Instant::now() < until, "the timer fires");
        std::thread::sleep(Duration::from_millis(50));
    }
    let told = parcels();
    let mut who: Vec<&str> = told.iter().map(|p| p.entity.as_str()).collect();
    who.sort_unstable();
    assert_eq!(who, ["user:amy", "user:cat"], "both who wrote with bob, and nobody for cat");
    let body: Value = serde_json::from_str(&told[0].body).unwrap();
    assert!(body["data"]["text"].as_str().unwrap().contains("Lanternfield"), "{body}");
    assert!(told.iter().all(|p| p.key.starts_with("sg-")));
    verify(&house);
}

#[test]
fn what_models_say_is_stored_beside_the_event_and_replay_asks_nobody() {
    let [place, _] = places("models");
    let house = House::open(&place, small());
    house.engine.judge_by(std::sync::Arc::new(|text: &str| engine::Judged {
        words: text.contains("lamp").then_some(-3.123_456),
        meaning: text.contains("crypto").then_some(4.5),
    }));
    send(&house, message("message.sent", 1, ("bob", "amy"), "Hello, is the lamp still there?"));
    send(&house, message("message.sent", 2, ("bob", "amy"), "we settle it in crypto my friend"));
    let rows = house.engine.timeline("sg", "user", "bob", None, 10).unwrap().items;
    let signals: Vec<decision::Signals> =
        rows.iter().map(|row| serde_json::from_str(row.signals.as_deref().unwrap()).unwrap()).collect();
    assert_eq!((signals[0].lure, signals[0].meaning), (None, Some(4.5)));
    assert_eq!((signals[1].lure, signals[1].meaning), (Some(-3.123), None));
    verify(&house);
}
