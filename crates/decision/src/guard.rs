//! The conversation guard: what each turn says, folded into the risk of the whole conversation. Pure: the same
//! turns give the same risk, live, in a replay and in an evaluation.
//!
//! Two kinds of evidence meet, as log-odds. *Acts* and identifiers are counted for the side of the talk they come
//! from, each at its strongest, so that three harmless halves by one person become one lure. *Models* score each
//! turn by its words and by its meaning; their scores are summed as odds, so that a single turn that stands out
//! counts and no turn is lost. The risk never saturates: of two conversations that differ, one is riskier.

use serde::{Deserialize, Serialize};
use text::{Act, ActHit, Direction, IdentifierKind, Polarity, Reading};

/// The score from which the guard speaks.
pub const THRESHOLD: f64 = 0.5;
/// Acts below this confidence are mentions, and count for little.
const SURE: f64 = 0.5;
/// Sides of one conversation that are kept apart; whoever joins later shares the last place.
const LIMIT_SIDES: usize = 2;
/// Different acts that are remembered of one side, the strongest.
const LIMIT_ACTS: usize = 7;
/// How far one model can pull, in log-odds.
const LIMIT_ODDS: f64 = 12.0;
/// What a turn is worth that no model knows anything about, in log-odds.
const UNKNOWN_ODDS: f64 = -1.0;
/// The odds that somebody lures before anything is said.
const PRIOR: f64 = -4.3;
/// How much the models' evidence counts beside the acts'. Heads that transfer are shy: their log-odds span little.
const MODEL_SHARE: f64 = 2.0;
/// How much the most suspicious turn outweighs the rest: many ordinary turns shall not add up to an alarm.
const SHARPNESS: f64 = 3.0;
/// How much the turns' mean counts beside their sharpened sum.
const MEAN_SHARE: f64 = 0.02;
/// The most that passing on contacts weighs by itself, in log-odds: honest people do it every day.
const CONTACT_ALONE: f64 = 1.6;
/// Turns in which a talk is at its opening.
const OPENING: u32 = 3;

/// Who speaks: any word that is the same for all turns of one person and differs between persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role(u32);

impl Role {
    /// The role of a name, such as `buyer` or an id; the name itself is not kept.
    #[must_use]
    pub fn of(name: &str) -> Role {
        Role(name.bytes().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)))
    }
}

/// One message, read.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// Who wrote it.
    pub role: Role,
    /// What its words do.
    pub reading: &'a Reading,
    /// Log-odds of harm by its n-grams; none when that head does not know.
    pub ngram: Option<f64>,
    /// Log-odds of harm by its meaning; none without the encoder, or when it does not know.
    pub encoder: Option<f64>,
}

/// How far a talk has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The first words.
    #[default]
    Opening,
    /// Talk about the goods.
    Talk,
    /// Somebody has passed on how to be reached.
    Contact,
    /// Somebody speaks of paying.
    Payment,
}

/// What carried risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An act.
    Act(Act),
    /// Something passed on.
    Identifier(IdentifierKind),
    /// The n-gram head.
    Words,
    /// The head over sentence vectors.
    Meaning,
}

impl Cause {
    /// The name as the API and evaluations write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Act(act) => act.name(),
            Cause::Identifier(kind) => kind.name(),
            Cause::Words => "words",
            Cause::Meaning => "meaning",
        }
    }
}

/// One reason of a risk, the place it stands at, and what it is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Why {
    /// What it is.
    pub cause: Cause,
    /// The turn it was said in, from 1.
    pub turn: u32,
    /// First byte in that turn's original text.
    pub start: usize,
    /// One past the last byte; a model's reason spans nothing.
    pub end: usize,
    /// Its share of the risk, in log-odds.
    pub worth: f64,
}

/// The risk of a conversation after a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    /// 0 to 1; not rounded, so that no two conversations tie by chance.
    pub score: f64,
    /// Whether the guard speaks.
    pub alert: bool,
    /// Whether it did not before this turn.
    pub new: bool,
    /// The turn this is, from 1.
    pub turn: u32,
    /// How far the talk has come.
    pub stage: Stage,
    /// What carries the risk, of this and earlier turns, the heaviest first.
    pub why: Vec<Why>,
}

