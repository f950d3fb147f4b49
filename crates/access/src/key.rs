//! API keys: what programs show instead of a password, known by their hash alone.

use domain::{FieldError, LIMIT_ID_BYTES, MINUTE, Time};
use store::{Error, Query, Result, Tx, params};

use crate::{Permission, Scope};

/// `last_used` is kept this coarse, so that using a key costs no writing.
pub const USED_STEP: i64 = 10 * MINUTE;

/// One API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// A public name for it, from its hash.
    pub id: String,
    /// SHA-256 of the key, in hex.
    pub fingerprint: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The one market it may speak of; none means every market.
    pub market: Option<String>,
    /// The source its events carry when they name none of their own.
    pub source: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used, to ten minutes.
    pub last_used: Option<Time>,
}

impl ApiKey {
    /// The public id of the key with this fingerprint.
    #[must_use]
    pub fn id_of(fingerprint: &str) -> String {
        format!("key_{}", fingerprint.get(..12).unwrap_or(fingerprint))
    }

    /// Whether the key holds a permission. A key bound to one market never holds what concerns them all.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        (self.market.is_none() || !permission.spans_markets()) && self.scopes.iter().any(|s| s.may(permission))
    }

    /// Whether the key may speak of this market.
    #[must_use]
    pub fn covers(&self, market: &str) -> bool {
        self.market.as_deref().is_none_or(|own| own == market)
    }

    /// Whether a use at `now` is worth writing down.
    #[must_use]
    pub fn worth_noting(&self, now: Time) -> bool {
        self.last_used.is_none_or(|used| now.since(used) >= USED_STEP)
    }

    /// Checks what people wrote into a key's fields.
    ///
    /// # Errors
    /// Names the first field at fault.
    pub fn check(&self) -> Result<(), FieldError> {
        if self.name.trim().is_empty() || self.name.chars().count() > 100 {
            return Err(FieldError::new("name", "a name has 1 to 100 characters"));
        }
        if self.scopes.is_empty() {
            return Err(FieldError::new("scopes", "a key needs at least one of ingest, decide, read, write"));
        }
        if self.source.is_empty() || self.source.len() > LIMIT_ID_BYTES {
            return Err(FieldError::new("source", "a source has 1 to 256 bytes"));
        }
        Ok(())
    }
}

/// Writes a key, new or used again.
///
/// # Errors
/// What the store says.
pub fn put_key(tx: &mut Tx<'_>, key: &ApiKey) -> Result<()> {
    let scopes = key.scopes.iter().map(|s| s.name()).collect::<Vec<_>>().join(",");
    tx.execute(
        "insert into access_key (fingerprint, id, name, scopes, market, source, created_by, created_at, last_used)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (fingerprint) do update set last_used = excluded.last_used",
        &params![
            &key.fingerprint,
            &key.id,
            &key.name,
            &scopes,
            &key.market,
            &key.source,
            &key.created_by,
            key.created_at,
            key.last_used
        ],
    )?;
    Ok(())
}

/// Revokes a key by its public id; false when there is none.
///
/// # Errors
/// What the store says.
pub fn drop_key(tx: &mut Tx<'_>, id: &str) -> Result<bool> {
    Ok(tx.execute("delete from access_key where id = $1", &params![id])? > 0)
}

/// Every key.
///
/// # Errors
/// What the store says, or a scope this program does not know.
pub fn keys(query: &mut Query<'_>) -> Result<Vec<ApiKey>> {
    query.query(
        "select fingerprint, id, name, scopes, market, source, created_by, created_at, last_used from access_key",
        &[],
        |row| {
            let scopes = row.text(3)?.split(',').map(Scope::parse).collect::<Option<Vec<_>>>();
            Ok(ApiKey {
                fingerprint: row.get(0)?,
                id: row.get(1)?,
                name: row.get(2)?,
                scopes: scopes.ok_or_else(|| Error::Corrupt("a key's scope is unknown".into()))?,
                market: row.get(4)?,
                source: row.get(5)?,
                created_by: row.get(6)?,
                created_at: row.get(7)?,
                last_used: row.get(8)?,
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(scopes: &[Scope], market: Option<&str>) -> ApiKey {
        ApiKey {
            id: "key_1".into(),
            fingerprint: "f".into(),
            name: "shop".into(),
            scopes: scopes.to_vec(),
            market: market.map(str::to_owned),
            source: "shop".into(),
            created_by: "mira".into(),
            created_at: Time(0),
            last_used: None,
        }
    }

    #[test]
    fn a_market_key_stays_in_its_market() {
        let everywhere = key(&[Scope::Write], None);
        let here = key(&[Scope::Write], Some("sg"));
        assert!(everywhere.may(Permission::WritePolicy) && !here.may(Permission::WritePolicy));
        assert!(here.may(Permission::WorkCases));
        assert!(here.covers("sg") && !here.covers("fr") && !here.covers("*") && everywhere.covers("fr"));
    }

    #[test]
    fn keys_are_checked_and_noted_coarsely() {
        assert_eq!(key(&[], None).check().unwrap_err().field, "scopes");
        let mut key = key(&[Scope::Ingest], None);
        assert!(key.check().is_ok() && key.worth_noting(Time(0)));
        key.last_used = Some(Time(0));
        assert!(!key.worth_noting(Time(USED_STEP - 1)) && key.worth_noting(Time(USED_STEP)));
    }
}
