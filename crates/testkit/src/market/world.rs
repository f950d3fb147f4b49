//! The state of the market while it is being told: people, listings, the queue of what is to be sent.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use domain::{DAY, Event, HOUR, Object, Time};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::goods::{CAPPED, GOODS, Good};
use super::people::{PLACES, Person, Place, Rhythm, email, ordinary_age, phone};
use super::sim::{ActorKind, Door, Sim, Truth};
use super::words::pick;
use super::{Config, MARKETS};

/// Shops in each place.
const SHOPS: usize = 24;
/// The fewest colleagues in each place, insiders apart.
const AGENTS: u32 = 12;
/// Events an hour, of all places together, for each colleague of a place beyond those.
const EVENTS_PER_AGENT: f64 = 300.0;
/// Listings a place remembers; the oldest give way.
const LISTINGS: usize = 3_000;
/// The most ordinary people of a place; places of a person from here on are guests.
const PEOPLE: usize = 100_000;
/// Guests a place remembers; the oldest give way.
const GUESTS: usize = 1_000;
/// More waiting events than this, and stories leave out what would happen later than an hour from now.
const PENDING: usize = 200_000;

/// What waits in the queue.
pub(super) enum Item {
    /// A story begins in this place.
    Story(usize),
    /// An event is sent.
    Sim(Box<Sim>),
}

/// An item at its time; `number` keeps the order of what happens at one instant.
pub(super) struct Entry {
    pub(super) at: Time,
    number: u64,
    pub(super) item: Item,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// Something that is or was for sale.
#[derive(Clone)]
pub(super) struct Listing {
    pub(super) id: String,
    pub(super) seller: usize,
    pub(super) good: &'static Good,
    /// In the market's currency.
    pub(super) price: f64,
}

/// One place with those who live there. The first [`SHOPS`] people are shops.
pub(super) struct Town {
    pub(super) place: &'static Place,
    pub(super) rhythm: Rhythm,
    people: Vec<Person>,
    guests: Vec<Person>,
    next_guest: usize,
    pub(super) listings: Vec<Listing>,
    /// Where the next listing is remembered.
    next_listing: usize,
}

/// What a story says about each of its events.
#[derive(Clone, Copy)]
pub(super) struct Thread {
    pub(super) place: usize,
    pub(super) actor: ActorKind,
    pub(super) scam: bool,
    pub(super) story: u64,
}

/// Everything there is.
pub(super) struct World {
    pub(super) rng: ChaCha8Rng,
    pub(super) places: Vec<Town>,
    pub(super) queue: BinaryHeap<Reverse<Entry>>,
    random_ids: f64,
    /// Colleagues in each place, insiders apart.
    agents: u32,
    now: Time,
    entries: u64,
    stories: u64,
    next_id: u64,
}

impl World {
    pub(super) fn new(seed: u64, config: &Config) -> World {
        let mut world = World {
            rng: ChaCha8Rng::seed_from_u64(seed),
            places: Vec::new(),
            queue: BinaryHeap::new(),
            random_ids: config.random_ids.clamp(0.0, 1.0),
            agents: AGENTS.max((config.events_per_hour / EVENTS_PER_AGENT).min(900.0) as u32),
            now: config.start,
            entries: 0,
            stories: 0,
            next_id: 1,
        };
        for place in &PLACES {
            let people = (config.people as usize).clamp(SHOPS + 10, PEOPLE);
            let people = (0..people).map(|n| world.person(place, config.start, n < SHOPS)).collect();
            world.places.push(Town {
                place,
                rhythm: Rhythm::new(place),
                people,
                guests: Vec::new(),
                next_guest: 0,
                listings: Vec::new(),
                next_listing: 0,
            });
        }
        for place in 0..MARKETS.len() {
            for _ in 0..300 {
                let seller = world.somebody(place);
                let good = &GOODS[world.rng.random_range(0..GOODS.len())];
                let price = world.price(place, good, 0.7..1.3);
                world.remember_listing(place, seller, good, price);
            }
        }
        world
    }

    fn person(&mut self, place: &'static Place, now: Time, shop: bool) -> Person {
        let number = self.number();
        let age = if shop { self.rng.random_range(700 * DAY..2_500 * DAY) } else { ordinary_age(&mut self.rng) };
        let verified = shop || (age > 60 * DAY && self.rng.random_bool(0.3));
        Person::new(&mut self.rng, number, place, now, age, verified)
    }

