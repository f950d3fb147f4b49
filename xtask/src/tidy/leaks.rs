//! Tracked files say nothing of the machine they were written on: no package host, no absolute path.

use super::{Fault, File};

/// Hosts that packages were fetched from, written in two halves so that this file passes its own law.
const HOSTS: &[(&str, &str)] = &[
    ("registry.npm", "js"),
    ("registry.yarn", "pkg"),
    ("npm", "mirror"),
    ("pypi", ".org"),
    ("python", "hosted"),
    ("static.crates", ".io"),
    ("index.crates", ".io"),
    ("deb.deb", "ian"),
];
/// Folders of some machine.
const FOLDERS: &[(&str, &str)] = &[("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/"), ("/Us", "ers/")];

/// Reads every tracked text; `Cargo.lock` names its source in a form that is the same everywhere.
pub fn leaks(files: &[File]) -> Vec<Fault> {
    let mut out = Vec::new();
    for file in files.iter().filter(|f| f.path != "Cargo.lock") {
        let is_lock = file.path.ends_with("package-lock.json");
        for (n, line) in file.text.lines().enumerate() {
            if is_lock && line.trim_start().starts_with("\"resolved\": \"http") {
                out.push(Fault::new(&file.path, n + 1, "a lock file with `resolved` addresses; write it without them"));
            } else if let Some((a, b)) = HOSTS.iter().find(|(a, b)| line.contains(&format!("{a}{b}"))) {
                out.push(Fault::new(&file.path, n + 1, format!("names the package host `{a}{b}`")));
            }
            if let Some((a, b)) = FOLDERS.iter().find(|(a, b)| names_folder(line, &format!("{a}{b}"))) {
                out.push(Fault::new(&file.path, n + 1, format!("names a folder of one machine, `{a}{b}`")));
            }
        }
    }
    out
}

/// Whether an absolute path in `line` begins with `folder`: what stands before it ends no other path or address.
fn names_folder(line: &str, folder: &str) -> bool {
    let begins = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~*}/$)".contains(c));
    line.match_indices(folder).any(|(at, _)| begins(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_machine_paths_are_found() {
        let host = ["https://registry.npm", "js.org/x"].concat();
        let folder = ["cd /wo", "rk/main"].concat();
        let found = |path: &str, text: &str| leaks(&[File::new(path, text)]).len();
        assert_eq!(found("console/package-lock.json", &format!("\n  \"resolved\": \"{host}\",")), 1);
        assert_eq!(found("README.md", &host), 1);
        assert_eq!(found("README.md", &folder), 1);
        assert_eq!(found("Cargo.lock", &host), 0);
        assert_eq!(found("README.md", &["see ./net", "/wo", "rk/ and https://a.example/ro", "ot/x"].concat()), 0);
    }
}
