//! The mapping of the fines, over a small table of the same shape: what the facts come to is what the table says.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use domain::fact::Fact;
use event_log::keys::Keyring;
use ingest::feed::{FileFeed, Source};
use ingest::mapping::Mapping;

use crate::support::{at, keyring};

fn fines() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fines")
}

fn script(name: &str, arguments: &[&Path]) {
    let done = Command::new("python3").arg(fines().join(name)).args(arguments).status().unwrap();
    assert!(done.success(), "{name}");
}

fn feed(table: &Path, mapping: &str) -> FileFeed {
    let mapping = Mapping::load(&fines().join(mapping)).unwrap();
    let feed = FileFeed::open(table, mapping, Arc::<Keyring>::new(keyring())).unwrap();
    assert_eq!(feed.problems().first, []);
    feed
}

fn facts(mut feed: FileFeed) -> Vec<Fact> {
    feed.take(at("2100-01-01T00:00:00Z")).into_iter().map(|message| message.fact).collect()
}

#[test]
fn the_mappings_load_and_every_row_of_the_shape_becomes_facts() {
    let folder = tempfile::tempdir().unwrap();
    let (table, contacts) = (folder.path().join("fines.csv"), folder.path().join("contacts.csv"));
    script("make_small.py", &[&table]);
    script("make_contacts.py", &[&table, &contacts]);
    let text = std::fs::read_to_string(&table).unwrap();
    let rows = |activity: &str| text.matches(&format!(",{activity},")).count();
    let made = facts(feed(&table, "mapping.toml"));
    let count = |name: &str| made.iter().filter(|fact| fact.name() == name).count();
    for (name, activity) in [
        ("claim_registered", "Create Fine"),
        ("charge_added", "Send Fine"),
        ("claim_amended", "Add penalty"),
        ("payment_received", "Payment"),
        ("claim_handed_over", "Send for Credit Collection"),
    ] {
        assert!(count(name) > 0 && count(name) == rows(activity), "{name}: {}", count(name));
    }
    assert_eq!(count("claim_withdrawn"), 4);
    assert!(count("dispute_opened") >= 6 && count("dispute_resolved") >= 3);
    let made = facts(feed(&contacts, "contacts-mapping.toml"));
    let count = |name: &str| made.iter().filter(|fact| fact.name() == name).count();
    assert_eq!(count("debtor_described"), 300);
    assert!(count("contact_point_added") > 600 && count("consent_given") > 80);
}
