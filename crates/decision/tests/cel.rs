//! Checking, readings, missing values and sets, as a policy meets them.

use std::sync::Arc;

use decision::cel::{Arg, Context, Env, Facts, Host, NoFacts, Outcome, Reading, RuleSet, Tri, Type, Value};
use serde_json::json;

/// A host with one aggregate, one function and one method on a variable.
struct Market;

impl Host for Market {
    fn method(&self, receiver: &str, name: &str, args: &[Arg]) -> Option<Result<Reading, String>> {
        match (receiver, name, args) {
            ("seller_listings", "last", [Arg::Literal(Value::String(window))]) => match &**window {
                "1h" => Some(Ok(Reading { id: 1, ty: Type::Int })),
                "1d" => Some(Ok(Reading { id: 2, ty: Type::Int })),
                other => Some(Err(format!("{other} is no window"))),
            },
            ("seller_listings", "last", _) => Some(Err("last() takes a window such as '1h'".into())),
            ("seller", "has", [Arg::Literal(_)]) => Some(Ok(Reading { id: 3, ty: Type::Bool })),
            _ => None,
        }
    }
    fn call(&self, name: &str, args: &[Arg]) -> Option<Result<Reading, String>> {
        match (name, args) {
            ("account_age", [Arg::Path(p)]) if p == "seller" => Some(Ok(Reading { id: 4, ty: Type::Duration })),
            _ => None,
        }
    }
    fn names(&self) -> Vec<String> {
        ["seller_listings", "account_age"].map(String::from).to_vec()
    }
}

struct Readings(Vec<(u32, Value)>);

impl Facts for Readings {
    fn read(&self, id: u32) -> Option<Value> {
        self.0.iter().find(|(i, _)| *i == id).map(|(_, v)| v.clone())
    }
}

fn market() -> Env {
    let listing = Type::object(
        "listing",
        [
            ("price", Type::Double),
            ("country", Type::String),
            ("count", Type::Int),
            ("tags", Type::list(Type::String)),
            ("extra", Type::Dyn),
        ],
    );
    Env::standard().with_var("listing", listing).with_var("seller", Type::String).with_host(Arc::new(Market))
}

const BURST: &str =
    "account_age(seller) < duration('72h') && seller_listings.last('1h') >= 5 && !seller.has('verified')";

#[test]
fn readings_are_asked_for_by_number_and_named_in_the_record() {
    let env = market();
    let rule = env.compile_bool(BURST).unwrap();
    let names: Vec<&str> = rule.reads().iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["account_age(seller)", "seller_listings.last('1h')", "seller.has('verified')"]);
    let day = Value::Duration(jiff::SignedDuration::from_hours(24));
    let check = |listings: Option<i64>, verified: bool| {
        let mut known = vec![(4, day.clone()), (3, Value::Bool(verified))];
        known.extend(listings.map(|n| (1, Value::Int(n))));
        rule.eval_bool(&Context { slots: &[], facts: &Readings(known) })
    };
    assert_eq!(check(Some(5), false), Tri::True);
    assert_eq!(check(Some(4), false), Tri::False);
    assert_eq!(check(None, false), Tri::Missing);
    assert_eq!(check(None, true), Tri::False, "a false side absorbs what is missing");
}

#[test]
fn diagnostics_say_where_and_what_was_meant() {
    let env = market();
    // expression, column, part of the message, suggestion
    let cases = [
        ("listing.prise > 10.0", 9, "no field prise", Some("price")),
        ("listting.price > 10.0", 1, "no variable listting", Some("listing")),
        ("listing.price > 10", 15, "does not work on (double, int)", None),
        ("listing.price * 2 > 10.0", 15, "does not work on (double, int)", Some("2.0")),
        ("listing.country.startWith('S')", 17, "no function startWith", Some("startsWith")),
        ("acount_age(seller) < duration('1h')", 1, "no function acount_age", Some("account_age")),
        ("seller_listings.last('1x') > 1", 17, "1x is no window", None),
        ("listing.country.matches('(')", 25, "unclosed group", None),
        ("listing.count + true", 15, "does not work on (int, bool)", None),
        ("listing.country", 1, "must be a bool, this is string", None),
        ("'é' == listing.contry", 16, "no field contry", Some("country")),
        ("account_age(seller) < duration('3 days')", 32, "no duration", None),
        ("listing.count >", 16, "Syntax error", None),
        ("seller.verified", 8, "has no fields", None),
    ];
    for (source, column, message, meant) in cases {
        if source == "listing.price > 10" {
            assert!(env.compile_bool(source).is_ok(), "numbers of two kinds compare");
            continue;
        }
        let found = env.compile_bool(source).expect_err(source);
        let first = &found[0];
        assert_eq!((first.line, first.column), (1, column), "{source}: {first}");
        assert!(first.message.contains(message), "{source}: {first}");
        assert_eq!(first.suggestion.as_deref(), meant, "{source}: {first}");
    }
}

