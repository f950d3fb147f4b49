//! What events and decisions look like from outside: masked, with times as texts.

use std::collections::BTreeMap;

use access::{mask, mask_reads};
use decision::Pack;
use domain::{Decision, MASK, Mode, Object, Read, Span, Verdict};
use serde::Serialize;
use store::log::Entry;
use store::outbox::{Delivery, State};
use utoipa::ToSchema;

/// An event as people and programs may read it.
#[derive(Clone, Serialize, ToSchema)]
pub struct EventView {
    /// The market.
    #[schema(example = "sg")]
    pub market: String,
    /// Its place in the market's log.
    pub seq: u64,
    /// The sender's id.
    pub id: String,
    /// Who said so.
    pub source: String,
    /// The past fact.
    #[serde(rename = "type")]
    #[schema(example = "message.sent")]
    pub kind: String,
    /// What it is about.
    pub subject: Option<String>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub time: String,
    /// When a door took it in.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: String,
    /// Who did it, as `kind:id`.
    pub actor: Option<String>,
    /// Its fields; personal ones read `***`.
    #[schema(value_type = Object)]
    pub data: Object,
    /// Names of the masked fields.
    pub personal: Vec<String>,
    /// Whom and what it concerns.
    pub entities: Vec<EntityView>,
    /// The verdict.
    #[schema(value_type = String, example = "warn")]
    pub verdict: Verdict,
    /// 0 to 1: how grave.
    pub score: f64,
    /// Whether a rule hit, so that there is a decision to read.
    pub decision: bool,
}

/// An entity of an event.
#[derive(Clone, Serialize, ToSchema)]
pub struct EntityView {
    /// The field that names it.
    #[schema(example = "seller")]
    pub role: String,
    /// Its kind.
    #[schema(example = "user")]
    pub kind: String,
    /// The market's own id.
    pub id: String,
}

impl EventView {
    /// Masks a log row. The pack says what is personal now; what was personal when it was stored stands apart in the
    /// row and is masked whatever the pack says.
    #[must_use]
    pub fn new(market: &str, entry: &Entry, pack: &Pack, decision: bool) -> EventView {
        EventView::masked(market, entry, pack, decision, &[])
    }

    /// As [`EventView::new`] for a row whose personal fields (`names`) were masked before.
    #[must_use]
    pub fn masked(market: &str, entry: &Entry, pack: &Pack, decision: bool, names: &[String]) -> EventView {
        let stored: Object = serde_json::from_str(&entry.data).unwrap_or_default();
        let schema = pack.schemas.get(&entry.kind);
        let fields = || schema.into_iter().flat_map(|s| &s.fields);
        let personal: Vec<String> = fields().filter(|f| f.personal.is_some()).map(|f| f.name.clone()).collect();
        let (data, masked) = if decision::pack::is_house(&entry.kind) {
            // The house writes these itself and puts nothing personal in.
            (stored, Vec::new())
        } else {
            mask(&stored, &personal, &fields().map(|f| f.name.clone()).collect::<Vec<_>>())
        };
        let masked = masked.into_iter().chain(names.iter().cloned()).collect();
        let (data, personal) = with_sealed(data, masked, entry);
        let entities = entry.entities().unwrap_or_default();
        EventView {
            market: market.to_owned(),
            seq: entry.seq,
            id: entry.id.clone(),
            source: entry.source.clone(),
            kind: entry.kind.clone(),
            subject: entry.subject.clone(),
            time: entry.time.to_string(),
            received_at: entry.received_at.to_string(),
            actor: entry.actor.clone(),
            data,
            personal,
            entities: entities.into_iter().map(|at| EntityView { role: at.0, kind: at.1.kind, id: at.1.id }).collect(),
            verdict: entry.verdict,
            score: entry.score,
            decision,
        }
    }
}

/// Names the fields of the row's personal column, without their values.
fn with_sealed(mut data: Object, mut names: Vec<String>, entry: &Entry) -> (Object, Vec<String>) {
    if let Some(sealed) = &entry.personal {
        let fields: BTreeMap<String, serde::de::IgnoredAny> = serde_json::from_str(sealed.expose()).unwrap_or_default();
        for name in fields.into_keys() {
            data.insert(name.clone(), MASK.into());
            names.push(name);
        }
    }
    names.sort();
    names.dedup();
    (data, names)
}

/// A decision with its reasons in words.
#[derive(Clone, Serialize, ToSchema)]
pub struct DecisionView {
    /// The market.
    pub market: String,
    /// The event's place in the market's log.
    pub seq: u64,
    /// Hash of the policy then in force.
    pub policy: String,
    /// The verdict.
    #[schema(value_type = String, example = "hold")]
    pub verdict: Verdict,
    /// 0 to 1: how grave.
    pub score: f64,
    /// How many rules hit, by the mode they hit in.
    pub mode_counts: BTreeMap<String, u32>,
    /// The event; its data is left out in live streams.
    pub event: EventView,
    /// Rules that hit, in the pack's order.
    pub hits: Vec<HitView>,
    /// What was to be done, and how far that is.
    pub effects: Vec<EffectView>,
    /// Who took it back, when somebody did.
    pub undone: Option<UndoneView>,
}

