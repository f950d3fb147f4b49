//! Policy packs: the default one works, broken ones are told where and what, and decisions follow the order of conflict.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use decision::cel::Value;
use decision::pack::{Files, Pack, trials};
use decision::{Prepared, Window, World, decide, prepare, reasons};
use domain::{Effect, EntityRef, Event, Mode, Time, Verdict};
use serde_json::json;

fn folder(root: &Path, at: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            folder(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn list(found: &[decision::Diagnostic]) -> String {
    found.iter().map(|d| format!("{d}\n")).collect()
}

#[test]
fn the_default_pack_compiles_and_its_tests_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy");
    let mut files = Files::new();
    folder(&root, &root, &mut files);
    let pack = Pack::compile(&files).unwrap_or_else(|found| panic!("{}", list(&found)));
    assert_eq!(list(&pack.warnings), "");
    let trials = trials(&pack);
    assert!(trials.len() >= 2 * pack.rules.len(), "{} tests for {} rules", trials.len(), pack.rules.len());
    assert!(trials.iter().all(|t| t.passed));
}

const VIGIE: &str = "markets:\n  sg: {name: Lion, country: SG, currency: SGD, zone: Asia/Singapore, languages: [en, zh-Hans]}\nqueues:\n  fraud: {name: Fraud, sla: 2h}\n";
const EVENTS: &str = "listing.submitted:
  subject: listing
  fields:
    listing: {type: entity, entity: listing, required: true}
    seller: {type: entity, entity: user, required: true}
    category: {type: string, required: true}
    price: {type: double, required: true}
    note: {type: text, personal: seller}
";
const AGGREGATES: &str = "aggregates:\n  seller_listings: {from: listing.submitted, by: seller, fn: count}\n";
const TESTS: &str = "    tests: [{given: {event: {data: {listing: l, seller: s, category: toys, price: 100}}}, expect: hold}, {given: {event: {data: {listing: l, seller: s, category: toys, price: 1}}}, expect: allow}]\n";

fn files(rules: &str) -> Files {
    BTreeMap::from([
        ("vigie.yaml".to_owned(), VIGIE.to_owned()),
        ("events/listings.yaml".to_owned(), EVENTS.to_owned()),
        ("aggregates.yaml".to_owned(), AGGREGATES.to_owned()),
        ("rules/r.yaml".to_owned(), rules.to_owned()),
        ("lexicons/en.yaml".to_owned(), "off_platform: [whatsapp, 're:(?i)line\\s+id']\n".to_owned()),
        ("prices/caps.csv".to_owned(), "market,category,currency,max,note\nsg,toys,SGD,50,\n".to_owned()),
        ("messages/en.ftl".to_owned(), "stay = Stay here, { $name }.\n".to_owned()),
    ])
}

#[test]
fn faults_say_where_and_what_was_meant() {
    let rule = |body: &str| format!("rules:\n  r:\n    event: listing.submitted\n{body}");
    for (text, line, column, message, suggestion) in [
        (rule("    when: prise > 1.0\n    verdict: hold\n    why: x\n"), 4, 11, "variable prise", Some("price")),
        (
            rule("    when: |\n      price > 1.0 &&\n      sellr.has('x')\n    verdict: hold\n    why: x\n"),
            6,
            7,
            "sellr",
            Some("seller"),
        ),
        (rule("    when: price > 1.0\n    verdict: hld\n    why: x\n"), 5, 14, "unknown verdict", Some("hold")),
        (rule("    when: price > 1.0\n    verdict: hold\n    whyy: x\n    why: x\n"), 6, 5, "unknown key", Some("why")),
        (rule("    when: price > 1.0\n    verdict: hold\n    why: 'is {pricee}'\n"), 6, 10, "pricee", Some("price")),
        (rule("    when: price + 1.0\n    verdict: hold\n    why: x\n"), 4, 11, "bool", None),
        (rule("    when: seller_listings.last('1y') > 2\n    verdict: hold\n    why: x\n"), 4, 27, "no span", None),
        (
            rule("    when: price > 1.0\n    verdict: hold\n    mode: live\n    why: x\n"),
            2,
            3,
            "before it leaves draft",
            None,
        ),
        (rule("    when: price > 1.0\n    verdict: allow\n    why: x\n"), 2, 3, "approved_by", None),
        (
            rule(
                "    when: price > 1.0\n    verdict: hold\n    why: x\n    then: [{enqueue: {entity: seller, queue: frud}}]\n",
            ),
            7,
            46,
            "unknown queue",
            Some("fraud"),
        ),
        (
            rule(
                "    when: price > 1.0\n    verdict: hold\n    why: x\n    then: [{message: {to: selle, text: stay}}]\n",
            ),
            7,
            27,
            "entity field",
            Some("seller"),
        ),
        (
            "rules:\n  r:\n    event: listing.submited\n    when: 'true'\n    verdict: hold\n    why: x\n".to_owned(),
            3,
            12,
            "event type",
            Some("listing.submitted"),
        ),
    ] {
        let found = Pack::compile(&files(&text)).expect_err(&text);
        let hit =
            found.iter().find(|d| d.message.contains(message)).unwrap_or_else(|| panic!("{text}\n{}", list(&found)));
        assert_eq!(
            (hit.file.as_str(), hit.line, hit.column, hit.suggestion.as_deref()),
            ("rules/r.yaml", line, column, suggestion),
            "{text}\n{hit}"
        );
    }
}

#[test]
fn a_failing_unit_test_refuses_a_live_rule_and_warns_of_a_draft() {
    let body = |mode: &str| {
        format!(
            "rules:\n  r:\n    event: listing.submitted\n    when: price > 500.0\n    verdict: hold\n    mode: {mode}\n    why: x\n{TESTS}"
        )
    };
    let found = Pack::compile(&files(&body("live"))).unwrap_err();
    assert!(list(&found).contains("expects hold but gives allow"), "{}", list(&found));
    assert!(list(&Pack::compile(&files(&body("draft"))).unwrap().warnings).contains("expects hold"));
}

/// What the house knows, as a test says it.
#[derive(Default)]
struct Said {
    aggregates: HashMap<(usize, Window), i64>,
    labels: Vec<&'static str>,
    registered: Option<Time>,
    tripped: bool,
}

impl World for Said {
    fn aggregate(&self, aggregate: usize, _: usize, window: Window) -> Option<Value> {
        self.aggregates.get(&(aggregate, window)).map(|n| Value::Int(*n))
    }
    fn has_label(&self, _: usize, label: &str) -> bool {
        self.labels.contains(&label)
    }
    fn registered_at(&self, _: usize) -> Option<Time> {
        self.registered
    }
    fn chat(&self) -> Option<&decision::ChatView> {
        None
    }
    fn may_tell(&self, _: &EntityRef, _: &str, _: &EntityRef) -> bool {
        true
    }
    fn is_tripped(&self, _: usize) -> bool {
        self.tripped
    }
}

fn listing(pack: &Pack, price: f64, note: &str) -> Prepared {
    let data = json!({"listing": "l1", "seller": "s1", "category": "toys", "price": price, "note": note});
    let event = Event {
        id: "e1".into(),
        source: "shop".into(),
        kind: "listing.submitted".into(),
        market: "sg".into(),
        subject: None,
        time: Time::parse("2026-03-01T09:00:00Z").unwrap(),
        received_at: Time::parse("2026-03-01T09:00:01Z").unwrap(),
        actor: None,
        data: data.as_object().unwrap().clone(),
    };
    prepare(pack, event).unwrap()
}

fn pack(rules: &str) -> Pack {
    Pack::compile(&files(rules)).unwrap_or_else(|found| panic!("{}", list(&found)))
}

fn rule(name: &str, when: &str, rest: &str) -> String {
    format!("  {name}:\n    event: listing.submitted\n    when: {when}\n    why: 'price {{price}}'\n{rest}")
}

const HELD: &str = "    verdict: hold\n    mode: live\n";

#[test]
fn a_hit_tells_what_it_read_and_acts() {
    let then =
        "    then: [{label: {entity: seller, name: capped, ttl: 7d}}, {enqueue: {entity: seller, queue: fraud}}]\n";
    let pack = pack(&format!("rules:\n{}{then}{TESTS}", rule("cap", "price > price_cap(category)", HELD)));
    assert_eq!(decide(&pack, &listing(&pack, 49.0, ""), 7, &Said::default()), None);
    let decision = decide(&pack, &listing(&pack, 50.5, ""), 7, &Said::default()).unwrap();
    assert_eq!(
        (decision.seq, decision.verdict, decision.score, decision.policy.as_str()),
        (7, Verdict::Hold, 0.7, pack.hash.as_str())
    );
    let reads: Vec<_> = decision.hits[0].reads.iter().map(|r| (r.name.as_str(), r.value.clone())).collect();
    assert_eq!(reads, [("price", json!(50.5)), ("price_cap(category)", json!(50.0))]);
    assert!(
        matches!(&decision.effects[..], [Effect::Label { ttl: Some(t), .. }, Effect::Enqueue { sla: Some(s), .. }] if *t == 7 * domain::DAY && *s == 2 * domain::HOUR)
    );
    assert_eq!(reasons(&pack, &decision.hits, &["fr", "en"])[0].text, "price 50.5");
    // The bytes that replay must reproduce survive their own reading.
    let bytes = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::to_string(&serde_json::from_str::<domain::Decision>(&bytes).unwrap()).unwrap(), bytes);
}

