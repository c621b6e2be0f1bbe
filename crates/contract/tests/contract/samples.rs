//! One event of each kind, fixed for ever, and a few messages.

use contract::wire::{About, Addressee, EscalationNotice, FactMessage, OutcomeMessage};
use domain::channel::{Channel, PointKind};
use domain::event::{
    Answer, Delivery, Escalation, Event, Leg, QuarantineReason, Refusal, SkipReason, StepResult, Weighed,
    Withdrawal,
};
use domain::fact::{Component, DebtorKind, Direction, DisputeEnd, Fact, Invalidity, Scope, TaskKind};
use domain::ids::{
    ClaimId, EscalationId, HoldId, InputId, PointId, PromiseId, ProviderMessageId, RequestId, RulebookHash,
    StreamId,
};
use domain::inbound::InboundClass;
use domain::label::{
    Country, CreditorId, Label, Language, RuleName, ScenarioId, StepId, TemplateId, TenantId,
};
use domain::money::{Currency, Minor};
use domain::outcome::{Disposition, Outcome, OutcomeReport, Reach, Said};
use domain::time::Timestamp;
use domain::zone::ZoneName;

const CLAIM: ClaimId = ClaimId::new([0xc1; 16]);
const POINT: PointId = PointId::new([0xb0; 16]);
const HOLD: HoldId = HoldId::new([0x40; 16]);
const PROMISE: PromiseId = PromiseId::new([0x91; 16]);
const REQUEST: RequestId = RequestId::new([0x7e; 16]);
const NOON: Timestamp = Timestamp(1_700_000_000_000);
const LATER: Timestamp = Timestamp(1_700_086_400_250);

fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

fn rule(text: &str) -> RuleName {
    RuleName::new(text).unwrap()
}

fn leg() -> Leg {
    Leg { claim: CLAIM, step: 2 }
}

fn weighed() -> Vec<Weighed> {
    vec![
        Weighed { rule: rule("hours"), answer: Answer::Open { until: Some(LATER) } },
        Weighed { rule: rule("weekly_cap"), answer: Answer::Closed { opens: None } },
    ]
}

pub(crate) fn facts() -> Vec<Fact> {
    vec![
        Fact::DebtorDescribed {
            zones: vec![ZoneName::new("Europe/Zurich").unwrap(), ZoneName::new("Europe/Rome").unwrap()],
            language: Language::new("de"),
            kind: DebtorKind::Person,
            country: Country::new("CH"),
        },
        Fact::ContactPointAdded {
            point: POINT,
            kind: PointKind::Phone,
            source: label("register"),
            confidence: 90,
            verified_at: Some(NOON),
        },
        Fact::ContactPointInvalidated { point: POINT, reason: Invalidity::WrongPerson },
        Fact::ClaimRegistered {
            claim: CLAIM,
            creditor: CreditorId::new("water").unwrap(),
            currency: Currency::new("CHF").unwrap(),
            principal: Minor(12_050),
            interest: Minor(300),
            costs: Minor(0),
            due_at: NOON,
            scenario: Some(ScenarioId::new("standard").unwrap()),
        },
        Fact::ClaimAmended { claim: CLAIM, principal: Minor(9_000), currency: Currency::EUR },
        Fact::ChargeAdded {
            claim: CLAIM,
            component: Component::Costs,
            amount: Minor(500),
            currency: Currency::EUR,
        },
        Fact::PaymentReceived { claim: CLAIM, amount: Minor(4_000), currency: Currency::EUR },
        Fact::PaymentReversed { claim: CLAIM, amount: Minor(4_000), currency: Currency::EUR },
        Fact::ClaimWithdrawn { claim: CLAIM, reason: label("dismissed") },
        Fact::ClaimHandedOver { claim: CLAIM, to: label("court") },
        Fact::DisputeOpened { claim: CLAIM, ground: label("not_delivered") },
        Fact::DisputeResolved { claim: CLAIM, end: DisputeEnd::Rejected },
        Fact::HoldPlaced {
            hold: HOLD,
            claim: Some(CLAIM),
            reason: label("hardship"),
            actor: label("agent-7"),
            until: Some(LATER),
        },
        Fact::HoldReleased { hold: HOLD, actor: label("agent-7") },
        Fact::PromiseMade {
            promise: PROMISE,
            claim: CLAIM,
            amount: Minor(4_000),
            currency: None,
            due_at: LATER,
            source: label("letter"),
        },
        Fact::ConsentGiven { scope: Scope::Channel(Channel::Social), source: label("form") },
        Fact::OptedOut { scope: Scope::Point(POINT), source: label("reply") },
        Fact::CeaseRequested { source: label("letter") },
        Fact::ContactMade { channel: Channel::Call, direction: Direction::Inbound, right_party: true },
        Fact::TaskDone { task: TaskKind::Answer, actor: label("agent-7") },
        Fact::MessageReceived {
            channel: Channel::Sms,
            point: PointId::new([0x21; 16]),
            class: InboundClass::PaymentClaimed,
        },
    ]
}

