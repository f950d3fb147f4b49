//! One market in memory: its place in the log, its policy, and the fold of everything so far.
//! The same steps run live, in recovery and in replay.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use decision::cel::Value as Cel;
use decision::{Chat, ChatView, Folding, Pack, Prepared, Window, World, chat};
use domain::{Decision, Effect, EntityRef, HOUR, Mode, Object, Time, Verdict};
use profile::{Agg, Input, Label, State};
use serde_json::Value;
use store::index::Hasher;
use store::log::MarketNo;

use crate::attempt::{Attempt, Attempts};
use crate::item::Item;
use crate::policy;

/// What came of one event.
pub(crate) struct Step {
    /// What policy says, where a rule hit.
    pub decision: Option<Decision>,
    /// The attempt that the event confirms.
    pub confirmed: Option<Attempt>,
}

/// The fold of one market's log.
pub(crate) struct Market {
    pub name: String,
    pub no: MarketNo,
    /// The last place used.
    pub seq: u64,
    pub pack: Arc<Pack>,
    pub state: State,
    pub attempts: Attempts,
    /// What the guard says of the conversation of the event folded last.
    heard: Option<ChatView>,
    hasher: Hasher,
    places: Vec<Option<Agg>>,
    /// Rules that spent their budget, until the policy changes.
    tripped: HashSet<String>,
    /// When each rule with a budget acted in the last hour.
    spent: HashMap<String, VecDeque<Time>>,
}

impl Market {
    /// A market whose log has been folded up to `seq` into `state`.
    pub fn new(name: &str, no: MarketNo, seq: u64, pack: Arc<Pack>, state: State, hasher: Hasher) -> Market {
        let places = policy::places(&pack, &state);
        Market {
            name: name.to_owned(),
            no,
            seq,
            pack,
            state,
            attempts: Attempts::default(),
            heard: None,
            hasher,
            places,
            tripped: HashSet::new(),
            spent: HashMap::new(),
        }
    }

    /// Folds an event and decides it: what the house knew, this event included.
    pub fn step(&mut self, item: &Item, seq: u64) -> Step {
        let confirmed = self.fold(item, seq);
        if decision::pack::is_house(&item.prepared.event.kind) {
            return Step { decision: None, confirmed };
        }
        let decision = self.decide(item, seq);
        if let Some(decision) = &decision {
            self.wear(item, decision);
        }
        let verdict = decision.as_ref().map_or(Verdict::Allow, |d| d.verdict);
        self.attempts.note(self.hasher, item, seq, verdict);
        Step { decision, confirmed }
    }

    /// Folds what the event says, without deciding; gives the attempt it confirms.
    pub fn fold(&mut self, item: &Item, seq: u64) -> Option<Attempt> {
        let Prepared { event, .. } = &item.prepared;
        self.state.learn(event.time);
        match event.kind.as_str() {
            "account.registered" => {
                if let Some(key) = item.keys.first() {
                    self.state.registered(*key, event.time, seq);
                }
            }
            "label.applied" | "label.lifted" => self.mark(item, seq),
            "rule.tripped" => drop(text(&event.data, "rule").map(|rule| self.tripped.insert(rule.to_owned()))),
            "rule.reset" => {
                if let Some(rule) = text(&event.data, "rule") {
                    self.tripped.remove(rule);
                    self.spent.remove(rule);
                }
            }
            _ => {}
        }
        let confirmed = self.attempts.confirm(self.hasher, item, seq);
        self.heard = self.hear(item, seq, confirmed.as_ref());
        fold_aggregates(&mut self.state, &self.places, item, seq, confirmed.as_ref());
        confirmed
    }

    /// Takes the event's turn in its conversation, once for an attempt and the fact that confirms it.
    fn hear(&mut self, item: &Item, seq: u64, confirmed: Option<&Attempt>) -> Option<ChatView> {
        let schema = item.pack.schemas.get(&item.prepared.event.kind)?;
        let (speaker, field, place) = chat::turn_of(schema, &item.prepared)?;
        let key = item.keys[place];
        let spoken = confirmed.and_then(|attempt| item.pack.schemas.get(&attempt.kind));
        if spoken.is_some_and(|schema| chat::turn_fields(schema).is_some()) {
            return Some(Chat::from_bytes(self.state.note(key)).view());
        }
        let mut view = None;
        self.state.fold_note(key, seq, |note| {
            let mut chat = Chat::from_bytes(note);
            view = Some(chat.step(speaker, field, &item.prepared.signals));
            chat.to_bytes()
        });
        view
    }

