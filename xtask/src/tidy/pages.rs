//! Pages that must not drift from the house: the map, the change log, the policy guide.

use super::{Fault, File};

/// Folders whose paths, when a page names them in backticks, must exist.
const MAPPED: &[&str] = &["crates/", "console/", "policy/", "e2e/", "xtask/", "docs/"];

fn find<'a>(files: &'a [File], path: &str) -> Result<&'a File, Vec<Fault>> {
    files.iter().find(|f| f.path == path).ok_or_else(|| vec![Fault::new(path, 0, "the file is missing")])
}

/// Every crate stands on the map, and the map and README name no place that is not there.
pub fn architecture(files: &[File], exists: &dyn Fn(&str) -> bool) -> Vec<Fault> {
    let map = match find(files, "ARCHITECTURE.md") {
        Ok(map) => map,
        Err(fault) => return fault,
    };
    let mut out = Vec::new();
    for manifest in files.iter().filter(|f| f.path.ends_with("/Cargo.toml")) {
        let folder = manifest.path.trim_end_matches("/Cargo.toml");
        if folder == "xtask" || manifest.room().is_some_and(|room| folder == format!("crates/{room}")) {
            let named = map.text.contains(&format!("`{folder}`")) || map.text.contains(&format!("`{folder}/"));
            if !named {
                out.push(Fault::new(&map.path, 0, format!("`{folder}` is not on the map")));
            }
        }
    }
    let mapped: Vec<&&str> = MAPPED.iter().filter(|m| files.iter().any(|f| f.path.starts_with(**m))).collect();
    for page in files.iter().filter(|f| f.is("md") && !f.path.starts_with("policy/")) {
        for (n, line) in page.text.lines().enumerate() {
            for quoted in line.split('`').skip(1).step_by(2) {
                let place = quoted.split(['#', ':']).next().unwrap_or_default();
                let is_place =
                    mapped.iter().any(|m| place.starts_with(**m)) && !place.contains(['*', '<', ' ', '{', '…']);
                if is_place && !exists(place) {
                    out.push(Fault::new(&page.path, n + 1, format!("`{place}` does not exist")));
                }
            }
        }
    }
    out
}

/// Every relative link of a page leads to something.
pub fn links(files: &[File], exists: &dyn Fn(&str) -> bool) -> Vec<Fault> {
    let mut out = Vec::new();
    for page in files.iter().filter(|f| f.is("md")) {
        let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (n, line) in page.text.lines().enumerate() {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
                let outside = target.is_empty() || target.contains("://") || target.starts_with("mailto:");
                if !outside && !exists(&joined(folder, target)) {
                    out.push(Fault::new(&page.path, n + 1, format!("the link to `{target}` leads nowhere")));
                }
            }
        }
    }
    out
}

/// A relative link as a path from the root.
fn joined(folder: &str, target: &str) -> String {
    let mut steps: Vec<&str> = folder.split('/').filter(|s| !s.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => drop(steps.pop()),
            "." | "" => {}
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The change log opens with what is not yet released.
pub fn changelog(files: &[File]) -> Vec<Fault> {
    let log = match find(files, "CHANGELOG.md") {
        Ok(log) => log,
        Err(fault) => return fault,
    };
    let mut parts = log.text.split("\n## ").skip(1);
    let told = parts.next().is_some_and(|p| p.starts_with("Unreleased") && p.lines().any(|l| l.starts_with("- ")));
    if told { Vec::new() } else { vec![Fault::new(&log.path, 0, "begin with `## Unreleased` and at least one line")] }
}

/// The policy guide names every file of the default pack (tests and texts by their folder).
pub fn policy(files: &[File]) -> Vec<Fault> {
    let pack: Vec<&File> = files.iter().filter(|f| f.path.starts_with("policy/") && !f.is("md")).collect();
    if pack.is_empty() {
        return Vec::new();
    }
    let guide = match find(files, "docs/policy.md") {
        Ok(guide) => guide,
        Err(fault) => return fault,
    };
    let missing = |f: &&File| {
        let by_folder = ["policy/tests/", "policy/lexicons/", "policy/messages/", "policy/events/"];
        let name = by_folder.iter().find(|d| f.path.starts_with(**d)).map_or(f.path.as_str(), |d| *d);
        !guide.text.contains(&format!("`{name}`"))
    };
    pack.into_iter().filter(missing).map(|f| Fault::new(&f.path, 0, "docs/policy.md does not name it")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_off_the_map_and_ghosts_on_it_are_found() {
        let house = |map: &str| {
            let files = [
                File::new("crates/a/Cargo.toml", ""),
                File::new("crates/b/Cargo.toml", ""),
                File::new("ARCHITECTURE.md", map),
            ];
            architecture(&files, &|p| ["crates/a", "crates/b", "crates/b/src/lib.rs"].contains(&p))
        };
        assert!(house("`crates/a` and `crates/b/src/lib.rs` and `crates/*`").is_empty());
        assert_eq!(house("`crates/a` and `crates/ab`").len(), 2, "b is missing, ab is a ghost");
        assert_eq!(house("`crates/a`\n`crates/b`\n`crates/gone/x.rs`")[0].line, 3);
        assert_eq!(architecture(&[], &|_| true).len(), 1);
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let page = "see [a](../README.md), [b](c.md#part), [c](https://a.example/x), [d](#here)\n![e](gone.png)\n";
        let found = links(&[File::new("docs/adr/x.md", page)], &|p| ["docs/README.md", "docs/adr/c.md"].contains(&p));
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn an_empty_change_log_is_found() {
        let log = |text: &str| changelog(&[File::new("CHANGELOG.md", text)]).len();
        assert_eq!(log("# Changes\n\n## Unreleased\n- a thing\n"), 0);
        assert_eq!(log("# Changes\n\n## Unreleased\n\n## 0.1.0\n- a thing\n"), 1);
        assert_eq!(log("# Changes\n\n## 0.1.0\n- a thing\n"), 1);
        assert_eq!(changelog(&[]).len(), 1);
    }

    #[test]
    fn a_policy_file_without_a_word_is_found() {
        let guide = File::new("docs/policy.md", "`policy/rules/chat.yaml` `policy/tests/`");
        let pack = |p: &str| policy(&[guide.clone(), File::new(p, "")]).len();
        assert_eq!(pack("policy/rules/chat.yaml"), 0);
        assert_eq!(pack("policy/tests/burst.json"), 0);
        assert_eq!(pack("policy/rules/other.yaml"), 1);
        assert_eq!(policy(&[File::new("policy/vigie.yaml", "")]).len(), 1, "no guide");
    }
}
