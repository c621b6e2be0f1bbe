//! What stops contact: holds, promises, disputes, withdrawals, cease requests, and a zone that nobody knows.

use domain::channel::Channel;
use domain::decide::FactRefusal;
use domain::event::{Event, SkipReason};
use domain::fact::{DisputeEnd, Fact, Scope, TaskKind};
use domain::hold::PromiseState;
use domain::ids::{HoldId, PromiseId};
use domain::input::Input;
use domain::money::{Currency, Minor};
use domain::outcome::{Reach, Said};
use domain::time::Span;

use crate::world::{CLAIM, MAIL, MONDAY, OTHER, PHONE, World, called, label};

const HOLD: HoldId = HoldId::new([20; 16]);
const PROMISE: PromiseId = PromiseId::new([21; 16]);

fn hold(claim: Option<domain::ids::ClaimId>, days: Option<i64>) -> Fact {
    let until = days.map(|days| MONDAY.plus(Span::days(days)));
    Fact::HoldPlaced { hold: HOLD, claim, reason: label("illness"), actor: label("clerk"), until }
}

#[test]
fn a_hold_with_an_end_resumes_by_itself_p6() {
    let mut world = World::owing();
    world.tell(hold(None, Some(30)));
    assert_eq!(world.next_due(), Some(MONDAY.plus(Span::days(30))));
    let events = world.wake();
    assert_eq!(events[0], Event::HoldExpired { hold: HOLD });
    assert_eq!(world.until_escalated().1, Channel::Call);
}

#[test]
fn a_hold_without_an_end_waits_for_its_release() {
    let mut world = World::owing();
    world.tell(hold(None, None));
    assert_eq!(world.next_due(), None);
    world.now = MONDAY.plus(Span::days(400));
    world.tell(Fact::HoldReleased { hold: HOLD, actor: label("clerk") });
    assert_eq!(world.until_escalated().1, Channel::Call);
}

#[test]
fn a_release_finds_a_hold_that_still_waits_for_its_claim_inputs_2() {
    let mut world = World::person();
    world.tell(hold(Some(CLAIM), None));
    world.tell(Fact::HoldReleased { hold: HOLD, actor: label("clerk") });
    world.register(CLAIM, 100);
    assert_eq!(world.until_escalated().1, Channel::Call);
}

#[test]
fn a_hold_on_one_claim_leaves_the_other_alone() {
    let mut world = World::owing();
    world.register(OTHER, 100);
    world.tell(hold(Some(CLAIM), None));
    let (number, _) = world.until_escalated();
    world.ask(number).unwrap();
    let legs = &world.debtor.attempt(number).unwrap().legs;
    assert_eq!(legs.iter().map(|leg| leg.claim).collect::<Vec<_>>(), [OTHER]);
}

#[test]
fn a_promise_holds_until_its_date_and_grace_r24() {
    let promise = |world: &mut World| {
        let (amount, due_at, source) = (Minor(10_000), MONDAY.plus(Span::days(20)), label("mail"));
        world.tell(Fact::PromiseMade {
            promise: PROMISE,
            claim: CLAIM,
            amount,
            currency: None,
            due_at,
            source,
        });
    };
    let mut broken = World::owing();
    promise(&mut broken);
    assert_eq!(broken.next_due(), Some(MONDAY.plus(Span::days(22))));
    assert_eq!(broken.wake()[0], Event::PromiseBroken { promise: PROMISE });
    assert_eq!(broken.until_escalated().1, Channel::Call);

    let mut kept = World::owing();
    promise(&mut kept);
    let events = kept.pay(10_000);
    assert!(events.contains(&Event::PromiseKept { promise: PROMISE }));
    assert_eq!(kept.next_due(), None);

    let mut renewed = World::owing();
    promise(&mut renewed);
    let later = PromiseId::new([22; 16]);
    let (amount, due_at, source) = (Minor(5_000), MONDAY.plus(Span::days(40)), label("mail"));
    renewed.tell(Fact::PromiseMade { promise: later, claim: CLAIM, amount, currency: None, due_at, source });
    assert_eq!(renewed.debtor.promises[0].state, PromiseState::Superseded);
    assert_eq!(renewed.next_due(), Some(MONDAY.plus(Span::days(42))));
    renewed.pay(5_000);
    assert_eq!(
        renewed.debtor.promises[1].state,
        PromiseState::Kept,
        "as much as promised, though more is owed"
    );
}

