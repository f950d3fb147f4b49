//! Acts: patterns over atoms, then what a negation, a refusal or a harmless meaning makes of them.

use super::atoms::{Atom, Atoms, RoleAt, Scene};
use super::tables::{Pattern, Role, Tables, WORD};
use super::{Act, ActHit, Direction, IdentifierKind, Polarity};
use crate::extract::Found;
use crate::fold::Folded;
use crate::lang::Lang;

/// How many comparisons one text may cost.
const LIMIT_STEPS: usize = 60_000;

/// What a pattern is worth in a message of another language: too little to be an act alone.
const ABROAD: f64 = 0.5;

/// An act, in bytes of the folded text.
#[derive(Clone, Debug)]
pub(super) struct Told {
    act: Act,
    start: u32,
    end: u32,
    direction: Direction,
    polarity: Polarity,
    confidence: f64,
}

impl Told {
    pub(super) fn hit(self, folded: &Folded) -> ActHit {
        let (start, end) = folded.original(self.start as usize, self.end as usize);
        ActHit {
            act: self.act,
            start: start as usize,
            end: end as usize,
            direction: self.direction,
            polarity: self.polarity,
            confidence: (self.confidence * 1000.0).round() / 1000.0,
        }
    }
}

/// Finds the acts of a text, by place.
pub(super) fn find(tables: &Tables, atoms: &Atoms, found: &[Found], lang: Option<(Lang, f64)>) -> Vec<Told> {
    let mut search = Search { tables, atoms, lang, left: LIMIT_STEPS, told: Vec::new(), clear: Vec::new() };
    search.patterns();
    search.bare(found);
    let Search { mut told, clear, .. } = search;
    // A harmless meaning takes an act away, unless it is only a small part of it: "held until the tracking number".
    told.retain(|one| {
        !clear.iter().any(|&(start, end)| {
            let small = one.start <= start && end <= one.end && (end - start) * 5 < (one.end - one.start) * 2;
            one.start < end && start < one.end && !small
        })
    });
    tidy(told)
}

/// One text being searched.
struct Search<'a> {
    tables: &'a Tables,
    atoms: &'a Atoms,
    lang: Option<(Lang, f64)>,
    left: usize,
    told: Vec<Told>,
    clear: Vec<(u32, u32)>,
}

impl Search<'_> {
    fn patterns(&mut self) {
        let mut parts: Vec<(u32, u32)> = Vec::with_capacity(8);
        for (index, first) in self.atoms.atoms.iter().enumerate() {
            for &at in &self.tables.beginning[first.class as usize] {
                let pattern = &self.tables.patterns[at as usize];
                parts.clear();
                parts.push((first.start, first.end));
                if self.left == 0 {
                    return;
                }
                if follow(self.atoms, pattern, 1, index + 1, &mut parts, &mut self.left) {
                    let (start, end) = (first.start, parts.iter().map(|part| part.1).max().unwrap_or(first.end));
                    match pattern.act {
                        None => self.clear.push((start, end)),
                        Some(act) => {
                            let polarity = self.polarity(pattern.lang, &parts);
                            let Pattern { direction, .. } = *pattern;
                            let confidence = pattern.confidence * self.at_home(pattern.lang);
                            self.told.push(Told { act, start, end, direction, polarity, confidence });
                        }
                    }
                }
            }
        }
    }

    /// How much a table's word counts: less where the message is surely in another language of the same letters.
    fn at_home(&self, table: Option<Lang>) -> f64 {
        match (table, self.lang) {
            (Some(table), Some((lang, sure)))
                if sure >= 0.8 && is_latin(table) && is_latin(lang) && !speaks_alike(Some(table), Some(lang)) =>
            {
                ABROAD
            }
            _ => 1.0,
        }
    }

    /// What identifiers say without words: passed on alone they are an offer.
    fn bare(&mut self, found: &[Found]) {
        for one in found {
            let (start, end) = (one.start as u32, one.end as u32);
            let scene = &self.atoms.scene;
            let others = scene.whole() - scene.between(start, end);
            let alone = others <= 3 * WORD;
            let (act, direction, confidence) = match one.kind {
                IdentifierKind::Phone | IdentifierKind::Email => {
                    (Act::OfferContact, Direction::Offers, if alone { 0.6 } else { 0.55 })
                }
                IdentifierKind::Handle if one.app.is_some() => (Act::OfferContact, Direction::Offers, 0.7),
                IdentifierKind::Handle => (Act::OfferContact, Direction::Neither, 0.3),
                IdentifierKind::Url if one.app.is_some() => (Act::MoveChannel, Direction::Asks, 0.8),
                IdentifierKind::Url if one.suspicious => (Act::PaymentLink, Direction::Asks, 0.8),
                IdentifierKind::Iban | IdentifierKind::Crypto => (Act::PayOutside, Direction::Asks, 0.7),
                IdentifierKind::Url | IdentifierKind::Card | IdentifierKind::Qr => continue,
            };
            let polarity = self.polarity(None, &[(start, end)]);
            self.told.push(Told { act, start, end, direction, polarity, confidence });
        }
        for app in self.atoms.apps.iter().filter(|app| app.strong) {
            let place = (app.start as u32, app.end as u32);
            let polarity = self.polarity(None, &[place]);
            let (act, direction) = (Act::MoveChannel, Direction::Neither);
            self.told.push(Told { act, start: place.0, end: place.1, direction, polarity, confidence: 0.3 });
        }
    }

    /// Whether something before, behind or inside these parts says not to.
    fn polarity(&self, lang: Option<Lang>, parts: &[(u32, u32)]) -> Polarity {
        let scene = &self.atoms.scene;
        let lang = lang.or(self.lang.map(|(lang, _)| lang));
        let (start, end) = (parts[0].0, parts.iter().map(|part| part.1).max().unwrap_or(parts[0].1));
        let used = |role: &RoleAt| parts.iter().any(|part| role.start < part.1 && part.0 < role.end);
        let warned = self.atoms.roles.iter().any(|role| {
            let speaks = role.lang.is_none() || speaks_alike(role.lang, lang);
            speaks
                && !used(role)
                && !self.excused(role)
                && reaches(scene, role, start, end)
                && !self.turned(role, start, end)
        });
        if warned { Polarity::Warning } else { Polarity::Lure }
    }

    /// Whether a negation is part of a phrase that negates nothing.
    fn excused(&self, role: &RoleAt) -> bool {
        let holds = |other: &&RoleAt| other.role == Role::Unless && other.start <= role.start && role.end <= other.end;
        role.role != Role::Unless && self.atoms.roles.iter().find(holds).is_some()
    }

    /// Whether a "but" stands between a negation and what it would reach.
    fn turned(&self, role: &RoleAt, start: u32, end: u32) -> bool {
        if role.role == Role::Refused {
            return false;
        }
        let (from, to) = if role.end <= start { (role.end, start) } else { (end, role.start) };
        self.atoms.roles.iter().any(|other| other.role == Role::But && from <= other.start && other.end <= to)
    }
}

