//! Debtors: their snapshots, and their events by the links from the newest one back.
//!
//! One round trip for those whose snapshot has folded all, two for the others.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{Position, StreamId};
use sqlx::Row;

use super::PgLog;
use super::checkpoint::{FIRST_SNAPSHOT_COLUMN, snapshot_columns};
use super::events::columns;
use super::head::{head_columns, number, stored};
use crate::record::{Loaded, Recorded, Snapshot};
use crate::store::StoreError;

/// From where a walk begins, and where it ends: the events after the second position.
type Walk = (Position, Position);

/// How often the snapshots are read anew because a checkpoint came in between.
const ATTEMPTS: u32 = 8;

/// What is known of some debtors as of one instant.
struct Known {
    snapshots: BTreeMap<StreamId, Snapshot>,
    /// The newest event of each since the checkpoint.
    newest: Vec<Option<Position>>,
}

impl PgLog {
    pub(super) async fn load_streams(
        &self,
        partition: u16,
        streams: &[StreamId],
    ) -> Result<Vec<Loaded>, StoreError> {
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        let Known { snapshots, newest } = self.know(partition, streams).await?;
        let folded = |stream| snapshots.get(stream).map_or(Position(0), |s: &Snapshot| s.position);
        let walks = streams.iter().zip(&newest).filter_map(|(stream, newest)| {
            let newest = (*newest)?;
            (newest > folded(stream)).then(|| (newest, folded(stream)))
        });
        let tails = self.walk(partition, walks.collect()).await?;
        let load = |stream: &StreamId| Loaded {
            stream: *stream,
            snapshot: snapshots.get(stream).cloned(),
            tail: tails.get(stream).cloned().unwrap_or_default(),
        };
        Ok(streams.iter().map(load).collect())
    }

    pub(super) async fn whole_stream(
        &self,
        partition: u16,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, StoreError> {
        let Known { snapshots, newest } = self.know(partition, &[stream]).await?;
        let folded = snapshots.get(&stream).map(|snapshot| snapshot.position);
        let Some(newest) = newest.into_iter().flatten().chain(folded).max() else { return Ok(Vec::new()) };
        let mut rows = self.walk(partition, BTreeSet::from([(newest, Position(0))])).await?;
        Ok(rows.remove(&stream).unwrap_or_default())
    }

    /// Head and snapshots come from one statement, so from one instant; the index must still reach back to the
    /// checkpoint of that instant when it is asked. The partition's own stream has its newest in the head row.
    async fn know(&self, partition: u16, streams: &[StreamId]) -> Result<Known, StoreError> {
        const SQL: &str = concat!(
            "/* mahnwerk: load */ SELECT ",
            head_columns!(),
            ", ",
            snapshot_columns!(),
            " FROM heads h LEFT JOIN (SELECT s.* FROM unnest($2::bytea[]) AS asked (stream), ",
            "LATERAL (SELECT * FROM snapshots WHERE partition = $1 AND stream = asked.stream OFFSET 0) s) s ON true ",
            "WHERE h.partition = $1"
        );
        for _ in 0..ATTEMPTS {
            let asked: BTreeSet<[u8; 16]> = streams.iter().map(StreamId::bytes).collect();
            let asked: Vec<[u8; 16]> = asked.into_iter().collect();
            let query = sqlx::query(SQL).bind(number(partition)).bind(asked);
            let mut rows = self.pool.fetch(query, "read snapshots").await?;
            let head = self.one_head(&rows)?;
            rows.retain(|row| row.try_get::<&[u8], _>(FIRST_SNAPSHOT_COLUMN).is_ok());
            let snapshots = self.decode_snapshots(&rows).await?;
            let between = (head.head.checkpoint, head.head.position);
            self.complete_tail(partition, between.0, between.1).await?;
            let own = Some(head.own_newest).filter(|position| position.0 > 0);
            if let Some(found) = self.tails.newest_between(partition, between, streams) {
                let newest = found.into_iter().zip(streams).map(|(newest, stream)| {
                    if *stream == StreamId::PARTITION { newest.max(own) } else { newest }
                });
                let snapshots = snapshots.into_iter().map(|snapshot| (snapshot.stream, snapshot));
                return Ok(Known { snapshots: snapshots.collect(), newest: newest.collect() });
            }
        }
        let detail = "checkpoints kept coming in between".to_owned();
        Err(StoreError::Database { doing: "read snapshots", detail, transient: true })
    }

    /// Walks many debtors back at once, in one statement; gives each one's events, oldest first.
    ///
    /// `OFFSET 0` keeps the planner from joining: it may have seen the table empty, and then reads all of it for each step.
    async fn walk(
        &self,
        partition: u16,
        walks: BTreeSet<Walk>,
    ) -> Result<BTreeMap<StreamId, Vec<Recorded>>, StoreError> {
        const SQL: &str = concat!(
            "/* mahnwerk: walk */ WITH RECURSIVE e AS (",
            "SELECT e.*, w.floor FROM unnest($2::bigint[], $3::bigint[]) AS w (start, floor), ",
            "LATERAL (SELECT * FROM events WHERE partition = $1 AND position = w.start OFFSET 0) e UNION ALL ",
            "SELECT e.*, w.floor FROM e w, ",
            "LATERAL (SELECT * FROM events WHERE partition = $1 AND position = w.previous OFFSET 0) e ",
            "WHERE w.previous > w.floor) SELECT ",
            columns!(),
            " FROM e"
        );
        if walks.is_empty() {
            return Ok(BTreeMap::new());
        }
        let starts: Vec<i64> = walks.iter().map(|(start, _)| stored(*start)).collect();
        let floors: Vec<i64> = walks.iter().map(|(_, floor)| stored(*floor)).collect();
        let query = sqlx::query(SQL).bind(number(partition)).bind(starts).bind(floors);
        let rows = self.pool.fetch(query, "walked debtors' events").await?;
        let mut events = self.decode(partition, &rows).await?;
        events.sort_unstable_by_key(|row| row.position);
        let mut streams: BTreeMap<StreamId, Vec<Recorded>> = BTreeMap::new();
        for row in events {
            streams.entry(row.event.stream).or_default().push(row);
        }
        Ok(streams)
    }
}
