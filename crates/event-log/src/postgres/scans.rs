//! Scans of the checkpoint in an order: what is due, what is ready, which debtors there are.

use domain::channel::Channel;
use domain::ids::StreamId;
use domain::label::TenantId;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::error::unreadable;
use super::events::fixed;
use super::head::number;
use super::pool::Bound;
use crate::codes;
use crate::store::StoreError;

impl PgLog {
    pub(super) async fn scan_due(
        &self,
        partition: u16,
        (at, stream): (Timestamp, StreamId),
        limit: u32,
    ) -> Result<Vec<(Timestamp, StreamId)>, StoreError> {
        const SQL: &str = "/* mahnwerk: due */ SELECT due_at, stream FROM snapshots \
            WHERE partition = $1 AND due_at IS NOT NULL AND ready_channel IS NULL AND (due_at, stream) > ($2, $3) \
            ORDER BY due_at, stream LIMIT $4";
        let query = sqlx::query(SQL).bind(number(partition)).bind(at.0).bind(stream.bytes().to_vec());
        self.scan_rows(query.bind(i64::from(limit)), "looked for what is due", |row| {
            Some((Timestamp(row.try_get(0).ok()?), StreamId::new(fixed(row, 1)?)))
        })
        .await
    }

    pub(super) async fn scan_ready(
        &self,
        partition: u16,
        limit: u32,
    ) -> Result<Vec<(TenantId, Channel, i32, StreamId)>, StoreError> {
        const SQL: &str = "/* mahnwerk: ready */ SELECT t.tenant, s.ready_channel, s.ready_priority, s.stream \
            FROM (SELECT * FROM snapshots WHERE partition = $1 AND ready_channel IS NOT NULL \
            ORDER BY ready_priority DESC, stream LIMIT $2) s JOIN tenants t ON t.number = s.tenant \
            ORDER BY s.ready_priority DESC, s.stream";
        let query = sqlx::query(SQL).bind(number(partition)).bind(i64::from(limit));
        self.scan_rows(query, "looked for what is ready", |row| {
            let tenant = TenantId::new(row.try_get(0).ok()?).ok()?;
            let channel = codes::channel(row.try_get::<i16, _>(1).ok()?.into())?;
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
        const SQL: &str = "/* mahnwerk: streams */ SELECT stream FROM snapshots \
            WHERE partition = $1 AND stream > $2 ORDER BY stream LIMIT $3";
        let query =
            sqlx::query(SQL).bind(number(partition)).bind(after.bytes().to_vec()).bind(i64::from(limit));
        self.scan_rows(query, "listed debtors", |row| Some(StreamId::new(fixed(row, 0)?))).await
    }

    /// Runs a query and reads each of its rows; a row that does not read is damaged.
    pub(super) async fn scan_rows<T>(
        &self,
        query: Bound<'_>,
        doing: &'static str,
        read: impl Fn(&PgRow) -> Option<T> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.pool.fetch(query, doing).await?;
        let read: Option<Vec<T>> = rows.iter().map(read).collect();
        let damaged =
            || unreadable(self.pool.place(), "a row is damaged; restore the database from a backup");
        read.ok_or_else(damaged)
    }
}
