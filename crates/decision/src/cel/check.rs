//! The type checker: turns the parsed tree into checked nodes, or says what is wrong, where, and what was probably meant.

use std::sync::Arc;

use super::ast::{Binary, Expr, Kind, Span};
use super::env::{Diagnostic, Env, closest};
use super::fault::{EvalError, Source};
use super::node::{Node, Op};
use super::types::Type;
use super::value::Value;
use super::{fold, parse};

/// One value an expression reads, for the record of a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// Where it comes from.
    pub source: Source,
    /// As written: `listing.price`, `seller_listings.last('1h')`.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// A checked expression.
pub(crate) struct Checked {
    pub node: Node,
    pub reads: Vec<Read>,
    /// How many locals are in use at once, at most.
    pub locals: u32,
}

/// Parses and checks `source`.
pub(crate) fn check(env: &Env, source: &str) -> Result<Checked, Vec<Diagnostic>> {
    let mut checker = Checker::new(env, source);
    let tree = match parse::parse(source) {
        Ok(tree) => tree,
        Err(errors) => {
            for (at, message) in errors {
                checker.report(at, message, None);
            }
            return Err(checker.errors);
        }
    };
    let node = checker.expr(&tree);
    if checker.errors.is_empty() {
        Ok(Checked { node, reads: checker.reads, locals: checker.deepest })
    } else {
        Err(checker.errors)
    }
}

pub(crate) struct Checker<'e> {
    pub env: &'e Env,
    pub source: &'e str,
    pub errors: Vec<Diagnostic>,
    pub locals: Vec<(String, Type)>,
    pub deepest: u32,
    pub reads: Vec<Read>,
}

/// The standard's names of types, usable as values.
pub(crate) const TYPE_NAMES: &[&str] = &[
    "bool",
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "list",
    "map",
    "null_type",
    "type",
    "optional_type",
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
];

impl<'e> Checker<'e> {
    fn new(env: &'e Env, source: &'e str) -> Self {
        Checker { env, source, errors: vec![], locals: vec![], deepest: 0, reads: vec![] }
    }

    fn report(&mut self, at: Span, message: String, suggestion: Option<String>) {
        let start = (at.start as usize).min(self.source.len());
        let end = (at.end as usize).clamp(start, self.source.len());
        let before = &self.source[..start];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let diagnostic = Diagnostic {
            message,
            line: before.matches('\n').count() as u32 + 1,
            column: before[line_start..].chars().count() as u32 + 1,
            length: (self.source[start..end].chars().count() as u32).max(1),
            suggestion,
        };
        if self.errors.len() < 50 && !self.errors.contains(&diagnostic) {
            self.errors.push(diagnostic);
        }
    }

    /// Reports a fault, or in an unchecked environment leaves it to fail when it runs.
    pub fn fail(&mut self, at: Span, message: String, meant: Option<String>, error: EvalError) -> Node {
        if !self.env.lenient {
            self.report(at, message, meant);
        }
        Node::new(Op::Fail(error), Type::Dyn)
    }

    /// A node that fails because no overload takes these types.
    pub fn no_overload(&mut self, at: Span, what: &str, types: &[&Type], meant: Option<String>) -> Node {
        let types: Vec<String> = types.iter().map(ToString::to_string).collect();
        let message = format!("{what} does not work on ({})", types.join(", "));
        self.fail(at, message, meant, EvalError::NoSuchOverload(what.to_owned()))
    }

    pub fn expr(&mut self, e: &Expr) -> Node {
        let node = match &e.kind {
            Kind::Literal(v) => Node::constant(v.clone()),
            Kind::Ident(_) | Kind::Select { optional: false, .. } => self.path(e),
            Kind::Select { operand, field, .. } => self.opt_select(operand, field, e.at),
            Kind::Has { operand, field, optional } => self.has(operand, field, *optional, e.at),
            Kind::Index { operand, index, optional } => self.index(operand, index, *optional, e.at),
            Kind::Call { target, name, args } => self.call(target.as_deref(), name, args, e.at),
            Kind::List(items) => self.list(items),
            Kind::Map(entries) => self.map(entries),
            Kind::And(a, b) => self.logic(a, b, true),
            Kind::Or(a, b) => self.logic(a, b, false),
            Kind::Not(x) => {
                let node = self.expr(x);
                if node.ty.fits(&Type::Bool) {
                    Node::new(Op::Not(Box::new(node)), Type::Bool)
                } else {
                    self.no_overload(e.at, "!", &[&node.ty], None)
                }
            }
            Kind::Negate(x) => {
                let node = self.expr(x);
                match node.ty {
                    Type::Int | Type::Double | Type::Dyn => {
                        let ty = node.ty.clone();
                        Node::new(Op::Negate(Box::new(node)), ty)
                    }
                    _ => self.no_overload(e.at, "-", &[&node.ty], None),
                }
            }
            Kind::If(c, a, b) => self.choice(c, a, b, e.at),
            Kind::Binary(op, a, b) => {
                let (a, b) = (self.expr(a), self.expr(b));
                self.binary(*op, a, b, e.at)
            }
            Kind::Loop(l) => self.walk(l, e.at),
            Kind::Bind { name, value, body } => {
                let value = self.expr(value);
                let (local, body) = self.with_local(name, value.ty.clone(), body);
                let ty = body.ty.clone();
                let (value, body) = (Box::new(value), Box::new(body));
                Node::new(Op::Bind { local, value, body, unwrap: false, wrap: false }, ty)
            }
            Kind::OptMap { target, name, body, flat } => self.opt_map(target, name, body, *flat, e.at),
        };
        fold::fold(node)
    }

