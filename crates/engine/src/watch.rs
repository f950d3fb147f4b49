//! The policy folder, both ways: what changes in it is put in force, and what people change in the house is written to it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use decision::pack::Files;
use decision::{Diagnostic, Pack, Severity};

use crate::{Engine, folder};

/// A thread that follows a policy folder.
pub(crate) struct Watcher {
    folder: PathBuf,
    /// How the folder looked when it was last read or written; held while either is done.
    seen: Arc<Mutex<Stamp>>,
    stop: Arc<AtomicBool>,
    found: Arc<Mutex<Vec<Diagnostic>>>,
}

/// Number, sizes and latest change of a folder's files: another stamp means that something changed.
type Stamp = (u64, u64, Option<SystemTime>);

impl Watcher {
    pub fn start(engine: Weak<Engine>, folder: PathBuf) -> Watcher {
        let stop = Arc::new(AtomicBool::new(false));
        let found = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::new(Mutex::new(stamp(&folder)));
        let (stopped, finding, last, root) = (stop.clone(), found.clone(), seen.clone(), folder.clone());
        let follow = move || {
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_secs(1));
                let Some(files) = changed(&root, &last) else { continue };
                let Some(engine) = engine.upgrade() else { return };
                *finding.lock().unwrap_or_else(PoisonError::into_inner) = reload(&engine, files);
            }
        };
        if let Err(fault) = std::thread::Builder::new().name("policy".into()).spawn(follow) {
            tracing::error!(%fault, "the policy folder is not watched");
        }
        Watcher { folder, seen, stop, found }
    }

    /// Writes into the folder what people changed, so that a restart or the folder's next change does not undo it.
    /// Where that fails the policy is in force all the same, and the finding says what is lost with the next start.
    pub fn write(&self, before: &Files, after: &Files) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let written = folder::write(&self.folder, before, after);
        *seen = stamp(&self.folder);
        let Err(fault) = written else { return };
        tracing::error!(%fault, "the policy in force could not be written to its folder; the next start goes back to it");
        let message = format!("not written: {fault}; the next start goes back to what the folder holds");
        let file = "vigie.yaml".to_owned();
        let told =
            Diagnostic { file, line: 1, column: 1, length: 0, severity: Severity::Warning, message, suggestion: None };
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = vec![told];
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

/// The folder's files, where it looks otherwise than it did.
fn changed(root: &Path, last: &Mutex<Stamp>) -> Option<Files> {
    let mut seen = last.lock().unwrap_or_else(PoisonError::into_inner);
    let now = stamp(root);
    if now == *seen {
        return None;
    }
    *seen = now;
    folder::read(root)
        .inspect_err(|fault| tracing::warn!(%fault, "the policy folder cannot be read; the old policy stays"))
        .ok()
}

fn reload(engine: &Engine, files: Files) -> Vec<Diagnostic> {
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

fn stamp(folder: &Path) -> Stamp {
    fn walk(at: &Path, depth: u32, sum: &mut Stamp) {
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
