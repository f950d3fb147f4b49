//! The commands. Exit codes: 0 fine, 1 the check or the work failed, 2 wrong use.

mod backup;
mod bench;
mod columns;
mod demo;
mod eval;
mod import;
mod log;
mod people;
mod policy;
mod replay;
mod serve;
mod simulate;
mod train;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{ConfigFault, StoreFlags};

/// One engine for an online market's customer care and trust & safety.
#[derive(Parser)]
#[command(name = "vigie", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the console
    #[command(after_help = "Example:\n  vigie serve --data ./vigie-data --listen 127.0.0.1:8080")]
    Serve(serve::Serve),
    /// Serve a living, plainly fictional market
    #[command(after_help = "Examples:\n  vigie demo\n  vigie demo --check")]
    Demo(demo::Demo),
    /// Make API keys
    #[command(subcommand)]
    Key(people::Key),
    /// Make and change agents
    #[command(subcommand)]
    Agent(people::AgentCommand),
    /// Check a policy pack: types, tests, findings
    #[command(after_help = "Example:\n  vigie check ./policy --json")]
    Check(policy::Check),
    /// Look at the log
    #[command(subcommand)]
    Log(log::Log),
    /// Fold the log again and compare
    #[command(
        after_help = "Examples:\n  vigie replay --verify --json\n  vigie replay --diff --policy ./candidate --market sg"
    )]
    Replay(replay::Replay),
    /// Write a backup, beside a running server or without one
    #[command(after_help = "Example:\n  vigie backup ./monday.vigie --data ./vigie-data")]
    Backup(backup::Backup),
    /// Put a backup into an empty place
    #[command(after_help = "Example:\n  vigie restore ./monday.vigie --data ./restored")]
    Restore(backup::Restore),
    /// Take events from files
    #[command(
        after_help = "Examples:\n  vigie import events.ndjson.gz --data ./vigie-data\n  vigie import orders.csv --map orders.map --market sg"
    )]
    Import(import::Import),
    /// Write events of a plainly fictional market
    #[command(after_help = "Example:\n  vigie simulate --seed 7 --events 50000 --out events.ndjson")]
    Simulate(simulate::Simulate),
    /// Measure a capability on labelled data
    #[command(subcommand)]
    Eval(eval::Eval),
    /// Make models anew from labelled data
    #[command(subcommand)]
    Train(train::Train),
    /// Measure what the house does in a second
    #[command(subcommand)]
    Bench(bench::Bench),
}

/// How a command ended when not well.
#[derive(Debug)]
pub enum Failure {
    /// The check or the work failed: exit code 1.
    Failed(String),
    /// Wrong use: exit code 2.
    Usage(String),
}

impl Failure {
    /// Exit code 1 with the fault's own words.
    pub fn failed(fault: impl std::fmt::Display) -> Failure {
        Failure::Failed(fault.to_string())
    }
}

impl From<ConfigFault> for Failure {
    fn from(fault: ConfigFault) -> Failure {
        Failure::Usage(fault.0)
    }
}

impl From<store::Error> for Failure {
    fn from(fault: store::Error) -> Failure {
        Failure::failed(fault)
    }
}

/// Reads the arguments and runs the command.
#[must_use]
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(command) => command.run(),
        Command::Key(command) => command.run(),
        Command::Agent(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::Replay(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Simulate(command) => command.run(),
        Command::Bench(command) => command.run(),
        Command::Eval(command) => command.run(),
        Command::Train(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(text)) => complain(&text, 1),
        Err(Failure::Usage(text)) => complain(&text, 2),
    }
}

fn complain(text: &str, code: u8) -> ExitCode {
    if !text.is_empty() {
        let _ = writeln!(std::io::stderr().lock(), "vigie: {text}");
    }
    ExitCode::from(code)
}

/// Writes one line to stdout. A reader that went away is no fault of ours.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Opens a store that must be there already: a slip in a path is told, and no empty store is made of it.
fn open_known(flags: &StoreFlags) -> Result<(crate::config::Config, store::Store), Failure> {
    let config = crate::config::Config::new(flags, &crate::config::ServeFlags::default())?;
    if let store::Location::Folder(folder) = &config.store
        && !folder.join("vigie.db").is_file()
    {
        return Err(Failure::Usage(format!("there is no store in {}", folder.display())));
    }
    open_store(flags)
}

/// Opens the store that the flags name, with this program's tables.
fn open_store(flags: &StoreFlags) -> Result<(crate::config::Config, store::Store), Failure> {
    let config = crate::config::Config::new(flags, &crate::config::ServeFlags::default())?;
    let store = store::Store::open(&config.store)?;
    store.migrate(&crate::serve::migrations())?;
    Ok((config, store))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Every command that does something, with its path.
    fn leaves(command: &clap::Command, path: &str, out: &mut Vec<(String, clap::Command)>) {
        if command.get_subcommands().next().is_none() {
            out.push((path.to_owned(), command.clone()));
        }
        for inner in command.get_subcommands() {
            leaves(inner, &format!("{path} {}", inner.get_name()), out);
        }
    }

    #[test]
    fn every_command_is_well_formed_and_shows_an_example_of_itself() {
        Cli::command().debug_assert();
        let mut all = Vec::new();
        leaves(&Cli::command(), "vigie", &mut all);
        assert!(all.len() >= 12, "{}", all.len());
        for (path, mut command) in all {
            let help = command.render_long_help().to_string();
            let example = help.split("Example").nth(1).unwrap_or_default();
            assert!(example.contains(&path), "`{path} --help` shows no example of itself");
        }
    }
}