#[test]
fn missing_fields_make_three_valued_outcomes() {
    let env = market();
    let full = json!({"listing": {"price": 12, "country": "SG", "count": 3, "tags": ["new", "bag"], "extra": {"colour": "red"}}, "seller": "u1"});
    let bare = json!({"listing": {"price": null, "country": "SG"}});
    let wrong = json!({"listing": {"price": "12", "country": 5}});
    let cases = [
        ("listing.price > 10.0", Tri::True, Tri::Missing, Tri::Error),
        ("has(listing.price)", Tri::True, Tri::False, Tri::True),
        ("has(listing.price) && listing.price > 10.0", Tri::True, Tri::False, Tri::Error),
        ("listing.?price.orValue(0.0) < 1.0", Tri::False, Tri::True, Tri::Error),
        ("listing.price > 10.0 || listing.country == 'SG'", Tri::True, Tri::True, Tri::Error),
        ("'bag' in listing.tags", Tri::True, Tri::Missing, Tri::Missing),
        ("listing.tags.exists(t, t.startsWith('ba'))", Tri::True, Tri::Missing, Tri::Missing),
        ("listing.extra.colour == 'red'", Tri::True, Tri::Missing, Tri::Missing),
        ("listing.extra.size == 'L'", Tri::Missing, Tri::Missing, Tri::Missing),
        ("has(listing.extra.colour)", Tri::True, Tri::False, Tri::False),
        ("listing.count / 0 == 1", Tri::Error, Tri::Missing, Tri::Missing),
        ("listing.price / 0.0 > 1.0", Tri::True, Tri::Missing, Tri::Error),
    ];
    let loader = env.layout().loader();
    let programs: Vec<_> = cases.iter().map(|c| env.compile_bool(c.0).expect(c.0)).collect();
    let set = RuleSet::new(cases.iter().map(|c| env.compile_bool(c.0).unwrap()).collect());
    for (event, which) in [(&full, 0), (&bare, 1), (&wrong, 2)] {
        let mut slots = Vec::new();
        loader.load(event, &mut slots);
        let context = Context { slots: &slots, facts: &NoFacts };
        let mut quick = Vec::new();
        set.loader(env.layout()).load(event, &mut quick);
        let mut out = Outcome::default();
        set.eval(&Context { slots: &quick, facts: &NoFacts }, &mut out);
        for (i, (case, program)) in cases.iter().zip(&programs).enumerate() {
            let wanted = [case.1, case.2, case.3][which];
            assert_eq!(program.eval_bool(&context), wanted, "{} on {event}", case.0);
            let together = if out.hits.contains(&(i as u32)) {
                Tri::True
            } else {
                out.faults.iter().find(|f| f.0 == i as u32).map_or(Tri::False, |f| f.1)
            };
            assert_eq!(together, wanted, "{} on {event}, in the set", case.0);
        }
    }
}

#[test]
fn hostile_expressions_are_refused_not_run() {
    let env = market();
    let deep =
        |open: &str, middle: &str, close: &str, n: usize| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
    let cases = [
        deep("(", "1", ")", 10_000),
        deep("[", "", "]", 10_000),
        deep("{'a':", "1", "}", 5_000),
        deep("!", "true", "", 30_000),
        deep("-", "1", "", 30_000),
        deep("size(", "''", ")", 4_000),
        "1+".repeat(10_000) + "1",
        "a.".repeat(10_000) + "a",
        "true?1:".repeat(4_000) + "1",
        "[0]".to_owned() + &"[0]".repeat(9_000),
        "\"".repeat(9_999),
        "x".repeat(40_000),
        "'a' in ".repeat(4_000) + "[]",
    ];
    for source in cases {
        let head: String = source.chars().take(20).collect();
        match env.compile(&source) {
            Err(errors) => assert!(!errors.is_empty()),
            Ok(program) => assert!(head.starts_with("!!") || head.starts_with("--"), "{program:?}"),
        }
    }
    let wide = vec!["listing.price > 1.0"; 800].join(" && ");
    assert!(env.compile_bool(&wide).is_ok(), "many conditions side by side are fine");
}

