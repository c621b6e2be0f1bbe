//! Which scheduler owns which partition, where many processes share one log: leases in the log's own database.
//!
//! A lease spares the rest of the processes the trying; what keeps a stale owner from writing is the epoch alone
//! ([`EventLog::append`](crate::store::EventLog::append)).
//! Times are the database's: what a process believes about the time plays no part (time, 1).

use core::time::Duration;
use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::ids::RulebookHash;
use domain::time::Timestamp;

use crate::store::StoreError;

/// One run of a scheduler process, by a random id: a process that starts again is another instance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instance(pub [u8; 16]);

/// Who owns a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holder {
    /// The partition.
    pub partition: u16,
    /// The newest epoch.
    pub epoch: u64,
    /// Whose epoch it is; nobody's before the first lease and after a release.
    pub instance: Option<Instance>,
    /// How long the lease still counts; zero once it has lapsed or was released.
    pub lapses_in: Duration,
}

impl Holder {
    /// Whether somebody owns it now.
    pub const fn is_held(&self) -> bool {
        self.instance.is_some() && !self.lapses_in.is_zero()
    }
}

/// Who takes part, and who owns what, as of one instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Roster {
    /// The database's time.
    pub now: Timestamp,
    /// The schedulers that have said lately that they live, in order, the asker among them.
    pub members: Vec<Instance>,
    /// The rulebook that each of them decides by; a member of an older release does not say.
    pub rulebooks: BTreeMap<Instance, RulebookHash>,
    /// Every partition, in order.
    pub holders: Vec<Holder>,
}

/// What schedulers that share a log tell each other through it.
#[async_trait]
pub trait Membership: Send + Sync {
    /// This process's own instance.
    fn instance(&self) -> Instance;

    /// Says that this instance lives and decides by this rulebook, renews every lease that it holds, and reads how things
    /// stand: one round trip.
    ///
    /// A lease that somebody else has taken over meanwhile is not renewed: its epoch is another one by then.
    async fn beat(&self, rulebook: RulebookHash) -> Result<Roster, StoreError>;

    /// Gives a partition back, once its owner has stopped: the next may take it at once. A stale epoch changes nothing.
    async fn release(&self, partition: u16, epoch: u64) -> Result<(), StoreError>;

    /// Takes this instance off the list: the others share its partitions out without waiting.
    async fn leave(&self) -> Result<(), StoreError>;
}
