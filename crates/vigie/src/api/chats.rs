//! Conversations, for people who judge them: what was said by whom, masked, with what was read in it; a recorded
//! look at the words; and to whom else the same words went.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use decision::{Pack, Signals};
use domain::{DAY, Event, Object, Verdict};
use engine::Engine;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::log::{EntityAt, Entry};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Caller;
use super::cases::CaseView;
use super::extract::{Given, Place};
use super::policy::compute;
use super::texts::{Mark, marks, text_of};
use super::view::{EventView, HitView};
use super::{Problem, decisions};
use crate::app::{App, Shared, busy_problem};
use crate::clock::now;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(reveal))
}

/// The most messages of a conversation shown, the newest.
const TURNS: usize = 200;
/// The most messages with the same words looked through.
const LOOKED_AT: usize = 200;
/// The most places shown where the same words went.
const COPIES: usize = 40;
/// The entity kind of conversations.
const CONVERSATION: &str = "conversation";
/// The entity kind that all copies of a text share.
const TEXT: &str = "text";

/// A conversation.
#[derive(Serialize, ToSchema)]
struct ChatView {
    /// The market.
    market: String,
    /// The market's own id.
    id: String,
    /// What it is about, when the market said so.
    listing: Option<String>,
    /// Who speaks, in the order of their first message.
    parties: Vec<Party>,
    /// Messages, oldest first; at most the newest 200.
    turns: Vec<Turn>,
    /// Everything else that happened about it: flags, labels, findings.
    facts: Vec<EventView>,
    /// Where the same words were sent.
    copies: Vec<Copy>,
    /// Cases about it.
    cases: Vec<CaseView>,
    /// Older messages exist that are not shown.
    more: bool,
}

/// Somebody who speaks or is spoken to.
#[derive(Serialize, ToSchema)]
struct Party {
    /// The market's own id.
    id: String,
    /// Messages written.
    messages: usize,
}

/// One message.
#[derive(Serialize, ToSchema)]
struct Turn {
    /// Its place in the log.
    seq: u64,
    /// When.
    #[schema(format = DateTime)]
    time: String,
    /// Who wrote it.
    sender: String,
    /// To whom.
    recipient: Option<String>,
    /// sent, or asked when only the question whether it may be sent is known.
    state: &'static str,
    /// How long its text is, in bytes; the words are given for a reason only.
    bytes: usize,
    /// The language, when it could be told.
    language: Option<String>,
    /// What was read in it.
    marks: Vec<Mark>,
    /// What policy said.
    #[schema(value_type = String, example = "warn")]
    verdict: Verdict,
    /// 0 to 1.
    score: f64,
    /// Rules that hit, with their reasons.
    hits: Vec<HitView>,
}

/// The same words elsewhere.
#[derive(Serialize, ToSchema)]
struct Copy {
    /// The message of this conversation.
    turn: u64,
    /// The other message's place in the log.
    seq: u64,
    /// When.
    time: String,
    /// Who sent it.
    sender: String,
    /// Its conversation.
    conversation: String,
    /// To whom.
    recipient: Option<String>,
}

/// Gives a conversation with what was read in each message; texts stay masked.
#[utoipa::path(get, path = "/v1/chats/{market}/{conversation}", tag = "chats", operation_id = "get_chat",
    params(("market" = String, Path, description = "The market."), ("conversation" = String, Path, description = "The market's own id.")),
    responses((status = 200, body = ChatView), (status = 404, description = "Refused: nothing was said there."))
)]
async fn one(
    State(app): State<Shared>,
    caller: Caller,
    Place((market, id)): Place<(String, String)>,
) -> Result<Json<ChatView>, Problem> {
    caller.in_market(&market)?;
    let rows = rows(&app, &market, &id).await?;
    let pack = app.engine.pack();
    let (said, facts): (Vec<&Entry>, Vec<&Entry>) = rows.items.iter().rev().partition(|row| is_message(row));
    if said.is_empty() {
        return Err(Problem::missing("conversation with that id"));
    }
    let mut hits = hits(&app, &caller, &market, &said).await?;
    let turns = turns(&said, &mut hits);
    let mine: Vec<Entry> = said.iter().map(|row| (*row).clone()).collect();
    let (engine, place, own) = (Arc::clone(&app.engine), market.clone(), id.clone());
    let copies = compute(move || copies(&engine, &place, &own, &mine)).await?;
    let about = domain::EntityRef::new(CONVERSATION, id.as_str());
    Ok(Json(ChatView {
        listing: said.iter().find_map(|row| field(row, "listing")),
        parties: parties(&turns),
        facts: facts.iter().map(|row| EventView::new(&market, row, &pack, false)).collect(),
        copies,
        cases: super::cases::about(&app, &market, &about).await?,
        more: rows.next.is_some(),
        turns,
        market,
        id,
    }))
}

