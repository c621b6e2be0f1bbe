//! What comes in from contact points, and the suppression list (inputs, 6; R14).

use contract::wire::{About, Filed, Receipt};
use domain::channel::{Channel, PointKind};
use domain::event::Event;
use domain::fact::{Fact, Scope};
use domain::ids::{EscalationId, RequestId};
use domain::inbound::InboundClass;
use domain::label::{Label, TenantId};
use domain::outcome::{Outcome, RejectClass};
use domain::time::Span;

use crate::worker::{Script, credit};
use crate::world::{Person, World};

const SHARED: &str = "+39 1";

/// Three debtors of a household, and one of another tenant's, with one number.
fn household(world: &World) -> [Person; 4] {
    let people = [
        world.person("Ida"),
        world.person("Bert"),
        world.person("Cleo"),
        Person::new(&world.keys, "village", "Ida"),
    ];
    for person in &people {
        world.tell(vec![
            person.described(),
            person.point(PointKind::Phone, SHARED),
            person.registered("calm"),
        ]);
    }
    people
}

fn count(world: &World, person: &Person, name: &str) -> usize {
    world.story(person).into_iter().filter(|event| *event == name).count()
}

fn opt_outs(world: &World, person: &Person) -> Vec<String> {
    let source = |event: Event| {
        if let Event::Fact(Fact::OptedOut { scope: Scope::Point(_), source }) = event {
            Some(source.to_string())
        } else {
            None
        }
    };
    world.events(person).into_iter().filter_map(source).collect()
}

#[test]
fn a_stop_from_a_shared_number_stops_everybody_who_uses_it_and_nobody_else() {
    let world = World::started(1);
    let [ida, bert, cleo, stranger] = household(&world);
    assert_eq!(world.stop_first(vec![ida.wrote("stop", SHARED, InboundClass::Stop)]), [Receipt::Recorded]);
    let told: usize =
        [&ida, &bert, &cleo].map(|person| count(&world, person, "message_received")).iter().sum();
    assert_eq!(told, 1, "the words stand with one of them");
    for person in [&ida, &bert, &cleo] {
        assert_eq!(opt_outs(&world, person), ["reply"], "{}", person.name);
    }
    assert_eq!(opt_outs(&world, &stranger), [""; 0]);
    let again = ida.wrote("stop", SHARED, InboundClass::Stop);
    assert_eq!(world.stop_first(vec![again]), [Receipt::Duplicate], "a provider repeats");
}

#[test]
fn after_a_stop_nobody_who_shares_the_number_is_written_to_there() {
    let world = World::started(2);
    let [ida, ..] = household(&world);
    let (sms, _email) = (world.works(Script::new(Channel::Sms)), world.works(Script::new(Channel::Email)));
    world.stop_first(vec![ida.wrote("stop", SHARED, InboundClass::Stop)]);
    world.run_for_days(30);
    let reached: Vec<String> =
        sms.lock().unwrap().submissions.iter().map(|(_, _, to, _)| to.clone()).collect();
    assert_eq!(reached.len(), 1, "the other tenant's debtor alone: {reached:?}");
}

#[test]
fn an_answer_is_put_down_to_whoever_was_contacted_there_last() {
    let world = World::started(3);
    let [ida, bert, cleo, _] = household(&world);
    let sms = world.works(Script::new(Channel::Sms));
    world.run_for(Span::hours(2));
    let last = sms
        .lock()
        .unwrap()
        .submissions
        .iter()
        .rev()
        .map(|(id, ..)| id.stream)
        .find(|stream| [&ida, &bert, &cleo].iter().any(|person| person.stream == *stream));
    world.stop_first(vec![ida.wrote("q", SHARED, InboundClass::Dispute)]);
    for person in [&ida, &bert, &cleo] {
        let expected = usize::from(Some(person.stream) == last);
        assert_eq!(count(&world, person, "message_received"), expected, "{}", person.name);
        assert_eq!(count(&world, person, "hold_placed"), expected, "{}", person.name);
    }
}

#[test]
fn where_nobody_was_contacted_yet_everybody_is_held() {
    let world = World::started(4);
    let [ida, bert, cleo, stranger] = household(&world);
    world.stop_first(vec![ida.wrote("h", SHARED, InboundClass::Hardship)]);
    for (person, holds) in [(&ida, 1), (&bert, 1), (&cleo, 1), (&stranger, 0)] {
        assert_eq!(count(&world, person, "hold_placed"), holds, "{}", person.name);
        assert_eq!(count(&world, person, "task_opened"), holds, "{}", person.name);
    }
    let with_words =
        world.recorded().into_iter().filter(|row| row.event.kind == 21 && row.event.personal.is_some());
    assert_eq!(with_words.count(), 1, "nobody knows whose words they are");
}

