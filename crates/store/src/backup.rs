//! Backup while serving, and restore.
//!
//! A backup is one SQLite file whichever backend it comes from, so it can be restored to either. It
//! carries a manifest: the rows of every table and, for each market, a digest over its whole log.
//! The digest is taken from the serving store and must come out of the copy again, and out of the
//! restored store. Derived tables are left out; the index is rebuilt at the first start.
//!
//! SQLite copies itself within one read transaction (`vacuum into`): writers go on, only the
//! write-ahead log cannot shrink meanwhile. PostgreSQL is read table by table within one
//! repeatable-read transaction.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::connection::{Connection, Query, Tx};
use crate::log::{self, MarketNo};
use crate::pool::{Database, Pool};
use crate::sqlite::{self, Durability};
use crate::store::{DERIVED_FILE, MAIN_FILE};
use crate::value::{Type, Value};
use crate::{Error, Location, Migration, Result, Store, index, migration, params};

/// Rows copied at once.
const CHUNK: usize = 1_000;
/// Tables that are not part of a backup's content: each place makes its own.
const OWN: [&str; 5] = ["migration", "backup", "log_seed", "log_run", "log_block"];

/// What a backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Logs by market name.
    pub logs: BTreeMap<String, LogDigest>,
}

/// A market's log in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogDigest {
    /// The highest seq retention had dropped.
    pub floor: u64,
    /// The last seq.
    pub last: u64,
    /// SHA-256 over all rows in order, in hexadecimal digits.
    pub sha256: String,
}

impl Store {
    /// Writes a backup of the store as it is at some moment during the call. `dest` must not exist;
    /// it appears complete or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be written, [`Error::Corrupt`] when the copy is not what
    /// the store holds.
    pub fn backup(&self, dest: &Path) -> Result<Manifest> {
        if dest.exists() {
            return Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists).into());
        }
        let part = beside(dest);
        remove(&part)?;
        match self.location() {
            Location::Folder(folder) => copy_file(&folder.join(MAIN_FILE), &part)?,
            Location::Postgres(_) => self.export(&part)?,
        }
        let copy = file(&part)?;
        copy.write(|tx| tx.execute("delete from setting where name = $1", &params![index::SEED]))?;
        let manifest = copy.read(Manifest::of)?;
        self.compare(&manifest)?;
        let text = serde_json::to_string(&manifest).map_err(|e| Error::Corrupt(e.to_string()))?;
        copy.write(|tx| {
            tx.batch("create table backup (manifest text not null)")?;
            tx.execute("insert into backup (manifest) values ($1)", &params![&text])
        })?;
        drop(copy);
        settle(&part, dest)?;
        Ok(manifest)
    }

    /// Checks that this store holds the logs a manifest speaks of.
    ///
    /// # Errors
    /// [`Error::Corrupt`] with the market whose log differs.
    pub fn compare(&self, manifest: &Manifest) -> Result<()> {
        for (name, expect) in &manifest.logs {
            let found = self.snapshot(|q| {
                let market = log::find_market(q, name)?.ok_or_else(|| Error::Corrupt(format!("no market {name}")))?;
                // What retention drops while we copy cannot be compared any more.
                let floor = log::floor(q, market)?;
                (floor == expect.floor).then(|| log_digest(q, market, floor, expect.last)).transpose()
            })?;
            if found.is_some_and(|sha256| sha256 != expect.sha256) {
                return Err(Error::Corrupt(format!("the log of {name} is not that of the backup")));
            }
        }
        Ok(())
    }

    /// Copies all tables of one moment into a new file.
    fn export(&self, dest: &Path) -> Result<()> {
        let copy = file(dest)?;
        migration::run(&copy, &self.migrations())?;
        copy.write(|tx| self.snapshot(|q| copy_tables(q, tx)))
    }
}

