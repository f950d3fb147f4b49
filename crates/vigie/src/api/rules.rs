//! Rules with their hits, and a rule's life from draft to live.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use decision::Pack;
use decision::pack::{Action, Part, Rule, Template, trials};
use domain::{DAY, Mode};
use engine::policy;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Query, decisions, log};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::extract::{Given, Place};
use super::policy::{Hash, Installed, Waits, compute, in_force, install, note};
use super::view::{mode_name, parse_mode};
use crate::app::{App, Shared};
use crate::clock::now;
use crate::edit::set_member;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(set_mode))
}

/// How long counted hits are good enough: counting walks every hit there ever was.
const FRESH: Duration = Duration::from_secs(5);

/// How often a rule hit.
#[derive(Clone, Debug, Default)]
pub struct RuleHits {
    day: u64,
    total: u64,
    last: Option<domain::Time>,
}

/// Counted hits by rule, and when they were counted.
pub type CountedHits = Option<(Instant, BTreeMap<String, RuleHits>)>;

/// The rules, and the policy they stand in.
#[derive(Serialize, ToSchema)]
struct Rules {
    /// The policy in force.
    policy: PolicyHead,
    /// In the pack's order.
    items: Vec<RuleView>,
}

/// The policy in short.
#[derive(Serialize, ToSchema)]
struct PolicyHead {
    /// Its identity; give it as `base` when changing something.
    hash: String,
    /// Since when it is in force.
    activated_at: Option<String>,
    /// Who wrote it.
    author: String,
    /// Why.
    note: String,
}

/// One rule.
#[derive(Serialize, ToSchema)]
struct RuleView {
    /// Its name.
    name: String,
    /// The event types it judges.
    event: Vec<String>,
    /// Its condition.
    when: String,
    /// draft, shadow, canary or live.
    mode: &'static str,
    /// What it asks for.
    verdict: &'static str,
    /// Why, in the reader's language, with the values it reads in braces.
    why: String,
    /// The file it stands in.
    file: String,
    /// The line of its name.
    line: u32,
    /// Acting hits an hour before it falls back to shadow.
    budget: Option<u32>,
    /// The share of entities it acts on in canary.
    canary: f64,
    /// What follows a hit.
    #[schema(value_type = Vec<Object>)]
    then: Vec<Value>,
    /// Hits in the last 24 hours.
    hits_24h: u64,
    /// Hits ever.
    hits_total: u64,
    /// When it last hit.
    last_hit: Option<String>,
    /// How its tests end.
    tests: TestsView,
    /// Since when it has spent its budget and stays in shadow; null when it has not.
    tripped_at: Option<String>,
}

/// How a rule's tests end.
#[derive(Serialize, Default, Clone, ToSchema)]
struct TestsView {
    /// As expected.
    passed: usize,
    /// Otherwise.
    failed: usize,
}

/// Lists rules with their modes, hits and tests.
#[utoipa::path(get, path = "/v1/rules", tag = "rules", operation_id = "list_rules", responses((status = 200, body = Rules)))]
async fn list(State(app): State<Shared>, caller: Caller) -> Result<Json<Rules>, Problem> {
    let pack = app.engine.pack();
    let (version, activated_at) = in_force(&app, &pack).await?;
    let hits = hits(&app).await?;
    let tripped = tripped(&app).await?;
    let tried = pack.clone();
    let tests = compute(move || tests_by_rule(&tried)).await?;
    let language = caller.language();
    let view = |rule: &Rule| {
        let hits = hits.get(&rule.name).cloned().unwrap_or_default();
        RuleView {
            name: rule.name.clone(),
            event: rule.events.clone(),
            when: rule.when.text.clone(),
            mode: mode_name(rule.mode),
            verdict: rule.verdict.name(),
            why: why(rule, language),
            file: rule.file.clone(),
            line: rule.line,
            budget: rule.budget,
            canary: rule.canary,
            then: rule.then.iter().map(action).collect(),
            hits_24h: hits.day,
            hits_total: hits.total,
            last_hit: hits.last.map(|t| t.to_string()),
            tests: tests.get(&rule.name).cloned().unwrap_or_default(),
            tripped_at: tripped.get(&rule.name).map(ToString::to_string),
        }
    };
    Ok(Json(Rules {
        policy: PolicyHead {
            hash: pack.hash.clone(),
            activated_at,
            author: version.as_ref().map(|v| v.author.clone()).unwrap_or_default(),
            note: version.map(|v| v.note).unwrap_or_default(),
        },
        items: pack.rules.iter().map(view).collect(),
    }))
}

/// Rules that have spent their budget somewhere, and since when.
async fn tripped(app: &App) -> Result<BTreeMap<String, domain::Time>, Problem> {
    let all = app.read(policy::tripped).await?;
    let mut since: BTreeMap<String, domain::Time> = BTreeMap::new();
    for (_, rule, at) in all {
        let first = since.entry(rule).or_insert(at);
        *first = (*first).min(at);
    }
    Ok(since)
}

