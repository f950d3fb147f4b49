//! Lexicons: the policy's word lists, compiled into one search over the folded text.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use crate::fold::{Folded, each_spelled, fold, is_han, is_spaced};

/// The most terms of all lists together.
pub const LIMIT_TERMS: usize = 50_000;
/// The longest term, in bytes.
pub const LIMIT_TERM_BYTES: usize = 200;
/// The most `re:` patterns of all lists together.
pub const LIMIT_PATTERNS: usize = 1_000;
/// The most hits one scan gives; later ones are left out.
pub const LIMIT_HITS: usize = 64;

/// What one compiled pattern may take, in bytes.
const LIMIT_PATTERN_SIZE: usize = 1 << 20;
/// What all patterns together may take, in bytes.
const LIMIT_PATTERNS_SIZE: usize = 1 << 26;

/// The lists as files hold them: language code → list name → terms.
pub type LexiconTexts = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// A term that cannot be used, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{language}: {list}: `{term}`: {message}")]
pub struct LexiconError {
    /// Code of the language whose file holds it.
    pub language: String,
    /// Name of the list.
    pub list: String,
    /// The term as written.
    pub term: String,
    /// What is wrong, in a sentence.
    pub message: String,
}

/// One place where a term stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TermHit {
    /// First byte in the original text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// The list, as an index into [`Lexicons::lists`].
    pub list: u16,
}

/// All lists of all languages, ready to search.
#[derive(Debug)]
pub struct Lexicons {
    lists: Vec<String>,
    terms: AhoCorasick,
    /// By pattern of `terms`: the lists it belongs to and its length in characters.
    of_term: Vec<(Vec<u16>, usize)>,
    set: RegexSet,
    /// By pattern of `set`.
    patterns: Vec<(u16, Regex)>,
}

impl Lexicons {
    /// Compiles the lists. The same list name in several languages is one list: a text is searched for all of them.
    ///
    /// A plain term matches whole words whatever case, width, accents and spacing, and anywhere in scripts without
    /// spaces. `re:` starts a regular expression, matched without regard to case over the folded text.
    ///
    /// # Errors
    /// The first term that is empty, too long, no valid pattern, or one too many.
    pub fn compile(texts: &LexiconTexts) -> Result<Lexicons, LexiconError> {
        let mut lists: Vec<String> = texts.values().flat_map(BTreeMap::keys).cloned().collect();
        lists.sort();
        lists.dedup();
        let mut draft = Draft::default();
        for (language, by_list) in texts {
            for (list, terms) in by_list {
                let index = lists.binary_search(list).unwrap_or_default() as u16;
                for term in terms {
                    draft.add(index, term).map_err(|message| LexiconError {
                        language: language.clone(),
                        list: list.clone(),
                        term: term.chars().take(80).collect(),
                        message,
                    })?;
                }
            }
        }
        draft.finish(lists)
    }

    /// Names of the lists, sorted; a hit's `list` points into them.
    #[must_use]
    pub fn lists(&self) -> &[String] {
        &self.lists
    }

    /// Finds every term in a text: sorted by place, without hits inside longer hits of the same list, at most
    /// [`LIMIT_HITS`]. Spans are bytes of the original text, on character boundaries.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<TermHit> {
        let folded = fold(text);
        let mut hits = Vec::new();
        self.scan_terms(&folded, &mut hits);
        self.scan_patterns(&folded, &mut hits);
        self.scan_spelled(&folded, &mut hits);
        tidy(&mut hits);
        hits
    }

    fn scan_terms(&self, folded: &Folded, hits: &mut Vec<TermHit>) {
        for found in self.terms.find_overlapping_iter(folded.text.as_str()) {
            if is_whole(&folded.text, found.start(), found.end()) {
                let (start, end) = folded.original(found.start(), found.end());
                let lists = &self.of_term[found.pattern().as_usize()].0;
                hits.extend(lists.iter().map(|&list| TermHit { start, end, list }));
            }
            if hits.len() > 4 * LIMIT_HITS {
                return;
            }
        }
    }

    fn scan_patterns(&self, folded: &Folded, hits: &mut Vec<TermHit>) {
        for index in &self.set.matches(&folded.text) {
            let (list, pattern) = &self.patterns[index];
            for found in pattern.find_iter(&folded.text).filter(|found| !found.is_empty()).take(LIMIT_HITS) {
                let (start, end) = folded.original(found.start(), found.end());
                hits.push(TermHit { start, end, list: *list });
            }
        }
    }

    /// Finds terms spelled with something between the letters: `w h a t s a p p`, `w.h.a.t.s`, `微 信`.
    fn scan_spelled(&self, folded: &Folded, hits: &mut Vec<TermHit>) {
        each_spelled(&folded.text, |letters| {
            let joined: String = letters.iter().map(|&(_, c)| c).collect();
            for found in self.terms.find_overlapping_iter(joined.as_str()).take(LIMIT_HITS) {
                let (lists, length) = &self.of_term[found.pattern().as_usize()];
                let first = joined[..found.start()].chars().count();
                let shortest = if is_han(letters[first].1) { 2 } else { 5 };
                if *length >= shortest {
                    let (last_at, last) = letters[first + length - 1];
                    let (start, end) = folded.original(letters[first].0, last_at + last.len_utf8());
                    hits.extend(lists.iter().map(|&list| TermHit { start, end, list }));
                }
            }
        });
    }
}

