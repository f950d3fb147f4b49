//! Cuts text into the pieces of a SentencePiece unigram model: normalise, then the best path through the pieces.

use super::EncoderError;

/// The piece for what the vocabulary does not have, and those that open and close a sentence.
const UNKNOWN: u32 = 0;
const OPEN: u32 = 1;
const CLOSE: u32 = 2;
/// The sign that stands for a space in pieces.
const SPACE: &str = "\u{2581}";

/// A vocabulary, ready to cut texts.
#[derive(Debug)]
pub(super) struct Pieces {
    normaliser: Normaliser,
    /// All pieces one after another, in byte order; `starts` has one entry more than there are pieces.
    bytes: Vec<u8>,
    starts: Vec<u32>,
    /// By place in byte order: the piece's number and its score.
    ids: Vec<(u32, f32)>,
    /// By first byte: the places of the pieces that begin with it.
    first: Vec<(u32, u32)>,
    unknown_score: f64,
}

impl Pieces {
    /// Reads a model file.
    pub(super) fn parse(model: &[u8]) -> Result<Pieces, EncoderError> {
        let broken = |what: &str| EncoderError(format!("the sentence pieces cannot be read: {what}"));
        let mut pieces: Vec<(&[u8], f32)> = Vec::new();
        let mut charsmap: &[u8] = &[];
        for field in Fields(model) {
            match field.ok_or_else(|| broken("the file is cut short"))? {
                (1, Value::Bytes(piece)) => pieces.extend(read_piece(piece)),
                (3, Value::Bytes(spec)) => {
                    let map = Fields(spec).flatten().find_map(|field| match field {
                        (2, Value::Bytes(map)) => Some(map),
                        _ => None,
                    });
                    charsmap = map.unwrap_or(charsmap);
                }
                _ => {}
            }
        }
        if pieces.len() < 4 || pieces.iter().any(|(piece, _)| piece.is_empty() || std::str::from_utf8(piece).is_err()) {
            return Err(broken("it holds no vocabulary"));
        }
        let normaliser = Normaliser::parse(charsmap).ok_or_else(|| broken("its table of characters is damaged"))?;
        Ok(Pieces::sorted(&pieces, normaliser))
    }

    fn sorted(pieces: &[(&[u8], f32)], normaliser: Normaliser) -> Pieces {
        let mut order: Vec<u32> = (0..pieces.len() as u32).collect();
        order.sort_by_key(|&id| pieces[id as usize].0);
        let mut out = Pieces {
            normaliser,
            bytes: Vec::new(),
            starts: vec![0],
            ids: Vec::with_capacity(order.len()),
            first: vec![(0, 0); 256],
            unknown_score: pieces.iter().map(|&(_, score)| f64::from(score)).fold(f64::INFINITY, f64::min) - 10.0,
        };
        for (place, id) in order.into_iter().enumerate() {
            let (piece, score) = pieces[id as usize];
            let range = &mut out.first[usize::from(piece[0])];
            *range = if range.0 == range.1 { (place as u32, place as u32 + 1) } else { (range.0, place as u32 + 1) };
            out.bytes.extend_from_slice(piece);
            out.starts.push(out.bytes.len() as u32);
            out.ids.push((id, score));
        }
        out
    }

    /// How many pieces there are; every number given by [`Pieces::cut`] is below.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The numbers of a text's pieces, with the opening and the closing one, at most `limit`.
    pub(super) fn cut(&self, text: &str, limit: usize) -> Vec<u32> {
        let text = self.normaliser.normalise(text);
        let mut out = vec![OPEN];
        if text.is_empty() {
            out.push(UNKNOWN);
        } else {
            self.best_path(&text, &mut out);
        }
        out.truncate(limit.saturating_sub(1));
        out.push(CLOSE);
        out
    }

    /// The path of highest total score from the text's start to its end; among equals the one whose last piece
    /// begins earliest.
    fn best_path(&self, text: &[u8], out: &mut Vec<u32>) {
        let mut best = vec![(f64::NEG_INFINITY, 0_u32, UNKNOWN); text.len() + 1];
        best[0].0 = 0.0;
        let mut at = 0;
        while at < text.len() {
            let base = best[at].0;
            let one = char_len(&text[at..]);
            let mut offer = |end: usize, score: f64, id: u32| {
                if score > best[end].0 {
                    best[end] = (score, at as u32, id);
                }
            };
            let mut has_single = false;
            self.each_prefix(&text[at..], |length, id, score| {
                has_single |= length == one;
                offer(at + length, base + f64::from(score), id);
            });
            if !has_single {
                offer(at + one, base + self.unknown_score, UNKNOWN);
            }
            at += one;
        }
        let from = out.len();
        let mut end = text.len();
        while end > 0 {
            let (_, start, id) = best[end];
            out.push(id);
            end = start as usize;
        }
        out[from..].reverse();
    }

