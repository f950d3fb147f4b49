//! Patterns over one text, looked for together.
//!
//! Every `text.matches('…')` and `text.contains('…')` of a set on the same slot joins a group. The group walks the text once
//! with an automaton of the patterns' literals. A pattern that is nothing but literals is decided by that walk; any other
//! runs its own regex, and only where one of its literals was seen.

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind};
use rustc_hash::FxHashMap;

/// The most literals one pattern may be taken apart into.
const MAX_LITERALS: usize = 64;

/// Patterns on one slot.
#[derive(Default)]
pub(crate) struct Group {
    patterns: Vec<Pattern>,
    /// Literals that decide, in any text.
    plain: Finder,
    /// Literals that decide in ASCII text, whatever the case.
    folded: Finder,
    /// Literals without which a pattern cannot match.
    hints: Finder,
    /// Whether ASCII text needs the hints too.
    hinted: bool,
}

struct Pattern {
    regex: Regex,
    way: Way,
}

/// How a pattern is decided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By its literals in any text.
    Plain,
    /// By its literals in ASCII text, otherwise as `Hinted`.
    Folded,
    /// By its regex where a literal was seen.
    Hinted,
    /// By its regex, always.
    Blind,
}

/// An automaton of literals and the patterns each speaks for.
#[derive(Default)]
struct Finder {
    automaton: Option<AhoCorasick>,
    patterns: Vec<Vec<u32>>,
}

/// What a walk over one text saw.
#[derive(Default)]
pub(crate) struct Seen {
    walked: bool,
    ascii: bool,
    decided: Vec<u64>,
    hinted: Vec<u64>,
}

impl Seen {
    /// Forgets the text.
    pub fn reset(&mut self) {
        self.walked = false;
    }
}

impl Group {
    /// A group of regexes; their order gives the indexes.
    pub fn new(regexes: Vec<Regex>) -> Group {
        let mut group = Group::default();
        let (mut plain, mut folded, mut hints) = (Literals::default(), Literals::default(), Literals::default());
        for (regex, index) in regexes.into_iter().zip(0u32..) {
            let hir = regex_syntax::parse(regex.as_str()).ok();
            let hint = hir.as_ref().and_then(hints_of);
            let way = match hir.as_ref().and_then(take_apart) {
                Some(Apart { literals, folded: false }) => {
                    plain.add(literals, index);
                    Way::Plain
                }
                Some(Apart { literals, folded: true }) if hint.is_some() => {
                    folded.add(literals, index);
                    Way::Folded
                }
                _ if hint.is_some() => Way::Hinted,
                _ => Way::Blind,
            };
            if let (Way::Folded | Way::Hinted, Some(literals)) = (way, hint) {
                hints.add(literals, index);
            }
            group.hinted |= way == Way::Hinted;
            group.patterns.push(Pattern { regex, way });
        }
        group.plain = plain.finder(false);
        group.folded = folded.finder(true);
        group.hints = hints.finder(false);
        group
    }

    /// Whether pattern `index` matches `text`. `seen` is this group's memory of the text, walked at the first question.
    pub fn matches(&self, index: u32, text: &str, seen: &mut Seen) -> bool {
        if !seen.walked {
            self.walk(text, seen);
        }
        let pattern = &self.patterns[index as usize];
        match pattern.way {
            Way::Plain => bit(&seen.decided, index),
            Way::Folded if seen.ascii => bit(&seen.decided, index),
            Way::Folded | Way::Hinted => bit(&seen.hinted, index) && pattern.regex.is_match(text),
            Way::Blind => pattern.regex.is_match(text),
        }
    }

    fn walk(&self, text: &str, seen: &mut Seen) {
        let words = self.patterns.len().div_ceil(64);
        for bits in [&mut seen.decided, &mut seen.hinted] {
            bits.clear();
            bits.resize(words, 0);
        }
        seen.walked = true;
        seen.ascii = text.is_ascii();
        self.plain.find(text, &mut seen.decided);
        if seen.ascii {
            self.folded.find(text, &mut seen.decided);
        }
        if self.hinted || !seen.ascii {
            self.hints.find(text, &mut seen.hinted);
        }
    }
}

