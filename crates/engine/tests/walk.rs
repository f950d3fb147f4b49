//! One event walks the whole house: decided, stored, followed, found again after a crash, and replayed to the byte.

mod common;

use std::sync::Arc;

use common::{House, Place, default_pack, market, places, small};
use domain::{Answer, Event, Verdict};
use engine::replay::{Progress, Replayer};
use engine::{Actor, Author, Changed, Command, Options, Refusal};
use store::{decisions, log, outbox};

fn send(house: &House, events: &[Event]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for chunk in events.chunks(37) {
        let got = house.engine.handle_blocking(chunk.to_vec()).unwrap();
        answers.extend(
            got.into_iter()
                .zip(chunk)
                .map(|(answer, event)| answer.unwrap_or_else(|fault| panic!("{fault}: {event:?}"))),
        );
    }
    answers
}

fn author(name: &str) -> Author {
    Author { name: name.into(), maker: None }
}

fn verify(house: &House) -> u64 {
    let verified = Replayer::beside(&house.engine).unwrap().verify(None, &Progress::default()).unwrap();
    assert_eq!(verified.different, 0, "{:?}", verified.differences.first());
    // And with little room in memory.
    let bounded = Replayer::bounded(house.engine.store(), 40).unwrap();
    assert_eq!(bounded.verify(None, &Progress::default()).unwrap(), verified);
    verified.decisions
}

#[test]
fn a_market_is_decided_followed_and_replayed() {
    places("amarket").iter().for_each(a_market_is_decided_followed_and_replayed_at);
}

fn a_market_is_decided_followed_and_replayed_at(place: &Place) {
    let house = House::open(place, small());
    let events = market(7, 3_000);
    let answers = send(&house, &events);
    let count = |verdict| answers.iter().filter(|a| a.verdict == verdict).count();
    assert!(
        count(Verdict::Warn) > 0 && count(Verdict::Hold) > 0 && count(Verdict::Review) > 0,
        "{} {} {}",
        count(Verdict::Warn),
        count(Verdict::Hold),
        count(Verdict::Review)
    );
    assert!(count(Verdict::Allow) * 10 > answers.len() * 7, "honest people are left alone");
    // Seqs are dense in each market, and every event is where its answer says.
    for name in house.engine.markets() {
        let no = house.engine.market(&name).unwrap();
        let rows = house.engine.store().read(|q| log::after(q, no, 0, 100_000)).unwrap();
        assert!(rows.iter().enumerate().all(|(i, row)| row.seq == i as u64 + 1));
        let mine: Vec<_> = events.iter().zip(&answers).filter(|(e, _)| e.market == name).collect();
        for (event, answer) in mine {
            assert_eq!(rows[answer.seq as usize - 1].id, event.id);
        }
    }
    let cases = house.engine.store().read(|q| desk::case::counts(q, "")).unwrap();
    assert!(!cases.is_empty());
    let waiting = house.engine.store().read(|q| outbox::counts(q, None)).unwrap()[0];
    assert!(waiting > 0);
    assert!(verify(&house) > 20);
}

#[test]
fn repeats_get_the_first_answer_also_after_a_restart() {
    places("repeatsget").iter().for_each(repeats_get_the_first_answer_also_after_a_restart_at);
}

fn repeats_get_the_first_answer_also_after_a_restart_at(place: &Place) {
    let events = market(8, 900);
    let first = {
        let house = House::open(place, small());
        let first = send(&house, &events);
        let again = send(&house, &events);
        assert!(first.iter().zip(&again).all(|(a, b)| b.duplicate
            && !b.differs
            && (a.seq, a.verdict, &a.decision) == (b.seq, b.verdict, &b.decision)));
        first
    };
    let house = House::open(place, small());
    let again = send(&house, &events);
    assert!(
        first
            .iter()
            .zip(&again)
            .all(|(a, b)| b.duplicate && (a.seq, a.verdict, &a.decision) == (b.seq, b.verdict, &b.decision))
    );
    // The same id with other words: the first stands, and the sender is told.
    let mut other = events[0].clone();
    other.subject = Some("something else".into());
    assert!(send(&house, &[other])[0].differs);
    // Twins inside one batch.
    let mut twin = events[1].clone();
    twin.id = "twin".into();
    let both = house.engine.handle_blocking(vec![twin.clone(), twin]).unwrap();
    assert!(!both[0].as_ref().unwrap().duplicate && both[1].as_ref().unwrap().duplicate);
    assert_eq!(both[0].as_ref().unwrap().seq, both[1].as_ref().unwrap().seq);
    verify(&house);
}

