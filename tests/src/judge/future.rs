//! Promise 4, its second half: the log alone drives every debtor to the end, so every open claim has a future.
//!
//! A future is: a due instant that has not long passed, a hold, a dispute, a task for a person, or the ladder's end.

use std::collections::BTreeMap;

use domain::debtor::Debtor;
use domain::evolve::Place;
use domain::fact::{Scope, TaskKind};
use domain::ids::StreamId;
use domain::next_due::next_due;
use domain::time::Span;

use super::Evidence;
use crate::town::book;

/// How long a due instant may have passed: batches, credits and circuits take a while, forgetting takes for ever.
const SLACK: Span = Span::hours(2);

/// The breaches of everybody's state at the end.
pub fn of_every_claim(evidence: &Evidence<'_>) -> Vec<String> {
    let mut breaches = Vec::new();
    for (stream, debtor) in folded(evidence) {
        if debtor.quarantined {
            breaches.push(format!("{stream} was put into quarantine"));
        }
        let due = next_due(&debtor, &book().rules);
        let now = evidence.town.now();
        if let Some(at) = due.filter(|at| now.since(*at) > SLACK) {
            breaches.push(format!("{stream} was due at {at}, and nothing happened until {now}"));
        }
        let closed = debtor.ceased_at.is_some()
            || debtor
                .preferences
                .iter()
                .any(|preference| preference.scope == Scope::All && !preference.wanted);
        let has_task = debtor.tasks.iter().any(|task| task.task != TaskKind::Quarantined);
        let stuck = debtor.claims.iter().filter(|claim| {
            let ended = claim.progress.as_ref().is_some_and(|progress| progress.ended);
            let held = debtor.holds.iter().any(|hold| hold.claim.is_none_or(|held| held == claim.claim));
            claim.is_live() && due.is_none() && !(ended || held || has_task || closed)
        });
        breaches.extend(stuck.map(|claim| format!("{} of {stream} has no future", claim.claim)));
    }
    breaches
}

/// Everybody as the log has them.
pub fn folded(evidence: &Evidence<'_>) -> BTreeMap<StreamId, Debtor> {
    let mut debtors: BTreeMap<StreamId, Debtor> = BTreeMap::new();
    for (row, event) in evidence.rows.iter().zip(&evidence.events) {
        if row.event.stream == StreamId::PARTITION {
            continue;
        }
        let debtor = debtors.entry(row.event.stream);
        let debtor = debtor.or_insert_with(|| Debtor::new(row.event.tenant.clone()));
        let (at, occurred_at) = (row.event.at, row.event.occurred_at);
        debtor.evolve(event, Place { position: row.position, at, occurred_at });
    }
    debtors
}
