//! One conversation as the house keeps it: the guard's fold over its turns, which tongue each side speaks, and who was told
//! what. The engine keeps its bytes with the conversation's entity; the same turns give the same bytes.

use domain::Personal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::decide::Prepared;
use crate::guard::{Conversation, Risk, Role, Stage, Turn};
use crate::pack::{FieldType, Schema, Signals, thousandths};

/// Sides whose language is remembered, and messages remembered as told.
const LIMIT_SIDES: usize = 4;
const LIMIT_TOLD: usize = 24;

/// Texts with fewer letters and digits than this are everybody's, and no copies of each other.
const LIMIT_COPY: usize = 24;

/// Where a schema's chat turn stands: the fields, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnFields {
    /// The text.
    pub text: usize,
    /// Who wrote it: the person whose data the text is.
    pub speaker: usize,
    /// The conversation it belongs to.
    pub conversation: usize,
}

/// The turn an event type carries: a personal text of one of its entities, in a conversation.
#[must_use]
pub fn turn_fields(schema: &Schema) -> Option<TurnFields> {
    let entity = |wanted: &dyn Fn(&str, &str) -> bool| {
        schema.fields.iter().position(|f| matches!(&f.kind, FieldType::Entity(kind) if wanted(&f.name, kind)))
    };
    let text = schema.fields.iter().position(|f| f.kind == FieldType::Text && f.personal.is_some())?;
    let owner = schema.fields[text].personal.as_deref()?;
    Some(TurnFields {
        text,
        speaker: entity(&|name, _| name == owner)?,
        conversation: entity(&|_, kind| kind == "conversation")?,
    })
}

/// What rules see of a conversation, as of one event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatView {
    /// 0 to 1 in thousandths.
    #[serde(rename = "r")]
    pub risk: f64,
    /// The guard speaks.
    #[serde(rename = "x")]
    pub alert: bool,
    /// It did not before this turn.
    #[serde(skip)]
    pub new: bool,
    /// Turns so far.
    #[serde(rename = "u")]
    pub turn: u32,
    /// `opening`, `talk`, `contact` or `payment`.
    #[serde(rename = "g")]
    pub stage: String,
    /// Acts said so far by anyone, in the house's order.
    #[serde(skip)]
    pub acts: Vec<&'static str>,
}

/// The state of one conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chat {
    #[serde(rename = "c")]
    conversation: Conversation,
    #[serde(rename = "v", default)]
    last: ChatView,
    /// Which language each side spoke last.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    languages: Vec<(u32, String)>,
    /// Who was told what at which turn.
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    told: Vec<(u32, u32, u32)>,
}

impl Chat {
    /// Reads what [`Chat::to_bytes`] wrote; bytes that do not read are a conversation that begins.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Chat {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The state as bytes, fewer than 2,048.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Takes one more turn, by the person of this id.
    pub fn step(&mut self, speaker: &str, field: &str, signals: &Signals) -> ChatView {
        if let Some(language) = &signals.lang {
            let who = short(speaker);
            self.languages.retain(|(role, _)| *role != who);
            self.languages.insert(0, (who, language.clone()));
            self.languages.truncate(LIMIT_SIDES);
        }
        let reading = signals.reading(field);
        let turn = Turn { role: Role::of(speaker), reading: &reading, ngram: signals.lure, encoder: signals.meaning };
        let risk = self.conversation.step(&turn);
        self.last = self.view_of(&risk);
        self.last.clone()
    }

    /// What it is now, when no new turn was taken.
    #[must_use]
    pub fn view(&self) -> ChatView {
        ChatView { new: false, acts: self.acts(), ..self.last.clone() }
    }

    fn view_of(&self, risk: &Risk) -> ChatView {
        let stage = match risk.stage {
            Stage::Opening => "opening",
            Stage::Talk => "talk",
            Stage::Contact => "contact",
            Stage::Payment => "payment",
        };
        ChatView {
            risk: thousandths(risk.score),
            alert: risk.alert,
            new: risk.new,
            turn: risk.turn,
            stage: stage.to_owned(),
            acts: self.acts(),
        }
    }

