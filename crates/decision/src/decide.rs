//! The decision: an event, what the house knows, and the rules in force. Same input, same decision.

use domain::{Decision, Effect, EntityRef, Event, FieldError, Hit, Mode, Object, Read, Time, Verdict};
use jiff::SignedDuration;
use serde_json::Value as Json;

use crate::cel::{Context, Facts, NoFacts, Outcome, Slot, Source, Tri, Value};
use crate::chat::ChatView;
use crate::pack::{Action, Known, Linked, OnMissing, Pack, Rule, Schema, Signals, Window};

/// An event that fits its schema, ready for the market's worker: personal fields apart, signals read.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The event; `data` holds no personal field.
    pub event: Event,
    /// The personal fields.
    pub personal: domain::Personal<Object>,
    /// The entities it names.
    pub entities: Vec<Named>,
    /// What was read from its texts.
    pub signals: Signals,
}

/// An entity and the field that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Index into the schema's fields.
    pub field: usize,
    /// The entity.
    pub entity: EntityRef,
}

/// What the house knows beyond the event; `entity` is an index into [`Prepared::entities`].
pub trait World {
    /// An aggregate over a window, as of the event; `None` where it is missing.
    fn aggregate(&self, aggregate: usize, entity: usize, window: Window) -> Option<Value>;
    /// Whether the entity wears a label.
    fn has_label(&self, entity: usize, label: &str) -> bool;
    /// When the entity registered.
    fn registered_at(&self, entity: usize) -> Option<Time>;
    /// The conversation the event belongs to, this event's turn included; none when it belongs to none.
    fn chat(&self) -> Option<&ChatView>;
    /// Whether a person may be told something in a conversation: each thing once, never at two turns in a row.
    fn may_tell(&self, to: &EntityRef, what: &str, place: &EntityRef) -> bool;
    /// Whether a rule has spent its budget and fell back to shadow.
    fn is_tripped(&self, rule: usize) -> bool;
}

