//! What stands behind a contact or a non-contact: rules, claims, and what would have had to be otherwise.

use domain::attempt::Attempt;
use domain::channel::Channel;
use domain::debtor::Debtor;
use domain::event::{Answer, Delivery, Escalation, Event, Leg, Refusal, SkipReason, Weighed, Withdrawal};
use domain::ids::PointId;
use domain::rulebook::Rulebook;
use domain::rules::{Proposal, weigh};
use domain::time::Timestamp;

use super::super::words::{claim, over};
use super::super::{blocks, rules};

/// What stands behind an event.
#[derive(Default)]
pub(super) struct Detail {
    pub(super) is_about_contact: bool,
    pub(super) weighed: Vec<Weighed>,
    pub(super) legs: Vec<Leg>,
    pub(super) channel: Option<Channel>,
    pub(super) point: Option<PointId>,
    pub(super) would_change: Vec<String>,
    pub(super) next: Option<Timestamp>,
}

/// Finds it.
pub(super) fn of(event: &Event, before: &Debtor, rulebook: Option<&Rulebook>, at: Timestamp) -> Detail {
    match event {
        Event::Escalated(escalation) => escalated(escalation),
        Event::DeliveryStarted(delivery) => started(delivery, before),
        Event::StepDeferred { legs, channel, until, weighed } => Detail {
            weighed: weighed.clone(),
            legs: legs.clone(),
            channel: Some(*channel),
            would_change: rules::would_open(weighed),
            next: Some(*until),
            ..about_contact()
        },
        Event::StepSkipped { leg, reason, next_at } => skipped(leg, *reason, *next_at, before, rulebook),
        Event::EscalationWithdrawn { number, reason } => withdrawn(*number, *reason, before, rulebook),
        Event::EscalationLapsed { number } => {
            let asked =
                |channel: Channel| format!("a worker of channel {channel} asks for the permit in time");
            let attempt = before.attempt(*number);
            let would_change = attempt.map(|attempt| asked(attempt.channel)).into_iter().collect();
            Detail { would_change, ..of_attempt(attempt) }
        }
        Event::PermitRefused { number, reason, retry_at, .. } => {
            refused(before.attempt(*number), reason, *retry_at, before, rulebook, at)
        }
        Event::Fact(_)
        | Event::FactParked(_)
        | Event::ParkedFactApplied { .. }
        | Event::ScenarioBegun { .. }
        | Event::ClaimSettled { .. }
        | Event::ClaimReopened { .. }
        | Event::PromiseKept { .. }
        | Event::PromiseBroken { .. }
        | Event::HoldExpired { .. }
        | Event::StepEnded { .. }
        | Event::LadderEnded { .. }
        | Event::OutcomeRecorded { .. }
        | Event::OutcomeUnknown { .. }
        | Event::TaskOpened { .. }
        | Event::StreamQuarantined { .. }
        | Event::RulebookActivated { .. }
        | Event::ContactsPaused { .. }
        | Event::ContactsResumed { .. }
        | Event::InputDropped { .. } => Detail::default(),
    }
}

fn about_contact() -> Detail {
    Detail { is_about_contact: true, ..Detail::default() }
}

fn of_attempt(attempt: Option<&Attempt>) -> Detail {
    Detail {
        legs: attempt.map(|attempt| attempt.legs.clone()).unwrap_or_default(),
        channel: attempt.map(|attempt| attempt.channel),
        point: attempt.map(|attempt| attempt.point),
        ..about_contact()
    }
}

fn escalated(escalation: &Escalation) -> Detail {
    Detail {
        weighed: escalation.weighed.clone(),
        legs: escalation.legs.clone(),
        channel: Some(escalation.channel),
        point: Some(escalation.point),
        would_change: would_stop(&escalation.weighed),
        ..about_contact()
    }
}

fn started(delivery: &Delivery, before: &Debtor) -> Detail {
    Detail {
        weighed: delivery.weighed.clone(),
        legs: delivery.legs.clone(),
        would_change: would_stop(&delivery.weighed),
        ..of_attempt(before.attempt(delivery.number))
    }
}

/// What would have stopped a contact that was allowed.
fn would_stop(weighed: &[Weighed]) -> Vec<String> {
    let closes = |weighed: &Weighed| match weighed.answer {
        Answer::Open { until: Some(until) } => {
            Some(format!("rule {} would have closed at {until}", weighed.rule))
        }
        Answer::Open { until: None } | Answer::Closed { .. } => None,
    };
    let facts = "a payment in full, dispute, promise, hold, opt-out, cease request or withdrawal before it"
        .to_owned();
    weighed.iter().filter_map(closes).chain([facts]).collect()
}

