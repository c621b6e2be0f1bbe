//! Starting and stopping: the owners of a log's partitions, all of them in one process or shared out over many.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::equipment::Equipment;
use crate::error::SchedulerError;
use crate::health::{Health, PartitionHealth};
use crate::last_word::LastWord;
use crate::owner::Owner;
use crate::share::{Keeper, Sharing};

/// The scheduler.
pub struct Scheduler;

/// A running scheduler. Dropping it stops the owners as [`Handle::stop`] does, without waiting.
pub struct Handle {
    health: Health,
    stop: watch::Sender<bool>,
    ends: mpsc::Receiver<Result<(), SchedulerError>>,
}

impl Scheduler {
    /// Keeps the rulebook's sources, takes every partition over and starts to decide.
    ///
    /// Resolves when all partitions are taken over and their lanes are open; a virtual clock should start after that.
    ///
    /// # Errors
    /// When the store can't keep the sources or gives no lease.
    pub async fn start(equipment: Equipment, rulebook_sources: &[u8]) -> Result<Handle, SchedulerError> {
        keep_sources(&equipment, rulebook_sources).await?;
        let (stop, stopped) = watch::channel(false);
        // Room for one word from each owner.
        let (ended, ends) = mpsc::channel(usize::from(equipment.log.partitions()).max(1));
        let mut healths = Vec::new();
        for partition in 0..equipment.log.partitions() {
            let (health, told) = watch::channel(PartitionHealth::unowned(partition, true));
            healths.push(told);
            let owner = Owner::take(&equipment, partition, health).await?;
            let end = LastWord::new(Err(SchedulerError::Ended { partition }), ended.clone());
            let stopped = stopped.clone();
            let task = async move {
                let result = owner.run(stopped).await;
                if let Err(error) = &result {
                    tracing::error!(%error, "the owner of a partition stopped");
                }
                end.say(result);
            };
            equipment.runtime.tasks.spawn("scheduler.owner", Box::pin(task));
        }
        Ok(Handle { stop, ends, health: Health::new(equipment.log, healths) })
    }

    /// Keeps the rulebook's sources and takes part: this process owns the partitions that fall to it among all that live,
    /// takes over those of a process that went away, and hands over to one that came.
    ///
    /// Resolves when it is on the list; partitions come with the next beats.
    ///
    /// # Errors
    /// When the store can't keep the sources, or can't be reached.
    pub async fn share(
        equipment: Equipment,
        rulebook_sources: &[u8],
        sharing: Sharing,
    ) -> Result<Handle, SchedulerError> {
        keep_sources(&equipment, rulebook_sources).await?;
        let (stop, stopped) = watch::channel(false);
        let (ended, ends) = mpsc::channel(1);
        let tasks = Arc::clone(&equipment.runtime.tasks);
        let (mut keeper, health) = Keeper::join(equipment, sharing).await?;
        let end = LastWord::new(Err(SchedulerError::Ended { partition: 0 }), ended);
        let task = async move {
            keeper.run(stopped).await;
            end.say(Ok(()));
        };
        tasks.spawn("scheduler.keeper", Box::pin(task));
        Ok(Handle { stop, ends, health })
    }
}

async fn keep_sources(equipment: &Equipment, sources: &[u8]) -> Result<(), SchedulerError> {
    let kept = equipment.log.put_rulebook(equipment.rulebook.hash, sources).await;
    kept.map_err(|source| SchedulerError::Store { partition: 0, failure: Box::new(source) })
}

impl Handle {
    /// How the partitions are.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Resolves when an owner has stopped by itself, with the reason; with `Ok` once all have stopped as they were told.
    ///
    /// Where the partitions are shared, an owner that stops is no end: another takes over.
    pub async fn ended(&mut self) -> Result<(), SchedulerError> {
        while let Some(result) = self.ends.recv().await {
            result?;
        }
        Ok(())
    }

    /// Lets every owner finish its batch and write its checkpoint.
    ///
    /// # Errors
    /// The first owner's that stopped for another reason.
    pub async fn stop(mut self) -> Result<(), SchedulerError> {
        self.stop.send_replace(true);
        self.ended().await
    }
}
