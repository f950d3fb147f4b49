//! What the store's tests share: a fresh place on each backend, and events to put there.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use domain::{SECOND, Time, Verdict};
use store::log::Entry;
use store::{Location, Store};

/// An empty place for a store; a folder is removed at the end.
pub struct Place {
    pub location: Location,
    folder: Option<PathBuf>,
}

impl Place {
    /// An empty folder.
    pub fn folder() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("vigie-store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        Place { location: Location::Folder(folder.clone()), folder: Some(folder) }
    }

    /// An empty database of the test server.
    pub fn postgres() -> Self {
        Place { location: Location::Postgres(testkit::postgres::database()), folder: None }
    }

    /// Opens the store there.
    pub fn store(&self) -> Store {
        Store::open(&self.location).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Runs a test on both backends.
pub fn on_each(test: impl Fn(&Place)) {
    for place in [Place::folder(), Place::postgres()] {
        test(&place);
    }
}

/// An event that is all determined by its seq.
pub fn entry(seq: u64) -> Entry {
    let kinds = ["message.sent", "listing.submitted", "payment.attempted"];
    let verdicts = [Verdict::Allow, Verdict::Allow, Verdict::Warn, Verdict::Hold, Verdict::Review];
    Entry {
        seq,
        id: format!("event-{seq}"),
        source: if seq.is_multiple_of(4) { "web" } else { "app" }.into(),
        kind: kinds[seq as usize % 3].into(),
        time: Time(seq as i64 * SECOND - 5),
        received_at: Time(seq as i64 * SECOND),
        subject: Some(format!("s{}", seq % 10)),
        actor: seq.is_multiple_of(2).then(|| format!("user:u{}", seq % 7)),
        data: format!(r#"{{"n":{seq},"text":"你好 {seq}"}}"#),
        personal: None,
        signals: None,
        entities: format!(r#"[["sender","user","u{}"],["conversation","conversation","c{}"]]"#, seq % 7, seq % 13),
        digest: [seq as u8; 16],
        verdict: verdicts[seq as usize % 5],
        score: (seq % 10) as f64 / 10.0,
    }
}

/// Waits for something another process or thread is about to do.
pub fn eventually(mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !check() {
        assert!(Instant::now() < deadline, "it did not happen within ten seconds");
        std::thread::yield_now();
    }
}

/// A small seeded generator, so that a failure can be run again.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}
