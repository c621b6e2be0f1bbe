//! On the virtual clock: days pass in moments, and never past an escalation that a live worker may still take.

use std::sync::Arc;

use bus::Bus;
use bus::in_process::{InProcessBus, Limits};
use domain::channel::Channel;
use domain::time::Span;
use event_log::keys::Keyring;
use event_log::memory::MemoryLog;
use event_log::record::Origin;
use event_log::store::EventLog;
use runtime::virtual_clock;
use scheduler::{Scheduler, SchedulerConfig};

use crate::rules;
use crate::worker::{self, Script, credit};
use crate::world::{MONDAY, Person, PlainRenderer};

#[tokio::test]
async fn thirty_days_pass_and_everybody_is_contacted_at_the_first_moment() {
    let (clock, runtime) = virtual_clock::runtime(MONDAY, Some(MONDAY.plus(Span::days(30))));
    let keys = Arc::new(Keyring::generate(&*runtime.random));
    let origin = Origin { history: [5; 16], partitions: 1, key_check: keys.check_value([5; 16]) };
    let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new(origin, domain::DECIDER_REVISION));
    let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
    let (rulebook, config) = (Arc::new(rules::rulebook(1)), SchedulerConfig::default());
    let handle = Scheduler::start(
        runtime.clone(),
        log,
        Arc::clone(&bus),
        Arc::clone(&keys),
        rulebook,
        b"made in code",
        Arc::new(PlainRenderer),
        config,
    )
    .await
    .unwrap();
    let records =
        [Channel::Sms, Channel::Email].map(|channel| worker::start(&runtime, &bus, Script::new(channel)));
    for channel in [Channel::Sms, Channel::Email] {
        bus.grant(0, credit("town", channel, 7)).await.unwrap();
    }
    let people: Vec<Person> = (0..40).map(|n| Person::new(&keys, "town", &format!("p{n}"))).collect();
    bus.send_facts(0, people.iter().flat_map(|person| person.owing("calm")).collect()).await.unwrap();
    clock.start();
    clock.finished().await;
    for (record, hours) in records.iter().zip([1, 25]) {
        let record = record.lock().unwrap();
        assert_eq!(record.submissions.len(), 40);
        let first = MONDAY.plus(Span::hours(hours));
        assert!(record.submissions.iter().all(|(_, at, ..)| *at == first), "the clock waited for all");
    }
    handle.stop().await.unwrap();
}