/// What has been said so far in one conversation. Small: at most 512 bytes as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    #[serde(rename = "n")]
    turns: u32,
    #[serde(rename = "s")]
    sides: Vec<Side>,
    /// Sum of the turns' sharpened odds by the models, as a logarithm.
    #[serde(rename = "o")]
    odds: Option<f64>,
    /// Sum of the turns' odds as they are: what still tells two talks apart when one turn drowns the rest.
    #[serde(rename = "m", default)]
    plain: f64,
    /// The turn that weighs most for the models: which, by words or meaning, and its log-odds.
    #[serde(rename = "t")]
    top: Option<(u32, bool, f64)>,
    #[serde(rename = "g")]
    stage: Stage,
    #[serde(rename = "a")]
    alerted: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Side {
    #[serde(rename = "r")]
    role: u32,
    #[serde(rename = "e")]
    seen: Vec<Seen>,
}

/// One act or identifier of a side: its code, its worth in hundredths, turn, and place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Seen(u8, u16, u16, u16, u16);

impl Conversation {
    /// Takes one more turn and tells the risk now. Work and memory are bounded, however long the conversation.
    pub fn step(&mut self, turn: &Turn) -> Risk {
        self.turns = self.turns.saturating_add(1);
        self.hear_models(turn);
        let side = self.side(turn.role);
        let mut stage = if self.turns <= OPENING { Stage::Opening } else { Stage::Talk };
        for hit in turn.reading.acts.iter().filter(|hit| hit.polarity == Polarity::Lure) {
            let worth = act_worth(hit, self.turns);
            self.note(side, code_of(Cause::Act(hit.act)), worth, hit.start, hit.end);
            if hit.confidence >= SURE {
                stage = stage.later(stage_of(hit.act));
            }
        }
        for one in &turn.reading.identifiers {
            let worth = identifier_worth(one.kind, one.app.is_some(), one.suspicious);
            self.note(side, code_of(Cause::Identifier(one.kind)), worth, one.start, one.end);
        }
        self.stage = self.stage.later(stage);
        self.risk()
    }

    /// How many turns were taken.
    #[must_use]
    pub fn turns(&self) -> u32 {
        self.turns
    }

    /// The turn at which the guard first spoke.
    #[must_use]
    pub fn alerted(&self) -> Option<u32> {
        self.alerted
    }

    /// Acts said so far by anyone, each once, in the house's order.
    #[must_use]
    pub fn acts(&self) -> Vec<Act> {
        let said = |act: &Act| {
            let code = code_of(Cause::Act(*act));
            self.sides.iter().flat_map(|side| &side.seen).any(|seen| seen.0 == code)
        };
        Act::ALL.into_iter().filter(said).collect()
    }

    fn side(&mut self, role: Role) -> usize {
        if let Some(known) = self.sides.iter().position(|side| side.role == role.0) {
            return known;
        }
        if self.sides.len() < LIMIT_SIDES {
            self.sides.push(Side { role: role.0, seen: Vec::new() });
        }
        self.sides.len() - 1
    }

    fn hear_models(&mut self, turn: &Turn) {
        let odds = model_odds(turn.ngram, turn.encoder);
        let known = SHARPNESS * odds.unwrap_or(UNKNOWN_ODDS);
        self.plain += known / SHARPNESS;
        self.odds = Some(self.odds.map_or(known, |sum| add_odds(sum, known)));
        if let Some(odds) = odds
            && self.top.is_none_or(|(_, _, most)| odds > most)
        {
            let by_meaning = turn.encoder.unwrap_or(f64::NEG_INFINITY) >= turn.ngram.unwrap_or(f64::NEG_INFINITY);
            self.top = Some((self.turns, by_meaning, round(odds)));
        }
    }