fn bit(bits: &[u64], index: u32) -> bool {
    bits.get(index as usize / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
}

impl Finder {
    fn find(&self, text: &str, bits: &mut [u64]) {
        let Some(automaton) = &self.automaton else { return };
        for found in automaton.find_overlapping_iter(text) {
            for pattern in &self.patterns[found.pattern().as_usize()] {
                bits[*pattern as usize / 64] |= 1 << (pattern % 64);
            }
        }
    }
}

/// Literals while a finder is being made, each once.
#[derive(Default)]
struct Literals {
    places: FxHashMap<Vec<u8>, usize>,
    patterns: Vec<Vec<u32>>,
}

impl Literals {
    fn add(&mut self, literals: Vec<Vec<u8>>, pattern: u32) {
        for literal in literals {
            let next = self.patterns.len();
            let place = *self.places.entry(literal).or_insert(next);
            if place == next {
                self.patterns.push(Vec::new());
            }
            if self.patterns[place].last() != Some(&pattern) {
                self.patterns[place].push(pattern);
            }
        }
    }

    fn finder(self, fold: bool) -> Finder {
        let mut ordered: Vec<(Vec<u8>, usize)> = self.places.into_iter().collect();
        ordered.sort_by_key(|(_, place)| *place);
        let automaton = (!ordered.is_empty())
            .then(|| {
                AhoCorasick::builder()
                    .match_kind(MatchKind::Standard)
                    .ascii_case_insensitive(fold)
                    .build(ordered.iter().map(|(literal, _)| literal))
                    .ok()
            })
            .flatten();
        Finder { automaton, patterns: self.patterns }
    }
}

/// Literals one of which every match contains; `None` where there is no short list of them.
fn hints_of(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut sequence = Extractor::new().extract(hir);
    sequence.optimize_for_prefix_by_preference();
    let literals: Vec<Vec<u8>> = sequence.literals()?.iter().map(|l| l.as_bytes().to_vec()).collect();
    (!literals.iter().any(Vec::is_empty)).then_some(literals)
}

/// A pattern that matches exactly where one of these literals stands.
struct Apart {
    literals: Vec<Vec<u8>>,
    /// The literals are lower case and stand for either case of ASCII letters; they decide ASCII text only.
    folded: bool,
}

/// Takes a pattern apart into literals, if it is nothing but those.
fn take_apart(hir: &Hir) -> Option<Apart> {
    let mut fold = Fold::default();
    let literals: Vec<Vec<u8>> = fold.literals(hir)?.into_iter().flatten().collect();
    // Letters that must keep their case cannot stand beside letters of either case.
    let mixed = fold.either && fold.exact;
    let usable = !mixed && !literals.iter().any(Vec::is_empty);
    usable.then_some(Apart { literals, folded: fold.either })
}

/// What kinds of letters a pattern has.
#[derive(Default)]
struct Fold {
    /// A letter of either case.
    either: bool,
    /// A letter that must keep its case.
    exact: bool,
}

impl Fold {
    /// The literals of a node; a `None` among them cannot occur in ASCII text.
    fn literals(&mut self, hir: &Hir) -> Option<Vec<Option<Vec<u8>>>> {
        match hir.kind() {
            HirKind::Empty => Some(vec![Some(vec![])]),
            HirKind::Literal(literal) => {
                self.exact |= literal.0.iter().any(u8::is_ascii_alphabetic);
                Some(vec![Some(literal.0.to_vec())])
            }
            HirKind::Class(Class::Unicode(class)) => self.class(class),
            HirKind::Capture(capture) => self.literals(&capture.sub),
            HirKind::Alternation(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(self.literals(part)?);
                    if all.len() > MAX_LITERALS {
                        return None;
                    }
                }
                Some(all)
            }
            HirKind::Concat(parts) => {
                let mut all = vec![Some(vec![])];
                for part in parts {
                    let next = self.literals(part)?;
                    all = joined(&all, &next)?;
                }
                Some(all)
            }
            HirKind::Repetition(repetition) if repetition.max == Some(1) && repetition.min == 0 => {
                let mut all = self.literals(&repetition.sub)?;
                all.push(Some(vec![]));
                Some(all)
            }
            _ => None,
        }
    }

    /// One character: a letter of either case, or a few characters that have no case.
    fn class(&mut self, class: &regex_syntax::hir::ClassUnicode) -> Option<Vec<Option<Vec<u8>>>> {
        let mut ascii = Vec::new();
        let mut beyond = false;
        for range in class.ranges() {
            if range.len() > 300 {
                return None;
            }
            for c in range.start()..=range.end() {
                match u8::try_from(c) {
                    Ok(b) if b.is_ascii() => ascii.push(b),
                    _ => beyond = true,
                }
            }
        }
        let letters = ascii.iter().filter(|b| b.is_ascii_alphabetic()).count();
        let pair = ascii.len() == 2 && letters == 2 && ascii[0].eq_ignore_ascii_case(&ascii[1]);
        match (pair, letters) {
            (true, _) => {
                self.either = true;
                Some(vec![Some(vec![ascii[0].to_ascii_lowercase()])])
            }
            // Beyond ASCII a class decides nothing in a text of any kind.
            (false, 0) if !beyond && ascii.len() <= 12 => Some(ascii.into_iter().map(|b| Some(vec![b])).collect()),
            (false, 0) if ascii.is_empty() => {
                self.either = true;
                Some(vec![None])
            }
            _ => None,
        }
    }
}

fn joined(left: &[Option<Vec<u8>>], right: &[Option<Vec<u8>>]) -> Option<Vec<Option<Vec<u8>>>> {
    if left.len() * right.len() > MAX_LITERALS {
        return None;
    }
    let pairs = left.iter().flat_map(|l| right.iter().map(move |r| (l, r)));
    Some(pairs.map(|(l, r)| Some([l.as_deref()?, r.as_deref()?].concat())).collect())
}
