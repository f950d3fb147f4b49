//! `vigie eval`: measures a capability on labelled data and prints one JSON object.

mod data;
mod judge;
pub(crate) mod metrics;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{Failure, say};
use crate::models::Models;
pub(super) use data::{Dialogue, dialogues};
use judge::{Judge, Verdict};
use metrics::Judged;

#[derive(Subcommand)]
pub(super) enum Eval {
    /// How well the guard tells luring conversations from honest ones, beside keywords alone
    #[command(after_help = "Example:\n  vigie eval conversation --test talks.jsonl --json\n\n\
        Each line: {\"id\", \"source\"?, \"lang\"?, \"label\": 0|1, \"turns\": [{\"role\", \"text\"}]}; members of a pair share \
        their id up to the last `/`.")]
    Conversation(Test),
    /// How often the guard speaks up among honest people
    #[command(
        name = "false-alarms",
        after_help = "Example:\n  vigie eval false-alarms --test honest.jsonl --json\n\n\
        Each line: {\"text\", \"lang\"?, \"role\"?} or {\"turns\": [{\"role\", \"text\"}]}."
    )]
    FalseAlarms(Test),
}

#[derive(Args)]
pub(super) struct Test {
    /// Labelled data, one JSON object a line
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    #[command(flatten)]
    with: With,
    /// Write each conversation's score, first alert and reasons into this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What an evaluation judges with.
#[derive(Args, Clone)]
pub(crate) struct With {
    /// Folder with the models [default: ./models]
    #[arg(long, env = "VIGIE_MODELS", value_name = "DIR")]
    pub(crate) models: Option<PathBuf>,
    /// Folder with heads of one's own, as `vigie train conversation` writes them
    #[arg(long, value_name = "DIR")]
    pub(crate) heads: Option<PathBuf>,
    /// The most different sentences the encoder reads; the least telling ones are left to the rest of the guard
    #[arg(long, default_value_t = 9_000, value_name = "N")]
    pub(crate) encoder_limit: usize,
    /// Judge without the encoder
    #[arg(long)]
    pub(crate) no_encoder: bool,
    /// Taken by every evaluation; here nothing is random
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

impl Test {
    fn write(&self, talks: &[Dialogue], verdicts: &[Verdict]) -> Result<(), Failure> {
        let Some(path) = &self.scores else { return Ok(()) };
        let rows = talks.iter().zip(verdicts).map(|(talk, verdict)| {
            let row = json!({
                "id": talk.id, "source": talk.source(), "label": u8::from(talk.harmful), "score": verdict.score,
                "alert_turn": verdict.alert_turn, "reasons": verdict.reasons,
            });
            format!("{row}\n")
        });
        std::fs::write(path, rows.collect::<String>()).map_err(|e| Failure::Failed(format!("{}: {e}", path.display())))
    }
}

impl With {
    fn models(&self) -> Models {
        let nowhere = Path::new("/dev/null");
        Models::find(if self.no_encoder { Some(nowhere) } else { self.models.as_deref() })
    }
}

impl Eval {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Eval::Conversation(test) => conversation(&test),
            Eval::FalseAlarms(test) => false_alarms(&test),
        }
    }
}

fn conversation(test: &Test) -> Result<(), Failure> {
    let talks = dialogues(&test.test, true)?;
    let mut judge = Judge::new(&test.with.models(), test.with.heads.as_deref())?;
    let started = Instant::now();
    judge.listen(&talks, test.with.encoder_limit);
    let guard: Vec<Verdict> = talks.iter().map(|talk| judge.verdict(talk)).collect();
    let guard_s = started.elapsed().as_secs_f64();
    test.write(&talks, &guard)?;
    let started = Instant::now();
    let keywords: Vec<Verdict> = talks.iter().map(|talk| judge.by_keywords(talk)).collect();
    let keywords_s = started.elapsed().as_secs_f64();
    let turns: usize = talks.iter().map(|talk| talk.turns.len()).sum();
    let mut answer = report(&talks, &guard, turns as f64 / guard_s.max(1e-9));
    answer.insert("keyword_twin".into(), report(&talks, &keywords, turns as f64 / keywords_s.max(1e-9)).into());
    answer.insert("encoder".into(), judge.encoder().into());
    answer.insert("encoder_sentences".into(), judge.encoded().into());
    answer.insert("encoder_left_out".into(), judge.left_out().into());
    answer.insert("threshold".into(), decision::guard::THRESHOLD.into());
    answer.insert("seed".into(), test.with.seed.into());
    show(test.json, answer.into())
}

