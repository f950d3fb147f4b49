//! Policy files to decisions: CEL, rules, schemas. Pure.

pub mod cel;
