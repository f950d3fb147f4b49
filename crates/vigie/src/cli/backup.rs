//! `vigie backup` and `vigie restore`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Failure, open_known, say};
use crate::config::{Config, ServeFlags, StoreFlags};

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    store: StoreFlags,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (_, store) = open_known(&self.store)?;
        let manifest = store.backup(&self.file)?;
        tell(self.json, "backed up", &self.file, &manifest);
        Ok(())
    }
}

#[derive(Args)]
pub(super) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    store: StoreFlags,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Restore {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = Config::new(&self.store, &ServeFlags::default())?;
        let migrations = crate::serve::migrations();
        let manifest = store::backup::restore(&self.file, &config.store, &migrations)?;
        tell(self.json, "restored and compared", &self.file, &manifest);
        Ok(())
    }
}

fn tell(json: bool, done: &str, file: &std::path::Path, manifest: &store::backup::Manifest) {
    let events = manifest.rows.get("log").copied().unwrap_or(0);
    if json {
        say(
            json!({"ok": true, "file": file.display().to_string(), "events": events, "rows": manifest.rows, "logs": manifest.logs}),
        );
    } else {
        say(format!("{done}: {events} events, {} tables, {}", manifest.rows.len(), file.display()));
    }
}
