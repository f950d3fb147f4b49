//! A run: sorted postings of many rows in blocks on the disk, with a filter and the blocks' first
//! postings in memory.

use rustc_hash::FxHashMap;

use super::filter::Filter;
use crate::log::MarketNo;
use crate::pool::Database;
use crate::value::Type;
use crate::{Error, Insert, Result, Value, params};

/// Bytes after which a block is full; two of them and their row heads fit a page.
const BLOCK: usize = 1_980;
/// Bits of a block's id that count within its run; the upper half of them are the entities' blocks.
const BLOCK_BITS: u32 = 24;
const ENTITIES: u32 = 1 << (BLOCK_BITS - 1);
/// Blocks written in one transaction, and read at once by a merge.
const CHUNK: usize = 1_000;
/// Blocks named in one statement.
const NAMED: usize = 64;

/// A (hash, seq).
pub(crate) type Posting = (u64, u64);

const BLOCKS: Insert<2> =
    Insert { table: "log_block", columns: [("id", Type::Int), ("body", Type::Blob)], conflict: "" };

/// Blocks of one kind of posting.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Section {
    /// The id of the first block.
    first: i64,
    /// The first posting of each block.
    fences: Vec<Posting>,
}

impl Section {
    /// The blocks that may hold a hash.
    pub(crate) fn blocks_of(&self, hash: u64) -> impl Iterator<Item = i64> + use<> {
        let start = self.fences.partition_point(|f| f.0 < hash).saturating_sub(1);
        let end = self.fences.partition_point(|f| f.0 <= hash);
        (start..end).map({
            let first = self.first;
            move |i| first + i as i64
        })
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.fences.iter().flat_map(|(hash, seq)| [hash.to_le_bytes(), seq.to_le_bytes()]).flatten().collect()
    }

    fn from_bytes(first: i64, bytes: &[u8]) -> Self {
        let word = |b: &[u8]| u64::from_le_bytes(std::array::from_fn(|i| b[i]));
        Section { first, fences: bytes.chunks_exact(16).map(|b| (word(&b[..8]), word(&b[8..]))).collect() }
    }
}

/// A run in use.
#[derive(Debug)]
pub(crate) struct Run {
    id: i64,
    /// The first seq it covers.
    pub(crate) from: u64,
    /// The last seq it covers.
    pub(crate) to: u64,
    pub(crate) filter: Filter,
    pub(crate) keys: Section,
    entities: Section,
}

impl Run {
    /// How many seqs it covers.
    pub(crate) const fn rows(&self) -> u64 {
        self.to + 1 - self.from
    }

    /// Up to `limit` seqs of an entity below `before`, newest first.
    pub(crate) fn timeline(&self, database: &Database, hash: u64, before: u64, limit: usize) -> Result<Vec<u64>> {
        let mut found = Vec::new();
        let mut place = self.entities.fences.partition_point(|f| *f < (hash, before));
        while place > 0 && found.len() < limit {
            place -= 1;
            let body = block(database, self.entities.first + place as i64)?;
            let postings = decode(&body, self.from)?;
            let here = postings.iter().rev().filter(|p| p.0 == hash && p.1 < before).map(|p| p.1);
            found.extend(here.take(limit - found.len()));
            if self.entities.fences[place].0 < hash {
                break;
            }
        }
        Ok(found)
    }

    /// The lowest seq of an entity above `floor`.
    pub(crate) fn first(&self, database: &Database, hash: u64, floor: u64) -> Result<Option<u64>> {
        for id in self.entities.blocks_of(hash) {
            let postings = decode(&block(database, id)?, self.from)?;
            if let Some(first) = postings.iter().find(|p| p.0 == hash && p.1 > floor) {
                return Ok(Some(first.1));
            }
        }
        Ok(None)
    }

    /// Forgets the run's rows; call it when nobody reads them any more.
    pub(crate) fn delete(&self, database: &Database) -> Result<()> {
        delete(database, self.id)
    }
}

/// Loads a market's runs, oldest first, and clears away what an interrupted flush or merge left.
pub(crate) fn load(database: &Database, market: MarketNo) -> Result<Vec<Run>> {
    let stale: Vec<i64> = database.read(|q| {
        q.query("select id from log_run where market = $1 and state <> 1", &params![market.0], |row| row.get(0))
    })?;
    stale.into_iter().try_for_each(|id| delete(database, id))?;
    database.read(|q| {
        q.query(
            "select id, from_seq, to_seq, filter, keys, entities from log_run where market = $1 order by from_seq",
            &params![market.0],
            |row| {
                let id: i64 = row.get(0)?;
                let bytes = |column: usize| match row.value(column)? {
                    Value::Blob(bytes) => Ok(bytes),
                    _ => Err(Error::Corrupt("a run of the index".into())),
                };
                Ok(Run {
                    id,
                    from: row.get(1)?,
                    to: row.get(2)?,
                    filter: Filter::from_bytes(bytes(3)?).ok_or_else(|| Error::Corrupt("a filter".into()))?,
                    keys: Section::from_bytes(id << BLOCK_BITS, bytes(4)?),
                    entities: Section::from_bytes((id << BLOCK_BITS) + i64::from(ENTITIES), bytes(5)?),
                })
            },
        )
    })
}

