//! How a fact changes the state.

use crate::attempt::{MAX_HISTORY, OutsideContact};
use crate::claim::{Balance, Claim, Closure};
use crate::contact::{ContactPoint, Preference};
use crate::debtor::{Debtor, Profile};
use crate::evolve::Place;
use crate::fact::{Component, Direction, Fact, Scope, TaskKind};
use crate::hold::{Hold, MAX_PROMISES, Promise, PromiseState};
use crate::ids::{ClaimId, HoldId};
use crate::inbound::InboundClass;

/// Applies one.
pub(super) fn apply(state: &mut Debtor, fact: &Fact, place: Place) {
    match fact {
        Fact::DebtorDescribed { .. } => describe(state, fact, place),
        Fact::ContactPointAdded { .. } => add_point(state, fact, place),
        Fact::ContactPointInvalidated { point, reason } => {
            let found = state.points.iter_mut().find(|known| known.point == *point);
            found.into_iter().for_each(|known| known.invalid = Some(*reason));
        }
        Fact::ClaimRegistered { .. } => register(state, fact, place),
        Fact::ClaimAmended { .. }
        | Fact::ChargeAdded { .. }
        | Fact::PaymentReceived { .. }
        | Fact::PaymentReversed { .. } => balance(state, fact),
        Fact::ClaimWithdrawn { claim, .. } => close(state, *claim, Closure::Withdrawn),
        Fact::ClaimHandedOver { claim, .. } => close(state, *claim, Closure::HandedOver),
        Fact::DisputeOpened { claim, .. } => {
            with_claim(state, *claim, |claim| claim.disputes = claim.disputes.saturating_add(1));
        }
        Fact::DisputeResolved { claim, .. } => with_claim(state, *claim, |claim| claim.disputes = 0),
        Fact::HoldPlaced { .. } => hold(state, fact, place),
        Fact::HoldReleased { hold, .. } => release(state, *hold),
        Fact::PromiseMade { .. } => promise(state, fact),
        Fact::ConsentGiven { scope, .. } => prefer(state, *scope, true, place),
        Fact::OptedOut { scope, .. } => prefer(state, *scope, false, place),
        Fact::CeaseRequested { .. } => {
            state.ceased_at.get_or_insert(place.happened_at());
        }
        Fact::ContactMade { .. } => contact(state, fact, place),
        Fact::TaskDone { task, .. } => finish_task(state, *task),
        Fact::MessageReceived { class, .. } => heard(state, *class, place),
    }
}

fn describe(state: &mut Debtor, fact: &Fact, place: Place) {
    let Fact::DebtorDescribed { zones, language, kind, country } = fact else { return };
    state.profile = Some(Profile {
        zones: zones.clone(),
        language: *language,
        kind: *kind,
        country: *country,
        recorded_at: place.position,
    });
    // A new description may name a zone: it is weighed anew, and the task comes back if it does not.
    state.tasks.retain(|open| open.task != TaskKind::ZoneMissing);
}

/// A point that is known already is corroborated by another source (R55), and valid again.
fn add_point(state: &mut Debtor, fact: &Fact, place: Place) {
    let Fact::ContactPointAdded { point, kind, source, confidence, verified_at } = fact else { return };
    match state.points.iter_mut().find(|known| known.point == *point && known.kind == *kind) {
        Some(known) => {
            if !known.sources.contains(source) {
                known.sources.push(source.clone());
            }
            known.confidence = known.confidence.max(*confidence);
            known.verified_at = known.verified_at.max(*verified_at);
            known.invalid = None;
            known.recorded_at = place.position;
        }
        None => state.points.push(ContactPoint {
            point: *point,
            kind: *kind,
            sources: vec![source.clone()],
            confidence: *confidence,
            verified_at: *verified_at,
            invalid: None,
            recorded_at: place.position,
        }),
    }
}

fn register(state: &mut Debtor, fact: &Fact, place: Place) {
    let Fact::ClaimRegistered { claim, creditor, currency, principal, interest, costs, due_at, .. } = fact
    else {
        return;
    };
    if state.claim(*claim).is_some() {
        return;
    }
    state.claims.push(Claim {
        claim: *claim,
        creditor: creditor.clone(),
        currency: *currency,
        due_at: *due_at,
        balance: Balance { principal: *principal, interest: *interest, costs: *costs, ..Balance::default() },
        settled: false,
        closed: None,
        disputes: 0,
        level: None,
        progress: None,
        recorded_at: place.position,
    });
}

