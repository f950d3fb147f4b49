//! Licences: everything the house imports is under a licence that `deny.toml` allows.

use serde_json::Value;

use super::{Fault, File};

/// Walks cargo's list of packages against the allow-list.
pub fn licences(metadata: &Value, files: &[File]) -> Vec<Fault> {
    let Some(deny) = files.iter().find(|f| f.path == "deny.toml") else {
        return vec![Fault::new("deny.toml", 0, "the file is missing")];
    };
    let allowed = allow_list(&deny.text);
    let packages = metadata["packages"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let mut out = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let licence = package["license"].as_str().unwrap_or_default();
        if !allows(licence, &allowed) {
            let licence = if licence.is_empty() { "no licence" } else { licence };
            out.push(Fault::new(
                "deny.toml",
                0,
                format!("`{name}` comes under {licence}, which is not on the allow-list"),
            ));
        }
    }
    out
}

/// The quoted words of `allow = [ … ]` in the `[licenses]` part.
fn allow_list(deny: &str) -> Vec<&str> {
    let part = deny.split("[licenses]").nth(1).unwrap_or_default();
    let list = part.split("\nallow = [").nth(1).unwrap_or_default().split(']').next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).collect()
}

/// Whether an SPDX expression can be met with allowed licences alone: `OR` needs one side, `AND` both.
/// The old way of writing `A/B` means `OR`.
fn allows(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    !words.is_empty() && either(&words, &mut at, allowed) && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut fine = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        fine |= both(words, at, allowed);
    }
    fine
}

fn both(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut fine = single(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        fine &= single(words, at, allowed);
    }
    fine
}

fn single(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let fine = either(words, at, allowed);
        let closed = words.get(*at) == Some(&")");
        *at += usize::from(closed);
        return fine && closed;
    }
    if words.get(*at) == Some(&"WITH") {
        let name = format!("{word} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at = (*at + 2).min(words.len());
        return allowed.contains(&name.as_str());
    }
    allowed.contains(word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expressions_are_read() {
        let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"];
        for (expression, fine) in [
            ("MIT", true),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0", false),
            ("MIT AND GPL-3.0", false),
            ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
            ("(MIT OR Apache-2.0) AND MPL-2.0", false),
            ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
            ("GPL-2.0 WITH Classpath-exception-2.0", false),
            ("Unlicense/MIT", true),
            ("", false),
            ("MIT OR", true),
            ("(MIT", false),
        ] {
            assert_eq!(allows(expression, &allowed), fine, "{expression}");
        }
    }

    #[test]
    fn a_package_off_the_list_is_found() {
        let deny = File::new("deny.toml", "[licenses]\nversion = 2\nallow = [\n  \"MIT\",\n]\n");
        let metadata =
            json!({"packages": [{"name": "a", "license": "MIT"}, {"name": "b", "license": "GPL-3.0"}, {"name": "c"}]});
        let found = licences(&metadata, &[deny]);
        assert_eq!(found.len(), 2);
        assert!(found[0].what.contains("`b` comes under GPL-3.0"));
        assert_eq!(licences(&metadata, &[]).len(), 1);
    }
}
