//! Edges: bytes from a hostile store, readings too late for what is kept, bounds of memory.

use std::collections::HashMap;

use domain::{DAY, HOUR, MINUTE, SECOND, Time};
use jiff::tz::TimeZone;
use profile::{AggregateDef, Config, Fn, Input, Label, State, Value, Window};
use proptest::prelude::*;

const NOW: i64 = 1_790_000_000_000_000;

fn defs() -> Vec<AggregateDef> {
    let functions = [
        Fn::Count,
        Fn::Sum,
        Fn::Min,
        Fn::Max,
        Fn::Avg,
        Fn::First,
        Fn::Last,
        Fn::CountDistinct,
        Fn::SecondsSince,
        Fn::Quantile(0.5),
    ];
    let windows = [Window::Span(10 * MINUTE), Window::Span(DAY), Window::Today, Window::All];
    let def =
        |func: Fn| AggregateDef { name: func.name().to_owned(), func, hash: 0, windows: windows.to_vec(), ready: true };
    functions.into_iter().map(def).collect()
}

fn state(max_bytes: usize) -> State {
    State::new(Config { max_bytes, ..Config::new(defs(), TimeZone::get("Asia/Singapore").unwrap()) })
}

fn fold_all(state: &mut State, entity: u64, number: f64, time: Time, seq: u64) {
    let aggregates: Vec<_> = state.defs().map(|(agg, _)| agg).collect();
    for agg in aggregates {
        state.fold(agg, entity, Input::Number(number), time, seq);
    }
}

/// Records of a small and a crowded entity.
fn records() -> Vec<Vec<u8>> {
    let mut state = state(usize::MAX);
    for n in 0..900u64 {
        let entity = u64::from(n % 90 != 0);
        fold_all(&mut state, entity, (n * 37 % 1_009) as f64 / 7.0, Time(NOW + n as i64 * SECOND), n + 1);
        if n % 300 == 0 {
            let text = || format!("label {n}");
            let until = Some(Time(NOW + DAY));
            let label =
                Label { name: text(), by: text(), manual: true, why: text(), at: Time(NOW), until, lifted: false };
            state.label(entity, label, n + 1);
        }
    }
    state.begin_checkpoint(900);
    state.take_dirty(10).0.into_iter().map(|record| record.body).collect()
}

