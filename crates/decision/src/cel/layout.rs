//! Where variables stand at run time: every declared path is one numbered slot, filled from a decoded event.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value as Json;

use super::instant::Timestamp;
use super::time;
use super::types::Type;
use super::value::Value;

/// The slots of an environment: one for each declared field, and one for each object as a whole.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    slots: Vec<SlotInfo>,
    roots: Vec<Member>,
}

/// A slot's name and type.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotInfo {
    /// The dotted path, such as `listing.price`.
    pub path: String,
    /// The declared type.
    pub ty: Type,
}

#[derive(Clone, Debug)]
struct Member {
    name: String,
    slot: u32,
    wanted: bool,
    ty: Type,
    members: Vec<Member>,
}

impl Layout {
    /// Adds a variable after those there already; their slots stay as they are.
    pub(crate) fn add(&mut self, name: &str, ty: &Type) {
        let member = self.member(name, name, ty);
        self.roots.push(member);
    }

    fn member(&mut self, name: &str, path: &str, ty: &Type) -> Member {
        let slot = self.slots.len() as u32;
        self.slots.push(SlotInfo { path: path.to_owned(), ty: ty.clone() });
        let members = match ty {
            Type::Object(object) => {
                object.fields.iter().map(|(field, ty)| self.member(field, &format!("{path}.{field}"), ty)).collect()
            }
            _ => Vec::new(),
        };
        Member { name: name.to_owned(), slot, wanted: true, ty: ty.clone(), members }
    }

    /// The slot of a dotted path.
    pub fn slot(&self, path: &str) -> Option<u32> {
        self.slots.iter().position(|s| s.path == path).map(|i| i as u32)
    }

    /// All slots, by index.
    pub fn slots(&self) -> &[SlotInfo] {
        &self.slots
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// A loader of every slot.
    pub fn loader(&self) -> Loader {
        Loader { roots: self.roots.clone().into(), len: self.slots.len() }
    }

    /// A loader of the slots named; the others stay missing. This is the quick one: it looks only at what the rules read.
    pub fn loader_of(&self, slots: impl IntoIterator<Item = u32>) -> Loader {
        let mut wanted = vec![false; self.slots.len()];
        for slot in slots {
            if let Some(w) = wanted.get_mut(slot as usize) {
                *w = true;
            }
        }
        let mut roots = self.roots.clone();
        roots.retain_mut(|m| prune(m, &wanted));
        Loader { roots: roots.into(), len: self.slots.len() }
    }
}

fn prune(member: &mut Member, wanted: &[bool]) -> bool {
    member.wanted = wanted[member.slot as usize];
    member.members.retain_mut(|m| prune(m, wanted));
    member.wanted || !member.members.is_empty()
}

/// Fills slots from a decoded JSON object.
#[derive(Clone, Debug)]
pub struct Loader {
    roots: Arc<[Member]>,
    len: usize,
}

/// The value of one variable for one event; text is borrowed from the event.
#[derive(Clone, Debug, Default)]
pub enum Slot<'a> {
    /// Absent, or null.
    #[default]
    Missing,
    /// A truth value.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    UInt(u64),
    /// A floating-point number.
    Double(f64),
    /// Text of the event.
    Str(&'a str),
    /// A list, map, object or untyped value of the event.
    Json(&'a Json),
    /// An instant.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(SignedDuration),
    /// A value made by the caller.
    Value(Value),
    /// Something else than the declared type; reading it is an error.
    Wrong,
}

impl Loader {
    /// Fills `out` from the members of `data`: one slot for each of the layout, missing where the event has none. Members not declared are passed over.
    ///
    /// An int takes a whole number, a double any number, a timestamp RFC 3339 text, a duration text such as `90s`; anything else is [`Slot::Wrong`].
    pub fn load<'a>(&self, data: &'a Json, out: &mut Vec<Slot<'a>>) {
        out.clear();
        out.resize_with(self.len, || Slot::Missing);
        if let Json::Object(object) = data {
            for member in self.roots.iter() {
                if let Some(value) = object.get(member.name.as_str()) {
                    member.load(value, out);
                }
            }
        }
    }

    /// As [`Loader::load`], with the variables found by `find` instead of in one object.
    pub fn load_with<'a>(&self, mut find: impl FnMut(&str) -> Option<&'a Json>, out: &mut Vec<Slot<'a>>) {
        out.clear();
        out.resize_with(self.len, || Slot::Missing);
        for member in self.roots.iter() {
            if let Some(value) = find(&member.name) {
                member.load(value, out);
            }
        }
    }
}

