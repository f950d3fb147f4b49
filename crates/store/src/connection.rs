//! One connection of either kind, and what a transaction can do on it.
//!
//! Statements use `$1` placeholders bound by number and are prepared once a connection.

use postgres::fallible_iterator::FallibleIterator;
use rusqlite::Statement;
use rustc_hash::FxHashMap;

use crate::dialect::{Array, Dialect};
use crate::value::{Row, Type, Value};
use crate::{Error, Result};

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 256;
/// How many rows go into one round trip of a bulk insert.
const CHUNK: usize = 1_000;

/// A connection of either backend.
pub(crate) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres { client: Box<postgres::Client>, statements: FxHashMap<String, postgres::Statement> },
}

impl Connection {
    pub(crate) fn sqlite(connection: rusqlite::Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Connection::Sqlite(connection)
    }

    pub(crate) fn postgres(client: postgres::Client) -> Self {
        Connection::Postgres { client: Box::new(client), statements: FxHashMap::default() }
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Whether the session has ended or is left inside a transaction, and must not be used again.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Connection::Sqlite(connection) => !connection.is_autocommit(),
            Connection::Postgres { client, .. } => client.is_closed(),
        }
    }

    /// Runs statements without parameters.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        match self {
            Connection::Sqlite(connection) => connection.execute_batch(sql)?,
            Connection::Postgres { client, .. } => client.batch_execute(sql)?,
        }
        Ok(())
    }

    /// Begins, runs `work`, commits; rolls back when `work` fails or panics.
    pub(crate) fn transaction<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = self.dialect().begin();
        self.control(begin)?;
        let mut open = Open { connection: self, committed: false };
        let value = work(&mut Tx(Query(&mut *open.connection)))?;
        open.commit()?;
        Ok(value)
    }

    /// Reads within one state of all tables.
    pub(crate) fn snapshot<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Query<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = self.dialect().snapshot();
        self.control(begin)?;
        let open = Open { connection: self, committed: false };
        work(&mut Query(&mut *open.connection))
    }

    /// Runs one statement of transaction control, prepared where that is cheaper.
    fn control(&mut self, sql: &str) -> Result<()> {
        match self {
            Connection::Sqlite(connection) => {
                connection.prepare_cached(sql)?.raw_execute()?;
            }
            Connection::Postgres { client, .. } => client.batch_execute(sql)?,
        }
        Ok(())
    }
}

/// An open transaction that rolls back unless it committed.
struct Open<'c> {
    connection: &'c mut Connection,
    committed: bool,
}

impl Open<'_> {
    fn commit(&mut self) -> Result<()> {
        self.connection.control("commit").map_err(|e| Error::Commit(e.to_string()))?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // A session that cannot even roll back shows itself as broken and is thrown away.
        if !self.committed && self.connection.control("rollback").is_err() {
            tracing::warn!("a transaction could not be rolled back; its session is dropped");
        }
    }
}

/// Reads. Rooms write their queries as functions of `&mut Query`, which a [`Tx`] is as well.
pub struct Query<'c>(&'c mut Connection);

impl<'c> Query<'c> {
    pub(crate) fn on(connection: &'c mut Connection) -> Self {
        Query(connection)
    }

    /// Which SQL this connection speaks, for the rare text that differs.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    /// Runs a statement with `$n` placeholders and turns every row of its answer into a value.
    ///
    /// # Errors
    /// What the statement or the first failing `read` says.
    pub fn query<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.each(sql, params, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Runs a statement and hands over each row as it comes, so that an answer of any length passes
    /// through little memory.
    ///
    /// # Errors
    /// What the statement or the first failing `take` says.
    pub fn each(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut take: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match self.0 {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                bind(&mut statement, params)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    take(&Row::Sqlite(row))?;
                }
            }
            Connection::Postgres { client, statements } => {
                let statement = prepare(client, statements, sql)?;
                let mut rows = client.query_raw(&statement, params.iter().copied())?;
                while let Some(row) = rows.next()? {
                    take(&Row::Postgres(&row))?;
                }
            }
        }
        Ok(())
    }

    /// The columns of a table with their types, in order.
    pub(crate) fn columns(&mut self, table: &str) -> Result<Vec<(String, Type)>> {
        let sql = self.dialect().columns();
        self.query(sql, &[Value::Text(table)], |row| {
            let ty = match row.text(1)?.to_ascii_lowercase().as_str() {
                "bigint" | "integer" => Type::Int,
                "double precision" => Type::Real,
                "text" => Type::Text,
                "blob" | "bytea" => Type::Blob,
                other => return Err(Error::Sql(format!("column type {other} in table {table}"))),
            };
            Ok((row.get(0)?, ty))
        })
    }

    /// Like [`Query::query`] for the first row alone; `None` when there is none.
    ///
    /// # Errors
    /// As [`Query::query`].
    pub fn one<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.query(sql, params, read)?.into_iter().next())
    }
}

