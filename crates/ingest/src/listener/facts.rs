//! Facts from beside the process: in the wire contract's own form, or as JSON.

mod json;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::codec::{decode_facts, encode_receipts};
use contract::wire::{FactMessage, TraceContext};
use telemetry::trace_context;

use super::Shared;
use super::answer::{Answer, Problem};
use super::body::Broken;
use super::caller::Caller;
use super::limits::MAX_BODY;

use self::json::Beside;
use crate::error::IngestError;
use crate::publish::MAX_FACTS;

const PROTOBUF: &str = "application/x-protobuf";

/// How the facts of a request are written.
#[derive(Clone, Copy)]
enum Form {
    /// A `FactBatch`.
    Protobuf,
    /// An object, or a list of them.
    Json,
    /// An object on each line.
    Lines,
}

impl Form {
    /// By the header, whatever parameters stand behind it.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next()?.trim() {
            PROTOBUF => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            "application/jsonl" | "application/x-ndjson" => Some(Self::Lines),
            _ => None,
        }
    }
}

/// `POST /v1/facts`: answers once each fact is in the log, was there before, is parked or is refused (inputs, 3).
pub(super) async fn record(
    State(shared): State<Shared>,
    caller: Caller,
    query: Result<Query<Beside>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Response> {
    let Some(form) = Form::of(&headers) else {
        let remedy = format!(
            "send JSON with Content-Type: application/json, one object on each line with application/jsonl, \
             or a FactBatch with {PROTOBUF}"
        );
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is of another kind", remedy)
            .at("Content-Type"));
    };
    let (body, trace) = (bytes(body)?, trace_of(&headers));
    match form {
        Form::Protobuf => batch(&shared, &caller, &body, trace).await,
        Form::Json => {
            let entries = json::list(&json::Sent::new(&shared, &caller, query)?, &body)?;
            json::answer(&shared, entries, trace).await
        }
        Form::Lines => {
            let entries = json::lines(&json::Sent::new(&shared, &caller, query)?, &body)?;
            json::answer(&shared, entries, trace).await
        }
    }
}

async fn batch(shared: &Shared, caller: &Caller, body: &Bytes, trace: TraceContext) -> Answer<Response> {
    let mut facts: Vec<FactMessage> = decode_facts(body).map_err(|error| {
        let remedy = "encode a FactBatch of this release's contract";
        Problem::new(StatusCode::BAD_REQUEST, error.to_string(), remedy).at("body")
    })?;
    not_too_many(facts.len())?;
    for (number, fact) in facts.iter().enumerate() {
        caller.check_tenant(&fact.tenant, &format!("fact {number}, tenant"))?;
    }
    facts.iter_mut().for_each(|fact| fact.trace = fact.trace.or(trace));
    let receipts = shared.services.gate.send(facts).await.map_err(|error| not_taken(&error))?;
    Ok(([(header::CONTENT_TYPE, PROTOBUF)], encode_receipts(&receipts)).into_response())
}

fn not_too_many(facts: usize) -> Answer<()> {
    if facts <= MAX_FACTS {
        return Ok(());
    }
    let detail = format!("{facts} facts are too many for one request");
    Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail, format!("send at most {MAX_FACTS}")).at("body"))
}

fn not_taken(error: &IngestError) -> Problem {
    let remedy = "send them again: those in the log are recognised";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string(), remedy)
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