/// Empties a vector of slots and lends its memory to another event.
pub fn recycle<'b>(mut slots: Vec<Slot<'_>>) -> Vec<Slot<'b>> {
    slots.clear();
    slots.into_iter().map(|_| Slot::Missing).collect()
}

impl Member {
    fn load<'a>(&self, value: &'a Json, out: &mut [Slot<'a>]) {
        if self.wanted {
            out[self.slot as usize] = slot_of(&self.ty, value);
        }
        if let (false, Json::Object(object)) = (self.members.is_empty(), value) {
            for member in &self.members {
                if let Some(value) = object.get(member.name.as_str()) {
                    member.load(value, out);
                }
            }
        }
    }
}

/// A JSON value as a slot of the declared type.
fn slot_of<'a>(ty: &Type, value: &'a Json) -> Slot<'a> {
    match (ty, value) {
        (Type::Dyn, _) => Slot::Json(value),
        (_, Json::Null) => Slot::Missing,
        (Type::Bool, Json::Bool(b)) => Slot::Bool(*b),
        (Type::String, Json::String(s)) => Slot::Str(s),
        (Type::Double, Json::Number(n)) => n.as_f64().map_or(Slot::Wrong, Slot::Double),
        (Type::Int, Json::Number(n)) => whole(n),
        (Type::UInt, Json::Number(n)) => match (n.as_u64(), whole(n)) {
            (Some(u), _) => Slot::UInt(u),
            (None, Slot::Int(i)) => u64::try_from(i).map_or(Slot::Wrong, Slot::UInt),
            _ => Slot::Wrong,
        },
        (Type::List(_), Json::Array(_)) | (Type::Map(..) | Type::Object(_), Json::Object(_)) => Slot::Json(value),
        (Type::Timestamp, Json::String(s)) => Timestamp::parse(s).map_or(Slot::Wrong, Slot::Timestamp),
        (Type::Duration, Json::String(s)) => time::parse_duration(s).map_or(Slot::Wrong, Slot::Duration),
        _ => Slot::Wrong,
    }
}

fn whole(n: &serde_json::Number) -> Slot<'static> {
    if let Some(i) = n.as_i64() {
        return Slot::Int(i);
    }
    match n.as_f64() {
        Some(d) if d.fract() == 0.0 && d.abs() < 9.0e18 => Slot::Int(d as i64),
        _ => Slot::Wrong,
    }
}

impl Slot<'_> {
    /// The slot as a value; `None` where it is missing or wrong.
    pub fn to_value(&self) -> Option<Value> {
        Some(match self {
            Slot::Missing | Slot::Wrong => return None,
            Slot::Bool(b) => Value::Bool(*b),
            Slot::Int(i) => Value::Int(*i),
            Slot::UInt(u) => Value::UInt(*u),
            Slot::Double(d) => Value::Double(*d),
            Slot::Str(s) => Value::String((*s).into()),
            Slot::Json(j) => Value::from_json(j),
            Slot::Timestamp(t) => Value::Timestamp(*t),
            Slot::Duration(d) => Value::Duration(*d),
            Slot::Value(v) => v.clone(),
        })
    }

    /// The slot as JSON, for a decision record; null where it is missing.
    pub fn to_json(&self) -> Json {
        match self {
            Slot::Json(j) => (*j).clone(),
            other => other.to_value().map_or(Json::Null, |v| v.to_json()),
        }
    }
}
