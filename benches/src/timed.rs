//! A log that counts how long its owner waits for it, by what it is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::record::{
    Append, Head, InputKey, Lease, Loaded, Lookup, LookupKind, ParkedRow, Recorded, Snapshot, Suppression,
    WrappedKey,
};
use event_log::store::{EventLog, StoreError};
use runtime::clock::Clock;

/// What an owner waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Appends.
    Append,
    /// Which inputs are known.
    Known,
    /// States of debtors.
    Load,
    /// Data keys of debtors.
    Keys,
    /// Lookups of this partition.
    Lookup,
    /// Lookups in all partitions.
    Locate,
    /// Inputs that wait, here or anywhere.
    Parked,
    /// Suppressed contact points, here or anywhere.
    Suppressed,
    /// Personal parts that are read for rendering.
    Read,
    /// Who is due or ready.
    Due,
    /// Checkpoints.
    Checkpoint,
    /// The rest.
    Other,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Append,
        Self::Known,
        Self::Load,
        Self::Keys,
        Self::Lookup,
        Self::Locate,
        Self::Parked,
        Self::Suppressed,
        Self::Read,
        Self::Due,
        Self::Checkpoint,
        Self::Other,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Known => "known inputs",
            Self::Load => "load states",
            Self::Keys => "data keys",
            Self::Lookup => "lookups here",
            Self::Locate => "lookups anywhere",
            Self::Parked => "what waits",
            Self::Suppressed => "suppressed",
            Self::Read => "read for words",
            Self::Due => "due and ready",
            Self::Checkpoint => "checkpoint",
            Self::Other => "other",
        }
    }
}

/// Time and calls of one stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spent {
    /// How long owners waited, all of them together.
    pub time: Duration,
    /// How often they asked.
    pub calls: u64,
}

#[derive(Default)]
struct Counter {
    nanos: AtomicU64,
    calls: AtomicU64,
}

/// The log.
pub struct TimedLog {
    inner: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    counters: [Counter; Stage::ALL.len()],
}

impl TimedLog {
    /// Counts what this one is asked.
    pub fn new(inner: Arc<dyn EventLog>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, counters: Default::default() }
    }

    /// What was spent so far, in the order of [`Stage::ALL`].
    pub fn spent(&self) -> Vec<(Stage, Spent)> {
        let read = |counter: &Counter| Spent {
            time: Duration::from_nanos(counter.nanos.load(Ordering::Relaxed)),
            calls: counter.calls.load(Ordering::Relaxed),
        };
        Stage::ALL.into_iter().zip(self.counters.iter().map(read)).collect()
    }

    async fn count<T>(&self, stage: Stage, asked: impl Future<Output = T> + Send) -> T {
        let began = self.clock.monotonic();
        let answer = asked.await;
        let nanos = self.clock.monotonic().saturating_sub(began).as_nanos();
        let place = Stage::ALL.iter().position(|each| *each == stage).unwrap_or_default();
        if let Some(counter) = self.counters.get(place) {
            counter.nanos.fetch_add(u64::try_from(nanos).unwrap_or(u64::MAX), Ordering::Relaxed);
            counter.calls.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }
}

type Answer<T> = Result<T, StoreError>;

#[async_trait]
impl EventLog for TimedLog {
    fn partitions(&self) -> u16 {
        self.inner.partitions()
    }

    async fn lease(&self, partition: u16) -> Answer<Lease> {
        self.count(Stage::Other, self.inner.lease(partition)).await
    }

    async fn append(&self, append: &Append) -> Answer<Head> {
        self.count(Stage::Append, self.inner.append(append)).await
    }

    async fn head(&self, partition: u16) -> Answer<Head> {
        self.count(Stage::Other, self.inner.head(partition)).await
    }

    async fn known_inputs(&self, partition: u16, keys: &[InputId]) -> Answer<Vec<InputKey>> {
        self.count(Stage::Known, self.inner.known_inputs(partition, keys)).await
    }

