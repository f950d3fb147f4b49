//! Log, transactions, outbox, jobs and migrations on SQLite and PostgreSQL.
//!
//! The store is synchronous and knows no noun of the rooms above it: a room brings its
//! [`Migration`]s and its own SQL, once for both backends, and writes through a [`Tx`].
//!
//! ```
//! use store::{Location, Migration, Store, params};
//! # let folder = std::env::temp_dir().join(format!("vigie-doc-{}", std::process::id()));
//! let store = Store::open(&Location::Folder(folder.clone()))?;
//! let sql = "create table note (id text primary key, at bigint not null)";
//! store.migrate(&[Migration { room: "example", number: 1, sql }])?;
//! store.write(|tx| tx.execute("insert into note (id, at) values ($1, $2)", &params!["a", 5i64]))?;
//! let at: Option<i64> = store.read(|q| q.one("select at from note where id = $1", &params!["a"], |r| r.get(0)))?;
//! assert_eq!(at, Some(5));
//! # drop(store);
//! # std::fs::remove_dir_all(folder)?;
//! # Ok::<(), store::Error>(())
//! ```

pub mod backup;
mod connection;
pub mod decisions;
mod dialect;
mod error;
pub mod index;
pub mod jobs;
pub mod log;
mod migration;
pub mod outbox;
mod pool;
mod postgres;
pub mod settings;
mod sqlite;
mod store;
mod value;

pub use connection::{Insert, Query, Tx};
pub use dialect::Dialect;
pub use error::{Error, Result};
pub use migration::Migration;
pub use store::{Location, Store, Writer};
pub use value::{Column, Row, Type, Value};
