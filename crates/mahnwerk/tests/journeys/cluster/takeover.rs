//! A process that goes away, the broker among them, or stands still and comes back: others go on, and nothing leaves twice.

use std::collections::BTreeSet;

use super::Cluster;
use crate::process::{monotonic, since, soon};
use crate::servers::Version;

/// Enough that most are not contacted yet when something happens.
const DEBTORS: u32 = 120;

fn under_way(cluster: &Cluster) {
    // All are there before the first is contacted.
    cluster.folder.run(&["pause", "--reason", "import"]).ends(0);
    cluster.import_debtors(0..DEBTORS);
    cluster.folder.run(&["resume"]).ends(0);
    soon("the first messages", || (cluster.record().len() >= 10).then_some(()));
    assert!(cluster.record().len() < 100, "too fast to be disturbed");
}

#[test]
fn a_scheduler_that_is_killed_is_replaced_within_seconds_and_nothing_leaves_twice() {
    let mut cluster = Cluster::new(Version::Newest);
    under_way(&cluster);
    let killed = monotonic();
    cluster.schedulers.remove(0).kill();
    // What comes in meanwhile is taken in, by whoever owns the partition by then.
    cluster.import_debtors(DEBTORS..DEBTORS + 16);
    println!("facts of 16 debtors were taken in {:?} after the kill", since(killed));
    cluster.until_owned_by(2);
    println!("two schedulers own all partitions {:?} after the kill", since(killed));
    assert!(since(killed).as_secs() < 15, "{:?}", since(killed));
    cluster.until_each_was_contacted_once(DEBTORS as usize + 16);
    cluster.ends_whole();
}

#[test]
fn a_scheduler_that_stood_still_for_longer_than_its_lease_finds_others_and_takes_part_again() {
    let cluster = Cluster::new(Version::Oldest);
    under_way(&cluster);
    cluster.schedulers[1].signal("STOP");
    cluster.until_owned_by(2);
    cluster.schedulers[1].signal("CONT");
    soon("what it finds", || cluster.log("scheduler-1.log").contains("by now").then_some(()));
    let continued = monotonic();
    cluster.until_owned_by(3);
    println!("it owns partitions again after {:?}", since(continued));
    cluster.until_each_was_contacted_once(DEBTORS as usize);
    cluster.ends_whole();
}

#[test]
fn a_worker_that_is_killed_leaves_the_work_to_the_other_of_its_channel() {
    let mut cluster = Cluster::new(Version::Newest);
    under_way(&cluster);
    // The third is the first for e-mail.
    cluster.workers.remove(2).kill();
    let before = cluster.record().len();
    soon("more messages", || (cluster.record().len() > before + 20).then_some(()));
    // What it had under a permit is unknown by now, and never sent again.
    soon("all but what was in its hands", || (cluster.record().len() + 32 >= DEBTORS as usize).then_some(()));
    let record = cluster.record();
    let to: BTreeSet<&str> = record.iter().map(|message| message["to"].as_str().unwrap()).collect();
    assert_eq!(to.len(), record.len(), "somebody was contacted twice");
    cluster.ends_whole();
}

/// All that it kept goes with it: the log alone drives everybody on.
#[test]
fn a_broker_that_lost_everything_costs_time_and_nothing_else() {
    let mut cluster = Cluster::new(Version::Oldest);
    cluster.import_debtors(0..100);
    soon("the first messages", || (cluster.record().len() >= 10).then_some(()));
    let lost = monotonic();
    let broker = &mut cluster.folder.servers.as_mut().unwrap().broker;
    broker.lose_everything();
    broker.go_on();
    let before = cluster.record().len();
    soon("more messages", || (cluster.record().len() > before + 20).then_some(()));
    println!("messages leave again {:?} after the broker lost everything", since(lost));
    cluster.import_debtors(100..110);
    println!("facts are taken in {:?} after the broker lost everything", since(lost));
    cluster.until_each_was_contacted_once(110);
    cluster.ends_whole();
}
