//! The real binary as a child process, knocked at over plain TCP: what no in-process test can show.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A folder of its own that goes with its owner.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vigie-test-{name}-{}-{n}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running `vigie serve`.
pub struct House {
    pub child: Child,
    pub port: u16,
    /// From start to the first answer.
    pub start: Duration,
}

impl House {
    /// Starts it on a free port over `data`, with more flags if wanted, and waits for its first answer.
    pub fn start(data: &Path, more: &[&str]) -> House {
        // Another process may take the port between our look and the child's bind; then the next one is tried.
        for _ in 0..5 {
            let port = free_port();
            let log = std::fs::OpenOptions::new().create(true).append(true).open(data.join("serve.log")).unwrap();
            let started = Instant::now();
            let child = vigie()
                .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
                .arg(data)
                .args(more)
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            let mut house = House { child, port, start: Duration::ZERO };
            if house.waits() {
                house.start = started.elapsed();
                return house;
            }
        }
        let log = std::fs::read_to_string(data.join("serve.log")).unwrap_or_default();
        panic!("vigie serve did not start:\n{log}");
    }

    fn waits(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return false;
            }
            if get(self.port, "/healthz", None).is_some_and(|a| a.status == 200) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// SIGKILL, now; nothing is flushed, nobody is told.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, as a service manager asks; gives how it ended, none when it had to be killed after a minute.
    pub fn stop(&mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()), "kill could not be run");
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Resident memory of the child in MiB, and the highest it ever was; Linux only.
    pub fn memory(&self) -> Option<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let mib = |key: &str| -> Option<u64> {
            let line = status.lines().find(|l| l.starts_with(key))?;
            Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
        };
        Some((mib("VmRSS:")?, mib("VmHWM:")?))
    }

    /// Processor time the child has used so far; Linux only.
    pub fn processor(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let after = stat.rsplit_once(')')?.1;
        let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
        Some(Duration::from_millis(ticks * 10))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first admin's password in every test.
const ADMIN: &str = "outside-looking-in";

/// The binary under test.
pub fn vigie() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.stdin(Stdio::null()).env("VIGIE_ADMIN_PASSWORD", ADMIN);
    command
}

/// Changes a setting as the admin does: signs in, then sends with the session's cookie and token.
pub fn put_as_admin(port: u16, path: &str, wish: &Value) -> Answer {
    let json = ("content-type", "application/json");
    let who = serde_json::json!({"login": "admin", "password": ADMIN}).to_string();
    let came_in = send(port, "POST", "/v1/session", None, &[json], who.as_bytes()).unwrap();
    let cookie = came_in.cookie.clone().unwrap_or_else(|| panic!("no session: {}", came_in.json()));
    let token = came_in.json()["csrf"].as_str().unwrap_or_default().to_owned();
    let headers = [json, ("cookie", cookie.as_str()), ("x-csrf-token", token.as_str())];
    send(port, "PUT", path, None, &headers, wish.to_string().as_bytes()).unwrap()
}

/// A key for every door, made before anybody serves.
pub fn key(data: &Path) -> String {
    let made =
        vigie().args(["key", "new", "--scope", "ingest,decide,read,write", "--data"]).arg(data).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// A port that nothing listens on right now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// The cookie it sets, as one sends it back.
    pub cookie: Option<String>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A GET; `None` when nobody answers.
pub fn get(port: u16, path: &str, key: Option<&str>) -> Option<Answer> {
    send(port, "GET", path, key, &[], b"")
}

/// A POST of JSON; `None` when nobody answers, or not to the end.
pub fn post(port: u16, path: &str, key: &str, body: &[u8]) -> Option<Answer> {
    send(port, "POST", path, Some(key), &[("content-type", "application/json")], body)
}

/// Any request, one connection each. An answer that was cut short is no answer.
pub fn send(
    port: u16,
    method: &str,
    path: &str,
    key: Option<&str>,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    stream.set_nodelay(true).ok()?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    if let Some(key) = key {
        head.push_str(&format!("authorization: Bearer {key}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).ok()?;
    // A server may refuse by the head alone and close; its answer is still there to read.
    let _ = stream.write_all(body);
    let mut raw = Vec::new();
    let _ = stream.read_to_end(&mut raw);
    parse(&raw)
}

fn parse(raw: &[u8]) -> Option<Answer> {
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let set = head.lines().find_map(|l| l.strip_prefix("set-cookie: ")?.split(';').next());
    let cookie = set.map(str::to_owned);
    let head = head.to_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = raw[end + 4..].to_vec();
    let told = head.lines().find_map(|l| l.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    (told.is_none_or(|n| n == body.len())).then_some(Answer { status, body, cookie })
}
