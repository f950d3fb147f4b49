//! The act tables: one readable file a language, compiled once into one search and a list of patterns.
//!
//! A file has three kinds of line besides comments (`#`):
//!
//! - `set NAME = a | b | c` names alternatives; `app NAME = …` names a messaging app and `app? NAME = …` one whose name
//!   is an ordinary word too. `not`, `not near`, `not after`, `never`, `but`, `unless` and `refused` are sets with a meaning.
//! - `ACT DIRECTION CONFIDENCE` (`pay_first asks .8`) opens a section; so does `clear`, for what only looks like an act.
//! - Indented lines are the section's patterns: words in order, `<set>`, `(a|b)`, `{slot}`, each with `?` when it may be
//!   missing. `_` lets up to three words stand between, `__` up to eight. `pay*` is any word that begins so.
//!   `= .6` at the end replaces the section's confidence.
//!
//! Slots: `{phone} {email} {url} {handle} {contact} {account} {qr} {num} {money} {code}`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashMap;

use super::{Act, Direction};
use crate::fold::{is_spaced, skeleton};
use crate::lang::Lang;

/// The files, with the language they speak; the first belongs to all.
const FILES: &[(Option<Lang>, &str)] = &[
    (None, include_str!("../../acts/common.txt")),
    (Some(Lang::En), include_str!("../../acts/en.txt")),
    (Some(Lang::Fr), include_str!("../../acts/fr.txt")),
    (Some(Lang::ZhHans), include_str!("../../acts/zh-Hans.txt")),
    (Some(Lang::ZhHant), include_str!("../../acts/zh-Hant.txt")),
    (Some(Lang::Ja), include_str!("../../acts/ja.txt")),
    (Some(Lang::Ko), include_str!("../../acts/ko.txt")),
    (Some(Lang::De), include_str!("../../acts/de.txt")),
    (Some(Lang::Es), include_str!("../../acts/es.txt")),
    (Some(Lang::It), include_str!("../../acts/it.txt")),
    (Some(Lang::Pt), include_str!("../../acts/pt.txt")),
    (Some(Lang::Id), include_str!("../../acts/id.txt")),
    (Some(Lang::Ms), include_str!("../../acts/ms.txt")),
    (Some(Lang::Th), include_str!("../../acts/th.txt")),
];

/// One word's worth of distance; see `atoms::Scene`.
pub(super) const WORD: u16 = 4;
const GAP: u16 = 3 * WORD;
const WIDE_GAP: u16 = 8 * WORD;

/// What a place in a text may be: an index into nothing, just a name for one set of alternatives.
pub(super) type Class = u16;

/// Classes that are not words of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Phone,
    Email,
    Url,
    Handle,
    Contact,
    Account,
    Qr,
    Num,
    Money,
    Code,
}

impl Slot {
    pub(super) const ALL: [(&str, Slot); 10] = [
        ("phone", Slot::Phone),
        ("email", Slot::Email),
        ("url", Slot::Url),
        ("handle", Slot::Handle),
        ("contact", Slot::Contact),
        ("account", Slot::Account),
        ("qr", Slot::Qr),
        ("num", Slot::Num),
        ("money", Slot::Money),
        ("code", Slot::Code),
    ];

    /// Slots take the first classes.
    pub(super) const fn class(self) -> Class {
        self as Class
    }
}

/// What a set of a language means beyond being a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Negates what follows within five words of the clause.
    Not,
    /// Negates what follows at once.
    NotNear,
    /// Negates what stands before it.
    NotAfter,
    /// Warns of all that follows in the sentence.
    Never,
    /// Ends what a negation reaches.
    But,
    /// Holds a negation that negates nothing ("why don't we").
    Unless,
    /// Refuses whatever the message speaks of.
    Refused,
}

const ROLES: [(&str, Role); 7] = [
    ("not", Role::Not),
    ("not near", Role::NotNear),
    ("not after", Role::NotAfter),
    ("never", Role::Never),
    ("but", Role::But),
    ("unless", Role::Unless),
    ("refused", Role::Refused),
];

/// What a term of the search is.
#[derive(Clone, Debug, Default)]
pub(super) struct Term {
    pub(super) classes: Vec<Class>,
    pub(super) roles: Vec<(Role, Option<Lang>)>,
    pub(super) app: Option<&'static str>,
    /// The app's name is nothing else.
    pub(super) strong: bool,
    /// The word may begin before the term, or go on after it.
    pub(super) open: (bool, bool),
}

