//! What can go wrong below: one type for both backends, without a row's values in its words.

/// A fault of the store. Its text never holds a value that was bound to a statement.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store could not be opened or reached.
    #[error("cannot open {location}: {reason}")]
    Open {
        /// Folder, or URL without its password.
        location: String,
        /// One sentence.
        reason: String,
    },
    /// A statement failed.
    #[error("statement failed: {0}")]
    Sql(String),
    /// A row with the same key is there already.
    #[error("a row with the same key exists: {0}")]
    Unique(String),
    /// Nothing became free within the time allowed; trying again may help.
    #[error("the store is busy: {0}")]
    Busy(String),
    /// The session ended; its locks are gone and its open transaction did not commit.
    #[error("the connection to the store was lost: {0}")]
    Lost(String),
    /// The commit did not succeed, or nobody can say whether it did. Drop what memory assumed of
    /// the transaction and read the store again.
    #[error("the commit failed: {0}")]
    Commit(String),
    /// A value of another type stood in the column.
    #[error("column {column} holds {found}, wanted {wanted}")]
    Column {
        /// Place in the row, from 0.
        column: usize,
        /// What the reader asked for.
        wanted: &'static str,
        /// What was there.
        found: &'static str,
    },
    /// The store was written by a newer program.
    #[error("the store knows migration {found} of `{room}`, this program only {known}: start the newer program")]
    Newer {
        /// The room whose tables are newer.
        room: String,
        /// The number in the store.
        found: u32,
        /// The highest number this program has.
        known: u32,
    },
    /// The text of a migration that ran already is another now.
    #[error("migration {number} of `{room}` ran with another text; write a new migration instead")]
    Changed {
        /// The room.
        room: String,
        /// The number.
        number: u32,
    },
    /// What was read contradicts itself.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The store's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let code = error.sqlite_error().map(|e| (e.code, e.extended_code));
        match code {
            Some((ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _)) => Error::Busy("another writer".into()),
            Some((ErrorCode::ConstraintViolation, 1555 | 2067)) => Error::Unique(error.to_string()),
            Some((ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)) => Error::Corrupt(error.to_string()),
            _ => Error::Sql(error.to_string()),
        }
    }
}

impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Self {
        use postgres::error::SqlState;
        // The server's detail quotes the row; only its message, which names things, may be repeated.
        let Some(db) = error.as_db_error() else {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            return if error.is_closed() {
                Error::Lost("session closed".into())
            } else {
                Error::Sql(format!("{error}{cause}"))
            };
        };
        let message = db.message().to_owned();
        match db.code() {
            &SqlState::UNIQUE_VIOLATION => Error::Unique(message),
            &SqlState::LOCK_NOT_AVAILABLE
            | &SqlState::T_R_SERIALIZATION_FAILURE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::QUERY_CANCELED
            | &SqlState::TOO_MANY_CONNECTIONS => Error::Busy(message),
            &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN => Error::Lost(message),
            _ => Error::Sql(message),
        }
    }
}
