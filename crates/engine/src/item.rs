//! An event on its way to the worker: everything that can be computed before, and in parallel, is.

use std::sync::Arc;

use decision::{Named, Pack, Prepared, Signals, chat};
use domain::{EntityRef, Event, FieldError, Object, Personal};
use profile::hash_bytes;
use serde_json::Value;
use store::index::Hasher;
use store::log::{EntityAt, Entry, entities_text};

use crate::error::Error;
use crate::{Judge, Judged};

/// A prepared event with the keys and texts its log row needs.
#[derive(Debug)]
pub(crate) struct Item {
    pub pack: Arc<Pack>,
    pub prepared: Prepared,
    /// Keys of the prepared entities, in their order.
    pub keys: Vec<u64>,
    /// Hash of its identity.
    pub identity: u64,
    pub digest: [u8; 16],
}

impl Item {
    /// Fits an event to the policy, and asks the models about a turn of a conversation.
    ///
    /// # Errors
    /// The field at fault.
    pub fn new(pack: &Arc<Pack>, hasher: Hasher, event: Event, judge: Option<&Judge>) -> Result<Item, FieldError> {
        let digest = digest(&event);
        let mut prepared = decision::prepare(pack, event)?;
        if let Some(judge) = judge
            && let Some((_, field, _)) =
                pack.schemas.get(&prepared.event.kind).and_then(|s| chat::turn_of(s, &prepared))
            && let Some(text) = prepared.personal.expose().get(field).and_then(Value::as_str)
        {
            let Judged { words, meaning } = judge(text);
            prepared.signals.judged(words, meaning);
        }
        Ok(Item::of(pack.clone(), hasher, prepared, digest))
    }

    /// An event of the house itself; `data.entity` names whom it concerns.
    pub fn house(pack: &Arc<Pack>, hasher: Hasher, event: Event) -> Item {
        let entity = event.data.get("entity").and_then(Value::as_str).and_then(EntityRef::parse);
        let entities = entity.map(|entity| Named { field: 0, entity }).into_iter().collect();
        let digest = digest(&event);
        let prepared = Prepared { event, personal: Personal::default(), entities, signals: Signals::default() };
        Item::of(pack.clone(), hasher, prepared, digest)
    }

    fn of(pack: Arc<Pack>, hasher: Hasher, prepared: Prepared, digest: [u8; 16]) -> Item {
        let keys = prepared.entities.iter().map(|named| hasher.entity(&named.entity.kind, &named.entity.id)).collect();
        let identity = hasher.key(&prepared.event.source, &prepared.event.id);
        Item { pack, prepared, keys, identity, digest }
    }

    /// A row of the log, as it was when it was written, under the policy it was written under.
    ///
    /// # Errors
    /// A row whose texts do not read back.
    pub fn from_entry(pack: &Arc<Pack>, hasher: Hasher, market: &str, entry: &Entry) -> Result<Item, Error> {
        let corrupt = |what| move |fault: serde_json::Error| Error::Corrupt { what, fault: fault.to_string() };
        let data: Object = serde_json::from_str(&entry.data).map_err(corrupt("data"))?;
        let signals = entry
            .signals
            .as_deref()
            .map_or(Ok(Signals::default()), serde_json::from_str)
            .map_err(corrupt("signals"))?;
        let event = Event {
            id: entry.id.clone(),
            source: entry.source.clone(),
            kind: entry.kind.clone(),
            market: market.to_owned(),
            subject: entry.subject.clone(),
            time: entry.time,
            received_at: entry.received_at,
            actor: entry.actor.clone(),
            data,
        };
        if decision::pack::is_house(&event.kind) {
            return Ok(Item { digest: entry.digest, ..Item::house(pack, hasher, event) });
        }
        Ok(Item::of(pack.clone(), hasher, decision::restore(pack, event, signals), entry.digest))
    }

    /// The same event under another policy, when the policy changed while it waited.
    pub fn rebased(self, pack: &Arc<Pack>, hasher: Hasher) -> Item {
        if self.pack.hash == pack.hash || decision::pack::is_house(&self.prepared.event.kind) {
            return Item { pack: pack.clone(), ..self };
        }
        let mut event = self.prepared.event.clone();
        event.data.extend(self.prepared.personal.expose().clone());
        match decision::prepare(pack, event) {
            Ok(mut prepared) => {
                // What the models said of the text holds under any policy.
                prepared.signals.judged(self.prepared.signals.lure, self.prepared.signals.meaning);
                Item::of(pack.clone(), hasher, prepared, self.digest)
            }
            // It was accepted under the old policy and stays accepted; the new one reads what it can.
            Err(_) => {
                let prepared = decision::restore(pack, self.prepared.event, self.prepared.signals);
                Item::of(pack.clone(), hasher, Prepared { personal: self.prepared.personal, ..prepared }, self.digest)
            }
        }
    }

    /// Its row of the log at `seq`; verdict and score are filled in after the decision.
    pub fn entry(&self, seq: u64) -> Entry {
        let event = &self.prepared.event;
        let schema = self.pack.schemas.get(&event.kind);
        let role = |field: usize| schema.and_then(|s| s.fields.get(field)).map_or("entity", |f| f.name.as_str());
        let named = self.prepared.entities.iter().map(|n| EntityAt(role(n.field).to_owned(), n.entity.clone()));
        let personal = self.prepared.personal.expose();
        Entry {
            seq,
            id: event.id.clone(),
            source: event.source.clone(),
            kind: event.kind.clone(),
            time: event.time,
            received_at: event.received_at,
            subject: event.subject.clone(),
            actor: event.actor.clone(),
            data: text(&event.data),
            personal: (!personal.is_empty()).then(|| Personal::new(text(personal))),
            signals: (!self.prepared.signals.is_empty()).then(|| text(&self.prepared.signals)),
            entities: entities_text(&named.collect::<Vec<_>>()),
            digest: self.digest,
            verdict: domain::Verdict::Allow,
            score: 0.0,
        }
    }
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// What makes two events with one id the same: type, subject and data. Times are left out, for some
/// clients stamp a retry anew.
fn digest(event: &Event) -> [u8; 16] {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(event.kind.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(event.subject.as_deref().unwrap_or_default().as_bytes());
    bytes.push(0);
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(&mut bytes, &event.data);
    let halves = [hash_bytes(1, &bytes), hash_bytes(2, &bytes)];
    std::array::from_fn(|i| halves[i / 8].to_be_bytes()[i % 8])
}
