//! Promise 4, its first half: every acknowledged fact is in the log, once.

use std::collections::BTreeMap;

use contract::wire::{Addressee, Receipt};
use domain::event::Event;
use domain::ids::{InputId, StreamId};
use domain::outcome::Outcome;

use super::Evidence;

/// The breaches of all acknowledgements.
pub fn kept(evidence: &Evidence<'_>) -> Vec<String> {
    let mut recorded: BTreeMap<(StreamId, InputId), Vec<&Event>> = BTreeMap::new();
    for (row, event) in evidence.rows.iter().zip(&evidence.events) {
        if matches!(event, Event::Fact(_) | Event::FactParked(_)) {
            recorded.entry((row.event.stream, row.event.cause.id)).or_default().push(event);
        }
    }
    let mut breaches = Vec::new();
    for ack in &evidence.seen.acknowledged {
        let (name, key) = (ack.fact.fact.name(), ack.fact.key);
        if let Receipt::Refused { reason, detail } = &ack.receipt {
            breaches.push(format!("a sound {name} was refused: {reason}, {detail}"));
            continue;
        }
        let Addressee::Debtor(stream) = ack.fact.addressee else { continue };
        let events = recorded.get(&(stream, key)).map_or::<&[&Event], _>(&[], Vec::as_slice);
        let is_it = |event: &&&Event| matches!(event, Event::Fact(fact) | Event::FactParked(fact) if *fact == ack.fact.fact);
        let times = events.iter().filter(is_it).count();
        if times != 1 {
            breaches.push(format!(
                "{name} {key} of {stream}, acknowledged at {}, is {times} times in the log",
                ack.at
            ));
        }
    }
    breaches.extend(noted(evidence));
    breaches
}

/// A disposition that an agent was told is noted stands in the log.
fn noted(evidence: &Evidence<'_>) -> Vec<String> {
    let stands = |noted: &&crate::town::record::Noted| {
        let mut rows = evidence.rows.iter().zip(&evidence.events);
        rows.any(|(row, event)| {
            row.event.stream == noted.attempt.stream
                && matches!(event, Event::OutcomeRecorded { report, .. }
                    if report.number == noted.attempt.number
                        && report.outcome == Outcome::Called(noted.disposition))
        })
    };
    let missing = evidence.seen.noted.iter().filter(|noted| !stands(noted));
    missing
        .map(|noted| format!("what was noted of {} at {} is not in the log", noted.attempt, noted.at))
        .collect()
}