/// Checks an event against the pack and reads its texts.
///
/// # Errors
/// The field at fault: an unknown type or market, or data that does not fit the schema.
pub fn prepare(pack: &Pack, mut event: Event) -> Result<Prepared, FieldError> {
    if !pack.manifest.markets.contains_key(&event.market) {
        let known = pack.manifest.markets.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(FieldError::new("market", format!("there is no market `{}`; there are: {known}", event.market)));
    }
    let Some(schema) = pack.schemas.get(&event.kind) else {
        if event.kind.starts_with("custom.") {
            return Ok(Prepared {
                event,
                personal: domain::Personal::default(),
                entities: Vec::new(),
                signals: Signals::default(),
            });
        }
        let near = crate::cel::closest(&event.kind, pack.schemas.keys().map(String::as_str));
        let hint = near.map_or_else(
            || "declare it in events/, or send it as custom.*".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(FieldError::new("type", format!("unknown event type `{}`; {hint}", event.kind)));
    };
    schema.make(&mut event.data);
    schema.check(&event.data)?;
    let signals = pack.lexicon.signals(&pack.reader, schema, &event.data);
    let personal = schema.split_personal(&mut event.data);
    if event.subject.is_none() {
        event.subject =
            schema.subject.as_ref().and_then(|s| event.data.get(s)).and_then(Json::as_str).map(str::to_owned);
    }
    let entities = named(schema, &event.data);
    Ok(Prepared { event, personal: domain::Personal::new(personal), entities, signals })
}

/// The entities of an event already in the log.
#[must_use]
pub fn restore(pack: &Pack, event: Event, signals: Signals) -> Prepared {
    let entities = pack.schemas.get(&event.kind).map(|schema| named(schema, &event.data)).unwrap_or_default();
    Prepared { event, personal: domain::Personal::default(), entities, signals }
}

fn named(schema: &Schema, data: &Object) -> Vec<Named> {
    let mut found = Vec::with_capacity(4);
    for (index, field) in schema.fields.iter().enumerate() {
        if let (crate::pack::FieldType::Entity(kind), Some(Json::String(id))) = (&field.kind, data.get(&field.name)) {
            found.push(Named { field: index, entity: EntityRef::new(kind.clone(), id.clone()) });
        }
    }
    found
}

impl Prepared {
    /// The index of the entity that a field names.
    #[must_use]
    pub fn entity(&self, field: usize) -> Option<usize> {
        self.entities.iter().position(|named| named.field == field)
    }
}

/// What an event brings to one aggregate.
#[derive(Debug)]
pub struct Folding {
    /// Index into the pack's aggregates.
    pub aggregate: usize,
    /// Index into [`Prepared::entities`].
    pub entity: usize,
    /// The value folded; `None` where the function needs none.
    pub value: Option<Value>,
}

/// Which aggregates an event enters, and with what.
pub fn foldings(pack: &Pack, prepared: &Prepared, mut fold: impl FnMut(Folding)) {
    let Some(linked) = pack.linked.get(&prepared.event.kind) else { return };
    if linked.folds.is_empty() {
        return;
    }
    let slots = linked.slots(prepared);
    let context = Context { slots: &slots, facts: &NoFacts };
    for entry in &linked.folds {
        let Some(entity) = prepared.entity(entry.field) else { continue };
        if entry.when.as_ref().is_some_and(|when| when.eval_bool(&context) != Tri::True) {
            continue;
        }
        let value = match &entry.of {
            Some(of) => match of.eval(&context) {
                Ok(value) => Some(value),
                Err(_) => continue,
            },
            None => None,
        };
        fold(Folding { aggregate: entry.aggregate, entity, value });
    }
}

impl Linked {
    /// The event's values in the places the compiled rules look.
    pub(crate) fn slots<'a>(&self, prepared: &'a Prepared) -> Vec<Slot<'a>> {
        let mut slots = Vec::new();
        let event = &prepared.event;
        self.loader.load_with(|name| event.data.get(name), &mut slots);
        let mut set = |slot: Option<u32>, value: Slot<'a>| {
            if let Some(place) = slot.and_then(|n| slots.get_mut(n as usize)) {
                *place = value;
            }
        };
        let own = &self.event_slots;
        set(own.kind, Slot::Str(&event.kind));
        set(own.market, Slot::Str(&event.market));
        set(own.source, Slot::Str(&event.source));
        set(own.time, crate::cel::Timestamp::from_micros(event.time.0).map_or(Slot::Missing, Slot::Timestamp));
        for (name, slot) in &self.signal_slots {
            let value = match (name.as_str(), &prepared.signals.lang) {
                ("lang", Some(lang)) => Slot::Str(lang),
                ("lang", None) => Slot::Missing,
                ("lure", _) => prepared.signals.lure.map_or(Slot::Missing, Slot::Double),
                (list, _) => match list.split_once('.') {
                    Some(("act", act)) => Slot::Double(prepared.signals.act(act)),
                    Some((_, kind)) => Slot::Int(prepared.signals.identifiers_of(kind)),
                    None => Slot::Int(prepared.signals.count(list)),
                },
            };
            set(Some(*slot), value);
        }
        slots
    }
}

/// Asks the world for the readings of one event type.
struct Readings<'a, W> {
    pack: &'a Pack,
    linked: &'a Linked,
    prepared: &'a Prepared,
    world: &'a W,
}

impl<W: World> Facts for Readings<'_, W> {
    fn read(&self, id: u32) -> Option<Value> {
        let event = &self.prepared.event;
        match self.linked.known.get(id as usize)? {
            Known::Aggregate { aggregate, field, window } => {
                self.world.aggregate(*aggregate, self.prepared.entity(*field)?, *window)
            }
            Known::Age { field } => {
                let registered = self.world.registered_at(self.prepared.entity(*field)?)?;
                Some(Value::Duration(SignedDuration::from_micros(event.time.since(registered).max(0))))
            }
            Known::Label { field, label } => {
                Some(Value::Bool(self.world.has_label(self.prepared.entity(*field)?, label)))
            }
            Known::Cap { field } => price_cap(self.pack, event, *field),
            Known::Chat(what) => self.world.chat().map(|chat| what.of(chat)),
        }
    }
}

