//! How the ladder of a claim moves. A payment never moves it (P2).

use crate::claim::Progress;
use crate::debtor::Debtor;
use crate::event::{Event, Leg};
use crate::ids::ClaimId;
use crate::time::Timestamp;

/// Applies an event about steps; others change nothing here.
pub(super) fn apply(state: &mut Debtor, event: &Event) {
    if let Event::ScenarioBegun { claim, scenario, version, not_before } = event {
        let begun = Progress {
            scenario: scenario.clone(),
            version: *version,
            step: 0,
            tries: 0,
            given_back: 0,
            not_before: *not_before,
            awaits: None,
            last: None,
            ended: false,
        };
        let found = state.claims.iter_mut().find(|known| known.claim == *claim);
        found.into_iter().for_each(|known| known.progress = Some(begun.clone()));
    }
    if let Event::StepDeferred { legs, until, .. } = event {
        legs.iter().for_each(|leg| with_progress(state, leg.claim, |p| p.not_before = *until));
    }
    if let Event::StepSkipped { leg, next_at, .. } | Event::StepEnded { leg, next_at, .. } = event {
        next_step(state, leg, *next_at);
    }
    if let Event::LadderEnded { claim } = event {
        with_progress(state, *claim, |p| p.ended = true);
    }
}

fn next_step(state: &mut Debtor, leg: &Leg, next_at: Timestamp) {
    with_progress(state, leg.claim, |progress| {
        progress.step = leg.step.saturating_add(1);
        progress.tries = 0;
        progress.given_back = 0;
        progress.last = None;
        progress.not_before = next_at;
    });
}

/// Changes the progress of a claim that has begun its scenario.
pub(super) fn with_progress(state: &mut Debtor, id: ClaimId, change: impl FnOnce(&mut Progress)) {
    let claim = state.claims.iter_mut().find(|claim| claim.claim == id);
    if let Some(progress) = claim.and_then(|claim| claim.progress.as_mut()) {
        change(progress);
    }
}
