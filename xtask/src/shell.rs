//! Running other programs: found by name, timed, bounded, their words kept in a log.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a program ended.
#[derive(Debug)]
pub struct Outcome {
    /// It ended by itself with code 0.
    pub ok: bool,
    /// It had to be stopped.
    pub timed_out: bool,
    /// Everything it wrote, both streams, in order.
    pub output: String,
    /// Where that is kept.
    pub log: PathBuf,
    /// How long it ran.
    pub took: Duration,
}

/// Runs `command` to its end, at most `limit`, with its output in `target/xtask/NAME.log`. Says every
/// minute that it still runs; with `echo` its output is shown as it comes.
///
/// # Errors
/// When the program cannot be started or the log not written.
pub fn run(root: &Path, name: &str, command: &mut Command, limit: Duration, echo: bool) -> io::Result<Outcome> {
    let log = root.join("target/xtask").join(format!("{name}.log"));
    std::fs::create_dir_all(root.join("target/xtask"))?;
    let out = File::create(&log)?;
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out).spawn()?;
    let mut reader = File::open(&log)?;
    let mut said = started;
    let (mut shown, mut timed_out) = (0, false);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if started.elapsed() > limit {
            timed_out = true;
            stop_tree(&mut child);
            break None;
        }
        if echo {
            shown += show(&mut reader, shown)?;
        } else if said.elapsed() >= Duration::from_secs(60) {
            said = Instant::now();
            eprintln!("       … {name} still runs ({})", seconds(started.elapsed()));
        }
        thread::sleep(Duration::from_millis(50));
    };
    if echo {
        show(&mut reader, shown)?;
    }
    let output = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    Ok(Outcome { ok: status.is_some_and(|s| s.success()), timed_out, output, log, took: started.elapsed() })
}

fn show(reader: &mut File, from: u64) -> io::Result<u64> {
    let mut more = Vec::new();
    reader.seek(SeekFrom::Start(from))?;
    reader.read_to_end(&mut more)?;
    io::stdout().write_all(&more)?;
    io::stdout().flush()?;
    Ok(more.len() as u64)
}

/// Ends a child and everything it started.
pub fn stop_tree(child: &mut Child) {
    for pid in descendants(child.id()) {
        let _ = Command::new("kill").args(["-TERM", &pid.to_string()]).stderr(Stdio::null()).status();
    }
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// A process and all below it, children first.
fn descendants(root: u32) -> Vec<u32> {
    let listed = Command::new("ps").args(["-e", "-o", "pid=,ppid="]).output();
    let text = listed.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    let pairs: Vec<(u32, u32)> = text
        .lines()
        .filter_map(|l| {
            let mut words = l.split_whitespace();
            Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        })
        .collect();
    let mut found = vec![root];
    let mut next = 0;
    while next < found.len() {
        let parent = found[next];
        found.extend(pairs.iter().filter(|(_, p)| *p == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found.reverse();
    found
}

/// Cargo, run in `root`, as a person at a terminal would run it: what the outer cargo told this process about its own
/// package would make build scripts that look at such names run again each time.
#[must_use]
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    command.current_dir(root);
    for (name, _) in std::env::vars_os() {
        let told = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"];
        if name.to_str().is_some_and(|name| told.iter().any(|t| name.starts_with(t))) {
            command.env_remove(name);
        }
    }
    command
}

/// Where a program stands on `PATH`, if it does.
#[must_use]
pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|p| p.is_file())
}

/// Runs a short command and gives its standard output, trimmed; `None` when it fails.
#[must_use]
pub fn told(command: &mut Command) -> Option<String> {
    let out = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// A port of this machine that nothing listens on right now.
///
/// # Errors
/// When none can be had.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A span in words: `4.2 s`, `3 min 20 s`.
#[must_use]
pub fn seconds(span: Duration) -> String {
    match span.as_secs() {
        0..=59 => format!("{:.1} s", span.as_secs_f64()),
        s => format!("{} min {} s", s / 60, s % 60),
    }
}

/// A folder of its own that goes away with its owner.
pub struct TempFolder(PathBuf);

impl TempFolder {
    /// Makes one below the system's folder for such things.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(name: &str) -> io::Result<Self> {
        let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
        let path = std::env::temp_dir().join(format!("vigie-{name}-{}-{stamp}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(TempFolder(path))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_shell(script: &str, limit: Duration) -> Outcome {
        let folder = TempFolder::new("shell-test").unwrap();
        run(folder.path(), "x", Command::new("sh").args(["-c", script]), limit, false).unwrap()
    }

    #[test]
    fn output_and_end_are_told() {
        let fine = run_shell("echo one; echo two >&2", Duration::from_secs(20));
        assert!(fine.ok && !fine.timed_out);
        assert_eq!(fine.output, "one\ntwo\n");
        assert!(!run_shell("exit 3", Duration::from_secs(20)).ok);
    }

    #[test]
    fn what_does_not_end_is_stopped_with_its_children() {
        let stuck = run_shell("sleep 47.11 & echo $!; wait", Duration::from_millis(500));
        assert!(stuck.timed_out && !stuck.ok);
        let pid = stuck.output.trim().to_owned();
        let deadline = Instant::now() + Duration::from_secs(10);
        let alive = || told(Command::new("ps").args(["-o", "args=", "-p", &pid])).is_some_and(|a| a.contains("47.11"));
        while alive() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        assert!(!alive());
    }

    #[test]
    fn programs_are_found() {
        assert!(which("sh").is_some());
        assert!(which("no-such-program-anywhere").is_none());
    }
}