#[test]
fn an_interrupted_house_decides_as_one_that_never_stopped() {
    places("aninterrupted").iter().for_each(an_interrupted_house_decides_as_one_that_never_stopped_at);
}

fn an_interrupted_house_decides_as_one_that_never_stopped_at(place: &Place) {
    let events = market(9, 2_000);
    let [whole, _] = places("whole");
    let expected: Vec<_> = send(&House::open(&whole, Options { deliver: false, ..Options::default() }), &events);
    let mut got = Vec::new();
    for (n, part) in events.chunks(450).enumerate() {
        let house = House::open(place, small());
        got.extend(send(&house, part));
        if n % 2 == 0 {
            house.crash(place);
        }
    }
    let house = House::open(place, small());
    verify(&house);
    let verdicts = |answers: &[Answer]| {
        answers
            .iter()
            .map(|a| (a.verdict, a.score.to_bits(), a.decision.as_ref().map(|d| d.hits.clone())))
            .collect::<Vec<_>>()
    };
    assert!(verdicts(&got) == verdicts(&expected));
}

#[test]
fn people_label_close_and_undo() {
    places("peoplelabel").iter().for_each(people_label_close_and_undo_at);
}

fn people_label_close_and_undo_at(place: &Place) {
    let house = House::open(place, small());
    let answers = send(&house, &market(7, 3_000));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let act = |market: &str, command| runtime.block_on(house.engine.act(market, command, Actor("ana".into())));
    let held = answers
        .iter()
        .filter_map(|a| a.decision.as_ref())
        .find(|d| d.effects.iter().any(|e| matches!(e, domain::Effect::Enqueue { .. })))
        .unwrap();
    let market = held.market.clone();
    let outcome = act(&market, Command::Undo { seq: held.seq, why: "a mistake".into() }).unwrap();
    assert_eq!(outcome.undone.len() + outcome.kept.len(), held.effects.len());
    assert!(!outcome.undone.is_empty());
    assert!(matches!(act(&market, Command::Undo { seq: held.seq, why: "again".into() }), Err(Refusal::Conflict(_))));
    assert!(matches!(act(&market, Command::Undo { seq: held.seq, why: " ".into() }), Err(Refusal::Field(_))));
    assert!(matches!(act("mars", Command::Claim { id: "x".into() }), Err(Refusal::Missing(_))));
    let open = house
        .engine
        .store()
        .read(|q| desk::case::page(q, &desk::case::Filter { state: "open".into(), ..Default::default() }, None, 1))
        .unwrap();
    let case = &open[0];
    act(&case.market, Command::Claim { id: case.id.clone() }).unwrap();
    act(
        &case.market,
        Command::Close { id: case.id.clone(), finding: desk::case::Finding::Fraud, note: String::new(), acts: vec![] },
    )
    .unwrap();
    assert!(matches!(
        act(
            &case.market,
            Command::Close {
                id: case.id.clone(),
                finding: desk::case::Finding::Fine,
                note: String::new(),
                acts: vec![]
            }
        ),
        Err(Refusal::Conflict(_))
    ));
    act(&case.market, Command::Reopen { id: case.id.clone(), why: "new evidence".into() }).unwrap();
    let entity = domain::EntityRef::new("user", "u-test");
    act(&market, Command::Label { entity: entity.clone(), name: "watched".into(), ttl: None, why: "looks odd".into() })
        .unwrap();
    let view = runtime.block_on(house.engine.look(&market, "user", "u-test")).unwrap();
    assert_eq!(
        view.labels.iter().map(|l| (l.name.as_str(), l.manual, l.by.as_str())).collect::<Vec<_>>(),
        [("watched", true, "agent:ana")]
    );
    act(&market, Command::Unlabel { entity, name: "watched".into(), why: "it was not".into() }).unwrap();
    assert!(runtime.block_on(house.engine.look(&market, "user", "u-test")).unwrap().labels.is_empty());
    assert_eq!(house.engine.timeline(&market, "user", "u-test", None, 10).unwrap().items.len(), 2);
    verify(&house);
}

