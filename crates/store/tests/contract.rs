//! The contract of the store, run on both backends.

use domain::{Mode, Personal, SECOND, Time, Verdict};
use store::log::{EntityAt, Entry, MarketNo};
use store::outbox::{Parcel, State};
use store::{Error, Insert, Location, Migration, Store, Type, Value, decisions, jobs, log, outbox, params, settings};

mod common;
use common::{Place, entry, on_each};

const NOTES: Migration = Migration {
    room: "test",
    number: 1,
    sql: "create table note (id text primary key, at bigint, weight double precision, raw {blob}, body text)",
};

const NOTE: Insert<5> = Insert {
    table: "note",
    columns: [("id", Type::Text), ("at", Type::Int), ("weight", Type::Real), ("raw", Type::Blob), ("body", Type::Text)],
    conflict: "on conflict (id) do update set at = excluded.at",
};

#[test]
fn values_come_back_as_they_went() {
    on_each(|place| {
        let store = place.store();
        store.migrate(&[NOTES]).unwrap();
        let texts = ["plain", "", "日本語と한국어", "l'été — naïve", "quote ' \" \\ $1 ?1 {}", "🦊"];
        let rows: Vec<[Value<'_>; 5]> = texts
            .iter()
            .enumerate()
            .map(|(i, text)| {
                [
                    Value::from(*text),
                    if i % 2 == 0 { Value::Int(i64::MIN + i as i64) } else { Value::Null },
                    Value::Real(i as f64 + 0.1),
                    Value::Blob(text.as_bytes()),
                    Value::Null,
                ]
            })
            .collect();
        let changed = store.write(|tx| tx.insert_many(&NOTE, rows.iter().copied())).unwrap();
        assert_eq!(changed, texts.len() as u64);
        for (i, text) in texts.iter().enumerate() {
            let sql = "select at, weight, raw, body, id from note where id = $2 and 7 = $1";
            let row = store
                .read(|q| {
                    q.one(sql, &params![7i64, *text], |r| {
                        Ok((
                            r.get::<Option<i64>>(0)?,
                            r.get::<f64>(1)?,
                            r.get::<Vec<u8>>(2)?,
                            r.get::<Option<String>>(3)?,
                            r.get::<String>(4)?,
                        ))
                    })
                })
                .unwrap();
            let at = (i % 2 == 0).then_some(i64::MIN + i as i64);
            assert_eq!(row, Some((at, i as f64 + 0.1, text.as_bytes().to_vec(), None, (*text).to_owned())), "{text}");
        }
        let wrong = store.read(|q| q.one("select id from note limit $1", &params![1i64], |r| r.get::<i64>(0)));
        assert!(matches!(wrong, Err(Error::Column { column: 0, .. })), "{wrong:?}");
        let short = store.read(|q| q.query("select id from note limit $1", &[], |r| r.get::<String>(0)));
        assert!(short.is_err());
    });
}

#[test]
fn bulk_inserts_span_chunks_and_meet_conflicts() {
    on_each(|place| {
        let store = place.store();
        store.migrate(&[NOTES]).unwrap();
        let ids: Vec<String> = (0..2_500).map(|i| format!("n{i}")).collect();
        let put = |at: i64| {
            let rows = ids.iter().map(|id| [id.into(), Value::Int(at), 0.5.into(), Value::Null, id.into()]);
            store.write(|tx| tx.insert_many(&NOTE, rows)).unwrap()
        };
        assert_eq!(put(1), 2_500);
        assert_eq!(put(2), 2_500);
        let sum = "select count(*), cast(sum(at) as bigint) from note";
        let read: Option<(i64, i64)> = store.read(|q| q.one(sum, &[], |r| Ok((r.get(0)?, r.get(1)?)))).unwrap();
        assert_eq!(read, Some((2_500, 5_000)));
    });
}

#[test]
fn a_failed_or_panicking_transaction_leaves_nothing() {
    on_each(|place| {
        let store = place.store();
        let set = |tx: &mut store::Tx<'_>| settings::put(tx, "k", "v");
        let failed: Result<(), Error> = store.write(|tx| {
            set(tx)?;
            Err(Error::Corrupt("no".into()))
        });
        assert!(failed.is_err());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.write(|tx| -> Result<(), Error> {
                set(tx)?;
                panic!("in the middle")
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(store.read(|q| settings::get(q, "k")).unwrap(), None);
        store.write(set).unwrap();
        assert_eq!(store.read(|q| settings::get(q, "k")).unwrap().as_deref(), Some("v"));
        assert!(store.write(|tx| settings::remove(tx, "k")).unwrap());
        let reader = store.read(|q| q.query("insert into setting (name, value) values ('a', 'b')", &[], |_| Ok(())));
        assert!(reader.is_err(), "a reader must not write");
    });
}

#[test]
fn migrations_run_once_in_order_and_refuse_the_past() {
    on_each(|place| {
        let two = Migration { room: "test", number: 2, sql: "alter table note add column more text" };
        let changed = Migration { sql: "create table note (id text primary key)", ..NOTES };
        let spaced = Migration { sql: Box::leak(NOTES.sql.replace(", ", ",\n  ").into_boxed_str()), ..NOTES };
        let store = place.store();
        store.migrate(&[NOTES]).unwrap();
        store.migrate(&[two, NOTES]).unwrap();
        store.write(|tx| tx.execute("insert into note (id, more) values ('a', 'b')", &[])).unwrap();
        drop(store);
        let store = place.store();
        store.migrate(&[spaced, two]).unwrap();
        assert!(matches!(store.migrate(&[NOTES]), Err(Error::Newer { found: 2, known: 1, .. })));
        assert!(matches!(store.migrate(&[changed, two]), Err(Error::Changed { number: 1, .. })));
        let broken = Migration { room: "other", number: 1, sql: "create table half (id text primary key); nonsense" };
        assert!(store.migrate(&[broken]).is_err());
        assert!(store.read(|q| q.query("select id from half", &[], |_| Ok(()))).is_err(), "half a migration stands");
    });
}

#[test]
fn the_log_reads_as_it_was_written() {
    on_each(|place| {
        let store = place.store();
        let (sg, fr) = store.write(|tx| Ok::<_, Error>((log::market(tx, "sg")?, log::market(tx, "fr")?))).unwrap();
        assert_eq!(store.write(|tx| log::market(tx, "sg")).unwrap(), sg);
        assert_eq!(store.read(log::markets).unwrap(), [(sg, "sg".to_owned()), (fr, "fr".to_owned())]);
        let mut rows: Vec<Entry> = (1..=300).map(entry).collect();
        rows[4].personal = Some(Personal::new(r#"{"text":"call me"}"#.into()));
        rows[4].subject = None;
        let ours = [EntityAt("seller".into(), domain::EntityRef::new("user", "u\"1\\ 日"))];
        rows[4].entities = log::entities_text(&ours);
        store.write(|tx| log::append(tx, sg, &rows)).unwrap();
        store.write(|tx| log::append(tx, fr, &rows[..10])).unwrap();
        assert!(matches!(store.write(|tx| log::append(tx, fr, &rows[9..10])), Err(Error::Unique(_))));

        store
            .read(|q| {
                assert_eq!(log::last_seq(q, sg)?, 300);
                assert_eq!(log::last_seq(q, MarketNo(99))?, 0);
                assert_eq!(log::after(q, sg, 0, 1_000)?, rows);
                assert_eq!(log::after(q, fr, 7, 2)?, rows[7..9]);
                assert_eq!(log::get(q, sg, 5)?.unwrap().entities()?, ours);
                assert_eq!(log::get(q, fr, 11)?, None);
                let wanted: Vec<u64> = (1..=200).rev().step_by(2).chain([999]).collect();
                let got: Vec<u64> = log::get_many(q, sg, &wanted)?.iter().map(|e| e.seq).collect();
                assert_eq!(got, wanted[..wanted.len() - 1]);
                assert_eq!(log::seq_at(q, sg, rows[41].received_at)?, 42);
                assert_eq!(log::seq_at(q, sg, Time(i64::MAX))?, 301);
                Ok::<_, Error>(())
            })
            .unwrap();
        assert!(!format!("{:?}", rows[4]).contains("call me"));
    });
}

#[test]
fn pages_go_newest_first_and_meet_every_row_once() {
    on_each(|place| {
        let store = place.store();
        let market = store.write(|tx| log::market(tx, "sg")).unwrap();
        let rows: Vec<Entry> = (1..=97).map(entry).collect();
        store.write(|tx| log::append(tx, market, &rows)).unwrap();
        let filters = [
            log::Filter::default(),
            log::Filter { kind: Some("message.sent".into()), ..Default::default() },
            log::Filter { verdict: Some(Verdict::Hold), ..Default::default() },
            log::Filter { source: Some("app".into()), kind: Some("listing.submitted".into()), verdict: None },
            log::Filter { source: Some("nobody".into()), ..Default::default() },
        ];
        for filter in filters {
            let expect: Vec<u64> = rows
                .iter()
                .rev()
                .filter(|e| {
                    filter.kind.as_ref().is_none_or(|k| *k == e.kind)
                        && filter.verdict.is_none_or(|v| v == e.verdict)
                        && filter.source.as_ref().is_none_or(|s| *s == e.source)
                })
                .map(|e| e.seq)
                .collect();
            let (mut seen, mut before) = (Vec::new(), None);
            for _ in 0..100 {
                let page = store.read(|q| log::page(q, market, before, &filter, 7)).unwrap();
                seen.extend(page.items.iter().map(|e| e.seq));
                before = page.next;
                if before.is_none() {
                    break;
                }
            }
            assert_eq!(seen, expect, "{filter:?}");
        }
    });
}

#[test]
fn a_narrow_page_looks_at_a_bounded_number_of_rows() {
    on_each(|place| {
        let store = place.store();
        let market = store.write(|tx| log::market(tx, "sg")).unwrap();
        let mut rows: Vec<Entry> = (1..=20_050).map(entry).collect();
        rows[9].kind = "account.registered".into();
        store.write(|tx| log::append(tx, market, &rows)).unwrap();
        let rare = log::Filter { kind: Some("account.registered".into()), ..Default::default() };
        let first = store.read(|q| log::page(q, market, None, &rare, 5)).unwrap();
        assert_eq!((first.items.len(), first.next), (0, Some(52)));
        let second = store.read(|q| log::page(q, market, first.next, &rare, 5)).unwrap();
        assert_eq!((second.items, second.next), (vec![rows[9].clone()], None));
    });
}

#[test]
fn decisions_page_by_verdict_and_rule() {
    on_each(|place| {
        let store = place.store();
        let market = store.write(|tx| log::market(tx, "sg")).unwrap();
        let decided: Vec<decisions::Decided> = (1..=20)
            .map(|seq| decisions::Decided {
                seq,
                verdict: if seq % 2 == 0 { Verdict::Hold } else { Verdict::Warn },
                body: format!("{{\"seq\":{seq}}}"),
                rules: if seq % 5 == 0 {
                    vec![("burst".into(), Mode::Live), ("velocity".into(), Mode::Shadow)]
                } else {
                    vec![("burst".into(), Mode::Live)]
                },
            })
            .collect();
        store.write(|tx| decisions::put(tx, market, &decided)).unwrap();
        store
            .read(|q| {
                let seqs = |page: log::Page<(u64, String)>| page.items.into_iter().map(|i| i.0).collect::<Vec<_>>();
                let rule = |name: &str| decisions::Filter { rule: Some(name.into()), verdict: None };
                assert_eq!(seqs(decisions::page(q, market, None, &rule("velocity"), 9)?), [20, 15, 10, 5]);
                assert_eq!(seqs(decisions::page(q, market, Some(19), &rule("burst"), 2)?), [18, 17]);
                let hold = decisions::Filter { verdict: Some(Verdict::Hold), rule: None };
                assert_eq!(seqs(decisions::page(q, market, Some(9), &hold, 10)?), [8, 6, 4, 2]);
                let both = decisions::Filter { verdict: Some(Verdict::Warn), rule: Some("velocity".into()) };
                assert_eq!(seqs(decisions::page(q, market, None, &both, 10)?), [15, 5]);
                assert_eq!(seqs(decisions::page(q, market, Some(3), &decisions::Filter::default(), 10)?), [2, 1]);
                assert_eq!(decisions::get(q, market, 7)?.as_deref(), Some("{\"seq\":7}"));
                assert_eq!(decisions::get(q, market, 21)?, None);
                assert_eq!(decisions::after(q, market, 18, 9)?.len(), 2);
                let hits = decisions::hits(q, market, 11)?;
                assert_eq!(hits, [("burst".into(), Mode::Live, 10, 20), ("velocity".to_owned(), Mode::Shadow, 2, 20)]);
                Ok::<_, Error>(())
            })
            .unwrap();
    });
}

#[test]
fn retention_drops_the_oldest_and_never_reuses_a_seq() {
    on_each(|place| {
        let store = place.store();
        let (sg, fr) = store.write(|tx| Ok::<_, Error>((log::market(tx, "sg")?, log::market(tx, "fr")?))).unwrap();
        let rows: Vec<Entry> = (1..=50).map(entry).collect();
        for market in [sg, fr] {
            store.write(|tx| log::append(tx, market, &rows)).unwrap();
        }
        let all = Time(i64::MAX);
        let drop = |time: Time, limit: u64| store.write(|tx| log::drop_before(tx, sg, time, 45, limit)).unwrap();
        assert_eq!(drop(rows[29].received_at, 20), 20);
        assert_eq!(drop(rows[29].received_at, 20), 9);
        assert_eq!(drop(rows[29].received_at, 20), 0);
        assert_eq!(store.read(|q| log::after(q, sg, 0, 100)).unwrap(), rows[29..]);
        assert_eq!(drop(all, 1_000), 16, "not beyond the place given");
        let rest = store.write(|tx| log::drop_before(tx, sg, all, log::MAX_SEQ, 1_000)).unwrap();
        assert_eq!(rest, 5);
        assert_eq!(store.read(|q| log::last_seq(q, sg)).unwrap(), 50);
        assert_eq!(store.read(|q| log::after(q, fr, 0, 100)).unwrap().len(), 50);
    });
}

fn parcel(seq: u64, idx: u32, target: &str, entity: &str) -> Parcel {
    Parcel {
        seq,
        idx,
        key: format!("sg.{seq}.{idx}"),
        kind: "webhook".into(),
        target: target.into(),
        entity: entity.into(),
        body: "{}".into(),
        next_at: Time(seq as i64),
        created_at: Time(seq as i64),
    }
}

#[test]
fn a_lane_goes_out_in_log_order_and_only_it_waits() {
    on_each(|place| {
        let store = place.store();
        let market = MarketNo(1);
        let parcels = [
            parcel(9, 1, "hook", "user:a"),
            parcel(9, 0, "hook", "user:a"),
            parcel(10, 0, "hook", "user:b"),
            parcel(11, 0, "hook", "user:a"),
            parcel(12, 0, "chat", "user:a"),
        ];
        store.write(|tx| outbox::put(tx, market, &parcels)).unwrap();
        store.write(|tx| outbox::put(tx, market, &parcels)).unwrap();
        let take = |now: i64, lease: i64| -> Vec<String> {
            let due = store.write(|tx| outbox::take_due(tx, Time(now), lease, 10)).unwrap();
            due.into_iter().map(|d| d.parcel.key).collect()
        };
        assert_eq!(take(8, 0), [""; 0]);
        assert_eq!(take(100, 50), ["sg.9.0", "sg.10.0", "sg.12.0"]);
        assert_eq!(take(149, 50), [""; 0], "leased");
        assert_eq!(take(150, 0), ["sg.9.0", "sg.10.0", "sg.12.0"], "the lease ran out");

        store.write(|tx| outbox::delivered(tx, "sg.10.0", Time(151))).unwrap();
        store.write(|tx| outbox::failed(tx, "sg.9.0", "refused", Some(Time(500)))).unwrap();
        assert_eq!(take(200, 0), ["sg.12.0"], "the lane waits for its head");
        assert_eq!(take(500, 0), ["sg.12.0", "sg.9.0"]);
        store.write(|tx| outbox::delivered(tx, "sg.9.0", Time(501))).unwrap();
        assert_eq!(take(502, 0), ["sg.9.1", "sg.12.0"]);
        store.write(|tx| outbox::failed(tx, "sg.9.1", &"é".repeat(400), None)).unwrap();
        assert_eq!(take(503, 0), ["sg.11.0", "sg.12.0"], "a dead one no longer holds its lane");
        assert!(store.write(|tx| outbox::cancel(tx, "sg.11.0")).unwrap());
        assert!(!store.write(|tx| outbox::cancel(tx, "sg.9.0")).unwrap());

        store
            .read(|q| {
                assert_eq!(outbox::counts(q, None)?, [1, 0, 2, 1, 1]);
                let dead = outbox::get(q, "sg.9.1")?.unwrap();
                assert_eq!((dead.state, dead.attempts), (State::Dead, 1));
                assert_eq!(dead.last_error.unwrap().len(), 500);
                assert_eq!(outbox::of_event(q, market, 9)?.len(), 2);
                assert_eq!(outbox::next_due(q)?, Some(Time(503)));
                let mut keys = Vec::new();
                let mut before = None;
                loop {
                    let page = outbox::page(q, None, before, 2)?;
                    let Some(last) = page.last() else { break };
                    before = Some(last.cursor());
                    keys.extend(page.into_iter().map(|d| d.parcel.key));
                }
                assert_eq!(keys, ["sg.12.0", "sg.11.0", "sg.10.0", "sg.9.1", "sg.9.0"]);
                assert_eq!(outbox::page(q, Some(State::Delivered), None, 9)?.len(), 2);
                Ok::<_, Error>(())
            })
            .unwrap();
        assert!(store.write(|tx| outbox::retry(tx, "sg.9.1", Time(600))).unwrap());
        assert_eq!(take(600, 0), ["sg.12.0", "sg.9.1"]);
        assert_eq!(store.write(|tx| outbox::drop_before(tx, Time(11), 10)).unwrap(), 2);
        assert_eq!(store.write(|tx| outbox::drop_before(tx, Time(99), 10)).unwrap(), 1);
    });
}

#[test]
fn tries_back_off_and_end() {
    let now = Time(1_000 * SECOND);
    let waits: Vec<i64> = (1..outbox::ATTEMPTS).map(|n| outbox::next_try("k", n, now).unwrap().since(now)).collect();
    assert!(waits.is_sorted() && waits[0] >= 5 * SECOND && waits[waits.len() - 1] <= 66 * 60 * SECOND, "{waits:?}");
    assert_eq!(outbox::next_try("k", outbox::ATTEMPTS, now), None);
    assert_ne!(outbox::next_try("a", 3, now), outbox::next_try("b", 3, now));
}

#[test]
fn timers_survive_a_restart_and_move() {
    on_each(|place| {
        let market = MarketNo(3);
        let job = |key: &str, due: i64| jobs::Job {
            market,
            kind: "case.overdue".into(),
            key: key.into(),
            due_at: Time(due),
            body: "{}".into(),
        };
        let store = place.store();
        for one in [job("a", 10), job("b", 20), job("c", 30), job("a", 25)] {
            store.write(|tx| jobs::put(tx, &one)).unwrap();
        }
        drop(store);
        let store = place.store();
        let due = |now: i64| store.read(|q| jobs::due(q, market, Time(now), 10)).unwrap();
        assert_eq!(store.read(|q| jobs::next_due(q, market)).unwrap(), Some(Time(20)));
        assert_eq!(due(19), []);
        assert_eq!(due(25), [job("b", 20), job("a", 25)]);
        assert_eq!(store.read(|q| jobs::due(q, MarketNo(4), Time(99), 10)).unwrap(), []);
        store.write(|tx| jobs::done(tx, &job("b", 20))).unwrap();
        store.write(|tx| jobs::done(tx, &job("a", 10))).unwrap();
        assert_eq!(due(25), [job("a", 25)], "served at its old time, moved meanwhile: it stays");
        assert!(store.write(|tx| jobs::cancel(tx, market, "case.overdue", "c")).unwrap());
        assert!(!store.write(|tx| jobs::cancel(tx, market, "case.overdue", "c")).unwrap());
    });
}

#[test]
fn one_worker_a_market() {
    on_each(|place: &Place| {
        let store = place.store();
        let mut first = store.writer().unwrap();
        let mut second = place.store().writer().unwrap();
        assert!(first.lock_market("sg").unwrap());
        assert!(!second.lock_market("sg").unwrap());
        assert!(second.lock_market("fr").unwrap());
        first.write(|tx| settings::put(tx, "who", "first")).unwrap();
        drop(first);
        common::eventually(|| second.lock_market("sg").unwrap());
    });
}

#[test]
fn a_place_that_cannot_be_opened_says_so() {
    let secret = "postgres://someone:hidden@127.0.0.1:1/none?x=1";
    let error = Store::open(&Location::parse(secret)).err().unwrap();
    assert!(matches!(error, Error::Open { .. }));
    assert!(!error.to_string().contains("hidden"), "{error}");
    let file = std::env::temp_dir().join(format!("vigie-file-{}", std::process::id()));
    std::fs::write(&file, "not a folder").unwrap();
    assert!(matches!(Store::open(&Location::Folder(file.clone())), Err(Error::Open { .. })));
    std::fs::remove_file(file).unwrap();
}
