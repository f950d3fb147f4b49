//! Constant folding: what can be known when the expression is compiled is computed then.

use super::compile::Compiler;
use super::env::NoFacts;
use super::fault::{EvalError, Fault};
use super::frame::{Frame, Scratch};
use super::node::{Node, Op};
use super::types::Type;
use super::value::Value;

/// Replaces a node whose operands are constants by its value; a node that fails is left to fail when it runs.
pub(crate) fn fold(node: Node) -> Node {
    let ty = node.ty.clone();
    match node.op {
        Op::And(terms) => logic(terms, true),
        Op::Or(terms) => logic(terms, false),
        Op::If(test, a, b) => match test.as_const() {
            Some(Value::Bool(true)) => *a,
            Some(Value::Bool(false)) => *b,
            _ => Node::new(Op::If(test, a, b), ty),
        },
        _ => match try_const(&node) {
            Some(Ok(value)) => Node { op: Op::Const(value), ty },
            _ => node,
        },
    }
}

/// The value of a node whose operands are all constants; `None` for any other.
pub(crate) fn try_const(node: &Node) -> Option<Result<Value, EvalError>> {
    let foldable = matches!(
        node.op,
        Op::Select { .. }
            | Op::OptSelect { .. }
            | Op::Has { .. }
            | Op::Index { .. }
            | Op::Not(_)
            | Op::Negate(_)
            | Op::Binary(..)
            | Op::Matches(..)
            | Op::Call { .. }
            | Op::List(_)
            | Op::Map(_)
    );
    if !foldable || node.children().iter().any(|c| c.as_const().is_none()) {
        return None;
    }
    let run = Compiler::default().value(node);
    let mut scratch = Scratch::default();
    let mut frame = Frame { slots: &[], facts: &NoFacts, limit: super::env::DEFAULT_STEPS, scratch: &mut scratch };
    match run(&mut frame) {
        Ok(value) => Some(Ok(value)),
        Err(Fault::Error(e)) => Some(Err(*e)),
        Err(Fault::Missing(_)) => None,
    }
}

/// Drops the neutral terms of `&&` or `||`, and all of them where one decides: a deciding term absorbs every fault.
fn logic(mut terms: Vec<Node>, and: bool) -> Node {
    let is = |n: &Node, b: bool| matches!(n.as_const(), Some(Value::Bool(x)) if *x == b);
    if terms.iter().any(|t| is(t, !and)) {
        return Node::constant(Value::Bool(!and));
    }
    terms.retain(|t| !is(t, and));
    match terms.len() {
        0 => Node::constant(Value::Bool(and)),
        1 if terms[0].ty == Type::Bool => terms.remove(0),
        _ => Node::new(if and { Op::And(terms) } else { Op::Or(terms) }, Type::Bool),
    }
}
