//! Identity and timelines.
use crate::Migration;
pub(crate) const MIGRATIONS: &[Migration] = &[];
