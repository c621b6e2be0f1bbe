//! A fact is recorded as it came; what follows from it follows in the log.

use crate::claim::Claim;
use crate::decide::draft::Draft;
use crate::decide::{Decision, FactRefusal, consequences, inbound, outcome, validate};
use crate::event::Event;
use crate::fact::{Fact, TaskKind};
use crate::ids::ClaimId;
use crate::money::Currency;
use crate::time::Timestamp;

/// Decides it.
pub(super) fn decide(mut draft: Draft<'_>, fact: &Fact, occurred_at: Timestamp) -> Decision {
    if let Err(refused) = validate::check(&draft.state, draft.tenant, fact, occurred_at) {
        return Decision { refused: Some(refused), ..Decision::default() };
    }
    match fact {
        Fact::ClaimRegistered { claim, .. } => {
            return match draft.state.claim(*claim) {
                Some(known) => registered_again(known, fact),
                None => register(draft, *claim, fact, occurred_at),
            };
        }
        other if other.claim().is_some_and(|claim| draft.state.claim(claim).is_none()) => {
            draft.push_occurred(Event::FactParked(fact.clone()), occurred_at);
            return draft.finish();
        }
        Fact::ContactMade { right_party: true, .. } => {
            draft.push_occurred(Event::Fact(fact.clone()), occurred_at);
            outcome::rest(&mut draft);
        }
        Fact::MessageReceived { channel, point, class } => {
            draft.push_occurred(Event::Fact(fact.clone()), occurred_at);
            inbound::follow(&mut draft, *channel, *point, *class);
        }
        Fact::DebtorDescribed { .. }
        | Fact::ContactPointAdded { .. }
        | Fact::ContactPointInvalidated { .. }
        | Fact::ClaimAmended { .. }
        | Fact::ChargeAdded { .. }
        | Fact::PaymentReceived { .. }
        | Fact::PaymentReversed { .. }
        | Fact::ClaimWithdrawn { .. }
        | Fact::ClaimHandedOver { .. }
        | Fact::DisputeOpened { .. }
        | Fact::DisputeResolved { .. }
        | Fact::HoldPlaced { .. }
        | Fact::HoldReleased { .. }
        | Fact::PromiseMade { .. }
        | Fact::ConsentGiven { .. }
        | Fact::OptedOut { .. }
        | Fact::CeaseRequested { .. }
        | Fact::ContactMade { .. }
        | Fact::TaskDone { .. } => draft.push_occurred(Event::Fact(fact.clone()), occurred_at),
    }
    consequences::follow(&mut draft);
    draft.finish()
}

/// A claim is new: it begins its scenario, and the facts that waited for it count from now on (P13).
fn register(mut draft: Draft<'_>, claim: ClaimId, fact: &Fact, occurred_at: Timestamp) -> Decision {
    draft.push_occurred(Event::Fact(fact.clone()), occurred_at);
    begin_scenario(&mut draft, fact);
    let waiting = draft.state.parked.iter().filter(|parked| parked.fact.claim() == Some(claim));
    let currencies: Vec<_> = waiting.map(|parked| parked.fact.currency()).collect();
    for _ in &currencies {
        draft.push(Event::ParkedFactApplied { claim });
    }
    let other = |currency: &Option<Currency>| currency.is_some_and(|waited| fact.currency() != Some(waited));
    if currencies.iter().any(other) {
        // It counts for nothing, so a person must find out what it was.
        draft.push(Event::TaskOpened { task: TaskKind::Review, claim: Some(claim) });
    }
    consequences::follow(&mut draft);
    draft.finish()
}

fn begin_scenario(draft: &mut Draft<'_>, fact: &Fact) {
    let Fact::ClaimRegistered { claim, due_at, scenario, .. } = fact else { return };
    let name = scenario.as_ref().unwrap_or(&draft.tenant.default_scenario);
    let Some(version) = draft.tenant.current.get(name).copied() else { return };
    let Some(found) = draft.rulebook.scenario(name, version) else { return };
    let not_before = due_at.plus(found.begins_after_due);
    draft.push(Event::ScenarioBegun { claim: *claim, scenario: name.clone(), version, not_before });
}

/// A registration that says what is known changes nothing; another one is refused, since an amendment is a fact of its
/// own. (A repeat of the same message never comes here: its input key is known.)
fn registered_again(known: &Claim, fact: &Fact) -> Decision {
    let Fact::ClaimRegistered { creditor, currency, principal, interest, costs, due_at, .. } = fact else {
        return Decision::default();
    };
    let balance = &known.balance;
    let same = (&known.creditor, known.currency, known.due_at) == (creditor, *currency, *due_at)
        && (balance.principal, balance.interest, balance.costs) == (*principal, *interest, *costs);
    let refused = (!same).then_some(FactRefusal::ClaimExists);
    Decision { refused, ..Decision::default() }
}
