//! CloudEvents 1.0: structured, batched and binary; and lines of structured events.

use std::fmt;

use base64::Engine;
use domain::{Event, FieldError, LIMIT_EVENT_BYTES, LIMIT_ID_BYTES, Object, Time};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};

use super::body::{self, Parts};
use super::json::{self, Node, ObjectNode, Trail};
use super::{Intake, KeyFacts, Refusal, Rejected, Request, check_name, market};

/// Whether the headers carry an event of which the body is only the data.
pub(super) fn is_binary(headers: &[(&str, &[u8])]) -> bool {
    headers.iter().any(|(name, _)| matches!(*name, "ce-specversion" | "ce-id" | "ce-type"))
}

/// Reads one structured event, a list of them, or lines of them.
pub(super) fn structured(request: &Request<'_>, text: &str) -> Result<Intake, Refusal> {
    let mut intake = Intake::default();
    match body::split(text, request.content_type)? {
        Parts::One(one) => take(&mut intake, request, 0, one),
        Parts::Many(many) => {
            intake.events.reserve(many.len());
            for (index, one) in many.into_iter().enumerate() {
                take(&mut intake, request, index, one.get());
            }
        }
        Parts::Lines(lines) => {
            intake.events.reserve(lines.len());
            for (index, line) in lines.into_iter().enumerate() {
                take(&mut intake, request, index, line);
            }
        }
    }
    Ok(intake)
}

fn take(intake: &mut Intake, request: &Request<'_>, index: usize, text: &str) {
    match read_one(text, request.received_at, &request.key) {
        Ok(event) => intake.events.push((index, event)),
        Err(FieldError { field, error }) => {
            intake.rejected.push(Rejected { index, id: json::peek(text, "id"), field, error });
        }
    }
}

/// Reads one structured CloudEvent, for those who hold events one by one (files, streams).
///
/// # Errors
/// The field at fault, under the same limits as [`super::read`].
pub fn read_one(text: &str, received_at: Time, key: &KeyFacts<'_>) -> Result<Event, FieldError> {
    decode(text).and_then(|envelope| envelope.event(received_at, key))
}

fn decode(text: &str) -> Result<Envelope, FieldError> {
    if text.len() > LIMIT_EVENT_BYTES {
        return Err(too_large(text.len()));
    }
    let trail = Trail::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    match reader.deserialize_any(EnvelopeVisitor(&trail)).and_then(|read| reader.end().map(|()| read)) {
        Ok(envelope) => Ok(envelope),
        Err(fault) => Err(trail.fault(&fault)),
    }
}

pub(super) fn too_large(bytes: usize) -> FieldError {
    FieldError::new("event", format!("is {bytes} bytes long; at most {LIMIT_EVENT_BYTES} are allowed"))
}

/// The attributes of one event as they stood, each of the right type.
#[derive(Default)]
struct Envelope {
    id: Option<String>,
    source: Option<String>,
    kind: Option<String>,
    subject: Option<String>,
    time: Option<Time>,
    market: Option<String>,
    actor: Option<String>,
    content_type: Option<String>,
    data: Option<Object>,
    data_base64: Option<String>,
}

impl Envelope {
    /// Checks what must hold of the attributes together and makes the event.
    fn event(self, received_at: Time, key: &KeyFacts<'_>) -> Result<Event, FieldError> {
        let id = self.id.ok_or_else(|| FieldError::new("id", "is missing"))?;
        let kind = self.kind.ok_or_else(|| FieldError::new("type", "is missing"))?;
        let source = self.source.unwrap_or_else(|| key.source.to_owned());
        check_name("id", &id)?;
        check_name("type", &kind)?;
        check_name("source", &source)?;
        if let Some(subject) = &self.subject {
            check_name("subject", subject)?;
        }
        if let Some(actor) = &self.actor {
            check_name("actor", actor)?;
            if domain::EntityRef::parse(actor).is_none() {
                return Err(FieldError::new("actor", "must be written `kind:id`, such as `user:u42`"));
            }
        }
        let data = match (self.data, self.data_base64) {
            (Some(_), Some(_)) => return Err(FieldError::new("data_base64", "stands beside `data`; send one of them")),
            (Some(data), None) => data,
            (None, Some(encoded)) => decode_data(&encoded)?,
            (None, None) => Object::new(),
        };
        if let Some(named) = self.content_type.as_deref().filter(|named| !is_json(named)) {
            return Err(FieldError::new("datacontenttype", format!("`{}` is not JSON", super::cut(named, 60))));
        }
        Ok(Event {
            id,
            source,
            kind,
            market: market(self.market, key)?,
            subject: self.subject,
            time: self.time.unwrap_or(received_at).min(received_at),
            received_at,
            actor: self.actor,
            data,
        })
    }