/// Terms on their way to being compiled.
#[derive(Default)]
struct Draft {
    terms: BTreeMap<String, Vec<u16>>,
    patterns: BTreeMap<(String, u16), Regex>,
    count: usize,
}

impl Draft {
    fn add(&mut self, list: u16, term: &str) -> Result<(), String> {
        self.count += 1;
        if self.count > LIMIT_TERMS {
            return Err(format!("more than {LIMIT_TERMS} terms"));
        }
        if term.len() > LIMIT_TERM_BYTES {
            return Err(format!("longer than {LIMIT_TERM_BYTES} bytes"));
        }
        match term.strip_prefix("re:") {
            Some(pattern) => self.add_pattern(list, pattern),
            None => self.add_term(list, term),
        }
    }

    fn add_term(&mut self, list: u16, term: &str) -> Result<(), String> {
        let folded = fold(term).text;
        let folded = folded.trim();
        if !folded.contains(char::is_alphanumeric) {
            return Err("a term needs at least one letter or digit".to_owned());
        }
        let lists = self.terms.entry(folded.to_owned()).or_default();
        if !lists.contains(&list) {
            lists.push(list);
        }
        Ok(())
    }

    fn add_pattern(&mut self, list: u16, pattern: &str) -> Result<(), String> {
        if self.patterns.len() == LIMIT_PATTERNS {
            return Err(format!("more than {LIMIT_PATTERNS} patterns"));
        }
        let folded = fold_pattern(pattern);
        let regex = RegexBuilder::new(&folded)
            .case_insensitive(true)
            .size_limit(LIMIT_PATTERN_SIZE)
            .build()
            .map_err(|error| pattern_fault(&error))?;
        if regex.is_match("") {
            return Err("the pattern matches the empty text".to_owned());
        }
        self.patterns.insert((folded, list), regex);
        Ok(())
    }

    fn finish(self, lists: Vec<String>) -> Result<Lexicons, LexiconError> {
        let whole = |message: String| LexiconError {
            language: "*".to_owned(),
            list: "*".to_owned(),
            term: "*".to_owned(),
            message,
        };
        let terms = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .build(self.terms.keys())
            .map_err(|error| whole(error.to_string()))?;
        let set = RegexSetBuilder::new(self.patterns.keys().map(|(pattern, _)| pattern))
            .case_insensitive(true)
            .size_limit(LIMIT_PATTERNS_SIZE)
            .build()
            .map_err(|error| whole(pattern_fault(&error)))?;
        let of_term = self.terms.into_iter().map(|(term, lists)| (lists, term.chars().count())).collect();
        let patterns = self.patterns.into_iter().map(|((_, list), regex)| (list, regex)).collect();
        Ok(Lexicons { lists, terms, of_term, set, patterns })
    }
}

/// The last line of the engine's message says what is wrong; the rest draws the pattern.
fn pattern_fault(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "the pattern grows too big; use fewer or smaller repetitions".to_owned(),
        other => {
            let text = other.to_string();
            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    }
}

/// Folds what a pattern says literally, and makes `\b` mean the edge of a word in Latin letters: folded Latin is
/// plain ASCII, and beside Han or kana an ASCII word ends.
fn fold_pattern(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('b') if !in_class => out.push_str("(?-u:\\b)"),
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push('\\'),
            },
            '[' => {
                in_class = true;
                out.push(c);
            }
            ']' => {
                in_class = false;
                out.push(c);
            }
            _ if c.is_ascii() => out.push(c),
            _ => {
                for folded in fold(c.encode_utf8(&mut [0; 4])).text.chars() {
                    if folded.is_ascii_punctuation() {
                        out.push('\\');
                    }
                    out.push(folded);
                }
            }
        }
    }
    out
}

/// Whether both ends stand at the edge of a word, as far as their scripts have words.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let apart = |a: Option<char>, b: Option<char>| !(a.is_some_and(is_spaced) && b.is_some_and(is_spaced));
    apart(text[..start].chars().next_back(), text[start..].chars().next())
        && apart(text[..end].chars().next_back(), text[end..].chars().next())
}

/// Sorts, drops doubles and hits inside longer hits of the same list, keeps the first [`LIMIT_HITS`].
fn tidy(hits: &mut Vec<TermHit>) {
    if hits.len() > 1 {
        hits.sort_unstable_by_key(|hit| (hit.list, hit.start, std::cmp::Reverse(hit.end)));
        let mut covered = None;
        hits.retain(|hit| {
            let inside = covered.is_some_and(|(list, end)| list == hit.list && hit.end <= end);
            if !inside {
                covered = Some((hit.list, hit.end));
            }
            !inside
        });
        hits.sort_unstable();
        hits.truncate(LIMIT_HITS);
    }
}
