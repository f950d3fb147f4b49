//! Where the `cel` crate departs from the CEL standard.

/// Each deviation of the `cel` crate (as this workspace builds it) by name, with what it does instead. This engine follows the
/// standard. The differential test leaves these out, and proves each of them, so that a repaired crate is noticed.
pub const DEVIATIONS: &[(&str, &str)] = &[
    ("nan-order", "ordering a NaN is an error; the standard makes every such comparison false"),
    ("two-variable-macros", "exists, all, existsOne with index and element are unknown, and so are the transforms"),
    (
        "string-functions",
        "charAt, indexOf, lastIndexOf, join, lowerAscii, upperAscii, replace, split, substring, trim, format, quote are unknown",
    ),
    ("time", "timestamp, duration and their parts are unknown without a second time library"),
];
