//! Proposals: changes of policy that let more through, and the second person who decides them.

use axum::Json;
use axum::extract::State;
use engine::proposal::{self, Proposal};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::auth::Caller;
use super::extract::{Given, Params, Place};
use super::policy::{FileDiff, Hash, differing, note, stored};
use crate::app::{Shared, refused};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(approve)).routes(routes!(decline))
}

/// The most proposals a list shows.
const SHOWN: usize = 200;

/// A change of policy that waited for a second person.
#[derive(Serialize, ToSchema)]
struct ProposalView {
    /// Its name.
    id: String,
    /// open, approved, declined or withdrawn.
    state: &'static str,
    /// Who wrote it: an agent's login or a key's id.
    author: String,
    /// Why.
    note: String,
    /// When it was made.
    at: String,
    /// The policy it was written over.
    base: String,
    /// The policy it would be.
    hash: String,
    /// Whether the policy has changed since, so that it can only be declined.
    stale: bool,
    /// The allow rules it adds or widens.
    rules: Vec<String>,
    /// Whether the caller wrote it, and so may withdraw and not approve it.
    mine: bool,
    /// Who decided.
    decided_by: Option<String>,
    /// When.
    decided_at: Option<String>,
    /// Why, when it was not approved.
    why: Option<String>,
}

fn view(proposal: Proposal, caller: &Caller, in_force: &str) -> ProposalView {
    let open = proposal.state == proposal::State::Open;
    ProposalView {
        mine: proposal.is_by(&caller.name()),
        stale: open && proposal.base != in_force,
        state: proposal.state.name(),
        id: proposal.id,
        author: proposal.author,
        note: proposal.note,
        at: proposal.at.to_string(),
        base: proposal.base,
        hash: proposal.hash,
        rules: proposal.rules,
        decided_by: proposal.decided_by,
        decided_at: proposal.decided_at.map(|t| t.to_string()),
        why: proposal.why.filter(|why| !why.is_empty()),
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only open, approved, declined or withdrawn ones.
    state: Option<String>,
}

/// Proposals.
#[derive(Serialize, ToSchema)]
struct Proposals {
    /// Newest first, at most 200.
    items: Vec<ProposalView>,
}

/// Lists proposals, newest first.
#[utoipa::path(get, path = "/v1/policy/proposals", tag = "policy", operation_id = "list_policy_proposals", params(Asked), responses(
    (status = 200, body = Proposals),
    (status = 400, description = "Refused: names the field at fault."),
))]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Json<Proposals>, Problem> {
    let state = asked.state.filter(|s| !s.is_empty());
    let parse = |name: String| {
        let fault = || Problem::field("state", "choose open, approved, declined or withdrawn");
        proposal::State::parse(&name).ok_or_else(fault)
    };
    let state = state.map(parse).transpose()?;
    let all = app.read(move |q| proposal::list(q, state, SHOWN)).await?;
    let in_force = app.engine.pack().hash.clone();
    Ok(Json(Proposals { items: all.into_iter().map(|p| view(p, &caller, &in_force)).collect() }))
}

/// A proposal with what it would change.
#[derive(Serialize, ToSchema)]
struct ProposalDiff {
    #[serde(flatten)]
    proposal: ProposalView,
    /// Files that differ from the policy it was written over, by path.
    files: Vec<FileDiff>,
}

/// Gives a proposal with what it would change.
#[utoipa::path(get, path = "/v1/policy/proposals/{id}", tag = "policy", operation_id = "get_policy_proposal",
    params(("id" = String, Path, description = "The proposal.")),
    responses((status = 200, body = ProposalDiff), (status = 404, description = "Refused: there is no such proposal."))
)]
async fn get(
    State(app): State<Shared>,
    caller: Caller,
    Place(id): Place<String>,
) -> Result<Json<ProposalDiff>, Problem> {
    let found = app.read(move |q| proposal::with_files(q, &id)).await?;
    let (proposal, after) = found.ok_or_else(|| Problem::missing("proposal with that id"))?;
    let before = stored(&app, proposal.base.clone()).await?;
    let in_force = app.engine.pack().hash.clone();
    Ok(Json(ProposalDiff { files: differing(&before, &after), proposal: view(proposal, &caller, &in_force) }))
}

/// Puts a proposal in force. Whoever wrote it cannot; both names stand in the log.
#[utoipa::path(post, path = "/v1/policy/proposals/{id}/approve", tag = "policy", operation_id = "approve_policy_proposal",
    params(("id" = String, Path, description = "The proposal.")),
    responses(
        (status = 200, body = Hash),
        (status = 403, description = "Refused: somebody else must approve what one proposes."),
        (status = 404, description = "Refused: there is no such proposal."),
        (status = 409, description = "Refused: it is decided, or the policy has changed since."),
        (status = 422, description = "Refused: this program no longer accepts that pack."),
    )
)]
async fn approve(State(app): State<Shared>, caller: Caller, Place(id): Place<String>) -> Result<Json<Hash>, Problem> {
    let by = caller.agent()?.login.clone();
    let hash = app.engine.approve(id, by).await.map_err(refused)?;
    Ok(Json(Hash { hash }))
}

#[derive(Deserialize, ToSchema)]
struct ToDecline {
    /// Why; it stands in the history.
    why: String,
}

/// Declines a proposal, or withdraws one's own.
#[utoipa::path(post, path = "/v1/policy/proposals/{id}/decline", tag = "policy", operation_id = "decline_policy_proposal",
    request_body = ToDecline,
    params(("id" = String, Path, description = "The proposal.")),
    responses(
        (status = 200, body = ProposalView),
        (status = 400, description = "Refused: names the field at fault."),
        (status = 404, description = "Refused: there is no such proposal."),
        (status = 409, description = "Refused: it is decided."),
    )
)]
async fn decline(
    State(app): State<Shared>,
    caller: Caller,
    Place(id): Place<String>,
    Given(given): Given<ToDecline>,
) -> Result<Json<ProposalView>, Problem> {
    let why = note(given.why, "why")?;
    let declined = app.engine.decline(id, caller.name(), why).await.map_err(refused)?;
    let in_force = app.engine.pack().hash.clone();
    Ok(Json(view(declined, &caller, &in_force)))
}
