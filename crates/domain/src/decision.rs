//! Decisions: what policy says of an event, and why.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Effect;

/// What may happen with what the event is about, from mildest to hardest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing stands against it.
    #[default]
    Allow,
    /// It goes through, and somebody is warned.
    Warn,
    /// It goes through, and people look at it.
    Review,
    /// It waits until people have looked.
    Hold,
    /// It does not go through.
    Block,
}

impl Verdict {
    /// The name as files and the API write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Warn => "warn",
            Verdict::Review => "review",
            Verdict::Hold => "hold",
            Verdict::Block => "block",
        }
    }

    /// Reads a name written by [`Verdict::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Verdict::Allow, Verdict::Warn, Verdict::Review, Verdict::Hold, Verdict::Block]
            .into_iter()
            .find(|v| v.name() == name)
    }
}

/// How far a rule has come in life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Compiled and tested, never evaluated on live events.
    #[default]
    Draft,
    /// Evaluated and recorded; never acts.
    Shadow,
    /// Acts on a fixed share of entities, shadow on the rest.
    Canary,
    /// Acts.
    Live,
}

/// One value a rule read, by the name the rule wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Read {
    /// As written in the rule: `price`, `seller_listings.last('1h')`.
    pub name: String,
    /// The value, or null when it was missing.
    pub value: Value,
}

/// A place in a text that made a signal fire; offsets are bytes into the field's original text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The event's field.
    pub field: String,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// The signal it speaks for.
    pub signal: String,
}

/// One rule that hit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The rule's name.
    pub rule: String,
    /// Its mode when it hit, after the canary's draw: `shadow` means it did not act.
    pub mode: Mode,
    /// What it asked for.
    pub verdict: Verdict,
    /// True when the rule could not be evaluated and its `on_missing` says review.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
    /// Every value it read, in the order written.
    pub reads: Vec<Read>,
    /// Where in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
}

/// What policy says of one event. Serialising it gives the bytes that replay must reproduce.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Market of the event.
    pub market: String,
    /// The event's place in its market's log.
    pub seq: u64,
    /// Hash of the policy in force.
    pub policy: String,
    /// The verdict after the conflict order.
    pub verdict: Verdict,
    /// 0 to 1 in thousandths: how grave, from the acting hits.
    pub score: f64,
    /// Rules that hit, in the pack's order, shadow ones included.
    pub hits: Vec<Hit>,
    /// What the acting hits want done, in the pack's order, duplicates removed.
    pub effects: Vec<Effect>,
}

/// A reason in the reader's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// A sentence in the reader's language.
    pub text: String,
    /// Where in the text.
    pub spans: Vec<Span>,
}

/// What a door answers for one accepted event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Place in the market's log.
    pub seq: u64,
    /// The (first) verdict.
    pub verdict: Verdict,
    /// The (first) score.
    pub score: f64,
    /// The full decision where a rule hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The event had been seen before.
    pub duplicate: bool,
    /// It had been seen with other bytes; the first stands.
    pub differs: bool,
}
