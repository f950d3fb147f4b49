//! How fast bodies become events. Only optimised builds are measured:
//! `cargo test --release -p channel --test speed -- --ignored --nocapture`.

mod common;

use std::time::{Duration, Instant};

use common::read;
use serde_json::{Value, json};

fn batch(size: usize) -> Vec<u8> {
    let one = |n: usize| {
        json!({"specversion": "1.0", "id": format!("018f6b1e-5d2c-7c3a-9b1e-{n:012x}"), "source": "/market/app",
               "type": "message.sent", "time": "2026-03-01T08:59:00.123Z", "subject": format!("c{n}"),
               "data": {"conversation": format!("c{n}"), "sender": format!("u{n}"), "recipient": format!("u{}", n + 1),
                        "listing": format!("l{n}"), "text": "Is this still available? 还在吗？"}})
    };
    Value::Array((0..size).map(one).collect()).to_string().into_bytes()
}

#[test]
#[ignore = "measures an optimised build"]
#[allow(clippy::print_stderr)]
fn batches_of_a_hundred() {
    let body = batch(100);
    let mut best = 0.0_f64;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        let turn = Instant::now();
        for _ in 0..50 {
            assert_eq!(read("/v1/events", None, &body).unwrap().events.len(), 100);
        }
        best = best.max(5_000.0 / turn.elapsed().as_secs_f64());
    }
    eprintln!("{best:.0} events a second on one core, {} bytes each", body.len() / 100);
    assert!(cfg!(debug_assertions) || best >= 150_000.0, "{best:.0}");
}