    /// Sets an attribute that came as text; `false` when it is none of ours.
    fn set_text(&mut self, attribute: Attribute, text: Option<String>) {
        match attribute {
            Attribute::Id => self.id = text,
            Attribute::Source => self.source = text,
            Attribute::Type => self.kind = text,
            Attribute::Subject => self.subject = text,
            Attribute::Market => self.market = text,
            Attribute::Actor => self.actor = text,
            Attribute::ContentType => self.content_type = text,
            Attribute::DataBase64 => self.data_base64 = text,
            Attribute::SpecVersion | Attribute::Time | Attribute::Data => {}
        }
    }
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    kind.ends_with("/json") || kind.ends_with("+json")
}

fn decode_data(encoded: &str) -> Result<Object, FieldError> {
    let fault = |error: &str| FieldError::new("data_base64", error);
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).map_err(|_| fault("is not base64"))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fault("is not a JSON object in UTF-8"))?;
    json::object(text, 1).map_err(|inner| prefixed("data_base64", inner))
}

/// Puts a field that was found inside another one under its name.
fn prefixed(outer: &str, inner: FieldError) -> FieldError {
    let field = if inner.field == "event" { outer.to_owned() } else { format!("{outer}.{}", inner.field) };
    FieldError::new(field, inner.error)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Attribute {
    Id,
    Source,
    SpecVersion,
    Type,
    Subject,
    Time,
    Market,
    Actor,
    ContentType,
    Data,
    DataBase64,
}

impl Attribute {
    fn of(name: &str) -> Option<Attribute> {
        Some(match name {
            "id" => Attribute::Id,
            "source" => Attribute::Source,
            "specversion" => Attribute::SpecVersion,
            "type" => Attribute::Type,
            "subject" => Attribute::Subject,
            "time" => Attribute::Time,
            "market" => Attribute::Market,
            "actor" => Attribute::Actor,
            "datacontenttype" => Attribute::ContentType,
            "data" => Attribute::Data,
            "data_base64" => Attribute::DataBase64,
            _ => return None,
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Attribute::Id => "id",
            Attribute::Source => "source",
            Attribute::SpecVersion => "specversion",
            Attribute::Type => "type",
            Attribute::Subject => "subject",
            Attribute::Time => "time",
            Attribute::Market => "market",
            Attribute::Actor => "actor",
            Attribute::ContentType => "datacontenttype",
            Attribute::Data => "data",
            Attribute::DataBase64 => "data_base64",
        }
    }
}

/// Recognises a member's name without keeping it.
struct AttributeSeed;

impl<'de> DeserializeSeed<'de> for AttributeSeed {
    type Value = Option<Attribute>;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_identifier(self)
    }
}

impl Visitor<'_> for AttributeSeed {
    type Value = Option<Attribute>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute's name")
    }
    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Attribute::of(name))
    }
}

struct EnvelopeVisitor<'t>(&'t Trail);

impl<'de> Visitor<'de> for EnvelopeVisitor<'_> {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CloudEvents object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let trail = self.0;
        let mut envelope = Envelope::default();
        let mut seen = 0_u16;
        while let Some(attribute) = map.next_key_seed(AttributeSeed)? {
            let Some(attribute) = attribute else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let bit = 1 << attribute as u16;
            let twice = if seen & bit == 0 { Ok(()) } else { Err(A::Error::custom("comes twice")) };
            trail.at(attribute.name(), twice)?;
            seen |= bit;
            trail.at(attribute.name(), read_attribute(&mut envelope, attribute, &mut map, trail))?;
        }
        Ok(envelope)
    }
}

