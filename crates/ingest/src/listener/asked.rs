//! What a request brings along, read the same way for every route: a body, a body of JSON, a query.
//!
//! Guarantees that a body that is cut off, too large, stalled or of another shape is refused with its place and a
//! remedy, and that no refusal repeats what was sent.
//! Leaves out: what is asked for; each route reads its own type.

use axum::body::Bytes;
use axum::extract::Query;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::answer::{Answer, Problem};
use super::body::Broken;
use super::limits::{MAX_ASKED, MAX_BODY};

/// A body as it came.
pub(super) type Body = Result<Bytes, BytesRejection>;

/// A query, or what it may have.
pub(super) fn query<T>(query: Result<Query<T>, QueryRejection>, remedy: &str) -> Answer<T> {
    let wrong = |_| Problem::new(StatusCode::BAD_REQUEST, "the query can't be read", remedy).at("query");
    query.map(|Query(query)| query).map_err(wrong)
}

/// A body of JSON, or how it should look; what was sent is not repeated, since it may be personal.
pub(super) fn read<T: DeserializeOwned>(body: Body, example: &str) -> Answer<T> {
    serde_json::from_slice(&bytes(body)?).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "the body is JSON of another shape",
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => "the body is no JSON",
        };
        let place = format!("body, line {}, column {}", error.line(), error.column());
        Problem::new(StatusCode::BAD_REQUEST, what, format!("send it like {example}")).at(place)
    })
}

/// A body, if it came whole and is not too large.
pub(super) fn bytes(body: Body) -> Answer<Bytes> {
    body.map_err(|rejection| {
        if Broken::is_stalled(&rejection) {
            let remedy = "send it without a pause";
            return Problem::new(StatusCode::REQUEST_TIMEOUT, "nothing more came of the body", remedy)
                .at("body");
        }
        let status = rejection.status();
        let remedy = format!(
            "send at most {MAX_BODY} bytes of facts or outcomes, {MAX_ASKED} of anything else, and all that \
             Content-Length says"
        );
        Problem::new(status, "the body is too large or was cut off", remedy).at("body")
    })
}
