//! Policy files to decisions: CEL, rules, schemas. Pure.
