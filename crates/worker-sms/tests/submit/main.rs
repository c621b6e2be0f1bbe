//! The SMS client against a stand-in provider with each verdict, and against bare sockets that misbehave.
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
use support::{ACCOUNT, Bare, Stand, TO, attempt, message, settings, submit};
use worker_sms::TwilioProvider;

const SOON: Duration = Duration::from_secs(10);
const TAKEN: &str =
    "HTTP/1.1 201 Created\r\ncontent-length: 31\r\n\r\n{\"sid\":\"SM1\",\"status\":\"queued\"}";

#[tokio::test]
async fn each_verdict_has_its_outcome() {
    let said = |text: &str| Some(text.to_owned());
    for (verdict, submission) in [
        (
            Verdict::BadAddress,
            Submission::Rejected {
                class: RejectClass::BadAddress,
                said: said("The 'To' number is not a valid phone number."),
            },
        ),
        (
            Verdict::RecipientRefuses,
            Submission::Rejected {
                class: RejectClass::RecipientRefuses,
                said: said("Attempt to send to unsubscribed recipient"),
            },
        ),
        (
            Verdict::NotAllowed,
            Submission::Rejected {
                class: RejectClass::NotAllowed,
                said: said("Permission to send an SMS has not been enabled for the region"),
            },
        ),
        (Verdict::Throttle, Submission::Deferred { delay: Span::seconds(5), by: DeferredBy::Provider }),
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
    assert_eq!(submission.provider_message(), line["provider_message"].as_str());
    assert!(matches!(submission, Submission::Accepted { provider_message: Some(_) }));
    let message = message();
    let attempt = attempt().to_string();
    for (field, value) in
        [("to", TO), ("from", &message.sender), ("body", &message.body), ("escalation", &attempt)]
    {
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
async fn a_refused_connection_is_unsent() {
    let gone = Bare::bind().await.url();
    let runtime = runtime::system::runtime();
    let provider = TwilioProvider::new(settings(&gone), Arc::clone(&runtime.clock)).unwrap();
    let submission = submit(&provider, &runtime, SOON).await;
    assert_eq!(submission, Submission::Unsent { reason: UnsentReason::NoConnection });
}

#[tokio::test]
async fn wrong_credentials_are_unsent_and_not_recorded() {
    let stand = Stand::start(Verdict::Accept).await;
    let provider = stand.provider(|settings| settings.auth_token = provider_http::Secret::new("wrong"));
    let submission = submit(&provider, &stand.runtime, SOON).await;
    assert_eq!(submission, Submission::Unsent { reason: UnsentReason::NotAdmitted });
    assert!(stand.record().is_empty());
}

#[tokio::test]
async fn what_can_not_be_a_text_message_is_never_sent() {
    let stand = Stand::start(Verdict::Accept).await;
    let provider = stand.provider(|_| ());
    let clock = Arc::clone(&stand.runtime.clock);
    let deadline = Deadline::new(Arc::clone(&clock), clock.monotonic(), SOON);
    for address in ["", "+", "0333123456", "whatsapp:+393331234567", "+39 333", "+1234567890123456"] {
        let submission = provider.submit(address, &message(), attempt(), &deadline).await;
        let bad = Submission::Rejected { class: RejectClass::BadAddress, said: None };
        assert_eq!(submission, bad, "{address}");
    }
    let with_body = |body: String| Message { body, ..message() };
    for unfit in [
        with_body(String::new()),
        with_body("ü".repeat(1601)),
        Message { sender: String::new(), ..message() },
    ] {
        let submission = provider.submit(TO, &unfit, attempt(), &deadline).await;
        assert_eq!(submission, Submission::Unsent { reason: UnsentReason::Unfit });
    }
    assert!(stand.record().is_empty() && !deadline.was_checked());
    let longest = provider.submit(TO, &with_body("ü".repeat(1600)), attempt(), &deadline).await;
    assert!(matches!(longest, Submission::Accepted { .. }));
}

/// Checked by hand against `CreateMessage` of the published file: the path, Basic authentication, form encoding, `To`,
/// one of `From` and `MessagingServiceSid`, `Body`, `ValidityPeriod` and `StatusCallback` by these names.
#[tokio::test]
async fn the_request_has_the_published_shape() {
    let bare = Bare::bind().await;
    let runtime = runtime::system::runtime();
    let mut settings = settings(&bare.url());
    settings.status_callback = Some("https://dunning.example/sms#rc=5".to_owned());
    let provider = TwilioProvider::new(settings, Arc::clone(&runtime.clock)).unwrap();
    let (request, submission) = tokio::join!(bare.serve(TAKEN), submit(&provider, &runtime, SOON));
    assert_eq!(submission, Submission::Accepted { provider_message: Some("SM1".to_owned()) });
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    assert_eq!(lines.next().unwrap(), format!("POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1"));
    let headers: Vec<_> = lines.collect();
    for header in [
        "content-type: application/x-www-form-urlencoded",
        "authorization: Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjp0b2tlbg==",
        "user-agent: mahnwerk/0.1.0",
        "x-mahnwerk-attempt: abababababababababababababababab-3",
        format!("content-length: {}", body.len()).as_str(),
    ] {
        assert!(headers.contains(&header), "{header} in {headers:?}");
    }
    assert!(!head.contains("x-mahnwerk-clock"));
    assert_eq!(
        body,
        "To=%2B393331234567&From=%2B390600000000&Body=Bitte+rufen+Sie+zur%C3%BCck%3A+06%2F00+%26+frei\
         &ValidityPeriod=3600&StatusCallback=https%3A%2F%2Fdunning.example%2Fsms%3Fescalation%3D\
         abababababababababababababababab-3%23rc%3D5"
    );
}

#[tokio::test]
async fn a_messaging_service_goes_by_its_own_field_and_the_clock_is_told_if_asked_for() {
    let stand = Stand::start(Verdict::Accept).await;
    let at = domain::time::Timestamp(1_388_570_400_000);
    let (_simulation, played) = runtime::simulated::Simulation::new(1, at);
    let mut settings = settings(&format!("http://{}", stand.loopback.addresses().sms));
    settings.http.announce_clock = true;
    let clock = Arc::new(Played { now: played.clock, real: Arc::clone(&stand.runtime.clock) });
    let provider = TwilioProvider::new(settings, clock).unwrap();
    let service = "MG0123456789abcdef0123456789abcdef";
    let message = Message { sender: service.to_owned(), ..message() };
    let real = Arc::clone(&stand.runtime.clock);
    let deadline = Deadline::new(Arc::clone(&real), real.monotonic(), SOON);
    let submission = provider.submit(TO, &message, attempt(), &deadline).await;
    assert!(matches!(submission, Submission::Accepted { .. }));
    let record = stand.record();
    assert_eq!((&record[0]["from"], &record[0]["received_at"]), (&service.into(), &at.to_string().into()));
    assert_ne!(record[0]["wall_at"], record[0]["received_at"]);
}

/// A played clock: another instant, real waiting.
struct Played {
    now: Arc<dyn runtime::clock::Clock>,
    real: Arc<dyn runtime::clock::Clock>,
}

impl runtime::clock::Clock for Played {
    fn now(&self) -> domain::time::Timestamp {
        self.now.now()
    }

    fn timer(&self, at: domain::time::Timestamp) -> runtime::clock::Timer {
        self.now.timer(at)
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic()
    }

    fn sleep(&self, length: Duration) -> runtime::BoxFuture<'static, ()> {
        self.real.sleep(length)
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_loses_nothing() {
    let bare = Bare::bind().await;
    let runtime = runtime::system::runtime();
    let provider = TwilioProvider::new(settings(&bare.url()), Arc::clone(&runtime.clock)).unwrap();
    for _ in 0..3 {
        // The answer promises to keep the connection, and the server closes it.
        let (_, submission) = tokio::join!(bare.serve(TAKEN), submit(&provider, &runtime, SOON));
        assert_eq!(submission, Submission::Accepted { provider_message: Some("SM1".to_owned()) });
    }
}

#[tokio::test]
async fn redirects_and_endless_answers_are_unknown() {
    let huge = format!("HTTP/1.1 201 Created\r\ncontent-length: 200000\r\n\r\n{}", "x".repeat(200_000));
    let redirect = "HTTP/1.1 307 Temporary Redirect\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n";
    let cut = "HTTP/1.1 201 Created\r\ncontent-length: 30\r\n\r\n{\"sid\"";
    for reply in [&huge, redirect, cut] {
        let bare = Bare::bind().await;
        let runtime = runtime::system::runtime();
        let provider = TwilioProvider::new(settings(&bare.url()), Arc::clone(&runtime.clock)).unwrap();
        let (_, submission) = tokio::join!(bare.serve(reply), submit(&provider, &runtime, SOON));
        assert_eq!(submission, Submission::Unknown { reason: UnknownReason::Unreadable });
    }
}

#[tokio::test]
async fn garbage_in_place_of_an_answer_is_unknown() {
    let bare = Bare::bind().await;
    let runtime = runtime::system::runtime();
    let provider = TwilioProvider::new(settings(&bare.url()), Arc::clone(&runtime.clock)).unwrap();
    let (_, submission) = tokio::join!(bare.serve("SSH-2.0\r\n\r\n"), submit(&provider, &runtime, SOON));
    assert_eq!(submission, Submission::Unknown { reason: UnknownReason::NoReply });
}
