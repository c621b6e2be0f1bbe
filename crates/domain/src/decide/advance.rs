//! Moving a claim along its ladder until it stands before a step that can be taken.

use crate::claim::{Claim, Progress};
use crate::decide::draft::Draft;
use crate::decide::plan::goes_on_at;
use crate::event::{Event, Leg, SkipReason, StepResult};
use crate::fact::TaskKind;
use crate::ids::ClaimId;
use crate::rulebook::Step;
use crate::rules::point;

/// How often in a row nothing may leave before the step counts as failed.
pub(super) const MAX_GIVEN_BACK: u8 = 5;

/// Most steps of a scenario, and so the bound of this walk.
const MAX_STEPS: usize = 64;

/// Ends steps that were tried often enough and skips those that can't be taken, until a step can be taken, the ladder
/// must wait, or it is at its end.
pub(super) fn advance(draft: &mut Draft<'_>, id: ClaimId) {
    for _ in 0..=MAX_STEPS {
        let Some(event) = next_move(draft, id) else { return };
        let ends = matches!(event, Event::LadderEnded { .. });
        draft.push(event);
        if ends {
            draft.push(Event::TaskOpened { task: TaskKind::LadderEnded, claim: Some(id) });
        }
    }
}

/// The event that moves the claim on, unless it stands where a step can be taken or must wait.
fn next_move(draft: &Draft<'_>, id: ClaimId) -> Option<Event> {
    let claim = draft.state.claim(id)?;
    let due = goes_on_at(&draft.state, claim).is_some_and(|at| at <= draft.now);
    let progress = claim.progress.as_ref().filter(|_| due)?;
    let Some(scenario) = draft.scenario(claim) else {
        return Some(Event::TaskOpened { task: TaskKind::RulebookGap, claim: Some(id) });
    };
    match scenario.steps.get(usize::from(progress.step)) {
        None => Some(Event::LadderEnded { claim: id }),
        Some(step) => leave(draft, claim, progress, step),
    }
}

/// Whether this step is over or can't be taken, and what follows.
fn leave(draft: &Draft<'_>, claim: &Claim, progress: &Progress, step: &Step) -> Option<Event> {
    let leg = Leg { claim: claim.claim, step: progress.step };
    if progress.tries >= step.tries {
        let result = progress.last.unwrap_or(StepResult::Failed);
        return Some(Event::StepEnded { leg, result, next_at: draft.now });
    }
    if progress.given_back >= MAX_GIVEN_BACK {
        return Some(Event::StepEnded { leg, result: StepResult::Failed, next_at: draft.now });
    }
    let reason = point::best(&draft.state, &draft.tenant.policy, step.channel).err()?;
    if progress.tries > 0 {
        let result = if reason == SkipReason::OptedOut { StepResult::Refused } else { StepResult::Failed };
        return Some(Event::StepEnded { leg, result, next_at: draft.now });
    }
    // A refusal of the debtor's never falls over (P10): the next step waits as if this one had been taken.
    let wait = match reason {
        SkipReason::OptedOut => draft.now.plus(step.then_wait),
        SkipReason::NoContactPoint
        | SkipReason::NoConsent
        | SkipReason::NotTaken
        | SkipReason::NoAllowedHours => draft.now,
    };
    Some(Event::StepSkipped { leg, reason, next_at: wait })
}