type Rows = store::log::Page<Entry>;

/// What is in the log about a conversation, newest first.
async fn rows(app: &App, market: &str, id: &str) -> Result<Rows, Problem> {
    app.engine.market(market).map_err(crate::app::refused)?;
    let (engine, market, id) = (Arc::clone(&app.engine), market.to_owned(), id.to_owned());
    let found = compute(move || engine.timeline(&market, CONVERSATION, &id, None, TURNS)).await?;
    found.map_err(Problem::internal)
}

fn is_message(row: &Entry) -> bool {
    matches!(row.kind.as_str(), "message.sent" | "message.submitted")
}

fn data(row: &Entry) -> Object {
    serde_json::from_str(&row.data).unwrap_or_default()
}

fn field(row: &Entry, name: &str) -> Option<String> {
    data(row).get(name).and_then(|value| value.as_str()).map(str::to_owned)
}

/// The hits of the messages that have a decision, by seq.
async fn hits(
    app: &App,
    caller: &Caller,
    market: &str,
    said: &[&Entry],
) -> Result<HashMap<u64, Vec<HitView>>, Problem> {
    let (name, seqs) = (market.to_owned(), said.iter().map(|row| row.seq).collect::<Vec<_>>());
    let found = app.read(move |q| {
        let mut found = Vec::new();
        for seq in seqs {
            found.extend(decisions::find(q, &name, seq)?);
        }
        Ok(found)
    });
    let views = found.await?.into_iter().map(|row| decisions::view(app, caller, &row));
    Ok(views.map(|view| (view.seq, view.hits)).collect())
}

/// Messages in order. One that was asked about first stands twice in the log and once here: with the question's
/// verdict and the state of what followed.
fn turns(said: &[&Entry], hits: &mut HashMap<u64, Vec<HitView>>) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::with_capacity(said.len());
    let mut asked: HashMap<String, usize> = HashMap::new();
    for row in said {
        let sent = row.kind == "message.sent";
        let message = field(row, "message").or_else(|| row.subject.clone());
        if let Some(place) = message.as_ref().and_then(|m| asked.get(m)).copied().filter(|_| sent) {
            turns[place].state = "sent";
            continue;
        }
        if let Some(message) = message.filter(|_| !sent) {
            asked.insert(message, turns.len());
        }
        let signals: Signals = row.signals.as_deref().and_then(|s| serde_json::from_str(s).ok()).unwrap_or_default();
        turns.push(Turn {
            seq: row.seq,
            time: row.time.to_string(),
            sender: field(row, "sender").unwrap_or_default(),
            recipient: field(row, "recipient"),
            state: if sent { "sent" } else { "asked" },
            bytes: text_of(row).map_or(0, |text| text.len()),
            language: signals.lang.clone(),
            marks: marks(&signals),
            verdict: row.verdict,
            score: row.score,
            hits: hits.remove(&row.seq).unwrap_or_default(),
        });
    }
    turns
}

fn parties(turns: &[Turn]) -> Vec<Party> {
    let mut order: Vec<&str> = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for turn in turns {
        for (id, wrote) in [(Some(turn.sender.as_str()), 1), (turn.recipient.as_deref(), 0)] {
            let Some(id) = id.filter(|id| !id.is_empty()) else { continue };
            if !order.contains(&id) {
                order.push(id);
            }
            *counts.entry(id).or_default() += wrote;
        }
    }
    order.into_iter().map(|id| Party { id: id.to_owned(), messages: counts[id] }).collect()
}

/// Where else the words of this conversation were said, by whomever, newest first: all copies of a longer text share
/// an entity.
fn copies(engine: &Engine, market: &str, own: &str, said: &[Entry]) -> Vec<Copy> {
    let mut texts: BTreeMap<String, u64> = BTreeMap::new();
    for row in said {
        let entities = row.entities().unwrap_or_default();
        if let Some(EntityAt(_, text)) = entities.into_iter().find(|EntityAt(_, entity)| entity.kind == TEXT) {
            texts.entry(text.id).or_insert(row.seq);
        }
    }
    let mut copies = Vec::new();
    for (text, turn) in texts {
        let Ok(page) = engine.timeline(market, TEXT, &text, None, LOOKED_AT) else { continue };
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for row in page.items.iter().filter(|row| is_message(row)) {
            let Some(conversation) = field(row, CONVERSATION).filter(|other| other != own) else { continue };
            if copies.len() < COPIES && seen.insert(conversation.clone()) {
                copies.push(Copy {
                    turn,
                    seq: row.seq,
                    time: row.time.to_string(),
                    sender: field(row, "sender").unwrap_or_default(),
                    conversation,
                    recipient: field(row, "recipient"),
                });
            }
        }
    }
    copies.sort_by_key(|copy| std::cmp::Reverse(copy.seq));
    copies
}

