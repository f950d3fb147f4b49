//! `vigie import`: events from files into the log, as if they had been posted; tables through a map of their columns.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use channel::intake::{self, KeyFacts, Rejected};
use clap::Args;
use engine::Engine;
use flate2::read::MultiGzDecoder;
use serde_json::json;

use super::columns::Columns;
use super::{Failure, say};
use crate::clock::now;
use crate::config::{Config, ServeFlags, StoreFlags};
use crate::serve::engine_of;

/// Lines taken together, and bytes of them.
const LINES: usize = 1_000;
const BYTES: usize = 400 * 1024;
/// Refusals shown.
const SHOWN: usize = 20;

#[derive(Args)]
pub(super) struct Import {
    /// Files of CloudEvents, one a line, plain or gzip; `-` is standard input. With --map: CSV files with a head
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    store: StoreFlags,
    /// Read CSV by this map: lines of `target: column` or `target: =constant`, where a target is type, market, id, time,
    /// subject, actor or data.FIELD
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The market of events that name none
    #[arg(long, value_name = "MARKET")]
    market: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Default)]
struct Done {
    accepted: u64,
    duplicates: u64,
    rejected: u64,
    first: Vec<serde_json::Value>,
}

impl Done {
    /// Counts a refusal; the first ones are shown.
    fn refuse(&mut self, path: &Path, line: usize, field: &str, error: &str) {
        self.rejected += 1;
        if self.first.len() < SHOWN {
            let file = path.display().to_string();
            self.first.push(json!({"file": file, "line": line, "field": field, "error": error}));
        }
    }
}

impl Import {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = Config::new(&self.store, &ServeFlags::default())?;
        let engine = engine_of(&config, false).map_err(Failure::failed)?;
        let start = Instant::now();
        let mut done = Done::default();
        let map = self
            .map
            .as_deref()
            .map(|path| std::fs::read_to_string(path).map_err(|e| Failure::Usage(format!("{}: {e}", path.display()))));
        let map = map.transpose()?;
        for path in &self.files {
            match &map {
                Some(map) => self.table(&engine, map, path, &mut done)?,
                None => read(path, |lines, first| self.take(&engine, lines, &|index| first + index, path, &mut done))?,
            }
        }
        engine.close();
        let seconds = start.elapsed().as_secs_f64();
        let answer = json!({
            "accepted": done.accepted, "duplicates": done.duplicates, "rejected": done.rejected,
            "first_rejected": done.first, "seconds": (seconds * 1e3).round() / 1e3, "encoder": false,
        });
        if self.json {
            say(answer);
        } else {
            done.first.iter().for_each(|one| say(format!("refused: {one}")));
            say(format!(
                "{} events taken, {} seen before, {} refused, in {seconds:.1} s",
                done.accepted, done.duplicates, done.rejected
            ));
        }
        if done.rejected == 0 { Ok(()) } else { Err(Failure::Failed(String::new())) }
    }

    /// Reads a table row by row through the map of its columns.
    fn table(&self, engine: &Engine, map: &str, path: &Path, done: &mut Done) -> Result<(), Failure> {
        let fault = |e: csv::Error| Failure::Failed(format!("{}: {e}", path.display()));
        let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(source(path)?);
        let head: Vec<String> = table.headers().map_err(fault)?.iter().map(str::to_owned).collect();
        let columns = Columns::parse(map, &head).map_err(Failure::Usage)?;
        let stem = path.file_stem().map_or_else(|| "row".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let pack = engine.pack();
        let (mut group, mut lines) = (Vec::new(), Vec::new());
        for row in table.into_records() {
            let row = row.map_err(fault)?;
            let line = row.position().map_or(0, csv::Position::line);
            let cells: Vec<String> = row.iter().map(str::to_owned).collect();
            match columns.event(&pack, &cells, &format!("{stem}-{line}"), self.market.as_deref()) {
                Ok(event) => {
                    group.extend_from_slice(event.to_string().as_bytes());
                    group.push(b'\n');
                    lines.push(line as usize);
                }
                Err(bad) => done.refuse(path, line as usize, &bad.field, &bad.error),
            }
            if lines.len() >= LINES || group.len() >= BYTES / 2 {
                self.take(engine, &group, &|index| lines[index], path, done)?;
                group.clear();
                lines.clear();
            }
        }
        if lines.is_empty() { Ok(()) } else { self.take(engine, &group, &|index| lines[index], path, done) }
    }

    /// Hands some lines to the engine; `line` tells the number of the nth one in its file.
    fn take(
        &self,
        engine: &Engine,
        lines: &[u8],
        line: &dyn Fn(usize) -> usize,
        path: &Path,
        done: &mut Done,
    ) -> Result<(), Failure> {
        let pack = engine.pack();
        let request = intake::Request {
            path: "/v1/events",
            content_type: Some("application/x-ndjson"),
            content_encoding: None,
            headers: &[],
            body: lines,
            received_at: now(),
            key: KeyFacts { market: self.market.as_deref(), source: "import" },
            known: &|kind| pack.schemas.contains_key(kind),
        };
        let taken = intake::read(&request).map_err(|e| Failure::Failed(format!("{}: {e}", path.display())))?;
        let mut rejected = taken.rejected;
        let (places, events): (Vec<usize>, Vec<_>) = taken.events.into_iter().unzip();
        let ids: Vec<String> = events.iter().map(|e: &domain::Event| e.id.clone()).collect();
        let answers = engine.handle_blocking(events).map_err(Failure::failed)?;
        for ((index, id), answer) in places.into_iter().zip(ids).zip(answers) {
            match answer {
                Ok(answer) if answer.duplicate => done.duplicates += 1,
                Ok(_) => done.accepted += 1,
                Err(e) => rejected.push(Rejected { index, id: Some(id), field: e.field, error: e.error }),
            }
        }
        for one in rejected {
            done.refuse(path, line(one.index), &one.field, &one.error);
        }
        progress(done);
        Ok(())
    }
}