/// The cap for the category that a field of the event names.
pub(crate) fn price_cap(pack: &Pack, event: &Event, field: usize) -> Option<Value> {
    let name = &pack.schemas.get(&event.kind)?.fields.get(field)?.name;
    pack.prices.cap(&event.market, event.data.get(name)?.as_str()?).map(Value::Double)
}

/// What policy says of an event at place `seq` of its market's log; `None` when no rule hit, which allows it.
pub fn decide(pack: &Pack, prepared: &Prepared, seq: u64, world: &impl World) -> Option<Decision> {
    let linked = pack.linked.get(&prepared.event.kind)?;
    if linked.rules.is_empty() {
        return None;
    }
    let slots = linked.slots(prepared);
    let facts = Readings { pack, linked, prepared, world };
    let mut outcome = Outcome::default();
    linked.set.eval(&Context { slots: &slots, facts: &facts }, &mut outcome);
    let mut hits = Vec::new();
    let mut acting = Vec::new();
    for (position, missing) in outcomes(&outcome) {
        let index = linked.rules[position];
        let rule = &pack.rules[index];
        let expired = rule.allow_until.is_some_and(|until| prepared.event.time >= until);
        if expired || missing && rule.on_missing != OnMissing::Review {
            continue;
        }
        let mode = effective_mode(rule, index, prepared, world);
        if mode != Mode::Shadow {
            acting.push((index, missing));
        }
        hits.push(Hit {
            rule: rule.name.clone(),
            mode,
            verdict: if missing { Verdict::Review } else { rule.verdict },
            missing,
            reads: linked.reads[position].iter().map(|read| read_value(read, &slots, &facts)).collect(),
            spans: spans_of(&linked.reads[position], &prepared.signals),
        });
    }
    if hits.is_empty() {
        return None;
    }
    let (verdict, score, effects) = resolve(pack, prepared, &acting, world);
    Some(Decision {
        market: prepared.event.market.clone(),
        seq,
        policy: pack.hash.clone(),
        verdict,
        score,
        hits,
        effects,
    })
}

/// Rules that hit and rules that could not be evaluated (true), in the pack's order.
fn outcomes(outcome: &Outcome) -> Vec<(usize, bool)> {
    let hits = outcome.hits.iter().map(|n| (*n as usize, false));
    let mut all: Vec<(usize, bool)> = hits.chain(outcome.faults.iter().map(|(n, _)| (*n as usize, true))).collect();
    all.sort_unstable();
    all
}

/// Canary acts on a fixed share of entities, drawn by hash; a tripped rule is in shadow.
fn effective_mode(rule: &Rule, index: usize, prepared: &Prepared, world: &impl World) -> Mode {
    match rule.mode {
        _ if world.is_tripped(index) => Mode::Shadow,
        Mode::Canary => {
            let who = prepared.entities.first().map(|named| named.entity.to_string()).unwrap_or_default();
            if draw(&rule.name, &who) < rule.canary { Mode::Canary } else { Mode::Shadow }
        }
        mode => mode,
    }
}

/// A number from 0 up to 1, fixed for a rule and an entity.
fn draw(rule: &str, entity: &str) -> f64 {
    use sha2::Digest;
    let digest: [u8; 32] = sha2::Sha256::digest(format!("{rule}\n{entity}")).into();
    let head = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    f64::from(head) / (f64::from(u32::MAX) + 1.0)
}

