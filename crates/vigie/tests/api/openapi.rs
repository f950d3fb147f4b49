//! The description of the API: complete, equal to the route table, and linted.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::Value;
use vigie::api::openapi::document;
use vigie::api::routes::{Need, ROUTES};

/// Every operation as (method, path in the router's own spelling, operation).
fn operations(doc: &Value) -> Vec<(Method, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in doc["paths"].as_object().unwrap() {
        for (name, operation) in item.as_object().unwrap() {
            let method: Method = name.to_uppercase().parse().unwrap();
            let entry = ROUTES.iter().find(|(m, p, _)| *m == method && p.replace("{*", "{") == *path);
            let spelled = entry.map_or(path.as_str(), |(_, p, _)| p);
            all.push((method, spelled.to_owned(), operation.clone()));
        }
    }
    all
}

#[test]
fn the_table_and_the_router_are_the_same_set() {
    let described: BTreeSet<String> = operations(&document()).into_iter().map(|(m, p, _)| format!("{m} {p}")).collect();
    let entered: BTreeSet<String> = ROUTES.iter().map(|(m, p, _)| format!("{m} {p}")).collect();
    assert_eq!(entered.len(), ROUTES.len(), "an entry stands twice");
    let open: Vec<_> = described.difference(&entered).collect();
    assert!(open.is_empty(), "routes without an entry in the table: {open:?}");
    let ghosts: Vec<_> = entered.difference(&described).collect();
    assert!(ghosts.is_empty(), "entries without a route: {ghosts:?}");
}

#[test]
fn every_operation_is_described() {
    let doc = document();
    assert_eq!(doc["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&doc) {
        let at = format!("{method} {path}");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(summary.len() > 8 && summary.ends_with('.'), "{at}: summary `{summary}`");
        assert!(operation["tags"].as_array().is_some_and(|t| t.len() == 1), "{at}: one tag");
        assert!(ids.insert(operation["operationId"].to_string()), "{at}: operationId stands twice");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|k| k.starts_with('2')), "{at}: no success");
        for (status, response) in responses {
            assert!(response["description"].is_string(), "{at} {status}: no description");
            if status == "default" || status.starts_with('4') || status.starts_with('5') {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{at} {status}: refusals are problems");
            }
        }
        let mut named: BTreeSet<String> = BTreeSet::new();
        for parameter in operation["parameters"].as_array().unwrap_or(&Vec::new()) {
            named.insert(parameter["name"].as_str().unwrap().to_owned());
        }
        for part in path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')) {
            let name = part.trim_start_matches('*');
            assert!(named.contains(name), "{at}: path parameter `{name}` is not described");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, refs: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    match value.as_str().filter(|_| key == "$ref") {
                        Some(target) => drop(refs.insert(target.to_owned())),
                        None => walk(value, refs),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|v| walk(v, refs)),
            _ => {}
        }
    }
    let doc = document();
    let mut refs = BTreeSet::new();
    walk(&doc, &mut refs);
    assert!(!refs.is_empty());
    for target in refs {
        assert!(doc.pointer(target.trim_start_matches('#')).is_some(), "{target} leads nowhere");
    }
}

#[test]
fn security_follows_the_table() {
    for (method, path, operation) in operations(&document()) {
        let (.., need) = ROUTES.iter().find(|(m, p, _)| *m == method && *p == path).unwrap();
        let ways = operation["security"].as_array().unwrap();
        match need {
            Need::Open => assert!(ways.is_empty(), "{method} {path}"),
            _ => assert!(!ways.is_empty(), "{method} {path}"),
        }
    }
}
