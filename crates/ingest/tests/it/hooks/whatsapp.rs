//! Meta's webhooks: the handshake, statuses and messages in one body, and bodies that are kept for another day.

use contract::wire::{About, Addressee};
use domain::channel::{Channel, PointKind};
use domain::fact::Fact;
use domain::inbound::InboundClass;
use domain::outcome::{Outcome, RejectClass};
use domain::time::{Span, Timestamp};
use serde_json::{Value, json};

use super::support::{Reply, Town, meta_signature, town};

const PATH: &str = "/hooks/whatsapp/town";

impl Town {
    async fn meta(&self, values: &[Value]) -> Reply {
        let changes: Vec<_> =
            values.iter().map(|value| json!({ "field": "messages", "value": value })).collect();
        let body =
            json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] });
        self.meta_bytes(body.to_string().as_bytes()).await
    }

    async fn meta_bytes(&self, body: &[u8]) -> Reply {
        let signature = meta_signature(Self::APP_SECRET, body);
        self.send("POST", PATH, &[("X-Hub-Signature-256", &signature)], body).await
    }

    /// Seconds since 1970, so long ago.
    fn ago(&self, span: Span) -> String {
        (self.now().minus(span).0 / 1000).to_string()
    }
}

fn message(id: &str, text: &str, timestamp: &str) -> Value {
    json!({ "from": "41791234567", "id": id, "timestamp": timestamp, "type": "text", "text": { "body": text } })
}

fn status(number: u32, word: &str, timestamp: &str) -> Value {
    json!({
        "id": format!("wamid.{number}"), "status": word, "timestamp": timestamp, "recipient_id": "41791234567",
        "biz_opaque_callback_data": Town::attempt(number).to_string(),
    })
}

#[tokio::test]
async fn the_handshake_gives_the_challenge_back_to_whoever_knows_the_token() {
    let town = town(true).await;
    let good = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify%20me";
    let reply = town.send("GET", &format!("{PATH}?{good}"), &[], b"").await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "1158201444"));
    assert!(reply.head.contains("content-type: text/plain"));
    for (query, status) in [
        ("", 403),
        ("hub.mode=subscribe&hub.challenge=1&hub.verify_token=verify", 403),
        ("hub.mode=subscribe&hub.challenge=1&hub.verify_token=verify%20me2", 403),
        ("hub.mode=subscribe&hub.challenge=1&hub.verify_token=%ff", 403),
        ("hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=verify%20me", 400),
        ("hub.mode=subscribe&hub.challenge=%3Cscript%3E%20x&hub.verify_token=verify%20me", 400),
        ("hub.mode=subscribe&hub.verify_token=verify%20me", 400),
    ] {
        let reply = town.send("GET", &format!("{PATH}?{query}"), &[], b"").await;
        assert_eq!(reply.status, status, "{query}");
        assert!(!reply.text().contains("verify me") && !reply.text().contains("script"));
    }
    assert_eq!((town.count("whatsapp forged"), town.count("whatsapp malformed")), (4, 3));
}

#[tokio::test]
async fn a_forgery_goes_nowhere_and_both_secrets_hold_while_one_replaces_the_other() {
    let town = town(true).await;
    let body = json!({ "entry": [{ "changes": [{ "value": { "messages": [message("wamid.A", "x", &town.ago(Span::ZERO))] } }] }] });
    let body = body.to_string();
    let genuine = meta_signature(Town::APP_SECRET, body.as_bytes());
    for (what, body, signature) in [
        ("wrong secret", body.clone(), meta_signature("other", body.as_bytes())),
        ("tampered", body.replace("41791234567", "41790000000"), genuine.clone()),
        ("spaced", format!("{body} "), genuine.clone()),
        ("none", body.clone(), String::new()),
        ("another scheme", body.clone(), genuine.replace("sha256", "sha1")),
    ] {
        let reply = town.send("POST", PATH, &[("X-Hub-Signature-256", &signature)], body.as_bytes()).await;
        assert_eq!(reply.status, 403, "{what}");
    }
    assert!(town.facts().is_empty());
    assert_eq!(town.count("whatsapp forged"), 5);
    let new = meta_signature("new app secret", body.as_bytes());
    for signature in [genuine, new] {
        let reply = town.send("POST", PATH, &[("X-Hub-Signature-256", &signature)], body.as_bytes()).await;
        assert_eq!(reply.status, 200);
    }
    assert_eq!(town.facts().len(), 1, "the second one is the same message");
}

