//! Each event's message in its newest version: a table for those with fields of their own, by name for those that wrap a
//! struct or keep fields of an older version.

use domain::event::Event;

use crate::error::DecodeError;
use crate::fact;
use crate::field::Field;
use crate::generated::mahnwerk::event::v1::{self as wire, event::Event as Wire};

/// Joins each event with its message: number, name, and for each field the wire's and ours.
macro_rules! decisions {
    ($($number:literal $text:literal $name:ident { $($theirs:ident = $our:ident),+ })+) => {
        /// Each kind that is no recorded fact, with its name.
        pub(crate) const KINDS: &[(u16, &str)] =
            &[(101, "fact_parked"), (109, "escalated"), (116, "delivery_started"), (121, "stream_quarantined"),
            $(($number, $text)),+];

        /// The event's kind.
        pub(crate) const fn kind(event: &Event) -> u16 {
            match event {
                Event::Fact(fact) => fact::kind(fact),
                Event::FactParked(_) => 101,
                Event::Escalated(_) => 109,
                Event::DeliveryStarted(_) => 116,
                Event::StreamQuarantined { .. } => 121,
                $(Event::$name { .. } => $number,)+
            }
        }

        /// To the wire.
        pub(crate) fn write(event: &Event) -> Wire {
            match event {
                Event::Fact(fact) => Wire::Fact(fact.write()),
                Event::FactParked(fact) => Wire::FactParked(fact.write()),
                Event::Escalated(escalation) => Wire::Escalated(escalation.write()),
                Event::DeliveryStarted(delivery) => Wire::DeliveryStarted(delivery.write()),
                Event::StreamQuarantined { reason } => Wire::StreamQuarantined(wire::StreamQuarantined {
                    why: reason.write(),
                    ..wire::StreamQuarantined::default()
                }),
                $(Event::$name { $($our),+ } => {
                    Wire::$name(wire::$name { $($theirs: Field::write($our)),+ })
                })+
            }
        }

        /// From the wire.
        pub(crate) fn read(event: Wire) -> Result<Event, DecodeError> {
            Ok(match event {
                Wire::Fact(wire) => Event::Fact(Field::read("Event.fact", wire)?),
                Wire::FactParked(wire) => Event::FactParked(Field::read("Event.fact_parked", wire)?),
                Wire::Escalated(wire) => Event::Escalated(Field::read("Event.escalated", wire)?),
                Wire::DeliveryStarted(wire) => {
                    Event::DeliveryStarted(Field::read("Event.delivery_started", wire)?)
                }
                Wire::StreamQuarantined(wire) => Event::StreamQuarantined {
                    reason: Field::read("StreamQuarantined.why", wire.why)?,
                },
                $(Wire::$name(wire) => Event::$name {
                    $($our: Field::read(concat!(stringify!($name), ".", stringify!($theirs)), wire.$theirs)?),+
                },)+
            })
        }
    };
}

decisions! {
    102 "parked_fact_applied" ParkedFactApplied { claim_id = claim }
    103 "scenario_begun" ScenarioBegun {
        claim_id = claim, scenario = scenario, scenario_version = version, not_before_ms = not_before
    }
    104 "claim_settled" ClaimSettled { claim_id = claim, overpaid_minor = overpaid }
    105 "claim_reopened" ClaimReopened { claim_id = claim }
    106 "promise_kept" PromiseKept { promise_id = promise }
    107 "promise_broken" PromiseBroken { promise_id = promise }
    108 "hold_expired" HoldExpired { hold_id = hold }
    110 "escalation_withdrawn" EscalationWithdrawn { number = number, reason = reason }
    111 "escalation_lapsed" EscalationLapsed { number = number }
    112 "step_deferred" StepDeferred { legs = legs, channel = channel, until_ms = until, weighed = weighed }
    113 "step_skipped" StepSkipped { leg = leg, reason = reason, next_at_ms = next_at }
    114 "step_ended" StepEnded { leg = leg, result = result, next_at_ms = next_at }
    115 "ladder_ended" LadderEnded { claim_id = claim }
    117 "permit_refused" PermitRefused {
        number = number, request_id = request, reason = reason, ends = ends, retry_at_ms = retry_at
    }
    118 "outcome_recorded" OutcomeRecorded { report = report, cost_micros = cost_micros, next_at_ms = next_at }
    119 "outcome_unknown" OutcomeUnknown { number = number, next_at_ms = next_at }
    120 "task_opened" TaskOpened { task = task, claim_id = claim }
    122 "rulebook_activated" RulebookActivated { rulebook = rulebook }
    123 "contacts_paused" ContactsPaused { tenant = tenant, channel = channel, actor = actor, reason = reason }
    124 "contacts_resumed" ContactsResumed { tenant = tenant, channel = channel, actor = actor }
    125 "input_dropped" InputDropped { input_id = input, actor = actor, reason = reason }
}
