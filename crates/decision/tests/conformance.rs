//! The CEL standard's own test files, run on this engine.
//!
//! They come from the npm package `@bufbuild/cel-spec`, which `cargo xtask setup` installs into `e2e/conformance`.
//! A test that builds a protobuf message is skipped with that reason; every other must pass, and the numbers below may only grow.

#[path = "common/js.rs"]
mod js;

use std::path::Path;

use base64::Engine;
use decision::cel::{Context, Env, Fault, Key, NoFacts, Program, Signed, Slot, Type, Value};
use serde_json::Value as Json;

/// The suites, with how many of their tests run and how many are skipped.
const SUITES: &[(&str, usize, usize)] = &[
    ("basic", 43, 0),
    ("comparisons", 334, 72),
    ("logic", 30, 0),
    ("integer_math", 64, 0),
    ("fp_math", 30, 0),
    ("lists", 39, 0),
    ("macros", 44, 0),
    ("macros2", 46, 0),
    ("string", 51, 0),
    ("string_ext", 206, 3),
    ("timestamps", 76, 0),
    ("optionals", 59, 11),
    ("parse", 193, 26),
    ("conversions", 109, 0),
    ("bindings_ext", 5, 0),
    ("plumbing", 5, 0),
    ("fields", 60, 0),
];

fn tests() -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../e2e/conformance/node_modules/@bufbuild/cel-spec/dist/esm/testdata/conformance.js");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| {
        panic!("the CEL standard's test files are not installed ({e}): run `cargo xtask setup`, or `npm ci` in e2e/conformance")
    });
    js::exported(&text, "tests")
}

#[test]
#[allow(clippy::print_stderr)]
fn the_standards_tests_pass() {
    let tests = tests();
    let mut failures = Vec::new();
    let mut wrong_counts = Vec::new();
    for (name, run_before, skipped_before) in SUITES {
        let suite = children(&tests, "suites").iter().find(|s| s["name"] == *name);
        let suite = suite.unwrap_or_else(|| panic!("no suite {name}"));
        let (mut run, mut skipped) = (0, 0);
        for section in children(suite, "suites") {
            for test in children(section, "tests") {
                let test = &test["original"];
                if builds_message(test) {
                    skipped += 1;
                    continue;
                }
                run += 1;
                if let Err(why) = check(test) {
                    failures.push(format!("{name}: {}\n    {} — {why}", test["name"], test["expr"]));
                }
            }
        }
        eprintln!("{name:14} {run:4} run {skipped:4} skipped (they build protobuf messages)");
        if run < *run_before || skipped > *skipped_before {
            wrong_counts.push(format!("{name}: {run} run, {skipped} skipped"));
        }
    }
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
    assert!(wrong_counts.is_empty(), "fewer tests run than before: {wrong_counts:?}");
}

fn children<'j>(node: &'j Json, name: &str) -> &'j [Json] {
    node[name].as_array().map_or(&[], Vec::as_slice)
}

/// Why a test may be skipped: it writes a protobuf message, such as `TestAllTypes{}`, and this engine has none. There is no other reason.
fn builds_message(test: &Json) -> bool {
    let source = test["expr"].as_str().unwrap_or_default();
    let message = regex::Regex::new(r"\b[A-Z][A-Za-z0-9]*\s*(//[^\n]*\n\s*)*\{").expect("a pattern");
    message.is_match(source)
}

fn check(test: &Json) -> Result<(), String> {
    let source = test["expr"].as_str().ok_or("no expression")?;
    let mut env = Env::standard();
    if test["disableCheck"] == true {
        env = env.unchecked();
    }
    for decl in children(test, "typeEnv") {
        env = env.with_var(decl["name"].as_str().unwrap_or_default(), type_of(&decl["ident"]["type"]));
    }
    let bindings = test["bindings"].as_object().cloned().unwrap_or_default();
    for name in bindings.keys() {
        env = env.with_var(name, Type::Dyn);
    }
    let wants_error = test["evalError"].is_object();
    let program = match env.compile(source) {
        Ok(program) => program,
        Err(_) if wants_error => return Ok(()),
        Err(found) => return Err(format!("refused: {}", found[0])),
    };
    let mut slots = vec![Slot::Missing; env.layout().len()];
    for (name, binding) in &bindings {
        let slot = env.layout().slot(name).ok_or("no slot")?;
        slots[slot as usize] = Slot::Value(value_of(&binding["value"])?);
    }
    compare(test, run(&program, &slots), wants_error)
}

