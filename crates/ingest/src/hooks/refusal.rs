//! Why a webhook is refused as a whole: what is counted, and what is answered.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Hooks;
use super::meter::{HookProvider, HookResult};
use crate::error::IngestError;
use crate::listener::Problem;

/// Why a webhook is refused.
pub(super) struct Refusal {
    result: HookResult,
    problem: Problem,
}

/// What a webhook comes to.
pub(super) type Done<T> = Result<T, Refusal>;

impl Refusal {
    /// Its proof does not hold.
    pub(super) fn forged(what: &str, remedy: &str, place: &str) -> Self {
        Self::new(HookResult::Forged, StatusCode::FORBIDDEN, what, remedy).at(place)
    }

    /// It can't be read.
    pub(super) fn malformed(what: &str, remedy: &str, place: impl Into<String>) -> Self {
        Self::new(HookResult::Malformed, StatusCode::BAD_REQUEST, what, remedy).at(place)
    }

    /// It can't be read, for a reason that has a status of its own.
    pub(super) fn unfit(status: StatusCode, what: &str, remedy: &str, place: &str) -> Self {
        Self::new(HookResult::Malformed, status, what, remedy).at(place)
    }

    /// The tenant has no such webhook.
    pub(super) fn no_tenant() -> Self {
        let what = "this tenant has no such webhook";
        let remedy = "name a tenant of the settings in the path";
        Self::new(HookResult::Unknown, StatusCode::NOT_FOUND, what, remedy).at("path")
    }

    /// There is no such attempt.
    pub(super) fn no_attempt() -> Self {
        let what = "there is no such attempt";
        let remedy = "report by the escalation that went out with the message";
        Self::new(HookResult::Unknown, StatusCode::NOT_FOUND, what, remedy).at("escalation")
    }

    /// The same id with other content is in the log.
    pub(super) fn contradiction(detail: &str, remedy: &str, place: impl Into<String>) -> Self {
        Self::new(HookResult::Malformed, StatusCode::CONFLICT, detail, remedy).at(place)
    }

    /// A body, if it came whole and is not too large.
    pub(super) fn body(body: Result<Bytes, BytesRejection>) -> Done<Bytes> {
        body.map_err(|rejection| {
            let what = "the body is too large or was cut off";
            Self::unfit(
                rejection.status(),
                what,
                "send less at once, and all that Content-Length says",
                "body",
            )
        })
    }

    /// The log could not be asked: the provider is to repeat it.
    pub(super) fn unavailable(error: &IngestError) -> Self {
        let remedy = "send it again: what is in the log is recognised";
        Self::new(HookResult::Unavailable, StatusCode::SERVICE_UNAVAILABLE, &error.to_string(), remedy)
    }

    /// There is no room or no time: the provider is to repeat it.
    pub(super) fn busy(what: &str) -> Self {
        Self::new(HookResult::Unavailable, StatusCode::SERVICE_UNAVAILABLE, what, "send it again in a second")
    }

    fn new(result: HookResult, status: StatusCode, what: &str, remedy: &str) -> Self {
        Self { result, problem: Problem::new(status, what, remedy) }
    }

    fn at(self, place: impl Into<String>) -> Self {
        Self { problem: self.problem.at(place), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.problem.into_response()
    }
}

impl Hooks {
    /// Counts a refusal, and answers.
    pub(super) fn answer(&self, provider: HookProvider, done: Done<Response>) -> Response {
        done.unwrap_or_else(|refusal| {
            self.meter.webhook(provider, refusal.result);
            refusal.into_response()
        })
    }
}
