//! PostgreSQL: appends and checkpoints that are cut off, late, or come from a clock that is off.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::Position;
use domain::time::{Span, Timestamp};
use event_log::postgres::{Options, PgLog};
use event_log::record::{Append, Head, Lease, Lookup, LookupKind};
use event_log::store::{EventLog, StoreError};
use runtime::BoxFuture;
use runtime::clock::{Clock, Timer};
use sqlx::Row;

use crate::fixture::{append, event, first_broken, positions, snapshot, stream};
use crate::postgres_server::{Database, clock};
use crate::sqlite_disk::{cut_off, large};

async fn begun() -> (Database, PgLog, Lease, Head) {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let lease = log.lease(0).await.unwrap();
    let head = log.append(&append(&lease, lease.head, vec![event(9, 1, None)])).await.unwrap();
    (database, log, lease, head)
}

const END_WAITING: &str = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

#[tokio::test]
async fn an_append_whose_backend_is_ended_is_unknown_and_the_log_stays_whole() {
    let (database, log, lease, head) = begun().await;
    let holding = database.hold_head(0).await;
    let batch = append(&lease, head, vec![event(1, 1, None), event(2, 1, None)]);
    let end = async {
        database.until_waiting(1).await;
        database.ask(END_WAITING).await;
    };
    let (result, ()) = tokio::join!(log.append(&batch), end);
    let error = result.unwrap_err();
    assert!(matches!(error, StoreError::UnknownResult) && error.is_transient(), "{error}");
    drop(holding);
    assert_eq!(log.head(0).await.unwrap(), head);
    let after = log.append(&batch).await.unwrap();
    assert_eq!(after.position, Position(3));
    assert_eq!(positions(&log.read(0, Position(0), 9).await.unwrap()), [1, 2, 3]);
    assert_eq!(first_broken(&log, 0).await, None);
}

#[tokio::test]
async fn an_append_that_nobody_waits_for_is_decided_before_the_head_is_told() {
    let (database, log, lease, head) = begun().await;
    let holding = database.hold_head(0).await;
    let batch = append(&lease, head, vec![event(1, 1, None)]);
    tokio::select! {
        biased;
        done = log.append(&batch) => panic!("{done:?}"),
        () = database.until_waiting(1) => {}
    }
    // It still waits at the server, and would go on once the row is let go.
    assert_eq!(log.head(0).await.unwrap(), head);
    drop(holding);
    assert_eq!(log.head(0).await.unwrap(), head);
    assert_eq!(database.ask(END_WAITING).await.len(), 0);
    log.append(&batch).await.unwrap();
    assert_eq!(first_broken(&log, 0).await, None);
}

#[tokio::test]
async fn an_append_whose_caller_has_gone_is_there_whole_or_not_at_all() {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let lease = log.lease(0).await.unwrap();
    let mut head = lease.head;
    let mut absent = 0;
    for polls in 0..30 {
        let batch = large(&lease, head);
        if let Some(result) = cut_off(&log, &batch, polls % 15).await {
            head = result.unwrap();
            continue;
        }
        let found = log.head(0).await.unwrap();
        let known = log.known_inputs(0, &[batch.input_keys[0].key]).await.unwrap();
        let moved = found.position != head.position;
        absent += u32::from(!moved);
        assert_eq!(known, if moved { batch.input_keys.clone() } else { vec![] }, "cut off after {polls}");
        assert_eq!(found.position.0, head.position.0 + u64::from(moved));
        head = found;
        let expected: Vec<u64> = (1..=head.position.0).collect();
        assert_eq!(positions(&log.read_stream(0, stream(1)).await.unwrap()), expected);
    }
    assert!(absent > 0 && head.position.0 > 0, "{absent} absent");
    assert_eq!(first_broken(&log, 0).await, None);
}

#[tokio::test]
async fn a_checkpoint_that_is_overtaken_by_a_takeover_is_undone_whole() {
    let (database, log, lease, head) = begun().await;
    let mut holding = database.hold_head(0).await;
    let overtake = async {
        database.until_waiting(1).await;
        let sql = "UPDATE heads SET epoch = epoch + 1 WHERE partition = 0; COMMIT";
        sqlx::raw_sql(sql).execute(&mut holding).await.unwrap();
    };
    let written = [snapshot(9, 1, 1)];
    let (result, ()) = tokio::join!(log.write_checkpoint(0, lease.epoch, head.position, &written), overtake);
    let fence = (lease.epoch, lease.epoch + 1);
    assert!(
        matches!(result, Err(StoreError::StaleEpoch { ours, found, .. }) if (ours, found) == fence),
        "{result:?}"
    );
    assert_eq!(log.head(0).await.unwrap(), head);
    assert_eq!(log.load(0, &[stream(9)]).await.unwrap()[0].snapshot, None);
}

