//! The second door: what people and the bot want. A command may be refused; when it is accepted it writes facts.

use desk::case::{self, Finding};
use domain::{Effect, EntityRef, FieldError, Time};
use serde::Serialize;
use serde_json::json;
use store::{Query, decisions, jobs, log, outbox, params};

use crate::batch::Batch;
use crate::error::{Error, Refusal};
use crate::live::Live;
use crate::market::Market;

/// Who wants it: an agent's login. What they may do was decided at the border.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor(pub String);

/// What somebody wants done in one market.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Put a label on an entity.
    Label {
        /// Who wears it.
        entity: EntityRef,
        /// Its name.
        name: String,
        /// Life in microseconds; none means until lifted.
        ttl: Option<i64>,
        /// Why.
        why: String,
    },
    /// Take a label off, whoever put it on.
    Unlabel {
        /// Who wears it.
        entity: EntityRef,
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// Take a case.
    Claim {
        /// The case.
        id: String,
    },
    /// Close a case with a finding.
    Close {
        /// The case.
        id: String,
        /// What was found.
        finding: Finding,
        /// In the finder's words.
        note: String,
        /// Which acts of the conversation were found, by name; empty when none was named.
        acts: Vec<String>,
    },
    /// Open a closed case again.
    Reopen {
        /// The case.
        id: String,
        /// Why.
        why: String,
    },
    /// Take back what a decision did, as far as it can be.
    Undo {
        /// The decided event.
        seq: u64,
        /// Why.
        why: String,
    },
    /// Send a failed delivery again at once.
    Retry {
        /// Its key.
        key: String,
    },
    /// Withdraw a delivery that has not gone out.
    Cancel {
        /// Its key.
        key: String,
    },
    /// Let a rule that spent its budget act again.
    Reset {
        /// The rule.
        rule: String,
    },
}

/// What became of a command.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// The place of the fact it wrote; 0 when it wrote none.
    pub seq: u64,
    /// Effects taken back, for [`Command::Undo`].
    pub undone: Vec<Undone>,
    /// Effects that stay, and why.
    pub kept: Vec<Undone>,
}

/// One effect of an undone decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Undone {
    /// Its index in the decision.
    pub index: usize,
    /// How it was taken back, or why it stays.
    pub how: String,
}

/// Longest texts people may write into a fact, in bytes.
const LIMIT_TEXT: usize = 4_000;

/// Carries a command out inside a batch. A refusal leaves nothing written.
pub(crate) fn act(
    batch: &mut Batch<'_, '_>,
    market: &mut Market,
    command: Command,
    actor: &Actor,
    at: Time,
) -> Result<Result<Outcome, Refusal>, Error> {
    if let Some(refusal) = check(&command) {
        return Ok(Err(refusal));
    }
    match command {
        Command::Label { entity, name, ttl, why } => {
            let data = json!({"entity": entity.to_string(), "name": name, "ttl": ttl, "why": why});
            fact(batch, market, "label.applied", actor, at, data)
        }
        Command::Unlabel { entity, name, why } => {
            let data = json!({"entity": entity.to_string(), "name": name, "why": why});
            fact(batch, market, "label.lifted", actor, at, data)
        }
        Command::Claim { id } => on_case(batch, market, &id, actor, at, "case.claimed", json!({}), |batch| {
            case::claim(batch.tx, &id, &actor.0)
        }),
        Command::Close { id, finding, note, acts } => {
            jobs::cancel(batch.tx, market.no, "case.due", &id)?;
            let more = match acts.is_empty() {
                true => json!({"verdict": finding, "note": note}),
                false => json!({"verdict": finding, "note": note, "acts": acts}),
            };
            on_case(batch, market, &id, actor, at, "case.closed", more, |batch| {
                case::close(batch.tx, &id, finding, &note, &actor.0, at)
            })
        }
        Command::Reopen { id, why } => {
            on_case(batch, market, &id, actor, at, "case.reopened", json!({"why": why}), |batch| {
                case::reopen(batch.tx, &id)
            })
        }
        Command::Undo { seq, why } => undo(batch, market, seq, &why, actor, at),
        Command::Retry { key } => {
            if !outbox::retry(batch.tx, &key, at)? {
                return Ok(Err(conflict("only a failed or dead delivery can be sent again")));
            }
            batch.notes.push(Live::Deliveries { market: market.name.clone() });
            fact(batch, market, "effect.retried", actor, at, json!({"key": key}))
        }
        Command::Cancel { key } => {
            if !outbox::cancel(batch.tx, &key)? {
                return Ok(Err(conflict("this delivery has gone out already")));
            }
            batch.notes.push(Live::Deliveries { market: market.name.clone() });
            fact(batch, market, "effect.undone", actor, at, json!({"key": key}))
        }
        Command::Reset { rule } => {
            if !market.tripped().any(|tripped| *tripped == rule) {
                return Ok(Err(conflict("this rule has not spent its budget")));
            }
            fact(batch, market, "rule.reset", actor, at, json!({"rule": rule}))
        }
    }
}