    /// Calls back with length, number and score of every piece that `text` begins with, the shortest first.
    fn each_prefix(&self, text: &[u8], mut call: impl FnMut(usize, u32, f32)) {
        let (mut low, mut high) = self.first[usize::from(text[0])];
        let mut depth = 1;
        while low < high {
            if self.piece(low).len() == depth {
                let (id, score) = self.ids[low as usize];
                call(depth, id, score);
            }
            let Some(next) = text.get(depth) else { return };
            low = self.bound(low, high, |piece| piece.get(depth) < Some(next));
            high = self.bound(low, high, |piece| piece.get(depth) == Some(next));
            depth += 1;
        }
    }

    /// The first place in `low..high` whose piece does not hold what all before it hold.
    fn bound(&self, mut low: u32, mut high: u32, holds: impl Fn(&[u8]) -> bool) -> u32 {
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self.piece(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn piece(&self, place: u32) -> &[u8] {
        &self.bytes[self.starts[place as usize] as usize..self.starts[place as usize + 1] as usize]
    }
}

fn read_piece(message: &[u8]) -> Option<(&[u8], f32)> {
    let (mut text, mut score) = (None, 0.0);
    for field in Fields(message).flatten() {
        match field {
            (1, Value::Bytes(bytes)) => text = Some(bytes),
            (2, Value::Four(four)) => score = f32::from_le_bytes(four),
            _ => {}
        }
    }
    Some((text?, score))
}

fn char_len(text: &[u8]) -> usize {
    let length = match text[0] {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    length.min(text.len())
}

/// The fields of one protocol-buffers message; `None` once the bytes make no sense, and then nothing more.
struct Fields<'a>(&'a [u8]);

enum Value<'a> {
    Bytes(&'a [u8]),
    Four([u8; 4]),
    Other,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => {
                self.varint()?;
                Value::Other
            }
            1 => {
                self.take(8)?;
                Value::Other
            }
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Four(self.take(4)?.try_into().ok()?),
            _ => return None,
        };
        Some((tag >> 3, value))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// Brings text into the form the vocabulary was made from: a double-array trie from sequences of bytes to their
/// replacements, then spaces as a visible sign, single and none at the ends.
#[derive(Debug)]
struct Normaliser {
    units: Vec<u32>,
    replacements: Vec<u8>,
}

impl Normaliser {
    fn parse(map: &[u8]) -> Option<Normaliser> {
        let (size, rest) = map.split_first_chunk::<4>()?;
        let (trie, replacements) = rest.split_at_checked(u32::from_le_bytes(*size) as usize)?;
        let units: Vec<u32> = trie.as_chunks::<4>().0.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
        (!units.is_empty()).then(|| Normaliser { units, replacements: replacements.to_vec() })
    }

    fn normalise(&self, text: &str) -> Vec<u8> {
        let mut rest = text.as_bytes();
        let mut out = Vec::with_capacity(rest.len() + 16);
        let mut after_space = true;
        while !rest.is_empty() {
            let (mut piece, taken) = self.prefix(rest);
            rest = &rest[taken..];
            while after_space && piece.first() == Some(&b' ') {
                piece = &piece[1..];
            }
            for &byte in piece {
                if out.is_empty() {
                    out.extend_from_slice(SPACE.as_bytes());
                }
                if byte == b' ' {
                    out.extend_from_slice(SPACE.as_bytes());
                } else {
                    out.push(byte);
                }
            }
            if let Some(last) = piece.last() {
                after_space = *last == b' ';
            }
        }
        while out.ends_with(SPACE.as_bytes()) {
            out.truncate(out.len() - SPACE.len());
        }
        // A damaged table could cut a character in two; such text counts as empty.
        if std::str::from_utf8(&out).is_err() {
            out.clear();
        }
        out
    }

    /// What the text's beginning becomes, and how many bytes of it that takes: the longest known sequence, or one
    /// character as it stands.
    fn prefix<'a>(&'a self, text: &'a [u8]) -> (&'a [u8], usize) {
        let offset = |unit: u32| (unit >> 10) << ((unit & 0x200) >> 6);
        let mut found = None;
        let mut node = offset(self.units[0]);
        for (index, &byte) in text.iter().enumerate() {
            node ^= u32::from(byte);
            let Some(&unit) = self.units.get(node as usize) else { break };
            if unit & 0x8000_00FF != u32::from(byte) {
                break;
            }
            node ^= offset(unit);
            if unit & 0x100 != 0 {
                let Some(&leaf) = self.units.get(node as usize) else { break };
                found = Some(((leaf & 0x7FFF_FFFF) as usize, index + 1));
            }
        }
        let replaced = found.and_then(|(value, taken)| {
            let rest = self.replacements.get(value..)?;
            let end = rest.iter().position(|b| *b == 0)?;
            Some((&rest[..end], taken))
        });
        replaced.unwrap_or_else(|| {
            let length = char_len(text);
            (&text[..length], length)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A model file with these pieces and a table that replaces nothing.
    fn model(pieces: &[(&str, f32)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (piece, score) in pieces {
            let mut message = vec![0x0A, piece.len() as u8];
            message.extend_from_slice(piece.as_bytes());
            message.push(0x15);
            message.extend_from_slice(&score.to_le_bytes());
            out.extend_from_slice(&[0x0A, message.len() as u8]);
            out.extend_from_slice(&message);
        }
        out.extend_from_slice(&[0x1A, 10, 0x12, 8, 4, 0, 0, 0, 0, 0, 0, 0]);
        out
    }

    const SMALL: &[(&str, f32)] = &[
        ("<unk>", 0.0),
        ("<s>", 0.0),
        ("</s>", 0.0),
        ("▁", -3.0),
        ("a", -2.0),
        ("ab", -2.5),
        ("▁ab", -4.0),
        ("b", -2.0),
        ("微", -2.0),
    ];

    #[test]
    fn the_best_path_wins() {
        let pieces = Pieces::parse(&model(SMALL)).unwrap();
        for (text, expect) in [
            ("", vec![1, 0, 2]),
            ("   ", vec![1, 0, 2]),
            ("ab", vec![1, 6, 2]),
            ("  ab   ab ", vec![1, 6, 6, 2]),
            ("aab", vec![1, 3, 4, 5, 2]),
            ("微ab", vec![1, 3, 8, 5, 2]),
            ("x", vec![1, 3, 0, 2]),
        ] {
            assert_eq!(pieces.cut(text, 100), expect, "{text:?}");
        }
        assert_eq!(pieces.cut("ababab", 3).len(), 3);
    }

    /// The best path by trying them all.
    fn brute(pieces: &[(&str, f32)], unknown: f64, text: &str) -> f64 {
        if text.is_empty() {
            return 0.0;
        }
        let one = text.chars().next().map_or(1, char::len_utf8);
        let mut best = f64::NEG_INFINITY;
        for (piece, score) in pieces {
            if let Some(rest) = text.strip_prefix(piece) {
                best = best.max(f64::from(*score) + brute(pieces, unknown, rest));
            }
        }
        if !pieces.iter().any(|(piece, _)| *piece == &text[..one]) {
            best = best.max(unknown + brute(pieces, unknown, &text[one..]));
        }
        best
    }

    proptest! {
        #[test]
        fn no_path_is_better(text in "[ab微x]{1,9}") {
            let pieces = Pieces::parse(&model(SMALL)).unwrap();
            let mut path = Vec::new();
            let normal = format!("▁{text}");
            pieces.best_path(normal.as_bytes(), &mut path);
            let score = |id: &u32| if *id == UNKNOWN { pieces.unknown_score } else { f64::from(SMALL[*id as usize].1) };
            let total: f64 = path.iter().map(score).sum();
            prop_assert!((total - brute(SMALL, pieces.unknown_score, &normal)).abs() < 1e-9);
        }

        #[test]
        fn any_model_and_text_are_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..120), at in 0usize..90, byte: u8, text in "\\PC{0,30}") {
            let _ = Pieces::parse(&bytes);
            let mut close = model(SMALL);
            let at = at % close.len();
            close[at] = byte;
            if let Ok(pieces) = Pieces::parse(&close) {
                prop_assert!(pieces.cut(&text, 1000).iter().all(|id| (*id as usize) < pieces.len()));
            }
        }
    }
}
