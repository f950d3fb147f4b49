//! Development only: a seeded market of fictional people.
pub mod postgres;