fn balance(state: &mut Debtor, fact: &Fact) {
    let Some(id) = fact.claim() else { return };
    with_claim(state, id, |claim| {
        // A fact that waited for its claim may turn out to be in another currency: it counts for nothing.
        if fact.currency().is_some_and(|currency| currency != claim.currency) {
            return;
        }
        let balance = &mut claim.balance;
        if let Fact::ClaimAmended { principal, .. } = fact {
            balance.principal = *principal;
        }
        if let Fact::ChargeAdded { component, amount, .. } = fact {
            let part = match component {
                Component::Principal => &mut balance.principal,
                Component::Interest => &mut balance.interest,
                Component::Costs => &mut balance.costs,
            };
            *part = part.plus(*amount);
        }
        if let Fact::PaymentReceived { amount, .. } = fact {
            balance.paid = balance.paid.plus(*amount);
        }
        if let Fact::PaymentReversed { amount, .. } = fact {
            balance.paid = balance.paid.minus(*amount);
        }
    });
}

/// A claim that is closed waits for no promise any more.
fn close(state: &mut Debtor, id: ClaimId, closure: Closure) {
    with_claim(state, id, |claim| claim.closed = Some(closure));
    supersede(state, id);
}

/// One of this id that is in force is widened and never narrowed: a fact that waited for its claim may name it too.
fn hold(state: &mut Debtor, fact: &Fact, place: Place) {
    let Fact::HoldPlaced { hold, claim, reason, actor, until } = fact else { return };
    let known =
        state.holds.iter().position(|known| known.hold == *hold).map(|index| state.holds.remove(index));
    let (claim, until) = match known {
        Some(known) => (
            claim.filter(|claim| known.claim == Some(*claim)),
            until.zip(known.until).map(|(until, known)| until.max(known)),
        ),
        None => (*claim, *until),
    };
    let (reason, actor) = (reason.clone(), actor.clone());
    state.holds.push(Hold { hold: *hold, claim, reason, actor, since: place.at, until });
}

/// Ends a hold, or takes it from among the facts that wait for their claim.
fn release(state: &mut Debtor, id: HoldId) {
    state.holds.retain(|known| known.hold != id);
    let is_it = |fact: &Fact| matches!(fact, Fact::HoldPlaced { hold, .. } if *hold == id);
    state.parked.retain(|parked| !is_it(&parked.fact));
}

fn promise(state: &mut Debtor, fact: &Fact) {
    let Fact::PromiseMade { promise, claim, amount, currency, due_at, .. } = fact else { return };
    // As with payments: one that waited for its claim may turn out to be in another currency.
    if state.claim(*claim).zip(*currency).is_some_and(|(claim, named)| claim.currency != named) {
        return;
    }
    supersede(state, *claim);
    let paid_before = state.claim(*claim).map(|claim| claim.balance.paid).unwrap_or_default();
    state.promises.push(Promise {
        promise: *promise,
        claim: *claim,
        amount: *amount,
        paid_before,
        due_at: *due_at,
        state: PromiseState::Open,
    });
    if state.promises.len() > MAX_PROMISES {
        let oldest = state.promises.iter().position(|p| p.state != PromiseState::Open).unwrap_or(0);
        state.promises.remove(oldest);
    }
}

fn supersede(state: &mut Debtor, claim: ClaimId) {
    let open = state.promises.iter_mut().filter(|p| p.claim == claim && p.state == PromiseState::Open);
    open.for_each(|promise| promise.state = PromiseState::Superseded);
}

fn prefer(state: &mut Debtor, scope: Scope, wanted: bool, place: Place) {
    state.preferences.state(Preference { scope, wanted, occurred_at: place.happened_at() });
}

fn contact(state: &mut Debtor, fact: &Fact, place: Place) {
    let Fact::ContactMade { channel, direction, right_party } = fact else { return };
    if *direction == Direction::Outbound {
        state.outside_contacts.push(OutsideContact { channel: *channel, at: place.happened_at() });
        if state.outside_contacts.len() > MAX_HISTORY {
            state.outside_contacts.remove(0);
        }
    }
    if *right_party {
        state.heard_at = state.heard_at.max(Some(place.happened_at()));
    }
}

/// Somebody else's message is no word of the debtor's.
fn heard(state: &mut Debtor, class: InboundClass, place: Place) {
    if class != InboundClass::WrongPerson {
        state.heard_at = state.heard_at.max(Some(place.happened_at()));
    }
}

fn finish_task(state: &mut Debtor, task: TaskKind) {
    state.tasks.retain(|open| open.task != task);
    if task == TaskKind::Quarantined {
        state.quarantined = false;
    }
}

fn with_claim(state: &mut Debtor, id: ClaimId, change: impl FnOnce(&mut Claim)) {
    if let Some(claim) = state.claims.iter_mut().find(|claim| claim.claim == id) {
        change(claim);
    }
}
