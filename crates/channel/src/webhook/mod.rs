//! Webhooks out: signed as the Standard Webhooks specification says, sent only where the guard
//! allows, with every wait and every answer bounded.

mod guard;
mod secret;

use std::time::Duration;

use domain::{SECOND, Time};
use ureq::Agent;
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::DefaultConnector;

pub use guard::{Refused, check_address, check_url};
pub use secret::{Secret, SecretError};

/// The longest a receiver's wish to be asked later is honoured, in microseconds: one hour.
pub const LIMIT_RETRY_AFTER: i64 = 3600 * SECOND;
/// The most of an answer's body that is read, in bytes; it is thrown away.
const LIMIT_ANSWER_BYTES: u64 = 4 * 1024;

/// How to send.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Let messages go to this machine and its private networks, and without TLS. For demos and
    /// tests; metadata services, link-local and multicast addresses stay out of reach.
    pub allow_private: bool,
    /// The longest one attempt may take, from the look-up of the name to the last byte.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { allow_private: false, timeout: Duration::from_secs(10) }
    }
}

/// One message to deliver.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The idempotency key, the same at every attempt: visible ASCII, at most 256 bytes.
    pub id: &'a str,
    /// When this attempt is made; receivers refuse what is minutes old.
    pub sent_at: Time,
    /// The body, JSON.
    pub body: &'a str,
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it.
    Delivered,
    /// It may succeed later.
    Retry {
        /// Microseconds the receiver asked to wait, held to [`LIMIT_RETRY_AFTER`].
        after: Option<i64>,
        /// What went wrong, without anything the receiver said in its body.
        error: String,
    },
    /// It will not succeed as it is: the address, the secret or the receiver's own word forbids it.
    Dead {
        /// What has to change.
        error: String,
    },
}

/// Sends webhooks. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Sender {
    agent: Agent,
    allow_private: bool,
}

impl Sender {
    /// A sender with the given options.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::with_lookup(options, DefaultResolver::default())
    }

    /// A sender that asks `lookup` where a name lives; the guard still checks every answer.
    fn with_lookup(options: Options, lookup: impl Resolver) -> Self {
        Self::with_parts(options, lookup, TlsConfig::default())
    }

    /// The same, with trust of its own.
    fn with_parts(options: Options, lookup: impl Resolver, trust: TlsConfig) -> Self {
        let part = options.timeout / 2;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!options.allow_private)
            // A proxy from the environment would look names up out of the guard's sight.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("vigie/", env!("CARGO_PKG_VERSION")))
            .max_response_header_size(16 * 1024)
            .max_idle_connections(32)
            .max_idle_connections_per_host(2)
            .tls_config(trust)
            .timeout_global(Some(options.timeout))
            .timeout_resolve(Some(part))
            .timeout_connect(Some(part))
            .build();
        let guard = guard::Guard::new(options.allow_private, lookup);
        let agent = Agent::with_parts(config, DefaultConnector::default(), guard);
        Sender { agent, allow_private: options.allow_private }
    }

    /// Makes one attempt to deliver a message, signed with each of the secrets (the newest first,
    /// so that a receiver may change over in its own time). Blocks for at most the time-out.
    #[must_use]
    pub fn send(&self, url: &str, secrets: &[Secret], message: &Message<'_>) -> Outcome {
        if let Err(refused) = check_url(url, self.allow_private) {
            return Outcome::Dead { error: refused.to_string() };
        }
        let signature = match sign(secrets, message) {
            Ok(signature) => signature,
            Err(error) => return Outcome::Dead { error: error.to_string() },
        };
        let answer = self
            .agent
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", seconds(message.sent_at).to_string())
            .header("webhook-signature", signature)
            .send(message.body);
        match answer {
            Ok(mut answer) => {
                let outcome = judge(answer.status().as_u16(), retry_after(answer.headers(), message.sent_at));
                // Reading the rest lets the connection serve again; it never changes the outcome.
                let _ = answer.body_mut().with_config().limit(LIMIT_ANSWER_BYTES).read_to_vec();
                outcome
            }
            Err(fault) => failed(&fault),
        }
    }
}

/// The `webhook-signature` header for a message: one `v1,…` for each secret, in their order.
///
/// # Errors
/// [`SecretError`] when there is no secret, or the id cannot stand in a header.
pub fn sign(secrets: &[Secret], message: &Message<'_>) -> Result<String, SecretError> {
    if secrets.is_empty() {
        return Err(SecretError::Missing);
    }
    let id = message.id;
    if id.is_empty() || id.len() > domain::LIMIT_ID_BYTES || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SecretError::Id);
    }
    let each: Result<Vec<String>, SecretError> =
        secrets.iter().map(|secret| secret.sign(id, seconds(message.sent_at), message.body)).collect();
    Ok(each?.join(" "))
}

fn seconds(time: Time) -> i64 {
    time.0.div_euclid(SECOND)
}

fn judge(status: u16, after: Option<i64>) -> Outcome {
    match status {
        200..=299 => Outcome::Delivered,
        300..=399 => Outcome::Dead {
            error: format!("the receiver answered {status}; redirects are not followed, give its final address"),
        },
        410 => Outcome::Dead { error: "the receiver answered 410: it wants no more of these".into() },
        _ => Outcome::Retry { after, error: format!("the receiver answered {status}") },
    }
}

/// `Retry-After` in its two forms, seconds and an HTTP date, as microseconds from `now`. A date that has passed asks for none.
fn retry_after(headers: &ureq::http::HeaderMap, now: Time) -> Option<i64> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    let wait = match text.parse::<i64>() {
        Ok(seconds) if seconds >= 0 => seconds.saturating_mul(SECOND),
        Ok(_) => return None,
        Err(_) => {
            let at = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
            i64::try_from(at.as_micros()).ok()?.saturating_sub(now.0).max(0)
        }
    };
    Some(wait.min(LIMIT_RETRY_AFTER))
}

fn failed(fault: &ureq::Error) -> Outcome {
    if let ureq::Error::Io(io) = fault
        && let Some(refused) = io.get_ref().and_then(|inner| inner.downcast_ref::<Refused>())
    {
        return Outcome::Dead { error: refused.to_string() };
    }
    let error = match fault {
        ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) | ureq::Error::Http(_) => {
            return Outcome::Dead { error: format!("cannot be sent: {fault}") };
        }
        ureq::Error::Timeout(_) => "the receiver took too long".to_owned(),
        ureq::Error::HostNotFound => "the receiver's name was not found".to_owned(),
        other => other.to_string(),
    };
    Outcome::Retry { after: None, error }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls;
