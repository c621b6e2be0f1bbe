//! Providers that sign nothing: a token in the path, a batch in the body.

use contract::personal::Personal;
use contract::wire::About;
use domain::channel::{Channel, PointKind};
use domain::fact::Fact;
use domain::ids::{EscalationId, StreamId};
use domain::inbound::InboundClass;
use domain::outcome::Outcome;
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::support::{Reply, Town, town};

impl Town {
    async fn batch(&self, body: &Value) -> Reply {
        let path = format!("/hooks/token/{}", Self::TOKEN);
        self.send("POST", &path, &[("Content-Type", "application/json")], body.to_string().as_bytes()).await
    }
}

#[tokio::test]
async fn each_entry_is_answered_with_what_became_of_it() {
    let town = town(true).await;
    let nobody = EscalationId { stream: StreamId::new(Town::NOBODY), number: 1 };
    let body = json!({
        "reports": [
            { "escalation": Town::attempt(1).to_string(), "message": "a-1", "outcome": "delivered", "at_ms": 1_772_427_600_000_i64 },
            { "message": "a-2", "outcome": "read" },
            { "escalation": nobody.to_string(), "outcome": "accepted" },
            { "message": "a-2", "outcome": "read", "text": "again" },
        ],
        "messages": [
            { "id": "1", "channel": "sms", "from": "0041 79 123 45 67", "text": "STOPP" },
            { "id": "2", "channel": "email", "from": "Anna@Example.ORG", "text": "wie viel?", "at_ms": 1_772_427_600_000_i64 },
            { "id": "1", "channel": "sms", "from": "+41791234567", "text": "STOPP" },
            { "id": "1", "channel": "sms", "from": "+41797654321", "text": "STOPP" },
            { "id": "3", "channel": "social", "from": "+41791234567" },
        ],
    });
    let reply = town.batch(&body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let expected = json!({
        "reports": ["recorded", "waits", "unknown", "nothing_new"],
        "messages": ["recorded", "recorded", "duplicate", "recorded", "recorded"],
    });
    assert_eq!(reply.json(), expected);
    let digest = |id: &str| town.keyring.provider_message_id(&Town::tenant(), id);
    let reports = town.reports();
    assert_eq!(reports[0].about, About::Attempt(Town::attempt(1)));
    assert_eq!(reports[0].report.provider_message, Some(digest("a-1")));
    assert_eq!(
        (reports[0].report.at, reports[0].report.outcome),
        (Timestamp(1_772_427_600_000), Outcome::Delivered)
    );
    assert_eq!(reports[1].about, About::Message(digest("a-2")));
    let facts = town.facts();
    let email = town.keyring.point_id(&Town::tenant(), PointKind::Email, "Anna@example.org");
    let class = InboundClass::Question;
    assert_eq!(facts[1].fact, Fact::MessageReceived { channel: Channel::Email, point: email, class });
    assert_eq!(facts[1].key, town.keyring.input_id(&Town::tenant(), "smsc", "Anna@example.org\n2"));
    assert_eq!(facts[1].occurred_at, Timestamp(1_772_427_600_000));
    assert_ne!(facts[0].key, facts[2].key, "the same id from somebody else is another message");
    assert_eq!(facts[3].personal, Some(Personal::Text { text: String::new() }));
    assert_eq!(
        (town.count("token accepted"), town.count("token unknown"), town.count("token malformed")),
        (8, 1, 0)
    );
    assert_eq!(town.batch(&json!({})).await.json(), json!({ "reports": [], "messages": [] }));
}

#[tokio::test]
async fn a_message_that_is_not_taken_is_told_and_loses_no_other_one() {
    let town = town(true).await;
    let message =
        |id: &str, from: &str, text: &str| json!({ "id": id, "channel": "sms", "from": from, "text": text });
    let body = json!({
        "messages": [
            message("1", "+41791234567", "START"),
            message("1", "+41791234567", "STOPP"),
            message("2", "+41791234567", "STOPP"),
        ],
        "reports": [{ "message": "a-1", "outcome": "read" }],
    });
    for _again in 0..2 {
        let reply = town.batch(&body).await;
        assert_eq!(reply.status, 409, "{}", reply.text());
        assert_eq!(reply.problem(), "the same id came with other content messages, 1");
        assert_eq!((town.facts().len(), town.reports().len()), (2, 1));
    }
    assert_eq!((town.count("stop"), town.count("token malformed")), (1, 2));
}

#[tokio::test]
async fn another_token_opens_nothing() {
    let town = town(true).await;
    for token in ["0", &"0".repeat(64), &Town::TOKEN.to_uppercase(), &format!("{}0", Town::TOKEN), "%ff"] {
        let reply = town.send("POST", &format!("/hooks/token/{token}"), &[], b"{}").await;
        assert_eq!(reply.status, 403, "{token}");
        assert!(
            reply.problem().contains("token is not known") && !reply.text().contains(token)
                || token.len() < 3
        );
    }
    assert_eq!(town.count("token forged"), 5);
}

#[tokio::test]
async fn one_entry_that_can_not_be_read_keeps_the_batch_out_and_says_which() {
    let town = town(true).await;
    let id = Town::attempt(1).to_string();
    let report = |entry: Value| json!({ "messages": [{ "id": "1", "channel": "sms", "from": "+41791234567" }], "reports": [{ "message": "x", "outcome": "read" }, entry] });
    let message = |entry: Value| json!({ "messages": [entry] });
    let many = vec![json!({ "message": "x", "outcome": "read" }); 1001];
    for (body, place) in [
        (report(json!({ "outcome": "read" })), "reports, 1, escalation"),
        (report(json!({ "escalation": "secret", "outcome": "read" })), "reports, 1, escalation"),
        (report(json!({ "message": "", "outcome": "read" })), "reports, 1, message"),
        (report(json!({ "escalation": id, "outcome": "read", "at_ms": i64::MAX })), "reports, 1, at_ms"),
        (
            report(json!({ "escalation": id, "outcome": "read", "text": "x".repeat(4_001) })),
            "reports, 1, text",
        ),
        (report(json!({ "escalation": id, "outcome": "secret" })), "reports, 1, outcome"),
        (report(json!({ "escalation": id, "outcome": "read", "mood": "secret" })), "body, line 1"),
        (message(json!({ "id": "", "channel": "sms", "from": "+41791234567" })), "messages, 0, id"),
        (message(json!({ "id": "1", "channel": "fax", "from": "+41791234567" })), "messages, 0, channel"),
        (message(json!({ "id": "1", "channel": "sms", "from": "secret" })), "messages, 0, from"),
        (message(json!({ "id": "1", "channel": "email", "from": "+41791234567" })), "messages, 0, from"),
        (
            message(json!({ "id": "1", "channel": "sms", "from": "+41791234567", "at_ms": i64::MIN })),
            "messages, 0, at_ms",
        ),
        (json!({ "reports": many }), "body"),
        (json!([{ "message": "x", "outcome": "read" }]), "body, line 1"),
    ] {
        let reply = town.batch(&body).await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.json()["where"].as_str().unwrap().starts_with(place), "{place}: {}", reply.text());
        assert!(!reply.problem().contains("secret"));
    }
    assert!(town.facts().is_empty() && town.reports().is_empty());
    assert_eq!(town.count("token malformed"), 14);
    let path = format!("/hooks/token/{}", Town::TOKEN);
    for (body, what) in [
        (r#"{"reports": []"#, "the body is no JSON"),
        ("secret", "the body is no JSON"),
        (r#"{"secret": []}"#, "the body is JSON of another shape"),
    ] {
        let problem = town.send("POST", &path, &[], body.as_bytes()).await.problem();
        assert!(problem.starts_with(what) && !problem.contains("secret"), "{body}: {problem}");
    }
}

#[tokio::test]
async fn an_instant_that_is_yet_to_come_is_now() {
    let town = town(true).await;
    let tomorrow = town.now().0 + 86_400_000;
    let body = json!({
        "reports": [{ "message": "x", "outcome": "read", "at_ms": tomorrow }],
        "messages": [{ "id": "1", "channel": "sms", "from": "+41791234567", "text": "stop", "at_ms": tomorrow }],
    });
    assert_eq!(town.batch(&body).await.status, 200);
    assert!(town.facts()[0].occurred_at <= town.now() && town.reports()[0].report.at <= town.now());
}
