//! Development tasks: set up, test, demo.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let ok = Command::new("cargo").args(["test", "--workspace"]).status().is_ok_and(|s| s.success());
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
