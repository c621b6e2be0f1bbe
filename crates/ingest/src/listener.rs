//! The local listener: whoever runs beside the process, and may read its token file, hands facts in, works the call
//! list, and has a debtor shown.
//!
//! Only on loopback, only with the token. Every answer but a batch of receipts is JSON; errors are problem details
//! (RFC 9457) that say what was wrong, where, and what would be right, and never repeat what was sent.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `POST /v1/facts` | a `FactBatch` in protobuf | a `ReceiptBatch`, once each fact is in the log |
//! | `POST /v1/outcomes` | `[{"escalation", "outcome", "at_ms"?, "text"?}]` | how many, once all are in the log |
//! | `GET /v1/calls?tenant&state&agent&limit&wait_s` | | the tasks; waits up to `wait_s` for one to take |
//! | `POST /v1/calls/take` | `{"agent", "count"}` | the tasks taken |
//! | `POST /v1/calls/open` | `{"agent", "tasks"}` | for each the call, or why it is struck |
//! | `POST /v1/calls/done` | `{"agent", "calls": [{"task", "reach", "said"?, "note"?}]}` | for each whether it is in the log |
//! | `POST /v1/calls/return` | `{"agent", "tasks"}` | for each whether it is on the list again |
//! | `POST /v1/calls/shift` | `{"agent", "seconds"}` | |
//! | `GET /v1/debtors/{reference}?tenant` | | the debtor, decrypted |
//! | `GET /v1/livez` | | that it lives; the only one without a token |

mod answer;
mod calls;
mod debtors;
mod facts;
mod guard;
mod outcomes;
mod token;

use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use runtime::Runtime;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use worker_call::CallDesk;

use crate::error::IngestError;
use crate::gate::Gate;

pub use answer::Problem;
pub use debtors::{Debtors, DebtorsError};
pub(crate) use outcomes::OutcomeWord;
pub use token::Token;

/// Largest body of a request, in bytes.
pub const MAX_BODY: usize = 16 * 1024 * 1024;
/// Most requests under way at once; further ones are told to come back.
pub const MAX_REQUESTS: usize = 64;
/// How long a request may take, its body included.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(90);
/// How long open requests may go on after the listener was told to stop.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// What the listener hands requests to.
#[derive(Clone)]
pub struct Services {
    /// Real time for time-outs.
    pub runtime: Runtime,
    /// Where facts go.
    pub gate: Gate,
    /// The call list, where this process has one.
    pub calls: Option<Arc<CallDesk>>,
    /// Who shows debtors, where this process can.
    pub debtors: Option<Arc<dyn Debtors>>,
}

/// What every request sees.
#[derive(Clone)]
struct Shared {
    services: Services,
    token: Arc<Token>,
    room: Arc<Semaphore>,
}

/// A listener that has its address.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    beside: Router,
}

impl Listener {
    /// Takes an address on loopback; port 0 takes any that is free.
    pub async fn bind(address: SocketAddr) -> Result<Self, IngestError> {
        let fail = |detail: String, remedy: &str| IngestError::Listen {
            address: address.to_string(),
            detail,
            remedy: remedy.into(),
        };
        if !address.ip().is_loopback() {
            let detail = "it is no loopback address, and this listener has no TLS".to_owned();
            return Err(fail(detail, "use 127.0.0.1 or [::1], and a proxy with TLS in front of it"));
        }
        let remedy = "choose another port, or stop the process that has it";
        let socket = TcpListener::bind(address).await.map_err(|e| fail(e.to_string(), remedy))?;
        let address = socket.local_addr().map_err(|e| fail(e.to_string(), remedy))?;
        Ok(Self { socket, address, beside: Router::new() })
    }

    /// The same, with requests beside its own that prove themselves without its token, such as webhooks.
    #[must_use]
    pub fn also(self, beside: Router) -> Self {
        Self { beside: self.beside.merge(beside), ..self }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop` resolves; those under way then have [`DRAIN_TIMEOUT`] left.
    pub async fn serve(
        self,
        services: Services,
        token: Token,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), IngestError> {
        let clock = Arc::clone(&services.runtime.clock);
        let (stopping, stopped) = oneshot::channel();
        let stop = async move {
            stop.await;
            // Nobody counts the time any more if serving has ended by itself.
            let _ended_already = stopping.send(());
        };
        let overdue = async move {
            match stopped.await {
                Ok(()) => clock.sleep(DRAIN_TIMEOUT).await,
                Err(_serving_ended) => {}
            }
        };
        let serving =
            axum::serve(self.socket, router(services, token).merge(self.beside)).with_graceful_shutdown(stop);
        tokio::select! {
            biased;
            served = serving.into_future() => served.map_err(|error| IngestError::Listen {
                address: self.address.to_string(),
                detail: error.to_string(),
                remedy: "start again".into(),
            }),
            () = overdue => Ok(()),
        }
    }
}

/// All requests that the listener knows.
fn router(services: Services, token: Token) -> Router {
    let shared = Shared { services, token: Arc::new(token), room: Arc::new(Semaphore::new(MAX_REQUESTS)) };
    let guarded = Router::new()
        .route("/v1/facts", post(facts::record))
        .route("/v1/outcomes", post(outcomes::record))
        .route("/v1/calls", get(calls::list))
        .route("/v1/calls/take", post(calls::take))
        .route("/v1/calls/open", post(calls::open))
        .route("/v1/calls/done", post(calls::done))
        .route("/v1/calls/return", post(calls::give_back))
        .route("/v1/calls/shift", post(calls::shift))
        .route("/v1/debtors/{*reference}", get(debtors::show))
        .fallback(answer::unknown_path)
        .method_not_allowed_fallback(answer::unknown_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::admit))
        .with_state(shared);
    Router::new().route("/v1/livez", get(answer::lives)).merge(guarded)
}