/// Reads blocks by id.
pub(crate) fn blocks(database: &Database, ids: &[i64]) -> Result<FxHashMap<i64, Vec<u8>>> {
    let slots = (1..=NAMED).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ");
    let sql = format!("select id, body from log_block where id in ({slots})");
    let mut found = FxHashMap::default();
    for chunk in ids.chunks(NAMED) {
        let mut params: Vec<Value<'_>> = chunk.iter().map(|id| Value::Int(*id)).collect();
        params.resize(NAMED, Value::Null);
        found.extend(database.read(|q| q.query(&sql, &params, |row| Ok((row.get(0)?, row.get(1)?))))?);
    }
    Ok(found)
}

fn block(database: &Database, id: i64) -> Result<Vec<u8>> {
    database
        .read(|q| q.one("select body from log_block where id = $1", &params![id], |row| row.get(0)))?
        .ok_or_else(|| Error::Corrupt(format!("block {id} of the index is missing")))
}

fn delete(database: &Database, id: i64) -> Result<()> {
    let end = (id + 1) << BLOCK_BITS;
    loop {
        let sql = "delete from log_block where id in (\
                     select id from log_block where id >= $1 and id < $2 order by id limit $3)";
        let gone = database.write(|tx| tx.execute(sql, &params![id << BLOCK_BITS, end, CHUNK]))?;
        if gone == 0 {
            return database.write(|tx| tx.execute("delete from log_run where id = $1", &params![id])).map(drop);
        }
    }
}

/// Writes a run block by block; nobody sees it before [`Writer::finish`].
pub(crate) struct Writer<'d> {
    database: &'d Database,
    market: MarketNo,
    run: Run,
    body: Vec<u8>,
    last: Posting,
    ready: Vec<(i64, Vec<u8>)>,
}

impl<'d> Writer<'d> {
    /// Begins a run over `from ..= to` with room in its filter for `keys` keys.
    pub(crate) fn begin(database: &'d Database, market: MarketNo, (from, to): (u64, u64), keys: usize) -> Result<Self> {
        let id = database.write(|tx| {
            tx.one(
                "insert into log_run (id, market, from_seq, to_seq, state) \
                 select coalesce(max(id), 0) + 1, cast($1 as bigint), cast($2 as bigint), cast($3 as bigint), 0 \
                 from log_run where true returning id",
                &params![market.0, from, to],
                |row| row.get::<i64>(0),
            )
        })?;
        let id = id.ok_or_else(|| Error::Corrupt("a run that was begun is not there".into()))?;
        let keys_first = Section { first: id << BLOCK_BITS, fences: Vec::new() };
        let entities = Section { first: keys_first.first + i64::from(ENTITIES), fences: Vec::new() };
        let run = Run { id, from, to, filter: Filter::for_keys(keys), keys: keys_first, entities };
        Ok(Writer { database, market, run, body: Vec::new(), last: (0, 0), ready: Vec::new() })
    }

    /// Adds a key's posting; they come sorted.
    pub(crate) fn key(&mut self, hash: u64, seq: u64) -> Result<()> {
        self.run.filter.insert(hash);
        self.push(hash, seq, true)
    }

    /// Adds an entity's posting, after all keys and the call of [`Writer::keys_done`]; they come sorted.
    pub(crate) fn entity(&mut self, hash: u64, seq: u64) -> Result<()> {
        self.push(hash, seq, false)
    }

    /// Says that the last key came.
    pub(crate) fn keys_done(&mut self) -> Result<()> {
        self.seal(true)
    }

    fn push(&mut self, hash: u64, seq: u64, key: bool) -> Result<()> {
        if self.body.is_empty() {
            let section = if key { &mut self.run.keys } else { &mut self.run.entities };
            section.fences.push((hash, seq));
            self.last = (0, 0);
        }
        let step = hash - self.last.0;
        varint(&mut self.body, step);
        varint(&mut self.body, if step == 0 { seq - self.last.1 } else { seq - self.run.from });
        self.last = (hash, seq);
        // The next posting takes up to 20 bytes.
        if self.body.len() + 20 > BLOCK { self.seal(key) } else { Ok(()) }
    }

