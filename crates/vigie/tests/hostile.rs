//! Two hundred bodies that nobody should send: each is refused with a 4xx that names the fault, nothing
//! of any is stored, and memory stays where it was.

mod outside;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use outside::{Folder, House, get, key, post, send};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

/// A body, what it is, and the door it is for.
struct Hostile {
    what: String,
    path: &'static str,
    gzip: bool,
    body: Vec<u8>,
}

#[test]
fn two_hundred_bad_bodies_are_refused_by_name() {
    let folder = Folder::new("hostile");
    let key = key(&folder.0);
    let house = House::start(&folder.0, &[]);
    let good = post(house.port, "/v1/events", &key, event("good").as_bytes()).unwrap();
    assert_eq!(good.status, 200, "{}", String::from_utf8_lossy(&good.body));
    let before = house.memory();

    let bodies = bodies();
    assert!(bodies.len() >= 200, "{}", bodies.len());
    let mut wrong = Vec::new();
    for hostile in &bodies {
        let mut headers = vec![("content-type", "application/json")];
        if hostile.gzip {
            headers.push(("content-encoding", "gzip"));
        }
        let Some(answer) = send(house.port, "POST", hostile.path, Some(&key), &headers, &hostile.body) else {
            wrong.push(format!("{} at {}: no answer", hostile.what, hostile.path));
            continue;
        };
        let told = answer.json();
        let names = told["detail"].as_str().is_some_and(|d| d.len() > 4)
            || told["rejected"]
                .as_array()
                .is_some_and(|r| r.iter().any(|r| r["error"].as_str().is_some_and(|e| e.len() > 4)));
        if !(400..500).contains(&answer.status) || !names {
            let body: String = String::from_utf8_lossy(&answer.body).chars().take(200).collect();
            wrong.push(format!("{} at {}: {} {body}", hostile.what, hostile.path, answer.status));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), bodies.len(), wrong.join("\n"));

    let stored = get(house.port, "/v1/events?market=sg&limit=50", Some(&key)).unwrap().json();
    let ids: Vec<_> = stored["items"].as_array().unwrap().iter().filter(|e| e["source"] == "hostile-test").collect();
    assert_eq!(ids.len(), 1, "{stored}");
    if let (Some((_, before)), Some((_, after))) = (before, house.memory()) {
        assert!(after < before + 64, "memory went from {before} to {after} MiB at its highest");
    }
    let again = post(house.port, "/v1/events", &key, event("good").as_bytes()).unwrap().json();
    assert_eq!(again["duplicates"], 1, "{again}");
}

