//! `rules/*.yaml`: when something holds, what follows, and how far the rule has come in life.

use std::collections::BTreeMap;

use domain::{Mode, Time, Verdict, parse_span};
use serde_json::Value;

use super::Expr;
use super::manifest::is_id;
use super::schema::{FieldType, Schema};
use crate::yaml::{Kind, Node, Place, Reader, Record};

/// What becomes of a rule whose values are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnMissing {
    /// It does not hit, and the miss is counted.
    #[default]
    Skip,
    /// It does not hit.
    False,
    /// It hits with the verdict `review`.
    Review,
}

/// One thing a rule wants done; `entity`, `to` and `place` name entity fields of the event.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // The fields are those of `domain::Effect`, documented there.
pub enum Action {
    /// Put a label on.
    Label { entity: String, name: String, ttl: Option<i64> },
    /// Take a label off.
    Unlabel { entity: String, name: String },
    /// Open or join a case.
    Enqueue { entity: String, queue: String, sla: Option<i64> },
    /// Say something to a person.
    Message { to: String, text: String, place: Option<String> },
    /// Hide what a message passes on.
    Mask { entity: String, what: Masked },
    /// Tell the market's systems.
    Webhook { name: String, entity: String },
}

/// What a message passes on that may be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masked {
    /// Numbers, addresses, handles and QR codes by which people are reached.
    Contact,
    /// Web addresses: the link is blocked.
    Link,
    /// Bank accounts, cards and crypto addresses.
    Account,
    /// All of them.
    All,
}

impl Masked {
    fn parse(word: &str) -> Option<Masked> {
        [Masked::Contact, Masked::Link, Masked::Account, Masked::All].into_iter().find(|m| m.name() == word)
    }

    /// The word as files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Masked::Contact => "contact",
            Masked::Link => "link",
            Masked::Account => "account",
            Masked::All => "all",
        }
    }

    /// The kinds of identifiers it hides.
    #[must_use]
    pub const fn kinds(self) -> &'static [&'static str] {
        match self {
            Masked::Contact => &["phone", "email", "handle", "qr"],
            Masked::Link => &["url"],
            Masked::Account => &["iban", "card", "crypto"],
            Masked::All => &["phone", "email", "handle", "qr", "url", "iban", "card", "crypto"],
        }
    }
}

/// A text with `{reads}` in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(pub Vec<Part>);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words as they are.
    Text(String),
    /// A value the rule reads, by the expression that names it.
    Read(Expr),
}

/// What a unit test expects of its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It hits, whatever its verdict: the word `hit`.
    Hit,
    /// It hits with this verdict; `allow` means that it does not hit.
    Verdict(Verdict),
}

impl Expect {
    fn parse(word: &str) -> Option<Expect> {
        if word == "hit" { Some(Expect::Hit) } else { Verdict::parse(word).map(Expect::Verdict) }
    }

    /// The word as files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Expect::Hit => "hit",
            Expect::Verdict(verdict) => verdict.name(),
        }
    }
}

/// A unit test of a rule.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, or its number.
    pub name: String,
    /// The event's type, market, time and data, and what the readings give.
    pub given: Value,
    /// What the rule alone must give.
    pub expect: Expect,
    /// Where it stands.
    pub(crate) place: Place,
}

/// One rule as written.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, unique in the pack.
    pub name: String,
    /// The file it stands in.
    pub file: String,
    /// Line of its name.
    pub line: u32,
    /// The event types it judges.
    pub events: Vec<String>,
    /// The condition.
    pub when: Expr,
    /// How far it has come.
    pub mode: Mode,
    /// In canary: the share of entities it acts on.
    pub canary: f64,
    /// What it asks for; `allow` when it only notes.
    pub verdict: Verdict,
    /// Whether it was written to allow, and so overrules block, hold, review and warn.
    pub allows: bool,
    /// 0 to 1: how grave a hit is.
    pub score: f64,
    /// The policy it enforces, such as `scams.nondelivery`.
    pub policy: Option<String>,
    /// A sanction rule wins over everything.
    pub sanction: bool,
    /// An allow rule holds until then.
    pub allow_until: Option<Time>,
    /// Who approved an allow rule.
    pub approved_by: Vec<String>,
    /// What follows.
    pub then: Vec<Action>,
    /// Acting hits in an hour of one market before the rule falls back to shadow.
    pub budget: Option<u32>,
    /// When values are missing.
    pub on_missing: OnMissing,
    /// Why, by language.
    pub why: BTreeMap<String, Template>,
    /// Its unit tests.
    pub tests: Vec<Case>,
    pub(crate) place: Place,
}

