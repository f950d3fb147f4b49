//! Agents: made, listed, changed, shut out.

use access::{Agent, Role, new_password};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;
use super::extract::{Given, Place};
use crate::app::{App, Shared};
use crate::clock::now;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(change))
}

/// The most agents a house has; they stand in memory.
const MOST: usize = 10_000;

/// An agent without password.
#[derive(Serialize, ToSchema)]
pub(super) struct AgentView {
    /// What they sign in with.
    login: String,
    /// What others see.
    name: String,
    /// admin, analyst, agent or auditor.
    role: &'static str,
    /// Their console's language.
    language: String,
    /// When they joined.
    created_at: String,
    /// When they were shut out; null when they may sign in.
    disabled_at: Option<String>,
}

impl AgentView {
    pub(super) fn new(agent: &Agent) -> AgentView {
        AgentView {
            login: agent.login.clone(),
            name: agent.name.clone(),
            role: agent.role.name(),
            language: agent.language.clone(),
            created_at: agent.created_at.to_string(),
            disabled_at: agent.disabled_at.map(|t| t.to_string()),
        }
    }
}

/// All agents.
#[derive(Serialize, ToSchema)]
struct Agents {
    /// By login.
    items: Vec<AgentView>,
}

#[derive(Deserialize, ToSchema)]
struct NewAgent {
    /// Lower case letters, digits, dots, dashes, _ or @.
    login: String,
    /// What others see.
    name: String,
    /// admin, analyst, agent or auditor.
    role: String,
    /// en, fr or zh-Hans; en when not said.
    language: Option<String>,
    /// The first password; made up when not said.
    password: Option<String>,
}

/// A new agent.
#[derive(Serialize, ToSchema)]
struct MadeAgent {
    /// The agent.
    agent: AgentView,
    /// The password that was made up; this answer alone holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct AgentChange {
    /// What others see.
    name: Option<String>,
    /// admin, analyst, agent or auditor.
    role: Option<String>,
    /// en, fr or zh-Hans.
    language: Option<String>,
    /// True shuts them out at once.
    disabled: Option<bool>,
    /// A new password; ends their sessions.
    password: Option<String>,
}

/// Lists agents, by login.
#[utoipa::path(get, path = "/v1/agents", tag = "agents", operation_id = "list_agents", responses((status = 200, body = Agents)))]
async fn list(State(app): State<Shared>) -> Json<Agents> {
    let agents = app.people.read().agents();
    Json(Agents { items: agents.iter().map(|a| AgentView::new(a)).collect() })
}

/// Makes an agent.
#[utoipa::path(post, path = "/v1/agents", tag = "agents", operation_id = "make_agent", request_body = NewAgent, responses(
    (status = 201, body = MadeAgent),
    (status = 400, description = "Refused: names the field at fault."),
    (status = 409, description = "Refused: the login is taken."),
))]
async fn make(
    State(app): State<Shared>,
    Given(given): Given<NewAgent>,
) -> Result<(StatusCode, Json<MadeAgent>), Problem> {
    let made = given.password.is_none().then(new_password);
    let password = given.password.or_else(|| made.clone()).unwrap_or_default();
    let mut agent = Agent {
        login: given.login,
        name: given.name,
        role: role(&given.role)?,
        language: given.language.unwrap_or_else(|| "en".to_owned()),
        theme: "auto".to_owned(),
        hash: String::new(),
        created_at: now(),
        disabled_at: None,
    };
    agent.check().map_err(|e| Problem::field(e.field, e.error))?;
    taken(&app, &agent.login)?;
    agent.hash = hash(&app, password).await?;
    // Somebody may have taken the login while the password was hashed.
    taken(&app, &agent.login)?;
    let view = AgentView::new(&agent);
    app.save_agent(agent).await?;
    Ok((StatusCode::CREATED, Json(MadeAgent { agent: view, password: made })))
}

fn taken(app: &App, login: &str) -> Result<(), Problem> {
    let directory = app.people.read();
    if directory.agent(login).is_some() {
        return Err(Problem::conflict("this login is taken"));
    }
    if directory.agents().len() >= MOST {
        return Err(Problem::conflict(format!("there are {MOST} agents already")));
    }
    Ok(())
}

fn role(name: &str) -> Result<Role, Problem> {
    Role::parse(name).ok_or_else(|| Problem::field("role", "choose admin, analyst, agent or auditor"))
}

async fn hash(app: &App, password: String) -> Result<String, Problem> {
    let hashed = app.people.hash(password).await;
    let hashed = hashed.ok_or_else(|| Problem::unavailable(1, "too many sign-ins at once"))?;
    hashed.map_err(|e| Problem::field("password", e.to_string()))
}

/// Changes an agent; what takes rights away ends their sessions at once.
#[utoipa::path(patch, path = "/v1/agents/{login}", tag = "agents", operation_id = "change_agent", request_body = AgentChange,
    params(("login" = String, Path, description = "The agent's login.")),
    responses(
        (status = 200, body = AgentView),
        (status = 400, description = "Refused: names the field at fault."),
        (status = 404, description = "Refused: there is no such agent."),
        (status = 409, description = "Refused: the house would be left without an admin."),
    )
)]
async fn change(
    State(app): State<Shared>,
    Place(login): Place<String>,
    Given(change): Given<AgentChange>,
) -> Result<Json<AgentView>, Problem> {
    let before = app.people.read().agent(&login).ok_or_else(|| Problem::missing("agent with that login"))?;
    let mut agent = Agent::clone(&before);
    agent.name = change.name.unwrap_or(agent.name);
    agent.language = change.language.unwrap_or(agent.language);
    if let Some(name) = &change.role {
        agent.role = role(name)?;
    }
    match change.disabled {
        Some(true) => agent.disabled_at = agent.disabled_at.or(Some(now())),
        Some(false) => agent.disabled_at = None,
        None => {}
    }
    agent.check().map_err(|e| Problem::field(e.field, e.error))?;
    let reset = change.password.is_some();
    if let Some(password) = change.password {
        agent.hash = hash(&app, password).await?;
    }
    let admin = |a: &Agent| a.active() && a.role == Role::Admin;
    if admin(&before) && !admin(&agent) && app.people.read().admins() <= 1 {
        return Err(Problem::conflict("this is the last admin; make another first"));
    }
    let view = AgentView::new(&agent);
    let ends = reset || !agent.active() || agent.role != before.role;
    app.save_agent(agent).await?;
    if ends {
        let sessions = app.people.read().sessions_of(&login);
        app.end_sessions(sessions.into_iter().map(|s| s.fingerprint).collect()).await?;
    }
    Ok(Json(view))
}
