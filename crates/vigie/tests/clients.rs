//! Events in, events out: five client libraries as people use them, two of them in a real browser,
//! against the real binary. Every message id they sent stands in the log exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Events each client sends.
const EVENTS: usize = 20;
/// Libraries, and ways of delivery of those that have two.
const CLIENTS: usize = 7;

/// A server in a child process with a folder of its own; both go when it is dropped.
struct Server {
    child: Child,
    base: String,
    folder: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn vigie(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.env("VIGIE_DATA", folder).env("RUST_LOG", "info").env_remove("VIGIE_POLICY").stdin(Stdio::null());
    command
}

fn new_key(folder: &Path, scope: &str) -> String {
    let arguments = ["key", "new", "--market", "sg", "--source", "shop", "--scope", scope];
    let made = vigie(folder).args(arguments).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

fn serve(folder: PathBuf) -> Server {
    let mut child = vigie(&folder)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let (tell, told) = mpsc::channel();
    // Reads the log to its end, so that the server never waits for somebody to read it.
    thread::spawn(move || {
        for line in log.lines().map_while(Result::ok) {
            if let Some((_, rest)) = line.split_once("address=") {
                let _ = tell.send(rest.split_whitespace().next().unwrap_or_default().to_owned());
            }
        }
    });
    let mut server = Server { child, base: String::new(), folder };
    let address = told.recv_timeout(Duration::from_secs(60)).expect("the server says where it listens");
    server.base = format!("http://{address}");
    server
}

/// Every event of the log that came from outside, newest first.
fn log(server: &Server, key: &str) -> Vec<Value> {
    let mut events = Vec::new();
    let mut before = String::new();
    loop {
        let url = format!("{}/v1/events?market=sg&limit=100&before={before}", server.base);
        let mut answer = ureq::get(&url).header("authorization", format!("Bearer {key}")).call().unwrap();
        let mut page: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        let Value::Array(items) = page["items"].take() else { panic!("no items: {page}") };
        events.extend(
            items.into_iter().filter(|event| event["source"] == "shop" || event["source"] == "check/cloudevents"),
        );
        match page["next"].as_str() {
            Some(next) => before = next.to_owned(),
            None => return events,
        }
    }
}

/// Runs the clients; gives the ids each sent.
fn send(server: &Server, write_key: &str, api_key: &str) -> BTreeMap<String, Vec<String>> {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/clients");
    assert!(
        clients.join("node_modules/cloudevents").exists(),
        "the client libraries are missing: run `cargo xtask setup`"
    );
    let run = Command::new("node")
        .arg("run.mjs")
        .args([&server.base, write_key, api_key, &EVENTS.to_string()])
        .current_dir(clients)
        .output()
        .expect("node runs the client libraries: install it, then run `cargo xtask setup`");
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    let sent = told.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["error"], Value::Null, "{line}");
        let ids = line["sent"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        (line["client"].as_str().unwrap().to_owned(), ids)
    });
    let sent = sent.collect();
    assert!(run.status.success(), "{told}{}", String::from_utf8_lossy(&run.stderr));
    sent
}

#[test]
fn what_client_libraries_send_is_what_the_log_holds() {
    let folder = std::env::temp_dir().join(format!("vigie-clients-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (write_key, api_key) = (new_key(&folder, "ingest"), new_key(&folder, "ingest,read"));
    let server = serve(folder);
    let sent = send(&server, &write_key, &api_key);
    assert_eq!(sent.len(), CLIENTS, "{:?}", sent.keys());

    // Each client waited for its answers, and an answer comes after the commit.
    let events = log(&server, &api_key);
    let stored: BTreeSet<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(stored.len(), events.len(), "an id stands in the log twice");
    for (client, ids) in &sent {
        assert_eq!(ids.len(), EVENTS, "{client}");
        let lost: Vec<_> = ids.iter().filter(|id| !stored.contains(id.as_str())).collect();
        assert!(lost.is_empty(), "{client} lost {lost:?}");
    }
    assert_eq!(events.len(), CLIENTS * EVENTS, "more came out than went in");

    for event in &events {
        assert!(event["time"].as_str() <= event["received_at"].as_str(), "{event}");
    }
    let kinds: BTreeSet<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let expect = ["custom.alias", "custom.group", "custom.question_asked", "page.viewed", "profile.identified"];
    assert_eq!(kinds, BTreeSet::from(expect));
    let titles: BTreeSet<_> = events.iter().filter_map(|event| event["data"]["title"].as_str()).collect();
    assert!(titles.contains("还在吗？ 1") && titles.contains("Client check"), "texts arrive as written: {titles:?}");
    // Who somebody is stays masked wherever events are read.
    for event in events.iter().filter(|event| event["type"] == "profile.identified") {
        assert_eq!(event["data"]["name"], "***", "{event}");
    }
}
