//! The log itself: positions without a gap, an unbroken chain, instants that never go back, streams in order.

use std::collections::BTreeMap;

use domain::ids::{Position, StreamId};
use domain::time::Timestamp;
use event_log::chain;

use super::Evidence;

/// The breaches of the whole log.
pub fn whole(evidence: &Evidence<'_>) -> Vec<String> {
    let mut breaches = Vec::new();
    let (mut before, mut at) = (chain::GENESIS, Timestamp(i64::MIN));
    let mut streams: BTreeMap<StreamId, (u64, Position)> = BTreeMap::new();
    for (row, expected) in evidence.rows.iter().zip(1..) {
        let position = row.position.0;
        if position != expected {
            breaches.push(format!("position {position} stands where {expected} should"));
        }
        if !chain::follows(&before, row) {
            breaches.push(format!("the chain breaks at {position}"));
        }
        if row.event.at < at {
            breaches.push(format!("time goes back at {position}"));
        }
        let last = streams.insert(row.event.stream, (row.event.version, row.position));
        let version = last.map_or(0, |(version, _)| version) + 1;
        if (row.event.version, row.event.previous) != (version, last.map(|(_, position)| position)) {
            breaches.push(format!("the stream of {position} is not in order"));
        }
        (before, at) = (row.chain, row.event.at);
    }
    breaches
}
