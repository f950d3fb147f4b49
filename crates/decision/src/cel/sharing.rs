//! Finds the truth values that several expressions of a set compute alike, so each is computed once an event.

use rustc_hash::FxHashMap;

use super::node::{Node, Op};
use super::types::Type;

/// Places in the memo for shared nodes, by their key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sharing {
    places: FxHashMap<String, u32>,
}

impl Sharing {
    /// Looks through all expressions of a set.
    pub fn among<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Sharing {
        let mut counts: FxHashMap<String, u32> = FxHashMap::default();
        for node in nodes {
            count(node, &mut counts);
        }
        let mut shared: Vec<String> = counts.into_iter().filter(|(_, n)| *n > 1).map(|(key, _)| key).collect();
        shared.sort();
        Sharing { places: shared.into_iter().zip(0..).collect() }
    }

    /// How many places the memo needs.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// The node's place, if it is shared.
    pub fn place(&self, node: &Node) -> Option<u32> {
        if self.places.is_empty() || !worth(node) {
            return None;
        }
        self.places.get(&node.key()).copied()
    }
}

/// A bare constant or slot is quicker than looking it up.
fn worth(node: &Node) -> bool {
    node.ty == Type::Bool
        && !matches!(node.op, Op::Const(_) | Op::Slot(_) | Op::HasSlot(_) | Op::Local(_) | Op::Fail(_))
}

/// Counts the truth values below a node. What stands inside a macro depends on its variables and is left out.
fn count(node: &Node, counts: &mut FxHashMap<String, u32>) {
    if worth(node) {
        let seen = counts.entry(node.key()).or_default();
        *seen += 1;
        if *seen > 1 {
            return;
        }
    }
    match &node.op {
        Op::Loop(l) => count(&l.range, counts),
        Op::Bind { value, .. } => count(value, counts),
        _ => node.children().into_iter().for_each(|c| count(c, counts)),
    }
}
