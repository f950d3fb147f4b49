//! Policy files to decisions: CEL, rules, schemas. Pure.
//!
//! [`Pack::compile`] turns the texts of a policy folder into what decides; [`prepare`] fits an event
//! to its schema and reads its texts; [`foldings`] says which aggregates it enters; [`decide`] gives
//! the decision. The same input gives the same decision, always.

pub mod cel;
pub mod chat;
mod decide;
mod diagnostic;
pub mod guard;
pub mod pack;
mod reason;
mod yaml;

pub use chat::{Chat, ChatView};
pub use decide::{Folding, Named, Prepared, World, decide, foldings, prepare, restore};
pub use diagnostic::{Diagnostic, Severity};
pub use pack::{Pack, Signals, Window};
pub use reason::{reasons, sentence};
