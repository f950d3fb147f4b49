//! Why an expression gave no value: something it reads is missing, or an operation failed.

use std::fmt;

/// Where a value comes from when an expression runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A slot of the layout, by its index.
    Slot(u32),
    /// A reading of the host, by the number the host gave it.
    Reading(u32),
}

/// What stands in for a value where there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The event or the host has no value here.
    Missing(Source),
    /// The expression failed.
    Error(Box<EvalError>),
}

/// A failure of an operation on present values.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// No function or operator of that name takes values of these kinds.
    #[error("no such overload: {0}")]
    NoSuchOverload(String),
    /// A map has no such key, or an object no such field.
    #[error("no such key: {0}")]
    NoSuchKey(String),
    /// A list is shorter than that, or text is.
    #[error("index out of range: {0}")]
    Index(i64),
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A remainder by zero.
    #[error("modulus by zero")]
    ModulusByZero,
    /// An integer, instant or duration left its range.
    #[error("{0} is out of range")]
    Range(&'static str),
    /// A value that cannot be read as what was asked for.
    #[error("{0}")]
    Invalid(String),
    /// The comprehension took more steps than allowed.
    #[error("the expression takes more than {0} steps")]
    Steps(u32),
    /// A text or list grew beyond what one expression may hold.
    #[error("the expression makes a value larger than {0}")]
    Size(usize),
    /// A field of the event holds something else than declared.
    #[error("slot {0} does not hold the declared type")]
    WrongType(u32),
}

impl From<EvalError> for Fault {
    fn from(error: EvalError) -> Fault {
        Fault::Error(Box::new(error))
    }
}

impl Fault {
    /// Which of two faults of one `&&` or `||` to report: a missing value before an error, else the first.
    pub(crate) fn merge(first: Option<Fault>, next: Fault) -> Fault {
        match (first, next) {
            (Some(Fault::Error(_)), missing @ Fault::Missing(_)) => missing,
            (Some(first), _) => first,
            (None, next) => next,
        }
    }

    pub(crate) fn overload(name: impl Into<String>) -> Fault {
        EvalError::NoSuchOverload(name.into()).into()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Missing(Source::Slot(n)) => write!(f, "slot {n} is missing"),
            Fault::Missing(Source::Reading(n)) => write!(f, "reading {n} is missing"),
            Fault::Error(e) => e.fmt(f),
        }
    }
}

/// The outcome of a boolean expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tri {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// A value that decides it is missing.
    Missing,
    /// It failed.
    Error,
}

impl From<&Result<bool, Fault>> for Tri {
    fn from(outcome: &Result<bool, Fault>) -> Tri {
        match outcome {
            Ok(true) => Tri::True,
            Ok(false) => Tri::False,
            Err(Fault::Missing(_)) => Tri::Missing,
            Err(Fault::Error(_)) => Tri::Error,
        }
    }
}
