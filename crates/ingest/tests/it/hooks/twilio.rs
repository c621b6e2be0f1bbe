//! Twilio's webhooks: statuses by escalation and by name, messages from known and unknown numbers, and forgeries.

use contract::personal::Personal;
use contract::wire::{About, Addressee};
use domain::channel::{Channel, PointKind};
use domain::fact::Fact;
use domain::ids::{EscalationId, StreamId};
use domain::inbound::InboundClass;
use domain::outcome::{Outcome, RejectClass};
use sha2::{Digest, Sha256};

use super::support::{Reply, Town, hex, town, twilio_signature};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        let escaped = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        });
        escaped.collect::<String>()
    };
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    fields.join("&")
}

impl Town {
    async fn twilio(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let signature = twilio_signature(Self::AUTH_TOKEN, &format!("{}{path}", Self::PUBLIC_URL), fields);
        self.signed(path, &encode(fields), &signature).await
    }

    async fn signed(&self, path: &str, body: &str, signature: &str) -> Reply {
        self.send("POST", path, &[FORM, ("X-Twilio-Signature", signature)], body.as_bytes()).await
    }
}

fn status_path(attempt: EscalationId) -> String {
    format!("/hooks/twilio/town/status?escalation={attempt}")
}

#[tokio::test]
async fn each_status_is_reported_about_its_attempt_under_both_of_its_names() {
    let town = town(true).await;
    for (number, word, code, outcome) in [
        (1, "sent", "", Outcome::Accepted),
        (2, "delivered", "", Outcome::Delivered),
        (3, "read", "", Outcome::Read),
        (4, "undelivered", "30006", Outcome::Rejected(RejectClass::BadAddress)),
        (5, "failed", "30007", Outcome::Rejected(RejectClass::NotAllowed)),
        (6, "failed", "not a number", Outcome::Rejected(RejectClass::Other)),
        (7, "canceled", "", Outcome::Unsent),
    ] {
        let sid = format!("SM{number}");
        let fields = [
            ("MessageSid", sid.as_str()),
            ("MessageStatus", word),
            ("ErrorCode", code),
            ("ApiVersion", "2010"),
        ];
        let reply = town.twilio(&status_path(Town::attempt(number)), &fields).await;
        assert_eq!(reply.status, 204, "{word}: {}", reply.text());
        let report = town.reports().pop().unwrap();
        assert_eq!(report.about, About::Attempt(Town::attempt(number)));
        assert_eq!((report.report.number, report.report.outcome), (number, outcome));
        let message = town.keyring.provider_message_id(&Town::tenant(), &sid);
        assert_eq!(report.report.provider_message, Some(message));
    }
    assert_eq!(town.count("twilio accepted"), 7);
}

#[tokio::test]
async fn without_an_escalation_a_status_goes_by_twilios_name_and_waits() {
    let town = town(true).await;
    let fields = [("SmsSid", "SM1"), ("SmsStatus", "delivered")];
    assert_eq!(town.twilio("/hooks/twilio/town/status", &fields).await.status, 204);
    let report = &town.reports()[0];
    let message = town.keyring.provider_message_id(&Town::tenant(), "SM1");
    assert_eq!((report.about, report.report.number), (About::Message(message), 0));
}

#[tokio::test]
async fn statuses_come_early_twice_and_out_of_order_and_each_is_handed_on() {
    let town = town(true).await;
    let path = status_path(Town::attempt(1));
    for word in ["delivered", "queued", "sent", "delivered", "sending", "read", "sent", "gone_fishing"] {
        let reply = town.twilio(&path, &[("MessageSid", "SM1"), ("MessageStatus", word)]).await;
        assert_eq!(reply.status, 204, "{word}");
    }
    let outcomes: Vec<_> = town.reports().iter().map(|report| report.report.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Delivered, Outcome::Accepted, Outcome::Read],
        "the log's owner puts them in order"
    );
    assert_eq!((town.count("twilio accepted"), town.count("twilio malformed")), (7, 1));
}

