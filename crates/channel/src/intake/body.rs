//! Bodies: bounded decompression, UTF-8, and the split of a batch into the bytes of its events.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use serde::Deserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{LIMIT_BATCH_BYTES, LIMIT_BATCH_EVENTS, Refusal};

/// Decompresses a body that starts like gzip, whatever its labels say; others pass as they are.
/// Doing it twice does no harm, so a caller who needs to look inside first may unpack and hand on.
///
/// # Errors
/// When the plain bytes exceed [`LIMIT_BATCH_BYTES`] (no more than that is ever expanded), the
/// gzip is damaged, or the encoding is one we do not read.
pub fn unpack<'a>(body: &'a [u8], content_encoding: Option<&str>) -> Result<Cow<'a, [u8]>, Refusal> {
    let too_large = || Refusal::bad("body", format!("is larger than {LIMIT_BATCH_BYTES} bytes; send smaller batches"));
    if body.len() > LIMIT_BATCH_BYTES {
        return Err(too_large());
    }
    if !body.starts_with(&[0x1f, 0x8b]) {
        let encoding = content_encoding.unwrap_or("").trim().to_ascii_lowercase();
        // A proxy may decompress and leave the label, so gzip without its magic bytes is let through.
        if !matches!(encoding.as_str(), "" | "identity" | "gzip" | "x-gzip") {
            let detail = format!("`{}` is not read here; send gzip or nothing", super::cut(&encoding, 40));
            return Err(Refusal { status: 415, field: "content-encoding".into(), detail });
        }
        return Ok(Cow::Borrowed(body));
    }
    let mut plain = Vec::with_capacity((body.len() * 4).min(LIMIT_BATCH_BYTES + 1));
    match MultiGzDecoder::new(body).take(LIMIT_BATCH_BYTES as u64 + 1).read_to_end(&mut plain) {
        Ok(_) if plain.len() > LIMIT_BATCH_BYTES => Err(too_large()),
        Ok(_) => Ok(Cow::Owned(plain)),
        Err(fault) => Err(Refusal::bad("body", format!("is damaged gzip after {} plain bytes: {fault}", plain.len()))),
    }
}

/// The body as text, without the byte order mark some clients put first.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Refusal> {
    let text = std::str::from_utf8(bytes)
        .map_err(|fault| Refusal::bad("body", format!("is not UTF-8 at byte {}", fault.valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(Refusal::bad("body", "is empty"));
    }
    Ok(text)
}

/// What a body turned out to hold: one event, or many, each as its own bytes.
pub(super) enum Parts<'a> {
    /// A single JSON value.
    One(&'a str),
    /// The elements of a list.
    Many(Vec<&'a RawValue>),
    /// Lines of which each should be one event.
    Lines(Vec<&'a str>),
}

/// Splits a text into events: a JSON list, lines (by content type, or when the first line is
/// complete by itself), or a single value.
pub(super) fn split<'a>(text: &'a str, content_type: Option<&str>) -> Result<Parts<'a>, Refusal> {
    let text = text.trim_ascii();
    if text.starts_with('[') {
        return list(text).map(Parts::Many).map_err(|fault| not_json(&fault));
    }
    if is_lines(text, content_type) {
        let lines: Vec<&str> = text.lines().map(str::trim_ascii).filter(|line| !line.is_empty()).collect();
        if lines.len() > LIMIT_BATCH_EVENTS {
            return Err(Refusal::bad("body", format!("holds more than {LIMIT_BATCH_EVENTS} events")));
        }
        return Ok(Parts::Lines(lines));
    }
    match serde_json::from_str::<&RawValue>(text) {
        Ok(one) => Ok(Parts::One(one.get())),
        Err(fault) => Err(not_json(&fault)),
    }
}

fn is_lines(text: &str, content_type: Option<&str>) -> bool {
    let kind = content_type.unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if matches!(
        kind.as_str(),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines"
    ) {
        return true;
    }
    // A client that does not say so: an object alone on the first line, and more below it.
    text.split_once('\n').is_some_and(|(first, rest)| {
        first.starts_with('{')
            && rest.trim_ascii_start().starts_with('{')
            && serde_json::from_str::<&RawValue>(first).is_ok()
    })
}

/// The refusal for a text that is no JSON, with the place the parser gave up at.
pub(super) fn not_json(fault: &serde_json::Error) -> Refusal {
    Refusal::bad("body", format!("is not JSON: {fault}"))
}

/// The elements of a JSON list as their own texts, at most [`LIMIT_BATCH_EVENTS`].
pub(super) fn list(text: &str) -> Result<Vec<&RawValue>, serde_json::Error> {
    struct Elements;
    impl<'de> Visitor<'de> for Elements {
        type Value = Vec<&'de RawValue>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of events")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut elements = Vec::new();
            while let Some(element) = seq.next_element::<&RawValue>()? {
                if elements.len() == LIMIT_BATCH_EVENTS {
                    return Err(A::Error::custom(format_args!("more than {LIMIT_BATCH_EVENTS} events")));
                }
                elements.push(element);
            }
            Ok(elements)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let elements = reader.deserialize_seq(Elements)?;
    reader.end()?;
    Ok(elements)
}
