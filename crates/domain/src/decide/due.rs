//! The due instant has come: what ends by itself ends, and the ladder goes on.

use crate::attempt::AttemptState;
use crate::decide::advance::advance;
use crate::decide::draft::Draft;
use crate::decide::plan::{Plan, due_claims, plan, rests};
use crate::decide::{Decision, consequences, outcome};
use crate::event::{Answer, Escalation, Event, Leg, SkipReason, Weighed};
use crate::fact::TaskKind;
use crate::hold::PromiseState;
use crate::rules::{self, Proposal};

/// Decides it: what ends by itself first, then the ladder's moves, and only where nothing else is left a contact.
///
/// An escalation stands alone in its decision. A debtor for whom no worker has capacity is put off whole, and nothing that
/// has to be recorded waits for capacity with it; what is left is due again at once.
pub(super) fn decide(mut draft: Draft<'_>) -> Decision {
    end_holds(&mut draft);
    break_promises(&mut draft);
    end_attempt(&mut draft);
    consequences::follow(&mut draft);
    if draft.is_empty() && draft.state.open_attempt().is_none() && !rests(&draft.state) {
        go_on(&mut draft);
    }
    draft.finish()
}

/// Holds whose end has come (P6).
fn end_holds(draft: &mut Draft<'_>) {
    let over = draft.state.holds.iter().filter(|hold| hold.until.is_some_and(|until| until <= draft.now));
    let over: Vec<_> = over.map(|hold| Event::HoldExpired { hold: hold.hold }).collect();
    over.into_iter().for_each(|event| draft.push(event));
}

/// Promises whose date and grace are over (R24).
fn break_promises(draft: &mut Draft<'_>) {
    let late = draft.state.promises.iter().filter(|promise| {
        promise.state == PromiseState::Open && promise.due_at.plus(draft.tenant.promise_grace) <= draft.now
    });
    let broken: Vec<_> = late.map(|promise| Event::PromiseBroken { promise: promise.promise }).collect();
    broken.into_iter().for_each(|event| draft.push(event));
}

/// An escalation that nobody took in its time lapses; a permit without an outcome becomes unknown (permits, 12).
fn end_attempt(draft: &mut Draft<'_>) {
    let Some(attempt) = draft.state.open_attempt() else { return };
    let number = attempt.number;
    match &attempt.state {
        AttemptState::Emitted { expires_at } if *expires_at <= draft.now => {
            let legs = attempt.legs.clone();
            draft.push(Event::EscalationLapsed { number });
            overflow(draft, &legs);
        }
        AttemptState::Started { outcome_by, .. } if *outcome_by <= draft.now => {
            let next_at = outcome::after_try(draft, number);
            draft.push(Event::OutcomeUnknown { number, next_at });
        }
        AttemptState::Emitted { .. }
        | AttemptState::Started { .. }
        | AttemptState::Done { .. }
        | AttemptState::Ended => {}
    }
}

/// A step that may overflow is passed over when no agent took its call (R17); silence of a worker never is a reason
/// to fall over (bus, 3), so all other steps are decided anew.
fn overflow(draft: &mut Draft<'_>, legs: &[Leg]) {
    for leg in legs {
        if draft.leg_step(leg).is_some_and(|step| step.overflow) {
            let next_at = draft.now;
            draft.push(Event::StepSkipped { leg: leg.clone(), reason: SkipReason::NotTaken, next_at });
        }
    }
}

/// Takes the ladder on: at most one contact, about all claims of one creditor that are due (P4, P5).
fn go_on(draft: &mut Draft<'_>) {
    for claim in due_claims(&draft.state, draft.now) {
        advance(draft, claim);
    }
    let due = due_claims(&draft.state, draft.now);
    let Some(plan) = plan(draft, &due).filter(|_| draft.is_empty()) else { return };
    let contact = Proposal { channel: plan.channel, point: plan.point, except: None };
    let verdict = rules::verdict(&draft.state, draft.rulebook, draft.tenant, contact, draft.now);
    if verdict.open {
        let escalation = escalation(draft, plan, verdict.weighed);
        draft.push(Event::Escalated(escalation));
    } else {
        defer(draft, plan, contact, verdict.weighed);
    }
}

fn escalation(draft: &Draft<'_>, plan: Plan<'_>, weighed: Vec<Weighed>) -> Escalation {
    Escalation {
        number: draft.state.last_number.saturating_add(1),
        creditor: plan.creditor,
        channel: plan.channel,
        point: plan.point,
        step: plan.step.step.clone(),
        template: plan.template,
        language: plan.language,
        priority: plan.step.priority,
        legs: plan.legs,
        expires_at: draft.now.plus(plan.step.patience),
        weighed,
    }
}

/// A rule is closed: the steps wait until all are open. If they never will be by themselves, the leading step is passed
/// over where only hours are the reason, and else a person must look (R23).
fn defer(draft: &mut Draft<'_>, plan: Plan<'_>, contact: Proposal, weighed: Vec<Weighed>) {
    if let Some(until) = rules::opens_at(&draft.state, draft.rulebook, draft.tenant, contact, draft.now) {
        draft.push(Event::StepDeferred { legs: plan.legs, channel: plan.channel, until, weighed });
        return;
    }
    if rules::window::zones(&draft.state, draft.rulebook).is_none() {
        draft.push(Event::TaskOpened { task: TaskKind::ZoneMissing, claim: None });
        return;
    }
    let only_hours = weighed.iter().all(|w| may_open(w) || draft.tenant.policy.is_window(&w.rule));
    for (index, leg) in plan.legs.into_iter().enumerate() {
        if !only_hours {
            draft.push(Event::TaskOpened { task: TaskKind::RulebookGap, claim: Some(leg.claim) });
        } else if index == 0 {
            let (reason, next_at) = (SkipReason::NoAllowedHours, draft.now);
            draft.push(Event::StepSkipped { leg, reason, next_at });
        }
    }
}

/// Whether the rule is open, or will be by itself.
const fn may_open(weighed: &Weighed) -> bool {
    match weighed.answer {
        Answer::Open { .. } | Answer::Closed { opens: Some(_) } => true,
        Answer::Closed { opens: None } => false,
    }
}