#[test]
fn texts_reach_rules_as_signals_and_stay_personal() {
    let tests = TESTS.replace("price: 100", "price: 100, note: 'add me on WhatsApp'");
    let pack = pack(&format!("rules:\n{}{tests}", rule("lure", "signals.off_platform > 0", HELD)));
    let prepared = listing(&pack, 1.0, "my WhatsApp, or LINE  ID bob");
    assert!(!prepared.event.data.contains_key("note"));
    assert_eq!(prepared.personal.expose()["note"], "my WhatsApp, or LINE  ID bob");
    let decision = decide(&pack, &prepared, 1, &Said::default()).unwrap();
    let texts: Vec<_> = decision.hits[0]
        .spans
        .iter()
        .map(|s| &"my WhatsApp, or LINE  ID bob"[s.start as usize..s.end as usize])
        .collect();
    assert_eq!(texts, ["WhatsApp", "LINE  ID"]);
    assert!(!serde_json::to_string(&decision).unwrap().contains("bob"));
    let found = Pack::compile(&files(&format!("rules:\n{}{TESTS}", rule("peek", "note == 'x'", HELD)))).unwrap_err();
    assert!(list(&found).contains("note"), "{}", list(&found));
}

#[test]
fn missing_values_are_never_a_silent_allow() {
    for (on_missing, expect) in [("skip", None), ("false", None), ("review", Some(Verdict::Review))] {
        let pack = pack(&format!(
            "rules:\n{}    on_missing: {on_missing}\n{}",
            rule("young", "account_age(seller) < duration('72h')", HELD),
            tests("account_age(seller)", "'1h'", "'90d'")
        ));
        let young = Said { registered: Some(Time::parse("2026-03-01T00:00:00Z").unwrap()), ..Said::default() };
        let prepared = listing(&pack, 1.0, "");
        assert_eq!(decide(&pack, &prepared, 1, &young).map(|d| d.verdict), Some(Verdict::Hold));
        assert_eq!(decide(&pack, &prepared, 1, &Said::default()).map(|d| d.verdict), expect, "{on_missing}");
    }
}