    /// Remembers what a decision tells people in a conversation.
    fn tell(&mut self, item: &Item, decision: &Decision) {
        for effect in &decision.effects {
            let Effect::Message { to, text, place: Some(place) } = effect else { continue };
            let Some(at) = item.prepared.entities.iter().position(|named| named.entity == *place) else { continue };
            self.state.fold_note(item.keys[at], decision.seq, |note| {
                let mut chat = Chat::from_bytes(note);
                chat.tell(&to.id, text);
                chat.to_bytes()
            });
        }
    }

    /// A message's words for a person: in the language they spoke last where it is said, as long as the market speaks it,
    /// else in the market's first; and in all of the market's, for a market that knows its people better.
    pub fn message(&self, key: &str, to: &EntityRef, place: Option<&EntityRef>, data: &Object) -> Object {
        let own = self.pack.manifest.markets.get(&self.name);
        let languages = own.map(|market| market.languages.as_slice()).unwrap_or_default();
        let spoken = place.and_then(|place| {
            let chat = Chat::from_bytes(self.state.note(self.hasher.entity(&place.kind, &place.id)));
            chat.language(&to.id).map(str::to_owned)
        });
        let spoken = spoken.filter(|spoken| languages.contains(spoken));
        let mut values = data.clone();
        values.insert("market".to_owned(), own.map_or(self.name.as_str(), |market| market.name.as_str()).into());
        let words = |language: &str| self.pack.messages.render(key, [language], &values);
        let texts: Object = languages.iter().filter_map(|l| words(l).map(|text| (l.clone(), text.into()))).collect();
        let order = || spoken.iter().chain(languages).map(String::as_str);
        let text = self.pack.messages.render(key, order(), &values);
        let mut said = Object::new();
        said.insert("text".to_owned(), text.into());
        said.insert("language".to_owned(), order().next().into());
        said.insert("texts".to_owned(), texts.into());
        said
    }

    fn decide(&self, item: &Item, seq: u64) -> Option<Decision> {
        let seen = Seen { market: self, keys: &item.keys, at: item.prepared.event.time };
        decision::decide(&self.pack, &item.prepared, seq, &seen)
    }

    /// Puts on and takes off the labels a decision on this event asks for.
    pub fn wear(&mut self, item: &Item, decision: &Decision) {
        self.tell(item, decision);
        let at = item.prepared.event.time;
        for effect in &decision.effects {
            let (entity, name, until, lifted) = match effect {
                Effect::Label { entity, name, ttl } => (entity, name, ttl.map(|ttl| at.plus(ttl)), false),
                Effect::Unlabel { entity, name } => (entity, name, None, true),
                _ => continue,
            };
            let Some(place) = item.prepared.entities.iter().position(|named| named.entity == *entity) else { continue };
            let by = decision.hits.iter().find(|h| h.mode != Mode::Shadow).map(|h| h.rule.clone()).unwrap_or_default();
            let label = Label { name: name.clone(), by, manual: false, why: String::new(), at, until, lifted };
            let key = item.keys[place];
            if lifted {
                self.state.unlabel(key, label, decision.seq)
            } else {
                self.state.label(key, label, decision.seq)
            };
        }
    }

    /// A person's label, or its lifting.
    fn mark(&mut self, item: &Item, seq: u64) {
        let event = &item.prepared.event;
        let (Some(key), Some(name)) = (item.keys.first(), text(&event.data, "name")) else { return };
        let lifted = event.kind == "label.lifted";
        let label = Label {
            name: name.to_owned(),
            by: event.actor.clone().unwrap_or_default(),
            manual: true,
            why: text(&event.data, "why").unwrap_or_default().to_owned(),
            at: event.time,
            until: event.data.get("ttl").and_then(Value::as_i64).map(|ttl| event.time.plus(ttl)),
            lifted,
        };
        if lifted {
            self.state.unlabel(*key, label, seq)
        } else {
            self.state.label(*key, label, seq)
        };
    }

    /// Switches to another policy; its aggregates must be in the state already. Spent budgets begin anew.
    pub fn adopt(&mut self, pack: Arc<Pack>) {
        self.places = policy::places(&pack, &self.state);
        self.pack = pack;
        self.tripped.clear();
        self.spent.clear();
    }

