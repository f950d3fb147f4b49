//! The Segment-compatible family: `track`, `identify`, `page`, `screen`, `group`, `alias`, `batch`,
//! and their one-letter names that browsers use.

use domain::{Event, FieldError, LIMIT_EVENT_BYTES, Object, Time};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::{Intake, Refusal, Rejected, Request, body, check_name, cloudevents, json, mapping, market};

/// One call of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Track,
    Identify,
    Page,
    Screen,
    Group,
    Alias,
    Batch,
}

impl Call {
    /// The call a path stands for.
    pub(super) fn of_path(path: &str) -> Option<Call> {
        // One client's beacon puts its batches under a path of its own.
        let name = path.strip_prefix("/beacon").unwrap_or(path).strip_prefix("/v1/")?;
        Call::of_name(name).or(match name {
            "t" => Some(Call::Track),
            "i" => Some(Call::Identify),
            "p" => Some(Call::Page),
            "s" => Some(Call::Screen),
            "g" => Some(Call::Group),
            "a" => Some(Call::Alias),
            "b" | "batch" => Some(Call::Batch),
            _ => None,
        })
    }

    /// The call a message's `type` stands for; a batch is no message.
    fn of_name(name: &str) -> Option<Call> {
        Some(match name {
            "track" => Call::Track,
            "identify" => Call::Identify,
            "page" => Call::Page,
            "screen" => Call::Screen,
            "group" => Call::Group,
            "alias" => Call::Alias,
            _ => return None,
        })
    }
}

/// Reads one message, or the messages of a batch.
pub(super) fn read(request: &Request<'_>, call: Call, text: &str) -> Result<Intake, Refusal> {
    let text = text.trim_ascii();
    let mut intake = Intake::default();
    if call != Call::Batch {
        let one: &RawValue = serde_json::from_str(text).map_err(|fault| body::not_json(&fault))?;
        take(&mut intake, request, Some(call), None, 0, one.get());
        return Ok(intake);
    }
    let batch = Batch::read(text)?;
    intake.events.reserve(batch.messages.len());
    for (index, message) in batch.messages.into_iter().enumerate() {
        take(&mut intake, request, None, batch.sent_at, index, message.get());
    }
    Ok(intake)
}

struct Batch<'a> {
    messages: Vec<&'a RawValue>,
    sent_at: Option<Time>,
}

#[derive(serde::Deserialize)]
struct BatchMembers<'a> {
    #[serde(borrow)]
    batch: Option<&'a RawValue>,
    #[serde(borrow, rename = "sentAt")]
    sent_at: Option<&'a RawValue>,
}

impl<'a> Batch<'a> {
    fn read(text: &'a str) -> Result<Self, Refusal> {
        if text.starts_with('[') {
            return Err(Refusal::bad("body", "must be an object with the messages under `batch`"));
        }
        let members: BatchMembers<'a> = serde_json::from_str(text).map_err(|fault| match fault.classify() {
            serde_json::error::Category::Data => Refusal::bad("body", format!("is no batch: {fault}")),
            _ => body::not_json(&fault),
        })?;
        let batch = members.batch.ok_or_else(|| Refusal::bad("batch", "is missing"))?;
        let messages = body::list(batch.get()).map_err(|fault| Refusal::bad("batch", fault.to_string()))?;
        let sent_at = match members.sent_at.map(|raw| serde_json::from_str::<Option<String>>(raw.get())) {
            None | Some(Ok(None)) => None,
            Some(Ok(Some(text))) => Some(Time::parse(&text).map_err(|error| Refusal::bad("sentAt", error))?),
            Some(Err(_)) => return Err(Refusal::bad("sentAt", "is not a time written as text")),
        };
        Ok(Batch { messages, sent_at })
    }
}

