//! A scheduler that stands still in the middle of a transaction, as after SIGSTOP: the takeover does not wait for it, and
//! when it goes on the fence refuses it, and it says so (takeover, 1 and 3).
//!
//! Locks that the test holds in the database bring its statement to a stop where it is wanted; then the process is stopped.

use std::thread::{Scope, ScopedJoinHandle};

use super::Cluster;
use crate::folder::{Answer, Folder};
use crate::process::{monotonic, since, soon};
use crate::servers::{Held, Version};

/// A lease and some beats; nobody waits for the frozen one.
const SECONDS: u64 = 15;
/// What an owner says that was replaced, whoever told it: the fence, the list or the bus.
const REPLACED: &str = "the partition has another owner by now";
/// What it says whose append the fence refused.
const FENCED: &str = "has a newer owner (epoch";

#[test]
fn an_owner_that_froze_in_the_middle_of_its_append_does_not_hold_its_partition() {
    let scene = Scene::new(Version::Newest);
    std::thread::scope(|scope| {
        let (events, asked) = scene.frozen_in_an_append(scope);
        assert!(scene.head_is_locked(), "the statement has moved the head, and waits behind that");
        scene.until_taken_over();
        drop(events);
        asked.join().unwrap().says(&["recorded"]);
        scene.go_on(FENCED);
    });
    scene.ends(2);
}

#[test]
fn an_append_that_is_committed_while_its_owner_is_frozen_is_there_once() {
    let scene = Scene::new(Version::Oldest);
    std::thread::scope(|scope| {
        let (events, asked) = scene.frozen_in_an_append(scope);
        let head = || scene.ask("SELECT position FROM mahnwerk.heads WHERE partition = {}");
        let before = head();
        drop(events);
        soon("the commit", || (head() != before).then_some(()));
        scene.until_taken_over();
        asked.join().unwrap().says(&["known before"]);
        scene.go_on(REPLACED);
    });
    scene.ends(2);
}

#[test]
fn an_owner_that_froze_between_two_statements_does_not_hold_its_partition() {
    let scene = Scene::new(Version::Newest);
    let snapshots = scene.hold("LOCK TABLE mahnwerk.snapshots_{} IN SHARE MODE");
    scene.described("2").says(&["recorded"]);
    scene.until_waiting("snapshots");
    let head = scene.hold("SELECT 1 FROM mahnwerk.heads WHERE partition = {} FOR UPDATE");
    drop(snapshots);
    scene.until_waiting("move checkpoint");
    scene.freeze();
    drop(head);
    let idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND state = 'idle in transaction' AND query LIKE '/* mahnwerk: move checkpoint */%'";
    soon("a transaction that goes no further", || (scene.ask(idle) == "1").then_some(()));
    assert!(scene.head_is_locked(), "the checkpoint is moved, and not committed");
    scene.until_taken_over();
    scene.described("3").says(&["recorded"]);
    scene.go_on(REPLACED);
    scene.ends(3);
}

/// A debtor, and the scheduler that owns its partition.
struct Scene {
    cluster: Cluster,
    partition: String,
    owner: usize,
}

impl Scene {
    fn new(version: Version) -> Self {
        let cluster = Cluster::new(version);
        described(&cluster.folder, "1").says(&["recorded"]);
        // The others have nothing but the rulebook's activation.
        let newest = "SELECT partition FROM mahnwerk.heads ORDER BY position DESC LIMIT 1";
        let partition = cluster.database().ask(newest);
        let epoch = format!("SELECT epoch FROM mahnwerk.owners WHERE partition = {partition}");
        let taken_over = format!("partition={partition} epoch={} ", cluster.database().ask(&epoch));
        let took_it = |number: &usize| log(&cluster, *number).contains(&taken_over);
        let owner = (0..cluster.schedulers.len()).find(took_it).unwrap();
        Self { cluster, partition, owner }
    }

    /// A statement in which `{}` stands for the partition.
    fn of_partition(&self, statement: &str) -> String {
        statement.replace("{}", &self.partition)
    }

    fn hold(&self, statement: &str) -> Held {
        self.cluster.database().hold(&self.of_partition(statement))
    }

    fn ask(&self, statement: &str) -> String {
        self.cluster.database().ask(&self.of_partition(statement))
    }

    fn described(&self, id: &str) -> Answer {
        described(&self.cluster.folder, id)
    }

    /// Until a statement of this name stands still for a lock.
    fn until_waiting(&self, name: &str) {
        let waiting = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
             AND wait_event_type = 'Lock' AND query LIKE '/* mahnwerk: {name} */%'"
        );
        soon(name, || (self.ask(&waiting) == "1").then_some(()));
    }

    fn head_is_locked(&self) -> bool {
        let free = "SELECT count(*) FROM (SELECT 1 FROM mahnwerk.heads WHERE partition = {} FOR UPDATE SKIP LOCKED) head";
        self.ask(free) == "0"
    }

    /// Tells a second fact, whose append stands still for a lock, and freezes the owner in it; what holds the lock, and who
    /// told the fact.
    fn frozen_in_an_append<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
    ) -> (Held, ScopedJoinHandle<'scope, Answer>) {
        let folder = &self.cluster.folder;
        let events = self.hold("LOCK TABLE mahnwerk.events_{} IN SHARE MODE");
        let asked = scope.spawn(move || described(folder, "2"));
        self.until_waiting("append");
        self.freeze();
        (events, asked)
    }

    fn freeze(&self) {
        self.cluster.schedulers[self.owner].signal("STOP");
    }

    fn until_taken_over(&self) {
        let frozen = monotonic();
        self.cluster.until_owned_by(2);
        println!("the others own all partitions {:?} after the freeze", since(frozen));
        assert!(since(frozen).as_secs() < SECONDS, "{:?}", since(frozen));
    }

    /// The frozen one goes on, says why it writes nothing more, and takes part again.
    fn go_on(&self, why: &str) {
        let before = log(&self.cluster, self.owner).len();
        self.cluster.schedulers[self.owner].signal("CONT");
        let place = format!("partition={}", self.partition);
        soon("a word about it", || {
            let log = log(&self.cluster, self.owner);
            let mut since = log[before..].lines();
            let words = [REPLACED, why, &place];
            since.any(|line| words.iter().all(|word| line.contains(word))).then_some(())
        });
        self.cluster.until_owned_by(3);
    }

    /// Each fact is in the log once, and the log is whole.
    fn ends(self, facts: usize) {
        let recorded = self.cluster.folder.run(&["replay", "--type", "debtor_described"]).ends(0);
        assert_eq!(recorded.out.lines().count(), facts);
        self.cluster.ends_whole();
    }
}

fn described(folder: &Folder, id: &str) -> Answer {
    let fact = format!(
        r#"{{"id": "{id}", "kind": "debtor_described", "debtor": "F-1", "name": "Frieda {id} Planted", "zones": ["Europe/Zurich"]}}"#
    );
    folder.run(&["publish", "--fact", &fact]).ends(0)
}

fn log(cluster: &Cluster, number: usize) -> String {
    cluster.log(&format!("scheduler-{number}.log"))
}
