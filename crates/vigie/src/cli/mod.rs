//! The commands. Exit codes: 0 fine, 1 the check or the work failed, 2 wrong use.

mod people;
mod serve;

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
    /// Make API keys
    #[command(subcommand)]
    Key(people::Key),
    /// Make and change agents
    #[command(subcommand)]
    Agent(people::AgentCommand),
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

/// Opens the store that the flags name, with this program's tables.
fn open_store(flags: &StoreFlags) -> Result<(crate::config::Config, store::Store), Failure> {
    let config = crate::config::Config::new(flags, &crate::config::ServeFlags::default())?;
    let store = store::Store::open(&config.store)?;
    store.migrate(access::MIGRATIONS)?;
    Ok((config, store))
}