fn read_value(read: &crate::cel::Read, slots: &[Slot<'_>], facts: &impl Facts) -> Read {
    let value = match read.source {
        Source::Slot(n) => slots.get(n as usize).map(Slot::to_json),
        Source::Reading(id) => facts.read(id).map(|v| v.to_json()),
    };
    Read { name: read.name.clone(), value: value.unwrap_or(Json::Null) }
}

/// The places in the texts behind the signals a rule reads.
fn spans_of(reads: &[crate::cel::Read], signals: &Signals) -> Vec<domain::Span> {
    let mut spans: Vec<domain::Span> = Vec::new();
    for place in reads.iter().flat_map(|read| signals.places(&read.name)) {
        if !spans.contains(&place) {
            spans.push(place);
        }
    }
    spans
}

/// The conflict order: sanction, then allow with expiry, then block, hold, review, warn, allow.
fn resolve(
    pack: &Pack,
    prepared: &Prepared,
    acting: &[(usize, bool)],
    world: &impl World,
) -> (Verdict, f64, Vec<Effect>) {
    let rules = || acting.iter().map(|(index, missing)| (&pack.rules[*index], *missing));
    let sanctioned = rules().any(|(rule, _)| rule.sanction);
    let allowed = !sanctioned && rules().any(|(rule, missing)| rule.allows && !missing);
    let counts = |rule: &Rule| if allowed { rule.verdict == Verdict::Allow } else { !sanctioned || !rule.allows };
    let mut verdict = Verdict::Allow;
    let mut innocent = 1.0;
    let mut effects: Vec<Effect> = Vec::new();
    for (rule, missing) in rules().filter(|(rule, _)| counts(rule)) {
        verdict = verdict.max(if missing { Verdict::Review } else { rule.verdict });
        innocent *= 1.0 - rule.score;
        for action in &rule.then {
            // A rule that could not read its values only asks people to look.
            if missing && !matches!(action, Action::Enqueue { .. }) {
                continue;
            }
            if let Some(effect) = effect(pack, prepared, action)
                && !effects.contains(&effect)
                && is_news(&effect, &effects, world)
            {
                effects.push(effect);
            }
        }
    }
    (verdict, ((1.0 - innocent) * 1000.0_f64).round() / 1000.0, effects)
}

/// Whether a message has not been said yet where it would be said; one decision tells one person one thing there.
fn is_news(effect: &Effect, before: &[Effect], world: &impl World) -> bool {
    let Effect::Message { to, text, place: Some(place) } = effect else { return true };
    let told =
        |other: &Effect| matches!(other, Effect::Message { to: who, place: Some(at), .. } if who == to && at == place);
    !before.iter().any(told) && world.may_tell(to, text, place)
}

/// An action with the event's own entities; none when the event names no such entity.
fn effect(pack: &Pack, prepared: &Prepared, action: &Action) -> Option<Effect> {
    let schema = pack.schemas.get(&prepared.event.kind)?;
    let entity = |name: &str| {
        let field = schema.fields.iter().position(|f| f.name == name)?;
        prepared.entity(field).map(|index| prepared.entities[index].entity.clone())
    };
    Some(match action {
        Action::Label { entity: who, name, ttl } => {
            Effect::Label { entity: entity(who)?, name: name.clone(), ttl: *ttl }
        }
        Action::Unlabel { entity: who, name } => Effect::Unlabel { entity: entity(who)?, name: name.clone() },
        Action::Enqueue { entity: who, queue, sla } => {
            let sla = sla.or_else(|| pack.manifest.queues.get(queue).and_then(|q| q.sla));
            Effect::Enqueue { entity: entity(who)?, queue: queue.clone(), sla }
        }
        Action::Message { to, text, place } => {
            Effect::Message { to: entity(to)?, text: text.clone(), place: place.as_deref().and_then(entity) }
        }
        Action::Mask { entity: who, what } => {
            let kinds = what.kinds();
            let passed = prepared.signals.identifiers.iter().filter(|one| kinds.contains(&one.kind.as_str()));
            let spans: Vec<domain::Span> = passed
                .map(|one| domain::Span {
                    field: one.field.clone(),
                    start: one.start,
                    end: one.end,
                    signal: format!("id.{}", one.kind),
                })
                .collect();
            if spans.is_empty() {
                return None;
            }
            Effect::Mask { entity: entity(who)?, spans }
        }
        Action::Webhook { name, entity: who } => {
            Effect::Webhook { name: name.clone(), entity: entity(who)?, body: Object::new() }
        }
    })
}
