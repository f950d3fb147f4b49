//! Reads messages: which language, which terms of the policy's lexicons, and where. Pure.
//!
//! Texts are folded first (case, width, accents, invisible characters, runs of space), searched, and every hit is
//! mapped back to bytes of the original text. Two readers share that: [`Lexicons`] looks for the policy's own terms,
//! [`Reader`] for what people do with words: identifiers they pass on, and acts such as moving a talk elsewhere.

pub mod encoder;
mod extract;
mod fold;
mod han;
mod lang;
mod lexicon;
pub mod linear;
mod lookalike;
mod reading;

pub use lang::{Lang, language};
pub use lexicon::{
    LIMIT_HITS, LIMIT_PATTERNS, LIMIT_TERM_BYTES, LIMIT_TERMS, LexiconError, LexiconTexts, Lexicons, TermHit,
};
pub use reading::{Act, ActHit, Direction, Identifier, IdentifierKind, Polarity, Reader, Reading};
