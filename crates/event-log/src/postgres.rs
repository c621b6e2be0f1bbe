//! The log in PostgreSQL, for many processes: one owner for each partition, readers beside it.
//!
//! An append is one statement and one round trip, fenced by the head row: epoch, position and chain hash have to be the
//! expected ones, and the owner's clock has to agree with the database's (time, 1; takeover, 1).
//! A lease spares the others the trying; a stale owner is kept from writing by its epoch alone.
//! **Invariant:** an append that was dropped or cut off half-way is in the log whole or not at all, and nobody looks at the
//! head before that is decided.
//! **Invariant:** the role that this runs as can add to the log, and neither change nor delete an event.
//! Not here: making the server durable ([`PgLog::durability`] tells whether it is), and pools between here and the server: sessions are told settings that have to stay.

mod append;
mod checkpoint;
mod create;
mod durability;
mod error;
mod events;
mod head;
mod lease;
mod load;
mod lookups;
mod membership;
mod names;
mod open;
mod parked;
mod pool;
mod recover;
mod rights;
mod rulebooks;
mod scans;
mod schema;
mod tail;
mod transaction;

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use async_trait::async_trait;
use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;
use runtime::clock::Clock;

pub use self::durability::Durability;
pub use self::open::Options;
use self::pool::Pool;
pub use self::rights::Rights;
pub use self::schema::APPLICATION_ROLE;
use crate::check;
use crate::membership::Instance;
use crate::names::Names;
use crate::record::{
    Append, Head, InputKey, Lease, Loaded, Lookup, LookupKind, Origin, ParkedRow, Recorded, Snapshot,
    Suppression, WrappedKey,
};
use crate::store::{EventLog, StoreError};
use crate::tail::Tails;

/// A log in one PostgreSQL database.
pub struct PgLog {
    pool: Pool,
    origin: Origin,
    decider: u32,
    instance: Instance,
    lease: Duration,
    clock: Arc<dyn Clock>,
    names: Names,
    tails: Tails,
}

impl PgLog {
    /// What the log was made with.
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Where the log is, without role and password.
    pub fn place(&self) -> &str {
        self.pool.place()
    }

    fn check(&self, partition: u16) -> Result<(), StoreError> {
        check::partition(partition, self.origin.partitions)
    }
}

impl fmt::Debug for PgLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgLog").field("place", &self.place()).finish_non_exhaustive()
    }
}

#[async_trait]
impl EventLog for PgLog {
    fn partitions(&self) -> u16 {
        self.origin.partitions
    }

    async fn lease(&self, partition: u16) -> Result<Lease, StoreError> {
        self.check(partition)?;
        self.take_lease(partition).await
    }

    async fn append(&self, append: &Append) -> Result<Head, StoreError> {
        check::append(append, self.origin.partitions)?;
        self.write_append(append).await
    }

    async fn head(&self, partition: u16) -> Result<Head, StoreError> {
        self.check(partition)?;
        self.settled_head(partition).await
    }

    async fn known_inputs(&self, partition: u16, keys: &[InputId]) -> Result<Vec<InputKey>, StoreError> {
        self.check(partition)?;
        self.find_inputs(partition, keys).await
    }

    async fn load(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<Loaded>, StoreError> {
        self.check(partition)?;
        self.load_streams(partition, streams).await
    }

    async fn read(&self, partition: u16, after: Position, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        self.check(partition)?;
        self.events_after(partition, after, limit).await
    }

    async fn read_stream(&self, partition: u16, stream: StreamId) -> Result<Vec<Recorded>, StoreError> {
        self.check(partition)?;
        self.whole_stream(partition, stream).await
    }

    async fn read_at(&self, partition: u16, positions: &[Position]) -> Result<Vec<Recorded>, StoreError> {
        self.check(partition)?;
        self.events_at(partition, positions).await
    }

    async fn write_checkpoint(
        &self,
        partition: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Result<(), StoreError> {
        self.check(partition)?;
        self.store_checkpoint(partition, epoch, up_to, snapshots).await
    }

    async fn due_after(
        &self,
        partition: u16,
        after: (Timestamp, StreamId),
        limit: u32,
    ) -> Result<Vec<(Timestamp, StreamId)>, StoreError> {
        self.check(partition)?;
        self.scan_due(partition, after, limit).await
    }

    async fn ready(
        &self,
        partition: u16,
        limit: u32,
    ) -> Result<Vec<(TenantId, Channel, i32, StreamId)>, StoreError> {
        self.check(partition)?;
        self.scan_ready(partition, limit).await
    }

    async fn streams(
        &self,
        partition: u16,
        after: StreamId,
        limit: u32,
    ) -> Result<Vec<StreamId>, StoreError> {
        self.check(partition)?;
        self.scan_streams(partition, after, limit).await
    }

    async fn lookup(
        &self,
        partition: u16,
        kind: LookupKind,
        digest: [u8; 16],
    ) -> Result<Vec<Lookup>, StoreError> {
        self.check(partition)?;
        self.find_lookups(partition, kind, digest).await
    }

    async fn locate(&self, kind: LookupKind, digests: &[[u8; 16]]) -> Result<Vec<(u16, Lookup)>, StoreError> {
        self.find_anywhere(kind, digests).await
    }

    async fn suppressed_anywhere(&self, points: &[[u8; 16]]) -> Result<Vec<Suppression>, StoreError> {
        self.find_suppressed_anywhere(points).await
    }

    async fn parked_anywhere(
        &self,
        waited_for: &[[u8; 16]],
        limit: u32,
    ) -> Result<Vec<(u16, ParkedRow)>, StoreError> {
        self.find_parked_anywhere(waited_for, limit).await
    }

    async fn data_keys(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<WrappedKey>, StoreError> {
        self.check(partition)?;
        self.find_data_keys(partition, streams).await
    }

    async fn parked(
        &self,
        partition: u16,
        claim: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        self.check(partition)?;
        self.find_parked(partition, claim, limit).await
    }

    async fn parked_input(&self, partition: u16, key: InputId) -> Result<Option<ParkedRow>, StoreError> {
        self.check(partition)?;
        self.find_parked_input(partition, key).await
    }

    async fn suppressed(
        &self,
        partition: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<Suppression>, StoreError> {
        self.check(partition)?;
        self.find_suppressed(partition, point, limit).await
    }

    async fn probe(&self, partition: u16, epoch: u64) -> Result<(), StoreError> {
        self.check(partition)?;
        self.probe_head(partition, epoch).await
    }

    async fn put_rulebook(&self, hash: RulebookHash, sources: &[u8]) -> Result<(), StoreError> {
        check::sources(sources)?;
        self.keep_rulebook(hash, sources).await
    }

    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.find_rulebook(hash).await
    }
}
