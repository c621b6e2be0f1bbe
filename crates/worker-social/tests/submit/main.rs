//! The WhatsApp client against a stand-in provider with each verdict, and against bare sockets.
#![expect(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test fails by panicking, and its modules are nobody else's"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use channel::{Deadline, DeferredBy, Provider, Submission, UnknownReason, UnsentReason};
use contract::personal::Message;
use domain::outcome::RejectClass;
use domain::time::Span;
use loopback::Verdict;
use serde_json::{Value, json};
use support::{Bare, Stand, TO, attempt, message, settings, submit};
use worker_social::WhatsAppProvider;

const SOON: Duration = Duration::from_secs(10);
const TAKEN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 34\r\nconnection: close\r\n\r\n{\"messages\":[{\"id\":\"wamid.QUJD\"}]}";

#[tokio::test]
async fn each_verdict_has_its_outcome() {
    let rejected = |class, said: &str| Submission::Rejected { class, said: Some(said.to_owned()) };
    for (verdict, submission) in [
        (Verdict::BadAddress, rejected(RejectClass::BadAddress, "Message undeliverable")),
        (
            Verdict::RecipientRefuses,
            rejected(RejectClass::RecipientRefuses, "The user has stopped these messages"),
        ),
        (
            Verdict::NotAllowed,
            rejected(RejectClass::NotAllowed, "Template does not exist in the translation"),
        ),
        (Verdict::Throttle, Submission::Deferred { delay: Span::seconds(30), by: DeferredBy::Recipient }),
        (Verdict::ServerError, Submission::Unknown { reason: UnknownReason::Unreadable }),
        (Verdict::AcceptThenDrop, Submission::Unknown { reason: UnknownReason::NoReply }),
    ] {
        let stand = Stand::start(verdict).await;
        assert_eq!(submit(&stand.provider(|_| ()), &stand.runtime, SOON).await, submission);
        let record = stand.record();
        assert_eq!(record.len(), 1, "{verdict:?}: one submission, and no repeat");
        assert_eq!(record[0]["verdict"], verdict.as_str());
    }
}

#[tokio::test]
async fn a_message_taken_has_the_providers_name_and_is_recorded_as_sent() {
    let stand = Stand::start(Verdict::Accept).await;
    let submission = submit(&stand.provider(|_| ()), &stand.runtime, SOON).await;
    let record = stand.record();
    assert_eq!(record.len(), 1);
    let line = &record[0];
    assert!(matches!(submission, Submission::Accepted { provider_message: Some(_) }));
    assert_eq!(submission.provider_message(), line["provider_message"].as_str());
    for (field, value) in [
        ("to", json!(TO)),
        ("from", json!("1234567890")),
        ("template", json!(["please_call", "it"])),
        ("parameters", json!(["Rossi", "06/00"])),
        ("escalation", json!(attempt().to_string())),
    ] {
        assert_eq!(line[field], value, "{field}");
    }
}

#[tokio::test]
async fn a_provider_that_takes_it_and_says_nothing_leaves_it_unknown() {
    let stand = Stand::start(Verdict::AcceptThenHang).await;
    let impatient = stand.provider(|settings| settings.http.answer_timeout = Duration::from_millis(50));
    let submission = submit(&impatient, &stand.runtime, Duration::from_secs(1)).await;
    assert_eq!(submission, Submission::Unknown { reason: UnknownReason::NoReply });
    assert_eq!(stand.record().len(), 1);
}

#[tokio::test]
async fn after_the_deadline_nothing_arrives() {
    let stand = Stand::start(Verdict::Accept).await;
    let provider = stand.provider(|_| ());
    let submission = submit(&provider, &stand.runtime, Duration::ZERO).await;
    assert_eq!(submission, Submission::Unsent { reason: UnsentReason::TooLate });
    // A second one over the same client comes behind whatever the first one left.
    let submission = submit(&provider, &stand.runtime, SOON).await;
    assert!(matches!(submission, Submission::Accepted { .. }));
    assert_eq!(stand.record().len(), 1);
}

#[tokio::test]
async fn a_refused_connection_and_wrong_credentials_are_unsent() {
    let gone = Bare::bind().await.url();
    let stand = Stand::start(Verdict::Accept).await;
    let provider = WhatsAppProvider::new(settings(&gone), Arc::clone(&stand.runtime.clock)).unwrap();
    let submission = submit(&provider, &stand.runtime, SOON).await;
    assert_eq!(submission, Submission::Unsent { reason: UnsentReason::NoConnection });
    let provider = stand.provider(|settings| settings.access_token = provider_http::Secret::new("wrong"));
    let submission = submit(&provider, &stand.runtime, SOON).await;
    assert_eq!(submission, Submission::Unsent { reason: UnsentReason::NotAdmitted });
    assert!(stand.record().is_empty());
}

#[tokio::test]
async fn what_can_not_be_a_template_message_is_never_sent() {
    let stand = Stand::start(Verdict::Accept).await;
    let provider = stand.provider(|_| ());
    let clock = Arc::clone(&stand.runtime.clock);
    let deadline = Deadline::new(Arc::clone(&clock), clock.monotonic(), SOON);
    for address in ["", "+", "rossi", "+39 333", "123456", "+1234567890123456"] {
        let submission = provider.submit(address, &message(), attempt(), &deadline).await;
        let bad = Submission::Rejected { class: RejectClass::BadAddress, said: None };
        assert_eq!(submission, bad, "{address}");
    }
    let free_text = Message { provider_template: String::new(), ..message() };
    let submission = provider.submit(TO, &free_text, attempt(), &deadline).await;
    assert_eq!(submission, Submission::Unsent { reason: UnsentReason::Unfit });
    assert!(stand.record().is_empty() && !deadline.was_checked());
}

/// Checked by hand against `sendMessage` of the published file: the path, the three headers with their patterns, and
/// every field that `BaseMessageProperties`, `TemplateObject`, `LanguageObject` and `TextParameter` require.
#[tokio::test]
async fn the_request_has_the_published_shape() {
    let bare = Bare::bind().await;
    let runtime = runtime::system::runtime();
    let provider = WhatsAppProvider::new(settings(&bare.url()), Arc::clone(&runtime.clock)).unwrap();
    let (request, submission) = tokio::join!(bare.serve(TAKEN), submit(&provider, &runtime, SOON));
    assert_eq!(submission, Submission::Accepted { provider_message: Some("wamid.QUJD".to_owned()) });
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    assert_eq!(lines.next().unwrap(), "POST /v23.0/1234567890/messages HTTP/1.1");
    let headers: Vec<_> = lines.collect();
    for header in [
        "content-type: application/json",
        "authorization: Bearer token",
        "user-agent: mahnwerk/0.1.0",
        "x-mahnwerk-attempt: abababababababababababababababab-3",
    ] {
        assert!(headers.contains(&header), "{header} in {headers:?}");
    }
    assert!(!head.contains("x-mahnwerk-clock"));
    let parameters = json!([{ "type": "text", "text": "Rossi" }, { "type": "text", "text": "06/00" }]);
    let expected = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+393331234567",
        "type": "template",
        "template": {
            "name": "please_call",
            "language": { "policy": "deterministic", "code": "it" },
            "components": [{ "type": "body", "parameters": parameters }],
        },
        "biz_opaque_callback_data": "abababababababababababababababab-3",
    });
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
}

#[tokio::test]
async fn the_clock_is_told_if_asked_for() {
    let bare = Bare::bind().await;
    let runtime = runtime::system::runtime();
    let mut settings = settings(&bare.url());
    settings.http.announce_clock = true;
    let provider = WhatsAppProvider::new(settings, Arc::clone(&runtime.clock)).unwrap();
    let before = runtime.clock.now();
    let (request, _) = tokio::join!(bare.serve(TAKEN), submit(&provider, &runtime, SOON));
    let told = request.split_once("x-mahnwerk-clock: ").unwrap().1.split_once("\r\n").unwrap().0;
    let times = [before.to_string(), told.to_owned(), runtime.clock.now().to_string()];
    assert!(times.is_sorted_by_key(|time| time.trim_end_matches('Z').to_owned()), "{times:?}");
}
