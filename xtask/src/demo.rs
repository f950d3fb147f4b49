//! The demo: a living market served from a release build.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::setup::{Want, node_fault, setup};
use crate::shell::{self, run};

/// Sets up what the demo needs, builds, and becomes `vigie demo` with `words` after it. Standard output is
/// the demo's alone; what is said on the way goes to standard error.
#[must_use]
pub fn demo(root: &Path, words: &[&str], echo: bool) -> ExitCode {
    if let Err(why) = build(root, echo) {
        eprintln!("{why}");
        return ExitCode::FAILURE;
    }
    // Taking this process's place, the demo gets the terminal's signals itself and its code is ours.
    let fault = Command::new(root.join("target/release/vigie")).arg("demo").args(words).exec();
    eprintln!("the demo cannot be started: {fault}");
    ExitCode::FAILURE
}

/// The console where Node is there, and the binary in any case.
fn build(root: &Path, echo: bool) -> Result<(), String> {
    match node_fault() {
        Some(fault) => {
            eprintln!("    –  {fault}. Going on without the console: the binary serves a page that says how to add it");
        }
        None => {
            let missing = setup(root, Want::Demo, echo).missing;
            if missing.is_empty() && root.join("console/package.json").exists() {
                console(root, echo)?;
            }
        }
    }
    eprintln!("   ..  building the binary (some minutes the first time)");
    match shell::cargo(root).args(["build", "--release", "--package", "vigie"]).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the binary does not build".into()),
        Err(fault) => Err(format!("cargo cannot be started: {fault}")),
    }
}

fn console(root: &Path, echo: bool) -> Result<(), String> {
    eprintln!("   ..  building the console");
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", "build"]).current_dir(root.join("console"));
    let done = run(root, "demo-console", &mut npm, Duration::from_secs(10 * 60), echo).map_err(|e| e.to_string())?;
    if done.ok { Ok(()) } else { Err(format!("the console does not build, see {}", done.log.display())) }
}
