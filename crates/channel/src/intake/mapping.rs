//! Names: which of the house's facts a Segment-compatible call stands for.
//!
//! The table is short on purpose. A call that is not in it, or that lacks a field its fact cannot
//! be without, stays what it was under `custom.*`; nothing is lost and nothing is made up.

use domain::{FieldError, Object};
use serde_json::Value;

use super::segment::Call;

/// One well-known track call and the fact it stands for.
struct Known {
    /// The call's event name, in lower case.
    name: &'static str,
    /// The house's event type.
    kind: &'static str,
    /// The fact's field and where it may come from, first found first: a property's name, or
    /// `@user` for the caller. A field marked true is one the fact cannot be without.
    fields: &'static [(&'static str, &'static [&'static str], bool)],
}

const ORDER: (&str, &[&str], bool) = ("order", &["order", "order_id", "orderId"], true);
const BUYER: (&str, &[&str], bool) = ("buyer", &["buyer", "buyer_id", "@user"], true);
const SELLER: (&str, &[&str], bool) = ("seller", &["seller", "seller_id"], true);
const LISTING: (&str, &[&str], bool) = ("listing", &["listing", "listing_id", "product_id"], false);
const AMOUNT: (&str, &[&str], bool) = ("amount", &["amount", "total", "revenue", "value"], false);
const USER: (&str, &[&str], bool) = ("user", &["user", "@user"], true);

const KNOWN: &[Known] = &[
    Known { name: "signed up", kind: "account.registered", fields: &[USER] },
    Known { name: "signed in", kind: "signin.succeeded", fields: &[USER] },
    Known { name: "order completed", kind: "order.placed", fields: &[ORDER, BUYER, SELLER, LISTING, AMOUNT] },
    Known { name: "order shipped", kind: "order.shipped", fields: &[ORDER, BUYER, SELLER, LISTING, AMOUNT] },
    Known { name: "order delivered", kind: "order.delivered", fields: &[ORDER, BUYER, SELLER, LISTING, AMOUNT] },
    Known { name: "order cancelled", kind: "order.cancelled", fields: &[ORDER, BUYER, SELLER, LISTING, AMOUNT] },
    Known { name: "order refunded", kind: "refund.issued", fields: &[ORDER, AMOUNT] },
    Known { name: "product added", kind: "cart.updated", fields: &[USER, LISTING] },
    Known { name: "product removed", kind: "cart.updated", fields: &[USER, LISTING] },
    Known {
        name: "product reviewed",
        kind: "review.posted",
        fields: &[
            ("review", &["review", "review_id"], true),
            BUYER,
            SELLER,
            LISTING,
            ("stars", &["stars", "rating"], false),
            ("text", &["text", "review_body"], false),
        ],
    },
];

/// Turns a call's members into an event type and its data.
///
/// `known` says whether the policy in force names a type.
pub(super) fn fact(
    call: Call,
    mut members: Object,
    user: Option<String>,
    visitor: Option<String>,
    known: &dyn Fn(&str) -> bool,
) -> Result<(String, Object), FieldError> {
    let mut data = take_object(&mut members, "properties")?;
    let mut traits = take_object(&mut members, "traits")?;
    let mut context = take_object(&mut members, "context")?;
    let kind = match call {
        Call::Track => track(&mut members, &mut data, user.as_deref(), known)?,
        Call::Page | Call::Screen => view(call, &mut members, &mut data, &context, known)?,
        Call::Identify => {
            // Some clients send the traits of an identify only beside its surroundings.
            if traits.is_empty() {
                traits = take_object(&mut context, "traits")?;
            }
            identify(&mut data, traits);
            or_custom("profile.identified", "identify", known)
        }
        Call::Group => {
            move_member(&mut members, "groupId", &mut data, "group");
            put(&mut data, "traits", Value::Object(traits));
            "custom.group".to_owned()
        }
        Call::Alias => {
            move_member(&mut members, "previousId", &mut data, "previous");
            "custom.alias".to_owned()
        }
        // A batch is taken apart before; its messages are never batches.
        Call::Batch => return Err(FieldError::new("type", "must not be a batch")),
    };
    surroundings(&mut data, context, user, visitor);
    Ok((kind, data))
}

fn track(
    members: &mut Object,
    data: &mut Object,
    user: Option<&str>,
    known: &dyn Fn(&str) -> bool,
) -> Result<String, FieldError> {
    let name = match members.remove("event") {
        Some(Value::String(name)) if !name.trim().is_empty() => name,
        Some(Value::String(_)) | Some(Value::Null) | None => return Err(FieldError::new("event", "is missing")),
        Some(_) => return Err(FieldError::new("event", "must be a text")),
    };
    if known(&name) || name.starts_with("custom.") {
        return Ok(name);
    }
    let lower = name.trim().to_lowercase();
    let entry = KNOWN.iter().find(|entry| entry.name == lower && known(entry.kind));
    let kind = match entry.and_then(|entry| fields_of(entry, data, user).map(|fields| (entry.kind, fields))) {
        Some((kind, fields)) => {
            data.extend(fields);
            kind.to_owned()
        }
        None => format!("custom.{}", slug(&name)),
    };
    put(data, "event", Value::String(name));
    Ok(kind)
}

