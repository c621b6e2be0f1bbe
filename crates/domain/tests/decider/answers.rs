//! What comes back: replies, calls, bounces, and who was reached.

use domain::channel::Channel;
use domain::event::Event;
use domain::fact::{Direction, Fact, Scope, TaskKind};
use domain::hold::PromiseState;
use domain::money::Minor;
use domain::outcome::{Outcome, Reach, RejectClass, Said};
use domain::time::Span;

use crate::world::{CLAIM, MONDAY, PHONE, World, called};

fn permitted_call() -> (World, u32) {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    world.ask(number).unwrap();
    (world, number)
}

fn permitted_sms() -> (World, u32) {
    let mut world = World::owing();
    world.contact_in_vain();
    world.contact_in_vain();
    let (number, _) = world.until_escalated();
    world.ask(number).unwrap();
    (world, number)
}

#[test]
fn who_was_reached_and_what_was_said_are_two_questions_p11() {
    for reach in [Reach::NoAnswer, Reach::Busy, Reach::Voicemail, Reach::ThirdParty] {
        let (mut world, number) = permitted_call();
        world.report(number, called(reach, Said::Nothing));
        assert_eq!(world.debtor.heard_at, None, "{reach:?} is no refusal and no conversation");
        assert_eq!(world.next_due(), Some(world.now.plus(Span::days(1))));
    }
    let (mut world, number) = permitted_call();
    world.report(number, called(Reach::RightParty, Said::Refuses));
    assert_eq!(world.debtor.heard_at, Some(world.now));
    assert_eq!(world.next_due(), Some(world.now.plus(Span::days(14))), "contact rests after a conversation");
}

#[test]
fn a_promise_on_the_phone_is_a_promise_r24() {
    let (mut world, number) = permitted_call();
    let due_at = world.now.plus(Span::days(10));
    world.report(number, called(Reach::RightParty, Said::Promise { amount: Minor(10_000), due_at }));
    assert_eq!(world.debtor.promises[0].state, PromiseState::Open);
    assert_eq!(world.next_due(), Some(due_at.plus(Span::days(2))));
}

#[test]
fn a_dispute_on_the_phone_suspends_the_claim_and_calls_a_person_r47() {
    let (mut world, number) = permitted_call();
    world.report(number, called(Reach::RightParty, Said::Disputes));
    assert_eq!(world.debtor.claim(CLAIM).unwrap().disputes, 1);
    assert!(world.debtor.tasks.iter().any(|open| open.task == TaskKind::Review && open.claim == Some(CLAIM)));
    assert_eq!(world.next_due(), None);
}

#[test]
fn who_does_not_want_calls_is_not_called() {
    let (mut world, number) = permitted_call();
    world.report(number, called(Reach::RightParty, Said::OptsOut));
    assert!(world.debtor.preferences.opted_out(Channel::Call, PHONE));
    assert!(!world.debtor.preferences.opted_out(Channel::Sms, PHONE));
}

#[test]
fn a_reply_after_acceptance_rests_the_ladder_r14() {
    let (mut world, number) = permitted_sms();
    world.report(number, Outcome::Accepted);
    world.now = world.now.plus(Span::hours(5));
    let events = world.report(number, Outcome::Replied);
    assert!(events.contains(&Event::TaskOpened { task: TaskKind::Answer, claim: None }));
    assert_eq!(world.next_due(), Some(world.now.plus(Span::days(14))));
}

#[test]
fn reports_go_up_the_scale_and_never_down() {
    let (mut world, number) = permitted_sms();
    for (outcome, recorded) in [
        (Outcome::Accepted, true),
        (Outcome::Accepted, false),
        (Outcome::Read, true),
        (Outcome::Delivered, false),
        (Outcome::Unsent, false),
        (Outcome::Unknown, false),
        (Outcome::Rejected(RejectClass::BadAddress), false),
        (Outcome::Replied, true),
    ] {
        assert_eq!(!world.report(number, outcome).is_empty(), recorded, "{outcome:?}");
    }
}

#[test]
fn a_bounce_after_acceptance_invalidates_the_point_and_moves_nothing() {
    let (mut world, number) = permitted_sms();
    world.report(number, Outcome::Accepted);
    let due = world.next_due();
    world.report(number, Outcome::Rejected(RejectClass::BadAddress));
    assert!(world.debtor.point(PHONE).unwrap().invalid.is_some());
    assert_eq!(world.next_due(), due);
}

#[test]
fn a_recipient_who_blocks_us_is_left_alone_there_p10() {
    let (mut world, number) = permitted_sms();
    world.report(number, Outcome::Rejected(RejectClass::RecipientRefuses));
    assert!(world.debtor.preferences.opted_out(Channel::Sms, PHONE));
    assert!(world.next_due().unwrap() >= world.now.plus(Span::days(3)), "and the next step waits its time");
}

#[test]
fn an_attempt_costs_once_r49() {
    let (mut world, number) = permitted_sms();
    let cost = |events: &[Event]| {
        let costs = events.iter().filter_map(|event| {
            if let Event::OutcomeRecorded { cost_micros, .. } = event { Some(*cost_micros) } else { None }
        });
        costs.sum::<i64>()
    };
    assert_eq!(cost(&world.report(number, Outcome::Accepted)), 100_000);
    assert_eq!(cost(&world.report(number, Outcome::Delivered)), 0);
}

#[test]
fn a_contact_made_elsewhere_counts_for_the_caps_permits_10() {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    world.tell(Fact::ContactMade {
        channel: Channel::Call,
        direction: Direction::Outbound,
        right_party: false,
    });
    assert!(world.ask(number).is_err(), "one contact a day");
    let mut world = World::owing();
    world.tell(Fact::ContactMade {
        channel: Channel::Call,
        direction: Direction::Inbound,
        right_party: true,
    });
    assert!(world.debtor.outside_contacts.is_empty());
    assert_eq!(world.debtor.heard_at, Some(MONDAY));
}

#[test]
fn an_opt_out_between_permit_and_outcome_stays() {
    let (mut world, number) = permitted_sms();
    world.opt_out(Scope::All);
    world.report(number, Outcome::Accepted);
    let events = world.wake();
    assert!(!events.iter().any(|event| matches!(event, Event::Escalated(_))), "{events:?}");
}
