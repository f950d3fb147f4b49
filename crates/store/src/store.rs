//! The store: where it lies, how it is opened, read and written.

use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::connection::{Connection, Query, Tx};
use crate::migration::{self, Migration};
use crate::pool::Database;
use crate::sqlite::{self, Checkpointer, Durability};
use crate::{Error, Result, index, log, params, postgres};

/// The file of truth in a SQLite store's folder.
pub(crate) const MAIN_FILE: &str = "vigie.db";
/// The file of derived tables beside it; it may be deleted while nobody serves.
pub(crate) const DERIVED_FILE: &str = "index.db";

/// Where a store lies.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// SQLite files in a folder, created when missing.
    Folder(PathBuf),
    /// A PostgreSQL database by URL.
    Postgres(String),
}

impl Location {
    /// Reads `postgres://…` or `postgresql://…` as a database, anything else as a folder.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Location::Postgres(text.to_owned())
        } else {
            Location::Folder(PathBuf::from(text))
        }
    }
}

impl fmt::Display for Location {
    /// The folder, or the URL without user, password and options.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Folder(path) => write!(f, "{}", path.display()),
            Location::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                write!(f, "postgres://{}", host.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A store on either backend. Clones share it. It is synchronous: on a runtime's threads, call it
/// from a blocking section.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    location: Location,
    main: Arc<Database>,
    derived: Arc<Database>,
    checkpoints: Option<Checkpointer>,
    migrations: Mutex<Vec<Migration>>,
}

impl Store {
    /// Opens a store, creating what is missing, and brings its own tables up to date.
    ///
    /// # Errors
    /// [`Error::Open`] when it cannot be reached, [`Error::Newer`] when a newer program wrote it.
    pub fn open(location: &Location) -> Result<Self> {
        let (main, derived, checkpoints) = match location {
            Location::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|e| Error::Open { location: location.to_string(), reason: e.to_string() })?;
                let path = folder.join(MAIN_FILE);
                let main = sqlite::database(&path, Durability::Full)?;
                let checkpoints = Checkpointer::start(&path, &main)?;
                (main, sqlite::database(&folder.join(DERIVED_FILE), Durability::Derived)?, Some(checkpoints))
            }
            Location::Postgres(url) => {
                let main = postgres::database(location, url)?;
                (Arc::clone(&main), main, None)
            }
        };
        let store = Store(Arc::new(Inner {
            location: location.clone(),
            main,
            derived,
            checkpoints,
            migrations: Mutex::default(),
        }));
        store.migrate(log::MIGRATIONS)?;
        migration::run(store.derived(), index::MIGRATIONS)?;
        Ok(store)
    }

    /// Brings a room's tables up to date. Every room calls this at each start, before anything else.
    ///
    /// # Errors
    /// [`Error::Newer`] and [`Error::Changed`] as [`Migration`] explains, or what a statement says.
    pub fn migrate(&self, migrations: &[Migration]) -> Result<()> {
        migration::run(&self.0.main, migrations)?;
        let mut known = self.0.migrations.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|old| !migrations.iter().any(|new| (new.room, new.number) == (old.room, old.number)));
        known.extend_from_slice(migrations);
        Ok(())
    }

    /// Where it lies.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.0.location
    }

    /// Runs `work` in a transaction and commits it; an error or a panic of `work` rolls it back.
    ///
    /// # Errors
    /// What `work` says; [`Error::Busy`] when no writer becomes free; [`Error::Commit`] when the
    /// commit failed or its outcome is unknown.
    pub fn write<T, E: From<Error>>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let done = self.0.main.write(work);
        self.wrote();
        done
    }

    /// Runs `work` on a reader; every statement sees the newest commit.
    ///
    /// # Errors
    /// What `work` says; [`Error::Busy`] when no reader becomes free.
    pub fn read<T, E: From<Error>>(&self, work: impl FnOnce(&mut Query<'_>) -> Result<T, E>) -> Result<T, E> {
        self.0.main.read(work)
    }

    /// Runs `work` on a reader; all its statements see one state of the store.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn snapshot<T, E: From<Error>>(&self, work: impl FnOnce(&mut Query<'_>) -> Result<T, E>) -> Result<T, E> {
        self.0.main.snapshot(work)
    }

    /// A session that writes for one market worker.
    ///
    /// # Errors
    /// [`Error::Lost`] or [`Error::Sql`] when PostgreSQL gives no further session.
    pub fn writer(&self) -> Result<Writer> {
        let session = match self.0.location {
            Location::Folder(_) => None,
            Location::Postgres(_) => Some(self.0.main.writers.dedicated()?),
        };
        Ok(Writer { store: self.clone(), session, locks: Vec::new() })
    }

    /// The database of derived tables: another file on SQLite, the same database on PostgreSQL.
    pub(crate) fn derived(&self) -> &Database {
        &self.0.derived
    }

    /// All migrations registered so far.
    pub(crate) fn migrations(&self) -> Vec<Migration> {
        self.0.migrations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn wrote(&self) {
        if let Some(checkpoints) = &self.0.checkpoints {
            checkpoints.wrote();
        }
    }
}

/// A worker's own way to write. On PostgreSQL it keeps one session, which holds the locks of its
/// markets: when the session dies the locks are free and nothing of it can commit any more. On
/// SQLite all writers share the one connection, and a file in the folder is the lock.
pub struct Writer {
    store: Store,
    session: Option<Connection>,
    locks: Vec<File>,
}

impl Writer {
    /// As [`Store::write`], on this session.
    ///
    /// # Errors
    /// As [`Store::write`]; after [`Error::Lost`] or [`Error::Commit`] on PostgreSQL the session and
    /// its locks may be gone: take a new writer and read the store again.
    pub fn write<T, E: From<Error>>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        match &mut self.session {
            None => self.store.write(work),
            Some(session) => session.transaction(work),
        }
    }

    /// Takes the lock that makes this session the market's one worker, until it is dropped; false
    /// when another program (or another writer of this one) has it.
    ///
    /// # Errors
    /// What the backend says.
    pub fn lock_market(&mut self, name: &str) -> Result<bool> {
        let digest = Sha256::digest(name);
        let number = i64::from_be_bytes(std::array::from_fn(|i| digest[i]));
        match (&mut self.session, &self.store.0.location) {
            (Some(session), _) => session.transaction(|tx| {
                let taken = tx.one("select pg_try_advisory_lock($1)", &params![number], |row| row.get(0))?;
                Ok(taken.unwrap_or(false))
            }),
            (None, Location::Folder(folder)) => self.lock_file(&folder.join(format!("market-{number:016x}.lock"))),
            (None, Location::Postgres(_)) => Ok(false),
        }
    }

    fn lock_file(&mut self, path: &Path) -> Result<bool> {
        let file = File::options().create(true).write(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                self.locks.push(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
