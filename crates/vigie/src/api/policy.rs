//! Policy as files: read, checked, changed, brought back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use decision::Pack;
use decision::pack::{Files, trials};
use engine::{Author, Changed, policy};
use serde::{Deserialize, Serialize};
use store::log;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::extract::{Given, GivenPolicy, Params, Place};
use crate::app::{App, Shared, refused};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(current, put))
        .routes(routes!(file))
        .routes(routes!(check))
        .routes(routes!(versions))
        .routes(routes!(diff))
        .routes(routes!(activate))
}

/// The most versions a list shows.
const VERSIONS: usize = 200;

/// A file of the pack.
#[derive(Serialize, ToSchema)]
struct FileView {
    /// Its path inside the pack.
    #[schema(example = "rules/chat.yaml")]
    path: String,
    /// Its length.
    bytes: usize,
}

/// The policy in force.
#[derive(Serialize, ToSchema)]
struct PolicyView {
    /// Its identity.
    hash: String,
    /// Who wrote it: an agent's login, or `files`.
    author: String,
    /// Why.
    note: String,
    /// Since when it is in force.
    activated_at: Option<String>,
    /// Its files, by path.
    files: Vec<FileView>,
    /// What is wrong with the watched folder, when its last change was refused.
    #[schema(value_type = Vec<Object>)]
    folder_findings: Vec<decision::Diagnostic>,
}

/// Tells which policy is in force, and of which files it is made.
#[utoipa::path(get, path = "/v1/policy", tag = "policy", operation_id = "get_policy", responses((status = 200, body = PolicyView)))]
async fn current(State(app): State<Shared>) -> Result<Json<PolicyView>, Problem> {
    let pack = app.engine.pack();
    let (version, activated_at) = in_force(&app, &pack).await?;
    Ok(Json(PolicyView {
        hash: pack.hash.clone(),
        author: version.as_ref().map(|v| v.author.clone()).unwrap_or_default(),
        note: version.map(|v| v.note).unwrap_or_default(),
        activated_at,
        files: pack.files.iter().map(|(path, text)| FileView { path: path.clone(), bytes: text.len() }).collect(),
        folder_findings: app.engine.folder_findings(),
    }))
}

/// The stored version of a pack, and since when it is in force somewhere.
pub(super) async fn in_force(
    app: &App,
    pack: &Arc<Pack>,
) -> Result<(Option<policy::Version>, Option<String>), Problem> {
    let hash = pack.hash.clone();
    app.read(move |q| {
        let version = policy::versions(q, VERSIONS)?.into_iter().find(|v| v.hash == hash);
        let mut since = None;
        for (no, name) in log::markets(q)? {
            if let Some((seq, active)) = policy::in_force(q, &name, log::MAX_SEQ)?
                && active == hash
            {
                since = since.max(log::get(q, no, seq)?.map(|e| e.received_at));
            }
        }
        Ok((version, since.map(|t| t.to_string())))
    })
    .await
}

/// One file's text.
#[derive(Serialize, ToSchema)]
struct FileText {
    /// Its path.
    path: String,
    /// Its text.
    text: String,
    /// The policy it was read from; give it as `base` when changing it.
    hash: String,
}

/// Gives one file of the policy in force.
#[utoipa::path(get, path = "/v1/policy/files/{*path}", tag = "policy", operation_id = "get_policy_file",
    params(("path" = String, Path, description = "Its path inside the pack.")),
    responses((status = 200, body = FileText), (status = 404, description = "Refused: there is no such file."))
)]
async fn file(State(app): State<Shared>, Place(path): Place<String>) -> Result<Json<FileText>, Problem> {
    let pack = app.engine.pack();
    let text = pack.files.get(&path).cloned().ok_or_else(|| Problem::missing("file with that path in the policy"))?;
    Ok(Json(FileText { path, text, hash: pack.hash.clone() }))
}

/// Texts by path, over the policy in force; null removes a file.
pub(super) type Change = BTreeMap<String, Option<String>>;

#[derive(Deserialize, ToSchema)]
struct ToCheck {
    /// Texts by path over the policy in force; null removes a file.
    #[serde(default)]
    #[schema(value_type = Object)]
    files: Change,
}

