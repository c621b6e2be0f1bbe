//! What people and programs do by hand: facts as JSON, holds, promises, and a look at what waits; each while a process
//! runs, and while none does.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::folder::{Folder, mahnwerk};
use crate::process::Running;
use crate::request::send;
use crate::stage::{Stage, on_both_stages};

on_both_stages! {
    facts_are_published_line_by_line_and_each_has_its_receipt: Oldest,
    a_hold_is_placed_and_released_by_whatever_names_it: Newest,
    a_promise_is_noted_in_the_claims_own_currency_and_a_task_is_done: Oldest,
    other_systems_do_the_same_over_http: Newest,
}

const FACTS: &str = r#"{"id": "1", "kind": "debtor_described", "debtor": "K-17", "name": "Anna Planted", "zones": ["Europe/Zurich"]}
{"id": "2", "kind": "claim_registered", "debtor": "K-17", "claim": "R-9", "creditor": "werke", "principal": "120.50", "currency": "CHF", "due_at": "2096-01-01T00:00:00Z"}

{"id": "3", "kind": "payment_received", "claim": "R-9", "ammount": "20.50", "currency": "CHF"}
{"id": "4", "kind": "payment_received", "claim": "R-9", "amount": "20.50", "currency": "EUR"}
{"id": "5", "kind": "payment_received", "claim": "R-9", "amount": "20.50", "currency": "CHF"}
{"id": "6", "kind": "payment_received", "claim": "R-nobody", "amount": "1.00", "currency": "CHF"}
"#;

fn lines(folder: &Folder) -> Vec<Value> {
    let file = folder.write("facts.jsonl", FACTS);
    folder.run(&["publish", file, "--source", "erp", "--format", "json"]).ends(1).json_lines()
}

/// Does it as the folder's owner, where a folder has one, and over what runs.
fn both_ways(stage: Stage, journey: impl Fn(&Folder)) {
    if let Stage::OneProcess = stage {
        let folder = stage.folder();
        journey(&folder);
        folder.must_be_whole();
    }
    let folder = stage.folder();
    let _providers = Running::providers(&folder);
    let running = Running::mahnwerk(&folder);
    journey(&folder);
    assert_eq!(running.terminate(), Some(0));
    folder.must_be_whole();
    assert_eq!(folder.run(&["replay", "--check"]).ends(0).json()["different"], 0);
}

fn facts_are_published_line_by_line_and_each_has_its_receipt(stage: Stage) {
    both_ways(stage, |folder| {
        let answered = lines(folder);
        let brief: Vec<String> = answered
            .iter()
            .map(|one| format!("{} {} {}", one["line"], one["receipt"], one["reason"]))
            .collect();
        assert_eq!(
            brief,
            [
                "1 \"recorded\" null",
                "2 \"recorded\" null",
                "4 \"refused\" \"malformed\"",
                "5 \"refused\" \"wrong_currency\"",
                "6 \"recorded\" null",
                "7 \"parked\" null"
            ]
        );
        assert_eq!(answered[2]["problem"]["where"], "ammount");
        assert_eq!(answered[2]["problem"]["remedy"], "did you mean `amount`?");
        let again: Vec<Value> = lines(folder).iter().map(|one| one["receipt"].clone()).collect();
        assert_eq!(again, ["duplicate", "duplicate", "refused", "refused", "duplicate", "duplicate"]);

        let fact = r#"{"id": "8", "kind": "cease_requested", "debtor": "K-17"}"#;
        folder.run(&["publish", "--fact", fact]).ends(0).says(&["line 1: recorded"]);
        folder.run(&["publish", "--fact", "{"]).ends(1).says(&["refused as malformed", "is no JSON"]);
        folder.run(&["publish"]).ends(2).says(&["--fact <JSON>", "FILE"]);
        folder
            .run(&["publish", "--fact", fact, "--source", "Ü"])
            .ends(3)
            .says(&["--source is no short name"]);

        let parked = folder.run(&["parked", "ls", "--format", "json"]).ends(0).json();
        assert_eq!(
            (parked[0]["kind"].as_str(), parked.as_array().map(Vec::len)),
            (Some("payment_received"), Some(1))
        );
        folder.run(&["parked", "ls"]).ends(0).says(&["waits for claim", "register the claim"]);
        folder.run(&["quarantine", "ls"]).ends(0).says(&["Nothing is quarantined."]);
        let key = parked[0]["key"].as_str().unwrap();
        let content = folder.run(&["quarantine", "ls", "--show", key]).ends(0).json();
        assert_eq!(content["fact"]["amount_minor"], 100, "{content}");
        folder
            .run(&["quarantine", "ls", "--show", &"0".repeat(32)])
            .ends(3)
            .says(&["no input with this key"]);
        folder
            .run(&["quarantine", "drop", &"0".repeat(32), "--reason", "test"])
            .ends(3)
            .says(&["no input with this key waits", "`mahnwerk quarantine ls`"]);
    });
}

