//! Signing secrets.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use standardwebhooks::Webhook;

/// A signing secret: 24 to 64 random bytes that sender and receiver share. It never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a message cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The text is not `whsec_` and base64 of 24 to 64 bytes.
    #[error("a signing secret is `whsec_` followed by base64 of 24 to 64 bytes")]
    Format,
    /// No secret was given.
    #[error("there is no signing secret, and nothing is sent unsigned")]
    Missing,
    /// The message's id cannot stand in a header.
    #[error("the message id must be 1 to 256 visible ASCII characters")]
    Id,
}

impl Secret {
    const PREFIX: &'static str = "whsec_";

    /// Reads `whsec_…`; the prefix may be missing.
    ///
    /// # Errors
    /// [`SecretError::Format`].
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.trim();
        let encoded = encoded.strip_prefix(Self::PREFIX).unwrap_or(encoded);
        Self::from_bytes(STANDARD.decode(encoded).map_err(|_| SecretError::Format)?)
    }

    /// Takes the random bytes themselves.
    ///
    /// # Errors
    /// [`SecretError::Format`] when there are fewer than 24 or more than 64.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SecretError> {
        if (24..=64).contains(&bytes.len()) { Ok(Secret(bytes)) } else { Err(SecretError::Format) }
    }

    /// The secret as text, to store it or to show it to its owner once.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{}{}", Self::PREFIX, STANDARD.encode(&self.0))
    }

    pub(super) fn sign(&self, id: &str, seconds: i64, body: &str) -> Result<String, SecretError> {
        let hook = Webhook::from_bytes(self.0.clone()).map_err(|_| SecretError::Format)?;
        hook.sign(id, seconds, body.as_bytes()).map_err(|_| SecretError::Format)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
