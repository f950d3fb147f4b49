//! Labelled conversations from JSON lines. Members nobody asked for are ignored.

use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use crate::cli::Failure;

/// The longest line, in bytes.
const LIMIT_LINE: usize = 4 << 20;
/// The most conversations of one file.
const LIMIT_DIALOGUES: usize = 1_000_000;

/// One conversation of a file.
#[derive(Debug)]
pub(crate) struct Dialogue {
    pub(crate) id: String,
    source: Option<String>,
    language: Option<String>,
    pub(crate) harmful: bool,
    pub(crate) turns: Vec<Line>,
}

/// One message.
#[derive(Debug, Deserialize)]
pub(crate) struct Line {
    #[serde(default)]
    pub(crate) role: String,
    pub(crate) text: String,
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    label: Option<serde_json::Value>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    turns: Option<Vec<Line>>,
}

impl Dialogue {
    /// The name of its source; `unnamed` when the file gives none.
    pub(crate) fn source(&self) -> &str {
        self.source.as_deref().unwrap_or("unnamed")
    }

    /// The code of its language as the file gives it, else as its longest message shows.
    pub(crate) fn language(&self) -> &str {
        self.language.as_deref().unwrap_or_else(|| {
            let longest = self.turns.iter().map(|line| line.text.as_str()).max_by_key(|text| text.len());
            longest.and_then(text::language).map_or("unknown", |(language, _)| language.code())
        })
    }

    /// What the members of its pair share.
    pub(crate) fn pair(&self) -> &str {
        self.id.rsplit_once('/').map_or(self.id.as_str(), |(pair, _)| pair)
    }
}

/// Reads a file of conversations; with `labelled`, every line must say 0 or 1, else all count as harmless.
pub(crate) fn dialogues(path: &Path, labelled: bool) -> Result<Vec<Dialogue>, Failure> {
    let file = std::fs::File::open(path).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))?;
    let mut reader = BufReader::new(file);
    let mut out = Vec::new();
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let fault = |why: &dyn std::fmt::Display| Failure::Failed(format!("{}:{number}: {why}", path.display()));
        let mut bounded = std::io::Read::take(&mut reader, LIMIT_LINE as u64 + 1);
        if bounded.read_until(b'\n', &mut bytes).map_err(|e| fault(&e))? == 0 {
            break;
        }
        if bytes.len() > LIMIT_LINE {
            return Err(fault(&format!("the line is longer than {LIMIT_LINE} bytes")));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if out.len() == LIMIT_DIALOGUES {
            return Err(fault(&format!("more than {LIMIT_DIALOGUES} conversations")));
        }
        let row: Row = serde_json::from_slice(&bytes).map_err(|e| fault(&e))?;
        out.push(dialogue(row, number, labelled).map_err(|why| fault(&why))?);
    }
    Ok(out)
}

fn dialogue(row: Row, number: usize, labelled: bool) -> Result<Dialogue, String> {
    let turns = match (row.turns, row.text) {
        (Some(turns), _) => turns,
        (None, Some(text)) => vec![Line { role: row.role.unwrap_or_default(), text }],
        (None, None) => return Err("neither `turns` nor `text`".into()),
    };
    let harmful = match row.label.as_ref() {
        _ if !labelled => false,
        Some(label) if *label == 1 || *label == true => true,
        Some(label) if *label == 0 || *label == false => false,
        Some(_) => return Err("`label` is neither 0 nor 1".into()),
        None => return Err("`label` is missing".into()),
    };
    let id = match row.id {
        Some(serde_json::Value::String(id)) => id,
        Some(other) => other.to_string(),
        None => format!("line {number}"),
    };
    Ok(Dialogue { id, source: row.source, language: row.lang, harmful, turns })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str, labelled: bool) -> Result<Vec<Dialogue>, String> {
        let path = std::env::temp_dir().join(format!("vigie-data-{}-{:p}", std::process::id(), &lines));
        std::fs::write(&path, lines).unwrap();
        let read = dialogues(&path, labelled);
        std::fs::remove_file(path).unwrap();
        read.map_err(|failure| match failure {
            Failure::Failed(text) | Failure::Usage(text) => text,
        })
    }

    #[test]
    fn both_shapes_are_read_and_strange_members_ignored() {
        let lines = "{\"id\":\"a/1\",\"label\":1,\"source\":\"x\",\"turns\":[{\"role\":\"b\",\"text\":\"hi\",\"at\":3}],\"more\":{}}\n\n{\"text\":\"Hello there, how are you?\",\"label\":0}\n";
        let talks = read(lines, true).unwrap();
        assert_eq!((talks[0].pair(), talks[0].source(), talks[0].harmful), ("a", "x", true));
        assert_eq!((talks[1].source(), talks[1].harmful, talks[1].turns.len()), ("unnamed", false, 1));
        assert_eq!(talks[1].language(), "en");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (lines, why) in [
            ("{\"text\":\"a\",\"label\":0}\n{\"text\":\"b\"}", ":2: `label` is missing"),
            ("{\"label\":0}", ":1: neither `turns` nor `text`"),
            ("{\"label\":2,\"text\":\"\"}", ":1: `label` is neither 0 nor 1"),
            ("{\"label\":", ":1: EOF"),
        ] {
            assert!(read(lines, true).unwrap_err().contains(why), "{lines}");
        }
        assert_eq!(read("{\"text\":\"b\"}", false).unwrap().len(), 1);
    }
}