#[test]
fn a_dispute_suspends_its_claim_and_not_the_others_r47() {
    let mut world = World::owing();
    world.register(OTHER, 100);
    let (number, _) = world.until_escalated();
    world.tell(Fact::DisputeOpened { claim: CLAIM, ground: label("not-mine") });
    world.ask(number).unwrap();
    let legs = world.debtor.attempt(number).unwrap().legs.clone();
    assert_eq!(
        legs.iter().map(|leg| leg.claim).collect::<Vec<_>>(),
        [OTHER],
        "the permit takes the set anew"
    );
    world.tell(Fact::DisputeResolved { claim: CLAIM, end: DisputeEnd::Rejected });
    assert!(world.debtor.claim(CLAIM).unwrap().is_live());
}

#[test]
fn withdrawn_and_handed_over_claims_are_never_contacted_about_again() {
    for fact in [
        Fact::ClaimWithdrawn { claim: CLAIM, reason: label("dismissed") },
        Fact::ClaimHandedOver { claim: CLAIM, to: label("agency") },
    ] {
        let mut world = World::owing();
        world.until_escalated();
        let events = world.tell(fact);
        assert!(matches!(events[1], Event::EscalationWithdrawn { .. }));
        assert_eq!(world.next_due(), None);
        world.tell(Fact::ChargeAdded {
            claim: CLAIM,
            component: domain::fact::Component::Costs,
            amount: Minor(100),
            currency: Currency::EUR,
        });
        assert_eq!(world.next_due(), None, "what is owed is kept, and nobody is contacted");
    }
}

#[test]
fn a_cease_request_ends_all_contact() {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    world.tell(Fact::CeaseRequested { source: label("letter") });
    assert_eq!(world.next_due(), None);
    assert!(world.ask(number).is_err());
    world.register(OTHER, 100);
    assert_eq!(world.next_due(), None, "for claims to come as well");
}

#[test]
fn without_a_known_zone_nobody_is_contacted_and_a_person_looks_time_3() {
    for zones in [&[][..], &["Atlantis/Capital"], &["Europe/Rome", "Atlantis/Capital"]] {
        let mut world = World::owing();
        world.describe(zones);
        let events = world.wake();
        let task = Event::TaskOpened { task: TaskKind::ZoneMissing, claim: None };
        assert_eq!(events, [task], "{zones:?}");
        assert_eq!(world.next_due(), None);
        world.describe(&["Europe/Rome"]);
        assert_eq!(world.until_escalated().1, Channel::Call);
    }
}