fn read_attribute<'de, A: MapAccess<'de>>(
    envelope: &mut Envelope,
    attribute: Attribute,
    map: &mut A,
    trail: &Trail,
) -> Result<(), A::Error> {
    match attribute {
        Attribute::Data => envelope.data = Some(map.next_value_seed(ObjectNode(Node { trail, depth: 1 }))?),
        Attribute::Time => envelope.time = map.next_value_seed(TextSeed(parse_time))?.flatten(),
        Attribute::SpecVersion => {
            map.next_value_seed(TextSeed(check_version))?;
        }
        _ => envelope.set_text(attribute, map.next_value_seed(TextSeed(|text| Ok(text.to_owned())))?),
    }
    Ok(())
}

fn parse_time(text: &str) -> Result<Option<Time>, String> {
    let time = Time::parse(text)?;
    if time < super::EARLIEST { Err("lies before the year 1".to_owned()) } else { Ok(Some(time)) }
}

fn check_version(text: &str) -> Result<(), String> {
    if text == "1.0" { Ok(()) } else { Err(format!("`{}` is not read here; send 1.0", super::cut(text, 20))) }
}

/// Reads a text (or null as none) and makes of it what the function says, without a copy between.
struct TextSeed<T>(fn(&str) -> Result<T, String>);

impl<'de, T> DeserializeSeed<'de> for TextSeed<T> {
    type Value = Option<T>;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Option<T>, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<T> Visitor<'_> for TextSeed<T> {
    type Value = Option<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        self.0(text).map(Some).map_err(E::custom)
    }
}

/// Reads one binary event: attributes from `ce-*` headers, the body is its data.
pub(super) fn binary(request: &Request<'_>, bytes: &[u8]) -> Intake {
    let mut intake = Intake::default();
    let envelope = from_headers(request, bytes);
    match envelope.and_then(|envelope| envelope.event(request.received_at, &request.key)) {
        Ok(event) => intake.events.push((0, event)),
        Err(FieldError { field, error }) => {
            let id = request.headers.iter().find(|(name, _)| *name == "ce-id");
            let id = id.and_then(|(_, value)| header_text(value).ok());
            let id = id.map(|id| super::cut(&id, LIMIT_ID_BYTES).to_owned());
            intake.rejected.push(Rejected { index: 0, id, field, error });
        }
    }
    intake
}

fn from_headers(request: &Request<'_>, bytes: &[u8]) -> Result<Envelope, FieldError> {
    let mut envelope = Envelope::default();
    let mut size = bytes.len();
    let mut seen = 0_u16;
    for (name, value) in request.headers {
        let Some(attribute) = name.strip_prefix("ce-").and_then(Attribute::of) else { continue };
        let fault = |error: String| FieldError::new(attribute.name(), error);
        if matches!(attribute, Attribute::Data | Attribute::DataBase64 | Attribute::ContentType) {
            continue;
        }
        if seen & (1 << attribute as u16) != 0 {
            return Err(fault("comes twice".into()));
        }
        seen |= 1 << attribute as u16;
        size += value.len();
        let text = header_text(value).map_err(|error| fault(error.to_owned()))?;
        match attribute {
            Attribute::Time => envelope.time = parse_time(&text).map_err(fault)?,
            Attribute::SpecVersion => check_version(&text).map_err(fault)?,
            _ => envelope.set_text(attribute, Some(text)),
        }
    }
    if size > LIMIT_EVENT_BYTES {
        return Err(too_large(size));
    }
    envelope.content_type = request.content_type.map(str::to_owned);
    let text = std::str::from_utf8(bytes)
        .map_err(|fault| FieldError::new("data", format!("is not UTF-8 at byte {}", fault.valid_up_to())))?;
    if text.trim_ascii().is_empty() {
        // A fact without data has no type of data either.
        envelope.content_type = None;
    } else {
        envelope.data = Some(json::object(text, 1).map_err(|inner| prefixed("data", inner))?);
    }
    Ok(envelope)
}

/// A `ce-*` header's text: UTF-8 with `%XX` for what headers cannot carry.
fn header_text(value: &[u8]) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&first, after)) = rest.split_first() {
        let hex = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8")
}
