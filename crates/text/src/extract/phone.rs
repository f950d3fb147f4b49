//! Telephone numbers in digits, however they are set apart, checked against the numbering plans of the markets.

use super::{Found, add};
use crate::reading::IdentifierKind;

/// The most digit groups one number may be written in.
const LIMIT_GROUPS: usize = 16;

/// One digit group: its value and its place.
struct Group {
    digits: String,
    start: usize,
    end: usize,
}

/// Finds numbers; at least seven digits are in the text.
pub(super) fn phones(text: &str, found: &mut Vec<Found>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some(group) = group_at(text, at) else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let joined = groups.last().is_some_and(|last: &Group| joins(&text[last.end..group.start]));
        if !joined || groups.len() >= LIMIT_GROUPS {
            settle(text, &groups, found);
            groups.clear();
        }
        at = group.end;
        groups.push(group);
    }
    settle(text, &groups, found);
}

/// Reads a run of digits, letting `o` stand for zero and `l` or `i` for one where digits are on a side.
fn group_at(text: &str, at: usize) -> Option<Group> {
    let mut digits = String::new();
    let mut end = at;
    for (offset, c) in text[at..].char_indices().take(24) {
        let next = text[at + offset + c.len_utf8()..].chars().next();
        let beside = !digits.is_empty() || next.is_some_and(|next| next.is_ascii_digit());
        let digit = match c {
            '0'..='9' => c,
            'o' if beside && stands_in(next) => '0',
            'l' | 'i' if beside && stands_in(next) => '1',
            _ => match han_digit(c) {
                Some(digit) => digit,
                None => break,
            },
        };
        digits.push(digit);
        end = at + offset + c.len_utf8();
    }
    let real = text[at..end].chars().filter(|c| !matches!(c, 'o' | 'l' | 'i')).count();
    (real > 0 && real * 2 >= digits.len()).then_some(Group { digits, start: at, end })
}

/// Whether what follows a stand-in for a digit lets it be one.
fn stands_in(next: Option<char>) -> bool {
    next.is_none_or(|c| c.is_ascii_digit() || !c.is_alphabetic() || matches!(c, 'o' | 'l' | 'i'))
}

/// A Chinese digit.
fn han_digit(c: char) -> Option<char> {
    let value = match c {
        '零' | '〇' => 0,
        '一' | '幺' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    };
    char::from_digit(value, 10)
}

/// Whether this may stand inside one number.
fn joins(between: &str) -> bool {
    between.chars().count() <= 3
        && between
            .chars()
            .all(|c| matches!(c, ' ' | '.' | '-' | '(' | ')' | '/' | '_' | '*' | '~' | '·' | '・' | 'ー' | '|'))
}

/// Takes the numbers out of neighbouring groups, longest first from the left.
fn settle(text: &str, groups: &[Group], found: &mut Vec<Found>) {
    let mut from = 0;
    while from < groups.len() {
        let taken =
            (from + 1..=groups.len()).rev().find_map(|to| number(text, &groups[from..to]).map(|value| (to, value)));
        match taken {
            Some((to, (start, value))) => {
                add(found, Found::new(IdentifierKind::Phone, start, groups[to - 1].end, value));
                from = to;
            }
            None => from += 1,
        }
    }
}

/// The number these groups make, with its first byte; none when they make no number.
fn number(text: &str, groups: &[Group]) -> Option<(usize, String)> {
    let (first, last) = (groups.first()?, groups.last()?);
    let digits: String = groups.iter().map(|group| group.digits.as_str()).collect();
    if !(7..=15).contains(&digits.len()) {
        return None;
    }
    let before = &text[..first.start];
    let plus = before.ends_with('+') || before.ends_with("+(") || before.ends_with("+ ");
    let start = if plus { before.rfind('+').unwrap_or(first.start) } else { first.start };
    let alone = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    if !alone(text[..start].chars().next_back()) || !alone(text[last.end..].chars().next()) {
        return None;
    }
    if is_counting(groups) || has_date(groups) || is_amount(text, start, groups) || is_other(&text[..start]) {
        return None;
    }
    if plus || digits.starts_with("00") {
        let national = digits.trim_start_matches('0');
        return is_international(national).then(|| (start, format!("+{national}")));
    }
    (is_national(&digits) || is_international_bare(&digits)).then_some((start, digits))
}

