//! Facts as JSON: every kind, the same facts as rows, and each way to be wrong.

use contract::wire::FactMessage;
use domain::label::{Label, TenantId};
use ingest::mapping::Mapping;
use ingest::publish::{self, Answered, Defaults, Entry, Place, Reading, ReceiptWord};
use ingest::table::{Row, Step};
use serde_json::{Value, json};

use crate::support::{at, file, keyring, refuse_payments, world};

fn defaults() -> Defaults {
    Defaults { tenant: TenantId::new("stadt").ok(), source: Label::new("erp").ok(), actor: None }
}

fn read(line: &str) -> Entry {
    let (defaults, keyring) = (defaults(), keyring());
    let reading = Reading { defaults: &defaults, digests: &keyring, now: at("2030-01-01T00:00:00Z") };
    reading.line(Place::Line(3), line.as_bytes())
}

fn object(kind: &str, rest: Value) -> String {
    let mut object = json!({ "kind": kind, "id": "1", "at": "2026-03-01T10:00:00+01:00", "debtor": "D1" });
    object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    object.to_string()
}

/// One object of every kind.
fn all_kinds() -> Vec<(&'static str, Value)> {
    let point = json!({ "point_kind": "email", "value": "a@town.example" });
    let with = |more: Value| {
        let mut all = point.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let paid = json!({ "claim": "C1", "amount": "120.50", "currency": "CHF" });
    vec![
        ("debtor_described", json!({ "name": "Anna", "zones": ["Europe/Zurich", "Europe/Rome"] })),
        ("contact_point_added", with(json!({ "confidence": 90, "verified_at": null }))),
        ("contact_point_invalidated", with(json!({ "reason": "retracted" }))),
        (
            "claim_registered",
            json!({ "claim": "C1", "creditor": "werke", "currency": "CHF", "principal": "1", "due_after": "30d" }),
        ),
        ("claim_amended", json!({ "claim": "C1", "currency": "CHF", "principal": "80.00" })),
        ("charge_added", json!({ "claim": "C1", "currency": "CHF", "amount": "5", "component": "costs" })),
        ("payment_received", paid.clone()),
        ("payment_reversed", paid),
        ("claim_withdrawn", json!({ "claim": "C1", "reason": "error" })),
        ("claim_handed_over", json!({ "claim": "C1", "to": "agency" })),
        ("dispute_opened", json!({ "claim": "C1", "ground": "goods", "text": "It never came." })),
        ("dispute_resolved", json!({ "claim": "C1", "end": "upheld" })),
        ("hold_placed", json!({ "hold": "H1", "reason": "illness", "actor": "anna", "until_after": "14d" })),
        ("hold_released", json!({ "hold": "H1", "actor": "anna" })),
        (
            "promise_made",
            json!({ "promise": "P1", "claim": "C1", "amount": "10", "currency": "CHF", "due_at": "2026-04-01T00:00:00Z" }),
        ),
        ("consent_given", json!({ "scope": "channel", "channel": "email" })),
        ("opted_out", with(json!({ "scope": "point" }))),
        ("cease_requested", json!({})),
        ("contact_made", json!({ "channel": "call", "direction": "inbound", "right_party": true })),
        ("task_done", json!({ "task": "answer", "actor": "anna" })),
    ]
}

#[test]
fn every_kind_of_fact_is_read_from_an_object() {
    for (kind, rest) in all_kinds() {
        let message = read(&object(kind, rest)).fact.unwrap_or_else(|problem| panic!("{kind}: {problem}"));
        assert_eq!(message.fact.name(), kind);
        assert_eq!(message.occurred_at, at("2026-03-01T09:00:00Z"), "{kind}");
    }
}

/// What a mapping makes of the only row of a table.
fn from_row(mapping: &str, table: &str) -> FactMessage {
    let mapping = Mapping::parse("test.toml", mapping).unwrap();
    let file = file(table);
    let (mut table, mut row) = (mapping.open(file.path()).unwrap(), Row::default());
    assert!(matches!(table.next(&mut row).unwrap(), Step::Row));
    let now = at("2030-01-01T00:00:00Z");
    mapping.facts(&row, table.places(), now, &keyring()).unwrap().pop().unwrap()
}

#[test]
fn the_same_fact_as_a_row_and_as_an_object_is_one_fact() {
    let head = "tenant = \"stadt\"\nsource = \"erp\"\nid = \"id\"\ndebtor = { column = \"debtor\" }\n";
    let dated = format!(
        "{head}instant = {{ column = \"at\", format = \"rfc3339\" }}\n[[fact]]\nkind = \"payment_received\"\n\
         claim = {{ column = \"claim\" }}\namount = {{ column = \"amount\" }}\ncurrency = \"CHF\"\n"
    );
    let row = from_row(&dated, "id,at,debtor,claim,amount\n1,2026-03-01T10:00:00+01:00,D1,C1,120.5\n");
    let paid = object("payment_received", json!({ "claim": "C1", "amount": "120.50", "currency": "CHF" }));
    assert_eq!(read(&paid).fact, Ok(row));

    let undated = format!(
        "{head}instant = \"now\"\n[[fact]]\nkind = \"hold_placed\"\nhold = \"H1\"\nreason = \"illness\"\n\
         actor = \"anna\"\nuntil_after = \"14d\"\n"
    );
    let row = from_row(&undated, "id,debtor\n1,D1\n");
    let held = r#"{"kind": "hold_placed", "id": "1", "debtor": "D1", "hold": "H1", "reason": "illness",
        "actor": "anna", "until_after": "14d"}"#;
    assert_eq!(read(held).fact, Ok(row));
}

