//! A reader of Rust source that knows just enough to tell code from comments and string literals.

/// A string literal and the line it starts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// From 1.
    pub line: usize,
    /// What stands between the quotes, escapes as written.
    pub text: String,
}

/// A source file taken apart.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// The source with comments and the insides of literals turned to spaces; lines keep their numbers.
    pub code: String,
    /// Its string literals, in order.
    pub literals: Vec<Literal>,
}

/// Takes a source text apart.
#[must_use]
pub fn scan(source: &str) -> Scanned {
    let chars: Vec<char> = source.chars().collect();
    let mut out = Scanned::default();
    let mut at = 0;
    let mut line = 1;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => until_newline(&chars, at),
            ('/', Some('*')) => past_block_comment(&chars, at),
            ('"', _) => past_string(&chars, at, &mut out.literals, line),
            ('r', Some('"' | '#')) if !joins(&chars, at) => past_raw(&chars, at, &mut out.literals, line),
            ('b', Some('r')) if !joins(&chars, at) => past_raw(&chars, at + 1, &mut out.literals, line),
            ('\'', _) => past_char(&chars, at),
            _ => at,
        };
        if end == at {
            out.code.push(chars[at]);
            line += usize::from(chars[at] == '\n');
            at += 1;
            continue;
        }
        for c in &chars[at..end] {
            out.code.push(if *c == '\n' { '\n' } else { ' ' });
            line += usize::from(*c == '\n');
        }
        at = end;
    }
    out
}

/// Whether the character at `at` continues an identifier.
fn joins(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn until_newline(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |n| at + n)
}

fn past_block_comment(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn past_string(chars: &[char], at: usize, literals: &mut Vec<Literal>, line: usize) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    let end = i.min(chars.len());
    literals.push(Literal { line, text: chars[at + 1..end].iter().collect() });
    (end + 1).min(chars.len())
}

/// `at` stands on the `r`; answers `at` when it is no raw string after all (`r#type`).
fn past_raw(chars: &[char], at: usize, literals: &mut Vec<Literal>, line: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let open = at + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return at;
    }
    let closes = |i: usize| chars[i] == '"' && (1..=hashes).all(|n| chars.get(i + n) == Some(&'#'));
    let end = (open + 1..chars.len()).find(|i| closes(*i)).unwrap_or(chars.len());
    literals.push(Literal { line, text: chars[open + 1..end].iter().collect() });
    (end + 1 + hashes).min(chars.len())
}

/// A character literal ends at its quote; a lifetime has none and is left as code.
fn past_char(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => chars[at + 3..].iter().position(|c| *c == '\'').map_or(at, |n| at + n + 4),
        (Some(_), Some('\'')) => at + 3,
        _ => at,
    }
}

/// The code with every `#[cfg(test)] mod name { … }` turned to spaces.
#[must_use]
pub fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    let mut from = 0;
    while let Some(found) = out[from..].find("#[cfg(test)]") {
        let start = from + found;
        let after = start + "#[cfg(test)]".len();
        let open = out[after..].find(['{', ';']).map(|n| after + n);
        let is_module = open.is_some_and(|o| out[after..o].trim_start().starts_with("mod "));
        let end = match open {
            Some(open) if is_module => closing(&out, open).map_or(out.len(), |e| e + 1),
            _ => after,
        };
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
        from = start + blank.len();
    }
    out
}

/// The byte of the brace that closes the one at `open`; `open` itself when a `;` stands there.
#[must_use]
pub fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (i, b) in code.bytes().enumerate().skip(open) {
        match b {
            b';' if depth == 0 => return Some(i),
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

/// The line (from 1) that holds the byte `at`.
#[must_use]
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_literals_and_comments_are_told_apart() {
        let source = "let a = \"from x // no\"; // \"comment\"\nlet b = r#\"say \"hi\"\"#; /* { /* } */ */ let c = '\"';\nfn f<'a>(x: &'a str) { let q = '\\''; }\n";
        let seen = scan(source);
        let texts: Vec<_> = seen.literals.iter().map(|l| (l.line, l.text.as_str())).collect();
        assert_eq!(texts, [(1, "from x // no"), (2, "say \"hi\"")]);
        assert!(!seen.code.contains("comment") && !seen.code.contains("/*"));
        assert!(seen.code.contains("fn f<'a>(x: &'a str)"));
        assert_eq!(seen.code.lines().count(), source.lines().count());
    }

    #[test]
    fn multi_line_literals_keep_line_numbers() {
        let seen = scan("let a = \"one\n two\";\nlet b = \"three\";\n");
        assert_eq!(seen.literals[1].line, 3);
    }

    #[test]
    fn test_modules_are_blanked_and_the_rest_is_kept() {
        let code =
            "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { now(); } }\nfn c() {}\n#[cfg(test)]\nmod more;\nfn d() {}";
        let kept = without_tests(code);
        assert!(kept.contains("fn a") && kept.contains("fn c") && kept.contains("fn d"));
        assert!(!kept.contains("now") && !kept.contains("more"));
    }
}
