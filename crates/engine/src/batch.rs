//! One batch in one transaction: events appended and decided, cases opened, effects put out, or nothing.

use std::collections::HashMap;
use std::sync::Arc;

use decision::Pack;
use desk::case;
use domain::{Answer, Decision, Effect, Event, Object, Time, Verdict};
use serde_json::json;
use store::index::{Hasher, Posted};
use store::jobs::{self, Job};
use store::log::{self, Entry};
use store::outbox::{self, Parcel};
use store::{Tx, decisions, params};

use crate::attempt::Attempt;
use crate::error::Error;
use crate::item::Item;
use crate::live::Live;
use crate::market::{Market, Step, text};
use crate::recover::Side;
use crate::{ban, policy, records};

/// What a batch writes for one market.
#[derive(Default)]
pub(crate) struct Pages {
    entries: Vec<Entry>,
    decided: Vec<decisions::Decided>,
    parcels: Vec<Parcel>,
    posted: Vec<Posted>,
    /// Answers by seq, and seqs by hash of identity, for repeats inside the batch.
    answers: HashMap<u64, Answer>,
    seqs: HashMap<u64, Vec<u64>>,
}

/// A batch under way.
pub(crate) struct Batch<'t, 'c> {
    pub tx: &'t mut Tx<'c>,
    pub hasher: Hasher,
    pub pages: HashMap<String, Pages>,
    pub notes: Vec<Live>,
    /// Whether anybody listens to the notes.
    pub heard: bool,
}

impl<'t, 'c> Batch<'t, 'c> {
    /// An empty batch; `heard` says whether anybody listens to its notes.
    pub fn new(tx: &'t mut Tx<'c>, hasher: Hasher, heard: bool) -> Self {
        Batch { tx, hasher, pages: HashMap::new(), notes: Vec::new(), heard }
    }

    /// Appends an event to its market's log, folds and decides it, and writes what follows.
    pub fn append(&mut self, market: &mut Market, item: Item) -> Result<Answer, Error> {
        let item = if item.pack.hash == market.pack.hash { item } else { item.rebased(&market.pack, self.hasher) };
        records::fetch(self.tx, market, &item.keys)?;
        let seq = market.seq + 1;
        let Step { decision, confirmed } = market.step(&item, seq);
        market.seq = seq;
        let mut entry = item.entry(seq);
        if let Some(decision) = &decision {
            (entry.verdict, entry.score) = (decision.verdict, decision.score);
            self.follow(market, &item, decision)?;
        }
        self.remember(market, &item, seq)?;
        let answer =
            Answer { seq, verdict: entry.verdict, score: entry.score, decision, duplicate: false, differs: false };
        self.write(market, &item, entry, &answer);
        self.aftermath(market, &item, &answer, confirmed)?;
        Ok(answer)
    }

    /// What the house itself notes about an event: budgets spent by it, and a hold or block that was not kept.
    fn aftermath(
        &mut self,
        market: &mut Market,
        item: &Item,
        answer: &Answer,
        confirmed: Option<Attempt>,
    ) -> Result<(), Error> {
        let at = item.prepared.event.received_at;
        let seq = answer.seq;
        if let Some(attempt) = confirmed.filter(|attempt| attempt.verdict >= Verdict::Hold) {
            let entity = item.prepared.entities.first().map(|named| named.entity.to_string());
            let data = json!({"entity": entity, "attempt": attempt.seq, "verdict": attempt.verdict, "event": seq});
            self.house(market, "attempt.overruled", &format!("overruled-{seq}"), at, None, data)?;
        }
        let Some(decision) = &answer.decision else { return Ok(()) };
        for rule in market.spend(decision, at) {
            let data = json!({"rule": rule, "event": seq});
            self.house(market, "rule.tripped", &format!("trip-{seq}-{rule}"), at, None, data)?;
        }
        Ok(())
    }

    /// Appends an event of the house itself.
    pub fn house(
        &mut self,
        market: &mut Market,
        kind: &str,
        id: &str,
        at: Time,
        actor: Option<&str>,
        data: serde_json::Value,
    ) -> Result<u64, Error> {
        let data: Object = match data {
            serde_json::Value::Object(data) => data,
            _ => Object::new(),
        };
        let event = Event {
            id: id.to_owned(),
            source: "vigie".to_owned(),
            kind: kind.to_owned(),
            market: market.name.clone(),
            subject: text(&data, "entity").map(str::to_owned),
            time: at,
            received_at: at,
            actor: actor.map(str::to_owned),
            data,
        };
        let item = Item::house(&market.pack, self.hasher, event);
        self.append(market, item).map(|answer| answer.seq)
    }