/// Whatever bytes were restored, nothing of the state's work panics afterwards.
fn use_it(body: &[u8]) {
    let mut state = state(usize::MAX);
    if state.restore(3, body).is_err() {
        assert!(state.is_empty());
        return;
    }
    for (step, time) in [(0, NOW), (1, NOW + 950 * SECOND), (2, NOW - 9 * DAY), (3, NOW + 40 * DAY)] {
        fold_all(&mut state, 3, 4.5, Time(time), (1 << 62) + step);
        for (agg, def) in state.defs() {
            for window in &def.windows {
                let _ = state.read(agg, 3, *window, Time(time));
            }
        }
    }
    state.begin_checkpoint(1 << 63);
    let (records, _) = state.take_dirty(1);
    let mut again = self::state(usize::MAX);
    records.iter().for_each(|record| again.restore(3, &record.body).unwrap());
    assert_eq!(again.digest(), state.digest());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn damaged_records_are_refused_or_harmless(
        which in 0usize..2,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut body = RECORDS.with(|records| records[which].clone());
        for (place, byte) in damage {
            let place = place.index(body.len());
            body[place] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        use_it(&body);
    }

    #[test]
    fn any_bytes_are_refused_or_harmless(mut body in proptest::collection::vec(any::<u8>(), 0..200)) {
        use_it(&body);
        if let Some(version) = body.first_mut() {
            *version = 1;
        }
        use_it(&body);
    }
}

thread_local! {
    static RECORDS: Vec<Vec<u8>> = records();
}

#[test]
fn whole_records_are_taken() {
    RECORDS.with(|records| {
        assert_eq!(records.len(), 2);
        records.iter().for_each(|body| {
            use_it(body);
            let mut state = state(usize::MAX);
            let step = body.len() / 150 + 1;
            assert!((0..body.len()).step_by(step).all(|end| state.restore(1, &body[..end]).is_err()));
            assert!(state.restore(1, &[&body[..], &[0]].concat()).is_err());
            assert!(state.is_empty() && state.restore(1, body).is_ok());
        });
    });
}

/// Hundreds of values, then few: readings as of now stay exact, one that comes too late says so.
#[test]
fn values_that_were_let_go() {
    let mut state = state(usize::MAX);
    let agg = state.agg("count_distinct").unwrap();
    let window = Window::Span(10 * MINUTE);
    let value = |state: &State, at: i64| {
        let reading = state.read(agg, 1, window, Time(at));
        let Some(Value::Int(count)) = reading.value else { panic!("a count") };
        (count, reading.approximate)
    };
    let mut seq = 0;
    let mut fold = |state: &mut State, number: u64, at: i64| {
        seq += 1;
        state.fold(agg, 1, Input::Hash(number), Time(at), seq);
    };
    // 200 values in each of three stretches of ten minutes: each window is exact as of its end.
    for stretch in 0..3u64 {
        for n in 0..200u64 {
            let at = NOW + (stretch * 15) as i64 * MINUTE + n as i64 * SECOND;
            fold(&mut state, stretch * 1_000 + n, at);
            assert_eq!(value(&state, at), (n as i64 + 1, false));
        }
    }
    // A look back at the first stretch needs values that were dropped since.
    assert!(value(&state, NOW + 2 * MINUTE).1);
    // 400 values within one window are too many; an hour later it is exact again.
    for n in 0..400u64 {
        fold(&mut state, 9_000 + n, NOW + HOUR + n as i64 * SECOND);
    }
    let (count, approximate) = value(&state, NOW + HOUR + 399 * SECOND);
    assert!(approximate && (380..=420).contains(&count), "{count}");
    for n in 0..100u64 {
        fold(&mut state, n, NOW + 3 * HOUR + n as i64 * SECOND);
    }
    assert_eq!(value(&state, NOW + 3 * HOUR + 99 * SECOND), (100, false));
}

/// A new value every three seconds, read thirty seconds late: right, or marked.
#[test]
fn readings_a_little_late() {
    let mut state = state(usize::MAX);
    let agg = state.agg("count_distinct").unwrap();
    let mut marked = 0;
    for n in 0..1_500u64 {
        let time = Time(NOW + n as i64 * 3 * SECOND);
        state.fold(agg, 1, Input::Hash(n), time, n + 1);
        let now = state.read(agg, 1, Window::Span(10 * MINUTE), time);
        assert_eq!((now.value, now.approximate), (Some(Value::Int(200.min(n as i64 + 1))), false), "{n}");
        let late = state.read(agg, 1, Window::Span(10 * MINUTE), time.plus(-30 * SECOND));
        let expect = (n as i64 - 9).clamp(0, 200);
        assert!(late.approximate || late.value == Some(Value::Int(expect)), "{n}: {late:?} for {expect}");
        marked += usize::from(late.approximate);
    }
    assert!((1..500).contains(&marked), "{marked}");
}

/// A text, a hash, nothing: each function takes what it can use.
#[test]
fn inputs_find_their_functions() {
    let every = ["count", "seconds_since"];
    let cases: [(Input<'_>, &[&str]); 5] = [
        (Input::None, &[]),
        (Input::Number(f64::NAN), &[]),
        (Input::Text("x"), &["first", "last", "count_distinct"]),
        (Input::Hash(9), &["count_distinct"]),
        (Input::Number(-0.0), &["sum", "min", "max", "avg", "first", "last", "count_distinct", "quantile"]),
    ];
    for (input, takers) in cases {
        let mut state = state(usize::MAX);
        let all: Vec<_> = state.defs().map(|(agg, def)| (agg, def.func)).collect();
        for (agg, func) in all {
            let taken = state.fold(agg, 1, input, Time(NOW), 1);
            assert_eq!(taken, every.contains(&func.name()) || takers.contains(&func.name()), "{input:?} {func:?}");
        }
        if input == Input::Number(-0.0) {
            let least = state.read(state.agg("min").unwrap(), 1, Window::All, Time(NOW)).value;
            assert!(matches!(least, Some(Value::Double(zero)) if zero.is_sign_positive()));
        }
    }
}

/// Memory stays within its bound whatever comes, and what is let go can be had again.
#[test]
fn memory_is_bounded() {
    let bound = 400_000;
    let mut state = state(bound);
    let mut stored: HashMap<u64, Vec<u8>> = HashMap::new();
    for n in 0..6_000u64 {
        let entity = if n % 3 == 0 { 0 } else { n % 700 };
        if state.is_wanted(entity)
            && let Some(body) = stored.get(&entity)
        {
            state.restore(entity, body).unwrap();
        }
        fold_all(&mut state, entity, n as f64, Time(NOW + n as i64 * SECOND), n + 1);
        if n % 50 == 0 {
            state.trim();
            assert!(state.bytes() <= bound);
            stored.extend(state.drain_evicted().into_iter().map(|record| (record.key, record.body)));
        }
    }
    assert!(state.len() < 700 && stored.len() > 500);
    let count = state.agg("count").unwrap();
    for entity in 1..700 {
        if state.is_wanted(entity) {
            state.restore(entity, &stored[&entity]).unwrap();
        }
        let expect = (0..6_000u64).filter(|n| n % 3 != 0 && n % 700 == entity).count() as i64;
        let reading = state.read(count, entity, Window::All, Time(NOW));
        assert_eq!(reading.value, Some(Value::Int(expect)), "{entity}");
    }
}