    fn with_local(&mut self, name: &str, ty: Type, body: &Expr) -> (u32, Node) {
        let local = self.push(name, ty);
        let body = self.expr(body);
        self.locals.pop();
        (local, body)
    }

    pub fn push(&mut self, name: &str, ty: Type) -> u32 {
        self.locals.push((name.to_owned(), ty));
        self.deepest = self.deepest.max(self.locals.len() as u32);
        self.locals.len() as u32 - 1
    }

    fn opt_map(&mut self, target: &Expr, name: &str, body: &Expr, flat: bool, at: Span) -> Node {
        let value = self.expr(target);
        let inner = match &value.ty {
            Type::Optional(t) => (**t).clone(),
            Type::Dyn => Type::Dyn,
            other => {
                let other = other.clone();
                return self.no_overload(at, "optMap", &[&other], None);
            }
        };
        let (local, body) = self.with_local(name, inner, body);
        let ty = match (flat, &body.ty) {
            (false, t) => Type::optional(t.clone()),
            (true, t @ Type::Optional(_)) => t.clone(),
            (true, _) => Type::optional(Type::Dyn),
        };
        let (value, body) = (Box::new(value), Box::new(body));
        Node::new(Op::Bind { local, value, body, unwrap: true, wrap: !flat }, ty)
    }

    fn logic(&mut self, a: &Expr, b: &Expr, and: bool) -> Node {
        let sign = if and { "&&" } else { "||" };
        let mut terms = Vec::new();
        for side in [a, b] {
            let node = self.expr(side);
            if !node.ty.fits(&Type::Bool) {
                let failed = self.no_overload(side.at, sign, &[&node.ty], None);
                terms.push(failed);
                continue;
            }
            match node.op {
                Op::And(inner) if and => terms.extend(inner),
                Op::Or(inner) if !and => terms.extend(inner),
                _ => terms.push(node),
            }
        }
        Node::new(if and { Op::And(terms) } else { Op::Or(terms) }, Type::Bool)
    }

    fn choice(&mut self, c: &Expr, a: &Expr, b: &Expr, at: Span) -> Node {
        let test = self.expr(c);
        let (a, b) = (self.expr(a), self.expr(b));
        if !test.ty.fits(&Type::Bool) {
            return self.no_overload(c.at, "?:", &[&test.ty], None);
        }
        let alike = a.ty.fits(&b.ty) || a.ty == Type::Null || b.ty == Type::Null;
        if !alike && !self.env.lenient {
            return self.no_overload(at, "?:", &[&Type::Bool, &a.ty, &b.ty], None);
        }
        let ty = a.ty.join(&b.ty);
        Node::new(Op::If(Box::new(test), Box::new(a), Box::new(b)), ty)
    }

    fn list(&mut self, items: &[(Expr, bool)]) -> Node {
        let mut element: Option<Type> = None;
        let mut nodes = Vec::with_capacity(items.len());
        for (item, optional) in items {
            let node = self.expr(item);
            let ty = match (&node.ty, optional) {
                (Type::Optional(t), true) => (**t).clone(),
                (Type::Dyn, true) => Type::Dyn,
                (other, true) => {
                    let other = other.clone();
                    self.no_overload(item.at, "[?…]", &[&other], None).ty
                }
                (t, false) => t.clone(),
            };
            element = Some(element.map_or(ty.clone(), |e| e.join(&ty)));
            nodes.push((node, *optional));
        }
        Node::new(Op::List(nodes), Type::list(element.unwrap_or(Type::Dyn)))
    }

    fn map(&mut self, entries: &[(Expr, Expr, bool)]) -> Node {
        let (mut keys, mut values): (Option<Type>, Option<Type>) = (None, None);
        let mut nodes = Vec::with_capacity(entries.len());
        for (key, value, optional) in entries {
            let (k, v) = (self.expr(key), self.expr(value));
            let usable = [Type::Bool, Type::Int, Type::UInt, Type::String];
            if !usable.iter().any(|t| k.ty.fits(t)) {
                self.no_overload(key.at, "a map's key", &[&k.ty], None);
            }
            let vt = match (&v.ty, optional) {
                (Type::Optional(t), true) => (**t).clone(),
                (t, _) => t.clone(),
            };
            keys = Some(keys.map_or(k.ty.clone(), |t| t.join(&k.ty)));
            values = Some(values.map_or(vt.clone(), |t| t.join(&vt)));
            nodes.push((k, v, *optional));
        }
        let ty = Type::map(keys.unwrap_or(Type::Dyn), values.unwrap_or(Type::Dyn));
        Node::new(Op::Map(nodes), ty)
    }

