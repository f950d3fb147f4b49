//! `Idempotency-Key`: a client that does not know whether its call arrived sends it again, and gets the first answer.
//!
//! Answers are kept in memory for a day, within bounds, and only where something was done: a refusal wrote nothing, so the
//! call may simply be made again. Intake has identities of its own, which last as long as the log.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{DAY, Time};
use sha2::{Digest, Sha256};

use super::Problem;
use super::auth::Caller;
use super::extract::{LIMIT_POLICY_BODY, bytes};
use super::routes::{Need, need};
use crate::app::Shared;
use crate::clock::now;

/// The header that names a call.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The header on an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Bounds of what is kept: calls, bytes of answers together, bytes of one.
const LIMIT_CALLS: usize = 10_000;
const LIMIT_BYTES: usize = 16 * 1024 * 1024;
const LIMIT_ANSWER: usize = 256 * 1024;
/// The longest key, in bytes.
const LIMIT_KEY: usize = 255;

type Name = [u8; 32];

/// Calls under way and answers given.
#[derive(Default)]
pub struct Kept(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    calls: HashMap<Name, Call>,
    /// Finished calls, oldest first.
    order: VecDeque<(Name, Time)>,
    bytes: usize,
}

struct Call {
    /// Digest of the body it came with.
    body: Name,
    /// None while it is under way.
    answer: Option<Answer>,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    kind: Option<HeaderValue>,
    /// None where the answer holds a secret, or is too long to be kept.
    body: Option<Bytes>,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call, or says what became of the one with this name.
    fn begin(&self, name: Name, body: Name, at: Time) -> Result<(), Box<Response>> {
        let mut inner = self.lock();
        inner.forget(at);
        match inner.calls.get(&name) {
            None => {
                inner.calls.insert(name, Call { body, answer: None });
                Ok(())
            }
            Some(call) if call.body != body => Err(refuse(
                Problem::unprocessable("this Idempotency-Key came with another body before").at("Idempotency-Key"),
            )),
            Some(Call { answer: None, .. }) => {
                Err(refuse(Problem::conflict("the first call with this Idempotency-Key is under way")))
            }
            Some(Call { answer: Some(answer), .. }) => Err(Box::new(answer.clone().again())),
        }
    }

    /// Ends a call; without an answer it may be made again.
    fn end(&self, name: Name, answer: Option<Answer>, at: Time) {
        let mut inner = self.lock();
        let Some(answer) = answer else {
            inner.calls.remove(&name);
            return;
        };
        inner.bytes += answer.weight();
        inner.order.push_back((name, at));
        if let Some(call) = inner.calls.get_mut(&name) {
            call.answer = Some(answer);
        }
        inner.forget(at);
    }
}

impl Inner {
    /// Lets go of answers that are a day old or beyond the bounds.
    fn forget(&mut self, now: Time) {
        while let Some((name, at)) = self.order.front().copied() {
            if now.since(at) < DAY && self.order.len() <= LIMIT_CALLS && self.bytes <= LIMIT_BYTES {
                return;
            }
            self.order.pop_front();
            let weight = self.calls.remove(&name).and_then(|call| call.answer).map_or(0, |answer| answer.weight());
            self.bytes = self.bytes.saturating_sub(weight);
        }
    }
}

impl Answer {
    fn weight(&self) -> usize {
        self.body.as_ref().map_or(0, Bytes::len)
    }

    fn again(self) -> Response {
        let Some(body) = self.body else {
            return Problem::conflict("this was done before, and its answer is told only once").into_response();
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.kind.map(|kind| (header::CONTENT_TYPE, kind)));
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }
}

fn refuse(problem: Problem) -> Box<Response> {
    Box::new(problem.into_response())
}

