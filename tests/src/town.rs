//! A made-up town that is really dunned: scheduler, three workers, call desk, log and bus are the product's own, and run
//! on the simulated executor; providers, agent, upstream systems and people are scripted by seeded draws.
//!
//! Model: each role is a process of its own, which a test may kill and start again; the log and the carrier survive.
//! Left out: a process that is frozen between its last check and the first byte (permits, 7); disks; an opt-out of a
//! contact point that another debtor is given only later (the suppression list of inputs, 6); the release of a hold whose
//! claim is not known yet.

pub mod agent;
pub mod carrier;
pub mod deeds;
pub mod people;
pub mod process;
pub mod provider;
pub mod pulse;
pub mod record;
pub mod store;
pub mod upstream;
pub mod words;

mod roles;

pub use roles::Role;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use bus::Bus;
use bus::in_process::{InProcessBus, Limits};
use domain::ids::{EscalationId, Position};
use domain::label::TenantId;
use domain::time::{Span, Timestamp};
use event_log::keys::Keyring;
use event_log::memory::MemoryLog;
use event_log::record::{Origin, Recorded};
use event_log::store::EventLog;
use rulebook::Compiled;
use runtime::Runtime;
use runtime::simulated::{Simulation, Trace};
use scheduler::Handle;

use self::carrier::{Carrier, Losses};
use self::people::Person;
use self::process::Process;
use self::pulse::{Kind, Pulse};
use self::record::{Record, Seen};
use self::store::{Manner, Store};
use self::upstream::Upstream;
use crate::draw::Draw;

/// 2026-03-26T00:00:00Z, a Thursday: three days before the clocks of Europe change, five weeks before May Day.
pub const START: Timestamp = Timestamp(1_774_483_200_000);

/// What a town is made from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The seed of everything.
    pub seed: u64,
    /// How many debtors.
    pub debtors: u64,
    /// For how many days something happens.
    pub days: i64,
    /// How bad the carrier is.
    pub losses: Losses,
}

/// The town.
pub struct Town {
    simulation: Simulation,
    runtime: Runtime,
    plan: Plan,
    keys: Arc<Keyring>,
    book: Arc<Compiled>,
    memory: Arc<MemoryLog>,
    log: Arc<dyn EventLog>,
    bus: Arc<dyn Bus>,
    record: Record,
    pulse: Pulse,
    people: Arc<Vec<Person>>,
    processes: BTreeMap<Role, Process>,
    moods: Arc<Mutex<Draw>>,
    handle: Option<Handle>,
}

/// The bundled rulebook, compiled once for all towns.
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
pub fn book() -> Arc<Compiled> {
    static BOOK: OnceLock<Arc<Compiled>> = OnceLock::new();
    let compile =
        || Arc::new(rulebook::compile_sources(&rulebook::bundled("municipality").unwrap()).unwrap());
    Arc::clone(BOOK.get_or_init(compile))
}

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
fn tenant() -> TenantId {
    TenantId::new("gemeinde-musterwil").unwrap()
}

impl Town {
    /// Everybody is there, every role runs, and upstream has told nothing yet.
    pub fn new(plan: Plan) -> Self {
        let (simulation, runtime) = Simulation::new(plan.seed, START);
        let keys = Arc::new(Keyring::generate(&*runtime.random));
        let origin = Origin { history: [7; 16], partitions: 1, key_check: keys.check_value([7; 16]) };
        let memory = Arc::new(MemoryLog::new(origin, domain::DECIDER_REVISION));
        let pulse = Pulse::default();
        let manner = Manner { append_ms: 40, read_ms: 4, without_keys: false };
        let draw = Draw::new(plan.seed, 1_000_001);
        let log = Store::new(Arc::clone(&memory), runtime.clone(), pulse.clone(), manner, draw);
        let people = Arc::new(people::people(&keys, &tenant(), plan.seed, plan.debtors, START));
        let upstream = Upstream::default();
        let record = Record::default();
        let bus = carrier(&plan, &runtime, &people, &upstream);
        upstream.plan(everything(&plan, &people));
        let telling = upstream.run(runtime.clone(), Arc::clone(&bus), record.clone(), pulse.clone());
        runtime.tasks.spawn("upstream", Box::pin(telling));
        let processes = Role::ALL.map(|role| (role, Process::new(role.as_str(), &runtime)));
        let mut town = Self {
            simulation,
            plan,
            keys,
            book: book(),
            memory,
            log: Arc::new(log),
            bus,
            record,
            pulse,
            people,
            processes: processes.into(),
            moods: Arc::new(Mutex::new(Draw::new(plan.seed, 1_000_002))),
            handle: None,
            runtime,
        };
        Role::ALL.into_iter().for_each(|role| town.start(role));
        town
    }

