//! The compiler against its twins: a naive walk over generated expressions, the `cel` crate's interpreter, and sets against single programs.

#[path = "common/tree.rs"]
mod tree;

use decision::cel::{Context, DEVIATIONS, Env, NoFacts, Outcome, RuleSet, Tri, Type, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use tree::{Lack, Tree, Val};

/// The variables every generated expression may use.
fn env() -> Env {
    let fields = [
        ("i", Type::Int),
        ("j", Type::Int),
        ("d", Type::Double),
        ("e", Type::Double),
        ("s", Type::String),
        ("t", Type::String),
        ("b", Type::Bool),
        ("li", Type::list(Type::Int)),
        ("ls", Type::list(Type::String)),
    ];
    Env::standard().with_var("o", Type::object("o", fields))
}

/// An event with every variable.
fn full() -> impl Strategy<Value = Json> {
    let lists = (proptest::collection::vec(tree::ints(), 0..4), proptest::collection::vec(tree::texts(), 0..3));
    let numbers = (tree::ints(), tree::ints(), tree::doubles(), tree::doubles());
    (numbers, tree::texts(), tree::texts(), any::<bool>(), lists).prop_map(|((i, j, d, e), s, t, b, (li, ls))| {
        json!({"o": {"i": i, "j": j, "d": d, "e": e, "s": s, "t": t, "b": b, "li": li, "ls": ls}})
    })
}

/// An event where variables may be missing or of another type.
fn holed() -> impl Strategy<Value = Json> {
    let fates = proptest::collection::vec(0u8..6, 9);
    (full(), fates).prop_map(|(mut event, fates)| {
        let members = event["o"].as_object_mut().expect("an object");
        let names: Vec<String> = members.keys().cloned().collect();
        for (name, fate) in names.iter().zip(fates) {
            match fate {
                0 => drop(members.remove(name)),
                1 => drop(members.insert(name.clone(), Json::Null)),
                2 => drop(members.insert(name.clone(), json!({"no": "such type"}))),
                _ => {}
            }
        }
        event
    })
}

/// A variable as the twin sees it.
fn lookup(event: &Json, name: &str) -> Result<Val, Lack> {
    let json = event["o"].get(name).filter(|v| !v.is_null()).ok_or(Lack::Missing)?;
    let val = match name {
        "i" | "j" => json.as_i64().map(Val::Int),
        "d" | "e" => json.as_f64().map(Val::Double),
        "s" | "t" => json.as_str().map(|s| Val::Text(s.to_owned())),
        "b" => json.as_bool().map(Val::Bool),
        "li" => json.as_array().map(|l| Val::Ints(l.iter().filter_map(Json::as_i64).collect())),
        _ => json.as_array().map(|l| Val::Texts(l.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())),
    };
    val.ok_or(Lack::Error)
}

fn twin(tree: &Tree, event: &Json) -> Tri {
    match tree.eval(&|name| lookup(event, name)) {
        Ok(Val::Bool(true)) => Tri::True,
        Ok(_) => Tri::False,
        Err(Lack::Missing) => Tri::Missing,
        Err(Lack::Error) => Tri::Error,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// A set, each program alone, and the naive twin say the same of every event, holes and wrong types included.
    #[test]
    fn a_set_is_its_programs_is_the_twin(
        trees in proptest::collection::vec(tree::bool_tree(3), 1..10),
        events in proptest::collection::vec(holed(), 1..4),
    ) {
        let env = env();
        // Each expression also stands twice and under a conjunction, so that the set has something to share.
        let mut rules: Vec<Tree> = trees.clone();
        for pair in trees.windows(2) {
            rules.push(Tree::Binary("&&", Box::new(pair[0].clone()), Box::new(pair[1].clone())));
        }
        let compile = |t: &Tree| env.compile_bool(&t.text()).unwrap_or_else(|e| panic!("{}: {}", t.text(), e[0]));
        let set = RuleSet::new(rules.iter().map(compile).collect());
        let (whole, quick) = (env.layout().loader(), set.loader(env.layout()));
        let mut outcome = Outcome::default();
        for event in &events {
            let (mut slots, mut few) = (Vec::new(), Vec::new());
            whole.load(event, &mut slots);
            quick.load(event, &mut few);
            set.eval(&Context { slots: &few, facts: &NoFacts }, &mut outcome);
            for (i, rule) in rules.iter().enumerate() {
                let wanted = twin(rule, event);
                let alone = set.programs()[i].eval_bool(&Context { slots: &slots, facts: &NoFacts });
                prop_assert_eq!(alone, wanted, "{} on {}", rule.text(), event);
                let fault = outcome.faults.iter().find(|f| f.0 == i as u32).map(|f| f.1);
                let together = if outcome.hits.contains(&(i as u32)) { Tri::True } else { fault.unwrap_or(Tri::False) };
                prop_assert_eq!(together, wanted, "in the set: {} on {}", rule.text(), event);
            }
        }
    }

    /// Outside the named deviations, the `cel` crate's interpreter says the same.
    #[test]
    fn the_compiler_is_the_interpreter(tree in tree::bool_tree(4), event in full()) {
        let text = tree.text();
        let ours = alone(&env(), &text, &event);
        let theirs = interpret(&text, &event);
        match (&ours, &theirs) {
            (Ok(Value::Bool(a)), Ok(cel::Value::Bool(b))) => prop_assert_eq!(a, b, "{} on {}", text, event),
            (Err(_), Err(_)) => {}
            (_, Err(theirs)) if theirs.contains("'(double, double)'") => {} // The deviation nan-order.
            _ => prop_assert!(false, "{text} on {event}: {ours:?}, the interpreter {theirs:?}"),
        }
    }
}

/// Every named deviation is real: the standard's value is ours and not the interpreter's.
#[test]
fn the_named_deviations_are_real() {
    // deviation, expression that is true by the standard
    let proofs = [
        ("nan-order", "!(0.0 / 0.0 < 1.0)"),
        ("two-variable-macros", "[4, 5].exists(i, v, i == 1 && v == 5)"),
        ("two-variable-macros", "[4, 5].transformList(i, v, i + v) == [4, 6]"),
        ("string-functions", "'tacocat'.charAt(3) == 'o'"),
        ("string-functions", "['a', 'b'].join('-').upperAscii() == 'A-B'"),
        ("string-functions", "'%d of %s'.format([1, 'x']) == '1 of x'"),
        ("time", "timestamp('2009-02-13T23:31:30Z').getHours() == 23"),
        ("time", "duration('90s') > duration('1m')"),
    ];
    let event = json!({});
    for (name, text) in proofs {
        assert!(DEVIATIONS.iter().any(|d| d.0 == name), "{name} is not listed");
        assert_eq!(alone(&Env::standard(), text, &event), Ok(Value::Bool(true)), "{text}");
        let theirs = interpret(text, &event);
        assert!(!matches!(theirs, Ok(cel::Value::Bool(true))), "{text} is no deviation any more");
    }
    for (name, _) in DEVIATIONS {
        assert!(proofs.iter().any(|p| p.0 == *name), "{name} is not proved");
    }
}

fn alone(env: &Env, text: &str, event: &Json) -> Result<Value, String> {
    let program = env.compile(text).map_err(|e| e[0].to_string())?;
    let mut slots = Vec::new();
    env.layout().loader().load(event, &mut slots);
    program.eval(&Context { slots: &slots, facts: &NoFacts }).map_err(|f| program.explain(&f))
}

fn interpret(text: &str, event: &Json) -> Result<cel::Value, String> {
    let program = cel::Program::compile(text).map_err(|e| e.to_string())?;
    let mut context = cel::Context::default();
    for (name, value) in event.as_object().into_iter().flatten() {
        context.add_variable_from_value(name.as_str(), their_value(value));
    }
    program.execute(&context).map_err(|e| e.to_string())
}

/// JSON as the interpreter's value; unlike its own conversion, whole numbers stay signed.
fn their_value(json: &Json) -> cel::Value {
    match json {
        Json::Null => cel::Value::Null,
        Json::Bool(b) => (*b).into(),
        Json::Number(n) => n.as_i64().map_or_else(|| n.as_f64().unwrap_or(f64::NAN).into(), Into::into),
        Json::String(s) => s.as_str().into(),
        Json::Array(items) => items.iter().map(their_value).collect::<Vec<_>>().into(),
        Json::Object(members) => {
            let members = members.iter().map(|(k, v)| (k.as_str(), their_value(v)));
            members.collect::<std::collections::HashMap<_, _>>().into()
        }
    }
}
