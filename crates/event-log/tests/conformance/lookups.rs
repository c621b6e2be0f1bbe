//! What leads from a keyed digest, what waits for its claim, and rulebooks' sources.

use domain::ids::{InputId, RulebookHash};
use domain::time::Timestamp;
use event_log::record::{Append, InputKey, Lookup, LookupKind, ParkedRow, Suppression, WrappedKey};
use event_log::store::{MAX_SOURCES, StoreError};

use crate::every;
use crate::fixture::{nothing, stream, three_debtors};

fn id(n: u16) -> InputId {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    InputId::new(bytes)
}

every!(known_inputs_are_reported_with_their_content, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let keys: Vec<InputKey> = (0..700).map(|n| InputKey { key: id(n), content: [7; 16] }).collect();
    log.append(&Append { input_keys: keys.clone(), ..nothing(&lease, head) }).await.unwrap();
    let asked: Vec<InputId> = (600..1300).rev().map(id).chain([id(600)]).collect();
    assert_eq!(log.known_inputs(0, &asked).await.unwrap(), keys[600..]);
    assert_eq!(log.known_inputs(0, &[]).await.unwrap(), []);
    assert_eq!(log.known_inputs(1, &asked).await.unwrap(), []);
});

every!(a_lookup_leads_to_every_debtor_once, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let lookup = |kind, digest, n, number| Lookup { kind, digest: [digest; 16], stream: stream(n), number };
    let rows = vec![
        lookup(LookupKind::Point, 1, 3, 0),
        lookup(LookupKind::Point, 1, 2, 0),
        lookup(LookupKind::Claim, 1, 1, 0),
        lookup(LookupKind::ProviderMessage, 5, 1, 4),
        lookup(LookupKind::Name, 2, 1, 0),
    ];
    for _ in 0..2 {
        // What is there already is left alone.
        log.append(&Append { lookups: rows.clone(), ..nothing(&lease, head) }).await.unwrap();
    }
    let both = [rows[1], rows[0]];
    assert_eq!(log.lookup(0, LookupKind::Point, [1; 16]).await.unwrap(), both);
    assert_eq!(log.lookup(0, LookupKind::Claim, [1; 16]).await.unwrap(), [rows[2]]);
    assert_eq!(log.lookup(0, LookupKind::ProviderMessage, [5; 16]).await.unwrap(), [rows[3]]);
    assert_eq!(log.lookup(0, LookupKind::Name, [1; 16]).await.unwrap(), []);
    assert_eq!(log.lookup(1, LookupKind::Point, [1; 16]).await.unwrap(), []);
});

every!(a_digest_is_followed_into_every_partition, log, {
    let lookup =
        |digest, n| Lookup { kind: LookupKind::Claim, digest: [digest; 16], stream: stream(n), number: 0 };
    let other = Lookup { kind: LookupKind::Point, ..lookup(1, 9) };
    for (partition, rows) in
        [(2, vec![lookup(1, 3), lookup(1, 2), other]), (0, vec![lookup(2, 1), lookup(1, 7)])]
    {
        let (lease, head) = three_debtors(log, partition).await;
        log.append(&Append { lookups: rows, ..nothing(&lease, head) }).await.unwrap();
    }
    let found = log.locate(LookupKind::Claim, &[[2; 16], [5; 16], [1; 16]]).await.unwrap();
    assert_eq!(found, [(0, lookup(2, 1)), (0, lookup(1, 7)), (2, lookup(1, 2)), (2, lookup(1, 3))]);
    assert_eq!(log.locate(LookupKind::Name, &[[1; 16]]).await.unwrap(), []);
    assert_eq!(log.locate(LookupKind::Claim, &[]).await.unwrap(), []);
});

every!(what_waits_is_found_in_every_partition, log, {
    let row = |n: u16, claim| ParkedRow {
        claim: [claim; 16],
        key: id(n),
        since: Timestamp(i64::from(10 - n)),
        sealed: vec![claim],
    };
    for (partition, park) in [(1, vec![row(1, 1), row(2, 1)]), (0, vec![row(3, 1), row(4, 2)])] {
        let (lease, head) = three_debtors(log, partition).await;
        log.append(&Append { park, ..nothing(&lease, head) }).await.unwrap();
    }
    let found = log.parked_anywhere(&[[2; 16], [9; 16], [1; 16]], 10).await.unwrap();
    assert_eq!(found, [(0, row(4, 2)), (0, row(3, 1)), (1, row(2, 1)), (1, row(1, 1))]);
    assert_eq!(log.parked_anywhere(&[], 10).await.unwrap(), []);
});

every!(data_keys_are_found_where_they_exist, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let key = |n| WrappedKey { stream: stream(n), wrapped: vec![n; 77] };
    log.append(&Append { data_keys: vec![key(2), key(1)], ..nothing(&lease, head) }).await.unwrap();
    let asked = [stream(2), stream(9), stream(1)];
    assert_eq!(log.data_keys(0, &asked).await.unwrap(), [key(1), key(2)]);
    assert_eq!(log.data_keys(1, &asked).await.unwrap(), []);
});