/// A clock that is off by so many milliseconds.
struct Shifted(Arc<dyn Clock>, i64);

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        self.0.now().plus(Span(self.1))
    }

    fn timer(&self, at: Timestamp) -> Timer {
        self.0.timer(at)
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(length)
    }
}

#[tokio::test]
async fn an_owner_whose_clock_is_off_appends_nothing() {
    let (database, _log, lease, head) = begun().await;
    for (off, refused) in [(-60_000, true), (-5_000, true), (0, false), (5_000, true)] {
        let clock = Arc::new(Shifted(clock(), off));
        let log = PgLog::open(Options { clock, ..database.options(1) }).await.unwrap();
        let result = log.append(&crate::fixture::nothing(&lease, head)).await;
        match result {
            Ok(after) => assert!(!refused && after == head, "{off}"),
            Err(StoreError::ClockOff { ahead_ms }) => {
                assert!(refused && (ahead_ms - off).abs() < 4_000, "{off}: {ahead_ms}");
            }
            Err(error) => panic!("{off}: {error}"),
        }
    }
}

#[tokio::test]
async fn an_event_from_the_future_is_refused_unless_the_head_is_there_already() {
    let (database, log, lease, head) = begun().await;
    let at = |ahead: i64| {
        let mut late = event(1, 1, None);
        late.at = Timestamp(clock().now().0 + ahead);
        append(&lease, head, vec![late])
    };
    let far = at(60_000);
    let error = log.append(&far).await.unwrap_err();
    assert!(matches!(error, StoreError::ClockOff { ahead_ms } if ahead_ms > 50_000), "{error}");
    assert!(error.is_transient());
    assert_eq!(log.head(0).await.unwrap(), head);
    let ahead = far.events[0].at.0;
    database.change(format!("UPDATE heads SET at = {ahead} WHERE partition = 0")).await;
    assert_eq!(log.append(&far).await.unwrap().at, far.events[0].at);
}

#[tokio::test]
async fn a_server_that_was_away_is_found_again() {
    let (database, log, lease, head) = begun().await;
    database
        .ask(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE datname = current_database() AND usename = 'mahnwerk_app'",
        )
        .await;
    // Whatever this connection says, the next one is new.
    let first = log.append(&crate::fixture::nothing(&lease, head)).await;
    assert!(first.as_ref().is_ok() || first.is_err_and(|error| error.is_transient()));
    assert_eq!(log.head(0).await.unwrap(), head);
    log.append(&append(&lease, head, vec![event(1, 1, None)])).await.unwrap();
    let sessions = database.ask("SELECT count(*) FROM pg_stat_activity WHERE usename = 'mahnwerk_app' AND datname = current_database()");
    assert!((1..=4).contains(&sessions.await[0].get::<i64, _>(0)));
}

#[tokio::test]
async fn a_claim_has_one_debtor_even_if_two_partitions_register_it_at_once() {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let claim = |n| Lookup { kind: LookupKind::Claim, digest: [7; 16], stream: stream(n), number: 0 };
    let registered = |lease: &Lease, n| Append {
        lookups: vec![claim(n)],
        ..append(lease, lease.head, vec![event(n, 1, None)])
    };
    let (first, second) = (log.lease(0).await.unwrap(), log.lease(1).await.unwrap());
    let head = log.append(&registered(&first, 1)).await.unwrap();
    let error = log.append(&registered(&second, 2)).await.unwrap_err();
    assert!(matches!(&error, StoreError::Invalid { detail } if detail.contains("another debtor")), "{error}");
    assert_eq!(log.head(1).await.unwrap(), second.head, "all of it or nothing");
    // The same claim of the same debtor again is no contradiction.
    let again = Append { lookups: vec![claim(1)], ..append(&first, head, vec![event(1, 2, Some(1))]) };
    log.append(&again).await.unwrap();
    assert_eq!(log.locate(LookupKind::Claim, &[[7; 16]]).await.unwrap(), [(0, claim(1))]);
}
