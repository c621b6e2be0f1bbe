//! What every webhook has to pass besides its proof: the number of webhooks at once, and the time that one may take.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::meter::HookProvider;
use super::refusal::{Done, Refusal};
use super::{REQUEST_TIMEOUT, Shared};

/// Lets a webhook in, or answers why not.
pub(super) async fn admit(State(shared): State<Shared>, request: Request<Body>, next: Next) -> Response {
    // Only the word for the provider is kept of the path, which may hold a token.
    let provider = HookProvider::of_path(request.uri().path());
    let done = admitted(&shared, request, next).await;
    let mut response = match (provider, done) {
        (Some(provider), done) => shared.hooks.answer(provider, done),
        (None, Ok(response)) => response,
        (None, Err(_)) => axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn admitted(shared: &Shared, request: Request<Body>, next: Next) -> Done<Response> {
    let Ok(_room) = shared.room.try_acquire() else {
        return Err(Refusal::busy("too many webhooks are under way"));
    };
    let late = shared.hooks.runtime.clock.sleep(REQUEST_TIMEOUT);
    tokio::select! {
        biased;
        response = next.run(request) => Ok(response),
        // What was sent on may still be recorded; it is recognised when it comes again.
        () = late => Err(Refusal::busy("the webhook took too long and was given up")),
    }
}