/// `6 7 8 9 10 11`: sizes, not a number.
fn is_counting(groups: &[Group]) -> bool {
    let values: Vec<i64> = groups.iter().filter_map(|group| group.digits.parse().ok()).collect();
    let step = values.get(1).zip(values.first()).map_or(0, |(b, a)| b - a);
    values.len() >= 4 && step != 0 && values.windows(2).all(|pair| pair[1] - pair[0] == step)
}

/// Whether three groups in a row are a day, a month and a year.
fn has_date(groups: &[Group]) -> bool {
    let fits = |group: &Group, most: u32| {
        group.digits.len() <= 2 && group.digits.parse().is_ok_and(|value: u32| (1..=most).contains(&value))
    };
    let year =
        |group: &Group| group.digits.len() == 4 && (group.digits.starts_with("20") || group.digits.starts_with("19"));
    groups.windows(3).any(|three| {
        (year(&three[0]) && fits(&three[1], 12) && fits(&three[2], 31))
            || (year(&three[2]) && fits(&three[0], 31) && fits(&three[1], 31))
    })
}

/// Money in groups of thousands, or a currency beside it, or a date.
fn is_amount(text: &str, start: usize, groups: &[Group]) -> bool {
    let thousands =
        groups.len() >= 2 && groups[0].digits.len() <= 3 && groups[1..].iter().all(|group| group.digits.len() == 3);
    let dotted = thousands && groups.windows(2).all(|pair| &text[pair[0].end..pair[1].start] == ".");
    let zeros = groups.last().is_some_and(|group| group.digits.ends_with("000")) && thousands;
    let before = text[..start].trim_end();
    let money = before.ends_with(['$', '€', '£', '¥', '฿', '₩', '#'])
        || before.ends_with(" rp")
        || before == "rp"
        || before.ends_with(" rm")
        || before == "rm";
    let after = text[groups[groups.len() - 1].end..].trim_start();
    let priced = after.starts_with(['$', '€', '£', '¥', '฿', '₩', '元', '円', '원', '%']);
    dotted || zeros || money || priced
}

/// Words before a number that make it the number of something else.
const OTHER: [&str; 34] = [
    "order",
    "order no",
    "order number",
    "ref",
    "reference",
    "tracking",
    "tracking no",
    "tracking number",
    "invoice",
    "item",
    "sku",
    "imei",
    "serial",
    "serial number",
    "model",
    "isbn",
    "awb",
    "resi",
    "no resi",
    "commande",
    "suivi",
    "numero de suivi",
    "reference no",
    "bestellung",
    "sendungsnummer",
    "pedido",
    "ordine",
    "tracciamento",
    "订单",
    "订单号",
    "单号",
    "注文番号",
    "주문번호",
    "운송장",
];

fn is_other(before: &str) -> bool {
    let before = before.trim_end_matches([' ', ':', '#', '.', '-', '(']);
    let before = ["is", "est", "ist", "n°", "no", "nr", "号码", "是"]
        .iter()
        .fold(before, |before, word| before.strip_suffix(word).map_or(before, str::trim_end));
    OTHER.iter().any(|word| {
        before.ends_with(word) && (!word.is_ascii() || super::edge_before(before, before.len() - word.len()))
    })
}

