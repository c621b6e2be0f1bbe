//! What an append and a checkpoint must satisfy before a store touches anything; the same for every store.

use domain::ids::{Position, StreamId};
use domain::time::Timestamp;

use crate::record::{Append, Head, NewEvent, Snapshot};
use crate::store::{MAX_APPEND, MAX_PART, MAX_ROWS, MAX_SOURCES, MAX_STATE, StoreError};

/// The highest position that fits into every store's integers beside a partition's number.
const MAX_POSITION: u64 = (1 << 47) - 1;

/// Checks a partition's number.
pub(crate) fn partition(partition: u16, partitions: u16) -> Result<(), StoreError> {
    if partition < partitions {
        return Ok(());
    }
    Err(invalid(format!("there is no partition {partition}; the log has {partitions}, counted from 0")))
}

/// Checks an append's sizes, instants and links.
pub(crate) fn append(append: &Append, partitions: u16) -> Result<(), StoreError> {
    partition(append.partition, partitions)?;
    limit("events", append.events.len(), MAX_APPEND)?;
    limit("input keys", append.input_keys.len(), MAX_ROWS)?;
    limit("lookups", append.lookups.len(), MAX_ROWS)?;
    limit("data keys", append.data_keys.len(), MAX_ROWS)?;
    limit("parked facts", append.park.len(), MAX_ROWS)?;
    limit("drained facts", append.unpark.len(), MAX_ROWS)?;
    limit("suppressed contact points", append.suppress.len(), MAX_ROWS)?;
    append.data_keys.iter().try_for_each(|key| limit("bytes in a data key", key.wrapped.len(), MAX_PART))?;
    append.park.iter().try_for_each(|row| limit("bytes in a parked fact", row.sealed.len(), MAX_PART))?;
    if append.expected.position.0 > MAX_POSITION {
        return Err(invalid(format!(
            "position {} is beyond the last possible one",
            append.expected.position.0
        )));
    }
    events(&append.events, &append.expected)
}

/// Checks a checkpoint against the head that it must not overtake.
pub(crate) fn checkpoint(up_to: Position, snapshots: &[Snapshot], head: Position) -> Result<(), StoreError> {
    limit("snapshots", snapshots.len(), MAX_ROWS)?;
    snapshots.iter().try_for_each(|s| limit("bytes in a snapshot", s.state.len(), MAX_STATE))?;
    let newest = snapshots.iter().map(|s| s.position).fold(up_to, Position::max);
    if newest > head {
        let detail = format!("a checkpoint at {} is ahead of the log, which ends at {}", newest.0, head.0);
        return Err(invalid(detail));
    }
    Ok(())
}

/// Refuses a checkpoint that would leave debtors behind it without a snapshot.
pub(crate) fn all_covered(uncovered: &[StreamId], up_to: Position) -> Result<(), StoreError> {
    match uncovered.first() {
        None => Ok(()),
        Some(first) => Err(invalid(format!(
            "a checkpoint at {} needs a snapshot of every debtor with an event up to there; {} have none, such as {first}",
            up_to.0,
            uncovered.len()
        ))),
    }
}

/// Checks the size of a rulebook's sources.
pub(crate) fn sources(bytes: &[u8]) -> Result<(), StoreError> {
    limit("bytes of rulebook sources", bytes.len(), MAX_SOURCES)
}

/// Checks the size of something sealed.
pub(crate) fn part(what: &'static str, bytes: &[u8]) -> Result<(), StoreError> {
    limit(what, bytes.len(), MAX_PART)
}

/// Refuses an owner whose decider is older than decisions that the log has (takeover, 4).
pub(crate) fn may_own(partition: u16, ours: u32, least: u32) -> Result<(), StoreError> {
    if ours >= least {
        return Ok(());
    }
    Err(invalid(format!(
        "partition {partition} has decisions of revision {least}, and this release decides with revision {ours}; \
         use the newer release"
    )))
}

/// The error for a key that the log has already, or that stands twice in one append.
pub(crate) fn known(what: &'static str) -> StoreError {
    invalid(format!(
        "one {what} of this append is in the log already, or stands in it twice; ask before appending"
    ))
}

/// The error for something that breaks the log's rules.
pub(crate) const fn invalid(detail: String) -> StoreError {
    StoreError::Invalid { detail }
}

fn events(events: &[NewEvent], expected: &Head) -> Result<(), StoreError> {
    let mut at = expected.at;
    for (position, event) in (expected.position.0.saturating_add(1)..).zip(events) {
        limit("bytes in a payload", event.payload.len(), MAX_PART)?;
        limit("bytes in a sealed part", event.personal.as_ref().map_or(0, Vec::len), MAX_PART)?;
        instant(event, position, at)?;
        link(event, position)?;
        at = event.at;
    }
    Ok(())
}

/// Recorded instants never decrease within a partition (time, 1).
fn instant(event: &NewEvent, position: u64, at: Timestamp) -> Result<(), StoreError> {
    if event.at >= at {
        return Ok(());
    }
    Err(invalid(format!("the event for position {position} is decided at {}, before {at}", event.at)))
}

/// Links lead backwards, and only a stream's first event has none: else a walk would lose events or never end.
fn link(event: &NewEvent, position: u64) -> Result<(), StoreError> {
    let fits = match event.previous {
        None => event.version == 1,
        Some(previous) => event.version > 1 && (1..position).contains(&previous.0),
    };
    if fits {
        return Ok(());
    }
    Err(invalid(format!(
        "the event for position {position} has version {} and follows position {}; the first of a stream has version 1 \
         and follows none, each later one follows an earlier position",
        event.version,
        event.previous.map_or_else(|| "none".to_owned(), |p| p.0.to_string()),
    )))
}

fn limit(what: &'static str, size: usize, limit: usize) -> Result<(), StoreError> {
    if size > limit { Err(StoreError::TooLarge { what, size, limit }) } else { Ok(()) }
}
