//! The outside, in and out: event formats in, signed webhooks out.
//!
//! [`intake`] turns the bytes of a request into the house's events and names every fault;
//! [`webhook`] signs what the house has to tell and sends it where a guard allows. Nothing here
//! decides anything, and nothing reads a clock: instants are given by the caller.

pub mod intake;
pub mod webhook;