#[test]
fn a_new_policy_finds_its_aggregates_filled_and_a_backtest_tells_before() {
    places("anew").iter().for_each(a_new_policy_finds_its_aggregates_filled_and_a_backtest_tells_before_at);
}

fn a_new_policy_finds_its_aggregates_filled_and_a_backtest_tells_before_at(place: &Place) {
    let house = House::open(place, small());
    let events = market(11, 4_000);
    send(&house, &events[..3_000]);
    let mut files = default_pack();
    let aggregates = files.get_mut("aggregates.yaml").unwrap();
    aggregates.push_str("\n  talk: {from: message.sent, by: sender, fn: count}\n");
    files.insert("rules/zz.yaml".into(), "rules:\n  talks_much:\n    event: message.sent\n    when: talk.last('6h') >= 2\n    verdict: review\n    mode: live\n    why: '{talk.last(\"6h\")} messages'\n    tests:\n    - {given: {event: {data: {conversation: c, sender: s, text: hi}}, reads: {\"talk.last('6h')\": 3}}, expect: review}\n    - {given: {event: {data: {conversation: c, sender: s, text: hi}}, reads: {\"talk.last('6h')\": 1}}, expect: allow}\n".into());
    let candidate = Arc::new(decision::Pack::compile(&files).unwrap_or_else(|f| panic!("{f:?}")));
    let replayer = Replayer::beside(&house.engine).unwrap();
    let same = replayer.backtest(&house.engine.pack(), None, 1, u64::MAX, &Progress::default()).unwrap();
    assert_eq!((same.new_hits, same.lost_hits, same.verdicts_changed), (0, 0, 0), "{:?}", same.by_rule);
    let test = replayer.backtest(&candidate, None, 1, u64::MAX, &Progress::default()).unwrap();
    assert_eq!(test.lost_hits, 0);
    assert!(
        test.new_hits > 0 && test.by_rule.iter().any(|r| r.rule == "talks_much" && r.new == test.new_hits),
        "{:?}",
        test.by_rule
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let base = Some(house.engine.pack().hash.clone());
    let changed = runtime
        .block_on(house.engine.activate(files.clone(), author("ana"), "watch talkers".into(), base.clone()))
        .unwrap();
    let hash = house.engine.pack().hash.clone();
    assert_eq!(changed, Changed::Active(hash.clone()));
    assert!(matches!(
        runtime.block_on(house.engine.activate(default_pack(), author("ben"), "stale".into(), base)),
        Err(Refusal::Conflict(_))
    ));
    let answers = send(&house, &events[3_000..]);
    let hit = answers.iter().filter_map(|a| a.decision.as_ref()).any(|d| d.hits.iter().any(|h| h.rule == "talks_much"));
    assert!(hit, "the new rule saw the past");
    verify(&house);
    // And once more after a restart.
    drop(house);
    let house = House::with(place, small(), &files);
    assert_eq!(house.engine.pack().hash, hash);
    verify(&house);
}

#[test]
fn a_rule_that_spends_its_budget_falls_back_to_shadow_and_replay_knows() {
    places("arule").iter().for_each(a_rule_that_spends_its_budget_falls_back_to_shadow_and_replay_knows_at);
}

fn a_rule_that_spends_its_budget_falls_back_to_shadow_and_replay_knows_at(place: &Place) {
    let mut files = default_pack();
    for (path, text) in &mut files {
        if path.starts_with("rules/") {
            *text = text
                .lines()
                .map(|l| if l.trim_start().starts_with("budget:") { "    budget: {actions_per_hour: 2}" } else { l })
                .collect::<Vec<_>>()
                .join("\n");
        }
    }
    let house = House::with(place, small(), &files);
    let answers = send(&house, &market(7, 2_500));
    let shadowed = answers
        .iter()
        .filter_map(|a| a.decision.as_ref())
        .flat_map(|d| &d.hits)
        .filter(|h| h.mode == domain::Mode::Shadow)
        .count();
    let trips: u64 = house
        .engine
        .markets()
        .iter()
        .map(|m| {
            let no = house.engine.market(m).unwrap();
            let filter = log::Filter { kind: Some("rule.tripped".into()), ..Default::default() };
            house.engine.store().read(|q| log::page(q, no, None, &filter, 1_000)).unwrap().items.len() as u64
        })
        .sum();
    assert!(trips > 0 && shadowed > 0, "{trips} trips, {shadowed} in shadow");
    verify(&house);
    let hits = house.engine.store().read(|q| decisions::hits(q, house.engine.market("sg").unwrap(), 0)).unwrap();
    assert!(!hits.is_empty());
}

#[test]
fn an_attempt_and_its_delivery_count_once() {
    places("attempt").iter().for_each(an_attempt_and_its_delivery_count_once_at);
}

fn an_attempt_and_its_delivery_count_once_at(place: &Place) {
    let message = |id: &str, kind: &str, message: &str, text: &str| {
        let at = domain::Time::parse(common::START).unwrap();
        let data = serde_json::json!({"message": message, "conversation": "c1", "sender": "u1", "recipient": "u2", "text": text});
        let data = data.as_object().unwrap().clone();
        let (id, source, kind, market) = (id.to_owned(), "shop".to_owned(), kind.to_owned(), "sg".to_owned());
        Event { id, source, kind, market, subject: None, time: at, received_at: at, actor: None, data }
    };
    let counted = |house: &House| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let view = runtime.block_on(house.engine.look("sg", "user", "u1")).unwrap();
        let messages = view.aggregates.into_iter().find(|a| a.name == "sender_messages").unwrap();
        messages.values.into_iter().find(|(window, _)| window == "all").unwrap().1.unwrap()
    };
    let house = House::open(place, small());
    send(&house, &[message("1", "message.submitted", "m1", "hello")]);
    house.crash(place);
    // The attempt is remembered over a restart.
    let house = House::open(place, small());
    send(&house, &[message("2", "message.sent", "m1", "hello")]);
    assert_eq!(counted(&house), 1);
    send(&house, &[message("3", "message.sent", "m2", "bye"), message("4", "message.sent", "m1", "hello")]);
    assert_eq!(counted(&house), 3);
    verify(&house);
}