const KEYS: [&str; 17] = [
    "event",
    "when",
    "mode",
    "canary",
    "verdict",
    "score",
    "policy",
    "sanction",
    "allow_until",
    "approved_by",
    "then",
    "budget",
    "on_missing",
    "why",
    "tests",
    "about",
    "owner",
];

pub(super) struct Surroundings<'a> {
    pub schemas: &'a BTreeMap<String, Schema>,
    pub queues: Vec<&'a str>,
    pub messages: Vec<&'a str>,
    pub files: &'a BTreeMap<String, String>,
}

pub(super) fn read(node: &Node, reader: &mut Reader<'_>, around: &Surroundings<'_>, into: &mut Vec<Rule>) {
    let top = reader.record(node, "a rule file", &["rules"]);
    let Some(rules) = top.get("rules") else { return };
    for (name, node) in reader.map(rules, "rules") {
        if !is_id(&name.text) {
            reader.error(name.place, format!("a rule's name has letters, digits, `-` and `_`: `{}`", name.text));
        } else if let Some(other) = into.iter().find(|r| r.name == name.text) {
            reader.error(name.place, format!("rule `{}` stands already in {}:{}", name.text, other.file, other.line));
        } else if let Some(rule) = rule(&name.text, name.place, node, reader, around) {
            into.push(rule);
        }
    }
}

fn rule(name: &str, place: Place, node: &Node, reader: &mut Reader<'_>, around: &Surroundings<'_>) -> Option<Rule> {
    let top = reader.record(node, "a rule", &KEYS);
    for key in ["event", "when", "why"] {
        if top.get(key).is_none() {
            reader.error(place, format!("rule `{name}` lacks `{key}`"));
        }
    }
    let events = events(top.get("event")?, reader, around);
    let verdict = top.get("verdict").map_or(Some(Verdict::Allow), |n| {
        word(n, "verdict", &["allow", "warn", "review", "hold", "block"], reader, Verdict::parse)
    })?;
    let mode = top.get("mode").map_or(Some(Mode::Draft), |n| {
        word(n, "mode", &["draft", "shadow", "canary", "live"], reader, |w| match w {
            "draft" => Some(Mode::Draft),
            "shadow" => Some(Mode::Shadow),
            "canary" => Some(Mode::Canary),
            "live" => Some(Mode::Live),
            _ => None,
        })
    })?;
    let on_missing = top.get("on_missing").map_or(Some(OnMissing::Skip), |n| {
        word(n, "on_missing", &["skip", "false", "review"], reader, |w| match w {
            "skip" => Some(OnMissing::Skip),
            "false" => Some(OnMissing::False),
            "review" => Some(OnMissing::Review),
            _ => None,
        })
    })?;
    let canary = top.get("canary").and_then(|n| share(n, reader)).unwrap_or(0.1);
    let rule = Rule {
        name: name.to_owned(),
        file: reader.file.to_owned(),
        line: place.line,
        when: Expr::read(top.get("when")?, reader)?,
        mode,
        canary,
        verdict,
        allows: top.get("verdict").is_some() && verdict == Verdict::Allow,
        score: top.get("score").and_then(|n| reader.number(n, "score", 0.0, 1.0)).unwrap_or(match verdict {
            Verdict::Allow => 0.0,
            Verdict::Warn => 0.3,
            Verdict::Review => 0.5,
            Verdict::Hold => 0.7,
            Verdict::Block => 0.9,
        }),
        policy: top.get("policy").and_then(|n| reader.text(n, "policy")),
        sanction: top.get("sanction").is_some_and(|n| reader.flag(n, "sanction")),
        allow_until: top.get("allow_until").and_then(|n| reader.parsed(n, "allow_until", Time::parse)),
        approved_by: top.get("approved_by").map(|n| reader.texts(n, "approved_by")).unwrap_or_default(),
        then: actions(&top, &events, reader, around),
        budget: top.get("budget").and_then(|n| budget(n, reader)),
        on_missing,
        why: why(top.get("why")?, reader),
        tests: top.get("tests").map(|n| cases(n, reader, around)).unwrap_or_default(),
        events,
        place,
    };
    life(&rule, reader);
    Some(rule)
}

