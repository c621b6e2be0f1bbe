//! What waits here for something that is known in another partition: sent on to its owner, and drained once that owner has
//! acknowledged it (inputs, 5).
//!
//! A task does the sending, so that two owners who send each other something never wait for each other.
//! It runs right after something was parked, and again and again while something waits.
//! A crash on the way leaves the input where it waits; sent on once more it is recognised by its key.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use bus::{Bus, BusError};
use contract::wire::{FactMessage, Filed, OutcomeMessage, Receipt, WaitingInput};
use domain::ids::InputId;
use event_log::record::{Append, LookupKind, ParkedRow};
use event_log::store::{EventLog, StoreError};
use tokio::sync::oneshot;

use crate::error::SchedulerError;
use crate::owner::Owner;
use crate::owner::commit::CommitError;
use crate::vault::Vault;

/// How many of what is waited for are looked up at once.
const PAGE: usize = 500;
/// How long until the next look while something waits.
const PAUSE: Duration = Duration::from_secs(2);
/// Inputs that no owner takes are not sent on again by this owner; so many are remembered.
const MAX_STUCK: usize = 10_000;

/// What is under way, and when the next look is.
#[derive(Default)]
pub(super) struct Forward {
    next_at: Duration,
    after: Option<[u8; 16]>,
    under_way: Option<oneshot::Receiver<Done>>,
    done: Option<Done>,
    stuck: BTreeSet<InputId>,
}

/// What a look came to.
#[derive(Default)]
struct Done {
    /// What others have by now.
    taken: Vec<([u8; 16], InputId)>,
    /// What they refuse.
    refused: Vec<InputId>,
}

/// What the task works with.
struct Sender {
    log: Arc<dyn EventLog>,
    bus: Arc<dyn Bus>,
    vault: Vault,
    partition: u16,
    limit: u32,
    stuck: BTreeSet<InputId>,
}

impl Forward {
    /// The next look is now: something was parked.
    pub(super) const fn hurry(&mut self) {
        self.next_at = Duration::ZERO;
    }

    /// Resolves when the look under way is done; never while there is none.
    pub(super) async fn finished(&mut self) {
        match &mut self.under_way {
            Some(under_way) => {
                // A task that was dropped has done nothing that another look would not do.
                self.done = Some(under_way.await.unwrap_or_default());
                self.under_way = None;
            }
            None => core::future::pending().await,
        }
    }
}

impl Owner {
    /// When the next look is due, monotonic; none while nothing waits or one is under way.
    pub(super) fn next_forward(&self) -> Option<Duration> {
        let something_waits = self.waited_for.as_ref().is_none_or(|known| !known.is_empty());
        let may = self.is_one_of_many() && something_waits && self.forward.under_way.is_none();
        may.then_some(self.forward.next_at)
    }

    /// Drains what a look came to, and starts the next one if it is time.
    pub(super) async fn forward_on(&mut self) -> Result<(), SchedulerError> {
        if let Some(done) = self.forward.done.take() {
            self.drain_taken(done).await?;
        }
        if self.next_forward().is_some_and(|at| at <= self.monotonic()) {
            self.forward.next_at = self.monotonic().saturating_add(PAUSE);
            self.start_forwarding().await?;
        }
        Ok(())
    }

