//! Counters of the running process in Prometheus's text format. Names and numbers only; nothing personal.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the face counts.
#[derive(Default)]
pub struct Metrics {
    /// Answers by class of status: 1xx to 5xx.
    classes: [AtomicU64; 5],
    /// Requests refused for want of room.
    pub refused_busy: AtomicU64,
    /// Sign-ins that failed.
    pub signin_failed: AtomicU64,
    /// Events accepted through any door.
    pub events_accepted: AtomicU64,
    /// Events seen before.
    pub events_duplicate: AtomicU64,
    /// Seen before with other bytes.
    pub events_differ: AtomicU64,
    /// Events refused.
    pub events_rejected: AtomicU64,
    /// Live streams open now.
    pub live_open: AtomicU64,
    /// Bounds and counts of request times, in seconds.
    times: [AtomicU64; BOUNDS.len() + 1],
    time_sum_us: AtomicU64,
}

const BOUNDS: [(u64, &str); 8] = [
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (50_000, "0.05"),
    (250_000, "0.25"),
    (1_000_000, "1"),
    (10_000_000, "10"),
];

impl Metrics {
    /// Notes one answer.
    pub fn answered(&self, status: u16, took_us: u64) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        self.classes[class].fetch_add(1, Relaxed);
        let slot = BOUNDS.iter().position(|(bound, _)| took_us <= *bound).unwrap_or(BOUNDS.len());
        self.times[slot].fetch_add(1, Relaxed);
        self.time_sum_us.fetch_add(took_us, Relaxed);
        if status == 429 || status == 503 {
            self.refused_busy.fetch_add(1, Relaxed);
        }
    }

    /// The text `/metrics` answers; `more` are gauges of other rooms as (name, help, value).
    #[must_use]
    pub fn text(&self, more: &[(&str, &str, f64)]) -> String {
        let mut out = String::with_capacity(2_048);
        let _ = writeln!(out, "# HELP vigie_http_answers_total Answers by class of status.");
        let _ = writeln!(out, "# TYPE vigie_http_answers_total counter");
        for (i, count) in self.classes.iter().enumerate() {
            let _ = writeln!(out, "vigie_http_answers_total{{class=\"{}xx\"}} {}", i + 1, count.load(Relaxed));
        }
        let counters = [
            ("events_accepted_total", "Events accepted and committed.", &self.events_accepted),
            ("events_duplicate_total", "Events seen before.", &self.events_duplicate),
            ("events_differ_total", "Events seen before with other bytes.", &self.events_differ),
            ("events_rejected_total", "Events refused.", &self.events_rejected),
            ("refused_busy_total", "Requests refused for want of room.", &self.refused_busy),
            ("signin_failed_total", "Sign-ins that failed.", &self.signin_failed),
        ];
        for (name, help, value) in counters {
            let _ = writeln!(out, "# HELP vigie_{name} {help}\n# TYPE vigie_{name} counter");
            let _ = writeln!(out, "vigie_{name} {}", value.load(Relaxed));
        }
        let live = self.live_open.load(Relaxed) as f64;
        for (name, help, value) in [("live_streams", "Live streams open now.", live)].iter().chain(more) {
            let _ = writeln!(out, "# HELP vigie_{name} {help}\n# TYPE vigie_{name} gauge\nvigie_{name} {value}");
        }
        self.histogram(&mut out);
        out
    }

    fn histogram(&self, out: &mut String) {
        let _ = writeln!(out, "# HELP vigie_http_seconds Time from a request's head to its answer's head.");
        let _ = writeln!(out, "# TYPE vigie_http_seconds histogram");
        let mut sum = 0;
        for (i, count) in self.times.iter().enumerate() {
            sum += count.load(Relaxed);
            let bound = BOUNDS.get(i).map_or("+Inf", |(_, text)| text);
            let _ = writeln!(out, "vigie_http_seconds_bucket{{le=\"{bound}\"}} {sum}");
        }
        let _ = writeln!(out, "vigie_http_seconds_sum {}", self.time_sum_us.load(Relaxed) as f64 / 1e6);
        let _ = writeln!(out, "vigie_http_seconds_count {sum}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up() {
        let metrics = Metrics::default();
        for (status, took) in [(200, 900), (204, 3_000), (404, 3_000), (503, 99_000_000)] {
            metrics.answered(status, took);
        }
        let text = metrics.text(&[("log_events", "Events in the log.", 7.0)]);
        for line in [
            "vigie_http_answers_total{class=\"2xx\"} 2",
            "vigie_http_answers_total{class=\"5xx\"} 1",
            "vigie_http_seconds_bucket{le=\"0.001\"} 1",
            "vigie_http_seconds_bucket{le=\"0.005\"} 3",
            "vigie_http_seconds_bucket{le=\"+Inf\"} 4",
            "vigie_http_seconds_count 4",
            "vigie_refused_busy_total 1",
            "vigie_log_events 7",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
    }
}
