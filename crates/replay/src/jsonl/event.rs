//! Each event's open part as a JSON object, in tables: the field's name in JSON and ours.

use domain::event::{Delivery, Escalation, Event};
use domain::fact::Fact;
use serde_json::{Map, Value, json};

use super::value::Json;

/// An object of fields.
macro_rules! fields {
    ($($name:ident = $value:expr),+ $(,)?) => {{
        let mut object = Map::new();
        $(object.insert(stringify!($name).to_owned(), $value.json());)+
        Value::Object(object)
    }};
}

macro_rules! facts {
    ($($fact:ident { $($name:ident = $field:ident),+ })+) => {
        fn fact(fact: &Fact) -> Value {
            match fact {
                $(Fact::$fact { $($field),+ } => fields! { $($name = $field),+ },)+
            }
        }
    };
}

facts! {
    DebtorDescribed { zones = zones, language = language, kind = kind, country = country }
    ContactPointAdded {
        point = point, kind = kind, source = source, confidence = confidence, verified_at = verified_at
    }
    ContactPointInvalidated { point = point, reason = reason }
    ClaimRegistered {
        claim = claim, creditor = creditor, currency = currency, principal_minor = principal,
        interest_minor = interest, costs_minor = costs, due_at = due_at, scenario = scenario
    }
    ClaimAmended { claim = claim, principal_minor = principal, currency = currency }
    ChargeAdded { claim = claim, component = component, amount_minor = amount, currency = currency }
    PaymentReceived { claim = claim, amount_minor = amount, currency = currency }
    PaymentReversed { claim = claim, amount_minor = amount, currency = currency }
    ClaimWithdrawn { claim = claim, reason = reason }
    ClaimHandedOver { claim = claim, to = to }
    DisputeOpened { claim = claim, ground = ground }
    DisputeResolved { claim = claim, end = end }
    HoldPlaced { hold = hold, claim = claim, reason = reason, actor = actor, until = until }
    HoldReleased { hold = hold, actor = actor }
    PromiseMade {
        promise = promise, claim = claim, amount_minor = amount, currency = currency, due_at = due_at,
        source = source
    }
    ConsentGiven { scope = scope, source = source }
    OptedOut { scope = scope, source = source }
    CeaseRequested { source = source }
    ContactMade { channel = channel, direction = direction, right_party = right_party }
    TaskDone { task = task, actor = actor }
    MessageReceived { channel = channel, point = point, class = class }
}

macro_rules! decisions {
    ($($event:ident { $($name:ident = $field:ident),+ })+) => {
        /// The object of an event's open part.
        pub(super) fn object(event: &Event) -> Value {
            match event {
                Event::Fact(stated) => fact(stated),
                Event::FactParked(waiting) => json!({ "fact": waiting.name(), "waiting": fact(waiting) }),
                Event::Escalated(escalation) => escalated(escalation),
                Event::DeliveryStarted(delivery) => started(delivery),
                $(Event::$event { $($field),+ } => fields! { $($name = $field),+ },)+
            }
        }
    };
}

decisions! {
    ParkedFactApplied { claim = claim }
    ScenarioBegun { claim = claim, scenario = scenario, version = version, not_before = not_before }
    ClaimSettled { claim = claim, overpaid_minor = overpaid }
    ClaimReopened { claim = claim }
    PromiseKept { promise = promise }
    PromiseBroken { promise = promise }
    HoldExpired { hold = hold }
    EscalationWithdrawn { number = number, reason = reason }
    EscalationLapsed { number = number }
    StepDeferred { legs = legs, channel = channel, until = until, weighed = weighed }
    StepSkipped { leg = leg, reason = reason, next_at = next_at }
    StepEnded { leg = leg, result = result, next_at = next_at }
    LadderEnded { claim = claim }
    PermitRefused { number = number, request = request, refusal = reason, ends = ends, retry_at = retry_at }
    OutcomeRecorded { report = report, cost_micros = cost_micros, next_at = next_at }
    OutcomeUnknown { number = number, next_at = next_at }
    TaskOpened { task = task, claim = claim }
    StreamQuarantined { reason = reason }
    RulebookActivated { rulebook = rulebook }
    ContactsPaused { tenant = tenant, channel = channel, actor = actor, reason = reason }
    ContactsResumed { tenant = tenant, channel = channel, actor = actor }
    InputDropped { input = input, actor = actor, reason = reason }
}

fn escalated(escalation: &Escalation) -> Value {
    fields! {
        number = escalation.number,
        creditor = escalation.creditor,
        channel = escalation.channel,
        point = escalation.point,
        step = escalation.step,
        template = escalation.template,
        language = escalation.language,
        priority = escalation.priority,
        legs = escalation.legs,
        expires_at = escalation.expires_at,
        weighed = escalation.weighed,
    }
}

fn started(delivery: &Delivery) -> Value {
    fields! {
        number = delivery.number,
        request = delivery.request,
        legs = delivery.legs,
        outcome_by = delivery.outcome_by,
        weighed = delivery.weighed,
        words = delivery.words,
    }
}
