//! The room's tables.

use store::Migration;

/// Brings the room's tables up to date; run at every start.
pub const MIGRATIONS: &[Migration] = &[Migration {
    room: "access",
    number: 1,
    sql: "
create table access_agent (
    login text primary key, name text not null, role text not null, language text not null, theme text not null,
    hash text not null, created_at bigint not null, disabled_at bigint);
create table access_session (
    fingerprint text primary key, login text not null, created_at bigint not null, seen_at bigint not null);
create table access_key (
    fingerprint text primary key, id text not null unique, name text not null, scopes text not null, market text,
    source text not null, created_by text not null, created_at bigint not null, last_used bigint);
",
}];
