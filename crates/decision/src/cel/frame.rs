//! What a compiled expression runs on: slots, facts, locals, and a count of steps.

use super::env::Facts;
use super::fault::{EvalError, Fault, Source};
use super::layout::Slot;
use super::patterns::Seen;
use super::types::Type;
use super::value::Value;

/// A compiled expression of a known result.
pub(crate) type Run<T> = Box<dyn for<'f, 'a> Fn(&'f mut Frame<'a>) -> Result<T, Fault> + Send + Sync>;

/// The state of one evaluation.
pub(crate) struct Frame<'a> {
    pub slots: &'a [Slot<'a>],
    pub facts: &'a dyn Facts,
    /// Steps each outermost loop may take.
    pub limit: u32,
    pub scratch: &'a mut Scratch,
}

/// Memory that evaluations share, one after another.
#[derive(Default)]
pub(crate) struct Scratch {
    /// The macros' variables.
    pub locals: Vec<Value>,
    /// Steps the running outermost loop has taken; zero outside loops.
    pub steps: u32,
    /// How many loops are running inside one another.
    pub loops: u32,
    /// Results shared by the expressions of a set.
    pub memo: Vec<Option<Result<bool, Fault>>>,
    /// Readings already asked for, by the set's own index.
    pub readings: Vec<Option<Result<Value, Fault>>>,
    /// What the groups of patterns have seen.
    pub seen: Vec<Seen>,
    /// Lists, maps and objects of the event already made into values, by slot.
    pub made: Vec<(u32, Value)>,
}

impl Scratch {
    /// Forgets the last event.
    pub fn reset(&mut self, memo: usize, readings: usize, locals: u32, groups: usize) {
        self.memo.clear();
        self.memo.resize(memo, None);
        self.readings.clear();
        self.readings.resize_with(readings, || None);
        self.locals.clear();
        self.locals.resize(locals as usize, Value::Null);
        self.seen.resize_with(groups, Seen::default);
        self.seen.iter_mut().for_each(Seen::reset);
        self.made.clear();
        self.steps = 0;
        self.loops = 0;
    }
}

impl Frame<'_> {
    /// The fault of reading a slot that is not what the expression needs.
    #[cold]
    pub fn slot_fault(&self, n: u32) -> Fault {
        match self.slots.get(n as usize) {
            Some(Slot::Missing) | None => Fault::Missing(Source::Slot(n)),
            _ => EvalError::WrongType(n).into(),
        }
    }

    /// A slot as a value of its declared type.
    pub fn slot_value(&mut self, n: u32, ty: &Type) -> Result<Value, Fault> {
        match self.slots.get(n as usize) {
            Some(Slot::Json(json)) => {
                if let Some((_, value)) = self.scratch.made.iter().find(|(slot, _)| *slot == n) {
                    return Ok(value.clone());
                }
                let value = typed_json(ty, json);
                self.scratch.made.push((n, value.clone()));
                Ok(value)
            }
            Some(slot) => slot.to_value().ok_or_else(|| self.slot_fault(n)),
            None => Err(self.slot_fault(n)),
        }
    }

    /// A reading's value, asked of the host once.
    pub fn reading(&mut self, index: u32, id: u32) -> Result<Value, Fault> {
        if let Some(Some(known)) = self.scratch.readings.get(index as usize) {
            return known.clone();
        }
        let value = self.facts.read(id).ok_or(Fault::Missing(Source::Reading(id)));
        if let Some(place) = self.scratch.readings.get_mut(index as usize) {
            *place = Some(value.clone());
        }
        value
    }

    /// Counts the bytes an operation inside a loop works on: a step for every 64.
    pub fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        if self.scratch.loops == 0 {
            return Ok(());
        }
        self.scratch.steps = self.scratch.steps.saturating_add(u32::try_from(bytes / 64).unwrap_or(u32::MAX));
        if self.scratch.steps > self.limit { Err(EvalError::Steps(self.limit).into()) } else { Ok(()) }
    }

    /// Counts one step of a loop.
    pub fn step(&mut self) -> Result<(), Fault> {
        self.scratch.steps += 1;
        if self.scratch.steps > self.limit {
            return Err(EvalError::Steps(self.limit).into());
        }
        Ok(())
    }
}

/// About how many bytes a value spans, not counting what nests deeper.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::String(s) => s.len(),
        Value::Bytes(b) => b.len(),
        Value::List(l) => l.len() * 24,
        Value::Map(m) => m.len() * 48,
        _ => 0,
    }
}

/// JSON as the declared type: a list of doubles takes whole numbers, a field of an object its own type.
fn typed_json(ty: &Type, json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match (ty, json) {
        (Type::Double, Json::Number(n)) => n.as_f64().map_or(Value::Null, Value::Double),
        (Type::List(t), Json::Array(items)) => Value::List(items.iter().map(|i| typed_json(t, i)).collect()),
        (Type::Timestamp, Json::String(s)) => {
            super::instant::Timestamp::parse(s).map_or_else(|| Value::string(s.as_str()), Value::Timestamp)
        }
        (Type::Duration, Json::String(s)) => {
            super::time::parse_duration(s).map_or_else(|| Value::string(s.as_str()), Value::Duration)
        }
        (Type::Map(_, t), Json::Object(members)) => object(members, |_| Some((**t).clone())),
        (Type::Object(o), Json::Object(members)) => object(members, |k| o.fields.get(k).cloned()),
        (_, other) => Value::from_json(other),
    }
}

fn object(members: &serde_json::Map<String, serde_json::Value>, ty: impl Fn(&str) -> Option<Type>) -> Value {
    let entries = members.iter().filter_map(|(k, v)| match ty(k) {
        Some(_) if v.is_null() => None,
        Some(t) => Some((super::value::Key::String(k.as_str().into()), typed_json(&t, v))),
        None => Some((super::value::Key::String(k.as_str().into()), Value::from_json(v))),
    });
    Value::Map(std::sync::Arc::new(entries.collect()))
}
