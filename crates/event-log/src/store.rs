//! The trait that every store implements, and how it can fail.

use core::time::Duration;

use async_trait::async_trait;
use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;

use crate::record::{
    Append, Head, InputKey, Lease, Loaded, Lookup, LookupKind, ParkedRow, Recorded, Snapshot, Suppression,
    WrappedKey,
};

/// Most events that one append may carry.
pub const MAX_APPEND: usize = 20_000;
/// Most rows of each other kind (keys, lookups, parked facts) that one append may carry.
pub const MAX_ROWS: usize = 100_000;
/// Most bytes of one payload, one sealed part or one parked message.
pub const MAX_PART: usize = 1 << 20;
/// Most bytes of one snapshot's state.
pub const MAX_STATE: usize = 8 << 20;
/// Most bytes of one rulebook's sources.
pub const MAX_SOURCES: usize = 64 << 20;

/// By how much an owner's clock may be off.
pub const MAX_CLOCK_OFF: Duration = Duration::from_secs(2);

/// Why a store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The head is not where the caller thought: somebody else appended, or the caller's own commit came through late
    /// (takeover, 2: compare head and chain hash).
    #[error("the log's head is at {}, not at {}", found.position.0, expected.position.0)]
    HeadMoved {
        /// Where the caller thought it was.
        expected: Head,
        /// Where it is.
        found: Head,
    },
    /// Somebody else owns the partition by now; nothing was written.
    #[error("partition {partition} has a newer owner (epoch {found}, ours is {ours}); this one must stop")]
    StaleEpoch {
        /// The partition.
        partition: u16,
        /// The caller's epoch.
        ours: u64,
        /// The epoch in force.
        found: u64,
    },
    /// Somebody else owns the partition, and the lease has not lapsed.
    #[error("partition {partition} is owned by another scheduler for {}.{:03} s more", lapses_in.as_secs(), lapses_in.subsec_millis())]
    Held {
        /// The partition.
        partition: u16,
        /// How long the lease still counts.
        lapses_in: Duration,
    },
    /// The caller's clock and the database's are too far apart: nothing was written (time, 1).
    #[error("the clock is {} ms {} the database's; it is set anew, and nothing was written meanwhile", ahead_ms.unsigned_abs(), if *ahead_ms < 0 { "behind" } else { "ahead of" })]
    ClockOff {
        /// By how much it is ahead; negative if it is behind.
        ahead_ms: i64,
    },
    /// Another process has the log open.
    #[error("{place} is in use by another process; stop it, or talk to it over its listener")]
    InUse {
        /// Which log.
        place: String,
    },
    /// The disk has no room: nothing was written.
    #[error("no room left for {place}: free some space and start again; nothing is lost")]
    Full {
        /// Which log.
        place: String,
    },
    /// The commit's result is unknown: answer nothing, drop caches, compare the head (takeover, 2).
    #[error("the result of the commit is unknown")]
    UnknownResult,
    /// There is something at the place where a log was to be made; it is left alone.
    #[error("{place} exists already and is left alone; open it, or choose another place")]
    Exists {
        /// Which place.
        place: String,
    },
    /// What was asked would break the log's own rules; nothing was written. Trying the same again never helps.
    #[error("the log refuses what it was asked: {detail}")]
    Invalid {
        /// What is wrong, where, and what would be right.
        detail: String,
    },
    /// The log was made by a newer release, or is no log at all.
    #[error("{place} can't be read: {detail}")]
    Unreadable {
        /// Which log.
        place: String,
        /// What is wrong and what to do.
        detail: String,
    },
    /// The append breaks a limit.
    #[error("an append of {size} {what} is larger than the limit of {limit}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// How many.
        size: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The database failed in another way.
    #[error("the database failed while it {doing}: {detail}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        detail: String,
        /// Whether trying again may help.
        transient: bool,
    },
}

impl StoreError {
    /// Whether trying the same again may help.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Database { transient, .. } => *transient,
            Self::UnknownResult | Self::ClockOff { .. } | Self::Held { .. } => true,
            Self::HeadMoved { .. }
            | Self::StaleEpoch { .. }
            | Self::InUse { .. }
            | Self::Exists { .. }
            | Self::Invalid { .. }
            | Self::Full { .. }
            | Self::Unreadable { .. }
            | Self::TooLarge { .. } => false,
        }
    }
}