    /// Checks a binary operator on checked operands.
    pub fn binary(&mut self, op: Binary, a: Node, b: Node, at: Span) -> Node {
        match binary_type(op, &a.ty, &b.ty) {
            Some(ty) => Node::new(Op::Binary(op, Box::new(a), Box::new(b)), ty),
            None if self.env.lenient => {
                let truth = op.is_order() || matches!(op, Binary::Eq | Binary::Ne | Binary::In);
                let ty = if truth { Type::Bool } else { Type::Dyn };
                Node::new(Op::Binary(op, Box::new(a), Box::new(b)), ty)
            }
            None => {
                let meant = number_hint(&a, &b);
                self.no_overload(at, op.sign(), &[&a.ty, &b.ty], meant)
            }
        }
    }

    /// The closest name in scope.
    pub fn closest_name(&self, name: &str) -> Option<String> {
        let host = self.env.host.as_ref().map(|h| h.names()).unwrap_or_default();
        let names = self.locals.iter().map(|(n, _)| n.as_str());
        let names = names.chain(self.env.vars.iter().map(|(n, _)| n.as_str()));
        closest(name, names.chain(host.iter().map(String::as_str)))
    }

    /// Notes that the expression reads `source`.
    pub fn reads(&mut self, source: Source, name: String, ty: &Type) {
        if self.reads.iter().all(|r| r.source != source) {
            self.reads.push(Read { source, name, ty: ty.clone() });
        }
    }
}

/// An int literal beside a double is the commonest slip: `price * 2`.
fn number_hint(a: &Node, b: &Node) -> Option<String> {
    match (&a.op, &b.op, &a.ty, &b.ty) {
        (Op::Const(Value::Int(n)), _, _, Type::Double) | (_, Op::Const(Value::Int(n)), Type::Double, _) => {
            Some(format!("{n}.0"))
        }
        (_, _, Type::Int, Type::Double) | (_, _, Type::Double, Type::Int) => Some("double(…)".to_owned()),
        _ => None,
    }
}

/// The type of `a op b`, or `None` where there is no such operator.
fn binary_type(op: Binary, a: &Type, b: &Type) -> Option<Type> {
    use Binary as B;
    match op {
        B::Eq | B::Ne => {
            let alike = a.fits(b) || (a.is_number() && b.is_number());
            (alike || *a == Type::Null || *b == Type::Null).then_some(Type::Bool)
        }
        B::In => match b {
            Type::List(t) | Type::Map(t, _) => (a.fits(t) || (a.is_number() && t.is_number())).then_some(Type::Bool),
            Type::Object(_) => a.fits(&Type::String).then_some(Type::Bool),
            Type::Dyn => Some(Type::Bool),
            _ => None,
        },
        op if op.is_order() => {
            let ordered = |t: &Type| {
                use Type as T;
                matches!(t, T::Bool | T::String | T::Bytes | T::Timestamp | T::Duration | T::Dyn) || t.is_number()
            };
            let alike = a.fits(b) || (a.is_number() && b.is_number());
            (ordered(a) && ordered(b) && alike).then_some(Type::Bool)
        }
        _ => arithmetic_type(op, a, b),
    }
}

fn arithmetic_type(op: Binary, a: &Type, b: &Type) -> Option<Type> {
    use Type as T;
    if let (T::List(_), T::List(_)) = (a, b) {
        return (op == Binary::Add).then(|| a.join(b));
    }
    let numbers = [T::Int, T::UInt, T::Double];
    let mut overloads: Vec<[T; 3]> = numbers
        .iter()
        .filter(|t| op != Binary::Rem || **t != T::Double)
        .map(|t| [t.clone(), t.clone(), t.clone()])
        .collect();
    match op {
        Binary::Add => overloads.extend([
            [T::String, T::String, T::String],
            [T::Bytes, T::Bytes, T::Bytes],
            [T::Timestamp, T::Duration, T::Timestamp],
            [T::Duration, T::Timestamp, T::Timestamp],
            [T::Duration, T::Duration, T::Duration],
        ]),
        Binary::Sub => overloads.extend([
            [T::Timestamp, T::Duration, T::Timestamp],
            [T::Timestamp, T::Timestamp, T::Duration],
            [T::Duration, T::Duration, T::Duration],
        ]),
        _ => {}
    }
    if matches!((a, b), (T::List(_), T::Dyn) | (T::Dyn, T::List(_))) && op == Binary::Add {
        return Some(T::list(T::Dyn));
    }
    let mut results = overloads.into_iter().filter(|[x, y, _]| a.fits(x) && b.fits(y));
    let first = results.next()?[2].clone();
    Some(if results.all(|[_, _, r]| r == first) { first } else { T::Dyn })
}

/// A dotted path as text.
pub(crate) fn dotted(path: &[&str]) -> String {
    path.join(".").trim_start_matches('.').to_owned()
}

/// Shared text of a field's name.
pub(crate) fn shared(name: &str) -> Arc<str> {
    Arc::from(name)
}
