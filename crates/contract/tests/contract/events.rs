//! Strategies for outcomes and events.

use domain::event::{
    Answer, Delivery, Escalation, Event, Leg, QuarantineReason, Refusal, SkipReason, StepResult, Weighed,
    Withdrawal,
};
use domain::ids::{HoldId, InputId, PromiseId, ProviderMessageId, RequestId};
use domain::label::{CreditorId, RuleName, ScenarioId, StepId, TemplateId, TenantId};
use domain::outcome::{Disposition, Outcome, OutcomeReport, Reach, RejectClass, Said};
use domain::time::Span;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::facts::{fact, task};
use crate::values::{amount, channel, claim, hash, id, instant, label, language, maybe_instant, name, point};

pub(crate) fn results() -> impl Strategy<Value = StepResult> {
    select(vec![
        StepResult::Heard,
        StepResult::Unanswered,
        StepResult::Unknown,
        StepResult::Failed,
        StepResult::Refused,
    ])
}

pub(crate) fn leg() -> impl Strategy<Value = Leg> {
    (claim(), any::<u16>()).prop_map(|(claim, step)| Leg { claim, step })
}

pub(crate) fn weighed() -> impl Strategy<Value = Weighed> {
    let answer = prop_oneof![
        maybe_instant().prop_map(|until| Answer::Open { until }),
        maybe_instant().prop_map(|opens| Answer::Closed { opens }),
    ];
    (name(RuleName::new), answer).prop_map(|(rule, answer)| Weighed { rule, answer })
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        (amount(), instant()).prop_map(|(amount, due_at)| Said::Promise { amount, due_at }),
        select(vec![
            Said::Nothing,
            Said::Disputes,
            Said::ClaimsPaid,
            Said::Hardship,
            Said::Question,
            Said::Refuses,
            Said::OptsOut,
        ]),
    ]
}

pub(crate) fn outcome() -> impl Strategy<Value = Outcome> {
    let reach = select(vec![
        Reach::NoAnswer,
        Reach::Busy,
        Reach::Voicemail,
        Reach::WrongNumber,
        Reach::ThirdParty,
        Reach::RightParty,
    ]);
    let class = select(vec![
        RejectClass::BadAddress,
        RejectClass::RecipientRefuses,
        RejectClass::NotAllowed,
        RejectClass::Other,
    ]);
    prop_oneof![
        select(vec![
            Outcome::Accepted,
            Outcome::Delivered,
            Outcome::Read,
            Outcome::Replied,
            Outcome::Unsent,
            Outcome::Unknown,
        ]),
        class.prop_map(Outcome::Rejected),
        any::<i64>().prop_map(|delay| Outcome::Deferred { delay: Span(delay) }),
        (reach, said()).prop_map(|(reach, said)| Outcome::Called(Disposition { reach, said })),
    ]
}

pub(crate) fn report() -> impl Strategy<Value = OutcomeReport> {
    (any::<u32>(), outcome(), instant(), of(id(ProviderMessageId::new)), any::<bool>()).prop_map(
        |(number, outcome, at, provider_message, late)| OutcomeReport {
            number,
            outcome,
            at,
            provider_message,
            late,
        },
    )
}

pub(crate) fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        name(RuleName::new).prop_map(Refusal::Rule),
        name(RuleName::new).prop_map(Refusal::Render),
        select(vec![Refusal::NotOpen, Refusal::Taken, Refusal::Replanned]),
    ]
}

fn escalation() -> impl Strategy<Value = Escalation> {
    let what = (any::<u32>(), name(CreditorId::new), channel(), point(), name(StepId::new));
    let how =
        (name(TemplateId::new), language(), any::<i32>(), vec(leg(), 0..4), instant(), vec(weighed(), 0..6));
    (what, how).prop_map(
        |(
            (number, creditor, channel, point, step),
            (template, language, priority, legs, expires_at, weighed),
        )| Escalation {
            number,
            creditor,
            channel,
            point,
            step,
            template,
            language,
            priority,
            legs,
            expires_at,
            weighed,
        },
    )
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let words = of(any::<[u8; 32]>());
    (any::<u32>(), id(RequestId::new), vec(leg(), 0..4), instant(), vec(weighed(), 0..6), words).prop_map(
        |(number, request, legs, outcome_by, weighed, words)| Delivery {
            number,
            request,
            legs,
            outcome_by,
            weighed,
            words,
        },
    )
}