/// What is to be said of a candidate.
#[derive(Serialize, ToSchema)]
struct Checked {
    /// Whether it would be accepted.
    ok: bool,
    /// Its identity, when it would.
    hash: Option<String>,
    /// What is wrong, each with file, line and column.
    #[schema(value_type = Vec<Object>)]
    diagnostics: Vec<decision::Diagnostic>,
    /// How its rules' tests ended.
    #[schema(value_type = Vec<Object>)]
    tests: Vec<decision::pack::Trial>,
}

/// The files in force with a change laid over them.
pub(super) fn over(pack: &Pack, change: Change) -> Files {
    let mut files = pack.files.clone();
    for (path, text) in change {
        match text {
            Some(text) => drop(files.insert(path, text)),
            None => drop(files.remove(&path)),
        }
    }
    files
}

/// Runs a pure, long piece of work away from the async threads.
pub(super) async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}

/// Checks a candidate over the policy in force: types, tests, findings. Changes nothing.
#[utoipa::path(post, path = "/v1/policy/check", tag = "policy", operation_id = "check_policy", request_body = ToCheck,
    responses((status = 200, body = Checked), (status = 400, description = "Refused: no such JSON is expected."))
)]
async fn check(State(app): State<Shared>, GivenPolicy(given): GivenPolicy<ToCheck>) -> Result<Json<Checked>, Problem> {
    let files = over(&app.engine.pack(), given.files);
    let checked = compute(move || match Pack::compile(&files) {
        Ok(pack) => Checked {
            ok: true,
            hash: Some(pack.hash.clone()),
            diagnostics: pack.warnings.clone(),
            tests: trials(&pack),
        },
        Err(diagnostics) => Checked { ok: false, hash: None, diagnostics, tests: Vec::new() },
    });
    Ok(Json(checked.await?))
}

#[derive(Deserialize, ToSchema)]
struct ToPut {
    /// Texts by path over the policy in force; null removes a file.
    #[schema(value_type = Object)]
    files: Change,
    /// Why; it stands in the history.
    note: String,
    /// The policy this change began from.
    base: String,
}

/// A policy by its identity.
#[derive(Serialize, ToSchema)]
pub(super) struct Hash {
    /// Its identity.
    pub(super) hash: String,
}

/// Puts a changed policy in force everywhere; one that does not hold changes nothing.
#[utoipa::path(put, path = "/v1/policy", tag = "policy", operation_id = "put_policy", request_body = ToPut, responses(
    (status = 200, body = Hash),
    (status = 202, body = Waits, description = "It adds or widens an allow rule, and waits for a second person."),
    (status = 400, description = "Refused: names the field at fault."),
    (status = 409, description = "Refused: the policy has changed since `base`."),
    (status = 422, description = "Refused: `diagnostics` names file, line and column."),
))]
async fn put(
    State(app): State<Shared>,
    caller: Caller,
    GivenPolicy(given): GivenPolicy<ToPut>,
) -> Result<Installed, Problem> {
    let note = note(given.note, "note")?;
    let pack = app.engine.pack();
    if pack.hash != given.base {
        return Err(Problem::conflict("the policy has changed since you began; look at the new one first"));
    }
    let files = over(&pack, given.files);
    install(&app, &caller, files, note, Some(given.base)).await
}

/// A reason that will be read later.
pub(super) fn note(text: String, field: &str) -> Result<String, Problem> {
    if text.trim().is_empty() || text.len() > 2_000 {
        return Err(Problem::field(field, "say why, in at most 2000 bytes; it stands in the history"));
    }
    Ok(text)
}

/// What became of a change.
pub(super) enum Installed {
    /// In force.
    Now(Hash),
    /// It waits for a second person.
    Waits(Waits),
}

/// A change that adds or widens an allow rule: nothing changes before a second person approves.
#[derive(Serialize, ToSchema)]
pub(super) struct Waits {
    /// The proposal it became.
    #[schema(example = "p-019aa6b3c2d17c6e8f6c5a4b3c2d1e0f")]
    proposal: String,
    /// The allow rules it adds or widens.
    rules: Vec<String>,
}

impl IntoResponse for Installed {
    fn into_response(self) -> Response {
        match self {
            Installed::Now(hash) => Json(hash).into_response(),
            Installed::Waits(waits) => (StatusCode::ACCEPTED, Json(waits)).into_response(),
        }
    }
}

