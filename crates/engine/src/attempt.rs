//! Attempts and the facts that confirm them: a market may ask first (`message.submitted`) and tell later
//! (`message.sent`, about the same subject). What folds both must count them once.

use std::collections::{HashMap, VecDeque};

use domain::Verdict;
use store::index::Hasher;

use crate::item::Item;

/// How many places of a market's log an attempt is remembered.
pub(crate) const REACH: u64 = 100_000;

/// The attempts of the last [`REACH`] places that nothing has confirmed yet.
#[derive(Default)]
pub(crate) struct Attempts {
    open: HashMap<u64, Attempt>,
    order: VecDeque<(u64, u64)>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Its place.
    pub seq: u64,
    /// Its type.
    pub kind: String,
    /// What was decided.
    pub verdict: Verdict,
}

impl Attempts {
    /// Remembers an event if its schema says that another type confirms it.
    pub fn note(&mut self, hasher: Hasher, item: &Item, seq: u64, verdict: Verdict) {
        let event = &item.prepared.event;
        let confirming = item.pack.schemas.get(&event.kind).and_then(|schema| schema.confirmed_by.as_deref());
        let (Some(confirming), Some(subject)) = (confirming, event.subject.as_deref()) else { return };
        let key = hasher.key(confirming, subject);
        self.open.insert(key, Attempt { seq, kind: event.kind.clone(), verdict });
        self.order.push_back((seq, key));
    }

    /// The attempt that an event at `seq` confirms; it is then done with.
    pub fn confirm(&mut self, hasher: Hasher, item: &Item, seq: u64) -> Option<Attempt> {
        while let Some((old, key)) = self.order.front().copied().filter(|(old, _)| old + REACH < seq) {
            if self.open.get(&key).is_some_and(|attempt| attempt.seq == old) {
                self.open.remove(&key);
            }
            self.order.pop_front();
        }
        if self.open.is_empty() {
            return None;
        }
        let event = &item.prepared.event;
        let attempt = self.open.remove(&hasher.key(&event.kind, event.subject.as_deref()?))?;
        (attempt.seq < seq).then_some(attempt)
    }
}
