//! The mask: personal fields read `***` in every list, stream and log.

use domain::{MASK, Object, Read};
use serde_json::Value;

/// Gives the event's data with everything personal replaced by `***`, and the names of the masked fields.
///
/// `personal` are the fields the event's schema marks personal, `known` all fields the schema has. A field no
/// schema speaks of may hold anything, so its texts are masked as well; its bare numbers and booleans stay.
#[must_use]
pub fn mask(data: &Object, personal: &[String], known: &[String]) -> (Object, Vec<String>) {
    let mut out = Object::new();
    let mut masked = Vec::new();
    for (name, value) in data {
        let hide = personal.contains(name) || (!known.contains(name) && speaks(value));
        if hide && !value.is_null() {
            masked.push(name.clone());
            out.insert(name.clone(), Value::from(MASK));
        } else {
            out.insert(name.clone(), value.clone());
        }
    }
    (out, masked)
}

/// Masks the values a rule read whose expression names a personal field.
#[must_use]
pub fn mask_reads(reads: &[Read], personal: &[String]) -> Vec<Read> {
    let names = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| personal.iter().any(|field| field == word))
    };
    reads
        .iter()
        .map(|read| {
            if !read.value.is_null() && names(&read.name) {
                Read { name: read.name.clone(), value: Value::from(MASK) }
            } else {
                read.clone()
            }
        })
        .collect()
}

/// Whether a value could say something about a person: any text, alone or inside.
fn speaks(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap()
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn personal_and_unknown_texts_are_masked() {
        let data = object(json!({
            "user": "u1", "email": "mira@example.test", "phone": 6_591_234_567_i64, "country": "SG",
            "note": "call me", "weight": 3.5, "gift": true, "extra": {"mail": "x"}, "list": ["y"], "empty": "", "none": null,
        }));
        let (out, masked) = mask(&data, &names(&["email", "phone"]), &names(&["user", "email", "phone", "country"]));
        assert_eq!(
            Value::Object(out),
            json!({
                "user": "u1", "email": MASK, "phone": MASK, "country": "SG", "note": MASK, "weight": 3.5, "gift": true,
                "extra": MASK, "list": MASK, "empty": "", "none": null,
            })
        );
        assert_eq!(masked, names(&["email", "extra", "list", "note", "phone"]));
    }

    #[test]
    fn reads_of_personal_fields_are_masked_whole_words_only() {
        let read = |name: &str| Read { name: name.to_owned(), value: json!("v") };
        let reads = [read("email"), read("email.size()"), read("email_changes.last('1h')"), read("country")];
        let out = mask_reads(&reads, &names(&["email"]));
        let values: Vec<_> = out.iter().map(|r| r.value.as_str().unwrap()).collect();
        assert_eq!(values, [MASK, MASK, "v", "v"]);
    }
}