/// Every measure, over all and under each source and language.
fn report(talks: &[Dialogue], verdicts: &[Verdict], rate: f64) -> Map<String, Value> {
    let all: Vec<usize> = (0..talks.len()).collect();
    let mut answer = measures(talks, verdicts, &all);
    answer.insert("messages_per_s".into(), rate.round().into());
    for (name, key) in [("per_source", Dialogue::source as fn(&Dialogue) -> &str), ("per_language", Dialogue::language)]
    {
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &n in &all {
            parts.entry(key(&talks[n])).or_default().push(n);
        }
        let parts: Map<String, Value> =
            parts.into_iter().map(|(part, of)| (part.to_owned(), measures(talks, verdicts, &of).into())).collect();
        answer.insert(name.into(), parts.into());
    }
    answer
}

fn measures(talks: &[Dialogue], verdicts: &[Verdict], of: &[usize]) -> Map<String, Value> {
    let judged: Vec<Judged> = of.iter().map(|&n| (verdicts[n].score, talks[n].harmful)).collect();
    let mut groups: BTreeMap<&str, Vec<Judged>> = BTreeMap::new();
    for (&n, one) in of.iter().zip(&judged) {
        groups.entry(talks[n].pair()).or_default().push(*one);
    }
    let share = |harmful: bool| {
        let group: Vec<bool> =
            of.iter().filter(|n| talks[**n].harmful == harmful).map(|&n| verdicts[n].alert_turn.is_some()).collect();
        (!group.is_empty()).then(|| group.iter().filter(|alert| **alert).count() as f64 / group.len() as f64)
    };
    let turns = of.iter().filter(|n| talks[**n].harmful).filter_map(|&n| verdicts[n].alert_turn).map(f64::from);
    let harmful = judged.iter().filter(|one| one.1).count();
    let figures = [
        ("base_rate", (!of.is_empty()).then(|| harmful as f64 / of.len() as f64)),
        ("roc_auc", metrics::roc_auc(&judged)),
        ("pr_auc", metrics::pr_auc(&judged)),
        ("pairwise_accuracy", metrics::pairwise(groups.values())),
        ("recall_at_1pct_false_alarms", metrics::recall_at_1pct(&judged)),
        ("alert_share_benign", share(false)),
        ("alert_share_fraud", share(true)),
        ("median_first_alert_turn", metrics::median(turns.collect())),
    ];
    let mut out: Map<String, Value> = figures.into_iter().map(|(name, x)| (name.to_owned(), rounded(x))).collect();
    out.insert("n".into(), of.len().into());
    out
}

fn false_alarms(test: &Test) -> Result<(), Failure> {
    let talks = dialogues(&test.test, false)?;
    let mut judge = Judge::new(&test.with.models(), test.with.heads.as_deref())?;
    judge.listen(&talks, test.with.encoder_limit);
    let mut parts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    let verdicts: Vec<Verdict> = talks.iter().map(|talk| judge.verdict(talk)).collect();
    test.write(&talks, &verdicts)?;
    for (talk, verdict) in talks.iter().zip(&verdicts) {
        let part = parts.entry(talk.language().to_owned()).or_default();
        part.0 += 1;
        if verdict.alert_turn.is_some() {
            part.1 += 1;
            for reason in verdict.reasons.iter().take(1) {
                *reasons.entry(reason).or_default() += 1;
            }
        }
    }
    let flagged: u64 = parts.values().map(|part| part.1).sum();
    let share = |flagged: u64, n: u64| rounded((n > 0).then(|| flagged as f64 / n as f64));
    let per_language: Map<String, Value> = parts
        .iter()
        .map(|(part, (n, flagged))| (part.clone(), json!({"n": n, "flagged_share": share(*flagged, *n)})))
        .collect();
    let mut top: Vec<(&str, u64)> = reasons.into_iter().collect();
    top.sort_by_key(|reason| std::cmp::Reverse(reason.1));
    let top: Vec<Value> =
        top.iter().take(10).map(|(reason, count)| json!({"reason": reason, "count": count})).collect();
    show(
        test.json,
        json!({
            "n": talks.len(), "flagged_share": share(flagged, talks.len() as u64), "per_language": per_language,
            "top_reasons": top, "encoder": judge.encoder(), "encoder_sentences": judge.encoded(),
            "encoder_left_out": judge.left_out(), "threshold": decision::guard::THRESHOLD, "seed": test.with.seed,
        }),
    )
}

fn rounded(x: Option<f64>) -> Value {
    x.map_or(Value::Null, |x| ((x * 1e4).round() / 1e4).into())
}

fn show(json: bool, answer: Value) -> Result<(), Failure> {
    if json {
        say(answer);
    } else {
        say(serde_json::to_string_pretty(&answer).map_err(Failure::failed)?);
    }
    Ok(())
}
