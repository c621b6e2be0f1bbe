//! When a debtor must be looked at again: `next_due(state, rulebook) -> instant`.

use crate::attempt::AttemptState;
use crate::debtor::Debtor;
use crate::decide;
use crate::hold::PromiseState;
use crate::rulebook::Rulebook;
use crate::time::{Span, Timestamp};

/// The earliest instant at which [`Input::Due`](crate::input::Input::Due) leads to an event, if there is one.
///
/// A debtor without one is settled, closed, at the end of the ladder with a task for a person, on a hold without an end,
/// or has asked for no contact (R23).
pub fn next_due(state: &Debtor, rulebook: &Rulebook) -> Option<Timestamp> {
    let tenant = rulebook.tenants.get(&state.tenant)?;
    let ends = holds(state).chain(promises(state, tenant.promise_grace)).chain(attempt(state));
    ends.chain(decide::ladder_goes_on_at(state)).min()
}

fn holds(state: &Debtor) -> impl Iterator<Item = Timestamp> {
    state.holds.iter().filter_map(|hold| hold.until)
}

fn promises(state: &Debtor, grace: Span) -> impl Iterator<Item = Timestamp> {
    let open = state.promises.iter().filter(|promise| promise.state == PromiseState::Open);
    open.map(move |promise| promise.due_at.plus(grace))
}

fn attempt(state: &Debtor) -> Option<Timestamp> {
    match &state.open_attempt()?.state {
        AttemptState::Emitted { expires_at } => Some(*expires_at),
        AttemptState::Started { outcome_by, .. } => Some(*outcome_by),
        AttemptState::Done { .. } | AttemptState::Ended => None,
    }
}
