//! Signals: what was read from an event's texts, stored beside the event. Rules and replay read signals, never the texts.

use domain::Span;
use serde::{Deserialize, Serialize};
use text::{Act, ActHit, Direction, Identifier, IdentifierKind, Polarity, Reading};

/// Names under `signals` that no lexicon list may have.
pub(super) const RESERVED: [&str; 4] = ["lang", "act", "id", "lure"];

/// What was read from an event's texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// The language of the longest text, when it can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// Where which list was hit; at most 64 places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// What the texts do; at most 32 places a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<ActSignal>,
    /// What the texts pass on, without its value; at most 32 places a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<IdentifierSignal>,
    /// Log-odds of harm by the n-gram head, in thousandths; none when it does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lure: Option<f64>,
    /// Log-odds of harm by the sentence encoder's head, in thousandths; none without it, or when it does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<f64>,
}

/// One act at one place; offsets are bytes into the field's original text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActSignal {
    /// The event's field.
    pub field: String,
    /// The act's name: `move_channel`.
    pub act: String,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Who is to do it, seen from the speaker: `offers`, `asks` or `neither`.
    pub direction: String,
    /// It is warned of or refused, and carries no risk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warning: bool,
    /// 0 to 1 in thousandths.
    pub confidence: f64,
}

/// One identifier at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentifierSignal {
    /// The event's field.
    pub field: String,
    /// The kind's name: `phone`.
    pub kind: String,
    /// The app or network it belongs to, where that shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// It imitates somebody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspicious: bool,
}

impl Signals {
    /// Whether nothing was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Signals::default()
    }

    /// How often a list was hit.
    #[must_use]
    pub fn count(&self, list: &str) -> i64 {
        self.spans.iter().filter(|span| span.signal == list).count() as i64
    }

    /// The highest confidence with which an act is proposed or asked for; 0 when it is not, or only warned of.
    #[must_use]
    pub fn act(&self, name: &str) -> f64 {
        let lures = self.acts.iter().filter(|hit| hit.act == name && !hit.warning);
        lures.map(|hit| hit.confidence).fold(0.0, f64::max)
    }

    /// How many identifiers of a kind were passed on.
    #[must_use]
    pub fn identifiers_of(&self, kind: &str) -> i64 {
        self.identifiers.iter().filter(|one| one.kind == kind).count() as i64
    }

    /// Takes what models say of the text, in thousandths from here on.
    pub fn judged(&mut self, words: Option<f64>, meaning: Option<f64>) {
        (self.lure, self.meaning) = (words.map(thousandths), meaning.map(thousandths));
    }

    /// Adds what was read from one field. The values of identifiers are personal and stay behind.
    pub(crate) fn hear(&mut self, field: &str, reading: &Reading) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.acts.extend(reading.acts.iter().map(|hit| ActSignal {
            field: field.to_owned(),
            act: hit.act.name().to_owned(),
            start: place(hit.start),
            end: place(hit.end),
            direction: direction_name(hit.direction).to_owned(),
            warning: hit.polarity == Polarity::Warning,
            confidence: thousandths(hit.confidence),
        }));
        self.identifiers.extend(reading.identifiers.iter().map(|one| IdentifierSignal {
            field: field.to_owned(),
            kind: one.kind.name().to_owned(),
            app: one.app.map(str::to_owned),
            start: place(one.start),
            end: place(one.end),
            suspicious: one.suspicious,
        }));
    }

    /// What one field says, as far as it is stored: live and in a replay the same.
    #[must_use]
    pub fn reading(&self, field: &str) -> Reading {
        let acts = self.acts.iter().filter(|hit| hit.field == field).filter_map(|hit| {
            Some(ActHit {
                act: Act::parse(&hit.act)?,
                start: hit.start as usize,
                end: hit.end as usize,
                direction: direction(&hit.direction),
                polarity: if hit.warning { Polarity::Warning } else { Polarity::Lure },
                confidence: hit.confidence,
            })
        });
        let identifiers = self.identifiers.iter().filter(|one| one.field == field).filter_map(|one| {
            Some(Identifier {
                kind: IdentifierKind::ALL.into_iter().find(|kind| kind.name() == one.kind)?,
                // Which app it is says nothing more to the guard than that it is one.
                app: one.app.as_ref().map(|_| "app"),
                start: one.start as usize,
                end: one.end as usize,
                value: String::new(),
                suspicious: one.suspicious,
            })
        });
        Reading { language: None, identifiers: identifiers.collect(), acts: acts.collect() }
    }

    /// The places behind a name that a rule reads: a list, an act, a kind of identifier, or the whole talk.
    pub(crate) fn places(&self, name: &str) -> Vec<Span> {
        let act = |hit: &ActSignal| span(&hit.field, hit.start, hit.end, format!("act.{}", hit.act));
        let identifier = |one: &IdentifierSignal| span(&one.field, one.start, one.end, format!("id.{}", one.kind));
        let lures = self.acts.iter().filter(|hit| !hit.warning);
        if name.starts_with("chat.") {
            return lures.map(act).chain(self.identifiers.iter().map(identifier)).collect();
        }
        let Some(name) = name.strip_prefix("signals.") else { return Vec::new() };
        match name.split_once('.') {
            Some(("act", wanted)) => lures.filter(|hit| hit.act == wanted).map(act).collect(),
            Some(("id", wanted)) => self.identifiers.iter().filter(|one| one.kind == wanted).map(identifier).collect(),
            _ => self.spans.iter().filter(|span| span.signal == name).cloned().collect(),
        }
    }
}

fn span(field: &str, start: u32, end: u32, signal: String) -> Span {
    Span { field: field.to_owned(), start, end, signal }
}

/// Rounded to thousandths, so that what is stored is what was decided on.
pub(crate) fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Offers => "offers",
        Direction::Asks => "asks",
        Direction::Neither => "neither",
    }
}

fn direction(name: &str) -> Direction {
    match name {
        "offers" => Direction::Offers,
        "asks" => Direction::Asks,
        _ => Direction::Neither,
    }
}
