//! `events/*.yaml`: the typed fields of each event type, which field is which entity, which is personal.

use std::collections::BTreeMap;

use domain::{EntityRef, FieldError, Object, Time};
use serde::Serialize;
use serde_json::Value;

use crate::chat::copies;
use crate::yaml::{Node, Reader};

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Short text rules may compare.
    String,
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// True or false.
    Bool,
    /// An RFC 3339 instant.
    Time,
    /// The opaque id of an entity of this kind.
    Entity(String),
    /// A message people write: lexicons read it into signals.
    Text,
    /// A list of short texts.
    Strings,
    /// Anything; rules cannot read it.
    Any,
}

/// One field of an event type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name in `data`.
    pub name: String,
    /// What it holds.
    pub kind: FieldType,
    /// Whether every event must have it.
    pub required: bool,
    /// The entity field whose person this is about, when the field is personal.
    pub personal: Option<String>,
    /// The most bytes a text may have.
    pub max: usize,
    /// The values allowed, when listed.
    pub values: Vec<String>,
    /// The text field whose copies this entity field gathers; the house fills it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies_of: Option<String>,
}

/// The schema of one event type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Schema {
    /// The type, such as `message.sent`.
    pub kind: String,
    /// One sentence for people.
    pub about: String,
    /// The field that is the subject when the sender names none.
    pub subject: Option<String>,
    /// On an attempt: the type of the fact that confirms it.
    pub confirmed_by: Option<String>,
    /// Its fields, in file order.
    pub fields: Vec<Field>,
}

const TYPES: [&str; 9] = ["string", "int", "double", "bool", "time", "entity", "text", "strings", "any"];
/// Types the house writes itself; no door accepts them.
const HOUSE: [&str; 16] = [
    "policy.activated",
    "rule.tripped",
    "label.applied",
    "label.lifted",
    "case.opened",
    "case.claimed",
    "case.closed",
    "case.reopened",
    "effect.undone",
    "decision.undone",
    "decision.made",
    "timer.fired",
    "effect.retried",
    "rule.reset",
    "attempt.overruled",
    "ban.told",
];

/// Whether only the house may write events of this type.
#[must_use]
pub fn is_house(kind: &str) -> bool {
    HOUSE.contains(&kind)
}

pub(super) fn read(node: &Node, reader: &mut Reader<'_>, into: &mut BTreeMap<String, Schema>) {
    for (name, node) in reader.map(node, "an event file") {
        let kind = &name.text;
        let well_formed = kind.contains('.')
            && kind.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_'));
        if !well_formed || is_house(kind) {
            let fault = if well_formed { "is written by the house itself" } else { "must look like `noun.happened`" };
            reader.error(name.place, format!("event type `{kind}` {fault}"));
            continue;
        }
        if into.contains_key(kind) {
            reader.error(name.place, format!("event type `{kind}` is declared twice"));
            continue;
        }
        let schema = schema(kind, node, reader);
        into.insert(kind.clone(), schema);
    }
}

fn schema(kind: &str, node: &Node, reader: &mut Reader<'_>) -> Schema {
    let top = reader.record(node, "an event type", &["about", "subject", "confirmed_by", "fields"]);
    let mut fields = Vec::new();
    if let Some(node) = top.get("fields") {
        for (name, node) in reader.map(node, "fields") {
            if matches!(name.text.as_str(), "event" | "signals")
                || !super::manifest::is_id(&name.text)
                || name.text.contains('-')
            {
                reader.error(name.place, format!("`{}` cannot name a field", name.text));
            } else if let Some(field) = field(&name.text, node, reader) {
                fields.push(field);
            }
        }
        for (name, node) in reader.map(node, "fields") {
            let Some(owner) = fields.iter().find(|f| f.name == name.text).and_then(|f| f.personal.clone()) else {
                continue;
            };
            if !fields.iter().any(|f| f.name == owner && matches!(f.kind, FieldType::Entity(_))) {
                reader.unknown(node.place, "entity field", &owner, fields.iter().map(|f| f.name.as_str()));
            }
        }
    }
    let subject = top.get("subject").and_then(|n| reader.text(n, "subject").map(|t| (n.place, t)));
    if let Some((place, subject)) = &subject
        && !fields.iter().any(|f| &f.name == subject)
    {
        reader.unknown(*place, "field", subject, fields.iter().map(|f| f.name.as_str()));
    }
    Schema {
        kind: kind.to_owned(),
        about: top.get("about").and_then(|n| reader.text(n, "about")).unwrap_or_default(),
        subject: subject.map(|(_, s)| s),
        confirmed_by: top.get("confirmed_by").and_then(|n| reader.text(n, "confirmed_by")),
        fields,
    }
}

