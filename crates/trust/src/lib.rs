//! Listings, flags, sanctions and appeals.