#[test]
fn loops_have_a_budget() {
    let env = Env::standard().with_var("n", Type::list(Type::Int)).with_steps(1_000);
    let rule = env.compile_bool("n.all(a, n.all(b, a + b >= 0))").unwrap();
    let run = |n: i64| {
        let event = json!({ "n": (0..n).collect::<Vec<_>>() });
        let mut slots = Vec::new();
        env.layout().loader().load(&event, &mut slots);
        rule.eval_truth(&Context { slots: &slots, facts: &NoFacts }).map_err(|f| rule.explain(&f))
    };
    assert_eq!(run(30), Ok(true));
    assert_eq!(run(40), Err("the expression takes more than 1000 steps".to_owned()));

    // What one step works on counts too: long texts and lists inside a loop use the budget up.
    let env = env.with_var("text", Type::String);
    let event = json!({"n": (0..200).collect::<Vec<_>>(), "text": "x".repeat(20_000)});
    let mut slots = Vec::new();
    env.layout().loader().load(&event, &mut slots);
    let context = Context { slots: &slots, facts: &NoFacts };
    for (source, fits) in [
        ("n.all(a, a >= 0)", true),
        ("n.all(a, a in n)", false),
        ("n.all(a, n == n)", false),
        ("n.all(a, text.contains('y') || true)", true),
        ("n.all(a, !text.contains('y'))", false),
        ("n.all(a, !text.matches('y+'))", false),
        ("n.map(a, text + text).size() == 200", false),
        ("n.map(a, text.replace('x', 'yy')).size() == 200", false),
        ("text.replace('x', text).size() > 0", false),
        ("text.matches('x+$')", true),
    ] {
        let outcome = env.compile_bool(source).unwrap().eval_truth(&context);
        assert_eq!(outcome.is_ok(), fits, "{source}: {outcome:?}");
    }
}

#[test]
fn the_deepest_allowed_expressions_fit_a_small_stack() {
    let env = market();
    // Each shape of nesting, as deep as it is let in.
    let shapes: &[(&str, &str, &str)] = &[
        ("(", "1", ")"),
        ("1 + ", "1", ""),
        ("true ? 1 : ", "1", ""),
        ("!(", "true", ")"),
        ("[", "1", "]"),
        ("[1].all(x, ", "true", ")"),
        ("", "listing.extra", ".a"),
        ("", "listing.extra", "[0]"),
        ("{'a': ", "1", "}"),
        ("(1 + ", "1", ")"),
        ("string(", "''", ")"),
    ];
    let deepest = |(open, middle, close): &(&str, &str, &str)| {
        let tries = (1..=160).rev().map(|n| format!("dyn({}{middle}{}) == 1", open.repeat(n), close.repeat(n)));
        let fits = |s: &String| match env.compile(s) {
            Err(e) => !e[0].message.contains("nests deeper"),
            Ok(_) => true,
        };
        tries.filter(fits).map(|s| (s.len(), s)).next().expect("some depth fits").1
    };
    for source in shapes.iter().map(deepest) {
        assert!(source.len() > 60, "{source}");
        let run = || {
            let context = Context { slots: &[], facts: &NoFacts };
            let program = env.compile_bool(&source).map_err(|e| e[0].to_string())?;
            let alone = program.eval_bool(&context);
            let mut out = Outcome::default();
            RuleSet::new(vec![program]).eval(&context, &mut out);
            Ok::<_, String>(alone)
        };
        let outcome = std::thread::scope(|s| {
            std::thread::Builder::new().stack_size(2 << 20).spawn_scoped(s, run).unwrap().join().unwrap()
        });
        assert!(outcome.is_ok(), "{source}: {outcome:?}");
    }
}

