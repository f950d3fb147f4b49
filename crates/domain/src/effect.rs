//! Effects: what a decision wants done. Inner effects fold into the market's state in the same
//! transaction; outer effects wait in the outbox.

use serde::{Deserialize, Serialize};

use crate::{EntityRef, Object, Span};

/// One thing a decision or a command wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Effect {
    /// Put a label on an entity, for `ttl` microseconds when given.
    Label {
        /// Who wears it.
        entity: EntityRef,
        /// The label's name.
        name: String,
        /// Life in microseconds from the event's time; none means until lifted.
        #[serde(skip_serializing_if = "Option::is_none")]
        ttl: Option<i64>,
    },
    /// Take a label off.
    Unlabel {
        /// Who wears it.
        entity: EntityRef,
        /// The label's name.
        name: String,
    },
    /// Open a case about an entity in a queue, or join the one that is open.
    Enqueue {
        /// Whom the case is about.
        entity: EntityRef,
        /// The queue's name.
        queue: String,
        /// Microseconds until somebody should have looked.
        #[serde(skip_serializing_if = "Option::is_none")]
        sla: Option<i64>,
    },
    /// Say something to a person of the market, in their language.
    Message {
        /// Whom to tell.
        to: EntityRef,
        /// Key of the text in the pack's message files.
        text: String,
        /// Where to say it (a conversation), when it has a place.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<EntityRef>,
    },
    /// Hide parts of a message from whoever reads it: a contact, a link.
    Mask {
        /// Where it was written.
        entity: EntityRef,
        /// The parts; offsets are bytes into the field's original text.
        spans: Vec<Span>,
    },
    /// Tell the market's own systems by signed webhook.
    Webhook {
        /// The hook's event name, such as `listing.held`.
        name: String,
        /// What it concerns.
        entity: EntityRef,
        /// What to tell beside the decision's key.
        #[serde(default, skip_serializing_if = "Object::is_empty")]
        body: Object,
    },
}

/// How an effect is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inverse {
    /// It waits a moment in the outbox and can be withdrawn there.
    Delay,
    /// A new fact undoes it: lift, unlabel, reopen, correct.
    Compensate,
    /// Once out it is out; people are told before.
    None,
}

impl Effect {
    /// How this effect is taken back.
    #[must_use]
    pub const fn inverse(&self) -> Inverse {
        match self {
            Effect::Label { .. }
            | Effect::Unlabel { .. }
            | Effect::Enqueue { .. }
            | Effect::Mask { .. }
            | Effect::Webhook { .. } => Inverse::Compensate,
            Effect::Message { .. } => Inverse::None,
        }
    }

    /// Whether it leaves the house through the outbox.
    #[must_use]
    pub const fn is_outer(&self) -> bool {
        matches!(self, Effect::Message { .. } | Effect::Mask { .. } | Effect::Webhook { .. })
    }

    /// The effect's name as policy files and the API write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Effect::Label { .. } => "label",
            Effect::Unlabel { .. } => "unlabel",
            Effect::Enqueue { .. } => "enqueue",
            Effect::Message { .. } => "message",
            Effect::Mask { .. } => "mask",
            Effect::Webhook { .. } => "webhook",
        }
    }

    /// Whom it concerns; effects on one entity go out in log order.
    #[must_use]
    pub const fn entity(&self) -> &EntityRef {
        match self {
            Effect::Label { entity, .. }
            | Effect::Unlabel { entity, .. }
            | Effect::Enqueue { entity, .. }
            | Effect::Mask { entity, .. }
            | Effect::Webhook { entity, .. } => entity,
            Effect::Message { to, .. } => to,
        }
    }
}
