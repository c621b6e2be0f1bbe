//! PostgreSQL: leases, who is alive, and takeovers from owners that have lapsed or frozen.

use std::time::Duration;

use domain::ids::{Position, RulebookHash};
use event_log::feed_cursor::FeedCursor;
use event_log::membership::{Holder, Instance, Membership};
use event_log::store::{EventLog, StoreError};
use sqlx::{AssertSqlSafe, Connection};

use crate::fixture::{append, event, first_broken, snapshot, stream};
use crate::postgres_server::{Database, LEASE, connect};

const RULEBOOK: RulebookHash = RulebookHash([7; 32]);
const LAPSE: &str = "UPDATE owners SET lease_until = clock_ms() - 1";

fn holders(roster: &event_log::membership::Roster) -> Vec<(u16, u64, Option<u8>, bool)> {
    let each = |h: &Holder| (h.partition, h.epoch, h.instance.map(|i| i.0[0]), h.is_held());
    roster.holders.iter().map(each).collect()
}

#[tokio::test]
async fn a_partition_has_one_owner_until_its_lease_lapses() {
    let database = Database::with_log().await;
    let (one, two) = (database.open(1).await, database.open(2).await);
    let first = one.lease(0).await.unwrap();
    let error = two.lease(0).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Held { partition: 0, lapses_in } if lapses_in > LEASE / 2 && lapses_in <= LEASE),
        "{error}"
    );
    assert!(error.is_transient());
    // Its own owner may take it again, and others may take others.
    assert_eq!(one.lease(0).await.unwrap().epoch, first.epoch + 1);
    two.lease(1).await.unwrap();
    database.change(LAPSE).await;
    assert_eq!(two.lease(0).await.unwrap().epoch, first.epoch + 2);
}

#[tokio::test]
async fn of_two_leases_at_once_one_wins() {
    let database = Database::with_log().await;
    let (one, two) = (database.open(1).await, database.open(2).await);
    for partition in 0..3 {
        let (first, second) = tokio::join!(one.lease(partition), two.lease(partition));
        let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
        assert_eq!(won.unwrap().epoch, 1);
        assert!(matches!(lost, Err(StoreError::Held { .. })), "{lost:?}");
    }
}

#[tokio::test]
async fn a_stale_owner_writes_nothing_after_a_takeover() {
    let database = Database::with_log().await;
    let (one, two) = (database.open(1).await, database.open(2).await);
    let old = one.lease(0).await.unwrap();
    let head = one.append(&append(&old, old.head, vec![event(1, 1, None)])).await.unwrap();
    one.move_cursor(0, old.epoch, Position(1)).await.unwrap();
    database.change(LAPSE).await;
    let new = two.lease(0).await.unwrap();
    assert_eq!((new.epoch, new.head), (old.epoch + 1, head));
    let late = one.append(&append(&old, head, vec![event(2, 1, None)])).await;
    assert!(matches!(late, Err(StoreError::StaleEpoch { found, .. }) if found == new.epoch));
    let late = one.write_checkpoint(0, old.epoch, Position(1), &[snapshot(1, 1, 1)]).await;
    assert!(matches!(late, Err(StoreError::StaleEpoch { .. })));
    assert!(matches!(one.move_cursor(0, old.epoch, Position(1)).await, Err(StoreError::StaleEpoch { .. })));
    assert!(matches!(one.probe(0, old.epoch).await, Err(StoreError::StaleEpoch { .. })));
    one.release(0, old.epoch).await.unwrap();
    one.release(0, new.epoch).await.unwrap();
    let roster = one.beat(RULEBOOK).await.unwrap();
    assert_eq!(holders(&roster)[0], (0, new.epoch, Some(2), true));
    assert_eq!((two.head(0).await.unwrap(), two.cursor(0).await.unwrap()), (head, Position(1)));
    assert_eq!(two.load(0, &[stream(1)]).await.unwrap()[0].snapshot, None);
    two.append(&append(&new, head, vec![event(2, 1, None)])).await.unwrap();
    assert_eq!(first_broken(&two, 0).await, None);
}

#[tokio::test]
async fn a_frozen_owner_in_a_transaction_holds_no_takeover_up() {
    let database = Database::with_log().await;
    let (one, two) = (database.open(1).await, database.open(2).await);
    let old = one.lease(0).await.unwrap();
    let mut frozen = connect(&database.url()).await;
    let sql = format!(
        "SET application_name = 'mahnwerk {}'; BEGIN; UPDATE heads SET epoch = epoch WHERE partition = 0",
        "01".repeat(16)
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut frozen).await.unwrap();
    assert!(matches!(two.lease(0).await, Err(StoreError::Held { .. })));
    frozen.ping().await.unwrap();
    database.change(LAPSE).await;
    assert_eq!(two.lease(0).await.unwrap().epoch, old.epoch + 1);
    assert!(frozen.ping().await.is_err());
}

