//! Checking of names: variables, fields, readings, presence, indexing and the macros that bind names.

use super::ast::{Expr, Kind, Loop, LoopKind, Span};
use super::check::{Checker, TYPE_NAMES, dotted, shared};
use super::env::{Reading, closest};
use super::fault::{EvalError, Source};
use super::node::{Node, Op};
use super::types::Type;
use super::value::Value;

impl Checker<'_> {
    /// An identifier or a chain of selections.
    pub fn path(&mut self, e: &Expr) -> Node {
        if let Some(path) = e.path() {
            if let Some(node) = self.whole_path(&path) {
                return node;
            }
            if let [name] = path.as_slice() {
                return self.unknown(name, e.at);
            }
        }
        let Kind::Select { operand, field, .. } = &e.kind else {
            return self.fail(e.at, "expected a name".into(), None, EvalError::Invalid("name".into()));
        };
        let operand = self.expr(operand);
        if matches!(operand.op, Op::Fail(_)) {
            return operand;
        }
        self.select(operand, field, e.at)
    }

    /// A path that is known as a whole: a local, a variable, a declared field, a reading or a type's name.
    fn whole_path(&mut self, path: &[&str]) -> Option<Node> {
        let absolute = path[0].starts_with('.');
        if let (false, [name]) = (absolute, path)
            && let Some(i) = self.locals.iter().rposition(|(n, _)| n == name)
        {
            return Some(Node::new(Op::Local(i as u32), self.locals[i].1.clone()));
        }
        if !absolute && self.locals.iter().any(|(n, _)| n == path[0]) {
            return None;
        }
        let name = dotted(path);
        if let Some(slot) = self.env.layout.slot(&name) {
            let ty = self.env.layout.slots()[slot as usize].ty.clone();
            self.reads(Source::Slot(slot), name, &ty);
            return Some(Node::new(Op::Slot(slot), ty));
        }
        if let Some(Ok(reading)) = self.env.host.as_ref().and_then(|h| h.path(&name)) {
            return Some(self.reading(reading, name));
        }
        let known = TYPE_NAMES.contains(&name.as_str());
        known.then(|| Node::constant(Value::Type(name.into())))
    }

    fn unknown(&mut self, name: &str, at: Span) -> Node {
        let meant = self.closest_name(name);
        let error = EvalError::Invalid(format!("undeclared reference to {name}"));
        self.fail(at, format!("there is no variable {name}"), meant, error)
    }

    /// Notes a reading and makes its node.
    pub fn reading(&mut self, reading: Reading, name: String) -> Node {
        self.reads(Source::Reading(reading.id), name, &reading.ty);
        Node::new(Op::Reading(reading.id), reading.ty)
    }

    /// The type of a field, or the node of the failure.
    fn field_type(&mut self, ty: &Type, field: &str, at: Span) -> Result<Type, Node> {
        Ok(match ty {
            Type::Dyn => Type::Dyn,
            Type::Map(key, value) if Type::String.fits(key) => (**value).clone(),
            Type::Optional(inner) => {
                let inner = self.field_type(inner, field, at)?;
                if let Type::Optional(_) = inner { inner } else { Type::optional(inner) }
            }
            Type::Object(object) => match object.fields.get(field) {
                Some(ty) => ty.clone(),
                None => {
                    let meant = closest(field, object.fields.keys().map(String::as_str));
                    let message = format!("{} has no field {field}", object.name);
                    return Err(self.fail(at, message, meant, EvalError::NoSuchKey(field.into())));
                }
            },
            other => {
                let message = format!("a value of type {other} has no fields, such as {field}");
                let error = EvalError::NoSuchOverload(format!("{other}.{field}"));
                return Err(self.fail(at, message, None, error));
            }
        })
    }

    fn select(&mut self, operand: Node, field: &str, at: Span) -> Node {
        match self.field_type(&operand.ty, field, at) {
            Ok(ty) => {
                let slot = rooted(&operand);
                let (operand, field) = (Box::new(operand), shared(field));
                Node::new(Op::Select { operand, field, slot }, ty)
            }
            Err(failed) => failed,
        }
    }

    /// `operand.?field`
    pub fn opt_select(&mut self, operand: &Expr, field: &str, at: Span) -> Node {
        if let Some(mut path) = operand.path() {
            path.push(field);
            let local = self.locals.iter().any(|(n, _)| n == path[0]);
            let slot = (!local).then(|| self.env.layout.slot(&dotted(&path))).flatten();
            if let Some(slot) = slot {
                let ty = self.env.layout.slots()[slot as usize].ty.clone();
                self.reads(Source::Slot(slot), dotted(&path), &ty);
                return Node::new(Op::OptSlot(slot), Type::optional(ty));
            }
        }
        let operand = self.expr(operand);
        match self.field_type(&operand.ty, field, at) {
            Ok(ty) => {
                let ty = if let Type::Optional(_) = ty { ty } else { Type::optional(ty) };
                Node::new(Op::OptSelect { operand: Box::new(operand), field: shared(field) }, ty)
            }
            Err(failed) => failed,
        }
    }

    /// `has(operand.field)`
    pub fn has(&mut self, operand: &Expr, field: &str, optional: bool, at: Span) -> Node {
        if let (false, Some(mut path)) = (optional, operand.path()) {
            path.push(field);
            let local = self.locals.iter().any(|(n, _)| n == path[0]);
            let slot = (!local).then(|| self.env.layout.slot(&dotted(&path))).flatten();
            if let Some(slot) = slot {
                let ty = self.env.layout.slots()[slot as usize].ty.clone();
                self.reads(Source::Slot(slot), dotted(&path), &ty);
                return Node::new(Op::HasSlot(slot), Type::Bool);
            }
        }
        let operand = self.expr(operand);
        match self.field_type(&operand.ty, field, at) {
            Ok(_) => {
                let rooted = rooted(&operand).is_some();
                let (operand, field) = (Box::new(operand), shared(field));
                Node::new(Op::Has { operand, field, rooted }, Type::Bool)
            }
            Err(failed) => failed,
        }
    }

    /// `operand[index]` and `operand[?index]`
    pub fn index(&mut self, operand: &Expr, index: &Expr, optional: bool, at: Span) -> Node {
        let (operand, index) = (self.expr(operand), self.expr(index));
        let (chained, inner) = match &operand.ty {
            Type::Optional(inner) => (true, (**inner).clone()),
            other => (false, other.clone()),
        };
        let ty = match &inner {
            Type::Dyn => Some(Type::Dyn),
            Type::List(t) => index.ty.fits(&Type::Int).then(|| (**t).clone()),
            Type::Map(k, v) => (index.ty.fits(k) || (k.is_number() && index.ty.is_number())).then(|| (**v).clone()),
            Type::Object(_) => index.ty.fits(&Type::String).then_some(Type::Dyn),
            _ => None,
        };
        match ty {
            Some(ty) => {
                let ty = if optional || chained { Type::optional(ty) } else { ty };
                let (operand, index) = (Box::new(operand), Box::new(index));
                Node::new(Op::Index { operand, index, optional }, ty)
            }
            None => self.no_overload(at, "[…]", &[&operand.ty, &index.ty], None),
        }
    }

    /// A macro that walks a list or map.
    pub fn walk(&mut self, l: &Loop, at: Span) -> Node {
        let range = self.expr(&l.range);
        let two = l.vars.len() == 2;
        let (first, second) = match (&range.ty, two) {
            (Type::Dyn, _) => (Type::Dyn, Type::Dyn),
            (Type::List(t), false) => ((**t).clone(), Type::Dyn),
            (Type::List(t), true) => (Type::Int, (**t).clone()),
            (Type::Map(k, v), _) => ((**k).clone(), (**v).clone()),
            (Type::Object(_), _) => (Type::String, Type::Dyn),
            (other, _) => {
                let other = other.clone();
                return self.no_overload(at, "a macro over", &[&other], None);
            }
        };
        let local = self.push(&l.vars[0], first.clone());
        if let Some(name) = l.vars.get(1) {
            self.push(name, second);
        }
        let filter = l.filter.as_ref().map(|f| (f.at, self.expr(f)));
        let body = self.expr(&l.body);
        self.locals.truncate(local as usize);
        let tested = matches!(l.kind, LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne | LoopKind::Filter);
        let condition = if tested { Some((l.body.at, &body)) } else { None };
        let conditions = condition.into_iter().chain(filter.as_ref().map(|(at, f)| (*at, f)));
        for (at, ty) in conditions.map(|(at, n)| (at, n.ty.clone())).collect::<Vec<_>>() {
            if !ty.fits(&Type::Bool) {
                return self.no_overload(at, "a condition", &[&ty], None);
            }
        }
        let ty = match l.kind {
            LoopKind::All | LoopKind::Exists | LoopKind::ExistsOne => Type::Bool,
            LoopKind::Map => Type::list(body.ty.clone()),
            LoopKind::Filter => Type::list(first),
            LoopKind::TransformMap => Type::map(first, body.ty.clone()),
            LoopKind::TransformMapEntry => match &body.ty {
                ty @ Type::Map(..) => ty.clone(),
                _ => Type::map(Type::Dyn, Type::Dyn),
            },
        };
        let filter = filter.map(|(_, f)| f);
        let node = super::node::LoopNode { kind: l.kind, range, local, two, filter, body };
        Node::new(Op::Loop(Box::new(node)), ty)
    }
}

/// The slot a chain of selections hangs on: what such a chain does not find is missing from the event.
fn rooted(node: &Node) -> Option<u32> {
    match &node.op {
        Op::Slot(n) => Some(*n),
        Op::Select { slot, .. } => *slot,
        _ => None,
    }
}
