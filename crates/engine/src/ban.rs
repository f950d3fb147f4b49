//! When somebody is banned, the people they wrote with are told: a timer that waits until the ban has stood for a while, and
//! the walk back through the banned person's conversations.

use std::collections::BTreeMap;

use domain::{DAY, EntityRef, Time};
use serde_json::json;
use store::jobs::{self, Job};
use store::log::EntityAt;
use store::outbox::Parcel;

use crate::batch::Batch;
use crate::error::Error;
use crate::market::Market;
use crate::{Shared, records};

/// The timer's kind.
pub(crate) const JOB: &str = "ban.tell";
/// Events of the banned person that are looked at, newest first, and how many at once.
const LIMIT_EVENTS: usize = 2_000;
const PAGE: usize = 200;
/// The most people one ban tells.
const LIMIT_TOLD: usize = 500;

/// Whom one ban tells, each with the conversation they last wrote in.
pub(crate) type Counterparts = BTreeMap<EntityRef, EntityRef>;

/// Sets the timer when a label is a ban.
pub(crate) fn begin(
    batch: &mut Batch<'_, '_>,
    market: &Market,
    entity: &EntityRef,
    label: &str,
    at: Time,
) -> Result<(), Error> {
    let Some(bans) = market.pack.manifest.bans.as_ref().filter(|bans| bans.labels.iter().any(|own| own == label))
    else {
        return Ok(());
    };
    if entity.kind != "user" {
        return Ok(());
    }
    let body = json!({"label": label, "at": at.to_string()}).to_string();
    let due_at = at.plus(bans.after);
    Ok(jobs::put(batch.tx, &Job { market: market.no, kind: JOB.into(), key: entity.to_string(), due_at, body })?)
}

/// Takes the timer back when a ban is lifted before anybody was told.
pub(crate) fn end(batch: &mut Batch<'_, '_>, market: &Market, entity: &EntityRef, label: &str) -> Result<(), Error> {
    let bans = market.pack.manifest.bans.as_ref();
    if bans.is_some_and(|bans| bans.labels.iter().any(|own| own == label)) {
        jobs::cancel(batch.tx, market.no, JOB, &entity.to_string())?;
    }
    Ok(())
}

/// Walks back through a banned person's conversations. Reads only, and outside the batch: it may take a moment.
pub(crate) fn counterparts(
    shared: &Shared,
    market: &str,
    days: u32,
    banned: &EntityRef,
    now: Time,
) -> Result<Counterparts, Error> {
    let mut found = Counterparts::new();
    let Some(known) = shared.known(market) else { return Ok(found) };
    let since = now.plus(-i64::from(days) * DAY);
    let (mut before, mut seen) = (None, 0);
    while seen < LIMIT_EVENTS && found.len() < LIMIT_TOLD {
        let page = known.index.entries(&banned.kind, &banned.id, before, PAGE)?;
        seen += page.items.len();
        for entry in &page.items {
            let entities = entry.entities()?;
            let place = entities.iter().find(|EntityAt(_, entity)| entity.kind == "conversation");
            let Some(EntityAt(_, place)) = place.filter(|_| entry.time >= since) else { continue };
            for EntityAt(_, other) in entities.iter().filter(|EntityAt(_, e)| e.kind == "user" && e != banned) {
                found.entry(other.clone()).or_insert_with(|| place.clone());
            }
        }
        let old = page.items.last().is_some_and(|entry| entry.time < since);
        match page.next.filter(|_| !old) {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    while found.len() > LIMIT_TOLD {
        found.pop_last();
    }
    Ok(found)
}

/// Puts the messages out, in the name of the fact that says so. Whoever has lost the label meanwhile is no reason to tell.
pub(crate) fn tell(
    batch: &mut Batch<'_, '_>,
    market: &mut Market,
    job: &Job,
    counterparts: &Counterparts,
    now: Time,
) -> Result<(), Error> {
    let (Some(banned), Some(bans)) = (EntityRef::parse(&job.key), market.pack.manifest.bans.clone()) else {
        return Ok(());
    };
    let key = batch.hasher.entity(&banned.kind, &banned.id);
    records::fetch(batch.tx, market, &[key])?;
    if counterparts.is_empty() || !bans.labels.iter().any(|label| market.state.has_label(key, label, now)) {
        return Ok(());
    }
    let data = json!({"entity": job.key, "told": counterparts.len(), "message": bans.tell});
    let id = format!("ban-{}-{}", job.key, job.due_at.0);
    let seq = batch.house(market, "ban.told", &id, now, None, data)?;
    for (idx, (to, place)) in counterparts.iter().enumerate() {
        let keys = [batch.hasher.entity(&place.kind, &place.id)];
        records::fetch(batch.tx, market, &keys)?;
        let body = market.message(&bans.tell, to, Some(place), &domain::Object::new());
        let about = json!({"market": market.name, "seq": seq, "event_type": "ban.told", "subject": job.key});
        let data = json!({"to": to.to_string(), "place": place.to_string(), "key": bans.tell, "about": about});
        let data = crate::batch::joined(data, body);
        let parcel = Parcel {
            seq,
            idx: idx as u32,
            key: format!("{}-{seq}-{idx}", market.name),
            kind: "message".to_owned(),
            target: "market".to_owned(),
            entity: to.to_string(),
            body: json!({"type": "message.requested", "timestamp": now.to_string(), "data": data}).to_string(),
            next_at: now,
            created_at: now,
        };
        batch.send(market, parcel);
    }
    Ok(())
}
