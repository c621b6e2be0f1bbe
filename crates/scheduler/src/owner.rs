//! The owner of one partition: takes over, then turns inputs into commits, one batch after the other.
//!
//! **Invariant:** every answer follows a commit under the owner's epoch; escalations are emitted only after it (takeover, 3).
//! **Invariant:** a batch's permits are answered before the next batch's facts are acknowledged (inputs, 1).
//! A crash at any await loses what was not committed and no more: nobody was told of it.

mod activate;
mod checkpoint;
mod collect;
mod command;
mod commit;
mod elsewhere;
mod emit;
mod fold;
mod forward;
mod own_stream;
mod prefetch;
mod process;
mod reopen;
mod settle;
mod sweep;
mod takeover;
mod tell;
mod wait;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bus::{Bus, OwnerLanes};
use domain::ids::{PointId, StreamId};
use domain::time::Timestamp;
use event_log::record::{Head, Lease};
use event_log::store::{EventLog, StoreError};
use runtime::Runtime;
use runtime::activity::Busy;
use tokio::sync::watch;

use crate::cache::Cache;
use crate::credits::Credits;
use crate::desk::Desk;
use crate::due_index::DueIndex;
use crate::equipment::Outside;
use crate::error::SchedulerError;
use crate::flights::Flights;
use crate::health::{Figures, PartitionHealth};
use crate::ready_set::ReadySet;

use self::collect::Arrived;
use self::emit::Emitters;
use self::forward::Forward;
use self::own_stream::OwnStream;
pub use self::reopen::{Reopened, reopen};
use self::sweep::Sweep;
use self::wait::Waiting;

/// What the owner is wired to.
pub(crate) struct Surroundings {
    /// Time, randomness, tasks.
    pub(crate) runtime: Runtime,
    /// The log.
    pub(crate) log: Arc<dyn EventLog>,
    /// The bus.
    pub(crate) bus: Arc<dyn Bus>,
    /// What is beyond the lanes and the log.
    pub(crate) outside: Outside,
}

/// The owner.
pub(crate) struct Owner {
    around: Surroundings,
    desk: Desk,
    lanes: OwnerLanes,
    lease: Lease,
    cache: Cache,
    due: DueIndex,
    ready: ReadySet,
    credits: Credits,
    flights: Flights,
    emitters: Emitters,
    sweep: Option<Sweep>,
    /// What the partition's own stream says.
    own: OwnStream,
    /// Claims, contact points and messages that inputs wait for; once they may be too many to remember, all are asked for.
    waited_for: Option<BTreeSet<[u8; 16]>>,
    /// Claims, contact points and messages that were made known here, and for which inputs may wait in other partitions.
    made_known: BTreeSet<[u8; 16]>,
    /// What waits here and is known in other partitions.
    forward: Forward,
    /// Contact points that somebody opted out of, and since when; once they may be too many to remember, all are asked for.
    suppressed: Option<BTreeMap<PointId, Timestamp>>,
    /// How the owner tells how it is.
    health: Arc<watch::Sender<PartitionHealth>>,
    /// Where its log ends, for whoever publishes that.
    heads: watch::Sender<Head>,
    /// What it has counted.
    figures: Figures,
    /// How often in a row a debtor was due again at once.
    spins: BTreeMap<StreamId, u32>,
    /// How many inputs are still taken one by one.
    cautious_left: usize,
    /// Guards of what was handled since the last wait: dropped once the next timer stands.
    guards: Vec<Busy>,
    /// When the lanes of stops, facts and outcomes were last all seen empty, monotonic.
    inputs_empty_at: Duration,
    /// Until when whoever reports outcomes may still repeat what was on its way at the takeover, monotonic.
    outcomes_until: Duration,
    /// Whether they ever were, and were so when the last batch was collected.
    lanes_were_empty: bool,
    lanes_are_empty: bool,
    /// When the checkpoint was last written, monotonic.
    checkpoint_at: Duration,
}

impl Owner {
    /// Runs until it is told to stop, or can't go on; by then it has answered whatever it had committed.
    pub(crate) async fn run(mut self, stop: watch::Receiver<bool>) -> Result<(), SchedulerError> {
        let ended = self.own(stop).await;
        let Self { lanes, desk, .. } = self;
        lanes.close().await;
        if ended.is_ok() {
            tracing::info!(partition = desk.partition, "the owner has stopped");
        }
        ended
    }

    async fn own(&mut self, stop: watch::Receiver<bool>) -> Result<(), SchedulerError> {
        self.recover().await?;
        self.tell_health();
        let mut waiting = Waiting::new(stop);
        loop {
            self.read_due().await?;
            let Some(arrived) = self.wait(&mut waiting).await? else { break };
            let arrived = self.obeyed(arrived).await?;
            let batch = self.collect(arrived)?;
            self.process(batch).await?;
            self.emit();
            self.sweep_on().await?;
            self.forward_on().await?;
            self.checkpoint_if_due().await?;
            self.tell_health();
            self.cache.shrink_to(self.desk.config.max_states);
        }
        self.checkpoint().await
    }

    /// The epoch that it writes under.
    pub(crate) const fn epoch(&self) -> u64 {
        self.lease.epoch
    }

    /// Commands go before all inputs: a pause is a stop.
    async fn obeyed(&mut self, arrived: Arrived) -> Result<Arrived, SchedulerError> {
        if let Arrived::Command(delivery) = arrived {
            self.obey(Some(delivery)).await?;
            return Ok(Arrived::Nothing);
        }
        self.obey(None).await?;
        Ok(arrived)
    }

    /// Partition time: never below the last recorded instant (time, 1).
    fn now(&self) -> Timestamp {
        self.around.runtime.clock.now().max(self.lease.head.at)
    }

    /// Whether outcomes may still come that were on their way at the takeover.
    fn awaits_outcomes(&self) -> bool {
        self.monotonic() < self.outcomes_until
    }

    fn monotonic(&self) -> Duration {
        self.around.runtime.clock.monotonic()
    }

    fn store_error(&self, source: StoreError) -> SchedulerError {
        SchedulerError::Store { partition: self.desk.partition, failure: Box::new(source) }
    }
}
