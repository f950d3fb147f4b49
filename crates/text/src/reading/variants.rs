//! What an odd spelling may stand for: letters set apart (`p a y`), letters written as digits (`p4y`), letters
//! repeated (`paaay`), signs between words or letters. Each variant is the whole text read another way; it is
//! searched beside the text and knows its way back.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::fold::{each_spelled, is_letter, is_wordly};

/// A text read another way.
#[derive(Default)]
pub(super) struct Variant {
    pub(super) text: String,
    /// By character: first byte here, first and last byte of what it stands for in the folded text.
    at: Vec<(u32, u32, u32)>,
    /// Letters were set apart here, so words may begin and end anywhere in these stretches of the folded text, and
    /// no spaces are left.
    pub(super) free: Vec<(usize, usize)>,
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
        (first.1 as usize, last.2 as usize)
    }

    /// Whether words may begin and end at this byte of the folded text because letters are set apart there.
    pub(super) fn is_free(&self, at: usize) -> bool {
        self.free.iter().any(|&(start, end)| start <= at && at <= end)
    }
}

/// Calls back with every variant of a folded text; most texts have none.
pub(super) fn variants(text: &str, mut call: impl FnMut(&Variant)) {
    let oddity = Oddity::of(text);
    if oddity.any() {
        let mut seen: Vec<String> = vec![text.to_owned()];
        for way in oddity.ways() {
            let variant = read(text, way);
            if !seen.contains(&variant.text) && !variant.text.is_empty() {
                seen.push(variant.text.clone());
                call(&variant);
            }
        }
    }
    spelled(text, &mut call);
    squeezed(text, &mut call);
}

/// What is odd about a text.
#[derive(Clone, Copy, Default)]
struct Oddity {
    /// A word mixes letters and what stands for letters; one of those is a one or a bar.
    digits: bool,
    ones: bool,
    /// A letter three times in a row.
    run: bool,
    /// Signs inside a word.
    marks: bool,
    /// At least two words of signs alone.
    loose: bool,
}

/// How to read odd words.
#[derive(Clone, Copy)]
struct Way {
    digits: bool,
    one: char,
    most: usize,
    join: bool,
}

impl Oddity {
    fn of(text: &str) -> Oddity {
        let mut oddity = Oddity::default();
        let mut loose = 0;
        for word in text.split(' ') {
            let word = WordShape::of(word);
            oddity.digits |= word.is_mixed();
            oddity.ones |= word.ones && word.is_mixed();
            oddity.run |= word.run;
            oddity.marks |= word.marks && word.letters >= 4;
            loose += u32::from(word.letters == 0 && word.stand_ins == 0 && word.signs > 0);
        }
        oddity.loose = loose >= 2;
        oddity
    }

    fn any(self) -> bool {
        self.digits || self.run || self.marks || self.loose
    }

    fn ways(self) -> impl Iterator<Item = Way> {
        let plain = Way { digits: self.digits, one: 'i', most: 1, join: false };
        let ways = [
            Some(plain),
            self.ones.then_some(Way { one: 'l', ..plain }),
            self.run.then_some(Way { most: 2, ..plain }),
            (self.run && self.ones).then_some(Way { most: 2, one: 'l', ..plain }),
            self.marks.then_some(Way { join: true, ..plain }),
        ];
        ways.into_iter().flatten()
    }
}

/// What a word is made of.
#[derive(Clone, Copy, Default)]
struct WordShape {
    letters: u32,
    stand_ins: u32,
    signs: u32,
    ones: bool,
    run: bool,
    marks: bool,
}

impl WordShape {
    fn of(word: &str) -> WordShape {
        let mut shape = WordShape::default();
        let mut run = 1;
        let mut last = None;
        for c in word.chars() {
            if is_letter(c) {
                shape.letters += 1;
            } else if stands_for(c).is_some() {
                shape.stand_ins += 1;
                shape.ones |= matches!(c, '1' | '|' | '!');
            } else {
                shape.signs += 1;
                shape.marks |= is_mark(c) && last.is_some_and(is_wordly);
            }
            run = if last == Some(c) && is_letter(c) { run + 1 } else { 1 };
            shape.run |= run >= 3;
            last = Some(c);
        }
        shape
    }