fn tests_by_rule(pack: &Pack) -> BTreeMap<String, TestsView> {
    let mut out: BTreeMap<String, TestsView> = BTreeMap::new();
    for trial in trials(pack) {
        let view = out.entry(trial.rule).or_default();
        if trial.passed { view.passed += 1 } else { view.failed += 1 }
    }
    out
}

async fn hits(app: &App) -> Result<BTreeMap<String, RuleHits>, Problem> {
    if let Some((at, counted)) = &*app.hits.lock().await
        && at.elapsed() < FRESH
    {
        return Ok(counted.clone());
    }
    let counted = app.read(count).await?;
    *app.hits.lock().await = Some((Instant::now(), counted.clone()));
    Ok(counted)
}

fn count(q: &mut Query<'_>) -> store::Result<BTreeMap<String, RuleHits>> {
    let yesterday = now().plus(-DAY);
    let mut out: BTreeMap<String, RuleHits> = BTreeMap::new();
    for (no, _) in log::markets(q)? {
        for (rule, _, count, last) in decisions::hits(q, no, 0)? {
            let hits = out.entry(rule).or_default();
            hits.total += count;
            hits.last = hits.last.max(log::get(q, no, last)?.map(|e| e.received_at));
        }
        let from = log::seq_at(q, no, yesterday)?;
        for (rule, _, count, _) in decisions::hits(q, no, from)? {
            out.entry(rule).or_default().day += count;
        }
    }
    Ok(out)
}

/// The rule's sentence in a language, as it is written.
fn why(rule: &Rule, language: &str) -> String {
    let template = rule.why.get(language).or_else(|| rule.why.get("en")).or_else(|| rule.why.values().next());
    let Some(Template(parts)) = template else { return rule.name.clone() };
    let text = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Read(expr) => format!("{{{}}}", expr.text),
    };
    parts.iter().map(text).collect()
}

/// An action as the policy files write it.
fn action(action: &Action) -> Value {
    match action {
        Action::Label { entity, name, ttl } => json!({"label": {"entity": entity, "name": name, "ttl": ttl}}),
        Action::Unlabel { entity, name } => json!({"unlabel": {"entity": entity, "name": name}}),
        Action::Enqueue { entity, queue, sla } => json!({"enqueue": {"entity": entity, "queue": queue, "sla": sla}}),
        Action::Message { to, text, place } => json!({"message": {"to": to, "text": text, "place": place}}),
        Action::Mask { entity, what } => json!({"mask": {"entity": entity, "what": what.name()}}),
        Action::Webhook { name, entity } => json!({"webhook": {"name": name, "entity": entity}}),
    }
}

#[derive(Deserialize, ToSchema)]
struct ToSet {
    /// draft, shadow, canary or live.
    mode: String,
    /// In canary: the share of entities it acts on, above 0 and up to 1.
    share: Option<f64>,
    /// Why; it stands in the history.
    why: String,
    /// The policy this change began from.
    base: String,
}

/// Moves a rule through its life: writes its file, checks the pack, puts it in force.
#[utoipa::path(post, path = "/v1/rules/{name}/mode", tag = "rules", operation_id = "set_rule_mode", request_body = ToSet,
    params(("name" = String, Path, description = "The rule.")),
    responses(
        (status = 200, body = Hash),
        (status = 202, body = Waits, description = "It widens an allow rule, and waits for a second person."),
        (status = 400, description = "Refused: names the field at fault."),
        (status = 404, description = "Refused: there is no such rule."),
        (status = 409, description = "Refused: the policy has changed since `base`."),
        (status = 422, description = "Refused: the pack would not hold, or the file cannot be edited here."),
    )
)]
async fn set_mode(
    State(app): State<Shared>,
    caller: Caller,
    Place(name): Place<String>,
    Given(given): Given<ToSet>,
) -> Result<Installed, Problem> {
    let mode = parse_mode(&given.mode).ok_or_else(|| Problem::field("mode", "choose draft, shadow, canary or live"))?;
    let share = given.share.filter(|_| mode == Mode::Canary);
    if share.is_some_and(|s| !(s > 0.0 && s <= 1.0)) {
        return Err(Problem::field("share", "a share is above 0 and at most 1"));
    }
    let pack = app.engine.pack();
    let rule = pack.rule(&name).ok_or_else(|| Problem::missing("rule with that name"))?;
    let why = note(given.why, "why")?;
    if pack.hash != given.base {
        return Err(Problem::conflict("the policy has changed since you began; look at the new one first"));
    }
    let mut files = pack.files.clone();
    let text = files.get(&rule.file).ok_or_else(|| Problem::internal("a rule's file is not in its pack"))?;
    let mut text = set_member(text, rule.line, &rule.name, "mode", mode_name(mode)).map_err(Problem::unprocessable)?;
    if let Some(share) = share {
        text = set_member(&text, rule.line, &rule.name, "canary", &format!("{{share: {share}}}"))
            .map_err(Problem::unprocessable)?;
    }
    files.insert(rule.file.clone(), text);
    install(&app, &caller, files, why, Some(given.base)).await
}