fn run(program: &Program, slots: &[Slot<'_>]) -> Result<Value, Fault> {
    program.eval(&Context { slots, facts: &NoFacts })
}

fn compare(test: &Json, got: Result<Value, Fault>, wants_error: bool) -> Result<(), String> {
    match (got, wants_error) {
        (Err(_), true) => Ok(()),
        (Ok(value), true) => Err(format!("gave {value:?} instead of an error")),
        (Err(fault), false) => Err(format!("failed: {fault}")),
        (Ok(value), false) => {
            // A test without a value expects true.
            let wanted = if test["value"].is_object() { value_of(&test["value"])? } else { Value::Bool(true) };
            let same = value == wanted || is_nan(&value) && is_nan(&wanted);
            if same { Ok(()) } else { Err(format!("gave {value:?} instead of {wanted:?}")) }
        }
    }
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Double(d) if d.is_nan())
}

fn type_of(ty: &Json) -> Type {
    match (ty["primitive"].as_str(), ty["messageType"].as_str(), ty["wellKnown"].as_str()) {
        (Some("BOOL"), ..) => Type::Bool,
        (Some("INT64"), ..) => Type::Int,
        (Some("UINT64"), ..) => Type::UInt,
        (Some("DOUBLE"), ..) => Type::Double,
        (Some("STRING"), ..) => Type::String,
        (Some("BYTES"), ..) => Type::Bytes,
        (_, Some("google.protobuf.Duration"), _) | (.., Some("DURATION")) => Type::Duration,
        (_, Some("google.protobuf.Timestamp"), _) | (.., Some("TIMESTAMP")) => Type::Timestamp,
        _ if ty["listType"].is_object() => Type::list(type_of(&ty["listType"]["elemType"])),
        _ if ty["mapType"].is_object() => {
            Type::map(type_of(&ty["mapType"]["keyType"]), type_of(&ty["mapType"]["valueType"]))
        }
        _ if ty.get("null").is_some() => Type::Null,
        _ => Type::Dyn,
    }
}

/// A value of the test files' notation.
fn value_of(json: &Json) -> Result<Value, String> {
    let (kind, inner) = json.as_object().and_then(|o| o.iter().next()).ok_or("no value")?;
    let number = || inner.as_str().map(str::to_owned).unwrap_or_else(|| inner.to_string());
    Ok(match kind.as_str() {
        "nullValue" => Value::Null,
        "boolValue" => Value::Bool(inner.as_bool().ok_or("bool")?),
        "int64Value" => Value::Int(number().parse().map_err(|_| "int")?),
        "uint64Value" => Value::UInt(number().parse().map_err(|_| "uint")?),
        "doubleValue" => Value::Double(number().parse().map_err(|_| "double")?),
        "stringValue" => Value::string(inner.as_str().ok_or("string")?),
        "typeValue" => Value::Type(inner.as_str().ok_or("type")?.into()),
        "bytesValue" => {
            let text = inner.as_str().ok_or("bytes")?;
            Value::Bytes(base64::prelude::BASE64_STANDARD.decode(text).map_err(|e| e.to_string())?.into())
        }
        "listValue" => Value::list(children(inner, "values").iter().map(value_of).collect::<Result<Vec<_>, _>>()?),
        "mapValue" => Value::Map(std::sync::Arc::new(
            children(inner, "entries")
                .iter()
                .map(|e| Ok((key_of(&value_of(&e["key"])?)?, value_of(&e["value"])?)))
                .collect::<Result<_, String>>()?,
        )),
        "objectValue" if inner["@type"] == "type.googleapis.com/google.protobuf.Duration" => {
            let text = inner["value"].as_str().ok_or("duration")?;
            let program = Env::standard().compile(&format!("duration('{text}')")).map_err(|e| e[0].to_string())?;
            run(&program, &[]).map_err(|f| f.to_string())?
        }
        other => return Err(format!("unknown kind of value {other}")),
    })
}

fn key_of(value: &Value) -> Result<Key, String> {
    match value {
        Value::Int(i) => Ok(Key::Number(i128::from(*i), Signed(true))),
        other => Key::from_value(other).ok_or_else(|| "key".to_owned()),
    }
}
