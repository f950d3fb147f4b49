//! Hot reload: the policy folder is looked at every second.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use decision::{Diagnostic, Pack};

use crate::{Engine, policy};

/// A thread that follows a policy folder.
pub(crate) struct Watcher {
    stop: Arc<AtomicBool>,
    found: Arc<Mutex<Vec<Diagnostic>>>,
}

impl Watcher {
    pub fn start(engine: Weak<Engine>, folder: PathBuf) -> Watcher {
        let stop = Arc::new(AtomicBool::new(false));
        let found = Arc::new(Mutex::new(Vec::new()));
        let (stopped, finding) = (stop.clone(), found.clone());
        let follow = move || {
            let mut seen = stamp(&folder);
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_secs(1));
                let now = stamp(&folder);
                if now == seen {
                    continue;
                }
                seen = now;
                let Some(engine) = engine.upgrade() else { return };
                *finding.lock().unwrap_or_else(PoisonError::into_inner) = reload(&engine, &folder);
            }
        };
        if let Err(fault) = std::thread::Builder::new().name("policy".into()).spawn(follow) {
            tracing::error!(%fault, "the policy folder is not watched");
        }
        Watcher { stop, found }
    }

    pub fn findings(&self) -> Vec<Diagnostic> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn reload(engine: &Engine, folder: &Path) -> Vec<Diagnostic> {
    let files = match policy::read_folder(folder) {
        Ok(files) => files,
        Err(fault) => {
            tracing::warn!(%fault, "the policy folder cannot be read; the old policy stays");
            return Vec::new();
        }
    };
    match Pack::compile(&files) {
        Ok(pack) => {
            let pack = Arc::new(pack);
            match engine.activate_files(&pack, "the policy folder changed") {
                Ok(false) => {}
                Ok(true) => tracing::info!(hash = pack.hash, "policy reloaded"),
                Err(fault) => tracing::error!(%fault, "the new policy is not in force"),
            }
            Vec::new()
        }
        Err(found) => {
            for finding in &found {
                tracing::warn!("{finding}");
            }
            tracing::warn!("the policy folder has errors; the old policy stays");
            found
        }
    }
}

/// Number, sizes and latest change of a folder's files: another stamp means that something changed.
fn stamp(folder: &Path) -> (u64, u64, Option<SystemTime>) {
    fn walk(at: &Path, depth: u32, sum: &mut (u64, u64, Option<SystemTime>)) {
        let Ok(entries) = std::fs::read_dir(at) else { return };
        for entry in entries.flatten() {
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() && depth < 8 {
                walk(&entry.path(), depth + 1, sum);
            } else if about.is_file() {
                sum.0 += 1;
                sum.1 += about.len();
                sum.2 = sum.2.max(about.modified().ok());
            }
        }
    }
    let mut sum = (0, 0, None);
    walk(folder, 0, &mut sum);
    sum
}
