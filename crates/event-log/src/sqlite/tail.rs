//! The newest position of each debtor touched since the checkpoint.
//!
//! Behind the checkpoint a debtor is found by its snapshot, after it by this index, which is read from the log and kept
//! up by the owner's appends. It is only ever an index: it says up to where it is complete, and is completed from the log
//! before each use, so that a dropped append, another process or a restart can't make it wrong.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ids::{Position, StreamId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::SqliteLog;
use super::error::{failed, unreadable};
use super::events::fixed;
use super::head::{HeadRow, place, position};
use crate::record::Append;
use crate::store::StoreError;

/// How many rows are scanned at once.
const PAGE: u32 = 50_000;

/// One index per partition.
#[derive(Debug)]
pub(super) struct Tails(Vec<Mutex<Tail>>);

/// The index of one partition.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Complete from the checkpoint up to here; nothing is known at first.
    up_to: Option<Position>,
    newest: BTreeMap<StreamId, Position>,
}

impl Tail {
    fn add(&mut self, stream: StreamId, position: Position) {
        let newest = self.newest.entry(stream).or_insert(position);
        *newest = position.max(*newest);
    }

    /// Events behind the checkpoint are found by their snapshots.
    fn forget(&mut self, checkpoint: Position) {
        self.newest.retain(|_, position| *position > checkpoint);
    }
}

impl Tails {
    pub(super) fn new(partitions: u16) -> Self {
        Self((0..partitions).map(|_| Mutex::default()).collect())
    }

    /// Takes in an append that was committed, if the index was complete up to it.
    pub(super) fn appended(&self, append: &Append) {
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
    pub(super) fn covered(&self, partition: u16, checkpoint: Position) {
        if let Some(mut tail) = self.lock(partition) {
            tail.forget(checkpoint);
        }
    }

    /// The newest positions of these debtors since the checkpoint.
    pub(super) fn newest(&self, partition: u16, streams: &[StreamId]) -> Vec<Option<Position>> {
        let tail = self.lock(partition);
        let find = |stream: &StreamId| tail.as_ref().and_then(|tail| tail.newest.get(stream).copied());
        streams.iter().map(find).collect()
    }

    /// Debtors whose newest event stands at or before that position.
    pub(super) fn ended_by(&self, partition: u16, up_to: Position) -> Vec<(StreamId, Position)> {
        let Some(tail) = self.lock(partition) else { return Vec::new() };
        let ended = tail.newest.iter().filter(|(_, position)| **position <= up_to);
        ended.map(|(stream, position)| (*stream, *position)).collect()
    }

    fn lock(&self, partition: u16) -> Option<MutexGuard<'_, Tail>> {
        // No change below can stop half-way, so a poisoned lock holds a whole index.
        Some(self.0.get(usize::from(partition))?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SqliteLog {
    /// Completes the index from the log; gives the head that it is complete up to, or a later one.
    pub(super) async fn complete_tail(&self, partition: u16) -> Result<HeadRow, StoreError> {
        let row = self.head_row(partition).await?;
        let mut from = match self.tails.lock(partition) {
            Some(tail) => tail.up_to.unwrap_or(row.head.checkpoint).max(row.head.checkpoint),
            None => row.head.position,
        };
        while from < row.head.position {
            let rows = self.scan(partition, from, row.head.position).await?;
            let Some((_, last)) = rows.last().copied() else { break };
            self.take_in(partition, &rows);
            from = last;
        }
        if let Some(mut tail) = self.tails.lock(partition) {
            tail.forget(row.head.checkpoint);
            tail.up_to = tail.up_to.max(Some(from));
        }
        Ok(row)
    }

    fn take_in(&self, partition: u16, rows: &[(StreamId, Position)]) {
        if let Some(mut tail) = self.tails.lock(partition) {
            rows.iter().for_each(|(stream, position)| tail.add(*stream, *position));
        }
    }

    async fn scan(
        &self,
        partition: u16,
        after: Position,
        up_to: Position,
    ) -> Result<Vec<(StreamId, Position)>, StoreError> {
        const SQL: &str =
            "SELECT place, stream FROM events WHERE place > ? AND place <= ? ORDER BY place LIMIT ?";
        let mut reader = self.reader().await?;
        let query = sqlx::query(SQL).bind(place(partition, after)).bind(place(partition, up_to)).bind(PAGE);
        let rows = query.fetch_all(&mut *reader).await;
        let rows = rows.map_err(failed(&self.place, "read the events behind the checkpoint"))?;
        let read: Option<Vec<(StreamId, Position)>> = rows.iter().map(read_row).collect();
        read.ok_or_else(|| unreadable(&self.place, "an event is damaged; run `mahnwerk verify`"))
    }
}

fn read_row(row: &SqliteRow) -> Option<(StreamId, Position)> {
    let (_, position) = position(row.try_get(0).ok()?)?;
    Some((StreamId::new(fixed(row, 1)?), position))
}
