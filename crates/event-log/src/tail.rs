//! The newest position of each debtor touched since the checkpoint.
//!
//! Behind the checkpoint a debtor is found by its snapshot, after it by this index, which is read from the log and kept
//! up by the owner's appends. It is only ever an index: it says up to where it is complete, and is completed from the log
//! before each use, so that a dropped append, another process or a restart can't make it wrong.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ids::{Position, StreamId};

use crate::record::Append;

/// How many rows a store scans at once to complete it.
pub(crate) const PAGE: u32 = 50_000;

/// One index per partition.
#[derive(Debug)]
pub(crate) struct Tails(Vec<Mutex<Tail>>);

/// The index of one partition.
#[derive(Debug)]
pub(crate) struct Tail {
    /// What is at or before this is left to the snapshots.
    from: Position,
    /// Complete from there up to here; nothing is known at first.
    up_to: Option<Position>,
    newest: BTreeMap<StreamId, Position>,
}

impl Tail {
    const fn empty() -> Self {
        Self { from: Position(0), up_to: None, newest: BTreeMap::new() }
    }

    fn add(&mut self, stream: StreamId, position: Position) {
        let newest = self.newest.entry(stream).or_insert(position);
        *newest = position.max(*newest);
    }

    /// Events behind the checkpoint are found by their snapshots.
    fn forget(&mut self, checkpoint: Position) {
        self.from = self.from.max(checkpoint);
        self.newest.retain(|_, position| *position > checkpoint);
    }
}

impl Tails {
    pub(crate) fn new(partitions: u16) -> Self {
        Self((0..partitions).map(|_| Mutex::new(Tail::empty())).collect())
    }

    /// Takes in an append that was committed, if the index was complete up to it.
    pub(crate) fn appended(&self, append: &Append) {
        let Some(mut tail) = self.lock(append.partition) else { return };
        if tail.up_to != Some(append.expected.position) {
            return;
        }
        for (position, event) in (append.expected.position.0.saturating_add(1)..).zip(&append.events) {
            tail.add(event.stream, Position(position));
            tail.up_to = Some(Position(position));
        }
    }

    /// Drops what a checkpoint has covered.
    pub(crate) fn covered(&self, partition: u16, checkpoint: Position) {
        if let Some(mut tail) = self.lock(partition) {
            tail.forget(checkpoint);
        }
    }

    /// The newest positions of these debtors since the checkpoint.
    pub(crate) fn newest(&self, partition: u16, streams: &[StreamId]) -> Vec<Option<Position>> {
        let tail = self.lock(partition);
        let find = |stream: &StreamId| tail.as_ref().and_then(|tail| tail.newest.get(stream).copied());
        streams.iter().map(find).collect()
    }

    /// The newest positions of these debtors after that checkpoint; nothing if the index does not reach from there to the
    /// head, since a later checkpoint or a lease came in between.
    pub(crate) fn newest_between(
        &self,
        partition: u16,
        (checkpoint, head): (Position, Position),
        streams: &[StreamId],
    ) -> Option<Vec<Option<Position>>> {
        let tail = self.lock(partition)?;
        let reaches = tail.from <= checkpoint && tail.up_to >= Some(head);
        reaches.then(|| streams.iter().map(|s| tail.newest.get(s).copied()).collect())
    }

    /// Forgets everything: it is read from the log anew.
    pub(crate) fn reset(&self, partition: u16) {
        if let Some(mut tail) = self.lock(partition) {
            *tail = Tail::empty();
        }
    }

    /// Debtors whose newest event stands at or before that position.
    pub(crate) fn ended_by(&self, partition: u16, up_to: Position) -> Vec<(StreamId, Position)> {
        let Some(tail) = self.lock(partition) else { return Vec::new() };
        let ended = tail.newest.iter().filter(|(_, position)| **position <= up_to);
        ended.map(|(stream, position)| (*stream, *position)).collect()
    }

    /// From where the log has to be scanned to complete it, where the checkpoint stands at `checkpoint`.
    pub(crate) fn complete_up_to(&self, partition: u16, checkpoint: Position) -> Option<Position> {
        let tail = self.lock(partition)?;
        Some(tail.up_to.unwrap_or(checkpoint).max(checkpoint))
    }

    /// Takes in a page of the scan.
    pub(crate) fn take_in(&self, partition: u16, rows: &[(StreamId, Position)]) {
        if let Some(mut tail) = self.lock(partition) {
            rows.iter().for_each(|(stream, position)| tail.add(*stream, *position));
        }
    }

    /// Notes how far the scan came.
    pub(crate) fn completed(&self, partition: u16, checkpoint: Position, up_to: Position) {
        if let Some(mut tail) = self.lock(partition) {
            tail.forget(checkpoint);
            tail.up_to = tail.up_to.max(Some(up_to));
        }
    }

    fn lock(&self, partition: u16) -> Option<MutexGuard<'_, Tail>> {
        // No change below can stop half-way, so a poisoned lock holds a whole index.
        Some(self.0.get(usize::from(partition))?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
