//! An entity as memory knows it, for people.

use domain::Time;
use profile::{Label, Value, Window};
use serde::Serialize;

use crate::market::Market;

/// What the house knows of an entity beside its timeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntityView {
    /// When it registered.
    pub registered_at: Option<Time>,
    /// Labels it wears.
    pub labels: Vec<Label>,
    /// Aggregates keyed by this kind of entity.
    pub aggregates: Vec<AggregateView>,
}

/// One aggregate's readings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AggregateView {
    /// Its name in the policy.
    pub name: String,
    /// Its function.
    pub function: &'static str,
    /// By window: `1h`, `24h`, `today`, `all`, and what rules read.
    pub values: Vec<(String, Option<serde_json::Value>)>,
    /// Buckets or a sketch stand behind a value.
    pub approximate: bool,
    /// It is still being backfilled.
    pub missing: bool,
}

pub(crate) fn entity(market: &Market, kind: &str, key: u64, at: Time) -> EntityView {
    let facts = market.state.facts(key);
    let labels = market.state.labels(key).iter().filter(|label| !label.lifted && label.stands(at));
    let keyed = |name: &str| market.pack.aggregates.iter().any(|a| a.name == name && a.entity == kind);
    let aggregates = market.state.defs().filter(|(_, def)| keyed(&def.name)).map(|(agg, def)| {
        let mut approximate = false;
        let windows = if def.windows.is_empty() { vec![Window::All] } else { def.windows.clone() };
        let values = windows.into_iter().map(|window| {
            let reading = market.state.read(agg, key, window, at);
            approximate |= reading.approximate;
            (name(window), reading.value.map(json))
        });
        let values = values.collect();
        AggregateView { name: def.name.clone(), function: def.func.name(), values, approximate, missing: !def.ready }
    });
    EntityView {
        registered_at: facts.and_then(|f| f.registered_at),
        labels: labels.cloned().collect(),
        aggregates: aggregates.collect(),
    }
}

fn name(window: Window) -> String {
    match window {
        Window::Today => "today".to_owned(),
        Window::All => "all".to_owned(),
        Window::Span(span) => {
            let units = [
                (7 * domain::DAY, "w"),
                (domain::DAY, "d"),
                (domain::HOUR, "h"),
                (domain::MINUTE, "m"),
                (domain::SECOND, "s"),
            ];
            let fit = units
                .iter()
                .find(|(unit, name)| span % unit == 0 && !(*name == "d" && span == domain::DAY) && *name != "w");
            fit.map_or_else(|| format!("{span}us"), |(unit, name)| format!("{}{name}", span / unit))
        }
    }
}

fn json(value: Value) -> serde_json::Value {
    match value {
        Value::Int(n) => n.into(),
        Value::Double(n) => n.into(),
        Value::Text(text) => text.to_string().into(),
    }
}