    /// The next number of any made-up id.
    pub(super) fn number(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// A made-up id with its kind's letter.
    pub(super) fn id(&mut self, letter: char) -> String {
        format!("{letter}{:06}", self.number())
    }

    /// Queues the beginning of a place's next story.
    pub(super) fn begin_story_at(&mut self, place: usize, at: Time) {
        self.push(at, Item::Story(place));
    }

    /// Queues an event once more, at its new time.
    pub(super) fn again(&mut self, sim: Sim) {
        self.push(sim.at, Item::Sim(Box::new(sim)));
    }

    fn push(&mut self, at: Time, item: Item) {
        self.entries += 1;
        self.queue.push(Reverse(Entry { at, number: self.entries, item }));
    }

    /// Opens a story that begins now.
    pub(super) fn thread(&mut self, place: usize, now: Time, actor: ActorKind, scam: bool) -> Thread {
        self.now = now;
        self.stories += 1;
        Thread { place, actor, scam, story: self.stories }
    }

    /// An ordinary person of a place, not a shop.
    pub(super) fn somebody(&mut self, place: usize) -> usize {
        self.rng.random_range(SHOPS..self.places[place].people.len())
    }

    /// An ordinary person other than `but`.
    pub(super) fn somebody_else(&mut self, place: usize, but: usize) -> usize {
        let one = self.somebody(place);
        if one == but { (one + 1 - SHOPS) % (self.places[place].people.len() - SHOPS) + SHOPS } else { one }
    }

    /// A shop of a place.
    pub(super) fn shop(&mut self) -> usize {
        self.rng.random_range(0..SHOPS)
    }

    /// A colleague at a desk; never an insider.
    pub(super) fn agent(&mut self, place: usize) -> String {
        let n = self.rng.random_range(1..=self.agents);
        format!("{}-a{n:03}", MARKETS[place])
    }

    /// A colleague who collects records: one in forty.
    pub(super) fn insider(&mut self, place: usize) -> String {
        let n = self.agents + self.rng.random_range(1..=(self.agents / 40).max(1));
        format!("{}-a{n:03}", MARKETS[place])
    }

    pub(super) fn one(&self, place: usize, person: usize) -> &Person {
        let town = &self.places[place];
        if person < PEOPLE { &town.people[person] } else { &town.guests[person - PEOPLE] }
    }

    /// A price about a good's usual one, in the market's currency, as people write prices.
    pub(super) fn price(&mut self, place: usize, good: &Good, around: std::ops::Range<f64>) -> f64 {
        let price = good.euros * PLACES[place].euro * self.rng.random_range(around);
        if price < 20.0 { (price * 2.0).round().max(1.0) / 2.0 } else { price.round() }
    }

    /// A capped good and its cap in a place.
    pub(super) fn capped(&mut self, place: usize) -> (&'static Good, f64) {
        let (good, caps) = &CAPPED[self.rng.random_range(0..CAPPED.len())];
        (good, caps[place])
    }

    /// Puts a listing where chats and orders find it; what guests sell only their own story finds.
    pub(super) fn remember_listing(&mut self, place: usize, seller: usize, good: &'static Good, price: f64) -> Listing {
        let listing = Listing { id: self.id('l'), seller, good, price };
        if seller >= PEOPLE {
            return listing;
        }
        let town = &mut self.places[place];
        if town.listings.len() < LISTINGS {
            town.listings.push(listing.clone());
        } else {
            town.listings[town.next_listing] = listing.clone();
            town.next_listing = (town.next_listing + 1) % LISTINGS;
        }
        listing
    }

    /// A listing somebody might be interested in.
    pub(super) fn some_listing(&mut self, place: usize) -> Listing {
        let n = self.rng.random_range(0..self.places[place].listings.len());
        self.places[place].listings[n].clone()
    }

    /// A new account, told to the house now. Those who do not stay are guests: no other story meets them.
    pub(super) fn newcomer(&mut self, thread: Thread, now: Time, age: i64, stays: bool) -> usize {
        let place = self.places[thread.place].place;
        let number = self.number();
        let person = Person::new(&mut self.rng, number, place, now, age, false);
        let town = &mut self.places[thread.place];
        let seat = if stays && town.people.len() < PEOPLE {
            town.people.push(person);
            town.people.len() - 1
        } else {
            let seat = town.next_guest;
            town.next_guest = (seat + 1) % GUESTS;
            if seat < town.guests.len() {
                town.guests[seat] = person;
            } else {
                town.guests.push(person);
            }
            PEOPLE + seat
        };
        self.introduce(thread, seat);
        seat
    }

    /// Tells the house of an account it has not heard of, with the time it was really opened. It is told when the
    /// story begins, so that no later story can meet the person earlier.
    pub(super) fn introduce(&mut self, thread: Thread, person: usize) {
        let now = self.now;
        let is_shop = person < SHOPS;
        let town = &mut self.places[thread.place];
        let place = town.place;
        let person = if person < PEOPLE { &mut town.people[person] } else { &mut town.guests[person - PEOPLE] };
        if std::mem::replace(&mut person.known, true) {
            return;
        }
        let (id, registered, verified) = (person.id.clone(), person.registered, person.verified);
        let (mail, phone) = (email(&mut self.rng), phone(&mut self.rng, place));
        let members = [
            ("user", id.as_str().into()),
            ("country", place.country.into()),
            ("email", mail.into()),
            ("phone", phone.into()),
        ];
        self.put(Post::new(thread, now, "account.registered", &id, members).by_user(&id).happened(registered));
        if verified {
            let methods: &[&str] = if is_shop { &["business"] } else { &["document", "document", "bank", "address"] };
            let method = pick(&mut self.rng, methods);
            let when = registered.plus(self.rng.random_range(HOUR..3 * DAY));
            let members = [("user", id.as_str().into()), ("method", method.into())];
            self.put(Post::new(thread, now, "account.verified", &id, members).happened(when));
        }
    }

    /// Queues an event; gives its id when it asks, for those that follow from the answer.
    pub(super) fn put(&mut self, post: Post) -> Option<String> {
        if self.queue.len() > PENDING && post.at.since(self.now) > HOUR {
            return None;
        }
        let Post { thread, at, time, kind, subject, actor, data, door, after, expect } = post;
        let event = Event {
            id: event_id(&mut self.rng, at, self.random_ids),
            source: source(kind).to_owned(),
            kind: kind.to_owned(),
            market: MARKETS[thread.place].to_owned(),
            subject: Some(subject),
            time,
            received_at: at,
            actor,
            data,
        };
        let asked = (door == Door::Ask).then(|| event.id.clone());
        let truth = Truth { actor: thread.actor, scam: thread.scam, expect, story: thread.story };
        self.push(at, Item::Sim(Box::new(Sim { at, event, door, after, truth })));
        asked
    }
}

/// An event on its way to the queue.
pub(super) struct Post {
    thread: Thread,
    at: Time,
    time: Time,
    kind: &'static str,
    subject: String,
    actor: Option<String>,
    data: Object,
    door: Door,
    after: Option<String>,
    expect: Option<&'static str>,
}

impl Post {
    /// An event that happens and is told at `at`.
    pub(super) fn new<const N: usize>(
        thread: Thread,
        at: Time,
        kind: &'static str,
        subject: &str,
        members: [(&str, Value); N],
    ) -> Post {
        Post {
            thread,
            at,
            time: at,
            kind,
            subject: subject.to_owned(),
            actor: None,
            data: members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            door: Door::Tell,
            after: None,
            expect: None,
        }
    }