    /// Remembers the strongest saying of each act and identifier by one side.
    fn note(&mut self, side: usize, code: u8, worth: f64, start: usize, end: usize) {
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let turn = u16::try_from(self.turns).unwrap_or(u16::MAX);
        let new = Seen(code, (worth * 100.0).round().clamp(0.0, 2_000.0) as u16, turn, small(start), small(end));
        let seen = &mut self.sides[side].seen;
        match seen.iter_mut().find(|seen| seen.0 == code) {
            Some(old) if old.1 < new.1 => *old = new,
            Some(_) => {}
            None => seen.push(new),
        }
        if seen.len() > LIMIT_ACTS {
            seen.sort_by_key(|seen| std::cmp::Reverse(seen.1));
            seen.truncate(LIMIT_ACTS);
        }
    }

    fn risk(&mut self) -> Risk {
        let models = self.odds.map_or(UNKNOWN_ODDS, |sum| sum / SHARPNESS);
        let models = models + MEAN_SHARE * self.plain / f64::from(self.turns.max(1));
        let mut sides: Vec<f64> = self.sides.iter().map(Side::worth).collect();
        sides.sort_by(|a, b| b.total_cmp(a));
        let acts: f64 = sides.iter().zip([1.0, 0.3]).map(|(worth, share)| worth * share).sum();
        let score = 1.0 / (1.0 + (-(PRIOR + MODEL_SHARE * models + acts)).exp());
        let alert = score >= THRESHOLD;
        let new = alert && self.alerted.is_none();
        if new {
            self.alerted = Some(self.turns);
        }
        Risk { score, alert, new, turn: self.turns, stage: self.stage, why: self.why() }
    }

    fn why(&self) -> Vec<Why> {
        let mut why: Vec<Why> = self.sides.iter().flat_map(|side| &side.seen).filter_map(Seen::why).collect();
        if let Some((turn, by_meaning, odds)) = self.top
            && odds > 0.0
        {
            let cause = if by_meaning { Cause::Meaning } else { Cause::Words };
            why.push(Why { cause, turn, start: 0, end: 0, worth: MODEL_SHARE * odds });
        }
        why.sort_by(|a, b| b.worth.total_cmp(&a.worth));
        why
    }
}

impl Side {
    /// What this side has said, in log-odds: its acts, and more when leaving the market and paying meet.
    fn worth(&self) -> f64 {
        let said = |acts: &[Act]| {
            acts.iter().any(|act| self.seen.iter().any(|s| s.0 == code_of(Cause::Act(*act)) && s.1 > 100))
        };
        let (mut contact, mut rest) = (0.0, 0.0);
        for seen in &self.seen {
            let worth = f64::from(seen.1) / 100.0;
            if seen.is_contact() { contact += worth } else { rest += worth }
        }
        let leaves = said(&[Act::OfferContact, Act::AskContact, Act::MoveChannel, Act::HideChat]);
        let pays = said(&[Act::PayOutside, Act::PayFirst, Act::Overpay, Act::PaymentLink, Act::AskCode]);
        contact.min(CONTACT_ALONE) + rest + if leaves && pays { 1.0 } else { 0.0 }
    }
}

impl Seen {
    /// Whether it only tells how somebody is reached; a look-alike address is more than that.
    fn is_contact(&self) -> bool {
        let contacts = [Cause::Act(Act::OfferContact), Cause::Act(Act::AskContact)];
        let plain = usize::from(self.0) >= Act::ALL.len() && self.1 < 150;
        plain || contacts.iter().any(|cause| code_of(*cause) == self.0)
    }

    fn why(&self) -> Option<Why> {
        let Seen(code, worth, turn, start, end) = *self;
        let code = usize::from(code);
        let cause = match code.checked_sub(Act::ALL.len()) {
            None => Cause::Act(Act::ALL[code]),
            Some(kind) => Cause::Identifier(*IdentifierKind::ALL.get(kind)?),
        };
        let worth = f64::from(worth) / 100.0;
        Some(Why { cause, turn: turn.into(), start: start.into(), end: end.into(), worth })
    }
}

impl Stage {
    fn later(self, other: Stage) -> Stage {
        if other as u8 > self as u8 { other } else { self }
    }
}