#[test]
fn a_budget_outlives_a_crash_and_a_reset_begins_it_anew() {
    places("budget").iter().for_each(a_budget_outlives_a_crash_and_a_reset_begins_it_anew_at);
}

fn a_budget_outlives_a_crash_and_a_reset_begins_it_anew_at(place: &Place) {
    let mut files = default_pack();
    files.insert("rules/zz.yaml".into(), "rules:\n  noted:\n    event: page.viewed\n    when: path == '/x'\n    verdict: warn\n    mode: live\n    budget: {actions_per_hour: 5}\n    why: x\n    tests:\n    - {given: {event: {data: {path: /x}}}, expect: warn}\n    - {given: {event: {data: {path: /y}}}, expect: allow}\n".into());
    let house = |place: &Place| House::with(place, small(), &files);
    let mut count = 0;
    let mut view = |house: &House, minutes: i64| {
        count += 1;
        let at = domain::Time::parse(common::START).unwrap().plus(minutes * domain::MINUTE);
        let data = serde_json::json!({"path": "/x", "visitor": "v1"}).as_object().unwrap().clone();
        let (id, kind, market) = (format!("v{count}"), "page.viewed".to_owned(), "sg".to_owned());
        let event = Event {
            id,
            source: "shop".into(),
            kind,
            market,
            subject: None,
            time: at,
            received_at: at,
            actor: None,
            data,
        };
        let answer = send(house, &[event]).remove(0);
        let hits = answer.decision.map(|d| d.hits).unwrap_or_default();
        hits.iter().find(|hit| hit.rule == "noted").unwrap().mode
    };
    use domain::Mode::{Live, Shadow};
    let first = house(place);
    // The first is an hour old when the sixth comes, so it no longer counts.
    assert_eq!([0, 50, 55].map(|at| view(&first, at)), [Live; 3]);
    first.crash(place);
    let second = house(place);
    assert_eq!([58, 61].map(|at| view(&second, at)), [Live; 2], "four of this hour");
    second.crash(place);
    let third = house(place);
    assert_eq!([62, 63].map(|at| view(&third, at)), [Live, Shadow], "the fifth spends the budget");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let reset = Command::Reset { rule: "noted".into() };
    runtime.block_on(third.engine.act("sg", reset, Actor("ana".into()))).unwrap();
    assert_eq!([64, 64, 64].map(|at| view(&third, at)), [Live; 3]);
    third.crash(place);
    let fourth = house(place);
    assert_eq!([65, 65, 65].map(|at| view(&fourth, at)), [Live, Live, Shadow], "counted from the reset on");
    verify(&fourth);
}

