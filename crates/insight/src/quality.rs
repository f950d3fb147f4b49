//! How well the conversation guard does, by what people found and by what the warned did next. Pure: the caller
//! brings what was said and what was judged.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{DAY, HOUR, Time, Verdict};

use crate::Rate;

/// One message as it stands in the log; nothing of its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The market and the conversation in it.
    pub talk: Talk,
    /// Who wrote.
    pub sender: String,
    /// To whom; empty when the market did not say.
    pub recipient: String,
    /// When.
    pub at: Time,
    /// Whether a word list that chat rules read was hit: all that a house of keywords alone would look at.
    pub keyword: bool,
    /// What the whole policy said.
    pub verdict: Verdict,
}

/// A conversation: market and id.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Talk(
    /// The market.
    pub String,
    /// Its id there.
    pub String,
);

/// What a person found in a case about conversations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The market.
    pub market: String,
    /// True for fraud, false for fine, none for unsure.
    pub fraud: Option<bool>,
    /// Languages of the messages that brought it up.
    pub languages: BTreeSet<String>,
    /// What was read in them.
    pub signals: BTreeSet<String>,
    /// The conversations it is about.
    pub talks: BTreeSet<Talk>,
}

/// How one way of alerting does on the same traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Twin {
    /// Conversations it alerted in, of all.
    pub alerts: Rate,
    /// Of those that people judged: how many were fraud.
    pub precision: Rate,
    /// Of the conversations people found to be fraud: in how many it alerted.
    pub recall: Rate,
}

/// One day's traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Messages.
    pub messages: u64,
    /// Verdicts warn.
    pub warned: u64,
    /// Verdicts review.
    pub reviewed: u64,
    /// Verdicts hold and block.
    pub stopped: u64,
}

/// Everything the quality page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quality {
    /// Messages looked at.
    pub messages: u64,
    /// Conversations they belong to.
    pub talks: u64,
    /// Findings: fraud, fine, unsure.
    pub found: (u64, u64, u64),
    /// Fraud among the judged, over all.
    pub overall: Rate,
    /// By language, market and signal: (kind, name) → fraud among the judged.
    pub by: BTreeMap<(&'static str, String), Rate>,
    /// By day since 1970 in UTC.
    pub days: BTreeMap<i64, Day>,
    /// Warned people who wrote again in the same conversation within a day.
    pub stayed: Rate,
    /// The same of people who were never warned: what staying means without a warning.
    pub stayed_base: Rate,
    /// Word lists alone.
    pub keyword: Twin,
    /// The whole policy.
    pub guard: Twin,
    /// Conversations both alerted in, only the words, only the policy.
    pub overlap: (u64, u64, u64),
}

/// People get this long to write again before silence counts.
const FAIR: i64 = HOUR;

/// Folds messages (oldest first) and findings, as of `now`.
#[must_use]
pub fn fold(said: &[Said], judged: &[Judged], now: Time) -> Quality {
    let mut quality = Quality { messages: said.len() as u64, ..Quality::default() };
    let mut truth: HashMap<&Talk, bool> = HashMap::new();
    for one in judged {
        match one.fraud {
            Some(true) => quality.found.0 += 1,
            Some(false) => quality.found.1 += 1,
            None => quality.found.2 += 1,
        }
        let Some(fraud) = one.fraud else { continue };
        quality.overall.count(fraud);
        let mut count = |kind, name: &String| quality.by.entry((kind, name.clone())).or_default().count(fraud);
        count("market", &one.market);
        one.languages.iter().for_each(|name| count("language", name));
        one.signals.iter().for_each(|name| count("signal", name));
        for talk in &one.talks {
            // One finding of fraud outweighs any of fine about the same talk.
            *truth.entry(talk).or_default() |= fraud;
        }
    }
    let mut talks: HashMap<&Talk, Vec<&Said>> = HashMap::new();
    for one in said {
        let day = quality.days.entry(one.at.0.div_euclid(DAY)).or_default();
        day.messages += 1;
        match one.verdict {
            Verdict::Allow => {}
            Verdict::Warn => day.warned += 1,
            Verdict::Review => day.reviewed += 1,
            Verdict::Hold | Verdict::Block => day.stopped += 1,
        }
        talks.entry(&one.talk).or_default().push(one);
    }
    quality.talks = talks.len() as u64;
    for (talk, messages) in &talks {
        stay(&mut quality, messages, now);
        let keyword = messages.iter().any(|m| m.keyword);
        let guard = messages.iter().any(|m| m.verdict > Verdict::Allow);
        let fraud = truth.get(talk).copied();
        alert(&mut quality.keyword, keyword, fraud);
        alert(&mut quality.guard, guard, fraud);
        match (keyword, guard) {
            (true, true) => quality.overlap.0 += 1,
            (true, false) => quality.overlap.1 += 1,
            (false, true) => quality.overlap.2 += 1,
            (false, false) => {}
        }
    }
    quality
}