#[test]
fn a_stop_from_a_number_that_nobody_has_meets_whoever_is_given_it_later() {
    let mut world = World::started(5);
    let (ida, bert) = (world.person("Ida"), world.person("Bert"));
    assert_eq!(world.stop_first(vec![ida.wrote("stop", SHARED, InboundClass::Stop)]), [Receipt::Parked]);
    for restart in [false, true] {
        if restart {
            world.stop();
            world.start();
        }
        let person = if restart { &bert } else { &ida };
        world.tell(vec![person.described(), person.point(PointKind::Phone, SHARED)]);
        assert!(!opt_outs(&world, person).is_empty(), "{}", person.name);
    }
    assert_eq!(count(&world, &ida, "message_received"), 1, "the words came to the first who has the number");
    assert_eq!(world.waiting().len(), 0);
}

#[test]
fn other_words_from_a_number_that_nobody_has_wait_for_somebody() {
    let world = World::started(6);
    let ida = world.person("Ida");
    let wrote = ida.wrote("paid", SHARED, InboundClass::PaymentClaimed);
    assert_eq!(world.stop_first(vec![wrote.clone()]), [Receipt::Parked]);
    assert_eq!((world.stop_first(vec![wrote]), world.waiting().len()), (vec![Receipt::Duplicate], 1));
    world.tell(vec![ida.described(), ida.point(PointKind::Phone, SHARED)]);
    assert_eq!((count(&world, &ida, "hold_placed"), world.waiting().len()), (1, 0));
    assert_eq!(opt_outs(&world, &ida), [""; 0]);
}

#[test]
fn whoever_is_given_a_point_after_the_opt_out_is_covered_and_a_later_consent_lifts_it() {
    let world = World::started(7);
    let (ida, bert) = (world.person("Ida"), world.person("Bert"));
    world.tell(ida.owing("calm"));
    let scope = Scope::Point(ida.phone("+39 Ida"));
    let source = Label::new("letter").unwrap();
    let stop = ida.fact("stop", Fact::OptedOut { scope, source: source.clone() }, None);
    let since = stop.occurred_at;
    world.tell(vec![stop]);
    let mut consent = bert.fact("yes", Fact::ConsentGiven { scope, source }, None);
    consent.occurred_at = since.plus(Span::days(1));
    world.tell(vec![consent, bert.described(), bert.point(PointKind::Phone, "+39 Ida")]);
    assert_eq!(opt_outs(&world, &bert), [""; 0], "the consent is later than the opt-out");
    let cleo = world.person("Cleo");
    world.tell(vec![cleo.described(), cleo.point(PointKind::Phone, "+39 Ida")]);
    assert_eq!(opt_outs(&world, &cleo), ["suppression-list"]);
}

#[test]
fn a_recipient_who_refuses_at_the_provider_is_refused_for_everybody() {
    let world = World::started(8);
    let [ida, bert, cleo, stranger] = household(&world);
    let refusing =
        Script { outcome: Outcome::Rejected(RejectClass::RecipientRefuses), ..Script::new(Channel::Sms) };
    world.works(refusing);
    world.run_for(Span::hours(2));
    for (person, times) in [(&ida, 1), (&bert, 1), (&cleo, 1), (&stranger, 1)] {
        assert!(opt_outs(&world, person).len() >= times, "{}", person.name);
    }
    let dora = world.person("Dora");
    world.tell(vec![dora.described(), dora.point(PointKind::Phone, SHARED)]);
    assert_eq!(opt_outs(&world, &dora), ["suppression-list"]);
}

#[test]
fn a_receipt_that_comes_before_its_outcome_waits_for_it() {
    let world = World::started(9);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    world.grant(credit("town", Channel::Sms, 5));
    world.run_for(Span::hours(2));
    let id = EscalationId { stream: ida.stream, number: 1 };
    let request = RequestId::new([1; 16]);
    world.ask(vec![(id, request)]);
    let named = world.keys.provider_message_id(&ida.tenant, "SM1");
    let delivered = || world.report(About::Message(named), Outcome::Delivered, None);
    assert_eq!((delivered(), delivered()), (Filed::Waits, Filed::Waits));
    assert_eq!(world.waiting().len(), 1, "a repeat waits once");
    assert_eq!(world.report(About::Attempt(id), Outcome::Accepted, Some(named)), Filed::Recorded);
    assert_eq!((world.waiting().len(), count(&world, &ida, "outcome_recorded")), (0, 2));
    assert_eq!(delivered(), Filed::NothingNew);
    assert_eq!(world.report(About::Message(named), Outcome::Read, None), Filed::Recorded);
    assert_eq!(world.report(About::Message(named), Outcome::Accepted, None), Filed::NothingNew);
}