#[test]
fn a_channel_without_an_allowed_hour_in_all_zones_is_passed_over_time_3() {
    let mut world = World::owing();
    world.describe(&["Europe/Rome", "America/Los_Angeles"]);
    let events = world.wake();
    let Event::StepSkipped { reason, next_at, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((*reason, *next_at), (SkipReason::NoAllowedHours, world.now));
    assert_eq!(world.until_escalated().1, Channel::Sms, "messages have three hours in common");
}

#[test]
fn of_consent_and_opt_out_the_later_statement_counts_and_the_stricter_on_a_tie_inputs_2() {
    let mut world = World::person();
    let consent = |scope| Fact::ConsentGiven { scope, source: label("form") };
    for (fact, opted_out) in [
        (Fact::OptedOut { scope: Scope::Point(PHONE), source: label("sms") }, true),
        (consent(Scope::Point(PHONE)), true),
    ] {
        world.tell(fact);
        assert_eq!(
            world.debtor.preferences.opted_out(Channel::Sms, PHONE),
            opted_out,
            "on a tie the opt-out stays"
        );
    }
    world.now = world.now.plus(Span::days(1));
    world.tell(consent(Scope::Point(PHONE)));
    assert!(!world.debtor.preferences.opted_out(Channel::Sms, PHONE));
    assert!(!world.debtor.preferences.opted_out(Channel::Email, MAIL));
    world.now = world.now.plus(Span::days(1));
    world.opt_out(Scope::All);
    assert!(world.debtor.preferences.opted_out(Channel::Email, MAIL));
}

/// An export that writes local time with a `Z` dates a consent ahead; whoever writes STOP within the hour is heard.
#[test]
fn a_statement_dated_ahead_counts_from_now_promise_2() {
    for ahead in [Span::hours(1), Span::days(365)] {
        let mut world = World::owing();
        let consent = Fact::ConsentGiven { scope: Scope::All, source: label("form") };
        world.input(&Input::Fact { fact: consent, occurred_at: world.now.plus(ahead) });
        world.now = world.now.plus(Span::minutes(1));
        world.opt_out(Scope::All);
        assert!(world.debtor.preferences.opted_out(Channel::Sms, PHONE), "{ahead:?}");
        assert!(world.debtor.preferences.opted_out(Channel::Call, PHONE), "{ahead:?}");
        world.now = world.now.plus(Span::minutes(1));
        world.tell(Fact::ConsentGiven { scope: Scope::All, source: label("form") });
        assert!(!world.debtor.preferences.opted_out(Channel::Sms, PHONE), "{ahead:?}");
    }
}

#[test]
fn a_hold_is_never_narrowed_by_another_of_its_name() {
    for (first, second, taken) in [
        ((None, None), (None, Some(1)), false),
        ((None, Some(30)), (None, Some(1)), false),
        ((None, Some(30)), (Some(CLAIM), None), false),
        ((Some(CLAIM), None), (Some(OTHER), None), false),
        ((None, Some(30)), (None, Some(60)), true),
        ((Some(CLAIM), Some(30)), (None, None), true),
    ] {
        let mut world = World::owing();
        world.register(OTHER, 100);
        world.tell(hold(first.0, first.1));
        let before = world.debtor.holds.clone();
        let decision = world.input(&Input::Fact { fact: hold(second.0, second.1), occurred_at: world.now });
        assert_eq!(decision.refused.is_none(), taken, "{first:?}, then {second:?}");
        if taken {
            assert_eq!(world.debtor.holds.len(), 1);
            let until = second.1.map(|days| MONDAY.plus(Span::days(days)));
            assert_eq!((world.debtor.holds[0].claim, world.debtor.holds[0].until), (second.0, until));
        } else {
            assert_eq!((decision.refused, &world.debtor.holds), (Some(FactRefusal::HoldExists), &before));
        }
    }
}

/// The hold on all comes while one of its name waits for its claim.
#[test]
fn a_hold_that_waited_for_its_claim_narrows_none() {
    let mut world = World::person();
    world.tell(hold(Some(CLAIM), Some(1)));
    world.tell(hold(None, None));
    world.register(CLAIM, 100);
    assert_eq!(world.debtor.holds.len(), 1);
    assert_eq!((world.debtor.holds[0].claim, world.debtor.holds[0].until), (None, None));
}

#[test]
fn a_promise_of_nothing_or_in_other_money_is_refused() {
    for (amount, currency, refusal) in
        [(0, None, FactRefusal::BadAmount), (100, Some(Currency::CHF), FactRefusal::WrongCurrency)]
    {
        let mut world = World::owing();
        let due_at = MONDAY.plus(Span::days(20));
        let (promise, source) = (PROMISE, label("mail"));
        let fact =
            Fact::PromiseMade { promise, claim: CLAIM, amount: Minor(amount), currency, due_at, source };
        let decision = world.input(&Input::Fact { fact, occurred_at: world.now });
        assert_eq!((decision.refused, decision.events.len()), (Some(refusal), 0));
    }
}

#[test]
fn hardship_said_on_the_phone_holds_everything_for_a_person_r44() {
    let mut world = World::owing();
    let (number, _) = world.until_escalated();
    world.ask(number).unwrap();
    world.report(number, called(Reach::RightParty, Said::Hardship));
    assert_eq!(world.next_due(), None);
    assert!(world.debtor.tasks.iter().any(|open| open.task == TaskKind::Review));
}