    fn write(&mut self, market: &Market, item: &Item, entry: Entry, answer: &Answer) {
        let pages = self.pages.entry(market.name.clone()).or_default();
        pages.posted.push(Posted { seq: entry.seq, key: item.identity, entities: item.keys.clone() });
        if let Some(decision) = &answer.decision {
            let mut rules: Vec<_> = decision.hits.iter().map(|hit| (hit.rule.clone(), hit.mode)).collect();
            rules.dedup_by(|a, b| a.0 == b.0);
            let body = serde_json::to_string(decision).unwrap_or_default();
            pages.decided.push(decisions::Decided { seq: entry.seq, verdict: decision.verdict, body, rules });
        }
        if self.heard {
            self.notes.push(Live::event(&market.name, item, &entry, answer.decision.as_ref()));
        }
        pages.answers.insert(entry.seq, answer.clone());
        pages.seqs.entry(item.identity).or_default().push(entry.seq);
        pages.entries.push(entry);
    }

    /// Cases and outward effects of a decision; labels were folded with it.
    fn follow(&mut self, market: &Market, item: &Item, decision: &Decision) -> Result<(), Error> {
        let event = &item.prepared.event;
        for (idx, effect) in decision.effects.iter().enumerate() {
            let key = format!("{}-{}-{idx}", market.name, decision.seq);
            match effect {
                Effect::Enqueue { entity, queue, sla } => {
                    let due_at = sla.map(|sla| event.received_at.plus(sla));
                    let entity = entity.to_string();
                    let (seq, at, score) = (decision.seq, event.time, decision.score);
                    let question = case::Question {
                        id: &key,
                        market: &market.name,
                        queue,
                        entity: &entity,
                        seq,
                        at,
                        due_at,
                        score,
                    };
                    let (id, new) = case::open_or_join(self.tx, &question)?;
                    if let (true, Some(due_at)) = (new, due_at) {
                        let job = Job {
                            market: market.no,
                            kind: "case.due".into(),
                            key: id.clone(),
                            due_at,
                            body: "{}".into(),
                        };
                        jobs::put(self.tx, &job)?;
                    }
                    self.notes.push(Live::Case { market: market.name.clone(), id, queue: queue.clone(), entity, new });
                }
                Effect::Message { .. } | Effect::Mask { .. } | Effect::Webhook { .. } => {
                    let (kind, body) = outward(market, item, decision, effect);
                    let parcel = Parcel {
                        seq: decision.seq,
                        idx: idx as u32,
                        key,
                        kind: effect.name().to_owned(),
                        target: "market".to_owned(),
                        entity: effect.entity().to_string(),
                        body: json!({"type": kind, "timestamp": event.received_at.to_string(), "data": body})
                            .to_string(),
                        next_at: event.received_at,
                        created_at: event.received_at,
                    };
                    self.send(market, parcel);
                }
                Effect::Label { entity, name, .. } => ban::begin(self, market, entity, name, event.received_at)?,
                Effect::Unlabel { entity, name } => ban::end(self, market, entity, name)?,
            }
        }
        Ok(())
    }

    /// Puts a parcel into the outbox with this batch.
    pub fn send(&mut self, market: &Market, parcel: Parcel) {
        self.pages.entry(market.name.clone()).or_default().parcels.push(parcel);
    }

