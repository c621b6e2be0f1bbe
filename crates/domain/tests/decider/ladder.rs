//! The ladder: order of steps, tries, skips, catch-up, consolidation.

use domain::channel::{Channel, PointKind};
use domain::event::{Event, SkipReason, StepResult};
use domain::fact::{Fact, Scope, TaskKind};
use domain::ids::PointId;
use domain::outcome::{Outcome, Reach, RejectClass, Said};
use domain::time::Span;

use crate::world::{CHAT, CLAIM, MAIL, MONDAY, OTHER, PHONE, World, called, label};

#[test]
fn the_seeds_ladder_is_walked_in_order_to_its_end_r1() {
    let mut world = World::owing();
    world.point(CHAT, PointKind::Messenger);
    world.tell(Fact::ConsentGiven { scope: Scope::Channel(Channel::Social), source: label("form") });
    let walked: Vec<Channel> = (0..5).map(|_| world.contact_in_vain().1).collect();
    assert_eq!(walked, [Channel::Call, Channel::Call, Channel::Sms, Channel::Email, Channel::Social]);
    let end = world.wake();
    assert!(matches!(end[0], Event::StepEnded { result: StepResult::Unanswered, .. }));
    assert_eq!(end[1], Event::LadderEnded { claim: CLAIM });
    assert_eq!(end[2], Event::TaskOpened { task: TaskKind::LadderEnded, claim: Some(CLAIM) });
    assert_eq!(world.next_due(), None, "a person has it now (R23)");
}

#[test]
fn the_first_step_waits_for_its_delay_and_then_for_open_hours() {
    let mut world = World::owing();
    assert_eq!(world.next_due(), Some(MONDAY.plus(Span::days(5))));
    let deferred = world.wake();
    // Saturday 01:00 in Rome: calls open at 17:00, which is 16:00Z.
    let opens = MONDAY.plus(Span::days(5)).plus(Span::hours(16));
    assert!(matches!(&deferred[0], Event::StepDeferred { until, .. } if *until == opens), "{deferred:?}");
    assert_eq!(world.until_escalated().1, Channel::Call);
    assert_eq!(world.now, opens);
}

#[test]
fn a_step_without_a_contact_point_is_skipped_at_once_and_said_so_p9() {
    let mut world = World::empty();
    world.describe(&["Europe/Rome"]);
    world.point(MAIL, PointKind::Email);
    world.register(CLAIM, 100);
    let events = world.wake();
    let reasons: Vec<SkipReason> = events.iter().filter_map(skip_reason).collect();
    assert_eq!(reasons, [SkipReason::NoContactPoint, SkipReason::NoContactPoint]);
    assert_eq!(world.until_escalated().1, Channel::Email);
}