#[test]
fn what_is_wrong_is_placed_and_never_repeated() {
    let paid = |rest: Value| {
        let mut all = json!({ "claim": "C1", "amount": "1.00", "currency": "CHF" });
        all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        object("payment_received", all)
    };
    for (line, place, said) in [
        ("{".to_owned(), None, "is no JSON"),
        ("[\"SECRET\"]".to_owned(), None, "is no JSON object"),
        ("\"SECRET\"".to_owned(), None, "is no JSON object"),
        ("{}".to_owned(), Some("kind"), "payment_received"),
        (object("payment_recieved", json!({})), Some("kind"), "did you mean `payment_received`?"),
        (object("SECRET", json!({})), Some("kind"), "is no kind of fact"),
        (paid(json!({ "id": null })), Some("id"), "is not there"),
        (paid(json!({ "id": "x".repeat(257) })), Some("id"), "1 to 256 bytes"),
        (paid(json!({ "tenant": "SECRET" })), Some("tenant"), "is no short name"),
        (paid(json!({ "ammount": "1" })), Some("ammount"), "did you mean `amount`?"),
        (paid(json!({ "principal": "1" })), Some("principal"), "other kinds of facts have it"),
        (paid(json!({ "Anna SECRET": "1" })), Some("one whose name is no short name"), "does not belong"),
        (paid(json!({ "claim": null })), Some("claim"), "this payment_received needs one; add \"claim\""),
        (
            paid(json!({ "amount": null })),
            Some("amount"),
            "is not there, and this payment_received needs one",
        ),
        (paid(json!({ "amount": " " })), Some("amount"), "is empty"),
        (paid(json!({ "amount": 12050 })), Some("amount"), "write it as text, such as \"120.50\""),
        (paid(json!({ "amount": 120.5 })), Some("amount"), "no text, whole number or flag"),
        (paid(json!({ "amount": "SECRET" })), Some("amount"), "is no amount in CHF"),
        (paid(json!({ "amount": "-1" })), Some("amount"), "is negative"),
        (paid(json!({ "currency": "SEC" })), Some("currency"), "is no currency in use"),
        (paid(json!({ "claim": ["SECRET"] })), Some("claim"), "is a list"),
        (paid(json!({ "claim": { "a": "SECRET" } })), Some("claim"), "no text, whole number or flag"),
        (paid(json!({ "at": "01.03.2026" })), Some("at"), "RFC 3339"),
        (
            object("debtor_described", json!({ "name": "Anna", "zones": ["Europe/SECRET"] })),
            Some("zones"),
            "has a zone that does not exist",
        ),
        (
            object("opted_out", json!({ "scope": "point" })),
            Some("point_kind"),
            "is not there, and this scope needs one",
        ),
        (
            object(
                "claim_registered",
                json!({ "claim": "C1", "creditor": "w", "currency": "CHF", "principal": "1" }),
            ),
            None,
            "both or none of `due_at` and `due_after`",
        ),
        (object("task_done", json!({ "task": "answer" })), Some("actor"), "this task_done needs one"),
        (
            r#"{"kind": "cease_requested", "id": "1", "id": "2", "debtor": "D"}"#.to_owned(),
            Some("id"),
            "is there twice",
        ),
    ] {
        let problem = read(&line).fact.expect_err(&line);
        let sentence = format!("{}; {}", problem.what, problem.remedy);
        assert_eq!((problem.row, problem.column.as_deref()), (3, place), "{line}: {sentence}");
        assert!(sentence.contains(said), "{line}: {sentence}");
        assert!(!format!("{problem}").contains("SECRET"), "{problem}");
    }
    let many: serde_json::Map<String, Value> = (0..65).map(|n| (format!("m{n}"), json!(1))).collect();
    let problem = read(&Value::Object(many).to_string()).fact.unwrap_err();
    assert_eq!(problem.what, "has too many members");
}