every!(facts_wait_for_their_claim_until_they_are_drained, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let row = |n: u16, claim, since| ParkedRow {
        claim: [claim; 16],
        key: id(n),
        since: Timestamp(since),
        sealed: vec![claim, 9],
    };
    let (first, second, third, fourth) = (row(4, 1, 5), row(2, 1, 5), row(3, 2, 1), row(1, 1, 9));
    let all = vec![first.clone(), second.clone(), third.clone(), fourth.clone()];
    log.append(&Append { park: all, ..nothing(&lease, head) }).await.unwrap();
    // The same fact again waits once, as it was.
    log.append(&Append { park: vec![row(3, 7, 7)], ..nothing(&lease, head) }).await.unwrap();
    let aged = [third.clone(), second.clone(), first.clone(), fourth.clone()];
    assert_eq!(log.parked(0, None, 10).await.unwrap(), aged);
    assert_eq!(log.parked(0, None, 2).await.unwrap(), aged[..2]);
    assert_eq!(log.parked(0, Some([1; 16]), 10).await.unwrap(), [second.clone(), first.clone(), fourth]);
    assert_eq!(log.parked(0, Some([9; 16]), 10).await.unwrap(), []);
    assert_eq!(log.parked(1, None, 10).await.unwrap(), []);
    let drained = Append { unpark: vec![id(1), id(3), id(99)], ..nothing(&lease, head) };
    log.append(&drained).await.unwrap();
    assert_eq!(log.parked(0, None, 10).await.unwrap(), [second.clone(), first.clone()]);
    // Drained first, then parked.
    let again = Append { unpark: vec![id(2)], park: vec![row(2, 3, 3)], ..nothing(&lease, head) };
    log.append(&again).await.unwrap();
    assert_eq!(log.parked(0, None, 10).await.unwrap(), [row(2, 3, 3), first]);
});

every!(what_waits_is_found_by_its_key, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let row = ParkedRow { claim: [1; 16], key: id(4), since: Timestamp(5), sealed: vec![9] };
    log.append(&Append { park: vec![row.clone()], ..nothing(&lease, head) }).await.unwrap();
    assert_eq!(log.parked_input(0, id(4)).await.unwrap(), Some(row));
    assert_eq!(log.parked_input(0, id(5)).await.unwrap(), None);
    assert_eq!(log.parked_input(1, id(4)).await.unwrap(), None);
});

every!(a_suppressed_point_stays_so_and_its_latest_opt_out_counts, log, {
    let (lease, head) = three_debtors(log, 0).await;
    let row = |point, since| Suppression { point: [point; 16], since: Timestamp(since) };
    for suppress in [vec![row(2, 5), row(1, 9)], vec![row(2, 3), row(3, 1)], vec![row(1, 10)]] {
        log.append(&Append { suppress, ..nothing(&lease, head) }).await.unwrap();
    }
    assert_eq!(log.suppressed(0, None, 10).await.unwrap(), [row(1, 10), row(2, 5), row(3, 1)]);
    assert_eq!(log.suppressed(0, None, 2).await.unwrap(), [row(1, 10), row(2, 5)]);
    assert_eq!(log.suppressed(0, Some([2; 16]), 10).await.unwrap(), [row(2, 5)]);
    assert_eq!(log.suppressed(0, Some([9; 16]), 10).await.unwrap(), []);
    assert_eq!(log.suppressed(1, None, 10).await.unwrap(), []);
});

every!(a_suppressed_point_is_found_in_whatever_partition_it_is, log, {
    let row = |point, since| Suppression { point: [point; 16], since: Timestamp(since) };
    for (partition, suppress) in [(0, vec![row(2, 5), row(1, 9)]), (2, vec![row(2, 7), row(4, 1)])] {
        let (lease, head) = three_debtors(log, partition).await;
        log.append(&Append { suppress, ..nothing(&lease, head) }).await.unwrap();
    }
    let asked = [[4; 16], [2; 16], [1; 16], [9; 16]];
    assert_eq!(log.suppressed_anywhere(&asked).await.unwrap(), [row(1, 9), row(2, 7), row(4, 1)]);
    assert_eq!(log.suppressed_anywhere(&[]).await.unwrap(), []);
});

every!(only_the_owner_finds_the_log_writable, log, {
    let (lease, head) = three_debtors(log, 0).await;
    log.probe(0, lease.epoch).await.unwrap();
    assert_eq!(log.head(0).await.unwrap(), head);
    let newer = log.lease(0).await.unwrap();
    let refused = log.probe(0, lease.epoch).await;
    assert!(matches!(refused, Err(StoreError::StaleEpoch { found, .. }) if found == newer.epoch));
    log.probe(0, newer.epoch).await.unwrap();
});

every!(a_rulebook_is_kept_under_its_hash, log, {
    three_debtors(log, 0).await;
    let (named, other) = (RulebookHash([9; 32]), RulebookHash([1; 32]));
    // Events name it, and its sources are not kept yet.
    assert_eq!(log.rulebook(named).await.unwrap(), None);
    for hash in [named, other] {
        log.put_rulebook(hash, b"steps").await.unwrap();
        log.put_rulebook(hash, b"other").await.unwrap();
        assert_eq!(log.rulebook(hash).await.unwrap().as_deref(), Some(b"steps".as_slice()));
    }
    let large = vec![0; MAX_SOURCES + 1];
    let refused = log.put_rulebook(RulebookHash([2; 32]), &large).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
});
