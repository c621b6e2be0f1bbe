//! Takeover: the lease, the tail behind the checkpoint refolded, and only then the first decision (takeover, 5).
//!
//! What a takeover reads: its own stream, what waits and is suppressed, and the tail. Everybody else is met by the [`Sweep`] in the background, which
//! finds open escalations and debtors who waited for capacity, and brings due instants up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::ids::{PointId, Position, StreamId};
use event_log::record::{Recorded, Suppression};

use crate::cache::Cache;
use crate::credits::Credits;
use crate::due_index::DueIndex;
use crate::equipment::Equipment;
use crate::error::SchedulerError;
use crate::feed::{Publisher, must_not_be_set_back};
use crate::flights::{Flights, Seen};
use crate::health::PartitionHealth;
use crate::owner::emit::Emitters;
use crate::owner::forward::Forward;
use crate::owner::own_stream::OwnStream;
use crate::owner::sweep::Sweep;
use crate::owner::{Owner, Surroundings};
use crate::ready_set::ReadySet;
use tokio::sync::watch;

impl Owner {
    /// Becomes the owner: takes the lease, then listens under its epoch. What was sent before is sent again.
    pub(crate) async fn take(
        equipment: &Equipment,
        partition: u16,
        health: impl Into<Arc<watch::Sender<PartitionHealth>>>,
    ) -> Result<Self, SchedulerError> {
        let Equipment { runtime, log, bus, outside, .. } = equipment.clone();
        let around = Surroundings { runtime, log, bus, outside };
        let leased = around.log.lease(partition).await;
        let failed = |source| SchedulerError::Store { partition, failure: Box::new(source) };
        let lease = leased.map_err(failed)?;
        if let Some(publishing) = &around.outside.publishing {
            must_not_be_set_back(&*around.log, &*publishing.feed, &lease).await?;
        }
        let lanes = around.bus.own(partition, lease.epoch);
        tracing::info!(
            partition,
            epoch = lease.epoch,
            head = lease.head.position.0,
            checkpoint = lease.head.checkpoint.0,
            "the partition is taken over"
        );
        let runtime = &around.runtime;
        let desk = equipment.desk(partition);
        let flights = Flights::new(partition, lease.epoch, &desk.config, runtime.activity.clone());
        let monotonic = runtime.clock.monotonic();
        let health: Arc<watch::Sender<PartitionHealth>> = health.into();
        let figures = health.borrow().figures;
        Ok(Self {
            emitters: Emitters::new(runtime.clone(), Arc::clone(&around.bus)),
            cautious_left: if lease.head.position.0 == 0 { 0 } else { desk.config.cautious_inputs },
            guards: vec![runtime.activity.begin()],
            around,
            desk,
            lanes,
            lease,
            cache: Cache::default(),
            due: DueIndex::new(),
            ready: ReadySet::default(),
            credits: Credits::default(),
            flights,
            sweep: None,
            own: OwnStream::default(),
            waited_for: Some(BTreeSet::new()),
            suppressed: Some(BTreeMap::new()),
            made_known: BTreeSet::new(),
            forward: Forward::default(),
            health,
            heads: watch::Sender::new(lease.head),
            spins: BTreeMap::new(),
            inputs_empty_at: monotonic,
            outcomes_until: monotonic.saturating_add(equipment.config.outcomes_repeated_within),
            lanes_were_empty: false,
            lanes_are_empty: true,
            figures,
            checkpoint_at: monotonic,
        })
    }

    /// Brings memory up to the head.
    pub(super) async fn recover(&mut self) -> Result<(), SchedulerError> {
        self.read_own_stream().await?;
        self.read_parked().await?;
        self.read_suppressed().await?;
        self.refold_tail().await?;
        if self.lease.head.position.0 > 0 {
            self.sweep = Some(Sweep::new(self.around.runtime.activity.begin()));
        }
        self.activate().await?;
        self.bring_in().await?;
        self.start_publishing();
        Ok(())
    }

    fn start_publishing(&self) {
        let Some(publishing) = self.around.outside.publishing.clone() else { return };
        let (runtime, log) = (self.around.runtime.clone(), Arc::clone(&self.around.log));
        let tasks = Arc::clone(&runtime.tasks);
        let publisher = Publisher { runtime, log, publishing, lease: self.lease };
        tasks.spawn("scheduler.feed", Box::pin(publisher.run(self.heads.subscribe())));
    }

    async fn read_parked(&mut self) -> Result<(), SchedulerError> {
        let most = self.most_read();
        let read = self.around.log.parked(self.desk.partition, None, most).await;
        let rows = read.map_err(|source| self.store_error(source))?;
        let all = u32::try_from(rows.len()).unwrap_or(u32::MAX) < most;
        self.waited_for = all.then(|| rows.iter().map(|row| row.claim).collect());
        Ok(())
    }

    async fn read_suppressed(&mut self) -> Result<(), SchedulerError> {
        let most = self.most_read();
        let read = self.around.log.suppressed(self.desk.partition, None, most).await;
        let rows = read.map_err(|source| self.store_error(source))?;
        let all = u32::try_from(rows.len()).unwrap_or(u32::MAX) < most;
        let row = |row: &Suppression| (PointId::new(row.point), row.since);
        self.suppressed = all.then(|| rows.iter().map(row).collect());
        Ok(())
    }

    /// One more than memory holds: so many rows are not all of them.
    fn most_read(&self) -> u32 {
        u32::try_from(self.desk.config.max_remembered).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Reads the tail page by page; whom it mentions is loaded with all that is behind the snapshot.
    async fn refold_tail(&mut self) -> Result<(), SchedulerError> {
        let (partition, head) = (self.desk.partition, self.lease.head.position);
        let mut after = self.lease.head.checkpoint;
        while after < head {
            let read = self.around.log.read(partition, after, self.desk.config.refold_page).await;
            let page = read.map_err(|source| self.store_error(source))?;
            let Some(last) = page.last().map(|recorded| recorded.position) else { break };
            self.note_tail(&page)?;
            let streams: BTreeSet<StreamId> = page
                .iter()
                .map(|recorded| recorded.event.stream)
                .filter(|stream| *stream != StreamId::PARTITION && self.cache.get(*stream).is_none())
                .collect();
            self.refold(streams, last).await?;
            after = last;
        }
        Ok(())
    }

    fn note_tail(&mut self, page: &[Recorded]) -> Result<(), SchedulerError> {
        if self.is_one_of_many() {
            for recorded in page {
                let event = self.decoded(recorded)?;
                self.note_made_known_by(&event);
            }
        }
        Ok(())
    }

    async fn refold(&mut self, streams: BTreeSet<StreamId>, up_to: Position) -> Result<(), SchedulerError> {
        let streams: Vec<StreamId> = streams.into_iter().collect();
        for (stream, mut entry) in self.load(&streams).await? {
            entry.dirty = true;
            self.cache.put(stream, entry);
            self.index(stream, Seen::Before);
        }
        // Snapshots may be newer than the position: what is behind it was folded into them as well.
        if self.cache.dirty() >= self.desk.config.max_states {
            self.write_snapshots(up_to).await?;
        }
        Ok(())
    }
}
