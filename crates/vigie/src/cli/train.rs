//! `vigie train`: makes models anew, from the project's own texts and the verdicts of an operator's people.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use text::encoder::DIMENSIONS;
use text::linear::{Dense, Example, Head, own_texts};

use super::eval::{Dialogue, dialogues, metrics};
use super::{Failure, say};
use crate::models::{Ears, Models, head_of};

/// How strongly the weights of the head over sentence vectors are pulled towards nothing: what transfers to
/// sources never seen asked for much.
const RIDGE: f64 = 1e-3;
/// How much one of the project's own texts counts beside one labelled by others, which come by the thousand.
const OWN_WEIGHT: f64 = 6.0;
/// One in so many labelled texts is kept aside for the comparison.
const KEPT_ASIDE: u64 = 5;

#[derive(Subcommand)]
pub(super) enum Train {
    /// Train the guard's heads on labelled messages and compare them with those in use
    #[command(after_help = "Example:\n  vigie train conversation --labels verdicts.jsonl --out ./heads --json\n\n\
        Each line: {\"text\", \"label\": 0|1, \"lang\"?, \"source\"?} or a conversation {\"turns\", \"label\"}, whose verdict \
        is that of its most telling message.\nThen: vigie eval conversation --heads ./heads --test talks.jsonl")]
    Conversation(Conversation),
}

#[derive(Args)]
pub(super) struct Conversation {
    /// Verdicts, one JSON object a line; may be given several times
    #[arg(long, value_name = "FILE")]
    labels: Vec<PathBuf>,
    /// Write the heads into this folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Folder with the models [default: ./models]
    #[arg(long, env = "VIGIE_MODELS", value_name = "DIR")]
    models: Option<PathBuf>,
    /// Start from nothing instead of from the heads that come with the program
    #[arg(long)]
    from_scratch: bool,
    /// The same seed gives the same heads
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Train {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Train::Conversation(command) => command.run(),
        }
    }
}

impl Conversation {
    fn run(self) -> Result<(), Failure> {
        let ears = Ears::new(&[]);
        let models = Models::find(self.models.as_deref());
        let mut files = Vec::new();
        for path in &self.labels {
            files.push(dialogues(path, true)?);
        }
        let labelled: Vec<Example> = files.iter().flatten().filter_map(|talk| example(talk, &ears)).collect();
        let (aside, learned): (Vec<Example>, Vec<Example>) =
            labelled.into_iter().partition(|one| fingerprint(one.text).is_multiple_of(KEPT_ASIDE));
        let own = own_texts().into_iter().map(|one| Example { weight: OWN_WEIGHT, ..one });
        let learned: Vec<Example> = learned.into_iter().chain(own).collect();
        let fresh = heads(&models, &learned, self.seed, !self.from_scratch);
        std::fs::create_dir_all(&self.out).map_err(Failure::failed)?;
        let write = |name: &str, bytes: &[u8]| {
            let path = self.out.join(name);
            std::fs::write(&path, bytes).map_err(|e| Failure::Failed(format!("{}: {e}", path.display())))
        };
        let meaning = fresh.1.clone().unwrap_or_else(text::linear::built_in_meaning);
        write("words.bin", &fresh.0.to_bytes())?;
        write("meaning.bin", &meaning.to_bytes())?;
        let mut answer = Map::new();
        answer.insert("n".into(), learned.len().into());
        answer.insert("kept_aside".into(), aside.len().into());
        answer.insert("before".into(), compare(&models, &ears, &aside));
        answer.insert("after".into(), compare(&models, &Ears::with(&[], fresh.0, meaning), &aside));
        answer.insert("encoder".into(), fresh.1.is_some().into());
        answer.insert("seed".into(), self.seed.into());
        let answer = Value::Object(answer);
        say(if self.json {
            answer.to_string()
        } else {
            serde_json::to_string_pretty(&answer).map_err(Failure::failed)?
        });
        Ok(())
    }
}

/// Both heads of these examples, going on from those built in or from nothing; the one over sentence vectors only where there is an encoder.
pub(super) fn heads(models: &Models, examples: &[Example], seed: u64, go_on: bool) -> (Head, Option<Dense>) {
    let from = go_on.then(|| (text::linear::built_in_words(), text::linear::built_in_meaning()));
    let words = Head::train(examples, seed, from.as_ref().map(|from| &from.0));
    let meaning = models.encoder().map(|encoder| {
        let texts: Vec<&str> = examples.iter().map(|one| head_of(one.text)).collect();
        let vectors: Vec<[f32; DIMENSIONS]> = texts.chunks(64).flat_map(|batch| encoder.encode(batch)).collect();
        let outcomes: Vec<(bool, f64)> = examples.iter().map(|one| (one.harmful, one.weight)).collect();
        Dense::train(&vectors, &outcomes, RIDGE, from.as_ref().map(|from| &from.1))
    });
    (words, meaning)
}

/// A conversation's example: of a harmful one the message that tells most by what is known so far.
fn example<'a>(talk: &'a Dialogue, ears: &Ears) -> Option<Example<'a>> {
    let telling = |text: &str| {
        let scored = ears.read(text);
        scored.ngram.unwrap_or(-5.0) + 4.0 * scored.reading.acts.iter().map(|hit| hit.confidence).sum::<f64>()
    };
    let texts = talk.turns.iter().map(|line| line.text.as_str());
    let text = texts.max_by(|a, b| telling(a).total_cmp(&telling(b)))?;
    let language = text::language(text).map(|(language, _)| language);
    Some(Example { text, language, harmful: talk.harmful, weight: 1.0 })
}

/// How well heads tell the texts kept aside apart; none without both verdicts.
fn compare(models: &Models, ears: &Ears, aside: &[Example]) -> Value {
    let encoder = models.encoder();
    let meanings =
        encoder.map(|encoder| ears.meanings(&encoder, &aside.iter().map(|one| one.text).collect::<Vec<_>>()));
    let mut by_head: BTreeMap<&str, Vec<metrics::Judged>> = BTreeMap::new();
    for (n, one) in aside.iter().enumerate() {
        let ngram = ears.read(one.text).ngram.unwrap_or(-5.0);
        by_head.entry("words").or_default().push((ngram, one.harmful));
        if let Some(meanings) = &meanings {
            by_head.entry("meaning").or_default().push((meanings[n], one.harmful));
        }
    }
    let figures = by_head.into_iter().map(|(head, judged)| {
        (head.to_owned(), json!({"roc_auc": metrics::roc_auc(&judged), "pr_auc": metrics::pr_auc(&judged)}))
    });
    Value::Object(figures.collect())
}

/// A number of a text that is the same everywhere, so that who is kept aside does not depend on the order.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)) >> 7
}
