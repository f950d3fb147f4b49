//! Linear heads: a score of a text from hashed n-grams, and a score of a sentence vector. Trained here too; the
//! same examples and seed give the same head, byte for byte. Pure.

use crate::Lang;
use crate::encoder::DIMENSIONS;
use crate::fold::{fold, is_spaced};

/// Places for n-gram weights, a power of two.
const BUCKETS: usize = 1 << 18;
/// Places for known words, a power of two.
const WORDS: usize = 1 << 17;
/// Bytes of folded text that are read.
const LIMIT_READ: usize = 1_200;
/// The longest run of letters without a space that counts as one word; the rest is left out.
const LIMIT_WORD: usize = 40;
/// Examples of a language, both verdicts together, below which a head does not claim to know it.
const LANGUAGE_EXAMPLES: usize = 60;
/// Share of a text's words a head must have met, or it does not know.
const KNOWN_SHARE: f64 = 0.5;
/// Passes over the examples.
const PASSES: usize = 12;
/// The first four bytes of a head, and of a dense one.
const MAGIC: &[u8; 4] = b"VGH1";
const DENSE_MAGIC: &[u8; 4] = b"VGD1";

/// The head over n-grams that comes with the program, and the one over sentence vectors.
const WORDS_HEAD: &[u8] = include_bytes!("../heads/words.bin");
const MEANING_HEAD: &[u8] = include_bytes!("../heads/meaning.bin");
/// The project's own training texts: verdict, language and text, parted by tabs, one a line.
const TEXTS: [(&str, &str); 4] = [
    ("market", include_str!("../training/market.tsv")),
    ("mail", include_str!("../training/mail.tsv")),
    ("jargon", include_str!("../training/jargon.tsv")),
    ("tongues", include_str!("../training/tongues.tsv")),
];

/// The n-gram head that comes with the program.
#[must_use]
pub fn built_in_words() -> Head {
    Head::from_bytes(WORDS_HEAD).unwrap_or_else(|_| Head::train(&own_texts(), 1, None))
}

/// The head over sentence vectors that comes with the program.
#[must_use]
pub fn built_in_meaning() -> Dense {
    Dense::from_bytes(MEANING_HEAD).unwrap_or_else(|_| Dense { weights: vec![0.0; DIMENSIONS], bias: -5.0 })
}

/// The project's own training texts, each with weight 1.
#[must_use]
pub fn own_texts() -> Vec<Example<'static>> {
    TEXTS.iter().flat_map(|(_, lines)| lines.lines()).filter_map(own_text).collect()
}

fn own_text(line: &'static str) -> Option<Example<'static>> {
    let mut parts = line.splitn(3, '\t');
    let (verdict, language, text) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Example { text, language: Lang::parse(language), harmful: verdict == "1", weight: 1.0 })
}

/// A text with what a person, or its author, said of it.
#[derive(Clone, Debug)]
pub struct Example<'a> {
    /// The text as written.
    pub text: &'a str,
    /// Its language, where known.
    pub language: Option<Lang>,
    /// Whether it does harm.
    pub harmful: bool,
    /// How much it counts; 1 is usual.
    pub weight: f64,
}

/// The bytes are no head.
#[derive(Debug, thiserror::Error)]
#[error("these bytes are no {0}")]
pub struct HeadError(&'static str);

/// A head over hashed n-grams of letters and words. About 280 kB.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Quantised weights, by bucket.
    weights: Vec<i8>,
    /// What one step of a weight is worth.
    step: f32,
    bias: f32,
    /// Words met in training, as a set of hashed bits.
    words: Vec<u64>,
    /// Languages met often enough, one bit each in the order of [`Lang::ALL`].
    languages: u16,
}

