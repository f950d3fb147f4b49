//! Events for measuring: a fixed mix over a fixed number of known entities, with as many random ids as wanted.

use domain::{Event, Object, Time};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::MARKETS;
use super::goods::GOODS;
use super::people::PLACES;
use super::words::{Speech, Tongue, pick, say};
use super::world::{event_id, source};

/// What to measure with.
#[derive(Clone, Debug)]
pub struct BenchConfig {
    /// Time of the first event.
    pub start: Time,
    /// Events in a second of the events' own time, at least 1.
    pub per_second: u32,
    /// Known entities of all kinds and markets together, at least 30: of a hundred, 45 are users, 20 devices, 10 each
    /// visitors, conversations and cards, 5 listings. Orders, payments and new listings come on top, without end.
    pub entities: u32,
    /// What share of events carries random ids instead of ids that grow with time, 0 to 1.
    pub random_ids: f64,
}

impl Default for BenchConfig {
    fn default() -> BenchConfig {
        BenchConfig { start: Time(1_772_413_200_000_000), per_second: 2_000, entities: 1_000_000, random_ids: 0.5 }
    }
}

impl BenchConfig {
    /// How many entities of a kind, by the first letter of their ids, one market knows: at least 1.
    #[must_use]
    pub fn known(&self, letter: char) -> u32 {
        let share = match letter {
            'u' => 45,
            'd' => 20,
            'l' => 5,
            _ => 10,
        };
        (u64::from(self.entities) * share / 100 / MARKETS.len() as u64).max(1) as u32
    }
}

/// An endless stream of events in the order of their time; `received_at` equals `time`.
pub struct BenchEvents {
    rng: ChaCha8Rng,
    config: BenchConfig,
    count: u64,
    /// Messages made once: writing prose is not what is measured.
    texts: Vec<String>,
}

impl BenchEvents {
    pub(super) fn new(seed: u64, config: &BenchConfig) -> BenchEvents {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let tongues = [Tongue::En, Tongue::En, Tongue::Fr, Tongue::ZhHans, Tongue::ZhHant];
        let texts = (0..4_096)
            .map(|n| {
                let tongue = pick(&mut rng, &tongues);
                let speech = if n % 50 == 0 { Speech::Lure } else { pick(&mut rng, &[Speech::Ask, Speech::Answer]) };
                let good = &GOODS[rng.random_range(0..GOODS.len())];
                say(&mut rng, tongue, speech, good.name(tongue), good.euros as u32)
            })
            .collect();
        BenchEvents { rng, config: config.clone(), count: 0, texts }
    }

    fn known(&mut self, letter: char, place: usize) -> Value {
        // The square makes a few busy and most quiet, as in life.
        let draw: f64 = self.rng.random();
        let n = (draw * draw * f64::from(self.config.known(letter))) as u32;
        format!("{letter}{place}{n:06}").into()
    }

    fn data(&mut self, kind: &str, place: usize) -> Object {
        let (currency, country) = (PLACES[place].currency, PLACES[place].country);
        let euro = PLACES[place].euro;
        let good = &GOODS[self.rng.random_range(0..GOODS.len())];
        let amount = (good.euros * euro * self.rng.random_range(0.5..1.5)).round();
        let text = self.texts[self.rng.random_range(0..self.texts.len())].as_str().into();
        let members: Vec<(&str, Value)> = match kind {
            "page.viewed" => {
                vec![
                    ("visitor", self.known('v', place)),
                    ("user", self.known('u', place)),
                    ("path", "/c/phones".into()),
                    ("device", self.known('d', place)),
                ]
            }
            "message.sent" => vec![
                ("message", Value::from(format!("m{}", self.count))),
                ("conversation", self.known('c', place)),
                ("sender", self.known('u', place)),
                ("recipient", self.known('u', place)),
                ("text", text),
            ],
            "listing.submitted" => vec![
                ("listing", Value::from(format!("l{}", self.count))),
                ("seller", self.known('u', place)),
                ("title", good.name(Tongue::En).into()),
                ("category", good.category.into()),
                ("price", amount.into()),
                ("currency", currency.into()),
                ("country", country.into()),
            ],
            "signin.succeeded" => {
                vec![
                    ("user", self.known('u', place)),
                    ("device", self.known('d', place)),
                    ("ip", "192.0.2.7".into()),
                    ("country", country.into()),
                ]
            }
            "order.placed" => vec![
                ("order", Value::from(format!("o{}", self.count))),
                ("buyer", self.known('u', place)),
                ("seller", self.known('u', place)),
                ("listing", self.known('l', place)),
                ("amount", amount.into()),
                ("currency", currency.into()),
            ],
            _ => vec![
                ("payment", Value::from(format!("p{}", self.count))),
                ("buyer", self.known('u', place)),
                ("instrument", self.known('i', place)),
                ("amount", amount.into()),
                ("currency", currency.into()),
                ("country", country.into()),
            ],
        };
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Iterator for BenchEvents {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let kind = match self.rng.random_range(0..100) {
            0..34 => "page.viewed",
            34..58 => "message.sent",
            58..72 => "listing.submitted",
            72..82 => "payment.attempted",
            82..90 => "payment.completed",
            90..96 => "signin.succeeded",
            _ => "order.placed",
        };
        let place = self.rng.random_range(0..MARKETS.len());
        let step = 1_000_000 / i64::from(self.config.per_second.max(1));
        let time = self.config.start.plus(self.count as i64 * step.max(1));
        self.count += 1;
        let data = self.data(kind, place);
        let subject =
            ["message", "order", "listing", "payment", "user"].iter().find_map(|name| data.get(*name)?.as_str());
        Some(Event {
            id: event_id(&mut self.rng, time, self.config.random_ids),
            source: source(kind).to_owned(),
            kind: kind.to_owned(),
            market: MARKETS[place].to_owned(),
            subject: subject.map(str::to_owned),
            time,
            received_at: time,
            actor: None,
            data,
        })
    }
}
