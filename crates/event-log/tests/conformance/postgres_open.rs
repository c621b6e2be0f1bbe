//! PostgreSQL: migrations, what the application's role may do, and readers beside the owner.

use domain::ids::Position;
use event_log::postgres::{APPLICATION_ROLE, Options, PgLog};
use event_log::record::Origin;
use event_log::store::{EventLog, MAX_PART, StoreError};
use sqlx::AssertSqlSafe;

use crate::fixture::{ORIGIN, append, event, first_broken, positions, snapshot, stream, tenant};
use crate::postgres_server::{Database, clock, connect};

#[tokio::test]
async fn a_database_is_migrated_once_and_made_once() {
    let database = Database::empty().await;
    let url = database.owner_url();
    let says = |error: StoreError| {
        assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
        error.to_string()
    };
    assert!(says(PgLog::open(database.options(1)).await.unwrap_err()).contains("mahnwerk init"));
    assert!(PgLog::migrate(&url, None, APPLICATION_ROLE).await.unwrap() > 0);
    assert_eq!(PgLog::migrate(&url, None, APPLICATION_ROLE).await.unwrap(), 0);
    assert!(says(PgLog::open(database.options(1)).await.unwrap_err()).contains("mahnwerk init"));
    for partitions in [0, 1025] {
        let made = PgLog::create(&url, None, Origin { partitions, ..ORIGIN }).await;
        assert!(matches!(made, Err(StoreError::Invalid { .. })));
    }
    PgLog::create(&url, None, ORIGIN).await.unwrap();
    assert!(matches!(PgLog::create(&url, None, ORIGIN).await, Err(StoreError::Exists { .. })));
    let log = database.open(1).await;
    assert_eq!(log.origin(), ORIGIN);
    assert!(log.place().starts_with("PostgreSQL at 127.0.0.1:"));
    database.change("INSERT INTO schema_version VALUES (99)").await;
    assert!(says(PgLog::open(database.options(1)).await.unwrap_err()).contains("newer release"));
    assert!(says(PgLog::migrate(&url, None, APPLICATION_ROLE).await.unwrap_err()).contains("newer release"));
    database.change("DELETE FROM schema_version WHERE version > 3").await;
    assert!(says(PgLog::open(database.options(1)).await.unwrap_err()).contains("mahnwerk migrate"));
    let error = PgLog::migrate(&url, None, "a\"; DROP").await.unwrap_err();
    assert!(error.to_string().contains("a-z, 0-9 and _"), "{error}");
}

/// A log of the release before: its schedulers may still run while it is brought up to this one.
#[tokio::test]
async fn a_log_of_the_last_release_goes_on_after_its_migration_and_so_does_whoever_still_runs() {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let lease = log.lease(0).await.unwrap();
    let head = log.append(&append(&lease, lease.head, vec![event(1, 1, None)])).await.unwrap();
    database
        .change(
            "ALTER TABLE schedulers DROP COLUMN rulebook; DROP INDEX lookups_by_digest; \
             ALTER TABLE lookups ADD PRIMARY KEY (digest, kind, stream, number, partition); \
             DELETE FROM schema_version WHERE version > 11; \
             INSERT INTO schedulers (instance, seen_until) VALUES ('1', clock_ms() + 60000)",
        )
        .await;
    let error = PgLog::open(database.options(2)).await.unwrap_err();
    assert!(error.to_string().contains("mahnwerk migrate"), "{error}");
    assert_eq!(PgLog::migrate(&database.owner_url(), None, APPLICATION_ROLE).await.unwrap(), 2);
    database.change("UPDATE schedulers SET seen_until = seen_until + 1").await;
    log.append(&append(&lease, head, vec![event(1, 2, Some(1))])).await.unwrap();
    assert_eq!(positions(&database.open(2).await.read_stream(0, stream(1)).await.unwrap()), [1, 2]);
    assert_eq!(first_broken(&log, 0).await, None);
}

#[tokio::test]
async fn two_migrations_at_once_make_one_database() {
    let database = Database::empty().await;
    let url = database.owner_url();
    let (one, two) = tokio::join!(
        PgLog::migrate(&url, None, APPLICATION_ROLE),
        PgLog::migrate(&url, None, APPLICATION_ROLE)
    );
    let mut steps = [one.unwrap(), two.unwrap()];
    steps.sort_unstable();
    assert!(steps[0] == 0 && steps[1] > 0, "{steps:?}");
    let (one, two) = tokio::join!(PgLog::create(&url, None, ORIGIN), PgLog::create(&url, None, ORIGIN));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(database.open(1).await.lease(2).await.unwrap().head.position, Position(0));
}

