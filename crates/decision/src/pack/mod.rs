//! The policy pack: a folder of texts, compiled into what decides. `engine` reads the files; this room only sees texts.

mod aggregate;
mod approval;
mod lexicon;
mod link;
mod manifest;
mod message;
mod price;
mod rule;
pub(crate) use link::squeeze;
mod schema;
mod signal;
mod trial;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

pub use aggregate::{Aggregate, Function, Window};
pub use approval::widened;
pub use link::{ChatRead, Known, Linked};
pub use manifest::{Bans, LANGUAGES, Manifest, Market, Queue};
pub use message::Messages;
pub use price::PriceCaps;
pub use rule::{Action, Case, Expect, Masked, OnMissing, Part, Rule, Template};
pub use schema::{Field, FieldType, Schema, is_house};
pub(crate) use signal::thousandths;
pub use signal::{ActSignal, IdentifierSignal, Signals};
pub use trial::{Trial, trials};

use crate::diagnostic::{Diagnostic, Severity};
use crate::yaml::{self, Kind, Node, Place, Reader, Style};

/// The texts of a pack by path, such as `rules/chat.yaml`.
pub type Files = BTreeMap<String, String>;

/// Packs larger than this, all files together, are refused.
const LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// An expression as written, and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// The CEL text.
    pub text: String,
    pub(crate) place: Place,
    /// Written as a block, whose lines are all indented alike.
    pub(crate) block: bool,
}

impl Expr {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Expr> {
        let Kind::Scalar(text, style) = &node.kind else {
            reader.error(node.place, "this must be an expression");
            return None;
        };
        if text.len() > 8_192 {
            reader.error(node.place, "an expression has at most 8192 bytes");
            return None;
        }
        Some(Expr { text: text.clone(), place: node.place, block: *style == Style::Block })
    }
}

/// A compiled policy.
#[derive(Debug)]
pub struct Pack {
    /// SHA-256 of paths and texts, the first 32 hexadecimal digits: the policy's identity.
    pub hash: String,
    /// The texts it was compiled from.
    pub files: Files,
    /// Markets and queues.
    pub manifest: Manifest,
    /// Event types by name.
    pub schemas: BTreeMap<String, Schema>,
    /// Aggregates in file order; an index here names one everywhere.
    pub aggregates: Vec<Aggregate>,
    /// Rules in file order, files in path order; an index here names one everywhere.
    pub rules: Vec<Rule>,
    /// Price caps.
    pub prices: PriceCaps,
    /// What is said to people.
    pub messages: Messages,
    /// Findings that do not refuse the pack.
    pub warnings: Vec<Diagnostic>,
    pub(crate) reader: text::Reader,
    pub(crate) lexicon: lexicon::Lexicon,
    pub(crate) linked: BTreeMap<String, Linked>,
}

/// The identity of a pack: SHA-256 over its files in path order, the first 32 hexadecimal digits.
#[must_use]
pub fn hash(files: &Files) -> String {
    let mut hasher = Sha256::new();
    for (path, text) in files {
        hasher.update((path.len() as u64).to_be_bytes());
        hasher.update(path);
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl Pack {
    /// A pack without markets: it decides nothing.
    #[must_use]
    pub fn empty() -> Pack {
        parse(&Files::new(), &mut Vec::new())
    }

    /// Compiles a pack from its files.
    ///
    /// # Errors
    /// Every finding, when at least one is an error: file, line, column and what was probably meant.
    pub fn compile(files: &Files) -> Result<Pack, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let pack = parse(files, &mut found);
        let linked = link::link(&pack, &mut found);
        let mut pack = Pack { linked, ..pack };
        if !has_error(&found) {
            trial::check(&pack, &mut found);
        }
        found.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        if has_error(&found) {
            return Err(found);
        }
        pack.warnings = found;
        Ok(pack)
    }

    /// The first rule, in the order of event types, that reads a label of this name.
    #[must_use]
    pub fn reads_label(&self, name: &str) -> Option<&str> {
        let ends = [format!(".has('{name}')"), format!(".has(\"{name}\")")];
        self.linked.values().find_map(|linked| {
            let reads = |read: &crate::cel::Read| ends.iter().any(|end| squeeze(&read.name).ends_with(end.as_str()));
            let rule = linked.reads.iter().position(|own| own.iter().any(reads))?;
            Some(self.rules[linked.rules[rule]].name.as_str())
        })
    }

    /// The windows each aggregate is read over, in the order of [`Pack::aggregates`]: those of the rules, and the
    /// hour, day and lifetime that people look at.
    #[must_use]
    pub fn windows(&self) -> Vec<Vec<Window>> {
        let shown = [Window::Last(domain::HOUR), Window::Last(domain::DAY), Window::All];
        let mut windows = vec![std::collections::BTreeSet::from(shown); self.aggregates.len()];
        for known in self.linked.values().flat_map(|linked| &linked.known) {
            if let Known::Aggregate { aggregate, window, .. } = known {
                windows[*aggregate].insert(*window);
            }
        }
        windows.into_iter().map(|set| set.into_iter().collect()).collect()
    }

    /// What the lexicons read in one text, with spans of the field `text`.
    #[must_use]
    pub fn read_text(&self, text: &str) -> Signals {
        self.lexicon.signals_of(&self.reader, "text", text)
    }

    /// The rule of this name.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }
}

fn has_error(found: &[Diagnostic]) -> bool {
    found.iter().any(|d| d.severity == Severity::Error)
}

/// Reads every file; what refers to another file is read after it.
/// Whether a path stays inside the pack's folder wherever it is written, and says the same on every system.
fn is_path(path: &str) -> bool {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    path.len() <= 200
        && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.chars().all(fine))
}

