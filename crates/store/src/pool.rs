//! A bounded pool of connections, and a database as two of them: writers and readers.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::connection::{Connection, Query, Tx};
use crate::{Error, Result};

/// How long somebody waits for a free connection before hearing that the store is busy.
const PATIENCE: Duration = Duration::from_secs(30);

type Opener = Box<dyn Fn() -> Result<Connection> + Send + Sync>;

/// At most `limit` connections, opened when first wanted.
pub(crate) struct Pool {
    open: Opener,
    limit: usize,
    state: Mutex<Idle>,
    freed: Condvar,
}

#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    opened: usize,
}

impl Pool {
    pub(crate) fn new(limit: usize, open: impl Fn() -> Result<Connection> + Send + Sync + 'static) -> Self {
        Pool { open: Box::new(open), limit, state: Mutex::default(), freed: Condvar::new() }
    }

    /// Opens a connection beside the pool, for a session that keeps it.
    pub(crate) fn dedicated(&self) -> Result<Connection> {
        (self.open)()
    }

    /// A connection for the time of the lease; waits while all are lent.
    pub(crate) fn lease(&self) -> Result<Lease<'_>> {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.lock();
        loop {
            if let Some(connection) = state.connections.pop() {
                return Ok(Lease { pool: self, connection: Some(connection) });
            }
            if state.opened < self.limit {
                state.opened += 1;
                drop(state);
                // The lease gives the place back even when opening fails.
                let mut lease = Lease { pool: self, connection: None };
                lease.connection = Some((self.open)()?);
                return Ok(lease);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Busy("all connections are in use".into()));
            }
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A borrowed connection; it goes back on drop unless its session is broken.
pub(crate) struct Lease<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Lease<'_> {
    /// The connection.
    pub(crate) fn get(&mut self) -> Result<&mut Connection> {
        self.connection.as_mut().ok_or_else(|| Error::Lost("no connection".into()))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        match self.connection.take() {
            Some(connection) if !connection.is_broken() => state.connections.push(connection),
            _ => state.opened -= 1,
        }
        drop(state);
        self.pool.freed.notify_one();
    }
}

/// One database: on SQLite a single writer and several readers, on PostgreSQL two bounded pools.
pub(crate) struct Database {
    pub(crate) writers: Pool,
    pub(crate) readers: Pool,
}

impl Database {
    /// Runs `work` in a transaction on a pooled writer.
    pub(crate) fn write<T, E: From<Error>>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.writers.lease()?.get()?.transaction(work)
    }

    /// Runs `work` on a pooled reader, each statement for itself.
    pub(crate) fn read<T, E: From<Error>>(&self, work: impl FnOnce(&mut Query<'_>) -> Result<T, E>) -> Result<T, E> {
        work(&mut Query::on(self.readers.lease()?.get()?))
    }

    /// Runs `work` on a pooled reader within one state of all tables.
    pub(crate) fn snapshot<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut Query<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.readers.lease()?.get()?.snapshot(work)
    }
}
