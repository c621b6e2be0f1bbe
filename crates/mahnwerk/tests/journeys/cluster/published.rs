//! Claim events that upstream publishes on the broker: taken in once, refused with a reason, and answered where it asks.

use contract::codec::{decode_receipts, decode_refused};
use contract::upstream::{ClaimEvent, encode};
use contract::wire::Receipt;

use super::Cluster;
use super::line::Line;
use crate::process::soon;
use crate::servers::Version;

const TENANT: &str = "gemeinde-musterwil";
const RECEIPTS: &str = "receipts.v1.erp";

fn described() -> Vec<u8> {
    let field = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    encode(&ClaimEvent {
        source: "erp".into(),
        fields: vec![
            field("debtor", "B-1"),
            field("name", "Berta Planted"),
            field("language", "de"),
            field("zones", "Europe/Zurich"),
        ],
        ..ClaimEvent::default()
    })
}

/// Publishes a message; the receipt that comes for it.
fn asked(line: &mut Line, kind: &str, id: &str, content_type: &str, body: &[u8]) -> Receipt {
    let headers = [("Nats-Msg-Id", id), ("Content-Type", content_type), ("Mahnwerk-Receipt-To", RECEIPTS)];
    line.publish(&format!("claims.v1.{TENANT}.{kind}"), &headers, body);
    decode_receipts(&line.next()).unwrap().pop().unwrap()
}

#[test]
fn a_published_claim_is_taken_in_once_and_a_bad_one_is_refused_without_a_word_of_it() {
    let cluster = Cluster::new(Version::Newest);
    let place = cluster.folder.servers.as_ref().unwrap().broker.place();
    let mut line = Line::connect(place);
    line.subscribe(RECEIPTS);
    let mut refused = Line::connect(place);
    refused.subscribe(&format!("refused.v1.{TENANT}"));

    let (protobuf, json) = ("application/x-protobuf", "application/json");
    let receipt = asked(&mut line, "debtor_described", "m-1", protobuf, &described());
    assert_eq!(receipt, Receipt::Recorded);
    let claim =
        br#"{"source": "erp", "debtor": "B-1", "claim": "C-1", "creditor": "werke", "principal": "20.00",
        "currency": "CHF", "due_at": "2096-01-01T00:00:00Z"}"#;
    assert_eq!(asked(&mut line, "claim_registered", "m-2", json, claim), Receipt::Recorded);
    let shown = cluster.folder.run(&["debtor", "show", "B-1"]).ends(0);
    shown.says(&["Berta Planted", "C-1", "CHF 20.00 owed"]);

    // The broker forgets within minutes what it has seen; the log never does.
    let id = claim.to_vec();
    let again = String::from_utf8(id).unwrap().replacen('{', r#"{"id": "m-2", "#, 1);
    let receipt = asked(&mut line, "claim_registered", "another", json, again.as_bytes());
    assert_eq!(receipt, Receipt::Duplicate);
    let registered =
        || cluster.folder.run(&["replay", "--type", "claim_registered"]).ends(0).out.lines().count();
    assert_eq!(registered(), 1);

    let bad = br#"{"source": "erp", "debtor": "B-1", "claim": "C-2", "amount": "Leopold Verborgen"}"#;
    let Receipt::Refused { reason, detail } = asked(&mut line, "payment_received", "m-3", json, bad) else {
        panic!("a payment of no amount was taken in")
    };
    assert_eq!(reason.as_str(), "malformed");
    let filed = refused.next();
    assert!(!String::from_utf8_lossy(&filed).contains("Leopold") && !detail.contains("Leopold"));
    let filed = decode_refused(&filed).unwrap();
    assert_eq!((filed.reason.as_str(), filed.detail.as_str()), ("malformed", detail.as_str()));
    soon("its body", || {
        let kept =
            cluster.folder.servers.as_ref().unwrap().database.ask("SELECT count(*) FROM mahnwerk.refused");
        (kept == "1").then_some(())
    });
    let kept = cluster.folder.kept();
    let log = cluster.log("ingest-0.log");
    for value in ["Leopold", "Berta", "Planted"] {
        assert!(!log.contains(value), "{value} in a log line");
        let found = kept.windows(value.len()).any(|window| window == value.as_bytes());
        assert!(!found, "{value} in clear");
    }
    cluster.ends_whole();
}