#[derive(Deserialize, ToSchema)]
struct ToReveal {
    /// Why the words are needed; it stands in the record.
    reason: String,
}

/// The words of a conversation.
#[derive(Serialize, ToSchema)]
struct Revealed {
    /// By message.
    texts: Vec<RevealedText>,
    /// How often the caller looked at anything in this market in the last 24 hours, this look included.
    looks_24h: usize,
}

/// The words of one message.
#[derive(Serialize, ToSchema)]
struct RevealedText {
    /// Its place in the log.
    seq: u64,
    /// The words.
    text: String,
}

/// Gives the words of a conversation and records who looked and why.
#[utoipa::path(post, path = "/v1/chats/{market}/{conversation}/reveal", tag = "chats", operation_id = "reveal_chat", request_body = ToReveal,
    params(("market" = String, Path, description = "The market."), ("conversation" = String, Path, description = "The market's own id.")),
    responses(
        (status = 200, body = Revealed),
        (status = 400, description = "Refused: names the field at fault."),
        (status = 404, description = "Refused: nothing was said there."),
        (status = 422, description = "Refused: the policy does not know `record.revealed`, so the look could not be recorded."),
    )
)]
async fn reveal(
    State(app): State<Shared>,
    caller: Caller,
    Place((market, id)): Place<(String, String)>,
    Given(given): Given<ToReveal>,
) -> Result<Json<Revealed>, Problem> {
    let agent = caller.agent()?.login.clone();
    caller.in_market(&market)?;
    let reason = given.reason.trim().to_owned();
    if reason.chars().count() < 3 || reason.len() > 500 {
        return Err(Problem::field("reason", "say why you need the words, in 3 to 500 characters"));
    }
    let rows = rows(&app, &market, &id).await?;
    if !rows.items.iter().any(is_message) {
        return Err(Problem::missing("conversation with that id"));
    }
    record(&app, &market, &id, &agent, &reason).await?;
    let texts = rows.items.iter().rev().filter(|row| is_message(row));
    let texts = texts.filter_map(|row| Some(RevealedText { seq: row.seq, text: text_of(row)? })).collect();
    let engine = Arc::clone(&app.engine);
    let looks = compute(move || engine.timeline(&market, "agent", &agent, None, 200)).await?;
    let since = now().plus(-DAY);
    let looks_24h = looks.map_or(0, |page| {
        page.items.iter().filter(|row| row.kind == "record.revealed" && row.received_at >= since).count()
    });
    Ok(Json(Revealed { texts, looks_24h }))
}

/// Writes the look into the log before anything is shown; the same rules watch it that watch every look.
async fn record(app: &App, market: &str, id: &str, agent: &str, reason: &str) -> Result<(), Problem> {
    let at = now();
    let data = json!({"agent": agent, "record": format!("{CONVERSATION}:{id}"), "field": "text", "reason": reason});
    let event = Event {
        id: uuid::Uuid::now_v7().to_string(),
        source: "console".to_owned(),
        kind: "record.revealed".to_owned(),
        market: market.to_owned(),
        subject: None,
        time: at,
        received_at: at,
        actor: Some(format!("agent:{agent}")),
        data: data.as_object().cloned().unwrap_or_default(),
    };
    let answers = app.engine.handle(vec![event]).await.map_err(|busy| busy_problem(&busy))?;
    match answers.into_iter().next() {
        Some(Ok(_)) => Ok(()),
        Some(Err(fault)) => Err(Problem::unprocessable(format!("the look could not be recorded: {fault}"))),
        None => Err(Problem::internal("the engine gave no answer")),
    }
}

/// The word lists that rules over messages read: what a house of keywords alone would look at.
pub(super) fn watched_lists(pack: &Pack) -> BTreeSet<String> {
    let mut lists = BTreeSet::new();
    for rule in pack.rules.iter().filter(|rule| rule.events.iter().any(|event| event.starts_with("message."))) {
        for part in rule.when.text.split("signals.").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            // Acts, identifiers, the language and the models are no word lists.
            if !part[name.len()..].starts_with('.') && !["lang", "lure"].contains(&name.as_str()) {
                lists.insert(name);
            }
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_pack_watches_its_lists() {
        let pack = Pack::compile(&crate::pack::files(None).unwrap()).unwrap();
        let lists = watched_lists(&pack);
        assert!(lists.contains("off_platform") && lists.contains("pay_outside"), "{lists:?}");
    }
}
