//! Several processes share a log: each partition has one owner, whoever comes, goes or dies (takeover, 1 to 5).

use std::collections::BTreeMap;
use std::sync::Arc;

use event_log::membership::Membership;
use event_log::store::EventLog;

use crate::cluster::{Cluster, PARTITIONS, RULEBOOK};

#[test]
fn one_process_owns_everything_and_a_second_one_gets_its_part_without_a_gap() {
    let mut cluster = Cluster::new();
    cluster.join(1);
    cluster.run_for(3);
    assert_eq!(cluster.shares(), BTreeMap::from([(1, 16)]));
    assert_eq!(cluster.told("first"), 16);
    cluster.join(2);
    cluster.run_for(4);
    let shares = cluster.shares();
    assert!(shares[&1] > 2 && shares[&2] > 2, "{shares:?}");
    assert_eq!(cluster.told("second"), 16);
    let handed_over = cluster.epochs().iter().filter(|epoch| **epoch == 2).count();
    assert_eq!(handed_over, shares[&2], "only what falls to the second changes hands");
}

#[test]
fn whoever_stops_hands_over_at_once_and_whoever_dies_when_its_lease_has_lapsed() {
    let mut cluster = Cluster::new();
    (1..=3).for_each(|number| cluster.join(number));
    cluster.run_for(4);
    assert_eq!(cluster.shares().len(), 3);
    cluster.stop(3);
    cluster.run_for(2);
    assert_eq!(cluster.shares().values().sum::<usize>(), 16, "shorter than a lease");
    cluster.kill(2);
    cluster.run_for(2);
    assert!(cluster.owners().iter().any(Vec::is_empty), "the leases of the dead still count");
    cluster.run_for(5);
    assert_eq!(cluster.shares(), BTreeMap::from([(1, 16)]));
    assert_eq!(cluster.told("after"), 16);
}

#[test]
fn what_a_process_has_counted_never_falls() {
    let mut cluster = Cluster::new();
    cluster.join(1);
    cluster.run_for(3);
    cluster.told("first");
    let (before, held) = cluster.counted(1);
    assert!(before >= 16 && held >= 16, "{before}, {held}");
    cluster.join(2);
    cluster.run_for(4);
    let (after, held) = cluster.counted(1);
    assert!(after >= before, "what was handed over stays counted: {after} of {before}");
    assert!(held < 30, "and is held no longer: {held}");
}

#[test]
fn a_lease_that_somebody_was_left_with_goes_to_whom_the_partition_falls() {
    let mut cluster = Cluster::new();
    (1..=2).for_each(|number| cluster.join(number));
    cluster.run_for(4);
    let before = cluster.owners();
    let theirs = u16::try_from(before.iter().position(|owners| *owners == [2]).unwrap()).unwrap();
    let (first, second) = (cluster.member(1), cluster.member(2));
    // As if an owner of the first had ended between its lease and its beginning.
    let left = async move {
        let holder = second.beat(RULEBOOK).await.unwrap().holders[usize::from(theirs)];
        second.release(theirs, holder.epoch).await.unwrap();
        first.lease(theirs).await.unwrap()
    };
    assert!(cluster.sim.block_on(left).is_some());
    cluster.run_for(4);
    assert_eq!((cluster.owners(), cluster.told("after")), (before, 16));
}

#[test]
fn a_process_that_was_frozen_past_its_lease_writes_nothing_and_takes_part_again() {
    let mut cluster = Cluster::new();
    cluster.join(1);
    cluster.run_for(3);
    assert_eq!(cluster.told("before"), 16);
    // Another takes everything while the first believes that it owns it: as after a freeze.
    let other = cluster.member(2);
    let taken = cluster.sim.block_on({
        let (other, register) = (Arc::clone(&other), cluster.member(1));
        async move {
            for partition in 0..PARTITIONS {
                let head = other.head(partition).await.unwrap();
                let holder = register.beat(RULEBOOK).await.unwrap().holders[usize::from(partition)];
                register.release(partition, holder.epoch).await.unwrap();
                let lease = other.lease(partition).await.unwrap();
                assert_eq!((lease.epoch, lease.head.position), (holder.epoch + 1, head.position));
            }
        }
    });
    assert!(taken.is_some());
    let heads = |cluster: &Cluster| {
        let log = Arc::clone(&cluster.log);
        cluster.sim.block_on(async move { log.head(0).await }).unwrap().unwrap().position
    };
    let before = heads(&cluster);
    assert_eq!(cluster.told("stale"), 0, "the stale owners answer nobody");
    assert_eq!(heads(&cluster), before, "nor do they write");
    // The other goes away without having said that it lives; its leases lapse.
    cluster.run_for(8);
    assert_eq!(cluster.shares(), BTreeMap::from([(1, 16)]));
    assert_eq!(cluster.told("again"), 16);
}

/// As long as a rolling restart lasts; after that somebody has to look.
#[test]
fn a_scheduler_knows_of_another_rulebook_for_as_long_as_whoever_runs_it_lives() {
    let mut cluster = Cluster::new();
    cluster.join(1);
    cluster.join(2);
    cluster.run_for(3);
    assert_eq!(cluster.other_rulebooks(), [0, 0], "they run the same");
    let other = cluster.member(3);
    let said = cluster.sim.block_on(async move { other.beat(RULEBOOK).await });
    assert_eq!(said.unwrap().unwrap().rulebooks.len(), 3);
    cluster.run_for(2);
    assert_eq!(cluster.other_rulebooks(), [1, 1]);
    cluster.run_for(8);
    assert_eq!(cluster.other_rulebooks(), [0, 0], "its lease has lapsed");
}
