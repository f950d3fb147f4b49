//! Where the policy's files come from: a folder, or the pack built into the binary.

use std::io;
use std::path::Path;

use decision::pack::Files;
use engine::folder;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../policy"]
struct BuiltIn;

/// The files of the pack in `folder`, or of the built-in one.
///
/// # Errors
/// When the folder or a file cannot be read as text.
pub fn files(folder: Option<&Path>) -> io::Result<Files> {
    if let Some(folder) = folder {
        return folder::read(folder);
    }
    let text = |path: &str| String::from_utf8(BuiltIn::get(path)?.data.into_owned()).ok();
    let paths = BuiltIn::iter().filter(|path| folder::is_policy(path));
    Ok(paths.filter_map(|path| text(&path).map(|text| (path.into_owned(), text))).collect())
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