fn skipped(
    leg: &Leg,
    reason: SkipReason,
    next_at: Timestamp,
    before: &Debtor,
    rulebook: Option<&Rulebook>,
) -> Detail {
    let channel = channel_of(leg, before, rulebook);
    let contact = channel.map_or("for the channel", over);
    let least = rulebook.and_then(|rulebook| rulebook.tenants.get(&before.tenant));
    let least = least.map(|tenant| tenant.policy.min_confidence).unwrap_or_default();
    let change = match reason {
        SkipReason::NoContactPoint => {
            format!("a valid contact point {contact} with a confidence of {least} or more is known")
        }
        SkipReason::NoConsent => format!("the debtor agrees to be contacted {contact}"),
        SkipReason::OptedOut => {
            format!("the debtor agrees again to be contacted {contact}, later than the opt-out")
        }
        SkipReason::NoAllowedHours => {
            "the debtor is described with zones that have an allowed hour in common".to_owned()
        }
        SkipReason::NotTaken => "an agent takes the call in the time that the step allows".to_owned(),
    };
    let (legs, would_change) = (vec![leg.clone()], vec![change]);
    Detail { legs, channel, would_change, next: Some(next_at), ..about_contact() }
}

fn channel_of(leg: &Leg, before: &Debtor, rulebook: Option<&Rulebook>) -> Option<Channel> {
    let progress = before.claim(leg.claim)?.progress.as_ref()?;
    let scenario = rulebook?.scenario(&progress.scenario, progress.version)?;
    scenario.steps.get(usize::from(leg.step)).map(|step| step.channel)
}

fn withdrawn(number: u32, reason: Withdrawal, before: &Debtor, rulebook: Option<&Rulebook>) -> Detail {
    let attempt = before.attempt(number);
    let would_change = match reason {
        Withdrawal::NoClaimLeft => no_claim_left(before, attempt, rulebook),
        Withdrawal::Ceased => blocks::of_debtor(before).into_iter().map(|block| block.change).collect(),
        Withdrawal::PointClosed => vec!["the contact point is usable and wanted again".to_owned()],
    };
    Detail { would_change, ..of_attempt(attempt) }
}

/// What stands in the way of the claims, and of the debtor as a whole.
fn no_claim_left(before: &Debtor, attempt: Option<&Attempt>, rulebook: Option<&Rulebook>) -> Vec<String> {
    let grace = blocks::grace(before, rulebook);
    let legs = attempt.map(|attempt| attempt.legs.as_slice()).unwrap_or_default();
    let of_claims = legs.iter().filter_map(|leg| before.claim(leg.claim)).flat_map(|known| {
        let name = claim(known.claim);
        blocks::of_claim(before, known, grace)
            .into_iter()
            .map(move |block| format!("{name}: {}: {}", block.what, block.change))
    });
    let of_debtor = blocks::of_debtor(before).into_iter();
    of_debtor.map(|block| format!("{}: {}", block.what, block.change)).chain(of_claims).collect()
}

fn refused(
    attempt: Option<&Attempt>,
    reason: &Refusal,
    retry_at: Timestamp,
    before: &Debtor,
    rulebook: Option<&Rulebook>,
    at: Timestamp,
) -> Detail {
    // The refusal names the rule that was closed; all of them are weighed again here as they were weighed then.
    let weighed = weighed_again(attempt, before, rulebook, at);
    let would_change = match reason {
        Refusal::Rule(_) => rules::would_open(&weighed),
        Refusal::NotOpen => vec!["the escalation is still open when its permit is asked for".to_owned()],
        Refusal::Taken => vec!["no other request holds the permit".to_owned()],
        Refusal::Replanned => {
            vec!["claims, contact point and words are still those that were planned".to_owned()]
        }
        Refusal::Render(rule) => {
            vec![format!("the template's words pass rule {rule}, and the task is closed")]
        }
    };
    Detail { weighed, would_change, next: Some(retry_at), ..of_attempt(attempt) }
}

fn weighed_again(
    attempt: Option<&Attempt>,
    before: &Debtor,
    rulebook: Option<&Rulebook>,
    at: Timestamp,
) -> Vec<Weighed> {
    let (Some(attempt), Some(rulebook)) = (attempt, rulebook) else { return Vec::new() };
    let Some(tenant) = rulebook.tenants.get(&before.tenant) else { return Vec::new() };
    let contact = Proposal { channel: attempt.channel, point: attempt.point, except: None };
    weigh(before, rulebook, tenant, contact, at)
}
