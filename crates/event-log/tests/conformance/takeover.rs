//! Leases and epochs: the fence against an owner that has been replaced.

use domain::ids::{InputId, Position};
use event_log::record::{Append, InputKey};
use event_log::store::StoreError;

use crate::every;
use crate::fixture::{append, event, nothing, snapshot, three_debtors};

every!(each_lease_raises_the_epoch_and_says_where_the_log_ends, log, {
    let (first, head) = three_debtors(log, 2).await;
    let second = log.lease(2).await.unwrap();
    assert_eq!((second.partition, second.history), (2, first.history));
    assert_eq!(second.epoch, first.epoch + 1);
    assert_eq!(second.head, head);
    assert_eq!(log.lease(1).await.unwrap().head.position, Position(0));
    assert!(matches!(log.lease(3).await, Err(StoreError::Invalid { .. })));
});

every!(a_stale_owner_writes_nothing, log, {
    let (old, head) = three_debtors(log, 0).await;
    let new = log.lease(0).await.unwrap();
    let key = InputKey { key: InputId::new([1; 16]), content: [2; 16] };
    for late in [
        append(&old, head, vec![event(4, 1, None)]),
        append(&old, old.head, vec![event(4, 1, None)]),
        Append { input_keys: vec![key], ..nothing(&old, head) },
    ] {
        let error = log.append(&late).await.unwrap_err();
        let fence = (0, old.epoch, new.epoch);
        assert!(
            matches!(error, StoreError::StaleEpoch { partition, ours, found } if (partition, ours, found) == fence),
            "{error}"
        );
    }
    let late = log.write_checkpoint(0, old.epoch, Position(2), &[snapshot(1, 3, 6)]).await;
    assert!(matches!(late, Err(StoreError::StaleEpoch { .. })));
    assert_eq!(log.head(0).await.unwrap(), head);
    assert_eq!(log.known_inputs(0, &[key.key]).await.unwrap(), []);
    assert!(log.load(0, &[snapshot(1, 3, 6).stream]).await.unwrap()[0].snapshot.is_none());
    log.append(&append(&new, head, vec![event(4, 1, None)])).await.unwrap();
});

every!(an_owner_of_an_older_revision_is_refused, log, {
    let lease = log.lease(0).await.unwrap();
    let mut newer = event(1, 1, None);
    newer.decider += 1;
    log.append(&append(&lease, lease.head, vec![newer])).await.unwrap();
    let error = log.lease(0).await.unwrap_err();
    assert!(error.to_string().contains("newer release"), "{error}");
    assert!(log.lease(1).await.is_ok());
});

every!(a_late_commit_of_ones_own_is_told_by_head_and_chain, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let batch = append(&lease, head, vec![event(4, 1, None)]);
    let committed = log.append(&batch).await.unwrap();
    // The answer was lost; the identical batch is tried again (takeover, 2).
    let error = log.append(&batch).await.unwrap_err();
    assert!(matches!(error, StoreError::HeadMoved { found, .. } if found == committed), "{error}");
});
