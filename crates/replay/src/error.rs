//! How reading the past can fail.

use contract::DecodeError;
use domain::ids::{Position, RulebookHash, StreamId};
use event_log::store::StoreError;

/// Why the past could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event can't be read by this release.
    #[error("the event at position {} of partition {partition} can't be read: {error}", position.0)]
    Unreadable {
        /// In which partition.
        partition: u16,
        /// At which position.
        position: Position,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// No partition has an event of this debtor.
    #[error("the log has no event of debtor {stream}; check the reference, the tenant and the key file")]
    UnknownDebtor {
        /// Which debtor.
        stream: StreamId,
    },
    /// There is no event of that name.
    #[error("there is no event {name:?}; {hint}")]
    UnknownEventName {
        /// The name that was asked for.
        name: String,
        /// What would be right.
        hint: String,
    },
    /// A rulebook of the log does not compile any more.
    #[error("rulebook {hash} of the log can't be compiled by this release: {detail}")]
    BrokenRulebook {
        /// Which rulebook.
        hash: RulebookHash,
        /// What the compiler says.
        detail: String,
    },
}

impl ReplayError {
    /// Whether trying the same again may help.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Unreadable { .. }
            | Self::UnknownDebtor { .. }
            | Self::UnknownEventName { .. }
            | Self::BrokenRulebook { .. } => false,
        }
    }
}
