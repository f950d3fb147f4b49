//! A look at the source before the parser: its length and depth are bounded here, so a hostile expression is refused instead of exhausting the stack.

use super::ast::Span;

/// The longest source, in bytes.
pub const MAX_SOURCE: usize = 32 * 1024;
/// The deepest nesting of brackets, operators and selections an expression may have.
pub const MAX_DEPTH: u32 = 150;

/// One bracketed level while scanning.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators since the last `,`, `&&` or `||`: each may be one level of the tree.
    chain: u32,
    /// `?:` since the last `,`: these nest to the right whatever stands between.
    choices: u32,
    /// The deepest bracket in this segment.
    child: u32,
    /// The deepest segment so far.
    deepest: u32,
}

impl Level {
    fn depth(&self) -> u32 {
        self.deepest.max(self.chain + self.choices + self.child)
    }

    fn next_segment(&mut self) {
        self.deepest = self.depth();
        self.chain = 0;
        self.child = 0;
    }
}

/// Refuses a source that is too long or too deep, with the place and the reason.
pub(crate) fn check(source: &str) -> Result<(), (Span, String)> {
    if source.len() > MAX_SOURCE {
        let at = Span { start: 0, end: 1 };
        return Err((at, format!("the expression is longer than {MAX_SOURCE} bytes")));
    }
    let bytes = source.as_bytes();
    let mut levels = vec![Level::default()];
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let top = levels.len() - 1;
        match bytes[at] {
            b'"' | b'\'' => at = skip_string(bytes, at),
            b'/' if next == b'/' => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
                continue;
            }
            b'(' | b'[' | b'{' => {
                levels[top].chain += 1;
                levels.push(Level::default());
            }
            b')' | b']' | b'}' if top > 0 => {
                let depth = levels.pop().map_or(0, |l| l.depth());
                let parent = &mut levels[top - 1];
                parent.child = parent.child.max(depth);
            }
            b'&' | b'|' if next == bytes[at] => {
                levels[top].next_segment();
                levels[top].deepest += u32::from(levels[top].deepest < MAX_DEPTH / 2);
                at += 1;
            }
            b',' => {
                levels[top].next_segment();
                levels[top].choices = 0;
            }
            b'?' => levels[top].choices += 1,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'.' => levels[top].chain += 1,
            b'i' if next == b'n' && is_word(bytes, at, 2) => levels[top].chain += 1,
            _ => {}
        }
        if levels.len() as u32 > MAX_DEPTH || levels.last().is_some_and(|l| l.depth() > MAX_DEPTH) {
            let at = Span { start: start as u32, end: start as u32 + 1 };
            return Err((at, format!("the expression nests deeper than {MAX_DEPTH} levels")));
        }
        at += 1;
    }
    Ok(())
}

fn is_word(bytes: &[u8], at: usize, length: usize) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let before = at > 0 && word(bytes[at - 1]);
    let after = bytes.get(at + length).is_some_and(|b| word(*b));
    !before && !after
}

/// The index of the last byte of the string literal whose opening quote is at `at`.
fn skip_string(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let raw = at > 0
        && (matches!(bytes[at - 1], b'r' | b'R')
            && !(at > 1 && is_name(bytes[at - 2]) && !matches!(bytes[at - 2], b'b' | b'B')));
    let triple = bytes[at..].starts_with(&[quote; 3]);
    let mut i = at + if triple { 3 } else { 1 };
    while i < bytes.len() {
        if bytes[i] == b'\\' && !raw {
            i += 2;
        } else if triple && bytes[i..].starts_with(&[quote; 3]) {
            return i + 2;
        } else if !triple && (bytes[i] == quote || bytes[i] == b'\n') {
            return i;
        } else {
            i += 1;
        }
    }
    bytes.len()
}

fn is_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}
