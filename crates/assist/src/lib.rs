//! Knowledge, bot and briefing.
