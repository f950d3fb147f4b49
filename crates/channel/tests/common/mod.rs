//! What the intake tests share: a request with everyday facts.
#![allow(dead_code)]

use channel::intake::{self, Intake, KeyFacts, Refusal, Request};
use domain::Time;

/// 2026-03-01T09:00:00Z.
pub const NOW: Time = Time(1_772_355_600_000_000);

/// The types the tests' policy names.
pub fn known(kind: &str) -> bool {
    matches!(
        kind,
        "message.sent"
            | "page.viewed"
            | "profile.identified"
            | "account.registered"
            | "order.placed"
            | "refund.issued"
            | "cart.updated"
    )
}

/// Reads a body at a path with a key bound to market `sg` and source `shop`.
pub fn read(path: &str, content_type: Option<&str>, body: &[u8]) -> Result<Intake, Refusal> {
    read_with(path, content_type, &[], Some("sg"), body)
}

/// Reads with headers and a market of the key's.
pub fn read_with(
    path: &str,
    content_type: Option<&str>,
    headers: &[(&str, &[u8])],
    market: Option<&str>,
    body: &[u8],
) -> Result<Intake, Refusal> {
    intake::read(&Request {
        path,
        content_type,
        content_encoding: None,
        headers,
        body,
        received_at: NOW,
        key: KeyFacts { market, source: "shop" },
        known: &known,
    })
}
