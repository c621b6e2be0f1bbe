//! The checkpoint behind the log: snapshots with due instants and ready priorities, and how far they reach.

use std::collections::BTreeMap;

use domain::ids::{Position, StreamId};
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteLog;
use super::batch::{self, Bound, Table};
use super::error::{failed, unreadable};
use super::events::fixed;
use super::head::stored;
use super::names;
use crate::names::Known;
use crate::record::Snapshot;
use crate::store::StoreError;
use crate::{check, codes};

const DOING: &str = "wrote a checkpoint";

/// Reads a partition's snapshots of some debtors.
pub(super) const SELECT: &str = "SELECT stream, tenant, version, position, revision, state, due_at, ready_channel, \
    ready_priority FROM snapshots WHERE partition = ? AND stream IN ({list})";

/// A snapshot that is older than the one that stands changes nothing.
const TABLE: Table = Table {
    insert: "INSERT INTO snapshots (partition, stream, tenant, version, position, revision, state, due_at, \
             ready_channel, ready_priority) VALUES",
    columns: 10,
    after: "ON CONFLICT (partition, stream) DO UPDATE SET tenant = excluded.tenant, version = excluded.version, \
            position = excluded.position, revision = excluded.revision, state = excluded.state, \
            due_at = excluded.due_at, ready_channel = excluded.ready_channel, \
            ready_priority = excluded.ready_priority WHERE excluded.position >= snapshots.position",
};

/// A snapshot with the numbers that stand for its names.
struct Numbered<'a> {
    partition: u16,
    tenant: i64,
    snapshot: &'a Snapshot,
}

impl SqliteLog {
    /// A crash leaves the old checkpoint or the new one; either way the log behind it tells the rest.
    pub(super) async fn store_checkpoint(
        &self,
        partition: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Result<(), StoreError> {
        let mut writer = self.writer()?.lock().await;
        // Behind the lock, so that no append can come in between.
        self.complete_tail(partition).await?;
        let used = snapshots.iter().map(|snapshot| (&snapshot.tenant, None));
        let known = self.name_all(&mut writer, used).await?;
        let rows = numbered(&known, partition, snapshots)?;
        let connection = writer.begin().await.map_err(failed(&self.place, DOING))?;
        let written = self.write_snapshots(connection, partition, epoch, up_to, snapshots, &rows).await;
        self.finish(&mut writer, written, DOING).await?;
        self.tails.covered(partition, up_to);
        Ok(())
    }

    async fn write_snapshots(
        &self,
        connection: &mut SqliteConnection,
        partition: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
        rows: &[Numbered<'_>],
    ) -> Result<(), StoreError> {
        let row = self.head_on(connection, partition).await?;
        if row.epoch != epoch {
            return Err(StoreError::StaleEpoch { partition, ours: epoch, found: row.epoch });
        }
        check::checkpoint(up_to, snapshots, row.head.position)?;
        batch::insert(connection, &TABLE, rows, bind)
            .await
            .map_err(failed(&self.place, "wrote snapshots"))?;
        let uncovered = self.uncovered(connection, partition, up_to).await?;
        check::all_covered(&uncovered, up_to)?;
        let sql = "UPDATE heads SET checkpoint = max(checkpoint, ?) WHERE partition = ?";
        let moved = sqlx::query(sql).bind(stored(up_to)).bind(partition).execute(connection).await;
        moved.map(drop).map_err(failed(&self.place, "moved the checkpoint"))
    }

    /// Debtors whose newest event is at or before `up_to` and whose snapshot, as it stands now, has not folded it.
    async fn uncovered(
        &self,
        connection: &mut SqliteConnection,
        partition: u16,
        up_to: Position,
    ) -> Result<Vec<StreamId>, StoreError> {
        const SQL: &str = "SELECT stream, position FROM snapshots WHERE partition = ? AND stream IN ({list})";
        let ended = self.tails.ended_by(partition, up_to);
        let streams: Vec<StreamId> = ended.iter().map(|(stream, _)| *stream).collect();
        let rows = batch::select(connection, SQL, "?", &streams, |query, list| {
            list.iter().fold(query.bind(partition), |query, stream| query.bind(stream.bytes().to_vec()))
        });
        let rows = rows.await.map_err(failed(&self.place, "looked for debtors without a snapshot"))?;
        let folded =
            rows.iter().filter_map(|row| Some((StreamId::new(fixed(row, 0)?), row.try_get(1).ok()?)));
        let folded: BTreeMap<StreamId, i64> = folded.collect();
        let open = |(stream, newest): &(StreamId, Position)| {
            *stream != StreamId::PARTITION && folded.get(stream).is_none_or(|at| *at < stored(*newest))
        };
        Ok(ended.into_iter().filter(open).map(|(stream, _)| stream).collect())
    }

    /// Makes snapshots of rows.
    pub(super) async fn decode_snapshots(
        &self,
        reader: &mut SqliteConnection,
        rows: &[SqliteRow],
    ) -> Result<Vec<Snapshot>, StoreError> {
        let decode =
            |known: &Known| rows.iter().map(|row| decode_one(known, row)).collect::<Option<Vec<_>>>();
        if let Some(snapshots) = decode(&self.names.known()) {
            return Ok(snapshots);
        }
        let known = names::read(&self.names, reader, &self.place).await?;
        decode(&known).ok_or_else(|| unreadable(&self.place, "a snapshot is damaged; run `mahnwerk verify`"))
    }
}

fn numbered<'a>(
    known: &Known,
    partition: u16,
    snapshots: &'a [Snapshot],
) -> Result<Vec<Numbered<'a>>, StoreError> {
    let row = |snapshot: &'a Snapshot| {
        Some(Numbered { partition, tenant: known.tenant_number(&snapshot.tenant)?, snapshot })
    };
    let rows: Option<Vec<Numbered<'a>>> = snapshots.iter().map(row).collect();
    rows.ok_or_else(|| check::invalid("a tenant got no number; try again".to_owned()))
}

fn bind<'q>(query: Bound<'q>, row: &Numbered<'_>) -> Bound<'q> {
    let snapshot = row.snapshot;
    query
        .bind(row.partition)
        .bind(snapshot.stream.bytes().to_vec())
        .bind(row.tenant)
        .bind(i64::try_from(snapshot.version).unwrap_or(i64::MAX))
        .bind(stored(snapshot.position))
        .bind(snapshot.revision)
        .bind(snapshot.state.clone())
        .bind(snapshot.due_at.map(|at| at.0))
        .bind(snapshot.ready.map(|(channel, _)| codes::channel_number(channel)))
        .bind(snapshot.ready.map(|(_, priority)| priority))
}

fn decode_one(known: &Known, row: &SqliteRow) -> Option<Snapshot> {
    let ready = match (row.try_get::<Option<i64>, _>(7).ok()?, row.try_get(8).ok()?) {
        (None, None) => None,
        (Some(channel), Some(priority)) => Some((codes::channel(channel)?, priority)),
        (None, Some(_)) | (Some(_), None) => return None,
    };
    Some(Snapshot {
        stream: StreamId::new(fixed(row, 0)?),
        tenant: known.tenant(row.try_get(1).ok()?)?.clone(),
        version: u64::try_from(row.try_get::<i64, _>(2).ok()?).ok()?,
        position: Position(u64::try_from(row.try_get::<i64, _>(3).ok()?).ok()?),
        revision: row.try_get(4).ok()?,
        state: row.try_get(5).ok()?,
        due_at: row.try_get::<Option<i64>, _>(6).ok()?.map(Timestamp),
        ready,
    })
}