    /// Whether the word's digits may be letters: not most of a long number, and not only an exclamation at the end.
    fn is_mixed(self) -> bool {
        self.letters > 0 && self.stand_ins > 0 && self.stand_ins <= 2 * self.letters + 1
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '.' | '-' | '_' | '*' | '·' | '~' | '/' | '|' | '\'' | '•' | ',' | '=')
}

/// Reads the whole text in one way: odd words as what they stand for, signs alone left out.
fn read(text: &str, way: Way) -> Variant {
    let mut variant = Variant::default();
    let mut at = 0;
    for word in text.split(' ') {
        let shape = WordShape::of(word);
        if shape.letters > 0 || shape.stand_ins > 0 {
            if !variant.text.is_empty() {
                variant.push(' ', at.max(1) - 1, at);
            }
            read_word(word, at, shape, way, &mut variant);
        }
        at += word.len() + 1;
    }
    variant
}

fn read_word(word: &str, at: usize, shape: WordShape, way: Way, variant: &mut Variant) {
    let digits = way.digits && shape.is_mixed();
    let join = way.join && shape.letters >= 4;
    let mut chars = word.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let (mut run, mut end) = (1, offset + c.len_utf8());
        while chars.next_if(|&(_, next)| next == c).is_some() {
            run += 1;
            end += c.len_utf8();
        }
        let plain = match stands_for(c) {
            Some('l') if digits && end == word.len() && c == '!' => c,
            Some('l') if digits => way.one,
            Some(plain) if digits => plain,
            _ => c,
        };
        if join && !is_wordly(plain) {
            continue;
        }
        let kept = if is_letter(plain) && run >= 3 { way.most } else { run };
        for step in 0..kept {
            let start = at + offset + step * c.len_utf8();
            let stop = if step + 1 == kept { at + end } else { start + c.len_utf8() };
            variant.push(plain, start, stop);
        }
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

/// Letters set apart: the text without its spaces and signs.
fn spelled(text: &str, call: &mut impl FnMut(&Variant)) {
    let mut free = Vec::new();
    each_spelled(text, |letters| {
        if letters.iter().filter(|(_, c)| is_letter(*c)).count() >= letters.len().min(4)
            && let (Some(first), Some(last)) = (letters.first(), letters.last())
        {
            free.push((first.0, last.0 + last.1.len_utf8()));
        }
    });
    if free.is_empty() {
        return;
    }
    let mut variant = Variant { free, ..Variant::default() };
    for (at, c) in text.char_indices().filter(|(_, c)| is_wordly(*c)) {
        variant.push(c, at, at + c.len_utf8());
    }
    call(&variant);
}

/// Names long enough to be found across spaces and signs, whatever stands in for their letters.
const LONG: [&str; 13] = [
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
    "snapchat",
    "facebook",
];

static SEARCH: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(LONG.iter().map(|name| name.replace('i', "l"))).ok());

/// Finds long names in the text without its spaces and signs, such as `whats - app` or `te1e gram`.
fn squeezed(text: &str, call: &mut impl FnMut(&Variant)) {
    let Some(search) = SEARCH.as_ref() else { return };
    let mut letters = String::with_capacity(text.len());
    let mut places: Vec<u32> = Vec::with_capacity(text.len());
    for (at, b) in text.bytes().enumerate() {
        let plain = match b {
            b'i' => 'l',
            b'a'..=b'z' => b as char,
            // A sign that shows a letter only now and then is a sign here.
            b'!' | b'|' | b'+' => continue,
            _ => match stands_for(b as char) {
                Some(plain) => plain,
                None => continue,
            },
        };
        letters.push(plain);
        places.push(at as u32);
    }
    for hit in search.find_iter(&letters).take(16) {
        let (start, end) = (places[hit.start()] as usize, places[hit.end() - 1] as usize + 1);
        let name = LONG[hit.pattern().as_usize()];
        if text[start..end] == *name || (end - start) > name.len() * 3 {
            continue;
        }
        let mut variant = Variant { text: name.to_owned(), ..Variant::default() };
        variant.at = (0..name.len()).map(|at| (at as u32, start as u32, end as u32)).collect();
        call(&variant);
    }
}
