//! Debtors by snapshot, tail and links.

use domain::ids::{Position, StreamId};
use event_log::record::{Loaded, Snapshot};

use crate::every;
use crate::fixture::{Log, append, event, positions, snapshot, stream, three_debtors};

async fn load(log: &Log, n: u8) -> Loaded {
    log.load(0, &[stream(n)]).await.unwrap().remove(0)
}

every!(without_a_snapshot_the_tail_is_everything, log, {
    three_debtors(log, 0).await;
    let loaded = log.load(0, &[stream(3), stream(9), stream(1), stream(3)]).await.unwrap();
    assert_eq!(loaded.iter().map(|each| each.stream).collect::<Vec<_>>(), [3, 9, 1, 3].map(stream));
    let tails: Vec<Vec<u64>> = loaded.iter().map(|each| positions(&each.tail)).collect();
    assert_eq!(tails, [vec![4], vec![], vec![1, 3, 6], vec![4]]);
    assert!(loaded.iter().all(|each| each.snapshot.is_none()));
    assert_eq!(log.load(1, &[stream(1)]).await.unwrap()[0].tail, []);
    assert_eq!(log.load(0, &[]).await.unwrap(), []);
});

every!(with_a_snapshot_the_tail_is_what_came_after_it, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let written = [snapshot(1, 2, 3), snapshot(2, 1, 2)];
    log.write_checkpoint(0, lease.epoch, Position(3), &written).await.unwrap();
    let one = load(log, 1).await;
    assert_eq!((one.snapshot, positions(&one.tail)), (Some(written[0].clone()), vec![6]));
    let two = load(log, 2).await;
    assert_eq!((two.snapshot, positions(&two.tail)), (Some(written[1].clone()), vec![5]));
    assert_eq!(positions(&load(log, 3).await.tail), [4]);
    let head = log.append(&append(&lease, head, vec![event(3, 2, Some(4))])).await.unwrap();
    assert_eq!(positions(&load(log, 3).await.tail), [4, 7]);
    let all = [snapshot(1, 3, 6), snapshot(2, 2, 5), snapshot(3, 2, 7)];
    log.write_checkpoint(0, lease.epoch, head.position, &all).await.unwrap();
    for (n, snapshot) in (1..).zip(all) {
        let loaded = load(log, n).await;
        assert_eq!((loaded.snapshot, loaded.tail), (Some(snapshot), vec![]));
    }
});

every!(a_stream_is_read_whole_wherever_the_checkpoint_is, log, {
    let (lease, _) = three_debtors(log, 0).await;
    let all = [snapshot(1, 3, 6), snapshot(2, 2, 5), snapshot(3, 1, 4)];
    for up_to in [0, 3, 6] {
        log.write_checkpoint(0, lease.epoch, Position(up_to), &all).await.unwrap();
        for (n, expected) in [(1, vec![1, 3, 6]), (2, vec![2, 5]), (3, vec![4]), (4, vec![])] {
            let rows = log.read_stream(0, stream(n)).await.unwrap();
            assert_eq!(positions(&rows), expected, "stream {n}, checkpoint {up_to}");
            assert!(rows.iter().all(|row| row.event.stream == stream(n)));
        }
    }
});

every!(the_partitions_own_stream_needs_no_snapshot, log, {
    let lease = log.lease(1).await.unwrap();
    let own = |version, previous| {
        let mut own = event(0, version, previous);
        own.stream = StreamId::PARTITION;
        own
    };
    let first = append(&lease, lease.head, vec![own(1, None), event(1, 1, None), own(2, Some(1))]);
    let head = log.append(&first).await.unwrap();
    log.write_checkpoint(1, lease.epoch, head.position, &[snapshot(1, 1, 2)]).await.unwrap();
    let head = log.append(&append(&lease, head, vec![event(1, 2, Some(2))])).await.unwrap();
    assert_eq!(positions(&log.read_stream(1, StreamId::PARTITION).await.unwrap()), [1, 3]);
    log.append(&append(&lease, head, vec![own(3, Some(3))])).await.unwrap();
    assert_eq!(positions(&log.read_stream(1, StreamId::PARTITION).await.unwrap()), [1, 3, 5]);
    let loaded = log.load(1, &[StreamId::PARTITION]).await.unwrap().remove(0);
    assert_eq!((loaded.snapshot, positions(&loaded.tail)), (None, vec![1, 3, 5]));
});

every!(many_debtors_load_at_once, log, {
    let lease = log.lease(0).await.unwrap();
    let id = |n: u64| StreamId::new((n + 1).to_be_bytes().repeat(2).try_into().unwrap());
    let of = |n: u64, version, previous| {
        let mut each = event(1, version, previous);
        each.stream = id(n);
        each
    };
    let firsts = (0..1500).map(|n| of(n, 1, None)).collect();
    let head = log.append(&append(&lease, lease.head, firsts)).await.unwrap();
    let seconds = (0..1500).map(|n| of(n, 2, Some(n + 1))).collect();
    log.append(&append(&lease, head, seconds)).await.unwrap();
    let folded = |n: u64| Snapshot { stream: id(n), ..snapshot(1, 1, n + 1) };
    let snapshots: Vec<Snapshot> = (0..1500).step_by(2).map(folded).collect();
    log.write_checkpoint(0, lease.epoch, Position(0), &snapshots).await.unwrap();
    let asked: Vec<StreamId> = (0..1500).rev().map(id).collect();
    let loaded = log.load(0, &asked).await.unwrap();
    for (n, each) in (0..1500).rev().zip(loaded) {
        let expected = if n % 2 == 0 { vec![1500 + n + 1] } else { vec![n + 1, 1500 + n + 1] };
        assert_eq!((each.stream, positions(&each.tail)), (id(n), expected));
        assert_eq!(each.snapshot.is_some(), n % 2 == 0);
    }
});
