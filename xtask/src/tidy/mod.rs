//! The laws of the house, read off its files. `cargo xtask tidy` prints the faults; the test at the
//! end makes `cargo test` hold them. Each law is tried on a small house that breaks it.

mod crates;
mod leaks;
mod licences;
mod pages;
mod scan;
mod source;
mod tables;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One breach of a law: where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, from the root of the house.
    pub file: String,
    /// Its line, from 1; 0 speaks of the file as a whole.
    pub line: usize,
    /// What is wrong, in one sentence.
    pub what: String,
}

impl Fault {
    fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Fault { file: file.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// One text file of the house.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path from the root, with forward slashes.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl File {
    #[cfg(test)]
    fn new(path: &str, text: &str) -> Self {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether the name ends with `.ext`.
    fn is(&self, ext: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, e)| e == ext)
    }

    /// The crate it belongs to: the second step of `crates/NAME/…`.
    fn room(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }
}

/// The folder that holds the workspace.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Every text file that git tracks or would track. Files that are no UTF-8 are left out.
///
/// # Errors
/// A sentence when git cannot list them.
pub fn files(root: &Path) -> Result<Vec<File>, String> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|e| format!("git cannot be started: {e}"))?;
    if !listed.status.success() {
        return Err(format!("git ls-files failed: {}", String::from_utf8_lossy(&listed.stderr).trim()));
    }
    let mut out = Vec::new();
    for path in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|p| !p.is_empty()) {
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            out.push(File { path: path.to_owned(), text });
        }
    }
    Ok(out)
}

/// Holds every law against the house at `root`.
///
/// # Errors
/// A sentence when the house cannot be read at all.
pub fn faults(root: &Path) -> Result<Vec<Fault>, String> {
    let files = files(root)?;
    let metadata = crates::metadata(root)?;
    let mut faults = crates::floors(&metadata);
    faults.extend(crates::lints(&files));
    faults.extend(source::headers(&files));
    faults.extend(source::sizes(&files));
    faults.extend(source::functions(&files));
    faults.extend(source::purity(&files));
    faults.extend(tables::owners(&files));
    faults.extend(pages::architecture(&files, &|path| root.join(path).exists()));
    faults.extend(pages::links(&files, &|path| root.join(path).exists()));
    faults.extend(pages::changelog(&files));
    faults.extend(pages::policy(&files));
    faults.extend(leaks::leaks(&files));
    faults.extend(licences::licences(&metadata, &files));
    faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_keeps_its_laws() {
        let faults = faults(&root()).unwrap();
        let list: String = faults.iter().map(|f| format!("\n  {f}")).collect();
        assert!(faults.is_empty(), "{} breaches:{list}", faults.len());
    }
}
