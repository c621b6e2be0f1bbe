//! The log in one SQLite file, for one process.
//!
//! An OS lock on a file beside it (`<log>.lock`) stands for the lease: a second owner is refused, readers are not.
//! Every write goes through one connection, one after the other; an append is one transaction that begins with the
//! head's compare-and-set, and is on the disk when it is answered (`synchronous=FULL`).
//! **Invariant:** an append that was dropped half-way is in the log whole or not at all, and every call finds out which:
//! nothing in memory is trusted beyond what the head row says.
//! Not here: moving a log to PostgreSQL, and recovering one that was restored from an earlier state.

mod append;
mod batch;
mod checkpoint;
mod connections;
mod error;
mod events;
mod head;
mod load;
mod lookups;
mod names;
mod open;
mod parked;
mod rulebooks;
mod scans;
mod schema;
mod suppressed;
mod tail;

use std::fs::File;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;
use sqlx::sqlite::SqliteConnection;

use self::connections::{Readers, Writer};
use self::error::{commit_failed, failed};
pub use self::open::Options;
use crate::check;
use crate::names::Names;
use crate::record::{
    Append, Head, InputKey, Lease, Loaded, Lookup, LookupKind, Origin, ParkedRow, Recorded, Snapshot,
    Suppression, WrappedKey,
};
use crate::store::{EventLog, StoreError};
use crate::tail::Tails;

/// A log in one SQLite file.
#[derive(Debug)]
pub struct SqliteLog {
    place: PathBuf,
    origin: Origin,
    decider: u32,
    writer: Option<tokio::sync::Mutex<Writer>>,
    readers: Readers,
    names: Names,
    tails: Tails,
    /// Held while the log is open for writing. Last, so that it goes when the connections are gone.
    _lock: Option<File>,
}

impl SqliteLog {
    /// What the log was made with.
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.place
    }

    fn check(&self, partition: u16) -> Result<(), StoreError> {
        check::partition(partition, self.origin.partitions)
    }

    async fn reader(&self) -> Result<tokio::sync::MutexGuard<'_, SqliteConnection>, StoreError> {
        self.readers.take().await.map_err(failed(&self.place, "waited for its turn to read"))
    }

    /// Ends a transaction: commits what was done, undoes what failed.
    async fn finish<T: Send>(
        &self,
        writer: &mut Writer,
        done: Result<T, StoreError>,
        doing: &'static str,
    ) -> Result<T, StoreError> {
        match done {
            Ok(value) => match writer.commit().await {
                Ok(()) => Ok(value),
                Err(error) => Err(commit_failed(&self.place, doing, &error)),
            },
            Err(error) => {
                writer.roll_back().await;
                Err(error)
            }
        }
    }

    fn writer(&self) -> Result<&tokio::sync::Mutex<Writer>, StoreError> {
        let read_only = || check::invalid(format!("{} is open for reading only", self.place.display()));
        self.writer.as_ref().ok_or_else(read_only)
    }
}

#[async_trait]
impl EventLog for SqliteLog {
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