fn is_latin(lang: Lang) -> bool {
    !matches!(lang, Lang::ZhHans | Lang::ZhHant | Lang::Ja | Lang::Ko | Lang::Th)
}

/// Whether a role's word reaches an act at `start..end`.
fn reaches(scene: &Scene, role: &RoleAt, start: u32, end: u32) -> bool {
    let inside = start <= role.start && role.end <= end;
    let before = role.end <= start;
    match role.role {
        Role::Not => {
            inside || (before && scene.same_clause(role.end, start) && scene.between(role.end, start) <= 5 * WORD)
        }
        Role::NotNear => {
            inside || (before && scene.same_clause(role.end, start) && scene.between(role.end, start) <= WORD)
        }
        Role::NotAfter => {
            inside
                || (role.start >= end
                    && scene.same_clause(end, role.start)
                    && scene.between(end, role.start) <= 4 * WORD)
        }
        Role::Never => {
            inside || (before && scene.same_sentence(role.end, start) && scene.between(role.end, start) <= 16 * WORD)
        }
        Role::Refused => true,
        Role::But | Role::Unless => false,
    }
}

/// Whether two tables' negations mean the same: the two ways of writing Chinese, Indonesian and Malay.
fn speaks_alike(a: Option<Lang>, b: Option<Lang>) -> bool {
    let kin = |lang: Lang| match lang {
        Lang::ZhHant => Lang::ZhHans,
        Lang::Ms => Lang::Id,
        other => other,
    };
    a.map(kin) == b.map(kin)
}

/// Tries to match the steps from `step` on, from this atom on; fills in the parts.
fn follow(
    atoms: &Atoms,
    pattern: &Pattern,
    step: usize,
    from: usize,
    parts: &mut Vec<(u32, u32)>,
    left: &mut usize,
) -> bool {
    let Some(next) = pattern.steps.get(step) else { return true };
    let end = parts[step - 1].1;
    for (offset, atom) in atoms.atoms[from..].iter().enumerate() {
        *left = left.saturating_sub(1);
        if *left == 0 {
            return false;
        }
        if atom.start < end {
            continue;
        }
        if atoms.scene.between(end, atom.start) > next.gap {
            return false;
        }
        if atom.class == next.class {
            parts.push((atom.start, atom.end));
            if follow(atoms, pattern, step + 1, from + offset + 1, parts, left) {
                if step + 1 == pattern.steps.len() {
                    parts[step].1 = longest(&atoms.atoms[from + offset..], *atom);
                }
                return true;
            }
            parts.pop();
        }
    }
    false
}

/// Where the longest atom of the same class ends that begins where the first of these does.
fn longest(atoms: &[Atom], first: Atom) -> u32 {
    let same = atoms.iter().take_while(|atom| atom.start == first.start);
    same.filter(|atom| atom.class == first.class).map(|atom| atom.end).max().unwrap_or(first.end)
}

/// Keeps of overlapping tellings of one act the surest, the longest of those, and brings them in order of place.
fn tidy(mut told: Vec<Told>) -> Vec<Told> {
    told.sort_by(|a, b| {
        let rank = |one: &Told| (one.polarity == Polarity::Lure, one.confidence);
        let ((a_lure, a_sure), (b_lure, b_sure)) = (rank(a), rank(b));
        (b_sure.total_cmp(&a_sure))
            .then(a_lure.cmp(&b_lure))
            .then((b.end - b.start).cmp(&(a.end - a.start)))
            .then(a.start.cmp(&b.start))
    });
    let mut kept: Vec<Told> = Vec::new();
    for one in told {
        if kept.len() >= super::LIMIT_FOUND {
            break;
        }
        if !kept.iter().any(|other| other.act == one.act && other.start < one.end && one.start < other.end) {
            kept.push(one);
        }
    }
    kept.sort_by_key(|one| (one.start, one.end, one.act));
    kept
}