/// Hands files to the engine.
pub(super) async fn install(
    app: &App,
    caller: &Caller,
    files: Files,
    note: String,
    base: Option<String>,
) -> Result<Installed, Problem> {
    let maker = if let Caller::Key(key) = caller { Some(key.created_by.clone()) } else { None };
    let author = Author { name: caller.name(), maker };
    Ok(match app.engine.activate(files, author, note, base).await.map_err(refused)? {
        Changed::Active(hash) => Installed::Now(Hash { hash }),
        Changed::Proposed(proposal) => Installed::Waits(Waits { proposal: proposal.id, rules: proposal.rules }),
    })
}

/// A version of the policy.
#[derive(Serialize, ToSchema)]
struct VersionView {
    /// Its identity.
    hash: String,
    /// Who wrote it.
    author: String,
    /// Why.
    note: String,
    /// When it was first stored.
    at: String,
    /// Whether it is in force.
    active: bool,
}

/// Versions of the policy.
#[derive(Serialize, ToSchema)]
struct Versions {
    /// Newest first.
    items: Vec<VersionView>,
}

/// Lists versions of the policy, newest first.
#[utoipa::path(get, path = "/v1/policy/versions", tag = "policy", operation_id = "list_policy_versions", responses((status = 200, body = Versions)))]
async fn versions(State(app): State<Shared>) -> Result<Json<Versions>, Problem> {
    let active = app.engine.pack().hash.clone();
    let all = app.read(|q| policy::versions(q, VERSIONS)).await?;
    let items = all.into_iter().map(|v| VersionView {
        active: v.hash == active,
        hash: v.hash,
        author: v.author,
        note: v.note,
        at: v.at.to_string(),
    });
    Ok(Json(Versions { items: items.collect() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DiffAsked {
    /// The version to compare with; the one in force when not said.
    from: Option<String>,
}

/// What differs between two versions.
#[derive(Serialize, ToSchema)]
struct Diff {
    /// Files that differ, by path.
    files: Vec<FileDiff>,
}

/// One file that differs.
#[derive(Serialize, ToSchema)]
pub(super) struct FileDiff {
    /// Its path.
    path: String,
    /// Its text in `from`; null when it was not there.
    before: Option<String>,
    /// Its text in this version; null when it is not there.
    after: Option<String>,
}

/// Gives the files in which a version differs from another.
#[utoipa::path(get, path = "/v1/policy/versions/{hash}/diff", tag = "policy", operation_id = "diff_policy_version",
    params(("hash" = String, Path, description = "The version."), DiffAsked),
    responses((status = 200, body = Diff), (status = 404, description = "Refused: there is no such version."))
)]
async fn diff(
    State(app): State<Shared>,
    Place(hash): Place<String>,
    Params(asked): Params<DiffAsked>,
) -> Result<Json<Diff>, Problem> {
    let after = stored(&app, hash).await?;
    let before = match asked.from.filter(|f| !f.is_empty()) {
        Some(from) => stored(&app, from).await?,
        None => app.engine.pack().files.clone(),
    };
    Ok(Json(Diff { files: differing(&before, &after) }))
}

/// The files that differ, by path.
pub(super) fn differing(before: &Files, after: &Files) -> Vec<FileDiff> {
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    let differing = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    let files = differing.map(|path| FileDiff {
        path: path.clone(),
        before: before.get(path).cloned(),
        after: after.get(path).cloned(),
    });
    files.collect()
}

pub(super) async fn stored(app: &App, hash: String) -> Result<Files, Problem> {
    let found = app.read(move |q| policy::files(q, &hash)).await?;
    found.ok_or_else(|| Problem::missing("version with that hash"))
}

#[derive(Deserialize, ToSchema)]
struct ToActivate {
    /// Why; it stands in the history.
    why: String,
}

/// Puts an earlier version in force again.
#[utoipa::path(post, path = "/v1/policy/versions/{hash}/activate", tag = "policy", operation_id = "activate_policy_version",
    request_body = ToActivate,
    params(("hash" = String, Path, description = "The version.")),
    responses(
        (status = 200, body = Hash),
        (status = 202, body = Waits, description = "It adds or widens an allow rule, and waits for a second person."),
        (status = 400, description = "Refused: names the field at fault."),
        (status = 404, description = "Refused: there is no such version."),
        (status = 422, description = "Refused: this program no longer accepts that version."),
    )
)]
async fn activate(
    State(app): State<Shared>,
    caller: Caller,
    Place(hash): Place<String>,
    Given(given): Given<ToActivate>,
) -> Result<Installed, Problem> {
    let why = note(given.why, "why")?;
    let files = stored(&app, hash).await?;
    install(&app, &caller, files, why, None).await
}
