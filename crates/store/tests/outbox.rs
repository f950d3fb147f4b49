//! The outbox against a plain twin, and sessions that come and go.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Dice, Place, on_each};
use domain::Time;
use store::log::MarketNo;
use store::outbox::{self, Parcel};
use store::{Error, Store, params, settings};

#[derive(Clone, Debug)]
struct Open {
    lane: (i64, String, String),
    place: (u64, u32),
    next_at: i64,
}

/// What the outbox should hold, kept plainly: the open effects by key.
struct Twin {
    store: Store,
    open: BTreeMap<String, Open>,
    delivered: Vec<Open>,
    now: i64,
    dice: Dice,
}

impl Twin {
    fn put(&mut self, seq: u64) {
        let market = 1 + self.dice.below(2) as i64;
        let parcels: Vec<Parcel> = (0..1 + self.dice.below(3) as u32)
            .map(|idx| Parcel {
                seq,
                idx,
                key: format!("m{market}.{seq}.{idx}"),
                kind: "webhook".into(),
                target: ["hook", "chat"][self.dice.below(2) as usize].into(),
                entity: format!("user:u{}", self.dice.below(3)),
                body: "{}".into(),
                next_at: Time(self.now + self.dice.below(4) as i64),
                created_at: Time(self.now),
            })
            .collect();
        self.store.write(|tx| outbox::put(tx, MarketNo(market), &parcels)).unwrap();
        for p in parcels {
            let lane = (market, p.target, p.entity);
            self.open.insert(p.key, Open { lane, place: (p.seq, p.idx), next_at: p.next_at.0 });
        }
    }

    /// The keys that may go out now: due, and first of their lanes.
    fn due(&self) -> BTreeSet<String> {
        let first = |one: &Open| !self.open.values().any(|o| o.lane == one.lane && o.place < one.place);
        let due = self.open.iter().filter(|(_, o)| o.next_at <= self.now && first(o));
        due.map(|(key, _)| key.clone()).collect()
    }

    fn turn(&mut self) {
        let taken = self.store.write(|tx| outbox::take_due(tx, Time(self.now), 3, 100)).unwrap();
        let keys: BTreeSet<String> = taken.iter().map(|d| d.parcel.key.clone()).collect();
        assert_eq!(keys, self.due(), "at {}", self.now);
        for key in keys {
            let now = Time(self.now);
            match self.dice.below(6) {
                0 => {
                    let again = self.now + 1 + self.dice.below(9) as i64;
                    self.store.write(|tx| outbox::failed(tx, &key, "refused", Some(Time(again)))).unwrap();
                    let head = self.open[&key].clone();
                    for o in self.open.values_mut().filter(|o| o.lane == head.lane && o.place >= head.place) {
                        o.next_at = if o.place == head.place { again } else { o.next_at.max(again) };
                    }
                }
                1 => {
                    self.store.write(|tx| outbox::failed(tx, &key, "gone", None)).unwrap();
                    self.open.remove(&key);
                }
                2 => {
                    assert!(self.store.write(|tx| outbox::cancel(tx, &key)).unwrap());
                    self.open.remove(&key);
                }
                // The deliverer dies: the lease brings it back.
                3 => self.open.get_mut(&key).unwrap().next_at = self.now + 3,
                _ => {
                    self.store.write(|tx| outbox::delivered(tx, &key, now)).unwrap();
                    self.delivered.extend(self.open.remove(&key));
                }
            }
        }
        let next = self.store.read(outbox::next_due).unwrap();
        assert_eq!(next, self.open.values().map(|o| Time(o.next_at)).min());
    }
}

#[test]
fn lanes_go_out_as_the_twin_says() {
    on_each(|place| {
        let mut twin =
            Twin { store: place.store(), open: BTreeMap::new(), delivered: Vec::new(), now: 0, dice: Dice(5) };
        for seq in 1..=80 {
            twin.put(seq);
            twin.turn();
            twin.now += 1;
        }
        while !twin.open.is_empty() {
            twin.turn();
            twin.now += 1;
            assert!(twin.now < 10_000, "something is stuck: {:?}", twin.open);
        }
        let mut last: BTreeMap<(i64, String, String), (u64, u32)> = BTreeMap::new();
        for one in twin.delivered {
            let before = last.insert(one.lane.clone(), one.place);
            assert!(before.is_none_or(|before| before < one.place), "{one:?} after {before:?}");
        }
        let counts = twin.store.read(|q| outbox::counts(q, None)).unwrap();
        assert_eq!(counts[0] + counts[1], 0);
    });
}

#[test]
fn many_threads_share_the_writers() {
    on_each(|place| {
        let store = place.store();
        store.write(|tx| settings::put(tx, "n", "0")).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..12 {
                let store = &store;
                scope.spawn(move || {
                    for i in 0..10 {
                        store.write(|tx| settings::put(tx, &format!("{thread}.{i}"), "x")).unwrap();
                        store.read(|q| settings::get(q, "n")).unwrap().unwrap();
                    }
                });
            }
        });
        let count: Option<i64> = store.read(|q| q.one("select count(*) from setting", &[], |r| r.get(0))).unwrap();
        assert_eq!(count, Some(121));
    });
}

#[test]
fn sessions_that_the_server_ends_are_replaced() {
    let place = Place::postgres();
    let store = place.store();
    store.write(|tx| settings::put(tx, "a", "1")).unwrap();
    store.read(|q| settings::get(q, "a")).unwrap();
    let mut worker = store.writer().unwrap();
    assert!(worker.lock_market("sg").unwrap());
    let other = place.store();
    let sql = "select pg_terminate_backend(pid) from pg_stat_activity \
               where datname = current_database() and pid <> pg_backend_pid()";
    let ended = other.read(|q| q.query(sql, &[], |r| r.get::<bool>(0)));
    assert!(ended.unwrap().len() >= 3);

    // The worker's session is gone with its lock; nothing of it commits any more.
    let late = worker.write(|tx| settings::put(tx, "a", "2"));
    assert!(matches!(late, Err(Error::Lost(_) | Error::Commit(_))), "{late:?}");
    let mut next = other.writer().unwrap();
    assert!(next.lock_market("sg").unwrap());
    // Each broken session costs one error at most, then the pool has new ones.
    let mut tries = 0;
    while store.write(|tx| settings::put(tx, "b", "1")).is_err() || store.read(|q| settings::get(q, "b")).is_err() {
        tries += 1;
        assert!(tries < 10, "the pool does not recover");
    }
    let read = store.read(|q| q.one("select value from setting where name = $1", &params!["a"], |r| r.get(0)));
    assert_eq!(read.unwrap(), Some("1".to_owned()));
}
