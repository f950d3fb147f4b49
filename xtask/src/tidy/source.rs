//! Laws of single source files: a header, a bounded size, short functions, and no clock or IO where
//! the same input must always give the same answer.

use super::scan::{closing, line_of, scan, without_tests};
use super::{Fault, File};

/// The longest file, in lines.
const FILE_LINES: usize = 600;
/// The longest function, in lines.
const FUNCTION_LINES: usize = 100;
/// The words every room shares stay few.
const DOMAIN_LINES: usize = 1_500;
/// Functions that may be longer, as `path::name`, each with its reason beside it.
const LONG_FUNCTIONS: &[&str] = &[
    // One table of cases in a dozen languages.
    "crates/text/tests/language.rs::short_messages",
];

/// Crates where the same input must give the same answer.
const PURE: &[&str] = &["domain", "text", "decision"];
/// Crates on the third floor: everything there is as of the event.
const FLOOR_3: &[&str] = &["profile", "desk", "trust", "assist", "access", "insight"];
/// What a pure crate never says.
const IMPURE: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "tokio",
    "rand::",
    "async fn",
];
/// What the third floor never says.
const CLOCKS: &[&str] = &["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now", "thread::sleep"];

/// Every Rust file opens with `//!` and says what it is for.
pub fn headers(files: &[File]) -> Vec<Fault> {
    let headless = |f: &&File| f.is("rs") && !f.text.starts_with("//! ");
    files.iter().filter(headless).map(|f| Fault::new(&f.path, 1, "begin the file with a `//! ` header")).collect()
}

/// Source files stay short enough to be read in one sitting.
pub fn sizes(files: &[File]) -> Vec<Fault> {
    let mut out = Vec::new();
    let mut domain = 0;
    for file in files.iter().filter(|f| ["rs", "ts", "tsx", "mjs", "css", "py"].iter().any(|e| f.is(e))) {
        let lines = file.text.lines().count();
        if lines > FILE_LINES {
            out.push(Fault::new(&file.path, lines, format!("{lines} lines; at most {FILE_LINES}: split it by noun")));
        }
        if file.path.starts_with("crates/domain/src/") {
            domain += lines;
        }
    }
    if domain > DOMAIN_LINES {
        let what = format!("{domain} lines in all; at most {DOMAIN_LINES}: move what one room uses alone to that room");
        out.push(Fault::new("crates/domain/src", 0, what));
    }
    out
}

/// Functions stay short enough to be held in the head.
pub fn functions(files: &[File]) -> Vec<Fault> {
    let mut out = Vec::new();
    for file in files.iter().filter(|f| f.is("rs")) {
        for (name, line, lines) in bodies(&scan(&file.text).code) {
            let known = LONG_FUNCTIONS.contains(&format!("{}::{name}", file.path).as_str());
            if lines > FUNCTION_LINES && !known {
                out.push(Fault::new(
                    &file.path,
                    line,
                    format!("fn {name} has {lines} lines; at most {FUNCTION_LINES}"),
                ));
            }
        }
    }
    out
}

/// Every function with a body: its name, first line and length in lines.
fn bodies(code: &str) -> Vec<(String, usize, usize)> {
    let mut out = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if at > 0 && !code.as_bytes()[at - 1].is_ascii_whitespace() {
            continue;
        }
        let name: String = code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(open) = body_start(code, at) else { continue };
        let Some(end) = closing(code, open) else { continue };
        if !name.is_empty() {
            out.push((name, line_of(code, at), line_of(code, end) - line_of(code, at) + 1));
        }
    }
    out
}

/// The brace that opens a function's body; `None` for a declaration without one.
fn body_start(code: &str, from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (i, b) in code.bytes().enumerate().skip(from) {
        match b {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(i),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Pure crates read no clock, roll no dice and touch no outside; the third floor reads no clock.
pub fn purity(files: &[File]) -> Vec<Fault> {
    let mut out = Vec::new();
    for file in files.iter().filter(|f| f.is("rs") && f.path.contains("/src/") && !f.path.ends_with("tests.rs")) {
        let Some(room) = file.room() else { continue };
        let (words, why) = if PURE.contains(&room) {
            (IMPURE, "a pure crate: the same input gives the same answer")
        } else if FLOOR_3.contains(&room) {
            (CLOCKS, "a crate of floor 3: time comes with the event")
        } else {
            continue;
        };
        let code = without_tests(&scan(&file.text).code);
        for word in words {
            for (at, _) in code.match_indices(word) {
                let whole = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if whole {
                    let what = format!("`{word}` in {why}");
                    out.push(Fault::new(&file.path, line_of(&code, at), what));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_header_is_found() {
        let house = [File::new("crates/a/src/lib.rs", "//! Says it.\n"), File::new("crates/a/src/b.rs", "fn x() {}\n")];
        assert_eq!(headers(&house).iter().map(|f| f.file.as_str()).collect::<Vec<_>>(), ["crates/a/src/b.rs"]);
    }

    #[test]
    fn long_files_are_found() {
        let lines = |n: usize| "//! x\n".repeat(n);
        let house = [File::new("crates/a/src/ok.rs", &lines(600)), File::new("crates/a/src/long.rs", &lines(601))];
        let found = sizes(&house);
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("crates/a/src/long.rs:601: 601 lines"));
        let words =
            [File::new("crates/domain/src/a.rs", &lines(600)), File::new("crates/domain/src/b.rs", &lines(600))];
        assert!(sizes(&words).is_empty());
        let more = [words.to_vec(), vec![File::new("crates/domain/src/c.rs", &lines(301))]].concat();
        assert_eq!(sizes(&more).len(), 1);
    }

    #[test]
    fn long_functions_are_found_and_declarations_are_not() {
        let body = |n: usize| format!("fn f(a: [u8; 4]) -> u8 {{\n{}}}\n", "    let s = \"}}\"; // }\n".repeat(n));
        assert!(functions(&[File::new("crates/a/src/a.rs", &body(98))]).is_empty());
        let found = functions(&[File::new("crates/a/src/a.rs", &format!("trait T {{ fn d(); }}\n{}", body(99)))]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].what.contains("101 lines")), (2, true));
    }

    #[test]
    fn clocks_and_io_are_found_by_floor() {
        let clock = "//! x\nfn f() { let t = std::time::Instant::now(); }\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        let found = |path: &str, text: &str| purity(&[File::new(path, text)]).len();
        assert_eq!(found("crates/decision/src/a.rs", clock), 1);
        assert_eq!(found("crates/desk/src/a.rs", clock), 1);
        assert_eq!(found("crates/engine/src/a.rs", clock), 0);
        assert_eq!(found("crates/text/src/a.rs", "//! Instant::now is forbidden\nconst A: &str = \"std::fs\";"), 0);
        assert_eq!(found("crates/text/src/a.rs", "use rand::Rng;"), 1);
        assert_eq!(found("crates/text/src/a.rs", "let operand::X = 1;"), 0);
        assert_eq!(found("crates/desk/src/a.rs", "use std::fs;"), 0);
    }
}