fn parse(files: &Files, found: &mut Vec<Diagnostic>) -> Pack {
    let mut nodes = BTreeMap::new();
    let mut pack = Pack {
        hash: hash(files),
        files: files.clone(),
        manifest: Manifest::default(),
        schemas: BTreeMap::new(),
        aggregates: Vec::new(),
        rules: Vec::new(),
        prices: PriceCaps::default(),
        messages: Messages::default(),
        warnings: Vec::new(),
        reader: text::Reader::default(),
        lexicon: lexicon::Lexicon::default(),
        linked: BTreeMap::new(),
    };
    let start = Place { line: 1, column: 1 };
    if files.values().map(String::len).sum::<usize>() > LIMIT_BYTES {
        Reader { file: "vigie.yaml", found }.error(start, format!("the pack is larger than {LIMIT_BYTES} bytes"));
        return pack;
    }
    for (path, text) in files {
        if !is_path(path) {
            let told = "a path has at most 200 letters, digits, `-`, `_` and `.`, in folders parted by `/`";
            Reader { file: path, found }.error(start, told);
        }
        match path.rsplit_once('.').map(|(_, ext)| ext) {
            Some("yaml") => match yaml::parse(path, text) {
                Ok(node) => drop(nodes.insert(path.as_str(), node)),
                Err(fault) => found.push(fault),
            },
            Some("csv" | "ftl" | "json" | "md") => {}
            _ => Reader { file: path, found }.error(start, "this is no policy file (yaml, csv, ftl, json or md)"),
        }
    }
    match nodes.get("vigie.yaml") {
        Some(node) => pack.manifest = manifest::read(node, &mut Reader { file: "vigie.yaml", found }),
        None if files.contains_key("vigie.yaml") => {}
        None => Reader { file: "vigie.yaml", found }.error(start, "the pack lacks this file; it names the markets"),
    }
    let own: Vec<&str> = pack.manifest.markets.values().flat_map(|m| m.domains.iter().map(String::as_str)).collect();
    pack.reader = text::Reader::new(&own);
    for (path, node) in nodes.iter().filter(|(p, _)| p.starts_with("events/")) {
        schema::read(node, &mut Reader { file: path, found }, &mut pack.schemas);
    }
    for (path, text) in files {
        let reader = &mut Reader { file: path, found };
        match (path.split_once('/'), path.rsplit_once('.').map_or("", |(_, ext)| ext)) {
            (Some(("prices", _)), "csv") => pack.prices.read(text, reader, &pack.manifest),
            (Some(("messages", name)), "ftl") => pack.messages.read(name.trim_end_matches(".ftl"), text, reader),
            _ => {}
        }
    }
    for (path, node) in &nodes {
        let reader = &mut Reader { file: path, found };
        match path.split_once('/').map_or(*path, |(folder, _)| folder) {
            "vigie.yaml" | "events" => {}
            "aggregates.yaml" => pack.aggregates = aggregate::read(node, reader, &pack.schemas),
            "lexicons" => pack.lexicon.read(path, node, reader),
            "rules" => {
                let around = rule::Surroundings {
                    schemas: &pack.schemas,
                    queues: pack.manifest.queues.keys().map(String::as_str).collect(),
                    messages: pack.messages.keys(),
                    files,
                };
                rule::read(node, reader, &around, &mut pack.rules);
            }
            other => reader.unknown(
                start,
                "policy file",
                other,
                ["vigie.yaml", "aggregates.yaml", "events", "rules", "lexicons", "prices", "messages"],
            ),
        }
    }
    for (language, key) in pack.messages.missing() {
        Reader { file: &format!("messages/{language}.ftl"), found }
            .warning(start, format!("`{key}` is missing in this language"));
    }
    pack.lexicon.compile(found);
    if let (Some(bans), Some(node)) = (&pack.manifest.bans, nodes.get("vigie.yaml"))
        && files.keys().any(|path| path.starts_with("messages/"))
        && !pack.messages.keys().contains(&bans.tell.as_str())
    {
        let reader = &mut Reader { file: "vigie.yaml", found };
        reader.unknown(node.place, "message", &bans.tell, pack.messages.keys());
    }
    pack
}
