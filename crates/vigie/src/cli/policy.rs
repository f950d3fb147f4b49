//! `vigie check`: does a policy pack hold?

use std::path::PathBuf;

use clap::Args;
use decision::pack::{Trial, trials};
use decision::{Diagnostic, Pack, Severity};
use serde_json::json;

use super::{Failure, say};
use crate::pack;

#[derive(Args)]
pub(super) struct Check {
    /// Folder of the pack [default: the one built in]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The same, as a flag
    #[arg(long, env = "VIGIE_POLICY", value_name = "DIR", conflicts_with = "folder")]
    policy: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let folder = self.folder.or(self.policy);
        let files = pack::files(folder.as_deref()).map_err(|e| Failure::Usage(e.to_string()))?;
        let (found, tests, rules, hash) = match Pack::compile(&files) {
            Ok(pack) => (pack.warnings.clone(), trials(&pack), pack.rules.len(), Some(pack.hash)),
            Err(found) => (found, Vec::new(), 0, None),
        };
        let ok = hash.is_some();
        if self.json {
            say(json!({
                "ok": ok, "hash": hash, "files": files.len(), "rules": rules,
                "tests": {"passed": passed(&tests), "failed": tests.len() - passed(&tests)},
                "diagnostics": found,
            }));
        } else {
            tell(&found, &tests, rules, files.len());
        }
        if ok { Ok(()) } else { Err(Failure::Failed(String::new())) }
    }
}

fn passed(tests: &[Trial]) -> usize {
    tests.iter().filter(|t| t.passed).count()
}

fn tell(found: &[Diagnostic], tests: &[Trial], rules: usize, files: usize) {
    for one in found {
        say(one);
    }
    let errors = found.iter().filter(|d| d.severity == Severity::Error).count();
    match errors {
        0 => say(format!("fine: {files} files, {rules} rules, {} of {} tests passed", passed(tests), tests.len())),
        1 => say("refused: 1 error"),
        n => say(format!("refused: {n} errors")),
    }
}
