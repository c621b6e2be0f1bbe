//! Operators let contacts rest and go on, and give up or try again what waits.

use serde_json::{Value, json};

use crate::folder::Folder;
use crate::process::{Running, soon};
use crate::stage::{Stage, on_both_stages};

on_both_stages! {
    nobody_is_contacted_while_contacts_rest_and_they_go_on_afterwards: Newest,
    what_waits_is_tried_again_or_given_up: Oldest,
}

const ROW: &str =
    "1,claim,D4,C4,Dora Planted,en,,dora.planted@town.example,werke,20.00,CHF,2026-01-01T00:00:00Z,";
const EARLY: &str =
    r#"{"id": "91", "kind": "payment_received", "claim": "C-later", "amount": "20.00", "currency": "CHF"}"#;

fn pauses(folder: &Folder) -> Vec<Value> {
    folder.run(&["pauses", "--format", "json"]).ends(0).json().as_array().unwrap().clone()
}

fn nobody_is_contacted_while_contacts_rest_and_they_go_on_afterwards(stage: Stage) {
    let folder = stage.folder();
    folder.open_all_hours();
    let _providers = Running::providers(&folder);
    // Nobody runs on a file: told as the folder's owner.
    let early = Running::early(&folder);
    let pause = ["pause", "--channel", "email", "--reason", "outage", "--actor", "olga"];
    folder.run(&pause).ends(0).says(&["Paused: no permit is given from now on."]);
    folder.run(&pause).ends(0).says(&["It was paused already."]);
    folder.run(&["pauses"]).ends(0).says(&["all tenants, email: since", "(outage, by olga)"]);

    let running = early.unwrap_or_else(|| Running::mahnwerk(&folder));
    folder.run(&["pause", "--tenant", "gemeinde-musterwil", "--reason", "audit"]).ends(0);
    assert_eq!(pauses(&folder).len(), 2);
    folder.import(&[ROW]).ends(0);
    folder
        .run(&["debtor", "why", "D4"])
        .ends(0)
        .says(&["paused: all contacts by e-mail rest since", "audit"]);
    folder.run(&["resume", "--tenant", "gemeinde-musterwil", "--format", "json"]).ends(0).says(&["done"]);
    folder.run(&["resume", "--channel", "sms"]).ends(1).says(&["Nothing was paused like this"]);
    assert_eq!(pauses(&folder).len(), 1);
    assert!(folder.run(&["replay", "--type", "delivery_started"]).ends(0).out.is_empty());

    folder.run(&["resume", "--channel", "email"]).ends(0).says(&["Resumed: contacts go on."]);
    soon("the mail", || {
        (!folder.run(&["replay", "--type", "delivery_started"]).out.is_empty()).then_some(())
    });
    assert!(pauses(&folder).is_empty());
    assert_eq!(running.terminate(), Some(0));
    folder.must_be_whole();
    // Every partition is told, in the same order.
    let told = folder.run(&["replay", "--type", "contacts_paused", "--partition", "0"]).ends(0).json_lines();
    let actors: Vec<&Value> = told.iter().map(|event| &event["event"]["actor"]).collect();
    assert_eq!(actors, ["olga", "local-operator"]);
}

fn what_waits_is_tried_again_or_given_up(stage: Stage) {
    let folder = stage.folder();
    let _providers = Running::providers(&folder);
    let early = Running::early(&folder);
    folder.run(&["publish", "--fact", EARLY]).ends(0).says(&["parked until its claim comes"]);
    let parked = |folder: &Folder| folder.run(&["parked", "ls", "--format", "json"]).ends(0).json();
    let key = parked(&folder)[0]["key"].as_str().unwrap().to_owned();
    folder.run(&["quarantine", "retry", &key]).ends(0).says(&["parked"]);
    folder.run(&["quarantine", "drop", &key]).ends(2).says(&["--reason"]);
    folder.run(&["quarantine", "drop", &key, "--reason", "No Name"]).ends(3).says(&["no short name"]);

    let running = early.unwrap_or_else(|| Running::mahnwerk(&folder));
    folder.run(&["quarantine", "retry", &key, "--format", "json"]).ends(0).says(&["\"parked\""]);
    folder.run(&["quarantine", "drop", &key, "--reason", "test_data"]).ends(0).says(&["done"]);
    folder
        .run(&["quarantine", "drop", &key, "--reason", "test_data"])
        .ends(3)
        .says(&["no input with this key"]);
    folder.run(&["quarantine", "retry", "7"]).ends(3).says(&["32 hexadecimal digits"]);
    assert_eq!(parked(&folder), json!([]));
    assert_eq!(running.terminate(), Some(0));
    folder.must_be_whole();
    let dropped = folder.run(&["replay", "--type", "input_dropped"]).ends(0).json_lines();
    assert_eq!(
        (&dropped[0]["event"]["input"], &dropped[0]["event"]["reason"]),
        (&json!(key), &json!("test_data"))
    );
}
