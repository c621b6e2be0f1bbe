//! Permits: the last word before anything leaves (protocol, permits).

use domain::channel::{Channel, PointKind};
use domain::decide::may_answer_again;
use domain::event::{Event, Refusal};
use domain::fact::{Fact, Scope, TaskKind};
use domain::ids::PointId;
use domain::input::Input;
use domain::label::RuleName;
use domain::outcome::{Outcome, Reach, Said};
use domain::time::Span;

use crate::world::{CLAIM, PHONE, World, called, label};

#[test]
fn a_payment_before_the_permit_takes_the_escalation_back_p1() {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    let events = world.pay(10_000);
    assert!(matches!(events[1], Event::ClaimSettled { .. }));
    assert!(matches!(events[2], Event::EscalationWithdrawn { .. }));
    assert_eq!(world.ask(number), Err(Refusal::NotOpen));
}

#[test]
fn only_the_request_that_holds_the_permit_may_be_answered_again() {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    let request = world.next_request(number);
    assert_eq!(world.ask_as(request), Ok(()));
    let again =
        |world: &World| may_answer_again(&world.debtor, number, request.request, &world.rulebook, world.now);
    assert!(again(&world));
    assert_eq!(world.ask(number), Err(Refusal::Taken), "another request of the same attempt");
    let other = world.next_request(number).request;
    assert!(!may_answer_again(&world.debtor, number, other, &world.rulebook, world.now));
    world.now = world.now.plus(Span::seconds(10));
    assert!(!again(&world), "start_within is over");
    world.report(number, called(Reach::NoAnswer, Said::Nothing));
    assert!(!again(&world));
    assert_eq!(world.ask_as(request), Err(Refusal::Taken), "the attempt is over");
}

#[test]
fn a_repeat_is_not_answered_once_a_stop_is_in_the_log() {
    let stops: [fn(&mut World); 5] = [
        |w| drop(w.pay(10_000)),
        |w| drop(w.opt_out(Scope::Point(PHONE))),
        |w| drop(w.tell(Fact::CeaseRequested { source: label("mail") })),
        |w| drop(w.tell(Fact::DisputeOpened { claim: CLAIM, ground: label("not-mine") })),
        |w| {
            drop(w.tell(Fact::ContactPointInvalidated {
                point: PHONE,
                reason: domain::fact::Invalidity::Retracted,
            }))
        },
    ];
    for (index, stop) in stops.into_iter().enumerate() {
        let mut world = World::owing();
        let (number, _) = world.until_escalated();
        let request = world.next_request(number);
        world.ask_as(request).unwrap();
        stop(&mut world);
        let again = may_answer_again(&world.debtor, number, request.request, &world.rulebook, world.now);
        assert!(!again, "stop {index}");
    }
}

#[test]
fn every_rule_must_stay_open_for_start_within_and_the_clock_bound() {
    for (before_closing, granted) in [(13, true), (12, true), (11, false), (1, false)] {
        let mut world = World::owing();
        let (number, _) = world.until_escalated();
        // Calls close at 20:00 in Rome, three hours after they opened.
        world.now = world.now.plus(Span::hours(3)).minus(Span::seconds(before_closing));
        let answer = world.ask(number);
        assert_eq!(answer.is_ok(), granted, "{before_closing} s before closing: {answer:?}");
        if !granted {
            assert_eq!(answer, Err(Refusal::Rule(RuleName::new("call-hours").unwrap())));
            let retry = world.next_due().unwrap();
            assert!(retry > world.now.plus(Span::hours(20)), "the step waits for the next opening");
        }
    }
}

#[test]
fn a_better_number_by_then_means_planning_anew() {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    let (point, kind, source) = (PointId::new([5; 16]), PointKind::Phone, label("registry"));
    world.tell(Fact::ContactPointAdded { point, kind, source, confidence: 95, verified_at: None });
    assert_eq!(world.ask(number), Err(Refusal::Replanned));
    let (next, _) = world.until_escalated();
    assert_eq!(world.debtor.attempt(next).unwrap().point, point);
}

#[test]
fn what_rendering_refuses_becomes_a_refusal_and_a_task() {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    let request = world.next_request(number);
    let reason = RuleName::new("debt-words").unwrap();
    let events = world.input(&Input::RenderRefused { request, reason: reason.clone() }).events;
    assert!(
        matches!(&events[0], Event::PermitRefused { reason: Refusal::Render(r), ends: true, .. } if *r == reason)
    );
    assert_eq!(events[1], Event::TaskOpened { task: TaskKind::RulebookGap, claim: Some(CLAIM) });
    assert_eq!(world.next_due(), None, "nobody is contacted in these words again until a person has looked");
}

#[test]
fn a_permit_without_an_outcome_becomes_unknown_and_counts() {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    world.ask(number).unwrap();
    let events = world.wake();
    assert!(matches!(events[0], Event::OutcomeUnknown { .. }));
    assert!(world.debtor.attempt(number).unwrap().counted_at().is_some());
    let level = world.debtor.claim(CLAIM).unwrap().level;
    let waits_until = world.next_due();
    let late = world.report(number, called(Reach::NoAnswer, Said::Nothing));
    assert_eq!(late.len(), 1, "a late outcome amends the record");
    assert_eq!(
        (world.debtor.claim(CLAIM).unwrap().level, world.next_due()),
        (level, waits_until),
        "and moves nothing"
    );
}

#[test]
fn a_late_unsent_gives_the_contact_back() {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    world.ask(number).unwrap();
    world.wake();
    world.report(number, Outcome::Unsent);
    assert_eq!(world.debtor.attempt(number).unwrap().counted_at(), None);
}

#[test]
fn a_permit_for_what_never_was_is_refused_without_an_event() {
    let mut world = World::owing();
    assert_eq!(world.ask(1), Err(Refusal::NotOpen));
    assert_eq!(world.report(1, Outcome::Delivered), []);
    let (number, _) = world.until_escalated();
    assert_eq!(world.report(number, Outcome::Delivered), [], "an outcome without a permit");
    world.now = world.now.plus(Span::days(3));
    assert_eq!(world.ask(number), Err(Refusal::NotOpen), "its time is over");
    let (_, channel) = world.until_escalated();
    assert_eq!(channel, Channel::Sms);
}
