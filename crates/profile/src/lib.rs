//! Who and what they did: aggregates, labels, identities, timelines.
