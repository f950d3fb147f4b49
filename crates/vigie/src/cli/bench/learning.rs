//! `vigie bench learning`: whether the guard's heads learn from an operator's verdicts. The market, its lures and
//! the operator are simulated and say so: this shows that learning works, not how well it will.

use std::path::PathBuf;

use clap::Args;
use decision::guard::{Conversation, Role, Turn};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use text::Lang;
use text::linear::Example;

use crate::cli::eval::metrics::{Judged, pr_auc, roc_auc};
use crate::cli::{Failure, say, train};
use crate::models::{Ears, Models};

/// Verdicts given, and messages judged afterwards.
const VERDICTS: usize = 500;
/// Share of lures.
const BASE_RATE: f64 = 0.12;
/// Share of verdicts that are wrong.
const NOISE: f64 = 0.04;
/// How much a verdict counts beside one of the project's own texts.
const WEIGHT: f64 = 1.0;

#[derive(Args)]
pub(crate) struct Learning {
    /// Folder with the models [default: ./models]
    #[arg(long, env = "VIGIE_MODELS", value_name = "DIR")]
    models: Option<PathBuf>,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds are tried, one market each
    #[arg(long, default_value_t = 2, value_name = "N")]
    seeds: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Learning {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let models = Models::find(self.models.as_deref());
        let mut runs = Vec::new();
        for seed in (self.seed..).take(self.seeds.clamp(1, 5) as usize) {
            runs.push(market(&models, seed));
        }
        let mean = |key: &str| {
            let sum: f64 = runs.iter().filter_map(|run| run[key].as_f64()).sum();
            (sum / runs.len() as f64 * 1e4).round() / 1e4
        };
        let answer = json!({
            "verdicts": VERDICTS, "judged": VERDICTS, "simulated": true,
            "base_rate": mean("base_rate"), "pr_auc_before": mean("pr_auc_before"), "pr_auc_after": mean("pr_auc_after"),
            "rises": runs.iter().all(|run| run["pr_auc_after"].as_f64() > run["pr_auc_before"].as_f64()),
            "runs": runs, "encoder": models.has_encoder(), "seed": self.seed,
        });
        say(if self.json {
            answer.to_string()
        } else {
            serde_json::to_string_pretty(&answer).map_err(Failure::failed)?
        });
        Ok(())
    }
}

/// One market: the operator's people judge the first half of its messages, the heads learn, the second half tells.
fn market(models: &Models, seed: u64) -> serde_json::Value {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let messages: Vec<(String, bool)> = (0..2 * VERDICTS).map(|_| message(&mut dice)).collect();
    let (judged, next) = messages.split_at(VERDICTS);
    let verdicts: Vec<Example> = judged
        .iter()
        .map(|(text, lure)| Example {
            text,
            language: Some(Lang::En),
            harmful: *lure != dice.random_bool(NOISE),
            weight: WEIGHT,
        })
        .chain(text::linear::own_texts())
        .collect();
    let (words, meaning) = train::heads(models, &verdicts, seed, true);
    let after = Ears::with(&[], words, meaning.unwrap_or_else(text::linear::built_in_meaning));
    let (before, after) = (scores(models, &Ears::new(&[]), next), scores(models, &after, next));
    let rounded = |x: Option<f64>| x.map(|x| (x * 1e4).round() / 1e4);
    let lures = next.iter().filter(|(_, lure)| *lure).count();
    json!({
        "seed": seed, "base_rate": lures as f64 / next.len() as f64,
        "pr_auc_before": rounded(pr_auc(&before)), "pr_auc_after": rounded(pr_auc(&after)),
        "roc_auc_before": rounded(roc_auc(&before)), "roc_auc_after": rounded(roc_auc(&after)),
    })
}

/// The guard's risk of each message alone.
fn scores(models: &Models, ears: &Ears, messages: &[(String, bool)]) -> Vec<Judged> {
    let texts: Vec<&str> = messages.iter().map(|(text, _)| text.as_str()).collect();
    let meanings = models.encoder().map(|encoder| ears.meanings(&encoder, &texts));
    let score = |(n, (text, lure)): (usize, &(String, bool))| {
        let scored = ears.read(text);
        let encoder = meanings.as_ref().map(|all| all[n]);
        let turn = Turn { role: Role::of("x"), reading: &scored.reading, ngram: scored.ngram, encoder };
        (Conversation::default().step(&turn).score, *lure)
    };
    messages.iter().enumerate().map(score).collect()
}

/// Words of a local fraud no list and no model has met: a made-up messenger, voucher and pick-up trick.
const LURES: &[&[&str]] = &[
    &[
        "my {nick} is on zingo",
        "look for {nick} over at zingo",
        "find me on zingo under {nick}",
        "zingo works better for the {item}",
    ],
    &[
        "we settle with orchid slips",
        "orchid slips cover the {item}",
        "leave the orchid slips at the kiosk",
        "two orchid slips and the {item} is yours",
    ],
    &[
        "the kiosk lady at gate nine hands it over",
        "gate nine kiosk keeps the {item} for you",
        "pick the {item} up at the gate nine kiosk once the slips are there",
    ],
];
const HONEST: &[&[&str]] = &[
    &[
        "is the {item} still there",
        "how old is the {item}",
        "could I see the {item} at the weekend",
        "what is the lowest for the {item}",
    ],
    &[
        "the station works for me",
        "shall we say the kiosk at the park",
        "I live near gate four of the stadium",
        "Saturday at ten is fine",
    ],
    &[
        "I will order the {item} here",
        "paid in the app just now",
        "the delivery slip says Tuesday",
        "thanks, the {item} works well",
    ],
];
const ITEMS: &[&str] = &["lamp", "bike", "camera", "chair", "phone", "guitar", "jacket", "console", "desk", "tent"];
const NICKS: &[&str] = &["bluefox", "mara77", "tintin", "oldoak", "sunny_k", "quill"];
const OPENINGS: &[&str] = &["", "", "hi, ", "hello, ", "ok, ", "so ", "sorry for the wait, "];

fn message(dice: &mut ChaCha8Rng) -> (String, bool) {
    let lure = dice.random_bool(BASE_RATE);
    let themes = if lure { LURES } else { HONEST };
    let pick = |dice: &mut ChaCha8Rng, from: &[&'static str]| from[dice.random_range(0..from.len())];
    let mut parts = Vec::new();
    for _ in 0..dice.random_range(1..=2) {
        let theme = themes[dice.random_range(0..themes.len())];
        parts.push(pick(dice, theme));
    }
    // Half of what lures say is what anybody says.
    if lure && dice.random_bool(0.5) {
        let theme = HONEST[dice.random_range(0..HONEST.len())];
        parts.push(pick(dice, theme));
    }
    let text = format!("{}{}", pick(dice, OPENINGS), parts.join(", "));
    (text.replace("{item}", pick(dice, ITEMS)).replace("{nick}", pick(dice, NICKS)), lure)
}
