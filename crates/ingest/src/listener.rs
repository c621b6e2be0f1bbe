//! The listener: whoever has a token hands facts in, works the call list, or has a debtor shown, as the token's role
//! and tenants allow.
//!
//! Only on loopback, unless a proxy with TLS stands in front. Every answer but a batch of receipts is JSON; errors are problem details
//! (RFC 9457) that say what was wrong, where, and what would be right, and never repeat what was sent.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `POST /v1/facts` | a `FactBatch` in protobuf | a `ReceiptBatch`, once each fact is in the log |
//! | `POST /v1/facts?tenant&source` | a fact as JSON, a list, or one on each line | what became of each |
//! | `POST /v1/outcomes` | `[{"escalation", "outcome", "tenant"?, "at_ms"?, "text"?}]` | what became of each, once all are in the log |
//! | `GET /v1/calls?tenant&state&agent&limit&wait_s` | | the tasks; waits up to `wait_s` for one to take |
//! | `POST /v1/calls/take` | `{"agent", "count"}` | the tasks taken |
//! | `POST /v1/calls/open` | `{"agent", "tasks"}` | for each the call, or why it is struck |
//! | `POST /v1/calls/done` | `{"agent", "calls": [{"task", "reach", "said"?, "note"?}]}` | for each whether it is in the log |
//! | `POST /v1/calls/return` | `{"agent", "tasks"}` | for each whether it is on the list again |
//! | `POST /v1/calls/shift` | `{"agent", "seconds"}` | |
//! | `GET /v1/debtors/{reference}?tenant` | | the debtor, decrypted |
//! | `POST /v1/holds`, `/v1/holds/release`, `/v1/promises`, `/v1/tasks/done` | see [`crate::acts`] | what was done |
//! | `GET /v1/why/{reference}?tenant&at` | | why the debtor was contacted or not |
//! | `GET /v1/events?after&limit&…`, `GET /v1/events/{position}` | | events, page by page, or one |
//! | `GET`, `POST`, `DELETE /v1/pauses` | `{"tenant"?, "channel"?, "reason"}` | what rests, or that it does |
//! | `GET /v1/parked`, `GET /v1/quarantine` | | inputs that wait |
//! | `POST /v1/quarantine/{key}/retry`, `DELETE /v1/quarantine/{key}?reason` | | what became of one |
//! | `POST /v1/verify`, `GET /v1/rulebook` | | whether the log is whole; what is in force |
//! | `GET /v1/openapi.json` | | all of this, described |
//! | `GET /livez` | | that it lives |
//! | `GET /readyz` | | each condition for its work; 503 unless all hold |
//! | `GET /metrics` | | what it has counted, in the OpenMetrics text format |
//!
//! The last four need no token; each of the others names the right that it needs ([`rights`]).

mod access;
mod answer;
mod api;
mod asked;
mod body;
mod caller;
mod calls;
mod connections;
mod debtors;
mod facts;
mod guard;
mod limits;
pub mod named;
pub mod openapi;
mod outcomes;
mod pace;
mod probes;
mod route;
mod stream;
mod token;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware;
use axum::routing::get;
use runtime::Runtime;
use tokio::net::TcpListener;
use worker_call::CallDesk;

use crate::archive::Archive;
use crate::digests::Digests;
use crate::error::IngestError;
use crate::figures::Figures;
use crate::gate::Gate;

use self::connections::Connections;
use self::guard::{Room, Watch};
use self::route::Route;

pub use access::{Access, RECHECK};
pub use answer::Problem;
pub use caller::{Caller, Right, Role, Tenants};
pub use debtors::{Debtors, DebtorsError};
pub use limits::{Limits, MAX_BODY};
pub(crate) use outcomes::{FiledWord, OutcomeWord};
pub use probes::{Condition, Readiness};
pub use token::Token;

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
    /// Who knows whether the process can do its work.
    pub readiness: Arc<dyn Readiness>,
    /// Who shows debtors, where this process can.
    pub debtors: Option<Arc<dyn Debtors>>,
    /// Makes digests of the references that come in.
    pub digests: Arc<dyn Digests>,
    /// Who reads the log, where this process has it.
    pub archive: Option<Arc<dyn Archive>>,
}

