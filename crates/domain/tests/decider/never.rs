//! What must never happen, whatever comes in and in whatever order: a thousand random lives.

use std::collections::{BTreeMap, BTreeSet};

use domain::channel::{Channel, PointKind};
use domain::debtor::Debtor;
use domain::event::{Event, Leg};
use domain::evolve::Place;
use domain::fact::{Component, DisputeEnd, Fact, Scope};
use domain::ids::{ClaimId, HoldId, PointId, Position, PromiseId};
use domain::inbound::InboundClass;
use domain::input::Input;
use domain::money::Minor;
use domain::outcome::{Outcome, OutcomeReport, Reach, RejectClass, Said};
use domain::redecide::{differs, input_of};
use domain::time::{Span, Timestamp};
use proptest::prelude::*;

use crate::world::{CHAT, CLAIM, OTHER, PHONE, World, called, label, rome};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Act {
    Tell(Fact),
    Wait(i64),
    Wake,
    Ask,
    Report(Outcome),
}

fn claim() -> impl Strategy<Value = ClaimId> {
    prop_oneof![Just(CLAIM), Just(OTHER)]
}

fn fact() -> impl Strategy<Value = Fact> {
    let hold = HoldId::new([30; 16]);
    prop_oneof![
        4 => (claim(), 0..9_000_i64).prop_map(|(claim, a)| Fact::PaymentReceived { claim, amount: Minor(a), currency: domain::money::Currency::EUR }),
        1 => (claim(), 0..9_000_i64).prop_map(|(claim, a)| Fact::PaymentReversed { claim, amount: Minor(a), currency: domain::money::Currency::EUR }),
        2 => (claim(), 0..3_000_i64).prop_map(|(claim, a)| {
            Fact::ChargeAdded { claim, component: Component::Costs, amount: Minor(a), currency: domain::money::Currency::EUR }
        }),
        1 => (claim(), 0..9_000_i64).prop_map(|(claim, a)| Fact::ClaimAmended { claim, principal: Minor(a), currency: domain::money::Currency::EUR }),
        1 => claim().prop_map(|claim| Fact::DisputeOpened { claim, ground: label("x") }),
        1 => claim().prop_map(|claim| Fact::DisputeResolved { claim, end: DisputeEnd::Rejected }),
        1 => Just(Fact::OptedOut { scope: Scope::Point(PHONE), source: label("x") }),
        1 => Just(Fact::OptedOut { scope: Scope::Channel(Channel::Email), source: label("x") }),
        1 => Just(Fact::ConsentGiven { scope: Scope::Point(PHONE), source: label("x") }),
        1 => Just(Fact::HoldReleased { hold, actor: label("x") }),
        1 => Just(Fact::HoldReleased { hold: HoldId::new(*b"reply-dispute..."), actor: label("x") }),
        2 => proptest::sample::select(InboundClass::ALL.to_vec()).prop_map(|class| {
            Fact::MessageReceived { channel: Channel::Sms, point: PHONE, class }
        }),
        1 => (proptest::option::of(claim())).prop_map(move |claim| {
            Fact::HoldPlaced { hold, claim, reason: label("x"), actor: label("x"), until: None }
        }),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        3 => Just(Outcome::Accepted),
        1 => Just(Outcome::Delivered),
        1 => Just(Outcome::Replied),
        1 => Just(Outcome::Unsent),
        1 => Just(Outcome::Deferred { delay: Span::minutes(10) }),
        1 => Just(Outcome::Rejected(RejectClass::BadAddress)),
        1 => Just(Outcome::Rejected(RejectClass::Other)),
        3 => Just(called(Reach::NoAnswer, Said::Nothing)),
        1 => Just(called(Reach::RightParty, Said::Refuses)),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => fact().prop_map(Act::Tell),
        2 => (1..200_000_000_i64).prop_map(Act::Wait),
        8 => Just(Act::Wake),
        6 => Just(Act::Ask),
        5 => outcome().prop_map(Act::Report),
    ]
}