    /// What some events of the house leave in tables beside the log.
    fn remember(&mut self, market: &Market, item: &Item, seq: u64) -> Result<(), Error> {
        let event = &item.prepared.event;
        let rule = text(&event.data, "rule").unwrap_or_default();
        match event.kind.as_str() {
            "label.applied" | "label.lifted" => {
                if let (Some(named), Some(name)) = (item.prepared.entities.first(), text(&event.data, "name")) {
                    match event.kind.as_str() {
                        "label.applied" => ban::begin(self, market, &named.entity, name, event.received_at)?,
                        _ => ban::end(self, market, &named.entity, name)?,
                    }
                }
            }
            "rule.tripped" => {
                let sql =
                    "insert into rule_trip (market, rule, seq, at) values ($1, $2, $3, $4) on conflict do nothing";
                self.tx.execute(sql, &params![&market.name, rule, seq, event.time])?;
            }
            "rule.reset" => {
                self.tx
                    .execute("delete from rule_trip where market = $1 and rule = $2", &params![&market.name, rule])?;
                let sql = "insert into rule_reset (market, rule, seq) values ($1, $2, $3) \
                           on conflict (market, rule) do update set seq = excluded.seq";
                self.tx.execute(sql, &params![&market.name, rule, seq])?;
            }
            "policy.activated" => {
                self.tx.execute("delete from rule_trip where market = $1", &params![&market.name])?;
                self.tx.execute("delete from rule_reset where market = $1", &params![&market.name])?;
                policy::activated(self.tx, &market.name, seq, text(&event.data, "hash").unwrap_or_default())?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The first answer to an event that was seen before.
    pub fn repeat(&mut self, market: &Market, seq: u64, digest: [u8; 16]) -> Result<Answer, Error> {
        if let Some(pages) = self.pages.get(&market.name)
            && let Some(first) = pages.answers.get(&seq)
        {
            let differs = pages.entries.iter().any(|e| e.seq == seq && e.digest != digest);
            return Ok(Answer { duplicate: true, differs, ..first.clone() });
        }
        let gone = || Error::Corrupt { what: "event", fault: format!("{} has no seq {seq}", market.name) };
        let entry = log::get(self.tx, market.no, seq)?.ok_or_else(gone)?;
        let decision = match decisions::get(self.tx, market.no, seq)? {
            Some(body) => Some(
                serde_json::from_str(&body)
                    .map_err(|fault| Error::Corrupt { what: "decision", fault: fault.to_string() })?,
            ),
            None => None,
        };
        Ok(Answer {
            seq,
            verdict: entry.verdict,
            score: entry.score,
            decision,
            duplicate: true,
            differs: entry.digest != digest,
        })
    }

    /// The seq that an earlier event of this batch with this identity has.
    pub fn earlier(&self, market: &str, identity: u64, source: &str, id: &str) -> Option<u64> {
        let pages = self.pages.get(market)?;
        let first = pages.entries.first()?.seq;
        let same =
            |seq: &&u64| pages.entries.get((**seq - first) as usize).is_some_and(|e| e.source == source && e.id == id);
        pages.seqs.get(&identity)?.iter().find(same).copied()
    }

    /// The last seq of a market that is committed.
    pub fn committed(&self, market: &Market) -> u64 {
        market.seq - self.pages.get(&market.name).map_or(0, |pages| pages.entries.len() as u64)
    }

    /// Folds this batch's own events of a market into new aggregates that have folded the committed log.
    pub fn fold_uncommitted(&self, market: &Market, pack: &Arc<Pack>, side: &mut Side) -> Result<(), Error> {
        let places = policy::places(pack, &side.state);
        for entry in self.pages.get(&market.name).map_or(&[][..], |pages| &pages.entries) {
            let item = Item::from_entry(pack, self.hasher, &market.name, entry)?;
            side.fold(self.hasher, &places, &item, entry);
        }
        Ok(())
    }

    /// Writes what was gathered; the caller commits. `dirty` bounds the checkpoint records written along.
    pub fn flush(&mut self, markets: &mut HashMap<String, Market>, dirty: usize) -> Result<(), Error> {
        markets.values_mut().try_for_each(|market| self.flush_one(market, dirty))
    }

    /// Writes what was gathered for one market.
    pub fn flush_one(&mut self, market: &mut Market, dirty: usize) -> Result<(), Error> {
        if let Some(pages) = self.pages.get(&market.name) {
            log::append(self.tx, market.no, &pages.entries)?;
            decisions::put(self.tx, market.no, &pages.decided)?;
            outbox::put(self.tx, market.no, &pages.parcels)?;
            if !pages.parcels.is_empty() {
                self.notes.push(Live::Deliveries { market: market.name.clone() });
            }
        }
        records::keep(self.tx, market, dirty)
    }

    /// What the index must be told after the commit, by market.
    pub fn into_posted(self) -> (HashMap<String, Vec<Posted>>, Vec<Live>) {
        (self.pages.into_iter().map(|(name, pages)| (name, pages.posted)).collect(), self.notes)
    }
}

/// Two JSON objects as one.
pub(crate) fn joined(mut body: serde_json::Value, more: Object) -> serde_json::Value {
    if let Some(body) = body.as_object_mut() {
        body.extend(more);
    }
    body
}

/// What an outward effect tells the market's systems: the hook's name and its data.
fn outward(market: &Market, item: &Item, decision: &Decision, effect: &Effect) -> (String, serde_json::Value) {
    let event = &item.prepared.event;
    let about = json!({
        "market": market.name, "seq": decision.seq, "event": event.id, "event_type": event.kind, "subject": event.subject,
        "verdict": decision.verdict, "score": decision.score,
        "rules": decision.hits.iter().map(|hit| &hit.rule).collect::<Vec<_>>(),
    });
    match effect {
        Effect::Message { to, text, place } => {
            let said = market.message(text, to, place.as_ref(), &event.data);
            let place = place.as_ref().map(ToString::to_string);
            let body = json!({"to": to.to_string(), "place": place, "key": text, "about": about});
            ("message.requested".to_owned(), joined(body, said))
        }
        Effect::Mask { entity, spans } => {
            ("message.masked".to_owned(), json!({"entity": entity.to_string(), "spans": spans, "about": about}))
        }
        Effect::Webhook { name, entity, body } => {
            (name.clone(), json!({"entity": entity.to_string(), "about": about, "more": body}))
        }
        _ => (effect.name().to_owned(), about),
    }
}