/// A transaction: all that was written through it commits together or not at all.
pub struct Tx<'c>(Query<'c>);

impl<'c> std::ops::Deref for Tx<'c> {
    type Target = Query<'c>;
    fn deref(&self) -> &Query<'c> {
        &self.0
    }
}

impl std::ops::DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// A bulk insert, declared once beside the table's noun: `insert into table (columns) … conflict`.
pub struct Insert<const N: usize> {
    /// The table.
    pub table: &'static str,
    /// Its columns in the order of the rows' values.
    pub columns: [(&'static str, Type); N],
    /// What follows the values: empty, or `on conflict …`. With `do update`, one call must not hold a key twice.
    pub conflict: &'static str,
}

impl Tx<'_> {
    /// Runs a statement with `$n` placeholders; the number of rows it changed.
    ///
    /// # Errors
    /// What the statement says.
    pub fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        match self.0.0 {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                bind(&mut statement, params)?;
                Ok(statement.raw_execute()? as u64)
            }
            Connection::Postgres { client, statements } => {
                let statement = prepare(client, statements, sql)?;
                Ok(client.execute(&statement, &as_params(params))?)
            }
        }
    }

    /// Inserts many rows the fastest way the backend has; the number of rows inserted or updated.
    ///
    /// # Errors
    /// What the backend says; nothing of the call is left then, once the transaction rolls back.
    pub fn insert_many<'v, const N: usize>(
        &mut self,
        insert: &Insert<N>,
        rows: impl IntoIterator<Item = [Value<'v>; N]>,
    ) -> Result<u64> {
        self.insert_rows(insert.table, &insert.columns, insert.conflict, rows)
    }

    pub(crate) fn insert_rows<'v>(
        &mut self,
        table: &str,
        columns: &[(&str, Type)],
        conflict: &str,
        rows: impl IntoIterator<Item = impl AsRef<[Value<'v>]>>,
    ) -> Result<u64> {
        let sql = self.dialect().insert(table, columns, conflict);
        let mut changed = 0;
        match self.0.0 {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(&sql)?;
                for row in rows {
                    for (i, value) in row.as_ref().iter().enumerate() {
                        statement.raw_bind_parameter(i + 1, value)?;
                    }
                    changed += statement.raw_execute()? as u64;
                }
            }
            Connection::Postgres { client, statements } => {
                let statement = prepare(client, statements, &sql)?;
                let mut rows = rows.into_iter().peekable();
                while rows.peek().is_some() {
                    let mut arrays: Vec<Array<'v>> = columns.iter().map(|c| Array::new(c.1)).collect();
                    for row in rows.by_ref().take(CHUNK) {
                        for (array, value) in arrays.iter_mut().zip(row.as_ref()) {
                            array.push(*value)?;
                        }
                    }
                    let params: Vec<_> = arrays.iter().map(Array::as_param).collect();
                    changed += client.execute(&statement, &params)?;
                }
            }
        }
        Ok(changed)
    }

    /// Runs statements without parameters, several in one text.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        self.0.0.batch(sql)
    }
}

/// Binds by the number in the placeholder's name: SQLite itself counts `$n` by first appearance.
fn bind(statement: &mut Statement<'_>, params: &[Value<'_>]) -> Result<()> {
    for slot in 1..=statement.parameter_count() {
        let number = statement.parameter_name(slot).and_then(|name| name[1..].parse::<usize>().ok());
        let value = number
            .and_then(|n| params.get(n.wrapping_sub(1)))
            .ok_or_else(|| Error::Sql(format!("placeholder {slot} has no parameter")))?;
        statement.raw_bind_parameter(slot, value)?;
    }
    Ok(())
}

fn as_params<'a>(params: &'a [Value<'a>]) -> Vec<&'a (dyn postgres::types::ToSql + Sync)> {
    params.iter().map(|p| p as _).collect()
}

fn prepare(
    client: &mut postgres::Client,
    statements: &mut FxHashMap<String, postgres::Statement>,
    sql: &str,
) -> Result<postgres::Statement> {
    if let Some(statement) = statements.get(sql) {
        return Ok(statement.clone());
    }
    let statement = client.prepare(sql)?;
    if statements.len() >= STATEMENTS {
        statements.clear();
    }
    statements.insert(sql.to_owned(), statement.clone());
    Ok(statement)
}