#[tokio::test]
async fn a_beat_renews_what_is_held_and_tells_who_is_there() {
    let database = Database::with_log().await;
    let (one, two) = (database.open(1).await, database.open(2).await);
    assert_eq!((one.instance(), two.instance()), (Instance([1; 16]), Instance([2; 16])));
    one.lease(0).await.unwrap();
    let alone = one.beat(RULEBOOK).await.unwrap();
    assert_eq!(alone.members, [one.instance()]);
    assert_eq!(holders(&alone), [(0, 1, Some(1), true), (1, 0, None, false), (2, 0, None, false)]);
    two.lease(2).await.unwrap();
    database.change("UPDATE owners SET lease_until = clock_ms() + 9 WHERE partition = 2; UPDATE owners SET lease_until = 0 WHERE partition = 0").await;
    let both = two.beat(RULEBOOK).await.unwrap();
    assert_eq!(both.members, [one.instance(), two.instance()]);
    assert_eq!(holders(&both), [(0, 1, Some(1), false), (1, 0, None, false), (2, 1, Some(2), true)]);
    assert_eq!(both.holders[2].lapses_in, LEASE);
    // Lapsed, and nobody took it: its owner still has it.
    assert_eq!(holders(&one.beat(RULEBOOK).await.unwrap())[0], (0, 1, Some(1), true));
    assert!(both.now >= alone.now);
    // Gone by its own word, or by its silence.
    one.leave().await.unwrap();
    assert_eq!(two.beat(RULEBOOK).await.unwrap().members, [two.instance()]);
    one.beat(RULEBOOK).await.unwrap();
    database.change("UPDATE schedulers SET seen_until = clock_ms() - 1").await;
    assert_eq!(two.beat(RULEBOOK).await.unwrap().members, [two.instance()]);
    database.change("UPDATE schedulers SET seen_until = 0").await;
    two.beat(RULEBOOK).await.unwrap();
    assert_eq!(database.ask("SELECT FROM schedulers").await.len(), 1);
}

#[tokio::test]
async fn what_is_given_back_is_taken_at_once() {
    let database = Database::with_log().await;
    let (one, two) = (database.open(1).await, database.open(2).await);
    let lease = one.lease(1).await.unwrap();
    one.release(1, lease.epoch + 1).await.unwrap();
    assert!(matches!(two.lease(1).await, Err(StoreError::Held { .. })));
    one.release(1, lease.epoch).await.unwrap();
    assert_eq!(holders(&one.beat(RULEBOOK).await.unwrap())[1], (1, lease.epoch, None, false));
    assert_eq!(two.lease(1).await.unwrap().epoch, lease.epoch + 1);
    assert!(matches!(one.release(3, 1).await, Err(StoreError::Invalid { .. })));
}

#[tokio::test]
async fn a_sign_of_life_waits_for_no_head() {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    log.lease(0).await.unwrap();
    let _holding = database.hold_head(0).await;
    assert_eq!(log.beat(RULEBOOK).await.unwrap().holders[0].lapses_in, LEASE);
}

#[tokio::test]
async fn the_feeds_cursor_goes_forward_up_to_the_head() {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let lease = log.lease(0).await.unwrap();
    let events = (1..=3).map(|n| event(n, 1, None)).collect();
    log.append(&append(&lease, lease.head, events)).await.unwrap();
    assert_eq!(log.cursor(0).await.unwrap(), Position(0));
    for (to, stands) in [(2, 2), (1, 2), (3, 3)] {
        log.move_cursor(0, lease.epoch, Position(to)).await.unwrap();
        assert_eq!(log.cursor(0).await.unwrap(), Position(stands));
    }
    let error = log.move_cursor(0, lease.epoch, Position(4)).await.unwrap_err();
    assert!(error.to_string().contains("ahead of the log"), "{error}");
    assert!(matches!(log.cursor(3).await, Err(StoreError::Invalid { .. })));
}

#[tokio::test]
async fn a_lease_that_is_too_short_is_refused() {
    let database = Database::with_log().await;
    let short = event_log::postgres::Options { lease: Duration::from_millis(9), ..database.options(1) };
    let error = event_log::postgres::PgLog::open(short).await.unwrap_err();
    assert!(error.to_string().contains("500ms at least"), "{error}");
}

#[tokio::test]
async fn who_takes_part_says_by_which_rulebook_and_an_older_release_does_not() {
    let database = Database::with_log().await;
    let (one, two) = (database.open(1).await, database.open(2).await);
    let other = RulebookHash([8; 32]);
    one.beat(RULEBOOK).await.unwrap();
    let both = two.beat(other).await.unwrap();
    let said = [(one.instance(), RULEBOOK), (two.instance(), other)];
    assert_eq!(both.rulebooks.into_iter().collect::<Vec<_>>(), said);
    assert_eq!(one.members().await.unwrap(), said.map(|(member, rulebook)| (member, Some(rulebook))));
    // What an older release writes, which knows nothing of it.
    database.change("INSERT INTO schedulers (instance, seen_until) VALUES (decode(repeat('00', 16), 'hex'), clock_ms() + 60000)").await;
    let three = one.beat(other).await.unwrap();
    let older = Instance([0; 16]);
    assert_eq!(three.members, [older, one.instance(), two.instance()]);
    assert_eq!(three.rulebooks.into_iter().collect::<Vec<_>>(), said.map(|(member, _)| (member, other)));
    assert_eq!(two.members().await.unwrap()[0], (older, None));
}