#[tokio::test]
async fn an_owner_that_is_no_superuser_migrates_where_the_roles_are_there() {
    let database = Database::empty().await;
    let name = database.owner_url().rsplit_once('/').unwrap().1.to_owned();
    let (owner, application) = (format!("owner_{name}"), format!("app_{name}"));
    database.change(format!("CREATE ROLE {owner} LOGIN; ALTER DATABASE {name} OWNER TO {owner}")).await;
    let url = database.url().replace(APPLICATION_ROLE, &owner);
    let error = PgLog::migrate(&url, None, &application).await.unwrap_err();
    assert!(error.to_string().contains(&format!("CREATE ROLE {application} LOGIN")), "{error}");
    database.change(format!("CREATE ROLE {application} LOGIN")).await;
    assert!(PgLog::migrate(&url, None, &application).await.unwrap() > 0);
    PgLog::create(&url, None, ORIGIN).await.unwrap();
    let url = database.url().replace(APPLICATION_ROLE, &application);
    let log = PgLog::open(Options { url, ..database.options(1) }).await.unwrap();
    let lease = log.lease(0).await.unwrap();
    log.append(&append(&lease, lease.head, vec![event(1, 1, None)])).await.unwrap();
    // Another role of the same server has no right to anything of it.
    assert!(matches!(
        PgLog::open(database.options(1)).await,
        Err(StoreError::Database { transient: false, .. })
    ));
}

#[tokio::test]
async fn the_application_can_neither_change_nor_delete_an_event() {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let lease = log.lease(0).await.unwrap();
    log.append(&append(&lease, lease.head, vec![event(1, 1, None)])).await.unwrap();
    let mut application = connect(&database.url()).await;
    for sql in [
        "UPDATE events SET payload = ''",
        "DELETE FROM events",
        "TRUNCATE events",
        "DROP TABLE events",
        "UPDATE events_0 SET payload = ''",
        "DELETE FROM events_0",
        "ALTER TABLE events ADD extra text",
        "UPDATE input_keys SET content = ''",
        "DELETE FROM lookups",
        "UPDATE data_keys SET wrapped = ''",
        "DELETE FROM snapshots",
        "UPDATE heads SET partition = 9",
        "DELETE FROM heads",
        "INSERT INTO heads SELECT 9, epoch, position, chain, at, 0, 0, 0 FROM heads",
        "UPDATE origin SET partitions = 9",
        "UPDATE schema_version SET version = 0",
        "UPDATE rulebooks SET hash = ''",
        "DELETE FROM refused",
        "SELECT make_partitions(7, 7)",
        "CREATE TABLE mine (a integer)",
        "SELECT pg_reload_conf()",
    ] {
        let refused =
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut application).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code()).unwrap().into_owned();
        assert_eq!(code, "42501", "{sql}: {refused}");
    }
    assert_eq!(first_broken(&log, 0).await, None);
}

