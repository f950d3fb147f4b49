//! Entities: whom or what an event concerns.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One entity of a market by kind and opaque id, printed `user:u42`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntityRef {
    /// The kind in lower case: user, listing, conversation, order, device, instrument, ip, agent, …
    pub kind: String,
    /// The market's own id; never personal data itself.
    pub id: String,
}

impl EntityRef {
    /// Joins a kind and an id.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        EntityRef { kind: kind.into(), id: id.into() }
    }

    /// Reads `kind:id`; the id may hold colons itself. `None` when either side is empty.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        (!kind.is_empty() && !id.is_empty()).then(|| EntityRef::new(kind, id))
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}
