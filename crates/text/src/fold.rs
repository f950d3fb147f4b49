//! Folding: the one form in which texts and terms are compared, with a way back to the original bytes.
//!
//! Folded text is NFKC, lower-case, without accents on Latin letters, without invisible characters, with one
//! plain space for any run of white space, and with plain apostrophes and hyphens. The skeleton goes further, for
//! texts written around a filter: look-alike letters and digits become plain ones, and traditional Chinese simplified.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use crate::lookalike::{look_alike, simplified};

/// A folded text and where each part of it came from.
pub(crate) struct Folded {
    /// The text to search.
    pub(crate) text: String,
    runs: Vec<Run>,
}

/// A stretch of folded text: byte for byte like the original, or made as a whole from one piece of it.
#[derive(Clone, Copy)]
struct Run {
    folded: u32,
    original: u32,
    /// Zero for a byte-for-byte stretch, else where the original piece ends.
    end: u32,
}

impl Folded {
    /// Turns a range of folded bytes, which must lie on character boundaries and not be empty, into original bytes.
    pub(crate) fn original(&self, start: usize, end: usize) -> (u32, u32) {
        let (first, last) = (self.run(start), self.run(end - 1));
        let from = if first.end == 0 { first.original + (start as u32 - first.folded) } else { first.original };
        let to = if last.end == 0 { last.original + (end as u32 - last.folded) } else { last.end };
        (from, to)
    }

    fn run(&self, at: usize) -> Run {
        let after = self.runs.partition_point(|run| run.folded as usize <= at);
        self.runs.get(after.saturating_sub(1)).copied().unwrap_or(Run { folded: 0, original: 0, end: 0 })
    }

    /// Begins or continues a byte-for-byte stretch at this original byte.
    fn plain(&mut self, original: usize) {
        let (folded, original) = (self.text.len() as u32, original as u32);
        if let Some(last) = self.runs.last()
            && last.end == 0
            && original.wrapping_sub(last.original) == folded - last.folded
        {
            return;
        }
        self.runs.push(Run { folded, original, end: 0 });
    }

    /// Begins what is made as a whole from original bytes `start..end`.
    fn piece(&mut self, start: usize, end: usize) {
        self.runs.push(Run { folded: self.text.len() as u32, original: start as u32, end: end as u32 });
    }
}

/// Folds a text of at most 4 GiB; the work and the result are linear in its length.
pub(crate) fn fold(text: &str) -> Folded {
    fold_as::<false>(text)
}

/// Folds as [`fold`] does and then takes every look-alike for what it shows.
pub(crate) fn skeleton(text: &str) -> Folded {
    fold_as::<true>(text)
}

fn fold_as<const SKELETON: bool>(text: &str) -> Folded {
    let mut out = Folded { text: String::with_capacity(text.len()), runs: Vec::with_capacity(4) };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii() {
            at = fold_ascii(bytes, at, &mut out);
        } else if let Some(c) = text[at..].chars().next() {
            at = fold_char::<SKELETON>(text, at, c, &mut out);
        }
    }
    out
}

/// Folds ASCII from `at` on and gives the first byte it left alone.
fn fold_ascii(bytes: &[u8], mut at: usize, out: &mut Folded) -> usize {
    while at < bytes.len() && bytes[at].is_ascii() {
        if bytes[at].is_ascii_whitespace() {
            if !out.text.ends_with(' ') {
                out.plain(at);
                out.text.push(' ');
            }
            at += 1;
            continue;
        }
        out.plain(at);
        while at < bytes.len() && bytes[at].is_ascii() && !bytes[at].is_ascii_whitespace() {
            out.text.push(bytes[at].to_ascii_lowercase() as char);
            at += 1;
        }
    }
    at
}

fn fold_char<const SKELETON: bool>(text: &str, at: usize, c: char, out: &mut Folded) -> usize {
    let next = at + c.len_utf8();
    if is_invisible(c) || is_latin_mark(c) || (SKELETON && c == KEYCAP) {
        return next;
    }
    if SKELETON && let Some(plain) = if is_han(c) { simplified(c) } else { look_alike(c) } {
        out.piece(at, next);
        out.text.push_str(plain);
        return next;
    }
    if c.is_whitespace() {
        if !out.text.ends_with(' ') {
            out.piece(at, next);
            out.text.push(' ');
        }
        return next;
    }
    if is_plain(c) && !text[next..].starts_with(is_continuation) {
        out.plain(at);
        out.text.push(c);
        return next;
    }
    let end = next + text[next..].find(|c| !is_continuation(c)).unwrap_or(text.len() - next);
    out.piece(at, end);
    for c in text[at..end].nfkc() {
        push_folded(c, &mut out.text);
    }
    end
}

/// Lower-cases one composed character and takes a Latin letter's accents off.
fn push_folded(c: char, out: &mut String) {
    match c {
        '’' | '‘' | 'ʼ' | '′' | '＇' => out.push('\''),
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => out.push('-'),
        'ß' | 'ẞ' => out.push_str("ss"),
        'œ' | 'Œ' => out.push_str("oe"),
        'æ' | 'Æ' => out.push_str("ae"),
        'ø' | 'Ø' => out.push('o'),
        'ł' | 'Ł' => out.push('l'),
        'đ' | 'Đ' => out.push('d'),
        'ı' | 'İ' => out.push('i'),
        'À'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => {
            for bare in std::iter::once(c).nfd().filter(|c| !is_latin_mark(*c)) {
                // What is left may be one of the letters above: an `ǽ` is an `æ` first.
                if bare == c { out.extend(c.to_lowercase()) } else { push_folded(bare, out) }
            }
        }
        _ if c.is_whitespace() => {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        }
        _ => out.extend(c.to_lowercase().filter(|c| !is_latin_mark(*c))),
    }
}

