//! Addresses: e-mail, also spelled out, and web, with look-alikes of the market's own and of brands people trust.

use std::sync::LazyLock;

use regex::Regex;

use super::{Found, add, edge_before};
use crate::fold::{Folded, skeleton};
use crate::reading::IdentifierKind;

/// The market's own hosts, as skeletons.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnHosts {
    hosts: Vec<String>,
    names: Vec<String>,
}

impl OwnHosts {
    /// Takes domains as people write them.
    pub(crate) fn new(domains: &[&str]) -> OwnHosts {
        let hosts: Vec<String> =
            domains.iter().map(|domain| skeleton(domain.trim()).text.trim_start_matches("www.").to_owned()).collect();
        let names = hosts
            .iter()
            .filter_map(|host| main_label(host))
            .filter(|name| name.len() >= 4)
            .map(str::to_owned)
            .collect();
        OwnHosts { hosts, names }
    }

    fn holds(&self, host: &str) -> bool {
        self.hosts
            .iter()
            .any(|own| host == own || host.strip_suffix(own.as_str()).is_some_and(|rest| rest.ends_with('.')))
    }
}

/// Names people trust with money or parcels; a host that carries one without being it imitates it.
const BRANDS: [&str; 34] = [
    "paypal",
    "stripe",
    "paynow",
    "paylah",
    "visa",
    "mastercard",
    "revolut",
    "westernunion",
    "moneygram",
    "klarna",
    "alipay",
    "wechatpay",
    "grabpay",
    "venmo",
    "zelle",
    "lydia",
    "leboncoin",
    "vinted",
    "carousell",
    "rakuten",
    "mercari",
    "shopee",
    "lazada",
    "ebay",
    "amazon",
    "tokopedia",
    "dhl",
    "fedex",
    "ups",
    "singpost",
    "ninjavan",
    "colissimo",
    "laposte",
    "mondialrelay",
];

/// Hosts of messaging apps.
const APPS: [(&str, &str); 22] = [
    ("wa.me", "whatsapp"),
    ("whatsapp.com", "whatsapp"),
    ("wa.link", "whatsapp"),
    ("t.me", "telegram"),
    ("telegram.me", "telegram"),
    ("telegram.org", "telegram"),
    ("line.me", "line"),
    ("lin.ee", "line"),
    ("zalo.me", "zalo"),
    ("signal.me", "signal"),
    ("signal.group", "signal"),
    ("m.me", "messenger"),
    ("instagram.com", "instagram"),
    ("ig.me", "instagram"),
    ("open.kakao.com", "kakaotalk"),
    ("kakao.com", "kakaotalk"),
    ("weixin.qq.com", "wechat"),
    ("discord.gg", "discord"),
    ("fb.com", "facebook"),
    ("facebook.com", "facebook"),
    ("viber.com", "viber"),
    ("snapchat.com", "snapchat"),
];

/// Endings that are no words of a language, so that `foo.com` is an address even without a path.
const ENDINGS: &str = "com|net|org|info|biz|shop|store|site|online|website|link|club|xyz|top|vip|live|app|dev|page|click|icu|cyou|buzz|tech|space|fun|\
    co|io|cc|gg|tv|ly|sg|hk|tw|jp|kr|cn|fr|uk|eu|ru|vn|ph|th|br|mx|au|nz|ca|ch|nl|pl|pt|bio|ee|pay|finance|bank|cloud|asia|world|example|test";
/// Endings that are words too and need a path or a known host.
const WORDY: &str = "me|my|id|it|is|de|es|be|at|to|in|so|us|no|la|am|pm|do|he|ma|na|or|go|gle";

static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let label = r"[\p{L}\p{N}][\p{L}\p{N}-]*";
    Regex::new(&format!(
        r"(?:(?:https?|hxxps?)\s?:\s?/{{1,2}}\s?(?P<a>(?:{label}\.)+{label})|www\.(?P<b>(?:{label}\.)+{label})|(?P<c>(?:{label}\.)+(?:{ENDINGS}|xn--[a-z0-9-]+))|(?P<d>(?:{label}\.)+(?:{WORDY}))/[^\s<>，。）)]*)(?P<rest>[/:?#][^\s<>，。）)]*)?"
    ))
    .ok()
});

/// Finds e-mail addresses with their sign.
pub(super) fn emails(text: &str, found: &mut Vec<Found>) {
    for (at, _) in text.match_indices('@') {
        let bytes = text.as_bytes();
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
        let mut start = at - bytes[..at].iter().rev().take(64).take_while(|b| is_name(b)).count();
        while start < at && !bytes[start].is_ascii_alphanumeric() {
            start += 1;
        }
        let length = bytes[at + 1..]
            .iter()
            .take(120)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            .count();
        let host = text[at + 1..at + 1 + length].trim_end_matches(['.', '-']);
        let ending = host.rsplit('.').next().unwrap_or_default();
        if start < at
            && host.contains('.')
            && (2..=12).contains(&ending.len())
            && ending.bytes().all(|b| b.is_ascii_lowercase())
        {
            let end = at + 1 + host.len();
            add(found, Found::new(IdentifierKind::Email, start, end, text[start..end].to_owned()));
        }
    }
}

/// Mail houses people name when they spell an address out.
const HOUSES: &str = "gmail|googlemail|hotmail|yahoo|ymail|outlook|live|icloud|proton|protonmail|gmx|web|orange|free|laposte|qq|163|126|naver|daum|sina|foxmail|mail|libero|uol|bol";