/// What every request sees.
#[derive(Clone)]
struct Shared {
    services: Services,
    access: Arc<Access>,
}

/// A listener that has its address.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    limits: Limits,
    beside: Router,
    answers: Answers,
}

/// What a listener answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answers {
    /// Everything.
    Everything,
    /// The call list, and whoever watches the process.
    CallList,
    /// Whoever watches the process: whether it lives, is ready, and what it has counted.
    Probes,
}

impl Answers {
    /// Whether routes that need this right are among it.
    fn includes(self, right: Right) -> bool {
        match self {
            Self::Everything => true,
            Self::CallList => right == Right::WorkCalls,
            Self::Probes => false,
        }
    }
}

/// From where the listener may be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exposure {
    /// From this machine alone.
    Loopback,
    /// From elsewhere too, since an operator has said that only a proxy with TLS passes requests on to it.
    BehindTlsProxy,
}

impl Listener {
    /// Takes an address; port 0 takes any that is free.
    pub async fn bind(address: SocketAddr, exposure: Exposure) -> Result<Self, IngestError> {
        let fail = |detail: String, remedy: &str| IngestError::Listen {
            address: address.to_string(),
            detail,
            remedy: remedy.into(),
        };
        if exposure == Exposure::Loopback && !address.ip().is_loopback() {
            let detail = "it is no loopback address, and this listener has no TLS".to_owned();
            return Err(fail(
                detail,
                "use 127.0.0.1 or [::1], or put a proxy with TLS in front of it and say so: behind_tls_proxy = true",
            ));
        }
        let remedy = "choose another port, or stop the process that has it";
        let socket = TcpListener::bind(address).await.map_err(|e| fail(e.to_string(), remedy))?;
        let address = socket.local_addr().map_err(|e| fail(e.to_string(), remedy))?;
        Ok(Self {
            socket,
            address,
            limits: Limits::default(),
            beside: Router::new(),
            answers: Answers::Everything,
        })
    }

    /// The same, with requests beside its own that prove themselves without its token, such as webhooks.
    #[must_use]
    pub fn also(self, beside: Router) -> Self {
        Self { beside: self.beside.merge(beside), ..self }
    }

    /// The same, but answering this and nothing else: for a process that has one role.
    #[must_use]
    pub fn answering(self, answers: Answers) -> Self {
        Self { answers, ..self }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same, with other limits.
    #[must_use]
    pub fn limited(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Answers requests until `stop` resolves; those under way then have [`Limits::drain_time`] left.
    pub async fn serve(
        self,
        services: Services,
        access: Access,
        stop: impl Future<Output = ()> + Send + 'static,
    ) {
        let (runtime, figures) = (services.runtime.clone(), services.figures.clone());
        let app = router(services, access, self.limits, self.answers, self.beside);
        let connections = Connections { runtime, limits: self.limits, figures, app };
        connections.serve(self.socket, stop).await;
    }
}

/// Every route that needs a right, group by group.
fn routes() -> Vec<Route> {
    [facts(), calls(), debtors(), api::routes()].into_iter().flatten().collect()
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
fn router(services: Services, access: Access, limits: Limits, answers: Answers, beside: Router) -> Router {
    let watch = Watch { services: services.clone(), limits };
    let shared = Shared { services, access: Arc::new(access) };
    Router::new()
        .merge(probes::router(shared.clone()))
        .route(openapi::PATH, get(openapi::described))
        .merge(guarded(shared, limits, answers))
        .merge(beside)
        .layer(middleware::from_fn_with_state(watch, guard::watch))
}

/// The routes that need a right, and the answer to whatever is no route.
fn guarded(shared: Shared, limits: Limits, answers: Answers) -> Router {
    let rooms = Right::ALL.map(|right| (right, Room::of(limits.requests)));
    rooms
        .into_iter()
        .filter(|(right, _)| answers.includes(*right))
        .fold(Router::new(), |router, (right, room)| {
            let with = routes().into_iter().filter(|route| route.right == right);
            with.fold(router, |router, route| route.mount(router, room.clone()))
        })
        .fallback(answer::unknown_path)
        .method_not_allowed_fallback(answer::unknown_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::admit))
        .with_state(shared)
}