/// One rule that hit.
#[derive(Clone, Serialize, ToSchema)]
pub struct HitView {
    /// The rule.
    pub rule: String,
    /// Its mode then.
    #[schema(value_type = String, example = "live")]
    pub mode: Mode,
    /// What it asked for.
    #[schema(value_type = String, example = "hold")]
    pub verdict: Verdict,
    /// It could not be evaluated and asked for people instead.
    pub missing: bool,
    /// Why, in the reader's language.
    pub text: String,
    /// Every value it read.
    #[schema(value_type = Vec<Object>)]
    pub reads: Vec<Read>,
    /// Where in the text; the offsets alone, the text is masked.
    #[schema(value_type = Vec<Object>)]
    pub spans: Vec<Span>,
}

/// One effect of a decision.
#[derive(Clone, Serialize, ToSchema)]
pub struct EffectView {
    /// Its place in the decision.
    pub index: u32,
    /// label, unlabel, enqueue, message or webhook.
    pub kind: String,
    /// Whom it concerns, as `kind:id`.
    pub entity: String,
    /// The rest of it.
    #[schema(value_type = Object)]
    pub detail: Object,
    /// How it is taken back: delay, compensate or none.
    pub inverse: String,
    /// applied, waiting, delivered, failed, dead or undone.
    pub state: String,
    /// Key of its delivery, when it goes out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_key: Option<String>,
}

/// Who took a decision back.
#[derive(Clone, Serialize, ToSchema)]
pub struct UndoneView {
    /// When.
    pub at: String,
    /// Who, as `kind:id`.
    pub by: String,
    /// Why.
    pub why: String,
}

impl DecisionView {
    /// Puts a decision into words: `pack` is the one it was made under, `languages` the reader's, best first.
    #[must_use]
    pub fn new(
        decision: &Decision,
        event: EventView,
        pack: &Pack,
        languages: &[&str],
        deliveries: &[Delivery],
        undone: Option<UndoneView>,
    ) -> DecisionView {
        let personal = event.personal.clone();
        let mut mode_counts = BTreeMap::new();
        let mut hits = Vec::with_capacity(decision.hits.len());
        for hit in &decision.hits {
            let mode = mode_name(hit.mode);
            *mode_counts.entry(mode.to_owned()).or_insert(0) += 1;
            let reads = mask_reads(&hit.reads, &personal);
            // The words are made from the masked values, so that a reason cannot tell what a list hides.
            let masked = domain::Hit { reads: reads.clone(), ..hit.clone() };
            hits.push(HitView {
                rule: hit.rule.clone(),
                mode: hit.mode,
                verdict: hit.verdict,
                missing: hit.missing,
                text: decision::sentence(pack, &masked, languages),
                reads,
                spans: hit.spans.clone(),
            });
        }
        DecisionView {
            market: decision.market.clone(),
            seq: decision.seq,
            policy: decision.policy.clone(),
            verdict: decision.verdict,
            score: decision.score,
            mode_counts,
            effects: effects(decision, deliveries, undone.is_some()),
            event,
            hits,
            undone,
        }
    }
}

fn effects(decision: &Decision, deliveries: &[Delivery], undone: bool) -> Vec<EffectView> {
    let mut views = Vec::with_capacity(decision.effects.len());
    for (index, effect) in decision.effects.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let delivery = deliveries.iter().find(|d| d.parcel.idx == index);
        let state = match delivery.map(|d| d.state) {
            Some(State::Cancelled) => "undone",
            Some(state) => state.name(),
            None if undone => "undone",
            None => "applied",
        };
        let mut detail = match serde_json::to_value(effect) {
            Ok(serde_json::Value::Object(map)) => map,
            _ => Object::new(),
        };
        detail.remove("kind");
        views.push(EffectView {
            index,
            kind: effect.name().to_owned(),
            entity: effect.entity().to_string(),
            detail,
            inverse: serde_json::to_value(effect.inverse())
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default(),
            state: state.to_owned(),
            delivery_key: delivery.map(|d| d.parcel.key.clone()),
        });
    }
    views
}

/// The mode's name as files and the API write it.
#[must_use]
pub const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Draft => "draft",
        Mode::Shadow => "shadow",
        Mode::Canary => "canary",
        Mode::Live => "live",
    }
}

/// Reads a mode's name.
#[must_use]
pub fn parse_mode(name: &str) -> Option<Mode> {
    [Mode::Draft, Mode::Shadow, Mode::Canary, Mode::Live].into_iter().find(|mode| mode_name(*mode) == name)
}
