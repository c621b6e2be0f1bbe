//! Permits: granted once, answered again to the same question alone, refused by what rendering says, cut by size.

use contract::wire::{OutcomeMessage, PermitAnswer, PermitQuestions};
use domain::channel::Channel;
use domain::event::Refusal;
use domain::ids::{EscalationId, RequestId};
use domain::outcome::{Outcome, OutcomeReport};
use domain::time::Span;

use crate::faulty::Fault;
use crate::worker::credit;
use crate::world::{Person, UNSPEAKABLE, World};

fn request(n: u8) -> RequestId {
    RequestId::new([n; 16])
}

fn first_of(person: &Person) -> EscalationId {
    EscalationId { stream: person.stream, number: 1 }
}

/// Everybody owes and is escalated over SMS; nobody has asked yet.
fn escalated(world: &World, names: &[&str]) -> Vec<Person> {
    world.grant(credit("town", Channel::Sms, 1_000));
    let people: Vec<Person> = names.iter().map(|name| world.person(name)).collect();
    world.tell(people.iter().flat_map(|person| person.owing("calm")).collect());
    world.run_for(Span::minutes(61));
    for person in &people {
        assert!(world.story(person).contains(&"escalated"), "{:?}", world.story(person));
    }
    people
}

fn refusal(answer: &PermitAnswer) -> Option<&Refusal> {
    if let PermitAnswer::Refused(refusal) = answer { Some(refusal) } else { None }
}

#[test]
fn the_same_question_is_answered_again_and_no_other_is() {
    let mut world = World::started(1);
    let ida = escalated(&world, &["Ida"]).remove(0);
    let id = first_of(&ida);
    let granted = world.ask(vec![(id, request(1))]);
    assert!(matches!(granted[0], PermitAnswer::Granted { .. }));
    assert_eq!(world.ask(vec![(id, request(1))]), granted, "the reply was lost: the same words again");
    assert_eq!(refusal(&world.ask(vec![(id, request(2))])[0]), Some(&Refusal::Taken));
    world.crash();
    world.start();
    assert_eq!(world.ask(vec![(id, request(1))]), granted, "another owner has it from the log");
    world.run_for(Span::seconds(11));
    assert!(refusal(&world.ask(vec![(id, request(1))])[0]).is_some(), "not after start_within");
    let story = world.story(&ida);
    assert_eq!(story.iter().filter(|name| **name == "delivery_started").count(), 1);
}

#[test]
fn the_same_question_twice_in_one_message_is_one_permit() {
    let world = World::started(2);
    let id = first_of(&escalated(&world, &["Ida"])[0]);
    let answers = world.ask(vec![(id, request(1)), (id, request(1)), (id, request(2))]);
    assert!(matches!(answers[0], PermitAnswer::Granted { .. }));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(refusal(&answers[2]), Some(&Refusal::Taken));
}

#[test]
fn a_repeat_after_a_payment_is_refused() {
    let world = World::started(3);
    let ida = escalated(&world, &["Ida"]).remove(0);
    world.ask(vec![(first_of(&ida), request(1))]);
    world.tell(vec![ida.paid("all", 10_000)]);
    assert!(refusal(&world.ask(vec![(first_of(&ida), request(1))])[0]).is_some());
}

#[test]
fn what_never_was_is_not_open() {
    let world = World::started(4);
    let ida = world.person("Ida");
    let answers = world.ask(vec![(first_of(&ida), request(1))]);
    assert_eq!(refusal(&answers[0]), Some(&Refusal::NotOpen));
    world.tell(ida.owing("calm"));
    let answers = world.ask(vec![(first_of(&ida), request(1))]);
    assert_eq!(refusal(&answers[0]), Some(&Refusal::NotOpen));
}

#[test]
fn what_rendering_refuses_is_decided_as_a_refusal() {
    let world = World::started(5);
    let person = escalated(&world, &[UNSPEAKABLE]).remove(0);
    let answers = world.ask(vec![(first_of(&person), request(1))]);
    assert!(matches!(refusal(&answers[0]), Some(Refusal::Render(rule)) if rule.as_str() == "content.name"));
    let story = world.story(&person);
    assert!(story.contains(&"permit_refused") && !story.contains(&"delivery_started"), "{story:?}");
}

#[test]
fn an_answer_that_would_be_too_large_is_cut_before_the_commit() {
    let mut world = World::new(6);
    world.config.max_reply_bytes = 250;
    world.start();
    let people = escalated(&world, &["Ida", "Bert", "Carl", "Dora"]);
    let questions = || people.iter().map(|person| (first_of(person), request(1))).collect::<Vec<_>>();
    let answers = world.ask(questions());
    let granted = |answers: &[PermitAnswer]| {
        answers.iter().filter(|answer| matches!(answer, PermitAnswer::Granted { .. })).count()
    };
    assert_eq!(granted(&answers), 2, "{answers:?}");
    for (person, answer) in people.iter().zip(&answers) {
        let started = world.story(person).contains(&"delivery_started");
        assert_eq!(
            started,
            matches!(answer, PermitAnswer::Granted { .. }),
            "nothing decided for who asks again"
        );
    }
    let rest: Vec<_> = questions().into_iter().skip(2).collect();
    assert_eq!(granted(&world.ask(rest)), 2);
}

