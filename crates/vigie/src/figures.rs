//! Figures of the running house: counted at the doors, begun from the store.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{Answer, MINUTE, Time, Verdict};

/// How many minutes are kept.
const MINUTES: usize = 60;

/// What was counted of one market, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Decisions: events where a rule hit.
    pub decisions: u64,
    /// By verdict.
    pub warned: u64,
    /// By verdict.
    pub held: u64,
    /// By verdict.
    pub blocked: u64,
    /// By verdict.
    pub reviewed: u64,
    /// Events acknowledged by this process.
    pub acknowledged: u64,
}

impl Counts {
    /// Adds `n` decisions of one verdict.
    pub fn decided(&mut self, verdict: Verdict, n: u64) {
        self.decisions += n;
        match verdict {
            Verdict::Allow => {}
            Verdict::Warn => self.warned += n,
            Verdict::Review => self.reviewed += n,
            Verdict::Hold => self.held += n,
            Verdict::Block => self.blocked += n,
        }
    }

    fn add(&mut self, other: &Counts) {
        self.decisions += other.decisions;
        self.warned += other.warned;
        self.held += other.held;
        self.blocked += other.blocked;
        self.reviewed += other.reviewed;
        self.acknowledged += other.acknowledged;
    }
}

/// One minute of one market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// When it began.
    pub at: Time,
    /// Events taken in.
    pub events: u64,
    /// Events where a rule hit.
    pub hits: u64,
}

#[derive(Default)]
struct Market {
    counts: Counts,
    minutes: VecDeque<Minute>,
    /// The last seq when counting began.
    begun: u64,
}

/// Figures by market.
#[derive(Default)]
pub struct Figures(Mutex<BTreeMap<String, Market>>);

impl Figures {
    fn markets(&self) -> MutexGuard<'_, BTreeMap<String, Market>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a market whose log ends at `last_seq`.
    pub fn begin(&self, market: &str, last_seq: u64) {
        self.markets().entry(market.to_owned()).or_default().begun = last_seq;
    }

    /// Adds what was decided before the begin; counting it takes a while in a long log, so it comes later.
    pub fn before(&self, market: &str, decided: &[(Verdict, u64)]) {
        let mut markets = self.markets();
        let entry = markets.entry(market.to_owned()).or_default();
        decided.iter().for_each(|(verdict, n)| entry.counts.decided(*verdict, *n));
    }

    /// Counts an answer given at a door.
    pub fn count(&self, market: &str, answer: &Answer, now: Time) {
        if answer.duplicate {
            return;
        }
        let mut markets = self.markets();
        // Only markets the engine knows are ever accepted, so this stays as small as the policy.
        let entry = markets.entry(market.to_owned()).or_default();
        entry.counts.acknowledged += 1;
        let hit = answer.decision.is_some();
        if hit {
            entry.counts.decided(answer.verdict, 1);
        }
        let at = Time(now.0 - now.0.rem_euclid(MINUTE));
        if entry.minutes.back().is_none_or(|m| m.at < at) {
            entry.minutes.push_back(Minute { at, ..Minute::default() });
            while entry.minutes.len() > MINUTES {
                entry.minutes.pop_front();
            }
        }
        if let Some(minute) = entry.minutes.back_mut() {
            minute.events += 1;
            minute.hits += u64::from(hit);
        }
    }

    /// The sum over one market or all: counts, the last hour by minute (every minute, quiet ones too), and for each
    /// market how many events were acknowledged since which seq.
    #[must_use]
    pub fn sum(&self, market: Option<&str>, now: Time) -> (Counts, Vec<Minute>, Vec<(String, u64, u64)>) {
        let markets = self.markets();
        let mut counts = Counts::default();
        let mut acknowledged = Vec::new();
        let newest = now.0 - now.0.rem_euclid(MINUTE);
        let mut minutes: Vec<Minute> = (0..MINUTES as i64)
            .rev()
            .map(|back| Minute { at: Time(newest - back * MINUTE), ..Minute::default() })
            .collect();
        for (name, entry) in markets.iter().filter(|(name, _)| market.is_none_or(|m| m == *name)) {
            counts.add(&entry.counts);
            acknowledged.push((name.clone(), entry.begun, entry.counts.acknowledged));
            for minute in &entry.minutes {
                if let Some(slot) = minutes.iter_mut().find(|m| m.at == minute.at) {
                    slot.events += minute.events;
                    slot.hits += minute.hits;
                }
            }
        }
        (counts, minutes, acknowledged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(verdict: Verdict, duplicate: bool) -> Answer {
        Answer { seq: 1, verdict, score: 0.0, decision: None, duplicate, differs: false }
    }

    #[test]
    fn minutes_add_up_and_duplicates_do_not_count() {
        let figures = Figures::default();
        figures.begin("sg", 100);
        figures.before("sg", &[(Verdict::Hold, 3), (Verdict::Allow, 1)]);
        let start = Time(1_700_000_040 * 1_000_000);
        for minute in 0..90 {
            for _ in 0..2 {
                figures.count("sg", &answer(Verdict::Allow, false), start.plus(minute * MINUTE));
            }
            figures.count("fr", &answer(Verdict::Allow, minute % 2 == 0), start.plus(minute * MINUTE));
        }
        let (counts, minutes, acknowledged) = figures.sum(None, start.plus(89 * MINUTE));
        assert_eq!((counts.held, counts.decisions, counts.acknowledged), (3, 4, 180 + 45));
        assert_eq!(minutes.len(), MINUTES);
        assert_eq!(minutes.iter().map(|m| m.events).sum::<u64>(), 120 + 30);
        assert_eq!(acknowledged, [("fr".to_owned(), 0, 45), ("sg".to_owned(), 100, 180)]);
        assert_eq!(figures.sum(Some("fr"), start.plus(89 * MINUTE)).0.acknowledged, 45);
    }
}
