//! `messages/<lang>.ftl`: what the house says to people of the market, by language and key.
//!
//! The files use the simplest part of Fluent: `key = text with { $name }`, comments with `#`, and
//! further lines of a text indented.

use std::collections::BTreeMap;

use domain::Object;

use crate::yaml::{Place, Reader};

/// Texts by language, then key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Messages(BTreeMap<String, BTreeMap<String, String>>);

impl Messages {
    /// The text under `key` in the first of `languages` that has it, else in English, with `{ $name }` filled from `values`.
    #[must_use]
    pub fn render<'l>(
        &self,
        key: &str,
        languages: impl IntoIterator<Item = &'l str>,
        values: &Object,
    ) -> Option<String> {
        let mut tried = languages.into_iter().chain(["en"]);
        let text = tried.find_map(|language| {
            self.0.get(language).or_else(|| self.0.get(sibling(language)?)).and_then(|texts| texts.get(key))
        })?;
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((inside, behind)) = after.split_once('}') else { break };
            out.push_str(before);
            match values.get(inside.trim().trim_start_matches('$')) {
                Some(serde_json::Value::String(value)) => out.push_str(value),
                Some(value) => out.push_str(&value.to_string()),
                None => {}
            }
            rest = behind;
        }
        out.push_str(rest);
        Some(out)
    }

    /// Every key that some language has.
    pub(super) fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.0.values().flat_map(|texts| texts.keys().map(String::as_str)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Keys that `language` lacks though another has them.
    pub(super) fn missing(&self) -> Vec<(&str, &str)> {
        let keys = self.keys();
        self.0
            .iter()
            .flat_map(|(language, texts)| {
                keys.iter().filter(|k| !texts.contains_key(**k)).map(move |k| (language.as_str(), *k))
            })
            .collect()
    }

    pub(super) fn read(&mut self, language: &str, text: &str, reader: &mut Reader<'_>) {
        let texts = self.0.entry(language.to_owned()).or_default();
        let mut current: Option<String> = None;
        for (index, line) in text.lines().enumerate() {
            let place = Place { line: index as u32 + 1, column: 1 };
            if line.starts_with('#') || line.trim().is_empty() {
                current = None;
            } else if line.starts_with([' ', '\t']) {
                match current.as_ref().and_then(|key| texts.get_mut(key)) {
                    Some(text) => {
                        text.push(' ');
                        text.push_str(line.trim());
                    }
                    None => reader.error(place, "an indented line continues no text"),
                }
            } else if let Some((key, value)) = line.split_once('=') {
                let key = key.trim().to_owned();
                if texts.insert(key.clone(), value.trim().to_owned()).is_some() {
                    reader.error(place, format!("`{key}` stands here twice"));
                }
                current = Some(key);
            } else {
                reader.error(place, "a line reads `key = text`");
            }
        }
    }
}

/// The other script of the same language, read when the wanted one is lacking.
fn sibling(language: &str) -> Option<&'static str> {
    match language {
        "zh-Hant" => Some("zh-Hans"),
        "zh-Hans" => Some("zh-Hant"),
        _ => None,
    }
}
