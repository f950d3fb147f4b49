//! Kill −9 at a random moment under load, again and again: what was acknowledged is there once, every
//! effect arrives once by its key, and replay gives every stored decision again, byte for byte.

mod outside;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use outside::{Folder, House, get, key, post, put_as_admin, vigie};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// How often the house is killed.
const KILLS: usize = 20;
/// Senders at once.
const SENDERS: usize = 3;
/// Events of one request.
const BATCH: usize = 20;

/// A pack small enough to see through: what is dear is told to the market's own systems.
const PACK: &[(&str, &str)] = &[
    (
        "vigie.yaml",
        "name: crash\nversion: 1\nmarkets:\n  aa: {name: Aa, country: SG, currency: SGD, zone: Asia/Singapore, languages: [en]}\n  bb: {name: Bb, country: FR, currency: EUR, zone: Europe/Paris, languages: [en]}\nqueues:\n  look: {name: Look, sla: 1h}\n",
    ),
    (
        "events/payments.yaml",
        "payment.attempted:\n  about: Somebody tried to pay.\n  subject: payment\n  fields:\n    payment: {type: string}\n    buyer: {type: entity, entity: user, required: true}\n    amount: {type: double, required: true}\n",
    ),
    ("aggregates.yaml", "aggregates:\n  buyer_payments: {from: payment.attempted, by: buyer, fn: count}\n"),
    (
        "rules/payments.yaml",
        r#"rules:
  dear:
    event: payment.attempted
    when: amount >= 970.0
    mode: live
    verdict: review
    then:
      - webhook: {name: payment.dear, entity: buyer}
      - enqueue: {entity: buyer, queue: look}
    on_missing: skip
    why: "{amount} at once"
    tests:
      - {name: dear, given: {event: {type: payment.attempted, market: aa, time: "2026-03-02T03:00:00Z", data: {buyer: u1, amount: 980.0}}, reads: {}}, expect: review}
      - {name: cheap, given: {event: {type: payment.attempted, market: aa, time: "2026-03-02T03:00:00Z", data: {buyer: u1, amount: 9.0}}, reads: {}}, expect: allow}
  busy:
    event: payment.attempted
    when: buyer_payments.all() >= 40 && !buyer.has('busy')
    mode: live
    verdict: warn
    then:
      - label: {entity: buyer, name: busy}
    on_missing: skip
    why: "{buyer_payments.all()} payments"
    tests:
      - {name: busy, given: {event: {type: payment.attempted, market: aa, time: "2026-03-02T03:00:00Z", data: {buyer: u1, amount: 1.0}}, reads: {"buyer_payments.all()": 41, "buyer.has('busy')": false}}, expect: warn}
      - {name: calm, given: {event: {type: payment.attempted, market: aa, time: "2026-03-02T03:00:00Z", data: {buyer: u1, amount: 1.0}}, reads: {"buyer_payments.all()": 2, "buyer.has('busy')": false}}, expect: allow}
"#,
    ),
];

