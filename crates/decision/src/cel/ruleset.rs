//! Many conditions compiled together, so that what they share is computed once an event.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use rustc_hash::FxHashMap;

use super::compile::Compiler;
use super::compile_bool::truth;
use super::fault::{Fault, Tri};
use super::frame::{Frame, Run, Scratch};
use super::layout::{Layout, Loader};
use super::node::{Node, Op};
use super::program::{Context, Program};
use super::sharing::Sharing;
use super::types::Type;

/// What a set of conditions says of one event. Kept between events, it spares allocations.
#[derive(Default)]
pub struct Outcome {
    /// The conditions that hold, by index, ascending.
    pub hits: Vec<u32>,
    /// The conditions that neither hold nor fail to: a value is missing or an operation failed. Ascending.
    pub faults: Vec<(u32, Tri)>,
    scratch: Scratch,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome").field("hits", &self.hits).field("faults", &self.faults).finish()
    }
}

/// Conditions over one layout. It gives exactly what each program alone would give.
pub struct RuleSet {
    programs: Vec<Program>,
    runs: Vec<Run<bool>>,
    guarded: Vec<Guarded>,
    memo: usize,
    groups: usize,
    readings: usize,
    locals: u32,
    limit: u32,
}

/// Conditions that share a term of their outermost `&&`: where it is false, so are they all, and none need be looked at.
struct Guarded {
    guard: Option<Run<bool>>,
    rules: Vec<u32>,
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.programs).finish()
    }
}

impl RuleSet {
    /// Joins programs of one environment; their order gives the indexes.
    pub fn new(programs: Vec<Program>) -> RuleSet {
        let sharing = Sharing::among(programs.iter().map(|p| &p.node));
        let (memo, groups) = (sharing.places(), sharing.groups());
        let mut compiler = Compiler { sharing: Some(sharing), ..Compiler::default() };
        let runs = programs
            .iter()
            .map(|p| {
                if p.ty() == &Type::Bool {
                    return compiler.boolean(&p.node);
                }
                let run = compiler.value(&p.node);
                let run: Run<bool> = Box::new(move |f| truth(&run(f)?));
                run
            })
            .collect();
        RuleSet {
            guarded: guarded(&programs, &mut compiler),
            runs,
            memo,
            groups,
            readings: compiler.readings.len(),
            locals: programs.iter().map(|p| p.locals).max().unwrap_or(0),
            limit: programs.iter().map(|p| p.limit).max().unwrap_or(0),
            programs,
        }
    }

    /// The programs, by index.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// A loader of just the slots these conditions read.
    pub fn loader(&self, layout: &Layout) -> Loader {
        layout.loader_of(self.programs.iter().flat_map(Program::slots))
    }

    /// Evaluates every condition for one event into `out`. For the details of a fault, evaluate that program alone.
    pub fn eval(&self, context: &Context<'_>, out: &mut Outcome) {
        out.hits.clear();
        out.faults.clear();
        out.scratch.reset(self.memo, self.readings, self.locals, self.groups);
        let mut frame =
            Frame { slots: context.slots, facts: context.facts, limit: self.limit, scratch: &mut out.scratch };
        for group in &self.guarded {
            if group.guard.as_ref().is_some_and(|guard| matches!(guard(&mut frame), Ok(false))) {
                continue;
            }
            for &i in &group.rules {
                match self.runs[i as usize](&mut frame) {
                    Ok(true) => out.hits.push(i),
                    Ok(false) => {}
                    Err(Fault::Missing(_)) => out.faults.push((i, Tri::Missing)),
                    Err(Fault::Error(_)) => out.faults.push((i, Tri::Error)),
                }
            }
        }
        out.hits.sort_unstable();
        out.faults.sort_unstable_by_key(|(i, _)| *i);
    }
}

/// Puts each program under the term it shares with the most others.
fn guarded(programs: &[Program], compiler: &mut Compiler) -> Vec<Guarded> {
    let terms = |p: &Program| -> Vec<Node> {
        match &p.node.op {
            Op::And(terms) => terms.clone(),
            _ => vec![p.node.clone()],
        }
    };
    let places = |compiler: &Compiler, p: &Program| -> Vec<(u32, Node)> {
        let place = |t: Node| Some((compiler.sharing.as_ref()?.place(&t)?, t));
        terms(p).into_iter().filter_map(place).collect()
    };
    let mut counts: FxHashMap<u32, u32> = FxHashMap::default();
    for program in programs {
        let distinct: BTreeSet<u32> = places(compiler, program).into_iter().map(|(place, _)| place).collect();
        distinct.into_iter().for_each(|place| *counts.entry(place).or_default() += 1);
    }
    let mut groups: Vec<Guarded> = Vec::new();
    let mut known: FxHashMap<Option<u32>, usize> = FxHashMap::default();
    for (program, i) in programs.iter().zip(0u32..) {
        let shared = places(compiler, program).into_iter().filter(|(place, _)| counts[place] > 1);
        let best = shared.max_by_key(|(place, _)| (counts[place], Reverse(*place)));
        let group = *known.entry(best.as_ref().map(|(place, _)| *place)).or_insert_with(|| {
            let guard = best.map(|(_, node)| compiler.boolean(&node));
            groups.push(Guarded { guard, rules: Vec::new() });
            groups.len() - 1
        });
        groups[group].rules.push(i);
    }
    groups
}
