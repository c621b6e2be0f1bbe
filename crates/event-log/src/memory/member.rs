//! One of several processes that share a log in memory, for tests and the simulator: leases by a clock that is handed in.
//!
//! What holds for every store that is shared holds here: a lease that has not lapsed keeps others out, and the epoch keeps a
//! stale owner from writing.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::label::TenantId;
use domain::time::{Span, Timestamp};
use runtime::clock::Clock;

use crate::membership::{Holder, Instance, Membership, Roster};
use crate::memory::MemoryLog;
use crate::record::{
    Append, Head, InputKey, Lease, Loaded, Lookup, LookupKind, ParkedRow, Recorded, Snapshot, Suppression,
    WrappedKey,
};
use crate::store::{EventLog, StoreError};

/// Who lives and who holds what: shared by all members of one log.
#[derive(Default, Debug)]
pub struct Register(Mutex<Entries>);

#[derive(Default, Debug)]
struct Entries {
    seen_until: BTreeMap<Instance, (Timestamp, RulebookHash)>,
    holders: BTreeMap<u16, (Option<Instance>, u64, Timestamp)>,
}

/// The log as one member sees it.
pub struct Member {
    log: Arc<MemoryLog>,
    register: Arc<Register>,
    instance: Instance,
    lease: Span,
    clock: Arc<dyn Clock>,
}

impl Member {
    /// A member whose leases last that long on this clock, which stands for the database's.
    pub fn new(
        log: Arc<MemoryLog>,
        register: Arc<Register>,
        instance: Instance,
        lease: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let lease = Span(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        Self { log, register, instance, lease, clock }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.register.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn until(&self) -> Timestamp {
        self.clock.now().plus(self.lease)
    }
}

fn left(until: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(until.since(now).0).unwrap_or_default())
}

#[async_trait]
impl Membership for Member {
    fn instance(&self) -> Instance {
        self.instance
    }

    async fn beat(&self, rulebook: RulebookHash) -> Result<Roster, StoreError> {
        let (now, until) = (self.clock.now(), self.until());
        let mut entries = self.entries();
        entries.seen_until.insert(self.instance, (until, rulebook));
        entries.seen_until.retain(|_, (seen_until, _)| *seen_until > now);
        let ours = entries.holders.values_mut().filter(|(instance, ..)| *instance == Some(self.instance));
        ours.for_each(|(_, _, lapses)| *lapses = until);
        let holder = |partition| match entries.holders.get(&partition) {
            None => Holder { partition, epoch: 0, instance: None, lapses_in: Duration::ZERO },
            Some((instance, epoch, until)) => {
                Holder { partition, epoch: *epoch, instance: *instance, lapses_in: left(*until, now) }
            }
        };
        let holders = (0..self.log.partitions()).map(holder).collect();
        let rulebooks =
            entries.seen_until.iter().map(|(member, (_, rulebook))| (*member, *rulebook)).collect();
        Ok(Roster { now, members: entries.seen_until.keys().copied().collect(), rulebooks, holders })
    }

    async fn release(&self, partition: u16, epoch: u64) -> Result<(), StoreError> {
        if let Some(held) = self.entries().holders.get_mut(&partition)
            && (held.0, held.1) == (Some(self.instance), epoch)
        {
            held.0 = None;
        }
        Ok(())
    }

    async fn leave(&self) -> Result<(), StoreError> {
        self.entries().seen_until.remove(&self.instance);
        Ok(())
    }
}

#[async_trait]
impl EventLog for Member {
    async fn lease(&self, partition: u16) -> Result<Lease, StoreError> {
        let (now, until) = (self.clock.now(), self.until());
        let held = self.entries().holders.get(&partition).copied();
        if let Some((instance, _, lapses)) = held
            && instance.is_some_and(|instance| instance != self.instance)
            && lapses > now
        {
            return Err(StoreError::Held { partition, lapses_in: left(lapses, now) });
        }
        let lease = self.log.lease(partition).await?;
        self.entries().holders.insert(partition, (Some(self.instance), lease.epoch, until));
        Ok(lease)
    }

    fn partitions(&self) -> u16 {
        self.log.partitions()
    }

    async fn append(&self, append: &Append) -> Result<Head, StoreError> {
        self.log.append(append).await
    }

    async fn head(&self, partition: u16) -> Result<Head, StoreError> {
        self.log.head(partition).await
    }

    async fn known_inputs(&self, partition: u16, keys: &[InputId]) -> Result<Vec<InputKey>, StoreError> {
        self.log.known_inputs(partition, keys).await
    }

    async fn load(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<Loaded>, StoreError> {
        self.log.load(partition, streams).await
    }

    async fn read(&self, partition: u16, after: Position, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        self.log.read(partition, after, limit).await
    }

    async fn read_stream(&self, partition: u16, stream: StreamId) -> Result<Vec<Recorded>, StoreError> {
        self.log.read_stream(partition, stream).await
    }

    async fn read_at(&self, partition: u16, positions: &[Position]) -> Result<Vec<Recorded>, StoreError> {
        self.log.read_at(partition, positions).await
    }

    async fn write_checkpoint(
        &self,
        partition: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Result<(), StoreError> {
        self.log.write_checkpoint(partition, epoch, up_to, snapshots).await
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

    async fn parked_input(&self, partition: u16, key: InputId) -> Result<Option<ParkedRow>, StoreError> {
        self.log.parked_input(partition, key).await
    }

    async fn suppressed(
        &self,
        partition: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<Suppression>, StoreError> {
        self.log.suppressed(partition, point, limit).await
    }

    async fn probe(&self, partition: u16, epoch: u64) -> Result<(), StoreError> {
        self.log.probe(partition, epoch).await
    }

    async fn put_rulebook(&self, hash: RulebookHash, sources: &[u8]) -> Result<(), StoreError> {
        self.log.put_rulebook(hash, sources).await
    }

    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.log.rulebook(hash).await
    }
}
