//! A worker asks whether an escalation may go out now (protocol, permits).

use crate::attempt::{Attempt, AttemptState};
use crate::claim::Claim;
use crate::debtor::Debtor;
use crate::decide::Decision;
use crate::decide::draft::Draft;
use crate::decide::plan::{Plan, due_claims, is_contactable, plan, rests};
use crate::event::{Delivery, Event, Refusal, Weighed};
use crate::fact::TaskKind;
use crate::ids::{ClaimId, RequestId};
use crate::input::PermitRequest;
use crate::label::RuleName;
use crate::rulebook::Rulebook;
use crate::rules::{self, Proposal};
use crate::time::Timestamp;

/// Decides it.
pub(super) fn decide(draft: Draft<'_>, request: PermitRequest) -> Decision {
    let Some(attempt) = draft.state.attempt(request.number).cloned() else {
        return refuse_silently(Refusal::NotOpen);
    };
    match &attempt.state {
        AttemptState::Emitted { expires_at } if *expires_at > draft.now => ask(draft, &attempt, request),
        AttemptState::Emitted { .. } | AttemptState::Ended => refuse_silently(Refusal::NotOpen),
        AttemptState::Started { request: holder, .. } if *holder == request.request => Decision::default(),
        AttemptState::Started { .. } | AttemptState::Done { .. } => refuse_silently(Refusal::Taken),
    }
}

/// The set of due claims is taken anew; the words must still be the ones that were planned, and every rule open.
fn ask(mut draft: Draft<'_>, attempt: &Attempt, request: PermitRequest) -> Decision {
    let claims = claims_of(&draft.state, attempt, draft.now);
    let plan = plan(&draft, &claims).filter(|_| !rests(&draft.state));
    let Some(plan) = plan.filter(|plan| is_as_planned(plan, attempt)) else {
        let now = draft.now;
        return refuse(draft, request, Refusal::Replanned, now);
    };
    let contact = Proposal { channel: attempt.channel, point: attempt.point, except: None };
    let verdict = rules::verdict(&draft.state, draft.rulebook, draft.tenant, contact, draft.now);
    if let Some(rule) = verdict.closed_by {
        let opens = rules::opens_at(&draft.state, draft.rulebook, draft.tenant, contact, draft.now);
        let retry_at = opens.unwrap_or(draft.now);
        return refuse(draft, request, Refusal::Rule(rule), retry_at);
    }
    let delivery = delivery(&draft, plan, request, verdict.weighed);
    draft.push(Event::DeliveryStarted(delivery));
    draft.finish()
}

fn delivery(draft: &Draft<'_>, plan: Plan<'_>, request: PermitRequest, weighed: Vec<Weighed>) -> Delivery {
    Delivery {
        number: request.number,
        request: request.request,
        legs: plan.legs,
        outcome_by: draft.now.plus(plan.step.outcome_within),
        weighed,
        words: None,
    }
}

/// The claims of the escalation that may still be contacted about, and those of its creditor that are due by now.
fn claims_of(state: &Debtor, attempt: &Attempt, now: Timestamp) -> Vec<ClaimId> {
    let waits = |claim: &Claim| claim.progress.as_ref().is_some_and(|p| p.awaits == Some(attempt.number));
    let due = due_claims(state, now);
    let fits = |claim: &&Claim| {
        claim.creditor == attempt.creditor
            && is_contactable(state, claim)
            && (waits(claim) || due.contains(&claim.claim))
    };
    state.claims.iter().filter(fits).map(|claim| claim.claim).collect()
}

fn is_as_planned(plan: &Plan<'_>, attempt: &Attempt) -> bool {
    plan.channel == attempt.channel
        && plan.point == attempt.point
        && plan.template == attempt.template
        && plan.language == attempt.language
}

/// The refusal ends the escalation, and is an event (replay, 1).
fn refuse(mut draft: Draft<'_>, request: PermitRequest, reason: Refusal, retry_at: Timestamp) -> Decision {
    let PermitRequest { number, request } = request;
    draft.push(Event::PermitRefused { number, request, reason, ends: true, retry_at });
    draft.finish()
}

/// The escalation ended before, so nothing changes and nothing is recorded.
fn refuse_silently(reason: Refusal) -> Decision {
    Decision { permit: Some(reason), ..Decision::default() }
}

/// Rendering objected to a permit that had been granted: it is refused in its place, and a person must look.
pub(super) fn render_refused(draft: Draft<'_>, request: PermitRequest, reason: &RuleName) -> Decision {
    let Some(attempt) = draft.state.attempt(request.number).cloned() else {
        return refuse_silently(Refusal::NotOpen);
    };
    match &attempt.state {
        AttemptState::Emitted { .. } => {}
        AttemptState::Started { .. } | AttemptState::Done { .. } | AttemptState::Ended => {
            return refuse_silently(Refusal::NotOpen);
        }
    }
    let mut draft = draft;
    let PermitRequest { number, request } = request;
    let (reason, retry_at) = (Refusal::Render(reason.clone()), draft.now);
    draft.push(Event::PermitRefused { number, request, reason, ends: true, retry_at });
    for leg in &attempt.legs {
        draft.push(Event::TaskOpened { task: TaskKind::RulebookGap, claim: Some(leg.claim) });
    }
    draft.finish()
}

/// Whether the request that holds a permit may be answered again from the log: within `start_within` of the delivery's
/// start, and only if no stop and no rule forbids it now (permits, 3).
pub fn may_answer_again(
    state: &Debtor,
    number: u32,
    request: RequestId,
    rulebook: &Rulebook,
    now: Timestamp,
) -> bool {
    let Some(tenant) = rulebook.tenants.get(&state.tenant) else { return false };
    let Some(attempt) = state.attempt(number) else { return false };
    let fresh = match &attempt.state {
        AttemptState::Started { at, request: holder, .. } => {
            *holder == request && now < at.plus(rulebook.start_within)
        }
        AttemptState::Emitted { .. } | AttemptState::Done { .. } | AttemptState::Ended => false,
    };
    let mut claims = attempt.legs.iter().map(|leg| state.claim(leg.claim));
    let contact = Proposal { channel: attempt.channel, point: attempt.point, except: Some(number) };
    fresh
        && !rests(state)
        && claims.all(|claim| claim.is_some_and(|claim| is_contactable(state, claim)))
        && rules::verdict(state, rulebook, tenant, contact, now).open
}
