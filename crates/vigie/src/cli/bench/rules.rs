//! `vigie bench rules`: from a decoded event to its list of hits, beside a JSON decoder and the `cel` interpreter.

use std::path::PathBuf;

use clap::Args;
use decision::cel::bench::RulesBench;
use serde_json::json;

use super::cpu_seconds;
use crate::cli::{Failure, say};

#[derive(Args)]
pub(crate) struct Rules {
    /// One rule a line: `name: expression`
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// One event a line, its variables under `data`
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// Seconds of CPU for each figure
    #[arg(long, default_value_t = 3.0, value_name = "S")]
    seconds: f64,
    /// Taken by every bench; here nothing is random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Rules {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))
        };
        let mut bench = RulesBench::new(&read(&self.rules)?, &read(&self.events)?).map_err(Failure::Failed)?;
        let events = bench.events();
        let span = self.seconds.clamp(0.1, 10.0);
        let hits = bench.pass();
        let full = rate(span, events, || bench.pass());
        let plain = rate(span, events, || bench.pass_without_regex());
        let decode = rate(span, events, || bench.pass_decode());
        // The interpreter needs a second for the whole set, so it gets a tenth of the events at a time.
        let few = events.div_ceil(10).max(1);
        let theirs = rate(span, few, || bench.pass_interpreter(few));
        let (rules, without) = bench.rules();
        let answer = json!({
            "hits": hits, "rules": rules, "rules_without_regex": without, "events": events,
            "events_per_cpu_s": full.round(), "without_regex_events_per_cpu_s": plain.round(),
            "cel_interpreter_events_per_cpu_s": theirs.round(), "json_decode_events_per_cpu_s": decode.round(),
            "of_json_decode": thousandths(full / decode), "of_cel_interpreter": thousandths(full / theirs),
            "seed": self.seed, "encoder": false,
        });
        if self.json {
            say(answer);
        } else {
            say(format!("{hits} hits; {full:.0} events a CPU-second, {plain:.0} without regex rules"));
            say(format!("beside: cel interpreter {theirs:.0}, JSON decoder {decode:.0}"));
        }
        Ok(())
    }
}

/// Events a CPU-second, over passes that take at least `span` together; the first pass warms up.
fn rate(span: f64, events: usize, mut pass: impl FnMut() -> usize) -> f64 {
    std::hint::black_box(pass());
    let start = cpu_seconds();
    let mut done = 0_usize;
    loop {
        std::hint::black_box(pass());
        done += events;
        let used = cpu_seconds() - start;
        if used >= span {
            return done as f64 / used;
        }
    }
}

fn thousandths(x: f64) -> f64 {
    (x * 1_000.0).round() / 1_000.0
}