impl Head {
    /// Learns from examples by stochastic gradient descent with a step that shrinks feature by feature. Both
    /// verdicts weigh the same in the end, however many examples each has. With `from`, learning goes on where that
    /// head stands, and what it knows stays known.
    #[must_use]
    pub fn train(examples: &[Example], seed: u64, from: Option<&Head>) -> Head {
        let mut words = from.map_or_else(|| vec![0_u64; WORDS / 64], |head| head.words.clone());
        let mut by_language = [0_usize; Lang::ALL.len()];
        let mut features = Vec::with_capacity(examples.len());
        for example in examples {
            let mut buckets = Vec::new();
            each_feature(example.text, |feature| match feature {
                Feature::Gram(hash) => buckets.push((hash % BUCKETS as u64) as u32),
                Feature::Word(hash) => set(&mut words, hash),
            });
            buckets.sort_unstable();
            buckets.dedup();
            features.push(buckets);
            if let Some(language) = example.language {
                by_language[language as usize] += 1;
            }
        }
        let outcomes: Vec<(bool, f64)> = examples.iter().map(|e| (e.harmful, e.weight)).collect();
        let start = from.map_or_else(|| (vec![0.0; BUCKETS], 0.0), Head::unquantised);
        let (weights, bias) = descend(&features, &outcomes, seed, start);
        let known = |n: &usize| by_language[*n] >= LANGUAGE_EXAMPLES;
        let before = from.map_or(0, |head| head.languages);
        let languages = (0..Lang::ALL.len()).filter(known).fold(before, |bits, n| bits | 1 << n);
        let largest = weights.iter().fold(0.0_f32, |most, w| most.max(w.abs())).max(f32::MIN_POSITIVE);
        let step = largest / 127.0;
        let weights = weights.iter().map(|w| (w / step).round() as i8).collect();
        Head { weights, step, bias, words, languages }
    }

    fn unquantised(&self) -> (Vec<f32>, f32) {
        (self.weights.iter().map(|w| f32::from(*w) * self.step).collect(), self.bias)
    }

    /// The log-odds that a text does harm, roughly -8 to 8; none when the head does not know: the language is not
    /// one it was trained in, or too few of the words are.
    #[must_use]
    pub fn score(&self, text: &str, language: Option<Lang>) -> Option<f64> {
        if self.languages & 1 << (language? as usize) == 0 {
            return None;
        }
        let (mut sum, mut grams, mut met, mut words) = (0_i64, 0_u32, 0_u32, 0_u32);
        each_feature(text, |feature| match feature {
            Feature::Gram(hash) => {
                grams += 1;
                sum += i64::from(self.weights[(hash % BUCKETS as u64) as usize]);
            }
            Feature::Word(hash) => {
                words += 1;
                met += u32::from(get(&self.words, hash));
            }
        });
        if words == 0 || f64::from(met) < KNOWN_SHARE * f64::from(words) {
            return None;
        }
        Some(f64::from(self.bias) + sum as f64 * f64::from(self.step) / f64::from(grams.max(1)).sqrt())
    }

    /// The head as bytes, the same on every machine.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.step.to_le_bytes());
        out.extend_from_slice(&self.bias.to_le_bytes());
        out.extend_from_slice(&self.languages.to_le_bytes());
        out.extend(self.words.iter().flat_map(|word| word.to_le_bytes()));
        out.extend(self.weights.iter().map(|w| w.cast_unsigned()));
        out
    }

    /// Reads a head back.
    ///
    /// # Errors
    /// When the bytes are not what [`Head::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Head, HeadError> {
        Head::parse(bytes).ok_or(HeadError("n-gram head"))
    }

    fn parse(bytes: &[u8]) -> Option<Head> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (step, rest) = rest.split_first_chunk::<4>()?;
        let (bias, rest) = rest.split_first_chunk::<4>()?;
        let (languages, rest) = rest.split_first_chunk::<2>()?;
        let (words, weights) = rest.split_at_checked(WORDS / 8)?;
        let head = Head {
            weights: weights.iter().map(|w| w.cast_signed()).collect(),
            step: f32::from_le_bytes(*step),
            bias: f32::from_le_bytes(*bias),
            words: words.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect(),
            languages: u16::from_le_bytes(*languages),
        };
        (weights.len() == BUCKETS && head.step.is_finite() && head.bias.is_finite()).then_some(head)
    }
}

/// A head over sentence vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    weights: Vec<f32>,
    bias: f32,
}

