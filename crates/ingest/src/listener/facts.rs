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
use super::asked::bytes;
use super::caller::Caller;

use self::json::Beside;
use crate::error::IngestError;
use crate::publish::schema::Facts;
use crate::publish::{Answered, MAX_FACTS};

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
#[utoipa::path(
    post,
    path = "/v1/facts",
    tag = "facts",
    summary = "Hand facts in",
    description = "One object, a list, or one object on each line. Each is answered on its own, in order, once it is \
        in the log; a bad one never keeps a good one out. Sent again, a fact is recognised by tenant, source, id and \
        kind. In protobuf a FactBatch is answered with a ReceiptBatch.",
    params(
        ("tenant" = Option<String>, Query, description = "The tenant of facts that name none"),
        ("source" = Option<String>, Query, description = "Where facts come from that do not say", example = "erp"),
    ),
    request_body(
        content(
            (Facts = "application/json", example = json!({
                "tenant": "gemeinde-musterwil", "source": "erp", "id": "4711", "kind": "payment_received",
                "at": "2026-03-01T10:00:00Z", "debtor": "K-17", "claim": "R-9", "amount": "120.50", "currency": "CHF"
            })),
            (String = "application/jsonl"),
            (Vec<u8> = "application/x-protobuf"),
        ),
        description = "At most 10,000 facts, 256 KiB on a line, and 16 MiB",
    ),
    responses((status = 200, description = "What became of each fact", body = Vec<Answered>, example = json!([
        { "index": 0, "id": "4711", "receipt": "recorded" },
        { "index": 1, "id": "4712", "receipt": "refused", "reason": "malformed", "problem": {
            "detail": "is negative", "where": "amount", "remedy": "state what is owed or paid as a positive amount"
        } }
    ]))),
)]
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
