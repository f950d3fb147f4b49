//! SQLite: how its files are opened, and the thread that moves the write-ahead log into the file.
//!
//! The main file commits with `synchronous=FULL`: what was acknowledged survives a power cut. The
//! derived file holds what can be rebuilt and only promises to stay whole.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak, mpsc};
use std::time::Duration;

use rusqlite::{Connection as Sqlite, OpenFlags};

use crate::connection::Connection;
use crate::pool::{Database, Pool};
use crate::{Error, Result};

/// How many readers work at once.
const READERS: usize = 4;
/// How often the checkpoint thread looks.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(200);
/// Frames of write-ahead log (4 KiB each) above which the writer waits while the log is started anew.
const WAL_FRAMES: i64 = 64 * 1024;

/// How durable a file's commits are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Every commit is on the disk before it is acknowledged; checkpoints run on their own thread.
    Full,
    /// Commits may be lost with the power, the file stays whole; checkpoints run inline.
    Derived,
}

/// Opens a file for writing, creating it when it is missing.
fn writer(path: &Path, durability: Durability) -> Result<Sqlite> {
    let connection = Sqlite::open(path).map_err(|e| fault(path, &e))?;
    connection.busy_timeout(Duration::from_secs(10))?;
    let (synchronous, auto) = match durability {
        Durability::Full => ("full", 4 * WAL_FRAMES),
        Durability::Derived => ("normal", 4_000),
    };
    connection
        .execute_batch(&format!(
            "pragma page_size = 4096; pragma journal_mode = wal; pragma synchronous = {synchronous};
             pragma wal_autocheckpoint = {auto}; pragma cache_size = -16384; pragma temp_store = memory;"
        ))
        .map_err(|e| fault(path, &e))?;
    Ok(connection)
}

/// Opens a file for reading alone.
pub(crate) fn reader(path: &Path) -> Result<Sqlite> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Sqlite::open_with_flags(path, flags).map_err(|e| fault(path, &e))?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch("pragma query_only = on; pragma cache_size = -8192;")?;
    Ok(connection)
}

fn fault(path: &Path, error: &rusqlite::Error) -> Error {
    Error::Open { location: path.display().to_string(), reason: error.to_string() }
}

/// A database over one file; its writer is opened at once so that a bad path fails here.
pub(crate) fn database(path: &Path, durability: Durability) -> Result<Arc<Database>> {
    let (write, read) = (path.to_path_buf(), path.to_path_buf());
    let database = Arc::new(Database {
        writers: Pool::new(1, move || Ok(Connection::sqlite(writer(&write, durability)?))),
        readers: Pool::new(READERS, move || Ok(Connection::sqlite(reader(&read)?))),
    });
    database.writers.lease()?;
    Ok(database)
}

/// Keeps the write-ahead log of a busy file short; ends when it is dropped.
pub(crate) struct Checkpointer {
    dirty: Arc<AtomicBool>,
    _stop: mpsc::Sender<()>,
}

impl Checkpointer {
    /// Starts the thread for the file behind `database`.
    pub(crate) fn start(path: &Path, database: &Arc<Database>) -> Result<Self> {
        let connection = writer(path, Durability::Full)?;
        let dirty = Arc::new(AtomicBool::new(true));
        let (stop, stopped) = mpsc::channel::<()>();
        let (seen, database) = (Arc::clone(&dirty), Arc::downgrade(database));
        std::thread::Builder::new().name("checkpoint".into()).spawn(move || {
            // The channel closes when the store goes; until then it only tells the time.
            let mut limit = WAL_FRAMES;
            while let Err(mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(CHECKPOINT_EVERY) {
                if seen.swap(false, Ordering::Relaxed)
                    && let Err(error) = checkpoint(&connection, &database, &mut limit)
                {
                    tracing::warn!(%error, "checkpoint failed");
                    seen.store(true, Ordering::Relaxed);
                }
            }
        })?;
        Ok(Checkpointer { dirty, _stop: stop })
    }

    /// Says that something was written.
    pub(crate) fn wrote(&self) {
        self.dirty.store(true, Ordering::Relaxed);
    }
}

/// Copies what it can beside the writer; only a log grown past `limit` frames makes the writer wait
/// for the rest. A long reader, such as a backup, can forbid that: the limit doubles meanwhile.
fn checkpoint(connection: &Sqlite, database: &Weak<Database>, limit: &mut i64) -> Result<()> {
    let frames: i64 = connection.query_row("pragma wal_checkpoint(passive)", [], |row| row.get(1))?;
    if frames > *limit
        && let Some(database) = database.upgrade()
    {
        let _quiet = database.writers.lease()?;
        connection.busy_timeout(Duration::from_millis(50))?;
        let busy: bool = connection.query_row("pragma wal_checkpoint(restart)", [], |row| row.get(0))?;
        *limit = if busy { frames * 2 } else { WAL_FRAMES };
    }
    Ok(())
}