#[test]
fn patterns_together_are_patterns_alone() {
    let env = Env::standard().with_var("text", Type::String);
    let patterns = [
        "(?i)(whats ?app|telegram|wechat|line id)",
        "(?i)(whats ?app|bank transfer)",
        "(?i)kiss",
        "微信|加我|电报",
        "(?i)ワッツアップ|ライン",
        "카카오톡|텔레그램",
        "(?i)überweisung",
        "(?i)straße",
        "virement|paiement d'avance",
        "[0-9]{4,}",
        "^pay",
        "(?i)\\bpaypal\\b",
        "a.c",
        "x*",
        "[aà]vance",
        "(?i)i\u{307}d",
    ];
    let texts = [
        "",
        "hello",
        "WhatsApp me",
        "whats  app",
        "WHATS APP +65",
        "\u{212a}i\u{17f}s me",
        "KISS",
        "加我微信 12345",
        "ライン",
        "텔레그램으로 연락",
        "ÜBERWEISUNG bitte",
        "STRASSE straße STRAßE",
        "paiement d'avance",
        "pàvance avance",
        "pay by PayPal",
        "paypals",
        "abc aXc",
        "Telegram：电报",
    ];
    let sources: Vec<String> = patterns
        .iter()
        .map(|p| format!("text.matches(r\"{p}\")"))
        .chain(["pay", "微信", "K", "é"].iter().map(|w| format!("text.contains('{w}')")))
        .collect();
    let set = RuleSet::new(sources.iter().map(|s| env.compile_bool(s).expect(s)).collect());
    let mut out = Outcome::default();
    for text in texts {
        let event = json!({ "text": text });
        let mut slots = Vec::new();
        env.layout().loader().load(&event, &mut slots);
        let context = Context { slots: &slots, facts: &NoFacts };
        set.eval(&context, &mut out);
        let alone = |p: &decision::cel::Program| p.eval_bool(&context) == Tri::True;
        let wanted: Vec<u32> = (0u32..).zip(set.programs()).filter(|(_, p)| alone(p)).map(|(i, _)| i).collect();
        assert_eq!(out.hits, wanted, "{text:?}");
    }
}

#[test]
fn times_read_and_write_as_the_standard_has_them() {
    let truths = [
        "string(timestamp('2024-02-29T23:59:59.120Z')) == '2024-02-29T23:59:59.12Z'",
        "timestamp('2024-02-29T23:59:59+08:00') == timestamp('2024-02-29T15:59:59Z')",
        "timestamp('0001-01-01T00:00:00Z') < timestamp('9999-12-31T23:59:59.999999999Z')",
        "timestamp(1709251199) == timestamp('2024-02-29T23:59:59Z')",
        "int(timestamp('1969-12-31T23:59:59Z')) == -1",
        "timestamp('2024-02-29T16:30:00Z').getHours('Asia/Singapore') == 0",
        "timestamp('2024-02-29T16:30:00Z').getDate('Asia/Singapore') == 1",
        "timestamp('2024-07-01T00:00:00Z').getHours('Europe/Paris') == 2",
        "timestamp('9999-12-31T23:30:00Z').getHours('-01:00') == 22",
        "string(duration('1h30m')) == '5400s'",
        "string(duration('-1.5s')) == '-1.5s'",
        "duration('250ms') + duration('750ms') == duration('1s')",
        "timestamp('2024-03-01T00:00:00Z') - timestamp('2024-02-28T00:00:00Z') == duration('48h')",
    ];
    for source in truths {
        let program = Env::standard().compile_bool(source).unwrap_or_else(|e| panic!("{source}: {}", e[0]));
        assert_eq!(program.eval_truth(&Context { slots: &[], facts: &NoFacts }), Ok(true), "{source}");
    }
    let refused = [
        "timestamp('2023-02-29T00:00:00Z')",
        "timestamp('2024-01-01')",
        "timestamp('2024-01-01T24:00:00Z')",
        "timestamp('2024-01-01T00:00:00')",
        "timestamp('2024-01-01T00:00:00.Z')",
        "timestamp('2024-01-01T00:00:00+0800')",
        "timestamp('é024-01-01T00:00:00Z')",
        "duration('3 days')",
        "duration('1')",
        "duration('')",
        "duration('h')",
        "duration('99999999999999999999h')",
    ];
    for source in refused {
        assert!(Env::standard().compile(source).is_err(), "{source}");
    }
}