/// Makes a key of the digit before it.
const KEYCAP: char = '\u{20E3}';

/// Characters that show nothing: zero widths, joiners, direction marks, soft hyphens, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

fn is_latin_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

/// Characters that are their own folded form when nothing joins them.
fn is_plain(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FE}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{E01}'..='\u{E32}' | '\u{E34}'..='\u{E5B}' | '、' | '。' | '「' | '」' | '《' | '》')
}

/// Characters that belong to the one before: marks, conjoining jamo, half-width voicing.
fn is_continuation(c: char) -> bool {
    !c.is_ascii()
        && (matches!(c, '\u{1161}'..='\u{11FF}' | '\u{FF9E}' | '\u{FF9F}')
            || (canonical_combining_class(c) != 0 && !is_thai(c)))
}

fn is_thai(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{E7F}')
}

/// Whether a letter or digit belongs to a script that writes spaces between words, where a term must be a whole word.
pub(crate) fn is_spaced(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    !is_unspaced(c) && c.is_alphanumeric()
}

/// Whether a character is a letter, quickly for the scripts of the house's languages.
pub(crate) fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphabetic()
    } else {
        matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{AC00}'..='\u{D7A3}' | '\u{E01}'..='\u{E30}')
            || c.is_alphabetic()
    }
}

/// Whether a character is a letter or digit, quickly for the same.
pub(crate) fn is_wordly(c: char) -> bool {
    is_letter(c) || c.is_numeric()
}

/// Han, kana, Hangul (whose particles join the word), Thai, Lao, Khmer, Burmese.
fn is_unspaced(c: char) -> bool {
    is_han(c)
        || matches!(c, '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}'
            | '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}')
}

/// Chinese characters, wherever they are used.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' | '々' | '〇')
}

/// Calls back with every stretch of single letters that stand apart, such as `w h a t s`, with their places.
pub(crate) fn each_spelled(text: &str, mut call: impl FnMut(&[(usize, char)])) {
    let mut letters: Vec<(usize, char)> = Vec::new();
    let mut word = 0;
    let mut gap = 0;
    let mut flush = |letters: &mut Vec<(usize, char)>| {
        if letters.len() >= 5 || (letters.len() >= 2 && letters.iter().any(|&(_, c)| is_han(c))) {
            call(letters);
        }
        letters.clear();
    };
    for (at, c) in text.char_indices() {
        if is_wordly(c) {
            word += 1;
            if word == 1 {
                letters.push((at, c));
            } else {
                letters.pop();
                if word == 2 {
                    flush(&mut letters);
                }
            }
            gap = 0;
            continue;
        }
        word = 0;
        gap += 1;
        if gap > 2 || !matches!(c, ' ' | '.' | '-' | '_' | '*' | '·' | '/' | '|' | '~') {
            flush(&mut letters);
        }
    }
    flush(&mut letters);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folds_to_one_form() {
        for (text, expect) in [
            ("WhatsApp", "whatsapp"),
            ("ＷｈａｔｓＡｐｐ　１２", "whatsapp 12"),
            ("Télégram ÉCRIVEZ-MOI", "telegram ecrivez-moi"),
            ("Te\u{301}le\u{301}gram", "telegram"),
            ("l’appli", "l'appli"),
            ("wh\u{200B}ats\u{AD}a\u{2060}pp", "whatsapp"),
            ("a \t\n  b", "a b"),
            ("Straße ŒUVRE Łódź", "strasse oeuvre lodz"),
            ("ﬃ", "ffi"),
            ("Ǽǿ ǽ", "aeo ae"),
            ("微\u{200D}信", "微信"),
            ("ｶﾞｷﾞ", "ガギ"),
            ("か\u{3099}", "が"),
            ("가", "가"),
            ("แอดไลน์", "แอดไลน์"),
            ("ПРИВЕТ", "привет"),
        ] {
            assert_eq!(fold(text).text, expect, "{text}");
        }
    }

    #[test]
    fn finds_the_way_back() {
        for (text, part, expect) in [
            ("please WhatsApp me", "whatsapp", "WhatsApp"),
            ("é è ＷＡ ok", "wa", "ＷＡ"),
            ("a  wh\u{200B}at  b", "what", "wh\u{200B}at"),
            ("x ﬃ y", "ff", "ﬃ"),
            ("加我微\u{FE0F}信吧", "微信", "微\u{FE0F}信"),
            ("Te\u{301}le\u{301}gram", "teleg", "Te\u{301}le\u{301}g"),
        ] {
            let folded = fold(text);
            let start = folded.text.find(part).unwrap();
            let (from, to) = folded.original(start, start + part.len());
            assert_eq!(&text[from as usize..to as usize], expect, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_range_maps_into_the_text(text in "\\PC{0,40}|[a-zé\u{301}\u{200B}ｶﾞ微信ﬃ \t]{0,40}", a in 0usize..80, b in 0usize..80) {
            let folded = fold(&text);
            let at = |n: usize| folded.text.char_indices().map(|(i, _)| i).chain([folded.text.len()]).nth(n % (folded.text.chars().count() + 1)).unwrap();
            let (start, end) = (at(a).min(at(b)), at(a).max(at(b)));
            if start < end {
                let (from, to) = folded.original(start, end);
                prop_assert!(from < to);
                prop_assert!(text.get(from as usize..to as usize).is_some(), "{from}..{to}");
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text).text;
            prop_assert_eq!(&fold(&once).text, &once);
        }
    }
}
