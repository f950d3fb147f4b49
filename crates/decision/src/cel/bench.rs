//! The rules benchmark's steps. Timing is the caller's: nothing here reads a clock.

use cel::{Context as TheirContext, Program as TheirProgram, Value as TheirValue};
use serde_json::Value as Json;

use super::env::{Env, NoFacts};
use super::layout::{Loader, Slot, recycle};
use super::program::Context;
use super::ruleset::{Outcome, RuleSet};
use super::types::Type;

/// Rules and events, compiled and decoded.
pub struct RulesBench {
    texts: Vec<String>,
    events: Vec<Json>,
    all: Side,
    plain: Side,
    theirs: Vec<TheirProgram>,
}

/// A set with what it needs to run.
struct Side {
    set: RuleSet,
    loader: Loader,
    outcome: Outcome,
}

impl Side {
    fn new(env: &Env, sources: &[&str]) -> Result<Side, String> {
        let compile = |source: &&str| env.compile_bool(source).map_err(|found| format!("{source}: {}", found[0]));
        let set = RuleSet::new(sources.iter().map(compile).collect::<Result<_, _>>()?);
        let loader = set.loader(env.layout());
        Ok(Side { set, loader, outcome: Outcome::default() })
    }

    fn hits(&mut self, events: &[Json]) -> usize {
        let mut hits = 0;
        let mut memory: Vec<Slot<'static>> = Vec::new();
        for event in events {
            let mut slots = recycle(memory);
            self.loader.load(event, &mut slots);
            self.set.eval(&Context { slots: &slots, facts: &NoFacts }, &mut self.outcome);
            hits += self.outcome.hits.len();
            memory = recycle(slots);
        }
        hits
    }
}

impl RulesBench {
    /// Reads one rule a line (`name: expression`, or the expression alone) and one event a line. A rule's variables are the
    /// members of the event's `data` (of the event itself where it has none), with the types the events show.
    pub fn new(rules: &str, events: &str) -> Result<RulesBench, String> {
        let sources: Vec<&str> = rules.lines().filter_map(expression).collect();
        let texts: Vec<String> = events.lines().filter(|l| !l.trim().is_empty()).map(str::to_owned).collect();
        let events: Vec<Json> = texts.iter().map(|t| data(t)).collect::<Result<_, _>>()?;
        let env = infer(&events);
        let plain: Vec<&str> = sources.iter().copied().filter(|s| !s.contains("matches(")).collect();
        let theirs = sources
            .iter()
            .map(|s| TheirProgram::compile(s).map_err(|e| format!("{s}: {e}")))
            .collect::<Result<_, _>>()?;
        Ok(RulesBench { all: Side::new(&env, &sources)?, plain: Side::new(&env, &plain)?, texts, events, theirs })
    }

    /// How many events one pass goes over.
    pub fn events(&self) -> usize {
        self.events.len()
    }

    /// How many rules there are, and how many without a regex.
    pub fn rules(&self) -> (usize, usize) {
        (self.all.set.programs().len(), self.plain.set.programs().len())
    }

    /// One pass over all events, from the decoded event to its list of hits; gives the number of hits.
    pub fn pass(&mut self) -> usize {
        self.all.hits(&self.events)
    }

    /// As [`RulesBench::pass`], without the rules that use a regex.
    pub fn pass_without_regex(&mut self) -> usize {
        self.plain.hits(&self.events)
    }

    /// The first `limit` events through the interpreter of the `cel` crate, from the decoded event to the number of hits.
    pub fn pass_interpreter(&self, limit: usize) -> usize {
        let mut hits = 0;
        for event in self.events.iter().take(limit) {
            let mut context = TheirContext::default();
            for (name, value) in event.as_object().into_iter().flatten() {
                if let Ok(value) = cel::to_value(value) {
                    context.add_variable_from_value(name.as_str(), value);
                }
            }
            let held = |p: &&TheirProgram| matches!(p.execute(&context), Ok(TheirValue::Bool(true)));
            hits += self.theirs.iter().filter(held).count();
        }
        hits
    }

    /// Decodes every event's text as JSON; gives the number decoded.
    pub fn pass_decode(&self) -> usize {
        self.texts.iter().filter(|t| serde_json::from_str::<Json>(t).is_ok()).count()
    }
}

/// The expression of a rules line.
fn expression(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let named = line
        .split_once(": ")
        .filter(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    Some(named.map_or(line, |(_, rest)| rest.trim()))
}

fn data(text: &str) -> Result<Json, String> {
    let mut event: Json = serde_json::from_str(text).map_err(|e| e.to_string())?;
    Ok(match event.get_mut("data") {
        Some(data) => data.take(),
        None => event,
    })
}

/// An environment whose variables are the events' members, with the types they show.
fn infer(events: &[Json]) -> Env {
    let mut shape: Option<Type> = None;
    for event in events {
        let ty = shape_of("event", event);
        shape = Some(shape.map_or(ty.clone(), |s| widen(&s, &ty)));
    }
    let mut env = Env::standard();
    if let Some(Type::Object(object)) = shape {
        for (name, ty) in &object.fields {
            env = env.with_var(name, ty.clone());
        }
    }
    env
}

fn shape_of(name: &str, json: &Json) -> Type {
    match json {
        Json::Null => Type::Null,
        Json::Bool(_) => Type::Bool,
        Json::Number(n) if n.is_f64() => Type::Double,
        Json::Number(_) => Type::Int,
        Json::String(_) => Type::String,
        Json::Array(items) => {
            let mut types = items.iter().map(|i| shape_of(name, i));
            let first = types.next().unwrap_or(Type::Dyn);
            Type::list(types.fold(first, |a, b| widen(&a, &b)))
        }
        Json::Object(members) => Type::object(name, members.iter().map(|(k, v)| (k.clone(), shape_of(k, v)))),
    }
}

/// The type that holds what both show: null gives way, an int beside a double is a double, objects have the fields of both.
fn widen(a: &Type, b: &Type) -> Type {
    match (a, b) {
        (Type::Null, t) | (t, Type::Null) => t.clone(),
        (Type::Int, Type::Double) | (Type::Double, Type::Int) => Type::Double,
        (Type::Object(x), Type::Object(y)) => {
            let mut fields = x.fields.clone();
            for (name, ty) in &y.fields {
                let wide = fields.get(name).map_or(ty.clone(), |t| widen(t, ty));
                fields.insert(name.clone(), wide);
            }
            Type::object(x.name.clone(), fields)
        }
        (Type::List(x), Type::List(y)) => Type::list(widen(x, y)),
        _ => a.join(b),
    }
}
