//! Agents: the people who work in the house.

use domain::{FieldError, Time};
use serde::{Deserialize, Serialize};
use store::{Error, Query, Result, Tx, params};

use crate::Role;

/// Languages the console speaks.
pub const LANGUAGES: [&str; 3] = ["en", "fr", "zh-Hans"];

/// One person who may sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// What they sign in with: lower case letters, digits, `.`, `_`, `-` and `@`, at most 64.
    pub login: String,
    /// What others see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their console's language.
    pub language: String,
    /// Their console's theme: `light`, `dark` or `auto`.
    pub theme: String,
    /// The argon2id hash of their password, in PHC form.
    #[serde(skip_serializing)]
    pub hash: String,
    /// When they joined.
    pub created_at: Time,
    /// Set when they may no longer sign in.
    pub disabled_at: Option<Time>,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Agent({}, {})", self.login, self.role.name())
    }
}

impl Agent {
    /// Whether they may sign in.
    #[must_use]
    pub const fn active(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Checks what people wrote into an agent's fields.
    ///
    /// # Errors
    /// Names the first field at fault.
    pub fn check(&self) -> Result<(), FieldError> {
        check_login(&self.login)?;
        if self.name.trim().is_empty() || self.name.chars().count() > 100 {
            return Err(FieldError::new("name", "a name has 1 to 100 characters"));
        }
        if !LANGUAGES.contains(&self.language.as_str()) {
            return Err(FieldError::new("language", format!("choose one of {}", LANGUAGES.join(", "))));
        }
        if !["light", "dark", "auto"].contains(&self.theme.as_str()) {
            return Err(FieldError::new("theme", "choose light, dark or auto"));
        }
        Ok(())
    }
}

/// Checks a login.
///
/// # Errors
/// When it is empty, longer than 64, or holds anything but lower case letters, digits, `.`, `_`, `-`, `@`.
pub fn check_login(login: &str) -> Result<(), FieldError> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    if login.is_empty() || login.len() > 64 || !login.chars().all(fine) {
        return Err(FieldError::new("login", "a login has 1 to 64 lower case letters, digits, dots, dashes, _ or @"));
    }
    Ok(())
}

/// Writes an agent, new or changed.
///
/// # Errors
/// What the store says.
pub fn put_agent(tx: &mut Tx<'_>, agent: &Agent) -> Result<()> {
    tx.execute(
        "insert into access_agent (login, name, role, language, theme, hash, created_at, disabled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (login) do update set name = excluded.name, role = excluded.role, language = excluded.language,
           theme = excluded.theme, hash = excluded.hash, disabled_at = excluded.disabled_at",
        &params![
            &agent.login,
            &agent.name,
            agent.role.name(),
            &agent.language,
            &agent.theme,
            &agent.hash,
            agent.created_at,
            agent.disabled_at
        ],
    )?;
    Ok(())
}

/// Every agent, by login.
///
/// # Errors
/// What the store says, or a role this program does not know.
pub fn agents(query: &mut Query<'_>) -> Result<Vec<Agent>> {
    query.query(
        "select login, name, role, language, theme, hash, created_at, disabled_at from access_agent order by login",
        &[],
        |row| {
            Ok(Agent {
                login: row.get(0)?,
                name: row.get(1)?,
                role: Role::parse(row.text(2)?).ok_or_else(|| Error::Corrupt("an agent's role is unknown".into()))?,
                language: row.get(3)?,
                theme: row.get(4)?,
                hash: row.get(5)?,
                created_at: row.get(6)?,
                disabled_at: row.get(7)?,
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_checked_and_never_print_their_hash() {
        let mira = Agent {
            login: "mira".into(),
            name: "Mira Example".into(),
            role: Role::Analyst,
            language: "fr".into(),
            theme: "auto".into(),
            hash: "$argon2id$secret".into(),
            created_at: Time(0),
            disabled_at: None,
        };
        assert_eq!(mira.check(), Ok(()));
        assert!(!format!("{mira:?}").contains("argon"));
        assert!(!serde_json::to_string(&mira).unwrap().contains("argon"));
        type Spoil = fn(&mut Agent);
        let faults: [(&str, Spoil); 6] = [
            ("login", |a| a.login = "Mira".into()),
            ("login", |a| a.login = "米拉".into()),
            ("login", |a| a.login = String::new()),
            ("name", |a| a.name = " ".into()),
            ("language", |a| a.language = "tlh".into()),
            ("theme", |a| a.theme = "pink".into()),
        ];
        for (field, spoil) in faults {
            let mut agent = mira.clone();
            spoil(&mut agent);
            assert_eq!(agent.check().unwrap_err().field, field);
        }
    }
}
