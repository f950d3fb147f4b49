//! How well the conversation guard does: precision from what people found, volume, what the warned did next, and
//! word lists alone beside the whole policy on the same messages.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use decision::Signals;
use desk::case;
use domain::{DAY, Object, Time};
use insight::Rate;
use insight::quality::{self, Judged, Quality, Said, Talk, Twin};
use serde::{Deserialize, Serialize};
use store::Query;
use store::log::{self, Entry};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::chats::watched_lists;
use super::events::markets;
use super::extract::Params;
use super::policy::compute;
use super::texts::messages;
use crate::app::Shared;
use crate::clock::now;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(get))
}

/// The most messages looked at, the newest.
const MESSAGES: usize = 50_000;
/// The most closed cases looked at.
const CASES: usize = 2_000;
/// The most decisions of a case looked at.
const DECISIONS: usize = 20;
/// How long a page is good enough: making it walks many messages.
const FRESH: Duration = Duration::from_secs(20);

/// The last pages made, by market and days.
pub type Pages = BTreeMap<(Option<String>, u32), (Instant, QualityView)>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only this market.
    market: Option<String>,
    /// How many days back, 1 to 90; 7 when not said.
    days: Option<u32>,
}

/// How well the conversation guard does.
#[derive(Clone, Serialize, ToSchema)]
pub struct QualityView {
    /// Days looked at.
    days: u32,
    /// Messages looked at.
    messages: u64,
    /// Conversations they belong to.
    conversations: u64,
    /// Whether older messages of these days were left out.
    truncated: bool,
    /// What people found in cases about conversations.
    found: Findings,
    /// Fraud among the judged, over all: the base rate beside the parts.
    overall: RateView,
    /// By language, market and signal, the most judged first.
    precision: Vec<Part>,
    /// By day in UTC, oldest first.
    volume: Vec<DayView>,
    /// Warned people who wrote again in the same conversation within a day.
    stayed: RateView,
    /// The same of people in conversations without any warning.
    stayed_base: RateView,
    /// Word lists alone.
    keyword: TwinView,
    /// The whole policy.
    guard: TwinView,
    /// Conversations in which both alerted, only the words, only the policy.
    overlap: Overlap,
    /// The word lists that rules over messages read.
    lists: Vec<String>,
}

/// What people found.
#[derive(Clone, Serialize, ToSchema)]
struct Findings {
    /// Cases.
    fraud: u64,
    /// Cases.
    fine: u64,
    /// Cases; they count in no precision.
    unsure: u64,
}

/// A share with its 95 % interval.
#[derive(Clone, Serialize, ToSchema)]
struct RateView {
    /// How many were.
    hits: u64,
    /// Out of how many.
    n: u64,
    /// 0 to 1; null when nothing was counted.
    share: Option<f64>,
    /// The interval's lower end.
    low: Option<f64>,
    /// Its upper end.
    high: Option<f64>,
}

impl RateView {
    fn new(rate: Rate) -> RateView {
        let round = |x: f64| (x * 10_000.0).round() / 10_000.0;
        let interval = rate.interval();
        RateView {
            hits: rate.hits,
            n: rate.n,
            share: rate.share().map(round),
            low: interval.map(|(low, _)| round(low)),
            high: interval.map(|(_, high)| round(high)),
        }
    }
}

/// Precision of one part.
#[derive(Clone, Serialize, ToSchema)]
struct Part {
    /// language, market or signal.
    by: &'static str,
    /// Its name.
    name: String,
    /// Fraud among the judged.
    #[serde(flatten)]
    rate: RateView,
}

/// One day.
#[derive(Clone, Serialize, ToSchema)]
struct DayView {
    /// When it began.
    #[schema(format = DateTime)]
    at: String,
    /// Messages.
    messages: u64,
    /// Verdicts warn.
    warned: u64,
    /// Verdicts review.
    reviewed: u64,
    /// Verdicts hold and block.
    stopped: u64,
}

/// One way of alerting.
#[derive(Clone, Serialize, ToSchema)]
struct TwinView {
    /// Conversations it alerted in, of all.
    alerts: RateView,
    /// Fraud among those that people judged.
    precision: RateView,
    /// Alerted among those that people found to be fraud; people judge what was alerted, so this flatters both.
    recall: RateView,
}

impl TwinView {
    fn new(twin: Twin) -> TwinView {
        TwinView {
            alerts: RateView::new(twin.alerts),
            precision: RateView::new(twin.precision),
            recall: RateView::new(twin.recall),
        }
    }
}

/// Where both ways of alerting agree.
#[derive(Clone, Serialize, ToSchema)]
struct Overlap {
    /// Both.
    both: u64,
    /// The word lists alone.
    keyword_only: u64,
    /// The policy alone.
    guard_only: u64,
}

