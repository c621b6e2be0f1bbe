//! What every request has to pass: the time that it may take, the token, the right that its route needs, and the number
//! of requests at once.
//!
//! **Invariant:** each role has places of its own for each right: whoever dawdles with facts keeps no operator from
//! pausing contacts, and whoever waits for calls keeps no agent from holding a claim.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::answer::{Answer, Problem};
use super::caller::{Caller, Right, Role};
use super::limits::Limits;
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

/// Places for the requests that are under way with a right, for each role its own.
#[derive(Clone)]
pub(super) struct Room(Arc<[(Role, Semaphore)]>);

impl Room {
    /// Room for so many of each role.
    pub(super) fn of(requests: usize) -> Self {
        Self(Role::ALL.map(|role| (role, Semaphore::new(requests))).into())
    }

    fn enter(&self, role: Role) -> Option<SemaphorePermit<'_>> {
        let (_, places) = self.0.iter().find(|(of, _)| *of == role)?;
        places.try_acquire().ok()
    }
}

/// What a route needs: the right, and a place.
#[derive(Clone)]
pub(super) struct Need {
    pub(super) right: Right,
    pub(super) room: Room,
}

/// Lets a request with a token in, or answers why not.
pub(super) async fn admit(
    State(shared): State<Shared>,
    mut request: Request<Body>,
    next: Next,
) -> Answer<Response> {
    let caller = shared.access.caller(bearer(request.headers()), &shared.services.figures)?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// Lets a request of somebody who has the right go on if there is room, or answers who would have it; of a body that is
/// too large not a byte is read.
pub(super) async fn check(
    State(Need { right, room }): State<Need>,
    caller: Caller,
    request: Request<Body>,
    next: Next,
) -> Answer<Response> {
    caller.check_right(right)?;
    let most = right.max_body();
    if claimed(request.headers()).is_some_and(|length| length > most) {
        let remedy = format!("send at most {most} bytes");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large", remedy).at("body"));
    }
    let Some(_place) = room.enter(caller.role) else {
        let detail = "too many requests are under way";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail, "try again in a second"));
    };
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
