//! One compiled expression.

use std::fmt;

use super::check::{self, Read};
use super::compile::Compiler;
use super::compile_bool::truth;
use super::env::{Diagnostic, Env, Facts};
use super::fault::{EvalError, Fault, Source, Tri};
use super::frame::{Frame, Run, Scratch};
use super::layout::Slot;
use super::node::Node;
use super::types::Type;
use super::value::Value;

/// What an evaluation reads: the event's slots and the host's facts.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// One slot for each of the layout, as a loader fills them.
    pub slots: &'a [Slot<'a>],
    /// The host's readings for this event.
    pub facts: &'a dyn Facts,
}

/// A compiled expression. It can be evaluated from several threads at once.
pub struct Program {
    source: String,
    pub(crate) node: Node,
    reads: Vec<Read>,
    readings: usize,
    pub(crate) locals: u32,
    pub(crate) limit: u32,
    run: Compiled,
}

enum Compiled {
    Bool(Run<bool>),
    Value(Run<Value>),
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({:?}: {})", self.source, self.node.ty)
    }
}

impl Env {
    /// Compiles an expression, or says everything that is wrong with it.
    pub fn compile(&self, source: &str) -> Result<Program, Vec<Diagnostic>> {
        let checked = check::check(self, source)?;
        let mut compiler = Compiler::default();
        let run = if checked.node.ty == Type::Bool {
            Compiled::Bool(compiler.boolean(&checked.node))
        } else {
            Compiled::Value(compiler.value(&checked.node))
        };
        Ok(Program {
            source: source.to_owned(),
            node: checked.node,
            reads: checked.reads,
            readings: compiler.readings.len(),
            locals: checked.locals,
            limit: self.steps,
            run,
        })
    }

    /// As [`Env::compile`], for a condition: the expression must give a bool (or be `dyn`, and is then checked when it runs).
    pub fn compile_bool(&self, source: &str) -> Result<Program, Vec<Diagnostic>> {
        let program = self.compile(source)?;
        if program.ty().fits(&Type::Bool) {
            return Ok(program);
        }
        Err(vec![Diagnostic {
            message: format!("a condition must be a bool, this is {}", program.ty()),
            line: 1,
            column: 1,
            length: source.lines().next().map_or(1, |l| l.chars().count().max(1)) as u32,
            suggestion: None,
        }])
    }
}

impl Program {
    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The type of its value.
    pub fn ty(&self) -> &Type {
        &self.node.ty
    }

    /// Every slot and reading it may read, in the order written.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// The slots it may read.
    pub fn slots(&self) -> impl Iterator<Item = u32> + '_ {
        self.reads.iter().filter_map(|r| match r.source {
            Source::Slot(n) => Some(n),
            Source::Reading(_) => None,
        })
    }

    /// Its value for one event, or why there is none. A fault's slot or reading is one of [`Program::reads`].
    pub fn eval(&self, context: &Context<'_>) -> Result<Value, Fault> {
        let mut scratch = Scratch::default();
        scratch.reset(0, self.readings, self.locals, 0);
        let mut frame = Frame { slots: context.slots, facts: context.facts, limit: self.limit, scratch: &mut scratch };
        match &self.run {
            Compiled::Bool(run) => run(&mut frame).map(Value::Bool),
            Compiled::Value(run) => run(&mut frame),
        }
    }

    /// Its truth for one event, or why there is none; an error where its value is no bool.
    pub fn eval_truth(&self, context: &Context<'_>) -> Result<bool, Fault> {
        truth(&self.eval(context)?)
    }

    /// Its truth for one event in three-valued logic.
    pub fn eval_bool(&self, context: &Context<'_>) -> Tri {
        Tri::from(&self.eval_truth(context))
    }

    /// The values it read of one event, by name, for the record of a decision; null where missing.
    pub fn record(&self, context: &Context<'_>) -> Vec<(String, serde_json::Value)> {
        let value = |source| match source {
            Source::Slot(n) => context.slots.get(n as usize).map_or(serde_json::Value::Null, Slot::to_json),
            Source::Reading(id) => context.facts.read(id).map_or(serde_json::Value::Null, |v| v.to_json()),
        };
        self.reads.iter().map(|r| (r.name.clone(), value(r.source))).collect()
    }

    /// A fault in words, with the name of what is missing.
    pub fn explain(&self, fault: &Fault) -> String {
        let named = |source: Source| {
            let read = self.reads.iter().find(|r| r.source == source);
            read.map_or_else(|| "a value".to_owned(), |r| r.name.clone())
        };
        match fault {
            Fault::Missing(source) => format!("{} is missing", named(*source)),
            Fault::Error(e) => match **e {
                EvalError::WrongType(n) => {
                    format!("{} does not hold the declared type", named(Source::Slot(n)))
                }
                ref other => other.to_string(),
            },
        }
    }
}