    /// A person of the market did it.
    pub(super) fn by_user(mut self, id: &str) -> Post {
        self.actor = Some(format!("user:{id}"));
        self
    }

    /// A colleague did it.
    pub(super) fn by_agent(mut self, id: &str) -> Post {
        self.actor = Some(format!("agent:{id}"));
        self
    }

    /// It happened earlier than it is told.
    pub(super) fn happened(mut self, time: Time) -> Post {
        self.time = time.min(self.at);
        self
    }

    /// The integrator asks before it lets it happen.
    pub(super) fn ask(mut self) -> Post {
        self.door = Door::Ask;
        self
    }

    /// It happens only if that attempt was let through.
    pub(super) fn after(mut self, attempt: Option<String>) -> Post {
        self.after = attempt;
        self
    }

    /// One more member of the data.
    pub(super) fn with(mut self, name: &str, value: &str) -> Post {
        self.data.insert(name.to_owned(), value.into());
        self
    }

    /// The rule that ought to have hit in this story by now.
    pub(super) fn expect(mut self, rule: Option<&'static str>) -> Post {
        self.expect = rule;
        self
    }
}

/// Which of the integrator's systems says so.
pub(super) fn source(kind: &str) -> &'static str {
    match kind.split_once('.').map_or(kind, |(noun, _)| noun) {
        "message" => "lanternfield/chat",
        "payment" | "instrument" | "refund" => "lanternfield/payments",
        "record" => "lanternfield/backoffice",
        "page" | "session" | "cart" => "lanternfield/web",
        _ => "lanternfield/core",
    }
}

/// A UUID: version 7 of the sending time, or version 4 for a share of events.
pub(super) fn event_id(rng: &mut ChaCha8Rng, at: Time, random: f64) -> String {
    let (high, low): (u64, u64) = (rng.random(), rng.random());
    let high = if random > 0.0 && rng.random_bool(random) {
        (high & !0xF000) | 0x4000
    } else {
        let ms = (at.0.max(0) / 1_000) as u64;
        (ms << 16) | 0x7000 | (high & 0x0FFF)
    };
    let low = (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
    hex_uuid(high, low)
}

fn hex_uuid(high: u64, low: u64) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let bits = (u128::from(high) << 64) | u128::from(low);
    let mut out = String::with_capacity(36);
    for n in 0..32 {
        if matches!(n, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(HEX[((bits >> (124 - 4 * n)) & 15) as usize] as char);
    }
    out
}
