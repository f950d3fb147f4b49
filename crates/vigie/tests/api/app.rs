//! The app under test, and a client that speaks to it as a browser or a program would.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use access::{ApiKey, Role, Scope, fingerprint, new_key};
use serde_json::Value;
use tokio::sync::oneshot;
use vigie::app::Shared;
use vigie::config::{Config, ServeFlags, StoreFlags};

/// The password of every agent under test.
pub const PASSWORD: &str = "plainly-fictional-1";

/// One running app; it stops and its folder goes when this is dropped.
pub struct TestApp {
    pub app: Shared,
    pub base: String,
    folder: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl TestApp {
    /// Starts an app on an empty folder, with one agent for each role named like the role.
    pub fn start() -> TestApp {
        TestApp::over(None)
    }

    /// The same over a PostgreSQL database of its own.
    pub fn on_postgres() -> TestApp {
        TestApp::over(Some(testkit::postgres::database()))
    }

    fn over(store: Option<String>) -> TestApp {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("vigie-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let flags = StoreFlags { data: Some(folder.clone()), store, ..StoreFlags::default() };
        let serve = ServeFlags { listen: Some("127.0.0.1:0".into()), ..ServeFlags::default() };
        let config = Config::new(&flags, &serve).unwrap();
        let (app, first) = vigie::serve::open(config, Some(PASSWORD.into())).unwrap();
        assert_eq!(first.unwrap().password, None, "a given password is not told again");
        let hash = app.people.read().agent("admin").unwrap().hash.clone();
        for role in [Role::Analyst, Role::Agent, Role::Auditor] {
            let mut agent = access::Agent::clone(&app.people.read().agent("admin").unwrap());
            agent.login = role.name().into();
            agent.role = role;
            agent.hash = hash.clone();
            app.store.write(|tx| access::put_agent(tx, &agent)).unwrap();
            app.people.write().put_agent(agent);
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let shared = Arc::clone(&app);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind(shared.config.listen).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let stop = async {
                    let _ = stopped.await;
                };
                vigie::serve::serve(shared, listener, stop).await.unwrap();
            });
        });
        let address = told.recv().unwrap();
        TestApp { app, base: format!("http://{address}"), folder, stop: Some(stop), thread: Some(thread) }
    }

    /// A client nobody knows.
    pub fn nobody(&self) -> Client {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).max_idle_connections(0).build();
        Client { base: self.base.clone(), agent: config.new_agent(), headers: Vec::new() }
    }

    /// A client with a fresh key.
    pub fn key(&self, scopes: &[Scope], market: Option<&str>) -> Client {
        let mut client = self.nobody();
        client.headers.push(("authorization".into(), format!("Bearer {}", self.secret(scopes, market))));
        client
    }

    /// A fresh key's secret.
    pub fn secret(&self, scopes: &[Scope], market: Option<&str>) -> String {
        let secret = new_key();
        let print = fingerprint(&secret);
        let key = ApiKey {
            id: ApiKey::id_of(&print),
            fingerprint: print,
            name: "test".into(),
            scopes: scopes.to_vec(),
            market: market.map(str::to_owned),
            source: "test".into(),
            created_by: "test".into(),
            created_at: domain::Time(0),
            last_used: None,
        };
        self.app.store.write(|tx| access::put_key(tx, &key)).unwrap();
        self.app.people.write().put_key(key);
        secret
    }

    /// A client signed in as the agent of that login.
    pub fn signed_in(&self, login: &str) -> Client {
        let mut client = self.nobody();
        let answer = client.post("/v1/session", &serde_json::json!({"login": login, "password": PASSWORD}));
        assert_eq!(answer.status, 200, "{}", answer.text);
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        client.headers.push(("cookie".into(), cookie));
        client.headers.push(("x-csrf-token".into(), answer.json()["csrf"].as_str().unwrap().into()));
        client
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server ends in order");
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A client with the headers it always sends.
#[derive(Clone)]
pub struct Client {
    pub base: String,
    agent: ureq::Agent,
    pub headers: Vec<(String, String)>,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    /// One header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// Asserts the status, and that a refusal is a problem; gives the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if status >= 400 {
            assert_eq!(self.header("content-type"), Some("application/problem+json"));
            assert_eq!(self.json()["status"], status);
        }
        if self.text.is_empty() { Value::Null } else { self.json() }
    }
}

impl Client {
    /// The same client with one more header.
    pub fn with(&self, name: &str, value: &str) -> Client {
        let mut other = self.clone();
        other.headers.retain(|(n, _)| n != name);
        other.headers.push((name.into(), value.into()));
        other
    }

    /// The same client without one header.
    pub fn without(&self, name: &str) -> Client {
        let mut other = self.clone();
        other.headers.retain(|(n, _)| n != name);
        other
    }

    /// Sends a request with raw bytes.
    pub fn send(&self, method: &str, path: &str, body: Option<&[u8]>) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None if matches!(method, "POST" | "PUT" | "PATCH") => self.agent.run(request.body(&b""[..]).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut response = response.unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        let headers = response.headers().iter();
        let headers = headers.map(|(n, v)| (n.to_string(), v.to_str().unwrap_or_default().to_owned())).collect();
        let text = response.body_mut().read_to_string().unwrap();
        Answer { status: response.status().as_u16(), headers, text }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.with("content-type", "application/json").send("POST", path, Some(body.to_string().as_bytes()))
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.with("content-type", "application/json").send("PUT", path, Some(body.to_string().as_bytes()))
    }

    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.with("content-type", "application/json").send("PATCH", path, Some(body.to_string().as_bytes()))
    }
}

/// A chat message as an integrator sends it.
pub fn chat(id: &str, text: &str) -> Value {
    serde_json::json!({
        "specversion": "1.0", "id": id, "source": "test", "type": "message.sent", "market": "sg",
        "data": {"message": id, "conversation": format!("c-{id}"), "sender": "u1", "recipient": "u2", "text": text},
    })
}

/// A listing of face masks as an integrator asks about it; the default pack caps them at 40 dollars.
pub fn listing(id: &str, seller: &str, price: f64) -> Value {
    serde_json::json!({
        "specversion": "1.0", "id": id, "source": "test", "type": "listing.submitted", "market": "sg",
        "data": {"listing": id, "seller": seller, "title": "masks", "category": "medical_masks", "price": price, "currency": "SGD"},
    })
}

/// Asks again until there is an answer, for half a minute at most.
pub fn waits_for<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(std::time::Instant::now() < until, "it did not come within half a minute");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
