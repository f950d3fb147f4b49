//! What an odd spelling may stand for: letters set apart (`p a y`), letters written as digits (`p4y`), letters
//! repeated (`paaay`), direction turned round. Each variant is searched beside the text and knows its way back.

use crate::fold::{Folded, each_spelled};

/// The most odd words of one text that are tried.
const LIMIT_ODD: usize = 64;

/// A stretch of text read another way.
#[derive(Default)]
pub(super) struct Variant {
    pub(super) text: String,
    /// By character: first byte here, first and last byte of what it stands for in the folded text.
    at: Vec<(u32, u32, u32)>,
    /// Where words end is not known.
    pub(super) free: bool,
}

impl Variant {
    fn push(&mut self, c: char, start: usize, end: usize) {
        self.at.push((self.text.len() as u32, start as u32, end as u32));
        self.text.push(c);
    }

    /// Where in the folded text bytes `start..end` of this variant come from.
    pub(super) fn place(&self, start: usize, end: usize) -> (usize, usize) {
        let index = |byte: usize| self.at.partition_point(|one| (one.0 as usize) <= byte).saturating_sub(1);
        let (first, last) = (self.at[index(start)], self.at[index(end - 1)]);
        (first.1.min(last.1) as usize, first.2.max(last.2) as usize)
    }
}

/// Calls back with every variant of a text; most texts have none.
pub(super) fn variants(original: &str, folded: &Folded, mut call: impl FnMut(&Variant)) {
    let text = folded.text.as_str();
    each_spelled(text, |letters| {
        let mut variant = Variant { free: true, ..Variant::default() };
        for &(at, c) in letters {
            variant.push(c, at, at + c.len_utf8());
        }
        call(&variant);
    });
    let mut at = 0;
    let mut tried = 0;
    for word in text.split(' ') {
        if let Some(odd) = Odd::of(word)
            && tried < LIMIT_ODD
        {
            tried += 1;
            odd.each(word, at, &mut call);
        }
        at += word.len() + 1;
    }
    squeezed(text, &mut call);
    if original.contains(['\u{202E}', '\u{2067}', '\u{202B}']) {
        let mut turned = Variant::default();
        for (at, c) in text.char_indices().rev() {
            turned.push(c, at, at + c.len_utf8());
        }
        call(&turned);
    }
}

/// How a word is odd.
#[derive(Clone, Copy, Default)]
struct Odd {
    digits: bool,
    run: bool,
    marks: bool,
}

impl Odd {
    fn of(word: &str) -> Option<Odd> {
        let mut odd = Odd::default();
        let (mut letters, mut stand_ins, mut run) = (0u32, 0u32, 1u32);
        let mut last = None;
        for c in word.chars() {
            if c.is_alphabetic() {
                letters += 1;
            } else if stands_for(c).is_some() {
                stand_ins += 1;
            } else if matches!(c, '.' | '-' | '_' | '*' | '·' | '~' | '/' | '|' | '\'')
                && last.is_some_and(char::is_alphanumeric)
            {
                odd.marks = true;
            }
            run = if last == Some(c) && c.is_alphabetic() { run + 1 } else { 1 };
            odd.run |= run >= 3;
            last = Some(c);
        }
        odd.digits = letters > 0 && stand_ins > 0 && stand_ins <= letters + 1;
        odd.marks &= letters >= 4;
        (odd.digits || odd.run || odd.marks).then_some(odd)
    }

    fn each(self, word: &str, at: usize, call: &mut impl FnMut(&Variant)) {
        let ways: &[(bool, char, usize)] = &[(false, 'i', 1), (false, 'l', 1), (true, 'i', 1), (false, 'i', 2)];
        let mut seen: Vec<String> = vec![word.to_owned()];
        for &(join, one, most) in ways {
            if (join && !self.marks) || (most == 2 && !self.run) || (one == 'l' && !self.digits) {
                continue;
            }
            let variant = self.read(word, at, join, one, most);
            if !seen.contains(&variant.text) && !variant.text.is_empty() {
                seen.push(variant.text.clone());
                call(&variant);
            }
        }
    }

    /// Reads a word with digits as letters, at most `most` of a letter in a row where there were three and more.
    fn read(self, word: &str, at: usize, join: bool, one: char, most: usize) -> Variant {
        let mut variant = Variant::default();
        let chars: Vec<(usize, char)> = word.char_indices().collect();
        let mut index = 0;
        while index < chars.len() {
            let (offset, c) = chars[index];
            let run = chars[index..].iter().take_while(|(_, other)| *other == c).count();
            let c = match stands_for(c) {
                Some(plain) if self.digits => {
                    if plain == 'l' {
                        one
                    } else {
                        plain
                    }
                }
                _ => c,
            };
            let kept = if c.is_alphabetic() && run >= 3 { most } else { run };
            for step in 0..kept {
                let start = at + chars[index + step].0;
                if join && !c.is_alphanumeric() {
                    continue;
                }
                let end = if step + 1 == kept {
                    chars.get(index + run).map_or(at + word.len(), |next| at + next.0)
                } else {
                    start + 1
                };
                variant.push(c, start, end.max(start + 1));
            }
            let _ = offset;
            index += run;
        }
        variant
    }
}

/// The letter a digit or sign is used for.
fn stands_for(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '|' | '!' => 'l',
        '2' => 'z',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' | '+' => 't',
        '8' => 'b',
        _ => return None,
    })
}

/// Names long enough to be found across spaces and signs, whatever stands in for their letters.
const LONG: [&str; 14] = [
    "whatsapp",
    "whatsap",
    "watsapp",
    "telegram",
    "instagram",
    "kakaotalk",
    "messenger",
    "westernunion",
    "moneygram",
    "banktransfer",
    "giftcard",
    "outsidetheapp",
    "snapchat",
    "facebook",
];

/// Finds long names in the text without its spaces and signs, such as `whats - app` or `te1e gram`.
fn squeezed(text: &str, call: &mut impl FnMut(&Variant)) {
    use std::sync::LazyLock;

    use aho_corasick::AhoCorasick;
    static SEARCH: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::new(LONG.iter().map(|name| name.replace('i', "l"))).ok());
    let Some(search) = SEARCH.as_ref() else { return };
    let mut letters = String::with_capacity(text.len());
    let mut places: Vec<u32> = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let plain = match c {
            'i' => Some('l'),
            'a'..='z' => Some(c),
            _ => stands_for(c),
        };
        // A sign that shows a letter only now and then is a sign here.
        if let Some(plain) = plain.filter(|_| !matches!(c, '!' | '|' | '+' | '€')) {
            letters.push(plain);
            places.push(at as u32);
        }
    }
    for hit in search.find_iter(&letters).take(LIMIT_ODD) {
        let (start, end) = (places[hit.start()] as usize, places[hit.end() - 1] as usize + 1);
        let name = LONG[hit.pattern().as_usize()];
        if text[start..end] == *name || (end - start) > name.len() * 3 {
            continue;
        }
        let mut variant = Variant { text: name.to_owned(), ..Variant::default() };
        variant.at = name.bytes().enumerate().map(|(at, _)| (at as u32, start as u32, end as u32)).collect();
        call(&variant);
    }
}
