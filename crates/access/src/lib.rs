//! Agents, sessions, keys, masks.
