//! `vigie bench pipeline`: from JSON bytes to durable decisions, over a store that is already full.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use channel::intake::{self, KeyFacts, Request};
use clap::Args;
use decision::Pack;
use domain::{Event, Time};
use engine::replay::{Progress, Replayer};
use engine::{Engine, Options};
use serde_json::json;
use store::{Location, Store, log};
use testkit::market::{BenchConfig, MARKETS, Market};

use super::{cpu_seconds, pack as measured};
use crate::cli::{Failure, say};
use crate::clock::now;
use crate::config::Config;
use crate::pack;

/// Events of one body.
const BODY: usize = 100;
/// Bodies on their way at once.
const FLIGHT: usize = 24;
/// Single decisions a second.
const SINGLES: u32 = 2_000;

#[derive(Args)]
pub(crate) struct Pipeline {
    /// Folder of the generated store, kept between runs; or a postgres:// URL
    #[arg(long, default_value = "vigie-bench", value_name = "DIR")]
    data: String,
    /// Rows that must be in the log before anything is measured
    #[arg(long, default_value_t = 10_000_000, value_name = "N")]
    rows: u64,
    /// Seconds for each figure
    #[arg(long, default_value_t = 6.0, value_name = "S")]
    seconds: f64,
    /// Seed of the generated events
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Pipeline {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let span = Duration::from_secs_f64(self.seconds.clamp(0.5, 60.0));
        let files = measured::files(pack::files(None).map_err(Failure::failed)?);
        let rules =
            Arc::new(Pack::compile(&files).map_err(|found| {
                Failure::Failed(found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            })?);
        let location = Location::parse(&self.data);
        let store = Store::open(&location).map_err(Failure::failed)?;
        let options = Options { deliver: false, ..Options::default() };
        let open =
            || Engine::open(store.clone(), &files, true, options, Arc::new(now)).map(Arc::new).map_err(Failure::failed);
        let engine = open()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Failure::failed)?;
        let before = self.fill(&engine, &runtime)?;
        let fsync = match &location {
            Location::Folder(folder) => Some(fsync_ms(folder).map_err(Failure::failed)?),
            Location::Postgres(_) => None,
        };
        let mut source = Source::new(self.seed, before);
        let bodies: Vec<Vec<u8>> =
            (0..(80_000.0 * span.as_secs_f64()) as usize / BODY).map(|_| source.body()).collect();
        let ingest = ingest(&engine, &runtime, bodies, span);
        let decide = decide(&engine, &runtime, &mut source, span);
        let timeline = timeline_ms(&engine, self.seed)?;
        let rss = rss_mb();
        drop(engine);
        let http = self.http(&location, &files, &runtime, &mut source, span)?;
        let (replayed, different) = replay(&store, span)?;
        let round = |x: f64| (x * 1_000.0).round() / 1_000.0;
        let answer = json!({
            "rows_before": before, "rules": rules.rules.len(), "aggregates": rules.aggregates.len(),
            "ingest_events_per_s": ingest.0.round(), "ingest_events_per_cpu_s": ingest.1.round(),
            "http_events_per_s": http.round(),
            "decide_p50_ms": round(decide.0), "decide_p99_ms": round(decide.1), "decide_per_s": decide.2.round(),
            "replay_events_per_s": replayed.round(), "replay_different": different,
            "timeline_p99_ms": round(timeline), "fsync_p50_ms": fsync.map(round), "rss_mb": rss.round(),
            "store": if fsync.is_some() { "sqlite" } else { "postgresql" }, "seed": self.seed, "encoder": false,
        });
        if self.json {
            say(answer);
        } else {
            say(serde_json::to_string_pretty(&answer).unwrap_or_default());
        }
        Ok(())
    }