/// Reads a backup through and checks it against its manifest.
///
/// # Errors
/// [`Error::Corrupt`] when it is no backup or not what it was.
pub fn verify(src: &Path) -> Result<Manifest> {
    if !src.is_file() {
        return Err(std::io::Error::from(std::io::ErrorKind::NotFound).into());
    }
    let path = src.to_path_buf();
    let readers = Pool::new(1, move || Ok(Connection::sqlite(sqlite::reader(&path)?)));
    let mut lease = readers.lease()?;
    let q = &mut Query::on(lease.get()?);
    let text = q.one("select manifest from backup", &[], |row| row.get::<String>(0)).ok().flatten();
    let text = text.ok_or_else(|| Error::Corrupt(format!("{} is no backup", src.display())))?;
    let expect: Manifest = serde_json::from_str(&text).map_err(|e| Error::Corrupt(e.to_string()))?;
    let found = Manifest::of(q)?;
    if found == expect { Ok(expect) } else { Err(Error::Corrupt("the backup is not what its manifest says".into())) }
}

/// Restores a verified backup into an empty place, which is then brought up to date with the
/// migrations of all rooms and compared with the backup.
///
/// # Errors
/// [`Error::Corrupt`] when the backup fails [`verify`], [`Error::Open`] when the place is not empty.
pub fn restore(src: &Path, dest: &Location, migrations: &[Migration]) -> Result<Manifest> {
    let manifest = verify(src)?;
    let full = || Error::Open { location: dest.to_string(), reason: "a store is there already".into() };
    let store = match dest {
        Location::Folder(folder) => {
            if folder.join(MAIN_FILE).exists() {
                return Err(full());
            }
            restore_file(src, folder)?;
            Store::open(dest)?
        }
        Location::Postgres(_) => {
            let store = Store::open(dest)?;
            if !store.read(log::markets)?.is_empty() {
                return Err(full());
            }
            store.migrate(migrations)?;
            let staging = beside(src);
            restore_file(src, &staging)?;
            let from = Store::open(&Location::Folder(staging.clone()))?;
            from.migrate(migrations)?;
            store.write(|tx| from.snapshot(|q| copy_tables(q, tx)))?;
            drop(from);
            std::fs::remove_dir_all(staging)?;
            store
        }
    };
    store.migrate(migrations)?;
    store.compare(&manifest)?;
    Ok(manifest)
}

/// Puts a backup as the main file into a folder.
fn restore_file(src: &Path, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let main = folder.join(MAIN_FILE);
    let part = beside(&main);
    std::fs::copy(src, &part)?;
    let copy = file(&part)?;
    copy.write(|tx| tx.batch("drop table backup"))?;
    drop(copy);
    for suffix in ["", "-wal", "-shm"] {
        remove(&folder.join(format!("{DERIVED_FILE}{suffix}")))?;
    }
    settle(&part, &main)
}

impl Manifest {
    fn of(q: &mut Query<'_>) -> Result<Self> {
        let mut manifest = Manifest::default();
        for table in tables(q)? {
            let count = q.one(&format!("select count(*) from {table}"), &[], |row| row.get(0))?;
            manifest.rows.insert(table, count.unwrap_or(0));
        }
        for (market, name) in log::markets(q)? {
            let (floor, last) = (log::floor(q, market)?, log::last_seq(q, market)?);
            let sha256 = log_digest(q, market, floor, last)?;
            manifest.logs.insert(name, LogDigest { floor, last, sha256 });
        }
        Ok(manifest)
    }
}

