//! Forty ways of writing around a filter, over ten lures, and what must be extracted however it is written. As with
//! the act tables: regression, not proof; who knows the ways below will find others.

#![expect(clippy::print_stdout, reason = "figures are printed for who mends the tables")]

use text::{Act, Reader};

/// The lures as plain people write them.
const LURES: [(Act, &str); 10] = [
    (Act::MoveChannel, "add me on whatsapp"),
    (Act::MoveChannel, "message me on telegram"),
    (Act::MoveChannel, "lets chat on instagram"),
    (Act::PayOutside, "pay me with paypal"),
    (Act::PayOutside, "pay outside the app"),
    (Act::PayOutside, "send bank transfer instead"),
    (Act::PayFirst, "pay the deposit first"),
    (Act::AskCode, "send me the verification code"),
    (Act::HideChat, "delete this chat"),
    (Act::OfferContact, "call me on 91234567"),
];

/// One way of writing: its name and what it makes of a text.
type Way = (&'static str, fn(&str) -> String);

fn between(text: &str, mark: &str) -> String {
    let words: Vec<String> =
        text.split(' ').map(|word| word.chars().map(String::from).collect::<Vec<_>>().join(mark)).collect();
    words.join(" ")
}

fn swap(text: &str, from: &str, to: &str) -> String {
    let pairs: Vec<(char, char)> = from.chars().zip(to.chars()).collect();
    text.chars().map(|c| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect()
}

fn shifted(text: &str, letters: u32, digits: Option<u32>) -> String {
    let at = |c: char| match c {
        'a'..='z' => char::from_u32(letters + (c as u32 - 'a' as u32)).unwrap_or(c),
        '0'..='9' => digits.and_then(|first| char::from_u32(first + (c as u32 - '0' as u32))).unwrap_or(c),
        _ => c,
    };
    text.chars().map(at).collect()
}

fn long_words(text: &str, write: fn(&str) -> String) -> String {
    text.split(' ')
        .map(|word| if word.len() >= 5 { write(word) } else { word.to_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

fn every(text: &str, nth: usize, put: &str) -> String {
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        out.push(c);
        if at % nth == nth - 1 && c != ' ' {
            out.push_str(put);
        }
    }
    out
}

fn doubled(text: &str, times: usize) -> String {
    let mut letters = 0;
    text.chars()
        .flat_map(|c| {
            letters += usize::from("aeou".contains(c));
            std::iter::repeat_n(c, if "aeou".contains(c) && letters % 2 == 0 { times } else { 1 })
        })
        .collect()
}

const WAYS: [Way; 40] = [
    ("spaced long words", |t| long_words(t, |w| between(w, " "))),
    ("dotted long words", |t| long_words(t, |w| between(w, "."))),
    ("dashed long words", |t| long_words(t, |w| between(w, "-"))),
    ("underscored long words", |t| long_words(t, |w| between(w, "_"))),
    ("starred long words", |t| long_words(t, |w| between(w, "*"))),
    ("all spaced, wide between words", |t| between(t, " ").replace("  ", "   ")),
    ("all spaced", |t| t.chars().filter(|c| *c != ' ').map(String::from).collect::<Vec<_>>().join(" ")),
    ("all dotted", |t| between(t, ".")),
    ("all slashed", |t| between(t, "/")),
    ("capitals", |t| t.to_uppercase()),
    ("every other capital", |t| {
        t.chars().enumerate().map(|(i, c)| if i % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect()
    }),
    ("Cyrillic a e o", |t| swap(t, "aeo", "аео")),
    ("Cyrillic throughout", |t| swap(t, "aeopcxysi", "аеорсхуѕі")),
    ("Greek", |t| swap(t, "aoeiv", "αοειν")),
    ("small capitals", |t| swap(t, "abcdehilmnoprstuvw", "ᴀʙᴄᴅᴇʜɪʟᴍɴᴏᴘʀsᴛᴜᴠᴡ")),
    ("mixed scripts", |t| swap(t, "aoetp", "аοеτр")),
    ("digits for o i e a", |t| long_words(t, |w| swap(w, "oiea", "0134"))),
    ("digits for all", |t| swap(t, "oieast", "013457")),
    ("@ and $", |t| swap(t, "as", "@$")),
    ("bars and signs", |t| long_words(t, |w| swap(w, "lie", "|!3"))),
    ("zero width space", |t| every(t, 2, "\u{200B}")),
    ("zero width joiner", |t| every(t, 3, "\u{200D}")),
    ("word joiner", |t| every(t, 1, "\u{2060}")),
    ("soft hyphen", |t| every(t, 2, "\u{AD}")),
    ("variation selectors", |t| every(t, 2, "\u{FE0F}")),
    ("combining marks", |t| every(t, 2, "\u{301}")),
    ("many combining marks", |t| every(t, 1, "\u{336}\u{320}")),
    ("turned round by a mark", |t| format!("\u{202E}{}\u{202C}", t.chars().rev().collect::<String>())),
    ("full width", |t| shifted(t, 0xFF41, Some(0xFF10))),
    ("bold mathematics", |t| shifted(t, 0x1D41A, Some(0x1D7CE))),
    ("script mathematics", |t| shifted(t, 0x1D4EA, None)),
    ("circled", |t| shifted(t, 0x24D0, None)),
    ("squared", |t| shifted(t, 0x1F170, None)),
    ("flag letters", |t| shifted(t, 0x1F1E6, None).replace(' ', "  ")),
    ("repeated letters", |t| doubled(t, 4)),
    ("repeated three times", |t| doubled(t, 3)),
    ("accents", |t| swap(t, "aeiou", "áèîöű")),
    ("emoji between words", |t| t.replace(' ', " 🔥 ")),
    ("line breaks", |t| t.replace(' ', "\n")),
    ("keycaps and dots", |t| {
        t.chars()
            .map(|c| if c.is_ascii_digit() { format!("{c}\u{FE0F}\u{20E3}") } else { c.to_string() })
            .collect::<String>()
            .replace(' ', " . ")
    }),
];

#[test]
fn evasions_are_read() {
    let reader = Reader::new(&[]);
    let (mut read, mut all) = (0, 0);
    for (name, way) in WAYS {
        let missed: Vec<String> = LURES
            .iter()
            .filter(|(act, text)| reader.read(&way(text)).lure(*act) < 0.5)
            .map(|(_, text)| way(text))
            .collect();
        all += LURES.len();
        read += LURES.len() - missed.len();
        if !missed.is_empty() {
            println!("{name}: missed {missed:?}");
        }
    }
    println!("{read} of {all} read");
    assert!(read * 100 >= all * 95, "{read} of {all}");
}

#[test]
fn a_number_in_a_picture_is_an_offer() {
    let reader = Reader::new(&[]);
    for text in [
        "my number is in the last photo",
        "see the pic for my number",
        "my whatsapp is written on the last picture",
        "check the image for contact",
        "mon numéro est sur la photo",
        "联系方式在最后一张图",
        "连絡先はプロフィール画像にあります",
        "mi número está en la foto",
    ] {
        assert!(reader.read(text).lure(Act::OfferContact) >= 0.5, "{text}: {:?}", reader.read(text).acts);
    }
}