/// Tells how well the conversation guard does, from what people found and from what the warned did next.
#[utoipa::path(get, path = "/v1/quality", tag = "stats", operation_id = "get_quality", params(Asked), responses(
    (status = 200, body = QualityView),
    (status = 400, description = "Refused: names the parameter at fault."),
))]
async fn get(
    State(app): State<Shared>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Json<QualityView>, Problem> {
    let days = asked.days.unwrap_or(7);
    if !(1..=90).contains(&days) {
        return Err(Problem::field("days", "choose 1 to 90 days"));
    }
    let market = caller.market(asked.market.as_deref())?;
    if let Some(name) = &market {
        app.engine.market(name).map_err(crate::app::refused)?;
    }
    let key = (market.clone(), days);
    // Held while the page is made: whoever asks meanwhile gets the same page, and the log is walked once.
    let mut pages = app.quality.lock().await;
    pages.retain(|_, (made, _)| made.elapsed() < FRESH);
    if let Some((_, page)) = pages.get(&key) {
        return Ok(Json(page.clone()));
    }
    let at = now();
    let lists = watched_lists(&app.engine.pack());
    let watched = lists.clone();
    let gathered = app.read(move |q| gather(q, market.as_deref(), at.plus(-i64::from(days) * DAY), &watched)).await?;
    let page = compute(move || {
        let quality = quality::fold(&gathered.said, &gathered.judged, at);
        view(quality, days, gathered.truncated, lists)
    });
    let page = page.await?;
    pages.insert(key, (Instant::now(), page.clone()));
    Ok(Json(page))
}

/// What the page is folded from.
#[derive(Default)]
struct Gathered {
    said: Vec<Said>,
    judged: Vec<Judged>,
    truncated: bool,
}

fn gather(q: &mut Query<'_>, market: Option<&str>, from: Time, lists: &BTreeSet<String>) -> store::Result<Gathered> {
    let mut gathered = Gathered::default();
    let all = markets(q, market)?;
    let share = MESSAGES / all.len().max(1);
    for (no, name) in &all {
        let first = log::seq_at(q, *no, from)?;
        let rows = messages(q, *no, first, share)?;
        gathered.truncated |= rows.len() == share;
        gathered.said.extend(said(name, &rows, lists));
    }
    gathered.said.sort_by_key(|one| one.at);
    let filter =
        case::Filter { state: "closed".into(), market: market.unwrap_or_default().into(), ..Default::default() };
    let mut before: Option<(Time, String)> = None;
    let mut looked = 0;
    while looked < CASES {
        let page = case::page(q, &filter, before.as_ref().map(|(at, id)| (*at, id.as_str())), 200)?;
        let Some(last) = page.last() else { break };
        before = Some((last.opened_at, last.id.clone()));
        looked += page.len();
        for closed in page.iter().filter(|case| case.closed_at.is_some_and(|at| at >= from)) {
            gathered.judged.extend(judged(q, &all, closed)?);
        }
        if page.len() < 200 {
            break;
        }
    }
    Ok(gathered)
}

/// Messages oldest first, each once: one that was asked about first is the question.
fn said(market: &str, rows: &[Entry], lists: &BTreeSet<String>) -> Vec<Said> {
    let mut asked: HashSet<String> = HashSet::new();
    let mut out = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        let data: Object = serde_json::from_str(&row.data).unwrap_or_default();
        let text = |name: &str| data.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let message = row.subject.clone().unwrap_or_else(|| text("message"));
        let again = if row.kind == "message.submitted" { !asked.insert(message) } else { asked.contains(&message) };
        if again {
            continue;
        }
        let keyword = signals(row).spans.iter().any(|span| lists.contains(&span.signal));
        out.push(Said {
            talk: Talk(market.to_owned(), text("conversation")),
            sender: text("sender"),
            recipient: text("recipient"),
            at: row.time,
            keyword,
            verdict: row.verdict,
        });
    }
    out
}

fn signals(row: &Entry) -> Signals {
    row.signals.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// A closed case that messages brought up; `None` for any other, and for one that was only taken back.
fn judged(
    q: &mut Query<'_>,
    markets: &[(log::MarketNo, String)],
    closed: &case::Case,
) -> store::Result<Option<Judged>> {
    let fraud = match closed.verdict.as_deref() {
        Some("fraud") => Some(true),
        Some("fine") => Some(false),
        Some("unsure") => None,
        _ => return Ok(None),
    };
    let Some((no, _)) = markets.iter().find(|(_, name)| *name == closed.market) else { return Ok(None) };
    let seqs = case::decisions(q, &closed.id, DECISIONS)?;
    let mut one = Judged { market: closed.market.clone(), fraud, ..Judged::default() };
    for row in log::get_many(q, *no, &seqs)?.iter().filter(|row| row.kind.starts_with("message.")) {
        let data: Object = serde_json::from_str(&row.data).unwrap_or_default();
        let talk = data.get("conversation").and_then(|v| v.as_str()).unwrap_or_default();
        one.talks.insert(Talk(closed.market.clone(), talk.to_owned()));
        let read = signals(row);
        one.languages.extend(read.lang);
        one.signals.extend(read.spans.into_iter().map(|span| span.signal));
        // Named as rules read them; a warning of an act is no signal of it.
        one.signals.extend(read.acts.iter().filter(|hit| !hit.warning).map(|hit| format!("act.{}", hit.act)));
    }
    Ok((!one.talks.is_empty()).then_some(one))
}

fn view(quality: Quality, days: u32, truncated: bool, lists: BTreeSet<String>) -> QualityView {
    let mut precision: Vec<Part> =
        quality.by.into_iter().map(|((by, name), rate)| Part { by, name, rate: RateView::new(rate) }).collect();
    precision.sort_by(|a, b| (a.by, b.rate.n, &a.name).cmp(&(b.by, a.rate.n, &b.name)));
    let volume = quality.days.into_iter().map(|(day, counts)| DayView {
        at: Time(day * DAY).to_string(),
        messages: counts.messages,
        warned: counts.warned,
        reviewed: counts.reviewed,
        stopped: counts.stopped,
    });
    QualityView {
        days,
        messages: quality.messages,
        conversations: quality.talks,
        truncated,
        found: Findings { fraud: quality.found.0, fine: quality.found.1, unsure: quality.found.2 },
        overall: RateView::new(quality.overall),
        precision,
        volume: volume.collect(),
        stayed: RateView::new(quality.stayed),
        stayed_base: RateView::new(quality.stayed_base),
        keyword: TwinView::new(quality.keyword),
        guard: TwinView::new(quality.guard),
        overlap: Overlap { both: quality.overlap.0, keyword_only: quality.overlap.1, guard_only: quality.overlap.2 },
        lists: lists.into_iter().collect(),
    }
}
