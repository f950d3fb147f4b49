//! Values in and out of statements: five kinds, the same on both backends.
//!
//! Ids and JSON are text, times and counts are integers (times in microseconds), truth is 0 or 1.

use domain::Time;
use postgres::types::{FromSql, IsNull, ToSql, Type as PgType, private::BytesMut, to_sql_checked};

use crate::{Error, Result};

/// A value bound to a statement or read from a row; text and bytes are borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

/// The type of a column, as bulk inserts need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// BIGINT.
    Int,
    /// DOUBLE PRECISION.
    Real,
    /// TEXT.
    Text,
    /// BLOB, BYTEA.
    Blob,
}

/// Builds the parameters of a statement: `params![market, "open", time]` is a `[Value; 3]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

impl Value<'_> {
    const fn name(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Int(_) => "an integer",
            Value::Real(_) => "a real",
            Value::Text(_) => "a text",
            Value::Blob(_) => "bytes",
        }
    }
}

macro_rules! from_int {
    ($($int:ty),*) => { $(
        impl From<$int> for Value<'_> {
            fn from(value: $int) -> Self { Value::Int(value as i64) }
        }
    )* };
}
from_int!(i64, i32, u32, u64, usize, bool);

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Value::Real(value)
    }
}
impl From<Time> for Value<'_> {
    fn from(value: Time) -> Self {
        Value::Int(value.0)
    }
}
impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::Text(value)
    }
}
impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Value::Text(value)
    }
}
impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Value::Blob(value)
    }
}
impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Value::Blob(value)
    }
}
impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(value: &'a Option<String>) -> Self {
        Value::from(value.as_ref())
    }
}

/// What a column can be read as.
pub trait Column: Sized {
    /// Its name in an error.
    const WANTED: &'static str;
    /// The value, or `None` when the column holds something else.
    fn read(value: Value<'_>) -> Option<Self>;
}

macro_rules! column_int {
    ($($int:ty),*) => { $(
        impl Column for $int {
            const WANTED: &'static str = "an integer";
            fn read(value: Value<'_>) -> Option<Self> {
                match value { Value::Int(n) => n.try_into().ok(), _ => None }
            }
        }
    )* };
}
column_int!(i64, i32, u32, u64, usize);

impl Column for bool {
    const WANTED: &'static str = "0 or 1";
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(n @ (0 | 1)) => Some(n == 1),
            _ => None,
        }
    }
}
impl Column for f64 {
    const WANTED: &'static str = "a number";
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Real(x) => Some(x),
            Value::Int(n) => Some(n as f64),
            _ => None,
        }
    }
}
impl Column for Time {
    const WANTED: &'static str = "a time";
    fn read(value: Value<'_>) -> Option<Self> {
        i64::read(value).map(Time)
    }
}
impl Column for String {
    const WANTED: &'static str = "a text";
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}
impl Column for Vec<u8> {
    const WANTED: &'static str = "bytes";
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}
impl<T: Column> Column for Option<T> {
    const WANTED: &'static str = T::WANTED;
    fn read(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::read(other).map(Some),
        }
    }
}

/// One row of an answer; columns are counted from 0.
pub enum Row<'a> {
    /// From SQLite.
    #[doc(hidden)]
    Sqlite(&'a rusqlite::Row<'a>),
    /// From PostgreSQL.
    #[doc(hidden)]
    Postgres(&'a postgres::Row),
}

impl Row<'_> {
    /// The value of a column as it is.
    ///
    /// # Errors
    /// [`Error::Sql`] when there is no such column or its type is none of the five kinds.
    pub fn value(&self, column: usize) -> Result<Value<'_>> {
        use rusqlite::types::ValueRef;
        match self {
            Row::Sqlite(row) => Ok(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Real(x) => Value::Real(x),
                ValueRef::Text(bytes) => {
                    Value::Text(std::str::from_utf8(bytes).map_err(|e| Error::Corrupt(e.to_string()))?)
                }
                ValueRef::Blob(bytes) => Value::Blob(bytes),
            }),
            Row::Postgres(row) => Ok(row.try_get::<_, Option<Value<'_>>>(column)?.unwrap_or(Value::Null)),
        }
    }

    /// The value of a column as the type asked for; `Option` for columns that may be null.
    ///
    /// # Errors
    /// [`Error::Column`] when the column holds something else.
    pub fn get<T: Column>(&self, column: usize) -> Result<T> {
        let value = self.value(column)?;
        let found = value.name();
        T::read(value).ok_or(Error::Column { column, wanted: T::WANTED, found })
    }

    /// The text of a column, borrowed.
    ///
    /// # Errors
    /// [`Error::Column`] when the column holds no text.
    pub fn text(&self, column: usize) -> Result<&str> {
        match self.value(column)? {
            Value::Text(text) => Ok(text),
            other => Err(Error::Column { column, wanted: "a text", found: other.name() }),
        }
    }

    /// The JSON text of a column, decoded.
    ///
    /// # Errors
    /// [`Error::Column`] for no text, [`Error::Corrupt`] for text that is not the wanted JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T> {
        serde_json::from_str(self.text(column)?).map_err(|e| Error::Corrupt(format!("column {column}: {e}")))
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::ValueRef;
        Ok(rusqlite::types::ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(n),
            Value::Real(x) => ValueRef::Real(x),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

type Fault = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &PgType, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match (*self, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(n), &PgType::INT8) => n.to_sql(ty, out),
            (Value::Int(n), &PgType::INT4) => i32::try_from(n)?.to_sql(ty, out),
            (Value::Int(n), &PgType::INT2) => i16::try_from(n)?.to_sql(ty, out),
            (Value::Int(n), &PgType::FLOAT8) => (n as f64).to_sql(ty, out),
            (Value::Real(x), &PgType::FLOAT8) => x.to_sql(ty, out),
            (Value::Text(text), &PgType::TEXT | &PgType::VARCHAR | &PgType::UNKNOWN) => text.to_sql(ty, out),
            (Value::Blob(bytes), &PgType::BYTEA) => bytes.to_sql(ty, out),
            (value, ty) => Err(format!("a parameter is {}, the statement wants {ty}", value.name()).into()),
        }
    }
    fn accepts(_: &PgType) -> bool {
        true
    }
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(ty: &PgType, raw: &'a [u8]) -> Result<Self, Fault> {
        match *ty {
            PgType::INT8 => i64::from_sql(ty, raw).map(Value::Int),
            PgType::INT4 => i32::from_sql(ty, raw).map(|n| Value::Int(n.into())),
            PgType::INT2 => i16::from_sql(ty, raw).map(|n| Value::Int(n.into())),
            PgType::BOOL => bool::from_sql(ty, raw).map(|b| Value::Int(b.into())),
            PgType::FLOAT8 => f64::from_sql(ty, raw).map(Value::Real),
            PgType::BYTEA => <&[u8]>::from_sql(ty, raw).map(Value::Blob),
            PgType::NUMERIC => Err("a sum of integers is numeric there: write cast(sum(x) as bigint)".into()),
            _ => <&str>::from_sql(ty, raw).map(Value::Text),
        }
    }
    fn accepts(_: &PgType) -> bool {
        true
    }
}
