//! What every webhook has to pass: that it may hold at all, the number of its provider's webhooks at once, and the time
//! that one may take.
//!
//! **Invariant:** a tenant or a token that is not known, or a signature that is missing, takes no place, and not a byte
//! of its body is read.
//! **Invariant:** each provider has places of its own: whoever dawdles in one's name keeps no other one out.
//! Left out: places by who is connected, since that is the proxy.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::meter::HookProvider;
use super::refusal::{Done, Refusal};
use super::{Hooks, MAX_REQUESTS, REQUEST_TIMEOUT, Shared, token, twilio, whatsapp};

/// Places for the webhooks that are under way, [`MAX_REQUESTS`] of each provider.
#[derive(Clone)]
pub(super) struct Rooms(Arc<[(HookProvider, Semaphore)]>);

impl Rooms {
    /// All of them, empty.
    pub(super) fn new() -> Self {
        Self(HookProvider::ALL.map(|provider| (provider, Semaphore::new(MAX_REQUESTS))).into())
    }

    fn enter(&self, provider: HookProvider) -> Option<SemaphorePermit<'_>> {
        let (_, room) = self.0.iter().find(|(of, _)| *of == provider)?;
        room.try_acquire().ok()
    }
}

/// What a webhook's path names: a tenant or a token.
type Named = Result<Path<String>, PathRejection>;

/// Lets a webhook in, or answers why not.
pub(super) async fn admit(
    State(shared): State<Shared>,
    route: MatchedPath,
    named: Named,
    request: Request<Body>,
    next: Next,
) -> Response {
    let mut response = match HookProvider::of_path(route.as_str()) {
        Some(provider) => {
            let done = admitted(&shared, provider, named, request, next).await;
            shared.hooks.answer(provider, done)
        }
        // No webhook: the answer says so, without a look at the body.
        None => next.run(request).await,
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn admitted(
    shared: &Shared,
    provider: HookProvider,
    named: Named,
    request: Request<Body>,
    next: Next,
) -> Done<Response> {
    may_hold(&shared.hooks, provider, named, &request)?;
    let Some(_place) = shared.rooms.enter(provider) else {
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

/// Whether its proof may hold, as far as its head tells.
fn may_hold(hooks: &Hooks, provider: HookProvider, named: Named, request: &Request<Body>) -> Done<()> {
    match provider {
        HookProvider::Twilio => twilio::may_hold(hooks, named, request),
        HookProvider::WhatsApp => whatsapp::may_hold(hooks, named, request),
        HookProvider::Token => token::holder(hooks, named).map(drop),
    }
}
