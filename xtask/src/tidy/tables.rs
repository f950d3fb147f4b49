//! A table has one owner: it is created in exactly one crate, and no other crate's SQL names it.

use std::collections::BTreeMap;

use super::scan::scan;
use super::{Fault, File};

/// A literal that opens with one of these is read as SQL, or as a piece of it.
const SQL_OPENS: &[&str] = &[
    "select", "insert", "update", "delete", "create", "alter", "drop", "with", "replace", "from", "join", "left",
    "inner", "union", "truncate", "copy",
];
/// The word after one of these is a table.
const BEFORE_TABLE: &[&str] = &["from", "into", "update", "join", "table", "truncate", "copy"];

/// Where a table is named, and whether the place creates it.
struct Mention {
    table: String,
    creates: bool,
    file: String,
    line: usize,
    room: String,
}

/// Holds the law over every crate's source and `.sql` files.
pub fn owners(files: &[File]) -> Vec<Fault> {
    let mentions: Vec<Mention> = files.iter().flat_map(mentions).collect();
    let mut owner: BTreeMap<&str, &Mention> = BTreeMap::new();
    let mut out = Vec::new();
    for m in mentions.iter().filter(|m| m.creates) {
        let first = owner.entry(&m.table).or_insert(m);
        if first.room != m.room {
            let what =
                format!("table `{}` is also created in {}:{}; a table has one owner", m.table, first.file, first.line);
            out.push(Fault::new(&m.file, m.line, what));
        }
    }
    for m in &mentions {
        if m.room == "vigie" {
            out.push(Fault::new(&m.file, m.line, "SQL in the face; ask the room that owns the noun"));
        } else if let Some(first) = owner.get(m.table.as_str()).filter(|o| o.room != m.room && !m.creates) {
            let what = format!("SQL names `{}`, a table of `{}`; ask that room for it", m.table, first.room);
            out.push(Fault::new(&m.file, m.line, what));
        }
    }
    out
}

fn mentions(file: &File) -> Vec<Mention> {
    let Some(room) = file.room() else { return Vec::new() };
    let texts: Vec<(usize, String)> = if file.is("sql") {
        vec![(1, file.text.clone())]
    } else if file.is("rs") && !file.path.contains("/tests/") {
        scan(&file.text).literals.into_iter().map(|l| (l.line, l.text)).filter(|(_, t)| is_sql(t)).collect()
    } else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (line, text) in texts {
        for (offset, table, creates) in tables(&text) {
            out.push(Mention { table, creates, file: file.path.clone(), line: line + offset, room: room.to_owned() });
        }
    }
    out
}

/// Whether a literal reads like SQL: it opens with a verb of the language, in small or capital letters.
fn is_sql(text: &str) -> bool {
    let mut words = text.split_whitespace().filter(|w| *w != "\\n\\" && *w != "\\");
    words.next().is_some_and(|w| SQL_OPENS.iter().any(|s| *s == w || s.to_uppercase() == w))
}

/// Every table an SQL text names: lines below its first, name, created here or not.
fn tables(text: &str) -> Vec<(usize, String, bool)> {
    let mut out = Vec::new();
    let mut before: [String; 2] = Default::default();
    for (offset, line) in text.to_lowercase().lines().enumerate() {
        let line = line.split("--").next().unwrap_or_default();
        for word in line.split(|c: char| c.is_whitespace() || "(),;=".contains(c)).filter(|w| !w.is_empty()) {
            let filler = ["if", "not", "exists", "only", "lateral"].contains(&word);
            if filler && BEFORE_TABLE.contains(&before[1].as_str()) {
                continue;
            }
            let name = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
            let is_name =
                !name.is_empty() && name == word && !SQL_OPENS.contains(&name) && name != "set" && name != "excluded";
            if BEFORE_TABLE.contains(&before[1].as_str()) && is_name && !(before[0] == "do" || before[0] == "for") {
                let creates = before[1] == "table" && ["create", "temporary", "virtual"].contains(&before[0].as_str());
                out.push((offset, name.to_owned(), creates));
            }
            before = [std::mem::take(&mut before[1]), word.to_owned()];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(other: &str) -> Vec<Fault> {
        let store = "const A: &str = \"create table if not exists log (seq integer primary key)\";\nlet q = \"select seq from log where seq > $1\";";
        owners(&[File::new("crates/store/src/log.rs", store), File::new("crates/desk/src/case.rs", other)])
    }

    #[test]
    fn another_rooms_table_is_found_by_name_and_place() {
        for bad in [
            "select a from log",
            "insert into log(a) values (1)",
            "update log set a = 1",
            "delete from log",
            "SELECT a FROM log",
            "select x from mine join log on a = b",
        ] {
            let found = house(&format!("\nlet q = \"{bad}\";"));
            assert_eq!(found.len(), 1, "{bad}");
            assert!(found[0].to_string().starts_with("crates/desk/src/case.rs:2: SQL names `log`"), "{}", found[0]);
        }
        let found = house("let q = \"\n  select a\n  from log\";");
        assert_eq!(found[0].line, 3);
        assert!(house("create(\"create table log (a text)\")")[0].what.contains("also created"));
    }

    #[test]
    fn words_that_are_no_sql_pass() {
        for fine in [
            "taken from log",
            "select a from cases on conflict do update set log = 1",
            "from the log",
            "Update log files",
        ] {
            assert!(house(&format!("let q = \"{fine}\"; // delete from log")).is_empty(), "{fine}");
        }
    }

    #[test]
    fn the_face_holds_no_sql() {
        let found = owners(&[File::new("crates/vigie/src/api.rs", "let q = \"select a from b\";")]);
        assert_eq!(found.len(), 1);
    }
}
