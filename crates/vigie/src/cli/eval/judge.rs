//! Judges whole conversations: the guard as it runs in the chat's path, and keywords alone beside it.

use std::path::Path;
use std::sync::Arc;

use decision::Pack;
use decision::guard::{Conversation, Role, Turn};
use rustc_hash::FxHashMap;
use text::encoder::Encoder;
use text::linear::{Dense, Head};

use super::data::Dialogue;
use crate::cli::Failure;
use crate::models::{Ears, Models, Scored, head_of};

/// Sentences a thread takes at a time.
const BATCH: usize = 64;
/// Lists of the default pack that ask for a closer look when hit; the twin knows nothing else.
const LISTS: [&str; 3] = ["off_platform", "pay_outside", "asks_code"];

/// What was judged of one conversation.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) score: f64,
    /// The turn of the first alert, from 1.
    pub(crate) alert_turn: Option<u32>,
    /// Names of what carried the risk when it first alerted, the heaviest first.
    pub(crate) reasons: Vec<&'static str>,
}

/// A message as heard once, however often it was said.
pub(crate) type Ear<'a> = FxHashMap<&'a str, Scored>;

/// Judges conversations after having listened to all their messages.
pub(crate) struct Judge<'a> {
    ears: Ears,
    encoder: Option<Arc<Encoder>>,
    keywords: Pack,
    heard: Ear<'a>,
    encoded: usize,
    left_out: usize,
}

impl<'a> Judge<'a> {
    /// With the models there are, and heads from a folder in place of those built in.
    pub(crate) fn new(models: &Models, heads: Option<&Path>) -> Result<Judge<'a>, Failure> {
        let ears = match heads {
            None => Ears::new(&[]),
            Some(folder) => {
                let read = |name: &str| {
                    let path = folder.join(name);
                    std::fs::read(&path).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))
                };
                let words = Head::from_bytes(&read("words.bin")?).map_err(Failure::failed)?;
                let meaning = Dense::from_bytes(&read("meaning.bin")?).map_err(Failure::failed)?;
                Ears::with(&[], words, meaning)
            }
        };
        let files = crate::pack::files(None).map_err(Failure::failed)?;
        let broken = |_| Failure::Failed("the built-in pack does not compile".into());
        let keywords = Pack::compile(&files).map_err(broken)?;
        Ok(Judge { ears, encoder: models.encoder(), keywords, heard: Ear::default(), encoded: 0, left_out: 0 })
    }

    /// Reads every different message once; the encoder reads at most `limit` of them, those first that the rest of
    /// the guard finds most telling.
    pub(crate) fn listen(&mut self, talks: &'a [Dialogue], limit: usize) {
        let texts: Vec<&'a str> = talks.iter().flat_map(|talk| &talk.turns).map(|line| line.text.as_str()).collect();
        for &text in &texts {
            self.heard.entry(text).or_insert_with(|| self.ears.read(text));
        }
        let Some(encoder) = self.encoder.clone() else { return };
        let mut worth: Vec<&'a str> = Vec::new();
        for (&text, scored) in &self.heard {
            if self.ears.worth_encoding(text, scored) {
                worth.push(text);
            }
        }
        let telling = |text: &str| {
            let scored = &self.heard[text];
            let acts: f64 = scored.reading.acts.iter().map(|hit| hit.confidence).sum();
            scored.ngram.unwrap_or(0.0) + 4.0 * acts
        };
        worth.sort_by(|a, b| telling(b).total_cmp(&telling(a)).then_with(|| a.cmp(b)));
        self.left_out = worth.len().saturating_sub(limit);
        worth.truncate(limit);
        // Texts of like length together waste no room in a batch.
        worth.sort_by_key(|text| (head_of(text).len(), *text));
        self.encoded = worth.len();
        let batches: Vec<&[&'a str]> = worth.chunks(BATCH).collect();
        let (ears, next) = (&self.ears, std::sync::atomic::AtomicUsize::new(0));
        let work = || {
            let mut done: Vec<(&'a str, f64)> = Vec::new();
            while let Some(batch) = batches.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                done.extend(batch.iter().copied().zip(ears.meanings(&encoder, batch)));
            }
            done
        };
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(8));
        let done: Vec<(&'a str, f64)> = std::thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for helper in helpers {
                done.extend(helper.join().unwrap_or_default());
            }
            done
        });
        for (text, odds) in done {
            if let Some(scored) = self.heard.get_mut(text) {
                scored.encoder = Some(odds);
            }
        }
    }

    /// Whether the encoder took part.
    pub(crate) fn encoder(&self) -> bool {
        self.encoder.is_some()
    }

    /// How many different sentences the encoder read.
    pub(crate) fn encoded(&self) -> usize {
        self.encoded
    }

    /// How many it could have read beyond its limit.
    pub(crate) fn left_out(&self) -> usize {
        self.left_out
    }

    /// The guard's verdict: its highest risk over the turns.
    pub(crate) fn verdict(&self, talk: &Dialogue) -> Verdict {
        let mut conversation = Conversation::default();
        let mut verdict = Verdict { score: 0.0, alert_turn: None, reasons: Vec::new() };
        for line in &talk.turns {
            let Some(scored) = self.heard.get(line.text.as_str()) else { continue };
            let turn = Turn {
                role: Role::of(&line.role),
                reading: &scored.reading,
                ngram: scored.ngram,
                encoder: scored.encoder,
            };
            let risk = conversation.step(&turn);
            verdict.score = verdict.score.max(risk.score);
            if risk.new {
                verdict.alert_turn = Some(risk.turn);
                verdict.reasons = risk.why.iter().map(|why| why.cause.name()).collect();
            }
        }
        verdict
    }

    /// The keyword twin's verdict: how many terms were said, and the turn of the first.
    pub(crate) fn by_keywords(&self, talk: &Dialogue) -> Verdict {
        let mut hits = 0;
        let mut alert_turn = None;
        for (n, line) in talk.turns.iter().enumerate() {
            let signals = self.keywords.read_text(&line.text);
            let found: i64 = LISTS.iter().map(|list| signals.count(list)).sum();
            hits += found;
            if found > 0 && alert_turn.is_none() {
                alert_turn = u32::try_from(n + 1).ok();
            }
        }
        Verdict { score: hits as f64, alert_turn, reasons: vec!["keyword"] }
    }
}