/// What a rule owes before it may leave draft, or allow.
fn life(rule: &Rule, reader: &mut Reader<'_>) {
    if rule.mode != Mode::Draft {
        let hits = rule.tests.iter().any(|t| {
            t.expect == Expect::Hit || t.expect == Expect::Verdict(rule.verdict) && rule.verdict != Verdict::Allow
        });
        let misses = rule.tests.iter().any(|t| t.expect == Expect::Verdict(Verdict::Allow));
        if !hits || !misses {
            let lack = if hits { "where it does not hit" } else { "where it hits" };
            reader.error(rule.place, format!("rule `{}` needs a test {lack} before it leaves draft", rule.name));
        }
    }
    if rule.allows {
        let mut approvers: Vec<String> = rule.approved_by.iter().map(|name| name.trim().to_lowercase()).collect();
        approvers.retain(|name| !name.is_empty());
        approvers.sort();
        approvers.dedup();
        if rule.allow_until.is_none() || approvers.len() < 2 {
            reader.error(
                rule.place,
                format!("allow rule `{}` needs `allow_until` and two names in `approved_by`", rule.name),
            );
        }
    }
}

fn events(node: &Node, reader: &mut Reader<'_>, around: &Surroundings<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for item in reader.list(node) {
        let Some(kind) = reader.text(item, "event") else { continue };
        if around.schemas.contains_key(&kind) {
            found.push(kind);
        } else {
            reader.unknown(item.place, "event type", &kind, around.schemas.keys().map(String::as_str));
        }
    }
    found
}

fn word<T>(
    node: &Node,
    what: &str,
    known: &[&str],
    reader: &mut Reader<'_>,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let text = reader.text(node, what)?;
    let value = read(&text);
    if value.is_none() {
        reader.unknown(node.place, what, &text, known.iter().copied());
    }
    value
}

fn share(node: &Node, reader: &mut Reader<'_>) -> Option<f64> {
    let top = reader.record(node, "canary", &["share"]);
    top.get("share").and_then(|n| reader.number(n, "share", 0.0, 1.0))
}

fn budget(node: &Node, reader: &mut Reader<'_>) -> Option<u32> {
    let top = reader.record(node, "budget", &["actions_per_hour"]);
    top.get("actions_per_hour").and_then(|n| reader.number(n, "actions_per_hour", 1.0, 1e6)).map(|n| n as u32)
}

fn actions(top: &Record<'_>, events: &[String], reader: &mut Reader<'_>, around: &Surroundings<'_>) -> Vec<Action> {
    let Some(node) = top.get("then") else { return Vec::new() };
    let mut found = Vec::new();
    for item in reader.list(node) {
        let entries = reader.map(item, "an action");
        let [(name, body)] = entries else {
            reader.error(
                item.place,
                "an action is one word and what it takes, such as `- label: {entity: seller, name: watched}`",
            );
            continue;
        };
        if let Some(action) = action(&name.text, name.place, body, events, reader, around) {
            found.push(action);
        }
    }
    found
}

fn action(
    name: &str,
    place: Place,
    body: &Node,
    events: &[String],
    reader: &mut Reader<'_>,
    around: &Surroundings<'_>,
) -> Option<Action> {
    match name {
        "label" | "unlabel" => {
            let top = reader.record(body, name, &["entity", "name", "ttl"]);
            let (entity, label) = (entity(&top, "entity", events, reader, around)?, need(&top, "name", reader)?);
            let ttl = top.get("ttl").and_then(|n| reader.parsed(n, "ttl", parse_span));
            Some(if name == "label" {
                Action::Label { entity, name: label, ttl }
            } else {
                Action::Unlabel { entity, name: label }
            })
        }
        "enqueue" => {
            let top = reader.record(body, name, &["entity", "queue", "sla"]);
            let (entity, queue) = (entity(&top, "entity", events, reader, around)?, need(&top, "queue", reader)?);
            if !around.queues.contains(&queue.as_str()) {
                reader.unknown(top.get("queue")?.place, "queue", &queue, around.queues.iter().copied());
            }
            Some(Action::Enqueue {
                entity,
                queue,
                sla: top.get("sla").and_then(|n| reader.parsed(n, "sla", parse_span)),
            })
        }
        "message" => {
            let top = reader.record(body, name, &["to", "text", "place"]);
            let (to, text) = (entity(&top, "to", events, reader, around)?, need(&top, "text", reader)?);
            if !around.messages.contains(&text.as_str()) {
                reader.unknown(top.get("text")?.place, "message", &text, around.messages.iter().copied());
            }
            let place = top.get("place").and_then(|_| self::entity(&top, "place", events, reader, around));
            Some(Action::Message { to, text, place })
        }
        "mask" => {
            let top = reader.record(body, name, &["entity", "what"]);
            let entity = entity(&top, "entity", events, reader, around)?;
            let what = match top.get("what") {
                None => Masked::Contact,
                Some(node) => word(node, "what", &["contact", "link", "account", "all"], reader, Masked::parse)?,
            };
            Some(Action::Mask { entity, what })
        }
        "webhook" => {
            let top = reader.record(body, name, &["name", "entity"]);
            Some(Action::Webhook {
                name: need(&top, "name", reader)?,
                entity: entity(&top, "entity", events, reader, around)?,
            })
        }
        _ => {
            reader.unknown(place, "action", name, ["label", "unlabel", "enqueue", "message", "mask", "webhook"]);
            None
        }
    }
}

