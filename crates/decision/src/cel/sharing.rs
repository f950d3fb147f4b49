//! Finds what several expressions of a set compute alike, so each is computed once an event: truth values, and walks over one text.

use std::sync::Arc;

use regex::Regex;
use rustc_hash::FxHashMap;

use super::env::compile_regex;
use super::node::{Node, Op};
use super::patterns::Group;
use super::types::Type;
use super::value::Value;

/// What a set shares.
#[derive(Default)]
pub(crate) struct Sharing {
    /// Places in the memo for shared nodes, by their key.
    places: FxHashMap<String, u32>,
    groups: Vec<Arc<Group>>,
    /// A group and the index in it, by slot and pattern.
    patterns: FxHashMap<(u32, String), (u32, u32)>,
}

impl Sharing {
    /// Looks through all expressions of a set.
    pub fn among<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Sharing {
        let mut counts: FxHashMap<String, u32> = FxHashMap::default();
        let mut found: Vec<(u32, Vec<Regex>)> = Vec::new();
        for node in nodes {
            count(node, &mut counts, &mut found);
        }
        let mut shared: Vec<String> = counts.into_iter().filter(|(_, n)| *n > 1).map(|(key, _)| key).collect();
        shared.sort();
        let mut sharing = Sharing { places: shared.into_iter().zip(0..).collect(), ..Sharing::default() };
        for (slot, regexes) in found.into_iter().filter(|(_, regexes)| regexes.len() > 1) {
            let group = sharing.groups.len() as u32;
            for (regex, index) in regexes.iter().zip(0..) {
                sharing.patterns.insert((slot, regex.as_str().to_owned()), (group, index));
            }
            sharing.groups.push(Arc::new(Group::new(regexes)));
        }
        sharing
    }

    /// How many places the memo needs.
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// How many groups of patterns there are.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The node's place, if it is shared.
    pub fn place(&self, node: &Node) -> Option<u32> {
        if self.places.is_empty() || !worth(node) {
            return None;
        }
        self.places.get(&node.key()).copied()
    }

    /// The group of a pattern on a slot, the group's number, and the pattern's index in it.
    pub fn pattern(&self, slot: u32, pattern: &str) -> Option<(Arc<Group>, u32, u32)> {
        let (group, index) = *self.patterns.get(&(slot, pattern.to_owned()))?;
        Some((self.groups[group as usize].clone(), group, index))
    }
}

/// A bare constant or slot is quicker than looking it up.
fn worth(node: &Node) -> bool {
    node.ty == Type::Bool
        && !matches!(node.op, Op::Const(_) | Op::Slot(_) | Op::HasSlot(_) | Op::Local(_) | Op::Fail(_))
}

/// The pattern that a `contains` of a constant text is.
pub(crate) fn literal_pattern(node: &Node) -> Option<(u32, String)> {
    match &node.op {
        Op::Call { name, args, .. } if &**name == "contains" => match args.as_slice() {
            [Node { op: Op::Slot(n), ty: Type::String }, Node { op: Op::Const(Value::String(s)), .. }] => {
                Some((*n, regex::escape(s)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Counts the truth values below a node and gathers the patterns. What stands inside a macro depends on its variables and is left out.
fn count(node: &Node, counts: &mut FxHashMap<String, u32>, patterns: &mut Vec<(u32, Vec<Regex>)>) {
    let found = match &node.op {
        Op::Matches(text, regex) => match text.op {
            Op::Slot(n) => Some((n, regex.clone())),
            _ => None,
        },
        _ => literal_pattern(node).and_then(|(n, pattern)| Some((n, compile_regex(&pattern).ok()?))),
    };
    if let Some((slot, regex)) = found {
        match patterns.iter_mut().find(|(n, _)| *n == slot) {
            Some((_, known)) if known.iter().any(|r| r.as_str() == regex.as_str()) => {}
            Some((_, known)) => known.push(regex),
            None => patterns.push((slot, vec![regex])),
        }
    }
    if worth(node) {
        let seen = counts.entry(node.key()).or_default();
        *seen += 1;
        if *seen > 1 {
            return;
        }
    }
    match &node.op {
        Op::Loop(l) => count(&l.range, counts, patterns),
        Op::Bind { value, .. } => count(value, counts, patterns),
        _ => node.children().into_iter().for_each(|c| count(c, counts, patterns)),
    }
}
