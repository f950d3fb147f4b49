//! Migrations: numbered texts, one series a room, the same text on both backends.
//!
//! A migration that ran never changes; a change is a new number. A store that knows a higher
//! number than the program was written by a newer program and is refused.

use sha2::{Digest, Sha256};

use crate::connection::Tx;
use crate::pool::Database;
use crate::{Error, Result, params};

/// One step of a room's tables. In its text `{blob}` is the type of bytes, `{rowid}` makes a column
/// the integer primary key its table is ordered by, and `{clustered}` after the closing bracket
/// orders the table by its primary key where the backend can.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The room that owns the tables.
    pub room: &'static str,
    /// 1, 2, 3, … within the room.
    pub number: u32,
    /// One or several statements.
    pub sql: &'static str,
}

/// Runs what has not run yet, all in one transaction.
pub(crate) fn run(database: &Database, migrations: &[Migration]) -> Result<()> {
    database.write(|tx| {
        let lock = tx.dialect().migration_lock();
        tx.query(lock, &[], |_| Ok(()))?;
        tx.batch(
            "create table if not exists migration (
                room text not null, number bigint not null, digest text not null, primary key (room, number))",
        )?;
        let mut rooms: Vec<&str> = migrations.iter().map(|m| m.room).collect();
        rooms.sort_unstable();
        rooms.dedup();
        rooms.into_iter().try_for_each(|room| run_room(tx, room, migrations))
    })
}

fn run_room(tx: &mut Tx<'_>, room: &str, migrations: &[Migration]) -> Result<()> {
    let mut steps: Vec<&Migration> = migrations.iter().filter(|m| m.room == room).collect();
    steps.sort_unstable_by_key(|m| m.number);
    let known = steps.last().map_or(0, |m| m.number);
    let ran: Vec<(u32, String)> =
        tx.query("select number, digest from migration where room = $1 order by number", &params![room], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if let Some(&(found, _)) = ran.last()
        && found > known
    {
        return Err(Error::Newer { room: room.to_owned(), found, known });
    }
    for step in steps {
        let digest = digest(step.sql);
        match ran.iter().find(|(number, _)| *number == step.number) {
            Some((_, there)) if *there == digest => {}
            Some(_) => return Err(Error::Changed { room: room.to_owned(), number: step.number }),
            None => {
                let sql = tx.dialect().migration(step.sql);
                tx.batch(&sql)?;
                tx.execute(
                    "insert into migration (room, number, digest) values ($1, $2, $3)",
                    &params![room, step.number, &digest],
                )?;
            }
        }
    }
    Ok(())
}

/// The digest of a text with its white space evened out, so that reformatting is no change.
fn digest(sql: &str) -> String {
    let mut hash = Sha256::new();
    for word in sql.split_whitespace() {
        hash.update(word);
        hash.update(" ");
    }
    hash.finalize()[..16].iter().map(|b| format!("{b:02x}")).collect()
}
