//! Pages: newest first, with an opaque cursor that knows where each market goes on.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Time;
use serde::Serialize;
use store::Query;
use store::log::{self, MarketNo};
use utoipa::ToSchema;

use super::Problem;

/// The most items of a page.
pub const MOST: usize = 200;
/// The items of a page nobody asked a size for.
const USUAL: usize = 50;

/// The size of a page: what was asked for, within 1 and [`MOST`].
#[must_use]
pub fn limit(asked: Option<usize>) -> usize {
    asked.unwrap_or(USUAL).clamp(1, MOST)
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Give it as `before` for the next page; null at the end.
    pub next: Option<String>,
}

/// Where each market goes on: the seq before which the next page begins; 0 when a market is exhausted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor(pub BTreeMap<String, u64>);

impl Cursor {
    /// Reads what [`Cursor::text`] wrote.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn parse(text: Option<&str>) -> Result<Cursor, Problem> {
        let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(Cursor::default()) };
        let fault = || Problem::field("before", "this is no cursor of this list");
        if text.len() > 8_192 {
            return Err(fault());
        }
        let plain = URL_SAFE_NO_PAD.decode(text).ok().and_then(|b| String::from_utf8(b).ok()).ok_or_else(fault)?;
        Cursor::parse_plain(&plain).ok_or_else(fault)
    }

    /// Reads what [`Cursor::plain`] wrote; `None` for anything else.
    #[must_use]
    pub fn parse_plain(plain: &str) -> Option<Cursor> {
        if plain.len() > 8_192 {
            return None;
        }
        let mut map = BTreeMap::new();
        for part in plain.split(',').filter(|p| !p.is_empty()) {
            let (market, seq) = part.rsplit_once(':')?;
            map.insert(market.to_owned(), seq.parse().ok()?);
        }
        Some(Cursor(map))
    }

    /// The opaque text.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.plain())
    }

    /// The positions in the open, as live ids carry them: `fr:12,sg:90`.
    #[must_use]
    pub fn plain(&self) -> String {
        self.0.iter().map(|(market, seq)| format!("{market}:{seq}")).collect::<Vec<_>>().join(",")
    }
}

/// The time a list is narrowed to, by when events were received.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range {
    /// From then on.
    from: Option<Time>,
    /// Before then.
    until: Option<Time>,
}

impl Range {
    /// Reads two RFC 3339 texts; empty ones narrow nothing.
    ///
    /// # Errors
    /// 400 for a text that is no time.
    pub fn parse(from: Option<&str>, until: Option<&str>) -> Result<Range, Problem> {
        let read = |text: Option<&str>, name: &str| {
            let read = text.filter(|t| !t.is_empty()).map(Time::parse).transpose();
            read.map_err(|e| Problem::field(name, e))
        };
        Ok(Range { from: read(from, "from")?, until: read(until, "until")? })
    }

    /// The same in a market's log: where the page goes on, and the first seq that belongs to it.
    ///
    /// # Errors
    /// What the store says.
    pub fn seqs(self, q: &mut Query<'_>, market: MarketNo, before: Option<u64>) -> store::Result<(Option<u64>, u64)> {
        let first = self.from.map_or(Ok(0), |at| log::seq_at(q, market, at))?;
        let end = self.until.map(|at| log::seq_at(q, market, at)).transpose()?;
        Ok((before.into_iter().chain(end).min(), first))
    }

    /// Whether it narrows anything.
    #[must_use]
    pub const fn is_open(self) -> bool {
        self.from.is_none() && self.until.is_none()
    }
}

/// One market's share of a page.
pub struct Share<T> {
    /// The market.
    pub market: String,
    /// Items with time and seq, newest first.
    pub items: Vec<(Time, u64, T)>,
    /// Where this market goes on when all of its items are taken; `None` at its end.
    pub next: Option<u64>,
}

