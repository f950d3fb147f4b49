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
    engine::policy::read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy")).unwrap()
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

pub struct House {
    pub engine: Arc<Engine>,
    pub hands: Arc<AtomicI64>,
}

impl House {
    pub fn open(folder: &Path, options: Options) -> House {
        House::with(folder, options, &default_pack())
    }

    pub fn with(folder: &Path, options: Options, files: &Files) -> House {
        let hands = Arc::new(AtomicI64::new(Time::parse(START).unwrap().0));
        let clock = hands.clone();
        let store = Store::open(&Location::Folder(folder.to_owned())).unwrap();
        let engine =
            Engine::open(store, files, false, options, Arc::new(move || Time(clock.load(Ordering::Relaxed)))).unwrap();
        House { engine: Arc::new(engine), hands }
    }
}

/// The first events of a seeded market.
pub fn market(seed: u64, events: usize) -> Vec<Event> {
    let start = Time::parse(START).unwrap();
    testkit::market::Market::demo(seed, start, 20_000.0).take(events).map(|sim| sim.event).collect()
}