    async fn load(&self, partition: u16, streams: &[StreamId]) -> Answer<Vec<Loaded>> {
        self.count(Stage::Load, self.inner.load(partition, streams)).await
    }

    async fn read(&self, partition: u16, after: Position, limit: u32) -> Answer<Vec<Recorded>> {
        self.count(Stage::Other, self.inner.read(partition, after, limit)).await
    }

    async fn read_stream(&self, partition: u16, stream: StreamId) -> Answer<Vec<Recorded>> {
        self.count(Stage::Read, self.inner.read_stream(partition, stream)).await
    }

    async fn read_at(&self, partition: u16, positions: &[Position]) -> Answer<Vec<Recorded>> {
        self.count(Stage::Read, self.inner.read_at(partition, positions)).await
    }

    async fn write_checkpoint(
        &self,
        partition: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Answer<()> {
        let written = self.inner.write_checkpoint(partition, epoch, up_to, snapshots);
        self.count(Stage::Checkpoint, written).await
    }

    async fn due_after(
        &self,
        partition: u16,
        after: (Timestamp, StreamId),
        limit: u32,
    ) -> Answer<Vec<(Timestamp, StreamId)>> {
        self.count(Stage::Due, self.inner.due_after(partition, after, limit)).await
    }

    async fn ready(&self, partition: u16, limit: u32) -> Answer<Vec<(TenantId, Channel, i32, StreamId)>> {
        self.count(Stage::Due, self.inner.ready(partition, limit)).await
    }

    async fn streams(&self, partition: u16, after: StreamId, limit: u32) -> Answer<Vec<StreamId>> {
        self.count(Stage::Other, self.inner.streams(partition, after, limit)).await
    }

    async fn lookup(&self, partition: u16, kind: LookupKind, digest: [u8; 16]) -> Answer<Vec<Lookup>> {
        self.count(Stage::Lookup, self.inner.lookup(partition, kind, digest)).await
    }

    async fn locate(&self, kind: LookupKind, digests: &[[u8; 16]]) -> Answer<Vec<(u16, Lookup)>> {
        self.count(Stage::Locate, self.inner.locate(kind, digests)).await
    }

    async fn parked_anywhere(&self, waited_for: &[[u8; 16]], limit: u32) -> Answer<Vec<(u16, ParkedRow)>> {
        self.count(Stage::Parked, self.inner.parked_anywhere(waited_for, limit)).await
    }

    async fn suppressed_anywhere(&self, points: &[[u8; 16]]) -> Answer<Vec<Suppression>> {
        self.count(Stage::Suppressed, self.inner.suppressed_anywhere(points)).await
    }

    async fn data_keys(&self, partition: u16, streams: &[StreamId]) -> Answer<Vec<WrappedKey>> {
        self.count(Stage::Keys, self.inner.data_keys(partition, streams)).await
    }

    async fn parked(&self, partition: u16, claim: Option<[u8; 16]>, limit: u32) -> Answer<Vec<ParkedRow>> {
        self.count(Stage::Parked, self.inner.parked(partition, claim, limit)).await
    }

    async fn parked_input(&self, partition: u16, key: InputId) -> Answer<Option<ParkedRow>> {
        self.count(Stage::Parked, self.inner.parked_input(partition, key)).await
    }

    async fn suppressed(
        &self,
        partition: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Answer<Vec<Suppression>> {
        self.count(Stage::Suppressed, self.inner.suppressed(partition, point, limit)).await
    }

    async fn probe(&self, partition: u16, epoch: u64) -> Answer<()> {
        self.count(Stage::Other, self.inner.probe(partition, epoch)).await
    }

    async fn put_rulebook(&self, hash: RulebookHash, sources: &[u8]) -> Answer<()> {
        self.count(Stage::Other, self.inner.put_rulebook(hash, sources)).await
    }

    async fn rulebook(&self, hash: RulebookHash) -> Answer<Option<Vec<u8>>> {
        self.count(Stage::Other, self.inner.rulebook(hash)).await
    }
}
