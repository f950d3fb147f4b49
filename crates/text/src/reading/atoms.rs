//! Atoms: the places of a text where a word of the tables stands, and how far places are from each other.

use super::tables::{Class, Role, Slot, Tables, WORD};
use super::variants::{Variant, variants};
use crate::extract::{AppWord, Found};
use crate::fold::{Folded, is_han, is_letter, is_spaced};
use crate::lang::Lang;
use crate::reading::IdentifierKind;

/// The most atoms one text gives; a longer list is a text made to be slow.
const LIMIT_ATOMS: usize = 3_000;

/// A place, in bytes of the folded text, that is of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Atom {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) class: Class,
}

/// A place whose words have a role.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoleAt {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) role: Role,
    pub(super) lang: Option<Lang>,
}

/// All a text holds.
#[derive(Default)]
pub(super) struct Atoms {
    /// By place.
    pub(super) atoms: Vec<Atom>,
    pub(super) roles: Vec<RoleAt>,
    pub(super) apps: Vec<AppWord>,
    pub(super) scene: Scene,
}

/// Finds every term, in the text as it stands and in what its odd spellings may stand for.
pub(super) fn gather(tables: &Tables, folded: &Folded) -> Atoms {
    let mut all = Atoms { scene: Scene::new(&folded.text), ..Atoms::default() };
    let (Some(search), Some(spaceless)) = (&tables.search, &tables.spaceless) else { return all };
    for hit in search.find_overlapping_iter(folded.text.as_str()).take(LIMIT_ATOMS) {
        all.add(tables, hit.pattern().as_usize(), &folded.text, (hit.start(), hit.end()), (hit.start(), hit.end()));
    }
    variants(&folded.text, |variant: &Variant| {
        if variant.free.is_empty() {
            for hit in search.find_overlapping_iter(variant.text.as_str()).take(LIMIT_ATOMS) {
                let place = variant.place(hit.start(), hit.end());
                all.add(tables, hit.pattern().as_usize(), &variant.text, (hit.start(), hit.end()), place);
            }
            return;
        }
        for hit in spaceless.find_overlapping_iter(variant.text.as_str()).take(LIMIT_ATOMS) {
            let place = variant.place(hit.start(), hit.end());
            let ends = |at: usize| variant.is_free(at) || is_edge(&folded.text, at);
            if hit.end() - hit.start() >= 2 && ends(place.0) && ends(place.1) {
                all.push(tables, hit.pattern().as_usize(), place);
            }
        }
    });
    all
}

impl Atoms {
    /// Adds a term when it stands as a whole word in `text`.
    fn add(&mut self, tables: &Tables, term: usize, text: &str, at: (usize, usize), place: (usize, usize)) {
        let open = tables.terms[term].open;
        if (open.0 || is_edge(text, at.0)) && (open.1 || is_edge(text, at.1)) {
            self.push(tables, term, place);
        }
    }

    fn push(&mut self, tables: &Tables, term: usize, place: (usize, usize)) {
        let (start, end) = (place.0 as u32, place.1 as u32);
        let term = &tables.terms[term];
        self.atoms.extend(term.classes.iter().map(|&class| Atom { start, end, class }));
        self.roles.extend(term.roles.iter().map(|&(role, lang)| RoleAt { start, end, role, lang }));
        if let Some(app) = term.app {
            self.apps.push(AppWord { start: place.0, end: place.1, app, strong: term.strong });
        }
    }

    /// Adds the identifiers as slots, and brings everything into order.
    pub(super) fn add_found(&mut self, tables: &Tables, found: &[Found]) {
        for one in found {
            let (start, end) = (one.start as u32, one.end as u32);
            let slots: &[Slot] = match one.kind {
                IdentifierKind::Phone => &[Slot::Phone, Slot::Contact],
                IdentifierKind::Email => &[Slot::Email, Slot::Contact],
                IdentifierKind::Handle => &[Slot::Handle, Slot::Contact],
                IdentifierKind::Url if one.app.is_some() => &[Slot::Url, Slot::Contact],
                IdentifierKind::Url => &[Slot::Url],
                IdentifierKind::Iban | IdentifierKind::Card | IdentifierKind::Crypto => &[Slot::Account],
                IdentifierKind::Qr => &[Slot::Qr],
            };
            self.atoms.extend(slots.iter().map(|slot| Atom { start, end, class: slot.class() }));
        }
        self.atoms.extend(
            self.scene.numbers.iter().flat_map(|&(start, end, slots)| {
                slots.iter().map(move |slot| Atom { start, end, class: slot.class() })
            }),
        );
        let slots = self.atoms.iter().filter(|atom| (atom.class as usize) < Slot::ALL.len());
        let mixed = slots.flat_map(|atom| {
            let classes = tables.mixed.iter().filter(|(slot, _)| slot.class() == atom.class);
            classes.map(|&(_, class)| Atom { class, ..*atom })
        });
        let mixed: Vec<Atom> = mixed.collect();
        self.atoms.extend(mixed);
        self.atoms.sort_unstable();
        self.atoms.dedup();
        self.roles.sort_unstable_by_key(|role| (role.start, role.end));
    }
}

