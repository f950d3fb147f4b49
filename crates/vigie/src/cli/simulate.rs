//! `vigie simulate`: events of a plainly fictional market, one CloudEvent a line.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use domain::Time;
use serde_json::json;
use testkit::market::{Config, Market};

use super::{Failure, say};

#[derive(Args)]
pub(super) struct Simulate {
    /// The same seed gives the same events
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many events
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    events: u64,
    /// When the market's clock begins [default: 2026-03-02T01:00:00Z]
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Events in an average hour
    #[arg(long, default_value_t = 20_000.0, value_name = "N")]
    rate: f64,
    /// People with an account in each market at the start
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    people: u32,
    /// Share of stories about somebody who means harm, 0 to 1
    #[arg(long, default_value_t = 0.04, value_name = "SHARE")]
    villains: f64,
    /// Share of events with random ids, 0 to 1
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    random_ids: f64,
    /// Write the events here [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write what is true of each event here, one JSON object a line
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Print one JSON object about what was written; needs --out
    #[arg(long, requires = "out")]
    json: bool,
}

impl Simulate {
    pub(super) fn run(self) -> Result<(), Failure> {
        let usual = Config::default();
        let start = match &self.start {
            Some(text) => Time::parse(text).map_err(Failure::Usage)?,
            None => usual.start,
        };
        let config = Config {
            start,
            events_per_hour: self.rate,
            people: self.people.max(10),
            villains: self.villains,
            random_ids: self.random_ids,
            ..usual
        };
        let mut out: Box<dyn Write> = match &self.out {
            Some(path) => Box::new(BufWriter::new(file(path)?)),
            None => Box::new(BufWriter::new(std::io::stdout().lock())),
        };
        let mut truth = self.truth.as_ref().map(|path| file(path).map(BufWriter::new)).transpose()?;
        let (mut harmful, mut last) = (0_u64, start);
        let limit = usize::try_from(self.events).unwrap_or(usize::MAX);
        for sim in Market::new(self.seed, &config).take(limit) {
            harmful += u64::from(sim.truth.scam);
            last = sim.at;
            if let Err(error) = line(&mut out, &sim) {
                // A reader such as `head` that has enough is no fault.
                return if error.kind() == std::io::ErrorKind::BrokenPipe {
                    Ok(())
                } else {
                    Err(Failure::failed(error))
                };
            }
            if let Some(truth) = &mut truth {
                let about = json!({
                    "market": sim.event.market, "id": sim.event.id, "actor": format!("{:?}", sim.truth.actor),
                    "scam": sim.truth.scam, "expect": sim.truth.expect, "story": sim.truth.story,
                });
                writeln!(truth, "{about}").map_err(Failure::failed)?;
            }
        }
        out.flush().map_err(Failure::failed)?;
        truth.as_mut().map_or(Ok(()), Write::flush).map_err(Failure::failed)?;
        if self.json {
            let until = last.to_string();
            say(
                json!({"events": self.events, "harmful": harmful, "seed": self.seed, "until": until, "encoder": false}),
            );
        }
        Ok(())
    }
}

fn line(out: &mut impl Write, sim: &testkit::market::Sim) -> std::io::Result<()> {
    testkit::market::write_cloud_event(&sim.event, &mut *out)?;
    out.write_all(b"\n")
}

fn file(path: &PathBuf) -> Result<File, Failure> {
    File::create(path).map_err(|e| Failure::Failed(format!("{}: {e}", path.display())))
}
