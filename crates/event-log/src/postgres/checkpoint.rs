//! The checkpoint behind the log: snapshots with due instants and ready priorities, and how far they reach.
//!
//! One transaction, which touches the head row in its last statement only: appends go on beside it. That statement is
//! under the epoch, so a stale owner's whole transaction is undone.

mod rows;

use std::collections::BTreeMap;

use domain::ids::{Position, StreamId};

pub(super) use self::rows::{FIRST_SNAPSHOT_COLUMN, snapshot_columns};
use self::rows::{Rows, chunks, newest};
use super::PgLog;
use super::error::commit_failed;
use super::events::fixed;
use super::head::{counted, number, position, stored};
use super::transaction::{Done, Transaction, again};
use crate::check;
use crate::record::Snapshot;
use crate::store::StoreError;

const DOING: &str = "wrote a checkpoint";
const BEGIN: &str = "/* mahnwerk: checkpoint */ BEGIN";

/// A snapshot that is older than the one that stands changes nothing.
const UPSERT: &str = "/* mahnwerk: snapshots */ INSERT INTO snapshots (partition, stream, tenant, version, position, \
    revision, state, due_at, ready_channel, ready_priority) SELECT $1, s.* FROM unnest($2::bytea[], $3::integer[], \
    $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[], $8::bigint[], $9::smallint[], $10::integer[]) AS s \
    ON CONFLICT (partition, stream) DO UPDATE SET tenant = excluded.tenant, version = excluded.version, \
    position = excluded.position, revision = excluded.revision, state = excluded.state, due_at = excluded.due_at, \
    ready_channel = excluded.ready_channel, ready_priority = excluded.ready_priority \
    WHERE excluded.position >= snapshots.position";

impl PgLog {
    /// A crash leaves the old checkpoint or the new one; either way the log behind it tells the rest.
    pub(super) async fn store_checkpoint(
        &self,
        partition: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Result<(), StoreError> {
        let row = self.head_row(partition).await?;
        if row.epoch != epoch {
            return Err(StoreError::StaleEpoch { partition, ours: epoch, found: row.epoch });
        }
        check::checkpoint(up_to, snapshots, row.head.position)?;
        self.complete_tail(partition, row.head.checkpoint, row.head.position).await?;
        let known = self.name_all(snapshots.iter().map(|snapshot| (&snapshot.tenant, None))).await?;
        let newest = newest(snapshots);
        for attempt in 1.. {
            let written = self.write_snapshots(&known, partition, epoch, up_to, &newest).await;
            if again(&written, attempt) {
                continue;
            }
            written.map_err(|error| commit_failed(self.pool.place(), DOING, &error))??;
            break;
        }
        self.tails.covered(partition, up_to);
        Ok(())
    }

    async fn write_snapshots(
        &self,
        known: &crate::names::Known,
        partition: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[&Snapshot],
    ) -> Done<()> {
        let mut transaction = Transaction::begin(&self.pool, BEGIN).await?;
        let written = async {
            for chunk in chunks(snapshots) {
                let rows = match Rows::of(known, chunk) {
                    Ok(rows) => rows,
                    Err(error) => return Ok(Err(error)),
                };
                transaction.fetch(rows.bind(sqlx::query(UPSERT).bind(number(partition)))).await?;
            }
            let uncovered = self.uncovered(&mut transaction, partition, up_to).await?;
            if let Err(error) = check::all_covered(&uncovered, up_to) {
                return Ok(Err(error));
            }
            move_checkpoint(&mut transaction, partition, epoch, up_to).await
        };
        let written = written.await;
        transaction.finish(written).await
    }

    /// Debtors whose newest event is at or before `up_to` and whose snapshot, as it stands now, has not folded it.
    async fn uncovered(
        &self,
        transaction: &mut Transaction<'_>,
        partition: u16,
        up_to: Position,
    ) -> Result<Vec<StreamId>, sqlx::Error> {
        const SQL: &str = "/* mahnwerk: covered */ SELECT s.stream, s.position \
            FROM unnest($2::bytea[]) AS asked (stream), LATERAL \
            (SELECT * FROM snapshots WHERE partition = $1 AND stream = asked.stream OFFSET 0) s";
        let ended = self.tails.ended_by(partition, up_to);
        let streams: Vec<[u8; 16]> = ended.iter().map(|(stream, _)| stream.bytes()).collect();
        let rows = transaction.fetch(sqlx::query(SQL).bind(number(partition)).bind(streams)).await?;
        let folded = rows.iter().filter_map(|row| Some((StreamId::new(fixed(row, 0)?), position(row, 1)?)));
        let folded: BTreeMap<StreamId, Position> = folded.collect();
        let open = |(stream, newest): &(StreamId, Position)| {
            *stream != StreamId::PARTITION && folded.get(stream).is_none_or(|at| at < newest)
        };
        Ok(ended.into_iter().filter(open).map(|(stream, _)| stream).collect())
    }
}

/// Refused where the epoch is no longer in force. Appends and leases wait for this row no longer than a commit takes.
async fn move_checkpoint(
    transaction: &mut Transaction<'_>,
    partition: u16,
    epoch: u64,
    up_to: Position,
) -> Done<()> {
    const MOVE: &str = "/* mahnwerk: move checkpoint */ UPDATE heads SET checkpoint = greatest(checkpoint, $3) \
        WHERE partition = $1 AND epoch = $2 RETURNING 1";
    const EPOCH: &str = "/* mahnwerk: epoch */ SELECT epoch FROM heads WHERE partition = $1";
    let query = sqlx::query(MOVE).bind(number(partition)).bind(counted(epoch)).bind(stored(up_to));
    if !transaction.fetch(query).await?.is_empty() {
        return Ok(Ok(()));
    }
    let rows = transaction.fetch(sqlx::query(EPOCH).bind(number(partition))).await?;
    let found = rows.first().and_then(|row| position(row, 0)).map_or(0, |epoch| epoch.0);
    Ok(Err(StoreError::StaleEpoch { partition, ours: epoch, found }))
}