#[tokio::test]
async fn each_status_is_reported_in_its_order_with_its_own_instant() {
    let town = town(true).await;
    let at = town.ago(Span::hours(1));
    let mut failed = status(4, "failed", &at);
    failed["errors"] = json!([{ "code": 131_026, "title": "Message undeliverable" }]);
    let mut foreign = status(5, "read", &at);
    foreign["biz_opaque_callback_data"] = json!("somebody else's");
    let statuses = json!({ "statuses": [status(1, "sent", &at), status(2, "delivered", &at)] });
    let more = json!({ "statuses": [status(3, "read", &at), failed, foreign, status(6, "dreamt", &at)] });
    assert_eq!(town.meta(&[statuses, more]).await.status, 200);
    let digest = |id: &str| town.keyring.provider_message_id(&Town::tenant(), id);
    let seen: Vec<_> = town.reports().iter().map(|report| (report.about, report.report.outcome)).collect();
    let ours = |number| About::Attempt(Town::attempt(number));
    assert_eq!(
        seen,
        [
            (ours(1), Outcome::Accepted),
            (ours(2), Outcome::Delivered),
            (ours(3), Outcome::Read),
            (ours(4), Outcome::Rejected(RejectClass::BadAddress)),
            (About::Message(digest("wamid.5")), Outcome::Read),
        ]
    );
    for report in town.reports() {
        assert_eq!(report.report.at, Timestamp(at.parse::<i64>().unwrap() * 1000));
    }
    assert_eq!(town.reports()[0].report.provider_message, Some(digest("wamid.1")));
    assert_eq!((town.count("whatsapp accepted"), town.count("whatsapp malformed")), (5, 1));
}

#[tokio::test]
async fn a_message_is_a_fact_and_an_answer_to_what_it_was_written_under() {
    let town = town(true).await;
    let at = town.ago(Span::minutes(1));
    let under = |id: &str, text: &str| {
        let mut message = message(id, text, &at);
        message["context"] = json!({ "from": "41445550100", "id": format!("wamid.of-{id}") });
        message
    };
    let picture =
        json!({ "from": "41791234567", "id": "e", "timestamp": at, "type": "image", "image": { "id": "1" } });
    let messages = [
        under("a", "wie viel?"),
        under("b", "STOPP"),
        under("c", "falsche Nummer"),
        message("d", "hm", &at),
        picture,
    ];
    assert_eq!(town.meta(&[json!({ "messages": messages })]).await.status, 200);
    let point = town.keyring.point_id(&Town::tenant(), PointKind::Messenger, "+41791234567");
    let classes = [
        InboundClass::Question,
        InboundClass::Stop,
        InboundClass::WrongPerson,
        InboundClass::Unclear,
        InboundClass::Unclear,
    ];
    for (fact, class) in town.facts().iter().zip(classes) {
        assert_eq!(fact.fact, Fact::MessageReceived { channel: Channel::Social, point, class });
        assert_eq!(fact.addressee, Addressee::UsersOf(point));
        assert_eq!(fact.occurred_at, Timestamp(at.parse::<i64>().unwrap() * 1000));
    }
    assert_eq!(town.facts().len(), 5);
    let answers: Vec<_> = town.reports().iter().map(|report| (report.about, report.report.outcome)).collect();
    let question = town.keyring.provider_message_id(&Town::tenant(), "wamid.of-a");
    assert_eq!(
        answers,
        [(About::Message(question), Outcome::Replied)],
        "neither a stop nor a stranger answers"
    );
}

