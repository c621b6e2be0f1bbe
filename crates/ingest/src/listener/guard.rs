//! What every request has to pass: the time that it may take, the token, the right that its route needs, and the number
//! of requests at once.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use super::answer::{Answer, Problem};
use super::caller::{Caller, Right};
use super::limits::{Limits, MAX_BODY};
use super::{Services, Shared};
use crate::figures::BodyRefusal;

/// What watches over every request, also those that need no token.
#[derive(Clone)]
pub(super) struct Watch {
    pub(super) services: Services,
    pub(super) limits: Limits,
}

/// Lets a request take its time and no more, and counts it.
pub(super) async fn watch(State(watch): State<Watch>, request: Request<Body>, next: Next) -> Response {
    let Watch { services, limits } = watch;
    let (clock, figures) = (&services.runtime.clock, &services.figures);
    let begun = clock.monotonic();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let mut response = tokio::select! {
        biased;
        response = next.run(request) => response,
        () = clock.sleep(limits.request_time) => {
            // Facts that were sent on may still be recorded; they are recognised when they come again.
            let detail = "the request took too long and was given up";
            Problem::new(StatusCode::GATEWAY_TIMEOUT, detail, "send it again, or less at once").into_response()
        }
    };
    // Answers hold what is personal, and what is different the next time.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        figures.body_refused(BodyRefusal::TooLarge);
    }
    let took = clock.monotonic().saturating_sub(begun);
    figures.answered(route.as_ref().map(MatchedPath::as_str), &method, response.status(), took);
    response
}

/// How many requests of a group of routes may be under way at once.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    /// Room for so many.
    pub(super) fn of(requests: usize) -> Self {
        Self(Arc::new(Semaphore::new(requests)))
    }
}

/// Lets a request in if there is room.
pub(super) async fn enter(State(room): State<Room>, request: Request<Body>, next: Next) -> Answer<Response> {
    let Ok(_place) = room.0.try_acquire() else {
        let detail = "too many requests are under way";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail, "try again in a second"));
    };
    Ok(next.run(request).await)
}

/// Lets a request with a token in, or answers why not; of a body that is too large not a byte is read.
pub(super) async fn admit(
    State(shared): State<Shared>,
    mut request: Request<Body>,
    next: Next,
) -> Answer<Response> {
    let caller = shared.access.caller(bearer(request.headers()), &shared.services.figures)?;
    if claimed(request.headers()).is_some_and(|length| length > MAX_BODY) {
        let remedy = format!("send at most {MAX_BODY} bytes");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large", remedy).at("body"));
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// Lets a request of somebody who has the right go on, or answers who would have it.
pub(super) async fn check(
    State(right): State<Right>,
    caller: Caller,
    request: Request<Body>,
    next: Next,
) -> Answer<Response> {
    caller.check_right(right)?;
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, shown) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(shown)
}

/// How long the body is said to be.
fn claimed(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
