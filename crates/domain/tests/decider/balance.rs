//! What is owed: a fold of the facts, whatever their order and whatever made it zero.

use domain::decide::FactRefusal;
use domain::event::Event;
use domain::fact::{Component, Fact, TaskKind};
use domain::input::Input;
use domain::money::{Currency, Minor};
use domain::time::{Span, Timestamp};

use crate::world::{CLAIM, World, registration};

fn charge(component: Component, amount: i64) -> Fact {
    Fact::ChargeAdded { claim: CLAIM, component, amount: Minor(amount), currency: Currency::EUR }
}

#[test]
fn zero_or_less_settles_whatever_made_it_so_and_a_cost_reopens_on_the_same_step_p3() {
    let mut world = World::owing();
    world.contact_in_vain();
    let before = world.debtor.claim(CLAIM).unwrap().progress.clone();
    let events =
        world.tell(Fact::ClaimAmended { claim: CLAIM, principal: Minor(0), currency: Currency::EUR });
    assert_eq!(events[1], Event::ClaimSettled { claim: CLAIM, overpaid: Minor(0) });
    assert_eq!(world.next_due(), None);
    let events = world.tell(charge(Component::Costs, 1100));
    assert_eq!(events[1], Event::ClaimReopened { claim: CLAIM });
    assert_eq!(world.debtor.claim(CLAIM).unwrap().progress, before);
    let events = world.pay(1500);
    assert_eq!(events[1], Event::ClaimSettled { claim: CLAIM, overpaid: Minor(400) });
    let events =
        world.tell(Fact::PaymentReversed { claim: CLAIM, amount: Minor(1500), currency: Currency::EUR });
    assert_eq!(events[1], Event::ClaimReopened { claim: CLAIM });
}

#[test]
fn a_partial_payment_moves_neither_the_step_nor_its_date_p2() {
    let mut world = World::owing();
    world.contact_in_vain();
    let before = (world.debtor.claim(CLAIM).unwrap().progress.clone(), world.next_due());
    world.pay(1);
    world.pay(0);
    assert_eq!((world.debtor.claim(CLAIM).unwrap().progress.clone(), world.next_due()), before);
}

#[test]
fn payments_go_to_costs_then_interest_then_principal_p14() {
    let mut world = World::owing();
    world.tell(charge(Component::Interest, 300));
    world.tell(charge(Component::Costs, 200));
    for (paid, open) in [(150, (10_000, 300, 50)), (150, (10_000, 200, 0)), (10_200, (0, 0, 0))] {
        world.pay(paid);
        let (principal, interest, costs) = world.debtor.claim(CLAIM).unwrap().balance.open_components();
        assert_eq!((principal.0, interest.0, costs.0), open);
    }
}

#[test]
fn facts_before_their_claim_wait_for_it_and_then_count_p13() {
    let mut world = World::person();
    for _ in 0..2 {
        let events = world.pay(6_000);
        assert!(matches!(events[0], Event::FactParked(_)));
    }
    world.tell(charge(Component::Costs, 1_000));
    world.register(CLAIM, 10_000);
    let claim = world.debtor.claim(CLAIM).unwrap();
    assert_eq!((claim.balance.owed(), claim.settled), (Minor(-1_000), true));
    assert!(world.debtor.parked.is_empty());
}

#[test]
fn the_same_registration_again_changes_nothing_and_another_one_is_refused() {
    let mut world = World::owing();
    let (again, other) = (world.now, world.now.plus(Span::days(1)));
    let more = Input::Fact { fact: registration(CLAIM, 10_001, again), occurred_at: again };
    assert_eq!(world.input(&more).refused, Some(FactRefusal::ClaimExists));
    let mut tell =
        |due_at| world.input(&Input::Fact { fact: registration(CLAIM, 10_000, due_at), occurred_at: again });
    let same = tell(again);
    assert_eq!((same.events.len(), same.refused), (0, None));
    assert_eq!(tell(other).refused, Some(FactRefusal::ClaimExists));
}

#[test]
fn absurd_facts_are_refused_and_change_nothing() {
    let amount =
        |amount| Fact::PaymentReceived { claim: CLAIM, amount: Minor(amount), currency: Currency::EUR };
    let cases = [
        (amount(-1), None, FactRefusal::BadAmount),
        (amount(1_000_000_000_001), None, FactRefusal::BadAmount),
        (amount(1), Some(Timestamp(i64::MAX)), FactRefusal::BadInstant),
        (
            Fact::HoldReleased { hold: domain::ids::HoldId::new([1; 16]), actor: crate::world::label("x") },
            None,
            FactRefusal::UnknownHold,
        ),
    ];
    for (fact, occurred_at, refusal) in cases {
        let mut world = World::owing();
        let before = world.debtor.clone();
        let occurred_at = occurred_at.unwrap_or(world.now);
        let decision = world.input(&Input::Fact { fact, occurred_at });
        assert_eq!((decision.refused, decision.events.len()), (Some(refusal), 0));
        assert_eq!(world.debtor, before);
    }
}

#[test]
fn an_amount_in_another_currency_never_counts() {
    let francs =
        |amount| Fact::PaymentReceived { claim: CLAIM, amount: Minor(amount), currency: Currency::CHF };
    let mut world = World::owing();
    let occurred_at = world.now;
    let refused = world.input(&Input::Fact { fact: francs(10_000), occurred_at }).refused;
    assert_eq!(refused, Some(FactRefusal::WrongCurrency));

    let mut early = World::person();
    early.tell(francs(10_000));
    early.register(CLAIM, 10_000);
    let claim = early.debtor.claim(CLAIM).unwrap();
    assert_eq!(
        (claim.balance.owed(), claim.settled),
        (Minor(10_000), false),
        "nobody knew the claim's currency then"
    );
    assert!(early.debtor.tasks.iter().any(|open| open.task == TaskKind::Review), "a person must find out");
}
