//! SQLite: a full disk, and appends whose caller has gone.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use domain::ids::{InputId, Position};
use event_log::record::{Append, Head, InputKey, Lease};
use event_log::sqlite::{Options, SqliteLog};
use event_log::store::{EventLog, StoreError};

use crate::fixture::{DECIDER, ORIGIN, append, event, first_broken, positions, stream};

/// The debtor's next event, of about 100 kB.
pub(crate) fn large(lease: &Lease, head: Head) -> Append {
    let version = head.position.0 + 1;
    let mut large = event(1, version, Some(head.position.0).filter(|at| *at > 0));
    large.payload = vec![7; 100_000];
    let mut key = [0; 16];
    key[..8].copy_from_slice(&version.to_be_bytes());
    let input_keys = vec![InputKey { key: InputId::new(key), content: [1; 16] }];
    Append { input_keys, ..append(lease, head, vec![large]) }
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_log_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let limited = Options { max_bytes: Some(2_000_000), ..Options::new(DECIDER) };
    let log = SqliteLog::create(&path, ORIGIN, limited).await.unwrap();
    let lease = log.lease(0).await.unwrap();
    let mut head = lease.head;
    let error = loop {
        match log.append(&large(&lease, head)).await {
            Ok(moved) => head = moved,
            Err(error) => break error,
        }
        assert!(head.position.0 < 100, "the limit holds nothing back");
    };
    assert!(matches!(error, StoreError::Full { .. }) && !error.is_transient(), "{error}");
    assert!(error.to_string().contains("nothing is lost"), "{error}");
    assert!(head.position.0 > 5);
    // Whole, readable, and the same answer as long as there is no room.
    assert_eq!(log.head(0).await.unwrap(), head);
    assert!(matches!(log.append(&large(&lease, head)).await, Err(StoreError::Full { .. })));
    assert_eq!(first_broken(&log, 0).await, None);
    let refused = large(&lease, head).input_keys[0].key;
    assert_eq!(log.known_inputs(0, &[refused]).await.unwrap(), []);
    // What is small still fits, and goes on under the same lease.
    let small = event(2, 1, None);
    head = log.append(&append(&lease, head, vec![small])).await.unwrap();
    drop(log);
    let log = SqliteLog::open(&path, Options::new(DECIDER)).await.unwrap();
    let lease = log.lease(0).await.unwrap();
    assert_eq!((lease.head.position, lease.head.chain), (head.position, head.chain));
    let mut next = large(&lease, head);
    next.events[0].previous = Some(Position(head.position.0 - 1));
    next.events[0].version = head.position.0;
    let after = log.append(&next).await.unwrap();
    assert_eq!(after.position.0, head.position.0 + 1);
    assert_eq!(log.read_stream(0, stream(1)).await.unwrap().len(), usize::try_from(head.position.0).unwrap());
    assert_eq!(first_broken(&log, 0).await, None);
}

/// Polls the append so many times at most, each time that it has something to do, and then drops it.
pub(crate) async fn cut_off(
    log: &dyn EventLog,
    append: &Append,
    polls: usize,
) -> Option<Result<Head, StoreError>> {
    let mut left = polls;
    let mut running = pin!(log.append(append));
    poll_fn(move |context| match (running.as_mut().poll(context), left) {
        (Poll::Ready(result), _) => Poll::Ready(Some(result)),
        (Poll::Pending, 0) => Poll::Ready(None),
        (Poll::Pending, _) => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn an_append_whose_caller_has_gone_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create(&folder.path().join("log"), ORIGIN, Options::new(DECIDER)).await.unwrap();
    let lease = log.lease(0).await.unwrap();
    let mut head = lease.head;
    let (mut absent, mut whole) = (0, 0);
    for polls in 0..60 {
        let batch = large(&lease, head);
        if let Some(result) = cut_off(&log, &batch, polls).await {
            head = result.unwrap();
            continue;
        }
        let found = log.head(0).await.unwrap();
        let known = log.known_inputs(0, &[batch.input_keys[0].key]).await.unwrap();
        if found.position == head.position {
            absent += 1;
            assert_eq!((found, known), (head, vec![]), "cut off after {polls}");
        } else {
            whole += 1;
            assert_eq!((found.position.0, known), (head.position.0 + 1, batch.input_keys.clone()));
        }
        head = found;
        // Nothing in memory was left behind: the debtor's events are those of the log.
        let expected: Vec<u64> = (1..=head.position.0).collect();
        assert_eq!(positions(&log.read_stream(0, stream(1)).await.unwrap()), expected);
    }
    // How far a poll gets depends on the machine; that the first one alone commits nothing does not.
    assert!(absent > 0, "{absent} absent, {whole} whole");
    assert!(head.position.0 > 5);
    assert_eq!(first_broken(&log, 0).await, None);
}