fn progress(done: &Done) {
    let mut err = std::io::stderr().lock();
    if err.is_terminal() {
        let _ = write!(err, "\r{} events", done.accepted + done.duplicates);
    }
}

/// A file or standard input, unzipped where it is zipped.
fn source(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    let source: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(std::io::stdin().lock()),
        _ => Box::new(File::open(path).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))?),
    };
    let mut raw = BufReader::with_capacity(1 << 16, source);
    let fault = |e: std::io::Error| Failure::Failed(format!("{}: {e}", path.display()));
    let zipped = raw.fill_buf().map_err(fault)?.starts_with(&[0x1f, 0x8b]);
    Ok(if zipped { Box::new(BufReader::new(MultiGzDecoder::new(raw))) } else { Box::new(raw) })
}

/// Reads a file in groups of whole lines.
fn read(path: &Path, mut take: impl FnMut(&[u8], usize) -> Result<(), Failure>) -> Result<(), Failure> {
    let fault = |e: std::io::Error| Failure::Failed(format!("{}: {e}", path.display()));
    let mut lines = source(path)?;
    let (mut group, mut count, mut first, mut number) = (Vec::with_capacity(BYTES), 0, 1, 0);
    loop {
        let before = group.len();
        // A line far beyond the limit of an event is cut there and refused; memory stays bounded.
        let read = (&mut lines).take(BYTES as u64).read_until(b'\n', &mut group).map_err(fault)?;
        if read == 0 {
            break;
        }
        number += 1;
        if group[before..].trim_ascii().is_empty() {
            group.truncate(before);
            continue;
        }
        count += 1;
        if count >= LINES || group.len() >= BYTES / 2 {
            take(&group, first)?;
            (count, first) = (0, number + 1);
            group.clear();
        }
    }
    if count > 0 { take(&group, first) } else { Ok(()) }
}