    fn seal(&mut self, key: bool) -> Result<()> {
        if self.body.is_empty() {
            return Ok(());
        }
        let section = if key { &self.run.keys } else { &self.run.entities };
        let id = section.first + section.fences.len() as i64 - 1;
        self.ready.push((id, std::mem::take(&mut self.body)));
        if self.ready.len() >= CHUNK { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        let rows = self.ready.iter().map(|(id, body)| [Value::Int(*id), Value::from(body)]);
        self.database.write(|tx| tx.insert_many(&BLOCKS, rows))?;
        self.ready.clear();
        Ok(())
    }

    /// Brings the run into use in the place of those it merges, if any.
    pub(crate) fn finish(mut self, merged: &[&Run]) -> Result<Run> {
        self.seal(false)?;
        self.write()?;
        let run = &self.run;
        let (filter, keys, entities) = (run.filter.to_bytes(), run.keys.to_bytes(), run.entities.to_bytes());
        self.database.write(|tx| {
            let used = tx.execute(
                "update log_run set state = 1, filter = $1, keys = $2, entities = $3 where id = $4 and market = $5",
                &params![&filter, &keys, &entities, run.id, self.market.0],
            )?;
            if used != 1 {
                // Another index of this market was opened meanwhile and cleared it away.
                return Err(Error::Corrupt(format!("run {} was deleted while it was written", run.id)));
            }
            for old in merged {
                tx.execute("update log_run set state = 2 where id = $1", &params![old.id])?;
            }
            Ok::<_, Error>(())
        })?;
        Ok(self.run)
    }
}

/// Merges neighbouring runs, oldest first, into one.
pub(crate) fn merge(database: &Database, market: MarketNo, runs: &[&Run]) -> Result<Run> {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
        return Err(Error::Corrupt("there is nothing to merge".into()));
    };
    let rows: u64 = runs.iter().map(|r| r.rows()).sum();
    let mut writer = Writer::begin(database, market, (first.from, last.to), rows as usize)?;
    each_sorted(database, runs, |run| &run.keys, |hash, seq| writer.key(hash, seq))?;
    writer.keys_done()?;
    each_sorted(database, runs, |run| &run.entities, |hash, seq| writer.entity(hash, seq))?;
    writer.finish(runs)
}

/// Hands out the postings of several runs in one order. Runs do not overlap in seq, so of two with
/// the same hash the older run's comes first.
fn each_sorted(
    database: &Database,
    runs: &[&Run],
    section: impl Fn(&Run) -> &Section,
    mut take: impl FnMut(u64, u64) -> Result<()>,
) -> Result<()> {
    let mut cursors: Vec<Cursor<'_>> =
        runs.iter().map(|run| Cursor { database, run, section: section(run), read: 0, postings: Vec::new() }).collect();
    cursors.iter_mut().try_for_each(Cursor::fill)?;
    loop {
        let next = cursors.iter_mut().filter(|c| !c.postings.is_empty()).min_by_key(|c| c.postings.last().copied());
        let Some(cursor) = next else { return Ok(()) };
        if let Some((hash, seq)) = cursor.postings.pop() {
            take(hash, seq)?;
        }
        cursor.fill()?;
    }
}

/// Reads a section from front to back.
struct Cursor<'a> {
    database: &'a Database,
    run: &'a Run,
    section: &'a Section,
    read: usize,
    /// What was decoded and not taken, last first.
    postings: Vec<Posting>,
}

impl Cursor<'_> {
    fn fill(&mut self) -> Result<()> {
        let left = self.section.fences.len() - self.read;
        if !self.postings.is_empty() || left == 0 {
            return Ok(());
        }
        let count = left.min(NAMED);
        let start = self.section.first + self.read as i64;
        let sql = "select body from log_block where id >= $1 and id < $2 order by id";
        let params = params![start, start + count as i64];
        let bodies: Vec<Vec<u8>> = self.database.read(|q| q.query(sql, &params, |row| row.get(0)))?;
        if bodies.len() != count {
            return Err(Error::Corrupt("blocks of the index are missing".into()));
        }
        for body in &bodies {
            self.postings.extend(decode(body, self.run.from)?);
        }
        self.postings.reverse();
        self.read += count;
        Ok(())
    }
}

/// The postings of a block of a run that starts at `from`.
pub(crate) fn decode(body: &[u8], from: u64) -> Result<Vec<Posting>> {
    let mut rest = body;
    let mut last: Posting = (0, 0);
    let mut postings = Vec::with_capacity(body.len() / 6);
    while !rest.is_empty() {
        let (Some(step), Some(seq)) = (read_varint(&mut rest), read_varint(&mut rest)) else {
            return Err(Error::Corrupt("a block of the index".into()));
        };
        let base = if step == 0 { last.1 } else { from };
        last = (last.0.wrapping_add(step), seq.wrapping_add(base));
        postings.push(last);
    }
    Ok(postings)
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
