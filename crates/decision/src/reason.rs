//! Reasons in words: what a rule read, put into the sentence its author wrote, in the reader's language.

use domain::{Hit, Reason};
use serde_json::Value;

use crate::pack::{Pack, Part};

/// The reasons of a decision in the first of `languages` a rule speaks, else English, else any.
#[must_use]
pub fn reasons(pack: &Pack, hits: &[Hit], languages: &[&str]) -> Vec<Reason> {
    hits.iter()
        .map(|hit| Reason { rule: hit.rule.clone(), text: sentence(pack, hit, languages), spans: hit.spans.clone() })
        .collect()
}

/// One hit's reason; the rule's name where the pack no longer has the rule.
#[must_use]
pub fn sentence(pack: &Pack, hit: &Hit, languages: &[&str]) -> String {
    let Some(rule) = pack.rule(&hit.rule) else { return hit.rule.clone() };
    let near = |language: &&str| match *language {
        "zh-Hant" => Some("zh-Hans"),
        "zh-Hans" => Some("zh-Hant"),
        _ => None,
    };
    let spoken = languages.iter().find_map(|l| rule.why.get(*l).or_else(|| rule.why.get(near(l)?)));
    let Some(template) = spoken.or_else(|| rule.why.get("en")).or_else(|| rule.why.values().next()) else {
        return hit.rule.clone();
    };
    let mut out = String::new();
    for part in &template.0 {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Read(expr) => {
                let wanted = crate::pack::squeeze(&expr.text);
                let value =
                    hit.reads.iter().find(|read| crate::pack::squeeze(&read.name) == wanted).map(|read| &read.value);
                match value {
                    Some(Value::String(text)) => out.push_str(text),
                    Some(Value::Null) | None => out.push('?'),
                    Some(value) => out.push_str(&value.to_string()),
                }
            }
        }
    }
    out
}