/// Merges the markets' shares into one page, newest first.
#[must_use]
pub fn merge<T>(shares: Vec<Share<T>>, limit: usize) -> Page<T> {
    let mut cursor = Cursor::default();
    let mut all = Vec::new();
    for share in shares {
        // A market of which nothing is taken goes on where its first item stands.
        let start = share.items.first().map_or(share.next.unwrap_or(0), |(_, seq, _)| seq + 1);
        cursor.0.insert(share.market.clone(), start);
        let last = share.items.len().saturating_sub(1);
        let mut held = Time(i64::MAX);
        for (i, (time, seq, item)) in share.items.into_iter().enumerate() {
            // Doors stamp events a moment before they are numbered, so stamps may cross; within a market the
            // number is the order.
            held = held.min(time);
            let time = held;
            let after = if i == last { share.next.unwrap_or(0) } else { seq };
            all.push((time, share.market.clone(), seq, after, item));
        }
    }
    all.sort_by(|a, b| (b.0, &b.1, b.2).cmp(&(a.0, &a.1, a.2)));
    let more = all.len() > limit;
    all.truncate(limit);
    let mut items = Vec::with_capacity(all.len());
    for (_, market, seq, after, item) in all {
        let place = cursor.0.entry(market).or_default();
        *place = after.min(seq);
        items.push(item);
    }
    let next = (more || cursor.0.values().any(|seq| *seq > 0)).then(|| cursor.text());
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of some markets, paged as the rooms page it.
    fn walk(markets: &[(&str, Vec<i64>)], limit: usize) -> Vec<(String, u64)> {
        let mut seen = Vec::new();
        let mut before: Option<String> = None;
        for _ in 0..100 {
            let cursor = Cursor::parse(before.as_deref()).unwrap();
            let mut shares = Vec::new();
            for (market, times) in markets {
                let end = match cursor.0.get(*market) {
                    None => times.len() as u64 + 1,
                    Some(seq) => *seq,
                };
                let items: Vec<_> = (1..end)
                    .rev()
                    .take(limit)
                    .map(|seq| (Time(times[seq as usize - 1]), seq, ((*market).to_owned(), seq)))
                    .collect();
                let next = items.last().map(|i| i.1).filter(|_| items.len() == limit);
                shares.push(Share { market: (*market).to_owned(), items, next });
            }
            let page = merge(shares, limit);
            assert!(page.items.len() <= limit);
            seen.extend(page.items);
            before = page.next;
            if before.is_none() {
                return seen;
            }
        }
        panic!("the pages do not end");
    }

    #[test]
    fn stamps_that_cross_lose_nothing() {
        let sg = vec![5, 3, 9, 7, 7, 1, 30, 20, 25];
        for limit in [1, 2, 3, 20] {
            let mut seen = walk(&[("sg", sg.clone()), ("fr", vec![6, 6, 6])], limit);
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 12, "limit {limit}");
        }
    }

    #[test]
    fn pages_give_every_item_once_newest_first() {
        let sg: Vec<i64> = (0..37).map(|i| i * 10).collect();
        let fr: Vec<i64> = (0..11).map(|i| 100 + i * 3).collect();
        for limit in [1, 2, 5, 10, 48, 200] {
            let seen = walk(&[("sg", sg.clone()), ("fr", fr.clone()), ("hk", vec![])], limit);
            assert_eq!(seen.len(), 48, "limit {limit}");
            let time = |(m, s): &(String, u64)| if m == "sg" { sg[*s as usize - 1] } else { fr[*s as usize - 1] };
            assert!(seen.windows(2).all(|w| time(&w[0]) >= time(&w[1])), "limit {limit}");
        }
    }

    #[test]
    fn cursors_are_read_or_refused() {
        let cursor = Cursor([("sg".to_owned(), 7), ("a:b".to_owned(), 9)].into_iter().collect());
        assert_eq!(Cursor::parse(Some(&cursor.text())).unwrap(), cursor);
        assert_eq!(Cursor::parse(None).unwrap(), Cursor::default());
        for text in ["!", "c2c", "c2c6eA", &"A".repeat(9_000)] {
            assert_eq!(Cursor::parse(Some(text)).unwrap_err().status, 400, "{text}");
        }
    }
}
