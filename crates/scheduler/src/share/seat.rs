//! One partition's place in a process: whether an owner runs there, and how it ended.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::equipment::Equipment;
use crate::error::SchedulerError;
use crate::health::PartitionHealth;
use crate::last_word::LastWord;
use crate::owner::Owner;

/// The place of a partition's owner.
pub(super) struct Seat {
    partition: u16,
    health: Arc<watch::Sender<PartitionHealth>>,
    running: Option<Running>,
    /// An owner ended here for a reason that will be there again: an operator has to look first.
    given_up: bool,
}

struct Running {
    /// The epoch, once there is one.
    epoch: watch::Receiver<Option<u64>>,
    stop: watch::Sender<bool>,
}

/// How an owner ended.
pub(super) struct Ended {
    pub(super) partition: u16,
    pub(super) result: Result<(), SchedulerError>,
}

impl Seat {
    /// An empty one, and where its health is told.
    pub(super) fn new(partition: u16) -> (Self, watch::Receiver<PartitionHealth>) {
        // Until the first look around says otherwise, it may be ours: a process is not ready before that.
        let (health, told) = watch::channel(PartitionHealth::unowned(partition, true));
        (Self { partition, health: Arc::new(health), running: None, given_up: false }, told)
    }

    /// Whether an owner runs here, and under which epoch, once it has one.
    pub(super) fn runs(&self) -> Option<Option<u64>> {
        self.running.as_ref().map(|running| *running.epoch.borrow())
    }

    /// Says whether the partition falls to this process.
    pub(super) fn expect(&mut self, ours: bool) {
        self.health.send_if_modified(|health| core::mem::replace(&mut health.ours, ours) != ours);
    }

    /// Starts an owner, unless one runs or it would be in vain.
    pub(super) fn start(&mut self, equipment: &Equipment, ended: &mpsc::Sender<Ended>) {
        if self.running.is_some() || self.given_up {
            return;
        }
        let (stop, stopped) = watch::channel(false);
        let (tell, epoch) = watch::channel(None);
        let partition = self.partition;
        let lost = Err(SchedulerError::Ended { partition });
        let end = LastWord::new(Ended { partition, result: lost }, ended.clone());
        let (equipment, health) = (equipment.clone(), Arc::clone(&self.health));
        let tasks = Arc::clone(&equipment.runtime.tasks);
        let task = async move {
            let result = match Owner::take(&equipment, partition, health).await {
                Ok(owner) => {
                    tell.send_replace(Some(owner.epoch()));
                    owner.run(stopped).await
                }
                Err(error) => Err(error),
            };
            end.say(Ended { partition, result });
        };
        tasks.spawn("scheduler.owner", Box::pin(task));
        self.running = Some(Running { epoch, stop });
    }

    /// Lets the owner finish its batch and write its checkpoint.
    pub(super) fn stop(&self) {
        if let Some(running) = &self.running {
            running.stop.send_replace(true);
        }
    }

    /// The owner has ended; its epoch, if it came to have one.
    pub(super) fn vacate(&mut self, ended: &Ended) -> Option<u64> {
        let epoch = self.runs().flatten();
        self.running = None;
        self.health.send_modify(|health| {
            let figures = health.figures.counted();
            *health = PartitionHealth { figures, ..PartitionHealth::unowned(health.partition, health.ours) };
        });
        match &ended.result {
            Ok(()) => tracing::info!(partition = self.partition, "the partition is handed over"),
            Err(error) if error.is_lost_ownership() => {
                tracing::warn!(%error, partition = self.partition, "the partition has another owner by now");
            }
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, partition = self.partition, "an owner stopped; it is tried again");
            }
            Err(error) => {
                tracing::error!(%error, partition = self.partition, "an owner stopped, and the partition stands still");
                self.given_up = true;
            }
        }
        epoch
    }
}
