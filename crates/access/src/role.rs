//! Roles of people, scopes of keys, and the one table that says what each may do.

use serde::{Deserialize, Serialize};

/// What an agent is employed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the house: everything, including agents and keys.
    Admin,
    /// Writes policy and works the fraud queues.
    Analyst,
    /// Works cases and labels people.
    Agent,
    /// Reads everything, changes nothing.
    Auditor,
}

impl Role {
    /// Every role, the strongest first.
    pub const ALL: [Role; 4] = [Role::Admin, Role::Analyst, Role::Agent, Role::Auditor];

    /// The name as the API and the store write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Analyst => "analyst",
            Role::Agent => "agent",
            Role::Auditor => "auditor",
        }
    }

    /// Reads a name written by [`Role::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether the role holds a permission.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        let (_, roles, _) = row(permission);
        roles.contains(&self)
    }
}

/// What an API key was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Sends events.
    Ingest,
    /// Asks for verdicts.
    Decide,
    /// Reads what people may read, masked.
    Read,
    /// Works cases, labels, deliveries and policy.
    Write,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 4] = [Scope::Ingest, Scope::Decide, Scope::Read, Scope::Write];

    /// The name as the API, the command line and the store write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Ingest => "ingest",
            Scope::Decide => "decide",
            Scope::Read => "read",
            Scope::Write => "write",
        }
    }

    /// Reads a name written by [`Scope::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Whether the scope holds a permission.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        let (_, _, scopes) = row(permission);
        scopes.contains(&self)
    }
}

/// One thing somebody may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Send events.
    Ingest,
    /// Ask for a verdict.
    Decide,
    /// Read events, decisions, entities, cases and figures, masked.
    Watch,
    /// Claim, close and reopen cases.
    WorkCases,
    /// Read what people wrote; every look is recorded.
    Reveal,
    /// Put labels on and take them off.
    LabelEntities,
    /// Take a decision's effects back.
    UndoDecisions,
    /// Read rules and policy files.
    ReadPolicy,
    /// Check a candidate policy and run it against the log.
    TryPolicy,
    /// Activate a policy or move a rule through its life.
    WritePolicy,
    /// Approve what another person proposed.
    ApprovePolicy,
    /// Read the outbox.
    ReadDeliveries,
    /// Retry and cancel deliveries.
    WorkDeliveries,
    /// Read how the house is set up.
    ReadSettings,
    /// Make and revoke API keys.
    ManageKeys,
    /// Make and change agents.
    ManageAgents,
    /// Say where webhooks go.
    ManageWebhooks,
    /// Say how long events are kept.
    ManageRetention,
    /// Read and change one's own profile and session.
    OwnProfile,
}

type Row = (Permission, &'static [Role], &'static [Scope]);

const ADMIN: &[Role] = &[Role::Admin];
const POLICY: &[Role] = &[Role::Admin, Role::Analyst];
const WORK: &[Role] = &[Role::Admin, Role::Analyst, Role::Agent];
const STAFF: &[Role] = &[Role::Admin, Role::Analyst, Role::Agent, Role::Auditor];
const READERS: &[Role] = &[Role::Admin, Role::Analyst, Role::Auditor];

/// Role × scope × permission. People are never allowed to post facts by hand; keys never manage people or keys.
const MATRIX: &[Row] = &[
    (Permission::Ingest, &[], &[Scope::Ingest]),
    (Permission::Decide, &[], &[Scope::Decide]),
    (Permission::Watch, STAFF, &[Scope::Read]),
    (Permission::WorkCases, WORK, &[Scope::Write]),
    (Permission::Reveal, WORK, &[]),
    (Permission::LabelEntities, WORK, &[Scope::Write]),
    (Permission::UndoDecisions, WORK, &[Scope::Write]),
    (Permission::ReadPolicy, STAFF, &[Scope::Read]),
    (Permission::TryPolicy, POLICY, &[Scope::Write]),
    (Permission::WritePolicy, POLICY, &[Scope::Write]),
    (Permission::ApprovePolicy, POLICY, &[]),
    (Permission::ReadDeliveries, STAFF, &[Scope::Read]),
    (Permission::WorkDeliveries, POLICY, &[Scope::Write]),
    (Permission::ReadSettings, READERS, &[]),
    (Permission::ManageKeys, ADMIN, &[]),
    (Permission::ManageAgents, ADMIN, &[]),
    (Permission::ManageWebhooks, ADMIN, &[]),
    (Permission::ManageRetention, ADMIN, &[]),
    (Permission::OwnProfile, STAFF, &[]),
];

