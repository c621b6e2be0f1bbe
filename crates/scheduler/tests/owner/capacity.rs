//! Flow control: credit decides how many go out, priority which, and what is lost goes out again.

use core::time::Duration;
use std::collections::BTreeSet;

use contract::wire::Credit;
use domain::channel::Channel;
use domain::time::Span;

use crate::worker::{self, Script, credit};
use crate::world::{Person, World};

fn escalations(world: &World, people: &[Person]) -> Vec<String> {
    let streams: Vec<_> = people.iter().map(|person| person.stream).collect();
    world
        .recorded()
        .iter()
        .filter(|r| contract::event::kind_name(r.event.kind) == Some("escalated"))
        .map(|r| people[streams.iter().position(|s| *s == r.event.stream).unwrap()].name.clone())
        .collect()
}

#[test]
fn without_credit_nobody_is_escalated_and_the_urgent_go_first() {
    for restart in [false, true] {
        let mut world = World::started(1);
        let people: Vec<Person> = ["a", "b", "c", "d"].map(|name| world.person(name)).to_vec();
        for (person, scenario) in people.iter().zip(["calm", "calm", "urgent", "urgent"]) {
            world.tell(person.owing(scenario));
        }
        world.run_for(Span::hours(3));
        assert_eq!(escalations(&world, &people), [""; 0], "no event for who only waits");
        if restart {
            world.stop();
            world.start();
        }
        let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
        world.grant(credit("town", Channel::Sms, 1));
        world.run_for(Span::minutes(5));
        let order = escalations(&world, &people);
        let urgent: BTreeSet<&str> = order[..2].iter().map(String::as_str).collect();
        assert_eq!((order.len(), urgent), (4, BTreeSet::from(["c", "d"])), "one after the other");
        assert_eq!(sms.lock().unwrap().submissions.len(), 4);
    }
}

#[test]
fn no_more_are_out_than_workers_can_hold() {
    let world = World::started(2);
    let script = Script { dawdle_s: 5, ..Script::new(Channel::Sms) };
    let sms = worker::start(&world.runtime, &world.bus, script);
    world.grant(credit("town", Channel::Sms, 3));
    let people: Vec<Person> = (0..10).map(|n| world.person(&format!("p{n}"))).collect();
    world.tell(people.iter().flat_map(|person| person.owing("calm")).collect());
    world.run_for(Span::hours(1).plus(Span::seconds(1)));
    assert_eq!(sms.lock().unwrap().notices.len(), 3);
    world.run_for(Span::seconds(5));
    assert_eq!(sms.lock().unwrap().notices.len(), 6, "each that is resolved makes room");
    world.run_for(Span::minutes(5));
    assert_eq!(sms.lock().unwrap().submissions.len(), 10);
}

#[test]
fn what_a_worker_lost_is_emitted_again() {
    let world = World::started(3);
    let sms = worker::start(&world.runtime, &world.bus, Script { deaf_to: 2, ..Script::new(Channel::Sms) });
    world.grant(credit("town", Channel::Sms, 3));
    world.tell(world.person("Ida").owing("calm"));
    world.run_for(Span::hours(2));
    let record = sms.lock().unwrap().clone();
    let emissions: Vec<u32> = record.notices.iter().map(|notice| notice.emission).collect();
    assert_eq!((emissions, record.submissions.len()), (vec![1, 2, 3], 1));
}

#[test]
fn credit_that_lapsed_counts_no_more() {
    let world = World::started(4);
    let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
    let short = Credit { expires_in: Duration::from_secs(600), ..credit("town", Channel::Sms, 3) };
    world.grant(short);
    world.tell(world.person("Ida").owing("calm"));
    world.run_for(Span::hours(5));
    assert_eq!(sms.lock().unwrap().notices.len(), 0);
    world.grant(Credit { outage: true, ..credit("town", Channel::Sms, 3) });
    world.run_for(Span::hours(5));
    assert_eq!(sms.lock().unwrap().notices.len(), 0, "a worker in an outage takes nothing");
    world.grant(credit("town", Channel::Sms, 3));
    world.run_for(Span::minutes(1));
    assert_eq!(sms.lock().unwrap().submissions.len(), 1);
}

#[test]
fn one_tenant_s_credit_is_not_another_s() {
    let world = World::started(5);
    let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
    let (ida, otto) = (world.person("Ida"), Person::new(&world.keys, "village", "Otto"));
    world.tell(ida.owing("calm"));
    world.tell(otto.owing("calm"));
    world.grant(credit("village", Channel::Sms, 3));
    world.run_for(Span::hours(5));
    let reached: Vec<_> = sms.lock().unwrap().submissions.iter().map(|(id, ..)| id.stream).collect();
    assert_eq!(reached, [otto.stream]);
}

#[test]
fn bulk_goes_out_in_bulk() {
    let world = World::started(6);
    let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
    world.grant(credit("town", Channel::Sms, 5_000));
    let people: Vec<Person> = (0..300).map(|n| world.person(&format!("p{n}"))).collect();
    world.tell(people.iter().flat_map(|person| person.owing("calm")).collect());
    world.run_for(Span::hours(2));
    assert_eq!(sms.lock().unwrap().submissions.len(), 300);
    assert!(worker::counts(&sms).values().all(|count| *count == 1));
}