fn event(id: &str) -> String {
    json!({"specversion": "1.0", "id": id, "source": "hostile-test", "type": "page.viewed", "market": "sg",
           "time": "2026-03-02T03:00:00Z", "data": {"visitor": "v1", "path": "/"}})
    .to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// Every kind of bad body, many of them at several doors.
fn bodies() -> Vec<Hostile> {
    let mut out = Vec::new();
    let mut put =
        |what: String, path: &'static str, gzip: bool, body: Vec<u8>| out.push(Hostile { what, path, gzip, body });
    let one = event("bad");
    let mut dice = ChaCha8Rng::seed_from_u64(7);

    for n in 0..60 {
        let cut = dice.random_range(1..one.len() - 1);
        put(format!("cut after {cut} bytes ({n})"), "/v1/events", false, one.as_bytes()[..cut].to_vec());
    }
    for (what, body) in shapes() {
        for path in ["/v1/events", "/v1/decide", "/v1/track", "/v1/batch"] {
            put(what.to_owned(), path, false, body.clone());
        }
    }
    for (what, body) in wrong_events() {
        for path in ["/v1/events", "/v1/decide"] {
            put(what.to_owned(), path, false, body.clone());
        }
    }
    for n in 0..30 {
        let mut bytes = one.clone().into_bytes();
        let at = dice.random_range(1..bytes.len() - 1);
        bytes[at] = [0xff, 0xc0, 0xfe, 0x80, 0x00][n % 5];
        put(format!("byte {at} is {:#x}", bytes[at]), "/v1/events", false, bytes);
    }
    let bomb = gzip(&vec![b' '; 64 << 20]);
    let nested_bomb = gzip(&gzip(&vec![b'['; 16 << 20]));
    let whole = gzip(one.as_bytes());
    let mut crooked = whole.clone();
    let end = crooked.len() - 6;
    crooked[end] ^= 0x55;
    for path in ["/v1/events", "/v1/decide", "/v1/batch"] {
        put("a gzip bomb of spaces".into(), path, true, bomb.clone());
        put("a gzip bomb of brackets".into(), path, true, nested_bomb.clone());
        put("gzip with a wrong checksum".into(), path, true, crooked.clone());
        put("gzip cut short".into(), path, true, whole[..whole.len() / 2].to_vec());
        put("gzip that is none".into(), path, true, vec![0x1f, 0x8b, 8, 0, 1, 2, 3]);
    }
    out
}

/// Texts that are no event at any door.
fn shapes() -> Vec<(&'static str, Vec<u8>)> {
    let text = |s: &str| s.as_bytes().to_vec();
    vec![
        ("nothing", text("")),
        ("blanks", text("  \n ")),
        ("null", text("null")),
        ("a number", text("17")),
        ("a text", text("\"event\"")),
        ("true", text("true")),
        ("a list of numbers", text("[1,2,3]")),
        ("an empty object", text("{}")),
        ("a million brackets", "[".repeat(300_000).into_bytes()),
        ("deep objects", "{\"a\":".repeat(60_000).into_bytes()),
        ("deep and closed", [vec![b'['; 20_000], vec![b']'; 20_000]].concat()),
        ("bad UTF-8", vec![b'{', b'"', 0xff, 0xfe, b'"', b':', b'1', b'}']),
        ("binary", (0..=255_u8).collect()),
        ("too large", format!("{{\"a\":\"{}\"}}", "x".repeat(700_000)).into_bytes()),
        ("a comment", text("/* event */ {}")),
    ]
}

/// One well-written JSON object each, with one thing wrong for an event.
fn wrong_events() -> Vec<(&'static str, Vec<u8>)> {
    let with = |what: &'static str, field: &str, value: &str| {
        let mut event: serde_json::Value = serde_json::from_str(&event("bad")).unwrap();
        let marker = "\"@here\"";
        match field.strip_prefix("data.") {
            Some(inner) => event["data"][inner] = json!("@here"),
            None => event[field] = json!("@here"),
        }
        (what, event.to_string().replace(marker, value).into_bytes())
    };
    vec![
        with("an id that is a number too large", "id", &"9".repeat(400)),
        with("an id that is a list", "id", "[]"),
        with("an empty id", "id", "\"\""),
        with("an endless id", "id", &format!("\"{}\"", "i".repeat(5_000))),
        with("a type that is an object", "type", "{}"),
        with("an unknown type", "type", "\"nobody.knows\""),
        with("a type of the house", "type", "\"policy.activated\""),
        with("an unknown market", "market", "\"atlantis\""),
        with("a time in words", "time", "\"yesterday\""),
        with("a time that is a number", "time", "1e400"),
        with("a month too many", "time", "\"2026-13-01T00:00:00Z\""),
        with("data that is a text", "data", "\"path\""),
        with("data that is a list", "data", "[{}]"),
        with("no path", "data", "{\"visitor\":\"v\"}"),
        with("a path that is a number", "data.path", "12"),
        with("a path that is null", "data.path", "null"),
        with("a visitor that is an object", "data.visitor", "{\"id\":1}"),
        with("a number past every range", "data.path", "1e999999"),
        with("a half surrogate", "data.path", "\"\\ud800\""),
        with("a wrong version", "specversion", "\"9.9\""),
        with("an event too large", "data.title", &format!("\"{}\"", "t".repeat(40_000))),
    ]
}
