//! The models beside the program: the sentence encoder, loaded on first use and let go when idle, and the heads
//! that score texts. Without the encoder's files everything runs on n-grams, and says so.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use text::encoder::{DIMENSIONS, Encoder};
use text::linear::{Dense, Head};
use text::{Lang, Reader, Reading};

/// An encoder nobody has asked for this long is let go.
const IDLE: Duration = Duration::from_secs(600);
/// Bytes of a message the encoder reads; acts and n-grams read on.
const LIMIT_ENCODED: usize = 400;
/// A language the text is not surely in is no language a model claims to know.
const SURE: f64 = 0.5;
/// N-gram odds below which a message without acts is left alone.
const CALM: f64 = -2.0;

/// Where the encoder's files are, and the encoder while it is in use.
#[derive(Debug)]
pub struct Models {
    folder: Option<PathBuf>,
    loaded: Mutex<Loaded>,
}

#[derive(Debug, Default)]
struct Loaded {
    encoder: Option<Arc<Encoder>>,
    used: Option<Instant>,
    /// Its files were tried and are damaged.
    broken: bool,
}

impl Models {
    /// Looks for the encoder's files in `folder` when one is named, else in `./models`. Reads nothing yet.
    #[must_use]
    pub fn find(folder: Option<&Path>) -> Models {
        let folder = folder.unwrap_or(Path::new("models")).join("sentence-encoder");
        let whole = ["weights.npz", "sp.model"].iter().all(|name| folder.join(name).is_file());
        Models { folder: whole.then_some(folder), loaded: Mutex::default() }
    }

    /// Whether there is an encoder to use.
    #[must_use]
    pub fn has_encoder(&self) -> bool {
        self.folder.is_some() && !self.lock().broken
    }

    /// The encoder, loaded now when it is not; about half a second and 80 MB. None without its files, or when
    /// they are damaged, which is logged once.
    #[must_use]
    pub fn encoder(&self) -> Option<Arc<Encoder>> {
        let folder = self.folder.as_ref()?;
        let mut loaded = self.lock();
        if loaded.broken {
            return None;
        }
        if loaded.encoder.is_none() {
            match load(folder) {
                Ok(encoder) => loaded.encoder = Some(Arc::new(encoder)),
                Err(why) => {
                    tracing::warn!(folder = %folder.display(), why, "the sentence encoder does not load; texts are read by n-grams");
                    loaded.broken = true;
                }
            }
        }
        loaded.used = Some(Instant::now());
        loaded.encoder.clone()
    }

    /// Lets the encoder go when nobody has asked for it in ten minutes before `now`. To be called now and then.
    pub fn rest(&self, now: Instant) {
        let mut loaded = self.lock();
        if loaded.used.is_some_and(|used| now.saturating_duration_since(used) >= IDLE) {
            *loaded = Loaded { broken: loaded.broken, ..Loaded::default() };
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load(folder: &Path) -> Result<Encoder, String> {
    let read = |name: &str| std::fs::read(folder.join(name)).map_err(|e| format!("{name}: {e}"));
    Encoder::from_bytes(&read("weights.npz")?, &read("sp.model")?).map_err(|e| e.to_string())
}

/// What the guard knows of one message before it is folded into its conversation.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Language, identifiers and acts.
    pub reading: Reading,
    /// Log-odds of harm by n-grams, in thousandths; none when that head does not know.
    pub ngram: Option<f64>,
    /// Log-odds of harm by meaning, in thousandths; none when the encoder was not asked or does not know.
    pub encoder: Option<f64>,
}

/// Reads messages with everything there is: the reader's tables and the heads.
#[derive(Debug)]
pub struct Ears {
    reader: Reader,
    words: Head,
    meaning: Dense,
}

impl Ears {
    /// With the heads that come with the program. `own_hosts` are the market's own web hosts.
    ///
    /// # Panics
    /// Never: the built-in heads are read by a test.
    #[must_use]
    pub fn new(own_hosts: &[&str]) -> Ears {
        Ears::with(own_hosts, text::linear::built_in_words(), text::linear::built_in_meaning())
    }

    /// With heads of one's own.
    #[must_use]
    pub fn with(own_hosts: &[&str], words: Head, meaning: Dense) -> Ears {
        Ears { reader: Reader::new(own_hosts), words, meaning }
    }

    /// Reads one message without the encoder.
    #[must_use]
    pub fn read(&self, text: &str) -> Scored {
        let reading = self.reader.read(text);
        let ngram = self.words.score(text, sure(&reading)).map(thousandths);
        Scored { reading, ngram, encoder: None }
    }

    /// Whether the encoder could change what is thought of a message: the language may be one it knows, and there is
    /// more than a word.
    #[must_use]
    pub fn worth_encoding(&self, text: &str, scored: &Scored) -> bool {
        scored.reading.language.is_some() && text.chars().filter(|c| c.is_alphanumeric()).count() >= 4
    }

    /// Whether the encoder should be asked while somebody waits: it could change what is thought of the message,
    /// and the rest of the guard is in doubt.
    #[must_use]
    pub fn uncertain(&self, text: &str, scored: &Scored) -> bool {
        let doubt = scored.ngram.is_none_or(|odds| odds > CALM);
        (doubt || !scored.reading.acts.is_empty()) && self.worth_encoding(text, scored)
    }

    /// Log-odds by meaning of messages that are worth it, in order.
    #[must_use]
    pub fn meanings(&self, encoder: &Encoder, texts: &[&str]) -> Vec<f64> {
        let texts: Vec<&str> = texts.iter().map(|text| head_of(text)).collect();
        encoder.encode(&texts).iter().map(|vector| self.meaning(vector)).collect()
    }

    /// Log-odds by a message's sentence vector, in thousandths.
    #[must_use]
    pub fn meaning(&self, vector: &[f32; DIMENSIONS]) -> f64 {
        thousandths(self.meaning.score(vector))
    }
}

/// What the encoder reads of a text.
#[must_use]
pub fn head_of(text: &str) -> &str {
    &text[..text.floor_char_boundary(LIMIT_ENCODED)]
}

fn sure(reading: &Reading) -> Option<Lang> {
    reading.language.filter(|(_, confidence)| *confidence >= SURE).map(|(language, _)| language)
}

fn thousandths(x: f64) -> f64 {
    (x * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_files_there_is_no_encoder_and_reading_goes_on() {
        let models = Models::find(Some(Path::new("/nowhere/at/all")));
        assert!(!models.has_encoder() && models.encoder().is_none());
        let scored = Ears::new(&[]).read("Add me on WhatsApp, pay me directly");
        assert!(!scored.reading.acts.is_empty() && scored.encoder.is_none());
    }

    #[test]
    fn damaged_files_are_said_once_and_leave_no_encoder() {
        let folder = std::env::temp_dir().join(format!("vigie-models-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("sentence-encoder")).unwrap();
        for name in ["weights.npz", "sp.model"] {
            std::fs::write(folder.join("sentence-encoder").join(name), b"not it").unwrap();
        }
        let models = Models::find(Some(&folder));
        assert!(models.has_encoder() && models.encoder().is_none() && !models.has_encoder());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_idle_encoder_is_let_go_and_comes_back() {
        let models = Models::find(Some(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")));
        let Some(first) = models.encoder() else { return };
        models.rest(Instant::now());
        assert!(models.encoder().is_some_and(|again| Arc::ptr_eq(&first, &again)));
        models.rest(Instant::now() + IDLE);
        assert!(models.lock().encoder.is_none());
        assert!(models.encoder().is_some_and(|again| !Arc::ptr_eq(&first, &again)));
    }
}