#[test]
fn an_opt_out_never_falls_over_at_once_p10() {
    let mut world = World::owing();
    world.opt_out(Scope::Channel(Channel::Call));
    let events = world.wake();
    let Event::StepSkipped { reason, next_at, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(*reason, SkipReason::OptedOut);
    assert_eq!(*next_at, world.now.plus(Span::days(3)), "the next step waits as if this one had been taken");
    assert_eq!(world.until_escalated().1, Channel::Sms);
    assert!(world.now >= MONDAY.plus(Span::days(8)));
}

#[test]
fn a_messenger_without_consent_is_skipped() {
    let mut world = World::empty();
    world.describe(&["Europe/Rome"]);
    world.point(CHAT, PointKind::Messenger);
    world.register(CLAIM, 100);
    let events = world.wake();
    assert_eq!(events.iter().filter_map(skip_reason).next_back(), Some(SkipReason::NoConsent));
    assert!(events.contains(&Event::LadderEnded { claim: CLAIM }));
}

#[test]
fn a_bad_address_goes_to_the_next_one_and_then_to_the_next_step_r57() {
    let second = PointId::new([4; 16]);
    let mut world = World::owing();
    world.point(second, PointKind::Phone);
    let (number, _) = world.until_escalated();
    assert_eq!(world.debtor.attempt(number).unwrap().point, PHONE);
    world.ask(number).unwrap();
    world.report(number, called(Reach::WrongNumber, Said::Nothing));
    let (number, channel) = world.until_escalated();
    assert_eq!((world.debtor.attempt(number).unwrap().point, channel), (second, Channel::Call));
    world.ask(number).unwrap();
    world.report(number, Outcome::Rejected(RejectClass::BadAddress));
    let events = world.wake();
    assert!(matches!(events[0], Event::StepEnded { result: StepResult::Failed, .. }), "{events:?}");
    assert_eq!(skip_reason(&events[1]), Some(SkipReason::NoContactPoint), "no phone is left for the SMS");
}

#[test]
fn after_downtime_one_step_is_taken_not_all_that_were_missed_p4() {
    let mut world = World::owing();
    world.now = MONDAY.plus(Span::days(60)).plus(Span::hours(16));
    let (number, channel) = world.until_escalated();
    assert_eq!(channel, Channel::Call);
    world.ask(number).unwrap();
    world.report(number, called(Reach::NoAnswer, Said::Nothing));
    assert!(world.next_due().unwrap() >= world.now.plus(Span::days(1)));
}

#[test]
fn one_contact_covers_all_due_claims_and_each_takes_one_step_of_its_own_p5_p2() {
    let mut world = World::owing();
    world.contact_in_vain();
    world.contact_in_vain();
    world.register(OTHER, 500);
    world.now = world.now.plus(Span::days(6));
    let (number, channel) = world.until_escalated();
    assert_eq!(channel, Channel::Sms, "the claim that is furthest leads");
    world.ask(number).unwrap();
    let legs: Vec<u16> = world.debtor.attempt(number).unwrap().legs.iter().map(|leg| leg.step).collect();
    assert_eq!(legs, [1, 0]);
    assert_eq!(world.debtor.claim(CLAIM).unwrap().level, Some(1));
    assert_eq!(world.debtor.claim(OTHER).unwrap().level, Some(0));
}

#[test]
fn a_call_that_nobody_takes_overflows_to_the_next_step_r17() {
    let mut world = World::owing();
    world.until_escalated();
    let events = world.wake();
    assert!(matches!(events[0], Event::EscalationLapsed { .. }));
    assert_eq!(skip_reason(&events[1]), Some(SkipReason::NotTaken));
    assert_eq!(world.until_escalated().1, Channel::Sms);
}

#[test]
fn a_silent_worker_never_makes_a_step_fall_over_bus_3() {
    let mut world = World::owing();
    world.contact_in_vain();
    world.contact_in_vain();
    let (first, channel) = world.until_escalated();
    assert_eq!(channel, Channel::Sms);
    let events = world.wake();
    assert_eq!(events[0], Event::EscalationLapsed { number: first });
    let Event::Escalated(again) = &events[1] else { panic!("{events:?}") };
    assert_eq!((again.number, again.channel), (first + 1, Channel::Sms), "the same step, decided anew");
}

#[test]
fn what_was_given_back_is_tried_again_but_not_for_ever() {
    let mut world = World::owing();
    world.opt_out(Scope::Channel(Channel::Call));
    for _ in 0..5 {
        let (number, channel) = world.until_escalated();
        assert_eq!(channel, Channel::Sms);
        world.ask(number).unwrap();
        world.report(number, Outcome::Unsent);
        assert_eq!(world.debtor.claim(CLAIM).unwrap().level, None, "a contact given back takes no step");
    }
    let events = world.wake();
    assert!(matches!(events[0], Event::StepEnded { result: StepResult::Failed, .. }), "{events:?}");
}

fn skip_reason(event: &Event) -> Option<SkipReason> {
    if let Event::StepSkipped { reason, .. } = event { Some(*reason) } else { None }
}
