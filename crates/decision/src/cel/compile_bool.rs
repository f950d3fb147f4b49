//! Closures that give a truth value, and the text operands they work on without copying.

use std::sync::Arc;

use regex::Regex;
use rustc_hash::FxHashSet;

use super::ast::Binary;
use super::compile::Compiler;
use super::fault::Fault;
use super::frame::{Frame, Run, weight};
use super::layout::Slot;
use super::node::{Node, Op};
use super::ops;
use super::sharing::literal_pattern;
use super::types::Type;
use super::value::Value;

/// Where text comes from; it is lent, not copied.
pub(crate) enum Text {
    Const(Arc<str>),
    Slot(u32),
    Run(Run<Value>),
}

/// Text on loan from the event or the expression, or shared with a computed value.
pub(crate) enum Lent<'t> {
    Borrowed(&'t str),
    Shared(Arc<str>),
}

impl std::ops::Deref for Lent<'_> {
    type Target = str;
    #[inline]
    fn deref(&self) -> &str {
        match self {
            Lent::Borrowed(s) => s,
            Lent::Shared(s) => s,
        }
    }
}

impl Text {
    /// The text of this event.
    #[inline]
    pub fn lend<'t, 'a: 't>(&'t self, f: &mut Frame<'a>) -> Result<Lent<'t>, Fault> {
        match self {
            Text::Slot(n) => {
                let slots: &'a [Slot<'a>] = f.slots;
                match slots.get(*n as usize) {
                    Some(Slot::Str(s)) => Ok(Lent::Borrowed(s)),
                    Some(Slot::Value(Value::String(s))) => Ok(Lent::Borrowed(s)),
                    _ => Err(f.slot_fault(*n)),
                }
            }
            Text::Const(s) => Ok(Lent::Borrowed(s)),
            Text::Run(run) => match run(f)? {
                Value::String(s) => Ok(Lent::Shared(s)),
                other => Err(Fault::overload(other.type_name().to_owned())),
            },
        }
    }
}

impl Compiler {
    /// The operand of a node of type string.
    pub fn text(&mut self, node: &Node) -> Text {
        match &node.op {
            Op::Const(Value::String(s)) => Text::Const(s.clone()),
            Op::Slot(n) => Text::Slot(*n),
            _ => Text::Run(self.value(node)),
        }
    }

    /// A closure that gives a truth value; shared with other expressions of a set where they have the same node.
    pub fn boolean(&mut self, node: &Node) -> Run<bool> {
        match self.shared_place(node) {
            Some(place) => {
                let place = place as usize;
                let run = self.own_boolean(node);
                Box::new(move |f| {
                    if let Some(Some(known)) = f.scratch.memo.get(place) {
                        return known.clone();
                    }
                    let outcome = run(f);
                    if let Some(memo) = f.scratch.memo.get_mut(place) {
                        *memo = Some(outcome.clone());
                    }
                    outcome
                })
            }
            None => self.own_boolean(node),
        }
    }

    fn shared_place(&mut self, node: &Node) -> Option<u32> {
        let sharing = self.sharing.as_mut().filter(|_| self.depth == 0)?;
        sharing.place(node)
    }

