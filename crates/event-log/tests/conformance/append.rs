//! Appends: gapless positions, the compare-and-set, limits, and all or nothing.

use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::record::{Append, InputKey, Lookup, LookupKind, ParkedRow, WrappedKey};
use event_log::store::{MAX_APPEND, MAX_PART, StoreError};

use crate::every;
use crate::fixture::{append, event, first_broken, nothing, positions, stream, three_debtors};

every!(a_new_log_is_empty, log, {
    assert_eq!(log.partitions(), 3);
    let head = log.head(0).await.unwrap();
    assert_eq!((head.position, head.chain, head.checkpoint), (Position(0), [0; 32], Position(0)));
    assert_eq!(log.read(0, Position(0), 10).await.unwrap(), []);
    assert_eq!(log.read_stream(0, stream(1)).await.unwrap(), []);
});

every!(events_come_back_as_they_went_in, log, {
    let lease = log.lease(1).await.unwrap();
    let full = event(1, 1, None);
    let mut bare = event(2, 1, None);
    bare.trace = None;
    bare.personal = Some(vec![1, 2, 3]);
    bare.payload = vec![];
    bare.tenant = TenantId::new("pisa").unwrap();
    bare.rulebook = RulebookHash([8; 32]);
    bare.at = Timestamp(2_000);
    let head = log.append(&append(&lease, lease.head, vec![full.clone(), bare.clone()])).await.unwrap();
    let rows = log.read(1, Position(0), 10).await.unwrap();
    assert_eq!(positions(&rows), [1, 2]);
    assert_eq!(rows[0].event, full);
    assert_eq!(rows[1].event, bare);
    assert!(rows.iter().all(|row| row.partition == 1 && row.history == lease.history));
    assert_eq!((head.position, head.chain, head.at), (Position(2), rows[1].chain, Timestamp(2_000)));
    assert_eq!(log.head(1).await.unwrap(), head);
    assert_eq!(log.head(0).await.unwrap().position, Position(0));
});

every!(positions_are_gapless_and_the_chain_goes_on_over_appends, log, {
    let (_, head) = three_debtors(log, 0).await;
    let rows = log.read(0, Position(0), 100).await.unwrap();
    assert_eq!(positions(&rows), [1, 2, 3, 4, 5, 6]);
    assert_eq!(head.position, Position(6));
    assert_eq!(first_broken(&**log, 0).await, None);
});

every!(reading_goes_on_behind_a_position, log, {
    three_debtors(log, 0).await;
    assert_eq!(positions(&log.read(0, Position(2), 3).await.unwrap()), [3, 4, 5]);
    assert_eq!(positions(&log.read(0, Position(5), 3).await.unwrap()), [6]);
    assert_eq!(positions(&log.read(0, Position(6), 3).await.unwrap()), []);
    assert_eq!(positions(&log.read(0, Position::PENDING, 3).await.unwrap()), []);
    assert_eq!(positions(&log.read(0, Position(0), 0).await.unwrap()), []);
    let at = [5, 2, 9, 0, 2].map(Position);
    assert_eq!(positions(&log.read_at(0, &at).await.unwrap()), [5, 2, 2]);
});

every!(an_append_behind_another_head_writes_nothing, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let late = Append {
        input_keys: vec![InputKey { key: InputId::new([1; 16]), content: [2; 16] }],
        ..append(&lease, lease.head, vec![event(4, 1, None)])
    };
    let error = log.append(&late).await.unwrap_err();
    assert!(
        matches!(error, StoreError::HeadMoved { expected, found } if (expected, found) == (lease.head, head)),
        "{error}"
    );
    let mut forked = head;
    forked.chain = [7; 32];
    let other_chain = append(&lease, forked, vec![event(4, 1, None)]);
    assert!(matches!(log.append(&other_chain).await, Err(StoreError::HeadMoved { .. })));
    assert_eq!(log.head(0).await.unwrap(), head);
    assert_eq!(log.known_inputs(0, &[InputId::new([1; 16])]).await.unwrap(), []);
});

every!(an_append_without_events_keeps_the_head, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let key = InputKey { key: InputId::new([1; 16]), content: [2; 16] };
    let rows = Append { input_keys: vec![key], ..nothing(&lease, head) };
    assert_eq!(log.append(&rows).await.unwrap(), head);
    assert_eq!(log.known_inputs(0, &[key.key]).await.unwrap(), [key]);
});

