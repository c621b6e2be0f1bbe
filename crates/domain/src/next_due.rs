//! When a debtor must be looked at again: `next_due(state, rulebook) -> instant`.

use crate::debtor::Debtor;
use crate::rulebook::Rulebook;
use crate::time::Timestamp;

/// The earliest instant at which [`Input::Due`](crate::input::Input::Due) would lead to an event, if there is one.
pub fn next_due(state: &Debtor, rulebook: &Rulebook) -> Option<Timestamp> {
    let _ = (state, rulebook);
    None
}
