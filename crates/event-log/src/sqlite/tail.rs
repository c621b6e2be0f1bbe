//! The index of the events behind the checkpoint, completed from the file.

use domain::ids::{Position, StreamId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::SqliteLog;
use super::error::{failed, unreadable};
use super::events::fixed;
use super::head::{HeadRow, place, position};
use crate::store::StoreError;
use crate::tail::PAGE;

impl SqliteLog {
    /// Completes the index from the log; gives the head that it is complete up to, or a later one.
    pub(super) async fn complete_tail(&self, partition: u16) -> Result<HeadRow, StoreError> {
        let row = self.head_row(partition).await?;
        let known = self.tails.complete_up_to(partition, row.head.checkpoint);
        let mut from = known.unwrap_or(row.head.position);
        while from < row.head.position {
            let rows = self.scan(partition, from, row.head.position).await?;
            let Some((_, last)) = rows.last().copied() else { break };
            self.tails.take_in(partition, &rows);
            from = last;
        }
        self.tails.completed(partition, row.head.checkpoint, from);
        Ok(row)
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