impl Dense {
    /// Learns from vectors of length [`DIMENSIONS`] with their verdicts and weights, by gradient descent over all of
    /// them at once. `ridge` pulls the weights towards nothing, or towards those of `from`; 1e-4 to 1e-2 is usual.
    /// The same input gives the same head.
    #[must_use]
    pub fn train(vectors: &[[f32; DIMENSIONS]], outcomes: &[(bool, f64)], ridge: f64, from: Option<&Dense>) -> Dense {
        let shares = balance(outcomes);
        let home: Vec<f64> = match from {
            Some(head) => head.weights.iter().map(|w| f64::from(*w)).collect(),
            None => vec![0.0; DIMENSIONS],
        };
        let mut weights = home.clone();
        let mut velocity = vec![0.0_f64; DIMENSIONS];
        let (mut bias, mut bias_velocity) = (from.map_or(0.0, |head| f64::from(head.bias)), 0.0_f64);
        // Vectors have length one, so the loss bends by at most a quarter in any direction, and the ridge adds its own
        // bend: a step longer than the bend allows would run away.
        let (rate, momentum) = (3.0 / (1.0 + ridge), 0.95);
        for _ in 0..DENSE_PASSES {
            let mut slope: Vec<f64> = weights.iter().zip(&home).map(|(w, home)| (w - home) * ridge).collect();
            let mut bias_slope = 0.0;
            for ((vector, &(harmful, _)), share) in vectors.iter().zip(outcomes).zip(&shares) {
                let logit = bias + dot(&weights, vector);
                let error = share * (logistic(logit) - f64::from(u8::from(harmful)));
                for (to, from) in slope.iter_mut().zip(vector) {
                    *to += error * f64::from(*from);
                }
                bias_slope += error;
            }
            for ((weight, speed), slope) in weights.iter_mut().zip(&mut velocity).zip(&slope) {
                *speed = momentum * *speed - rate * slope;
                *weight += *speed;
            }
            bias_velocity = momentum * bias_velocity - rate * bias_slope;
            bias += bias_velocity;
        }
        Dense { weights: weights.iter().map(|w| *w as f32).collect(), bias: bias as f32 }
    }

    /// The log-odds that the text of this vector does harm.
    #[must_use]
    pub fn score(&self, vector: &[f32; DIMENSIONS]) -> f64 {
        let sum: f64 = self.weights.iter().zip(vector).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
        f64::from(self.bias) + sum
    }

    /// The head as bytes, the same on every machine.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = DENSE_MAGIC.to_vec();
        out.extend([self.bias].iter().chain(&self.weights).flat_map(|x| x.to_le_bytes()));
        out
    }

    /// Reads a head back.
    ///
    /// # Errors
    /// When the bytes are not what [`Dense::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Dense, HeadError> {
        let fault = || HeadError("head over sentence vectors");
        let rest = bytes.strip_prefix(DENSE_MAGIC).ok_or_else(fault)?;
        let (numbers, odd) = rest.as_chunks::<4>();
        let mut numbers = numbers.iter().map(|n| f32::from_le_bytes(*n));
        let bias = numbers.next().ok_or_else(fault)?;
        let weights: Vec<f32> = numbers.collect();
        let sound = odd.is_empty() && weights.len() == DIMENSIONS && bias.is_finite();
        if sound && weights.iter().all(|w| w.is_finite()) { Ok(Dense { weights, bias }) } else { Err(fault()) }
    }
}

/// Passes of the dense head's training.
const DENSE_PASSES: usize = 300;