#[test]
fn facts_come_through_a_pipe() {
    let folder = Folder::new();
    let mut publish = mahnwerk()
        .args(["publish", "-", "--dir", folder.dir()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    publish.stdin.take().unwrap().write_all(FACTS.as_bytes()).unwrap();
    let ended = publish.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert_eq!((ended.status.code(), said.lines().count()), (Some(1), 6), "{said}");
    assert!(said.contains("line 7: parked until its claim comes"), "{said}");
    assert!(!said.contains("Planted"), "{said}");
}

fn a_hold_is_placed_and_released_by_whatever_names_it(stage: Stage) {
    both_ways(stage, |folder| {
        lines(folder);
        let debtor = |words: &[&str]| folder.run(&[&["debtor"], words].concat());
        let held = debtor(&[
            "hold", "K-17", "--reason", "illness", "--for", "14d", "--actor", "anna", "--format", "json",
        ]);
        let name = held.ends(0).json()["hold"].as_str().unwrap().to_owned();
        assert!(name.starts_with("hold-"), "{name}");
        debtor(&["why", "K-17"])
            .ends(0)
            .says(&["anna puts the debtor on hold (illness", "hold: everything since"]);
        let shown = debtor(&["show", "K-17", "--format", "json"]).ends(0).json();
        let id = shown["holds"][0]["hold"].as_str().unwrap().to_owned();
        assert_eq!((id.len(), shown["holds"][0]["actor"].as_str()), (32, Some("anna")));
        debtor(&["show", "K-17"]).ends(0).says(&["Holds", &id, "illness by anna"]);

        let words = ["hold", "K-17", "--reason", "court", "--claim", "R-9", "--hold", "court-1"];
        debtor(&words).ends(0).says(&["Contact rests: hold court-1.", "--hold court-1"]);
        debtor(&["release", "K-17"]).ends(3).says(&["there are several", &id]);
        debtor(&["release", "K-17", "--hold", "nothing"]).ends(1).says(&["--hold is none of this debtor's"]);
        debtor(&["hold", "K-17", "--reason", "x", "--hold", "court-1"]).ends(1).says(&["is in force"]);
        debtor(&["release", "K-17", "--hold", &id[..8]]).ends(0).says(&["Released: hold"]);
        debtor(&["release", "K-17"]).ends(0);
        debtor(&["release", "K-17"]).ends(1).says(&["no hold in force"]);
        let released = folder.run(&["replay", "--type", "hold_released"]).ends(0).json_lines();
        assert!(released.iter().all(|event| event["event"]["actor"] == "local-operator"), "{released:?}");

        let before = folder.events();
        for (whom, words, said) in [
            ("K-17", ["--reason", "Not a name", "--for", "1d"], "--reason is no short name"),
            ("K-17", ["--reason", "x", "--until", "soon"], "is no day"),
            ("K-17", ["--reason", "x", "--until", "2020-01-01"], "--until is not after now"),
            ("K-17", ["--reason", "x", "--until", "2300-01-01"], "before the year 2200"),
            ("K-17", ["--reason", "x", "--for", "0d"], "--for is not after now"),
            ("K-17", ["--reason", "x", "--for", "2w"], "--for is no span of time"),
            ("nobody", ["--reason", "x", "--for", "1d"], "has no debtor with this reference"),
        ] {
            let refused = debtor(&[&["hold", whom], &words[..]].concat()).ends(3);
            assert!(!refused.err.contains("mapping"), "{}", refused.err);
            refused.says(&[said]);
        }
        assert_eq!(folder.events(), before, "what is refused is not recorded");
        debtor(&["release", "nobody"]).ends(3).says(&["has no debtor with this reference"]);
    });
}

fn a_promise_is_noted_in_the_claims_own_currency_and_a_task_is_done(stage: Stage) {
    both_ways(stage, |folder| {
        lines(folder);
        let debtor = |words: &[&str]| folder.run(&[&["debtor"], words].concat());
        let promise = ["promise", "K-17", "--claim", "R-9", "--amount", "100.00"];
        debtor(&[&promise[..], &["--by", "2096-01-31"]].concat())
            .ends(0)
            .says(&["until 2096-02-01T00:00:00Z"]);
        debtor(&["why", "K-17"]).ends(0).says(&["100.00 CHF on claim"]);
        debtor(&[&promise[..], &["--by", "31.01.2096"]].concat()).ends(3).says(&["is no day"]);
        let other = ["promise", "K-17", "--claim", "R-8", "--amount", "1", "--by", "2096-01-31"];
        debtor(&other).ends(3).says(&["--claim is none of this debtor's"]);
        for (words, said) in [
            (["--amount", "0", "--by", "2096-01-31", "--currency", "CHF"], "--amount is nothing"),
            (
                ["--amount", "1.001", "--by", "2096-01-31", "--currency", "CHF"],
                "--amount is no amount in CHF",
            ),
            (["--amount", "1", "--by", "2020-05-01", "--currency", "CHF"], "--by is not after now"),
            (["--amount", "1", "--by", "2096-01-31", "--currency", "EUR"], "--currency is not the claim's"),
        ] {
            let refused = debtor(&[&["promise", "K-17", "--claim", "R-9"], &words[..]].concat()).ends(3);
            assert!(!refused.err.contains("mapping"), "{}", refused.err);
            refused.says(&[said]);
        }
        folder
            .run(&["publish", "--fact", r#"{"id": "21", "kind": "cease_requested", "debtor": "K-17"}"#])
            .ends(0);
        for said in [
            r#"{"id": "22", "kind": "opted_out", "debtor": "K-17", "scope": "channel", "channel": "sms"}"#,
            r#"{"id": "23", "kind": "consent_given", "debtor": "K-17", "scope": "channel", "channel": "email"}"#,
        ] {
            folder.run(&["publish", "--fact", said]).ends(0);
        }
        debtor(&["show", "K-17"]).ends(0).says(&[
            "All contact was forbidden: it rests since 20",
            "Opted out\n  sms since 20",
            "Consents\n  email since 20",
            "Promises\n  CHF 100.00 on claim R-9 by 2096-02-01T00:00:00Z: open",
        ]);
        let shown = debtor(&["show", "K-17", "--format", "json"]).ends(0).json();
        assert!(shown["ceased_at"].is_string(), "{shown}");
        assert_eq!(
            (&shown["opt_outs"][0]["channel"], &shown["consents"][0]["channel"]),
            (&json!("sms"), &json!("email"))
        );
        assert_eq!(
            (&shown["promises"][0]["claim"], &shown["promises"][0]["state"]),
            (&json!("R-9"), &json!("open"))
        );
        let made = folder.run(&["replay", "--type", "promise_made"]).ends(0).json_lines();
        assert_eq!(made.len(), 1, "what is refused is not recorded");
        debtor(&["done", "K-17", "--task", "answer"]).ends(1).says(&["refused", "task"]);
        debtor(&["done", "K-17", "--task", "dishes"]).ends(2).says(&["answer, review"]);
    });
}

fn other_systems_do_the_same_over_http(stage: Stage) {
    let folder = stage.folder();
    let _providers = Running::providers(&folder);
    let _running = Running::mahnwerk(&folder);
    let get = |path: &str| send(&folder, "GET", path, "text/plain", b"");
    let post = |path: &str, body: &Value| {
        send(&folder, "POST", path, "application/json", body.to_string().as_bytes())
    };
    let path = "/v1/facts?tenant=gemeinde-musterwil&source=erp";
    let (status, receipts) = send(&folder, "POST", path, "application/jsonl", FACTS.as_bytes());
    assert_eq!((status, receipts.as_array().map(Vec::len)), (200, Some(6)), "{receipts}");
    let fact =
        json!({ "id": "9", "kind": "opted_out", "debtor": "K-17", "scope": "channel", "channel": "sms" });
    let (status, receipts) = post(path, &fact);
    assert_eq!(
        (status, &receipts[0]["index"], &receipts[0]["receipt"]),
        (200, &json!(0), &json!("recorded"))
    );

    let hold = json!({ "tenant": "gemeinde-musterwil", "debtor": "K-17", "reason": "illness", "id": "h-1" });
    let (status, held) = post("/v1/holds", &hold);
    assert_eq!((status, held["receipt"].as_str()), (200, Some("recorded")), "{held}");
    let of = json!({ "tenant": "gemeinde-musterwil", "debtor": "K-17" });
    assert_eq!(post("/v1/holds/release", &of).0, 200);
    assert_eq!(post("/v1/holds/release", &of).0, 409);

    // Positions count within the debtor's partition.
    let partition = &folder.run(&["replay", "--debtor", "K-17"]).ends(0).json_lines()[0]["partition"];
    let (status, page) = get(&format!("/v1/events?partition={partition}&limit=3"));
    let events = page["events"].as_array().unwrap();
    assert_eq!(
        (status, events.len(), page["next"].as_u64(), page["more"].as_bool()),
        (200, 3, Some(3), Some(true))
    );
    let (_, rest) = get(&format!("/v1/events?partition={partition}&after={}&limit=1000", page["next"]));
    assert_eq!((&rest["events"][0]["position"], &rest["more"]), (&json!(4), &json!(false)));
    let query = "/v1/events?tenant=gemeinde-musterwil&debtor=K-17&type=opted_out,hold_placed";
    let (_, ours) = get(query);
    let kinds: Vec<&str> =
        ours["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["opted_out", "hold_placed"]);
    assert_eq!(get("/v1/events/1").1["kind"], "rulebook_activated");
    assert_eq!(get("/v1/events/99999").0, 404);
    for (path, place) in [
        ("/v1/events?limit=0", "limit"),
        ("/v1/events?type=escalate", "type"),
        ("/v1/events?partition=999", "partition"),
        ("/v1/events?debtor=K-17", "tenant"),
        ("/v1/events?since=yesterday", "since"),
        ("/v1/events/first", "path"),
        ("/v1/why/K-17", "query"),
    ] {
        let (status, problem) = get(path);
        assert_eq!((status, problem["where"].as_str()), (400, Some(place)), "{path}: {problem}");
    }
    let (status, why) = get("/v1/why/K-17?tenant=gemeinde-musterwil");
    assert_eq!((status, why["tenant"].as_str()), (200, Some("gemeinde-musterwil")));
    assert_eq!(get("/v1/why/nobody?tenant=gemeinde-musterwil").0, 404);
    assert_eq!(get("/v1/parked").1[0]["kind"], "payment_received");
    assert_eq!(get("/v1/quarantine").1, json!([]));
    assert_eq!(get("/v1/pauses").1, json!([]));
    assert_eq!(post("/v1/verify", &json!({})).1["finding_count"], 0);
    let (_, rulebook) = get("/v1/rulebook");
    assert_eq!(rulebook["tenants"][0]["tenant"], "gemeinde-musterwil");
    assert!(!rulebook["tenants"][0]["scenarios"][0]["steps"].as_array().unwrap().is_empty(), "{rulebook}");
}
