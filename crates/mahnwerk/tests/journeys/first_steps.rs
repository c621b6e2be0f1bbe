//! What somebody does on the first day: make a folder, look at its rulebook, play the demo, ask it questions.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::folder::{Folder, run};

#[test]
fn init_makes_a_folder_that_only_its_owner_reads_and_never_makes_it_anew() {
    let folder = Folder::new();
    let keys = folder.path().join("keys");
    for secret in ["keys", "log.db"] {
        let mode = std::fs::metadata(folder.path().join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
    let made = std::fs::read(&keys).unwrap();
    folder.run(&["init"]).ends(3).says(&["log.db exists already", "choose another folder"]);
    assert_eq!(std::fs::read(&keys).unwrap(), made);
    // Nor are keys made anew for a log that has lost its own.
    std::fs::remove_file(&keys).unwrap();
    folder.run(&["init"]).ends(3).says(&["exists already"]);
    assert!(!keys.exists());
}

#[test]
fn the_rulebook_that_init_writes_is_right_and_says_what_it_holds() {
    let folder = Folder::new();
    let rulebook = folder.path().join("rulebook");
    let rulebook = rulebook.to_str().unwrap();
    run(&["rulebook", "check", rulebook]).ends(0).says(&["gemeinde-musterwil", "de, en, fr, it", "call x3"]);
    let checked = run(&["rulebook", "check", rulebook, "--format", "json"]).ends(0).json();
    assert_eq!(checked["problems"], Value::Array(Vec::new()));
}

#[test]
fn an_empty_folder_answers_every_question() {
    let folder = Folder::new();
    folder.must_be_whole();
    assert_eq!(folder.events(), 0);
    folder.run(&["events", "tail"]).ends(0);
    folder.run(&["replay", "--claims"]).ends(0);
    folder.run(&["replay", "--check"]).ends(0);
    folder.run(&["calls", "list"]).ends(3).says(&["nobody runs in", "start it with `mahnwerk run"]);
}

#[test]
fn the_demo_plays_and_its_log_answers_every_question() {
    let beside = tempfile::tempdir().unwrap();
    let dir = beside.path().join("demo");
    let dir = dir.to_str().unwrap();
    let ask = |words: &[&str]| run(&[words, &["--dir", dir]].concat()).ends(0);
    ask(&["demo", "--debtors", "30", "--days", "20"]).says(&["Contacts", "What to try next", "debtor why"]);
    ask(&["verify"]).says(&["The log is whole."]);
    let verified = ask(&["verify", "--format", "json"]).json();
    assert_eq!(verified["findings"], Value::Array(Vec::new()));
    let checked = ask(&["replay", "--check"]).json();
    assert_eq!(checked["different"], 0);
    assert!(checked["decisions"].as_u64().unwrap() > 100, "{checked}");

    let shown = ask(&["debtor", "show", "D-00001", "--format", "json"]).json();
    ask(&["debtor", "show", "D-00001"]).says(&["Claims", "Contact points", shown["name"].as_str().unwrap()]);
    ask(&["debtor", "why", "D-00001"]).says(&["What happened", "Where it stands", "What comes next"]);
    let why = ask(&["debtor", "why", "D-00001", "--format", "json"]).json();
    assert!(!why["timeline"].as_array().unwrap().is_empty());

    let events = ask(&["replay"]).json_lines();
    assert_eq!(Some(events.len() as u64), verified["events"].as_u64());
    let last = ask(&["events", "tail", "-n", "1"]).json_lines();
    assert_eq!(last.first(), events.last());
    let position = last[0]["position"].to_string();
    assert_eq!(&ask(&["events", "show", &position]).json(), &last[0]);
    assert!(!ask(&["replay", "--claims"]).json_lines().is_empty());
    let started = ask(&["replay", "--type", "delivery_started"]).json_lines();
    assert!(!started.is_empty() && started.iter().all(|event| event["kind"] == "delivery_started"));
    no_escalation_twice(&std::fs::read_to_string(beside.path().join("demo/record.jsonl")).unwrap());
}

/// From the providers' own record.
fn no_escalation_twice(record: &str) {
    let received: Vec<Value> = record.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let escalations: BTreeSet<&str> =
        received.iter().map(|message| message["escalation"].as_str().unwrap()).collect();
    assert!(!received.is_empty());
    assert_eq!(escalations.len(), received.len());
}

#[test]
fn the_demo_replaces_an_earlier_demo_and_nothing_else() {
    let folder = Folder::new();
    folder.run(&["demo", "--days", "1", "--debtors", "1"]).ends(3).says(&["holds something else", "--dir"]);
    let demo = folder.beside("demo");
    for _ in 0..2 {
        run(&["demo", "--days", "1", "--debtors", "3", "--dir", demo]).ends(0);
    }
    folder.must_be_whole();
}

#[test]
fn the_mapping_that_the_documents_show_works() {
    let document = include_str!("../../../../docs/mapping.md");
    let block =
        |kind: &str| document.split(&format!("```{kind}\n")).nth(1).unwrap().split("```").next().unwrap();
    let folder = Folder::new();
    let (table, mapping) =
        (folder.write("claims.csv", block("csv")), folder.write("claims.toml", block("toml")));
    folder.run(&["import", table, "--mapping", mapping]).ends(0).says(&["3 rows: 8 facts recorded"]);
    let claims = folder.run(&["replay", "--claims"]).ends(0).json_lines();
    let owed: Vec<i64> = claims.iter().map(|claim| claim["owed_minor"].as_i64().unwrap()).collect();
    assert_eq!((owed.len(), owed.iter().sum::<i64>()), (2, 7_500));

    let played = Folder::new();
    let feed = ["run", "--clock", "virtual", "--until", "2027-01-01", "--feed", table, "--mapping", mapping];
    played.run(&feed).ends(0).says(&["Playing from 2026-03-01T23:00:00Z", "8 facts recorded at 2 instants"]);
    // In the order of the debtors' digests, which each folder's own keys make.
    let claims = |folder: &Folder| -> BTreeSet<String> {
        folder.run(&["replay", "--claims"]).ends(0).out.lines().map(str::to_owned).collect()
    };
    assert_eq!(claims(&played), claims(&folder));
    played.must_be_whole();
}

#[test]
fn words_can_be_tried_on_the_rulebook() {
    let folder = Folder::new();
    let rulebook = folder.path().join("rulebook");
    let rulebook = rulebook.to_str().unwrap();
    let classify = |more: &[&str]| run(&[&["rulebook", "classify", rulebook], more].concat());
    classify(&["Funkstille!", "wer ist da?"]).ends(0).says(&["stop ", "tenant: FUNKSTILLE", "question "]);
    let answer = classify(&["--format", "json", "ich kann nicht zahlen"]).ends(0).json();
    assert_eq!((answer["class"].as_str(), answer["list"].as_str()), (Some("hardship"), Some("de")));
    classify(&[]).ends(2).says(&["<TEXT|--stdin>", "<FOLDER> <TEXT>..."]);
    classify(&["--tenant", "bern", "ok"]).ends(3).says(&["there are gemeinde-musterwil"]);
    run(&["rulebook", "classify", folder.beside("nowhere"), "ok"]).ends(1).says(&["name a folder"]);
}

#[test]
fn every_command_explains_itself() {
    for words in [
        "demo",
        "init",
        "run",
        "import",
        "loopback",
        "debtor show",
        "debtor why",
        "events tail",
        "events show",
        "replay",
        "calls list",
        "calls take",
        "calls open",
        "calls done",
        "verify",
        "rulebook check",
        "rulebook classify",
    ] {
        let words: Vec<&str> = words.split(' ').chain(["--help"]).collect();
        run(&words).ends(0).says(&["Usage: mahnwerk"]);
    }
    run(&["remind"]).ends(2).says(&["unrecognized subcommand"]);
}
