//! The demo: a living, plainly fictional market that posts through the real HTTP door.

mod hook;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use access::{ApiKey, Role, Scope, fingerprint, new_key};
use domain::Verdict;
use serde_json::{Value, json};
use testkit::market::{Door, Market, Sim};

use crate::app::Shared;
use crate::clock::now;
use crate::serve::{OpenFault, agent};

/// The password of every agent of a demo that only this machine can reach.
pub const PASSWORD: &str = "lookout-demo";
/// Logins, names and roles: nobody real.
pub const AGENTS: [(&str, &str, Role); 4] = [
    ("admin", "Ada Lookout", Role::Admin),
    ("mira", "Mira Beispiel", Role::Analyst),
    ("noor", "Noor Exemple", Role::Agent),
    ("oto", "Oto Auditor", Role::Auditor),
];
/// The most facts posted together.
const TOGETHER: usize = 50;

/// Makes the demo's agents with this password. In a folder from an earlier demo they get it anew.
///
/// # Errors
/// What the store says.
pub fn staff(app: &Shared, password: &str) -> Result<(), OpenFault> {
    for (login, name, role) in AGENTS {
        let person = agent(login, name, role, password)?;
        app.store.write(|tx| access::put_agent(tx, &person))?;
        app.people.write().put_agent(person);
    }
    Ok(())
}

/// Lets webhooks go to a receiver on this machine, which is out of order now and then. A receiver somebody
/// else has set stays; that of an earlier demo is gone with its port.
///
/// # Errors
/// What the store or the system says.
pub fn receiver(app: &Shared) -> Result<(), OpenFault> {
    if app.store.read(engine::endpoint)?.is_none_or(|old| old.url.ends_with(hook::PATH)) {
        let hook = engine::Endpoint {
            url: hook::listen()?,
            secrets: vec![crate::api::settings::new_secret()],
            allow_private: true,
        };
        app.store.write(|tx| engine::set_endpoint(tx, Some(&hook)))?;
    }
    Ok(())
}

/// Makes a key for the generator.
///
/// # Errors
/// What the store says.
pub fn key(app: &Shared) -> Result<String, OpenFault> {
    let secret = new_key();
    let print = fingerprint(&secret);
    let key = ApiKey {
        id: ApiKey::id_of(&print),
        fingerprint: print,
        name: "demo market".to_owned(),
        scopes: vec![Scope::Ingest, Scope::Decide, Scope::Read],
        market: None,
        source: "demo".to_owned(),
        created_by: "demo".to_owned(),
        created_at: now(),
        last_used: None,
    };
    app.store.write(|tx| access::put_key(tx, &key))?;
    app.people.write().put_key(key);
    Ok(secret)
}

/// What the generator has done.
#[derive(Debug, Default)]
pub struct Told {
    /// Events the house acknowledged, as CloudEvents, when they are kept.
    pub kept: Vec<Value>,
    /// How many it acknowledged.
    pub acknowledged: u64,
    /// How many it refused; the generator fits the default pack, so each is a fault.
    pub refused: u64,
    /// Listings that were held.
    pub held_listings: u64,
    /// Chat messages that were warned about or harder and mean harm.
    pub warned_scams: u64,
    /// The first refusal in words.
    pub first_refusal: Option<String>,
}

/// A client that posts one market's events as they happen.
pub struct Teller {
    agent: ureq::Agent,
    base: String,
    key: String,
    keep: bool,
    /// Attempts that were held or blocked: what would follow from them does not happen.
    stopped: HashSet<String>,
    waiting: Vec<Sim>,
    /// What came of it.
    pub told: Told,
}

impl Teller {
    /// A client of the house at `base` with a key; `keep` remembers what was acknowledged.
    #[must_use]
    pub fn new(base: &str, key: &str, keep: bool) -> Teller {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Teller {
            agent: config.new_agent(),
            base: base.to_owned(),
            key: key.to_owned(),
            keep,
            stopped: HashSet::new(),
            waiting: Vec::new(),
            told: Told::default(),
        }
    }

    /// Posts events at their time until `stop`; events whose time has passed go at once.
    pub fn run(&mut self, market: Market, stop: &AtomicBool) {
        for sim in market {
            while sim.at > now() {
                self.tell();
                let wait = sim.at.since(now()).clamp(0, 200_000).unsigned_abs();
                std::thread::sleep(Duration::from_micros(wait));
                if stop.load(Relaxed) {
                    break;
                }
            }
            if stop.load(Relaxed) {
                break;
            }
            self.happen(sim);
        }
        self.tell();
    }

    fn happen(&mut self, sim: Sim) {
        if sim.after.as_ref().is_some_and(|attempt| self.stopped.contains(attempt)) {
            return;
        }
        match sim.door {
            Door::Tell => {
                self.waiting.push(sim);
                if self.waiting.len() >= TOGETHER {
                    self.tell();
                }
            }
            Door::Ask => {
                // Facts told before the question must be known when it is answered.
                self.tell();
                self.ask(&sim);
            }
        }
    }