    /// Fills the log up to the rows asked for; gives how many there are.
    fn fill(&self, engine: &Arc<Engine>, runtime: &tokio::runtime::Runtime) -> Result<u64, Failure> {
        let count = || -> Result<u64, Failure> {
            let mut rows = 0;
            for market in engine.markets() {
                let no = engine.market(&market).map_err(|e| Failure::Failed(e.to_string()))?;
                rows += engine.store().read(|q| log::last_seq(q, no)).map_err(Failure::failed)?;
            }
            Ok(rows)
        };
        let mut rows = count()?;
        let mut source = Source::new(self.seed, rows);
        while rows < self.rows {
            let some = (self.rows - rows).min(200_000) as usize;
            let bodies = (0..some.div_ceil(BODY)).map(|_| source.body()).collect();
            let start = Instant::now();
            let rate = self::ingest(engine, runtime, bodies, Duration::from_secs(3_600)).0;
            rows += some as u64;
            if !self.json || std::io::IsTerminal::is_terminal(&std::io::stderr()) {
                tracing::info!(
                    rows,
                    of = self.rows,
                    rate = rate.round(),
                    seconds = start.elapsed().as_secs(),
                    "filling the store"
                );
            }
        }
        count()
    }

    /// The whole house over HTTP, in bodies of a hundred.
    fn http(
        &self,
        location: &Location,
        files: &decision::pack::Files,
        runtime: &tokio::runtime::Runtime,
        source: &mut Source,
        span: Duration,
    ) -> Result<f64, Failure> {
        let bodies: Vec<Vec<u8>> =
            (0..(60_000.0 * span.as_secs_f64()) as usize / BODY).map(|_| source.body()).collect();
        let app = house(location, files)?;
        let key = crate::demo::key(&app).map_err(Failure::failed)?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).map_err(Failure::failed)?;
        let address = listener.local_addr().map_err(Failure::failed)?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = runtime.spawn(crate::serve::serve(app, listener, async move { drop(stopped.await) }));
        let next = Arc::new(AtomicU64::new(0));
        let taken = Arc::new(AtomicU64::new(0));
        let bodies = Arc::new(bodies);
        let start = Instant::now();
        let hands: Vec<_> = (0..8)
            .map(|_| {
                let (next, taken, bodies, key) = (next.clone(), taken.clone(), bodies.clone(), key.clone());
                std::thread::spawn(move || {
                    let mut wire = Wire::open(address, &key)?;
                    while start.elapsed() < span {
                        let Some(body) = bodies.get(next.fetch_add(1, Relaxed) as usize) else { break };
                        wire.post(body)?;
                        taken.fetch_add(BODY as u64, Relaxed);
                    }
                    Ok::<_, std::io::Error>(())
                })
            })
            .collect();
        for hand in hands {
            hand.join().map_err(|_| Failure::Failed("a client panicked".to_owned()))?.map_err(Failure::failed)?;
        }
        let rate = taken.load(Relaxed) as f64 / start.elapsed().as_secs_f64();
        drop(stop);
        runtime.block_on(server).map_err(Failure::failed)?.map_err(Failure::failed)?;
        Ok(rate)
    }
}

/// The whole house on the measured store, with the measured policy in a folder beside it.
fn house(location: &Location, files: &decision::pack::Files) -> Result<crate::app::Shared, Failure> {
    let data = match location {
        Location::Folder(folder) => folder.clone(),
        Location::Postgres(_) => std::env::temp_dir().join("vigie-bench"),
    };
    let policy = data.join("policy");
    for (path, text) in files {
        let path = policy.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Failure::failed)?;
        }
        std::fs::write(path, text).map_err(Failure::failed)?;
    }
    let config = Config {
        store: location.clone(),
        data,
        policy: Some(policy),
        models: None,
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        trust_proxy: false,
        webhooks_private: false,
        commit_window: 500,
        commit_events: Options::default().batch_events,
    };
    let (app, _) = crate::serve::open(config, Some(crate::demo::PASSWORD.to_owned())).map_err(Failure::failed)?;
    Ok(app)
}

/// One keep-alive connection that posts bodies and reads answers; as little client as can be.
struct Wire {
    stream: std::net::TcpStream,
    head: String,
    answer: Vec<u8>,
}

