//! Several scheduler processes that share a log of many partitions, on the simulated executor.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use bus::in_process::{InProcessBus, Limits};
use contract::wire::{FactMessage, Receipt};
use domain::ids::{RulebookHash, StreamId};
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

pub(crate) const PARTITIONS: u16 = 16;
/// Not the one that the processes here run.
pub(crate) const RULEBOOK: RulebookHash = RulebookHash([99; 32]);
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

pub(crate) struct Cluster {
    pub(crate) sim: Simulation,
    pub(crate) runtime: Runtime,
    pub(crate) log: Arc<MemoryLog>,
    register: Arc<Register>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) keys: Arc<Keyring>,
    handles: BTreeMap<u8, Handle>,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        let (sim, runtime) = Simulation::new(3, MONDAY);
        let keys = Arc::new(Keyring::generate(&*runtime.random));
        let origin =
            Origin { history: [5; 16], partitions: PARTITIONS, key_check: keys.check_value([5; 16]) };
        let log = Arc::new(MemoryLog::new(origin, domain::DECIDER_REVISION));
        let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
        Self { sim, runtime, log, register: Arc::default(), bus, keys, handles: BTreeMap::new() }
    }

    pub(crate) fn member(&self, number: u8) -> Arc<Member> {
        let (log, register) = (Arc::clone(&self.log), Arc::clone(&self.register));
        let clock = Arc::clone(&self.runtime.clock);
        Arc::new(Member::new(log, register, Instance([number; 16]), LEASE, clock))
    }

    pub(crate) fn join(&mut self, number: u8) {
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
    pub(crate) fn kill(&mut self, number: u8) {
        for name in ["scheduler.keeper", "scheduler.owner", "scheduler.emit"] {
            self.sim.kill(of_process(number, name));
        }
        self.handles.remove(&number);
    }

    pub(crate) fn stop(&mut self, number: u8) {
        let handle = self.handles.remove(&number).unwrap();
        self.sim.block_on(handle.stop()).unwrap().unwrap();
    }

    pub(crate) fn run_for(&self, seconds: i64) {
        self.sim.run_until(self.runtime.clock.now().plus(Span::seconds(seconds)));
    }

    /// Which process owns each partition, as the processes themselves say.
    pub(crate) fn owners(&self) -> Vec<Vec<u8>> {
        let owns = |handle: &Handle, partition| {
            handle.health().partitions().iter().any(|health| health.partition == partition && health.owned)
        };
        let of = |partition| self.handles.iter().filter(move |(_, handle)| owns(handle, partition));
        (0..PARTITIONS).map(|partition| of(partition).map(|(number, _)| *number).collect()).collect()
    }

    pub(crate) fn shares(&self) -> BTreeMap<u8, usize> {
        let owners = self.owners();
        let alone = owners.iter().all(|owners| owners.len() == 1);
        assert!(alone, "each partition has one owner: {owners:?}");
        self.handles
            .keys()
            .map(|number| (*number, owners.iter().filter(|owners| owners.contains(number)).count()))
            .collect()
    }

    /// Tells every partition something, and says how many took it.
    pub(crate) fn told(&self, id: &str) -> usize {
        let person = Person::new(&self.keys, "town", "anybody");
        let mut recorded = 0;
        for partition in 0..PARTITIONS {
            let bus = Arc::clone(&self.bus);
            let fact = Person::new(&self.keys, "town", &format!("of {partition}")).described();
            let fact = FactMessage { key: person.key(&format!("{id} {partition}")), ..fact };
            let sent = self.sim.block_on(async move { bus.send_facts(partition, vec![fact]).await });
            recorded +=
                usize::from(matches!(sent.unwrap().as_deref(), Ok([Receipt::Recorded | Receipt::Duplicate])));
        }
        recorded
    }

    pub(crate) fn epochs(&self) -> Vec<u64> {
        let member = self.member(99);
        let roster = self.sim.block_on(async move {
            let roster = member.beat(RULEBOOK).await;
            member.leave().await.unwrap();
            roster
        });
        roster.unwrap().unwrap().holders.iter().map(|holder| holder.epoch).collect()
    }

    /// How many rulebooks of others each process knows of that it does not run.
    pub(crate) fn other_rulebooks(&self) -> Vec<u64> {
        self.handles.values().map(|handle| handle.health().other_rulebooks()).collect()
    }

    /// The partition that a digest falls into.
    pub(crate) fn home(&self, digest: [u8; 16]) -> u16 {
        self.keys.partition_of(StreamId::new(digest), PARTITIONS)
    }

    /// Tells one partition's owner.
    pub(crate) fn tell(&self, partition: u16, facts: Vec<FactMessage>) -> Vec<Receipt> {
        let bus = Arc::clone(&self.bus);
        self.sim.block_on(async move { bus.send_facts(partition, facts).await }).unwrap().unwrap()
    }

    /// How many facts a process has recorded, and how many events lie in the partitions that it owns.
    pub(crate) fn counted(&self, number: u8) -> (u64, u64) {
        let partitions = self.handles[&number].health().partitions();
        let sum = |of: fn(&scheduler::Figures) -> u64| partitions.iter().map(|p| of(&p.figures)).sum();
        (sum(|figures| figures.facts_recorded), sum(|figures| figures.head))
    }
}
