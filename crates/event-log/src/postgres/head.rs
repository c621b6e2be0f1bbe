//! The head row of a partition: where its log ends, and who may move it.

use domain::ids::Position;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::error::unreadable;
use super::events::fixed;
use crate::record::Head;
use crate::store::StoreError;

/// A head row.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeadRow {
    /// The end of the log.
    pub(super) head: Head,
    /// Who may move it.
    pub(super) epoch: u64,
    /// The least decider revision that may own the partition.
    pub(super) least_decider: u32,
    /// The newest event of the partition's own stream, or 0.
    pub(super) own_newest: Position,
    /// The database's time.
    pub(super) now: Timestamp,
}

/// The columns that [`read_row`] reads.
macro_rules! head_columns {
    () => {
        "h.position, h.chain, h.at, h.checkpoint, h.epoch, h.least_decider, h.own_newest, clock_ms()"
    };
}
pub(super) use head_columns;

impl PgLog {
    /// Writes the epoch over itself: only the owner can, and only while the database takes writes.
    pub(super) async fn probe_head(&self, partition: u16, epoch: u64) -> Result<(), StoreError> {
        const SQL: &str = "/* mahnwerk: probe */ UPDATE heads SET epoch = epoch \
            WHERE partition = $1 AND epoch = $2 RETURNING 1";
        let query = sqlx::query(SQL).bind(number(partition)).bind(counted(epoch));
        if self.pool.fetch(query, "probed the log").await?.is_empty() {
            return Err(self.stale(partition, epoch).await?);
        }
        Ok(())
    }

    /// The head, after whatever a dropped append has left behind is decided.
    pub(super) async fn settled_head(&self, partition: u16) -> Result<Head, StoreError> {
        self.pool.settle().await?;
        Ok(self.head_row(partition).await?.head)
    }

    /// The head as it is committed.
    pub(super) async fn head_row(&self, partition: u16) -> Result<HeadRow, StoreError> {
        const SQL: &str =
            concat!("/* mahnwerk: head */ SELECT ", head_columns!(), " FROM heads h WHERE h.partition = $1");
        let rows = self.pool.fetch(sqlx::query(SQL).bind(number(partition)), "read the head").await?;
        self.one_head(&rows)
    }

    /// The head row among these.
    pub(super) fn one_head(&self, rows: &[PgRow]) -> Result<HeadRow, StoreError> {
        let read = rows.first().and_then(read_row);
        read.ok_or_else(|| unreadable(self.pool.place(), "a head row is damaged; restore it from a backup"))
    }

    /// The error for an owner whose epoch is no longer in force.
    pub(super) async fn stale(&self, partition: u16, ours: u64) -> Result<StoreError, StoreError> {
        let found = self.head_row(partition).await?.epoch;
        Ok(StoreError::StaleEpoch { partition, ours, found })
    }
}

fn read_row(row: &PgRow) -> Option<HeadRow> {
    Some(HeadRow {
        head: Head {
            position: position(row, 0)?,
            chain: fixed(row, 1)?,
            at: Timestamp(row.try_get(2).ok()?),
            checkpoint: position(row, 3)?,
        },
        epoch: position(row, 4)?.0,
        least_decider: u32::try_from(row.try_get::<i64, _>(5).ok()?).ok()?,
        own_newest: position(row, 6)?,
        now: Timestamp(row.try_get(7).ok()?),
    })
}

/// A column that holds a position.
pub(super) fn position(row: &PgRow, index: usize) -> Option<Position> {
    Some(Position(u64::try_from(row.try_get::<i64, _>(index).ok()?).ok()?))
}

/// A position as the database's integer. One beyond the last possible one stands behind every event.
pub(super) fn stored(position: Position) -> i64 {
    counted(position.0)
}

/// A count as the database's integer.
pub(super) fn counted(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A partition's number as the database's integer; there are at most 1,024.
pub(super) fn number(partition: u16) -> i16 {
    i16::try_from(partition).unwrap_or(i16::MAX)
}