impl Wire {
    fn open(address: std::net::SocketAddr, key: &str) -> std::io::Result<Wire> {
        let stream = std::net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\ncontent-type: application/cloudevents-batch+json\r\ncontent-length: "
        );
        Ok(Wire { stream, head, answer: vec![0; 64 * 1024] })
    }

    /// Posts one body; an answer other than 200 is an error.
    fn post(&mut self, body: &[u8]) -> std::io::Result<()> {
        use std::io::{Error, Read as _, Write as _};
        let mut message = format!("{}{}\r\n\r\n", self.head, body.len()).into_bytes();
        message.extend_from_slice(body);
        self.stream.write_all(&message)?;
        let mut have = 0;
        loop {
            let read = self.stream.read(&mut self.answer[have..])?;
            if read == 0 {
                return Err(Error::other("the server closed the connection"));
            }
            have += read;
            let text = String::from_utf8_lossy(&self.answer[..have]);
            let Some((head, rest)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:").and_then(|n| n.trim().parse::<usize>().ok())
            });
            if rest.len() >= length.unwrap_or(0) {
                return if head.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(Error::other(text.into_owned())) };
            }
        }
    }
}

/// Events nobody has sent before, as bodies of CloudEvents.
struct Source {
    events: Box<dyn Iterator<Item = Event>>,
    start: u64,
    count: u64,
}

impl Source {
    /// `rows` are in the log already: another start gives other ids.
    fn new(seed: u64, rows: u64) -> Source {
        let config =
            BenchConfig { start: Time(BenchConfig::default().start.0 + rows as i64 * 500), ..BenchConfig::default() };
        Source {
            events: Box::new(Market::bench_events(seed ^ rows.wrapping_mul(0x9e37_79b9), &config)),
            start: rows,
            count: 0,
        }
    }

    fn event(&mut self) -> Event {
        self.count += 1;
        // The generator never ends; an empty event would be refused and counted as such.
        self.events.next().unwrap_or_else(|| Event {
            id: format!("{}-{}", self.start, self.count),
            source: String::new(),
            kind: String::new(),
            market: String::new(),
            subject: None,
            time: Time::default(),
            received_at: Time::default(),
            actor: None,
            data: domain::Object::new(),
        })
    }

    fn body(&mut self) -> Vec<u8> {
        let events: Vec<_> = (0..BODY).map(|_| testkit::market::cloud_event(&self.event())).collect();
        serde_json::to_vec(&events).unwrap_or_default()
    }
}

fn read(body: &[u8], known: &dyn Fn(&str) -> bool) -> Vec<Event> {
    let request = Request {
        path: "/v1/events",
        content_type: Some("application/cloudevents-batch+json"),
        content_encoding: None,
        headers: &[],
        body,
        received_at: now(),
        key: KeyFacts { market: None, source: "bench" },
        known,
    };
    intake::read(&request).map(|intake| intake.events.into_iter().map(|(_, event)| event).collect()).unwrap_or_default()
}

/// From bytes through `handle` until durable: events a second of wall time, and of CPU time.
fn ingest(engine: &Arc<Engine>, runtime: &tokio::runtime::Runtime, bodies: Vec<Vec<u8>>, span: Duration) -> (f64, f64) {
    let taken = Arc::new(AtomicU64::new(0));
    let next = Arc::new(AtomicU64::new(0));
    let bodies = Arc::new(bodies);
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let flights: Vec<_> = (0..FLIGHT)
        .map(|_| {
            let (engine, taken, next, bodies) = (engine.clone(), taken.clone(), next.clone(), bodies.clone());
            runtime.spawn(async move {
                while start.elapsed() < span {
                    let Some(body) = bodies.get(next.fetch_add(1, Relaxed) as usize) else { break };
                    let events = read(body, &|_| true);
                    match engine.handle(events).await {
                        Ok(answers) => drop(taken.fetch_add(
                            answers.iter().filter(|a| a.as_ref().is_ok_and(|a| !a.duplicate)).count() as u64,
                            Relaxed,
                        )),
                        Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
                    }
                }
            })
        })
        .collect();
    for flight in flights {
        if runtime.block_on(flight).is_err() {
            tracing::error!("a flight of the bench panicked");
        }
    }
    let taken = taken.load(Relaxed) as f64;
    (taken / start.elapsed().as_secs_f64(), taken / (cpu_seconds() - cpu).max(1e-9))
}

