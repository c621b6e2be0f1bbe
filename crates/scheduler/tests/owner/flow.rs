//! The main job: a claim comes in, messages go out, an outcome comes back, a payment ends it.

use contract::wire::Receipt;
use domain::channel::Channel;
use domain::event::Event;
use domain::time::Span;

use crate::worker::{self, Script, credit};
use crate::world::World;

#[test]
fn a_claim_becomes_a_message_and_the_message_an_outcome() {
    let world = World::started(1);
    let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
    let email = worker::start(&world.runtime, &world.bus, Script::new(Channel::Email));
    world.grant(credit("town", Channel::Sms, 5));
    world.grant(credit("town", Channel::Email, 5));
    let ida = world.person("Ida");
    assert_eq!(world.tell(ida.owing("calm")), vec![Receipt::Recorded; 4]);
    world.run_for_days(10);

    let texts = sms.lock().unwrap().submissions.clone();
    assert_eq!(texts.len(), 1);
    assert_eq!((texts[0].2.as_str(), texts[0].3.as_str()), ("+39 Ida", "Ida: please call us about R-Ida"));
    assert_eq!(email.lock().unwrap().submissions.len(), 1);
    let story = world.story(&ida);
    let expected = [
        "debtor_described",
        "contact_point_added",
        "contact_point_added",
        "claim_registered",
        "scenario_begun",
        "escalated",
        "delivery_started",
        "outcome_recorded",
        "step_ended",
        "escalated",
        "delivery_started",
        "outcome_recorded",
        "step_ended",
        "ladder_ended",
    ];
    let told: Vec<&str> = story.into_iter().filter(|name| expected.contains(name)).collect();
    assert_eq!(told, expected);
    let words = |event: &Event| {
        if let Event::DeliveryStarted(delivery) = event { delivery.words } else { None }
    };
    assert_eq!(world.events(&ida).iter().filter_map(words).count(), 2, "each grant attests its words");
}

#[test]
fn a_payment_before_the_permit_refuses_it() {
    let world = World::started(2);
    let sms =
        worker::start(&world.runtime, &world.bus, Script { dawdle_s: 600, ..Script::new(Channel::Sms) });
    world.grant(credit("town", Channel::Sms, 5));
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    world.run_for(Span::minutes(65));
    let emissions: Vec<u32> = sms.lock().unwrap().notices.iter().map(|notice| notice.emission).collect();
    assert_eq!(
        emissions,
        [1, 2, 3, 4, 5],
        "at 0, 20, 60, 140 and 300 seconds: emitted ever more rarely while the worker dawdles"
    );
    assert_eq!(world.tell(vec![ida.paid("all", 10_000)]), [Receipt::Recorded]);
    world.run_for_days(10);
    let record = sms.lock().unwrap().clone();
    assert_eq!((record.submissions.len(), record.refusals.len()), (0, 1), "{record:?}");
}

#[test]
fn a_payment_after_the_permit_stops_everything_that_follows() {
    let world = World::started(3);
    let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
    let email = worker::start(&world.runtime, &world.bus, Script::new(Channel::Email));
    world.grant(credit("town", Channel::Sms, 5));
    world.grant(credit("town", Channel::Email, 5));
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    world.run_for(Span::minutes(65));
    assert_eq!(sms.lock().unwrap().submissions.len(), 1);
    world.tell(vec![ida.paid("all", 10_000)]);
    world.run_for_days(10);
    assert_eq!(email.lock().unwrap().notices.len(), 0);
    assert!(world.story(&ida).contains(&"claim_settled"));
}

#[test]
fn no_plain_value_reaches_the_log() {
    let world = World::started(4);
    worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
    world.grant(credit("town", Channel::Sms, 5));
    world.tell(world.person("Idamaria").owing("calm"));
    world.run_for_days(1);
    let recorded = world.recorded();
    let sealed = recorded.iter().filter(|r| r.event.personal.is_some()).count();
    assert_eq!(sealed, 5, "four facts and the words");
    for row in &recorded {
        let bytes = [row.event.payload.clone(), row.event.personal.clone().unwrap_or_default()].concat();
        assert!(!bytes.windows(8).any(|window| window == b"Idamaria"));
    }
}

#[test]
fn what_follows_from_a_fact_goes_on_in_its_trace() {
    let world = World::started(4);
    let sms = worker::start(&world.runtime, &world.bus, Script::new(Channel::Sms));
    world.grant(credit("town", Channel::Sms, 5));
    let ida = world.person("Ida");
    let trace = Some(([7; 16], [8; 8], 1));
    let mut facts = ida.owing("calm");
    facts.iter_mut().for_each(|fact| fact.trace = trace);
    world.tell(facts);
    world.run_for_days(2);
    assert_eq!(sms.lock().unwrap().notices.first().map(|notice| notice.trace), Some(trace));
    let rows = world.recorded().into_iter().filter(|row| row.event.stream == ida.stream);
    let traces: Vec<_> = rows.map(|row| row.event.trace).collect();
    assert!(traces.len() > 5 && traces.iter().all(|found| *found == trace), "{traces:?}");
}
