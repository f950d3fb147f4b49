//! The outside, in and out: event formats in, signed webhooks out.
