//! Profile records between memory and the store.

use profile::snapshot;
use store::{Query, Tx};

use crate::error::Error;
use crate::market::Market;

/// Brings the records of these entities into memory where the store may have them.
pub(crate) fn fetch(q: &mut Query<'_>, market: &mut Market, keys: &[u64]) -> Result<(), Error> {
    for key in keys {
        if market.state.is_wanted(*key)
            && let Some(body) = snapshot::body(q, market.no, *key)?
        {
            market.state.restore(*key, &body)?;
        }
    }
    Ok(())
}

/// Writes what memory let go, and at most `dirty` records of a checkpoint under way.
pub(crate) fn keep(tx: &mut Tx<'_>, market: &mut Market, dirty: usize) -> Result<(), Error> {
    market.state.trim();
    let mut records = market.state.drain_evicted();
    let (next, checkpoint) = market.state.take_dirty(dirty);
    records.extend(next);
    snapshot::put(tx, market.no, &records)?;
    if let Some(checkpoint) = checkpoint {
        snapshot::checkpoint(tx, market.no, &checkpoint)?;
    }
    Ok(())
}