impl Permission {
    /// Every permission.
    pub fn all() -> impl Iterator<Item = Permission> {
        MATRIX.iter().map(|(permission, ..)| *permission)
    }

    /// Whether what it allows concerns every market at once, so that a key bound to one market never holds it.
    #[must_use]
    pub const fn spans_markets(self) -> bool {
        matches!(
            self,
            Permission::WritePolicy
                | Permission::ApprovePolicy
                | Permission::TryPolicy
                | Permission::ReadSettings
                | Permission::ManageKeys
                | Permission::ManageAgents
                | Permission::ManageWebhooks
                | Permission::ManageRetention
        )
    }
}

fn row(permission: Permission) -> Row {
    const NOBODY: Row = (Permission::OwnProfile, &[], &[]);
    MATRIX.iter().find(|(p, ..)| *p == permission).copied().unwrap_or(NOBODY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_reading() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Some(role));
        }
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.name()), Some(scope));
        }
        for name in ["", "Admin", "root", "admin "] {
            assert_eq!(Role::parse(name), None, "{name}");
            assert_eq!(Scope::parse(name), None, "{name}");
        }
    }

    #[test]
    fn each_permission_has_one_row_and_someone() {
        for permission in Permission::all() {
            assert_eq!(MATRIX.iter().filter(|(p, ..)| *p == permission).count(), 1, "{permission:?}");
            let (_, roles, scopes) = row(permission);
            assert!(!roles.is_empty() || !scopes.is_empty(), "{permission:?} is for nobody");
        }
    }

    #[test]
    fn the_laws_of_the_matrix() {
        let changes = [
            Permission::WorkCases,
            Permission::LabelEntities,
            Permission::UndoDecisions,
            Permission::WritePolicy,
            Permission::ApprovePolicy,
            Permission::WorkDeliveries,
            Permission::ManageKeys,
            Permission::ManageAgents,
            Permission::ManageWebhooks,
        ];
        for permission in changes {
            assert!(!Role::Auditor.may(permission), "an auditor may not {permission:?}");
            assert!(Role::Admin.may(permission), "an admin may {permission:?}");
        }
        for permission in [Permission::ManageKeys, Permission::ManageAgents, Permission::ManageWebhooks] {
            for scope in Scope::ALL {
                assert!(!scope.may(permission), "a {} key may not {permission:?}", scope.name());
            }
            for role in [Role::Analyst, Role::Agent, Role::Auditor] {
                assert!(!role.may(permission), "{} may not {permission:?}", role.name());
            }
        }
        for role in Role::ALL {
            assert!(!role.may(Permission::Ingest) && !role.may(Permission::Decide), "people post no facts by hand");
        }
        assert!(!Role::Auditor.may(Permission::Reveal), "an auditor reads masked");
        assert!(Scope::ALL.iter().all(|s| !s.may(Permission::Reveal)), "programs never read what people wrote");
        assert!(!Role::Agent.may(Permission::WritePolicy));
        for scope in Scope::ALL {
            assert!(!scope.may(Permission::ApprovePolicy), "a second person is a person, not a {} key", scope.name());
        }
        assert!(!Scope::Ingest.may(Permission::Watch), "a write key in a browser page reads nothing");
    }
}