#[tokio::test]
async fn an_attempt_that_never_was_and_a_status_that_can_not_be_read_are_answered_as_such() {
    let town = town(true).await;
    let nobody = EscalationId { stream: StreamId::new(Town::NOBODY), number: 1 };
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "sent")];
    assert_eq!(town.twilio(&status_path(nobody), &fields).await.status, 404);
    assert_eq!((town.count("twilio unknown"), town.count("twilio accepted")), (1, 0));
    let long = "S".repeat(257);
    for (path, fields) in [
        ("/hooks/twilio/town/status?escalation=7", vec![("MessageSid", "SM1"), ("MessageStatus", "sent")]),
        ("/hooks/twilio/town/status?escalation=", vec![("MessageSid", "SM1"), ("MessageStatus", "sent")]),
        ("/hooks/twilio/town/status", vec![("MessageSid", "SM1")]),
        ("/hooks/twilio/town/status", vec![("MessageStatus", "sent")]),
        ("/hooks/twilio/town/status", vec![("MessageSid", long.as_str()), ("MessageStatus", "sent")]),
        ("/hooks/twilio/town/inbound", vec![("MessageSid", "SM1"), ("Body", "x")]),
        ("/hooks/twilio/town/inbound", vec![("MessageSid", "SM1"), ("From", "SECRETS"), ("Body", "x")]),
        ("/hooks/twilio/town/inbound", vec![("From", "+41791234567"), ("Body", "x")]),
    ] {
        let reply = town.twilio(path, &fields).await;
        assert_eq!(reply.status, 400, "{path} {fields:?}");
        assert!(!reply.problem().contains("SECRETS") && !reply.text().contains("SM1"), "{}", reply.text());
    }
    assert_eq!(town.count("twilio malformed"), 8);
    assert!(town.facts().is_empty() && town.reports().is_empty());
}

#[tokio::test]
async fn what_the_log_can_not_be_asked_is_to_come_again() {
    let town = town(false).await;
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "sent")];
    let reply = town.twilio(&status_path(Town::attempt(1)), &fields).await;
    assert_eq!(reply.status, 503, "{}", reply.text());
    assert!(reply.head.contains("retry-after"));
    assert_eq!((town.count("twilio unavailable"), town.count("twilio accepted")), (1, 0));
}

#[tokio::test]
async fn a_forgery_goes_nowhere() {
    let town = town(true).await;
    let path = "/hooks/twilio/town/inbound";
    let address = format!("{}{path}", Town::PUBLIC_URL);
    let fields = [("MessageSid", "SM1"), ("From", "+41791234567"), ("Body", "STOPP")];
    let body = encode(&fields);
    let genuine = twilio_signature(Town::AUTH_TOKEN, &address, &fields);
    let other = |secret: &str, address: &str| twilio_signature(secret, address, &fields);
    for (what, path, body, signature) in [
        ("wrong token", path, body.clone(), other("54321", &address)),
        (
            "the listener's address",
            path,
            body.clone(),
            other(Town::AUTH_TOKEN, &format!("http://127.0.0.1{path}")),
        ),
        (
            "another host",
            path,
            body.clone(),
            other(Town::AUTH_TOKEN, "https://evil.example/in/hooks/twilio/town/inbound"),
        ),
        ("another query", "/hooks/twilio/town/inbound?escalation=x", body.clone(), genuine.clone()),
        ("another webhook", "/hooks/twilio/town/status", body.clone(), genuine.clone()),
        ("tampered", path, body.replace("STOPP", "START"), genuine.clone()),
        ("more fields", path, format!("{body}&OptOutType=START"), genuine.clone()),
        ("none", path, body.clone(), String::new()),
        ("empty", path, body.clone(), "=".to_owned()),
    ] {
        let reply = town.signed(path, &body, &signature).await;
        assert_eq!(reply.status, 403, "{what}");
        assert!(reply.problem().contains("signature"), "{what}");
    }
    assert_eq!(town.count("twilio forged"), 9);
    let headers = [
        FORM,
        ("X-Twilio-Signature", genuine.as_str()),
        ("X-Twilio-Webhooks-Signature-Settings", "algorithm=MD5"),
    ];
    assert_eq!(town.send("POST", path, &headers, body.as_bytes()).await.status, 403, "another algorithm");
    assert!(town.facts().is_empty());
    assert_eq!(town.signed(path, &body, &genuine).await.status, 200);
}

#[tokio::test]
async fn both_tokens_hold_while_one_replaces_the_other_and_so_does_the_address_with_its_port() {
    let town = town(true).await;
    let path = "/hooks/twilio/town/status?a=%20b&c";
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "queued")];
    for secret in [Town::AUTH_TOKEN, Town::NEW_AUTH_TOKEN] {
        for base in [Town::PUBLIC_URL, "https://dunning.example:443/in"] {
            let signature = twilio_signature(secret, &format!("{base}{path}"), &fields);
            assert_eq!(town.signed(path, &encode(&fields), &signature).await.status, 204, "{secret} {base}");
        }
    }
}