fn check(command: &Command) -> Option<Refusal> {
    let texts: &[(&str, &str, bool)] = match command {
        Command::Label { name, why, .. } | Command::Unlabel { name, why, .. } => {
            &[("name", name, true), ("why", why, true)]
        }
        Command::Close { note, .. } => &[("note", note, false)],
        Command::Reopen { why, .. } | Command::Undo { why, .. } => &[("why", why, true)],
        _ => &[],
    };
    texts.iter().find_map(|(field, text, needed)| {
        let fault = if text.len() > LIMIT_TEXT {
            format!("at most {LIMIT_TEXT} bytes")
        } else if *needed && text.trim().is_empty() {
            "say it in a few words; it goes into the record".to_owned()
        } else {
            return None;
        };
        Some(FieldError::new(*field, fault).into())
    })
}

fn conflict(why: &str) -> Refusal {
    Refusal::Conflict(why.to_owned())
}

/// Writes a fact of the house and gives its place.
fn fact(
    batch: &mut Batch<'_, '_>,
    market: &mut Market,
    kind: &str,
    actor: &Actor,
    at: Time,
    data: serde_json::Value,
) -> Result<Result<Outcome, Refusal>, Error> {
    let id = format!("{kind}-{}", market.seq + 1);
    let seq = batch.house(market, kind, &id, at, Some(&format!("agent:{}", actor.0)), data)?;
    Ok(Ok(Outcome { seq, ..Outcome::default() }))
}