/// Single decisions at a fixed rate, whether or not the ones before are answered: p50 and p99 in ms, and the rate reached.
fn decide(
    engine: &Arc<Engine>,
    runtime: &tokio::runtime::Runtime,
    source: &mut Source,
    span: Duration,
) -> (f64, f64, f64) {
    let total = (f64::from(SINGLES) * span.as_secs_f64()) as usize;
    let singles: Vec<Vec<u8>> = (0..total)
        .map(|_| serde_json::to_vec(&[testkit::market::cloud_event(&source.event())]).unwrap_or_default())
        .collect();
    let engine = engine.clone();
    let mut waits = runtime.block_on(async move {
        let start = Instant::now();
        let mut waiting = Vec::with_capacity(singles.len());
        for (n, body) in singles.into_iter().enumerate() {
            let due = start + Duration::from_secs_f64(n as f64 / f64::from(SINGLES));
            tokio::time::sleep_until(due.into()).await;
            let engine = engine.clone();
            waiting.push(tokio::spawn(async move {
                let arrived = Instant::now().min(due);
                let answered = engine.handle(read(&body, &|_| true)).await.is_ok();
                answered.then(|| arrived.elapsed().as_secs_f64() * 1e3)
            }));
        }
        let mut waits = Vec::with_capacity(waiting.len());
        for one in waiting {
            waits.extend(one.await.ok().flatten());
        }
        waits
    });
    waits.sort_by(f64::total_cmp);
    let at = |q: f64| {
        waits.get(((waits.len() as f64 * q) as usize).min(waits.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    };
    (at(0.5), at(0.99), waits.len() as f64 / span.as_secs_f64())
}

/// p99 of the newest fifty events of a known user, in ms.
fn timeline_ms(engine: &Engine, seed: u64) -> Result<f64, Failure> {
    let mut waits = Vec::new();
    for n in 0..400_u64 {
        let place = n as usize % MARKETS.len();
        let user = (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed) % u64::from(BenchConfig::default().known('u'));
        let start = Instant::now();
        engine.timeline(MARKETS[place], "user", &format!("u{place}{user:06}"), None, 50).map_err(Failure::failed)?;
        waits.push(start.elapsed().as_secs_f64() * 1e3);
    }
    waits.sort_by(f64::total_cmp);
    Ok(waits[waits.len() * 99 / 100])
}

/// Median of a small write and its fsync in the store's folder, in ms.
fn fsync_ms(folder: &Path) -> std::io::Result<f64> {
    use std::io::Write as _;
    let path: PathBuf = folder.join("fsync.probe");
    let mut file = std::fs::File::create(&path)?;
    let mut waits = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        waits.push(start.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(path)?;
    waits.sort_by(f64::total_cmp);
    Ok(waits[waits.len() / 2])
}

/// Events replayed in a second by one thread, and how many came out otherwise.
fn replay(store: &Store, span: Duration) -> Result<(f64, u64), Failure> {
    let replayer = Replayer::open(store).map_err(Failure::failed)?;
    let progress = Progress::default();
    let start = Instant::now();
    let found = std::thread::scope(|scope| {
        let work = scope.spawn(|| replayer.verify(None, &progress));
        while !work.is_finished() && start.elapsed() < span {
            std::thread::sleep(Duration::from_millis(5));
        }
        progress.cancel.store(true, Relaxed);
        work.join()
    });
    let found = found.map_err(|_| Failure::Failed("the replay panicked".to_owned()))?.map_err(Failure::failed)?;
    Ok((found.events as f64 / start.elapsed().as_secs_f64(), found.different))
}

/// Memory this process holds, in MB.
fn rss_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(f64::NAN) / 1024.0
}
