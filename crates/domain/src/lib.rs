//! The words every room shares: events, decisions, effects, entities, money, time.
