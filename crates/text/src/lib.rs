//! Reads messages: language, lexicon hits with spans. Pure.
