//! What handlers take from a request. Every refusal here is a [`Problem`].

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path as RawPath, Query as RawQuery, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::Problem;

/// The longest body of a route that takes no batch and no policy, in bytes.
pub const LIMIT_BODY: usize = 64 * 1024;
/// The longest body of a route that takes policy files, in bytes.
pub const LIMIT_POLICY_BODY: usize = 8 * 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// Query parameters as a struct; unknown ones are ignored.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match RawQuery::<T>::from_request_parts(parts, state).await {
            Ok(RawQuery(_)) if parts.uri.query().is_some_and(|query| query.contains("%00")) => {
                Err(Problem::field("query", "a text holds the character U+0000"))
            }
            Ok(RawQuery(value)) => Ok(Params(value)),
            Err(error) => Err(Problem::field("query", error.body_text())),
        }
    }
}

/// Path parameters.
pub struct Place<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Place<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match RawPath::<T>::from_request_parts(parts, state).await {
            Ok(RawPath(_)) if parts.uri.path().contains("%00") => {
                Err(Problem::field("path", "a text holds the character U+0000"))
            }
            Ok(RawPath(value)) => Ok(Place(value)),
            Err(error) => Err(Problem::field("path", error.body_text())),
        }
    }
}

/// A JSON body of at most [`LIMIT_BODY`] bytes.
pub struct Given<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Given<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Given(json(request.into_body(), LIMIT_BODY).await?))
    }
}

/// A JSON body of at most [`LIMIT_POLICY_BODY`] bytes.
pub struct GivenPolicy<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for GivenPolicy<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(GivenPolicy(json(request.into_body(), LIMIT_POLICY_BODY).await?))
    }
}

async fn json<T: DeserializeOwned>(body: Body, limit: usize) -> Result<T, Problem> {
    let bytes = bytes(body, limit).await?;
    if holds_nul(&bytes) {
        return Err(Problem::field("body", "a text holds the character U+0000"));
    }
    serde_json::from_slice(&bytes).map_err(|error| Problem::field("body", format!("no such JSON is expected: {error}")))
}

/// Whether a text of the JSON has U+0000 in it, which not every store can keep: an escape of it behind an even number
/// of backslashes.
fn holds_nul(json: &[u8]) -> bool {
    let escaped = |at: usize| json[..at].iter().rev().take_while(|byte| **byte == b'\\').count().is_multiple_of(2);
    json.windows(6).enumerate().any(|(at, window)| window == b"\\u0000" && escaped(at))
}

/// Reads a whole body.
///
/// # Errors
/// 413 beyond `limit` bytes, 408 when it takes longer than half a minute, 400 when the connection breaks.
pub async fn bytes(body: Body, limit: usize) -> Result<Bytes, Problem> {
    match tokio::time::timeout(PATIENCE, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(e) = cause {
                if e.to_string().contains("length limit exceeded") {
                    return Err(Problem::too_large(limit));
                }
                cause = e.source();
            }
            Err(Problem::bad("the body did not arrive whole"))
        }
        Err(_) => Err(Problem::new(
            axum::http::StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "the body took longer than half a minute",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::holds_nul;

    #[test]
    fn the_character_is_found_and_the_word_for_it_is_not() {
        for (json, found) in [
            (r#"{"why":"a\u0000b"}"#, true),
            (r#"{"why":"\u0000"}"#, true),
            (r#"{"why":"a\\\u0000"}"#, true),
            (r#"{"why":"a\\u0000"}"#, false),
            (r#"{"why":"u0000 \u0001"}"#, false),
            ("", false),
        ] {
            assert_eq!(holds_nul(json.as_bytes()), found, "{json}");
        }
    }
}
