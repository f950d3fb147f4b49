//! Who lives on the market: plainly fictional people, their devices, and the three places.

use domain::{DAY, HOUR, MINUTE, Time};
use jiff::tz::TimeZone;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::words::{Tongue, pick};

/// One of the three places.
pub(super) struct Place {
    pub(super) country: &'static str,
    pub(super) currency: &'static str,
    zone: &'static str,
    /// One euro in the market's currency, for prices.
    pub(super) euro: f64,
    /// What share of people writes which language, in percent.
    tongues: &'static [(u32, Tongue)],
    dial: &'static str,
}

/// The places behind [`super::MARKETS`], in the same order.
pub(super) static PLACES: [Place; 3] = [
    Place {
        country: "SG",
        currency: "SGD",
        zone: "Asia/Singapore",
        euro: 1.5,
        tongues: &[(62, Tongue::En), (26, Tongue::ZhHans), (12, Tongue::Ms)],
        dial: "+65",
    },
    Place {
        country: "FR",
        currency: "EUR",
        zone: "Europe/Paris",
        euro: 1.0,
        tongues: &[(88, Tongue::Fr), (8, Tongue::En), (4, Tongue::De)],
        dial: "+33",
    },
    Place {
        country: "HK",
        currency: "HKD",
        zone: "Asia/Hong_Kong",
        euro: 8.5,
        tongues: &[(72, Tongue::ZhHant), (16, Tongue::ZhHans), (12, Tongue::En)],
        dial: "+852",
    },
];

/// How busy each local hour is, beside an average of about one.
const RHYTHM: [f64; 24] = [
    0.48, 0.26, 0.16, 0.11, 0.11, 0.16, 0.37, 0.69, 1.01, 1.17, 1.22, 1.27, 1.43, 1.27, 1.11, 1.06, 1.11, 1.27, 1.54,
    1.8, 2.01, 1.96, 1.54, 0.9,
];

/// A place's own clock; one look-up an hour, not one an event.
pub(super) struct Rhythm {
    zone: TimeZone,
    hour: i64,
    weight: f64,
}

impl Rhythm {
    pub(super) fn new(place: &Place) -> Rhythm {
        Rhythm { zone: TimeZone::get(place.zone).unwrap_or(TimeZone::UTC), hour: i64::MIN, weight: 1.0 }
    }

    /// How busy the market is at an instant, beside its own average.
    pub(super) fn weight(&mut self, at: Time) -> f64 {
        let hour = at.0.div_euclid(HOUR);
        if hour != self.hour {
            self.hour = hour;
            let local = jiff::Timestamp::from_microsecond(at.0).map(|t| self.zone.to_datetime(t).hour());
            self.weight = RHYTHM[local.unwrap_or(12).rem_euclid(24) as usize];
        }
        self.weight
    }
}

/// A person with an account.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) registered: Time,
    pub(super) tongue: Tongue,
    pub(super) verified: bool,
    /// Whether the market has told the house about the account.
    pub(super) known: bool,
    pub(super) device: String,
    pub(super) instrument: String,
}

impl Person {
    /// Somebody whose account is `age` old at `now`.
    pub(super) fn new(rng: &mut ChaCha8Rng, number: u64, place: &Place, now: Time, age: i64, verified: bool) -> Person {
        let mut draw = rng.random_range(0..100);
        let mut tongue = place.tongues[0].1;
        for &(share, candidate) in place.tongues {
            tongue = candidate;
            if draw < share {
                break;
            }
            draw -= share;
        }
        Person {
            id: format!("u{number:06}"),
            registered: now.plus(-age),
            tongue,
            verified,
            known: false,
            device: format!("d{:010x}", rng.random::<u64>() >> 24),
            instrument: format!("i{:010x}", rng.random::<u64>() >> 24),
        }
    }
}

/// The age of an ordinary account: some new, most old, none older than eight years.
pub(super) fn ordinary_age(rng: &mut ChaCha8Rng) -> i64 {
    match rng.random_range(0..100) {
        0..3 => rng.random_range(10 * MINUTE..3 * DAY),
        3..15 => rng.random_range(3 * DAY..60 * DAY),
        _ => rng.random_range(60 * DAY..2_900 * DAY),
    }
}

const FIRST: [&str; 20] = [
    "Pim", "Odalie", "Tamsin", "Bo", "Ilse", "Corin", "Fenna", "Juno", "Mirel", "Ozan", "Petra", "Quill", "Runa",
    "Sef", "Tove", "Ulla", "Vesper", "Wim", "Yara", "Zeno",
];
const FAMILY: [&str; 20] = [
    "Quillfeather",
    "Marrowby",
    "Lanternwick",
    "Dewhollow",
    "Thistledown",
    "Pepperbrook",
    "Ambergate",
    "Foxglade",
    "Inkwell",
    "Saltmarsh",
    "Willowmere",
    "Cobblestone",
    "Rainbarrel",
    "Candlewright",
    "Larkspur",
    "Moonraker",
    "Nettlebed",
    "Oatfield",
    "Plumtree",
    "Starling",
];

/// A made-up mail address at a name reserved for examples.
pub(super) fn email(rng: &mut ChaCha8Rng) -> String {
    let (first, family) = (pick(rng, &FIRST), pick(rng, &FAMILY));
    format!("{first}.{family}{}@post.example", rng.random_range(1..999)).to_lowercase()
}

/// A telephone number that nobody has: it begins with zeros after the country's code.
pub(super) fn phone(rng: &mut ChaCha8Rng, place: &Place) -> String {
    format!("{} 00{:02} {:04}", place.dial, rng.random_range(0..100), rng.random_range(0..10_000))
}

/// An address of the ranges reserved for documentation.
pub(super) fn ip(rng: &mut ChaCha8Rng) -> String {
    let net = pick(rng, &["192.0.2", "198.51.100", "203.0.113"]);
    format!("{net}.{}", rng.random_range(1..255))
}

pub(super) const AGENT_STRINGS: [&str; 4] =
    ["LanternfieldApp/5.2 (phone)", "LanternfieldApp/5.1 (tablet)", "Browser/128 (desktop)", "Browser/127 (phone)"];
