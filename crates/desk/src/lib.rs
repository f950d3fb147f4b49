//! People's work. Today: cases in queues, opened or joined by decisions, claimed and closed by people.

pub mod case;

/// The tables of this room.
pub const MIGRATIONS: &[store::Migration] =
    &[store::Migration { room: "desk", number: 1, sql: include_str!("../migrations/desk-1.sql") }];