every!(a_known_input_or_data_key_refuses_the_whole_append, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let input = InputKey { key: InputId::new([1; 16]), content: [2; 16] };
    let key = WrappedKey { stream: stream(1), wrapped: vec![1] };
    let first = Append { input_keys: vec![input], data_keys: vec![key.clone()], ..nothing(&lease, head) };
    log.append(&first).await.unwrap();
    let other = InputKey { key: InputId::new([3; 16]), content: [2; 16] };
    let lookup = Lookup { kind: LookupKind::Claim, digest: [1; 16], stream: stream(1), number: 0 };
    for refused in [
        Append { input_keys: vec![other, InputKey { content: [9; 16], ..input }], ..nothing(&lease, head) },
        Append { input_keys: vec![other, other], ..nothing(&lease, head) },
        Append { input_keys: vec![other], data_keys: vec![key.clone()], ..nothing(&lease, head) },
    ] {
        let refused = Append { events: vec![event(4, 1, None)], lookups: vec![lookup], ..refused };
        let error = log.append(&refused).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }) && !error.is_transient(), "{error}");
    }
    assert_eq!(log.head(0).await.unwrap(), head);
    assert_eq!(log.known_inputs(0, &[other.key]).await.unwrap(), []);
    assert_eq!(log.lookup(0, LookupKind::Claim, [1; 16]).await.unwrap(), []);
    assert_eq!(log.data_keys(0, &[stream(1)]).await.unwrap(), [key]);
});

every!(what_breaks_the_rules_is_refused_before_it_is_written, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let one = |change: fn(&mut Append)| {
        let mut changed = append(&lease, head, vec![event(4, 1, None)]);
        change(&mut changed);
        changed
    };
    for (what, refused) in [
        ("no such partition", one(|a| a.partition = 3)),
        ("decided before the head", one(|a| a.events[0].at = Timestamp(999))),
        ("a link to itself", one(|a| (a.events[0].version, a.events[0].previous) = (2, Some(Position(7))))),
        ("a link ahead", one(|a| (a.events[0].version, a.events[0].previous) = (2, Some(Position(8))))),
        ("a link to nothing", one(|a| (a.events[0].version, a.events[0].previous) = (2, Some(Position(0))))),
        ("a second event without a link", one(|a| a.events[0].version = 2)),
        ("a first event with a link", one(|a| a.events[0].previous = Some(Position(1)))),
        ("version 0", one(|a| a.events[0].version = 0)),
    ] {
        let error = log.append(&refused).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{what}: {error}");
    }
    assert_eq!(log.head(0).await.unwrap(), head);
});

every!(what_is_too_large_is_refused, log, {
    let lease = log.lease(0).await.unwrap();
    let one = |change: fn(&mut Append)| {
        let mut changed = append(&lease, lease.head, vec![event(1, 1, None)]);
        change(&mut changed);
        changed
    };
    let park = |bytes| ParkedRow {
        claim: [1; 16],
        key: InputId::new([1; 16]),
        since: Timestamp(0),
        sealed: vec![0; bytes],
    };
    let parked = Append { park: vec![park(MAX_PART + 1)], ..nothing(&lease, lease.head) };
    for (what, refused) in [
        ("events", one(|a| a.events = vec![event(1, 1, None); MAX_APPEND + 1])),
        ("bytes in a payload", one(|a| a.events[0].payload = vec![0; MAX_PART + 1])),
        ("bytes in a sealed part", one(|a| a.events[0].personal = Some(vec![0; MAX_PART + 1]))),
        ("bytes in a parked fact", parked),
    ] {
        let error = log.append(&refused).await.unwrap_err();
        assert!(
            matches!(error, StoreError::TooLarge { what: found, .. } if found == what),
            "{what}: {error}"
        );
    }
    let largest = one(|a| a.events[0].payload = vec![5; MAX_PART]);
    log.append(&largest).await.unwrap();
    assert_eq!(log.read(0, Position(0), 1).await.unwrap()[0].event, largest.events[0]);
});

every!(an_append_of_every_size_is_whole, log, {
    let lease = log.lease(0).await.unwrap();
    let mut head = lease.head;
    let mut expected = Vec::new();
    for size in [1, 3, 4, 31, 32, 33, 255, 256, 257, 1000] {
        let events: Vec<_> = (0..size)
            .map(|n: u64| {
                let mut each = event(1, 1, None);
                each.stream =
                    StreamId::new((head.position.0 + n + 1).to_be_bytes().repeat(2).try_into().unwrap());
                each
            })
            .collect();
        expected.extend(events.clone());
        head = log.append(&append(&lease, head, events)).await.unwrap();
    }
    let rows = log.read(0, Position(0), u32::MAX).await.unwrap();
    assert_eq!(positions(&rows), (1..=head.position.0).collect::<Vec<_>>());
    assert!(rows.iter().zip(&expected).all(|(row, event)| row.event == *event));
    assert_eq!(first_broken(&**log, 0).await, None);
});

every!(a_full_append_fits, log, {
    let lease = log.lease(0).await.unwrap();
    let events = (0..u64::try_from(MAX_APPEND).unwrap()).map(|n| event(1, n + 1, Some(n).filter(|n| *n > 0)));
    let head = log.append(&append(&lease, lease.head, events.collect())).await.unwrap();
    assert_eq!(head.position.0, u64::try_from(MAX_APPEND).unwrap());
    assert_eq!(log.read_stream(0, stream(1)).await.unwrap().len(), MAX_APPEND);
});