/// Lives a life, and checks after each act.
fn live(acts: &[Act]) -> World {
    let mut world = World::owing();
    world.point(CHAT, PointKind::Messenger);
    world.register(OTHER, 5_000);
    let promise = PromiseId::new([31; 16]);
    let due_at = world.now.plus(Span::days(9));
    world.tell(Fact::PromiseMade {
        promise,
        claim: OTHER,
        amount: Minor(5_000),
        currency: None,
        due_at,
        source: label("x"),
    });
    for act in acts {
        perform(&mut world, act);
        assert!(world.debtor.attempts.iter().filter(|a| a.is_open()).count() <= 1, "one contact at a time");
        assert_has_future(&world);
    }
    world
}

fn perform(world: &mut World, act: &Act) {
    let number = world.debtor.last_number;
    match act {
        Act::Tell(fact) => {
            let occurred_at = world.now;
            world.input(&Input::Fact { fact: fact.clone(), occurred_at });
        }
        Act::Wait(ms) => world.now = world.now.plus(Span(*ms)),
        Act::Wake if world.next_due().is_some() => drop(world.wake()),
        Act::Wake => {}
        Act::Ask => drop(world.ask(number)),
        Act::Report(outcome) => {
            let report = OutcomeReport {
                number,
                outcome: *outcome,
                at: world.now,
                provider_message: None,
                late: false,
            };
            world.input(&Input::Outcome(report));
        }
    }
}

/// An open debtor always has a due instant, a hold, a dispute, a task or an end (R23).
fn assert_has_future(world: &World) {
    let state = &world.debtor;
    let waits = state.claims.iter().any(|claim| claim.is_live());
    let has = world.next_due().is_some() || !state.holds.is_empty() || !state.tasks.is_empty();
    assert!(!waits || has, "an orphan: {state:?}");
}

/// What an independent reader of the log makes of it.
#[derive(Default)]
struct Reader {
    owed: BTreeMap<ClaimId, i64>,
    disputed: BTreeMap<ClaimId, bool>,
    holds: BTreeMap<HoldId, (Option<ClaimId>, Option<Timestamp>)>,
    points: BTreeMap<u32, PointId>,
    closed: BTreeSet<PointId>,
    started: BTreeMap<u32, Timestamp>,
    contacts: BTreeMap<u32, Timestamp>,
    passed: BTreeMap<ClaimId, u16>,
}

