//! Who may depend on whom: the layers of the workspace, held by a test.
//!
//! Aim: a change that turns a dependency upwards, or takes a client library to where it does not belong, fails here
//! with a sentence. What `deny.toml` holds for the whole tree this holds for our own manifests, without a tool.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;

use journeys::repository;

/// The rows of the workspace, from top to bottom. A crate may depend on crates of lower rows only.
const ROWS: [&[&str]; 11] = [
    &["mahnwerk"],
    &["ingest"],
    &["scheduler", "worker-sms", "worker-email", "worker-social", "worker-call", "replay", "loopback"],
    &["provider-http"],
    &["channel"],
    &["rulebook"],
    &["content"],
    &["event-log", "bus", "telemetry"],
    &["contract"],
    &["runtime", "provider-codes"],
    &["domain"],
];

/// Libraries that belong to some crates alone.
const RESERVED: [(&str, &[&str]); 6] = [
    ("async-nats", &["bus"]),
    ("sqlx", &["event-log"]),
    ("lettre", &["worker-email"]),
    ("utoipa", &["ingest"]),
    ("prometheus-client", &["telemetry"]),
    ("reqwest", &["provider-http", "worker-sms", "worker-social", "mahnwerk"]),
];

/// The stand-in providers, which tests on any row may speak to.
const STAND_IN: &str = "loopback";

/// A manifest: the crate's name, what it needs, and what its tests need besides.
struct Manifest {
    name: String,
    needs: BTreeSet<String>,
    tests_need: BTreeSet<String>,
}

fn manifests() -> Vec<Manifest> {
    let mut found: Vec<Manifest> = fs::read_dir(repository::root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path().join("Cargo.toml"))
        .filter(|path| path.is_file())
        .map(|path| read(&fs::read_to_string(path).unwrap()))
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn read(text: &str) -> Manifest {
    let manifest: toml::Table = text.parse().unwrap();
    let section = |name: &str| -> BTreeSet<String> {
        manifest
            .get(name)
            .and_then(toml::Value::as_table)
            .into_iter()
            .flat_map(toml::Table::keys)
            .cloned()
            .collect()
    };
    let targets = manifest.get("target");
    assert!(targets.is_none(), "dependencies per target hide from this test: name them in [dependencies]");
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    Manifest {
        name: name.unwrap().to_owned(),
        needs: &section("dependencies") | &section("build-dependencies"),
        tests_need: section("dev-dependencies"),
    }
}

fn row_of(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

/// What is wrong with one crate's dependencies on our own crates.
fn wrong_directions(manifest: &Manifest) -> Vec<String> {
    let Some(own_row) = row_of(&manifest.name) else {
        return vec![format!("{} has no row: give it one in tests/tests/structure.rs", manifest.name)];
    };
    let upwards = |needed: &&String| row_of(needed).is_some_and(|row| row <= own_row);
    let in_code = manifest.needs.iter().filter(upwards);
    let in_tests = manifest.tests_need.iter().filter(upwards).filter(|needed| *needed != STAND_IN);
    in_code
        .chain(in_tests)
        .map(|needed| format!("{} needs {needed}, which is not on a lower row", manifest.name))
        .collect()
}

/// What is wrong with one crate's use of libraries that belong to others.
fn wrong_libraries(manifest: &Manifest) -> Vec<String> {
    RESERVED
        .iter()
        .filter(|(library, owners)| {
            manifest.needs.contains(*library) && !owners.contains(&manifest.name.as_str())
        })
        .map(|(library, owners)| format!("{} needs {library}, which belongs to {owners:?}", manifest.name))
        .collect()
}

#[test]
fn dependencies_point_downwards() {
    let wrong: Vec<String> = manifests().iter().flat_map(wrong_directions).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_library_stays_with_its_owner() {
    let wrong: Vec<String> = manifests().iter().flat_map(wrong_libraries).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_domain_needs_nothing() {
    let all = manifests();
    let domain = all.iter().find(|manifest| manifest.name == "domain").unwrap();
    assert!(domain.needs.is_empty(), "{:?}", domain.needs);
}

#[test]
fn the_rows_name_every_crate_once() {
    let on_rows: Vec<&str> = ROWS.iter().flat_map(|row| row.iter().copied()).collect();
    let once: BTreeSet<&str> = on_rows.iter().copied().collect();
    assert_eq!(once.len(), on_rows.len());
    let all = manifests();
    let folder: BTreeSet<&str> = all.iter().map(|manifest| manifest.name.as_str()).collect();
    assert_eq!(folder, once);
}

#[test]
fn the_map_names_every_crate() {
    let map = fs::read_to_string(repository::root().join("ARCHITECTURE.md")).unwrap();
    for name in ROWS.iter().flat_map(|row| row.iter()) {
        assert!(map.contains(&format!("### `crates/{name}`")), "ARCHITECTURE.md has no section on {name}");
    }
}

#[test]
fn these_checks_can_fail() {
    let upwards =
        read("[package]\nname = \"bus\"\n[dependencies]\nscheduler = {}\ntelemetry = {}\ndomain = {}\n");
    assert_eq!(wrong_directions(&upwards).len(), 2, "the row above, and the row itself");
    let in_tests =
        read("[package]\nname = \"channel\"\n[dev-dependencies]\nloopback = {}\nworker-sms = {}\n");
    assert_eq!(wrong_directions(&in_tests).len(), 1, "the stand-in providers may be spoken to");
    let in_build = read("[package]\nname = \"contract\"\n[build-dependencies]\nbus = {}\n");
    assert_eq!(wrong_directions(&in_build).len(), 1);
    let unknown = read("[package]\nname = \"helpers\"\n");
    assert_eq!(wrong_directions(&unknown).len(), 1);
    let library = read("[package]\nname = \"replay\"\n[dependencies]\nsqlx = {}\n");
    assert_eq!(wrong_libraries(&library).len(), 1);
}
