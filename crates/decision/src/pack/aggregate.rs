//! `aggregates.yaml`: folds declared once; the window stands at the point of use.

use std::collections::BTreeMap;

use domain::parse_span;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Expr, schema::FieldType, schema::Schema};
use crate::yaml::{Node, Reader};

/// What an aggregate computes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// How many events.
    Count,
    /// Sum of `of`.
    Sum,
    /// Least `of`.
    Min,
    /// Greatest `of`.
    Max,
    /// Mean of `of`.
    Avg,
    /// `of` of the earliest event.
    First,
    /// `of` of the latest event.
    Last,
    /// How many different `of`.
    CountDistinct,
    /// Seconds since the latest event.
    SecondsSince,
    /// The given quantile of `of`, 0 to 1.
    Quantile(f64),
}

/// One aggregate's definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Its name in rules.
    pub name: String,
    /// Event types folded.
    pub from: Vec<String>,
    /// The entity field that is the key.
    pub by: String,
    /// The kind of entity the key is.
    pub entity: String,
    /// What is computed.
    pub function: Function,
    /// The field or expression folded, where the function needs one.
    pub of: Option<Expr>,
    /// Only events for which this holds.
    pub when: Option<Expr>,
    /// 64-bit hash of the definition: another hash is another aggregate.
    pub hash: u64,
}

/// The stretch of time an aggregate is read over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The last so many microseconds, the event's own time included.
    Last(i64),
    /// The calendar day in the market's zone.
    Today,
    /// The whole life.
    All,
}

impl Window {
    /// Reads the argument of `last(…)`, 1 s to 400 days.
    pub(super) fn last(text: &str) -> Result<Window, String> {
        match parse_span(text)? {
            span if (domain::SECOND..=400 * domain::DAY).contains(&span) => Ok(Window::Last(span)),
            _ => Err(format!("`{text}`: a window is between 1s and 400d")),
        }
    }
}

const FUNCTIONS: [&str; 10] =
    ["count", "sum", "min", "max", "avg", "first", "last", "count_distinct", "seconds_since", "quantile"];
/// More aggregates than this make every event too dear.
const LIMIT: usize = 200;

pub(super) fn read(node: &Node, reader: &mut Reader<'_>, schemas: &BTreeMap<String, Schema>) -> Vec<Aggregate> {
    let top = reader.record(node, "aggregates.yaml", &["aggregates"]);
    let Some(list) = top.get("aggregates") else { return Vec::new() };
    let mut found = Vec::new();
    for (name, node) in reader.map(list, "aggregates") {
        if let Some(aggregate) = aggregate(&name.text, node, reader, schemas) {
            found.push(aggregate);
        }
    }
    if found.len() > LIMIT {
        reader.error(list.place, format!("{} aggregates; at most {LIMIT} are taken", found.len()));
    }
    found
}

fn aggregate(
    name: &str,
    node: &Node,
    reader: &mut Reader<'_>,
    schemas: &BTreeMap<String, Schema>,
) -> Option<Aggregate> {
    let top = reader.record(node, "an aggregate", &["from", "by", "fn", "of", "when", "q", "about"]);
    for key in ["from", "by", "fn"] {
        if top.get(key).is_none() {
            reader.error(top.place, format!("aggregate `{name}` lacks `{key}`"));
            return None;
        }
    }
    let (from_node, by_node, fn_node) = (top.get("from")?, top.get("by")?, top.get("fn")?);
    let from = reader.texts(from_node, "from");
    let by = reader.text(by_node, "by")?;
    let mut entity = None;
    for kind in &from {
        let Some(schema) = schemas.get(kind) else {
            reader.unknown(from_node.place, "event type", kind, schemas.keys().map(String::as_str));
            return None;
        };
        match schema.field(&by).map(|f| &f.kind) {
            Some(FieldType::Entity(kind)) if entity.as_ref().is_none_or(|e| e == kind) => entity = Some(kind.clone()),
            Some(FieldType::Entity(_)) => {
                reader.error(by_node.place, format!("`{by}` is not the same kind of entity in all of `from`"))
            }
            _ => {
                let names =
                    schema.fields.iter().filter(|f| matches!(f.kind, FieldType::Entity(_))).map(|f| f.name.as_str());
                reader.unknown(by_node.place, &format!("entity field of {kind}"), &by, names);
                return None;
            }
        }
    }
    let word = reader.text(fn_node, "fn")?;
    let function = match word.as_str() {
        "count" => Function::Count,
        "sum" => Function::Sum,
        "min" => Function::Min,
        "max" => Function::Max,
        "avg" => Function::Avg,
        "first" => Function::First,
        "last" => Function::Last,
        "count_distinct" => Function::CountDistinct,
        "seconds_since" => Function::SecondsSince,
        "quantile" => Function::Quantile(top.get("q").and_then(|n| reader.number(n, "q", 0.0, 1.0)).unwrap_or(0.5)),
        _ => {
            reader.unknown(fn_node.place, "function", &word, FUNCTIONS);
            return None;
        }
    };
    let of = top.get("of").and_then(|n| Expr::read(n, reader));
    if of.is_none() && !matches!(function, Function::Count | Function::SecondsSince) {
        reader.error(top.place, format!("`{word}` needs `of`: the field it folds"));
        return None;
    }
    let when = top.get("when").and_then(|n| Expr::read(n, reader));
    let text =
        format!("{from:?}|{by}|{function:?}|{:?}|{:?}", of.as_ref().map(|e| &e.text), when.as_ref().map(|e| &e.text));
    let digest: [u8; 32] = Sha256::digest(format!("{name}|{text}")).into();
    let hash = u64::from_be_bytes(digest[..8].try_into().unwrap_or_default());
    Some(Aggregate { name: name.to_owned(), from, by, entity: entity?, function, of, when, hash })
}
