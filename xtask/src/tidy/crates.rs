//! The floors: which crate may import which, read from the manifests.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Fault, File};

/// What every crate of floor 3 may import; never a neighbour.
const ROOM: &[&str] = &["domain", "store", "text"];
/// Every crate and the crates of the house it may import.
const HOUSE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("text", &[]),
    ("decision", &["domain", "text"]),
    ("store", &["domain"]),
    ("channel", &["domain"]),
    ("profile", ROOM),
    ("desk", ROOM),
    ("trust", ROOM),
    ("assist", ROOM),
    ("access", ROOM),
    ("insight", ROOM),
    (
        "engine",
        &["domain", "text", "decision", "store", "channel", "profile", "desk", "trust", "assist", "access", "insight"],
    ),
    (
        "vigie",
        &[
            "domain", "text", "decision", "store", "channel", "profile", "desk", "trust", "assist", "access",
            "insight", "engine", "testkit",
        ],
    ),
    ("testkit", &["domain"]),
    ("xtask", &[]),
];
/// Crates from outside, and who alone may import them: the wall around async and around each store.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("tokio", &["engine", "vigie"]),
    ("axum", &["vigie"]),
    ("tower-http", &["vigie"]),
    ("rusqlite", &["store"]),
    ("postgres", &["store", "testkit"]),
    ("ureq", &["channel", "vigie"]),
    ("cel", &["decision"]),
    ("rand", &["access", "channel", "engine", "testkit", "vigie"]),
];

/// What cargo says of the workspace and everything it imports on this platform.
///
/// # Errors
/// A sentence when cargo cannot tell.
pub fn metadata(root: &Path) -> Result<Value, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let version = Command::new("rustc").arg("-vV").output().map_err(|e| format!("rustc cannot be started: {e}"))?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or("x86_64-unknown-linux-gnu");
    let told = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--filter-platform", host])
        .current_dir(root)
        .output()
        .map_err(|e| format!("cargo cannot be started: {e}"))?;
    if !told.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&told.stderr).trim()));
    }
    serde_json::from_slice(&told.stdout).map_err(|e| format!("cargo metadata wrote no JSON: {e}"))
}

/// The packages of the workspace itself, of all that `metadata` names.
fn members(metadata: &Value) -> impl Iterator<Item = &Value> {
    let list = |key: &str| metadata[key].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let own = list("workspace_members");
    list("packages").iter().filter(move |p| own.contains(&p["id"]))
}

/// Each crate imports downwards only; what only tests need may add the test kit.
pub fn floors(metadata: &Value) -> Vec<Fault> {
    let mut out = Vec::new();
    for package in members(metadata) {
        let name = package["name"].as_str().unwrap_or_default();
        let file = if name == "xtask" { "xtask/Cargo.toml".to_owned() } else { format!("crates/{name}/Cargo.toml") };
        let Some((_, may)) = HOUSE.iter().find(|(n, _)| *n == name) else {
            out.push(Fault::new(
                &file,
                0,
                format!("crate `{name}` has no place on a floor; give it one in xtask's HOUSE"),
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().map_or(&[] as &[Value], Vec::as_slice) {
            let other = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"] == "dev";
            let in_house = HOUSE.iter().any(|(n, _)| *n == other);
            if in_house && !may.contains(&other) && !(for_tests && other == "testkit") {
                let may = if may.is_empty() { "nothing of the house".into() } else { may.join(", ") };
                out.push(Fault::new(&file, 0, format!("`{name}` imports `{other}`; it may import {may}")));
            }
            let walled = OUTSIDE.iter().find(|(n, _)| *n == other);
            if let Some((_, only)) = walled.filter(|(_, only)| !for_tests && !only.contains(&name)) {
                out.push(Fault::new(
                    &file,
                    0,
                    format!("`{name}` imports `{other}`, which stays in {}", only.join(", ")),
                ));
            }
        }
    }
    out
}

/// Every crate takes the workspace's lints.
pub fn lints(files: &[File]) -> Vec<Fault> {
    let manifest =
        |f: &&File| f.path.ends_with("/Cargo.toml") && (f.path.starts_with("crates/") || f.path.starts_with("xtask/"));
    files
        .iter()
        .filter(manifest)
        .filter(|f| !f.text.contains("[lints]\nworkspace = true"))
        .map(|f| Fault::new(&f.path, 0, "take the workspace's lints: `[lints] workspace = true`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn imports(name: &str, other: &str, kind: Option<&str>) -> usize {
        let package = json!({"id": "p", "name": name, "dependencies": [{"name": other, "kind": kind}]});
        floors(&json!({"workspace_members": ["p"], "packages": [package]})).len()
    }

    #[test]
    fn only_downward_imports_pass() {
        for (name, other, kind, faults) in [
            ("desk", "store", None, 0),
            ("desk", "trust", None, 1),
            ("desk", "trust", Some("dev"), 1),
            ("desk", "decision", None, 1),
            ("desk", "testkit", Some("dev"), 0),
            ("desk", "testkit", None, 1),
            ("decision", "store", None, 1),
            ("domain", "text", None, 1),
            ("engine", "insight", None, 0),
            ("engine", "vigie", Some("dev"), 1),
            ("vigie", "engine", None, 0),
            ("decision", "tokio", None, 1),
            ("decision", "tokio", Some("dev"), 0),
            ("desk", "rusqlite", None, 1),
            ("store", "rusqlite", None, 0),
            ("attic", "serde", None, 1),
        ] {
            assert_eq!(imports(name, other, kind), faults, "{name} -> {other} {kind:?}");
        }
    }

    #[test]
    fn a_manifest_without_lints_is_found() {
        let with = File::new("crates/a/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n");
        let without = File::new("crates/b/Cargo.toml", "[package]\n");
        assert_eq!(lints(&[with, without]).len(), 1);
    }
}
