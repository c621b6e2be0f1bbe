//! Answers: problem details (RFC 9457), and what every answer has in common.

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What was wrong, where, and what would be right.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status, also where it is one of several answers.
    pub status: u16,
    /// The status in words.
    pub title: &'static str,
    /// What was wrong.
    pub detail: String,
    /// Where: a part of the request.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What would be right.
    pub remedy: String,
}

impl Problem {
    /// A problem with the request as a whole.
    pub fn new(status: StatusCode, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { status: status.as_u16(), title, detail: detail.into(), place: None, remedy: remedy.into() }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A name that is none, at a place of that name.
pub(super) fn no_name(place: &str) -> Problem {
    let remedy = "it has 1 to 64 of a-z, 0-9, _, - and .";
    Problem::new(StatusCode::BAD_REQUEST, format!("the {place} is no short name"), remedy).at(place)
}

/// What a request comes to.
pub(super) type Answer<T> = Result<T, Problem>;

/// One of several answers, each of which may be a problem of its own.
#[derive(Serialize)]
pub(super) struct Each<T> {
    /// Which task.
    pub(super) task: String,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<T>,
    /// What was wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<Problem>,
}

impl<T> Each<T> {
    /// What came of one task.
    pub(super) fn of(task: String, result: Result<T, Problem>) -> Self {
        match result {
            Ok(result) => Self { task, result: Some(result), problem: None },
            Err(problem) => Self { task, result: None, problem: Some(problem) },
        }
    }
}

/// Any other path.
pub(super) async fn unknown_path() -> Problem {
    let remedy =
        "see /v1/facts, /v1/outcomes, /v1/calls, /v1/debtors/{reference}, /livez, /readyz and /metrics";
    Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path", remedy).at("path")
}

/// A path with another method.
pub(super) async fn unknown_method(method: Method) -> Problem {
    let remedy =
        if method == Method::GET { "use POST" } else { "use GET for lists, POST for what changes something" };
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path has no such method", remedy).at("method")
}
