//! Facts from beside the process, in the wire contract's own form.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::codec::{decode_facts, encode_receipts};
use contract::wire::TraceContext;
use telemetry::trace_context;

use super::Shared;
use super::answer::{Answer, Problem};
use super::body::Broken;
use super::caller::Caller;
use super::limits::MAX_BODY;

const PROTOBUF: &str = "application/x-protobuf";
/// Most facts of one request.
const MAX_FACTS: usize = 10_000;

/// `POST /v1/facts`: answers once each fact is in the log, was there before, is parked or is refused (inputs, 3).
pub(super) async fn record(
    State(shared): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Response> {
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != PROTOBUF) {
        let remedy = format!("send a FactBatch with Content-Type: {PROTOBUF}");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is of another kind", remedy)
            .at("Content-Type"));
    }
    let mut facts = decode_facts(&bytes(body)?).map_err(|error| {
        let remedy = "encode a FactBatch of this release's contract";
        Problem::new(StatusCode::BAD_REQUEST, error.to_string(), remedy).at("body")
    })?;
    if facts.len() > MAX_FACTS {
        let detail = format!("{} facts are too many for one request", facts.len());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail, format!("send at most {MAX_FACTS}"))
            .at("body"));
    }
    for (number, fact) in facts.iter().enumerate() {
        caller.check_tenant(&fact.tenant, &format!("fact {number}, tenant"))?;
    }
    let trace = trace_of(&headers);
    facts.iter_mut().for_each(|fact| fact.trace = fact.trace.or(trace));
    let receipts = shared.services.gate.send(facts).await.map_err(|error| {
        let remedy = "send them again: those in the log are recognised";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string(), remedy)
    })?;
    Ok(([(header::CONTENT_TYPE, PROTOBUF)], encode_receipts(&receipts)).into_response())
}

/// The request's W3C trace context; a header that is none is passed over, as the specification asks.
fn trace_of(headers: &HeaderMap) -> TraceContext {
    let header = headers.get(trace_context::TRACEPARENT)?.to_str().ok()?;
    trace_context::parse(header).ok().flatten()
}

/// A body, if it came whole and is not too large.
pub(super) fn bytes(body: Result<Bytes, BytesRejection>) -> Answer<Bytes> {
    body.map_err(|rejection| {
        if Broken::is_stalled(&rejection) {
            let remedy = "send it without a pause";
            return Problem::new(StatusCode::REQUEST_TIMEOUT, "nothing more came of the body", remedy)
                .at("body");
        }
        let status = rejection.status();
        let remedy = format!("send at most {MAX_BODY} bytes, and all that Content-Length says");
        Problem::new(status, "the body is too large or was cut off", remedy).at("body")
    })
}
