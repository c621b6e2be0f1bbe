//! Takeover and recovery: the log alone brings everything back, and only one owner is right.

use std::collections::BTreeMap;
use std::time::Duration;

use contract::wire::Receipt;
use domain::channel::Channel;
use domain::debtor::Debtor;
use domain::evolve::Place;
use domain::ids::{Position, StreamId};
use domain::next_due::next_due;
use domain::redecide::{differs, input_of};
use domain::time::Span;
use event_log::record::{Append, NewEvent, Recorded, Snapshot};
use event_log::store::{EventLog, StoreError};
use scheduler::SchedulerError;

use crate::faulty::Fault;
use crate::rules;
use crate::worker::{self, Script, credit};
use crate::world::{Person, World};

fn busy_world(seed: u64) -> (World, Vec<Person>) {
    let world = World::started(seed);
    for channel in [Channel::Sms, Channel::Email] {
        worker::start(&world.runtime, &world.bus, Script { dawdle_s: 2, ..Script::new(channel) });
        world.grant(credit("town", channel, 2));
    }
    let people: Vec<Person> = (0..12).map(|n| world.person(&format!("p{n}"))).collect();
    for (n, person) in people.iter().enumerate() {
        world.tell(person.owing(if n % 3 == 0 { "urgent" } else { "calm" }));
    }
    (world, people)
}

/// A life with payments on the way.
fn live(world: &World, people: &[Person]) {
    world.run_for(Span::hours(2));
    world.tell(vec![people[0].paid("all", 10_000), people[1].paid("some", 500)]);
    world.run_for_days(1);
    world.tell(vec![people[2].paid("all", 20_000)]);
    world.run_for_days(4);
}

fn fold(recorded: &[Recorded]) -> BTreeMap<StreamId, (Debtor, Position)> {
    let mut states = BTreeMap::new();
    for row in recorded.iter().filter(|row| row.event.stream != StreamId::PARTITION) {
        let new = &row.event;
        let event = contract::event::decode(new.kind, new.schema, &new.payload).unwrap();
        let (debtor, last) =
            states.entry(new.stream).or_insert_with(|| (Debtor::new(new.tenant.clone()), row.position));
        debtor.evolve(&event, Place { position: row.position, at: new.at, occurred_at: new.occurred_at });
        *last = row.position;
    }
    states
}

fn snapshots(world: &World, people: &[Person]) -> Vec<Snapshot> {
    let streams: Vec<StreamId> = people.iter().map(|person| person.stream).collect();
    let log = world.memory.clone();
    let loaded = world.sim.block_on(async move { log.load(0, &streams).await }).unwrap().unwrap();
    loaded.into_iter().map(|loaded| loaded.snapshot.unwrap()).collect()
}

#[test]
fn after_a_stop_every_snapshot_is_the_fold_of_the_log() {
    let (mut world, people) = busy_world(1);
    live(&world, &people);
    world.stop();
    let states = fold(&world.recorded());
    let rulebook = rules::rulebook(1);
    for snapshot in snapshots(&world, &people) {
        let (debtor, last) = &states[&snapshot.stream];
        assert_eq!(&contract::state::decode(&snapshot.state).unwrap(), debtor);
        assert_eq!((snapshot.position, snapshot.version), (*last, debtor.version));
        assert_eq!(snapshot.due_at, next_due(debtor, &rulebook));
    }
}

#[test]
fn two_runs_are_equal_step_by_step_and_event_by_event() {
    let run = || {
        let (mut world, people) = busy_world(7);
        live(&world, &people);
        world.stop();
        (world.sim.trace(), world.recorded())
    };
    let (first, second) = (run(), run());
    assert!(first.0.len() > 100 && first.1.len() > 100);
    assert_eq!(first, second);
}

#[test]
fn a_log_without_its_data_keys_decides_the_same() {
    let (world, people) = busy_world(2);
    live(&world, &people);
    let rulebook = rules::rulebook(1);
    let mut decisions = 0;
    for person in &people {
        let own: Vec<Recorded> =
            world.recorded().into_iter().filter(|row| row.event.stream == person.stream).collect();
        let mut state = Debtor::new(person.tenant.clone());
        for group in own.chunk_by(|a, b| a.event.cause == b.event.cause) {
            // Only open payloads are read: the keys might as well be gone.
            let events: Vec<_> = group
                .iter()
                .map(|row| {
                    contract::event::decode(row.event.kind, row.event.schema, &row.event.payload).unwrap()
                })
                .collect();
            let first = &group[0].event;
            let input = input_of(first.cause.kind, &events[0], first.occurred_at).unwrap();
            assert_eq!(differs(&state, &input, &rulebook, first.at, &events), None);
            decisions += 1;
            for (row, event) in group.iter().zip(&events) {
                let (at, occurred_at) = (row.event.at, row.event.occurred_at);
                state.evolve(event, Place { position: row.position, at, occurred_at });
            }
        }
    }
    assert!(decisions > 100);
}

#[test]
fn what_was_open_is_emitted_again_by_the_next_owner_under_a_new_number() {
    for graceful in [true, false] {
        let mut world = World::started(3);
        world.grant(credit("town", Channel::Sms, 2));
        let ida = world.person("Ida");
        world.tell(ida.owing("calm"));
        world.run_for(Span::minutes(70));
        assert!(world.story(&ida).contains(&"escalated"), "nobody hears it");
        if graceful {
            world.stop()
        } else {
            world.crash()
        }
        world.start();
        let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
        world.grant(credit("town", Channel::Sms, 2));
        world.run_for(Span::minutes(1));
        let record = sms.lock().unwrap().clone();
        assert_eq!((record.notices.len(), record.submissions.len()), (1, 1));
        assert!(record.notices[0].emission > 1_000, "{}", record.notices[0].emission);
    }
}

