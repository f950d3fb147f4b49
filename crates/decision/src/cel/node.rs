//! The checked expression: every name resolved to where its value comes from, every call to what may answer it.

use std::fmt::Write;
use std::sync::Arc;

use regex::Regex;

use super::ast::{Binary, LoopKind};
use super::env::Function;
use super::fault::EvalError;
use super::stdlib::Std;
use super::types::Type;
use super::value::Value;

/// A checked node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub op: Op,
    pub ty: Type,
}

/// What a node does.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Const(Value),
    Slot(u32),
    /// The host's number.
    Reading(u32),
    /// A variable of a macro, counted from the outermost.
    Local(u32),
    /// Whether a slot is present.
    HasSlot(u32),
    /// The slot as an optional.
    OptSlot(u32),
    /// A field of a computed map. Where it hangs on a slot, an absent field is missing instead of an error.
    Select {
        operand: Box<Node>,
        field: Arc<str>,
        slot: Option<u32>,
    },
    OptSelect {
        operand: Box<Node>,
        field: Arc<str>,
    },
    Has {
        operand: Box<Node>,
        field: Arc<str>,
        rooted: bool,
    },
    Index {
        operand: Box<Node>,
        index: Box<Node>,
        optional: bool,
    },
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    Matches(Box<Node>, Regex),
    Call {
        name: Arc<str>,
        callees: Vec<Callee>,
        args: Vec<Node>,
    },
    List(Vec<(Node, bool)>),
    Map(Vec<(Node, Node, bool)>),
    Loop(Box<LoopNode>),
    /// Binds one local and evaluates the body; `unwrap` takes it out of an optional first, `wrap` puts the result into one.
    Bind {
        local: u32,
        value: Box<Node>,
        body: Box<Node>,
        unwrap: bool,
        wrap: bool,
    },
    Fail(EvalError),
}

/// A function that may answer a call.
#[derive(Clone, Debug)]
pub(crate) enum Callee {
    Std(&'static Std),
    Host(Arc<Function>),
}

/// A macro over a list or map.
#[derive(Clone, Debug)]
pub(crate) struct LoopNode {
    pub kind: LoopKind,
    pub range: Node,
    /// The first variable's local; a second one is the next.
    pub local: u32,
    pub two: bool,
    pub filter: Option<Node>,
    pub body: Node,
}

impl Node {
    pub fn new(op: Op, ty: Type) -> Node {
        Node { op, ty }
    }

    pub fn constant(value: Value) -> Node {
        let ty = type_of(&value);
        Node { op: Op::Const(value), ty }
    }

    pub fn as_const(&self) -> Option<&Value> {
        match &self.op {
            Op::Const(v) => Some(v),
            _ => None,
        }
    }

    /// The nodes directly below.
    pub fn children(&self) -> Vec<&Node> {
        match &self.op {
            Op::Const(_) | Op::Slot(_) | Op::Reading(_) | Op::Local(_) => vec![],
            Op::HasSlot(_) | Op::OptSlot(_) | Op::Fail(_) => vec![],
            Op::Select { operand, .. } | Op::OptSelect { operand, .. } | Op::Has { operand, .. } => {
                vec![operand]
            }
            Op::Index { operand, index, .. } => vec![operand, index],
            Op::And(terms) | Op::Or(terms) => terms.iter().collect(),
            Op::Not(x) | Op::Negate(x) | Op::Matches(x, _) => vec![x],
            Op::If(c, a, b) => vec![c, a, b],
            Op::Binary(_, a, b) => vec![a, b],
            Op::Call { args, .. } => args.iter().collect(),
            Op::List(items) => items.iter().map(|(n, _)| n).collect(),
            Op::Map(entries) => entries.iter().flat_map(|(k, v, _)| [k, v]).collect(),
            Op::Loop(l) => {
                let mut below = vec![&l.range, &l.body];
                below.extend(&l.filter);
                below
            }
            Op::Bind { value, body, .. } => vec![value, body],
        }
    }

    /// A text that is equal for two nodes exactly when they compute the same.
    pub fn key(&self) -> String {
        let mut out = String::new();
        self.write_key(&mut out);
        out
    }

    fn write_key(&self, out: &mut String) {
        let _ = match &self.op {
            Op::Const(Value::Double(d)) => write!(out, "d{:016x}", d.to_bits()),
            Op::Const(v) => write!(out, "{v:?}"),
            Op::Slot(n) => write!(out, "s{n}"),
            Op::Reading(n) => write!(out, "r{n}"),
            Op::Local(n) => write!(out, "l{n}"),
            Op::HasSlot(n) => write!(out, "h{n}"),
            Op::OptSlot(n) => write!(out, "o{n}"),
            Op::Select { field, slot, .. } => write!(out, ".{field:?}{slot:?}"),
            Op::OptSelect { field, .. } => write!(out, ".?{field:?}"),
            Op::Has { field, rooted, .. } => write!(out, "has{field:?}{rooted}"),
            Op::Index { optional, .. } => write!(out, "[]{optional}"),
            Op::And(_) => write!(out, "&&"),
            Op::Or(_) => write!(out, "||"),
            Op::Not(_) => write!(out, "!"),
            Op::Negate(_) => write!(out, "neg"),
            Op::If(..) => write!(out, "?:"),
            Op::Binary(b, ..) => write!(out, "{}", b.sign()),
            Op::Matches(_, regex) => write!(out, "~{:?}", regex.as_str()),
            Op::Call { name, callees, .. } => write!(out, "{name}/{callees:?}"),
            Op::List(items) => write!(out, "list{:?}", items.iter().map(|i| i.1).collect::<Vec<_>>()),
            Op::Map(items) => write!(out, "map{:?}", items.iter().map(|i| i.2).collect::<Vec<_>>()),
            Op::Loop(l) => write!(out, "{:?}{}{}{}", l.kind, l.local, l.two, l.filter.is_some()),
            Op::Bind { local, unwrap, wrap, .. } => write!(out, "bind{local}{unwrap}{wrap}"),
            Op::Fail(e) => write!(out, "fail{e:?}"),
        };
        let children = self.children();
        if !children.is_empty() {
            out.push('(');
            for child in children {
                child.write_key(out);
                out.push(',');
            }
            out.push(')');
        }
    }
}

/// The type of a constant.
pub(crate) fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::UInt(_) => Type::UInt,
        Value::Double(_) => Type::Double,
        Value::String(_) => Type::String,
        Value::Bytes(_) => Type::Bytes,
        Value::List(items) => {
            let mut types = items.iter().map(type_of);
            let first = types.next().unwrap_or(Type::Dyn);
            Type::list(types.fold(first, |a, b| a.join(&b)))
        }
        Value::Map(_) => Type::map(Type::Dyn, Type::Dyn),
        Value::Timestamp(_) => Type::Timestamp,
        Value::Duration(_) => Type::Duration,
        Value::Type(_) => Type::Type,
        Value::Optional(inner) => Type::optional(inner.as_ref().map_or(Type::Dyn, |v| type_of(v))),
    }
}