fn alert(twin: &mut Twin, alerted: bool, fraud: Option<bool>) {
    twin.alerts.count(alerted);
    if let Some(fraud) = fraud {
        if alerted {
            twin.precision.count(fraud);
        }
        if fraud {
            twin.recall.count(alerted);
        }
    }
}

/// Whether those who were written to wrote again here within a day: after the first warning of a conversation, or,
/// in one that was never warned, after each first message to a person.
fn stay(quality: &mut Quality, messages: &[&Said], now: Time) {
    let warned = messages.iter().position(|m| m.verdict > Verdict::Allow);
    let mut asked: HashSet<&str> = HashSet::new();
    for (place, message) in messages.iter().enumerate() {
        let who = message.recipient.as_str();
        let counts = match warned {
            Some(first) => place == first,
            None => asked.insert(who),
        };
        if !counts || who.is_empty() || now.since(message.at) < FAIR {
            continue;
        }
        let until = message.at.plus(DAY);
        let again = messages[place + 1..].iter().any(|m| m.sender == who && m.at <= until);
        let rate = if warned.is_some() { &mut quality.stayed } else { &mut quality.stayed_base };
        rate.count(again);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(talk: &str, sender: &str, recipient: &str, minute: i64, keyword: bool, verdict: Verdict) -> Said {
        Said {
            talk: Talk("sg".into(), talk.into()),
            sender: sender.into(),
            recipient: recipient.into(),
            at: Time(minute * domain::MINUTE),
            keyword,
            verdict,
        }
    }

    fn found(talk: &str, fraud: Option<bool>, language: &str, signal: &str) -> Judged {
        Judged {
            market: "sg".into(),
            fraud,
            languages: [language.to_owned()].into(),
            signals: [signal.to_owned()].into(),
            talks: [Talk("sg".into(), talk.into())].into(),
        }
    }

    #[test]
    fn a_small_world_counts_as_by_hand() {
        use Verdict::{Allow, Warn};
        let said = [
            said("a", "s", "b", 0, true, Warn),
            said("a", "b", "s", 5, false, Allow),
            said("b", "s", "c", 6, true, Warn),
            said("c", "d", "e", 7, true, Allow),
            said("c", "e", "d", 8, false, Allow),
            said("d", "s", "f", 9, false, Warn),
            said("e", "g", "h", 2000, false, Allow),
        ];
        let judged = [
            found("a", Some(true), "en", "off_platform"),
            found("c", Some(false), "en", "off_platform"),
            found("d", Some(true), "fr", "pay_outside"),
            found("b", None, "fr", "pay_outside"),
        ];
        let q = fold(&said, &judged, Time(2030 * domain::MINUTE));
        assert_eq!((q.messages, q.talks, q.found), (7, 5, (2, 1, 1)));
        assert_eq!(q.overall, Rate { hits: 2, n: 3 });
        assert_eq!(q.by[&("language", "en".into())], Rate { hits: 1, n: 2 });
        assert_eq!(q.by[&("signal", "pay_outside".into())], Rate { hits: 1, n: 1 });
        assert_eq!(q.days[&0], Day { messages: 6, warned: 3, reviewed: 0, stopped: 0 });
        // b answered after the warning, c and f did not; of the unwarned d and e wrote to each other, h has had no time yet.
        assert_eq!((q.stayed, q.stayed_base), (Rate { hits: 1, n: 3 }, Rate { hits: 1, n: 2 }));
        assert_eq!(q.keyword.alerts, Rate { hits: 3, n: 5 });
        assert_eq!((q.keyword.precision, q.keyword.recall), (Rate { hits: 1, n: 2 }, Rate { hits: 1, n: 2 }));
        assert_eq!((q.guard.precision, q.guard.recall), (Rate { hits: 2, n: 2 }, Rate { hits: 2, n: 2 }));
        assert_eq!(q.overlap, (2, 1, 1));
    }

    #[test]
    fn nothing_said_is_no_share() {
        let q = fold(&[], &[], Time(0));
        assert_eq!((q.overall.share(), q.stayed.share(), q.guard.precision.share()), (None, None, None));
    }

    #[test]
    fn an_answer_after_a_day_is_no_answer() {
        let late =
            [said("a", "s", "b", 0, false, Verdict::Warn), said("a", "b", "s", 24 * 60 + 1, false, Verdict::Allow)];
        assert_eq!(fold(&late, &[], Time(9 * DAY)).stayed, Rate { hits: 0, n: 1 });
    }
}
