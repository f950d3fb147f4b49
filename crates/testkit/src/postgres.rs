//! A private PostgreSQL for tests: started once a test process, gone when the process is gone.
//!
//! It listens on a socket in a temporary folder only, runs as an unprivileged user when the tests
//! run as root, and never flushes its disk. `VIGIE_TEST_POSTGRES` names a server to use instead;
//! its user must be allowed to create databases. A test that needs the server and cannot have it
//! fails: it never passes by being skipped.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

/// Names a running server by URL.
const ENV: &str = "VIGIE_TEST_POSTGRES";
/// How long a server may take to answer first.
const PATIENCE: Duration = Duration::from_secs(60);
/// Starts the server in `$1` with the programs of `$2`, and ends it with its folder as soon as
/// nobody holds the other end of standard input: that also happens when the tests are killed.
const SCRIPT: &str = r#"
"$2/initdb" -D "$1/data" -U vigie -A trust -E UTF8 --locale=C --no-sync --no-instructions >"$1/log" 2>&1 || exit 1
"$2/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c fsync=off -c full_page_writes=off \
    -c max_connections=200 -c shared_buffers=64MB >>"$1/log" 2>&1 &
server=$!
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$1"
"#;

/// The URL of a new, empty database.
///
/// # Panics
/// With what to do about it, when no server can be started or reached.
#[must_use]
pub fn database() -> String {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let created = SERVER.get_or_init(Server::get).as_ref().map_err(Clone::clone).and_then(|server| {
        let mut client = Client::connect(&server.url("postgres"), NoTls).map_err(|e| e.to_string())?;
        let sql = format!("drop database if exists {name}");
        client.batch_execute(&sql).map_err(|e| e.to_string())?;
        client.batch_execute(&format!("create database {name}")).map_err(|e| e.to_string())?;
        Ok(server.url(&name))
    });
    created.unwrap_or_else(|reason| {
        panic!("no PostgreSQL for the tests: {reason}. Run `cargo xtask setup`, or name a server by {ENV}.")
    })
}

/// A server: ours while the pipe is open, or a stranger's.
struct Server {
    base: String,
    _alive: Option<ChildStdin>,
}

impl Server {
    fn get() -> Result<Self, String> {
        if let Ok(url) = std::env::var(ENV) {
            let scheme = url.find("://").map_or(0, |i| i + 3);
            let end = url[scheme..].find('/').map_or(url.len(), |i| scheme + i);
            return Ok(Server { base: url[..end].to_owned(), _alive: None });
        }
        let programs = programs()?;
        let folder = std::env::temp_dir().join(format!("vigie-pg-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let mut child = spawn(&programs, &folder)?;
        let path = folder.to_string_lossy().replace('/', "%2F");
        let server = Server { base: format!("postgres://vigie@{path}"), _alive: child.stdin.take() };
        server.wait(&mut child, &folder)?;
        Ok(server)
    }

    fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.base)
    }

    fn wait(&self, child: &mut Child, folder: &Path) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let Err(error) = Client::connect(&self.url("postgres"), NoTls) else { return Ok(()) };
            let ended = child.try_wait().map_err(|e| e.to_string())?.is_some();
            if ended || Instant::now() > deadline {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(3).collect();
                return Err(format!("the server does not answer ({error}); its log ends with {tail:?}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn spawn(programs: &Path, folder: &Path) -> Result<Child, String> {
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(folder).arg(programs);
    command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // A group of its own, so that an interrupt at the terminal reaches the tests alone.
    command.process_group(0);
    let owner = std::fs::metadata(folder).map_err(|e| e.to_string())?;
    if owner.uid() == 0 {
        let (uid, gid) = unprivileged();
        chown(folder, Some(uid), Some(gid)).map_err(|e| e.to_string())?;
        command.uid(uid).gid(gid);
    }
    command.spawn().map_err(|e| e.to_string())
}

/// The user the server runs as when we are root, which it refuses: `postgres`, else `nobody`.
fn unprivileged() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            (fields.first() == Some(&name)).then(|| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))
        })?
    };
    find("postgres").or_else(|| find("nobody")).unwrap_or((65_534, 65_534))
}

/// The folder that holds `initdb` and `postgres`: on the path, or where Debian keeps its newest.
fn programs() -> Result<PathBuf, String> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .ok_or_else(|| "`initdb` and `postgres` are neither on the path nor in /usr/lib/postgresql".into())
}
