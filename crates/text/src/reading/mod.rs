//! The reader of messages: what people pass on (identifiers) and what they do with words (acts), each with its
//! place in the original text. It knows words and places, never who speaks or what was said before.

mod acts;
mod atoms;
mod tables;
mod variants;

use crate::extract::{Found, OwnHosts, handles, plain};
use crate::fold::skeleton;
use crate::lang::{Lang, language};

/// How much of one message is read, in bytes; the rest is left alone.
const LIMIT_READ: usize = 8_000;
/// The most identifiers and the most acts one message gives.
const LIMIT_FOUND: usize = 32;

/// Something done with words that takes a talk towards fraud, or warns of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Act {
    /// The speaker gives a number, address or handle of their own.
    OfferContact,
    /// The speaker wants the other's.
    AskContact,
    /// The talk should go on somewhere else.
    MoveChannel,
    /// The money should go around the market's own payment.
    PayOutside,
    /// A deposit, a fee, or everything, before anything is sent or seen.
    PayFirst,
    /// Too much was or will be paid, and the difference is wanted back or passed on.
    Overpay,
    /// A page where the other should pay, receive money, or book a courier.
    PaymentLink,
    /// One-time codes, passwords, card or bank details.
    AskCode,
    /// The talk should be deleted or hidden, from the market too.
    HideChat,
    /// Somebody else is waiting, it must be now.
    Pressure,
    /// Papers, screenshots or a story that stand in for proof.
    FakeProof,
    /// A price or a gain nobody honest offers.
    PriceTooGood,
}

impl Act {
    /// Every act, in the house's order.
    pub const ALL: [Act; 12] = [
        Act::OfferContact,
        Act::AskContact,
        Act::MoveChannel,
        Act::PayOutside,
        Act::PayFirst,
        Act::Overpay,
        Act::PaymentLink,
        Act::AskCode,
        Act::HideChat,
        Act::Pressure,
        Act::FakeProof,
        Act::PriceTooGood,
    ];

    /// The name as rules and the log write it; it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Act::OfferContact => "offer_contact",
            Act::AskContact => "ask_contact",
            Act::MoveChannel => "move_channel",
            Act::PayOutside => "pay_outside",
            Act::PayFirst => "pay_first",
            Act::Overpay => "overpay",
            Act::PaymentLink => "payment_link",
            Act::AskCode => "ask_code",
            Act::HideChat => "hide_chat",
            Act::Pressure => "pressure",
            Act::FakeProof => "fake_proof",
            Act::PriceTooGood => "price_too_good",
        }
    }

    /// Reads a name written by [`Act::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.name() == name)
    }
}

/// Who is to do it: seen from the speaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The speaker offers to do it.
    Offers,
    /// The speaker asks the other to do it.
    Asks,
    /// A bare mention.
    Neither,
}

/// Whether an act draws the other in or warns them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Polarity {
    /// The act is proposed, asked for or done.
    Lure,
    /// The act is refused or warned of: it carries no risk.
    Warning,
}

/// One act at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActHit {
    /// What is done.
    pub act: Act,
    /// First byte in the original text.
    pub start: usize,
    /// One past the last byte; both lie on character boundaries.
    pub end: usize,
    /// Who is to do it.
    pub direction: Direction,
    /// Lure or warning.
    pub polarity: Polarity,
    /// 0 to 1: from about 0.5 on the words say it, below they may mean something harmless.
    pub confidence: f64,
}

/// What kind of identifier was passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierKind {
    /// A telephone number, in digits or in words.
    Phone,
    /// An e-mail address.
    Email,
    /// A web address.
    Url,
    /// A name on a messaging app or social network.
    Handle,
    /// A bank account, by its check digits.
    Iban,
    /// A payment card, by its check digit.
    Card,
    /// An address of a crypto currency.
    Crypto,
    /// A mention of a QR code.
    Qr,
}

impl IdentifierKind {
    /// Every kind, in the house's order.
    pub const ALL: [IdentifierKind; 8] = [
        IdentifierKind::Phone,
        IdentifierKind::Email,
        IdentifierKind::Url,
        IdentifierKind::Handle,
        IdentifierKind::Iban,
        IdentifierKind::Card,
        IdentifierKind::Crypto,
        IdentifierKind::Qr,
    ];

    /// The name as rules and the log write it; it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            IdentifierKind::Phone => "phone",
            IdentifierKind::Email => "email",
            IdentifierKind::Url => "url",
            IdentifierKind::Handle => "handle",
            IdentifierKind::Iban => "iban",
            IdentifierKind::Card => "card",
            IdentifierKind::Crypto => "crypto",
            IdentifierKind::Qr => "qr",
        }
    }
}

