//! `vigie.yaml`: the markets and queues of the operator.

use std::collections::BTreeMap;

use domain::parse_span;
use serde::Serialize;

use crate::yaml::{Node, Reader};

/// Languages the house speaks, as BCP 47 tags.
pub const LANGUAGES: [&str; 13] =
    ["en", "fr", "zh-Hans", "zh-Hant", "ja", "ko", "de", "es", "it", "pt", "id", "ms", "th"];

/// One market: a country's rules, money, hours and tongues.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Market {
    /// The short name events carry.
    pub id: String,
    /// The name people read.
    pub name: String,
    /// ISO 3166 country.
    pub country: String,
    /// ISO 4217 currency.
    pub currency: String,
    /// IANA time zone, for calendar days.
    pub zone: String,
    /// Languages in order of preference; never empty.
    pub languages: Vec<String>,
    /// The market's own domains: links there are nobody's lure, look-alikes are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

/// Whom the house tells when somebody is banned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bans {
    /// Labels on a user that are a ban.
    pub labels: Vec<String>,
    /// Key of what the people they wrote with are told.
    pub tell: String,
    /// How many days back.
    pub days: u32,
    /// Microseconds before anybody is told: a ban lifted meanwhile is told to nobody.
    pub after: i64,
}

/// One queue of cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Queue {
    /// The short name rules use.
    pub id: String,
    /// The name people read.
    pub name: String,
    /// Microseconds until somebody should have looked, when the rule does not say.
    pub sla: Option<i64>,
}

/// What `vigie.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Manifest {
    /// The pack's name.
    pub name: String,
    /// Markets by id.
    pub markets: BTreeMap<String, Market>,
    /// Queues by id.
    pub queues: BTreeMap<String, Queue>,
    /// What follows a ban; none tells nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bans: Option<Bans>,
}

pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Manifest {
    let top = reader.record(node, "vigie.yaml", &["name", "version", "markets", "queues", "bans"]);
    let mut manifest = Manifest {
        name: top.get("name").and_then(|n| reader.text(n, "name")).unwrap_or_default(),
        ..Manifest::default()
    };
    if let Some(markets) = top.get("markets") {
        for (name, node) in reader.map(markets, "markets") {
            if !is_id(&name.text) {
                reader.error(
                    name.place,
                    format!("a market's name has letters, digits, `-` and `_`, at most 32: `{}`", name.text),
                );
                continue;
            }
            if let Some(market) = market(&name.text, node, reader) {
                manifest.markets.insert(name.text.clone(), market);
            }
        }
    }
    if manifest.markets.is_empty() {
        reader.error(node.place, "name at least one market under `markets`");
    }
    if let Some(queues) = top.get("queues") {
        for (name, node) in reader.map(queues, "queues") {
            let entry = reader.record(node, "a queue", &["name", "sla"]);
            let queue = Queue {
                id: name.text.clone(),
                name: entry.get("name").and_then(|n| reader.text(n, "name")).unwrap_or_else(|| name.text.clone()),
                sla: entry.get("sla").and_then(|n| reader.parsed(n, "sla", parse_span)),
            };
            manifest.queues.insert(name.text.clone(), queue);
        }
    }
    manifest.bans = top.get("bans").and_then(|node| bans(node, reader));
    manifest
}

fn bans(node: &Node, reader: &mut Reader<'_>) -> Option<Bans> {
    let entry = reader.record(node, "bans", &["labels", "tell", "days", "after"]);
    let Some(tell) = entry.get("tell").and_then(|n| reader.text(n, "tell")) else {
        reader.error(node.place, "`bans` lacks `tell`: the message the banned person's counterparts get");
        return None;
    };
    Some(Bans {
        labels: entry.get("labels").map(|n| reader.texts(n, "a label")).unwrap_or_default(),
        tell,
        days: entry.get("days").and_then(|n| reader.number(n, "days", 1.0, 365.0)).map_or(30, |days| days as u32),
        after: entry.get("after").and_then(|n| reader.parsed(n, "after", parse_span)).unwrap_or(10 * domain::MINUTE),
    })
}

fn market(id: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Market> {
    let entry = reader.record(node, "a market", &["name", "country", "currency", "zone", "languages", "domains"]);
    let mut need = |key: &str| match entry.get(key) {
        Some(node) => reader.text(node, key),
        None => {
            reader.error(entry.place, format!("market `{id}` lacks `{key}`"));
            None
        }
    };
    let (name, country, currency, zone) = (need("name")?, need("country")?, need("currency")?, need("zone")?);
    if jiff::tz::TimeZone::get(&zone).is_err() {
        reader.error(entry.get("zone")?.place, format!("`{zone}` is no IANA time zone"));
    }
    let mut languages = Vec::new();
    if let Some(node) = entry.get("languages") {
        for item in reader.list(node) {
            let Some(tag) = reader.text(item, "a language") else { continue };
            if LANGUAGES.contains(&tag.as_str()) {
                languages.push(tag);
            } else {
                reader.unknown(item.place, "language", &tag, LANGUAGES);
            }
        }
    }
    if languages.is_empty() {
        languages.push("en".to_owned());
    }
    let domains = entry.get("domains").map(|n| reader.texts(n, "a domain")).unwrap_or_default();
    Some(Market { id: id.to_owned(), name, country, currency, zone, languages, domains })
}

/// Whether a text may name a market, queue, rule, label or list.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