#[tokio::test]
async fn a_reader_follows_the_owner() {
    let database = Database::with_log().await;
    let (owner, reader) = (database.open(1).await, database.open(2).await);
    assert_eq!(reader.read_stream(0, stream(1)).await.unwrap(), []);
    let lease = owner.lease(0).await.unwrap();
    // The tenant and the rulebook are new to the reader as well.
    let first = append(&lease, lease.head, vec![event(1, 1, None), event(2, 1, None)]);
    let head = owner.append(&first).await.unwrap();
    assert_eq!(positions(&reader.read_stream(0, stream(1)).await.unwrap()), [1]);
    let head = owner.append(&append(&lease, head, vec![event(1, 2, Some(1))])).await.unwrap();
    assert_eq!(positions(&reader.read_stream(0, stream(1)).await.unwrap()), [1, 3]);
    let written = [snapshot(1, 2, 3), snapshot(2, 1, 2)];
    owner.write_checkpoint(0, lease.epoch, Position(3), &written).await.unwrap();
    owner.append(&append(&lease, head, vec![event(1, 3, Some(3))])).await.unwrap();
    let loaded = reader.load(0, &[stream(1), stream(2)]).await.unwrap();
    assert_eq!(loaded[0].snapshot, Some(written[0].clone()));
    assert_eq!((positions(&loaded[0].tail), positions(&loaded[1].tail)), (vec![4], vec![]));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_for_the_successor() {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let lease = log.lease(0).await.unwrap();
    let first = append(&lease, lease.head, vec![event(1, 1, None), event(2, 1, None), event(3, 1, None)]);
    let head = log.append(&first).await.unwrap();
    log.write_checkpoint(0, lease.epoch, Position(2), &[snapshot(1, 1, 1), snapshot(2, 1, 2)]).await.unwrap();
    let head = log.append(&append(&lease, head, vec![event(1, 2, Some(1))])).await.unwrap();
    event_log::membership::Membership::release(&log, 0, lease.epoch).await.unwrap();
    drop(log);
    let log = database.open(2).await;
    let again = log.lease(0).await.unwrap();
    assert_eq!((again.epoch, again.head.chain, again.head.checkpoint), (2, head.chain, Position(2)));
    let loaded = log.load(0, &[1, 2, 3].map(stream)).await.unwrap();
    let tails: Vec<Vec<u64>> = loaded.iter().map(|each| positions(&each.tail)).collect();
    assert_eq!(tails, [vec![4], vec![], vec![3]]);
    let head = log.append(&append(&again, again.head, vec![event(3, 2, Some(3))])).await.unwrap();
    let uncovered = log.write_checkpoint(0, again.epoch, head.position, &[]).await.unwrap_err();
    assert!(matches!(uncovered, StoreError::Invalid { .. }), "{uncovered}");
    assert_eq!(first_broken(&log, 0).await, None);
}

#[tokio::test]
async fn an_altered_row_is_found_by_the_chain() {
    for (sql, at) in [
        ("UPDATE events SET payload = '' WHERE position = 2", Some(2)),
        ("UPDATE events SET at = at + 1 WHERE position = 3", Some(3)),
        ("UPDATE events SET personal = '1' WHERE position = 1", Some(1)),
        ("UPDATE tenants SET tenant = 'pisa'", Some(1)),
        ("DELETE FROM events WHERE position = 2", Some(3)),
        ("UPDATE events SET position = position + 7 WHERE position = 3", Some(10)),
        ("UPDATE heads SET checkpoint = 0", None),
    ] {
        let database = Database::with_log().await;
        let log = database.open(1).await;
        let lease = log.lease(0).await.unwrap();
        let events = [1, 2, 3].map(|n| event(n, 1, None)).to_vec();
        log.append(&append(&lease, lease.head, events)).await.unwrap();
        database.change(sql).await;
        let log = database.open(2).await;
        assert_eq!(first_broken(&log, 0).await, at.map(Position), "{sql}");
    }
}

#[tokio::test]
async fn a_damaged_row_is_an_error_that_names_its_position() {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let lease = log.lease(0).await.unwrap();
    log.append(&append(&lease, lease.head, vec![event(1, 1, None), event(2, 1, None)])).await.unwrap();
    database.change("UPDATE events SET event_id = '0' WHERE position = 2").await;
    let error = log.read(0, Position(0), 9).await.unwrap_err();
    assert!(error.to_string().contains("position 2"), "{error}");
    assert_eq!(positions(&log.read(0, Position(0), 1).await.unwrap()), [1]);
}

#[tokio::test]
async fn the_body_of_a_refused_message_is_kept_once() {
    use event_log::refused::{RefusedBodies, RefusedBody};
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let at = domain::time::Timestamp(5);
    for sealed in [b"first".as_slice(), b"second"] {
        log.keep([1; 16], &tenant(), at, sealed).await.unwrap();
    }
    let kept = RefusedBody { tenant: tenant(), at, sealed: b"first".to_vec() };
    assert_eq!(RefusedBodies::read(&log, [1; 16]).await.unwrap(), Some(kept));
    assert_eq!(RefusedBodies::read(&log, [2; 16]).await.unwrap(), None);
    let large = log.keep([3; 16], &tenant(), at, &vec![0; MAX_PART + 1]).await;
    assert!(matches!(large, Err(StoreError::TooLarge { .. })));
}

#[tokio::test]
async fn the_servers_settings_are_told() {
    let database = Database::with_log().await;
    let told = database.open(1).await.durability().await.unwrap();
    assert!(told.version >= 150_000 && told.max_connections >= 100, "{told:?}");
    assert!(told.survives_a_crash() && !told.could_fail_over_behind(), "{told:?}");
    assert!(clock().now().since(told.now).0.abs() < 60_000);
    // Before there is a log, too.
    let empty = Database::empty().await;
    let options = Options { url: empty.owner_url(), ..empty.options(1) };
    let early = PgLog::durability_of(&options).await.unwrap();
    assert_eq!((early.version, early.fsync), (told.version, told.fsync));
}
