//! Webhooks: providers tell what became of messages, and pass on what people write back.
//!
//! They come over the listener's address without its token, since each one proves itself: by a signature over what it
//! says, or by a token of its own. A TLS proxy stands in front; the listener itself is on loopback.
//!
//! | request | proof | answer |
//! |---|---|---|
//! | `POST /hooks/twilio/{tenant}/status` | `X-Twilio-Signature` | 204, 404 if there is no such attempt |
//! | `POST /hooks/twilio/{tenant}/inbound` | `X-Twilio-Signature` | an empty TwiML document |
//! | `GET /hooks/whatsapp/{tenant}` | `hub.verify_token` | the challenge |
//! | `POST /hooks/whatsapp/{tenant}` | `X-Hub-Signature-256` | 200 |
//! | `POST /hooks/token/{token}` | the token | what became of each entry |
//!
//! **Invariant:** success is answered once everything is in the log (inputs, 3); what could not be asked of the log is
//! answered with 503, so that the provider repeats it.
//! **Invariant:** a repeat changes nothing, for ever: facts are recognised by their key, outcomes by state (inputs, 4).
//! **Invariant:** nothing is read out of a body before its proof holds, and without a sign of one none is read.
//! Left out: calls to providers. A stop is not answered with a message of ours, and media are not fetched.

mod filing;
mod form;
mod guard;
mod inbound;
mod meter;
mod public_url;
mod refusal;
mod settings;
mod signature;
mod token;
mod twilio;
mod whatsapp;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use axum::{Router, middleware};
use domain::inbound::InboundClass;
use domain::label::TenantId;
use event_log::keys::Keyring;
use runtime::Runtime;
use utoipa::OpenApi;

use crate::gate::Gate;
use crate::listener::Problem;

pub use meter::{HookMeter, HookProvider, HookResult};
pub use public_url::PublicUrl;
pub use settings::{HookSecret, HookSettings, HookToken, TwilioHooks, WhatsAppHooks};

/// Largest body of a webhook, in bytes.
pub const MAX_BODY: usize = 256 * 1024;
/// Largest body of Meta's, which sends up to a thousand entries at once in up to 3 MB, in bytes.
pub const MAX_WHATSAPP_BODY: usize = 3 * 1024 * 1024;
/// Most webhooks of one provider under way at once; further ones are told to come back.
pub const MAX_REQUESTS: usize = 32;
/// How long a webhook may take: less than the 15 seconds for which Twilio waits.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Puts a text that came in into its class.
pub type Classify = Arc<dyn Fn(&TenantId, &str) -> InboundClass + Send + Sync>;

/// What webhooks are handed to.
#[derive(Clone)]
pub struct Hooks {
    /// What time it is.
    pub runtime: Runtime,
    /// Where facts and outcomes go.
    pub gate: Gate,
    /// Makes digests of numbers and of providers' names for messages.
    pub keyring: Arc<Keyring>,
    /// Puts texts into classes.
    pub classify: Classify,
    /// Counts.
    pub meter: Arc<dyn HookMeter>,
    /// Who may report, and how each proves it.
    pub settings: Arc<HookSettings>,
}

/// What every webhook sees.
#[derive(Clone)]
struct Shared {
    hooks: Hooks,
    rooms: guard::Rooms,
}

/// The descriptions of all webhooks.
#[derive(OpenApi)]
#[openapi(paths(twilio::status, twilio::inbound, whatsapp::verify, whatsapp::record, token::record))]
pub(crate) struct Described;

/// All webhooks, to be merged beside the listener's own requests.
pub fn routes(hooks: Hooks) -> Router {
    let shared = Shared { hooks, rooms: guard::Rooms::new() };
    let large = DefaultBodyLimit::max(MAX_WHATSAPP_BODY);
    Router::new()
        .route("/hooks/twilio/{tenant}/status", post(twilio::status))
        .route("/hooks/twilio/{tenant}/inbound", post(twilio::inbound))
        .route("/hooks/token/{token}", post(token::record))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .merge(
            Router::new()
                .route("/hooks/whatsapp/{tenant}", get(whatsapp::verify).post(whatsapp::record))
                .layer(large),
        )
        .method_not_allowed_fallback(unknown_method)
        .route("/hooks/{*rest}", any(unknown_path))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::admit))
        .with_state(shared)
}

async fn unknown_path() -> Problem {
    let remedy = "see /hooks/twilio/{tenant}/status, /hooks/twilio/{tenant}/inbound, /hooks/whatsapp/{tenant} and \
                  /hooks/token/{token}";
    Problem::new(axum::http::StatusCode::NOT_FOUND, "there is no webhook at this path", remedy).at("path")
}

async fn unknown_method() -> Problem {
    let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(status, "this webhook has no such method", "use POST").at("method")
}
