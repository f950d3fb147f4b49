//! Where real clients put their key. These only find it; whether it opens the door is not said here.

use base64::Engine;

use super::{body, json};

/// The user part of `Authorization: Basic …`, which is where Segment-compatible clients put the
/// write key (its password stays empty). `None` when the header is of another kind or damaged.
#[must_use]
pub fn basic_user(authorization: &str) -> Option<String> {
    let encoded = scheme(authorization, "basic")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let user = text.split(':').next().unwrap_or_default();
    (!user.is_empty()).then(|| user.to_owned())
}

/// The key of `Authorization: Bearer …`.
#[must_use]
pub fn bearer(authorization: &str) -> Option<&str> {
    scheme(authorization, "bearer").filter(|key| !key.is_empty())
}

fn scheme<'a>(authorization: &'a str, wanted: &str) -> Option<&'a str> {
    let (scheme, rest) = authorization.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case(wanted).then(|| rest.trim())
}

/// The `writeKey` of a Segment-compatible body that has been unpacked: its own member, or that of
/// the first message of its `batch`. `None` when there is none.
#[must_use]
pub fn write_key(plain: &[u8]) -> Option<String> {
    let text = body::text(plain).ok()?;
    json::peek(text, "writeKey").or_else(|| {
        let envelope: BatchOnly<'_> = serde_json::from_str(text).ok()?;
        let first = *body::list(envelope.batch?.get()).ok()?.first()?;
        json::peek(first.get(), "writeKey")
    })
}

#[derive(serde::Deserialize)]
struct BatchOnly<'a> {
    #[serde(borrow)]
    batch: Option<&'a serde_json::value::RawValue>,
}