fn dot(weights: &[f64], vector: &[f32; DIMENSIONS]) -> f64 {
    weights.iter().zip(vector).map(|(w, x)| w * f64::from(*x)).sum()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Each example's share of the whole, so that each verdict has half of it.
fn balance(outcomes: &[(bool, f64)]) -> Vec<f64> {
    let total = |wanted: bool| outcomes.iter().filter(|(h, _)| *h == wanted).map(|(_, w)| w).sum::<f64>().max(1e-9);
    let (harmful, fine) = (total(true), total(false));
    outcomes.iter().map(|(h, w)| w / (2.0 * if *h { harmful } else { fine })).collect()
}

/// Logistic regression over sets of buckets: one example at a time, in an order the seed draws anew each pass.
fn descend(
    features: &[Vec<u32>],
    outcomes: &[(bool, f64)],
    seed: u64,
    (mut weights, bias): (Vec<f32>, f32),
) -> (Vec<f32>, f32) {
    let mut squares = vec![0.0_f32; BUCKETS];
    let (mut bias, mut bias_square) = (f64::from(bias), 0.0_f64);
    let shares = balance(outcomes);
    let count = features.len() as f64;
    let mut order: Vec<u32> = (0..features.len() as u32).collect();
    let mut dice = Dice(seed);
    for _ in 0..PASSES {
        dice.shuffle(&mut order);
        for &n in &order {
            let buckets = &features[n as usize];
            let size = 1.0 / (buckets.len().max(1) as f64).sqrt();
            let sum: f64 = buckets.iter().map(|b| f64::from(weights[*b as usize])).sum();
            let logit = bias + sum * size;
            let harmful = f64::from(u8::from(outcomes[n as usize].0));
            let error = (logistic(logit) - harmful) * shares[n as usize] * count;
            bias_square += error * error;
            bias -= 0.05 * error / (bias_square.sqrt() + 1.0);
            for &bucket in buckets {
                let (weight, square) = (&mut weights[bucket as usize], &mut squares[bucket as usize]);
                let slope = error * size + 1e-4 * f64::from(*weight);
                *square += (slope * slope) as f32;
                *weight -= (0.5 * slope / (f64::from(*square).sqrt() + 0.1)) as f32;
            }
        }
    }
    (weights, bias as f32)
}

/// A small generator of numbers, the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, (self.next() % (n as u64 + 1)) as usize);
        }
    }
}

/// What a text is made of.
enum Feature {
    /// Counts for the score.
    Gram(u64),
    /// Counts for whether the text is known ground.
    Word(u64),
}

fn set(bits: &mut [u64], hash: u64) {
    bits[(hash % WORDS as u64 / 64) as usize] |= 1 << (hash % 64);
}

fn get(bits: &[u64], hash: u64) -> bool {
    bits[(hash % WORDS as u64 / 64) as usize] & 1 << (hash % 64) != 0
}

/// Calls back with every n-gram: each word, each pair of words, and three to five letters inside a word with its
/// edges. Digits are all one digit. Where no spaces part words, two and three characters take their place.
fn each_feature<F: FnMut(Feature)>(text: &str, mut call: F) {
    let folded = fold(&text[..text.floor_char_boundary(LIMIT_READ)]).text;
    let mut before = 0_u64;
    let mut word: Vec<char> = Vec::with_capacity(LIMIT_WORD + 2);
    let flush = |word: &mut Vec<char>, before: &mut u64, call: &mut F| {
        if word.is_empty() {
            return;
        }
        let hash = if word.iter().all(|c| is_spaced(*c)) { spaced(word, call) } else { unspaced(word, call) };
        call(Feature::Gram(mix(*before, hash)));
        *before = hash;
        word.clear();
    };
    for c in folded.chars() {
        let c = if c.is_numeric() { '0' } else { c };
        if !c.is_alphanumeric() {
            flush(&mut word, &mut before, &mut call);
            if matches!(c, '?' | '!' | '$' | '£' | '€' | '¥' | '@' | '+') {
                call(Feature::Gram(mix(7, u64::from(c))));
            }
            continue;
        }
        if word.last().is_some_and(|last| is_spaced(*last) != is_spaced(c)) {
            flush(&mut word, &mut before, &mut call);
        }
        if word.len() < LIMIT_WORD {
            word.push(c);
        }
    }
    flush(&mut word, &mut before, &mut call);
}

/// A word's features; gives its hash.
fn spaced(word: &[char], call: &mut impl FnMut(Feature)) -> u64 {
    let hash = hash_of(word, 1);
    call(Feature::Gram(hash));
    call(Feature::Word(hash));
    let mut edged = ['\u{1}'; LIMIT_WORD + 2];
    edged[1..=word.len()].copy_from_slice(word);
    let edged = &edged[..word.len() + 2];
    for size in 3..=5 {
        for gram in edged.windows(size) {
            call(Feature::Gram(hash_of(gram, 2)));
        }
    }
    hash
}

