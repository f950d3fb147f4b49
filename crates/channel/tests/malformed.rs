//! Bodies that are wrong in every way we could think of, made from seeds: each is answered with a
//! fault that names its place, costs nothing but itself, and no memory to speak of.

mod common;

use std::io::Write;

use channel::intake::{Intake, LIMIT_BATCH_BYTES, Refusal};
use common::{read, read_with};
use domain::{LIMIT_EVENT_BYTES, LIMIT_ID_BYTES};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A small generator of numbers, so that a seed names a body for ever.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    Single,
    List,
    Lines,
    Segment,
    Browser,
}

const FORMATS: [Format; 5] = [Format::Single, Format::List, Format::Lines, Format::Segment, Format::Browser];

impl Format {
    fn path(self) -> &'static str {
        match self {
            Format::Single | Format::List | Format::Lines => "/v1/events",
            Format::Segment => "/v1/batch",
            Format::Browser => "/v1/t",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Format::Single => "application/cloudevents+json",
            Format::List => "application/cloudevents-batch+json",
            Format::Lines => "application/x-ndjson",
            Format::Segment => "application/json",
            Format::Browser => "text/plain",
        }
    }

    /// The names of the id and of the free data in this format.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Format::Single | Format::List | Format::Lines => ("id", "data"),
            Format::Segment | Format::Browser => ("messageId", "properties"),
        }
    }

    /// One good event as text.
    fn good(self, dice: &mut Dice, id: &str) -> String {
        let text = dice.pick(&["Is it new?", "还在吗", "هل هذا جديد؟", "まだありますか 🙏", "a\\b \"c\"\n"]);
        let value = json!({"n": dice.roll(1000), "list": [1, {"deep": [true, null]}], "text": text});
        let (id_name, data) = self.names();
        let mut event = json!({"type": "track", "event": "Asked", "userId": "u1", "source": "app"});
        event[id_name] = json!(id);
        event[data] = value;
        if data == "data" {
            event["type"] = json!("custom.asked");
        }
        event.to_string()
    }

    /// Events put together as this format's body.
    fn body(self, events: &[String]) -> Vec<u8> {
        match self {
            Format::Single | Format::Browser => events[0].clone(),
            Format::List => format!("[{}]", events.join(",")),
            Format::Lines => events.join("\n"),
            Format::Segment => format!("{{\"batch\":[{}]}}", events.join(",")),
        }
        .into_bytes()
    }

    fn many(self) -> bool {
        !matches!(self, Format::Single | Format::Browser)
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

/// Faults inside one event: the batch around it must not suffer. Each returns the bad event's text.
const IN_EVENT: [fn(Format, &mut Dice, String) -> String; 9] =
    [wrong_type, deep, huge_number, escaped_nul, twice, lone_surrogate, long_id, control_in_id, too_large];

/// Sets a member by name, as text, in front of the others.
fn prepend(event: &str, member: &str) -> String {
    format!("{{{member},{}", &event[1..])
}

fn replace(event: &str, name: &str, value: Value) -> String {
    let mut object: Value = serde_json::from_str(event).unwrap();
    object[name] = value;
    object.to_string()
}

/// Sets the free data to a text of our own.
fn with_data(format: Format, event: &str, data: &str) -> String {
    replace(event, format.names().1, json!("@@")).replace("\"@@\"", data)
}

fn wrong_type(format: Format, dice: &mut Dice, event: String) -> String {
    let wrong = dice.pick(&[json!(7), json!([1]), json!(true), json!({"a": 1})]);
    let name = dice.pick(&[format.names().0, format.names().1, "type", "market"]);
    match (name, &wrong) {
        ("data" | "properties", Value::Object(_)) => replace(&event, name, json!("text")),
        // The path already says what a browser's single call is.
        ("type", _) if format == Format::Browser => replace(&event, "event", wrong),
        _ => replace(&event, name, wrong),
    }
}

fn deep(format: Format, dice: &mut Dice, event: String) -> String {
    let depth = dice.pick(&[32, 33, 64, 127, 128, 129, 1_000, 2_500]);
    let (open, close) = dice.pick(&[("[", "]"), ("{\"a\":", "}")]);
    with_data(format, &event, &format!("{{\"d\":{}1{}}}", open.repeat(depth), close.repeat(depth)))
}

fn huge_number(format: Format, dice: &mut Dice, event: String) -> String {
    let digits = "9".repeat(20 + dice.roll(2_000));
    let number = dice.pick(&["1e999".into(), "-1e400".into(), digits, "9223372036854775808".into(), "1e19".to_owned()]);
    with_data(format, &event, &format!("{{\"price\":{number}}}"))
}

fn escaped_nul(format: Format, dice: &mut Dice, event: String) -> String {
    with_data(format, &event, dice.pick(&[r#"{"t":"a\u0000b"}"#, r#"{"a\u0000":1}"#, r#"{"l":[["\u0000"]]}"#]))
}

fn twice(format: Format, dice: &mut Dice, event: String) -> String {
    let id = format.names().0;
    match dice.roll(2) {
        0 => prepend(&event, &format!("\"{id}\":\"other\"")),
        _ => with_data(format, &event, r#"{"a":{"b":1,"c":2,"b":3}}"#),
    }
}

fn lone_surrogate(format: Format, dice: &mut Dice, event: String) -> String {
    with_data(format, &event, dice.pick(&[r#"{"t":"\ud83d"}"#, r#"{"t":"\udc00x"}"#, r#"{"\ud800":1}"#]))
}

fn long_id(format: Format, dice: &mut Dice, event: String) -> String {
    replace(&event, format.names().0, json!("é".repeat(LIMIT_ID_BYTES / 2 + 1 + dice.roll(500))))
}

fn control_in_id(format: Format, dice: &mut Dice, event: String) -> String {
    let control = dice.pick(&['\0', '\u{1}', '\n', '\r', '\u{1b}', '\u{7f}', '\u{80}', '\u{9f}']);
    replace(&event, format.names().0, json!(format!("id{control}")))
}

fn too_large(format: Format, dice: &mut Dice, event: String) -> String {
    let text = "字".repeat(LIMIT_EVENT_BYTES / 3 + dice.roll(1_000));
    with_data(format, &event, &format!("{{\"t\":\"{text}\"}}"))
}

/// Spoils a whole body.
type Spoil = fn(&mut Dice, Vec<u8>) -> Vec<u8>;

/// Faults of a body as a whole: nothing of it may count.
const WHOLE: [Spoil; 8] = [truncated, bad_utf8, bomb, broken_gzip, too_many_bytes, empty, trailing, raw_nul];

fn truncated(dice: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    let end = body.len() - 1 - dice.roll(body.len() - 2);
    body.truncate(end);
    body
}

fn bad_utf8(dice: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    let bytes: &[u8] = dice.pick(&[&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x28"]);
    let at = dice.roll(body.len());
    body.splice(at..at, bytes.iter().copied());
    body
}

fn bomb(dice: &mut Dice, body: Vec<u8>) -> Vec<u8> {
    let filler = vec![dice.pick(b" 0["); 12 << 20];
    match dice.roll(3) {
        0 => gzip(&filler),
        1 => [gzip(&body), gzip(&filler)].concat(),
        _ => gzip(&filler[..1 << 16]).repeat(40),
    }
}

fn broken_gzip(dice: &mut Dice, body: Vec<u8>) -> Vec<u8> {
    let mut packed = gzip(&body);
    match dice.roll(4) {
        0 => packed.truncate(packed.len() - 1 - dice.roll(packed.len() - 3)),
        1 => {
            let sum = packed.len() - 8;
            packed[sum] ^= 0x40;
        }
        2 => packed.extend_from_slice(b"more"),
        _ => packed[3] |= 0xe0,
    }
    packed
}

fn too_many_bytes(dice: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    body.resize(LIMIT_BATCH_BYTES + 1 + dice.roll(1_000_000), b' ');
    if dice.roll(2) == 0 { gzip(&body) } else { body }
}

fn empty(dice: &mut Dice, _: Vec<u8>) -> Vec<u8> {
    let body: &[u8] = dice.pick(&[&b""[..], b"   \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"]);
    if dice.roll(2) == 0 { gzip(body) } else { body.to_vec() }
}

fn trailing(dice: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    body.extend_from_slice(dice.pick(&[&b"}"[..], b"]", b",", b"x", b" null", b"\x0b"]));
    body
}

fn raw_nul(dice: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    let at = dice.roll(body.len());
    body.insert(at, 0);
    body
}

fn check_refusal(refusal: &Refusal, what: &str) {
    assert!((400..500).contains(&refusal.status), "{what}: {refusal:?}");
    assert!(!refusal.field.is_empty() && !refusal.detail.is_empty(), "{what}: {refusal:?}");
    assert!(refusal.detail.len() < 400, "{what}: an answer must not echo the body");
}

fn check_rejected(intake: &Intake, what: &str) {
    for fault in &intake.rejected {
        assert!(!fault.field.is_empty() && !fault.error.is_empty(), "{what}: {fault:?}");
        assert!(fault.field.len() + fault.error.len() < 2_600, "{what}: {fault:?}");
        assert!(fault.id.as_ref().is_none_or(|id| id.len() <= LIMIT_ID_BYTES), "{what}: {fault:?}");
    }
}

/// The most memory this process has ever held, in kilobytes.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

#[test]
fn bad_events_cost_only_themselves() {
    let mut bodies = 0;
    for seed in 0..8 {
        for format in FORMATS {
            for (kind, spoil) in IN_EVENT.iter().enumerate() {
                let what = format!("seed {seed}, {format:?}, fault {kind}");
                let mut dice = Dice(seed * 1_000 + kind as u64);
                let count = if format.many() { 3 } else { 1 };
                let bad = dice.roll(count);
                let mut events: Vec<String> = (0..count).map(|n| format.good(&mut dice, &format!("e{n}"))).collect();
                let clean = read(format.path(), Some(format.content_type()), &format.body(&events)).unwrap();
                assert_eq!((clean.events.len(), clean.rejected.len()), (count, 0), "{what}");

                events[bad] = spoil(format, &mut dice, events[bad].clone());
                let body = format.body(&events);
                let body = if dice.roll(3) == 0 { gzip(&body) } else { body };
                let intake = read(format.path(), Some(format.content_type()), &body)
                    .unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
                check_rejected(&intake, &what);
                let kept: Vec<usize> = intake.events.iter().map(|(index, _)| *index).collect();
                assert_eq!(kept, (0..count).filter(|n| *n != bad).collect::<Vec<_>>(), "{what}");
                assert_eq!(intake.rejected.iter().map(|fault| fault.index).collect::<Vec<_>>(), [bad], "{what}");
                assert_eq!(intake.status(), if count == 1 { 400 } else { 200 }, "{what}");
                bodies += 1;
            }
        }
    }
    assert!(bodies >= 200, "{bodies}");
}

#[test]
fn bad_bodies_store_nothing() {
    let mut bodies = 0;
    for seed in 0..12 {
        for format in FORMATS {
            for (kind, spoil) in WHOLE.iter().enumerate() {
                let what = format!("seed {seed}, {format:?}, fault {kind}");
                let mut dice = Dice(seed * 1_000 + kind as u64);
                let count = if format.many() { 3 } else { 1 };
                let events: Vec<String> = (0..count).map(|n| format.good(&mut dice, &format!("e{n}"))).collect();
                let body = spoil(&mut dice, format.body(&events));
                match read(format.path(), Some(format.content_type()), &body) {
                    Err(refusal) => check_refusal(&refusal, &what),
                    // Lines are documents of their own: only the one that is broken goes.
                    Ok(intake) => {
                        assert_eq!(format, Format::Lines, "{what}");
                        check_rejected(&intake, &what);
                        assert!(intake.rejected.len() == 1 || kind == 0, "{what}: {:?}", intake.rejected);
                    }
                }
                bodies += 1;
            }
        }
    }
    assert!(bodies >= 200, "{bodies}");
}

#[test]
fn memory_stays_bounded() {
    let before = peak_kb();
    let shut = [
        // The deepest, widest and most numerous that fit a body, and bombs that do not.
        "[".repeat(LIMIT_BATCH_BYTES).into_bytes(),
        format!("[{}0]", "0,".repeat(LIMIT_BATCH_BYTES / 2 - 2)).into_bytes(),
        "0\n".repeat(LIMIT_BATCH_BYTES / 2).into_bytes(),
        format!("[{}{{}}]", "{},".repeat(9_999)).into_bytes(),
        format!("{{\"data\":{{{}\"z\":0}}}}", "\"a\":[],".repeat(60_000)).into_bytes(),
        gzip(&vec![b'['; 256 << 20 >> 4]),
    ];
    for body in &shut {
        for (path, kind) in
            [("/v1/events", "application/json"), ("/v1/events", "application/x-ndjson"), ("/v1/batch", "")]
        {
            match read(path, Some(kind), body) {
                Ok(intake) => {
                    assert!(intake.events.is_empty());
                    check_rejected(&intake, path);
                }
                Err(refusal) => check_refusal(&refusal, path),
            }
        }
    }
    // The bodies and the bomb's plain text are made here too, and count for some of it.
    let grown = peak_kb() - before;
    assert!(grown < 80_000, "{grown} kB");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(
        noise in prop::collection::vec(any::<u8>(), 0..300),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        seed in any::<u64>(),
        pure in any::<bool>(),
        header in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut dice = Dice(seed);
        let format = dice.pick(&FORMATS);
        let events: Vec<String> = (0..2).map(|n| format.good(&mut dice, &format!("e{n}"))).collect();
        let mut body = if pure { noise } else { format.body(&events) };
        for (at, byte) in edits {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
        }
        let body = if dice.roll(4) == 0 { gzip(&body) } else { body };
        let names = ["ce-id", "ce-type", "ce-source", "ce-time", "ce-market", "ce-actor", "ce-specversion"];
        let headers: Vec<(&str, &[u8])> = vec![(dice.pick(&names), &header), ("ce-type", b"custom.a"), ("ce-id", b"1")];
        let headers = if dice.roll(5) == 0 { &headers[..] } else { &[] };
        let kind = dice.pick(&[None, Some(format.content_type()), Some("application/json")]);
        match read_with(format.path(), kind, headers, Some("sg"), &body) {
            Err(refusal) => check_refusal(&refusal, "noise"),
            Ok(intake) => {
                check_rejected(&intake, "noise");
                for (_, event) in &intake.events {
                    prop_assert!(event.time <= event.received_at && event.market == "sg");
                    for name in [&event.id, &event.source, &event.kind] {
                        prop_assert!(!name.is_empty() && name.len() <= LIMIT_ID_BYTES);
                        prop_assert!(!name.chars().any(char::is_control));
                    }
                    let text = serde_json::to_string(&event.data).unwrap();
                    prop_assert!(text.len() <= 2 * LIMIT_EVENT_BYTES && !text.contains("\\u0000"));
                }
            }
        }
    }
}