/// The fields a known call fills; `None` when one is missing that the fact cannot be without.
fn fields_of(entry: &Known, data: &Object, user: Option<&str>) -> Option<Vec<(String, Value)>> {
    let mut fields = Vec::new();
    for (field, sources, required) in entry.fields {
        let found = sources.iter().find_map(|source| match *source {
            "@user" => user.map(|user| Value::String(user.to_owned())),
            name => data.get(name).filter(|value| !value.is_null()).cloned(),
        });
        match found {
            Some(value) => fields.push(((*field).to_owned(), value)),
            None if *required => return None,
            None => {}
        }
    }
    Some(fields)
}

/// A page or screen somebody saw. A page's path is what the call or its surroundings say, or else
/// its name; a screen goes by its name first.
fn view(
    call: Call,
    members: &mut Object,
    data: &mut Object,
    context: &Object,
    known: &dyn Fn(&str) -> bool,
) -> Result<String, FieldError> {
    let name = match members.remove("name") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err(FieldError::new("name", "must be a text")),
    };
    if let Some(name) = &name {
        put(data, "name", Value::String(name.clone()));
        if call == Call::Screen {
            put(data, "path", Value::String(name.clone()));
        }
    }
    if let Some(Value::Object(page)) = context.get("page") {
        for field in ["path", "title", "referrer"] {
            if let Some(value) = page.get(field) {
                put(data, field, value.clone());
            }
        }
    }
    if let Some(name) = name {
        put(data, "path", Value::String(name));
    }
    // Browsers collect these by themselves; a long title must not cost the whole fact.
    for (field, limit) in [("path", 2000), ("title", 500), ("referrer", 2000)] {
        match data.get_mut(field) {
            Some(Value::String(text)) if text.is_empty() || text == "$direct" => drop(data.remove(field)),
            Some(Value::String(text)) => text.truncate(text.floor_char_boundary(limit)),
            _ => {}
        }
    }
    let own = if call == Call::Page { "page" } else { "screen" };
    if data.get("path").is_some_and(Value::is_string) {
        return Ok(or_custom("page.viewed", own, known));
    }
    Ok(format!("custom.{own}"))
}

/// What somebody says of themselves: the members that people are found by stand on their own, so
/// that a schema can mark each as personal; the others stay together.
fn identify(data: &mut Object, mut traits: Object) {
    for field in ["email", "phone", "name", "country", "language"] {
        if let Some(value) = traits.remove(field).filter(|value| !value.is_null()) {
            put(data, field, value);
        }
    }
    if !traits.is_empty() {
        put(data, "traits", Value::Object(traits));
    }
}

/// Who and where from, beside what the call itself says.
fn surroundings(data: &mut Object, context: Object, user: Option<String>, visitor: Option<String>) {
    if let Some(user) = user {
        put(data, "user", Value::String(user));
    }
    if let Some(visitor) = visitor {
        put(data, "visitor", Value::String(visitor));
    }
    let device = context.get("device").and_then(|device| device.get("id"));
    let found = [("ip", context.get("ip")), ("agent_string", context.get("userAgent")), ("device", device)];
    for (field, value) in found {
        if let Some(Value::String(text)) = value
            && !text.is_empty()
        {
            put(data, field, Value::String(super::cut(text, 500).to_owned()));
        }
    }
}

fn or_custom(kind: &str, own: &str, known: &dyn Fn(&str) -> bool) -> String {
    if known(kind) { kind.to_owned() } else { format!("custom.{own}") }
}

/// Sets a field unless the sender did.
fn put(data: &mut Object, field: &str, value: Value) {
    data.entry(field).or_insert(value);
}

fn move_member(members: &mut Object, from: &str, data: &mut Object, to: &str) {
    if let Some(value) = members.remove(from).filter(|value| !value.is_null()) {
        put(data, to, value);
    }
}

fn take_object(members: &mut Object, name: &str) -> Result<Object, FieldError> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(Object::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(FieldError::new(name, "must be an object")),
    }
}

/// A name as the last part of an event type: letters and digits of any script in lower case,
/// everything between them one `_`, at most 100 bytes.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_alphanumeric() {
            slug.extend(c.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
        if slug.len() > 100 {
            break;
        }
    }
    let slug = super::cut(slug.trim_end_matches('_'), 100);
    if slug.is_empty() { "unnamed".to_owned() } else { slug.to_owned() }
}
