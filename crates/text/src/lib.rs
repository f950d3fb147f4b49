//! Reads messages: which language, which terms of the policy's lexicons, and where. Pure.
//!
//! Texts are folded first (case, width, accents, invisible characters, runs of space), searched, and every hit is
//! mapped back to bytes of the original text.

pub mod encoder;
mod fold;
mod han;
mod lang;
mod lexicon;
pub mod linear;

pub use lang::{Lang, language};
pub use lexicon::{
    LIMIT_HITS, LIMIT_PATTERNS, LIMIT_TERM_BYTES, LIMIT_TERMS, LexiconError, LexiconTexts, Lexicons, TermHit,
};
