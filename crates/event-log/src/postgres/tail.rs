//! The index of the events behind the checkpoint, completed from the database.

use domain::ids::{Position, StreamId};
use sqlx::postgres::PgRow;

use super::PgLog;
use super::error::unreadable;
use super::events::fixed;
use super::head::{number, position, stored};
use crate::store::StoreError;
use crate::tail::PAGE;

impl PgLog {
    /// Completes the index from the checkpoint up to the head, both as the caller has read them.
    ///
    /// After an own append there is nothing to read; after a lease, or for a reader, what is behind the checkpoint.
    pub(super) async fn complete_tail(
        &self,
        partition: u16,
        checkpoint: Position,
        head: Position,
    ) -> Result<(), StoreError> {
        let mut from = self.tails.complete_up_to(partition, checkpoint).unwrap_or(head);
        while from < head {
            let rows = self.scan_tail(partition, from, head).await?;
            let Some((_, last)) = rows.last().copied() else { break };
            self.tails.take_in(partition, &rows);
            from = last;
        }
        self.tails.completed(partition, checkpoint, from);
        Ok(())
    }

    async fn scan_tail(
        &self,
        partition: u16,
        after: Position,
        up_to: Position,
    ) -> Result<Vec<(StreamId, Position)>, StoreError> {
        const SQL: &str = "/* mahnwerk: tail */ SELECT stream, position FROM events \
            WHERE partition = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4";
        let query = sqlx::query(SQL).bind(number(partition)).bind(stored(after)).bind(stored(up_to));
        let rows =
            self.pool.fetch(query.bind(i64::from(PAGE)), "read the events behind the checkpoint").await?;
        let read: Option<Vec<(StreamId, Position)>> = rows.iter().map(read_row).collect();
        read.ok_or_else(|| unreadable(self.pool.place(), "an event is damaged; run `mahnwerk verify`"))
    }
}

fn read_row(row: &PgRow) -> Option<(StreamId, Position)> {
    Some((StreamId::new(fixed(row, 0)?), position(row, 1)?))
}