    async fn start_forwarding(&mut self) -> Result<(), SchedulerError> {
        let ids = self.next_waited_for().await?;
        self.forward.after = ids.last().copied();
        if ids.is_empty() {
            return Ok(());
        }
        let sender = Sender {
            log: Arc::clone(&self.around.log),
            bus: Arc::clone(&self.around.bus),
            vault: self.desk.vault.of(self.desk.partition),
            partition: self.desk.partition,
            limit: self.desk.config.max_parked,
            stuck: self.forward.stuck.clone(),
        };
        let (tell, under_way) = oneshot::channel();
        let task = async move {
            let done = sender.send_on(&ids).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "what waits could not be looked up; it is tried again");
                Done::default()
            });
            let _owner_may_be_gone = tell.send(done);
        };
        self.around.runtime.tasks.spawn("scheduler.forward", Box::pin(task));
        self.forward.under_way = Some(under_way);
        Ok(())
    }

    /// The next page of what is waited for, from the beginning again after the last.
    async fn next_waited_for(&self) -> Result<Vec<[u8; 16]>, SchedulerError> {
        let Some(known) = &self.waited_for else {
            let limit = u32::try_from(PAGE).unwrap_or(u32::MAX);
            let read = self.around.log.parked(self.desk.partition, None, limit).await;
            let rows = read.map_err(|source| self.store_error(source))?;
            return Ok(rows.iter().map(|row| row.claim).collect::<BTreeSet<_>>().into_iter().collect());
        };
        let from = self.forward.after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(known.range((from, Bound::Unbounded)).take(PAGE).copied().collect())
    }

    /// What others have acknowledged waits no longer.
    async fn drain_taken(&mut self, done: Done) -> Result<(), SchedulerError> {
        let Done { taken, refused } = done;
        if self.forward.stuck.len() < MAX_STUCK {
            self.forward.stuck.extend(refused);
        }
        if taken.is_empty() {
            return Ok(());
        }
        let unpark = taken.iter().map(|(_, key)| *key).collect();
        match self.commit(&Append { unpark, ..self.nothing() }).await {
            Ok(head) => self.lease.head = head,
            Err(CommitError::Stop(error)) => return Err(error),
            Err(CommitError::Refused(source)) => return Err(self.store_error(source)),
        }
        tracing::info!(
            partition = self.desk.partition,
            inputs = taken.len(),
            "what waited here counts in other partitions"
        );
        for id in taken.into_iter().map(|(id, _)| id).collect::<BTreeSet<_>>() {
            let left = self.around.log.parked(self.desk.partition, Some(id), 1).await;
            if left.map_err(|source| self.store_error(source))?.is_empty()
                && let Some(known) = &mut self.waited_for
            {
                known.remove(&id);
            }
        }
        Ok(())
    }
}

impl Sender {
    async fn send_on(&self, ids: &[[u8; 16]]) -> Result<Done, StoreError> {
        let mut done = Done::default();
        for (id, partitions) in self.known_elsewhere(ids).await? {
            for row in self.log.parked(self.partition, Some(id), self.limit).await? {
                if self.stuck.contains(&row.key) {
                    continue;
                }
                match self.pass(&row, &partitions).await {
                    Ok(true) => done.taken.push((id, row.key)),
                    Ok(false) => done.refused.push(row.key),
                    Err(error) => tracing::debug!(%error, "an input that waits was not taken yet"),
                }
            }
        }
        Ok(done)
    }

    async fn known_elsewhere(
        &self,
        ids: &[[u8; 16]],
    ) -> Result<BTreeMap<[u8; 16], BTreeSet<u16>>, StoreError> {
        let mut known: BTreeMap<[u8; 16], BTreeSet<u16>> = BTreeMap::new();
        for kind in [LookupKind::Claim, LookupKind::Point, LookupKind::ProviderMessage] {
            for (partition, lookup) in self.log.locate(kind, ids).await? {
                if partition != self.partition {
                    known.entry(lookup.digest).or_default().insert(partition);
                }
            }
        }
        Ok(known)
    }

    /// Sends one on to all of them; whether every one has it by now.
    async fn pass(&self, row: &ParkedRow, partitions: &BTreeSet<u16>) -> Result<bool, BusError> {
        let input = match self.vault.open_waiting(row) {
            Ok(input) => input,
            Err(error) => {
                tracing::error!(%error, "an input that waits does not open and stays where it is");
                return Ok(false);
            }
        };
        let mut all = true;
        for partition in partitions {
            all &= match &input {
                WaitingInput::Fact(fact) => self.pass_fact(*partition, fact).await?,
                WaitingInput::Report(report) => self.pass_report(*partition, report).await?,
            };
        }
        Ok(all)
    }

    async fn pass_fact(&self, partition: u16, fact: &FactMessage) -> Result<bool, BusError> {
        let facts = vec![fact.clone()];
        let sent = if fact.fact.is_stop() {
            self.bus.send_stops(partition, facts).await?
        } else {
            self.bus.send_facts(partition, facts).await?
        };
        Ok(match sent.first() {
            Some(Receipt::Recorded | Receipt::Duplicate | Receipt::Parked) => true,
            Some(Receipt::Refused { reason, .. }) => {
                tracing::warn!(%reason, "a parked fact was refused elsewhere and stays parked");
                false
            }
            None => false,
        })
    }

    async fn pass_report(&self, partition: u16, report: &OutcomeMessage) -> Result<bool, BusError> {
        let filed = self.bus.report(partition, vec![report.clone()]).await?;
        Ok(matches!(filed.first(), Some(Filed::Recorded | Filed::NothingNew)))
    }
}
