//! `scheduler`: owns the partitions that fall to it among all schedulers that live.

use std::sync::Arc;
use std::time::Duration;

use ::scheduler::{Outside, Publishing, Scheduler, Sharing, watch_intake};
use anyhow::{Context, Result};
use async_trait::async_trait;
use bus::Bus;
use bus::nats::{NatsBus, Role};
use ingest::figures::Figures;
use ingest::listener::{Answers, Condition, Readiness};
use runtime::Runtime;
use telemetry::metrics::Registry;

use super::{Patience, broker, settings, within_deadline};
use crate::Ending;
use crate::cli::RoleArgs;
use crate::door::{Behind, Door};
use crate::readiness::OwnersReadiness;
use crate::{owners_figures, roles, signals};

/// How many signs of life a lease has room for.
const BEATS: u32 = 5;

/// A worker waits 5 s for the log and pauses at most as long before it reports again.
const OUTCOMES_REPEATED_WITHIN: Duration = Duration::from_secs(11);

/// Runs until told to end.
pub(crate) async fn run(args: &RoleArgs) -> Result<Ending> {
    let settings = settings(args)?;
    let system = runtime::system::runtime();
    let patience = Patience::of(args, &system);
    let (house, shared) = patience.open(args, &settings).await?;
    // Partition time is the database's (time, 1).
    let runtime = Runtime { clock: Arc::new(shared.clock.clone()), ..system };
    let name = "mahnwerk scheduler";
    let nats = patience.carrier(&settings, &house.keyring, &runtime, Role::Scheduler, name).await?;
    let bus: Arc<dyn Bus> = Arc::clone(&nats) as Arc<dyn Bus>;
    let outside = Outside {
        publishing: Some(Publishing { feed: Arc::clone(&nats) as _, cursor: Arc::clone(&shared.log) as _ }),
        intake: Some(watch_intake(&runtime, Arc::clone(&nats) as _)),
    };
    let mut equipment = roles::equipment(&house, &runtime, &bus, outside);
    equipment.config.max_reply_bytes = equipment.config.max_reply_bytes.min(nats.answer_bytes());
    equipment.config.outcomes_repeated_within = OUTCOMES_REPEATED_WITHIN;
    let sharing = Sharing {
        membership: Arc::clone(&shared.log) as _,
        clock: Some(shared.clock.clone()),
        beat_every: shared.lease / BEATS,
    };
    let mut handle = Scheduler::share(equipment, &house.compiled.sources, sharing).await?;
    let registry = Registry::default();
    owners_figures::show(&registry, handle.health());
    let behind = Behind {
        paths: house.paths.clone(),
        keyring: Arc::clone(&house.keyring),
        gate: roles::gate(&house, &runtime, &bus),
        house: Some(Arc::clone(&house)),
        runtime: runtime.clone(),
        figures: Figures::new(&registry),
        calls: None,
        readiness: Arc::new(Schedules { owners: OwnersReadiness(handle.health()), bus: nats }),
    };
    let noted_in = house.paths.address_of("scheduler");
    let door = Door::open(behind, &settings, Answers::Probes, noted_in).await?;
    say!("The scheduler takes part; whoever watches it asks at {}.", door.address);
    tokio::select! {
        biased;
        () = signals::until_told_to_end() => {}
        ended = handle.ended() => ended.context("the scheduler stopped by itself")?,
    }
    say!("Stopping: partitions are handed over first.");
    door.close().await;
    within_deadline(&runtime, async {
        if let Err(error) = handle.stop().await {
            tracing::warn!(%error, "the scheduler did not stop as it should");
        }
    })
    .await;
    Ok(Ending::Well)
}

/// Whether it owns what falls to it, and reaches the broker.
struct Schedules {
    owners: OwnersReadiness,
    bus: Arc<NatsBus>,
}

#[async_trait]
impl Readiness for Schedules {
    async fn conditions(&self) -> Vec<Condition> {
        let mut conditions = self.owners.conditions().await;
        conditions.push(broker(&self.bus));
        conditions
    }
}
