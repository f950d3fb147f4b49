//! What an expression may speak of: variables, functions and the host's readings; and what is wrong with one that does not fit.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use regex::{Regex, RegexBuilder};

use super::fault::Fault;
use super::layout::Layout;
use super::types::Type;
use super::value::Value;

/// Steps all the loops of one outermost macro may take together, unless the environment says otherwise.
pub const DEFAULT_STEPS: u32 = 100_000;

/// The most literal patterns an environment remembers; beyond, it starts anew.
const MAX_REGEXES: usize = 4096;

/// The body of a host function: pure, from checked values to a value or a reason.
pub type FunctionBody = Arc<dyn Fn(&[Value]) -> Result<Value, String> + Send + Sync>;

/// A pure function or method of the host with a typed signature.
#[derive(Clone)]
pub struct Function {
    /// Its name; may be dotted, such as `text.fold`.
    pub name: String,
    /// Whether it is called on a value: `value.name(…)`. The value is then the first of `params`.
    pub method: bool,
    /// The types of its arguments.
    pub params: Vec<Type>,
    /// The type of what it gives.
    pub result: Type,
    /// What it does.
    pub body: FunctionBody,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?}) -> {}", self.name, self.params, self.result)
    }
}

/// Something the host knows when an expression runs, such as an aggregate over a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The host's own number for it; [`Facts::read`] is asked with this.
    pub id: u32,
    /// The type it will have.
    pub ty: Type,
}

/// An argument of a call as the host sees it when the expression is compiled.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// A constant.
    Literal(Value),
    /// A variable or field, by its dotted path.
    Path(String),
    /// Anything computed.
    Computed(Type),
}

/// Resolves names the environment does not declare, once, when an expression is compiled.
///
/// Each method gives `None` where the name is not the host's, an error with a sentence where it is but is used wrongly,
/// and otherwise a reading. The same call must give the same reading.
pub trait Host: Send + Sync {
    /// `receiver.name(args)`, the receiver being a dotted path: `seller_listings.last('1h')`.
    fn method(&self, receiver: &str, name: &str, args: &[Arg]) -> Option<Result<Reading, String>>;
    /// `name(args)`: `account_age(seller)`.
    fn call(&self, name: &str, args: &[Arg]) -> Option<Result<Reading, String>>;
    /// A dotted path that is no variable.
    fn path(&self, _path: &str) -> Option<Result<Reading, String>> {
        None
    }
    /// The names it knows, for "did you mean".
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The host's readings for one event.
pub trait Facts {
    /// The value of a reading; `None` where it is missing.
    fn read(&self, id: u32) -> Option<Value>;
}

/// A host that knows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn read(&self, _: u32) -> Option<Value> {
        None
    }
}

/// A fault of an expression, for people: what, where, and what was probably meant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Diagnostic {
    /// A sentence.
    pub message: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Length in characters, at least 1.
    pub length: u32,
    /// What to write instead.
    pub suggestion: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        match &self.suggestion {
            Some(s) => write!(f, " (did you mean {s}?)"),
            None => Ok(()),
        }
    }
}

/// The names expressions may use. Cloning is cheap enough to derive one environment from another.
#[derive(Clone)]
pub struct Env {
    pub(crate) vars: Vec<(String, Type)>,
    pub(crate) functions: Vec<Arc<Function>>,
    pub(crate) host: Option<Arc<dyn Host>>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) steps: u32,
    pub(crate) lenient: bool,
    regexes: Arc<Mutex<HashMap<String, Regex>>>,
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").field("vars", &self.vars).field("functions", &self.functions).finish()
    }
}

impl Default for Env {
    fn default() -> Env {
        Env::standard()
    }
}

impl Env {
    /// The standard library and nothing else.
    pub fn standard() -> Env {
        Env {
            vars: Vec::new(),
            functions: Vec::new(),
            host: None,
            layout: Arc::default(),
            steps: DEFAULT_STEPS,
            lenient: false,
            regexes: Arc::default(),
        }
    }

    /// Declares a variable. Slots are numbered in the order of declaration; a name declared again keeps its first meaning.
    #[must_use]
    pub fn with_var(mut self, name: impl Into<String>, ty: Type) -> Env {
        let name = name.into();
        if self.vars.iter().all(|(n, _)| *n != name) {
            Arc::make_mut(&mut self.layout).add(&name, &ty);
            self.vars.push((name, ty));
        }
        self
    }

    /// Declares a host function. Several may share a name with different arguments.
    #[must_use]
    pub fn with_function(mut self, function: Function) -> Env {
        self.functions.push(Arc::new(function));
        self
    }

    /// Lets `host` resolve what is not declared.
    #[must_use]
    pub fn with_host(mut self, host: Arc<dyn Host>) -> Env {
        self.host = Some(host);
        self
    }

    /// Sets how many steps the loops of one outermost macro may take.
    #[must_use]
    pub fn with_steps(mut self, steps: u32) -> Env {
        self.steps = steps;
        self
    }

    /// Leaves what the checker would refuse to fail when it runs, as an unchecked CEL expression does.
    #[must_use]
    pub fn unchecked(mut self) -> Env {
        self.lenient = true;
        self
    }

    /// The slots of the declared variables.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// A literal pattern, compiled once for every expression of this environment and its clones.
    pub(crate) fn regex(&self, pattern: &str) -> Result<Regex, String> {
        let mut cache = self.regexes.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(regex) = cache.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = compile_regex(pattern)?;
        if cache.len() >= MAX_REGEXES {
            cache.clear();
        }
        cache.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }
}

/// Compiles a pattern; its automaton is bounded, and matching is linear in the text.
pub(crate) fn compile_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(2 << 20).build().map_err(|e| match e {
        regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
        other => other.to_string(),
    })
}

/// A host function's failure as a fault.
pub(crate) fn host_fault(name: &str, message: String) -> Fault {
    super::fault::EvalError::Invalid(format!("{name}: {message}")).into()
}

/// The known name closest to `name`, if one is close enough to be meant.
pub(crate) fn closest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let limit = (name.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .filter(|k| !k.is_empty() && *k != name)
        .map(|k| (distance(&name.to_lowercase(), &k.to_lowercase()), k))
        .filter(|(d, _)| *d <= limit)
        .min_by(|a, b| a.cmp(b))
        .map(|(_, k)| k.to_owned())
}

/// Edits between two words: insertions, deletions, replacements and swaps of neighbours.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
