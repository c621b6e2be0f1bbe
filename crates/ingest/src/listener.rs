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

mod access;
mod answer;
mod caller;
mod calls;
mod debtors;
mod facts;
mod guard;
pub mod named;
mod outcomes;
mod route;
mod token;

use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware;
use axum::routing::get;
use runtime::Runtime;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use worker_call::CallDesk;

use crate::error::IngestError;
use crate::figures::Figures;
use crate::gate::Gate;

use self::route::Route;

pub use access::{Access, RECHECK};
pub use answer::Problem;
pub use caller::{Caller, Right, Role, Tenants};
pub use debtors::{Debtors, DebtorsError};
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
    /// What is counted.
    pub figures: Figures,
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
    access: Arc<Access>,
    room: Arc<Semaphore>,
}

/// A listener that has its address.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
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
        Ok(Self { socket, address })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop` resolves; those under way then have [`DRAIN_TIMEOUT`] left.
    pub async fn serve(
        self,
        services: Services,
        access: Access,
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
        let serving = axum::serve(self.socket, router(services, access)).with_graceful_shutdown(stop);
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

/// Every route that needs a right, group by group.
fn routes() -> Vec<Route> {
    [facts(), calls(), debtors()].into_iter().flatten().collect()
}

/// What comes in.
fn facts() -> Vec<Route> {
    vec![
        Route::post("/v1/facts", Right::PublishFacts, facts::record),
        Route::post("/v1/outcomes", Right::ReportOutcomes, outcomes::record),
    ]
}

/// The call list.
fn calls() -> Vec<Route> {
    vec![
        Route::get("/v1/calls", Right::WorkCalls, calls::list),
        Route::post("/v1/calls/take", Right::WorkCalls, calls::take),
        Route::post("/v1/calls/open", Right::WorkCalls, calls::open),
        Route::post("/v1/calls/done", Right::WorkCalls, calls::done),
        Route::post("/v1/calls/return", Right::WorkCalls, calls::give_back),
        Route::post("/v1/calls/shift", Right::WorkCalls, calls::shift),
    ]
}

/// Debtors in clear.
fn debtors() -> Vec<Route> {
    vec![Route::get("/v1/debtors/{*reference}", Right::ShowDebtors, debtors::show)]
}

/// What each route needs: its method, its path's template, its right.
pub fn rights() -> Vec<(Method, &'static str, Right)> {
    routes().into_iter().map(|route| (route.method, route.path, route.right)).collect()
}

/// All requests that the listener knows.
fn router(services: Services, access: Access) -> Router {
    let shared = Shared { services, access: Arc::new(access), room: Arc::new(Semaphore::new(MAX_REQUESTS)) };
    let guarded = routes()
        .into_iter()
        .fold(Router::new(), |router, route| route.mount(router))
        .fallback(answer::unknown_path)
        .method_not_allowed_fallback(answer::unknown_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::admit))
        .with_state(shared);
    Router::new().route("/v1/livez", get(answer::lives)).merge(guarded)
}
