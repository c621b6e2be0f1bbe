//! The checkpoint behind the log: what memory knows of touched debtors, written coalesced (takeover, 5).
//!
//! **Invariant:** never ahead of the log, and under the owner's epoch. A lost checkpoint costs time, never truth.

use core::time::Duration;

use contract::state;
use domain::STATE_REVISION;
use domain::ids::{Position, StreamId};
use domain::next_due::next_due;
use event_log::record::Snapshot;

use crate::cache::Entry;
use crate::error::SchedulerError;
use crate::owner::Owner;

impl Owner {
    /// Writes one if it is time.
    pub(super) async fn checkpoint_if_due(&mut self) -> Result<(), SchedulerError> {
        if self.checkpoint_is_due() { self.checkpoint().await } else { Ok(()) }
    }

    /// Whether enough has gathered, or it has waited long enough.
    pub(super) fn checkpoint_is_due(&self) -> bool {
        let behind = self.lease.head.position.0.saturating_sub(self.lease.head.checkpoint.0);
        let many =
            behind >= self.desk.config.checkpoint_events || self.cache.dirty() >= self.desk.config.max_states;
        self.cache.dirty() > 0 && (many || self.next_checkpoint().is_some_and(|at| at <= self.monotonic()))
    }

    /// When the next one is written at the latest, monotonic.
    pub(super) fn next_checkpoint(&self) -> Option<Duration> {
        let latest = self.checkpoint_at.saturating_add(self.desk.config.checkpoint_after);
        (self.cache.dirty() > 0).then_some(latest)
    }

    /// Writes one up to the head, and lets memory forget what it need not hold.
    pub(super) async fn checkpoint(&mut self) -> Result<(), SchedulerError> {
        self.write_snapshots(self.lease.head.position).await?;
        self.due.shrink_to(self.desk.config.max_due_index);
        Ok(())
    }

    /// Writes all that is dirty and moves the checkpoint to a position up to which that is complete.
    pub(super) async fn write_snapshots(&mut self, up_to: Position) -> Result<(), SchedulerError> {
        self.checkpoint_at = self.monotonic();
        let snapshots: Vec<Snapshot> =
            self.cache.dirty_entries().filter_map(|(stream, entry)| self.snapshot(stream, entry)).collect();
        if snapshots.is_empty() && up_to <= self.lease.head.checkpoint {
            return Ok(());
        }
        let (partition, epoch) = (self.desk.partition, self.lease.epoch);
        match self.around.log.write_checkpoint(partition, epoch, up_to, &snapshots).await {
            Ok(()) => {}
            // Nothing is lost but time: the next one has it all.
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "a checkpoint was not written");
                return Ok(());
            }
            Err(error) => return Err(self.store_error(error)),
        }
        tracing::debug!(partition, up_to = up_to.0, debtors = snapshots.len(), "checkpoint written");
        self.lease.head.checkpoint = up_to;
        self.cache.all_clean();
        self.cache.shrink_to(self.desk.config.max_states);
        Ok(())
    }

    /// A debtor's row; none for one without an event, of whom there is nothing to say.
    fn snapshot(&self, stream: StreamId, entry: &Entry) -> Option<Snapshot> {
        let due_at = if entry.muted { None } else { next_due(&entry.debtor, &self.desk.rulebook) };
        Some(Snapshot {
            stream,
            tenant: entry.debtor.tenant.clone(),
            version: entry.debtor.version,
            position: entry.last?,
            revision: STATE_REVISION,
            state: state::encode(&entry.debtor),
            due_at,
            ready: self.ready.place(stream).map(|place| (place.queue.1, place.priority)),
        })
    }
}
