//! Development only: a seeded market of fictional people, and a private PostgreSQL.
//!
//! Nothing in here is data of anybody: every name, address, text and price is generated from a seed.

pub mod market;
pub mod postgres;