fn take(
    intake: &mut Intake,
    request: &Request<'_>,
    call: Option<Call>,
    sent_at: Option<Time>,
    index: usize,
    text: &str,
) {
    match message(request, call, sent_at, index, text) {
        Ok(event) => intake.events.push((index, event)),
        Err(FieldError { field, error }) => {
            intake.rejected.push(Rejected { index, id: json::peek(text, "messageId"), field, error });
        }
    }
}

fn message(
    request: &Request<'_>,
    call: Option<Call>,
    sent_at: Option<Time>,
    index: usize,
    text: &str,
) -> Result<Event, FieldError> {
    if text.len() > LIMIT_EVENT_BYTES {
        return Err(cloudevents::too_large(text.len()));
    }
    let mut members = json::object(text, 0)?;
    let call = match call {
        Some(call) => call,
        None => {
            let name = take_text(&mut members, "type")?.ok_or_else(|| FieldError::new("type", "is missing"))?;
            Call::of_name(&name).ok_or_else(|| FieldError::new("type", "is no call of this family"))?
        }
    };
    let base = match take_time(&mut members, "originalTimestamp")? {
        Some(time) => Some(time),
        None => take_time(&mut members, "timestamp")?,
    };
    let sent = take_time(&mut members, "sentAt")?.or(sent_at);
    let id = match take_text(&mut members, "messageId")? {
        Some(id) => id,
        None => minted_id(text, base, request.received_at, index),
    };
    check_name("messageId", &id)?;
    check_name("source", request.key.source)?;
    let user = take_person(&mut members, "userId")?;
    let visitor = take_person(&mut members, "anonymousId")?;
    let actor = user.as_ref().map(|user| format!("user:{user}"));
    let said = take_text(&mut members, "market")?;
    let market = market(said, &request.key)?;
    let (kind, data) = mapping::fact(call, members, user, visitor, request.known)?;
    check_name("event", &kind)?;
    Ok(Event {
        id,
        source: request.key.source.to_owned(),
        kind,
        market,
        subject: None,
        time: happened(base, sent, request.received_at),
        received_at: request.received_at,
        actor,
        data,
    })
}

/// The client's clock may be wrong, but its two readings are wrong by the same amount: the time
/// between the fact and its sending is true, and our own clock says when it arrived.
fn happened(base: Option<Time>, sent: Option<Time>, received_at: Time) -> Time {
    let time = match (base, sent) {
        (Some(base), Some(sent)) => Time(received_at.0.saturating_sub(sent.since(base))),
        (Some(base), None) => base,
        (None, _) => received_at,
    };
    time.clamp(super::EARLIEST, received_at.max(super::EARLIEST))
}

/// An id for a message that has none: from its bytes, so that a retry is the same fact; where the
/// bytes hold no time, also from the moment and place, so that two equal clicks stay two.
fn minted_id(text: &str, base: Option<Time>, received_at: Time, index: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(text);
    if base.is_none() {
        hash.update(received_at.0.to_le_bytes());
        hash.update(index.to_le_bytes());
    }
    let digest = hash.finalize();
    digest[..16].iter().fold(String::from("bytes-"), |id, byte| id + &format!("{byte:02x}"))
}

/// Takes a member that must be a text; null and the empty text count as missing.
fn take_text(members: &mut Object, name: &str) -> Result<Option<String>, FieldError> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(FieldError::new(name, "must be a text")),
    }
}

fn take_time(members: &mut Object, name: &str) -> Result<Option<Time>, FieldError> {
    let text = take_text(members, name)?;
    text.map(|text| Time::parse(&text).map_err(|error| FieldError::new(name, error))).transpose()
}

/// Takes a person's id, which some clients send as a number.
fn take_person(members: &mut Object, name: &str) -> Result<Option<String>, FieldError> {
    let id = match members.remove(name) {
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(other) => take_text(&mut Object::from_iter([(name.to_owned(), other)]), name)?,
        None => None,
    };
    id.map(|id| check_name(name, &id).map(|()| id)).transpose()
}
