//! What any input may bring about: claims settle or reopen, promises are kept, an escalation loses its ground.

use crate::attempt::{Attempt, AttemptState};
use crate::claim::Claim;
use crate::decide::draft::Draft;
use crate::decide::plan::{is_contactable, rests};
use crate::event::{Event, Withdrawal};
use crate::hold::{Promise, PromiseState};
use crate::money::Minor;
use crate::rules::{Proposal, point};

/// Draws them, in this order: the balance first, since all else hangs on it.
pub(super) fn follow(draft: &mut Draft<'_>) {
    let turned: Vec<Event> = draft.state.claims.iter().filter_map(turn).collect();
    turned.into_iter().for_each(|event| draft.push(event));
    let kept: Vec<Event> = draft.state.promises.iter().filter_map(|promise| keep(draft, promise)).collect();
    kept.into_iter().for_each(|event| draft.push(event));
    if let Some(event) = draft.state.open_attempt().and_then(|attempt| withdraw(draft, attempt)) {
        draft.push(event);
    }
}

/// Zero or less settles a claim whatever made it so; a later cost or reversal reopens it (P3).
fn turn(claim: &Claim) -> Option<Event> {
    let owed = claim.balance.owed();
    match (claim.settled, owed > Minor::ZERO) {
        (false, false) => Some(Event::ClaimSettled { claim: claim.claim, overpaid: Minor::ZERO.minus(owed) }),
        (true, true) => Some(Event::ClaimReopened { claim: claim.claim }),
        (false, true) | (true, false) => None,
    }
}

/// A promise is kept when as much came as was promised, or nothing is owed any more (R24).
fn keep(draft: &Draft<'_>, promise: &Promise) -> Option<Event> {
    let claim = draft.state.claim(promise.claim)?;
    let came = claim.balance.paid.minus(promise.paid_before);
    let kept = promise.state == PromiseState::Open && (claim.settled || came >= promise.amount);
    kept.then_some(Event::PromiseKept { promise: promise.promise })
}

/// An escalation for which nobody asked a permit yet is taken back as soon as its ground is gone.
fn withdraw(draft: &Draft<'_>, attempt: &Attempt) -> Option<Event> {
    match &attempt.state {
        AttemptState::Emitted { .. } => {}
        AttemptState::Started { .. } | AttemptState::Done { .. } | AttemptState::Ended => return None,
    }
    let reason = if draft.state.ceased_at.is_some() || draft.state.quarantined {
        Withdrawal::Ceased
    } else if rests(&draft.state) || !has_ground(draft, attempt) {
        Withdrawal::NoClaimLeft
    } else if is_closed(draft, attempt) {
        Withdrawal::PointClosed
    } else {
        return None;
    };
    Some(Event::EscalationWithdrawn { number: attempt.number, reason })
}

fn has_ground(draft: &Draft<'_>, attempt: &Attempt) -> bool {
    let claims = attempt.legs.iter().filter_map(|leg| draft.state.claim(leg.claim));
    claims.into_iter().any(|claim| is_contactable(&draft.state, claim))
}

fn is_closed(draft: &Draft<'_>, attempt: &Attempt) -> bool {
    let contact = Proposal { channel: attempt.channel, point: attempt.point, except: None };
    let weighed = point::weigh(&draft.state, &draft.tenant.policy, contact);
    weighed.iter().any(|w| matches!(w.answer, crate::event::Answer::Closed { .. }))
}