/// One step of a pattern: a class, and how much may stand between it and the step before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) class: Class,
    pub(super) gap: u16,
}

/// One way of doing an act; without an act, what only looks like one.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) act: Option<Act>,
    pub(super) direction: Direction,
    pub(super) confidence: f64,
    pub(super) lang: Option<Lang>,
    pub(super) steps: Vec<Step>,
}

/// All tables, ready to search.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) search: Option<AhoCorasick>,
    /// The same terms without their spaces, for texts whose letters are set apart.
    pub(super) spaceless: Option<AhoCorasick>,
    pub(super) terms: Vec<Term>,
    pub(super) patterns: Vec<Pattern>,
    /// By class: the patterns that begin with it.
    pub(super) beginning: Vec<Vec<u32>>,
    /// Slots that are one alternative of a class among others.
    pub(super) mixed: Vec<(Slot, Class)>,
    /// Lines that could not be read; the tests want none.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests ask"))]
    pub(super) faults: Vec<String>,
}

/// The compiled tables.
pub(super) fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(|| Draft::default().read_all(FILES));
    &TABLES
}

type Alternatives = Vec<String>;

/// Tables on their way to being compiled.
#[derive(Default)]
struct Draft {
    sets: FxHashMap<String, Alternatives>,
    terms: BTreeMap<(String, bool, bool), Term>,
    classes: FxHashMap<Alternatives, Class>,
    patterns: Vec<Pattern>,
    mixed: Vec<(Slot, Class)>,
    faults: Vec<String>,
}

/// The section a pattern stands in.
#[derive(Clone, Copy)]
struct Section {
    act: Option<Act>,
    direction: Direction,
    confidence: f64,
}

