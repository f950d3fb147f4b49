//! Where the two backends differ in their SQL, all of it. Everything else is one text for both.

use crate::value::{Type, Value};
use crate::{Error, Result};

/// Which SQL a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// Puts this dialect's words in the place of a migration's tokens:
    /// `{blob}` type of bytes · `{rowid}` one integer as primary key, the table ordered by it ·
    /// `{clustered}` after a table whose rows should lie in the order of its primary key.
    pub(crate) fn migration(self, sql: &str) -> String {
        let (blob, rowid, clustered) = match self {
            Dialect::Sqlite => ("blob", "integer primary key", "without rowid"),
            Dialect::Postgres => ("bytea", "bigint primary key", ""),
        };
        sql.replace("{blob}", blob).replace("{rowid}", rowid).replace("{clustered}", clustered)
    }

    /// How a transaction that will write begins.
    pub(crate) const fn begin(self) -> &'static str {
        match self {
            Dialect::Sqlite => "begin immediate",
            Dialect::Postgres => "begin",
        }
    }

    /// How a transaction begins that reads one state of all tables.
    pub(crate) const fn snapshot(self) -> &'static str {
        match self {
            Dialect::Sqlite => "begin deferred",
            Dialect::Postgres => "begin isolation level repeatable read read only",
        }
    }

    /// The end of a select whose rows one of several workers takes for itself.
    pub(crate) const fn skip_locked(self) -> &'static str {
        match self {
            Dialect::Sqlite => "",
            Dialect::Postgres => " for update skip locked",
        }
    }

    /// A statement that keeps two programs from migrating at once; it holds until the commit.
    pub(crate) const fn migration_lock(self) -> &'static str {
        match self {
            Dialect::Sqlite => "select 1",
            Dialect::Postgres => "select pg_advisory_xact_lock(7240116)",
        }
    }

    /// Lists the tables of the database by name.
    pub(crate) const fn tables(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name"
            }
            Dialect::Postgres => {
                "select table_name::text from information_schema.tables where table_schema = current_schema() \
                 and table_type = 'BASE TABLE' order by 1"
            }
        }
    }

    /// Lists the columns of the table `$1` in order: name, type.
    pub(crate) const fn columns(self) -> &'static str {
        match self {
            Dialect::Sqlite => "select name, type from pragma_table_info($1) order by cid",
            Dialect::Postgres => {
                "select column_name::text, data_type::text from information_schema.columns \
                 where table_schema = current_schema() and table_name::text = $1 order by ordinal_position"
            }
        }
    }

    /// The statement of a bulk insert: one row of values, or one array for each column.
    pub(crate) fn insert(self, table: &str, columns: &[(&str, Type)], conflict: &str) -> String {
        let names = columns.iter().map(|c| c.0).collect::<Vec<_>>().join(", ");
        let slots = |one: &dyn Fn(usize, Type) -> String| {
            columns.iter().enumerate().map(|(i, c)| one(i + 1, c.1)).collect::<Vec<_>>().join(", ")
        };
        match self {
            Dialect::Sqlite => {
                format!("insert into {table} ({names}) values ({}) {conflict}", slots(&|i, _| format!("?{i}")))
            }
            Dialect::Postgres => {
                let arrays = slots(&|i, ty| format!("${i}::{}[]", pg_name(ty)));
                format!("insert into {table} ({names}) select * from unnest({arrays}) {conflict}")
            }
        }
    }
}

const fn pg_name(ty: Type) -> &'static str {
    match ty {
        Type::Int => "bigint",
        Type::Real => "double precision",
        Type::Text => "text",
        Type::Blob => "bytea",
    }
}

/// One column of a bulk insert as PostgreSQL takes it.
pub(crate) enum Array<'a> {
    Int(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Text(Vec<Option<&'a str>>),
    Blob(Vec<Option<&'a [u8]>>),
}

impl<'a> Array<'a> {
    pub(crate) fn new(ty: Type) -> Self {
        match ty {
            Type::Int => Array::Int(Vec::new()),
            Type::Real => Array::Real(Vec::new()),
            Type::Text => Array::Text(Vec::new()),
            Type::Blob => Array::Blob(Vec::new()),
        }
    }

    pub(crate) fn push(&mut self, value: Value<'a>) -> Result<()> {
        match (self, value) {
            (Array::Int(list), Value::Int(n)) => list.push(Some(n)),
            (Array::Real(list), Value::Real(x)) => list.push(Some(x)),
            (Array::Text(list), Value::Text(text)) => list.push(Some(text)),
            (Array::Blob(list), Value::Blob(bytes)) => list.push(Some(bytes)),
            (Array::Int(list), Value::Null) => list.push(None),
            (Array::Real(list), Value::Null) => list.push(None),
            (Array::Text(list), Value::Null) => list.push(None),
            (Array::Blob(list), Value::Null) => list.push(None),
            _ => return Err(Error::Sql("a bulk insert holds a value of another type than its column".into())),
        }
        Ok(())
    }

    pub(crate) fn as_param(&self) -> &(dyn postgres::types::ToSql + Sync) {
        match self {
            Array::Int(list) => list,
            Array::Real(list) => list,
            Array::Text(list) => list,
            Array::Blob(list) => list,
        }
    }
}
