//! Scans of the checkpoint in an order: what is due, what is ready, which debtors there are.

use domain::channel::Channel;
use domain::ids::StreamId;
use domain::label::TenantId;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::SqliteLog;
use super::batch::Bound;
use super::error::{failed, unreadable};
use super::events::fixed;
use crate::codes;
use crate::store::StoreError;

impl SqliteLog {
    pub(super) async fn scan_due(
        &self,
        partition: u16,
        (at, stream): (Timestamp, StreamId),
        limit: u32,
    ) -> Result<Vec<(Timestamp, StreamId)>, StoreError> {
        const SQL: &str = "SELECT due_at, stream FROM snapshots WHERE partition = ? AND due_at IS NOT NULL \
            AND ready_channel IS NULL AND (due_at, stream) > (?, ?) ORDER BY due_at, stream LIMIT ?";
        let query = sqlx::query(SQL).bind(partition).bind(at.0).bind(stream.bytes().to_vec()).bind(limit);
        self.scan_rows(query, "looked for what is due", |row| {
            Some((Timestamp(row.try_get(0).ok()?), StreamId::new(fixed(row, 1)?)))
        })
        .await
    }

    pub(super) async fn scan_ready(
        &self,
        partition: u16,
        limit: u32,
    ) -> Result<Vec<(TenantId, Channel, i32, StreamId)>, StoreError> {
        const SQL: &str = "SELECT t.tenant, s.ready_channel, s.ready_priority, s.stream FROM snapshots s \
            JOIN tenants t ON t.number = s.tenant WHERE s.partition = ? AND s.ready_channel IS NOT NULL \
            ORDER BY s.ready_priority DESC, s.stream LIMIT ?";
        self.scan_rows(sqlx::query(SQL).bind(partition).bind(limit), "looked for what is ready", |row| {
            let tenant = TenantId::new(row.try_get(0).ok()?).ok()?;
            let channel = codes::channel(row.try_get(1).ok()?)?;
            Some((tenant, channel, row.try_get(2).ok()?, StreamId::new(fixed(row, 3)?)))
        })
        .await
    }

    pub(super) async fn scan_streams(
        &self,
        partition: u16,
        after: StreamId,
        limit: u32,
    ) -> Result<Vec<StreamId>, StoreError> {
        const SQL: &str =
            "SELECT stream FROM snapshots WHERE partition = ? AND stream > ? ORDER BY stream LIMIT ?";
        let query = sqlx::query(SQL).bind(partition).bind(after.bytes().to_vec()).bind(limit);
        self.scan_rows(query, "listed debtors", |row| Some(StreamId::new(fixed(row, 0)?))).await
    }

    /// Runs a query and reads each of its rows; a row that does not read is a damaged file.
    pub(super) async fn scan_rows<T>(
        &self,
        query: Bound<'_>,
        doing: &'static str,
        read: impl Fn(&SqliteRow) -> Option<T> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = query.fetch_all(&mut *reader).await.map_err(failed(&self.place, doing))?;
        let read: Option<Vec<T>> = rows.iter().map(read).collect();
        read.ok_or_else(|| unreadable(&self.place, "a row is damaged; restore the file from a backup"))
    }
}
