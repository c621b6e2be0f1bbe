//! The mail client against a stand-in server with each verdict, and against servers that break off at each point.
#![expect(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test fails by panicking, and its modules are nobody else's"
)]

mod support;

use std::time::Duration;

use channel::{DeferredBy, Provider, Submission, UnknownReason, UnsentReason};
use contract::personal::Message;
use domain::outcome::RejectClass;
use domain::time::Span;
use loopback::Verdict;
use support::{Scripted, Stand, TO, Turn, attempt, deadline, message, provider, submit};
use worker_email::{Login, Security, SmtpProvider};

const SOON: Duration = Duration::from_secs(10);
const EHLO: Turn = ("EHLO", "250 scripted");
const MAIL: Turn = ("MAIL FROM:<kasse@stadt.example>", "250 ok");
const RCPT: Turn = ("RCPT TO:<jane@debtor.example>", "250 ok");
const DATA: Turn = ("DATA", "354 go ahead");
const NO_CONNECTION: Submission = Submission::Unsent { reason: UnsentReason::NoConnection };
const NO_REPLY: Submission = Submission::Unknown { reason: UnknownReason::NoReply };

fn rejected(class: RejectClass, said: &str) -> Submission {
    Submission::Rejected { class, said: Some(said.to_owned()) }
}

#[tokio::test]
async fn each_verdict_has_its_outcome() {
    let later = |by| Submission::Deferred { delay: Span::minutes(30), by };
    for (verdict, submission) in [
        (Verdict::BadAddress, rejected(RejectClass::BadAddress, "550 5.1.1 no such mailbox")),
        (
            Verdict::RecipientRefuses,
            rejected(RejectClass::NotAllowed, "550 5.7.1 the recipient takes no mail from you"),
        ),
        (Verdict::NotAllowed, rejected(RejectClass::NotAllowed, "554 5.7.1 message refused")),
        (Verdict::Throttle, later(DeferredBy::Recipient)),
        (Verdict::ServerError, later(DeferredBy::Provider)),
        (Verdict::AcceptThenDrop, NO_REPLY),
    ] {
        let stand = Stand::start(verdict).await;
        assert_eq!(submit(&stand.provider(|_| ()), &stand.runtime, SOON).await, submission, "{verdict:?}");
        let record = stand.record();
        assert_eq!(record.len(), 1, "{verdict:?}: one submission, and no repeat");
        assert_eq!(record[0]["verdict"], verdict.as_str());
    }
}

