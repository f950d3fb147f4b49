//! A policy folder on the disk: read as a pack's files, and written when people change the policy in the house.

use std::fs;
use std::io;
use std::path::Path;

use decision::pack::Files;

/// Files larger than this are no policy.
const LIMIT_FILE: u64 = 4 * 1024 * 1024;
/// Folders deeper than this are not looked into.
const DEPTH: usize = 6;
/// What a policy file's name ends with.
const ENDINGS: [&str; 5] = ["yaml", "csv", "ftl", "json", "md"];

/// Whether a path inside a pack's folder is a policy file. A README explains the pack to people and is no part of it;
/// hidden files belong to tools.
#[must_use]
pub fn is_policy(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    path != "README.md" && ENDINGS.contains(&ending) && !path.split('/').any(|part| part.starts_with('.'))
}

/// The policy files of a folder, by path with `/`.
///
/// # Errors
/// The file or folder that cannot be read as text, or is too large; the message names it.
pub fn read(root: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    walk(root, root, 0, &mut files)?;
    Ok(files)
}

fn walk(root: &Path, folder: &Path, depth: usize, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder).map_err(|e| named(folder, e))? {
        let path = entry?.path();
        let kind = fs::metadata(&path).map_err(|e| named(&path, e))?;
        let Some(inside) = path.strip_prefix(root).ok().and_then(|p| p.to_str()).map(|p| p.replace('\\', "/")) else {
            continue;
        };
        if kind.is_dir() && depth < DEPTH && !inside.split('/').any(|part| part.starts_with('.')) {
            walk(root, &path, depth + 1, files)?;
        } else if kind.is_file() && is_policy(&inside) {
            if kind.len() > LIMIT_FILE {
                return Err(io::Error::other(format!("{}: is larger than {LIMIT_FILE} bytes", path.display())));
            }
            files.insert(inside, fs::read_to_string(&path).map_err(|e| named(&path, e))?);
        }
    }
    Ok(())
}

/// Writes what differs between two packs: each file whole or not at all, those that are gone deleted.
///
/// # Errors
/// The first file that cannot be written; those before it are.
pub(crate) fn write(root: &Path, before: &Files, after: &Files) -> io::Result<()> {
    for (path, text) in after.iter().filter(|(path, text)| before.get(*path) != Some(text)) {
        let place = root.join(path);
        let beside = place.with_extension("writing~");
        let put = || {
            place.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&beside, text)?;
            fs::rename(&beside, &place)
        };
        put().map_err(|e| named(&place, e))?;
    }
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        let place = root.join(path);
        match fs::remove_file(&place) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(named(&place, fault)),
            _ => {}
        }
    }
    Ok(())
}

fn named(path: &Path, fault: io::Error) -> io::Error {
    io::Error::new(fault.kind(), format!("{}: {fault}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> Files {
        all.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn what_is_written_is_read_again_and_what_is_nobody_s_stays() {
        let root = std::env::temp_dir().join(format!("vigie-folder-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join(".git")).unwrap();
        for (path, text) in [("README.md", "for people"), (".git/x.yaml", "no policy"), ("notes.txt", "mine")] {
            fs::write(root.join(path), text).unwrap();
        }
        let one = files(&[("vigie.yaml", "name: x\n"), ("rules/chat.yaml", "rules: {}\n")]);
        let two = files(&[("vigie.yaml", "name: y\n"), ("lexicons/fr.yaml", "")]);
        for (before, after) in [(&Files::new(), &one), (&one, &two), (&two, &two), (&two, &one)] {
            write(&root, before, after).unwrap();
            assert_eq!(&read(&root).unwrap(), after);
        }
        assert!(["README.md", ".git/x.yaml", "notes.txt"].iter().all(|path| root.join(path).is_file()));
        fs::remove_dir_all(&root).unwrap();
        assert!(read(&root).unwrap_err().to_string().contains("vigie-folder"));
    }
}