    fn own_boolean(&mut self, node: &Node) -> Run<bool> {
        match &node.op {
            Op::Const(Value::Bool(b)) => {
                let b = *b;
                Box::new(move |_| Ok(b))
            }
            Op::Slot(n) if node.ty == Type::Bool => {
                let n = *n;
                Box::new(move |f| match f.slots.get(n as usize) {
                    Some(Slot::Bool(b) | Slot::Value(Value::Bool(b))) => Ok(*b),
                    _ => Err(f.slot_fault(n)),
                })
            }
            Op::HasSlot(n) => {
                let n = *n as usize;
                Box::new(move |f| Ok(!matches!(f.slots.get(n), Some(Slot::Missing) | None)))
            }
            Op::Has { operand, field, rooted } => {
                let (operand, field) = (self.value(operand), Value::String(field.clone()));
                let rooted = *rooted;
                Box::new(move |f| match operand(f) {
                    Err(Fault::Missing(_)) if rooted => Ok(false),
                    operand => ops::has(&operand?, &field),
                })
            }
            Op::And(terms) => self.all(terms, true),
            Op::Or(terms) => self.all(terms, false),
            Op::Not(x) => {
                let x = self.boolean(x);
                Box::new(move |f| Ok(!x(f)?))
            }
            Op::If(c, a, b) => {
                let (c, a, b) = (self.boolean(c), self.boolean(a), self.boolean(b));
                Box::new(move |f| if c(f)? { a(f) } else { b(f) })
            }
            Op::Binary(op, a, b) if node.ty == Type::Bool => self.relation(*op, a, b),
            Op::Matches(text, regex) => match text.op {
                Op::Slot(n) => self.pattern(n, regex.as_str()).unwrap_or_else(|| self.matches(text, regex)),
                _ => self.matches(text, regex),
            },
            Op::Call { name, args, .. } if args.iter().all(|a| a.ty == Type::String) => {
                match (&**name, args.as_slice()) {
                    ("contains" | "startsWith" | "endsWith", [a, b]) => {
                        let grouped = literal_pattern(node).and_then(|(n, pattern)| self.pattern(n, &pattern));
                        grouped.unwrap_or_else(|| self.affix(name, a, b))
                    }
                    _ => self.unwrapped(node),
                }
            }
            Op::Loop(l) if node.ty == Type::Bool => self.quantify(l),
            _ => self.unwrapped(node),
        }
    }

    /// The truth value of a node that gives any value.
    fn unwrapped(&mut self, node: &Node) -> Run<bool> {
        let run = self.value(node);
        Box::new(move |f| truth(&run(f)?))
    }

    /// `&&` (or `||`) over all terms: a deciding term absorbs the faults of the others, on either side.
    fn all(&mut self, terms: &[Node], and: bool) -> Run<bool> {
        if let [a, b] = terms {
            let (a, b) = (self.boolean(a), self.boolean(b));
            return Box::new(move |f| match a(f) {
                Ok(x) if x != and => Ok(x),
                Ok(_) => b(f),
                Err(first) => match b(f) {
                    Ok(x) if x != and => Ok(x),
                    Ok(_) => Err(first),
                    Err(next) => Err(Fault::merge(Some(first), next)),
                },
            });
        }
        let runs: Vec<Run<bool>> = terms.iter().map(|t| self.boolean(t)).collect();
        Box::new(move |f| {
            let mut fault = None;
            for run in &runs {
                match run(f) {
                    Ok(x) if x != and => return Ok(x),
                    Ok(_) => {}
                    Err(next) => fault = Some(Fault::merge(fault, next)),
                }
            }
            fault.map_or(Ok(and), Err)
        })
    }

    fn relation(&mut self, op: Binary, a: &Node, b: &Node) -> Run<bool> {
        match (&a.ty, &b.ty) {
            (_, Type::List(_)) if op == Binary::In => self.membership(a, b),
            (Type::Double, Type::Double) if op != Binary::In => {
                let (a, b) = (self.operand(a, Self::double), self.operand(b, Self::double));
                self.compare(op, a, b)
            }
            (Type::Int, Type::Int) if op != Binary::In => {
                let (a, b) = (self.operand(a, Self::int), self.operand(b, Self::int));
                self.compare(op, a, b)
            }
            (Type::String, Type::String) if op != Binary::In => {
                let (a, b) = (self.text(a), self.text(b));
                compare_text(op, a, b)
            }
            _ => {
                let (a, b) = (self.value(a), self.value(b));
                Box::new(move |f| {
                    let (a, b) = (a(f)?, b(f)?);
                    f.charge(weight(&a) + weight(&b))?;
                    truth(&ops::binary(op, &a, &b)?)
                })
            }
        }
    }

