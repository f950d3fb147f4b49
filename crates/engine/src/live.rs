//! What people watch: notes of what was committed, sent to whoever listens and forgotten.

use domain::{Decision, MASK};
use serde_json::Value;
use store::log::Entry;

use crate::item::Item;

/// One note. Personal fields are masked before it is made.
#[derive(Clone, Debug)]
pub enum Live {
    /// An event and its verdict.
    Event {
        /// Its market.
        market: String,
        /// Its row; `data` holds `***` in the place of personal fields, `personal` is empty.
        entry: Box<Entry>,
        /// The names of the personal fields.
        masked: Vec<String>,
        /// The decision where a rule hit.
        decision: Option<Box<Decision>>,
    },
    /// A case opened, joined or changed.
    Case {
        /// Its market.
        market: String,
        /// Its id.
        id: String,
        /// Its queue.
        queue: String,
        /// Whom it is about.
        entity: String,
        /// It was just opened.
        new: bool,
    },
    /// The outbox changed.
    Deliveries {
        /// Its market.
        market: String,
    },
    /// Another policy is in force.
    Policy {
        /// Its market.
        market: String,
        /// Its hash.
        hash: String,
    },
}

impl Live {
    pub(crate) fn event(market: &str, item: &Item, entry: &Entry, decision: Option<&Decision>) -> Live {
        let masked: Vec<String> = item.prepared.personal.expose().keys().cloned().collect();
        let mut data = item.prepared.event.data.clone();
        data.extend(masked.iter().map(|name| (name.clone(), Value::from(MASK))));
        let data = serde_json::to_string(&data).unwrap_or_default();
        let entry = Entry { personal: None, data, ..entry.clone() };
        Live::Event {
            market: market.to_owned(),
            entry: Box::new(entry),
            masked,
            decision: decision.cloned().map(Box::new),
        }
    }

    /// The market it speaks of.
    #[must_use]
    pub fn market(&self) -> &str {
        match self {
            Live::Event { market, .. }
            | Live::Case { market, .. }
            | Live::Deliveries { market }
            | Live::Policy { market, .. } => market,
        }
    }
}
