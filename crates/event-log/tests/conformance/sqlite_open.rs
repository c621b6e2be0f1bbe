//! SQLite: one owner, many readers, and files that are something else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use domain::ids::{Position, StreamId};
use event_log::record::Origin;
use event_log::sqlite::{Options, SqliteLog};
use event_log::store::{EventLog, StoreError};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

use crate::fixture::{DECIDER, ORIGIN, append, event, first_broken, positions, snapshot, stream};

const OPTIONS: Options = Options::new(DECIDER);

async fn made() -> (TempDir, PathBuf, SqliteLog) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = SqliteLog::create(&path, ORIGIN, OPTIONS).await.unwrap();
    (folder, path, log)
}

async fn change(path: &Path, sql: &'static str) {
    let mut raw = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut raw).await.unwrap();
}

#[tokio::test]
async fn a_second_owner_is_refused_and_readers_are_not() {
    let (_folder, path, log) = made().await;
    for _ in 0..2 {
        let error = SqliteLog::open(&path, OPTIONS).await.unwrap_err();
        assert!(matches!(error, StoreError::InUse { .. }), "{error}");
        assert!(error.to_string().contains("in use by another process"), "{error}");
    }
    assert!(matches!(SqliteLog::create(&path, ORIGIN, OPTIONS).await, Err(StoreError::InUse { .. })));
    let reader = SqliteLog::open_read_only(&path, OPTIONS).await.unwrap();
    assert_eq!(reader.origin(), ORIGIN);
    drop(log);
    SqliteLog::open(&path, OPTIONS).await.unwrap();
}

#[tokio::test]
async fn a_reader_follows_the_owner_and_writes_nothing() {
    let (_folder, path, log) = made().await;
    let reader = SqliteLog::open_read_only(&path, OPTIONS).await.unwrap();
    assert_eq!(reader.read_stream(0, stream(1)).await.unwrap(), []);
    let lease = log.lease(0).await.unwrap();
    // The tenant and the rulebook are new to the reader as well.
    let first = append(&lease, lease.head, vec![event(1, 1, None), event(2, 1, None)]);
    let head = log.append(&first).await.unwrap();
    assert_eq!(positions(&reader.read_stream(0, stream(1)).await.unwrap()), [1]);
    let head = log.append(&append(&lease, head, vec![event(1, 2, Some(1))])).await.unwrap();
    assert_eq!(positions(&reader.read_stream(0, stream(1)).await.unwrap()), [1, 3]);
    let written = [snapshot(1, 2, 3), snapshot(2, 1, 2)];
    log.write_checkpoint(0, lease.epoch, Position(3), &written).await.unwrap();
    log.append(&append(&lease, head, vec![event(1, 3, Some(3))])).await.unwrap();
    let loaded = reader.load(0, &[stream(1), stream(2)]).await.unwrap();
    assert_eq!(loaded[0].snapshot, Some(written[0].clone()));
    assert_eq!((positions(&loaded[0].tail), positions(&loaded[1].tail)), (vec![4], vec![]));
    assert_eq!(positions(&reader.read_stream(0, stream(2)).await.unwrap()), [2]);
    assert!(reader.lease(0).await.unwrap_err().to_string().contains("reading only"));
    assert!(matches!(reader.append(&first).await, Err(StoreError::Invalid { .. })));
    assert!(matches!(reader.write_checkpoint(0, 1, Position(0), &[]).await, Err(StoreError::Invalid { .. })));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let (_folder, path, log) = made().await;
    let lease = log.lease(0).await.unwrap();
    let first = append(&lease, lease.head, vec![event(1, 1, None), event(2, 1, None), event(3, 1, None)]);
    let head = log.append(&first).await.unwrap();
    let written = [snapshot(1, 1, 1), snapshot(2, 1, 2)];
    log.write_checkpoint(0, lease.epoch, Position(2), &written).await.unwrap();
    let head = log.append(&append(&lease, head, vec![event(1, 2, Some(1))])).await.unwrap();
    log.put_rulebook(first.events[0].rulebook, b"sources").await.unwrap();
    drop(log);
    let log = SqliteLog::open(&path, OPTIONS).await.unwrap();
    let again = log.lease(0).await.unwrap();
    assert_eq!(
        (again.epoch, again.head.position, again.head.chain),
        (lease.epoch + 1, head.position, head.chain)
    );
    assert_eq!(again.head.checkpoint, Position(2));
    let loaded = log.load(0, &[1, 2, 3].map(stream)).await.unwrap();
    let tails: Vec<Vec<u64>> = loaded.iter().map(|each| positions(&each.tail)).collect();
    assert_eq!(tails, [vec![4], vec![], vec![3]]);
    assert_eq!(log.rulebook(first.events[0].rulebook).await.unwrap().as_deref(), Some(b"sources".as_slice()));
    let head = log.append(&append(&again, again.head, vec![event(3, 2, Some(3))])).await.unwrap();
    assert_eq!(positions(&log.read_stream(0, stream(3)).await.unwrap()), [3, 5]);
    // The successor knows which debtors the tail has touched before it appended anything.
    let uncovered = log.write_checkpoint(0, again.epoch, head.position, &[]).await.unwrap_err();
    assert!(matches!(uncovered, StoreError::Invalid { .. }), "{uncovered}");
    assert_eq!(first_broken(&log, 0).await, None);
}