fn need(top: &Record<'_>, key: &str, reader: &mut Reader<'_>) -> Option<String> {
    match top.get(key) {
        Some(node) => reader.text(node, key),
        None => {
            reader.error(top.place, format!("this action lacks `{key}`"));
            None
        }
    }
}

/// An entity field that every event type of the rule has.
fn entity(
    top: &Record<'_>,
    key: &str,
    events: &[String],
    reader: &mut Reader<'_>,
    around: &Surroundings<'_>,
) -> Option<String> {
    let field = need(top, key, reader)?;
    for schema in events.iter().filter_map(|e| around.schemas.get(e)) {
        if !matches!(schema.field(&field).map(|f| &f.kind), Some(FieldType::Entity(_))) {
            let names =
                schema.fields.iter().filter(|f| matches!(f.kind, FieldType::Entity(_))).map(|f| f.name.as_str());
            reader.unknown(top.get(key)?.place, &format!("entity field of {}", schema.kind), &field, names);
        }
    }
    Some(field)
}

fn why(node: &Node, reader: &mut Reader<'_>) -> BTreeMap<String, Template> {
    match &node.kind {
        Kind::Map(entries) => {
            let mut found = BTreeMap::new();
            for (name, node) in entries {
                if !super::manifest::LANGUAGES.contains(&name.text.as_str()) {
                    reader.unknown(name.place, "language", &name.text, super::manifest::LANGUAGES);
                }
                if let Some(template) = template(node, reader) {
                    found.insert(name.text.clone(), template);
                }
            }
            found
        }
        _ => template(node, reader).map(|t| BTreeMap::from([("en".to_owned(), t)])).unwrap_or_default(),
    }
}

fn template(node: &Node, reader: &mut Reader<'_>) -> Option<Template> {
    let text = reader.text(node, "why")?;
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else {
            reader.error(node.place, "a `{` without its `}`");
            return None;
        };
        if open > 0 {
            parts.push(Part::Text(rest[..open].to_owned()));
        }
        parts.push(Part::Read(Expr {
            text: rest[open + 1..open + close].trim().to_owned(),
            place: node.place,
            block: false,
        }));
        rest = &rest[open + close + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Some(Template(parts))
}

fn cases(node: &Node, reader: &mut Reader<'_>, around: &Surroundings<'_>) -> Vec<Case> {
    let mut found = Vec::new();
    for (number, item) in reader.list(node).into_iter().enumerate() {
        let top = reader.record(item, "a test", &["name", "given", "expect"]);
        let (Some(given), Some(expect)) = (top.get("given"), top.get("expect")) else {
            reader.error(top.place, "a test needs `given` and `expect`");
            continue;
        };
        let Some(expect) =
            word(expect, "expectation", &["hit", "allow", "warn", "review", "hold", "block"], reader, Expect::parse)
        else {
            continue;
        };
        let name = top.get("name").and_then(|n| reader.text(n, "name"));
        let (given, name) = match &given.kind {
            Kind::Scalar(file, _) => {
                let path = format!("tests/{file}");
                let Some(text) = around.files.get(&path) else {
                    let known = around.files.keys().filter_map(|p| p.strip_prefix("tests/"));
                    reader.unknown(given.place, "test file", file, known);
                    continue;
                };
                match serde_json::from_str(text) {
                    Ok(value) => (value, name.unwrap_or_else(|| file.clone())),
                    Err(fault) => {
                        reader.error(given.place, format!("{path}: {fault}"));
                        continue;
                    }
                }
            }
            _ => (given.to_json(), name.unwrap_or_else(|| format!("test {}", number + 1))),
        };
        found.push(Case { name, given, expect, place: top.place });
    }
    found
}
