//! What the market gives out: one event as an integrator would send it, and the truth about it, which it never sends.

use std::io;

use domain::{Event, Object, Time};
use serde::Serialize;
use serde_json::Value;

/// Which door an integrator would use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Ask first: `/v1/decide`.
    Ask,
    /// Tell: `/v1/events`.
    Tell,
}

/// Who is behind an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// An ordinary person.
    Honest,
    /// A shop: verified, old, many listings at once.
    Professional,
    /// A colleague at work, with a ticket and a reason.
    Agent,
    /// Sells what does not exist and leads people away.
    Scammer,
    /// Sells what is scarce far above its cap.
    Gouger,
    /// Tries stolen cards with small amounts.
    CardTester,
    /// Has got into somebody else's account.
    Takeover,
    /// A program that reads every page.
    Bot,
    /// One of many new accounts that ruin a seller's stars.
    ReviewBomber,
    /// A colleague who looks at more than the work needs.
    CuriousAgent,
    /// A colleague who collects records.
    Insider,
}

/// What is true about an event. The house never sees it; it is there to judge the house by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Who is behind it.
    pub actor: ActorKind,
    /// Whether the event is part of something harmful.
    pub scam: bool,
    /// A rule of the default pack that ought to have hit in this story by this event at the latest.
    pub expect: Option<&'static str>,
    /// The story it belongs to; events of one story share it.
    pub story: u64,
}

/// One event of the market.
#[derive(Clone, Debug, PartialEq)]
pub struct Sim {
    /// When it is sent. Facts told late carry an earlier `event.time`.
    pub at: Time,
    /// The event, with `received_at` equal to `at`.
    pub event: Event,
    /// The door an integrator would knock at.
    pub door: Door,
    /// Id of the attempt this event follows from: send it only if that attempt was not held or blocked.
    pub after: Option<String>,
    /// What is true about it.
    pub truth: Truth,
}

impl Sim {
    /// The event as a CloudEvents 1.0 document in JSON; `market` and `actor` are extensions.
    #[must_use]
    pub fn cloud_event(&self) -> Value {
        cloud_event(&self.event)
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    specversion: &'a str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    market: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    datacontenttype: &'a str,
    data: &'a Object,
}

impl<'a> Envelope<'a> {
    fn new(event: &'a Event) -> Envelope<'a> {
        Envelope {
            specversion: "1.0",
            id: &event.id,
            source: &event.source,
            kind: &event.kind,
            market: &event.market,
            subject: event.subject.as_deref(),
            time: event.time.to_string(),
            actor: event.actor.as_deref(),
            datacontenttype: "application/json",
            data: &event.data,
        }
    }
}

/// An event as a CloudEvents 1.0 document in JSON.
#[must_use]
pub fn cloud_event(event: &Event) -> Value {
    serde_json::to_value(Envelope::new(event)).unwrap_or_default()
}

/// Writes an event as CloudEvents JSON on one line, without the line's end.
///
/// # Errors
/// What the writer says.
pub fn write_cloud_event(event: &Event, out: impl io::Write) -> io::Result<()> {
    serde_json::to_writer(out, &Envelope::new(event)).map_err(io::Error::from)
}
