//! What became of a permitted contact, and what follows from it.

use crate::attempt::{Attempt, AttemptState};
use crate::decide::draft::Draft;
use crate::decide::{Decision, consequences};
use crate::event::{Answer, Event, Leg, Weighed};
use crate::fact::{Fact, Invalidity, Scope, TaskKind};
use crate::ids::{ClaimId, HoldId, PromiseId};
use crate::label::{Label, RuleName};
use crate::outcome::{Disposition, Outcome, OutcomeReport, Reach, RejectClass, Said};
use crate::time::{Span, Timestamp};

/// How long to wait after a contact of which provably nothing left, doubled with each in a row.
const AFTER_UNSENT: Span = Span::minutes(15);

/// Decides it. A report that tells nothing new gives no event: outcomes are recognised by state (inputs, 4).
pub(super) fn decide(mut draft: Draft<'_>, report: &OutcomeReport) -> Decision {
    let Some(attempt) = draft.state.attempt(report.number).cloned() else { return draft.finish() };
    let first = match &attempt.state {
        AttemptState::Started { .. } => true,
        AttemptState::Done { outcome, .. } if amends(*outcome, report.outcome) => false,
        AttemptState::Done { .. } | AttemptState::Emitted { .. } | AttemptState::Ended => {
            return draft.finish();
        }
    };
    let next_at = next_at(&draft, &attempt, report.outcome);
    let cost_micros = cost(&draft, &attempt, report.outcome);
    draft.push(Event::OutcomeRecorded { report: *report, cost_micros, next_at });
    follow(&mut draft, &attempt, report.outcome);
    if report.outcome.heard() && !first {
        rest(&mut draft);
    }
    consequences::follow(&mut draft);
    draft.finish()
}

