//! Debtors: their snapshots, and their events by the links from the newest one back.

use std::collections::BTreeMap;

use domain::ids::{Position, StreamId};
use sqlx::sqlite::SqliteConnection;

use super::SqliteLog;
use super::batch::{self, Bound};
use super::checkpoint;
use super::error::failed;
use super::events::columns;
use super::head::{place, stored};
use crate::record::{Loaded, Recorded, Snapshot};
use crate::store::StoreError;

/// From where a walk begins, and where it ends: the events after the second position.
type Walk = (Position, Position);

impl SqliteLog {
    /// The index is asked before the snapshots are read: a checkpoint in between takes debtors out of the one after
    /// they are in the other.
    pub(super) async fn load_streams(
        &self,
        partition: u16,
        streams: &[StreamId],
    ) -> Result<Vec<Loaded>, StoreError> {
        let newest = self.newest(partition, streams).await?;
        let mut reader = self.reader().await?;
        let snapshots = self.snapshots(&mut reader, partition, streams).await?;
        let folded = |stream| snapshots.get(stream).map_or(Position(0), |s: &Snapshot| s.position);
        let walks = streams.iter().zip(&newest).filter_map(|(stream, newest)| {
            let newest = (*newest)?;
            (newest > folded(stream)).then(|| (newest, folded(stream)))
        });
        let walks: Vec<Walk> = walks.collect();
        let mut tails = self.walk(&mut reader, partition, &walks).await?;
        let load = |stream: &StreamId| Loaded {
            stream: *stream,
            snapshot: snapshots.get(stream).cloned(),
            tail: tails.get_mut(stream).cloned().unwrap_or_default(),
        };
        Ok(streams.iter().map(load).collect())
    }

    pub(super) async fn whole_stream(
        &self,
        partition: u16,
        stream: StreamId,
    ) -> Result<Vec<Recorded>, StoreError> {
        let newest = self.newest(partition, &[stream]).await?;
        let mut reader = self.reader().await?;
        let snapshots = self.snapshots(&mut reader, partition, &[stream]).await?;
        let folded = snapshots.get(&stream).map(|snapshot| snapshot.position);
        let Some(newest) = newest.into_iter().flatten().chain(folded).max() else { return Ok(Vec::new()) };
        let mut rows = self.walk(&mut reader, partition, &[(newest, Position(0))]).await?;
        Ok(rows.remove(&stream).unwrap_or_default())
    }

    /// The newest positions since the checkpoint; the partition's own stream has its in the head row.
    async fn newest(
        &self,
        partition: u16,
        streams: &[StreamId],
    ) -> Result<Vec<Option<Position>>, StoreError> {
        let row = self.complete_tail(partition).await?;
        let own = Some(row.own_newest).filter(|position| position.0 > 0);
        let found = self.tails.newest(partition, streams).into_iter().zip(streams);
        Ok(found
            .map(|(newest, stream)| if *stream == StreamId::PARTITION { newest.max(own) } else { newest })
            .collect())
    }

    async fn snapshots(
        &self,
        reader: &mut SqliteConnection,
        partition: u16,
        streams: &[StreamId],
    ) -> Result<BTreeMap<StreamId, Snapshot>, StoreError> {
        let rows = batch::select(reader, checkpoint::SELECT, "?", streams, |query, list| {
            list.iter().fold(query.bind(partition), |query, stream| query.bind(stream.bytes().to_vec()))
        });
        let rows = rows.await.map_err(failed(&self.place, "read snapshots"))?;
        let read = self.decode_snapshots(reader, &rows).await?;
        Ok(read.into_iter().map(|snapshot| (snapshot.stream, snapshot)).collect())
    }

    /// Walks many debtors back at once, in one statement for each few hundred; gives each one's events, oldest first.
    async fn walk(
        &self,
        reader: &mut SqliteConnection,
        partition: u16,
        walks: &[Walk],
    ) -> Result<BTreeMap<StreamId, Vec<Recorded>>, StoreError> {
        // Links are positions, so the partition's first place is added to each; a list is filled up with doubles,
        // which UNION takes out again.
        const SQL: &str = concat!(
            "WITH RECURSIVE starts (place, floor) AS (VALUES {list}), walk (place, floor) AS (",
            "SELECT place, floor FROM starts UNION ",
            "SELECT ((e.place >> 48) << 48) | e.previous, w.floor FROM walk w CROSS JOIN events e ",
            "ON e.place = w.place WHERE e.previous > w.floor) SELECT ",
            columns!(),
            " FROM walk w CROSS JOIN events e ON e.place = w.place"
        );
        let rows = batch::select(reader, SQL, "(?,?)", walks, |query, list| {
            list.iter().fold(query, |query, walk| bind_walk(query, partition, *walk))
        });
        let rows = rows.await.map_err(failed(&self.place, "walked debtors' events"))?;
        let mut events = self.decode(reader, &rows).await?;
        events.sort_unstable_by_key(|row| row.position);
        let mut streams: BTreeMap<StreamId, Vec<Recorded>> = BTreeMap::new();
        for row in events {
            streams.entry(row.event.stream).or_default().push(row);
        }
        Ok(streams)
    }
}

fn bind_walk(query: Bound<'_>, partition: u16, (from, floor): Walk) -> Bound<'_> {
    query.bind(place(partition, from)).bind(stored(floor))
}