#[tokio::test]
async fn a_body_that_was_kept_is_stale_after_its_window_and_a_stop_never_is() {
    let town = town(true).await;
    let second = Span::seconds(1);
    let in_time = town.ago(Span::days(8).plus(Span(-60_000)));
    let too_old = town.ago(Span::days(8).plus(second));
    let ahead = town.ago(Span(-Span::minutes(4).0));
    let too_far_ahead = town.ago(Span(-Span::minutes(6).0));
    let mut number = 0;
    for (timestamp, fresh) in
        [(in_time, true), (ahead, true), (too_old.clone(), false), (too_far_ahead.clone(), false)]
    {
        number += 1;
        let value = json!({
            "statuses": [status(number, "read", &timestamp)],
            "messages": [message(&format!("m{number}"), "hm", &timestamp)],
        });
        let (facts, reports) = (town.facts().len(), town.reports().len());
        assert_eq!(town.meta(&[value]).await.status, 200, "{timestamp}: so that Meta stops");
        let grown = (town.facts().len() - facts, town.reports().len() - reports);
        assert_eq!(grown, if fresh { (1, 1) } else { (0, 0) }, "{timestamp}");
    }
    assert_eq!(town.count("whatsapp stale"), 4);
    for (id, timestamp) in [("old", too_old.clone()), ("ahead", too_far_ahead)] {
        let before = town.now();
        assert_eq!(town.meta(&[json!({ "messages": [message(id, "stop", &timestamp)] })]).await.status, 200);
        let occurred_at = town.facts().pop().unwrap().occurred_at;
        let stated = Timestamp(timestamp.parse::<i64>().unwrap() * 1000);
        assert!(occurred_at == stated || (occurred_at >= before && occurred_at <= town.now()), "{id}");
        assert!(occurred_at <= town.now(), "{id}: a stop of tomorrow would outlast every consent");
    }
    assert_eq!(town.count("stop"), 2);
    let again = json!({ "messages": [message("old", "stop", &too_old)] });
    let facts = town.facts().len();
    assert_eq!(town.meta(&[again]).await.status, 200);
    assert_eq!(town.facts().len(), facts, "a kept stop is the same stop");
}

#[tokio::test]
async fn what_has_no_known_shape_is_passed_over_and_counted() {
    let town = town(true).await;
    let now = town.ago(Span::ZERO);
    let mut nobody = message("a", "x", &now);
    nobody["from"] = json!("not a number");
    for (values, malformed) in [
        (vec![json!(7)], 1),
        (vec![json!({ "account_update": {} })], 1),
        (vec![json!({ "messages": [7, nobody, message("b", "x", &now)] })], 2),
        (vec![], 0),
    ] {
        let before = town.count("whatsapp malformed");
        assert_eq!(town.meta(&values).await.status, 200, "{values:?}");
        assert_eq!(town.count("whatsapp malformed") - before, malformed, "{values:?}");
    }
    assert_eq!(town.facts().len(), 1);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let nested = format!(r#"{{"entry":{deep}}}"#);
    for body in ["", "{", "[]", "\u{0}", &deep, &nested] {
        assert_eq!(town.meta_bytes(body.as_bytes()).await.status, 400);
    }
    assert_eq!(town.meta_bytes(b"\xff\xfe").await.status, 400);
}

#[tokio::test]
async fn a_status_of_an_attempt_that_never_was_is_counted_and_not_asked_for_again() {
    let town = town(true).await;
    let now = town.ago(Span::ZERO);
    let mut status = status(1, "sent", &now);
    let nobody = domain::ids::EscalationId { stream: domain::ids::StreamId::new(Town::NOBODY), number: 1 };
    status["biz_opaque_callback_data"] = json!(nobody.to_string());
    assert_eq!(town.meta(&[json!({ "statuses": [status] })]).await.status, 200);
    assert_eq!((town.count("whatsapp unknown"), town.count("whatsapp accepted")), (1, 0));
}

#[tokio::test]
async fn what_the_log_can_not_be_asked_is_to_come_again() {
    let town = town(false).await;
    let now = town.ago(Span::ZERO);
    let reply = town.meta(&[json!({ "statuses": [status(1, "sent", &now)] })]).await;
    assert_eq!(reply.status, 503);
    assert_eq!(town.count("whatsapp unavailable"), 1);
}

#[tokio::test]
async fn a_stop_without_an_instant_that_can_be_read_is_of_now() {
    let town = town(true).await;
    let mut none = message("none", "STOPP", "");
    none.as_object_mut().unwrap().remove("timestamp");
    let milliseconds = message("milliseconds", "STOPP", &town.now().0.to_string());
    let before = town.now();
    for message in [none, milliseconds, message("word", "hm", "soon")] {
        for _again in 0..2 {
            assert_eq!(town.meta(&[json!({ "messages": [message.clone()] })]).await.status, 200);
        }
    }
    let facts = town.facts();
    assert_eq!(facts.len(), 3, "the same message is recognised");
    assert!(facts.iter().all(|fact| (before..=town.now()).contains(&fact.occurred_at)));
    assert_eq!((town.count("stop"), town.count("whatsapp malformed")), (2, 0));
}
