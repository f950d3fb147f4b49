//! Rates, drivers, anomalies and outcomes. Today: shares with their intervals, and how well the conversation guard does.

pub mod quality;
mod rate;

pub use rate::Rate;
