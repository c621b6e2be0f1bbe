//! What the WhatsApp provider's answers mean.
//!
//! What a code says about the message is in [`provider_codes::whatsapp`]; here is what it says about the submission.
//! Where it is unclear whether a message was taken, it is unknown: a debtor is rather contacted once too little.

use channel::{DeferredBy, Submission, UnknownReason, UnsentReason};
use domain::outcome::RejectClass;
use domain::time::Span;
use provider_codes::whatsapp::class;
use provider_http::Answer;
use serde::Deserialize;

/// Longest of the provider's own words that are kept, in characters.
const MAX_SAID_CHARS: usize = 500;

#[derive(Deserialize)]
struct Taken {
    #[serde(default)]
    messages: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Refused {
    error: Failure,
}

#[derive(Deserialize, Default)]
struct Failure {
    code: Option<u32>,
    message: Option<String>,
    error_data: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    details: Option<String>,
}

/// What came of the submission.
pub(crate) fn read(answer: &Answer, throttle_delay: Span) -> Submission {
    match answer.status {
        200..=299 => taken(answer, throttle_delay),
        400..=499 => refused(answer, failure(&answer.body).unwrap_or_default(), throttle_delay),
        // A server's failure says nothing about what it did before it failed; a redirect is not ours to follow.
        _ => Submission::Unknown { reason: UnknownReason::Unreadable },
    }
}

fn taken(answer: &Answer, throttle_delay: Span) -> Submission {
    let taken = serde_json::from_slice::<Taken>(&answer.body).ok();
    let name = taken.and_then(|taken| taken.messages.into_iter().next());
    match (name, failure(&answer.body)) {
        (Some(name), None) => Submission::Accepted { provider_message: Some(name.id) },
        (None, Some(failure)) => refused(answer, failure, throttle_delay),
        (None, None) | (Some(_), Some(_)) => Submission::Unknown { reason: UnknownReason::Unreadable },
    }
}

fn failure(body: &[u8]) -> Option<Failure> {
    serde_json::from_slice::<Refused>(body).ok().map(|refused| refused.error)
}

fn refused(answer: &Answer, failure: Failure, throttle_delay: Span) -> Submission {
    let deferred = |by| Submission::Deferred { delay: answer.retry_after.unwrap_or(throttle_delay), by };
    match (failure.code, answer.status) {
        // Too many requests of the app, the account or the number; the account is being moved.
        (Some(4 | 80_007 | 130_429 | 131_057), _) => deferred(DeferredBy::Provider),
        // Too many messages to this recipient.
        (Some(131_056), _) => deferred(DeferredBy::Recipient),
        // Token, permissions, account locked or unpaid or restricted, number not registered.
        (Some(0 | 3 | 10 | 190 | 200..=299 | 368 | 131_005 | 131_031 | 131_042 | 131_045), _)
        | (Some(133_000..=133_999), _) => Submission::Unsent { reason: UnsentReason::NotAdmitted },
        // The provider's own failures, whatever the status says.
        (Some(1 | 2 | 131_000 | 131_016), _) => Submission::Unknown { reason: UnknownReason::Unreadable },
        (Some(code), _) => Submission::Rejected { class: class(code), said: said(failure) },
        (None, 401 | 403) => Submission::Unsent { reason: UnsentReason::NotAdmitted },
        (None, 429) => deferred(DeferredBy::Provider),
        (None, 408) => Submission::Unknown { reason: UnknownReason::NoReply },
        (None, _) => Submission::Rejected { class: RejectClass::Other, said: said(failure) },
    }
}

fn said(failure: Failure) -> Option<String> {
    let details = failure.error_data.and_then(|data| data.details);
    details.or(failure.message).map(|text| text.chars().take(MAX_SAID_CHARS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Span = Span::seconds(30);
    const UNREADABLE: Submission = Submission::Unknown { reason: UnknownReason::Unreadable };
    const NOT_ADMITTED: Submission = Submission::Unsent { reason: UnsentReason::NotAdmitted };

    fn read_as(status: u16, body: &str) -> Submission {
        read(&Answer { status, retry_after: None, body: body.as_bytes().to_vec() }, DELAY)
    }

    fn code(status: u16, code: u32) -> Submission {
        read_as(status, &format!(r#"{{"error":{{"code":{code},"message":"why"}}}}"#))
    }

    fn rejected(class: RejectClass) -> Submission {
        Submission::Rejected { class, said: Some("why".to_owned()) }
    }

    #[test]
    fn a_message_taken_has_the_providers_name() {
        let accepted = Submission::Accepted { provider_message: Some("wamid.1".to_owned()) };
        let body =
            r#"{"contacts":[{"input":"+39"}],"messages":[{"id":"wamid.1","message_status":"accepted"}]}"#;
        assert_eq!(read_as(200, body), accepted);
    }

    #[test]
    fn an_error_is_an_error_whatever_the_status() {
        assert_eq!(code(200, 131_026), rejected(RejectClass::BadAddress));
        let both = r#"{"messages":[{"id":"wamid.1"}],"error":{"code":131026}}"#;
        assert_eq!(read_as(200, both), UNREADABLE);
    }

    #[test]
    fn each_code_has_its_class() {
        for (number, class) in [
            (131_026, RejectClass::BadAddress),
            (131_050, RejectClass::RecipientRefuses),
            (100, RejectClass::NotAllowed),
            (131_047, RejectClass::NotAllowed),
            (131_048, RejectClass::NotAllowed),
            (132_000, RejectClass::NotAllowed),
            (132_015, RejectClass::NotAllowed),
            (131_049, RejectClass::Other),
            (999, RejectClass::Other),
        ] {
            assert_eq!(code(400, number), rejected(class), "{number}");
        }
        assert_eq!(read_as(404, "<html>"), Submission::Rejected { class: RejectClass::Other, said: None });
    }

    #[test]
    fn the_details_are_kept_where_there_are_any() {
        let body = r#"{"error":{"code":100,"message":"why","error_data":{"details":"more"}}}"#;
        let more = Submission::Rejected { class: RejectClass::NotAllowed, said: Some("more".to_owned()) };
        assert_eq!(read_as(400, body), more);
    }

    #[test]
    fn throttling_gives_the_contact_back_with_a_delay_and_names_whose_it_is() {
        let deferred = |by| Submission::Deferred { delay: DELAY, by };
        for number in [4, 80_007, 130_429, 131_057] {
            assert_eq!(code(400, number), deferred(DeferredBy::Provider), "{number}");
        }
        assert_eq!(code(400, 131_056), deferred(DeferredBy::Recipient));
        assert_eq!(read_as(429, ""), deferred(DeferredBy::Provider));
    }

    #[test]
    fn a_closed_door_is_unsent() {
        for number in [0, 3, 10, 190, 200, 299, 368, 131_005, 131_031, 131_042, 131_045, 133_010] {
            assert_eq!(code(400, number), NOT_ADMITTED, "{number}");
        }
        assert_eq!((read_as(401, ""), read_as(403, "")), (NOT_ADMITTED, NOT_ADMITTED));
    }

    #[test]
    fn what_says_nothing_about_the_message_is_unknown() {
        for number in [1, 2, 131_000, 131_016] {
            assert_eq!(code(400, number), UNREADABLE, "{number}");
        }
        assert_eq!(code(500, 131_026), UNREADABLE);
        for (status, body) in [(503, ""), (302, ""), (200, "{}"), (200, "<html>"), (200, "{\"messages\":[]}")]
        {
            assert_eq!(read_as(status, body), UNREADABLE, "{status} {body}");
        }
        assert_eq!(read_as(408, ""), Submission::Unknown { reason: UnknownReason::NoReply });
    }
}
