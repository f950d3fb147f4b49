//! The index against a brute-force twin: random keys, flush points, restarts, losses, retention.

mod common;

use common::{Dice, Place, entry, on_each};
use domain::EntityRef;
use store::index::{Hasher, Index, Key, Options, Posted};
use store::log::{self, EntityAt, Entry, MarketNo};
use store::{Error, Location, Store, params};

const SMALL: Options = Options { run_rows: 40 };

/// What the index should know, kept plainly.
struct Twin {
    store: Store,
    market: MarketNo,
    index: Option<Index>,
    rows: Vec<Entry>,
    dropped: u64,
    dice: Dice,
}

impl Twin {
    fn new(place: &Place, seed: u64) -> Self {
        let store = place.store();
        let market = store.write(|tx| log::market(tx, "sg")).unwrap();
        let index = Some(Index::open(&store, market, SMALL).unwrap());
        Twin { store, market, index, rows: Vec::new(), dropped: 0, dice: Dice(seed) }
    }

    fn index(&self) -> &Index {
        self.index.as_ref().unwrap()
    }

    fn append(&mut self) {
        let count = 1 + self.dice.below(70);
        let mut rows = Vec::new();
        for _ in 0..count {
            let seq = (self.rows.len() + rows.len() + 1) as u64;
            let id = format!("{:x}", self.dice.below(u64::MAX));
            let entities: Vec<EntityAt> = (0..self.dice.below(4))
                .map(|i| EntityAt(format!("f{i}"), EntityRef::new("user", format!("u{}", self.dice.below(9)))))
                .collect();
            rows.push(Entry { id, entities: log::entities_text(&entities), ..entry(seq) });
        }
        self.store.write(|tx| log::append(tx, self.market, &rows)).unwrap();
        self.index().appended(&posted(self.index().hasher(), &rows)).unwrap();
        self.rows.extend(rows);
    }

    fn check_keys(&mut self) {
        let hasher = self.index().hasher();
        let mut asked: Vec<(String, String)> = Vec::new();
        for _ in 0..40 {
            let row = &self.rows[self.dice.below(self.rows.len() as u64) as usize];
            asked.push(match self.dice.below(3) {
                0 => (row.source.clone(), format!("{}x", row.id)),
                1 => ("elsewhere".into(), row.id.clone()),
                _ => (row.source.clone(), row.id.clone()),
            });
        }
        let keys: Vec<Key<'_>> =
            asked.iter().map(|(source, id)| Key { hash: hasher.key(source, id), source, id }).collect();
        let expect: Vec<Option<u64>> = asked
            .iter()
            .map(|(source, id)| {
                let row = self.rows.iter().find(|r| r.source == *source && r.id == *id);
                row.map(|r| r.seq).filter(|seq| *seq > self.dropped)
            })
            .collect();
        assert_eq!(self.index().lookup(&keys).unwrap(), expect);
    }

    fn check_timeline(&mut self) {
        let user = format!("u{}", self.dice.below(10));
        let before = (self.dice.below(3) > 0).then(|| self.dice.below(self.rows.len() as u64 + 2));
        let limit = 1 + self.dice.below(60) as usize;
        let mentions = |e: &&Entry| e.entities().unwrap().iter().any(|EntityAt(_, who)| who.id == user);
        let expect: Vec<u64> = self
            .rows
            .iter()
            .rev()
            .filter(|e| before.is_none_or(|b| e.seq < b))
            .filter(mentions)
            .map(|e| e.seq)
            .take(limit)
            .collect();
        let page = self.index().entries("user", &user, before, limit).unwrap();
        let seen: Vec<u64> = page.items.iter().map(|e| e.seq).collect();
        let there: Vec<u64> = expect.iter().copied().filter(|seq| *seq > self.dropped).collect();
        assert!(expect.starts_with(&seen) && seen.len() >= there.len().min(limit), "{user} {before:?} {limit}");
        assert_eq!(seen, there, "{user} {before:?} {limit}");
        let first = self.rows.iter().filter(|e| e.seq > self.dropped).find(mentions).map(|e| e.seq);
        assert_eq!(self.index().first(self.index().hasher().entity("user", &user)).unwrap(), first, "{user}");
    }

    fn disturb(&mut self) {
        match self.dice.below(8) {
            0 => self.index().flush().unwrap(),
            1 => {
                self.index = None;
                self.index = Some(Index::open(&self.store, self.market, SMALL).unwrap());
            }
            2 => {
                // The derived tables are lost.
                self.index = None;
                self.store.write(|tx| tx.execute("delete from setting where name = 'index.seed'", &[])).unwrap();
                self.index = Some(Index::open(&self.store, self.market, SMALL).unwrap());
            }
            3 => {
                let upto = self.rows[self.dice.below(self.rows.len() as u64) as usize].received_at;
                let limit = 1 + self.dice.below(50);
                let gone = self.store.write(|tx| log::drop_before(tx, self.market, upto, log::MAX_SEQ, limit)).unwrap();
                self.dropped += gone;
            }
            _ => {}
        }
    }
}

fn posted(hasher: Hasher, rows: &[Entry]) -> Vec<Posted> {
    rows.iter()
        .map(|e| Posted {
            seq: e.seq,
            key: hasher.key(&e.source, &e.id),
            entities: e.entities().unwrap().iter().map(|EntityAt(_, who)| hasher.entity(&who.kind, &who.id)).collect(),
        })
        .collect()
}

