//! A complete log in memory, for tests and the simulator.
//!
//! It keeps every promise of the trait but durability: a restart is another lease on the same value.
//! **Invariant:** every call is done when it is first polled; no clock, no task, no hash order is involved, so two
//! runs of the same calls are equal.

pub mod member;
mod partition;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;

use self::partition::Partition;
use crate::check;
use crate::record::{
    Append, Head, InputKey, Lease, Loaded, Lookup, LookupKind, Origin, ParkedRow, Recorded, Snapshot,
    Suppression, WrappedKey,
};
use crate::store::{EventLog, StoreError};

/// A log in memory.
#[derive(Debug)]
pub struct MemoryLog {
    origin: Origin,
    decider: u32,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    partitions: Vec<Partition>,
    rulebooks: BTreeMap<RulebookHash, Vec<u8>>,
}

impl MemoryLog {
    /// An empty log, whose owner decides with this revision.
    pub fn new(origin: Origin, decider: u32) -> Self {
        let partitions =
            (0..origin.partitions).map(|number| Partition::new(number, origin.history)).collect();
        Self { origin, decider, inner: Mutex::new(Inner { partitions, rulebooks: BTreeMap::new() }) }
    }

    /// What it was made with.
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing below panics half-way through a change, so a poisoned lock holds whole values.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(
        &self,
        partition: u16,
        work: impl FnOnce(&mut Partition) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        check::partition(partition, self.origin.partitions)?;
        let mut inner = self.lock();
        match inner.partitions.get_mut(usize::from(partition)) {
            Some(found) => work(found),
            None => Err(check::invalid(format!("there is no partition {partition}"))),
        }
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    fn partitions(&self) -> u16 {
        self.origin.partitions
    }

    async fn lease(&self, partition: u16) -> Result<Lease, StoreError> {
        self.with(partition, |p| p.lease(self.decider))
    }

    async fn append(&self, append: &Append) -> Result<Head, StoreError> {
        check::append(append, self.origin.partitions)?;
        self.with(append.partition, |p| p.append(append))
    }

    async fn head(&self, partition: u16) -> Result<Head, StoreError> {
        self.with(partition, |p| Ok(p.head()))
    }

    async fn known_inputs(&self, partition: u16, keys: &[InputId]) -> Result<Vec<InputKey>, StoreError> {
        self.with(partition, |p| Ok(p.known_inputs(keys)))
    }

    async fn load(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<Loaded>, StoreError> {
        self.with(partition, |p| Ok(streams.iter().map(|stream| p.load(*stream)).collect()))
    }

    async fn read(&self, partition: u16, after: Position, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        self.with(partition, |p| Ok(p.read(after, limit)))
    }

    async fn read_stream(&self, partition: u16, stream: StreamId) -> Result<Vec<Recorded>, StoreError> {
        self.with(partition, |p| Ok(p.read_stream(stream, Position(0))))
    }

    async fn read_at(&self, partition: u16, positions: &[Position]) -> Result<Vec<Recorded>, StoreError> {
        self.with(partition, |p| Ok(positions.iter().filter_map(|at| p.at(*at).cloned()).collect()))
    }

    async fn write_checkpoint(
        &self,
        partition: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Result<(), StoreError> {
        self.with(partition, |p| p.write_checkpoint(epoch, up_to, snapshots))
    }

    async fn due_after(
        &self,
        partition: u16,
        after: (Timestamp, StreamId),
        limit: u32,
    ) -> Result<Vec<(Timestamp, StreamId)>, StoreError> {
        self.with(partition, |p| Ok(p.due_after(after, limit)))
    }

    async fn ready(
        &self,
        partition: u16,
        limit: u32,
    ) -> Result<Vec<(TenantId, Channel, i32, StreamId)>, StoreError> {
        self.with(partition, |p| Ok(p.ready(limit)))
    }

    async fn streams(
        &self,
        partition: u16,
        after: StreamId,
        limit: u32,
    ) -> Result<Vec<StreamId>, StoreError> {
        self.with(partition, |p| Ok(p.streams(after, limit)))
    }

    async fn lookup(
        &self,
        partition: u16,
        kind: LookupKind,
        digest: [u8; 16],
    ) -> Result<Vec<Lookup>, StoreError> {
        self.with(partition, |p| Ok(p.lookup(kind, digest)))
    }

    async fn data_keys(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<WrappedKey>, StoreError> {
        self.with(partition, |p| Ok(p.data_keys(streams)))
    }

    async fn parked(
        &self,
        partition: u16,
        claim: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        self.with(partition, |p| Ok(p.parked(claim, limit)))
    }

    async fn parked_input(&self, partition: u16, key: InputId) -> Result<Option<ParkedRow>, StoreError> {
        self.with(partition, |p| Ok(p.parked_input(key)))
    }

    async fn suppressed(
        &self,
        partition: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<Suppression>, StoreError> {
        self.with(partition, |p| Ok(p.suppressed(point, limit)))
    }

    async fn probe(&self, partition: u16, epoch: u64) -> Result<(), StoreError> {
        self.with(partition, |p| p.owned_by(epoch))
    }

    async fn put_rulebook(&self, hash: RulebookHash, sources: &[u8]) -> Result<(), StoreError> {
        check::sources(sources)?;
        self.lock().rulebooks.entry(hash).or_insert_with(|| sources.to_vec());
        Ok(())
    }

    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.lock().rulebooks.get(&hash).cloned())
    }
}