/// The digest of a market's log over `floor < seq <= last`.
fn log_digest(q: &mut Query<'_>, market: MarketNo, floor: u64, last: u64) -> Result<String> {
    let mut hash = Sha256::new();
    let sql = format!("select {} from log where pos > $1 and pos <= $2 order by pos", log::COLUMNS);
    q.each(&sql, &params![market.pos(floor), market.pos(last)], |row| {
        // The market's number may differ between stores, the seq does not.
        hash.update(MarketNo::split(row.get(0)?).1.to_le_bytes());
        (1..log::COLUMN_COUNT).try_for_each(|column| {
            match row.value(column)? {
                Value::Null => hash.update([0]),
                Value::Int(n) => hash.update(n.to_le_bytes()),
                Value::Real(x) => hash.update(x.to_le_bytes()),
                Value::Text(text) => {
                    hash.update((text.len() as u64 + 1).to_le_bytes());
                    hash.update(text);
                }
                Value::Blob(bytes) => hash.update(bytes),
            }
            Ok(())
        })
    })?;
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

fn tables(q: &mut Query<'_>) -> Result<Vec<String>> {
    let mut names: Vec<String> = q.query(q.dialect().tables(), &[], |row| row.get(0))?;
    names.retain(|name| !OWN.contains(&name.as_str()));
    Ok(names)
}

/// Copies the rows of all tables from one backend into the same tables of the other.
fn copy_tables(from: &mut Query<'_>, to: &mut Tx<'_>) -> Result<()> {
    for table in tables(from)? {
        let columns: Vec<(String, Type)> = from.columns(&table)?;
        let columns: Vec<(&str, Type)> = columns.iter().map(|(name, ty)| (name.as_str(), *ty)).collect();
        let names = columns.iter().map(|c| c.0).collect::<Vec<_>>().join(", ");
        let mut conflict = "";
        if table == "setting" {
            // The place has its own seed of the index.
            conflict = "on conflict do nothing";
        } else {
            to.execute(&format!("delete from {table}"), &[])?;
        }
        let mut chunk: Vec<Vec<Cell>> = Vec::with_capacity(CHUNK);
        let mut put = |chunk: &mut Vec<Vec<Cell>>| {
            let rows = chunk.iter().map(|row| row.iter().map(Cell::value).collect::<Vec<_>>());
            to.insert_rows(&table, &columns, conflict, rows)?;
            chunk.clear();
            Ok::<_, Error>(())
        };
        from.each(&format!("select {names} from {table}"), &[], |row| {
            chunk.push((0..columns.len()).map(|i| row.value(i).map(Cell::from)).collect::<Result<_>>()?);
            if chunk.len() >= CHUNK { put(&mut chunk) } else { Ok(()) }
        })?;
        put(&mut chunk)?;
    }
    Ok(())
}

/// A value that outlives its row.
enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<Value<'_>> for Cell {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Cell::Null,
            Value::Int(n) => Cell::Int(n),
            Value::Real(x) => Cell::Real(x),
            Value::Text(text) => Cell::Text(text.to_owned()),
            Value::Blob(bytes) => Cell::Blob(bytes.to_vec()),
        }
    }
}

impl Cell {
    fn value(&self) -> Value<'_> {
        match self {
            Cell::Null => Value::Null,
            Cell::Int(n) => Value::Int(*n),
            Cell::Real(x) => Value::Real(*x),
            Cell::Text(text) => Value::Text(text),
            Cell::Blob(bytes) => Value::Blob(bytes),
        }
    }
}

fn copy_file(main: &Path, dest: &Path) -> Result<()> {
    let target = dest.to_str().ok_or_else(|| Error::Corrupt("the backup's path is no text".into()))?;
    let connection = rusqlite::Connection::open(main)?;
    connection.execute("vacuum into ?1", [target])?;
    Ok(())
}

/// A file outside a store's folder as a database of its own.
fn file(path: &Path) -> Result<std::sync::Arc<Database>> {
    sqlite::database(path, Durability::Derived)
}

/// A name beside a path for what is not complete yet.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Folds the write-ahead log into a finished file, flushes it and gives it its name.
fn settle(part: &Path, dest: &Path) -> Result<()> {
    let connection = rusqlite::Connection::open(part)?;
    connection.query_row("pragma journal_mode = delete", [], |_| Ok(()))?;
    drop(connection);
    std::fs::File::open(part)?.sync_all()?;
    std::fs::rename(part, dest)?;
    if let Some(folder) = dest.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