    /// Counts a decision's actions, made at `at`, against the budgets; gives the rules that have now spent theirs.
    pub fn spend(&mut self, decision: &Decision, at: Time) -> Vec<String> {
        let mut tripped = Vec::new();
        for hit in decision.hits.iter().filter(|hit| hit.mode != Mode::Shadow) {
            let Some(budget) = self.pack.rule(&hit.rule).and_then(|rule| rule.budget) else { continue };
            let spent = self.spent.entry(hit.rule.clone()).or_default();
            spent.retain(|earlier| at.since(*earlier) < HOUR);
            spent.push_back(at);
            if spent.len() >= budget as usize && !self.tripped.contains(&hit.rule) {
                tripped.push(hit.rule.clone());
            }
        }
        tripped
    }

    /// Remembers when a rule acted, oldest first, as the log tells.
    pub fn recount(&mut self, rule: &str, acted: impl IntoIterator<Item = Time>) {
        self.spent.entry(rule.to_owned()).or_default().extend(acted);
    }

    /// Rules in shadow for having spent their budget.
    pub fn tripped(&self) -> impl Iterator<Item = &String> {
        self.tripped.iter()
    }

    /// Remembers trips that were folded from the log before.
    pub fn trip(&mut self, rules: impl IntoIterator<Item = String>) {
        self.tripped.extend(rules);
    }
}

/// Folds an event into every aggregate it enters, but for those that have folded the attempt it confirms.
pub(crate) fn fold_aggregates(
    state: &mut State,
    places: &[Option<Agg>],
    item: &Item,
    seq: u64,
    confirmed: Option<&Attempt>,
) {
    let time = item.prepared.event.time;
    decision::foldings(&item.pack, &item.prepared, |Folding { aggregate, entity, value }| {
        let Some(agg) = places[aggregate] else { return };
        if confirmed.is_some_and(|attempt| item.pack.aggregates[aggregate].from.contains(&attempt.kind)) {
            return;
        }
        let input = match &value {
            None => Input::None,
            Some(Cel::Int(n)) => Input::Number(*n as f64),
            Some(Cel::UInt(n)) => Input::Number(*n as f64),
            Some(Cel::Double(n)) => Input::Number(*n),
            Some(Cel::String(text)) => Input::Text(text),
            Some(Cel::Bool(truth)) => Input::Number(f64::from(u8::from(*truth))),
            Some(_) => return,
        };
        state.fold(agg, item.keys[entity], input, time, seq);
    });
}

/// What the house knows as of one event.
struct Seen<'a> {
    market: &'a Market,
    keys: &'a [u64],
    at: Time,
}

impl World for Seen<'_> {
    fn aggregate(&self, aggregate: usize, entity: usize, window: Window) -> Option<Cel> {
        let agg = self.market.places[aggregate]?;
        let reading = self.market.state.read(agg, self.keys[entity], policy::window(window), self.at);
        reading.value.map(|value| match value {
            profile::Value::Int(n) => Cel::Int(n),
            profile::Value::Double(n) => Cel::Double(n),
            profile::Value::Text(text) => Cel::String(text),
        })
    }

    fn has_label(&self, entity: usize, label: &str) -> bool {
        self.market.state.has_label(self.keys[entity], label, self.at)
    }

    fn registered_at(&self, entity: usize) -> Option<Time> {
        let age = self.market.state.account_age(self.keys[entity], self.at)?;
        Some(self.at.plus(-age))
    }

    fn chat(&self) -> Option<&ChatView> {
        self.market.heard.as_ref()
    }

    fn may_tell(&self, to: &EntityRef, what: &str, place: &EntityRef) -> bool {
        let note = self.market.state.note(self.market.hasher.entity(&place.kind, &place.id));
        note.is_empty() || Chat::from_bytes(note).may_tell(&to.id, what)
    }

    fn is_tripped(&self, rule: usize) -> bool {
        !self.market.tripped.is_empty() && self.market.tripped.contains(&self.market.pack.rules[rule].name)
    }
}

/// A text member of an event's data.
pub(crate) fn text<'a>(data: &'a Object, name: &str) -> Option<&'a str> {
    data.get(name).and_then(Value::as_str)
}