fn tests(read: &str, hit: &str, miss: &str) -> String {
    let event = "event: {data: {listing: l, seller: s, category: toys, price: 1}}";
    format!(
        "    tests:\n    - {{given: {{{event}, reads: {{\"{read}\": {hit}}}}}, expect: hold}}\n    - {{given: {{{event}, reads: {{\"{read}\": {miss}}}}}, expect: allow}}\n"
    )
}

#[test]
fn conflicts_resolve_in_the_fixed_order() {
    let hold = format!("{}{TESTS}", rule("held", "price > 10.0", HELD));
    let block = format!(
        "{}{}",
        rule(
            "blocked",
            "price > 10.0",
            "    verdict: block\n    mode: live\n    then: [{label: {entity: seller, name: bad}}]\n"
        ),
        TESTS.replace("hold", "block")
    );
    let allow = format!(
        "{}{}",
        rule(
            "trusted",
            "seller.has('verified')",
            "    verdict: allow\n    mode: live\n    allow_until: 2026-06-01T00:00:00Z\n    approved_by: [ana, ben]\n"
        ),
        tests("seller.has('verified')", "true", "false").replace("expect: hold", "expect: hit")
    );
    let ban = format!(
        "{}{}",
        rule("banned", "seller.has('banned')", "    verdict: block\n    mode: live\n    sanction: true\n"),
        tests("seller.has('banned')", "true", "false").replace("hold", "block")
    );
    let shadow = format!(
        "{}{}",
        rule("dim", "price > 10.0", "    verdict: block\n    mode: shadow\n"),
        TESTS.replace("hold", "block")
    );
    for (rules, labels, verdict, effects, hits) in [
        (vec![&hold], vec![], Verdict::Hold, 0, 1),
        (vec![&hold, &block], vec![], Verdict::Block, 1, 2),
        (vec![&hold, &shadow], vec![], Verdict::Hold, 0, 2),
        (vec![&hold, &block, &allow], vec!["verified"], Verdict::Allow, 0, 3),
        (vec![&hold, &block, &allow, &ban], vec!["verified", "banned"], Verdict::Block, 1, 4),
    ] {
        let pack = pack(&format!("rules:\n{}", rules.into_iter().map(String::as_str).collect::<String>()));
        let decision = decide(&pack, &listing(&pack, 100.0, ""), 1, &Said { labels, ..Said::default() }).unwrap();
        assert_eq!(
            (decision.verdict, decision.effects.len(), decision.hits.len()),
            (verdict, effects, hits),
            "{decision:?}"
        );
    }
}

