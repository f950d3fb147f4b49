//! An integrator in miniature: plays a generated market against the real doors, and asks where one would ask.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use testkit::market::{Door, Market, Sim};

use crate::clock::now;

/// Events of one request.
const BATCH: usize = 100;
/// How often a request is sent again while the house is busy or does not answer, a moment apart.
const TRIES: u32 = 100;

/// A client of the house's HTTP API.
pub struct Client {
    agent: ureq::Agent,
    url: String,
    key: String,
}

impl Client {
    /// Speaks to the house at `url` (without a slash at its end) with an API key.
    #[must_use]
    pub fn new(url: &str, key: &str) -> Client {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(20)))
            .http_status_as_error(false)
            .build();
        Client { agent: config.into(), url: url.to_owned(), key: format!("Bearer {key}") }
    }

    /// Asks for a resource; null when there is no good answer.
    #[must_use]
    pub fn get(&self, path: &str) -> Value {
        let asked = self.agent.get(format!("{}{path}", self.url)).header("authorization", &self.key).call();
        asked.ok().and_then(|mut answer| answer.body_mut().read_json().ok()).unwrap_or_default()
    }

    /// Changes a setting; answers whether the house took it.
    #[must_use]
    pub fn put(&self, path: &str, body: &Value) -> bool {
        let request = self.agent.put(format!("{}{path}", self.url)).header("authorization", &self.key);
        request.send_json(body).is_ok_and(|answer| answer.status().is_success())
    }

    /// Sends a body until it is answered for good: a busy house is asked again. The answer is its status and body.
    fn post(&self, path: &str, body: &str) -> Option<(u16, Value)> {
        for _ in 0..TRIES {
            let request = self.agent.post(format!("{}{path}", self.url)).header("authorization", &self.key);
            match request.header("content-type", "application/json").send(body) {
                Ok(mut answer) if !matches!(answer.status().as_u16(), 429 | 503) => {
                    let told = answer.body_mut().read_json().unwrap_or_default();
                    return Some((answer.status().as_u16(), told));
                }
                _ => thread::sleep(Duration::from_millis(100)),
            }
        }
        None
    }
}

/// Plays a market.
pub struct Feeder {
    client: Client,
    /// Attempts that were held or blocked: what would have followed from them does not happen.
    stopped: HashSet<String>,
    /// Every event given away so far, when they are kept.
    kept: Option<Vec<String>>,
    refused: u64,
}

impl Feeder {
    /// A feeder that keeps what it sends, so that [`Feeder::lost`] can ask for all of it, or does not.
    #[must_use]
    pub fn new(client: Client, keep: bool) -> Feeder {
        Feeder { client, stopped: HashSet::new(), kept: keep.then(Vec::new), refused: 0 }
    }

    /// Sends each event when its moment has come, those of the past at once. `halt` is asked before every event and,
    /// with `true` for "the past is over", about four times a second while there is nothing to send; when it answers
    /// yes, playing ends.
    pub fn play(&mut self, market: Market, mut halt: impl FnMut(&Client, bool) -> bool) {
        let mut waiting: Vec<Sim> = Vec::new();
        for sim in market {
            while sim.at > now() {
                self.tell(&mut waiting);
                if halt(&self.client, true) {
                    return;
                }
                let left = Duration::from_micros(sim.at.since(now()).max(0).unsigned_abs());
                thread::sleep(left.min(Duration::from_millis(250)));
            }
            if halt(&self.client, false) {
                return self.tell(&mut waiting);
            }
            if sim.after.as_ref().is_some_and(|attempt| self.stopped.contains(attempt)) {
                continue;
            }
            match sim.door {
                Door::Tell => waiting.push(sim),
                Door::Ask => {
                    self.tell(&mut waiting);
                    self.ask(&sim);
                }
            }
            if waiting.len() == BATCH {
                self.tell(&mut waiting);
            }
        }
    }

    fn tell(&mut self, waiting: &mut Vec<Sim>) {
        if waiting.is_empty() {
            return;
        }
        let texts: Vec<String> = waiting.drain(..).map(|sim| sim.cloud_event().to_string()).collect();
        let answer = self.client.post("/v1/events", &list(&texts));
        let bad = match &answer {
            Some((200 | 400, told)) => told["rejected"].as_array().map_or(texts.len(), Vec::len),
            _ => texts.len(),
        };
        self.note(&answer, bad);
        self.keep(texts);
    }

    fn ask(&mut self, sim: &Sim) {
        let text = sim.cloud_event().to_string();
        let answer = self.client.post("/v1/decide", &text);
        self.note(&answer, usize::from(!matches!(answer, Some((200, _)))));
        if answer.is_some_and(|(_, told)| matches!(told["verdict"].as_str(), Some("hold" | "block"))) {
            self.stopped.insert(sim.event.id.clone());
        }
        self.keep(vec![text]);
    }

    fn note(&mut self, answer: &Option<(u16, Value)>, bad: usize) {
        if bad > 0 {
            self.refused += bad as u64;
            tracing::warn!(?answer, bad, "events were not taken");
        }
    }

    fn keep(&mut self, texts: Vec<String>) {
        if let Some(kept) = &mut self.kept {
            kept.extend(texts);
        }
    }

    /// How many of the events sent so far the house does not have: all of them are sent once more, and what is no
    /// duplicate had been lost.
    #[must_use]
    pub fn lost(&self) -> u64 {
        let kept = self.kept.as_deref().unwrap_or_default();
        let missing = |texts: &[String]| {
            let told = self.client.post("/v1/events", &list(texts)).map(|(_, told)| told).unwrap_or_default();
            (texts.len() as u64).saturating_sub(told["duplicates"].as_u64().unwrap_or(0))
        };
        kept.chunks(BATCH).map(missing).sum::<u64>().max(self.refused)
    }

    /// The client it speaks through.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.join(","))
}
