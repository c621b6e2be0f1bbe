//! What became of contacts, told by whoever hears it: providers' reports that no webhook brings in.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use contract::personal::Personal;
use contract::wire::{About, Filed, OutcomeMessage};
use domain::ids::EscalationId;
use domain::label::TenantId;
use domain::outcome::{Outcome, OutcomeReport, RejectClass};
use domain::time::Timestamp;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::answer::{Answer, Problem, no_name};
use super::asked::bytes;
use super::caller::Caller;

/// Most reports of one request.
const MAX_REPORTS: usize = 1000;
/// Longest text that somebody wrote back, in bytes.
const MAX_TEXT: usize = 4_000;

/// One report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Report {
    /// The escalation, as it went out with the message.
    escalation: String,
    outcome: OutcomeWord,
    /// The escalation's tenant; a token for several must say for which it speaks.
    tenant: Option<String>,
    /// When, in milliseconds since 1970; now if it is left out.
    at_ms: Option<i64>,
    /// What was written back, or what the provider said: kept in the personal part.
    text: Option<String>,
}

/// What may be reported; a call's outcome is the agent's to note.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OutcomeWord {
    Accepted,
    Delivered,
    Read,
    Replied,
    BadAddress,
    RecipientRefuses,
    NotAllowed,
    Rejected,
    Unsent,
}

impl OutcomeWord {
    /// All of them, in a sentence.
    pub(crate) const WORDS: &str = "accepted, delivered, read, replied, bad_address, recipient_refuses, not_allowed, \
                                    rejected or unsent";

    /// The word of that spelling.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        Self::deserialize(text).ok()
    }

    /// What it says.
    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Accepted => Outcome::Accepted,
            Self::Delivered => Outcome::Delivered,
            Self::Read => Outcome::Read,
            Self::Replied => Outcome::Replied,
            Self::BadAddress => Outcome::Rejected(RejectClass::BadAddress),
            Self::RecipientRefuses => Outcome::Rejected(RejectClass::RecipientRefuses),
            Self::NotAllowed => Outcome::Rejected(RejectClass::NotAllowed),
            Self::Rejected => Outcome::Rejected(RejectClass::Other),
            Self::Unsent => Outcome::Unsent,
        }
    }
}

/// What became of a report, in a word.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FiledWord {
    /// It is in the log.
    Recorded,
    /// It tells nothing new; nothing changed.
    NothingNew,
    /// Nobody knows its message yet: it waits.
    Waits,
    /// There is no such attempt of this tenant's; nothing changed.
    Unknown,
}

impl FiledWord {
    /// The word for it.
    pub(crate) const fn of(filed: Filed) -> Self {
        match filed {
            Filed::Recorded => Self::Recorded,
            Filed::NothingNew => Self::NothingNew,
            Filed::Waits => Self::Waits,
            Filed::Unknown => Self::Unknown,
        }
    }
}

/// What became of each report, in their order.
#[derive(Serialize, ToSchema)]
pub(super) struct Taken {
    outcomes: Vec<FiledWord>,
}

/// `POST /v1/outcomes`: answers once all are in the log; what tells nothing new changes nothing (inputs, 4).
#[utoipa::path(
    post,
    path = "/v1/outcomes",
    tag = "facts",
    summary = "Report what became of contacts",
    description = "Answers once all are in the log, for each in a word what became of it; what tells nothing new, or \
        is about no attempt of the tenant's, changes nothing. At most 1,000 reports.",
    request_body(content = Vec<Report>, example = json!([{
        "escalation": "5ae0c1d2e3f405162738495a6b7c8d9e-1", "outcome": "delivered", "at_ms": 1772359200000_i64
    }])),
    responses((status = 200, description = "What became of each, in order", body = Taken, example = json!({ "outcomes": ["recorded"] }))),
)]
pub(super) async fn record(
    State(shared): State<Shared>,
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<Taken>> {
    let reports: Vec<Report> = serde_json::from_slice(&bytes(body)?).map_err(|error| {
        let example = r#"[{"escalation": "…-1", "outcome": "delivered"}]"#;
        let remedy = format!("send it like {example}; an outcome is {}", OutcomeWord::WORDS);
        let place = format!("body, line {}, column {}", error.line(), error.column());
        Problem::new(StatusCode::BAD_REQUEST, "the body is no list of outcomes", remedy).at(place)
    })?;
    if reports.len() > MAX_REPORTS {
        let remedy = format!("send at most {MAX_REPORTS} at once");
        return Err(
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "there are too many outcomes", remedy).at("body")
        );
    }
    let now = shared.services.runtime.clock.now();
    let messages =
        reports.into_iter().enumerate().map(|(number, report)| message(number, report, &caller, now));
    let messages: Vec<OutcomeMessage> = messages.collect::<Result<_, _>>()?;
    let filed = shared.services.gate.report(messages).await.map_err(|error| {
        let remedy = "send them again: what is in the log is recognised";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string(), remedy)
    })?;
    Ok(Json(Taken { outcomes: filed.into_iter().map(FiledWord::of).collect() }))
}