    /// When the plan is over.
    pub const fn end(&self) -> Timestamp {
        START.plus(Span::days(self.plan.days))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.runtime.clock.now()
    }

    /// Runs until this instant.
    pub fn run_until(&self, until: Timestamp) {
        let halt = self.simulation.run_until(until);
        assert_eq!(halt, runtime::simulated::Halt::Reached, "the town runs in circles");
    }

    /// Runs until so many moments of this kind have passed and a little longer, at most until `end`.
    pub fn run_for_moments(&self, kind: Kind, moments: u64, longer: Span, end: Timestamp) {
        let reached = self.pulse.after(kind, moments);
        let clock = Arc::clone(&self.runtime.clock);
        let wait = async move {
            let over = clock.timer(end);
            let stop = async {
                reached.await;
                drop(clock.timer(clock.now().plus(longer)).await);
            };
            tokio::select! {
                biased;
                _busy = over => {}
                () = stop => {}
            }
        };
        assert_eq!(self.simulation.block_on(wait), Some(()), "the town has come to a halt");
    }

    /// Which task ran when.
    pub fn trace(&self) -> Trace {
        self.simulation.trace()
    }

    /// What was seen from outside so far.
    pub fn seen(&self) -> Seen {
        self.record.lock().clone()
    }

    /// The people.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The keys.
    pub fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// The whole log, read past the town's own delays.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub fn rows(&self) -> Vec<Recorded> {
        let log = Arc::clone(&self.memory);
        let read = async move { log.read(0, Position(0), u32::MAX).await };
        self.simulation.block_on(read).unwrap().unwrap()
    }

    /// Runs a future to its end.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub fn block_on<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        self.simulation.block_on(future).unwrap()
    }

    /// The log as whoever reads it later has it; without its data keys if all debtors were erased.
    pub fn log_for_readers(&self, without_keys: bool) -> Arc<dyn EventLog> {
        let manner = Manner { append_ms: 0, read_ms: 0, without_keys };
        let (memory, runtime) = (Arc::clone(&self.memory), self.runtime.clone());
        Arc::new(Store::new(memory, runtime, Pulse::default(), manner, Draw::new(0, 0)))
    }
}

fn everything(plan: &Plan, people: &[Person]) -> Vec<(Timestamp, contract::wire::FactMessage)> {
    let mut told = Vec::new();
    let until = START.plus(Span::days(plan.days));
    for (number, person) in (0..).zip(people) {
        told.extend(person.introduction());
        told.extend(deeds::planned(person, &mut Draw::new(plan.seed ^ 0xdeed, number), START, until));
    }
    told
}

/// A carrier over which people hear that a contact to them is on its way: some act in that moment.
fn carrier(plan: &Plan, runtime: &Runtime, people: &Arc<Vec<Person>>, upstream: &Upstream) -> Arc<dyn Bus> {
    let drawn = Mutex::new((Draw::new(plan.seed, 1_000_003), 0_u64));
    let (people, upstream, clock) = (Arc::clone(people), upstream.clone(), Arc::clone(&runtime.clock));
    let end = START.plus(Span::days(plan.days));
    let on_asked = move |id: EscalationId| {
        let mut drawn = drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (draw, deeds) = &mut *drawn;
        let Some(person) = people.iter().find(|person| person.stream == id.stream) else { return };
        if clock.now() < end && draw.percent(10) {
            // Half of them so soon that they may overtake the question.
            let latest_ms = if draw.percent(50) { 1_500 } else { 15_000 };
            let at = clock.now().plus(Span(draw.between(0, latest_ms)));
            *deeds += 1;
            upstream.plan(deeds::in_the_moment(person, draw, &format!("deed {deeds}"), at));
        }
    };
    let inner = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
    Arc::new(Carrier {
        inner,
        runtime: runtime.clone(),
        losses: plan.losses,
        draw: Mutex::new(Draw::new(plan.seed, 1_000_004)),
        on_asked: Box::new(on_asked),
    })
}
