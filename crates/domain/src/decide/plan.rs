//! Which claims a contact would be about now, and what contact that would be.

use crate::channel::Channel;
use crate::claim::Claim;
use crate::debtor::Debtor;
use crate::decide::draft::Draft;
use crate::event::Leg;
use crate::fact::TaskKind;
use crate::hold::PromiseState;
use crate::ids::{ClaimId, PointId};
use crate::label::{CreditorId, Language, TemplateId};
use crate::rulebook::Step;
use crate::rules::point;
use crate::time::Timestamp;

/// A contact that could be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Plan<'a> {
    pub(super) creditor: CreditorId,
    pub(super) channel: Channel,
    pub(super) point: PointId,
    pub(super) template: TemplateId,
    pub(super) language: Language,
    pub(super) step: &'a Step,
    pub(super) legs: Vec<Leg>,
}

/// Whether the debtor as a whole rests: nobody is contacted until a fact or an instant changes it.
///
/// Holds that end by themselves are ended by events, so an instant needs no look here.
pub(super) fn rests(state: &Debtor) -> bool {
    state.ceased_at.is_some()
        || state.quarantined
        || state.holds.iter().any(|hold| hold.claim.is_none())
        || has_task(state, TaskKind::ZoneMissing, None)
}

/// Whether a contact may be about this claim: owed, not closed, not disputed, not on hold, not promised.
pub(super) fn is_contactable(state: &Debtor, claim: &Claim) -> bool {
    claim.is_live()
        && !state.holds.iter().any(|hold| hold.claim == Some(claim.claim))
        && !state.promises.iter().any(|p| p.claim == claim.claim && p.state == PromiseState::Open)
        && !has_task(state, TaskKind::RulebookGap, Some(claim.claim))
}

/// From when on the ladder of a claim may go on, if it waits for nothing but time.
pub(super) fn goes_on_at(state: &Debtor, claim: &Claim) -> Option<Timestamp> {
    let progress = claim.progress.as_ref()?;
    let waits_for_time = is_contactable(state, claim) && !progress.ended && progress.awaits.is_none();
    waits_for_time.then_some(progress.not_before)
}

/// The claims whose ladder goes on now, in order of registration.
pub(super) fn due_claims(state: &Debtor, now: Timestamp) -> Vec<ClaimId> {
    let is_due = |claim: &&Claim| goes_on_at(state, claim).is_some_and(|at| at <= now);
    state.claims.iter().filter(is_due).map(|claim| claim.claim).collect()
}

/// The contact that these claims call for: the one furthest on its ladder leads (P5), the longest due among equals;
/// all others of its creditor go with it, each by one step of its own (P2).
pub(super) fn plan<'a>(draft: &Draft<'a>, claims: &[ClaimId]) -> Option<Plan<'a>> {
    let found = claims.iter().filter_map(|id| draft.state.claim(*id));
    let takeable: Vec<&Claim> = found.filter(|claim| is_takeable(draft, claim)).collect();
    let rank = |claim: &&&Claim| (level_of(claim), core::cmp::Reverse((claim.due_at, claim.claim)));
    let lead = *takeable.iter().max_by_key(rank)?;
    let step = draft.step(lead)?;
    let point = point::best(&draft.state, &draft.tenant.policy, step.channel).ok()?.point;
    let of_creditor = |claim: &&&Claim| claim.creditor == lead.creditor && claim.claim != lead.claim;
    let mut legs = vec![leg(lead)];
    legs.extend(takeable.iter().filter(of_creditor).map(|claim| leg(claim)));
    Some(Plan {
        creditor: lead.creditor.clone(),
        channel: step.channel,
        point,
        template: step.template.clone(),
        language: language(draft, &step.template),
        step,
        legs,
    })
}

/// Whether the claim stands before a step that has tries left.
fn is_takeable(draft: &Draft<'_>, claim: &Claim) -> bool {
    let tries = claim.progress.as_ref().map_or(0, |progress| progress.tries);
    draft.step(claim).is_some_and(|step| tries < step.tries)
}

/// The debtor's language if the template has it, else the tenant's.
fn language(draft: &Draft<'_>, template: &TemplateId) -> Language {
    let own = draft.state.profile.as_ref().and_then(|profile| profile.language);
    let written = draft.tenant.templates.get(template);
    let has = |language: &Language| written.is_some_and(|t| t.languages.contains(language));
    own.filter(has).unwrap_or(draft.tenant.default_language)
}

fn leg(claim: &Claim) -> Leg {
    Leg { claim: claim.claim, step: level_of(claim) }
}

fn level_of(claim: &Claim) -> u16 {
    claim.progress.as_ref().map_or(0, |progress| progress.step)
}

/// Whether a task of that kind is open, about that claim.
pub(super) fn has_task(state: &Debtor, task: TaskKind, claim: Option<ClaimId>) -> bool {
    state.tasks.iter().any(|open| open.task == task && open.claim == claim)
}
