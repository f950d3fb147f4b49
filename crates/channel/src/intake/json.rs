//! Bounded JSON: values built straight from bytes with limits on depth, numbers and texts, and a
//! trail that names the field where reading stopped.

use std::cell::RefCell;
use std::fmt;

use domain::{FieldError, Object};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::LIMIT_DEPTH;

/// Where reading stopped. It costs nothing until something fails: each level adds its own step
/// while the error travels up.
#[derive(Default)]
pub(super) struct Trail {
    /// Innermost step first.
    steps: RefCell<Vec<String>>,
}

impl Trail {
    /// Adds a level's key to an error on its way up.
    pub(super) fn at<T, E>(&self, step: &str, result: Result<T, E>) -> Result<T, E> {
        if result.is_err() {
            self.steps.borrow_mut().push(super::cut(step, 64).escape_debug().to_string());
        }
        result
    }

    /// The error with its dotted path; a fault of the event as a whole is at `event`.
    pub(super) fn fault(self, error: &serde_json::Error) -> FieldError {
        let steps = self.steps.into_inner();
        let path = steps.iter().rev().map(String::as_str).collect::<Vec<_>>().join(".");
        // Our own words stand first in the message; the parser appends a place within the event.
        let text = error.to_string();
        let text = text.split(" at line ").next().unwrap_or_default();
        FieldError::new(
            if path.is_empty() { "event".to_owned() } else { path },
            format!("{text}, at byte {} of the event", error.column()),
        )
    }
}

/// Reads one value, `depth` levels down in its event.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    /// Told where reading stopped.
    pub(super) trail: &'t Trail,
    /// Levels above this value.
    pub(super) depth: usize,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::from).map_err(|_| E::custom(TOO_LARGE))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // A longer integer arrives here as a rounded float; beyond 64 bits nothing is kept exactly.
        if value.abs() < 9_223_372_036_854_775_808.0 { Ok(Value::from(value)) } else { Err(E::custom(TOO_LARGE)) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        no_nul(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut list = Vec::new();
        loop {
            let step = seq.next_element_seed(below);
            match step {
                Ok(Some(value)) => list.push(value),
                Ok(None) => return Ok(Value::Array(list)),
                Err(fault) => return self.trail.at(&list.len().to_string(), Err(fault)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        self.object(map).map(Value::Object)
    }
}

const TOO_LARGE: &str = "is a number that does not fit 64 bits; send it as text";

impl<'t> Node<'t> {
    /// One level further down.
    fn below<E: Error>(self) -> Result<Node<'t>, E> {
        if self.depth >= LIMIT_DEPTH {
            return Err(E::custom(format_args!("nests deeper than {LIMIT_DEPTH} levels")));
        }
        Ok(Node { trail: self.trail, depth: self.depth + 1 })
    }

    /// Reads the members of an object, refusing a name that comes twice: two readers of the same
    /// bytes must not see two different facts.
    fn object<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let below = self.below()?;
        let mut object = Object::new();
        while let Some(key) = map.next_key::<String>()? {
            self.trail.at(&key, no_nul(&key))?;
            let value = self.trail.at(&key, map.next_value_seed(below))?;
            if object.contains_key(&key) {
                return self.trail.at(&key, Err(A::Error::custom("comes twice")));
            }
            object.insert(key, value);
        }
        Ok(object)
    }
}

/// NUL cannot be stored by every database and has no place in a text.
pub(super) fn no_nul<E: Error>(text: &str) -> Result<(), E> {
    if text.as_bytes().contains(&0) { Err(E::custom("holds a NUL character")) } else { Ok(()) }
}

/// Reads an object or null (as empty), `depth` levels down.
pub(super) struct ObjectNode<'t>(pub(super) Node<'t>);

impl<'de> DeserializeSeed<'de> for ObjectNode<'_> {
    type Value = Object;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Object, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ObjectNode<'_> {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_unit<E: Error>(self) -> Result<Object, E> {
        Ok(Object::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object, A::Error> {
        self.0.object(map)
    }
}

/// Reads a whole text as one object under the limits, `depth` levels down in its event.
pub(super) fn object(text: &str, depth: usize) -> Result<Object, FieldError> {
    let trail = Trail::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    // Depth is held by `Node`, well before the parser's own limit.
    let read = ObjectNode(Node { trail: &trail, depth }).deserialize(&mut reader);
    match read.and_then(|object| reader.end().map(|()| object)) {
        Ok(object) => Ok(object),
        Err(fault) => Err(trail.fault(&fault)),
    }
}

/// A best effort to learn one member of a bad event, for the answer only: a text, cut to an id's length.
pub(super) fn peek(text: &str, member: &str) -> Option<String> {
    struct Peek<'a>(&'a str, &'a RefCell<Option<String>>);
    impl<'de> Visitor<'de> for Peek<'_> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                let raw: &RawValue = map.next_value()?;
                if key == self.0 && self.1.borrow().is_none() {
                    let text: Option<String> = serde_json::from_str(raw.get()).ok();
                    self.1.replace(text.map(|text| super::cut(&text, domain::LIMIT_ID_BYTES).to_owned()));
                }
            }
            Ok(())
        }
    }
    let found = RefCell::new(None);
    // What was found before a fault further on still counts.
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(Peek(member, &found));
    found.into_inner()
}