/// Whether a word may begin or end here.
pub(super) fn is_edge(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at..].chars().next();
    !(before.is_some_and(is_spaced) && after.is_some_and(is_spaced))
}

/// Distances in a text: a word of a script with spaces counts four, a character of the others two, a Thai one one.
#[derive(Default)]
pub(super) struct Scene {
    /// By byte of the folded text: the units that began before it, and the sentences and the clauses.
    marks: Vec<Mark>,
    /// Numbers, with the slots they fill.
    numbers: Vec<(u32, u32, &'static [Slot])>,
}

#[derive(Clone, Copy, Default)]
struct Mark {
    units: u16,
    sentences: u16,
    clauses: u16,
}

/// What the end of a sentence counts on top.
const SENTENCE: u16 = 2 * WORD + WORD / 2;

impl Scene {
    fn new(text: &str) -> Scene {
        let mut scene = Scene { marks: Vec::with_capacity(text.len() + 1), numbers: Vec::new() };
        let mut mark = Mark::default();
        let mut last = ' ';
        let mut digits: Option<usize> = None;
        for (at, c) in text.char_indices() {
            for _ in 0..c.len_utf8() {
                scene.marks.push(mark);
            }
            mark = mark.after(c, last, &text[at + c.len_utf8()..]);
            match (c.is_ascii_digit(), digits) {
                (true, None) => digits = Some(at),
                (false, Some(start)) if !matches!(c, '.' | ',') => {
                    scene.number(text, start, at);
                    digits = None;
                }
                _ => {}
            }
            last = c;
        }
        if let Some(start) = digits {
            scene.number(text, start, text.len());
        }
        scene.marks.push(mark);
        scene
    }

    fn number(&mut self, text: &str, start: usize, end: usize) {
        let end = start + text[start..end].trim_end_matches(['.', ',']).len();
        let money = "$€£¥฿₩";
        let around = |c: Option<char>| c.is_some_and(|c| money.contains(c));
        let next = text[end..].trim_start();
        let priced = around(text[..start].trim_end().chars().next_back())
            || around(next.chars().next())
            || [
                "usd",
                "sgd",
                "eur",
                "euro",
                "dollar",
                "rp",
                "rm",
                "baht",
                "bath",
                "元",
                "块",
                "円",
                "원",
                "만원",
                "บาท",
                "rb",
                "ribu",
                "jt",
                "juta",
                "reais",
                "k",
            ]
            .iter()
            .any(|unit| next.starts_with(unit) && is_edge(next, unit.len()))
            || ["rp", "rm", "s$", "hk$", "nt$"].iter().any(|unit| text[..start].trim_end().ends_with(unit));
        let digits = text[start..end].bytes().all(|b| b.is_ascii_digit());
        let slots: &[Slot] = match (priced, digits && (4..=8).contains(&(end - start))) {
            (true, _) => &[Slot::Num, Slot::Money],
            (false, true) => &[Slot::Num, Slot::Code],
            (false, false) => &[Slot::Num],
        };
        self.numbers.push((start as u32, end as u32, slots));
    }

    fn mark(&self, at: u32) -> Mark {
        self.marks.get(at as usize).or(self.marks.last()).copied().unwrap_or_default()
    }

    /// How much stands between two places, in units; 0 when they touch.
    pub(super) fn between(&self, from: u32, to: u32) -> u16 {
        self.mark(to).units.saturating_sub(self.mark(from).units)
    }

    /// Whether two places are in one sentence.
    pub(super) fn same_sentence(&self, a: u32, b: u32) -> bool {
        self.mark(a).sentences == self.mark(b).sentences
    }

    /// Whether two places are in one clause: nothing but a word or space between.
    pub(super) fn same_clause(&self, a: u32, b: u32) -> bool {
        self.mark(a).clauses == self.mark(b).clauses
    }

    /// All there is, in units.
    pub(super) fn whole(&self) -> u16 {
        self.marks.last().map_or(0, |mark| mark.units)
    }
}

impl Mark {
    /// The mark behind a character.
    fn after(mut self, c: char, last: char, rest: &str) -> Mark {
        if is_spaced(c) {
            if !is_spaced(last) && last != '\'' {
                // A letter alone is short, or one of a word whose letters are set apart.
                let alone = !rest.starts_with(is_spaced);
                self.units = self.units.saturating_add(if alone { 1 } else { WORD });
            }
            return self;
        }
        if is_letter(c) || is_han(c) {
            let weight = match c {
                '\u{E00}'..='\u{E7F}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' => 1,
                _ => 2,
            };
            self.units = self.units.saturating_add(weight);
            return self;
        }
        let ends = match c {
            '!' | '?' | '。' | ';' => true,
            '.' => !matches!(last, '.' | ' ') && !rest.starts_with(|c: char| !c.is_whitespace()),
            _ => false,
        };
        if ends && !matches!(last, '!' | '?' | '。' | '.') {
            self.units = self.units.saturating_add(SENTENCE);
            self.sentences = self.sentences.saturating_add(1);
        }
        if ends || matches!(c, ',' | ':' | '、') {
            self.clauses = self.clauses.saturating_add(1);
        }
        self
    }
}
