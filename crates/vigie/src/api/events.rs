//! Reading the log of events.

use axum::Json;
use axum::extract::State;
use domain::{EntityRef, Verdict};
use serde::Deserialize;
use store::Query;
use store::log::{self, Entry, Filter, MarketNo, Page as Rows};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::extract::{Params, Place};
use super::page::{Cursor, Page, Range, Share, limit, merge};
use super::view::EventView;
use crate::app::{App, Shared, off_thread};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(one)).merge(OpenApiRouter::new().routes(routes!(list)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only this market.
    market: Option<String>,
    /// Only this event type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only events that name this entity, as `kind:id`.
    entity: Option<String>,
    /// Only this verdict: allow, warn, review, hold or block.
    verdict: Option<String>,
    /// Only events received from then on.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only events received before then.
    #[param(format = DateTime)]
    until: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    /// How many, 1 to 200; 50 when not said.
    limit: Option<usize>,
}

/// Lists events, newest first.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(Asked), operation_id = "list_events", responses(
    (status = 200, body = Page<EventView>),
    (status = 400, description = "Refused: names the parameter at fault."),
))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Json<Page<EventView>>, Problem> {
    let market = caller.market(asked.market.as_deref())?;
    let verdict = verdict(asked.verdict.as_deref())?;
    let cursor = Cursor::parse(asked.before.as_deref())?;
    let range = Range::parse(asked.from.as_deref(), asked.until.as_deref())?;
    let size = limit(asked.limit);
    let filter = Filter { kind: asked.kind.filter(|k| !k.is_empty()), verdict, source: None };
    let entity = match asked.entity.as_deref().filter(|e| !e.is_empty()) {
        None => None,
        Some(text) => Some(
            EntityRef::parse(text).ok_or_else(|| Problem::field("entity", "write it as kind:id, such as user:u42"))?,
        ),
    };
    let page = match entity {
        Some(_) if !range.is_open() => {
            return Err(Problem::field("entity", "an entity's events are not narrowed by time; page through them"));
        }
        Some(entity) => {
            let markets = market.map_or_else(|| app.engine.markets(), |m| vec![m]);
            about(&app, markets, &entity, &filter, &cursor, size).await?
        }
        None => app.read(move |q| page(q, market.as_deref(), &filter, &cursor, range, size)).await?,
    };
    Ok(Json(views(&app, page)))
}

/// A row with its market and whether a decision stands beside it.
pub(super) type Found = (String, Entry, bool);

/// A page of rows over one market or all of them.
pub(super) fn page(
    q: &mut Query<'_>,
    market: Option<&str>,
    filter: &Filter,
    cursor: &Cursor,
    range: Range,
    size: usize,
) -> store::Result<Page<Found>> {
    let mut shares = Vec::new();
    for (no, name) in markets(q, market)? {
        let (before, first) = range.seqs(q, no, cursor.0.get(&name).copied())?;
        if before == Some(0) {
            continue;
        }
        let Rows { items: mut rows, next } = log::page(q, no, before, filter, size)?;
        rows.retain(|entry| entry.seq >= first);
        let next = next.filter(|next| *next > first);
        let mut items = Vec::with_capacity(rows.len());
        for entry in rows {
            let decided = store::decisions::get(q, no, entry.seq)?.is_some();
            items.push((entry.received_at, entry.seq, (name.clone(), entry, decided)));
        }
        shares.push(Share { market: name, items, next });
    }
    Ok(merge(shares, size))
}

/// The markets a list walks: the one asked for, or all the store has heard of.
pub(super) fn markets(q: &mut Query<'_>, market: Option<&str>) -> store::Result<Vec<(MarketNo, String)>> {
    match market {
        Some(name) => Ok(log::find_market(q, name)?.map(|no| (no, name.to_owned())).into_iter().collect()),
        None => log::markets(q),
    }
}

/// The most rows looked at for one page of one entity that a filter narrows.
const LOOKED_AT: usize = 2_000;

