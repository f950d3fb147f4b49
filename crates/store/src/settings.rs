//! Small facts of the installation by name.

use crate::connection::{Query, Tx};
use crate::{Result, params};

/// The value of a setting.
///
/// # Errors
/// What the statement says.
pub fn get(q: &mut Query<'_>, name: &str) -> Result<Option<String>> {
    q.one("select value from setting where name = $1", &params![name], |row| row.get(0))
}

/// Sets a value.
///
/// # Errors
/// What the statement says.
pub fn put(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<()> {
    tx.execute(
        "insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
        &params![name, value],
    )?;
    Ok(())
}

/// Removes a setting; false when there was none.
///
/// # Errors
/// What the statement says.
pub fn remove(tx: &mut Tx<'_>, name: &str) -> Result<bool> {
    Ok(tx.execute("delete from setting where name = $1", &params![name])? == 1)
}