/// A request that was sent, and whether it was acknowledged.
struct Request {
    events: Vec<Value>,
    acknowledged: bool,
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_happens_twice() {
    let folder = Folder::new("kill9");
    let (pack, data) = (folder.0.join("policy"), folder.0.join("data"));
    write_pack(&pack);
    std::fs::create_dir_all(&data).unwrap();
    let key = key(&data);
    let hook = Receiver::start();
    let flags = ["--policy", pack.to_str().unwrap(), "--webhooks-private"];
    let mut house = House::start(&data, &flags);
    hook.register(house.port);

    let mut dice = ChaCha8Rng::seed_from_u64(0x9e37_79b9);
    let counter = Arc::new(AtomicU64::new(0));
    let (mut all, mut unanswered) = (Vec::new(), 0);
    for round in 0..KILLS {
        let senders: Vec<_> = (0..SENDERS)
            .map(|n| {
                let (port, key, counter) = (house.port, key.clone(), counter.clone());
                thread::spawn(move || load(port, &key, (round * SENDERS + n) as u64, &counter))
            })
            .collect();
        thread::sleep(Duration::from_millis(dice.random_range(60..600)));
        house.kill();
        let requests: Vec<Request> = senders.into_iter().flat_map(|s| s.join().unwrap()).collect();
        house = House::start(&data, &flags);
        for request in requests {
            unanswered += usize::from(!request.acknowledged);
            settle(house.port, &key, &request);
            all.extend(request.events);
        }
    }
    assert!(all.len() > KILLS * BATCH * 2, "too little load to mean anything: {}", all.len());
    assert!(unanswered >= KILLS, "the house was not killed under load");

    let dear = all.iter().filter(|e| e["data"]["amount"].as_f64() >= Some(970.0)).count();
    assert!(dear > KILLS / 2, "too few effects to mean anything: {dear}");
    let keys = hook.wait_for(dear);
    assert_eq!(keys, dear, "one webhook id for each effect");
    waits_until(|| counts(house.port, &key) == (0, 0), "deliveries that wait or failed");
    // Once more from the first event to the last: nothing is new.
    for events in all.chunks(400) {
        let told = post(house.port, "/v1/events", &key, &serde_json::to_vec(events).unwrap()).unwrap().json();
        assert_eq!((&told["accepted"], &told["duplicates"]), (&json!(0), &json!(events.len())), "{told}");
    }
    drop(house);
    let replay = vigie().args(["replay", "--verify", "--data"]).arg(&data).arg("--policy").arg(&pack).output().unwrap();
    let said = [replay.stdout, replay.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    assert!(replay.status.success(), "{said}");
}

fn write_pack(folder: &Path) {
    for (path, text) in PACK {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

/// Posts until the house stops answering.
fn load(port: u16, key: &str, seed: u64, counter: &AtomicU64) -> Vec<Request> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut sent: Vec<Request> = Vec::new();
    while sent.last().is_none_or(|last| last.acknowledged) {
        let events: Vec<Value> =
            (0..BATCH).map(|_| event(&mut dice, counter.fetch_add(1, Ordering::Relaxed))).collect();
        let answer = post(port, "/v1/events", key, &serde_json::to_vec(&events).unwrap()).filter(|a| a.status == 200);
        if let Some(answer) = &answer {
            let told = answer.json();
            assert_eq!((&told["accepted"], &told["duplicates"]), (&json!(BATCH), &json!(0)), "{told}");
        }
        sent.push(Request { events, acknowledged: answer.is_some() });
    }
    sent
}

/// After a restart: what was acknowledged is there to the last event; what was not is sent again, as any
/// client would, and is there whole by then, whether the house had kept it or not.
fn settle(port: u16, key: &str, request: &Request) {
    let told = post(port, "/v1/events", key, &serde_json::to_vec(&request.events).unwrap()).unwrap();
    assert_eq!(told.status, 200, "{}", String::from_utf8_lossy(&told.body));
    let told = told.json();
    let (new, seen) = (told["accepted"].as_u64().unwrap(), told["duplicates"].as_u64().unwrap());
    assert_eq!(new + seen, BATCH as u64, "{told}");
    assert!(!request.acknowledged || new == 0, "acknowledged, yet gone: {told}");
}

fn event(dice: &mut ChaCha8Rng, n: u64) -> Value {
    json!({
        "specversion": "1.0",
        "id": format!("{:016x}-{n}", dice.random::<u64>()),
        "source": "crash-test",
        "type": "payment.attempted",
        "market": if n.is_multiple_of(3) { "bb" } else { "aa" },
        "time": format!("2026-03-02T03:{:02}:{:02}Z", n / 60 % 60, n % 60),
        "data": {"payment": format!("p{n}"), "buyer": format!("u{}", dice.random_range(0..40)), "amount": f64::from(dice.random_range(0..1000))},
    })
}

/// Deliveries that wait, and that failed for good or for now.
fn counts(port: u16, key: &str) -> (u64, u64) {
    let told = get(port, "/v1/deliveries?limit=1", Some(key)).unwrap().json();
    let count = |name: &str| told["counts"][name].as_u64().unwrap_or_else(|| panic!("no count of {name}: {told}"));
    (count("waiting"), count("failed") + count("dead"))
}

/// An effect that was in somebody's hands when the house was killed is theirs for two minutes more.
fn waits_until(done: impl Fn() -> bool, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(180);
    while !done() {
        assert!(Instant::now() < deadline, "still there after three minutes: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The market's own system: takes every webhook and remembers its id.
struct Receiver {
    port: u16,
    ids: Arc<Mutex<BTreeMap<String, String>>>,
    changed: Arc<AtomicBool>,
}

impl Receiver {
    fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let hook = Receiver { port, ids: Arc::default(), changed: Arc::default() };
        let (ids, changed) = (hook.ids.clone(), hook.changed.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (ids, changed) = (ids.clone(), changed.clone());
                thread::spawn(move || while take(&stream, &ids, &changed).is_some() {});
            }
        });
        hook
    }

    fn register(&self, port: u16) {
        let set = put_as_admin(port, "/v1/webhooks", &json!({"url": format!("http://127.0.0.1:{}/hook", self.port)}));
        assert!(set.status < 300, "{}", set.json());
    }

    /// Waits until `wanted` ids have come, then a moment longer for one too many; answers how many came.
    fn wait_for(&self, wanted: usize) -> usize {
        waits_until(|| self.ids.lock().unwrap().len() >= wanted, "webhooks to come");
        thread::sleep(Duration::from_millis(500));
        assert!(!self.changed.load(Ordering::Relaxed), "one id came with two bodies");
        self.ids.lock().unwrap().len()
    }
}

/// Takes one request; `None` when the connection is over. The same id may come again, with the same body.
fn take(stream: &TcpStream, ids: &Mutex<BTreeMap<String, String>>, changed: &AtomicBool) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.split_once(':') else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_lowercase().as_str() {
            "webhook-id" => id = value.trim().to_owned(),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    let before = ids.lock().unwrap().insert(id, body.clone());
    if before.is_some_and(|b| b != body) {
        changed.store(true, Ordering::Relaxed);
    }
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()
}