#[test]
fn it_knows_what_the_twin_knows() {
    on_each(|place| {
        let mut twin = Twin::new(place, 7);
        for _ in 0..60 {
            twin.append();
            twin.check_keys();
            twin.check_timeline();
            twin.disturb();
            twin.check_keys();
            twin.check_timeline();
        }
        twin.index().flush().unwrap();
        let (runs, tail) = twin.index().sizes();
        assert!((1..=12).contains(&runs) && tail == 0, "{runs} runs, {tail} rows in memory");
    });
}

#[test]
fn other_ids_with_the_same_hash_stay_apart() {
    on_each(|place| {
        let store = place.store();
        let market = store.write(|tx| log::market(tx, "sg")).unwrap();
        let rows: Vec<Entry> = (1..=400).map(entry).collect();
        store.write(|tx| log::append(tx, market, &rows)).unwrap();
        store.write(|tx| tx.execute("delete from log where pos > $1", &params![0i64])).unwrap();
        let index = Index::open(&store, market, SMALL).unwrap();
        store.write(|tx| log::append(tx, market, &rows)).unwrap();
        let three = |e: &Entry| e.seq % 3;
        for e in &rows {
            index.appended(&[Posted { seq: e.seq, key: three(e), entities: vec![three(e)] }]).unwrap();
        }
        index.flush().unwrap();
        for e in &rows {
            let key = Key { hash: three(e), source: &e.source, id: &e.id };
            let strangers = [key, Key { id: "other", ..key }, Key { source: "other", ..key }];
            assert_eq!(index.lookup(&strangers).unwrap(), [Some(e.seq), None, None]);
        }
        let seqs: Vec<u64> = (1..=400u64).rev().filter(|seq| seq % 3 == 2).collect();
        assert_eq!(index.timeline(2, None, 1_000).unwrap(), seqs, "a long list spans blocks and runs");
        assert_eq!(index.timeline(2, Some(200), 5).unwrap(), [197, 194, 191, 188, 185]);
    });
}

#[test]
fn runs_ahead_of_the_log_are_thrown_away() {
    on_each(|place| {
        let mut twin = Twin::new(place, 3);
        (0..8).for_each(|_| twin.append());
        twin.index().flush().unwrap();
        twin.index = None;
        let half = twin.rows.len() as u64 / 2;
        let MarketNo(no) = twin.market;
        twin.store
            .write(|tx| tx.execute("delete from log where pos > $1", &params![(no << 40) + half as i64]))
            .unwrap();
        twin.rows.truncate(half as usize);
        twin.index = Some(Index::open(&twin.store, twin.market, SMALL).unwrap());
        for _ in 0..5 {
            twin.append();
            twin.check_keys();
            twin.check_timeline();
        }
    });
}

#[test]
fn a_deleted_file_is_made_again() {
    let place = Place::folder();
    let mut twin = Twin::new(&place, 9);
    (0..6).for_each(|_| twin.append());
    twin.index().flush().unwrap();
    let (rows, dice) = (std::mem::take(&mut twin.rows), Dice(4));
    drop(twin);
    let Location::Folder(folder) = &place.location else { panic!("no folder") };
    for name in ["index.db", "index.db-wal", "index.db-shm"] {
        let _ = std::fs::remove_file(folder.join(name));
    }
    let mut twin = Twin { rows, dice, ..Twin::new(&place, 0) };
    for _ in 0..5 {
        twin.check_keys();
        twin.check_timeline();
        twin.append();
    }
}

#[test]
fn it_is_told_in_order_or_says_so() {
    on_each(|place| {
        let store = place.store();
        let market = store.write(|tx| log::market(tx, "sg")).unwrap();
        let index = Index::open(&store, market, SMALL).unwrap();
        let row = |seq| Posted { seq, key: seq, entities: vec![] };
        index.appended(&[row(1), row(2)]).unwrap();
        for wrong in [2, 4, 1] {
            assert!(matches!(index.appended(&[row(wrong)]), Err(Error::Corrupt(_))), "{wrong}");
        }
        index.appended(&[row(3)]).unwrap();
    });
}

#[test]
fn markets_share_the_tables_and_not_the_rows() {
    on_each(|place| {
        let store = place.store();
        let rows: Vec<Entry> = (1..=150).map(entry).collect();
        let open = |name: &str| {
            let market = store.write(|tx| log::market(tx, name)).unwrap();
            (market, Index::open(&store, market, SMALL).unwrap())
        };
        let (sg, first) = open("sg");
        let (_, second) = open("fr");
        store.write(|tx| log::append(tx, sg, &rows)).unwrap();
        first.appended(&posted(first.hasher(), &rows)).unwrap();
        first.flush().unwrap();
        let hash = first.hasher().key("app", "event-3");
        let key = Key { hash, source: "app", id: "event-3" };
        assert_eq!(first.lookup(&[key]).unwrap(), [Some(3)]);
        assert_eq!(second.lookup(&[key]).unwrap(), [None]);
        second.flush().unwrap();
        assert_eq!(second.sizes(), (0, 0));
    });
}
