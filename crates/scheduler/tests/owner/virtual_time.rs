//! On the virtual clock, over both stores: days pass in moments, and never past an escalation that a worker may still take.

use std::sync::Arc;

use bus::Bus;
use bus::in_process::{InProcessBus, Limits};
use domain::channel::Channel;
use domain::time::{Span, Timestamp};
use event_log::keys::Keyring;
use event_log::memory::MemoryLog;
use event_log::record::Origin;
use event_log::sqlite::{Options, SqliteLog};
use event_log::store::EventLog;
use runtime::{Runtime, virtual_clock};
use scheduler::{Equipment, Handle, Outside, Scheduler, SchedulerConfig};

use crate::rules;
use crate::worker::{self, Script, Shared, credit};
use crate::world::{MONDAY, Person, PlainRenderer};

const DEBTORS: usize = 40;

fn origin(keys: &Keyring) -> Origin {
    Origin { history: [5; 16], partitions: 1, key_check: keys.check_value([5; 16]) }
}

async fn start(
    runtime: &Runtime,
    log: &Arc<dyn EventLog>,
    bus: &Arc<dyn Bus>,
    keys: &Arc<Keyring>,
) -> Handle {
    let equipment = Equipment {
        runtime: runtime.clone(),
        log: Arc::clone(log),
        bus: Arc::clone(bus),
        keyring: Arc::clone(keys),
        rulebook: Arc::new(rules::rulebook(1)),
        renderer: Arc::new(PlainRenderer),
        config: SchedulerConfig::default(),
        outside: Outside::default(),
    };
    Scheduler::start(equipment, b"made in code").await.unwrap()
}

async fn workers(runtime: &Runtime, bus: &Arc<dyn Bus>) -> [Shared; 2] {
    let channels = [Channel::Sms, Channel::Email];
    let records = channels.map(|channel| worker::start(runtime, bus, Script::new(channel)));
    for channel in channels {
        bus.grant(0, credit("town", channel, 7)).await.unwrap();
    }
    records
}

/// One span of the virtual clock: a process that starts, works until then, and stops.
async fn live(log: &Arc<dyn EventLog>, keys: &Arc<Keyring>, from: Timestamp, to: Timestamp) -> [Shared; 2] {
    let (clock, runtime) = virtual_clock::runtime(from, Some(to));
    let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
    let handle = start(&runtime, log, &bus, keys).await;
    let records = workers(&runtime, &bus).await;
    let people: Vec<Person> = (0..DEBTORS).map(|n| Person::new(keys, "town", &format!("p{n}"))).collect();
    bus.send_facts(0, people.iter().flat_map(|person| person.owing("calm")).collect()).await.unwrap();
    clock.start();
    clock.finished().await;
    handle.stop().await.unwrap();
    records
}

fn instants(record: &Shared) -> Vec<Timestamp> {
    record.lock().unwrap().submissions.iter().map(|(_, at, ..)| *at).collect()
}

async fn a_month_in_two_parts(log: Arc<dyn EventLog>, keys: Arc<Keyring>) {
    let (middle, end) = (MONDAY.plus(Span::hours(3)), MONDAY.plus(Span::days(30)));
    let [sms, email] = live(&log, &keys, MONDAY, middle).await;
    // The clock waited for every worker: all went out at the first moment at which they might.
    assert_eq!(instants(&sms), [MONDAY.plus(Span::hours(1)); DEBTORS]);
    assert_eq!(instants(&email), []);
    let [sms, email] = live(&log, &keys, middle, end).await;
    assert_eq!(instants(&sms), []);
    assert_eq!(instants(&email), [MONDAY.plus(Span::hours(25)); DEBTORS]);
}

#[tokio::test]
async fn a_month_in_memory() {
    let (_, runtime) = virtual_clock::runtime(MONDAY, None);
    let keys = Arc::new(Keyring::generate(&*runtime.random));
    let log = MemoryLog::new(origin(&keys), domain::DECIDER_REVISION);
    a_month_in_two_parts(Arc::new(log), keys).await;
}

#[tokio::test]
async fn a_month_in_sqlite() {
    let (_, runtime) = virtual_clock::runtime(MONDAY, None);
    let keys = Arc::new(Keyring::generate(&*runtime.random));
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(domain::DECIDER_REVISION);
    let log = SqliteLog::create(&folder.path().join("log.db"), origin(&keys), options).await.unwrap();
    a_month_in_two_parts(Arc::new(log), keys).await;
}