#[tokio::test]
async fn a_log_opens_for_reading_without_an_owner() {
    let (_folder, path, log) = made().await;
    let lease = log.lease(2).await.unwrap();
    log.append(&append(&lease, lease.head, vec![event(1, 1, None)])).await.unwrap();
    drop(log);
    let reader = SqliteLog::open_read_only(&path, OPTIONS).await.unwrap();
    assert_eq!(positions(&reader.read_stream(2, stream(1)).await.unwrap()), [1]);
}

#[tokio::test]
async fn the_files_are_their_owners_alone() {
    let (folder, _path, log) = made().await;
    let lease = log.lease(0).await.unwrap();
    log.append(&append(&lease, lease.head, vec![event(1, 1, None)])).await.unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["log", "log-shm", "log-wal", "log.lock"]);
}

#[tokio::test]
async fn what_is_there_is_never_made_anew() {
    let (_folder, path, log) = made().await;
    drop(log);
    let error = SqliteLog::create(&path, ORIGIN, OPTIONS).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { .. }), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other");
    fs::write(&other, "").unwrap();
    change(&other, "CREATE TABLE mine (a)").await;
    assert!(matches!(SqliteLog::create(&other, ORIGIN, OPTIONS).await, Err(StoreError::Exists { .. })));
    let text = folder.path().join("text");
    fs::write(&text, "dear diary, ".repeat(1000)).unwrap();
    assert!(matches!(SqliteLog::create(&text, ORIGIN, OPTIONS).await, Err(StoreError::Unreadable { .. })));
    assert_eq!(fs::read_to_string(&text).unwrap(), "dear diary, ".repeat(1000));
}

#[tokio::test]
async fn a_making_that_was_cut_off_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, "").unwrap();
    let error = SqliteLog::open(&path, OPTIONS).await.unwrap_err();
    assert!(error.to_string().contains("mahnwerk init"), "{error}");
    let log = SqliteLog::create(&path, ORIGIN, OPTIONS).await.unwrap();
    assert_eq!(log.lease(0).await.unwrap().head.position, Position(0));
}

#[tokio::test]
async fn what_is_no_log_of_this_release_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("text"), "no database".repeat(1000)).unwrap();
    fs::write(path("other"), "").unwrap();
    change(&path("other"), "CREATE TABLE mine (a)").await;
    drop(SqliteLog::create(&path("newer"), ORIGIN, OPTIONS).await.unwrap());
    change(&path("newer"), "PRAGMA user_version = 99").await;
    for (name, says) in
        [("missing", "mahnwerk init"), ("text", "no log"), ("other", "no log"), ("newer", "newer release")]
    {
        for error in [
            SqliteLog::open(&path(name), OPTIONS).await.unwrap_err(),
            SqliteLog::open_read_only(&path(name), OPTIONS).await.unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Unreadable { .. }), "{name}: {error}");
            assert!(error.to_string().contains(says), "{name}: {error}");
        }
    }
    for partitions in [0, 4097] {
        let made = SqliteLog::create(&path("none"), Origin { partitions, ..ORIGIN }, OPTIONS).await;
        assert!(matches!(made, Err(StoreError::Invalid { .. })));
        assert!(!path("none").exists());
    }
}

#[tokio::test]
async fn an_altered_row_is_found_by_the_chain() {
    for (sql, at) in [
        ("UPDATE events SET payload = x'00' WHERE place = 2", Some(2)),
        ("UPDATE events SET at = at + 1 WHERE place = 3", Some(3)),
        ("UPDATE events SET personal = x'01' WHERE place = 1", Some(1)),
        ("UPDATE tenants SET tenant = 'pisa'", Some(1)),
        ("UPDATE events SET chain = zeroblob(32) WHERE place = 3", Some(3)),
        ("DELETE FROM events WHERE place = 2", Some(3)),
        ("DELETE FROM events WHERE place = 3", Some(3)),
        ("UPDATE events SET place = place + 7 WHERE place = 3", Some(10)),
        ("UPDATE heads SET checkpoint = 0", None),
    ] {
        let (_folder, path, log) = made().await;
        let lease = log.lease(0).await.unwrap();
        let events = [1, 2, 3].map(|n| event(n, 1, None)).to_vec();
        log.append(&append(&lease, lease.head, events)).await.unwrap();
        drop(log);
        change(&path, sql).await;
        let log = SqliteLog::open_read_only(&path, OPTIONS).await.unwrap();
        assert_eq!(first_broken(&log, 0).await, at.map(Position), "{sql}");
    }
}

#[tokio::test]
async fn a_damaged_row_is_an_error_that_names_its_position() {
    let (_folder, path, log) = made().await;
    let lease = log.lease(0).await.unwrap();
    log.append(&append(&lease, lease.head, vec![event(1, 1, None), event(2, 1, None)])).await.unwrap();
    drop(log);
    change(&path, "UPDATE events SET event_id = x'00' WHERE place = 2").await;
    let log = SqliteLog::open_read_only(&path, OPTIONS).await.unwrap();
    let error = log.read(0, Position(0), 9).await.unwrap_err();
    assert!(error.to_string().contains("position 2"), "{error}");
    assert_eq!(positions(&log.read(0, Position(0), 1).await.unwrap()), [1]);
    assert!(log.streams(0, StreamId::PARTITION, 1).await.unwrap().is_empty());
}