#[test]
fn what_is_too_old_goes_and_what_was_folded_from_it_stays() {
    places("retention").iter().for_each(what_is_too_old_goes_and_what_was_folded_from_it_stays_at);
}

fn what_is_too_old_goes_and_what_was_folded_from_it_stays_at(place: &Place) {
    let view = |number: usize, day: i64| {
        let at = domain::Time::parse(common::START).unwrap().plus(day * domain::DAY);
        let data = serde_json::json!({"user": "u1", "device": format!("d{number}")}).as_object().unwrap().clone();
        let (id, kind, market) = (format!("s{number}"), "session.started".to_owned(), "sg".to_owned());
        Event { id, source: "shop".into(), kind, market, subject: None, time: at, received_at: at, actor: None, data }
    };
    let house = House::open(place, small());
    let no = house.engine.market("sg").unwrap();
    let store = house.engine.store().clone();
    let set = |days| store.write(|tx| engine::retention::set_days(tx, days)).unwrap();
    (0..50).for_each(|n| drop(send(&house, &[view(n, 0)])));
    (50..60).for_each(|n| drop(send(&house, &[view(n, 100)])));
    house.hands.store(
        domain::Time::parse(common::START).unwrap().plus(110 * domain::DAY).0,
        std::sync::atomic::Ordering::Relaxed,
    );
    assert_eq!(house.engine.sweep().unwrap(), 0, "everything is kept until somebody says so");
    set(Some(30));
    // No checkpoint reaches that far yet: the first sweep asks for one, and nothing is lost that recovery needs.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let mut gone = house.engine.sweep().unwrap();
    // Every market's checkpoint comes in its own time; the quiet ones had their first policy alone.
    while store.read(engine::retention::beginnings).unwrap().iter().any(|b| b.from_seq == 1) {
        assert!(std::time::Instant::now() < until, "{gone} gone");
        std::thread::sleep(std::time::Duration::from_millis(50));
        gone += house.engine.sweep().unwrap();
    }
    assert_eq!(gone, 53, "fifty old events and three old policies");
    let rows = store.read(|q| log::after(q, no, 0, 100)).unwrap();
    assert!(rows.iter().filter(|row| row.kind == "session.started").count() == 10, "ten are young");
    let begins = store.read(engine::retention::beginnings).unwrap();
    assert!(
        begins.iter().any(|b| b.market == "sg" && b.from_seq == rows[0].seq && b.from_at == Some(rows[0].received_at))
    );
    drop(store);
    house.crash(place);
    let house = House::open(place, small());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let view = runtime.block_on(house.engine.look("sg", "user", "u1")).unwrap();
    let devices = view.aggregates.iter().find(|a| a.name == "user_devices").unwrap();
    let all = devices.values.iter().find(|(window, _)| window == "all").unwrap().1.clone().unwrap();
    assert_eq!(all, serde_json::json!(60), "what was folded stays");
    let verified = Replayer::beside(&house.engine).unwrap().verify(None, &Progress::default()).unwrap();
    assert_eq!((verified.different, verified.begins.len()), (0, 3), "and replay says where each log begins");
}
