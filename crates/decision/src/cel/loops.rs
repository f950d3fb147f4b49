//! The macros that walk a list or a map, under a budget of steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::LoopKind;
use super::compile::{Compiler, insert};
use super::fault::Fault;
use super::frame::{Frame, Run};
use super::node::LoopNode;
use super::value::{Key, Value};

/// The parts every loop shares.
struct Walk {
    range: Run<Value>,
    local: usize,
    two: bool,
}

impl Walk {
    /// Calls `body` for each element with the variables set, until it says stop. Counts steps; the outermost loop starts the count.
    fn each(
        &self,
        f: &mut Frame<'_>,
        mut body: impl FnMut(&mut Frame<'_>) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let range = (self.range)(f)?;
        if f.scratch.loops == 0 {
            f.scratch.steps = 0;
        }
        f.scratch.loops += 1;
        let outcome = self.walk(f, &range, &mut body);
        f.scratch.loops -= 1;
        outcome
    }

    fn walk(
        &self,
        f: &mut Frame<'_>,
        range: &Value,
        body: &mut impl FnMut(&mut Frame<'_>) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        match range {
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    f.step()?;
                    if self.two {
                        f.scratch.locals[self.local] = Value::Int(i as i64);
                        f.scratch.locals[self.local + 1] = item.clone();
                    } else {
                        f.scratch.locals[self.local] = item.clone();
                    }
                    if !body(f)? {
                        break;
                    }
                }
                Ok(())
            }
            Value::Map(map) => {
                for (key, value) in map.iter() {
                    f.step()?;
                    f.scratch.locals[self.local] = key.to_value();
                    if self.two {
                        f.scratch.locals[self.local + 1] = value.clone();
                    }
                    if !body(f)? {
                        break;
                    }
                }
                Ok(())
            }
            other => Err(Fault::overload(format!("a macro over {}", other.type_name()))),
        }
    }
}

impl Compiler {
    fn walk(&mut self, l: &LoopNode) -> Walk {
        Walk { range: self.value(&l.range), local: l.local as usize, two: l.two }
    }

    /// `all`, `exists` and `exists_one`.
    pub fn quantify(&mut self, l: &LoopNode) -> Run<bool> {
        let walk = self.walk(l);
        self.depth += 1;
        let body = self.boolean(&l.body);
        self.depth -= 1;
        if l.kind == LoopKind::ExistsOne {
            return Box::new(move |f| {
                let mut found = 0u32;
                walk.each(f, |f| {
                    found += u32::from(body(f)?);
                    Ok(true)
                })?;
                Ok(found == 1)
            });
        }
        let deciding = l.kind == LoopKind::Exists;
        Box::new(move |f| {
            let mut decided = false;
            let mut fault = None;
            walk.each(f, |f| {
                match body(f) {
                    Ok(x) => decided = x == deciding,
                    Err(next) => fault = Some(Fault::merge(fault.take(), next)),
                }
                Ok(!decided)
            })?;
            match fault {
                _ if decided => Ok(deciding),
                Some(fault) => Err(fault),
                None => Ok(!deciding),
            }
        })
    }

    /// `map`, `filter` and the transforms.
    pub fn gather(&mut self, l: &LoopNode) -> Run<Value> {
        let walk = self.walk(l);
        self.depth += 1;
        let keep = match (&l.filter, l.kind) {
            (Some(filter), _) => Some(self.boolean(filter)),
            (None, LoopKind::Filter) => Some(self.boolean(&l.body)),
            (None, _) => None,
        };
        let body = self.value(&l.body);
        self.depth -= 1;
        let kept = move |f: &mut Frame<'_>| keep.as_ref().map_or(Ok(true), |k| k(f));
        let local = l.local as usize;
        match l.kind {
            LoopKind::Filter => Box::new(move |f| {
                let mut out = Vec::new();
                walk.each(f, |f| {
                    if kept(f)? {
                        out.push(f.scratch.locals[local].clone());
                    }
                    Ok(true)
                })?;
                Ok(Value::list(out))
            }),
            LoopKind::TransformMap | LoopKind::TransformMapEntry => {
                let whole = l.kind == LoopKind::TransformMapEntry;
                Box::new(move |f| {
                    let mut out = BTreeMap::new();
                    walk.each(f, |f| {
                        if kept(f)? {
                            let key = f.scratch.locals[local].clone();
                            let value = body(f)?;
                            if whole { merge(&mut out, &value)? } else { insert(&mut out, &key, value)? }
                        }
                        Ok(true)
                    })?;
                    Ok(Value::Map(Arc::new(out)))
                })
            }
            _ => Box::new(move |f| {
                let mut out = Vec::new();
                walk.each(f, |f| {
                    if kept(f)? {
                        out.push(body(f)?);
                    }
                    Ok(true)
                })?;
                Ok(Value::list(out))
            }),
        }
    }
}

fn merge(out: &mut BTreeMap<Key, Value>, entries: &Value) -> Result<(), Fault> {
    match entries {
        Value::Map(map) => map.iter().try_for_each(|(k, v)| insert(out, &k.to_value(), v.clone())),
        other => Err(super::stdlib::wrong("transformMapEntry", other)),
    }
}