#[test]
fn a_commit_whose_result_is_lost_is_looked_up_and_counts_once() {
    for after in [false, true] {
        for append in 1..=6 {
            let world = World::started(4);
            let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
            world.grant(credit("town", Channel::Sms, 2));
            world.log.set(Some(Fault::Unknown { append, after }));
            let ida = world.person("Ida");
            assert_eq!(world.tell(vec![ida.paid_by_claim("early", 100)]), [Receipt::Parked]);
            assert_eq!(world.tell(ida.owing("calm")), vec![Receipt::Recorded; 4]);
            world.run_for(Span::hours(20));
            assert_eq!(sms.lock().unwrap().submissions.len(), 1);
            assert_eq!(world.tell(vec![ida.paid("p", 10_000)]), [Receipt::Recorded]);
            assert!(world.log.appends() >= append, "the fault struck");
            let story = world.story(&ida);
            for (name, times) in [("payment_received", 2), ("escalated", 1), ("outcome_recorded", 1)] {
                assert_eq!(story.iter().filter(|n| **n == name).count(), times, "{name} in {story:?}");
            }
        }
    }
}

#[test]
fn an_owner_that_was_frozen_at_its_commit_while_another_went_on_has_lost_the_partition() {
    let mut world = World::started(5);
    let (ida, log) = (world.person("Ida"), world.memory.clone());
    world.tell(ida.owing("calm"));
    world.log.set(Some(Fault::Frozen { seconds: 8 }));
    let (runtime, other) = (world.runtime.clone(), world.recorded().last().cloned().unwrap());
    let takes_over = async move {
        runtime.clock.sleep(Duration::from_secs(5)).await;
        let lease = log.lease(0).await.unwrap();
        let event = NewEvent {
            version: other.event.version + 1,
            previous: Some(other.position),
            event_id: [9; 16],
            at: lease.head.at,
            ..other.event
        };
        let nothing = Append::nothing(0, lease.epoch, lease.head);
        log.append(&Append { events: vec![event], ..nothing }).await.unwrap();
    };
    world.runtime.tasks.spawn("the other", Box::pin(takes_over));
    assert!(world.try_tell(vec![ida.paid("p", 1)]).is_err());
    let error = world.ended().unwrap_err();
    assert!(error.is_lost_ownership() && !matches!(error, SchedulerError::ForeignEvents { .. }), "{error}");
}

#[test]
fn an_owner_that_was_replaced_stops_and_acknowledges_nothing() {
    let mut world = World::started(5);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    let log = world.memory.clone();
    world.sim.block_on(async move { log.lease(0).await }).unwrap().unwrap();
    let before = world.recorded().len();
    assert!(world.try_tell(vec![ida.paid("p", 1)]).is_err());
    let error = world.ended().unwrap_err();
    let SchedulerError::Store { failure: source, .. } = &error else { panic!("{error}") };
    let stale = matches!(**source, StoreError::StaleEpoch { .. });
    assert!(stale && !error.is_transient(), "{error}");
    assert_eq!(world.recorded().len(), before);
}

#[test]
fn a_refusal_is_no_answer_either_once_another_owns_the_partition() {
    let mut world = World::started(6);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    let log = world.memory.clone();
    world.sim.block_on(async move { log.lease(0).await }).unwrap().unwrap();
    assert!(world.try_tell(vec![ida.registered("calm")]).is_err(), "a duplicate, but not for us to say");
    assert!(world.ended().is_err());
}

#[test]
fn a_rulebook_is_activated_once_and_a_new_one_again() {
    let mut world = World::started(8);
    let activations = |world: &World| {
        let own = world.recorded().into_iter().filter(|row| row.event.stream == StreamId::PARTITION);
        own.map(|row| row.event.version).collect::<Vec<_>>()
    };
    assert_eq!(activations(&world), [1]);
    world.stop();
    world.start();
    assert_eq!(activations(&world), [1]);
    world.stop();
    world.rulebook = 2;
    world.start();
    assert_eq!(activations(&world), [1, 2]);
    world.tell(world.person("Ida").owing("calm"));
    let last = world.recorded().pop().unwrap();
    assert_eq!(last.event.rulebook, rules::rulebook(2).hash);
}

#[test]
fn many_more_debtors_than_memory_holds_all_go_on() {
    let mut world = World::new(9);
    (world.config.max_states, world.config.max_due_index, world.config.due_page) = (5, 7, 3);
    (world.config.sweep_page, world.config.refold_page, world.config.max_due) = (2, 10, 4);
    world.start();
    let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
    world.grant(credit("town", Channel::Sms, 3));
    let people: Vec<Person> = (0..60).map(|n| world.person(&format!("p{n}"))).collect();
    for (n, person) in people.iter().enumerate() {
        world.tell(person.owing("calm"));
        world.run_for(Span::minutes(if n % 7 == 0 { 5 } else { 0 }));
        if n == 30 {
            world.crash();
            world.start();
            world.grant(credit("town", Channel::Sms, 3));
        }
    }
    world.run_for_days(1);
    assert_eq!(worker::counts(&sms).values().copied().collect::<Vec<_>>(), [1; 60]);
}

#[test]
fn an_owner_that_vanishes_is_noticed() {
    let mut world = World::started(10);
    assert_eq!(world.sim.kill("scheduler.owner"), 1);
    let error = world.ended().unwrap_err();
    assert!(matches!(error, SchedulerError::Ended { partition: 0 }) && error.is_transient(), "{error}");
}