#[test]
fn the_workers_word_after_the_providers_still_gives_the_message_its_name() {
    let world = World::started(10);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    world.grant(credit("town", Channel::Sms, 5));
    world.run_for(Span::hours(2));
    let id = EscalationId { stream: ida.stream, number: 1 };
    world.ask(vec![(id, RequestId::new([1; 16]))]);
    let named = world.keys.provider_message_id(&ida.tenant, "SM1");
    assert_eq!(world.report(About::Attempt(id), Outcome::Delivered, None), Filed::Recorded);
    assert_eq!(world.report(About::Message(named), Outcome::Read, None), Filed::Waits);
    assert_eq!(world.report(About::Attempt(id), Outcome::Accepted, Some(named)), Filed::NothingNew);
    assert_eq!((world.waiting().len(), count(&world, &ida, "outcome_recorded")), (0, 2), "it was read");
    let unknown = EscalationId { number: 99, ..id };
    assert_eq!(world.report(About::Attempt(unknown), Outcome::Read, None), Filed::Unknown);
}

#[test]
fn a_stop_overtakes_whatever_was_sent_in_bulk_before_it() {
    let mut world = World::new(11);
    let (ida, bert) = (world.person("Ida"), world.person("Bert"));
    world.start();
    world.tell([ida.owing("calm"), bert.owing("calm")].concat());
    world.stop();
    let (bus, bulk, stop) = (world.bus.clone(), bert.paid("bulk", 1), ida.paid("all", 10_000));
    let runtime = world.runtime.clone();
    world.start_and(async move {
        for (facts, is_stop) in [(vec![bulk], false), (vec![stop], true)] {
            let bus = bus.clone();
            let send = async move {
                drop(if is_stop { bus.send_stops(0, facts).await } else { bus.send_facts(0, facts).await });
            };
            runtime.tasks.spawn("source", Box::pin(send));
        }
    });
    world.run_for(Span::minutes(1));
    let payments: Vec<_> = world.recorded().into_iter().filter(|row| row.event.kind == 7).collect();
    let whose: Vec<_> = payments.iter().map(|row| row.event.stream).collect();
    assert_eq!(whose, [ida.stream, bert.stream]);
}

#[test]
fn who_speaks_for_one_tenant_reports_nothing_of_another() {
    let world = World::started(12);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    world.grant(credit("town", Channel::Sms, 5));
    world.run_for(Span::hours(2));
    let id = EscalationId { stream: ida.stream, number: 1 };
    world.ask(vec![(id, RequestId::new([1; 16]))]);
    let speaks_for = |name: &str| Some(TenantId::new(name).unwrap());
    let about = About::Attempt(id);
    assert_eq!(world.report_as(speaks_for("village"), about, Outcome::Delivered, None), Filed::Unknown);
    assert_eq!(world.report_as(speaks_for("town"), about, Outcome::Delivered, None), Filed::Recorded);
}

#[test]
fn reports_about_messages_of_others_do_not_wait_without_bound() {
    let mut world = World::new(13);
    world.config.max_remembered = 2;
    world.start();
    let ida = world.person("Ida");
    let report = |n: u32| {
        let named = world.keys.provider_message_id(&ida.tenant, &format!("SM{n}"));
        world.report(About::Message(named), Outcome::Delivered, None)
    };
    assert_eq!([1, 2, 3, 4].map(report), [Filed::Waits, Filed::Waits, Filed::Waits, Filed::Unknown]);
    // What memory does not hold any more the store still has.
    let stop = ida.wrote("stop", SHARED, InboundClass::Stop);
    assert_eq!(world.stop_first(vec![stop]), [Receipt::Parked]);
    world.stop();
    world.start();
    world.tell(vec![ida.described(), ida.point(PointKind::Phone, SHARED)]);
    assert!(!opt_outs(&world, &ida).is_empty());
    assert_eq!(world.waiting().len(), 3);
}