/// A page of one entity's events over some markets.
pub(super) async fn about(
    app: &Shared,
    markets: Vec<String>,
    entity: &EntityRef,
    filter: &Filter,
    cursor: &Cursor,
    size: usize,
) -> Result<Page<Found>, Problem> {
    let (app, entity, filter, cursor) = (app.clone(), entity.clone(), filter.clone(), cursor.clone());
    let work = move || {
        let mut shares = Vec::new();
        for market in markets {
            let before = cursor.0.get(&market).copied();
            if before != Some(0) && app.engine.market(&market).is_ok() {
                shares.push(share(&app, market, &entity, &filter, before, size)?);
            }
        }
        Ok(merge(shares, size))
    };
    off_thread(work).await
}

fn share(
    app: &App,
    market: String,
    entity: &EntityRef,
    filter: &Filter,
    mut before: Option<u64>,
    size: usize,
) -> store::Result<Share<Found>> {
    let (mut rows, mut looked) = (Vec::new(), 0);
    let next = loop {
        let page = match app.engine.timeline(&market, &entity.kind, &entity.id, before, size) {
            Ok(page) => page,
            Err(engine::Error::Store(error)) => return Err(error),
            Err(error) => return Err(store::Error::Corrupt(error.to_string())),
        };
        looked += page.items.len();
        for entry in page.items {
            let kind = filter.kind.as_ref().is_none_or(|k| *k == entry.kind);
            if kind && filter.verdict.is_none_or(|v| v == entry.verdict) && rows.len() < size {
                before = Some(entry.seq);
                rows.push(entry);
            }
        }
        // A page that is full ends where its last row stands; one that is not goes on, within bounds.
        match page.next {
            None => break (rows.len() == size).then_some(before).flatten(),
            Some(_) if rows.len() == size => break before,
            Some(next) if looked >= LOOKED_AT => break Some(next),
            next => before = next,
        }
    };
    let items = app.store.read(|q| {
        let Some(no) = log::find_market(q, &market)? else { return Ok(Vec::new()) };
        let mut items = Vec::with_capacity(rows.len());
        for entry in rows {
            let decided = store::decisions::get(q, no, entry.seq)?.is_some();
            items.push((entry.received_at, entry.seq, (market.clone(), entry, decided)));
        }
        Ok::<_, store::Error>(items)
    })?;
    Ok(Share { market, items, next })
}

/// Turns a page of rows into views.
pub(super) fn views(app: &App, page: Page<Found>) -> Page<EventView> {
    let pack = app.engine.pack();
    let items = page.items.iter().map(|(market, entry, decided)| EventView::new(market, entry, &pack, *decided));
    Page { items: items.collect(), next: page.next }
}

/// Reads a verdict's name.
pub(super) fn verdict(asked: Option<&str>) -> Result<Option<Verdict>, Problem> {
    match asked.filter(|v| !v.is_empty()) {
        None => Ok(None),
        Some(name) => Verdict::parse(name)
            .map(Some)
            .ok_or_else(|| Problem::field("verdict", "choose allow, warn, review, hold or block")),
    }
}

/// Gives one event.
#[utoipa::path(get, path = "/v1/events/{market}/{seq}", tag = "events", operation_id = "get_event",
    params(("market" = String, Path, description = "The market."), ("seq" = u64, Path, description = "Its place in the log.")),
    responses((status = 200, body = EventView), (status = 404, description = "Refused: there is no such event."))
)]
async fn one(
    State(app): State<Shared>,
    caller: Caller,
    Place((market, seq)): Place<(String, u64)>,
) -> Result<Json<EventView>, Problem> {
    caller.in_market(&market)?;
    let name = market.clone();
    let found = app.read(move |q| find(q, &name, seq)).await?;
    let (entry, decided) = found.ok_or_else(|| Problem::missing(format!("event {seq} in that market")))?;
    Ok(Json(EventView::new(&market, &entry, &app.engine.pack(), decided)))
}

/// One row, and whether a decision stands beside it.
pub(super) fn find(q: &mut Query<'_>, market: &str, seq: u64) -> store::Result<Option<(Entry, bool)>> {
    let Some(no) = log::find_market(q, market)? else { return Ok(None) };
    let Some(entry) = log::get(q, no, seq)? else { return Ok(None) };
    let decided = store::decisions::get(q, no, seq)?.is_some();
    Ok(Some((entry, decided)))
}