#[tokio::test]
async fn json_is_read_if_its_digest_is_signed() {
    let town = town(true).await;
    let body = r#"{"MessageSid":"SM1","MessageStatus":"failed","ErrorCode":30006}"#;
    let json = ("Content-Type", "application/json; charset=utf-8");
    let escalation = Town::attempt(1);
    let digest = hex(&Sha256::digest(body));
    for (digest, body, status) in [
        (digest.as_str(), body, 204),
        (digest.as_str(), r#"{"MessageSid":"SM1","MessageStatus":"sent"}"#, 403),
        ("", body, 403),
        (&hex(&Sha256::digest("[1]")), "[1]", 400),
        (&hex(&Sha256::digest("{")), "{", 400),
    ] {
        let path = format!("/hooks/twilio/town/status?escalation={escalation}&bodySHA256={digest}");
        let signature = twilio_signature(Town::AUTH_TOKEN, &format!("{}{path}", Town::PUBLIC_URL), &[]);
        let headers = [json, ("X-Twilio-Signature", signature.as_str())];
        assert_eq!(town.send("POST", &path, &headers, body.as_bytes()).await.status, status, "{body}");
    }
    assert_eq!(town.reports()[0].report.outcome, Outcome::Rejected(RejectClass::BadAddress));
    assert_eq!(town.reports().len(), 1);
    let text = [("Content-Type", "text/plain"), ("X-Twilio-Signature", "x")];
    assert_eq!(town.send("POST", "/hooks/twilio/town/status", &text, b"x").await.status, 415);
}

#[tokio::test]
async fn a_message_is_a_fact_for_every_user_of_its_number() {
    let town = town(true).await;
    let before = town.now();
    let path = "/hooks/twilio/town/inbound";
    let long = "ü".repeat(10_000);
    for (number, from, text, more, kind, channel, class) in [
        (1, "+41791234567", "STOPP", "", PointKind::Phone, Channel::Sms, InboundClass::Stop),
        (2, "0041 79 123 45 67", "wie viel?", "", PointKind::Phone, Channel::Sms, InboundClass::Question),
        (3, "+41791234567", "", "", PointKind::Phone, Channel::Sms, InboundClass::Unclear),
        (4, "+41791234567", "lasst mich", "STOP", PointKind::Phone, Channel::Sms, InboundClass::Stop),
        (5, "+41791234567", "Hilfe", "HELP", PointKind::Phone, Channel::Sms, InboundClass::Unclear),
        (6, "whatsapp:+41791234567", "stop", "", PointKind::Messenger, Channel::Social, InboundClass::Stop),
        (7, "+41791234567", &long, "", PointKind::Phone, Channel::Sms, InboundClass::Unclear),
    ] {
        let sid = format!("SM{number}");
        let mut fields =
            vec![("MessageSid", sid.as_str()), ("From", from), ("Body", text), ("NumMedia", "1")];
        fields.extend((!more.is_empty()).then_some(("OptOutType", more)));
        let reply = town.twilio(path, &fields).await;
        assert_eq!(
            (reply.status, reply.text().ends_with("<Response/>")),
            (200, true),
            "{number}: {}",
            reply.text()
        );
        assert!(reply.head.contains("content-type: text/xml"));
        let fact = town.facts().pop().unwrap();
        let point = town.keyring.point_id(&Town::tenant(), kind, "+41791234567");
        assert_eq!(fact.addressee, Addressee::UsersOf(point));
        assert_eq!(fact.fact, Fact::MessageReceived { channel, point, class });
        assert_eq!(fact.key, town.keyring.input_id(&Town::tenant(), "twilio", &sid));
        assert!(fact.occurred_at >= before && fact.occurred_at <= town.now());
        let Some(Personal::Text { text: kept }) = fact.personal else { panic!("{number} has no text") };
        assert_eq!(kept, text.get(..16_384).unwrap_or(text));
    }
    assert_eq!((town.count("stop"), town.count("unclear"), town.count("question")), (3, 3, 1));
}

#[tokio::test]
async fn a_message_that_comes_again_changes_nothing_and_one_that_contradicts_is_refused() {
    let town = town(true).await;
    let path = "/hooks/twilio/town/inbound";
    let fields = [("MessageSid", "SM1"), ("From", "+41791234567"), ("Body", "STOPP")];
    for _ in 0..3 {
        assert_eq!(town.twilio(path, &fields).await.status, 200);
    }
    assert_eq!((town.facts().len(), town.count("twilio accepted"), town.count("stop")), (1, 3, 1));
    let other = [("MessageSid", "SM1"), ("From", "+41791234567"), ("Body", "danke")];
    let reply = town.twilio(path, &other).await;
    assert_eq!(reply.status, 409);
    assert!(reply.problem().contains("other content") && !reply.text().contains("danke"));
    assert_eq!((town.facts().len(), town.count("twilio malformed")), (1, 1));
}
