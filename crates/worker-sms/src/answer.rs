//! What the SMS provider's answers mean.
//!
//! What a code says about the message is in [`provider_codes::twilio`]; here is what it says about the submission.
//! Where it is unclear whether a message was taken, it is unknown: a debtor is rather contacted once too little.

use channel::{DeferredBy, Submission, UnknownReason, UnsentReason};
use domain::outcome::RejectClass;
use domain::time::Span;
use provider_codes::twilio::class;
use provider_http::Answer;
use serde::Deserialize;

/// Longest of the provider's own words that are kept, in characters.
const MAX_SAID_CHARS: usize = 500;

/// The message as the provider describes it.
#[derive(Deserialize)]
struct Taken {
    sid: String,
    status: Option<String>,
    error_code: Option<u32>,
    error_message: Option<String>,
}

/// An error as the provider describes it.
#[derive(Deserialize, Default)]
struct Refused {
    code: Option<u32>,
    message: Option<String>,
}

/// What came of the submission.
pub(crate) fn read(answer: &Answer, throttle_delay: Span) -> Submission {
    match answer.status {
        200..=299 => taken(&answer.body),
        400..=499 => refused(answer, throttle_delay),
        // A server's failure says nothing about what it did before it failed; a redirect is not ours to follow.
        _ => Submission::Unknown { reason: UnknownReason::Unreadable },
    }
}

fn taken(body: &[u8]) -> Submission {
    match serde_json::from_slice::<Taken>(body) {
        Ok(taken) if matches!(taken.status.as_deref(), Some("failed" | "undelivered")) => {
            Submission::Rejected {
                class: taken.error_code.map_or(RejectClass::Other, class),
                said: taken.error_message.map(shorten),
            }
        }
        Ok(taken) => Submission::Accepted { provider_message: Some(taken.sid) },
        Err(_) => Submission::Unknown { reason: UnknownReason::Unreadable },
    }
}

fn refused(answer: &Answer, throttle_delay: Span) -> Submission {
    let refused = serde_json::from_slice::<Refused>(&answer.body).unwrap_or_default();
    match (answer.status, refused.code) {
        (401 | 403, _) => Submission::Unsent { reason: UnsentReason::NotAdmitted },
        (408, _) => Submission::Unknown { reason: UnknownReason::NoReply },
        // Too many requests, the sender's queue is full, the daily limit is reached.
        (429, _) | (_, Some(20429 | 21611 | 63038)) => Submission::Deferred {
            delay: answer.retry_after.unwrap_or(throttle_delay),
            by: DeferredBy::Provider,
        },
        // The account is suspended or closed.
        (_, Some(20003 | 20005 | 30002)) => Submission::Unsent { reason: UnsentReason::NotAdmitted },
        (_, code) => Submission::Rejected {
            class: code.map_or(RejectClass::Other, class),
            said: refused.message.map(shorten),
        },
    }
}

fn shorten(text: String) -> String {
    text.chars().take(MAX_SAID_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Span = Span::seconds(30);

    fn read_as(status: u16, retry_after: Option<Span>, body: &str) -> Submission {
        read(&Answer { status, retry_after, body: body.as_bytes().to_vec() }, DELAY)
    }

    fn said(class: RejectClass) -> Submission {
        Submission::Rejected { class, said: Some("why".to_owned()) }
    }

    #[test]
    fn a_message_taken_has_the_providers_name() {
        let accepted = Submission::Accepted { provider_message: Some("SM1".to_owned()) };
        assert_eq!(read_as(201, None, r#"{"sid":"SM1","status":"queued"}"#), accepted);
        assert_eq!(read_as(200, None, r#"{"sid":"SM1"}"#), accepted);
    }

    #[test]
    fn a_message_that_failed_at_once_is_rejected() {
        let failed = r#"{"sid":"SM1","status":"failed","error_code":30007,"error_message":"why"}"#;
        assert_eq!(read_as(201, None, failed), said(RejectClass::NotAllowed));
    }

    #[test]
    fn each_code_has_its_class() {
        for (code, class) in [
            (21211, RejectClass::BadAddress),
            (21614, RejectClass::BadAddress),
            (21217, RejectClass::BadAddress),
            (21610, RejectClass::RecipientRefuses),
            (21408, RejectClass::NotAllowed),
            (21606, RejectClass::NotAllowed),
            (30034, RejectClass::NotAllowed),
            (99999, RejectClass::Other),
        ] {
            let body = format!(r#"{{"code":{code},"message":"why","status":400}}"#);
            assert_eq!(read_as(400, None, &body), said(class), "{code}");
        }
        assert_eq!(
            read_as(404, None, "<html>"),
            Submission::Rejected { class: RejectClass::Other, said: None }
        );
    }

    #[test]
    fn throttling_gives_the_contact_back_with_a_delay() {
        let deferred = |delay| Submission::Deferred { delay, by: DeferredBy::Provider };
        let seven = Span::seconds(7);
        assert_eq!(read_as(429, Some(seven), r#"{"code":20429}"#), deferred(seven));
        assert_eq!(read_as(429, None, ""), deferred(DELAY));
        assert_eq!(read_as(400, None, r#"{"code":21611}"#), deferred(DELAY));
    }

    #[test]
    fn a_closed_door_is_unsent() {
        let not_admitted = Submission::Unsent { reason: UnsentReason::NotAdmitted };
        for (status, body) in [(401, r#"{"code":20003}"#), (403, ""), (400, r#"{"code":30002}"#)] {
            assert_eq!(read_as(status, None, body), not_admitted);
        }
    }

    #[test]
    fn what_says_nothing_about_the_message_is_unknown() {
        let wait = Some(Span::seconds(1));
        for (status, body) in
            [(500, r#"{"code":21211}"#), (503, ""), (504, ""), (302, ""), (100, ""), (201, "{"), (200, "")]
        {
            let unknown = Submission::Unknown { reason: UnknownReason::Unreadable };
            assert_eq!(read_as(status, wait, body), unknown, "{status}");
        }
        assert_eq!(read_as(408, None, ""), Submission::Unknown { reason: UnknownReason::NoReply });
    }

    #[test]
    fn the_providers_words_are_cut() {
        let body = format!(r#"{{"code":1,"message":"{}"}}"#, "ü".repeat(MAX_SAID_CHARS + 1));
        let Submission::Rejected { said: Some(said), .. } = read_as(400, None, &body) else { unreachable!() };
        assert_eq!(said.chars().count(), MAX_SAID_CHARS);
    }
}
