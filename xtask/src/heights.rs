//! The heights of the test run, from the cheapest to the whole house, each timed and counted.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::count::{self, Count};
use crate::server::Server;
use crate::setup::{self, Want, node_fault, setup};
use crate::shell::{self, Outcome, run, seconds};
use crate::tidy;

/// What to run before a commit.
pub const CHECK: &[&str] = &["format", "lints", "tidy"];

/// A part of the test run.
struct Height {
    name: &'static str,
    what: &'static str,
    /// It runs when this exists; when it does not, the height fails unless it is listed as pending.
    needs: &'static str,
    go: fn(&Site) -> Result<Count, String>,
}

/// All heights, in order.
const HEIGHTS: &[Height] = &[
    Height { name: "format", what: "cargo fmt --check", needs: "Cargo.toml", go: format },
    Height { name: "lints", what: "clippy, warnings denied", needs: "Cargo.toml", go: lints },
    Height { name: "console", what: "console: types, unit tests, build", needs: "console/package.json", go: console },
    Height { name: "rust", what: "cargo test: units, laws, both stores, clients", needs: "Cargo.toml", go: rust },
    Height { name: "browser", what: "journeys in a real browser", needs: "e2e/browser/run.mjs", go: browser },
    Height {
        name: "api",
        what: "HTTP fuzzed by its own description",
        needs: "crates/vigie/src/api/openapi.rs",
        go: api,
    },
    Height { name: "demo", what: "demo --check, release build", needs: "crates/vigie/src/cli/demo.rs", go: demo },
];

/// Heights that are being built. One that is listed here and not there is named and not counted.
const PENDING: &[&str] = &[];

/// Where a height runs, and how loud.
pub struct Site<'a> {
    /// The folder of the workspace.
    pub root: &'a Path,
    /// Shows what programs say while they run.
    pub echo: bool,
}

/// Runs the named heights, or all of them, and closes with the count.
#[must_use]
pub fn test(root: &Path, names: &[&str], echo: bool) -> ExitCode {
    if let Some(unknown) = names.iter().find(|n| **n != "tidy" && !HEIGHTS.iter().any(|h| h.name == **n)) {
        let known: Vec<&str> = HEIGHTS.iter().map(|h| h.name).collect();
        eprintln!("no height `{unknown}`; there are {}", known.join(", "));
        return ExitCode::from(2);
    }
    let started = Instant::now();
    let site = Site { root, echo };
    let mut total = Count::default();
    if names != CHECK {
        println!("setup");
        for missing in setup(root, Want::Tests, echo).missing {
            println!("FAIL   setup: {missing}");
            total = total.plus(Count::one(false));
        }
    }
    for height in HEIGHTS.iter().filter(|h| names.is_empty() || names.contains(&h.name)) {
        total = total.plus(climb(height, &site));
    }
    if names.contains(&"tidy") {
        total = total.plus(laws(root));
    }
    println!("\nin {}", seconds(started.elapsed()));
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn climb(height: &Height, site: &Site) -> Count {
    println!("\n{}: {}", height.name, height.what);
    let started = Instant::now();
    if !site.root.join(height.needs).exists() {
        let pending = PENDING.contains(&height.name);
        println!("{}  {} is not there", if pending { "pending" } else { "FAIL " }, height.needs);
        return if pending { Count::default() } else { Count::one(false) };
    }
    let count = (height.go)(site).unwrap_or_else(|why| {
        println!("       {why}");
        Count::one(false)
    });
    let word = if count.failed == 0 { "pass " } else { "FAIL " };
    println!(
        "{word}  {}: {} passed, {} failed in {}",
        height.name,
        count.passed,
        count.failed,
        seconds(started.elapsed())
    );
    count
}

fn laws(root: &Path) -> Count {
    match tidy::faults(root) {
        Ok(faults) => {
            for fault in &faults {
                println!("       {fault}");
            }
            Count::one(faults.is_empty())
        }
        Err(why) => {
            println!("       {why}");
            Count::one(false)
        }
    }
}

fn format(site: &Site) -> Result<Count, String> {
    let done = site.run("format", cargo(site).args(["fmt", "--all", "--check"]), 2)?;
    Ok(Count::one(site.told(&done, &["Diff in"])))
}

fn lints(site: &Site) -> Result<Count, String> {
    let mut command = cargo(site);
    command.args(["clippy", "--workspace", "--all-targets", "--keep-going", "--quiet", "--", "-D", "warnings"]);
    let done = site.run("lints", &mut command, 20)?;
    Ok(Count::one(site.told(&done, &["error"])))
}

fn rust(site: &Site) -> Result<Count, String> {
    let done = site.run("rust", cargo(site).args(["test", "--workspace", "--no-fail-fast"]), 35)?;
    let ok = site.told(&done, &["... FAILED", "panicked at", "error: ", "error[", "has been running"]);
    Ok(count::libtest(&done.output).judged(ok))
}

fn console(site: &Site) -> Result<Count, String> {
    if let Some(fault) = node_fault() {
        return Err(fault);
    }
    let folder = site.root.join("console");
    let npm = |script: &str| {
        let mut command = Command::new("npm");
        command.args(["run", "--silent", script]).current_dir(&folder);
        command
    };
    let types = site.run("console-types", &mut npm("typecheck"), 5)?;
    let mut total = Count::one(site.told(&types, &["error"]));
    let report = site.root.join("target/xtask/console-units.json");
    let _ = std::fs::remove_file(&report);
    let mut units = Command::new("npx");
    units.args(["--no-install", "vitest", "run", "--reporter=default", "--reporter=json", "--outputFile.json"]);
    let units = site.run("console-units", units.arg(&report).current_dir(&folder), 10)?;
    let ok = site.told(&units, &["FAIL", "Error"]);
    total = total.plus(count::vitest(&std::fs::read_to_string(&report).unwrap_or_default()).judged(ok));
    let built = site.run("console-build", &mut npm("build"), 10)?;
    Ok(total.plus(Count::one(site.told(&built, &["error", "Error"]))))
}

fn browser(site: &Site) -> Result<Count, String> {
    let chromium = setup::browser(site.root).ok_or("no browser was found; the setup tells how to get one")?;
    let mut bundle = Command::new("npm");
    bundle.args(["run", "--silent", "build"]).current_dir(site.root.join("console"));
    let bundled = site.run("browser-console", &mut bundle, 10)?;
    if !site.told(&bundled, &["error"]) {
        return Err("the console does not build".into());
    }
    site.build()?;
    let server = Server::start(site.root, "browser-server", &["demo"])?;
    // `sign in as LOGIN (…) with the password PASSWORD`
    let line = server.wait_for("sign in as")?;
    let login = line.split_whitespace().skip_while(|w| *w != "as").nth(1).unwrap_or_default();
    let password = line.split_whitespace().last().unwrap_or_default();
    let mut journeys = Command::new("node");
    journeys.arg("run.mjs").current_dir(site.root.join("e2e/browser"));
    journeys.envs([("BASE_URL", server.url.as_str()), ("LOGIN", login), ("PASSWORD", password)]);
    let done = site.run("browser", journeys.env("CHROMIUM", chromium), 20)?;
    let ok = site.told(&done, &["FAIL", "Error"]);
    Ok(count::json_line(&done.output).judged(ok))
}

fn api(site: &Site) -> Result<Count, String> {
    site.build()?;
    let server = Server::start(site.root, "api-server", &["serve"])?;
    let key = server.key("ingest,decide,read,write")?;
    let report = site.root.join("target/xtask/api.xml");
    let _ = std::fs::remove_file(&report);
    let mut fuzzer = Command::new(setup::venv_bin(site.root).join("st"));
    fuzzer.args(["--config-file", "e2e/api/schemathesis.toml", "run", &format!("{}/openapi.json", server.url)]);
    fuzzer.args(["--header", &format!("Authorization: Bearer {key}"), "--report=junit", "--report-junit-path"]);
    let done = site.run("api", fuzzer.arg(&report).current_dir(site.root), 4)?;
    let ok = site.told(&done, &["FAILED", "Error", "- "]);
    Ok(count::junit(&std::fs::read_to_string(&report).unwrap_or_default()).judged(ok))
}

fn demo(site: &Site) -> Result<Count, String> {
    let me = std::env::current_exe().map_err(|e| e.to_string())?;
    let done = site.run("demo", Command::new(me).args(["demo", "--check"]).current_dir(site.root), 25)?;
    Ok(Count::one(site.told(&done, &["error", "failed"])))
}

fn cargo(site: &Site) -> Command {
    let mut command = shell::cargo(site.root);
    // Tests start a PostgreSQL of their own with the programs they find on the path.
    if let Some(bin) = setup::postgres(site.root) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::env::split_paths(&path).chain([bin])).unwrap_or(path);
        command.env("PATH", path);
    }
    if let Some(browser) = setup::browser(site.root) {
        command.env("VIGIE_BROWSER", browser);
    }
    command
}

