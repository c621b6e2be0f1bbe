//! Starting and stopping: one owner for each partition of the log.

use std::sync::Arc;

use bus::Bus;
use domain::rulebook::Rulebook;
use event_log::keys::Keyring;
use event_log::store::EventLog;
use runtime::Runtime;
use tokio::sync::{mpsc, watch};

use crate::config::SchedulerConfig;
use crate::desk::Desk;
use crate::error::SchedulerError;
use crate::health::{Health, PartitionHealth};
use crate::owner::{Owner, Surroundings};
use crate::render::Renderer;
use crate::vault::Vault;

/// What decisions are made with: the same for every partition.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) rulebook: Arc<Rulebook>,
    pub(crate) renderer: Arc<dyn Renderer>,
    pub(crate) config: SchedulerConfig,
}

impl Setting {
    /// One partition's desk.
    pub(crate) fn desk(&self, partition: u16, vault: Vault) -> Desk {
        let Self { rulebook, renderer, config } = self.clone();
        Desk { partition, rulebook, renderer, vault, config }
    }
}

/// The scheduler.
pub struct Scheduler;

/// A running scheduler. Dropping it stops the owners as [`Handle::stop`] does, without waiting.
pub struct Handle {
    health: Health,
    stop: watch::Sender<bool>,
    ends: mpsc::Receiver<Result<(), SchedulerError>>,
}

/// Says how an owner ended, whatever ended it: its task may be dropped, or panic.
struct End {
    result: Result<(), SchedulerError>,
    ends: mpsc::Sender<Result<(), SchedulerError>>,
}

impl Drop for End {
    fn drop(&mut self) {
        let result = core::mem::replace(&mut self.result, Ok(()));
        // There is room for one from each owner; nobody may be listening.
        let _nobody_listens = self.ends.try_send(result);
    }
}

impl Scheduler {
    /// Keeps the rulebook's sources, takes every partition over and starts to decide.
    ///
    /// `rulebook` also holds the scenarios of older rulebooks that claims may still be on.
    /// Resolves when all partitions are taken over and their lanes are open; a virtual clock should start after that.
    ///
    /// # Errors
    /// When the store can't keep the sources or gives no lease.
    #[expect(clippy::too_many_arguments, reason = "everything is handed in; a struct would only rename it")]
    pub async fn start(
        runtime: Runtime,
        log: Arc<dyn EventLog>,
        bus: Arc<dyn Bus>,
        keyring: Arc<Keyring>,
        rulebook: Arc<Rulebook>,
        rulebook_sources: &[u8],
        renderer: Arc<dyn Renderer>,
        config: SchedulerConfig,
    ) -> Result<Handle, SchedulerError> {
        let kept = log.put_rulebook(rulebook.hash, rulebook_sources).await;
        kept.map_err(|source| SchedulerError::Store { partition: 0, failure: Box::new(source) })?;
        let setting = Setting { rulebook, renderer, config };
        let (stop, stopped) = watch::channel(false);
        let (ended, ends) = mpsc::channel(usize::from(log.partitions()).max(1));
        let mut healths = Vec::new();
        for partition in 0..log.partitions() {
            let (health, told) = watch::channel(PartitionHealth { partition, ..PartitionHealth::default() });
            healths.push(told);
            let around =
                Surroundings { runtime: runtime.clone(), log: Arc::clone(&log), bus: Arc::clone(&bus) };
            let owner = Owner::take(around, Arc::clone(&keyring), &setting, partition, health).await?;
            let mut end = End { result: Err(SchedulerError::Ended { partition }), ends: ended.clone() };
            let stopped = stopped.clone();
            let task = async move {
                end.result = owner.run(stopped).await;
                if let Err(error) = &end.result {
                    tracing::error!(%error, "the owner of a partition stopped");
                }
            };
            runtime.tasks.spawn("scheduler.owner", Box::pin(task));
        }
        Ok(Handle { stop, ends, health: Health::new(log, healths) })
    }
}

impl Handle {
    /// How the partitions are.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Resolves when an owner has stopped by itself, with the reason; with `Ok` once all have stopped as they were told.
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
