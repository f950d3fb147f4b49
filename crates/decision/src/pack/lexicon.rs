//! `lexicons/<lang>.yaml`: lists of terms. What an event's texts hit becomes its signals, computed
//! once at the door and stored beside the event: rules and replay read signals, never the texts.

use std::collections::BTreeMap;

use domain::{Object, Span};
use serde_json::Value;

use super::manifest::is_id;
use super::schema::{FieldType, Schema};
use super::signal::{RESERVED, Signals};
use crate::diagnostic::Diagnostic;
use crate::yaml::{Node, Place, Reader};

/// More places than this say nothing new.
const LIMIT_SPANS: usize = 64;

/// Terms by language and list, and their compiled form.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    terms: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    places: BTreeMap<(String, String), (String, Place)>,
    compiled: Option<text::Lexicons>,
}

impl Lexicon {
    pub(super) fn read(&mut self, path: &str, node: &Node, reader: &mut Reader<'_>) {
        let language = path.trim_start_matches("lexicons/").trim_end_matches(".yaml");
        if !super::LANGUAGES.contains(&language) {
            reader.unknown(node.place, "language", language, super::LANGUAGES);
            return;
        }
        let lists = self.terms.entry(language.to_owned()).or_default();
        for (name, node) in reader.map(node, "a lexicon") {
            if !is_id(&name.text) || name.text.contains('-') || RESERVED.contains(&name.text.as_str()) {
                reader.error(name.place, format!("`{}` cannot name a list", name.text));
                continue;
            }
            lists.insert(name.text.clone(), reader.texts(node, "a term"));
            self.places.insert((language.to_owned(), name.text.clone()), (path.to_owned(), name.place));
        }
    }

    pub(super) fn compile(&mut self, found: &mut Vec<Diagnostic>) {
        match text::Lexicons::compile(&self.terms) {
            Ok(compiled) => self.compiled = Some(compiled),
            Err(fault) => {
                let at =
                    self.places.iter().find(|((language, list), _)| *list == fault.list && *language == fault.language);
                let (file, place) = at
                    .map_or(("lexicons".to_owned(), Place { line: 1, column: 1 }), |(_, (file, place))| {
                        (file.clone(), *place)
                    });
                Reader { file: &file, found }.error(place, format!("`{}`: {}", fault.term, fault.message));
            }
        }
    }

    /// The names of all lists, sorted.
    pub(super) fn lists(&self) -> Vec<&str> {
        let mut lists: Vec<&str> = self.terms.values().flat_map(|l| l.keys().map(String::as_str)).collect();
        lists.sort_unstable();
        lists.dedup();
        lists
    }

    /// Reads the text fields of an event: the policy's own lists, and with `reader` what people pass on and do.
    pub(crate) fn signals(&self, reader: &text::Reader, schema: &Schema, data: &Object) -> Signals {
        let mut signals = Signals::default();
        let mut longest = "";
        for field in schema.fields.iter().filter(|f| f.kind == FieldType::Text) {
            let Some(Value::String(content)) = data.get(&field.name) else { continue };
            if content.len() > longest.len() {
                longest = content;
            }
            signals.hear(&field.name, &reader.read(content));
            self.scan(&field.name, content, &mut signals.spans);
        }
        signals.lang = text::language(longest).map(|(language, _)| language.code().to_owned());
        signals
    }

    /// Reads one text as the field of that name.
    pub(super) fn signals_of(&self, reader: &text::Reader, field: &str, content: &str) -> Signals {
        let mut signals = Signals::default();
        signals.hear(field, &reader.read(content));
        self.scan(field, content, &mut signals.spans);
        signals.lang = text::language(content).map(|(language, _)| language.code().to_owned());
        signals
    }

    fn scan(&self, field: &str, content: &str, spans: &mut Vec<Span>) {
        let Some(compiled) = &self.compiled else { return };
        for hit in compiled.scan(content) {
            if spans.len() == LIMIT_SPANS {
                break;
            }
            spans.push(Span {
                field: field.to_owned(),
                start: hit.start,
                end: hit.end,
                signal: compiled.lists()[usize::from(hit.list)].clone(),
            });
        }
    }
}