    fn acts(&self) -> Vec<&'static str> {
        self.conversation.acts().into_iter().map(text::Act::name).collect()
    }

    /// Whether a person may be told this here: each thing once, and never at two turns in a row.
    #[must_use]
    pub fn may_tell(&self, who: &str, what: &str) -> bool {
        let (who, what) = (short(who), short(what));
        let here = self.last.turn;
        !self.told.iter().any(|(w, t, turn)| *w == who && (*t == what || *turn + 1 >= here && here > 0))
    }

    /// Remembers that a person was told something.
    pub fn tell(&mut self, who: &str, what: &str) {
        self.told.insert(0, (short(who), short(what), self.last.turn));
        self.told.truncate(LIMIT_TOLD);
    }

    /// The language a person spoke here last.
    #[must_use]
    pub fn language(&self, who: &str) -> Option<&str> {
        let who = short(who);
        self.languages.iter().find(|(role, _)| *role == who).map(|(_, language)| language.as_str())
    }
}

/// The turn of a prepared event: the speaker's id, the text's field, and the conversation's place among the entities.
#[must_use]
pub fn turn_of<'a>(schema: &'a Schema, prepared: &'a Prepared) -> Option<(&'a str, &'a str, usize)> {
    let fields = turn_fields(schema)?;
    let speaker = prepared.entity(fields.speaker)?;
    let conversation = prepared.entity(fields.conversation)?;
    Some((&prepared.entities[speaker].entity.id, &schema.fields[fields.text].name, conversation))
}

/// The name all copies of a text share, whatever case, width, spacing, punctuation and digits; none for short texts.
#[must_use]
pub fn copies(text: &Personal<&str>) -> Option<String> {
    let letters = text.expose().nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    let plain: String = letters.map(|c| if c.is_numeric() { '0' } else { c }).take(2_000).collect();
    // A Chinese, Japanese or Korean character says as much as two or three letters; so do its bytes.
    if plain.len() < LIMIT_COPY {
        return None;
    }
    Some(Sha256::digest(plain).iter().take(10).map(|byte| format!("{byte:02x}")).collect())
}

/// A name in 32 bits: enough to tell the few people and topics of one conversation apart.
fn short(name: &str) -> u32 {
    let digest: [u8; 32] = Sha256::digest(name).into();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_once_and_never_at_two_turns_in_a_row() {
        let mut chat = Chat::default();
        let quiet = Signals { lang: Some("fr".into()), ..Signals::default() };
        chat.step("u1", "text", &quiet);
        assert!(chat.may_tell("u2", "pay") && chat.language("u1") == Some("fr") && chat.language("u2").is_none());
        chat.tell("u2", "pay");
        assert!(!chat.may_tell("u2", "code"), "not twice at one turn");
        assert!(chat.may_tell("u1", "code"), "the other side has heard nothing");
        chat.step("u1", "text", &quiet);
        assert!(!chat.may_tell("u2", "code"), "nor at the next");
        chat.step("u1", "text", &quiet);
        assert!(chat.may_tell("u2", "code") && !chat.may_tell("u2", "pay"));
        assert_eq!(
            Chat::from_bytes(&chat.to_bytes()),
            Chat { last: ChatView { new: false, acts: vec![], ..chat.last.clone() }, ..chat.clone() }
        );
        for n in 0..200 {
            chat.step(&format!("u{n}"), "text", &quiet);
            chat.tell(&format!("u{n}"), &format!("topic {n}"));
        }
        assert!(chat.to_bytes().len() < 2_048, "{}", chat.to_bytes().len());
    }

    #[test]
    fn copies_share_a_name_and_short_or_other_texts_do_not() {
        let name = |text: &str| copies(&Personal::new(text));
        let lure = name("Hello dear, write me on WhatsApp +65 9123 4567 for price");
        assert!(lure.is_some());
        assert_eq!(lure, name("HELLO dear — write me on WhatsApp: +65 8888 0000 for price!!"));
        assert_ne!(lure, name("Hello dear, write me on Telegram +65 9123 4567 for price"));
        assert_eq!(name("still available?"), None);
        assert!(name("加我微信聊，价格可以再便宜一点").is_some());
    }
}
