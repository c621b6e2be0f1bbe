//! Strategies for facts.

use domain::fact::{Component, DebtorKind, Direction, DisputeEnd, Fact, Invalidity, TaskKind};
use domain::ids::{HoldId, PromiseId};
use domain::inbound::InboundClass;
use domain::label::{CreditorId, ScenarioId};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::values::{
    amount, channel, claim, country, currency, id, instant, label, language, maybe_instant, name, point,
    point_kind, scope, zones,
};

pub(crate) const TASKS: [TaskKind; 7] = [
    TaskKind::LadderEnded,
    TaskKind::ZoneMissing,
    TaskKind::RulebookGap,
    TaskKind::Answer,
    TaskKind::Review,
    TaskKind::NotAllowed,
    TaskKind::Quarantined,
];

pub(crate) fn kinds() -> impl Strategy<Value = DebtorKind> {
    select(vec![DebtorKind::Person, DebtorKind::Company, DebtorKind::PublicBody])
}

pub(crate) fn invalidity() -> impl Strategy<Value = Invalidity> {
    select(vec![Invalidity::Undeliverable, Invalidity::WrongPerson, Invalidity::Retracted])
}

pub(crate) fn task() -> impl Strategy<Value = TaskKind> {
    select(TASKS.to_vec())
}

fn about_the_debtor() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (zones(), of(language()), kinds(), of(country())).prop_map(|(zones, language, kind, country)| {
            Fact::DebtorDescribed { zones, language, kind, country }
        }),
        (point(), point_kind(), label(), any::<u8>(), maybe_instant()).prop_map(
            |(point, kind, source, confidence, verified_at)| Fact::ContactPointAdded {
                point,
                kind,
                source,
                confidence,
                verified_at
            }
        ),
        (point(), invalidity()).prop_map(|(point, reason)| Fact::ContactPointInvalidated { point, reason }),
        (scope(), label()).prop_map(|(scope, source)| Fact::ConsentGiven { scope, source }),
        (scope(), label()).prop_map(|(scope, source)| Fact::OptedOut { scope, source }),
        label().prop_map(|source| Fact::CeaseRequested { source }),
        (channel(), select(vec![Direction::Inbound, Direction::Outbound]), any::<bool>()).prop_map(
            |(channel, direction, right_party)| Fact::ContactMade { channel, direction, right_party }
        ),
        (task(), label()).prop_map(|(task, actor)| Fact::TaskDone { task, actor }),
        (channel(), point(), select(InboundClass::ALL.to_vec()))
            .prop_map(|(channel, point, class)| { Fact::MessageReceived { channel, point, class } }),
    ]
}

fn about_a_claim() -> impl Strategy<Value = Fact> {
    let components = select(vec![Component::Principal, Component::Interest, Component::Costs]);
    let ends = select(vec![DisputeEnd::Rejected, DisputeEnd::Upheld]);
    prop_oneof![
        (
            (claim(), name(CreditorId::new), currency(), instant()),
            (amount(), amount(), amount(), of(name(ScenarioId::new)))
        )
            .prop_map(
                |((claim, creditor, currency, due_at), (principal, interest, costs, scenario))| {
                    Fact::ClaimRegistered {
                        claim,
                        creditor,
                        currency,
                        principal,
                        interest,
                        costs,
                        due_at,
                        scenario,
                    }
                }
            ),
        (claim(), amount()).prop_map(|(claim, principal)| Fact::ClaimAmended {
            claim,
            principal,
            currency: domain::money::Currency::EUR
        }),
        (claim(), components, amount()).prop_map(|(claim, component, amount)| Fact::ChargeAdded {
            claim,
            component,
            amount,
            currency: domain::money::Currency::EUR
        }),
        (claim(), amount()).prop_map(|(claim, amount)| Fact::PaymentReceived {
            claim,
            amount,
            currency: domain::money::Currency::EUR
        }),
        (claim(), amount()).prop_map(|(claim, amount)| Fact::PaymentReversed {
            claim,
            amount,
            currency: domain::money::Currency::EUR
        }),
        (claim(), label()).prop_map(|(claim, reason)| Fact::ClaimWithdrawn { claim, reason }),
        (claim(), label()).prop_map(|(claim, to)| Fact::ClaimHandedOver { claim, to }),
        (claim(), label()).prop_map(|(claim, ground)| Fact::DisputeOpened { claim, ground }),
        (claim(), ends).prop_map(|(claim, end)| Fact::DisputeResolved { claim, end }),
    ]
}

fn about_waiting() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (id(HoldId::new), of(claim()), label(), label(), maybe_instant()).prop_map(
            |(hold, claim, reason, actor, until)| Fact::HoldPlaced { hold, claim, reason, actor, until }
        ),
        (id(HoldId::new), label()).prop_map(|(hold, actor)| Fact::HoldReleased { hold, actor }),
        (id(PromiseId::new), claim(), amount(), of(currency()), instant(), label()).prop_map(
            |(promise, claim, amount, currency, due_at, source)| Fact::PromiseMade {
                promise,
                claim,
                amount,
                currency,
                due_at,
                source
            }
        ),
    ]
}

pub(crate) fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![about_the_debtor(), about_a_claim(), about_waiting()]
}
