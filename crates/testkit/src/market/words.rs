//! What people write: phrases in several languages, put together so that few messages are alike.
//! Slots: `{item}`, `{n}` a price, `{when}`, `{place}`.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::phrases::{Phrases, phrases};

/// A language of the generated chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    En,
    Fr,
    ZhHans,
    ZhHant,
    Ms,
    De,
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    /// A buyer asks.
    Ask,
    /// A seller answers.
    Answer,
    /// Leave this chat for another app.
    Lure,
    /// Pay elsewhere.
    Pay,
    /// A lure in words no list holds.
    Sly,
    /// Another app, named without harm in mind.
    Harmless,
    /// A good review.
    Praise,
    /// A bad one.
    Blame,
}

/// Composes one message about an item at a price.
pub(super) fn say(rng: &mut ChaCha8Rng, tongue: Tongue, speech: Speech, item: &str, price: u32) -> String {
    let phrases = phrases(tongue);
    let mut composer = Composer { rng, phrases, item, price, out: String::with_capacity(96) };
    match speech {
        Speech::Ask => composer.maybe(0.6, phrases.greet).add(phrases.ask).maybe(0.3, phrases.close),
        Speech::Answer => composer.maybe(0.2, phrases.greet).add(phrases.answer).maybe(0.3, phrases.close),
        Speech::Lure => composer.maybe(0.5, phrases.greet).maybe(0.7, phrases.bait).add(phrases.lure),
        Speech::Pay => composer.add(phrases.pay).maybe(0.6, phrases.bait),
        Speech::Sly => composer.maybe(0.8, phrases.bait).add(phrases.sly),
        Speech::Harmless => composer.maybe(0.4, phrases.greet).add(phrases.harmless),
        Speech::Praise => composer.add(phrases.praise).maybe(0.5, phrases.praise),
        Speech::Blame => composer.add(phrases.blame),
    };
    composer.out
}

struct Composer<'a> {
    rng: &'a mut ChaCha8Rng,
    phrases: &'static Phrases,
    item: &'a str,
    price: u32,
    out: String,
}

impl Composer<'_> {
    fn maybe(&mut self, chance: f64, from: &'static [&'static str]) -> &mut Self {
        if self.rng.random_bool(chance) { self.add(from) } else { self }
    }

    fn add(&mut self, from: &'static [&'static str]) -> &mut Self {
        // A question mark of full width already parts two sentences.
        if !self.out.is_empty() && !self.out.ends_with('？') {
            self.out.push_str(self.phrases.join);
        }
        let mut rest = pick(self.rng, from);
        while let Some((before, after)) = rest.split_once('{') {
            self.out.push_str(before);
            let (slot, after) = after.split_once('}').unwrap_or((after, ""));
            self.fill(slot);
            rest = after;
        }
        self.out.push_str(rest);
        self
    }

    fn fill(&mut self, slot: &str) {
        match slot {
            "item" => self.out.push_str(self.item),
            "when" => self.out.push_str(pick(self.rng, self.phrases.when)),
            "place" => self.out.push_str(pick(self.rng, self.phrases.place)),
            _ => {
                // People haggle around the price.
                let offer = self.price * self.rng.random_range(70..=100) / 100;
                self.out.push_str(&offer.max(1).to_string());
            }
        }
    }
}

/// One of a table's entries.
pub(super) fn pick<T: Copy>(rng: &mut ChaCha8Rng, from: &[T]) -> T {
    from[rng.random_range(0..from.len())]
}
