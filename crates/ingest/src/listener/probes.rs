//! What whoever watches the process asks: does it live, is it ready, what has it counted.
//!
//! Nobody needs a token for it, since nothing personal is in it: conditions and figures with bounded labels.
//! Left out: a probe that restarts what hangs; that is for whoever runs the process to decide.

use std::time::Duration;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use telemetry::metrics::CONTENT_TYPE;
use utoipa::ToSchema;

use super::{Shared, answer};

/// How long the conditions may take to be looked at.
const PATIENCE: Duration = Duration::from_secs(5);

/// One thing that must hold for the process to do its work.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct Condition {
    /// Which.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// What was found, without a personal value.
    pub detail: String,
}

impl Condition {
    /// One that holds.
    pub fn holds(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: true, detail: detail.into() }
    }

    /// One that does not.
    pub fn fails(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: false, detail: detail.into() }
    }
}

/// Knows whether the process can do its work.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Each condition, as it is now.
    async fn conditions(&self) -> Vec<Condition>;
}

/// The routes.
pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/livez", get(lives))
        .route("/readyz", get(is_ready))
        .route("/metrics", get(figures))
        .method_not_allowed_fallback(answer::unknown_method)
        .with_state(shared)
}

/// `GET /livez`.
#[utoipa::path(
    get,
    path = "/livez",
    tag = "process",
    summary = "Whether the process lives",
    security(()),
    responses((status = 200, description = "It does", body = String, example = "alive\n")),
)]
pub(super) async fn lives() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: 200 while every condition holds.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "process",
    summary = "Whether it can do its work: each condition",
    security(()),
    responses(
        (status = 200, description = "Every condition holds", body = Vec<Condition>),
        (status = 503, description = "One does not", body = Vec<Condition>),
    ),
)]
pub(super) async fn is_ready(State(shared): State<Shared>) -> Response {
    let conditions = tokio::select! {
        biased;
        conditions = shared.services.readiness.conditions() => conditions,
        () = shared.services.runtime.clock.sleep(PATIENCE) => {
            vec![Condition::fails("answers in time", "the conditions could not be looked at within 5 seconds")]
        }
    };
    let all_hold = conditions.iter().all(|condition| condition.ok);
    let status = if all_hold { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(conditions)).into_response()
}

/// `GET /metrics`.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "process",
    summary = "What it has counted, in the OpenMetrics text format",
    security(()),
    responses((status = 200, description = "Figures with bounded labels", body = String)),
)]
pub(super) async fn figures(State(shared): State<Shared>) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], shared.services.figures.text()).into_response()
}