#[test]
fn budgets_and_canaries_hold_rules_back() {
    let pack = pack(&format!(
        "rules:\n{}{TESTS}",
        rule("half", "price > 10.0", "    verdict: hold\n    mode: canary\n    canary: {share: 0.5}\n")
    ));
    let mut acted = 0;
    for n in 0..400 {
        let mut prepared = listing(&pack, 100.0, "");
        prepared.entities[0].entity.id = format!("l{n}");
        let decision = decide(&pack, &prepared, 1, &Said::default()).unwrap();
        assert_eq!(decision, decide(&pack, &prepared, 1, &Said::default()).unwrap());
        acted += usize::from(decision.hits[0].mode == Mode::Canary);
        let tripped = decide(&pack, &prepared, 1, &Said { tripped: true, ..Said::default() }).unwrap();
        assert_eq!((tripped.hits[0].mode, tripped.verdict), (Mode::Shadow, Verdict::Allow));
    }
    assert!((160..240).contains(&acted), "{acted} of 400 at a share of one half");
}

#[test]
fn events_that_do_not_fit_are_told_the_field() {
    let pack = pack("rules: {}\n");
    let good = listing(&pack, 1.0, "").event;
    for (change, field) in [
        (json!({"seller": "s", "category": "toys", "price": 1}), "data.listing"),
        (json!({"listing": "l", "seller": 5, "category": "toys", "price": 1}), "data.seller"),
        (json!({"listing": "l", "seller": "s", "category": "toys", "price": "1"}), "data.price"),
        (json!({"listing": "l", "seller": "s", "category": "t".repeat(600), "price": 1}), "data.category"),
    ] {
        let event = Event { data: change.as_object().unwrap().clone(), ..good.clone() };
        assert_eq!(prepare(&pack, event).unwrap_err().field, field);
    }
    assert_eq!(prepare(&pack, Event { market: "mars".into(), ..good.clone() }).unwrap_err().field, "market");
    let typo = prepare(&pack, Event { kind: "listing.submited".into(), ..good.clone() }).unwrap_err();
    assert!(typo.error.contains("listing.submitted"), "{typo}");
    assert!(prepare(&pack, Event { kind: "custom.thing".into(), ..good }).is_ok());
}
