//! Many conditions compiled together, so that what they share is computed once an event.

use std::fmt;

use super::compile::Compiler;
use super::compile_bool::truth;
use super::fault::{Fault, Tri};
use super::frame::{Frame, Run, Scratch};
use super::layout::{Layout, Loader};
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
    memo: usize,
    groups: usize,
    readings: usize,
    locals: u32,
    limit: u32,
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
        for (i, run) in self.runs.iter().enumerate() {
            match run(&mut frame) {
                Ok(true) => out.hits.push(i as u32),
                Ok(false) => {}
                Err(Fault::Missing(_)) => out.faults.push((i as u32, Tri::Missing)),
                Err(Fault::Error(_)) => out.faults.push((i as u32, Tri::Error)),
            }
        }
    }
}
