//! `vigie bench`: what the house does in a second, measured here and now.

mod conversation;
mod learning;
mod pack;
mod pipeline;
mod rules;

use clap::Subcommand;

use super::Failure;

#[derive(Subcommand)]
pub(super) enum Bench {
    /// Decide decoded events by a file of rules
    #[command(after_help = "Example:\n  vigie bench rules --rules rules.cel --events events.jsonl --json")]
    Rules(rules::Rules),
    /// Take events in over a full store: ingest, HTTP, single decisions, replay, timelines
    #[command(
        after_help = "Example:\n  vigie bench pipeline --rows 1000000 --json\n\nThe first run fills the store, which is not timed; later runs find it."
    )]
    Pipeline(pipeline::Pipeline),
    /// Read messages as the guard does, without the encoder and with it
    #[command(after_help = "Example:\n  vigie bench conversation --json")]
    Conversation(conversation::Conversation),
    /// Learn from the verdicts of a simulated operator and judge what comes next
    #[command(after_help = "Example:\n  vigie bench learning --seed 7 --json")]
    Learning(learning::Learning),
}

impl Bench {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Bench::Rules(command) => command.run(),
            Bench::Pipeline(command) => command.run(),
            Bench::Conversation(command) => command.run(),
            Bench::Learning(command) => command.run(),
        }
    }
}

/// CPU time this process has used so far, user and system, in seconds; wall time where the system does not tell.
pub(super) fn cpu_seconds() -> f64 {
    // Fields 14 and 15 after the name in brackets, in ticks of a hundredth of a second.
    let told = std::fs::read_to_string("/proc/self/stat").ok().and_then(|text| {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |n: usize| fields.get(n)?.parse::<f64>().ok();
        Some((ticks(11)? + ticks(12)?) / 100.0)
    });
    told.unwrap_or_else(wall)
}

fn wall() -> f64 {
    use std::sync::OnceLock;
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_secs_f64()
}