/// A stretch of characters without spaces; gives the hash of its last pair.
fn unspaced(word: &[char], call: &mut impl FnMut(Feature)) -> u64 {
    let mut last = 0;
    for size in 1..=3 {
        for gram in word.windows(size) {
            let hash = hash_of(gram, 3);
            call(Feature::Gram(hash));
            if size == 2 || word.len() == 1 {
                call(Feature::Word(hash));
                last = hash;
            }
        }
    }
    last
}

fn hash_of(chars: &[char], kind: u64) -> u64 {
    let folded =
        chars.iter().fold(kind, |hash, c| (hash.rotate_left(5) ^ u64::from(*c)).wrapping_mul(0x517C_C1B7_2722_0A95));
    mix(folded, chars.len() as u64)
}

fn mix(a: u64, b: u64) -> u64 {
    let x = (a.rotate_left(23) ^ b).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^ (x >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> Vec<Example<'static>> {
        let harmful =
            ["send the deposit to my bank first", "add me on telegram for payment", "pay with gift cards now"];
        let fine = ["is the chair still available", "can we meet at the station", "thanks it works well"];
        let of = |texts: [&'static str; 3], harmful| {
            texts.into_iter().map(move |text| Example { text, language: Some(Lang::En), harmful, weight: 1.0 })
        };
        std::iter::repeat_n((), 15).flat_map(|()| of(harmful, true).chain(of(fine, false))).collect()
    }

    #[test]
    fn a_head_tells_what_it_was_taught_and_knows_its_ground() {
        let head = Head::train(&examples(), 7, None);
        let score = |text| head.score(text, Some(Lang::En));
        assert!(score("please send the deposit first").unwrap() > 0.5);
        assert!(score("can we meet, is the chair available").unwrap() < -0.5);
        assert_eq!(head.score("send the deposit first", Some(Lang::Fr)), None, "a language it never met");
        assert_eq!(head.score("send the deposit first", None), None);
        assert_eq!(score("quantum entanglement violates locality"), None, "words it never met");
        assert_eq!(score(" …!"), None);
    }

    #[test]
    fn what_comes_with_the_program_is_whole() {
        assert!(Head::from_bytes(WORDS_HEAD).is_ok() && Dense::from_bytes(MEANING_HEAD).is_ok());
        let lines: usize = TEXTS.iter().map(|(_, lines)| lines.lines().count()).sum();
        let texts = own_texts();
        assert_eq!(texts.len(), lines, "every line has a verdict, a language and a text");
        assert!(texts.iter().all(|one| one.language.is_some()));
        assert!(texts.iter().filter(|one| one.harmful).count() > 200);
    }

    #[test]
    fn training_is_the_same_each_time_and_bytes_come_back() {
        let head = Head::train(&examples(), 7, None);
        assert_eq!(head, Head::train(&examples(), 7, None));
        assert_ne!(head, Head::train(&examples(), 8, None));
        assert_eq!(Head::from_bytes(&head.to_bytes()).unwrap(), head);
        let bytes = head.to_bytes();
        assert!(Head::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(Head::from_bytes(b"VGH1").is_err());
    }

    #[test]
    fn a_dense_head_finds_the_direction() {
        let vector = |n: usize, sign: f32| {
            let mut v = [0.0; DIMENSIONS];
            (v[0], v[1 + n % 20]) = (sign * 0.6, 0.8);
            v
        };
        let vectors: Vec<_> = (0..80).map(|n| vector(n, if n % 4 == 0 { 1.0 } else { -1.0 })).collect();
        let outcomes: Vec<_> = (0..80).map(|n| (n % 4 == 0, 1.0)).collect();
        let head = Dense::train(&vectors, &outcomes, 1e-4, None);
        assert!(head.score(&vector(30, 1.0)) > 1.0 && head.score(&vector(30, -1.0)) < -1.0);
        assert_eq!(Dense::from_bytes(&head.to_bytes()).unwrap(), head);
        let held = Dense::train(&vectors[..1], &outcomes[..1], 10.0, Some(&head));
        assert!(held.weights.iter().zip(&head.weights).all(|(a, b)| (a - b).abs() < 0.2), "a strong ridge holds");
        assert!(Dense::from_bytes(&head.to_bytes()[1..]).is_err());
    }
}