impl Draft {
    fn read_all(mut self, files: &[(Option<Lang>, &'static str)]) -> Tables {
        let mut common = FxHashMap::default();
        for (lang, text) in files {
            self.sets.clone_from(&common);
            self.read(*lang, text);
            if lang.is_none() {
                common.clone_from(&self.sets);
            }
        }
        let classes = Slot::ALL.len() + self.classes.len();
        let mut beginning = vec![Vec::new(); classes];
        for (at, pattern) in self.patterns.iter().enumerate() {
            if let Some(first) = pattern.steps.first() {
                beginning[first.class as usize].push(at as u32);
            }
        }
        let search =
            AhoCorasick::builder().match_kind(MatchKind::Standard).build(self.terms.keys().map(|(term, _, _)| term));
        let spaceless = AhoCorasick::new(self.terms.keys().map(|(term, _, _)| term.replace(' ', "")));
        let terms =
            self.terms.into_iter().map(|((_, left, right), term)| Term { open: (left, right), ..term }).collect();
        if let Err(error) = &search {
            self.faults.push(error.to_string());
        }
        Tables {
            search: search.ok(),
            spaceless: spaceless.ok(),
            terms,
            patterns: self.patterns,
            beginning,
            mixed: self.mixed,
            faults: self.faults,
        }
    }

    fn read(&mut self, lang: Option<Lang>, text: &'static str) {
        let mut section = None;
        for (number, line) in text.lines().enumerate() {
            let done = match line.trim() {
                "" => Ok(()),
                comment if comment.starts_with('#') => Ok(()),
                pattern if line.starts_with(' ') => match section {
                    Some(section) => self.add_pattern(lang, section, pattern),
                    None => Err("a pattern before the first section".to_owned()),
                },
                head => match head.split_once('=') {
                    Some((name, words)) => self.add_set(lang, name.trim(), words),
                    None => open(head).map(|new| section = Some(new)),
                },
            };
            if let Err(fault) = done {
                let code = lang.map_or("common", Lang::code);
                self.faults.push(format!("{code}:{}: {fault}", number + 1));
            }
        }
    }

    fn add_set(&mut self, lang: Option<Lang>, name: &'static str, words: &str) -> Result<(), String> {
        let words: Alternatives = words.split('|').map(|word| word.trim().to_owned()).collect();
        if words.iter().any(String::is_empty) {
            return Err("an empty alternative".to_owned());
        }
        if let Some((_, role)) = ROLES.iter().find(|(known, _)| *known == name) {
            for word in &words {
                self.term(word)?.roles.push((*role, lang));
            }
            return Ok(());
        }
        let (name, strong) = match (name.strip_prefix("app "), name.strip_prefix("app? "), name.strip_prefix("set ")) {
            (Some(app), _, _) => (app, Some(true)),
            (_, Some(app), _) => (app, Some(false)),
            (_, _, Some(set)) => (set, None),
            _ => return Err(format!("`{name}` is no set")),
        };
        let mut all = words.clone();
        if let Some(strong) = strong {
            for word in &words {
                let term = self.term(word)?;
                (term.app, term.strong) = (Some(name), strong);
            }
            self.sets.entry("app".to_owned()).or_default().extend(words);
        } else {
            // A language adds to a set that all share.
            all.extend(self.sets.get(name).cloned().unwrap_or_default());
            self.sets.insert(name.to_owned(), all);
        }
        Ok(())
    }

    fn term(&mut self, word: &str) -> Result<&mut Term, String> {
        let (word, left) = word.strip_prefix('*').map_or((word, false), |word| (word, true));
        let (word, right) = word.strip_suffix('*').map_or((word, false), |word| (word, true));
        let folded = skeleton(word).text;
        let folded = folded.trim();
        if folded.is_empty() {
            return Err("an empty word".to_owned());
        }
        Ok(self.terms.entry((folded.to_owned(), left, right)).or_default())
    }

    fn class(&mut self, mut words: Alternatives) -> Result<Class, String> {
        words.sort();
        words.dedup();
        if let Some(class) = self.classes.get(&words) {
            return Ok(*class);
        }
        let class = (Slot::ALL.len() + self.classes.len()) as Class;
        for word in &words {
            match slot(word) {
                Some(slot) => self.mixed.push((slot?, class)),
                None => self.term(word)?.classes.push(class),
            }
        }
        self.classes.insert(words, class);
        Ok(class)
    }

    fn add_pattern(&mut self, lang: Option<Lang>, section: Section, line: &str) -> Result<(), String> {
        let (line, confidence) = match line.rsplit_once(" = ") {
            Some((line, number)) => (line, number.trim().parse().map_err(|_| format!("`{number}` is no number"))?),
            None => (line, section.confidence),
        };
        let parts = self.parts(line)?;
        let optional: Vec<usize> = (0..parts.len()).filter(|&at| parts[at].optional).collect();
        if optional.len() > 5 {
            return Err("more than five optional parts".to_owned());
        }
        for left_out in 0..1usize << optional.len() {
            let mut steps: Vec<Step> = Vec::new();
            let mut gap = 0;
            for (at, part) in parts.iter().enumerate() {
                gap = gap.max(part.gap);
                if optional.iter().position(|&one| one == at).is_some_and(|bit| left_out & (1 << bit) != 0) {
                    continue;
                }
                let class = part.class;
                steps.push(Step { class, gap: if steps.is_empty() { 0 } else { gap } });
                gap = 0;
            }
            if steps.is_empty() {
                return Err("a pattern that may be empty".to_owned());
            }
            let Section { act, direction, .. } = section;
            self.patterns.push(Pattern { act, direction, confidence, lang, steps });
        }
        Ok(())
    }

    /// Takes a pattern apart. Plain words side by side are one phrase, as far as their script has spaces.
    fn parts(&mut self, line: &str) -> Result<Vec<Part>, String> {
        let mut parts: Vec<Part> = Vec::new();
        // The phrase that is being gathered, and what may stand before it.
        let (mut phrase, mut before) = (String::new(), 0);
        let mut gap = 0;
        for token in tokens(line) {
            if is_plain_word(token) {
                if phrase.is_empty() {
                    before = std::mem::take(&mut gap);
                } else {
                    phrase.push(' ');
                }
                phrase.push_str(token);
                continue;
            }
            if !phrase.is_empty() {
                let class = self.class(vec![std::mem::take(&mut phrase)])?;
                parts.push(Part { class, gap: before, optional: false });
            }
            match token {
                "_" => gap = gap.max(GAP),
                "__" => gap = gap.max(WIDE_GAP),
                _ => {
                    let (body, optional) = token.strip_suffix('?').map_or((token, false), |body| (body, true));
                    let class = self.part_class(body)?;
                    parts.push(Part { class, gap: std::mem::take(&mut gap), optional });
                }
            }
        }
        if !phrase.is_empty() {
            let class = self.class(vec![phrase])?;
            parts.push(Part { class, gap: before, optional: false });
        }
        Ok(parts)
    }

    fn part_class(&mut self, body: &str) -> Result<Class, String> {
        let inside = |open: char, close: char| body.strip_prefix(open).and_then(|body| body.strip_suffix(close));
        if let Some(slot) = slot(body) {
            return Ok(slot?.class());
        }
        if let Some(name) = inside('<', '>') {
            let words = self.sets.get(name).cloned().ok_or_else(|| format!("no set `{name}`"))?;
            return self.class(words);
        }
        if let Some(words) = inside('(', ')') {
            let mut all = Alternatives::new();
            for word in words.split('|').map(str::trim) {
                match word.strip_prefix('<').and_then(|word| word.strip_suffix('>')) {
                    Some(name) => all.extend(self.sets.get(name).cloned().ok_or_else(|| format!("no set `{name}`"))?),
                    None => all.push(word.to_owned()),
                }
            }
            return self.class(all);
        }
        if body.contains(['(', ')', '<', '>', '{', '}', '|', '?']) {
            return Err(format!("`{body}` runs brackets and words together"));
        }
        self.class(vec![body.to_owned()])
    }
}

/// The slot a part names, if it names one.
fn slot(body: &str) -> Option<Result<Slot, String>> {
    let name = body.strip_prefix('{')?.strip_suffix('}')?;
    let known = Slot::ALL.iter().find(|(known, _)| *known == name);
    Some(known.map(|(_, slot)| *slot).ok_or_else(|| format!("no slot `{name}`")))
}

/// A step that may be left out.
#[derive(Clone, Copy)]
struct Part {
    class: Class,
    gap: u16,
    optional: bool,
}

/// A word of a script with spaces that is just itself.
fn is_plain_word(token: &str) -> bool {
    token != "_" && token != "__" && token.chars().all(|c| is_spaced(c) || "'’-.$%&/@#:".contains(c))
}

/// Splits a pattern at spaces outside brackets.
fn tokens(line: &str) -> Vec<&str> {
    let mut depth = 0usize;
    let split = line.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c == ' '
    });
    split.filter(|token| !token.is_empty()).collect()
}

