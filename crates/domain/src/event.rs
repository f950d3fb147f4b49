//! Events: facts of the market, in the vocabulary of CloudEvents 1.0.

use serde::{Deserialize, Serialize};

use crate::{Object, Time};

/// The largest accepted event, in bytes of JSON.
pub const LIMIT_EVENT_BYTES: usize = 32 * 1024;
/// The longest accepted id, source, type or subject, in bytes.
pub const LIMIT_ID_BYTES: usize = 256;

/// A fact as it came through a door: well-formed and bounded, not yet judged against its schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Unique within (market, source).
    pub id: String,
    /// Who says so: a URI or a name; a write key stands for exactly one source.
    pub source: String,
    /// The past fact, such as `message.sent`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The market it happened on.
    pub market: String,
    /// What the fact is about, by the sender's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened; never later than `received_at`.
    pub time: Time,
    /// When a door took it in.
    pub received_at: Time,
    /// Who did it, as `kind:id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The typed fields its schema names.
    pub data: Object,
}

impl Event {
    /// The event's identity: the same key is the same fact.
    #[must_use]
    pub fn key(&self) -> EventKey {
        EventKey { market: self.market.clone(), source: self.source.clone(), id: self.id.clone() }
    }
}

/// Identity of an event: (market, source, id).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventKey {
    /// The market.
    pub market: String,
    /// The source within the market.
    pub source: String,
    /// The id within the source.
    pub id: String,
}

/// Why an input was refused, with the field that is at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{field}: {error}")]
pub struct FieldError {
    /// Dotted path of the field, such as `data.price`.
    pub field: String,
    /// One sentence a stranger can act on.
    pub error: String,
}

impl FieldError {
    /// Joins a field and its fault.
    pub fn new(field: impl Into<String>, error: impl Into<String>) -> Self {
        FieldError { field: field.into(), error: error.into() }
    }
}