/// Country codes whose numbers are at home here, with how many digits follow them.
const COUNTRIES: [(&str, usize, usize); 40] = [
    ("1", 10, 10),
    ("20", 9, 10),
    ("27", 9, 9),
    ("31", 9, 9),
    ("32", 8, 9),
    ("33", 9, 9),
    ("34", 9, 9),
    ("39", 9, 11),
    ("40", 9, 9),
    ("41", 9, 9),
    ("43", 8, 12),
    ("44", 9, 10),
    ("45", 8, 8),
    ("46", 7, 10),
    ("47", 8, 8),
    ("48", 9, 9),
    ("49", 8, 12),
    ("52", 10, 11),
    ("54", 10, 11),
    ("55", 10, 11),
    ("56", 9, 9),
    ("57", 10, 10),
    ("60", 8, 10),
    ("61", 9, 9),
    ("62", 8, 12),
    ("63", 10, 10),
    ("64", 8, 10),
    ("65", 8, 8),
    ("66", 8, 9),
    ("7", 10, 10),
    ("81", 9, 10),
    ("82", 8, 10),
    ("84", 9, 10),
    ("86", 11, 11),
    ("90", 10, 10),
    ("91", 10, 10),
    ("92", 10, 10),
    ("234", 10, 10),
    ("351", 9, 9),
    ("886", 8, 9),
];

fn is_international(digits: &str) -> bool {
    let known = COUNTRIES.iter().any(|(code, least, most)| {
        digits.strip_prefix(code).is_some_and(|rest| {
            let rest = rest.strip_prefix('0').unwrap_or(rest);
            (*least..=*most).contains(&rest.len())
        })
    });
    known
        || ["852", "853", "855", "856", "880", "971", "212", "225", "233", "254", "352", "353", "358", "420"]
            .iter()
            .any(|code| digits.starts_with(code) && (10..=13).contains(&digits.len()))
}

/// With the country code but without its plus: only where that is common and the rest fits the country's mobiles.
fn is_international_bare(digits: &str) -> bool {
    let rest = |code: &str| digits.strip_prefix(code);
    rest("65").is_some_and(|d| d.len() == 8 && d.starts_with(['8', '9']))
        || rest("60").is_some_and(|d| (9..=10).contains(&d.len()) && d.starts_with('1'))
        || rest("62").is_some_and(|d| (9..=12).contains(&d.len()) && d.starts_with('8'))
        || rest("66").is_some_and(|d| d.len() == 9 && d.starts_with(['6', '8', '9']))
        || rest("852").is_some_and(|d| d.len() == 8 && d.starts_with(['5', '6', '7', '9']))
        || rest("886").is_some_and(|d| d.len() == 9 && d.starts_with('9'))
        || rest("86").is_some_and(|d| d.len() == 11 && d.starts_with('1'))
        || rest("33").is_some_and(|d| d.len() == 9 && d.starts_with(['6', '7']))
        || rest("44").is_some_and(|d| d.len() == 10 && d.starts_with('7'))
        || rest("82").is_some_and(|d| d.len() == 10 && d.starts_with("10"))
        || rest("1").is_some_and(|d| d.len() == 10 && is_american(d))
}

/// As people write it at home.
fn is_national(digits: &str) -> bool {
    let start = |prefixes: &[&str]| prefixes.iter().any(|prefix| digits.starts_with(prefix));
    match digits.len() {
        // Singapore and Hong Kong mobiles; not years or round sums.
        8 => start(&["8", "9", "5", "6"]) && !digits.ends_with("0000") && !is_one_digit(digits),
        9 => start(&["6", "7", "91", "92", "93", "96", "02", "08", "01"]) && !digits.ends_with("0000"),
        10 => {
            start(&["01", "02", "03", "04", "05", "06", "07", "08", "09", "3"])
                || is_american(digits)
                || start(&["6", "7", "8", "9"])
        }
        11 => {
            start(&[
                "010", "011", "016", "018", "019", "070", "080", "090", "07", "08", "09", "13", "14", "15", "16", "17",
                "18", "19",
            ]) || is_brazilian(digits)
        }
        12 => start(&["08", "015", "016", "017"]),
        13 => start(&["08"]),
        _ => false,
    }
}

fn is_one_digit(digits: &str) -> bool {
    digits.bytes().all(|b| Some(&b) == digits.as_bytes().first())
}

fn is_american(digits: &str) -> bool {
    let b = digits.as_bytes();
    b.len() == 10 && b[0] >= b'2' && b[3] >= b'2'
}

fn is_brazilian(digits: &str) -> bool {
    let b = digits.as_bytes();
    b.len() == 11 && b[0] != b'0' && b[1] != b'0' && b[2] == b'9'
}
