//! `ingest`: all that comes in, over HTTP, from providers, and from the broker.

use std::sync::Arc;

use anyhow::Result;
use bus::Bus;
use bus::nats::Role;
use ingest::figures::Figures;
use ingest::listener::Answers;
use ingest::published::Intake;
use telemetry::metrics::Registry;
use tokio::sync::{oneshot, watch};

use super::{Patience, Reaches, settings, within_deadline};
use crate::Ending;
use crate::cli::RoleArgs;
use crate::door::{Behind, Door};
use crate::{roles, signals};

/// Runs until told to end.
pub(crate) async fn run(args: &RoleArgs) -> Result<Ending> {
    let settings = settings(args)?;
    let runtime = runtime::system::runtime();
    let patience = Patience::of(args, &runtime);
    let (house, shared) = patience.open(args, &settings).await?;
    let name = "mahnwerk ingest";
    let nats = patience.carrier(&settings, &house.keyring, &runtime, Role::Ingest, name).await?;
    let bus: Arc<dyn Bus> = Arc::clone(&nats) as Arc<dyn Bus>;
    let figures = Figures::new(&Registry::default());
    let gate = roles::gate(&house, &runtime, &bus).counting(figures.clone());
    let intake = Intake {
        upstream: Arc::clone(&nats) as _,
        sink: Arc::new(gate.clone()),
        bodies: Arc::clone(&shared.log) as _,
        keyring: Arc::clone(&house.keyring),
        tenants: house.rules.tenants.keys().cloned().collect(),
        runtime: runtime.clone(),
    };
    let (stop, stopped) = watch::channel(false);
    let (finish, finished) = oneshot::channel::<()>();
    let taking = async move {
        intake.run(stopped).await;
        let _nobody_may_wait = finish.send(());
    };
    runtime.tasks.spawn("intake", Box::pin(taking));
    let behind = Behind {
        paths: house.paths.clone(),
        keyring: Arc::clone(&house.keyring),
        house: Some(Arc::clone(&house)),
        runtime: runtime.clone(),
        gate,
        figures,
        calls: None,
        readiness: Arc::new(Reaches { bus: nats, log: Some(shared.log) }),
    };
    let noted_in = house.paths.address_of("ingest");
    let door = Door::open(behind, &settings, Answers::Everything, noted_in).await?;
    say!("Ingest takes in what comes; requests reach it at {}.", door.address);
    signals::until_told_to_end().await;
    say!("Stopping: what is under way is answered first.");
    stop.send_replace(true);
    within_deadline(&runtime, async {
        door.close().await;
        let _ended_already = finished.await;
    })
    .await;
    Ok(Ending::Well)
}
