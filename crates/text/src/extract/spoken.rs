//! Telephone numbers written out in words, in English and French; Chinese digits are read with the plain ones.

use super::{Found, add};
use crate::reading::IdentifierKind;

/// What a word adds to a number.
enum Part {
    Digits(u32, usize),
    /// The next digit so many times.
    Times(usize),
    /// French: eighty is four twenties, seventy-one sixty and eleven.
    Tens(u32),
    And,
}

/// Finds numbers of which at least three parts are words.
pub(super) fn phones(text: &str, found: &mut Vec<Found>) {
    let mut run = Run::default();
    for (start, word) in words(text) {
        match part(word) {
            Some(part) => run.push(part, start, start + word.len()),
            None if word.len() <= 15 && !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) => {
                run.digits(word, start)
            }
            None => {
                run.settle(found);
                run = Run::default();
            }
        }
    }
    run.settle(found);
}

/// Words with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let split = text.split(|c: char| !crate::fold::is_wordly(c) && c != '\'');
    split.filter(|word| !word.is_empty()).map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

fn part(word: &str) -> Option<Part> {
    Some(match word {
        "zero" | "oh" | "nil" | "nought" => Part::Digits(0, 1),
        "one" | "un" | "une" | "wan" => Part::Digits(1, 1),
        "two" | "deux" | "tu" => Part::Digits(2, 1),
        "three" | "trois" | "tree" => Part::Digits(3, 1),
        "four" | "quatre" | "fore" => Part::Digits(4, 1),
        "five" | "cinq" | "fiv" => Part::Digits(5, 1),
        "six" => Part::Digits(6, 1),
        "seven" | "sept" => Part::Digits(7, 1),
        "eight" | "huit" | "ate" => Part::Digits(8, 1),
        "nine" | "neuf" | "niner" => Part::Digits(9, 1),
        "ten" | "dix" => Part::Digits(10, 2),
        "eleven" | "onze" => Part::Digits(11, 2),
        "twelve" | "douze" => Part::Digits(12, 2),
        "thirteen" | "treize" => Part::Digits(13, 2),
        "fourteen" | "quatorze" => Part::Digits(14, 2),
        "fifteen" | "quinze" => Part::Digits(15, 2),
        "sixteen" | "seize" => Part::Digits(16, 2),
        "seventeen" => Part::Digits(17, 2),
        "eighteen" => Part::Digits(18, 2),
        "nineteen" => Part::Digits(19, 2),
        "twenty" | "vingt" | "vingts" => Part::Tens(20),
        "thirty" | "trente" => Part::Tens(30),
        "forty" | "quarante" => Part::Tens(40),
        "fifty" | "cinquante" => Part::Tens(50),
        "sixty" | "soixante" => Part::Tens(60),
        "seventy" | "septante" => Part::Tens(70),
        "eighty" | "huitante" => Part::Tens(80),
        "ninety" | "nonante" => Part::Tens(90),
        "double" => Part::Times(2),
        "triple" | "treble" => Part::Times(3),
        "and" | "et" | "dot" | "dash" | "plus" => Part::And,
        _ => return None,
    })
}

/// Parts that follow each other.
#[derive(Default)]
struct Run {
    /// Value and how many digits it is written in.
    parts: Vec<(u32, usize)>,
    given: Vec<String>,
    /// Tens that may still take a unit.
    open: bool,
    times: usize,
    words: usize,
    start: usize,
    end: usize,
}

impl Run {
    fn begin(&mut self, start: usize, end: usize) {
        if self.words == 0 && self.given.is_empty() && self.parts.is_empty() {
            self.start = start;
        }
        self.end = end;
    }

    fn push(&mut self, part: Part, start: usize, end: usize) {
        match part {
            Part::And => return,
            Part::Times(times) => {
                self.begin(start, end);
                (self.times, self.words) = (times, self.words + 1);
                return;
            }
            Part::Tens(20) if self.open && self.parts.last() == Some(&(4, 1)) => {
                if let Some(last) = self.parts.last_mut() {
                    *last = (80, 2);
                }
            }
            Part::Tens(tens) => self.parts.push((tens, 2)),
            Part::Digits(value, _) if self.open && self.joins(value) => {
                if let Some(last) = self.parts.last_mut() {
                    last.0 += value;
                }
                self.begin(start, end);
                self.words += 1;
                // Sixty and ten take one more: soixante-dix-sept.
                self.open = value == 10;
                return;
            }
            Part::Digits(value, width) => {
                for _ in 0..self.times.max(1) {
                    self.parts.push((value, width));
                }
            }
        }
        self.begin(start, end);
        self.words += 1;
        self.times = 0;
        self.open = self
            .parts
            .last()
            .is_some_and(|&(value, width)| width == 2 && (value % 10 == 0) || (value, width) == (4, 1));
    }

    /// Whether a value continues the tens before it.
    fn joins(&self, value: u32) -> bool {
        self.parts.last().is_some_and(|&(last, width)| match last {
            10 | 70 | 90 if width == 2 => (1..=9).contains(&value),
            60 | 80 if width == 2 => (1..=19).contains(&value),
            _ => width == 2 && last >= 20 && (1..=9).contains(&value),
        })
    }

    fn digits(&mut self, word: &str, start: usize) {
        self.begin(start, start + word.len());
        self.flush();
        self.given.push(word.to_owned());
        self.open = false;
    }

    fn flush(&mut self) {
        for (value, width) in self.parts.drain(..) {
            self.given.push(format!("{value:0width$}"));
        }
    }

    fn settle(mut self, found: &mut Vec<Found>) {
        if self.words < 3 {
            return;
        }
        self.flush();
        let digits: String = self.given.concat();
        let counting = digits.len() >= 2 && digits.as_bytes().windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
        if (8..=15).contains(&digits.len()) && !counting {
            add(found, Found::new(IdentifierKind::Phone, self.start, self.end, digits));
        }
    }
}