/// Reads a section's head.
fn open(head: &str) -> Result<Section, String> {
    if head == "clear" {
        return Ok(Section { act: None, direction: Direction::Neither, confidence: 1.0 });
    }
    let mut words = head.split_whitespace();
    let (act, direction, confidence) = (words.next(), words.next(), words.next());
    let act = act.and_then(Act::parse).ok_or_else(|| format!("`{head}` names no act"))?;
    let direction = match direction {
        Some("offers") => Direction::Offers,
        Some("asks") => Direction::Asks,
        Some("mentions") => Direction::Neither,
        _ => return Err(format!("`{head}` has no direction")),
    };
    let confidence =
        confidence.and_then(|number| number.parse().ok()).ok_or_else(|| format!("`{head}` has no confidence"))?;
    Ok(Section { act: Some(act), direction, confidence })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_table_is_read() {
        assert_eq!(tables().faults, Vec::<String>::new());
        for act in Act::ALL {
            for (lang, _) in FILES.iter().skip(1) {
                let ways = tables().patterns.iter().filter(|pattern| pattern.act == Some(act) && pattern.lang == *lang);
                assert!(ways.count() > 1, "{lang:?} has no {}", act.name());
            }
        }
    }

    #[test]
    fn faults_are_named() {
        let read = |text| Draft::default().read_all(&[(None, text)]).faults;
        assert_eq!(read("  pay me"), ["common:1: a pattern before the first section"]);
        assert_eq!(read("pay asks .5"), ["common:1: `pay asks .5` names no act"]);
        assert_eq!(read("pay_first asks .5\n  <who> pays\n  {x}"), ["common:2: no set `who`", "common:3: no slot `x`"]);
        assert_eq!(read("set a = b | | c"), ["common:1: an empty alternative"]);
    }

    #[test]
    fn optional_parts_multiply() {
        let tables = Draft::default().read_all(&[(None, "pay_first asks .5\n  pay (me|us)? _ first\n")]);
        assert_eq!(tables.patterns.len(), 2);
        assert_eq!(tables.patterns[0].steps.iter().map(|step| step.gap).collect::<Vec<_>>(), [0, 0, GAP]);
        assert_eq!(tables.patterns[1].steps.iter().map(|step| step.gap).collect::<Vec<_>>(), [0, GAP]);
    }
}