fn code_of(cause: Cause) -> u8 {
    match cause {
        Cause::Act(act) => act as u8,
        Cause::Identifier(kind) => Act::ALL.len() as u8 + kind as u8,
        Cause::Words | Cause::Meaning => u8::MAX,
    }
}

fn stage_of(act: Act) -> Stage {
    match act {
        Act::OfferContact | Act::AskContact | Act::MoveChannel | Act::HideChat => Stage::Contact,
        Act::PayOutside | Act::PayFirst | Act::Overpay | Act::PaymentLink | Act::AskCode | Act::FakeProof => {
            Stage::Payment
        }
        Act::Pressure | Act::PriceTooGood => Stage::Opening,
    }
}

/// What an act is worth in log-odds when its words are sure.
fn act_worth(hit: &ActHit, turn: u32) -> f64 {
    let full = match hit.act {
        Act::OfferContact => 1.6,
        Act::AskContact => 1.4,
        Act::MoveChannel => 3.2,
        Act::PayOutside => 3.2,
        Act::PayFirst => 2.6,
        Act::Overpay => 4.0,
        Act::PaymentLink => 3.6,
        Act::AskCode => 4.2,
        Act::HideChat => 3.6,
        Act::Pressure => 0.7,
        Act::FakeProof => 2.4,
        Act::PriceTooGood => 1.4,
    };
    let bare = if hit.direction == Direction::Neither { 0.6 } else { 1.0 };
    // Who wants to leave before the goods were spoken of wants to leave.
    let early = if turn <= OPENING && stage_of(hit.act) == Stage::Contact { 1.15 } else { 1.0 };
    full * bare * early * hit.confidence.clamp(0.0, 1.0).powf(1.5)
}

fn identifier_worth(kind: IdentifierKind, app: bool, suspicious: bool) -> f64 {
    let plain = match kind {
        IdentifierKind::Phone => 0.5,
        IdentifierKind::Email => 0.5,
        IdentifierKind::Url => 0.8,
        IdentifierKind::Handle => 0.8,
        IdentifierKind::Iban => 0.8,
        IdentifierKind::Card => 0.3,
        IdentifierKind::Crypto => 2.0,
        IdentifierKind::Qr => 0.5,
    };
    plain + if app { 0.5 } else { 0.0 } + if suspicious { 3.0 } else { 0.0 }
}

/// One turn's log-odds from what the models know of it.
fn model_odds(ngram: Option<f64>, encoder: Option<f64>) -> Option<f64> {
    let bounded = |odds: f64| if odds.is_nan() { 0.0 } else { odds.clamp(-LIMIT_ODDS, LIMIT_ODDS) };
    match (ngram.map(bounded), encoder.map(bounded)) {
        (None, None) => None,
        // Words alone know little outside their source: they are believed less than half.
        (Some(words), None) => Some(0.42 * words + 0.58 * UNKNOWN_ODDS),
        (None, Some(meaning)) => Some(meaning),
        (Some(words), Some(meaning)) => Some(0.2 * words + 0.8 * meaning),
    }
}

/// `ln(e^a + e^b)`.
fn add_odds(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    high + (low - high).exp().ln_1p()
}

