//! Accounts to be paid on: IBAN and cards by their check digits, addresses of crypto currencies by shape.

use super::{Found, add, edge_after, edge_before};
use crate::fold::Folded;
use crate::reading::IdentifierKind;

/// The last four characters, the rest left out.
fn masked(value: &str) -> String {
    let tail: String = value.chars().skip(value.chars().count().saturating_sub(4)).collect();
    format!("****{tail}")
}

/// Finds IBANs: two letters, two digits, then up to thirty more, spaces allowed.
pub(super) fn ibans(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    for at in 0..bytes.len().saturating_sub(14) {
        let head = bytes[at].is_ascii_lowercase()
            && bytes[at + 1].is_ascii_lowercase()
            && bytes[at + 2].is_ascii_digit()
            && bytes[at + 3].is_ascii_digit();
        if !head || !edge_before(text, at) {
            continue;
        }
        let mut compact = String::with_capacity(34);
        let mut best = None;
        for (offset, b) in bytes[at..].iter().enumerate().take(48) {
            match b {
                b'0'..=b'9' | b'a'..=b'z' if compact.len() < 34 => compact.push(b.to_ascii_uppercase() as char),
                b' ' | b'-' | b'.' => continue,
                _ => break,
            }
            if compact.len() >= 15 && edge_after(text, at + offset + 1) && checks_out(&compact) {
                best = Some((at + offset + 1, compact.clone()));
            }
        }
        if let Some((end, compact)) = best {
            add(found, Found::new(IdentifierKind::Iban, at, end, masked(&compact)));
        }
    }
}

/// The remainder that makes an IBAN one.
fn checks_out(compact: &str) -> bool {
    let turned = compact[4..].bytes().chain(compact[..4].bytes());
    let remainder = turned.fold(0u32, |rest, b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b - b'A') + 10) % 97,
    });
    remainder == 1
}

/// Finds payment cards: 14 to 19 digits of a known network with a right check digit.
pub(super) fn cards(text: &str, found: &mut Vec<Found>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() || !edge_before(text, at) {
            at += 1;
            continue;
        }
        let mut digits = Vec::with_capacity(19);
        let mut end = at;
        let mut best = None;
        while end < bytes.len() && digits.len() <= 19 {
            match bytes[end] {
                b @ b'0'..=b'9' => digits.push(b - b'0'),
                b' ' | b'-' | b'.' if !matches!(bytes[end - 1], b' ' | b'-' | b'.') => {}
                _ => break,
            }
            end += 1;
            if edge_after(text, end) && bytes[end - 1].is_ascii_digit() && is_card(&digits) {
                best = Some((end, digits.clone()));
            }
        }
        if let Some((stop, digits)) = best {
            let value: String = digits.iter().map(|&digit| (b'0' + digit) as char).collect();
            add(found, Found::new(IdentifierKind::Card, at, stop, masked(&value)));
            at = stop;
        } else {
            at += bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count().max(1);
        }
    }
}

fn is_card(digits: &[u8]) -> bool {
    let network = matches!(
        (digits.len(), digits),
        (13 | 16 | 19, [4, ..])
            | (16, [5, 1..=5, ..] | [2, 2..=7, ..])
            | (15, [3, 4 | 7, ..])
            | (14, [3, 0 | 6 | 8, ..])
            | (16..=19, [6, 2 | 4 | 5 | 0, ..] | [3, 5, ..] | [8, 1, ..])
    );
    let same = digits.windows(2).all(|pair| pair[0] == pair[1]);
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit) * 2) {
            (0, twice) => twice / 2,
            (_, twice) => twice / 10 + twice % 10,
        })
        .sum();
    network && !same && sum.is_multiple_of(10)
}

/// Finds addresses of the common chains. Their letters' case matters, so the original is read.
pub(super) fn crypto(original: &str, folded: &Folded, found: &mut Vec<Found>) {
    for (at, word) in folded.text.split(' ').scan(0, |at, word| {
        let start = *at;
        *at += word.len() + 1;
        Some((start, word))
    }) {
        if word.len() < 26 {
            continue;
        }
        let skip = word.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(0);
        let core = word[skip..]
            .find(|c: char| !c.is_ascii_alphanumeric())
            .map_or(&word[skip..], |end| &word[skip..skip + end]);
        if core.len() < 26 {
            continue;
        }
        let start = at + skip;
        let (from, to) = folded.original(start, start + core.len());
        let raw = &original[from as usize..to as usize];
        if is_crypto(raw) {
            let value: String = format!("{}…{}", &core[..4], &core[core.len() - 4..]);
            add(found, Found::new(IdentifierKind::Crypto, start, start + core.len(), value));
        }
    }
}

fn is_crypto(raw: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let base58 = |text: &str| {
        let kinds = [u8::is_ascii_digit, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
        text.bytes().all(|b| b.is_ascii_alphanumeric() && !matches!(b, b'0' | b'O' | b'I' | b'l'))
            && kinds.iter().all(|kind| text.bytes().any(|b| kind(&b)))
    };
    let bech32 = |text: &str| {
        text.bytes().all(|b| b"qpzry9x8gf2tvdw0s3jn54khce6mua7lQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".contains(&b))
    };
    match raw.len() {
        42 if raw.starts_with("0x") => hex(&raw[2..]),
        34 if raw.starts_with('T') => base58(raw),
        26..=35 if raw.starts_with(['1', '3', 'L', 'D']) => base58(raw),
        39..=62 if raw.to_ascii_lowercase().starts_with("bc1") || raw.to_ascii_lowercase().starts_with("ltc1") => {
            raw.split_once('1').is_some_and(|(_, rest)| bech32(rest))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        assert!(checks_out("GB82WEST12345698765432") && !checks_out("GB82WEST12345698765433"));
        let digits = |text: &str| text.bytes().map(|b| b - b'0').collect::<Vec<_>>();
        assert!(is_card(&digits("4242424242424242")) && !is_card(&digits("4242424242424241")));
        assert!(!is_card(&digits("0000000000000000")));
    }
}
