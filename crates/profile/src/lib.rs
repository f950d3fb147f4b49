//! Who and what they did: aggregates, labels, and the in-memory state of a market around them.
//!
//! One [`State`] per market, owned by the market's worker. It is a fold of the market's log: the
//! same events in the same order give the same state, byte for byte ([`State::digest`]), whether it
//! was folded in one go, rebuilt from stored records and the log's tail, or partly evicted on the
//! way. Nothing here reads a clock, a file or the store; everything is as of an event's time.
//!
//! # Entities
//! Everything kept of one entity (registered, labels, the cells of its aggregates, a note)
//! stands in one record: one look-up in memory, one row in the store. Entities are named by
//! [`entity_key`].
//!
//! # What a reading means
//! An aggregate is read as of `at`, the time of the event being decided, after that event has been
//! folded: **the current event is included**. Duplicates must not reach [`State::fold`].
//!
//! - [`Window::Span`] is `(at - span, at]` by event time. Entries later than `at` that were folded
//!   before (the event is late, or events arrived out of order) are left out. Up to 64 entries of a
//!   key ([`EXACT_ENTRIES`], the newest by event time) are kept one by one, and readings from them
//!   are exact. Older entries stand in buckets of 1/60 of the span ([`BUCKETS_PER_SPAN`]), cut at
//!   multiples of that width since 1970. A window that reaches into buckets takes in every bucket
//!   it touches, so its start lies up to one bucket early, and its end up to one bucket late where
//!   `at` itself is older than the 64 entries; such a reading is `approximate`.
//! - Entries older than the newest of the same key by more than the aggregate's longest span and a
//!   day are let go, and buckets older than two spans (for `count_distinct` by a fifteenth of the
//!   span more than it). A reading that would have needed them is `approximate`; only events that
//!   come that late ask for it. An event that itself comes that late is not in its own window.
//! - [`Window::Today`] is the calendar day of `at` in the market's zone, the **whole** day as far as
//!   it was folded, entries later than `at` included. Days that are 23 or 25 hours long are. Eight
//!   days are kept ([`DAYS_KEPT`]), counted from the newest; older ones read as empty and `approximate`.
//! - [`Window::All`] is everything folded so far, entries later than `at` included.
//!
//! A window without entries reads 0 for `count`, `sum` and `count_distinct`, and *missing* for the
//! rest. An aggregate that is not ready, and a window that the definition does not have, read
//! *missing*. `seconds_since` of an event's own aggregate is 0, since the event is included.
//!
//! - `sum` and `avg` add millionths of a whole in 128 bits: decimal amounts add up exactly, in any
//!   order. A number beyond ±9.2 · 10¹² counts as that. Other functions see the number as it is.
//! - `count_distinct` is exact up to 256 different values in the window ([`EXACT_DISTINCT`]), whole
//!   buckets do not blur it so far; beyond, it is a HyperLogLog with a standard error of 1.6 %.
//! - `quantile` is exact up to 64 numbers; beyond, it is within 1/128 of the number at that rank.
//!   Numbers below 2⁻²⁰ count as zero and those above 2⁴⁴ as 2⁴⁴ then.
//! - `first` and `last` go by event time; among equal times by the order of folding.
//!
//! # Memory, eviction, checkpoints
//! The caller's batch is: for each entity of an event that [`State::is_wanted`], fetch the stored
//! record and [`State::restore`] it; fold; read; decide; then [`State::trim`], and store what
//! [`State::drain_evicted`] and, while a checkpoint goes on, [`State::take_dirty`] give, in the
//! batch's own transaction. When that transaction fails, the state is dropped and rebuilt.
//!
//! A record includes the log position up to which it was folded; folding positions up to it is
//! ignored. So a state is rebuilt from stored records of any age after the last checkpoint, by
//! folding the log after the checkpoint's position.
//!
//! # New definitions
//! An aggregate is known by the hash of its definition and its windows. [`State::redefine`] takes a
//! new policy's definitions; those that are new read missing until a state made by [`State::only`]
//! has folded the whole log beside and is [adopted](State::adopt). A checkpoint names the
//! aggregates that are whole in its records; after a restart all others must be backfilled again.

mod accumulate;
mod aggregate;
mod calendar;
mod cell;
mod codec;
mod distinct;
mod entity;
mod filter;
mod hash;
mod label;
mod memory;
mod quantile;
mod series;
pub mod snapshot;
mod state;

pub use aggregate::{
    AggregateDef, BUCKETS_PER_SPAN, DAYS_KEPT, EXACT_DISTINCT, EXACT_ENTRIES, Fn, Input, LIMIT_TEXT, LIMIT_WINDOWS,
    Reading, Value, Window,
};
pub use codec::DecodeError;
pub use hash::{entity_key, hash_bytes};
pub use label::{LIMIT_LABEL_TEXT, LIMIT_LABELS, Label, LabelOutcome};
pub use state::{Agg, Checkpoint, Config, EntityFacts, LIMIT_AGGREGATES, Record, State, digest};
