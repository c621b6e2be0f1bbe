//! What every request has to pass: the token, the right that its route needs, the number of requests at once, the time that it may take.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer::{Answer, Problem};
use super::caller::{Caller, Right};
use super::{REQUEST_TIMEOUT, Shared};

/// Lets a request in, or answers why not.
pub(super) async fn admit(State(shared): State<Shared>, request: Request<Body>, next: Next) -> Response {
    let mut response = match admitted(&shared, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    // Answers hold what is personal, and what is different the next time.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
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

async fn admitted(shared: &Shared, mut request: Request<Body>, next: Next) -> Answer<Response> {
    let caller = shared.access.caller(bearer(request.headers()), &shared.services.figures)?;
    request.extensions_mut().insert(caller);
    let Ok(_room) = shared.room.try_acquire() else {
        let detail = "too many requests are under way";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail, "try again in a second"));
    };
    let late = shared.services.runtime.clock.sleep(REQUEST_TIMEOUT);
    tokio::select! {
        biased;
        response = next.run(request) => Ok(response),
        () = late => {
            // Facts that were sent on may still be recorded; they are recognised when they come again.
            let detail = "the request took too long and was given up";
            Err(Problem::new(StatusCode::GATEWAY_TIMEOUT, detail, "send it again, or less at once"))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, shown) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(shown)
}