/// Whether a later report tells more than what is known: it goes up the scale, never down; unknown gives way to all.
fn amends(known: Outcome, new: Outcome) -> bool {
    match (rank(known), rank(new)) {
        (Rank::Unknown, new) => new != Rank::Unknown,
        (Rank::Sent(known), Rank::Sent(new)) => new > known,
        // A bounce after acceptance; after delivery it would contradict, and what is known stays.
        (Rank::Sent(known), Rank::Rejected) => known == 0,
        (Rank::Sent(_), Rank::Unknown | Rank::GivenBack | Rank::Called)
        | (Rank::Rejected | Rank::GivenBack | Rank::Called, _) => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    Unknown,
    Sent(u8),
    Rejected,
    GivenBack,
    Called,
}

const fn rank(outcome: Outcome) -> Rank {
    match outcome {
        Outcome::Unknown => Rank::Unknown,
        Outcome::Accepted => Rank::Sent(0),
        Outcome::Delivered => Rank::Sent(1),
        Outcome::Read => Rank::Sent(2),
        Outcome::Replied => Rank::Sent(3),
        Outcome::Rejected(_) => Rank::Rejected,
        Outcome::Deferred { .. } | Outcome::Unsent => Rank::GivenBack,
        Outcome::Called(_) => Rank::Called,
    }
}

/// When the ladder may go on after this outcome.
fn next_at(draft: &Draft<'_>, attempt: &Attempt, outcome: Outcome) -> Timestamp {
    match outcome {
        Outcome::Deferred { delay } => draft.now.plus(delay.max(Span::minutes(1)).min(Span::days(7))),
        Outcome::Unsent => draft.now.plus(after_unsent(draft, attempt)),
        Outcome::Rejected(RejectClass::BadAddress)
        | Outcome::Called(Disposition { reach: Reach::WrongNumber, .. }) => draft.now,
        Outcome::Replied | Outcome::Called(Disposition { reach: Reach::RightParty, .. }) => {
            draft.now.plus(draft.tenant.rest_after_heard)
        }
        Outcome::Accepted
        | Outcome::Delivered
        | Outcome::Read
        | Outcome::Unknown
        | Outcome::Rejected(RejectClass::RecipientRefuses | RejectClass::NotAllowed | RejectClass::Other)
        | Outcome::Called(Disposition {
            reach: Reach::NoAnswer | Reach::Busy | Reach::Voicemail | Reach::ThirdParty,
            ..
        }) => after_try(draft, attempt.number),
    }
}

fn after_unsent(draft: &Draft<'_>, attempt: &Attempt) -> Span {
    let lead = attempt.legs.first().and_then(|leg| draft.state.claim(leg.claim));
    let before = lead.and_then(|claim| claim.progress.as_ref()).map_or(0, |progress| progress.given_back);
    Span(AFTER_UNSENT.0 << u32::from(before.min(6)))
}

/// After a try that nobody answered: the same step again while it has tries left, else the wait before the next one.
pub(super) fn after_try(draft: &Draft<'_>, number: u32) -> Timestamp {
    let lead = draft.state.attempt(number).and_then(|attempt| attempt.legs.first());
    let step = lead.and_then(|leg| draft.leg_step(leg));
    let claim = lead.and_then(|leg| draft.state.claim(leg.claim));
    let tries = claim.and_then(|claim| claim.progress.as_ref()).map_or(0, |progress| progress.tries);
    match step {
        Some(step) if tries < step.tries => draft.now.plus(step.retry_after),
        Some(step) => draft.now.plus(step.then_wait),
        None => draft.now,
    }
}

/// An attempt costs once, when it is first known that something left (R49).
fn cost(draft: &Draft<'_>, attempt: &Attempt, outcome: Outcome) -> i64 {
    let known_before = match &attempt.state {
        AttemptState::Done { outcome, .. } => *outcome != Outcome::Unknown,
        AttemptState::Started { .. } | AttemptState::Emitted { .. } | AttemptState::Ended => false,
    };
    if known_before || outcome.gives_back() || outcome == Outcome::Unknown {
        return 0;
    }
    attempt.legs.first().and_then(|leg| draft.leg_step(leg)).map_or(0, |step| step.cost_micros)
}

/// Facts and tasks that an outcome brings with it.
fn follow(draft: &mut Draft<'_>, attempt: &Attempt, outcome: Outcome) {
    match outcome {
        Outcome::Rejected(RejectClass::BadAddress) => invalidate(draft, attempt, Invalidity::Undeliverable),
        Outcome::Rejected(RejectClass::RecipientRefuses) => opt_out(draft, Scope::Point(attempt.point)),
        Outcome::Rejected(RejectClass::NotAllowed) => open(draft, TaskKind::NotAllowed, lead(attempt)),
        Outcome::Replied => open(draft, TaskKind::Answer, None),
        Outcome::Called(disposition) => called(draft, attempt, disposition),
        Outcome::Accepted
        | Outcome::Delivered
        | Outcome::Read
        | Outcome::Rejected(RejectClass::Other)
        | Outcome::Deferred { .. }
        | Outcome::Unsent
        | Outcome::Unknown => {}
    }
}

fn called(draft: &mut Draft<'_>, attempt: &Attempt, disposition: Disposition) {
    match disposition.reach {
        Reach::WrongNumber => invalidate(draft, attempt, Invalidity::WrongPerson),
        Reach::RightParty => heard(draft, attempt, disposition.said),
        Reach::NoAnswer | Reach::Busy | Reach::Voicemail | Reach::ThirdParty => {}
    }
}

fn heard(draft: &mut Draft<'_>, attempt: &Attempt, said: Said) {
    match said {
        Said::Promise { amount, due_at } => promise(draft, attempt, amount, due_at),
        Said::Disputes => dispute(draft, attempt),
        Said::ClaimsPaid => open(draft, TaskKind::Review, lead(attempt)),
        Said::Hardship => hardship(draft, attempt),
        Said::Question => open(draft, TaskKind::Answer, lead(attempt)),
        Said::OptsOut => opt_out(draft, Scope::Channel(attempt.channel)),
        Said::Nothing | Said::Refuses => {}
    }
}

fn promise(draft: &mut Draft<'_>, attempt: &Attempt, amount: crate::money::Minor, due_at: Timestamp) {
    let Some(claim) = lead(attempt) else { return };
    let promise = PromiseId::new(numbered(*b"call", attempt.number));
    let source = Label::fixed("call");
    draft.push(Event::Fact(Fact::PromiseMade { promise, claim, amount, currency: None, due_at, source }));
}

fn dispute(draft: &mut Draft<'_>, attempt: &Attempt) {
    let Some(claim) = lead(attempt) else { return };
    draft.push(Event::Fact(Fact::DisputeOpened { claim, ground: Label::fixed("said-on-the-phone") }));
    open(draft, TaskKind::Review, Some(claim));
}

/// Hardship holds all contact until a person has decided (R44).
fn hardship(draft: &mut Draft<'_>, attempt: &Attempt) {
    draft.push(Event::Fact(Fact::HoldPlaced {
        hold: HoldId::new(numbered(*b"hard", attempt.number)),
        claim: None,
        reason: Label::fixed("hardship"),
        actor: Label::fixed("call"),
        until: None,
    }));
    open(draft, TaskKind::Review, None);
}

fn invalidate(draft: &mut Draft<'_>, attempt: &Attempt, reason: Invalidity) {
    draft.push(Event::Fact(Fact::ContactPointInvalidated { point: attempt.point, reason }));
}

fn opt_out(draft: &mut Draft<'_>, scope: Scope) {
    draft.push(Event::Fact(Fact::OptedOut { scope, source: Label::fixed("outcome") }));
}

fn open(draft: &mut Draft<'_>, task: TaskKind, claim: Option<ClaimId>) {
    draft.push(Event::TaskOpened { task, claim });
}

fn lead(attempt: &Attempt) -> Option<ClaimId> {
    attempt.legs.first().map(|leg| leg.claim)
}

/// Contact about every claim rests after the debtor was heard.
pub(super) fn rest(draft: &mut Draft<'_>) {
    let until = draft.now.plus(draft.tenant.rest_after_heard);
    let walks = draft.state.claims.iter().filter_map(|claim| {
        let progress = claim.progress.as_ref()?;
        let waits =
            claim.is_live() && !progress.ended && progress.awaits.is_none() && progress.not_before < until;
        waits.then_some(Leg { claim: claim.claim, step: progress.step })
    });
    let legs: Vec<Leg> = walks.collect();
    let Some(channel) = draft.state.attempts.last().map(|attempt| attempt.channel) else { return };
    if !legs.is_empty() {
        let answer = Answer::Closed { opens: Some(until) };
        let weighed = vec![Weighed { rule: RuleName::fixed("heard"), answer }];
        draft.push(Event::StepDeferred { legs, channel, until, weighed });
    }
}

/// An id that is unique within the debtor, since escalation numbers are.
fn numbered(tag: [u8; 4], number: u32) -> [u8; 16] {
    let mut id = [0; 16];
    let bytes = tag.into_iter().chain([0; 8]).chain(number.to_be_bytes());
    id.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
    id
}
