//! Where the policy's files come from: a folder, or the pack built into the binary.

use std::io;
use std::path::Path;

use decision::pack::Files;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../policy"]
struct BuiltIn;

/// Files larger than this are no policy.
const LIMIT_FILE: u64 = 4 * 1024 * 1024;
/// Folders deeper than this are not looked into.
const DEPTH: usize = 6;
/// What a policy file's name ends with.
const ENDINGS: [&str; 5] = ["yaml", "csv", "ftl", "json", "md"];

/// The files of the pack in `folder`, or of the built-in one.
///
/// # Errors
/// When the folder or a file cannot be read as text.
pub fn files(folder: Option<&Path>) -> io::Result<Files> {
    let mut files = Files::new();
    match folder {
        Some(folder) => walk(folder, folder, 0, &mut files)?,
        None => {
            for path in BuiltIn::iter() {
                let file = BuiltIn::get(&path).map(|f| f.data.into_owned()).unwrap_or_default();
                if let (true, Ok(text)) = (is_policy(&path), String::from_utf8(file)) {
                    files.insert(path.into_owned(), text);
                }
            }
        }
    }
    Ok(files)
}

/// A README explains the pack to people and is no part of it.
fn is_policy(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    path != "README.md" && ENDINGS.contains(&ending) && !path.split('/').any(|part| part.starts_with('.'))
}

fn walk(root: &Path, folder: &Path, depth: usize, files: &mut Files) -> io::Result<()> {
    let named = |path: &Path, e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    for entry in std::fs::read_dir(folder).map_err(|e| named(folder, e))? {
        let path = entry?.path();
        let kind = std::fs::metadata(&path).map_err(|e| named(&path, e))?;
        let Some(inside) = path.strip_prefix(root).ok().and_then(|p| p.to_str()).map(|p| p.replace('\\', "/")) else {
            continue;
        };
        if kind.is_dir() && depth < DEPTH && !inside.split('/').any(|part| part.starts_with('.')) {
            walk(root, &path, depth + 1, files)?;
        } else if kind.is_file() && is_policy(&inside) {
            if kind.len() > LIMIT_FILE {
                return Err(io::Error::other(format!("{}: is larger than {LIMIT_FILE} bytes", path.display())));
            }
            files.insert(inside, std::fs::read_to_string(&path).map_err(|e| named(&path, e))?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_pack_is_the_folder_s() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy");
        let (built_in, folder) = (files(None).unwrap(), files(Some(&folder)).unwrap());
        assert_eq!(built_in, folder);
        assert!(built_in.contains_key("vigie.yaml") && !built_in.contains_key("README.md"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = files(Some(Path::new("/nowhere/at/all"))).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all"));
    }
}
