//! A log that somebody changed behind our back: reads of another log, altered on the way.

use std::sync::Arc;

use async_trait::async_trait;
use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::memory::MemoryLog;
use event_log::record::{
    Append, Head, InputKey, Lease, Loaded, Lookup, LookupKind, ParkedRow, Recorded, Snapshot, Suppression,
    WrappedKey,
};
use event_log::store::{EventLog, StoreError};

/// What was changed.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    Row(Position, fn(&mut Recorded)),
    WithoutRow(Position),
    Head(fn(&mut Head)),
    Snapshot(StreamId, fn(&mut Snapshot)),
}

pub(crate) struct Tampered {
    pub(crate) log: Arc<MemoryLog>,
    pub(crate) change: Change,
}

impl Tampered {
    fn rows(&self, mut rows: Vec<Recorded>) -> Vec<Recorded> {
        match self.change {
            Change::Row(position, change) => {
                rows.iter_mut().filter(|row| row.position == position).for_each(change);
            }
            Change::WithoutRow(position) => rows.retain(|row| row.position != position),
            Change::Head(_) | Change::Snapshot(..) => {}
        }
        rows
    }
}

/// What writes is never asked of it.
fn read_only<T>() -> Result<T, StoreError> {
    Err(StoreError::Invalid { detail: "a tampered log is only read".to_owned() })
}

#[async_trait]
impl EventLog for Tampered {
    fn partitions(&self) -> u16 {
        self.log.partitions()
    }

    async fn lease(&self, _: u16) -> Result<Lease, StoreError> {
        read_only()
    }

    async fn append(&self, _: &Append) -> Result<Head, StoreError> {
        read_only()
    }

    async fn head(&self, partition: u16) -> Result<Head, StoreError> {
        let mut head = self.log.head(partition).await?;
        if let Change::Head(change) = self.change {
            change(&mut head);
        }
        Ok(head)
    }

    async fn known_inputs(&self, partition: u16, keys: &[InputId]) -> Result<Vec<InputKey>, StoreError> {
        self.log.known_inputs(partition, keys).await
    }

    async fn load(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<Loaded>, StoreError> {
        let mut loaded = self.log.load(partition, streams).await?;
        if let Change::Snapshot(stream, change) = self.change {
            let snapshots = loaded.iter_mut().filter_map(|loaded| loaded.snapshot.as_mut());
            snapshots.filter(|snapshot| snapshot.stream == stream).for_each(change);
        }
        Ok(loaded)
    }

    async fn read(&self, partition: u16, after: Position, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        Ok(self.rows(self.log.read(partition, after, limit).await?))
    }

    async fn read_stream(&self, partition: u16, stream: StreamId) -> Result<Vec<Recorded>, StoreError> {
        Ok(self.rows(self.log.read_stream(partition, stream).await?))
    }

    async fn read_at(&self, partition: u16, positions: &[Position]) -> Result<Vec<Recorded>, StoreError> {
        Ok(self.rows(self.log.read_at(partition, positions).await?))
    }

    async fn write_checkpoint(&self, _: u16, _: u64, _: Position, _: &[Snapshot]) -> Result<(), StoreError> {
        read_only()
    }

    async fn due_after(
        &self,
        partition: u16,
        after: (Timestamp, StreamId),
        limit: u32,
    ) -> Result<Vec<(Timestamp, StreamId)>, StoreError> {
        self.log.due_after(partition, after, limit).await
    }

    async fn ready(
        &self,
        partition: u16,
        limit: u32,
    ) -> Result<Vec<(TenantId, Channel, i32, StreamId)>, StoreError> {
        self.log.ready(partition, limit).await
    }

    async fn streams(
        &self,
        partition: u16,
        after: StreamId,
        limit: u32,
    ) -> Result<Vec<StreamId>, StoreError> {
        self.log.streams(partition, after, limit).await
    }

    async fn lookup(
        &self,
        partition: u16,
        kind: LookupKind,
        digest: [u8; 16],
    ) -> Result<Vec<Lookup>, StoreError> {
        self.log.lookup(partition, kind, digest).await
    }

    async fn data_keys(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<WrappedKey>, StoreError> {
        self.log.data_keys(partition, streams).await
    }

    async fn parked(
        &self,
        partition: u16,
        claim: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        self.log.parked(partition, claim, limit).await
    }

    async fn parked_input(&self, p: u16, key: InputId) -> Result<Option<ParkedRow>, StoreError> {
        self.log.parked_input(p, key).await
    }

    async fn suppressed(
        &self,
        p: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<Suppression>, StoreError> {
        self.log.suppressed(p, point, limit).await
    }

    async fn probe(&self, p: u16, epoch: u64) -> Result<(), StoreError> {
        self.log.probe(p, epoch).await
    }

    async fn put_rulebook(&self, _: RulebookHash, _: &[u8]) -> Result<(), StoreError> {
        read_only()
    }

    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.log.rulebook(hash).await
    }
}
