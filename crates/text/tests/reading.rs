//! The reader over the tables of `tests/acts`: what must be read as a lure, and what must not. These tables are
//! regression, not proof: patterns were mended against them, so their figures say nothing about messages unseen.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "figures are printed for who mends the tables")]

use proptest::prelude::*;
use text::{Act, Lang, Polarity, Reader, Reading};

/// From this confidence on an act counts as read.
const READ: f64 = 0.5;

fn tables() -> Vec<(Lang, &'static str)> {
    vec![
        (Lang::En, include_str!("acts/en.txt")),
        (Lang::Fr, include_str!("acts/fr.txt")),
        (Lang::ZhHans, include_str!("acts/zh-Hans.txt")),
        (Lang::ZhHant, include_str!("acts/zh-Hant.txt")),
        (Lang::Ja, include_str!("acts/ja.txt")),
        (Lang::Ko, include_str!("acts/ko.txt")),
        (Lang::De, include_str!("acts/de.txt")),
        (Lang::Es, include_str!("acts/es.txt")),
        (Lang::It, include_str!("acts/it.txt")),
        (Lang::Pt, include_str!("acts/pt.txt")),
        (Lang::Id, include_str!("acts/id.txt")),
        (Lang::Ms, include_str!("acts/ms.txt")),
        (Lang::Th, include_str!("acts/th.txt")),
    ]
}

/// The cases of a table: an act or none, and the text.
fn cases(table: &'static str) -> impl Iterator<Item = (Option<Act>, &'static str)> {
    let lines = table.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| {
        let (act, text) = line.split_once(" | ").expect("act | text");
        assert!(act == "-" || Act::parse(act).is_some(), "{line}");
        (Act::parse(act), text)
    })
}

fn lures(reading: &Reading) -> Vec<(&'static str, f64)> {
    let lures = reading.acts.iter().filter(|hit| hit.polarity == Polarity::Lure && hit.confidence >= READ);
    lures.map(|hit| (hit.act.name(), hit.confidence)).collect()
}

#[test]
fn lures_are_read_and_honest_messages_are_not() {
    let reader = Reader::new(&[]);
    let mut failed = Vec::new();
    for (lang, table) in tables() {
        let (mut lure, mut read, mut honest, mut alarms) = (0u32, 0u32, 0u32, 0u32);
        for (act, text) in cases(table) {
            let reading = reader.read(text);
            match act {
                Some(act) => {
                    lure += 1;
                    let found = reading.lure(act) >= READ;
                    read += u32::from(found);
                    if !found {
                        eprintln!("{} missed {}: {text}: {:?}", lang.code(), act.name(), reading.acts);
                    }
                }
                None => {
                    honest += 1;
                    let wrong = lures(&reading);
                    alarms += u32::from(!wrong.is_empty());
                    if !wrong.is_empty() {
                        let places: Vec<&str> = reading.acts.iter().map(|hit| &text[hit.start..hit.end]).collect();
                        eprintln!("{} alarm {wrong:?} {places:?}: {text}", lang.code());
                    }
                }
            }
        }
        let (recall, false_alarms) = (f64::from(read) / f64::from(lure), f64::from(alarms) / f64::from(honest));
        println!(
            "{:8} lures {lure:3} recall {recall:.3}   honest {honest:3} false alarms {false_alarms:.3}",
            lang.code()
        );
        if lure < 30 || honest < 30 || recall < 0.9 || false_alarms > 0.05 {
            failed.push(lang.code());
        }
    }
    assert_eq!(failed, Vec::<&str>::new());
}

#[test]
fn spans_lie_in_the_text() {
    let reader = Reader::new(&["lionmart.example"]);
    for (_, table) in tables() {
        for (_, text) in cases(table) {
            check_spans(&reader, text);
        }
    }
}

fn check_spans(reader: &Reader, text: &str) {
    let reading = reader.read(text);
    assert_eq!(reading, reader.read(text), "the same text gives the same reading");
    for hit in &reading.acts {
        assert!(hit.start < hit.end && text.get(hit.start..hit.end).is_some(), "{text:?}: {hit:?}");
        assert!((0.0..=1.0).contains(&hit.confidence));
    }
    for one in &reading.identifiers {
        assert!(one.start < one.end && text.get(one.start..one.end).is_some(), "{text:?}: {one:?}");
    }
}

/// Pieces of what hostile texts are made of.
const PIECES: &str = "add|me|on|whatsapp|W.h.a.t.s|п|а|у|\u{202E}|\u{200B}|9️⃣|①|wa.me/6591234567|加|微|信|转账|給我|๙|แอด|ไลน์|카톡|ＬＩＮＥ|p4y|m3|!!!|@kite|\
    https://xn--pypal-4ve.example/|GB82 WEST 1234 5698 7654 32|4242 4242 4242 4242|ooo|zéro six douze|nine one two three four five six seven|\
    kite at gmail dot com|e\u{301}|ﬃ|🅿🅰🆈|\n|。|，|1l|…|never|pay|outside|the|app|号|\u{E0061}|ß|İ";

proptest! {
    #[test]
    fn spans_of_hostile_texts_lie_in_the_text(text in "\\PC{0,80}") {
        check_spans(&Reader::new(&[]), &text);
    }

    #[test]
    fn spans_of_mixed_texts_lie_in_the_text(picks in proptest::collection::vec((0usize..64, 0usize..3), 0..24)) {
        let pieces: Vec<&str> = PIECES.split('|').map(str::trim_start).collect();
        let text: String = picks.iter().map(|(piece, gap)| format!("{}{}", pieces[piece % pieces.len()], ["", " ", "."][*gap])).collect();
        check_spans(&Reader::new(&["lionmart.example"]), &text);
    }
}

#[test]
fn a_text_made_to_be_slow_ends() {
    let reader = Reader::new(&[]);
    for piece in ["pay me ", "add me on ", "加我微信转账给我", "@a.b-", "1 ", "a.", "w4ts ", "xn--", "gmail dot "]
    {
        let text = piece.repeat(40_000 / piece.len());
        let reading = reader.read(&text);
        assert!(reading.acts.len() <= 32 && reading.identifiers.len() <= 32);
        assert!(reading.acts.iter().all(|hit| hit.end <= 8_000));
    }
}

/// Run with `cargo test --release -p text --test reading speed -- --ignored --nocapture` for a figure.
#[test]
#[ignore = "a figure, not a check"]
fn speed() {
    let reader = Reader::new(&["lionmart.example"]);
    let texts: Vec<&str> = tables().into_iter().flat_map(|(_, table)| cases(table).map(|(_, text)| text)).collect();
    let rounds = 40;
    let start = std::time::Instant::now();
    let mut acts = 0;
    for _ in 0..rounds {
        acts += texts.iter().map(|text| reader.read(text).acts.len()).sum::<usize>();
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{:.0} messages a second, {acts} acts", (rounds * texts.len()) as f64 / seconds);
}
