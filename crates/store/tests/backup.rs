//! Backups are taken while somebody writes, and restored to either backend.

mod common;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Place, entry, on_each};
use domain::{Mode, Verdict};
use store::index::{Index, Options};
use store::log::{self, Entry};
use store::{Error, Location, Migration, backup, decisions, params, settings};

const NOTES: Migration = Migration {
    room: "test",
    number: 1,
    sql: "create table note (id text primary key, at bigint, weight double precision, raw {blob})",
};
const MORE: Migration = Migration { room: "test", number: 2, sql: "alter table note add column more text" };

fn fill(place: &Place) -> store::Store {
    let store = place.store();
    store.migrate(&[NOTES]).unwrap();
    for (name, count) in [("sg", 300), ("fr", 20)] {
        let rows: Vec<Entry> = (1..=count).map(entry).collect();
        store
            .write(|tx| {
                let market = log::market(tx, name)?;
                let rules = vec![("burst".to_owned(), Mode::Live)];
                log::append(tx, market, &rows)?;
                decisions::put(
                    tx,
                    market,
                    &[decisions::Decided { seq: 3, verdict: Verdict::Hold, body: "{\"seq\":3}".into(), rules }],
                )
            })
            .unwrap();
    }
    let raw: &[u8] = &[0, 255, 7];
    store
        .write(|tx| {
            settings::put(tx, "name", "Löwenmarkt")?;
            tx.execute("insert into note values ($1, $2, $3, $4)", &params!["n'1", i64::MIN, 0.1, raw])?;
            tx.execute("insert into note values ($1, null, null, null)", &params!["日本"])
        })
        .unwrap();
    store
}

fn target(place: &Place) -> PathBuf {
    let name = match &place.location {
        Location::Folder(_) => "folder",
        Location::Postgres(_) => "postgres",
    };
    let path = std::env::temp_dir().join(format!("vigie-backup-{}-{name}.db", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn a_backup_taken_while_writing_restores_to_either_backend() {
    on_each(|place| {
        let store = fill(place);
        let market = store.read(|q| log::find_market(q, "sg")).unwrap().unwrap();
        let index = Index::open(&store, market, Options { run_rows: 50 }).unwrap();
        let path = target(place);
        let stop = AtomicBool::new(false);
        let manifest = std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut seq = 300;
                while !stop.load(Ordering::Relaxed) {
                    seq += 1;
                    store.write(|tx| log::append(tx, market, &[entry(seq)])).unwrap();
                }
                seq
            });
            common::eventually(|| store.read(|q| log::last_seq(q, market)).unwrap() > 310);
            let manifest = store.backup(&path);
            stop.store(true, Ordering::Relaxed);
            let last = writer.join().unwrap();
            assert!(last > 310);
            manifest.unwrap()
        });
        assert!(manifest.logs["sg"].last >= 310);
        assert_eq!(manifest.rows["log"], manifest.logs["sg"].last + 20);
        assert_eq!(backup::verify(&path).unwrap(), manifest);
        assert!(matches!(store.backup(&path), Err(Error::Io(_))), "a backup is never written over");
        drop(index);

        for other in [Place::folder(), Place::postgres()] {
            assert_eq!(backup::restore(&path, &other.location, &[NOTES, MORE]).unwrap(), manifest);
            let restored = other.store();
            restored.migrate(&[NOTES, MORE]).unwrap();
            restored
                .read(|q| {
                    let sg = log::find_market(q, "sg")?.unwrap();
                    let rows = log::after(q, sg, 0, 100_000)?;
                    assert!(rows.iter().cloned().eq((1..=manifest.logs["sg"].last).map(entry)));
                    assert_eq!(decisions::get(q, sg, 3)?.as_deref(), Some("{\"seq\":3}"));
                    assert_eq!(settings::get(q, "name")?.as_deref(), Some("Löwenmarkt"));
                    let notes = q.query("select id, at, weight, raw, more from note order by id", &[], |r| {
                        Ok((
                            r.get::<String>(0)?,
                            r.get::<Option<i64>>(1)?,
                            r.get::<Option<f64>>(2)?,
                            r.get::<Option<Vec<u8>>>(3)?,
                            r.get::<Option<String>>(4)?,
                        ))
                    })?;
                    let first = ("n'1".to_owned(), Some(i64::MIN), Some(0.1), Some(vec![0, 255, 7]), None);
                    assert_eq!(notes, [first, ("日本".to_owned(), None, None, None, None)]);
                    Ok::<_, Error>(())
                })
                .unwrap();
            restored.compare(&manifest).unwrap();
            let sg = restored.read(|q| log::find_market(q, "sg")).unwrap().unwrap();
            let index = Index::open(&restored, sg, Options { run_rows: 50 }).unwrap();
            assert_eq!(index.entries("user", "u3", Some(25), 2).unwrap().items.len(), 2);
            let again = backup::restore(&path, &other.location, &[NOTES, MORE]);
            assert!(matches!(again, Err(Error::Open { .. })), "a store is never restored over");
        }
        std::fs::remove_file(&path).unwrap();
    });
}

#[test]
fn a_backup_that_was_touched_is_refused() {
    let place = Place::folder();
    let store = fill(&place);
    let path = target(&place).with_extension("touched");
    let tampers = [
        "update log set data = replace(data, '7', '8') where pos % 10 = 7",
        "delete from log where pos % 100 = 50",
        "update log set verdict = 'allow' where verdict = 'hold'",
        "delete from note where at is null",
        "drop table backup",
    ];
    for tamper in tampers {
        let _ = std::fs::remove_file(&path);
        store.backup(&path).unwrap();
        backup::verify(&path).unwrap();
        let file = rusqlite::Connection::open(&path).unwrap();
        file.execute_batch(tamper).unwrap();
        drop(file);
        assert!(matches!(backup::verify(&path), Err(Error::Corrupt(_))), "{tamper}");
        let empty = Place::folder();
        assert!(backup::restore(&path, &empty.location, &[NOTES]).is_err(), "{tamper}");
    }
    std::fs::write(&path, "no database at all").unwrap();
    assert!(backup::verify(&path).is_err());
    std::fs::remove_file(&path).unwrap();
    assert!(backup::verify(&path).is_err());
}
