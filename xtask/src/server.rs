//! A real `vigie serve` on a free port with a folder of its own, for the heights that knock from outside.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::shell::{TempFolder, free_port, stop_tree, told};

/// A running server; it stops, and its folder goes, with its owner.
pub struct Server {
    child: Child,
    data: TempFolder,
    binary: PathBuf,
    log: PathBuf,
    /// Its address, such as `http://127.0.0.1:4711`.
    pub url: String,
}

impl Server {
    /// Starts the debug binary with `words` after its name and `--data`, `--listen`; its log goes to
    /// `target/xtask/NAME.log`.
    ///
    /// # Errors
    /// A sentence when it does not answer within 20 seconds.
    pub fn start(root: &Path, name: &str, words: &[&str]) -> Result<Server, String> {
        let fault = |e: std::io::Error| format!("the server cannot be started: {e}");
        let binary = root.join("target/debug/vigie");
        let data = TempFolder::new(name).map_err(fault)?;
        let port = free_port().map_err(fault)?;
        let path = root.join("target/xtask").join(format!("{name}.log"));
        let log = File::create(&path).map_err(fault)?;
        let child = Command::new(&binary)
            .args(words)
            .arg("--data")
            .arg(data.path())
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .current_dir(data.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(fault)?)
            .stderr(log)
            .spawn()
            .map_err(fault)?;
        let mut server = Server { child, data, binary, log: path, url: format!("http://127.0.0.1:{port}") };
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("the server ended at once ({status}), see target/xtask/{name}.log"));
            }
            if get(([127, 0, 0, 1], port).into(), "/healthz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(format!("the server did not answer within 20 s, see target/xtask/{name}.log"))
    }

    /// Waits until a line of the server's output holds `sign`, and gives that line.
    ///
    /// # Errors
    /// A sentence when it does not come within a minute.
    pub fn wait_for(&self, sign: &str) -> Result<String, String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            let text = std::fs::read_to_string(&self.log).unwrap_or_default();
            if let Some(line) = text.lines().find(|l| l.contains(sign)) {
                return Ok(line.to_owned());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(format!("the server did not say `{sign}` within a minute, see {}", self.log.display()))
    }

    /// A key for its doors.
    ///
    /// # Errors
    /// A sentence when the command gives none.
    pub fn key(&self, scopes: &str) -> Result<String, String> {
        let mut command = Command::new(&self.binary);
        command.args(["key", "new", "--scope", scopes, "--data"]).arg(self.data.path());
        told(&mut command).filter(|k| !k.is_empty()).ok_or_else(|| "`vigie key new` gave no key".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        stop_tree(&mut self.child);
    }
}

/// What a plain GET answers, head and body, when somebody listens.
fn get(to: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&to, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}
