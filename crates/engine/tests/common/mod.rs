//! A house to test: a folder of its own, the default policy, a clock whose hands the test turns.

#![allow(dead_code)] // Each test file uses a part.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use decision::pack::Files;
use domain::{Event, Time};
use engine::{Engine, Options};
use store::{Location, Store};

pub const START: &str = "2026-03-02T08:00:00Z";

/// A folder that goes when the test ends.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("vigie-{name}-{}-{:?}", std::process::id(), std::thread::current().id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn default_pack() -> Files {
    engine::folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy")).unwrap()
}

/// Small bounds, so that a short test meets runs, eviction and checkpoints.
pub fn small() -> Options {
    Options {
        max_entities: 60,
        checkpoint_events: 300,
        checkpoint_records: 7,
        batch_events: 64,
        index: store::index::Options { run_rows: 200 },
        deliver: false,
        ..Options::default()
    }
}

/// Where a test's store lies; the folder goes when the test ends.
pub struct Place {
    pub location: Location,
    pub folder: Option<Folder>,
}

/// One place on each backend: every walk is walked on both.
pub fn places(name: &str) -> [Place; 2] {
    let folder = Folder::new(name);
    [
        Place { location: Location::Folder(folder.0.clone()), folder: Some(folder) },
        Place { location: Location::parse(&testkit::postgres::database()), folder: None },
    ]
}

pub struct House {
    pub engine: Arc<Engine>,
    pub hands: Arc<AtomicI64>,
}

impl House {
    pub fn open(place: &Place, options: Options) -> House {
        House::with(place, options, &default_pack())
    }

    pub fn with(place: &Place, options: Options, files: &Files) -> House {
        let hands = Arc::new(AtomicI64::new(Time::parse(START).unwrap().0));
        let clock = hands.clone();
        let store = Store::open(&place.location).unwrap();
        let clock = Arc::new(move || Time(clock.load(Ordering::Relaxed)));
        House { engine: Arc::new(Engine::open(store, files, false, options, clock).unwrap()), hands }
    }

    /// Ends as a crash does: nothing is left in order. On PostgreSQL the session would keep its lock while this
    /// process lives, so there the end is an orderly one.
    pub fn crash(self, place: &Place) {
        let Some(folder) = &place.folder else { return };
        std::mem::forget(self);
        for file in std::fs::read_dir(&folder.0).unwrap().flatten() {
            if file.path().extension().is_some_and(|e| e == "lock") {
                std::fs::remove_file(file.path()).unwrap();
            }
        }
    }
}

/// The first events of a seeded market.
pub fn market(seed: u64, events: usize) -> Vec<Event> {
    let start = Time::parse(START).unwrap();
    testkit::market::Market::demo(seed, start, 20_000.0).take(events).map(|sim| sim.event).collect()
}
