//! A log in memory that takes its time, so that a crash falls before or after a commit; and one without its data keys.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

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
use runtime::Runtime;

use super::pulse::{Kind, Pulse};
use crate::draw::Draw;

/// How a store answers.
pub struct Manner {
    /// Takes so many milliseconds at most before and after an append.
    pub append_ms: i64,
    /// Takes so many milliseconds at most for anything else that an owner waits for.
    pub read_ms: i64,
    /// Has no data key any more.
    pub without_keys: bool,
}

/// The log of the town.
pub struct Store {
    inner: Arc<MemoryLog>,
    runtime: Runtime,
    pulse: Pulse,
    manner: Manner,
    draw: Mutex<Draw>,
}

impl Store {
    /// Passes everything on to this log.
    pub fn new(inner: Arc<MemoryLog>, runtime: Runtime, pulse: Pulse, manner: Manner, draw: Draw) -> Self {
        Self { inner, runtime, pulse, manner, draw: Mutex::new(draw) }
    }

    async fn pause(&self, most_ms: i64) {
        if most_ms > 0 {
            let length = self.draw.lock().unwrap_or_else(PoisonError::into_inner).between(0, most_ms);
            self.runtime.clock.sleep(Duration::from_millis(length.unsigned_abs())).await;
        }
    }

    async fn read_pause(&self) {
        self.pause(self.manner.read_ms).await;
    }
}

#[async_trait]
impl EventLog for Store {
    fn partitions(&self) -> u16 {
        self.inner.partitions()
    }

    async fn lease(&self, p: u16) -> Result<Lease, StoreError> {
        self.read_pause().await;
        self.inner.lease(p).await
    }

    async fn append(&self, append: &Append) -> Result<Head, StoreError> {
        self.pulse.beat(Kind::Log);
        self.pause(self.manner.append_ms).await;
        let appended = self.inner.append(append).await;
        // A crash from here on finds the batch in the log, and nobody was told.
        self.pulse.beat(Kind::Log);
        self.pause(self.manner.append_ms).await;
        appended
    }

    async fn head(&self, p: u16) -> Result<Head, StoreError> {
        self.inner.head(p).await
    }

    async fn known_inputs(&self, p: u16, keys: &[InputId]) -> Result<Vec<InputKey>, StoreError> {
        self.read_pause().await;
        self.inner.known_inputs(p, keys).await
    }

    async fn load(&self, p: u16, streams: &[StreamId]) -> Result<Vec<Loaded>, StoreError> {
        self.read_pause().await;
        self.inner.load(p, streams).await
    }

    async fn read(&self, p: u16, after: Position, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        self.inner.read(p, after, limit).await
    }

    async fn read_stream(&self, p: u16, stream: StreamId) -> Result<Vec<Recorded>, StoreError> {
        self.inner.read_stream(p, stream).await
    }

    async fn read_at(&self, p: u16, positions: &[Position]) -> Result<Vec<Recorded>, StoreError> {
        self.read_pause().await;
        self.inner.read_at(p, positions).await
    }

    async fn write_checkpoint(
        &self,
        p: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Result<(), StoreError> {
        self.pulse.beat(Kind::Log);
        self.read_pause().await;
        self.inner.write_checkpoint(p, epoch, up_to, snapshots).await
    }

    async fn due_after(
        &self,
        p: u16,
        after: (Timestamp, StreamId),
        limit: u32,
    ) -> Result<Vec<(Timestamp, StreamId)>, StoreError> {
        self.inner.due_after(p, after, limit).await
    }

    async fn ready(&self, p: u16, limit: u32) -> Result<Vec<(TenantId, Channel, i32, StreamId)>, StoreError> {
        self.inner.ready(p, limit).await
    }

    async fn streams(&self, p: u16, after: StreamId, limit: u32) -> Result<Vec<StreamId>, StoreError> {
        self.inner.streams(p, after, limit).await
    }

    async fn lookup(&self, p: u16, kind: LookupKind, digest: [u8; 16]) -> Result<Vec<Lookup>, StoreError> {
        self.inner.lookup(p, kind, digest).await
    }

    async fn data_keys(&self, p: u16, streams: &[StreamId]) -> Result<Vec<WrappedKey>, StoreError> {
        if self.manner.without_keys {
            return Ok(Vec::new());
        }
        self.inner.data_keys(p, streams).await
    }

    async fn parked(
        &self,
        p: u16,
        claim: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        self.inner.parked(p, claim, limit).await
    }

    async fn parked_input(&self, p: u16, key: InputId) -> Result<Option<ParkedRow>, StoreError> {
        self.inner.parked_input(p, key).await
    }

    async fn suppressed(
        &self,
        p: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<Suppression>, StoreError> {
        self.inner.suppressed(p, point, limit).await
    }

    async fn probe(&self, p: u16, epoch: u64) -> Result<(), StoreError> {
        self.inner.probe(p, epoch).await
    }

    async fn put_rulebook(&self, hash: RulebookHash, sources: &[u8]) -> Result<(), StoreError> {
        self.inner.put_rulebook(hash, sources).await
    }

    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.rulebook(hash).await
    }
}
