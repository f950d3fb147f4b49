//! Identifiers: what people pass on to be reached or paid elsewhere. Every finder works on the folded text, checks
//! what it finds by length, prefix or check digit, and masks accounts at once.

mod accounts;
mod links;
mod phone;
mod spoken;

pub(crate) use links::OwnHosts;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::fold::Folded;
use crate::reading::IdentifierKind;

/// The most identifiers one text gives.
const LIMIT_FOUND: usize = 64;

/// An identifier, in bytes of the folded text.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) kind: IdentifierKind,
    pub(crate) app: Option<&'static str>,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) value: String,
    pub(crate) suspicious: bool,
}

impl Found {
    fn new(kind: IdentifierKind, start: usize, end: usize, value: String) -> Found {
        Found { kind, app: None, start, end, value, suspicious: false }
    }
}

/// A place where a messaging app is named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AppWord {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) app: &'static str,
    /// The name is nothing but an app's.
    pub(crate) strong: bool,
}

/// Finds what needs no other word: addresses, accounts, telephone numbers, QR codes. By place, never overlapping.
pub(crate) fn plain(original: &str, folded: &Folded, own: &OwnHosts) -> Vec<Found> {
    let text = folded.text.as_str();
    let mut found = Vec::new();
    let shape = Shape::of(text);
    if shape.dots || shape.ats {
        links::emails(text, &mut found);
        links::urls(original, folded, own, &mut found);
    }
    links::worded_emails(text, &mut found);
    if shape.digits >= 5 || !text.is_ascii() {
        accounts::ibans(text, &mut found);
        accounts::cards(text, &mut found);
        phone::phones(text, &mut found);
    }
    accounts::crypto(original, folded, &mut found);
    spoken::phones(text, &mut found);
    qr(text, &mut found);
    found.truncate(LIMIT_FOUND);
    found.sort_by_key(|one| (one.start, one.end));
    found
}

/// Adds one unless it overlaps what is there.
fn add(found: &mut Vec<Found>, one: Found) {
    let free = !found.iter().any(|other| other.start < one.end && one.start < other.end);
    if free && found.len() < LIMIT_FOUND {
        found.push(one);
    }
}

/// What a text holds at all, so that most finders need not look.
struct Shape {
    digits: usize,
    dots: bool,
    ats: bool,
}

impl Shape {
    fn of(text: &str) -> Shape {
        let mut shape = Shape { digits: 0, dots: false, ats: false };
        for b in text.bytes() {
            match b {
                b'0'..=b'9' => shape.digits += 1,
                b'.' => shape.dots = true,
                b'@' => shape.ats = true,
                _ => {}
            }
        }
        shape
    }
}

/// How QR codes are named.
const QR: [&str; 9] = ["qr", "qrcode", "qris", "二维码", "扫码", "qrコード", "큐알", "คิวอาร์", "二次元コード"];

fn qr(text: &str, found: &mut Vec<Found>) {
    static SEARCH: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(QR).ok());
    for hit in SEARCH.iter().flat_map(|search| search.find_iter(text)) {
        let (at, end) = (hit.start(), hit.end());
        if !QR[hit.pattern().as_usize()].is_ascii() || (edge_before(text, at) && edge_after(text, end)) {
            add(found, Found::new(IdentifierKind::Qr, at, end, "qr".to_owned()));
        }
    }
}

/// Adds the names people give beside an app: `line id kite99`, `ig: @kite.sg`, and `@kite` alone.
pub(crate) fn handles(folded: &Folded, apps: &[AppWord], found: &mut Vec<Found>) {
    let text = folded.text.as_str();
    for app in apps.iter().take(LIMIT_FOUND) {
        match one_in(found, app.start, app.end) {
            // An address that names its app, or a number beside it.
            Some(at) => found[at].app = found[at].app.or(app.strong.then_some(app.app)),
            None => {
                if let Some((start, end)) = handle_after(text, app) {
                    let value = text[start..end].trim_start_matches('@').to_owned();
                    let mut one = Found::new(IdentifierKind::Handle, start, end, value);
                    one.app = Some(app.app);
                    add(found, one);
                }
                near_number(text, app, found);
            }
        }
    }
    for (at, _) in text.match_indices('@') {
        let end = at + 1 + name_length(&text[at + 1..]);
        if end - at >= 4
            && edge_before(text, at)
            && !text[end..].starts_with('@')
            && text[at + 1..end].contains(|c: char| c.is_ascii_lowercase())
        {
            add(found, Found::new(IdentifierKind::Handle, at, end, text[at + 1..end].to_owned()));
        }
    }
    found.sort_by_key(|one| (one.start, one.end));
}

