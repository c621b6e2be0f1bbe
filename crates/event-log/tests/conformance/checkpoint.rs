//! The checkpoint: never ahead of the log, never forgetting a debtor; and the scans over it.

use domain::channel::Channel;
use domain::ids::{Position, StreamId};
use domain::time::Timestamp;
use event_log::record::Snapshot;
use event_log::store::StoreError;

use crate::every;
use crate::fixture::{Log, append, due, event, ready, snapshot, stream, tenant, three_debtors};

/// Twelve debtors with one event each.
async fn with_debtors(log: &Log) -> u64 {
    let lease = log.lease(0).await.unwrap();
    let events = (1..=12).map(|n| event(n, 1, None)).collect();
    log.append(&append(&lease, lease.head, events)).await.unwrap();
    lease.epoch
}

every!(a_checkpoint_is_never_ahead_of_the_log, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let all = [snapshot(1, 3, 6), snapshot(2, 2, 5), snapshot(3, 1, 4)];
    let ahead = Snapshot { position: Position(7), ..snapshot(1, 4, 7) };
    for (up_to, snapshots) in [(7, all.to_vec()), (0, vec![ahead])] {
        let error = log.write_checkpoint(0, lease.epoch, Position(up_to), &snapshots).await.unwrap_err();
        assert!(error.to_string().contains("ahead of the log"), "{error}");
    }
    assert_eq!(log.head(0).await.unwrap(), head);
    assert!(log.streams(0, StreamId::PARTITION, 10).await.unwrap().is_empty());
    log.write_checkpoint(0, lease.epoch, Position(6), &all).await.unwrap();
    assert_eq!(log.head(0).await.unwrap().checkpoint, Position(6));
    let head = log.append(&append(&lease, head, vec![event(4, 1, None)])).await.unwrap();
    assert_eq!(head.checkpoint, Position(6));
});

every!(a_checkpoint_forgets_no_debtor, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let (one, two, three) = (snapshot(1, 3, 6), snapshot(2, 2, 5), snapshot(3, 1, 4));
    for (what, up_to, snapshots) in [
        ("nobody", 6, vec![]),
        ("two of three", 6, vec![one.clone(), two.clone()]),
        (
            "one of them stale",
            6,
            vec![one.clone(), two.clone(), Snapshot { position: Position(3), ..three.clone() }],
        ),
        ("ended behind an earlier position", 4, vec![one.clone()]),
    ] {
        let error = log.write_checkpoint(0, lease.epoch, Position(up_to), &snapshots).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{what}: {error}");
        assert_eq!(log.head(0).await.unwrap(), head, "{what}");
        assert!(log.streams(0, StreamId::PARTITION, 10).await.unwrap().is_empty(), "{what}");
    }
    // Debtors 1 and 2 have later events: these keep them findable.
    log.write_checkpoint(0, lease.epoch, Position(4), &[three]).await.unwrap();
    // Earlier calls count.
    log.write_checkpoint(0, lease.epoch, Position(4), &[one]).await.unwrap();
    log.write_checkpoint(0, lease.epoch, Position(6), &[two]).await.unwrap();
    assert_eq!(log.head(0).await.unwrap().checkpoint, Position(6));
});

every!(neither_a_checkpoint_nor_a_snapshot_goes_back, log, {
    let (lease, _) = three_debtors(log, 0).await;
    let all = [snapshot(1, 3, 6), snapshot(2, 2, 5), snapshot(3, 1, 4)];
    log.write_checkpoint(0, lease.epoch, Position(6), &all).await.unwrap();
    log.write_checkpoint(0, lease.epoch, Position(2), &[snapshot(1, 2, 3)]).await.unwrap();
    assert_eq!(log.head(0).await.unwrap().checkpoint, Position(6));
    let refolded = Snapshot { revision: 2, state: vec![], ..snapshot(2, 2, 5) };
    log.write_checkpoint(0, lease.epoch, Position(6), std::slice::from_ref(&refolded)).await.unwrap();
    let loaded = log.load(0, &[stream(1), stream(2)]).await.unwrap();
    assert_eq!(loaded[0].snapshot, Some(snapshot(1, 3, 6)));
    assert_eq!(loaded[1].snapshot, Some(refolded));
});

every!(due_debtors_come_by_instant_and_then_by_id, log, {
    let epoch = with_debtors(log).await;
    let rows = [
        due(5, 30),
        due(1, 20),
        due(4, 20),
        due(2, -10),
        snapshot(3, 1, 3),
        due(7, 20),
        ready(6, Channel::Sms, 1),
    ];
    log.write_checkpoint(0, epoch, Position(0), &rows).await.unwrap();
    let start = (Timestamp::MIN, StreamId::PARTITION);
    let all = [(-10, 2), (20, 1), (20, 4), (20, 7), (30, 5)].map(|(at, n)| (Timestamp(at), stream(n)));
    assert_eq!(log.due_after(0, start, 100).await.unwrap(), all);
    let mut paged = Vec::new();
    let mut after = start;
    while let Some(last) = {
        let page = log.due_after(0, after, 2).await.unwrap();
        paged.extend(page.iter().copied());
        page.last().copied()
    } {
        after = last;
    }
    assert_eq!(paged, all);
    assert_eq!(log.due_after(1, start, 100).await.unwrap(), []);
    // Ready debtors leave the scan, and come back to it.
    log.write_checkpoint(
        0,
        epoch,
        Position(0),
        &[ready(1, Channel::Email, 1), due(6, 25), snapshot(7, 1, 7)],
    )
    .await
    .unwrap();
    let left = [(-10, 2), (20, 4), (25, 6), (30, 5)].map(|(at, n)| (Timestamp(at), stream(n)));
    assert_eq!(log.due_after(0, start, 100).await.unwrap(), left);
});

every!(ready_debtors_come_by_priority_and_then_by_id, log, {
    let epoch = with_debtors(log).await;
    let rows = [
        ready(5, Channel::Sms, 0),
        ready(3, Channel::Call, 9),
        ready(1, Channel::Email, 9),
        ready(2, Channel::Letter, -4),
        ready(4, Channel::Social, i32::MAX),
        due(6, 1),
    ];
    log.write_checkpoint(0, epoch, Position(0), &rows).await.unwrap();
    let all = [
        (Channel::Social, i32::MAX, 4),
        (Channel::Email, 9, 1),
        (Channel::Call, 9, 3),
        (Channel::Sms, 0, 5),
        (Channel::Letter, -4, 2),
    ]
    .map(|(channel, priority, n)| (tenant(), channel, priority, stream(n)));
    assert_eq!(log.ready(0, 100).await.unwrap(), all);
    assert_eq!(log.ready(0, 2).await.unwrap(), all[..2]);
    log.write_checkpoint(0, epoch, Position(0), &[due(4, 1), ready(2, Channel::Sms, 10)]).await.unwrap();
    let first = log.ready(0, 1).await.unwrap();
    assert_eq!(first, [(tenant(), Channel::Sms, 10, stream(2))]);
});

every!(debtors_are_listed_by_id, log, {
    let epoch = with_debtors(log).await;
    let rows: Vec<Snapshot> = [9, 3, 12, 1].iter().map(|n| snapshot(*n, 1, u64::from(*n))).collect();
    log.write_checkpoint(0, epoch, Position(0), &rows).await.unwrap();
    assert_eq!(log.streams(0, StreamId::PARTITION, 3).await.unwrap(), [1, 3, 9].map(stream));
    assert_eq!(log.streams(0, stream(3), 3).await.unwrap(), [9, 12].map(stream));
    assert_eq!(log.streams(0, stream(12), 3).await.unwrap(), []);
});
