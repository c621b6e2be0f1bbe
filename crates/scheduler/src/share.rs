//! Sharing a log's partitions out over the schedulers that live (takeover, 1 to 4).
//!
//! A keeper says at each beat that it lives, sees who else does, and starts and stops owners so that each partition is owned
//! by whom it falls to. What falls to somebody else is drained, its checkpoint written and the lease given back, so that a
//! rolling restart hands over without waiting; what nobody holds any more is taken over when its lease has lapsed.
//! **Invariant:** nothing rests on a keeper's view being right: an owner writes under its epoch or not at all.

mod plan;
mod rulebooks;
mod seat;

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use event_log::membership::{Membership, Roster};
use event_log::store::StoreError;
use runtime::carried::CarriedClock;
use runtime::stop::told;
use tokio::sync::{mpsc, watch};

use crate::equipment::Equipment;
use crate::error::SchedulerError;
use crate::health::Health;

use self::plan::plan;
use self::rulebooks::Rulebooks;
use self::seat::{Ended, Seat};

/// How many words of ends may wait; each owner says one.
const MAX_ENDS: usize = 4_096;

/// How a process takes part.
#[derive(Clone)]
pub struct Sharing {
    /// Where the members meet.
    pub membership: Arc<dyn Membership>,
    /// The clock that goes by the database's time, if it is carried: each beat sets it.
    pub clock: Option<CarriedClock>,
    /// How often a member says that it lives: a fifth of a lease is right.
    pub beat_every: Duration,
}

/// The keeper of one process.
pub(crate) struct Keeper {
    equipment: Equipment,
    sharing: Sharing,
    rulebooks: Rulebooks,
    seats: BTreeMap<u16, Seat>,
    ends: mpsc::Receiver<Ended>,
    ended: mpsc::Sender<Ended>,
    /// How things stood when it joined, until it has looked at that.
    joined: Option<Roster>,
}

impl Keeper {
    /// Puts this process on the list.
    pub(crate) async fn join(
        equipment: Equipment,
        sharing: Sharing,
    ) -> Result<(Self, Health), SchedulerError> {
        let (ended, ends) = mpsc::channel(MAX_ENDS);
        let (mut seats, mut healths) = (BTreeMap::new(), Vec::new());
        for partition in 0..equipment.log.partitions() {
            let (seat, told) = Seat::new(partition);
            seats.insert(partition, seat);
            healths.push(told);
        }
        let (rulebooks, others) = Rulebooks::new(equipment.rulebook.hash);
        let health = Health::new(Arc::clone(&equipment.log), healths).beside(others);
        let mut keeper = Self { equipment, sharing, rulebooks, seats, ends, ended, joined: None };
        let roster = keeper.beat().await;
        let failed = |source| SchedulerError::Store { partition: 0, failure: Box::new(source) };
        keeper.joined = Some(roster.map_err(failed)?);
        Ok((keeper, health))
    }

    /// Takes part until it is told to stop; then every owner is drained, and the rest may share its partitions out at once.
    pub(crate) async fn run(&mut self, mut stop: watch::Receiver<bool>) {
        let clock = Arc::clone(&self.equipment.runtime.clock);
        let mut beat = clock.sleep(Duration::ZERO);
        loop {
            tokio::select! {
                biased;
                () = told(&mut stop) => break,
                Some(ended) = self.ends.recv() => self.unseat(ended).await,
                () = &mut beat => {
                    self.look_around().await;
                    beat = clock.sleep(self.sharing.beat_every);
                }
            }
        }
        self.drain().await;
    }

    async fn look_around(&mut self) {
        let looked = match self.joined.take() {
            Some(joined) => Ok(joined),
            None => self.beat().await,
        };
        let roster = match looked {
            Ok(roster) => roster,
            // Leases run on for a while; owners find out by themselves what they can't write.
            Err(error) => {
                tracing::warn!(%error, "this scheduler could not say that it lives");
                return;
            }
        };
        let runs = |partition| self.seats.get(&partition).and_then(Seat::runs);
        self.rulebooks.look(&roster);
        let plan = plan(&roster, self.sharing.membership.instance(), runs);
        for (partition, seat) in &mut self.seats {
            seat.expect(plan.falls_to_us.contains(partition));
        }
        for partition in plan.lost {
            tracing::warn!(partition, "somebody else owns the partition by now; its owner here stops");
            self.stop(partition);
        }
        plan.hand_over.iter().for_each(|partition| self.stop(*partition));
        for (partition, epoch) in plan.give_back {
            self.give_back(partition, epoch).await;
        }
        for partition in plan.take {
            if let Some(seat) = self.seats.get_mut(&partition) {
                seat.start(&self.equipment, &self.ended);
            }
        }
    }

    async fn beat(&self) -> Result<Roster, StoreError> {
        let monotonic = || self.equipment.runtime.clock.monotonic();
        let asked = monotonic();
        let roster = self.sharing.membership.beat(self.rulebooks.ours()).await?;
        if let Some(clock) = &self.sharing.clock
            && !clock.take_sample(roster.now, asked, monotonic())
        {
            tracing::warn!("the database answers too slowly to tell the time");
        }
        Ok(roster)
    }

    fn stop(&self, partition: u16) {
        if let Some(seat) = self.seats.get(&partition) {
            seat.stop();
        }
    }

    /// An owner has ended: the lease goes back, if it still is ours.
    ///
    /// A crash before that costs the time until it lapses.
    async fn unseat(&mut self, ended: Ended) {
        let seat = self.seats.get_mut(&ended.partition);
        if let Some(epoch) = seat.and_then(|seat| seat.vacate(&ended)) {
            self.give_back(ended.partition, epoch).await;
        }
    }

    async fn give_back(&self, partition: u16, epoch: u64) {
        if let Err(error) = self.sharing.membership.release(partition, epoch).await {
            tracing::warn!(%error, partition, "a lease was not given back and will lapse");
        }
    }

    async fn drain(&mut self) {
        self.seats.values().for_each(Seat::stop);
        while self.seats.values().any(|seat| seat.runs().is_some()) {
            let Some(ended) = self.ends.recv().await else { break };
            self.unseat(ended).await;
        }
        if let Err(error) = self.sharing.membership.leave().await {
            tracing::warn!(%error, "this scheduler could not take itself off the list");
        }
        tracing::info!("this scheduler has handed over its partitions");
    }
}
