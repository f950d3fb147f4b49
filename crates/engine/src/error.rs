//! What can go wrong on the one path.

use domain::FieldError;

/// Why a command was refused or could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What it names is not there.
    #[error("{0}")]
    Missing(String),
    /// Whoever wants it may not; the sentence says why.
    #[error("{0}")]
    Forbidden(String),
    /// It does not fit the state of things; the sentence says why.
    #[error("{0}")]
    Conflict(String),
    /// An input is at fault.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A policy pack has errors.
    #[error("the policy has errors")]
    Policy(Vec<decision::Diagnostic>),
    /// The house cannot do it now.
    #[error(transparent)]
    Busy(#[from] Busy),
}

/// The house cannot take it now; nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; try again in {retry_after} s")]
pub struct Busy {
    /// Seconds to wait.
    pub retry_after: u32,
    /// Why, in a sentence.
    pub reason: String,
    /// The queue is full (429) rather than the store out of reach (503).
    pub full: bool,
}

impl Busy {
    pub(crate) fn full() -> Busy {
        Busy { retry_after: 1, reason: "the market's queue is full".to_owned(), full: true }
    }

    pub(crate) fn down(fault: impl std::fmt::Display) -> Busy {
        tracing::error!(%fault, "the store refused a batch");
        Busy { retry_after: 2, reason: "the store is out of reach; nothing was stored".to_owned(), full: false }
    }
}

/// A failure of the engine's own work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A record of the profile room cannot be read.
    #[error("a stored profile cannot be read: {0}")]
    Profile(#[from] profile::DecodeError),
    /// Something stored does not read back.
    #[error("stored {what} cannot be read: {fault}")]
    Corrupt {
        /// What it is.
        what: &'static str,
        /// Why.
        fault: String,
    },
    /// A policy the log names is not stored.
    #[error("policy {0} is not stored")]
    NoPolicy(String),
    /// Policy files that do not compile.
    #[error("the policy has {} findings; the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Policy(Vec<decision::Diagnostic>),
    /// A file or folder.
    #[error("{path}: {fault}")]
    File {
        /// Which.
        path: String,
        /// Why.
        fault: std::io::Error,
    },
    /// Another process serves this store.
    #[error("market `{0}` is served by another process")]
    Locked(String),
    /// An event of the house itself does not fit.
    #[error("{0}")]
    Refused(String),
}