#[test]
fn whoever_is_known_to_speak_need_not_say_who_they_are() {
    let defaults = Defaults { actor: Label::new("console").ok(), ..defaults() };
    let keyring = keyring();
    let reading = Reading { defaults: &defaults, digests: &keyring, now: at("2030-01-01T00:00:00Z") };
    for (stated, actor) in [(json!({}), "console"), (json!({ "actor": "anna" }), "anna")] {
        let mut done = json!({ "kind": "task_done", "id": "1", "debtor": "D1", "task": "answer" });
        done.as_object_mut().unwrap().extend(stated.as_object().unwrap().clone());
        let fact = reading.line(Place::Index(0), done.to_string().as_bytes()).fact.unwrap().fact;
        let domain::fact::Fact::TaskDone { actor: found, .. } = fact else { panic!("{fact:?}") };
        assert_eq!(found.as_str(), actor);
    }
}

#[tokio::test]
async fn a_bad_line_keeps_no_good_one_out_and_each_is_answered_in_its_place() {
    let world = world(&runtime::system::runtime(), refuse_payments);
    let lines = [
        object("cease_requested", json!({})),
        "{".to_owned(),
        object("payment_received", json!({ "id": "2", "claim": "C1", "amount": "1", "currency": "EUR" })),
        object("cease_requested", json!({})),
    ];
    let answered = publish::send(&world.gate, lines.iter().map(|line| read(line)).collect()).await.unwrap();
    let words: Vec<ReceiptWord> = answered.iter().map(|answered| answered.receipt).collect();
    let refused = ReceiptWord::Refused;
    assert_eq!(words, [ReceiptWord::Recorded, refused, refused, ReceiptWord::Duplicate]);
    let reasons: Vec<Option<&str>> = answered.iter().map(|answered| answered.reason.as_deref()).collect();
    assert_eq!(reasons, [None, Some("malformed"), Some("bad_amount"), None]);
    let json = serde_json::to_value(&answered[2]).unwrap();
    assert_eq!(
        json,
        json!({ "line": 3, "id": "2", "receipt": "refused", "reason": "bad_amount", "problem": {
            "detail": "too much", "remedy": "send less"
        } })
    );
    assert_eq!(serde_json::from_value::<Answered>(json).unwrap(), answered[2]);
    assert!(answered[1].to_string().starts_with("line 3: refused as malformed: it is no JSON"));
    assert!(publish::send(&world.gate, Vec::new()).await.unwrap().is_empty());
}