    /// `a in […]`, quick where the list is constant.
    fn membership(&mut self, a: &Node, list: &Node) -> Run<bool> {
        if let (Type::String, Op::Const(Value::List(items))) = (&a.ty, &list.op) {
            let words: Vec<Arc<str>> =
                items.iter().filter_map(|v| if let Value::String(s) = v { Some(s.clone()) } else { None }).collect();
            let text = self.text(a);
            if words.len() <= 8 {
                return Box::new(move |f| {
                    let s = text.lend(f)?;
                    Ok(words.iter().any(|w| **w == *s))
                });
            }
            let words: FxHashSet<Arc<str>> = words.into_iter().collect();
            return Box::new(move |f| Ok(words.contains(&*text.lend(f)?)));
        }
        if let (Type::Int, Op::Const(Value::List(items))) = (&a.ty, &list.op)
            && items.iter().all(|v| matches!(v, Value::Int(_)))
        {
            let numbers: FxHashSet<i64> =
                items.iter().filter_map(|v| if let Value::Int(i) = v { Some(*i) } else { None }).collect();
            let run = self.int(a);
            return Box::new(move |f| Ok(numbers.contains(&run(f)?)));
        }
        let (a, list) = (self.value(a), self.value(list));
        Box::new(move |f| {
            let (a, list) = (a(f)?, list(f)?);
            f.charge(weight(&list))?;
            ops::contains(&a, &list)
        })
    }

    /// A pattern that other expressions of the set look for in the same slot too.
    fn pattern(&mut self, slot: u32, pattern: &str) -> Option<Run<bool>> {
        let sharing = self.sharing.as_ref().filter(|_| self.depth == 0)?;
        let (group, number, index) = sharing.pattern(slot, pattern)?;
        Some(Box::new(move |f| {
            let slots = f.slots;
            let text: &str = match slots.get(slot as usize) {
                Some(Slot::Str(s)) => s,
                Some(Slot::Value(Value::String(s))) => s,
                _ => return Err(f.slot_fault(slot)),
            };
            Ok(group.matches(index, text, &mut f.scratch.seen[number as usize]))
        }))
    }

    fn matches(&mut self, text: &Node, regex: &Regex) -> Run<bool> {
        let regex = regex.clone();
        let text = self.text(text);
        Box::new(move |f| {
            let text = text.lend(f)?;
            f.charge(text.len())?;
            Ok(regex.is_match(&text))
        })
    }

    fn affix(&mut self, name: &str, a: &Node, b: &Node) -> Run<bool> {
        let test: fn(&str, &str) -> bool = match name {
            "contains" => |s, p| s.contains(p),
            "startsWith" => |s, p| s.starts_with(p),
            _ => |s, p| s.ends_with(p),
        };
        let (text, part) = (self.text(a), self.text(b));
        Box::new(move |f| {
            let text = text.lend(f)?;
            f.charge(text.len())?;
            Ok(test(&text, &part.lend(f)?))
        })
    }
}

fn compare_text(op: Binary, a: Text, b: Text) -> Run<bool> {
    match (op, b) {
        (Binary::Eq, Text::Const(word)) => Box::new(move |f| Ok(*a.lend(f)? == *word)),
        (Binary::Ne, Text::Const(word)) => Box::new(move |f| Ok(*a.lend(f)? != *word)),
        (_, b) => Box::new(move |f| {
            let a = a.lend(f)?;
            Ok(ops::holds(op, Some((*a).cmp(&*b.lend(f)?))))
        }),
    }
}

/// A value where a truth value is needed.
pub(crate) fn truth(value: &Value) -> Result<bool, Fault> {
    match value {
        Value::Bool(b) => Ok(*b),
        other => Err(Fault::overload(format!("{} where a bool is needed", other.type_name()))),
    }
}
