//! The demo: a living market served from a release build.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::setup::{Want, node_fault, setup};
use crate::shell::run;

/// Sets up, builds and serves until it is interrupted.
#[must_use]
pub fn serve(root: &Path, echo: bool) -> ExitCode {
    if let Err(why) = build(root, echo) {
        eprintln!("{why}");
        return ExitCode::FAILURE;
    }
    let status = Command::new(root.join("target/release/vigie")).arg("demo").current_dir(root).status();
    if status.is_ok_and(|s| s.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Sets up, builds and runs the demo headless for a moment; its one JSON line is the whole of standard output.
#[must_use]
pub fn check(root: &Path, echo: bool) -> ExitCode {
    if let Err(why) = build(root, echo) {
        eprintln!("{why}");
        return ExitCode::FAILURE;
    }
    let status = Command::new(root.join("target/release/vigie")).args(["demo", "--check"]).current_dir(root).status();
    if status.is_ok_and(|s| s.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The console where Node is there, and the binary in any case.
fn build(root: &Path, echo: bool) -> Result<(), String> {
    let step = |name: &str, command: &mut Command| {
        let done = run(root, name, command, Duration::from_secs(40 * 60), echo).map_err(|e| e.to_string())?;
        if done.ok { Ok(()) } else { Err(format!("building failed, see {}", done.log.display())) }
    };
    match node_fault() {
        Some(fault) => {
            eprintln!(
                "    –  {fault}. Going on without the console: the binary serves a page that says how to build it"
            )
        }
        None => {
            let _ = setup(root, Want::Demo, echo);
            eprintln!("   ..  building the console");
            step(
                "demo-console",
                Command::new("npm").args(["run", "--silent", "build"]).current_dir(root.join("console")),
            )?;
        }
    }
    eprintln!("   ..  building the binary (some minutes the first time)");
    step("demo-build", Command::new("cargo").args(["build", "--release", "--package", "vigie"]).current_dir(root))
}
