//! Facts that are refused: absurd, or beyond a limit. What is refused changes nothing.

use crate::claim::MAX_CLAIMS;
use crate::contact::MAX_POINTS;
use crate::debtor::{Debtor, MAX_PARKED};
use crate::decide::FactRefusal;
use crate::fact::{Fact, MAX_ZONES, TaskKind};
use crate::hold::MAX_HOLDS;
use crate::ids::HoldId;
use crate::money::Minor;
use crate::rulebook::TenantRules;
use crate::time::Timestamp;

/// Checks one.
pub(super) fn check(
    state: &Debtor,
    tenant: &TenantRules,
    fact: &Fact,
    occurred_at: Timestamp,
) -> Result<(), FactRefusal> {
    require(occurred_at.is_plausible(), FactRefusal::BadInstant)?;
    let unknown_claim = fact.claim().is_some_and(|claim| state.claim(claim).is_none());
    if unknown_claim && !matches!(fact, Fact::ClaimRegistered { .. }) {
        require(state.parked.len() < MAX_PARKED, FactRefusal::TooManyParked)?;
    }
    match fact {
        Fact::DebtorDescribed { zones, .. } => require(zones.len() <= MAX_ZONES, FactRefusal::TooManyZones),
        Fact::ContactPointAdded { point, confidence, verified_at, .. } => {
            let room = state.points.len() < MAX_POINTS || state.point(*point).is_some();
            require(room, FactRefusal::TooManyPoints)?;
            require(*confidence <= 100, FactRefusal::BadConfidence)?;
            require(verified_at.is_none_or(Timestamp::is_plausible), FactRefusal::BadInstant)
        }
        Fact::ContactPointInvalidated { point, .. } => {
            require(state.point(*point).is_some(), FactRefusal::UnknownPoint)
        }
        Fact::ClaimRegistered { .. } => registration(state, tenant, fact),
        Fact::ClaimAmended { claim, principal: amount, currency }
        | Fact::ChargeAdded { claim, amount, currency, .. }
        | Fact::PaymentReceived { claim, amount, currency }
        | Fact::PaymentReversed { claim, amount, currency } => {
            let fits = state.claim(*claim).is_none_or(|known| known.currency == *currency);
            require(fits, FactRefusal::WrongCurrency)?;
            plausible(&[*amount])
        }
        Fact::PromiseMade { claim, amount, currency, due_at, .. } => {
            let known = state.claim(*claim).zip(*currency);
            require(known.is_none_or(|(claim, named)| claim.currency == named), FactRefusal::WrongCurrency)?;
            // A promise of nothing would be kept at once, and end the one before it.
            require(*amount > Minor(0) && amount.is_plausible(), FactRefusal::BadAmount)?;
            require(due_at.is_plausible(), FactRefusal::BadInstant)
        }
        Fact::HoldPlaced { hold, claim, until, .. } => {
            let known = state.holds.iter().find(|known| known.hold == *hold);
            require(known.is_some() || state.holds.len() < MAX_HOLDS, FactRefusal::TooManyHolds)?;
            require(known.is_none_or(|known| known.is_within(*claim, *until)), FactRefusal::HoldExists)?;
            require(until.is_none_or(Timestamp::is_plausible), FactRefusal::BadInstant)
        }
        Fact::HoldReleased { hold, .. } => require(is_placed(state, *hold), FactRefusal::UnknownHold),
        Fact::TaskDone { task, .. } => is_open(state, *task),
        Fact::ClaimWithdrawn { .. }
        | Fact::ClaimHandedOver { .. }
        | Fact::DisputeOpened { .. }
        | Fact::DisputeResolved { .. }
        | Fact::ConsentGiven { .. }
        | Fact::OptedOut { .. }
        | Fact::CeaseRequested { .. }
        | Fact::ContactMade { .. }
        | Fact::MessageReceived { .. } => Ok(()),
    }
}

fn registration(state: &Debtor, tenant: &TenantRules, fact: &Fact) -> Result<(), FactRefusal> {
    let Fact::ClaimRegistered { claim, principal, interest, costs, due_at, scenario, .. } = fact else {
        return Ok(());
    };
    plausible(&[*principal, *interest, *costs])?;
    require(due_at.is_plausible(), FactRefusal::BadInstant)?;
    let known = scenario.as_ref().is_none_or(|name| tenant.current.contains_key(name));
    require(known, FactRefusal::UnknownScenario)?;
    let room = state.claims.len() < MAX_CLAIMS || state.claim(*claim).is_some();
    require(room, FactRefusal::TooManyClaims)
}

/// In force, or waiting for its claim: lanes may reorder facts, so a release finds its hold in either place (inputs, 2).
fn is_placed(state: &Debtor, id: HoldId) -> bool {
    let waits = |fact: &Fact| matches!(fact, Fact::HoldPlaced { hold, .. } if *hold == id);
    state.holds.iter().any(|hold| hold.hold == id) || state.parked.iter().any(|parked| waits(&parked.fact))
}

fn is_open(state: &Debtor, task: TaskKind) -> Result<(), FactRefusal> {
    require(state.tasks.iter().any(|open| open.task == task), FactRefusal::UnknownTask)
}

fn plausible(amounts: &[Minor]) -> Result<(), FactRefusal> {
    require(amounts.iter().all(|amount| amount.is_plausible()), FactRefusal::BadAmount)
}

const fn require(holds: bool, otherwise: FactRefusal) -> Result<(), FactRefusal> {
    if holds { Ok(()) } else { Err(otherwise) }
}