fn round(x: f64) -> f64 {
    (x * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use text::Reader;

    use super::*;

    /// Reads turns given as `who: words`; the models know nothing.
    fn talk(turns: &[&str]) -> (Conversation, Vec<Risk>) {
        let reader = Reader::new(&[]);
        let mut conversation = Conversation::default();
        let risks = turns.iter().map(|line| {
            let (who, words) = line.split_once(": ").unwrap();
            let reading = reader.read(words);
            conversation.step(&Turn { role: Role::of(who), reading: &reading, ngram: None, encoder: None })
        });
        let risks = risks.collect();
        (conversation, risks)
    }

    const HONEST: &[&str] = &[
        "b: Hi, is this still available?",
        "s: Yes it is. Pickup near the station.",
        "b: Would you take 40?",
        "s: 45 and it is yours. Please pay in the app.",
        "b: Deal, see you at six.",
    ];

    #[test]
    fn an_honest_talk_stays_quiet_and_a_lure_is_heard_at_its_turn() {
        let (_, risks) = talk(HONEST);
        assert!(risks.iter().all(|risk| !risk.alert), "{risks:?}");
        let lure = ["s: Add me on WhatsApp +65 9123 4567 and pay me directly by bank transfer, no fees."];
        let (conversation, risks) = talk(&[HONEST, &lure].concat());
        let last = risks.last().unwrap();
        assert!(last.alert && last.new && conversation.alerted() == Some(6), "{last:?}");
        assert_eq!(last.why[0].turn, 6);
        let spans = last.why.iter().filter(|why| matches!(why.cause, Cause::Act(_)));
        assert!(spans.clone().count() > 0 && spans.clone().all(|why| lure[0][3..].get(why.start..why.end).is_some()));
        let (_, again) = talk(&[HONEST, &lure, &lure].concat());
        assert!(again.last().is_some_and(|risk| risk.alert && !risk.new), "an alert is new once");
    }

    #[test]
    fn two_halves_by_one_person_weigh_more_than_by_two() {
        let halves = |first: &str, second: &str| {
            let first = format!("{first}: message me on telegram please");
            let second = format!("{second}: send the deposit first by bank transfer");
            talk(&[&first, &second]).1.pop().unwrap().score
        };
        assert!(halves("a", "a") > halves("a", "b"));
    }

    #[test]
    fn a_warning_is_no_lure() {
        let (conversation, risks) = talk(&["s: Never pay outside the app."]);
        assert!(!risks[0].alert && conversation.acts().is_empty(), "{risks:?}");
    }

    fn step(conversation: &mut Conversation, role: &str, ngram: Option<f64>, encoder: Option<f64>) -> Risk {
        conversation.step(&Turn { role: Role::of(role), reading: &Reading::default(), ngram, encoder })
    }

    #[test]
    fn what_no_model_knows_raises_no_alarm() {
        let mut conversation = Conversation::default();
        let loud = (0..200).map(|_| step(&mut conversation, "x", None, None)).any(|risk| risk.alert);
        assert!(!loud);
    }

    proptest! {
        #[test]
        fn more_suspicion_is_more_risk_and_never_ties(
            turns in proptest::collection::vec((0usize..4, proptest::option::of(-9.0f64..9.0), -9.0f64..9.0), 1..30),
            at in 0usize..30,
            more in 0.01f64..3.0,
        ) {
            let at = at % turns.len();
            let fold = |more: f64| {
                let mut conversation = Conversation::default();
                let mut score = 0.0;
                for (n, (role, ngram, encoder)) in turns.iter().enumerate() {
                    let encoder = encoder + if n == at { more } else { 0.0 };
                    score = step(&mut conversation, &role.to_string(), *ngram, Some(encoder)).score;
                }
                score
            };
            prop_assert!(fold(more) > fold(0.0));
        }

        #[test]
        fn the_state_is_small_and_comes_back(
            turns in proptest::collection::vec((0usize..6, any::<prop::sample::Index>(), 0usize..100_000), 0..60),
            odd in proptest::option::of(prop::num::f64::ANY),
        ) {
            let mut conversation = Conversation::default();
            for (role, which, start) in turns {
                let act = *which.get(&Act::ALL);
                let polarity = Polarity::Lure;
                let hit = ActHit { act, start, end: start + 9, direction: Direction::Asks, polarity, confidence: 0.9 };
                let reading = Reading { acts: vec![hit], ..Reading::default() };
                let risk = conversation.step(&Turn { role: Role::of(&role.to_string()), reading: &reading, ngram: odd, encoder: None });
                prop_assert!((0.0..=1.0).contains(&risk.score));
            }
            let json = serde_json::to_string(&conversation).unwrap();
            prop_assert!(json.len() <= 512, "{} bytes", json.len());
            prop_assert_eq!(serde_json::from_str::<Conversation>(&json).unwrap(), conversation);
        }
    }
}
