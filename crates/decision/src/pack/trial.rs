//! Unit tests of rules: each runs one rule alone on a given event and given readings.

use domain::{Event, Object, Time, Verdict};
use serde::Serialize;
use serde_json::Value as Json;

use super::link::{Known, squeeze};
use super::rule::{Case, Expect, OnMissing, Rule};
use super::{Linked, Pack};
use crate::cel::{Context, Facts, Read, Slot, Source, Tri, Type, Value};
use crate::decide::{Prepared, prepare};
use crate::diagnostic::{Diagnostic, Severity};

/// How one unit test ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The rule.
    pub rule: String,
    /// The test.
    pub name: String,
    /// Whether it gave what was expected.
    pub passed: bool,
    /// `hit` or the expected verdict.
    pub expect: &'static str,
    /// What it gave: a verdict, or why it could not run.
    pub got: String,
    #[serde(skip)]
    line: (String, u32, u32),
}

/// Runs every unit test of the pack, in rule order.
#[must_use]
pub fn trials(pack: &Pack) -> Vec<Trial> {
    pack.rules.iter().flat_map(|rule| rule.tests.iter().map(|case| run(pack, rule, case))).collect()
}

/// A failed test refuses the pack, unless the rule is a draft.
pub(super) fn check(pack: &Pack, found: &mut Vec<Diagnostic>) {
    for trial in trials(pack).into_iter().filter(|t| !t.passed) {
        let draft = pack.rule(&trial.rule).is_some_and(|r| r.mode == domain::Mode::Draft);
        let (file, line, column) = trial.line;
        found.push(Diagnostic {
            file,
            line,
            column,
            length: 0,
            severity: if draft { Severity::Warning } else { Severity::Error },
            message: format!(
                "test `{}` of rule `{}` expects {} but gives {}",
                trial.name, trial.rule, trial.expect, trial.got
            ),
            suggestion: None,
        });
    }
}

fn run(pack: &Pack, rule: &Rule, case: &Case) -> Trial {
    let outcome = verdict(pack, rule, &case.given);
    let (passed, got) = match &outcome {
        Ok(Some(verdict)) if case.expect == Expect::Hit => (true, verdict.name().to_owned()),
        Ok(outcome) => {
            let verdict = outcome.unwrap_or(Verdict::Allow);
            (
                case.expect == Expect::Verdict(verdict) && (outcome.is_none() || verdict != Verdict::Allow),
                verdict.name().to_owned(),
            )
        }
        Err(fault) => (false, fault.clone()),
    };
    let line = (rule.file.clone(), case.place.line, case.place.column);
    Trial { rule: rule.name.clone(), name: case.name.clone(), passed, expect: case.expect.name(), got, line }
}

/// The rule's verdict; `None` when it does not hit.
fn verdict(pack: &Pack, rule: &Rule, given: &Json) -> Result<Option<Verdict>, String> {
    let prepared = prepare(pack, event(pack, rule, given)?).map_err(|fault| fault.to_string())?;
    let linked = pack.linked.get(&prepared.event.kind).ok_or("the event's type is unknown")?;
    let program = linked
        .env
        .compile_bool(&rule.when.text)
        .map_err(|faults| faults.first().map(ToString::to_string).unwrap_or_default())?;
    let none = Object::new();
    let reads = given.get("reads").and_then(Json::as_object).unwrap_or(&none);
    if let Some(stray) = reads.keys().find(|key| !program.reads().iter().any(|read| same(&read.name, key))) {
        let near = crate::cel::closest(stray, program.reads().iter().map(|r| r.name.as_str()));
        return Err(format!(
            "`{stray}` is not read by the rule{}",
            near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default()
        ));
    }
    let facts = Given { pack, linked, prepared: &prepared, reads: program.reads(), values: reads };
    let slots = slots(linked, &prepared, program.reads(), reads)?;
    Ok(match program.eval_bool(&Context { slots: &slots, facts: &facts }) {
        Tri::True => Some(rule.verdict),
        Tri::Missing | Tri::Error if rule.on_missing == OnMissing::Review => Some(Verdict::Review),
        _ => None,
    })
}

fn event(pack: &Pack, rule: &Rule, given: &Json) -> Result<Event, String> {
    let body = given.get("event").and_then(Json::as_object).ok_or("a test gives `event: {data: {…}}`")?;
    let text = |key: &str| body.get(key).and_then(Json::as_str);
    let time = text("time").map_or(Ok(Time(1_767_225_600_000_000)), Time::parse)?;
    let market = text("market").or_else(|| pack.manifest.markets.keys().next().map(String::as_str)).unwrap_or_default();
    Ok(Event {
        id: "test".to_owned(),
        source: "test".to_owned(),
        kind: text("type").or(rule.events.first().map(String::as_str)).unwrap_or_default().to_owned(),
        market: market.to_owned(),
        subject: None,
        time,
        received_at: time,
        actor: None,
        data: body.get("data").and_then(Json::as_object).cloned().unwrap_or_default(),
    })
}

/// The event's slots; a signal that the test gives stands in for the one that was read.
fn slots<'a>(
    linked: &Linked,
    prepared: &'a Prepared,
    reads: &[Read],
    values: &'a Object,
) -> Result<Vec<Slot<'a>>, String> {
    let mut slots = linked.slots(prepared);
    for read in reads {
        let Source::Slot(n) = read.source else { continue };
        if let Some((_, value)) = values.iter().find(|(key, _)| same(&read.name, key)) {
            let value = typed(value, &read.ty).ok_or_else(|| format!("`{}` must be {}", read.name, read.ty))?;
            slots[n as usize] = Slot::Value(value);
        }
    }
    Ok(slots)
}

fn same(a: &str, b: &str) -> bool {
    squeeze(a) == squeeze(b)
}

/// Readings as the test gives them. Unless given, price caps are the pack's, labels are off, and the rest is missing.
struct Given<'a> {
    pack: &'a Pack,
    linked: &'a Linked,
    prepared: &'a Prepared,
    reads: &'a [Read],
    values: &'a Object,
}

impl Facts for Given<'_> {
    fn read(&self, id: u32) -> Option<Value> {
        let read = self.reads.iter().find(|read| read.source == Source::Reading(id))?;
        match self.values.iter().find(|(key, _)| same(&read.name, key)) {
            Some((_, value)) => typed(value, &read.ty),
            None => match self.linked.known.get(id as usize)? {
                Known::Label { .. } => Some(Value::Bool(false)),
                Known::Cap { field } => crate::decide::price_cap(self.pack, &self.prepared.event, *field),
                // Unless given, the message is the first of its conversation.
                Known::Chat(what) => {
                    let schema = self.pack.schemas.get(&self.prepared.event.kind)?;
                    let (speaker, field, _) = crate::chat::turn_of(schema, self.prepared)?;
                    Some(what.of(&crate::chat::Chat::default().step(speaker, field, &self.prepared.signals)))
                }
                _ => None,
            },
        }
    }
}

fn typed(value: &Json, ty: &Type) -> Option<Value> {
    Some(match ty {
        Type::Bool => Value::Bool(value.as_bool()?),
        Type::Int => Value::Int(value.as_i64()?),
        Type::Double => Value::Double(value.as_f64()?),
        Type::String => Value::String(value.as_str()?.into()),
        Type::Duration => Value::Duration(jiff::SignedDuration::from_micros(domain::parse_span(value.as_str()?).ok()?)),
        _ => Value::from_json(value),
    })
}