/// Changes a case of this market and writes the fact, or says why not.
#[allow(clippy::too_many_arguments)] // One call a case command; a struct would only rename them.
fn on_case(
    batch: &mut Batch<'_, '_>,
    market: &mut Market,
    id: &str,
    actor: &Actor,
    at: Time,
    kind: &str,
    more: serde_json::Value,
    change: impl FnOnce(&mut Batch<'_, '_>) -> store::Result<bool>,
) -> Result<Result<Outcome, Refusal>, Error> {
    let Some(known) = case::get(batch.tx, id)?.filter(|case| case.market == market.name) else {
        return Ok(Err(Refusal::Missing(format!("there is no case {id}"))));
    };
    if !change(batch)? {
        let who = known.claimed_by.unwrap_or_default();
        return Ok(Err(Refusal::Conflict(match (kind, known.state.as_str()) {
            ("case.claimed", "open") => format!("{who} has this case"),
            ("case.reopened", "closed") => "another case about the same entity is open in this queue".to_owned(),
            (_, state) => format!("this case is {state}"),
        })));
    }
    let mut data = json!({"case": id, "entity": known.entity, "queue": known.queue});
    if let (Some(data), serde_json::Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    batch.notes.push(Live::Case {
        market: market.name.clone(),
        id: id.to_owned(),
        queue: known.queue,
        entity: known.entity,
        new: false,
    });
    fact(batch, market, kind, actor, at, data)
}

/// Takes back each effect of a decision by its inverse; what later facts depend on stays, with the reason.
fn undo(
    batch: &mut Batch<'_, '_>,
    market: &mut Market,
    seq: u64,
    why: &str,
    actor: &Actor,
    at: Time,
) -> Result<Result<Outcome, Refusal>, Error> {
    let Some(body) = decisions::get(batch.tx, market.no, seq)? else {
        return Ok(Err(Refusal::Missing(format!("event {seq} has no decision"))));
    };
    let note =
        "insert into decision_undone (market, seq, at, author, why) values ($1, $2, $3, $4, $5) on conflict do nothing";
    if batch.tx.execute(note, &params![&market.name, seq, at, &actor.0, why])? == 0 {
        return Ok(Err(conflict("this decision was taken back before")));
    }
    let decision: domain::Decision =
        serde_json::from_str(&body).map_err(|fault| Error::Corrupt { what: "decision", fault: fault.to_string() })?;
    let (mut undone, mut kept) = (Vec::new(), Vec::new());
    for (index, effect) in decision.effects.iter().enumerate() {
        let key = format!("{}-{seq}-{index}", market.name);
        match take_back(batch, market, effect, &key, why, actor, at)? {
            Ok(how) => undone.push(Undone { index, how }),
            Err(how) => kept.push(Undone { index, how }),
        }
    }
    let entry = log::get(batch.tx, market.no, seq)?;
    let entity =
        entry.and_then(|e| e.entities().ok()?.into_iter().next()).map(|log::EntityAt(_, entity)| entity.to_string());
    let data = json!({"event": seq, "entity": entity, "why": why, "undone": undone, "kept": kept});
    let place = batch.house(
        market,
        "decision.undone",
        &format!("undo-{seq}"),
        at,
        Some(&format!("agent:{}", actor.0)),
        data,
    )?;
    Ok(Ok(Outcome { seq: place, undone, kept }))
}

/// One effect's inverse: how it was taken back, or why it stays.
fn take_back(
    batch: &mut Batch<'_, '_>,
    market: &mut Market,
    effect: &Effect,
    key: &str,
    why: &str,
    actor: &Actor,
    at: Time,
) -> Result<Result<String, String>, Error> {
    Ok(match effect {
        Effect::Label { entity, name, .. } => {
            let data = json!({"entity": entity.to_string(), "name": name, "why": why});
            let _ = fact(batch, market, "label.lifted", actor, at, data)?;
            Ok(format!("label {name} lifted"))
        }
        Effect::Unlabel { entity, name } => {
            let data = json!({"entity": entity.to_string(), "name": name, "why": why});
            let _ = fact(batch, market, "label.applied", actor, at, data)?;
            Ok(format!("label {name} put back"))
        }
        Effect::Enqueue { .. } => match case::get(batch.tx, key)? {
            None => Err("it joined a case that was open already".to_owned()),
            Some(case) if case.state == "closed" => Err("somebody has closed the case".to_owned()),
            Some(case) if case.claimed_by.is_some() => {
                Err(format!("{} works on the case", case.claimed_by.unwrap_or_default()))
            }
            Some(case) if case.events > 1 => Err("other decisions joined the case".to_owned()),
            Some(case) => {
                jobs::cancel(batch.tx, market.no, "case.due", key)?;
                let more = json!({"verdict": Finding::Undone, "note": why});
                let closed = on_case(batch, market, &case.id, actor, at, "case.closed", more, |batch| {
                    case::close(batch.tx, &case.id, Finding::Undone, why, &actor.0, at)
                })?;
                closed.map(|_| "case closed".to_owned()).map_err(|refusal| refusal.to_string())
            }
        },
        Effect::Message { .. } | Effect::Mask { .. } | Effect::Webhook { .. } => {
            if outbox::cancel(batch.tx, key)? {
                Ok("withdrawn before it went out".to_owned())
            } else {
                Err("it has gone out".to_owned())
            }
        }
    })
}

/// That a decision was taken back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TakenBack {
    /// When.
    pub at: Time,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Whether a decision was taken back.
///
/// # Errors
/// What the statement says.
pub fn taken_back(q: &mut Query<'_>, market: &str, seq: u64) -> store::Result<Option<TakenBack>> {
    let sql = "select at, author, why from decision_undone where market = $1 and seq = $2";
    q.one(sql, &params![market, seq], |row| Ok(TakenBack { at: row.get(0)?, by: row.get(1)?, why: row.get(2)? }))
}
