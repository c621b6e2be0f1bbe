//! Rules about the debtor as a whole: cease requests, holds, quarantine.

use crate::debtor::Debtor;
use crate::event::{Answer, Weighed};
use crate::label::RuleName;
use crate::time::Timestamp;

/// Weighs them.
pub fn weigh(state: &Debtor, at: Timestamp) -> Vec<Weighed> {
    let never = |closed: bool| {
        if closed { Answer::Closed { opens: None } } else { Answer::Open { until: None } }
    };
    vec![
        Weighed { rule: RuleName::fixed("cease"), answer: never(state.ceased_at.is_some()) },
        Weighed { rule: RuleName::fixed("quarantine"), answer: never(state.quarantined) },
        Weighed { rule: RuleName::fixed("hold"), answer: hold(state, at) },
    ]
}

/// Holds on the debtor as a whole; those on single claims take the claims out instead.
fn hold(state: &Debtor, at: Timestamp) -> Answer {
    let in_force = state.holds.iter().filter(|h| h.claim.is_none() && h.until.is_none_or(|until| until > at));
    let mut ends = in_force.map(|h| h.until).peekable();
    if ends.peek().is_none() {
        return Answer::Open { until: None };
    }
    // One hold without an end outlasts all others.
    let opens = ends.try_fold(at, |latest, until| until.map(|until| latest.max(until)));
    Answer::Closed { opens }
}