fn decisions() -> Vec<Event> {
    vec![
        Event::FactParked(Fact::PaymentReceived {
            claim: CLAIM,
            amount: Minor(4_000),
            currency: Currency::EUR,
        }),
        Event::ParkedFactApplied { claim: CLAIM },
        Event::ScenarioBegun {
            claim: CLAIM,
            scenario: ScenarioId::new("standard").unwrap(),
            version: [1, 2, 3, 4, 5, 6, 7, 8],
            not_before: LATER,
        },
        Event::ClaimSettled { claim: CLAIM, overpaid: Minor(50) },
        Event::ClaimReopened { claim: CLAIM },
        Event::PromiseKept { promise: PROMISE },
        Event::PromiseBroken { promise: PROMISE },
        Event::HoldExpired { hold: HOLD },
        Event::EscalationWithdrawn { number: 3, reason: Withdrawal::NoClaimLeft },
        Event::EscalationLapsed { number: 3 },
        Event::StepDeferred { legs: vec![leg()], channel: Channel::Sms, until: LATER, weighed: weighed() },
        Event::StepSkipped { leg: leg(), reason: SkipReason::NoContactPoint, next_at: LATER },
        Event::StepEnded { leg: leg(), result: StepResult::Unanswered, next_at: LATER },
        Event::LadderEnded { claim: CLAIM },
        Event::OutcomeUnknown { number: 3, next_at: LATER },
        Event::TaskOpened { task: TaskKind::LadderEnded, claim: Some(CLAIM) },
        Event::StreamQuarantined { reason: QuarantineReason::NotSealed },
        Event::RulebookActivated { rulebook: RulebookHash([0x5a; 32]) },
        Event::ContactsPaused {
            tenant: Some(TenantId::new("town").unwrap()),
            channel: Some(Channel::Email),
            actor: label("op-1"),
            reason: label("wrong-words"),
        },
        Event::ContactsResumed { tenant: None, channel: None, actor: label("op-1") },
        Event::InputDropped {
            input: InputId::new([0x3c; 16]),
            actor: label("op-1"),
            reason: label("not-ours"),
        },
    ]
}

fn contacts() -> Vec<Event> {
    vec![
        Event::Escalated(Escalation {
            number: 3,
            creditor: CreditorId::new("water").unwrap(),
            channel: Channel::Sms,
            point: POINT,
            step: StepId::new("sms-1").unwrap(),
            template: TemplateId::new("callback").unwrap(),
            language: Language::new("de").unwrap(),
            priority: -5,
            legs: vec![leg()],
            expires_at: LATER,
            weighed: weighed(),
        }),
        Event::DeliveryStarted(Delivery {
            number: 3,
            request: REQUEST,
            legs: vec![leg()],
            outcome_by: LATER,
            weighed: weighed(),
            words: Some([0x0d; 32]),
        }),
        Event::PermitRefused {
            number: 3,
            request: REQUEST,
            reason: Refusal::Rule(rule("hours")),
            ends: true,
            retry_at: LATER,
        },
        Event::OutcomeRecorded {
            report: OutcomeReport {
                number: 3,
                outcome: Outcome::Called(Disposition {
                    reach: Reach::RightParty,
                    said: Said::Promise { amount: Minor(4_000), due_at: LATER },
                }),
                at: NOON,
                provider_message: Some(ProviderMessageId::new([0xee; 16])),
                late: false,
            },
            cost_micros: 70_000,
            next_at: LATER,
        },
    ]
}

/// One event of each kind.
pub(crate) fn events() -> Vec<Event> {
    facts().into_iter().map(Event::Fact).chain(decisions()).chain(contacts()).collect()
}

pub(crate) fn fact() -> FactMessage {
    FactMessage {
        tenant: TenantId::new("muni").unwrap(),
        addressee: Addressee::OwnerOf(CLAIM),
        key: InputId::new([1; 16]),
        content: [2; 16],
        occurred_at: NOON,
        fact: Fact::PaymentReceived { claim: CLAIM, amount: Minor(4_000), currency: Currency::EUR },
        personal: None,
        trace: None,
    }
}

pub(crate) fn notice() -> EscalationNotice {
    EscalationNotice {
        id: EscalationId { stream: StreamId::new([3; 16]), number: 1 },
        tenant: TenantId::new("muni").unwrap(),
        channel: Channel::Sms,
        partition: 0,
        emission: 1,
        priority: 0,
        expires_at: LATER,
        trace: Some(([4; 16], [5; 8], 1)),
    }
}

pub(crate) fn outcome() -> OutcomeMessage {
    let report = OutcomeReport {
        number: 1,
        outcome: Outcome::Accepted,
        at: NOON,
        provider_message: None,
        late: false,
    };
    OutcomeMessage { about: About::Attempt(notice().id), tenant: None, report, personal: None, trace: None }
}
