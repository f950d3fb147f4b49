//! A table's columns as events: the map of `vigie import --map`, and one row at a time as a CloudEvent.
//!
//! A map has one line a field, `target: column` or `target: =constant`. Targets are `type`, `market`, `id`, `time`, `subject`,
//! `actor` and `data.FIELD`. Cells become what the field's schema says; an empty cell is no value. Without `id` a row is
//! named by its file and line, so the same file again adds nothing.

use std::collections::BTreeMap;

use decision::pack::{FieldType, Pack};
use domain::Time;
use serde_json::{Map, Value};

/// Where a field's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    Column(usize, String),
    Constant(String),
}

/// A column map that fits a table's head.
#[derive(Debug)]
pub(super) struct Columns {
    fields: Vec<(String, From)>,
}

/// Why a row cannot be an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadCell {
    /// The target, and the column it comes from.
    pub field: String,
    /// What is wrong with it.
    pub error: String,
}

const PLAIN: [&str; 6] = ["type", "market", "id", "time", "subject", "actor"];

impl Columns {
    /// Reads a map for a table with this head.
    ///
    /// # Errors
    /// A sentence with the line of the map that does not fit.
    pub fn parse(text: &str, head: &[String]) -> Result<Columns, String> {
        let mut fields = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = |fault: String| format!("line {} of the map: {fault}", number + 1);
            let (target, from) = line.split_once(':').ok_or_else(|| at("a line reads `target: column`".into()))?;
            let (target, from) = (target.trim(), from.trim().trim_matches('"'));
            let known = PLAIN.contains(&target) || target.strip_prefix("data.").is_some_and(|name| !name.is_empty());
            if !known {
                return Err(at(format!("`{target}` is none of {} and data.FIELD", PLAIN.join(", "))));
            }
            let from = match from.strip_prefix('=') {
                Some(constant) => From::Constant(constant.to_owned()),
                None => {
                    let place = head.iter().position(|name| name.trim() == from);
                    let place = place
                        .ok_or_else(|| at(format!("the table has no column `{from}`; it has: {}", head.join(", "))))?;
                    From::Column(place, from.to_owned())
                }
            };
            if fields.insert(target.to_owned(), from).is_some() {
                return Err(at(format!("`{target}` stands here twice")));
            }
        }
        if !fields.contains_key("type") {
            return Err("the map lacks `type`: a column with event types, or `type: =order.placed`".to_owned());
        }
        Ok(Columns { fields: fields.into_iter().collect() })
    }

    fn value<'a>(&'a self, target: &str, row: &'a [String]) -> Option<&'a str> {
        let (_, from) = self.fields.iter().find(|(name, _)| name == target)?;
        cell(from, row)
    }

    /// One row as a CloudEvent; `name` is its id when the map gives none, `market` its market.
    ///
    /// # Errors
    /// The first cell that is not what its field holds.
    pub fn event(&self, pack: &Pack, row: &[String], name: &str, market: Option<&str>) -> Result<Value, BadCell> {
        let kind = self.value("type", row).unwrap_or_default();
        let market = self.value("market", row).or(market).unwrap_or_default();
        let zone = pack.manifest.markets.get(market).map_or("UTC", |market| market.zone.as_str());
        let schema = pack.schemas.get(kind);
        let mut event = Map::new();
        let mut data = Map::new();
        event.insert("specversion".into(), "1.0".into());
        event.insert("source".into(), "import".into());
        event.insert("id".into(), self.value("id", row).unwrap_or(name).into());
        event.insert("market".into(), market.into());
        for (target, from) in &self.fields {
            let Some(text) = cell(from, row) else { continue };
            let bad = |error: String| BadCell {
                field: match from {
                    From::Column(_, column) => format!("{target} (column {column})"),
                    From::Constant(_) => target.clone(),
                },
                error,
            };
            match target.strip_prefix("data.") {
                Some(field) => {
                    let kind = schema.and_then(|schema| schema.field(field)).map(|field| &field.kind);
                    data.insert(field.to_owned(), typed(text, kind, zone).map_err(bad)?);
                }
                None if target == "time" => {
                    event.insert("time".into(), instant(text, zone).map_err(bad)?.to_string().into());
                }
                None if matches!(target.as_str(), "type" | "subject" | "actor") => {
                    event.insert(target.clone(), text.into());
                }
                None => {}
            }
        }
        event.insert("data".into(), data.into());
        Ok(event.into())
    }
}