/// For whom the report speaks: another tenant's attempt is unknown to it.
fn speaks_for(report: &Report, caller: &Caller, number: usize) -> Answer<Option<TenantId>> {
    let place = format!("outcome {number}, tenant");
    if let Some(name) = &report.tenant {
        let tenant = TenantId::new(name).map_err(|_| no_name("tenant").at(&place))?;
        caller.check_tenant(&tenant, &place)?;
        return Ok(Some(tenant));
    }
    let Some(tenants) = caller.tenants.named() else { return Ok(None) };
    if tenants.len() > 1 {
        let remedy = "name the tenant, since this token is for several";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "the tenant is missing", remedy).at(place));
    }
    Ok(tenants.first().cloned())
}

fn message(number: usize, report: Report, caller: &Caller, now: Timestamp) -> Answer<OutcomeMessage> {
    let wrong = |what: &str, remedy: &str, field: &str| {
        Problem::new(StatusCode::BAD_REQUEST, what, remedy).at(format!("outcome {number}, {field}"))
    };
    let id = EscalationId::parse(&report.escalation).ok_or_else(|| {
        let remedy = "it is the 32 digits and the number that went out with the message";
        wrong("this is no escalation's id", remedy, "escalation")
    })?;
    let at = report.at_ms.map_or(now, Timestamp);
    if !at.is_plausible() {
        return Err(wrong("the instant is absurd", "send milliseconds since 1970", "at_ms"));
    }
    if report.text.as_ref().is_some_and(|text| text.len() > MAX_TEXT) {
        return Err(wrong("the text is too long", "send at most 4,000 bytes", "text"));
    }
    let outcome = report.outcome.outcome();
    Ok(OutcomeMessage {
        about: About::Attempt(id),
        tenant: speaks_for(&report, caller, number)?,
        report: OutcomeReport { number: id.number, outcome, at, provider_message: None, late: false },
        personal: report.text.map(|text| Personal::Text { text }),
        trace: None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::caller::{Role, Tenants};
    use super::*;

    #[test]
    fn every_word_that_is_told_is_one() {
        let words = OutcomeWord::WORDS.replace(" or ", ", ");
        assert_eq!(words.split(", ").count(), 9);
        assert!(words.split(", ").all(|word| OutcomeWord::parse(word).is_some()), "{words}");
        assert!(OutcomeWord::parse("called").is_none() && OutcomeWord::parse("Read").is_none());
    }

    #[test]
    fn a_report_speaks_for_the_tenant_it_names_or_the_only_one_of_its_token() {
        let tenant = |name: &str| TenantId::new(name).unwrap();
        let these =
            |names: &[&str]| Tenants::These(names.iter().map(|name| tenant(name)).collect::<BTreeSet<_>>());
        for (tenants, named, spoken_for) in [
            (Tenants::All, None, Ok(None)),
            (Tenants::All, Some("town"), Ok(Some(tenant("town")))),
            (these(&["town"]), None, Ok(Some(tenant("town")))),
            (these(&["town"]), Some("village"), Err(403)),
            (these(&["town", "village"]), None, Err(400)),
            (these(&["town", "village"]), Some("village"), Ok(Some(tenant("village")))),
            (these(&["town"]), Some("Town Secret"), Err(400)),
        ] {
            let caller =
                Caller { name: domain::label::Label::new("erp").unwrap(), role: Role::Operator, tenants };
            let report = Report {
                escalation: String::new(),
                outcome: OutcomeWord::Delivered,
                tenant: named.map(str::to_owned),
                at_ms: None,
                text: None,
            };
            let found = speaks_for(&report, &caller, 4).map_err(|problem| {
                assert_eq!(problem.place.as_deref(), Some("outcome 4, tenant"));
                problem.status
            });
            assert_eq!(found, spoken_for, "{named:?}");
        }
    }
}
