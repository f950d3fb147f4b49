//! Development tasks: set up, check, test, demo. `cargo xtask` lists them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for a terminal: its words are what it is for")]

mod count;
mod demo;
mod encoder;
mod heights;
mod server;
mod setup;
mod shell;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
Development tasks of vigie.

  cargo xtask demo [--check]      sets up what is missing, builds, serves a living demo market
                                  (--check: headless, one JSON line, exit 1 when something is lost)
  cargo xtask test [HEIGHT…]      sets up what is missing, runs every height of the tests or those named,
                                  and closes with `N passed, N failed`
  cargo xtask setup               only the setting up
  cargo xtask check               format, lints and laws: what to run before a commit
  cargo xtask tidy                only the laws

  --verbose                       shows what the programs below say while they run
";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let verbose = words.iter().any(|w| w == "--verbose");
    words.retain(|w| w != "--verbose");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = tidy::root();
    match words.as_slice() {
        ["test", names @ ..] => heights::test(&root, names, verbose),
        ["check"] => heights::test(&root, heights::CHECK, verbose),
        ["demo", words @ ..] => demo::demo(&root, words, verbose),
        ["setup"] => {
            let ready = setup::setup(&root, setup::Want::Everything, verbose);
            if ready.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        ["tidy"] => tidy(&root),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("I do not know `{}`.\n\n{HELP}", words.join(" "));
            ExitCode::from(2)
        }
    }
}

fn tidy(root: &std::path::Path) -> ExitCode {
    match tidy::faults(root) {
        Ok(faults) if faults.is_empty() => {
            println!("every law holds");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            for fault in &faults {
                println!("{fault}");
            }
            println!("{} breaches", faults.len());
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
