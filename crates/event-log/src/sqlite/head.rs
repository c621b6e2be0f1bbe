//! The head row of a partition: where its log ends, and who may move it.

use domain::ids::Position;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteLog;
use super::error::{failed, unreadable};
use crate::check;
use crate::record::{Head, Lease};
use crate::store::StoreError;

const POSITION_BITS: u32 = 48;
const MAX_POSITION: u64 = (1 << POSITION_BITS) - 1;

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
}

const SELECT: &str =
    "SELECT position, chain, at, checkpoint, epoch, least_decider, own_newest FROM heads WHERE partition = ?";

impl SqliteLog {
    /// Raises the epoch, unless a later revision has decided here.
    pub(super) async fn take_lease(&self, partition: u16) -> Result<Lease, StoreError> {
        let doing = "took a partition over";
        let mut writer = self.writer()?.lock().await;
        let connection = writer.begin().await.map_err(failed(&self.place, doing))?;
        let raised = self.raise_epoch(connection, partition).await;
        let row = self.finish(&mut writer, raised, doing).await?;
        Ok(Lease { partition, epoch: row.epoch, history: self.origin.history, head: row.head })
    }

    async fn raise_epoch(
        &self,
        connection: &mut SqliteConnection,
        partition: u16,
    ) -> Result<HeadRow, StoreError> {
        check::may_own(partition, self.decider, self.head_on(connection, partition).await?.least_decider)?;
        let sql = "UPDATE heads SET epoch = epoch + 1 WHERE partition = ?";
        let raised = sqlx::query(sql).bind(partition).execute(&mut *connection).await;
        raised.map_err(failed(&self.place, "raised a partition's epoch"))?;
        self.head_on(connection, partition).await
    }

    /// Writes the epoch over itself: only the owner can, and only while the file takes writes.
    pub(super) async fn probe_head(&self, partition: u16, epoch: u64) -> Result<(), StoreError> {
        let doing = "probed the log";
        let mut writer = self.writer()?.lock().await;
        let connection = writer.begin().await.map_err(failed(&self.place, doing))?;
        let sql = "UPDATE heads SET epoch = epoch WHERE partition = ? AND epoch = ?";
        let owned = sqlx::query(sql).bind(partition).bind(i64::try_from(epoch).unwrap_or(i64::MAX));
        let touched = match owned.execute(&mut *connection).await {
            Ok(touched) if touched.rows_affected() == 1 => Ok(()),
            Ok(_) => match self.head_on(connection, partition).await {
                Ok(row) => Err(StoreError::StaleEpoch { partition, ours: epoch, found: row.epoch }),
                Err(error) => Err(error),
            },
            Err(error) => Err(failed(&self.place, doing)(error)),
        };
        self.finish(&mut writer, touched, doing).await
    }

    /// The head, after whatever a dropped append has left behind is decided.
    pub(super) async fn settled_head(&self, partition: u16) -> Result<Head, StoreError> {
        if let Some(writer) = &self.writer {
            writer.lock().await.settle().await;
        }
        Ok(self.head_row(partition).await?.head)
    }

    /// The head as readers see it.
    pub(super) async fn head_row(&self, partition: u16) -> Result<HeadRow, StoreError> {
        let mut reader = self.reader().await?;
        self.head_on(&mut reader, partition).await
    }

    /// The head as this connection's transaction sees it.
    pub(super) async fn head_on(
        &self,
        connection: &mut SqliteConnection,
        partition: u16,
    ) -> Result<HeadRow, StoreError> {
        let row = sqlx::query(SELECT).bind(partition).fetch_one(connection).await;
        let row = row.map_err(failed(&self.place, "read the head"))?;
        read_row(&row)
            .ok_or_else(|| unreadable(&self.place, "a head row is damaged; restore it from a backup"))
    }
}

fn read_row(row: &SqliteRow) -> Option<HeadRow> {
    let position = |index: usize| -> Option<Position> {
        Some(Position(u64::try_from(row.try_get::<i64, _>(index).ok()?).ok()?))
    };
    Some(HeadRow {
        head: Head {
            position: position(0)?,
            chain: row.try_get::<&[u8], _>(1).ok()?.try_into().ok()?,
            at: Timestamp(row.try_get(2).ok()?),
            checkpoint: position(3)?,
        },
        epoch: position(4)?.0,
        least_decider: row.try_get(5).ok()?,
        own_newest: position(6)?,
    })
}

/// A position as the database's integer.
pub(super) fn stored(position: Position) -> i64 {
    i64::try_from(position.0.min(MAX_POSITION)).unwrap_or(i64::MAX)
}

/// Partition and position as one integer. A position beyond the last possible one stands behind every event.
pub(super) fn place(partition: u16, position: Position) -> i64 {
    (i64::from(partition) << POSITION_BITS) | stored(position)
}

/// Partition and position of a place.
pub(super) fn position(place: i64) -> Option<(u16, Position)> {
    let place = u64::try_from(place).ok()?;
    Some((u16::try_from(place >> POSITION_BITS).ok()?, Position(place & MAX_POSITION)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back_and_never_meet() {
        for (partition, at) in [(0, 1), (0, MAX_POSITION), (1, 0), (4095, MAX_POSITION - 1)] {
            assert_eq!(position(place(partition, Position(at))), Some((partition, Position(at))));
        }
        assert!(place(0, Position::PENDING) < place(1, Position(0)));
        assert_eq!(position(-1), None);
    }
}
