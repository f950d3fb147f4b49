//! The stored records of a market, on both backends: what memory lets go comes back, one market
//! does not see another's, and a state is rebuilt from its records and the log's tail.

use domain::{HOUR, SECOND, Time};
use jiff::tz::TimeZone;
use profile::{AggregateDef, Config, Fn, Input, Record, State, Window, entity_key, snapshot};
use store::{Location, Store, log};

fn on_each(test: fn(&Store)) {
    let folder = std::env::temp_dir().join(format!("vigie-profile-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    for location in [Location::Folder(folder.clone()), Location::Postgres(testkit::postgres::database())] {
        let store = Store::open(&location).unwrap();
        store.migrate(snapshot::MIGRATIONS).unwrap();
        test(&store);
    }
    let _ = std::fs::remove_dir_all(&folder);
}

fn config() -> Config {
    let windows = vec![Window::Span(HOUR), Window::All];
    let def =
        |name: &str, func| AggregateDef { name: name.into(), func, hash: 1, windows: windows.clone(), ready: true };
    let defs = vec![def("orders", Fn::Count), def("spent", Fn::Sum), def("sellers", Fn::CountDistinct)];
    Config { max_entities: 40, ..Config::new(defs, TimeZone::get("Europe/Paris").unwrap()) }
}

fn fold(state: &mut State, seq: u64) {
    let buyer = entity_key("user", &format!("b{}", seq * seq % 101));
    let seller = format!("s{}", seq % 13);
    let time = Time(1_790_000_000_000_000 + seq as i64 * SECOND);
    state.learn(time);
    let inputs =
        [("orders", Input::None), ("spent", Input::Number(seq as f64 / 4.0)), ("sellers", Input::Text(&seller))];
    for (name, input) in inputs {
        let agg = state.agg(name).unwrap();
        assert!(state.fold(agg, buyer, input, time, seq) || seq <= 700);
    }
}

#[test]
fn a_state_is_rebuilt_from_the_store() {
    on_each(|store| {
        let market = store.write(|tx| log::market(tx, "fr")).unwrap();
        let fetch = |state: &mut State, seq: u64| {
            let key = entity_key("user", &format!("b{}", seq * seq % 101));
            if state.is_wanted(key)
                && let Some(body) = store.read(|q| snapshot::body(q, market, key)).unwrap()
            {
                state.restore(key, &body).unwrap();
            }
        };
        let (mut calm, mut state) = (State::new(config()), State::new(config()));
        for seq in 1..=700 {
            fold(&mut calm, seq);
            fetch(&mut state, seq);
            fold(&mut state, seq);
            if seq == 500 {
                state.begin_checkpoint(seq);
            }
            if seq % 20 == 0 {
                state.trim();
                let mut records = state.drain_evicted();
                let (dirty, done) = state.take_dirty(5);
                records.extend(dirty);
                store
                    .write(|tx| {
                        snapshot::put(tx, market, &records)?;
                        done.iter().try_for_each(|done| snapshot::checkpoint(tx, market, done))
                    })
                    .unwrap();
            }
        }
        let last = store.read(|q| snapshot::last_checkpoint(q, market)).unwrap().unwrap();
        assert_eq!((last.seq, last.ready.len()), (500, 3));
        let mut again = State::new(Config { max_entities: usize::MAX, ..config() });
        let keys = store.read(|q| snapshot::keys(q, market)).unwrap();
        keys.iter().for_each(|key| again.note_stored(*key));
        for seq in last.seq + 1..=700 {
            fetch(&mut again, seq);
            fold(&mut again, seq);
        }
        (1..=700).for_each(|seq| fetch(&mut again, seq));
        assert_eq!((again.len(), again.digest()), (calm.len(), calm.digest()));
    });
}

#[test]
fn records_belong_to_their_market() {
    on_each(|store| {
        let (sg, fr) =
            store.write(|tx| Ok::<_, store::Error>((log::market(tx, "sg")?, log::market(tx, "fr")?))).unwrap();
        let record = |key: u64, seq: u64, body: &[u8]| Record { key, seq, body: body.to_vec() };
        // Of two records of one entity in one call the last stands; keys use all 64 bits.
        let records = [record(7, 1, b"old"), record(u64::MAX, 1, b"top"), record(7, 2, b"new")];
        store.write(|tx| snapshot::put(tx, sg, &records)).unwrap();
        store.write(|tx| snapshot::put(tx, fr, &[record(7, 9, b"elsewhere")])).unwrap();
        let body = |market, key| store.read(|q| snapshot::body(q, market, key)).unwrap();
        assert_eq!(body(sg, 7).as_deref(), Some(&b"new"[..]));
        assert_eq!(body(sg, u64::MAX).as_deref(), Some(&b"top"[..]));
        assert_eq!((body(fr, 7).as_deref(), body(fr, u64::MAX)), (Some(&b"elsewhere"[..]), None));
        let mut keys = store.read(|q| snapshot::keys(q, sg)).unwrap();
        keys.sort_unstable();
        assert_eq!(keys, [7, u64::MAX]);
        assert_eq!(store.read(|q| snapshot::last_checkpoint(q, sg)).unwrap(), None);
    });
}
