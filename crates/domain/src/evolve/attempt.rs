//! How an escalation comes about, starts, and ends.

use crate::attempt::{Attempt, AttemptState, MAX_HISTORY};
use crate::debtor::Debtor;
use crate::event::{Delivery, Escalation, Event, Leg, StepResult};
use crate::evolve::Place;
use crate::evolve::ladder::with_progress;
use crate::outcome::{Disposition, Outcome, OutcomeReport, Reach, RejectClass};
use crate::time::Timestamp;

/// Applies an event about an escalation; others change nothing here.
pub(super) fn apply(state: &mut Debtor, event: &Event, place: Place) {
    if let Event::Escalated(escalation) = event {
        escalate(state, escalation, place);
    }
    if let Event::EscalationWithdrawn { number, .. } | Event::EscalationLapsed { number } = event {
        end(state, *number, None);
    }
    if let Event::PermitRefused { number, ends: true, retry_at, .. } = event {
        end(state, *number, Some(*retry_at));
    }
    if let Event::DeliveryStarted(delivery) = event {
        start(state, delivery, place);
    }
    if let Event::OutcomeRecorded { report, next_at, .. } = event {
        record(state, report, *next_at);
    }
    if let Event::OutcomeUnknown { number, next_at } = event {
        settle(state, *number, Outcome::Unknown, *next_at);
    }
}

fn escalate(state: &mut Debtor, escalation: &Escalation, place: Place) {
    let number = escalation.number;
    state.last_number = state.last_number.max(number);
    escalation.legs.iter().for_each(|leg| with_progress(state, leg.claim, |p| p.awaits = Some(number)));
    state.attempts.push(Attempt {
        number,
        creditor: escalation.creditor.clone(),
        channel: escalation.channel,
        point: escalation.point,
        step: escalation.step.clone(),
        template: escalation.template.clone(),
        language: escalation.language,
        legs: escalation.legs.clone(),
        levels_before: Vec::new(),
        priority: escalation.priority,
        emitted_at: place.at,
        state: AttemptState::Emitted { expires_at: escalation.expires_at },
    });
    forget_oldest(state);
}

/// Keeps the history bounded; a cap counts at most 60 contacts, fewer than are kept.
fn forget_oldest(state: &mut Debtor) {
    while state.attempts.len() > MAX_HISTORY {
        let without_contact = state.attempts.iter().position(|a| !a.is_open() && a.counted_at().is_none());
        state.attempts.remove(without_contact.unwrap_or(0));
    }
}

/// It ends without a permit: its claims wait for nothing but time again.
fn end(state: &mut Debtor, number: u32, retry_at: Option<Timestamp>) {
    if let Some(attempt) = find(state, number) {
        attempt.state = AttemptState::Ended;
    }
    release(state, number, |progress| {
        progress.not_before = retry_at.map_or(progress.not_before, |at| progress.not_before.max(at));
    });
}

/// The contact takes a step of each of its claims: that is their level now (R11).
fn start(state: &mut Debtor, delivery: &Delivery, place: Place) {
    let number = delivery.number;
    release(state, number, |_| {});
    let levels_before = delivery.legs.iter().map(|leg| raise(state, leg, number)).collect();
    if let Some(attempt) = find(state, number) {
        attempt.legs.clone_from(&delivery.legs);
        attempt.levels_before = levels_before;
        attempt.state = AttemptState::Started {
            at: place.at,
            request: delivery.request,
            outcome_by: delivery.outcome_by,
            recorded_at: place.position,
        };
    }
}

/// Raises a claim to the step that it takes, and answers with the level that it had.
fn raise(state: &mut Debtor, leg: &Leg, number: u32) -> Option<u16> {
    with_progress(state, leg.claim, |progress| {
        progress.awaits = Some(number);
        progress.tries = progress.tries.saturating_add(1);
    });
    let claim = state.claims.iter_mut().find(|claim| claim.claim == leg.claim)?;
    claim.level.replace(leg.step)
}

fn record(state: &mut Debtor, report: &OutcomeReport, next_at: Timestamp) {
    settle(state, report.number, report.outcome, next_at);
    if report.outcome.heard() {
        state.heard_at = state.heard_at.max(Some(report.at));
    }
}

/// Records what became of it; the ladder moves only for claims that still wait on this attempt (permits, 12).
fn settle(state: &mut Debtor, number: u32, outcome: Outcome, next_at: Timestamp) {
    let Some(attempt) = find(state, number) else { return };
    let done = match &attempt.state {
        AttemptState::Started { at, request, recorded_at, .. }
        | AttemptState::Done { at, request, recorded_at, .. } => {
            AttemptState::Done { at: *at, request: *request, outcome, recorded_at: *recorded_at }
        }
        AttemptState::Emitted { .. } | AttemptState::Ended => return,
    };
    attempt.state = done;
    let waited: Vec<(Leg, Option<u16>)> =
        attempt.legs.iter().cloned().zip(attempt.levels_before.clone()).collect();
    for (leg, before) in waited {
        go_on(state, &leg, before, number, outcome, next_at);
    }
}

fn go_on(
    state: &mut Debtor,
    leg: &Leg,
    before: Option<u16>,
    number: u32,
    outcome: Outcome,
    next_at: Timestamp,
) {
    let given_back = outcome.gives_back();
    let mut waited = false;
    with_progress(state, leg.claim, |progress| {
        waited = progress.awaits == Some(number);
        if !waited {
            return;
        }
        progress.awaits = None;
        progress.not_before = next_at;
        if given_back {
            progress.tries = progress.tries.saturating_sub(1);
            progress.given_back = progress.given_back.saturating_add(1);
        } else {
            progress.given_back = 0;
            progress.last = Some(result(outcome));
        }
    });
    if waited && given_back {
        let claim = state.claims.iter_mut().find(|claim| claim.claim == leg.claim);
        claim.into_iter().for_each(|claim| claim.level = before);
    }
}

/// How a step ends whose last try came to this.
const fn result(outcome: Outcome) -> StepResult {
    match outcome {
        Outcome::Replied | Outcome::Called(Disposition { reach: Reach::RightParty, .. }) => StepResult::Heard,
        Outcome::Accepted
        | Outcome::Delivered
        | Outcome::Read
        | Outcome::Called(Disposition {
            reach: Reach::NoAnswer | Reach::Busy | Reach::Voicemail | Reach::ThirdParty,
            ..
        }) => StepResult::Unanswered,
        Outcome::Rejected(RejectClass::RecipientRefuses) => StepResult::Refused,
        Outcome::Rejected(RejectClass::BadAddress | RejectClass::NotAllowed | RejectClass::Other)
        | Outcome::Deferred { .. }
        | Outcome::Unsent
        | Outcome::Called(Disposition { reach: Reach::WrongNumber, .. }) => StepResult::Failed,
        Outcome::Unknown => StepResult::Unknown,
    }
}

/// Claims that waited on the attempt wait no more.
fn release(state: &mut Debtor, number: u32, change: impl Fn(&mut crate::claim::Progress)) {
    for progress in state.claims.iter_mut().filter_map(|claim| claim.progress.as_mut()) {
        if progress.awaits == Some(number) {
            progress.awaits = None;
            change(progress);
        }
    }
}

fn find(state: &mut Debtor, number: u32) -> Option<&mut Attempt> {
    state.attempts.iter_mut().rev().find(|attempt| attempt.number == number)
}
