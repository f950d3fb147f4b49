//! The state against a twin that keeps every event and computes by brute force: under disorder,
//! late events, eviction from memory, restarts from stored records, and labels that end.

mod model;
mod world;

use domain::{DAY, HOUR, MINUTE, SECOND};
use proptest::prelude::*;
use world::{Step, What, World};

/// Zones, each a few hours before the clock changes, so that days are 23, 24 and 25 hours long;
/// some start at odd hours.
const PLACES: [(&str, &str); 9] = [
    ("Asia/Singapore", "2026-03-28T10:00:00Z"),
    ("Europe/Paris", "2026-03-28T20:00:00Z"),
    ("Europe/Paris", "2026-10-24T20:00:00Z"),
    ("America/New_York", "2026-03-08T01:00:00Z"),
    ("America/New_York", "2026-11-01T01:00:00Z"),
    ("America/Santiago", "2026-09-05T23:00:00Z"),
    ("America/Santiago", "2026-04-04T23:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T09:00:00Z"),
    ("Asia/Kolkata", "2026-05-01T17:00:00Z"),
];

/// Mostly seconds go by, sometimes hours or days; a busy market and a quiet one in turns.
fn advance() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => 0..20 * SECOND,
        4 => 0..10 * MINUTE,
        3 => 0..2 * HOUR,
        1 => Just(0),
        1 => 0..2 * DAY,
    ]
}

/// Most events come at once, some a little late, few very late.
fn late() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => Just(0),
        3 => 0..2 * MINUTE,
        2 => 0..HOUR,
        1 => 0..3 * DAY,
        1 => 0..15 * DAY,
    ]
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        20 => (0u32..400, -500i64..100_000).prop_map(|(name, cents)| What::Event { name, cents }),
        1 => Just(What::Register),
        1 => (0u8..3, any::<bool>(), proptest::option::of(0..2 * DAY))
            .prop_map(|(name, manual, ttl)| What::Label { name, manual, ttl }),
        1 => (0u8..3, any::<bool>(), proptest::option::of(0..2 * DAY))
            .prop_map(|(name, manual, ttl)| What::Unlabel { name, manual, ttl }),
        1 => Just(What::Crash),
        1 => Just(What::Checkpoint),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    // Two entities get most of the events, so that rings overflow while others stay small.
    let entity = prop_oneof![5 => Just(0u64), 3 => Just(1), 2 => 2u64..12];
    (entity, advance(), late(), what()).prop_map(|(entity, advance, late, what)| Step { entity, advance, late, what })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, max_shrink_iters: 400, ..ProptestConfig::default() })]

    /// Every reading is what the twin says, and a state that was evicted, crashed and rebuilt all
    /// along equals one that never was.
    #[test]
    fn readings_and_states_agree(
        place in 0..PLACES.len(),
        resident in 1usize..8,
        steps in proptest::collection::vec(step(), 50..500),
    ) {
        let mut world = World::new(PLACES[place], resident);
        for (number, step) in steps.iter().enumerate() {
            world.take(step);
            if number % 5 == 0 {
                world.check_readings(step);
            }
        }
        world.check_digest();
    }
}

/// One entity gets so many events within a minute that every window reaches into buckets, and so
/// many values that they are sketched.
#[test]
fn crowds() {
    let mut world = World::new(PLACES[1], 2);
    let mut spread = 7u64;
    for n in 0..2_400u64 {
        spread = spread.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let cents = (spread >> 40) as i64 % 70_000;
        let late = if n % 11 == 0 { (spread >> 20) as i64 % (30 * SECOND) } else { 0 };
        let what = match n % 600 {
            400 => What::Crash,
            300 => What::Checkpoint,
            _ => What::Event { name: (spread >> 33) as u32 % 3_000, cents },
        };
        let step = Step { entity: n / 3 % 2, advance: (spread >> 50) as i64 * 60, late, what };
        world.take(&step);
        if n % 61 == 0 {
            world.check_readings(&step);
        }
    }
    world.check_digest();
    assert!(world.approximate_readings > 200, "the crowd was meant to be too large to be exact");
}
