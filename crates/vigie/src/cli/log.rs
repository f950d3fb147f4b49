//! `vigie log`: what stands in the store, read beside a running server or without one.

use clap::{Args, Subcommand};
use serde_json::{Map, json};
use store::{Query, log, outbox};

use super::{Failure, open_known, say};
use crate::config::StoreFlags;

#[derive(Subcommand)]
pub(super) enum Log {
    /// Count what stands in the log
    #[command(after_help = "Example:\n  vigie log stat --json --data ./vigie-data")]
    Stat(Stat),
}

#[derive(Args)]
pub(super) struct Stat {
    #[command(flatten)]
    store: StoreFlags,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Log {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Log::Stat(stat) = self;
        let (config, store) = open_known(&stat.store)?;
        let figures = store.snapshot(figures)?;
        let bytes = size(&config.data);
        if stat.json {
            let mut object = figures;
            object.insert("bytes".into(), bytes.into());
            object.insert("store".into(), config.store.to_string().into());
            object.insert("encoder".into(), false.into());
            say(serde_json::Value::Object(object));
            return Ok(());
        }
        for (name, value) in figures {
            say(format!("{name:<12}{value}"));
        }
        say(format!("{:<12}{bytes}", "bytes"));
        Ok(())
    }
}

fn figures(q: &mut Query<'_>) -> store::Result<Map<String, serde_json::Value>> {
    let (mut events, mut dropped, mut decisions) = (0, 0, 0);
    let mut markets = Map::new();
    for (no, name) in log::markets(q)? {
        let (last, floor) = (log::last_seq(q, no)?, log::floor(q, no)?);
        let hits = store::decisions::hits(q, no, 0)?;
        let hit: u64 = hits.iter().map(|(_, _, count, _)| count).sum();
        events += last - floor;
        dropped += floor;
        decisions += hit;
        markets.insert(name, json!({"events": last - floor, "last_seq": last, "hits": hit}));
    }
    let outbox: Map<String, serde_json::Value> =
        outbox::State::ALL.iter().map(|s| s.name().to_owned()).zip(outbox::counts(q, None)?.map(Into::into)).collect();
    let mut out = Map::new();
    out.insert("events".into(), events.into());
    out.insert("dropped".into(), dropped.into());
    out.insert("hits".into(), decisions.into());
    out.insert("markets".into(), markets.into());
    out.insert("outbox".into(), outbox.into());
    Ok(out)
}

/// Bytes of the folder's own files.
fn size(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|e| e.metadata().ok()).filter(|m| m.is_file()).map(|m| m.len()).sum()
}