static WORDED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?P<name>[a-z0-9][a-z0-9._%+-]{{1,63}})\s?(?:@|[(\[{{<]\s?(?:at|@|a|arobase)\s?[)\]}}>]| at | arobase | arroba | chiocciola | klammeraffe )\s?(?P<house>{HOUSES})\s?(?:\.|,|[(\[{{<]\s?(?:dot|\.|point|punkt)\s?[)\]}}>]| dot | point | punto | ponto | punkt |点)\s?(?P<end>com|net|org|fr|de|it|es|br|cn|co|me|id|my|jp|kr|sg)\b"
    ))
    .ok()
});

/// Finds `kite at gmail dot com` and its like.
pub(super) fn worded_emails(text: &str, found: &mut Vec<Found>) {
    static HINT: LazyLock<Option<aho_corasick::AhoCorasick>> =
        LazyLock::new(|| aho_corasick::AhoCorasick::new(HOUSES.split('|')).ok());
    if !HINT.as_ref().is_some_and(|hint| hint.is_match(text)) {
        return;
    }
    let Some(pattern) = WORDED.as_ref() else { return };
    for hit in pattern.captures_iter(text) {
        if let (Some(whole), Some(name), Some(house), Some(end)) =
            (hit.get(0), hit.name("name"), hit.name("house"), hit.name("end"))
        {
            let value = format!("{}@{}.{}", name.as_str(), house.as_str(), end.as_str());
            add(found, Found::new(IdentifierKind::Email, whole.start(), whole.end(), value));
        }
    }
}

/// Finds web addresses.
pub(super) fn urls(original: &str, folded: &Folded, own: &OwnHosts, found: &mut Vec<Found>) {
    let text = folded.text.as_str();
    let Some(pattern) = URL.as_ref() else { return };
    for hit in pattern.captures_iter(text) {
        let (Some(whole), Some(host)) = (hit.get(0), ["a", "b", "c", "d"].iter().find_map(|name| hit.name(name)))
        else {
            continue;
        };
        // `3.5mm`, `ok.thanks`, the host of an e-mail address.
        let before = text[..whole.start()].chars().next_back();
        if before.is_some_and(|c| c == '@') || !edge_before(text, whole.start()) {
            continue;
        }
        if hit.name("c").is_some() && text[whole.end()..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
            continue;
        }
        let end = whole.start()
            + text[whole.start()..whole.end()].trim_end_matches(['.', ',', '!', '?', ':', ')', ';']).len();
        let name = host.as_str();
        let (from, to) = folded.original(host.start(), host.end());
        let raw = &original[from as usize..to as usize];
        let app = APPS.iter().find(|(known, _)| is_below(name, known)).map(|(_, app)| *app);
        let mut one = Found::new(IdentifierKind::Url, whole.start(), end, text[whole.start()..end].to_owned());
        one.app = app;
        one.suspicious = app.is_none() && is_suspicious(name, raw, own);
        add(found, one);
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The label a host is known by: the one before its public ending.
fn main_label(host: &str) -> Option<&str> {
    let labels: Vec<&str> = host.split('.').collect();
    match labels.as_slice() {
        [.., name, second, _] if matches!(*second, "com" | "co" | "net" | "org" | "gov" | "ac" | "or" | "ne") => {
            Some(name)
        }
        [.., name, _] => Some(name),
        _ => None,
    }
}

/// Whether a host hides its script or looks like one it is not.
fn is_suspicious(host: &str, raw: &str, own: &OwnHosts) -> bool {
    if raw.is_ascii() && own.holds(host) {
        return false;
    }
    if host.split('.').any(|label| label.starts_with("xn--"))
        || !raw.chars().all(|c| c.is_ascii() || crate::fold::is_han(c))
    {
        return true;
    }
    let main = main_label(host).unwrap_or_default();
    if BRANDS.contains(&main) && !host.contains("xn--") {
        // The brand itself, under an ending it plausibly has.
        let labels = host.split('.').count();
        let ending = host.rsplit('.').next().unwrap_or_default();
        return labels > 5
            || matches!(
                ending,
                "xyz"
                    | "top"
                    | "site"
                    | "online"
                    | "shop"
                    | "club"
                    | "click"
                    | "icu"
                    | "cyou"
                    | "buzz"
                    | "live"
                    | "vip"
                    | "info"
                    | "link"
                    | "website"
                    | "space"
                    | "fun"
                    | "cc"
                    | "store"
            );
    }
    let names = own.names.iter().map(String::as_str).chain(BRANDS);
    names.into_iter().any(|name| host.split('.').any(|label| imitates(label, name)))
}

/// Whether a label carries a name it only imitates: as a part (`dhl-parcel`), run together (`paypalsecure`), with look-alike
/// digits (`paypa1`) or one letter off (`carousel`).
fn imitates(label: &str, name: &str) -> bool {
    let plain: String = label
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            _ => c,
        })
        .collect();
    let want = name.replace('i', "l");
    let joined = plain.replace('-', "");
    if name.len() < 5 {
        return !label.is_empty()
            && plain.split('-').any(|part| part == want)
            && (label.contains('-') || label != name);
    }
    joined.contains(&want)
        || plain.split('-').chain([joined.as_str()]).any(|part| part.len() + 1 >= want.len() && is_one_off(part, &want))
        || plain.replace("rn", "m").contains(&want)
        || plain.replace("vv", "w").contains(&want)
}

/// Whether two words differ by one letter put in, left out, changed, or two changed places; both are ASCII or compared as bytes.
fn is_one_off(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (left_a, left_b) = (a.len().saturating_sub(head + tail), b.len().saturating_sub(head + tail));
    match (left_a, left_b) {
        (0, 0) => a.len() != b.len() && a.len().abs_diff(b.len()) == 1,
        (1, 0) | (0, 1) | (1, 1) => true,
        (2, 2) => a[head] == b[head + 1] && a[head + 1] == b[head],
        _ => false,
    }
}