    fn ask(&mut self, sim: &Sim) {
        let event = sim.cloud_event();
        let Some(answer) = self.post("/v1/decide", &event) else { return };
        let verdict = answer["verdict"].as_str().and_then(Verdict::parse).unwrap_or_default();
        if matches!(verdict, Verdict::Hold | Verdict::Block) {
            if self.stopped.len() > 100_000 {
                self.stopped.clear();
            }
            self.stopped.insert(sim.event.id.clone());
            self.told.held_listings += u64::from(sim.event.kind == "listing.submitted");
        }
        if verdict != Verdict::Allow && sim.event.kind == "message.submitted" && sim.truth.scam {
            self.told.warned_scams += 1;
        }
        self.acknowledged(1, [event]);
    }

    fn tell(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let sims = std::mem::take(&mut self.waiting);
        let events: Vec<Value> = sims.iter().map(Sim::cloud_event).collect();
        let Some(answer) = self.post("/v1/events", &Value::from(events.clone())) else { return };
        let rejected = answer["rejected"].as_array().cloned().unwrap_or_default();
        self.told.refused += rejected.len() as u64;
        if let Some(first) = rejected.first() {
            self.told.first_refusal.get_or_insert_with(|| first.to_string());
        }
        let bad: HashSet<u64> = rejected.iter().filter_map(|r| r["index"].as_u64()).collect();
        let good = events.into_iter().enumerate().filter(|(i, _)| !bad.contains(&(*i as u64)));
        let good: Vec<Value> = good.map(|(_, event)| event).collect();
        self.acknowledged(good.len() as u64, good);
    }

    fn acknowledged(&mut self, count: u64, events: impl IntoIterator<Item = Value>) {
        self.told.acknowledged += count;
        if self.keep {
            self.told.kept.extend(events);
        }
    }

    /// Posts until the house takes it or refuses it for good; waits as long as it says.
    fn post(&mut self, path: &str, body: &Value) -> Option<Value> {
        let bytes = body.to_string();
        for _ in 0..20 {
            let sent = self
                .agent
                .post(format!("{}{path}", self.base))
                .header("authorization", format!("Bearer {}", self.key))
                .header("content-type", "application/cloudevents+json")
                .send(bytes.as_bytes());
            let Ok(mut response) = sent else {
                std::thread::sleep(Duration::from_millis(250));
                continue;
            };
            let status = response.status().as_u16();
            let text = response.body_mut().read_to_string().unwrap_or_default();
            match status {
                200 => return serde_json::from_str(&text).ok(),
                429 | 503 => std::thread::sleep(Duration::from_millis(500)),
                _ => {
                    self.told.refused += 1;
                    self.told.first_refusal.get_or_insert(text);
                    return None;
                }
            }
        }
        None
    }

    /// Posts everything that was acknowledged once more; gives how many the house did not know.
    pub fn count_lost(&mut self) -> u64 {
        let kept = std::mem::take(&mut self.told.kept);
        let mut lost = 0;
        for part in kept.chunks(TOGETHER) {
            let answer = self.post("/v1/events", &Value::from(part.to_vec())).unwrap_or_default();
            lost += (part.len() as u64).saturating_sub(answer["duplicates"].as_u64().unwrap_or(0));
        }
        lost
    }

    /// Reads something.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Value> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let mut response = request.header("authorization", format!("Bearer {}", self.key)).call().ok()?;
        response.body_mut().read_json().ok()
    }
}

/// What a headless demo showed, as one line, and what it lacks, if anything.
#[must_use]
pub fn judge(teller: &mut Teller) -> (Value, Option<String>) {
    let stats = teller.get("/v1/stats").unwrap_or_default();
    let figure = |name: &str| stats[name].as_u64().unwrap_or(0);
    let open = teller.get("/v1/cases?limit=200").map_or(0, |c| c["items"].as_array().map_or(0, Vec::len) as u64);
    let (events, cases) = (figure("events"), figure("cases_open").max(open));
    let lost = teller.count_lost() + figure("lost");
    let told = &teller.told;
    let line = json!({
        "events": events, "decisions": figure("decisions"), "warned": figure("warned"), "held": figure("held"),
        "cases": cases, "lost": lost,
    });
    let lacks = [
        (events < 500, "fewer than 500 events"),
        (told.warned_scams == 0, "no scam chat was warned"),
        (told.held_listings == 0, "no listing was held"),
        (cases == 0, "no case was opened"),
        (lost > 0, "acknowledged events are lost"),
        (told.refused > 0, told.first_refusal.as_deref().unwrap_or("an event was refused")),
    ];
    let lacks: Vec<&str> = lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what).collect();
    (line, (!lacks.is_empty()).then(|| lacks.join("; ")))
}

/// Whether a headless demo has seen what it must.
#[must_use]
pub fn seen_enough(told: &Told) -> bool {
    told.acknowledged >= 700 && told.warned_scams > 0 && told.held_listings > 0
}

/// Keeps the generator's thread and its end together.
pub struct Running {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<Teller>>,
}

impl Running {
    /// Starts telling a market's events on a thread of its own.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(mut teller: Teller, market: Market) -> std::io::Result<Running> {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let work = move || {
            teller.run(market, &told);
            teller
        };
        let thread = Some(std::thread::Builder::new().name("demo market".into()).spawn(work)?);
        Ok(Running { stop, thread })
    }

    /// Ends it and gives the client back.
    #[must_use]
    pub fn end(mut self) -> Option<Teller> {
        self.stop.store(true, Relaxed);
        self.thread.take()?.join().ok()
    }
}