fn cell<'a>(from: &'a From, row: &'a [String]) -> Option<&'a str> {
    let text = match from {
        From::Column(place, _) => row.get(*place)?.trim(),
        From::Constant(text) => text,
    };
    (!text.is_empty()).then_some(text)
}

/// A cell as its field's type; a text where the schema does not know the field.
fn typed(text: &str, kind: Option<&FieldType>, zone: &str) -> Result<Value, String> {
    Ok(match kind {
        Some(FieldType::Int) => text.parse::<i64>().map_err(|_| format!("`{text}` is no whole number"))?.into(),
        Some(FieldType::Double) => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| format!("`{text}` is no number; write 1234.50"))?.into()
        }
        Some(FieldType::Bool) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => true.into(),
            "false" | "no" | "0" => false.into(),
            _ => return Err(format!("`{text}` is neither true nor false")),
        },
        Some(FieldType::Time) => instant(text, zone)?.to_string().into(),
        Some(FieldType::Strings) => {
            text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().into()
        }
        Some(FieldType::Any) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        Some(FieldType::String | FieldType::Entity(_) | FieldType::Text) | None => text.into(),
    })
}

/// RFC 3339, seconds or milliseconds since 1970, or a date with or without a time of day in the market's zone.
fn instant(text: &str, zone: &str) -> Result<Time, String> {
    if let Ok(time) = Time::parse(text) {
        return Ok(time);
    }
    let wrong = || format!("`{text}` is no time; write 2026-03-01T09:30:00Z, or 2026-03-01 09:30 in the market's zone");
    if let Ok(number) = text.parse::<i64>() {
        let scale = if number.abs() >= 100_000_000_000 { 1_000 } else { 1_000_000 };
        return number.checked_mul(scale).map(Time).ok_or_else(wrong);
    }
    let local: jiff::civil::DateTime = text.parse().map_err(|_| wrong())?;
    let zoned = local.in_tz(zone).map_err(|_| wrong())?;
    Ok(Time(zoned.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    const MAP: &str = "# Orders of the old shop.\ntype: =order.placed\nid: No\ntime: Placed\nmarket: =sg\ndata.order: No\ndata.buyer: Buyer\n\
                       data.seller: =s1\ndata.amount: Total\n";

    #[test]
    fn rows_become_events_of_the_schema_and_bad_cells_are_named() {
        let pack = Pack::compile(&crate::pack::files(None).unwrap()).unwrap();
        let columns = Columns::parse(MAP, &row(&["No", "Placed", "Buyer", "Total"])).unwrap();
        let event = columns.event(&pack, &row(&["A-1", "2026-03-01 09:30", "u1", "12.50"]), "f-2", None).unwrap();
        assert_eq!((&event["id"], &event["time"]), (&"A-1".into(), &"2026-03-01T01:30:00.000000Z".into()));
        assert_eq!((&event["data"]["amount"], &event["data"]["seller"]), (&12.5.into(), &"s1".into()));
        for (cells, field) in [
            (["A-2", "2026-03-01", "u1", "12,50"], "data.amount (column Total)"),
            (["A-3", "yesterday", "u1", "1"], "time (column Placed)"),
        ] {
            assert_eq!(columns.event(&pack, &row(&cells), "f", None).unwrap_err().field, field);
        }
        let empty = columns.event(&pack, &row(&["", "1772357400", "u1", ""]), "f-9", None).unwrap();
        assert_eq!(
            (&empty["id"], &empty["data"]["amount"], &empty["time"]),
            (&"f-9".into(), &Value::Null, &"2026-03-01T09:30:00.000000Z".into())
        );
    }

    #[test]
    fn a_map_that_does_not_fit_names_its_line() {
        let head = row(&["No", "Total"]);
        for (map, part) in [
            ("type: =a.b\ndata.x: Nope", "line 2 of the map: the table has no column `Nope`; it has: No, Total"),
            ("typ: =a.b", "line 1"),
            ("data.x: No", "lacks `type`"),
            ("type: =a\ntype: =b", "twice"),
            ("type", "target: column"),
        ] {
            let fault = Columns::parse(map, &head).unwrap_err();
            assert!(fault.contains(part), "{fault}");
        }
    }
}