/// The middleware; it stands behind the doorkeeper, so a key names a call of one caller.
pub async fn once(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned()).unwrap_or_default();
    let key = match key(request.method(), &path, request.headers()) {
        Ok(Some(key)) => key,
        Ok(None) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    let caller = request.extensions().get::<Caller>().map_or_else(String::new, Caller::name);
    let name = digest(&[caller.as_bytes(), request.uri().to_string().as_bytes(), key.as_bytes()]);
    let (parts, body) = request.into_parts();
    let body = match bytes(body, LIMIT_POLICY_BODY).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    if let Err(answer) = app.kept.begin(name, digest(&[&body]), now()) {
        return *answer;
    }
    let request = Request::from_parts(parts, Body::from(body));
    // On a task of its own the call is finished, and its answer kept, also when the caller has gone.
    let work = tokio::spawn(async move {
        let ended = Ended { app: &app, name };
        ended.keep(next.run(request).await, path == "/v1/keys").await
    });
    work.await.unwrap_or_else(|error| Problem::internal(error).into_response())
}

/// Ends the call whatever happens to it.
struct Ended<'a> {
    app: &'a Shared,
    name: Name,
}

impl Ended<'_> {
    async fn keep(self, response: Response, secret: bool) -> Response {
        if !response.status().is_success() {
            return response;
        }
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            return Problem::internal("an answer broke off").into_response();
        };
        let kind = parts.headers.get(header::CONTENT_TYPE).cloned();
        let kept = (!secret && body.len() <= LIMIT_ANSWER).then(|| body.clone());
        self.app.kept.end(self.name, Some(Answer { status: parts.status, kind, body: kept }), now());
        Response::from_parts(parts, Body::from(body))
    }
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let under_way = self.app.kept.lock().calls.get(&self.name).is_some_and(|call| call.answer.is_none());
        if under_way {
            self.app.kept.end(self.name, None, now());
        }
    }
}

/// The key of a call that may be repeated: any POST but intake and signing in.
fn key(method: &Method, path: &str, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    if method != Method::POST || !takes_key(need(method, path)) {
        return Ok(None);
    }
    let text = value.to_str().unwrap_or_default().trim();
    if text.is_empty() || text.len() > LIMIT_KEY || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::field("Idempotency-Key", "a key has 1 to 255 visible characters"));
    }
    Ok(Some(text.to_owned()))
}

/// Whether a POST with this need may carry a key.
#[must_use]
pub const fn takes_key(need: Option<Need>) -> bool {
    use access::Permission::{Decide, Ingest};
    !matches!(need, None | Some(Need::Open | Need::MayByBody(_) | Need::May(Ingest | Decide)))
}

fn digest(parts: &[&[u8]]) -> Name {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(bytes: usize) -> Option<Answer> {
        Some(Answer { status: StatusCode::OK, kind: None, body: Some(Bytes::from(vec![0; bytes])) })
    }

    #[test]
    fn a_name_is_free_again_after_a_day_and_memory_is_bounded() {
        let kept = Kept::default();
        let name = |n: usize| digest(&[&n.to_be_bytes()]);
        assert!(kept.begin(name(0), name(1), Time(0)).is_ok());
        assert_eq!(kept.begin(name(0), name(1), Time(0)).unwrap_err().status(), 409);
        kept.end(name(0), answer(3), Time(0));
        assert_eq!(kept.begin(name(0), name(1), Time(DAY - 1)).unwrap_err().status(), 200);
        assert_eq!(kept.begin(name(0), name(2), Time(DAY - 1)).unwrap_err().status(), 422);
        assert!(kept.begin(name(0), name(2), Time(DAY)).is_ok());
        kept.end(name(0), None, Time(DAY));
        for n in 0..LIMIT_CALLS + 100 {
            assert!(kept.begin(name(n), name(n), Time(DAY)).is_ok());
            kept.end(name(n), answer(4 * 1024), Time(DAY));
        }
        let inner = kept.lock();
        assert!(inner.bytes <= LIMIT_BYTES && inner.calls.len() == inner.order.len(), "{}", inner.bytes);
        assert_eq!(inner.bytes, inner.calls.len() * 4 * 1024);
    }
}
