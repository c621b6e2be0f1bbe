//! Why an owner stops.

use domain::ids::Position;
use event_log::store::StoreError;

/// Why the scheduler stopped, or could not start. The log is whole in every case.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// The store failed.
    #[error("the scheduler of partition {partition} stopped: {failure}")]
    Store {
        /// The partition.
        partition: u16,
        /// What the store says. Said once, in this error's own text, and so not its source besides.
        failure: Box<StoreError>,
    },
    /// Events that this owner did not write follow its own, under its own epoch.
    #[error(
        "partition {partition} holds events behind position {} that its owner did not write; stop every process \
         that uses this log and run `mahnwerk verify`", after.0
    )]
    ForeignEvents {
        /// The partition.
        partition: u16,
        /// The last position that the owner knows.
        after: Position,
    },
    /// The log ends before what its last owner published, or went another way since: the database was set back.
    #[error(
        "partition {partition} ends at position {}, and its owner had published position {}: the database was set back \
         (a restore, an asynchronous failover); the partition is frozen until `mahnwerk recover` was run",
        ends_at.0, published.0
    )]
    SetBack {
        /// The partition.
        partition: u16,
        /// Where it ends.
        ends_at: Position,
        /// Where it had ended.
        published: Position,
    },
    /// The end that was kept is that of another history.
    #[error(
        "the broker keeps the end of partition {partition} of another log, or of one before it was recovered; give each \
         log a broker account of its own, and run `mahnwerk recover` where the database was set back"
    )]
    OtherHistory {
        /// The partition.
        partition: u16,
    },
    /// Where the log had ended can't be asked, so that a log that was set back would not be noticed.
    #[error("where partition {partition} had ended is not known yet: {detail}")]
    HeadUnknown {
        /// The partition.
        partition: u16,
        /// What the carrier says.
        detail: String,
    },
    /// A row of the log can't be read.
    #[error("position {} of partition {partition} can't be read: {detail}; run `mahnwerk verify`", position.0)]
    Unreadable {
        /// The partition.
        partition: u16,
        /// Where.
        position: Position,
        /// What is wrong with it.
        detail: String,
    },
    /// The keyring could not seal or open something that must be sealed or opened.
    #[error("partition {partition} could not {doing}: {detail}")]
    Keys {
        /// The partition.
        partition: u16,
        /// What was being done.
        doing: &'static str,
        /// What the keyring says.
        detail: String,
    },
    /// The bus hung up.
    #[error("the bus gave the inputs of partition {partition} to another listener; this owner stops")]
    LanesClosed {
        /// The partition.
        partition: u16,
    },
    /// The owner's task ended without a word: it was killed or it panicked.
    #[error("the owner of partition {partition} ended unexpectedly; start it again, the log is whole")]
    Ended {
        /// The partition.
        partition: u16,
    },
}

impl SchedulerError {
    /// Whether somebody else owns the partition by now, which is no fault.
    pub const fn is_lost_ownership(&self) -> bool {
        match self {
            Self::Store { failure, .. } => {
                matches!(**failure, StoreError::StaleEpoch { .. } | StoreError::Held { .. })
            }
            Self::LanesClosed { .. } => true,
            Self::Ended { .. }
            | Self::ForeignEvents { .. }
            | Self::SetBack { .. }
            | Self::OtherHistory { .. }
            | Self::HeadUnknown { .. }
            | Self::Unreadable { .. }
            | Self::Keys { .. } => false,
        }
    }

    /// Whether starting the scheduler again may help without anybody doing anything first.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Store { failure, .. } => failure.is_transient(),
            Self::Ended { .. } | Self::HeadUnknown { .. } => true,
            Self::ForeignEvents { .. }
            | Self::SetBack { .. }
            | Self::OtherHistory { .. }
            | Self::Unreadable { .. }
            | Self::Keys { .. }
            | Self::LanesClosed { .. } => false,
        }
    }
}
