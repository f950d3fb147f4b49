//! From checked nodes to closures. This file makes closures that give any value; `compile_bool` and `compile_num`
//! make those of a known type, which the hot path is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::env::host_fault;
use super::fault::{EvalError, Fault};
use super::frame::{Run, weight};
use super::node::{Callee, Node, Op};
use super::ops;
use super::sharing::Sharing;
use super::types::Type;
use super::value::{Key, Value};

/// Makes closures, and numbers the readings they ask for.
#[derive(Default)]
pub(crate) struct Compiler {
    /// The host's numbers of the readings, by our index.
    pub readings: Vec<u32>,
    /// What a set of expressions computes once for all.
    pub sharing: Option<Sharing>,
    /// How many macros surround the node being compiled; nothing below one is shared.
    pub depth: u32,
}

type Args = SmallVec<[Value; 4]>;

impl Compiler {
    /// A closure that gives the node's value.
    pub fn value(&mut self, node: &Node) -> Run<Value> {
        match &node.op {
            Op::Const(v) => {
                let v = v.clone();
                Box::new(move |_| Ok(v.clone()))
            }
            Op::Slot(n) => {
                let (n, ty) = (*n, node.ty.clone());
                Box::new(move |f| f.slot_value(n, &ty))
            }
            Op::Reading(id) => {
                let (index, id) = (self.reading_index(*id), *id);
                Box::new(move |f| f.reading(index, id))
            }
            Op::Local(n) => {
                let n = *n as usize;
                Box::new(move |f| Ok(f.scratch.locals[n].clone()))
            }
            Op::OptSlot(n) => {
                let (n, ty) = (*n, node.ty.clone());
                let inner = if let Type::Optional(t) = ty { *t } else { Type::Dyn };
                Box::new(move |f| match f.slot_value(n, &inner) {
                    Ok(v) => Ok(Value::some(v)),
                    Err(Fault::Missing(_)) => Ok(Value::Optional(None)),
                    Err(e) => Err(e),
                })
            }
            Op::If(c, a, b) => {
                let (c, a, b) = (self.boolean(c), self.value(a), self.value(b));
                Box::new(move |f| if c(f)? { a(f) } else { b(f) })
            }
            Op::Negate(x) => {
                let x = self.value(x);
                Box::new(move |f| ops::negate(&x(f)?))
            }
            Op::Binary(op, a, b) if node.ty != Type::Bool => self.arithmetic(*op, a, b, &node.ty),
            Op::Select { .. } | Op::OptSelect { .. } | Op::Index { .. } => self.access(node),
            Op::Call { name, callees, args } => self.call(name, callees, args),
            Op::List(items) => self.list(items),
            Op::Map(entries) => self.map(entries),
            Op::Loop(l) if node.ty != Type::Bool => self.gather(l),
            Op::Bind { local, value, body, unwrap, wrap } => self.bind(*local, value, body, *unwrap, *wrap),
            Op::Fail(error) => {
                let fault = Fault::from(error.clone());
                Box::new(move |_| Err(fault.clone()))
            }
            _ => {
                let run = self.boolean(node);
                Box::new(move |f| run(f).map(Value::Bool))
            }
        }
    }

    /// Our index of a reading.
    pub fn reading_index(&mut self, id: u32) -> u32 {
        let known = self.readings.iter().position(|r| *r == id);
        known.unwrap_or_else(|| {
            self.readings.push(id);
            self.readings.len() - 1
        }) as u32
    }

    fn access(&mut self, node: &Node) -> Run<Value> {
        match &node.op {
            Op::Select { operand, field, slot } => {
                let (operand, field) = (self.value(operand), Value::String(field.clone()));
                let slot = *slot;
                Box::new(move |f| {
                    let found = ops::select(&operand(f)?, &field);
                    found.map_err(|fault| absent(fault, slot))
                })
            }
            Op::OptSelect { operand, field } => {
                let (operand, field) = (self.value(operand), Value::String(field.clone()));
                Box::new(move |f| ops::select_optional(&operand(f)?, &field))
            }
            Op::Index { operand, index, optional } => {
                let (operand, index) = (self.value(operand), self.value(index));
                if *optional {
                    return Box::new(move |f| ops::select_optional(&operand(f)?, &index(f)?));
                }
                Box::new(move |f| ops::select(&operand(f)?, &index(f)?))
            }
            _ => unreachable_node(),
        }
    }