#[test]
fn a_message_that_fits_into_no_answer_is_refused() {
    let mut world = World::new(7);
    world.config.max_reply_bytes = 20;
    world.start();
    let ida = escalated(&world, &["Ida"]).remove(0);
    let answers = world.ask(vec![(first_of(&ida), request(1))]);
    assert!(
        matches!(refusal(&answers[0]), Some(Refusal::Render(rule)) if rule.as_str() == "render.too_large")
    );
}

#[test]
fn while_facts_are_behind_nothing_is_permitted() {
    let mut world = World::new(8);
    world.config.max_facts = 1;
    world.start();
    let ida = escalated(&world, &["Ida"]).remove(0);
    world.log.set(Some(Fault::Slow { seconds: 31 }));
    let send = |id: &str| {
        let (bus, fact) = (world.bus.clone(), ida.paid(id, 1));
        let task = async move { drop(bus.send_facts(0, vec![fact]).await) };
        world.runtime.tasks.spawn("source", Box::pin(task));
    };
    send("p1");
    world.sim.run_ready();
    send("p2");
    send("p3");
    let question = vec![(first_of(&ida), request(1))];
    let answers = world.ask(question.clone());
    assert!(matches!(&answers[0], PermitAnswer::AskAgain { reason } if reason.as_str() == "facts_behind"));
    assert!(matches!(world.ask(question)[0], PermitAnswer::Granted { .. }), "once they are in the log");
}

#[test]
fn a_payment_in_the_same_batch_goes_first_even_if_the_question_came_first() {
    let world = World::started(9);
    let people = escalated(&world, &["Ida", "Bert"]);
    let (ida, bert) = (&people[0], &people[1]);
    world.log.set(Some(Fault::Slow { seconds: 5 }));
    let spawn_fact = |fact| {
        let bus = world.bus.clone();
        let task = async move { drop(bus.send_facts(0, vec![fact]).await) };
        world.runtime.tasks.spawn("source", Box::pin(task));
        world.sim.run_ready();
    };
    // While the owner commits this, a question and then a payment arrive.
    spawn_fact(bert.paid("some", 1));
    let answered = std::sync::Arc::new(std::sync::Mutex::new(None));
    let (bus, id, slot) = (world.bus.clone(), first_of(ida), answered.clone());
    let question = PermitQuestions { partition: 0, questions: vec![(id, request(1))] };
    let task = async move { *slot.lock().unwrap() = Some(bus.ask(question).await.unwrap()) };
    world.runtime.tasks.spawn("asker", Box::pin(task));
    world.sim.run_ready();
    spawn_fact(ida.paid("all", 10_000));
    world.run_for(Span::seconds(10));
    let answers = answered.lock().unwrap().take().unwrap();
    assert!(refusal(&answers[0]).is_some(), "{answers:?}");
    assert!(!world.story(ida).contains(&"delivery_started"));
}

#[test]
fn an_outcome_that_waits_in_the_lane_is_read_before_its_deadline_fires() {
    for restart in [false, true] {
        let mut world = World::started(10);
        let people = escalated(&world, &["Ida", "Bert"]);
        let (id, bert) = (first_of(&people[0]), &people[1]);
        assert!(matches!(world.ask(vec![(id, request(1))])[0], PermitAnswer::Granted { .. }));
        let (at, outcome) = (world.now(), Outcome::Accepted);
        let report = OutcomeReport { number: 1, outcome, at, provider_message: None, late: false };
        let message = OutcomeMessage {
            about: contract::wire::About::Attempt(id),
            tenant: None,
            report,
            personal: None,
            trace: None,
        };
        let bus = world.bus.clone();
        let report = async move { drop(bus.report(0, vec![message]).await.unwrap()) };
        // The owner is gone, or busy, for longer than the outcome may take.
        if restart {
            world.stop();
            world.run_for(Span::hours(2));
            world.start_and(report);
        } else {
            world.log.set(Some(Fault::Slow { seconds: 7_200 }));
            let (bus, fact) = (world.bus.clone(), bert.paid("some", 1));
            let task = async move { drop(bus.send_facts(0, vec![fact]).await) };
            world.runtime.tasks.spawn("source", Box::pin(task));
            world.sim.run_ready();
            world.runtime.tasks.spawn("reporter", Box::pin(report));
        }
        world.run_for(Span::hours(3));
        let story = world.story(&people[0]);
        assert!(story.contains(&"outcome_recorded") && !story.contains(&"outcome_unknown"), "{story:?}");
    }
}