fn field(name: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Field> {
    let top = reader.record(
        node,
        "a field",
        &["type", "entity", "required", "personal", "max", "values", "copies_of", "about"],
    );
    let Some(type_node) = top.get("type") else {
        reader.error(top.place, format!("field `{name}` lacks `type`"));
        return None;
    };
    let word = reader.text(type_node, "type")?;
    let kind = match word.as_str() {
        "string" => FieldType::String,
        "int" => FieldType::Int,
        "double" => FieldType::Double,
        "bool" => FieldType::Bool,
        "time" => FieldType::Time,
        "text" => FieldType::Text,
        "strings" => FieldType::Strings,
        "any" => FieldType::Any,
        "entity" => match top.get("entity") {
            Some(node) => FieldType::Entity(reader.text(node, "entity")?),
            None => {
                reader.error(top.place, format!("entity field `{name}` must say which: `entity: user`"));
                return None;
            }
        },
        _ => {
            reader.unknown(type_node.place, "type", &word, TYPES);
            return None;
        }
    };
    let default = if kind == FieldType::Text { 8_000 } else { 512 };
    Some(Field {
        name: name.to_owned(),
        required: top.get("required").is_some_and(|n| reader.flag(n, "required")),
        personal: top.get("personal").and_then(|n| reader.text(n, "personal")),
        max: top.get("max").and_then(|n| reader.number(n, "max", 1.0, 32_768.0)).map_or(default, |n| n as usize),
        copies_of: top.get("copies_of").and_then(|n| reader.text(n, "copies_of")),
        values: top.get("values").map(|n| reader.texts(n, "values")).unwrap_or_default(),
        kind,
    })
}

impl Schema {
    /// Checks an event's data against the fields.
    ///
    /// # Errors
    /// The first field at fault, with a sentence that says what it should be.
    pub fn check(&self, data: &Object) -> Result<(), FieldError> {
        for field in &self.fields {
            match data.get(&field.name) {
                None | Some(Value::Null) if field.required => {
                    return Err(FieldError::new(
                        format!("data.{}", field.name),
                        format!("{} needs this field", self.kind),
                    ));
                }
                None | Some(Value::Null) => {}
                Some(value) => {
                    field.check(value).map_err(|error| FieldError::new(format!("data.{}", field.name), error))?
                }
            }
        }
        Ok(())
    }

    /// The entities an event names, with the field that names each, in the schema's order.
    pub fn entities<'a>(&'a self, data: &'a Object) -> impl Iterator<Item = (&'a str, EntityRef)> + 'a {
        self.fields.iter().filter_map(|field| match (&field.kind, data.get(&field.name)) {
            (FieldType::Entity(kind), Some(Value::String(id))) => {
                Some((field.name.as_str(), EntityRef::new(kind.clone(), id.clone())))
            }
            _ => None,
        })
    }

    /// Fills the fields that the house makes itself: the name that all copies of a text share.
    pub fn make(&self, data: &mut Object) {
        for field in &self.fields {
            let Some(of) = &field.copies_of else { continue };
            let name = data.get(of).and_then(Value::as_str).and_then(|text| copies(&domain::Personal::new(text)));
            match name {
                Some(name) => drop(data.insert(field.name.clone(), name.into())),
                None => drop(data.remove(&field.name)),
            }
        }
    }

    /// Takes the personal fields out of `data` and gives them apart.
    pub fn split_personal(&self, data: &mut Object) -> Object {
        let mut personal = Object::new();
        for field in self.fields.iter().filter(|f| f.personal.is_some()) {
            if let Some(value) = data.remove(&field.name) {
                personal.insert(field.name.clone(), value);
            }
        }
        personal
    }

    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
}

impl Field {
    fn check(&self, value: &Value) -> Result<(), String> {
        let expected = match (&self.kind, value) {
            (FieldType::String | FieldType::Text, Value::String(text)) => return self.check_text(text),
            (FieldType::Entity(_), Value::String(id)) => {
                return if id.is_empty() || id.len() > domain::LIMIT_ID_BYTES || id.chars().any(char::is_control) {
                    Err(format!("an id has 1 to {} bytes and no control characters", domain::LIMIT_ID_BYTES))
                } else {
                    Ok(())
                };
            }
            (FieldType::Time, Value::String(text)) => return Time::parse(text).map(|_| ()),
            (FieldType::Int, Value::Number(n)) if n.is_i64() => return Ok(()),
            (FieldType::Double, Value::Number(_)) | (FieldType::Bool, Value::Bool(_)) | (FieldType::Any, _) => {
                return Ok(());
            }
            (FieldType::Strings, Value::Array(items)) if items.len() <= 100 => {
                return items.iter().try_for_each(|item| {
                    item.as_str().map_or(Err("a list of texts".to_owned()), |t| self.check_text(t))
                });
            }
            (FieldType::String | FieldType::Text, _) => "a text",
            (FieldType::Entity(_), _) => "an id (a text)",
            (FieldType::Time, _) => "an RFC 3339 time",
            (FieldType::Int, _) => "a whole number",
            (FieldType::Double, _) => "a number",
            (FieldType::Bool, _) => "true or false",
            (FieldType::Strings, _) => "a list of at most 100 texts",
        };
        Err(format!("this must be {expected}"))
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        if text.len() > self.max {
            return Err(format!("this text has {} bytes; at most {} are taken", text.len(), self.max));
        }
        if !self.values.is_empty() && !self.values.iter().any(|v| v == text) {
            return Err(format!("this must be one of: {}", self.values.join(", ")));
        }
        Ok(())
    }
}
