//! A process is killed while it writes; what it acknowledged is there, once, and whole.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use common::{Dice, Place, entry, on_each};
use domain::Time;
use store::index::{Index, Key, Options, Posted};
use store::log::{self, Entry};
use store::outbox::{self, Parcel};
use store::{Location, Store};

/// Tells the child where to write.
const WHERE: &str = "VIGIE_CRASH_PLACE";
const SMALL: Options = Options { run_rows: 150 };
const KILLS: u32 = 6;

fn open(location: &Location) -> (Store, log::MarketNo, Index) {
    let store = Store::open(location).unwrap();
    let market = store.write(|tx| log::market(tx, "sg")).unwrap();
    let index = Index::open(&store, market, SMALL).unwrap();
    (store, market, index)
}

fn parcel(seq: u64) -> Parcel {
    Parcel {
        seq,
        idx: 0,
        key: format!("sg.{seq}.0"),
        kind: "webhook".into(),
        target: "hook".into(),
        entity: "user:u1".into(),
        body: "{}".into(),
        next_at: Time(0),
        created_at: Time(0),
    }
}

/// The child: appends until it is killed, saying after every commit how far it came.
#[test]
#[ignore = "runs as the child of the test below"]
fn child_appends() {
    let Ok(place) = std::env::var(WHERE) else { return };
    let (store, market, index) = open(&Location::parse(&place));
    let mut writer = store.writer().unwrap();
    let mut last = store.read(|q| log::last_seq(q, market)).unwrap();
    let mut dice = Dice(last);
    loop {
        let rows: Vec<Entry> = (0..1 + dice.below(40)).map(|i| entry(last + 1 + i)).collect();
        let parcels: Vec<Parcel> = rows.iter().map(|e| parcel(e.seq)).collect();
        writer
            .write(|tx| {
                log::append(tx, market, &rows)?;
                outbox::put(tx, market, &parcels)
            })
            .unwrap();
        last += rows.len() as u64;
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nacknowledged {last}").unwrap();
        out.flush().unwrap();
        let posted: Vec<Posted> = rows
            .iter()
            .map(|e| Posted { seq: e.seq, key: index.hasher().key(&e.source, &e.id), entities: vec![e.seq % 5] })
            .collect();
        index.appended(&posted).unwrap();
    }
}

/// Lets a child write for a while, kills it, and returns the last seq it acknowledged.
fn write_and_kill(place: &str, acknowledgements: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_appends", "--ignored", "--nocapture", "--test-threads=1"])
        .env(WHERE, place)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut last, mut seen) = (0, 0);
    for line in lines {
        if let Some(seq) = line.unwrap().strip_prefix("acknowledged ") {
            last = seq.parse().unwrap();
            seen += 1;
            if seen == acknowledgements {
                child.kill().unwrap();
            }
        }
    }
    child.wait().unwrap();
    assert!(seen >= acknowledgements, "the child ended by itself");
    last
}

fn url(location: &Location) -> String {
    match location {
        Location::Folder(path) => path.to_str().unwrap().to_owned(),
        Location::Postgres(url) => url.clone(),
    }
}

fn check(place: &Place, acknowledged: u64) {
    let (store, market, index) = open(&place.location);
    let rows = store.read(|q| log::after(q, market, 0, usize::MAX >> 1)).unwrap();
    let last = rows.len() as u64;
    assert!(last >= acknowledged, "{acknowledged} acknowledged, {last} there");
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(*row, entry(i as u64 + 1));
    }
    let waiting = store.read(|q| outbox::counts(q, None)).unwrap()[0];
    assert_eq!(waiting, last, "an event and its effect come together");
    let keys: Vec<Key<'_>> =
        rows.iter().map(|e| Key { hash: index.hasher().key(&e.source, &e.id), source: &e.source, id: &e.id }).collect();
    let found: Vec<Option<u64>> = index.lookup(&keys).unwrap();
    assert!(found.into_iter().eq((1..=last).map(Some)));
    let next = entry(last + 1);
    let key = Key { hash: index.hasher().key(&next.source, &next.id), source: &next.source, id: &next.id };
    assert_eq!(index.lookup(&[key]).unwrap(), [None]);
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    on_each(|place| {
        let mut dice = Dice(11);
        for _ in 0..KILLS {
            let acknowledged = write_and_kill(&url(&place.location), 1 + dice.below(25));
            check(place, acknowledged);
        }
    });
}
