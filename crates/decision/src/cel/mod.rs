//! CEL, the Common Expression Language: the conditions of policy, checked when they are written and compiled to closures.
//!
//! # In brief
//! An [`Env`] declares what expressions may speak of: variables with their [`Type`]s, pure [`Function`]s, and a [`Host`]
//! that resolves calls such as `seller_listings.last('1h')` to numbered [`Reading`]s. [`Env::compile`] gives a
//! [`Program`] or [`Diagnostic`]s with line, column and "did you mean".
//!
//! ```
//! use decision::cel::{Context, Env, NoFacts, Tri, Type};
//! use serde_json::json;
//!
//! let listing = Type::object("listing", [("price", Type::Double), ("country", Type::String)]);
//! let env = Env::standard().with_var("listing", listing);
//! let rule = env.compile_bool("listing.price > 10.0 && listing.country in ['SG', 'MY']").unwrap();
//!
//! let event = json!({"listing": {"price": 12.5, "country": "MY"}});
//! let mut slots = Vec::new();
//! env.layout().loader().load(&event, &mut slots);
//! let context = Context { slots: &slots, facts: &NoFacts };
//! assert_eq!(rule.eval_bool(&context), Tri::True);
//! assert!(env.compile("listing.prise > 1.0").unwrap_err()[0].suggestion.as_deref() == Some("price"));
//! ```
//!
//! - **Values.** Each declared path (`listing`, `listing.price`) is one slot of the [`Layout`]; a [`Loader`] fills a
//!   `Vec<`[`Slot`]`>` from a decoded event, borrowing its text. Several roots: [`Loader::load_with`].
//! - **Readings.** The same call gives the same reading id, chosen by the host when compiling; at run time
//!   [`Facts::read`] is asked for it lazily, once an event and set.
//! - **Outcomes.** [`Program::eval`] gives a [`Value`] or a [`Fault`]: `Missing` (an absent or null field, a reading the
//!   host has not) or `Error`. `&&` and `||` absorb the faults of one side when the other decides. [`Program::eval_bool`]
//!   gives a [`Tri`]. `has(listing.title)` asks for presence; `listing.?title.orValue('')` gives a default.
//! - **Records.** [`Program::reads`] names every slot and reading; [`Program::record`] pairs them with values.
//! - **Sets.** A [`RuleSet`] evaluates many conditions over one event, sharing what they have in common, and gives the
//!   indexes of hits and faults; [`RuleSet::loader`] loads only what its rules read.
//!
//! Everything here is pure: no clock, no dice, no files. Length and depth of the text, steps of macros, sizes of texts
//! and of patterns' automata are bounded.

mod ast;
pub mod bench;
mod call;
mod check;
mod compile;
mod compile_bool;
mod compile_num;
mod deviations;
mod env;
mod fault;
mod fold;
mod format;
mod frame;
mod instant;
mod layout;
mod loops;
mod math;
mod node;
mod ops;
mod parse;
mod patterns;
mod program;
mod resolve;
mod ruleset;
mod scan;
mod sharing;
mod stdlib;
mod strings;
mod time;
mod types;
mod value;

pub use check::Read;
pub use deviations::DEVIATIONS;
pub(crate) use env::closest;
pub use env::{Arg, DEFAULT_STEPS, Diagnostic, Env, Facts, Function, FunctionBody, Host, NoFacts, Reading};
pub use fault::{EvalError, Fault, Source, Tri};
pub use instant::Timestamp;
pub use layout::{Layout, Loader, Slot, SlotInfo, recycle};
pub use program::{Context, Program};
pub use ruleset::{Outcome, RuleSet};
pub use scan::{MAX_DEPTH, MAX_SOURCE};
pub use types::{ObjectType, Type};
pub use value::{Key, Signed, Value};
