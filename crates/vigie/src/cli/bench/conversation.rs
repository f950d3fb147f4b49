//! `vigie bench conversation`: what the guard reads in a CPU-second, without the encoder and with it.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use decision::guard::{Conversation as Talk, Role, Turn};
use serde_json::{Value, json};
use text::linear::own_texts;

use super::cpu_seconds;
use crate::cli::{Failure, say};
use crate::models::{Ears, Models};

/// Turns of one conversation.
const TURNS: usize = 8;

#[derive(Args)]
pub(crate) struct Conversation {
    /// Folder with the models [default: ./models]
    #[arg(long, env = "VIGIE_MODELS", value_name = "DIR")]
    models: Option<PathBuf>,
    /// Seconds of CPU for each figure
    #[arg(long, default_value_t = 4.0, value_name = "S")]
    seconds: f64,
    /// Taken by every bench; here nothing is random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Conversation {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let texts: Vec<&'static str> = own_texts().iter().map(|one| one.text).collect();
        let ears = Ears::new(&["market.example"]);
        let span = self.seconds.clamp(0.2, 12.0);
        let (rate, uncertain) = guard_rate(&ears, &texts, span);
        let models = Models::find(self.models.as_deref());
        let mut answer = json!({
            "messages": texts.len(), "messages_per_cpu_s": rate.round(), "encoder_sentences_per_cpu_s": Value::Null,
            "encoder_added_p50_ms": Value::Null, "encoder_added_p99_ms": Value::Null,
            "encoder_asked_share": thousandths(uncertain.len() as f64 / texts.len() as f64),
            "encoder": models.has_encoder(), "seed": self.seed,
        });
        if let Some(encoder) = models.encoder() {
            let start = cpu_seconds();
            let mut done = 0;
            while cpu_seconds() - start < span {
                std::hint::black_box(ears.meanings(&encoder, &texts));
                done += texts.len();
            }
            answer["encoder_sentences_per_cpu_s"] = (done as f64 / (cpu_seconds() - start)).round().into();
            let mut added: Vec<f64> = Vec::new();
            let start = Instant::now();
            while start.elapsed().as_secs_f64() < span {
                for text in &uncertain {
                    let one = Instant::now();
                    std::hint::black_box(ears.meanings(&encoder, &[text]));
                    added.push(one.elapsed().as_secs_f64() * 1e3);
                }
            }
            added.sort_by(f64::total_cmp);
            let at = |share: f64| added.get((added.len() as f64 * share) as usize).copied().map(thousandths);
            answer["encoder_added_p50_ms"] = at(0.5).into();
            answer["encoder_added_p99_ms"] = at(0.99).into();
        }
        say(if self.json {
            answer.to_string()
        } else {
            serde_json::to_string_pretty(&answer).map_err(Failure::failed)?
        });
        Ok(())
    }
}

/// Messages a CPU-second through reader, n-grams and conversation; and the texts the encoder would be asked about.
fn guard_rate(ears: &Ears, texts: &[&'static str], span: f64) -> (f64, Vec<&'static str>) {
    let uncertain = texts.iter().copied().filter(|text| ears.uncertain(text, &ears.read(text))).collect();
    let roles = [Role::of("buyer"), Role::of("seller")];
    let start = cpu_seconds();
    let mut done = 0_usize;
    loop {
        for talk in texts.chunks(TURNS) {
            let mut conversation = Talk::default();
            for (n, text) in talk.iter().enumerate() {
                let scored = ears.read(text);
                let turn = Turn { role: roles[n % 2], reading: &scored.reading, ngram: scored.ngram, encoder: None };
                std::hint::black_box(conversation.step(&turn));
            }
        }
        done += texts.len();
        let used = cpu_seconds() - start;
        if used >= span {
            return (done as f64 / used, uncertain);
        }
    }
}

fn thousandths(x: f64) -> f64 {
    (x * 1_000.0).round() / 1_000.0
}