fn about_steps() -> impl Strategy<Value = Event> {
    let skips = select(vec![
        SkipReason::NoContactPoint,
        SkipReason::NoConsent,
        SkipReason::OptedOut,
        SkipReason::NotTaken,
        SkipReason::NoAllowedHours,
    ]);
    prop_oneof![
        (claim(), name(ScenarioId::new), any::<[u8; 8]>(), instant()).prop_map(
            |(claim, scenario, version, not_before)| Event::ScenarioBegun {
                claim,
                scenario,
                version,
                not_before
            }
        ),
        (vec(leg(), 0..4), channel(), instant(), vec(weighed(), 0..6)).prop_map(
            |(legs, channel, until, weighed)| Event::StepDeferred { legs, channel, until, weighed }
        ),
        (leg(), skips, instant()).prop_map(|(leg, reason, next_at)| Event::StepSkipped {
            leg,
            reason,
            next_at
        }),
        (leg(), results(), instant()).prop_map(|(leg, result, next_at)| Event::StepEnded {
            leg,
            result,
            next_at
        }),
        claim().prop_map(|claim| Event::LadderEnded { claim }),
    ]
}

fn about_contacts() -> impl Strategy<Value = Event> {
    let withdrawals = select(vec![Withdrawal::NoClaimLeft, Withdrawal::PointClosed, Withdrawal::Ceased]);
    prop_oneof![
        escalation().prop_map(Event::Escalated),
        (any::<u32>(), withdrawals)
            .prop_map(|(number, reason)| Event::EscalationWithdrawn { number, reason }),
        any::<u32>().prop_map(|number| Event::EscalationLapsed { number }),
        delivery().prop_map(Event::DeliveryStarted),
        (any::<u32>(), id(RequestId::new), refusal(), any::<bool>(), instant()).prop_map(
            |(number, request, reason, ends, retry_at)| Event::PermitRefused {
                number,
                request,
                reason,
                ends,
                retry_at
            }
        ),
        (report(), any::<i64>(), instant()).prop_map(|(report, cost_micros, next_at)| {
            Event::OutcomeRecorded { report, cost_micros, next_at }
        }),
        (any::<u32>(), instant()).prop_map(|(number, next_at)| Event::OutcomeUnknown { number, next_at }),
    ]
}

fn about_the_rest() -> impl Strategy<Value = Event> {
    prop_oneof![
        claim().prop_map(|claim| Event::ParkedFactApplied { claim }),
        (claim(), amount()).prop_map(|(claim, overpaid)| Event::ClaimSettled { claim, overpaid }),
        claim().prop_map(|claim| Event::ClaimReopened { claim }),
        id(PromiseId::new).prop_map(|promise| Event::PromiseKept { promise }),
        id(PromiseId::new).prop_map(|promise| Event::PromiseBroken { promise }),
        id(HoldId::new).prop_map(|hold| Event::HoldExpired { hold }),
        (task(), of(claim())).prop_map(|(task, claim)| Event::TaskOpened { task, claim }),
        select(QuarantineReason::ALL.to_vec()).prop_map(|reason| Event::StreamQuarantined { reason }),
        hash().prop_map(|rulebook| Event::RulebookActivated { rulebook }),
        (of(name(TenantId::new)), of(channel()), label(), label()).prop_map(
            |(tenant, channel, actor, reason)| Event::ContactsPaused { tenant, channel, actor, reason }
        ),
        (of(name(TenantId::new)), of(channel()), label())
            .prop_map(|(tenant, channel, actor)| Event::ContactsResumed { tenant, channel, actor }),
        (id(InputId::new), label(), label()).prop_map(|(input, actor, reason)| Event::InputDropped {
            input,
            actor,
            reason
        }),
    ]
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        fact().prop_map(Event::Fact),
        fact().prop_map(Event::FactParked),
        about_steps(),
        about_contacts(),
        about_the_rest(),
    ]
}
