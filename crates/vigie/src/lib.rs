//! The face: HTTP API, live updates, console files, commands. Floor 5: wires every room, writes only through the
//! engine (and, for people and keys, through `access`).

pub mod api;
pub mod app;
mod assets;
pub mod backtest;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
mod edit;
pub mod figures;
pub mod listen;
pub mod live;
pub mod metrics;
pub mod models;
pub mod pack;
pub mod people;
pub mod serve;