impl Reader {
    fn read(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Fact(fact) => self.hear(fact),
            Event::Escalated(escalation) => {
                self.points.insert(escalation.number, escalation.point);
                escalation.legs.iter().for_each(|leg| self.follows(leg));
            }
            Event::HoldExpired { hold } => {
                let (_, until) = self.holds.remove(hold).unwrap();
                assert!(until.unwrap() <= at, "a hold ended before its time");
            }
            Event::DeliveryStarted(delivery) => {
                assert!(
                    self.started.insert(delivery.number, at).is_none(),
                    "a second permit for one attempt"
                );
                self.contacts.insert(delivery.number, at);
                let point = self.points.get(&delivery.number).unwrap();
                assert!(!self.closed.contains(point), "contact after an opt-out");
                delivery.legs.iter().for_each(|leg| self.may_contact(leg.claim));
                assert_hours(at);
                self.assert_caps(at);
            }
            Event::OutcomeRecorded { report, .. } if report.outcome.gives_back() => {
                self.contacts.remove(&report.number);
            }
            Event::StepEnded { leg, .. } | Event::StepSkipped { leg, .. } => {
                self.passed.insert(leg.claim, leg.step + 1);
            }
            _ => {}
        }
    }

    fn hear(&mut self, fact: &Fact) {
        match fact {
            Fact::ClaimRegistered { claim, principal, .. } => drop(self.owed.insert(*claim, principal.0)),
            Fact::PaymentReceived { claim, amount, currency: domain::money::Currency::EUR } => {
                *self.owed.get_mut(claim).unwrap() -= amount.0
            }
            Fact::PaymentReversed { claim, amount, currency: domain::money::Currency::EUR } => {
                *self.owed.get_mut(claim).unwrap() += amount.0
            }
            Fact::ChargeAdded { claim, amount, .. } => *self.owed.get_mut(claim).unwrap() += amount.0,
            Fact::DisputeOpened { claim, .. } => drop(self.disputed.insert(*claim, true)),
            Fact::DisputeResolved { claim, .. } => drop(self.disputed.insert(*claim, false)),
            Fact::HoldPlaced { hold, claim, until, .. } => drop(self.holds.insert(*hold, (*claim, *until))),
            Fact::HoldReleased { hold, .. } => drop(self.holds.remove(hold)),
            Fact::OptedOut { scope: Scope::Point(point), .. } => drop(self.closed.insert(*point)),
            Fact::ConsentGiven { scope: Scope::Point(point), .. } => drop(self.closed.remove(point)),
            _ => {}
        }
    }

    fn may_contact(&self, claim: ClaimId) {
        assert_ne!(self.disputed.get(&claim), Some(&true), "contact about a disputed claim");
        let held = self.holds.values().any(|(held, _)| held.is_none_or(|held| held == claim));
        assert!(!held, "contact in spite of a hold");
    }

    /// A step is taken only after the one before it has ended or was skipped (R1).
    fn follows(&self, leg: &Leg) {
        assert_eq!(self.passed.get(&leg.claim).copied().unwrap_or(0), leg.step, "a step out of order");
    }

    fn assert_caps(&self, at: Timestamp) {
        let within = |span: Span| self.contacts.values().filter(|t| at.since(**t) < span).count();
        assert!(within(Span::days(1)) <= 1, "more than one contact a day at {at}");
        assert!(within(Span::days(7)) <= 3, "more than three contacts a week at {at}");
    }
}

/// Every delivery begins between 8 and 20 in Rome, not on a Sunday, by arithmetic of its own.
fn assert_hours(at: Timestamp) {
    let local = at.0 / 1000 + rome().offset_seconds(at);
    let hour = local.rem_euclid(86_400) / 3600;
    assert!((8..20).contains(&hour), "a contact at {at}");
    assert_ne!((local.div_euclid(86_400) + 4).rem_euclid(7), 0, "a contact on a Sunday: {at}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_life_breaks_a_promise(acts in proptest::collection::vec(act(), 1..120)) {
        let world = live(&acts);
        let mut reader = Reader::default();
        for decided in &world.log {
            decided.events.iter().for_each(|event| reader.read(event, decided.at));
        }
    }

    /// Promise 5, and with it erasure: nothing but open events goes in, so no key is needed to decide again.
    #[test]
    fn the_log_alone_decides_the_same_again(acts in proptest::collection::vec(act(), 1..120)) {
        let world = live(&acts);
        let mut state = Debtor::new(world.debtor.tenant.clone());
        let mut position = 0;
        for decided in &world.log {
            let input = input_of(decided.kind, &decided.events[0], decided.occurred_at).unwrap();
            prop_assert_eq!(differs(&state, &input, &world.rulebook, decided.at, &decided.events), None);
            for (index, event) in decided.events.iter().enumerate() {
                position += 1;
                state.evolve(event, Place::of(&input, index, Position(position), decided.at));
            }
        }
        prop_assert_eq!(state, world.debtor);
    }

    #[test]
    fn nobody_who_owes_nothing_is_contacted(acts in proptest::collection::vec(act(), 1..120)) {
        let world = live(&acts);
        let mut state = Debtor::new(world.debtor.tenant.clone());
        for decided in &world.log {
            for event in &decided.events {
                if let Event::DeliveryStarted(delivery) = event {
                    for leg in &delivery.legs {
                        let owed = state.claim(leg.claim).unwrap().balance.owed();
                        prop_assert!(owed > Minor::ZERO, "contact about a claim that owes {:?}", owed);
                    }
                }
                state.evolve(event, Place { position: Position(1), at: decided.at, occurred_at: decided.occurred_at });
            }
        }
    }
}