fn one_in(found: &[Found], start: usize, end: usize) -> Option<usize> {
    found.iter().position(|one| one.start < end && start < one.end)
}

/// A telephone number within a few characters of an app's name is that app's.
fn near_number(text: &str, app: &AppWord, found: &mut [Found]) {
    let near = |a: usize, b: usize| a <= b && b - a <= 16 && !text[a..b].contains(['.', '!', '?']);
    for one in found.iter_mut().filter(|one| one.kind == IdentifierKind::Phone && one.app.is_none()) {
        if near(app.end, one.start) || near(one.end, app.start) {
            one.app = Some(app.app);
        }
    }
}

/// Words that stand between an app's name and the name on it, and say that one follows.
const LEADS: &[&str] = &[
    "id",
    "user",
    "username",
    "name",
    "nick",
    "nickname",
    "handle",
    "acc",
    "account",
    "add",
    "is",
    "me",
    "@",
    ":",
    "=",
    "-",
    "number",
    "no",
    "est",
    "ist",
    "es",
    "è",
    "my",
    "号",
    "账号",
    "帐号",
    "我",
    "アカウント",
    "아이디",
    "ไอดี",
    "の",
    "は",
    "는",
    "은",
    "가",
    "이",
    "คือ",
    "是",
    "为",
];

/// The handle that follows an app's name, if one does.
fn handle_after(text: &str, app: &AppWord) -> Option<(usize, usize)> {
    let mut at = app.end;
    let mut led = false;
    for _ in 0..4 {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start_matches([' ', ',', '(', '"', '\'']).len();
        let rest = &text[at..];
        let lead = LEADS.iter().filter(|lead| rest.starts_with(**lead)).max_by_key(|lead| lead.len());
        let ends = |lead: &&&str| !lead.as_bytes()[0].is_ascii_lowercase() || edge_after(text, at + lead.len());
        match lead.filter(ends) {
            Some(&lead) => {
                led |= !matches!(lead, "is" | "me" | "my" | "no" | "-");
                if lead == "@" {
                    break;
                }
                at += lead.len();
            }
            None => break,
        }
    }
    let marked = text[at..].starts_with('@');
    let from = at + usize::from(marked);
    let length = name_length(&text[from..]);
    let name = &text[from..from + length];
    let letters = name.bytes().filter(u8::is_ascii_lowercase).count();
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let odd = name.bytes().any(|b| matches!(b, b'_' | b'.' | b'-'));
    let shaped = if marked {
        length >= 3
    } else if led {
        length >= 4
            && letters >= 1
            && (digits > 0
                || odd
                || text[..at].trim_end().ends_with([':', '='])
                || text[..at].trim_end().ends_with(" id"))
            || (digits >= 5 && digits == length)
    } else {
        letters >= 3 && digits >= 2 && length >= 6
    };
    (shaped && letters + digits > 0 && edge_after(text, from + length)).then_some((at, from + length))
}

/// How many bytes of a name begin here.
fn name_length(text: &str) -> usize {
    let length =
        text.bytes().take(33).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')).count();
    let trimmed = text[..length].trim_end_matches(['.', '-']);
    if length > 32 { 0 } else { trimmed.len() }
}

/// Whether no ASCII letter or digit stands right before, or right behind.
fn edge_before(text: &str, at: usize) -> bool {
    !text.as_bytes()[..at].last().is_some_and(u8::is_ascii_alphanumeric)
}

fn edge_after(text: &str, at: usize) -> bool {
    !text.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric)
}