#[tokio::test]
async fn a_mail_taken_goes_by_its_message_id_and_is_recorded_as_sent() {
    let stand = Stand::start(Verdict::Accept).await;
    let submission = submit(&stand.provider(|s| s.announce_clock = true), &stand.runtime, SOON).await;
    let id = "abababababababababababababababab-3@stadt.example";
    assert_eq!(submission, Submission::Accepted { provider_message: Some(id.to_owned()) });
    let record = stand.record();
    assert_eq!(record.len(), 1);
    let attempt = attempt(3).to_string();
    for (field, value) in [
        ("to", TO),
        ("from", "kasse@stadt.example"),
        ("subject", "Bitte um Rückruf"),
        ("escalation", &attempt),
    ] {
        assert_eq!(record[0][field], value, "{field}");
    }
    // The line ends of the wire, and some behind the text, are not part of it.
    let body = record[0]["body"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(body.trim_end(), message().body.trim_end());
}

#[tokio::test]
async fn one_connection_carries_many_mails_whatever_became_of_each() {
    let stand = Stand::start(Verdict::BadAddress).await;
    let provider = stand.provider(|settings| settings.mails_per_connection = 3);
    for number in 1..=7 {
        let address = if number % 2 == 0 { TO } else { "john@elsewhere.example" };
        let deadline = deadline(&stand.runtime, SOON);
        let submission = provider.submit(address, &message(), attempt(number), &deadline).await;
        assert_eq!(matches!(submission, Submission::Accepted { .. }), number % 2 == 1, "{number}");
    }
    assert_eq!(stand.record().len(), 7);
}

#[tokio::test]
async fn a_server_that_takes_it_and_says_nothing_leaves_it_unknown() {
    let stand = Stand::start(Verdict::AcceptThenHang).await;
    let impatient = stand.provider(|settings| settings.answer_timeout = Duration::from_secs(1));
    assert_eq!(submit(&impatient, &stand.runtime, SOON).await, NO_REPLY);
    assert_eq!(stand.record().len(), 1);
}

#[tokio::test]
async fn after_the_deadline_nothing_arrives() {
    let stand = Stand::start(Verdict::Accept).await;
    let provider = stand.provider(|_| ());
    let late = deadline(&stand.runtime, Duration::ZERO);
    let submission = provider.submit(TO, &message(), attempt(1), &late).await;
    assert_eq!(submission, Submission::Unsent { reason: UnsentReason::TooLate });
    assert!(!late.was_checked());
    let submission = submit(&provider, &stand.runtime, SOON).await;
    assert!(matches!(submission, Submission::Accepted { .. }));
    assert_eq!(stand.record().len(), 1);
}

#[tokio::test]
async fn a_deadline_that_passes_before_the_go_ahead_sends_no_line_of_the_mail() {
    let server = Scripted::bind().await;
    let runtime = runtime::system::runtime();
    let client = provider(server.port(), &runtime, |_| ());
    let short = Duration::from_secs(1);
    // The server never says go ahead: the client must leave by itself.
    let (rest, submission) = tokio::join!(server.play(&[EHLO, MAIL, RCPT]), submit(&client, &runtime, short));
    assert_eq!(submission, Submission::Unsent { reason: UnsentReason::TooLate });
    assert_eq!(rest, "DATA\r\n");
}

#[tokio::test]
async fn a_refused_connection_is_unsent() {
    let port = Scripted::bind().await.port();
    let runtime = runtime::system::runtime();
    let submission = submit(&provider(port, &runtime, |_| ()), &runtime, SOON).await;
    assert_eq!(submission, NO_CONNECTION);
}

#[tokio::test]
async fn a_connection_lost_before_the_dot_is_unsent_and_after_it_unknown() {
    let closes = "";
    let scripts: [(&[Turn], Submission); 7] = [
        (&[("EHLO", closes)], NO_CONNECTION),
        (&[EHLO, ("MAIL", closes)], NO_CONNECTION),
        (&[EHLO, MAIL, ("RCPT", closes)], NO_CONNECTION),
        (&[EHLO, MAIL, RCPT, ("DATA", closes)], NO_CONNECTION),
        (&[EHLO, MAIL, RCPT, ("DATA", "250 what mail?")], NO_CONNECTION),
        (&[EHLO, MAIL, RCPT, DATA, ("the mail", closes)], NO_REPLY),
        (
            &[EHLO, MAIL, RCPT, DATA, ("the mail", "354 go ahead")],
            Submission::Unknown { reason: UnknownReason::Unreadable },
        ),
    ];
    for (script, expected) in scripts {
        let server = Scripted::bind().await;
        let runtime = runtime::system::runtime();
        let client = provider(server.port(), &runtime, |_| ());
        let (_, submission) = tokio::join!(server.play(script), submit(&client, &runtime, SOON));
        assert_eq!(submission, expected, "{script:?}");
    }
}

#[tokio::test]
async fn each_refusal_is_read_where_it_comes() {
    let later = |by| Submission::Deferred { delay: Span::minutes(30), by };
    let scripts: [(&[Turn], Submission); 7] = [
        (
            &[EHLO, ("MAIL", "550 5.7.1 blocked"), ("RSET", "")],
            rejected(RejectClass::NotAllowed, "550 5.7.1 blocked"),
        ),
        (
            &[EHLO, ("MAIL", "530 5.7.0 log in first")],
            Submission::Unsent { reason: UnsentReason::NotAdmitted },
        ),
        (&[EHLO, MAIL, ("RCPT", "550 unknown")], rejected(RejectClass::BadAddress, "550 unknown")),
        (&[EHLO, MAIL, ("RCPT", "421 shutting down")], later(DeferredBy::Provider)),
        (&[EHLO, MAIL, RCPT, ("DATA", "451 4.7.1 later")], later(DeferredBy::Recipient)),
        (
            &[EHLO, MAIL, RCPT, DATA, ("the mail", "554 5.6.0 odd")],
            rejected(RejectClass::NotAllowed, "554 5.6.0 odd"),
        ),
        (&[EHLO, MAIL, RCPT, DATA, ("the mail", "452 4.3.1 no room")], later(DeferredBy::Provider)),
    ];
    for (script, expected) in scripts {
        let server = Scripted::bind().await;
        let runtime = runtime::system::runtime();
        let client = provider(server.port(), &runtime, |_| ());
        // The client is dropped after its one mail, so that the server sees the end.
        let one_mail = async { submit(&{ client }, &runtime, SOON).await };
        let script: Vec<_> = script.iter().copied().filter(|turn| turn.0 != "RSET").collect();
        let (_, submission) = tokio::join!(server.play(&script), one_mail);
        assert_eq!(submission, expected, "{script:?}");
    }
}

#[tokio::test]
async fn a_login_that_is_not_taken_is_unsent_and_one_that_is_comes_before_the_mail() {
    const OFFERS: Turn = ("EHLO", "250-scripted\r\n250 AUTH PLAIN");
    let login = |client: &mut worker_email::SmtpSettings| {
        client.login = Some(Login { user: "us".to_owned(), password: "hush".to_owned() });
    };
    let not_admitted = Submission::Unsent { reason: UnsentReason::NotAdmitted };
    let scripts: [(&[Turn], Submission); 3] = [
        (&[EHLO], not_admitted.clone()),
        (&[OFFERS, ("AUTH PLAIN AHVzAGh1c2g=", "535 5.7.8 no")], not_admitted),
        (
            &[OFFERS, ("AUTH PLAIN", "235 ok"), MAIL, ("RCPT", "550 5.1.1 no")],
            rejected(RejectClass::BadAddress, "550 5.1.1 no"),
        ),
    ];
    for (script, expected) in scripts {
        let server = Scripted::bind().await;
        let runtime = runtime::system::runtime();
        let client = provider(server.port(), &runtime, login);
        let one_mail = async { submit(&{ client }, &runtime, SOON).await };
        let (_, submission) = tokio::join!(server.play(script), one_mail);
        assert_eq!(submission, expected, "{script:?}");
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_login_and_no_mail() {
    let server = Scripted::bind().await;
    let runtime = runtime::system::runtime();
    let client = provider(server.port(), &runtime, |settings| {
        settings.security = Security::StartTls;
        settings.login = Some(Login { user: "us".to_owned(), password: "hush".to_owned() });
    });
    let one_mail = async { submit(&{ client }, &runtime, SOON).await };
    let (rest, submission) = tokio::join!(server.play(&[EHLO]), one_mail);
    assert_eq!(submission, NO_CONNECTION);
    assert_eq!(rest, "");
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_replaced() {
    let server = Scripted::bind().await;
    let runtime = runtime::system::runtime();
    let client = provider(server.port(), &runtime, |_| ());
    let script = [EHLO, MAIL, RCPT, DATA, ("the mail", "250 ok"), ("RSET", "")];
    let both = async {
        let first = submit(&client, &runtime, SOON).await;
        (first, submit(&{ client }, &runtime, SOON).await)
    };
    let serving = async {
        server.play(&script).await;
        server.play(script.get(..5).unwrap()).await
    };
    let ((first, second), _) = tokio::join!(both, serving);
    assert!(matches!(first, Submission::Accepted { .. }) && matches!(second, Submission::Accepted { .. }));
}

#[tokio::test]
async fn what_can_not_be_a_mail_is_never_sent() {
    let stand = Stand::start(Verdict::Accept).await;
    let provider: SmtpProvider = stand.provider(|_| ());
    let deadline = deadline(&stand.runtime, SOON);
    for address in [
        "",
        "jane",
        "jane@",
        "@debtor.example",
        "jane@debtor.example\r\nRCPT TO:<x@y.example>",
        "a b@c.example",
    ] {
        let submission = provider.submit(address, &message(), attempt(1), &deadline).await;
        let bad = Submission::Rejected { class: RejectClass::BadAddress, said: None };
        assert_eq!(submission, bad, "{address}");
    }
    let unfit = Message { body: String::new(), ..message() };
    let submission = provider.submit(TO, &unfit, attempt(1), &deadline).await;
    assert_eq!(submission, Submission::Unsent { reason: UnsentReason::Unfit });
    assert!(stand.record().is_empty() && !deadline.was_checked());
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_a_server_that_takes_it() {
    let stand = Stand::start(Verdict::Accept).await;
    let deadline = deadline(&stand.runtime, SOON);
    let address = "jürgen@debtor.example";
    let taken = stand.provider(|_| ()).submit(address, &message(), attempt(1), &deadline).await;
    assert!(matches!(taken, Submission::Accepted { .. }));
    assert_eq!(stand.record()[0]["to"], address);
    let server = Scripted::bind().await;
    let client = provider(server.port(), &stand.runtime, |_| ());
    let (message, one) = (message(), attempt(2));
    let one_mail = async { { client }.submit(address, &message, one, &deadline).await };
    let (rest, submission) = tokio::join!(server.play(&[EHLO]), one_mail);
    assert_eq!((submission, rest.as_str()), (Submission::Unsent { reason: UnsentReason::Unfit }, ""));
}
