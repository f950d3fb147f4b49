//! Intake: the bytes of one request in, well-formed events out, every fault named.
//!
//! The path and the first bytes say what a body is; its content type is only believed where
//! nothing else can tell, because real clients label gzip as a form and JSON as plain text.
//!
//! What the server around it owes to browser clients, seen from the wire of five libraries: they
//! come from another origin, so every path of the Segment-compatible family (the one-letter names
//! and `/beacon/v1/batch` too), `/v1/projects/{key}/settings` and `/sourceConfig` with and without
//! a last slash answer `OPTIONS` and carry `Access-Control-Allow-Origin`. A preflight asks for
//! `authorization`, `content-type`, `anonymousid` and `sentat` by name; a bare `*` does not cover
//! the first. The key comes as `Basic base64(key:)`, in the body ([`write_key`]), in the settings'
//! path, or as the query's `writeKey` (the beacon, which can set no header).

mod body;
mod cloudevents;
mod credentials;
mod json;
mod mapping;
mod segment;
mod settings;

use domain::{Event, FieldError, Time};

pub use body::unpack;
pub use cloudevents::read_one;
pub use credentials::{basic_user, bearer, write_key};
pub use settings::{rudder_source_config, segment_settings};

/// The largest body after decompression, in bytes; a larger one is refused whole.
pub const LIMIT_BATCH_BYTES: usize = 500 * 1024;
/// The most events one body may hold; a body with more is refused whole.
pub const LIMIT_BATCH_EVENTS: usize = 10_000;
/// How deep objects and lists may nest inside one event, the event itself included.
pub const LIMIT_DEPTH: usize = 32;

/// The earliest instant an event may claim, 0001-01-01T00:00:00Z; before it RFC 3339 has no years.
const EARLIEST: Time = Time(-62_135_596_800_000_000);

/// What is known of a request before its body is read. The caller has authenticated it.
pub struct Request<'a> {
    /// The URL's path: `/v1/events`, `/v1/decide`, or one of the Segment-compatible family.
    pub path: &'a str,
    /// The content type as sent, if any.
    pub content_type: Option<&'a str>,
    /// The content encoding as sent, if any.
    pub content_encoding: Option<&'a str>,
    /// Header names in lower case with their raw values; only `ce-*` are looked at.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body as received, or as [`unpack`] returned it.
    pub body: &'a [u8],
    /// When the door took it in.
    pub received_at: Time,
    /// What the caller's key is bound to.
    pub key: KeyFacts<'a>,
    /// Whether the policy in force names this event type. Segment-compatible calls use such names
    /// as they are and turn all others into `custom.*`.
    pub known: &'a dyn Fn(&str) -> bool,
}

/// What a key is bound to.
#[derive(Clone, Copy, Debug)]
pub struct KeyFacts<'a> {
    /// The one market it may speak for; `None` when it may name any.
    pub market: Option<&'a str>,
    /// The source of its events where the format does not name one.
    pub source: &'a str,
}

/// What a body held. Positions count from 0 in the order sent.
#[derive(Debug, Default)]
pub struct Intake {
    /// The good events.
    pub events: Vec<(usize, Event)>,
    /// The bad ones, each with its fault.
    pub rejected: Vec<Rejected>,
}

impl Intake {
    /// The HTTP status for this intake alone: 400 when there were only bad events, else 200.
    #[must_use]
    pub fn status(&self) -> u16 {
        if self.events.is_empty() && !self.rejected.is_empty() { 400 } else { 200 }
    }
}

/// One event that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rejected {
    /// Its position in the body.
    pub index: usize,
    /// Its id, where one could be read (cut to the longest allowed).
    pub id: Option<String>,
    /// Dotted path of the field at fault, or `event` when it is the event as a whole.
    pub field: String,
    /// One sentence a stranger can act on.
    pub error: String,
}

/// A body of which nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct Refusal {
    /// The HTTP status: 400, or 404 for a path that takes no events, or 415 for an encoding.
    pub status: u16,
    /// `body`, `path`, the header, or the field of the envelope at fault.
    pub field: String,
    /// One sentence that says where and what.
    pub detail: String,
}

impl Refusal {
    fn bad(field: &str, detail: impl Into<String>) -> Self {
        Refusal { status: 400, field: field.to_owned(), detail: detail.into() }
    }
}

/// Reads a request into events.
///
/// A body that can be parsed gives its good events and names each bad one; `Ok` with no events and
/// some rejected means all were bad ([`Intake::status`]).
///
/// # Errors
/// [`Refusal`] when the body cannot be parsed at all or exceeds a limit; nothing of it counts.
pub fn read(request: &Request<'_>) -> Result<Intake, Refusal> {
    let path = request.path.trim_end_matches('/');
    let bytes = unpack(request.body, request.content_encoding)?;
    match path {
        "/v1/events" | "/v1/decide" => {
            if cloudevents::is_binary(request.headers) {
                return Ok(cloudevents::binary(request, &bytes));
            }
            cloudevents::structured(request, body::text(&bytes)?)
        }
        _ => match segment::Call::of_path(path) {
            Some(call) => segment::read(request, call, body::text(&bytes)?),
            None => Err(Refusal { status: 404, field: "path".into(), detail: "this path takes no events".into() }),
        },
    }
}

/// Refuses what no id, source, type or subject may be: empty, too long, or with control characters.
fn check_name(field: &str, text: &str) -> Result<(), FieldError> {
    let fault = |error: String| Err(FieldError::new(field, error));
    if text.is_empty() {
        return fault("must not be empty".into());
    }
    if text.len() > domain::LIMIT_ID_BYTES {
        return fault(format!("is {} bytes long; at most {} are allowed", text.len(), domain::LIMIT_ID_BYTES));
    }
    if text.chars().any(char::is_control) {
        return fault("holds a control character".into());
    }
    Ok(())
}

/// The market an event belongs to: what it says, held against what the key may speak for.
fn market(said: Option<String>, key: &KeyFacts<'_>) -> Result<String, FieldError> {
    let market = match (said, key.market) {
        (Some(said), Some(bound)) if said != bound => {
            return Err(FieldError::new("market", format!("this key speaks for `{bound}` only")));
        }
        (Some(said), _) => said,
        (None, Some(bound)) => return Ok(bound.to_owned()),
        (None, None) => {
            return Err(FieldError::new("market", "is missing, and the key is bound to no market"));
        }
    };
    check_name("market", &market)?;
    if market == domain::EVERY_MARKET {
        return Err(FieldError::new("market", "must name one market"));
    }
    Ok(market)
}

/// Cuts a text for an answer: at most `bytes` long, on a character's border.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
