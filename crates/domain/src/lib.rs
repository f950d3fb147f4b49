//! The words every room shares. Floor 1: no IO, no clock, no noun that only one room uses.

mod decision;
mod effect;
mod entity;
mod event;
mod money;
mod personal;
mod time;

pub use decision::{Answer, Decision, Hit, Mode, Read, Reason, Span, Verdict};
pub use effect::{Effect, Inverse};
pub use entity::EntityRef;
pub use event::{Event, EventKey, FieldError, LIMIT_EVENT_BYTES, LIMIT_ID_BYTES};
pub use money::Money;
pub use personal::{MASK, Personal};
pub use time::{DAY, HOUR, MINUTE, SECOND, Time, parse_span};

/// A JSON object with its members in sorted order, as events carry it.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// The market that owns what belongs to no single market: agents, policy, knowledge.
pub const EVERY_MARKET: &str = "*";