impl Site<'_> {
    /// The debug binary that the heights from outside knock at.
    fn build(&self) -> Result<(), String> {
        let done = self.run("build", cargo(self).args(["build", "--package", "vigie"]), 20)?;
        if self.told(&done, &["error"]) { Ok(()) } else { Err("the binary does not build".into()) }
    }

    fn run(&self, name: &str, command: &mut Command, minutes: u64) -> Result<Outcome, String> {
        let limit = Duration::from_secs(minutes * 60);
        run(self.root, name, command, limit, self.echo)
            .map_err(|e| format!("`{}` cannot be started: {e}", command.get_program().to_string_lossy()))
    }

    /// Whether it ended well; when not, shows the lines that hold one of `words` and the end of its output.
    fn told(&self, done: &Outcome, words: &[&str]) -> bool {
        if done.ok {
            return true;
        }
        let lines: Vec<&str> = done.output.lines().collect();
        let telling = lines.iter().filter(|l| words.iter().any(|w| l.contains(w))).take(30);
        for line in telling.chain(lines.iter().skip(lines.len().saturating_sub(25))) {
            println!("       | {line}");
        }
        let how = if done.timed_out { format!("stopped after {}", seconds(done.took)) } else { "it failed".into() };
        println!("       {how}; all of it is in {}", done.log.display());
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_names_are_heights() {
        for name in PENDING {
            assert!(HEIGHTS.iter().any(|h| h.name == *name), "{name}");
        }
    }

    #[test]
    fn a_missing_height_fails_unless_pending() {
        let site = Site { root: Path::new("/nowhere-at-all"), echo: false };
        let height = |name| Height { name, what: "", needs: "nothing", go: |_| Ok(Count::one(true)) };
        assert_eq!(climb(&height("never"), &site), Count::one(false));
        for name in PENDING {
            assert_eq!(climb(&height(name), &site), Count::default());
        }
    }
}
