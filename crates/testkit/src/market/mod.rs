//! A seeded market on a virtual clock: honest people, shops, scammers, robots, curious colleagues. Everything is
//! generated; figures measured on it say how the house behaves on this generator and nothing about any real market.
//!
//! Stories (a chat, an order, a scam) begin at a rate that follows each place's day and night and lay their events
//! onto one queue; the iterator gives them in the order they would be sent. The same seed and configuration give the
//! same events byte for byte.

mod bench;
mod goods;
mod honest;
mod opening;
mod people;
mod phrases;
mod sim;
mod villains;
mod words;
mod world;

use std::cmp::Reverse;
use std::collections::HashSet;

pub use bench::{BenchConfig, BenchEvents};
use domain::{HOUR, MINUTE, Time};
use rand::Rng;
pub use sim::{ActorKind, Door, Sim, Truth, cloud_event, write_cloud_event};
use world::{Item, World};

/// The ids of the generated markets, as the default pack names them.
pub const MARKETS: [&str; 3] = ["sg", "fr", "hk"];

/// What to generate.
#[derive(Clone, Debug)]
pub struct Config {
    /// When the market's clock begins.
    pub start: Time,
    /// Events of all three markets together in an average hour, at least 1; night has fewer, evening more.
    pub events_per_hour: f64,
    /// People with an account in each market at the start, at least 10.
    pub people: u32,
    /// What share of events carries random ids instead of ids that grow with time, 0 to 1.
    pub random_ids: f64,
    /// What share of stories is about somebody who means harm, 0 to 1.
    pub villains: f64,
    /// Begin with the opening scene: within ten seconds a scam chat, a burst of listings, a price above its cap,
    /// reports, card testing and an insider.
    pub opening: bool,
    /// Follow each place's day and night; otherwise every hour is an average one.
    pub rhythm: bool,
    /// Tell from the first second on of stories that began before `start`: the accounts of all who are in them are
    /// told at `start`, what happened before is not.
    pub warm: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            start: Time(1_772_413_200_000_000),
            events_per_hour: 20_000.0,
            people: 2_000,
            random_ids: 0.0,
            villains: 0.04,
            opening: false,
            rhythm: true,
            warm: false,
        }
    }
}

/// An endless market; see the module's own words.
pub struct Market {
    world: World,
    start: Time,
    rhythm: bool,
    /// Attempts that were made before `start` and are not told.
    untold: HashSet<String>,
    /// Stories that begin in an average hour in one place.
    stories_per_hour: f64,
    villains: f64,
}

/// Events of an average story, measured; a test holds the resulting rate to the configured one.
const EVENTS_PER_STORY: f64 = 6.9;

/// How long before the start the stories of a warm market begin.
const WARM: i64 = 45 * MINUTE;

impl Market {
    /// A market that begins at `config.start`.
    #[must_use]
    pub fn new(seed: u64, config: &Config) -> Market {
        let mut world = World::new(seed, config);
        if config.opening {
            world.opening(config.start);
        }
        let begin = if config.warm { config.start.plus(-WARM) } else { config.start };
        for place in 0..MARKETS.len() {
            world.begin_story_at(place, begin);
        }
        Market {
            world,
            start: config.start,
            rhythm: config.rhythm,
            untold: HashSet::new(),
            stories_per_hour: config.events_per_hour.max(1.0) / EVENTS_PER_STORY / MARKETS.len() as f64,
            villains: config.villains.clamp(0.0, 1.0),
        }
    }

    /// The market of the demo: first the accounts, then the opening scene within a steady flow at `events_per_hour`,
    /// the same at any hour. Its clock is meant to be the wall's: send each [`Sim`] when its `at` has come.
    #[must_use]
    pub fn demo(seed: u64, start: Time, events_per_hour: f64) -> Market {
        let config = Config { start, events_per_hour, people: 1_500, ..Config::default() };
        Market::new(seed, &Config { opening: true, rhythm: false, warm: true, ..config })
    }

    /// Plain events for measuring: no stories, a fixed mix over a given number of known entities.
    #[must_use]
    pub fn bench_events(seed: u64, config: &BenchConfig) -> BenchEvents {
        BenchEvents::new(seed, config)
    }

    /// Lets an event go out. What follows from an attempt that nobody was asked about follows from nothing.
    fn told(&mut self, mut sim: Sim) -> Sim {
        if !self.untold.is_empty() && sim.after.as_ref().is_some_and(|attempt| self.untold.remove(attempt)) {
            sim.after = None;
        }
        sim
    }

    /// Keeps back what happened before the start; accounts are told at the start.
    fn untold(&mut self, mut sim: Sim) {
        if sim.event.kind.starts_with("account.") {
            sim.at = self.start;
            sim.event.received_at = self.start;
            self.world.again(sim);
        } else if sim.door == Door::Ask {
            self.untold.insert(sim.event.id);
        } else if let Some(attempt) = &sim.after {
            self.untold.remove(attempt);
        }
    }

    /// Begins one story in a place now, and says when the next one begins there.
    fn story(&mut self, place: usize, now: Time) {
        let weight = if self.rhythm { self.world.places[place].rhythm.weight(now) } else { 1.0 };
        let busy = weight * self.stories_per_hour;
        let draw: f64 = self.world.rng.random_range(f64::MIN_POSITIVE..1.0);
        let pause = -draw.ln() / busy * HOUR as f64;
        self.world.begin_story_at(place, now.plus((pause as i64).clamp(1, HOUR)));
        if self.world.rng.random_bool(self.villains) {
            self.world.villain(place, now);
        } else {
            self.world.honest(place, now);
        }
    }
}

impl Iterator for Market {
    type Item = Sim;

    fn next(&mut self) -> Option<Sim> {
        loop {
            let Reverse(entry) = self.world.queue.pop()?;
            match entry.item {
                Item::Story(place) => self.story(place, entry.at),
                Item::Sim(sim) if sim.at >= self.start => return Some(self.told(*sim)),
                Item::Sim(sim) => self.untold(*sim),
            }
        }
    }
}