/// One identifier at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// The messaging app or network it belongs to, where that shows: `whatsapp`, `telegram`, `line` …
    pub app: Option<&'static str>,
    /// First byte in the original text.
    pub start: usize,
    /// One past the last byte; both lie on character boundaries.
    pub end: usize,
    /// Canonical form: digits of a phone number with `+` when it was given, lower-case addresses. Cards and accounts
    /// keep their last four characters only. Personal data all the same.
    pub value: String,
    /// A web or mail address that imitates the market's own, a payment brand or a courier, or hides its script.
    pub suspicious: bool,
}

/// What one message says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The language and how sure that is, 0 to 1; none when nothing tells.
    pub language: Option<(Lang, f64)>,
    /// What was passed on, by place; at most 32.
    pub identifiers: Vec<Identifier>,
    /// What was done, by place; at most 32.
    pub acts: Vec<ActHit>,
}

impl Reading {
    /// The highest confidence with which an act is proposed or asked for; 0 when it is not, or only warned of.
    #[must_use]
    pub fn lure(&self, act: Act) -> f64 {
        let lures = self.acts.iter().filter(|hit| hit.act == act && hit.polarity == Polarity::Lure);
        lures.map(|hit| hit.confidence).fold(0.0, f64::max)
    }
}

/// Reads messages. The tables are compiled once for the whole process; a reader adds the market's own hosts.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    own: OwnHosts,
}

impl Reader {
    /// Takes the market's own domains (`lionmart.example`): addresses below them are never suspicious, look-alikes are.
    #[must_use]
    pub fn new(own_domains: &[&str]) -> Reader {
        Reader { own: OwnHosts::new(own_domains) }
    }

    /// Reads one message, at most its first 8,000 bytes. The work is bounded and about linear; the same text always
    /// gives the same reading. Spans lie on character boundaries of the text.
    #[must_use]
    pub fn read(&self, text: &str) -> Reading {
        let text = &text[..text.floor_char_boundary(LIMIT_READ)];
        if text.contains(OVERRIDE) { self.read_turned(text) } else { self.read_plain(text) }
    }

    fn read_plain(&self, text: &str) -> Reading {
        let language = language(text);
        let folded = skeleton(text);
        if folded.text.trim().is_empty() {
            return Reading { language, ..Reading::default() };
        }
        let tables = tables::tables();
        let mut found = plain(text, &folded, &self.own);
        let mut atoms = atoms::gather(tables, &folded);
        handles(&folded, &atoms.apps, &mut found);
        atoms.add_found(tables, &found);
        let acts = acts::find(tables, &atoms, &found, language);
        Reading {
            language,
            identifiers: found.into_iter().take(LIMIT_FOUND).map(|one| one.identifier(&folded)).collect(),
            acts: acts.into_iter().take(LIMIT_FOUND).map(|one| one.hit(&folded)).collect(),
        }
    }

    /// Reads what a text shows when marks in it turn the order of letters round.
    fn read_turned(&self, text: &str) -> Reading {
        let mut shown: Vec<(usize, char)> = Vec::with_capacity(text.len());
        let mut from = None;
        for (at, c) in text.char_indices() {
            match (c, from) {
                (OVERRIDE, None) => from = Some(shown.len()),
                (POP, Some(start)) => {
                    shown[start..].reverse();
                    from = None;
                }
                (OVERRIDE, Some(_)) => {}
                _ => shown.push((at, c)),
            }
        }
        if let Some(start) = from {
            shown[start..].reverse();
        }
        let display: String = shown.iter().map(|(_, c)| c).collect();
        let mut reading = self.read_plain(&display);
        let starts: Vec<usize> = display.char_indices().map(|(at, _)| at).collect();
        let original = |start: usize, end: usize| {
            let first = starts.partition_point(|&at| at < start);
            let last = starts.partition_point(|&at| at < end);
            let places = &shown[first..last];
            let from = places.iter().map(|(at, _)| *at).min().unwrap_or_default();
            (from, places.iter().map(|(at, c)| at + c.len_utf8()).max().unwrap_or(from))
        };
        for hit in &mut reading.acts {
            (hit.start, hit.end) = original(hit.start, hit.end);
        }
        for one in &mut reading.identifiers {
            (one.start, one.end) = original(one.start, one.end);
        }
        reading
    }
}

/// Shows what follows from right to left, whatever its letters.
const OVERRIDE: char = '\u{202E}';
/// Ends that.
const POP: char = '\u{202C}';

impl Found {
    fn identifier(self, folded: &crate::fold::Folded) -> Identifier {
        let (start, end) = folded.original(self.start, self.end);
        Identifier {
            kind: self.kind,
            app: self.app,
            start: start as usize,
            end: end as usize,
            value: self.value,
            suspicious: self.suspicious,
        }
    }
}
