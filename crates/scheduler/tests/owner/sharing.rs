//! Several processes share a log: each partition has one owner, whoever comes, goes or dies (takeover, 1 to 5).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use bus::in_process::{InProcessBus, Limits};
use contract::wire::Receipt;
use domain::time::Span;
use event_log::keys::Keyring;
use event_log::membership::{Instance, Membership};
use event_log::memory::MemoryLog;
use event_log::memory::member::{Member, Register};
use event_log::record::Origin;
use event_log::store::EventLog;
use runtime::simulated::Simulation;
use runtime::{BoxFuture, Runtime, Spawn};
use scheduler::{Equipment, Handle, Outside, Scheduler, SchedulerConfig, Sharing};

use crate::rules;
use crate::world::{MONDAY, Person, PlainRenderer};

const PARTITIONS: u16 = 16;
const LEASE: Duration = Duration::from_secs(5);
const BEAT: Duration = Duration::from_secs(1);

/// Tasks of one process, by a name of their own, so that one process alone can be killed.
struct OfProcess {
    number: u8,
    tasks: Arc<dyn Spawn>,
}

impl Spawn for OfProcess {
    fn spawn(&self, name: &'static str, task: BoxFuture<'static, ()>) {
        self.tasks.spawn(of_process(self.number, name), task);
    }
}

fn of_process(number: u8, name: &str) -> &'static str {
    Box::leak(format!("{number}:{name}").into_boxed_str())
}

struct Cluster {
    sim: Simulation,
    runtime: Runtime,
    log: Arc<MemoryLog>,
    register: Arc<Register>,
    bus: Arc<dyn Bus>,
    keys: Arc<Keyring>,
    handles: BTreeMap<u8, Handle>,
}

impl Cluster {
    fn new() -> Self {
        let (sim, runtime) = Simulation::new(3, MONDAY);
        let keys = Arc::new(Keyring::generate(&*runtime.random));
        let origin =
            Origin { history: [5; 16], partitions: PARTITIONS, key_check: keys.check_value([5; 16]) };
        let log = Arc::new(MemoryLog::new(origin, domain::DECIDER_REVISION));
        let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
        Self { sim, runtime, log, register: Arc::default(), bus, keys, handles: BTreeMap::new() }
    }

    fn member(&self, number: u8) -> Arc<Member> {
        let (log, register) = (Arc::clone(&self.log), Arc::clone(&self.register));
        let clock = Arc::clone(&self.runtime.clock);
        Arc::new(Member::new(log, register, Instance([number; 16]), LEASE, clock))
    }

    fn join(&mut self, number: u8) {
        let member = self.member(number);
        let tasks = Arc::new(OfProcess { number, tasks: Arc::clone(&self.runtime.tasks) });
        let equipment = Equipment {
            runtime: Runtime { tasks, ..self.runtime.clone() },
            log: Arc::clone(&member) as Arc<dyn EventLog>,
            bus: Arc::clone(&self.bus),
            keyring: Arc::clone(&self.keys),
            rulebook: Arc::new(rules::rulebook(1)),
            renderer: Arc::new(PlainRenderer),
            config: SchedulerConfig::default(),
            outside: Outside::default(),
        };
        let sharing = Sharing { membership: member, clock: None, beat_every: BEAT };
        let start = async move { Scheduler::share(equipment, b"made in code", sharing).await };
        let handle = self.sim.block_on(start).unwrap().unwrap();
        self.handles.insert(number, handle);
    }

    /// As a kill would: every task of the process is dropped where it stands.
    fn kill(&mut self, number: u8) {
        for name in ["scheduler.keeper", "scheduler.owner", "scheduler.emit"] {
            self.sim.kill(of_process(number, name));
        }
        self.handles.remove(&number);
    }

    fn stop(&mut self, number: u8) {
        let handle = self.handles.remove(&number).unwrap();
        self.sim.block_on(handle.stop()).unwrap().unwrap();
    }

    fn run_for(&self, seconds: i64) {
        self.sim.run_until(self.runtime.clock.now().plus(Span::seconds(seconds)));
    }

    /// Which process owns each partition, as the processes themselves say.
    fn owners(&self) -> Vec<Vec<u8>> {
        let owns = |handle: &Handle, partition| {
            handle.health().partitions().iter().any(|health| health.partition == partition && health.owned)
        };
        let of = |partition| self.handles.iter().filter(move |(_, handle)| owns(handle, partition));
        (0..PARTITIONS).map(|partition| of(partition).map(|(number, _)| *number).collect()).collect()
    }

    fn shares(&self) -> BTreeMap<u8, usize> {
        let owners = self.owners();
        let alone = owners.iter().all(|owners| owners.len() == 1);
        assert!(alone, "each partition has one owner: {owners:?}");
        self.handles
            .keys()
            .map(|number| (*number, owners.iter().filter(|owners| owners.contains(number)).count()))
            .collect()
    }

    /// Tells every partition something, and says how many took it.
    fn told(&self, id: &str) -> usize {
        let person = Person::new(&self.keys, "town", "anybody");
        let mut recorded = 0;
        for partition in 0..PARTITIONS {
            let bus = Arc::clone(&self.bus);
            let fact = Person::new(&self.keys, "town", &format!("of {partition}")).described();
            let fact = contract::wire::FactMessage { key: person.key(&format!("{id} {partition}")), ..fact };
            let sent = self.sim.block_on(async move { bus.send_facts(partition, vec![fact]).await });
            recorded +=
                usize::from(matches!(sent.unwrap().as_deref(), Ok([Receipt::Recorded | Receipt::Duplicate])));
        }
        recorded
    }

    fn epochs(&self) -> Vec<u64> {
        let member = self.member(99);
        let roster = self.sim.block_on(async move {
            let roster = member.beat().await;
            member.leave().await.unwrap();
            roster
        });
        roster.unwrap().unwrap().holders.iter().map(|holder| holder.epoch).collect()
    }
}

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
                let holder = register.beat().await.unwrap().holders[usize::from(partition)];
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
