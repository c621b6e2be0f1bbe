//! A log whose data keys are all destroyed: still verified, decided again and explained, and nobody's any more.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::folder::{Answer, bytes, run};

const DEBTORS: u32 = 20;
/// So many are looked at one by one.
const SHOWN: usize = 3;

fn ask(dir: &Path, words: &[&str]) -> Answer {
    run(&[words, &["--dir", dir.to_str().unwrap()]].concat()).ends(0)
}

fn show(dir: &Path, debtor: &str) -> Value {
    ask(dir, &["debtor", "show", debtor, "--format", "json"]).json()
}

/// The debtors of a demo who are there by its last day.
fn debtors(dir: &Path) -> Vec<String> {
    let lines = ask(dir, &["replay", "--claims"]).json_lines();
    let mut all: Vec<String> =
        lines.iter().map(|claim| claim["debtor_reference"].as_str().unwrap().to_owned()).collect();
    all.sort();
    all.dedup();
    all
}

/// Every name, number, address and reference that these debtors have; the words sent hold nothing else of theirs.
fn personal(dir: &Path, debtors: &[String]) -> Vec<String> {
    let mut found = debtors.to_vec();
    for debtor in debtors {
        let shown = show(dir, debtor);
        let texts = |list: &str, key: &str| -> Vec<String> {
            let each = shown[list].as_array().unwrap().iter();
            each.filter_map(|one| one[key].as_str())
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .collect()
        };
        found.push(shown["name"].as_str().unwrap().to_owned());
        found.extend(texts("contact_points", "value"));
        found.extend(texts("claims", "reference"));
    }
    found.retain(|text: &String| text.len() > 4);
    found
}

fn must_not_hold(files: &[&Path], values: &[String]) {
    for file in files {
        let content = bytes(file);
        for value in values {
            let found = content.windows(value.len()).any(|window| window == value.as_bytes());
            assert!(!found, "{value} in clear in {}", file.display());
        }
    }
}

fn destroy_keys(log: &Path) {
    let script = "import sqlite3, sys\n\
                  log = sqlite3.connect(sys.argv[1])\n\
                  print(log.execute('DELETE FROM data_keys').rowcount)\n\
                  log.commit()";
    let done = Command::new("python3").args(["-c", script]).arg(log).output().unwrap();
    let gone = String::from_utf8(done.stdout).unwrap();
    assert!(gone.trim().parse::<u32>().unwrap() > DEBTORS / 2, "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_log_without_data_keys_decides_the_same_and_shows_nobody() {
    let beside = tempfile::tempdir().unwrap();
    let dir = beside.path().join("demo");
    ask(&dir, &["demo", "--debtors", &DEBTORS.to_string(), "--days", "20"]);
    let debtors = debtors(&dir);
    let debtors = debtors.get(..SHOWN).unwrap();
    let values = personal(&dir, debtors);
    assert!(values.len() > 3 * SHOWN, "{}", values.len());
    let (log, wal) = (dir.join("log.db"), dir.join("log.db-wal"));
    assert!(!bytes(&log).is_empty());
    must_not_hold(&[&log, &wal], &values);
    let before = ask(&dir, &["replay", "--check"]).json();

    destroy_keys(&log);
    ask(&dir, &["verify"]).says(&["The log is whole."]);
    let after = ask(&dir, &["replay", "--check"]).json();
    assert_eq!((&after["different"], &after["decisions"]), (&Value::from(0), &before["decisions"]));
    must_not_hold(&[&log, &wal], &values);
    for debtor in debtors {
        let why = ask(&dir, &["debtor", "why", debtor]).says(&["What happened", "Where it stands"]);
        let text = ask(&dir, &["debtor", "show", debtor]).says(&["is gone", "Claims", "(not there)"]);
        let shown = show(&dir, debtor);
        assert_eq!((&shown["erased"], &shown["name"]), (&true.into(), &Value::Null));
        for value in &values {
            let everything = [&why.out, &text.out, &shown.to_string()];
            assert!(everything.iter().all(|text| !text.contains(value.as_str())), "{value}");
        }
    }
}