    fn call(&mut self, name: &Arc<str>, callees: &[Callee], args: &[Node]) -> Run<Value> {
        let mut runs: Vec<Run<Value>> = args.iter().map(|a| self.value(a)).collect();
        if let ("or" | "orValue", 2) = (&**name, runs.len())
            && let (Some(default), Some(first)) = (runs.pop(), runs.pop())
        {
            let take = &**name == "orValue";
            return Box::new(move |f| match first(f)? {
                Value::Optional(None) => default(f),
                Value::Optional(Some(v)) if take => Ok((*v).clone()),
                some @ Value::Optional(_) => Ok(some),
                other => Err(super::stdlib::wrong("or", &other)),
            });
        }
        let (name, callees) = (name.clone(), callees.to_vec());
        let costly = &*name == "matches";
        Box::new(move |f| {
            let mut values = Args::new();
            for run in &runs {
                values.push(run(f)?);
            }
            // In a loop the sizes count, and a pattern known only now is compiled at every call.
            f.charge(values.iter().map(weight).sum::<usize>() + if costly { 32_000 } else { 0 })?;
            for callee in &callees {
                match callee {
                    Callee::Std(s) if s.params.iter().zip(&values).all(|(p, v)| p.holds(v)) => {
                        let value = s.call(&values)?;
                        f.charge(weight(&value))?;
                        return Ok(value);
                    }
                    Callee::Host(h) if h.params.iter().zip(&values).all(|(p, v)| fits(p, v)) => {
                        return (h.body)(&values).map_err(|m| host_fault(&h.name, m));
                    }
                    _ => {}
                }
            }
            let kinds: Vec<&str> = values.iter().map(Value::type_name).collect();
            Err(Fault::overload(format!("{name}({})", kinds.join(", "))))
        })
    }

    fn list(&mut self, items: &[(Node, bool)]) -> Run<Value> {
        let runs: Vec<(Run<Value>, bool)> = items.iter().map(|(n, optional)| (self.value(n), *optional)).collect();
        Box::new(move |f| {
            let mut out = Vec::with_capacity(runs.len());
            for (run, optional) in &runs {
                match (run(f)?, optional) {
                    (v, false) => out.push(v),
                    (Value::Optional(Some(v)), true) => out.push((*v).clone()),
                    (Value::Optional(None), true) => {}
                    (other, true) => return Err(super::stdlib::wrong("[?…]", &other)),
                }
            }
            Ok(Value::list(out))
        })
    }

    fn map(&mut self, entries: &[(Node, Node, bool)]) -> Run<Value> {
        let runs: Vec<(Run<Value>, Run<Value>, bool)> =
            entries.iter().map(|(k, v, o)| (self.value(k), self.value(v), *o)).collect();
        Box::new(move |f| {
            let mut out = BTreeMap::new();
            for (key, value, optional) in &runs {
                let key = key(f)?;
                let value = match (value(f)?, optional) {
                    (v, false) => v,
                    (Value::Optional(Some(v)), true) => (*v).clone(),
                    (Value::Optional(None), true) => continue,
                    (other, true) => return Err(super::stdlib::wrong("{?…}", &other)),
                };
                insert(&mut out, &key, value)?;
            }
            Ok(Value::Map(Arc::new(out)))
        })
    }

    fn bind(&mut self, local: u32, value: &Node, body: &Node, unwrap: bool, wrap: bool) -> Run<Value> {
        let value = self.value(value);
        self.depth += 1;
        let body = self.value(body);
        self.depth -= 1;
        let local = local as usize;
        Box::new(move |f| {
            let bound = match (value(f)?, unwrap) {
                (v, false) => v,
                (Value::Optional(Some(v)), true) => (*v).clone(),
                (Value::Optional(None), true) => return Ok(Value::Optional(None)),
                (other, true) => return Err(super::stdlib::wrong("optMap", &other)),
            };
            f.scratch.locals[local] = bound;
            let result = body(f)?;
            Ok(if wrap { Value::some(result) } else { result })
        })
    }
}

/// What a chain on a slot does not find is missing from the event.
fn absent(fault: Fault, slot: Option<u32>) -> Fault {
    match (slot, &fault) {
        (Some(n), Fault::Error(e)) if matches!(**e, EvalError::NoSuchKey(_)) => {
            Fault::Missing(super::fault::Source::Slot(n))
        }
        _ => fault,
    }
}

/// Adds an entry; a key twice is an error, and so is a key that cannot be one.
pub(crate) fn insert(map: &mut BTreeMap<Key, Value>, key: &Value, value: Value) -> Result<(), Fault> {
    let usable = match key {
        Value::Double(_) => None,
        other => Key::from_value(other),
    };
    let Some(usable) = usable else {
        return Err(Fault::overload(format!("{{{}: …}}", key.type_name())));
    };
    match map.insert(usable, value) {
        None => Ok(()),
        Some(_) => {
            let message = format!("the key {} stands twice", super::format::plain(key));
            Err(EvalError::Invalid(message).into())
        }
    }
}

/// Whether a value is of a declared type; what is inside a list or map is looked at only by its kind.
fn fits(ty: &Type, value: &Value) -> bool {
    super::node::type_of(value).fits(ty)
}

/// The compiler dispatches by operation, so a builder never sees another's node; should it, the expression fails instead of the process.
fn unreachable_node() -> Run<Value> {
    Box::new(|_| Err(EvalError::Invalid("internal: unexpected node".into()).into()))
}