/// A store.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// How many partitions the log has, fixed when it was made.
    fn partitions(&self) -> u16;

    /// Takes a partition over: raises its epoch and says where its log ends.
    ///
    /// Where processes share the log, a lease that has not lapsed is refused as [`StoreError::Held`].
    /// A log whose newest decisions were made by a later decider revision than this owner's is refused (takeover, 4).
    async fn lease(&self, partition: u16) -> Result<Lease, StoreError>;

    /// Appends under the head's compare-and-set and the epoch, all of it or nothing; answers with the new head.
    ///
    /// Of the expected head, position and chain hash are compared.
    /// An input key or a data key that the log has already refuses the whole append: the first would count a fact twice,
    /// the second would leave parts sealed under a key that nobody has. Ask [`Self::known_inputs`] and
    /// [`Self::data_keys`] before. Lookups and parked facts that exist are left alone. `unpark` is done before `park`.
    ///
    /// A store with a clock of its own refuses an append whose owner's clock is off by more than [`MAX_CLOCK_OFF`], or
    /// whose events lie further ahead than that and than the head (time, 1).
    async fn append(&self, append: &Append) -> Result<Head, StoreError>;

    /// Where the log ends now.
    async fn head(&self, partition: u16) -> Result<Head, StoreError>;

    /// Those of the keys that are known, each once and in order of the keys, with the content that they came with.
    async fn known_inputs(&self, partition: u16, keys: &[InputId]) -> Result<Vec<InputKey>, StoreError>;

    /// Debtors with their snapshots and the events behind them, in the order asked for; unknown ones are empty.
    async fn load(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<Loaded>, StoreError>;

    /// Events after a position, oldest first, at most `limit`.
    async fn read(&self, partition: u16, after: Position, limit: u32) -> Result<Vec<Recorded>, StoreError>;

    /// All events of one debtor, oldest first, by walking the links back from its newest one.
    async fn read_stream(&self, partition: u16, stream: StreamId) -> Result<Vec<Recorded>, StoreError>;

    /// Events at these positions, in the order asked for; a position without one is left out.
    async fn read_at(&self, partition: u16, positions: &[Position]) -> Result<Vec<Recorded>, StoreError>;

    /// Writes snapshots and moves the checkpoint's position, under the epoch; never ahead of the log.
    ///
    /// Every debtor with an event up to `up_to` needs a snapshot that has folded it, in this call or an earlier one,
    /// else the call is refused: behind the checkpoint a debtor is found by its snapshot alone, and one without would be
    /// forgotten. The partition's own stream needs none.
    /// A snapshot older than the one that stands is left out; a position older than the checkpoint's leaves it alone.
    async fn write_checkpoint(
        &self,
        partition: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Result<(), StoreError>;

    /// Debtors due after `after` (instant, stream) in that order, ready ones left out, at most `limit`.
    async fn due_after(
        &self,
        partition: u16,
        after: (Timestamp, StreamId),
        limit: u32,
    ) -> Result<Vec<(Timestamp, StreamId)>, StoreError>;

    /// Debtors that wait for capacity: the highest priority first, ties in order of id.
    async fn ready(
        &self,
        partition: u16,
        limit: u32,
    ) -> Result<Vec<(TenantId, Channel, i32, StreamId)>, StoreError>;

    /// Streams that have snapshots, in order of id, after a given one: for verification and portfolio scans.
    async fn streams(&self, partition: u16, after: StreamId, limit: u32)
    -> Result<Vec<StreamId>, StoreError>;

    /// Where a keyed digest leads, in order of debtor and number.
    async fn lookup(
        &self,
        partition: u16,
        kind: LookupKind,
        digest: [u8; 16],
    ) -> Result<Vec<Lookup>, StoreError>;

    /// Where keyed digests lead in any partition, in order of digest, partition, debtor and number.
    ///
    /// A fact that names a claim alone, or came from a contact point, may concern a debtor of another partition.
    async fn locate(&self, kind: LookupKind, digests: &[[u8; 16]]) -> Result<Vec<(u16, Lookup)>, StoreError> {
        let mut found = Vec::new();
        for digest in digests {
            for partition in 0..self.partitions() {
                let here = self.lookup(partition, kind, *digest).await?;
                found.extend(here.into_iter().map(|lookup| (partition, lookup)));
            }
        }
        Ok(found)
    }

    /// What waits for any of these claims, contact points or messages in any partition, at most `limit` for each.
    async fn parked_anywhere(
        &self,
        waited_for: &[[u8; 16]],
        limit: u32,
    ) -> Result<Vec<(u16, ParkedRow)>, StoreError> {
        let mut found = Vec::new();
        for id in waited_for {
            for partition in 0..self.partitions() {
                let here = self.parked(partition, Some(*id), limit).await?;
                found.extend(here.into_iter().map(|row| (partition, row)));
            }
        }
        Ok(found)
    }

    /// The suppressions of these contact points in any partition, in order of the points; of each the latest.
    async fn suppressed_anywhere(&self, points: &[[u8; 16]]) -> Result<Vec<Suppression>, StoreError> {
        let mut found = Vec::new();
        for point in points {
            let mut latest = None;
            for partition in 0..self.partitions() {
                latest = latest.max(self.suppressed(partition, Some(*point), 1).await?.first().copied());
            }
            found.extend(latest);
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The data keys of these debtors, those that exist, each once and in order of the debtors.
    async fn data_keys(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<WrappedKey>, StoreError>;

    /// Facts that wait for this claim, or all, oldest first.
    async fn parked(
        &self,
        partition: u16,
        claim: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<ParkedRow>, StoreError>;

    /// What waits under this key, if it still does.
    async fn parked_input(&self, partition: u16, key: InputId) -> Result<Option<ParkedRow>, StoreError>;

    /// The suppression of this contact point, or all in order of their points, at most `limit`.
    async fn suppressed(
        &self,
        partition: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<Suppression>, StoreError>;

    /// Whether the log can be written to now by the owner of this epoch: writes nothing that anybody would see.
    async fn probe(&self, partition: u16, epoch: u64) -> Result<(), StoreError>;

    /// Keeps a rulebook's sources under its hash; the same hash again changes nothing.
    async fn put_rulebook(&self, hash: RulebookHash, sources: &[u8]) -> Result<(), StoreError>;

    /// A rulebook's sources.
    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, StoreError>;
}
