//! `run`: all roles in one process, live or playing files in on a virtual clock.

mod played;

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use ingest::listener::Answers;
use runtime::Runtime;

use crate::Ending;
use crate::cli::{ClockKind, RunArgs};
use crate::door::{Behind, Door};
use crate::house::House;
use crate::paths::Paths;
use crate::readiness::OwnersReadiness;
use crate::roles::{self, Roles};
use crate::settings::{Settings, Store};
use crate::signals;

/// Runs until told to end, or until what is played is over.
pub(crate) async fn run(args: &RunArgs) -> Result<Ending> {
    let mut settings = Settings::read(&args.house.dir)?;
    if let Some(providers) = &args.providers {
        settings = settings.with_providers(providers)?;
    }
    if settings.log.store == Store::Postgres {
        bail!(
            "`run` is all roles in one process, on a log in a file; a log in PostgreSQL is shared: start `mahnwerk \
             scheduler`, `mahnwerk ingest` and a `mahnwerk worker` for each channel"
        );
    }
    match args.clock {
        ClockKind::System if !args.feed.is_empty() => {
            bail!(
                "--feed plays facts at their own instants, which needs --clock virtual; `import` takes them now"
            )
        }
        ClockKind::System => live(args, &settings).await,
        ClockKind::Virtual => played::run(args, &settings).await,
    }
}

async fn live(args: &RunArgs, settings: &Settings) -> Result<Ending> {
    let runtime = runtime::system::runtime();
    let house = Arc::new(House::own(Paths::of(&args.house.dir), settings, ClockKind::System).await?);
    let mut roles = roles::start(&house, settings, &runtime, false).await?;
    let door = open_door(&house, settings, &runtime, &roles).await?;
    say!("Mahnwerk runs in {}; commands reach it at {}.", house.paths.dir().display(), door.address);
    tokio::select! {
        biased;
        () = signals::until_told_to_end() => {}
        ended = roles.scheduler.ended() => ended.context("the scheduler stopped by itself")?,
    }
    say!("Stopping: what is under way is finished first.");
    door.close().await;
    roles.scheduler.stop().await?;
    Ok(Ending::Well)
}

/// The listener of all roles.
pub(super) async fn open_door(
    house: &Arc<House>,
    settings: &Settings,
    runtime: &Runtime,
    roles: &Roles,
) -> Result<Door> {
    let behind = Behind {
        paths: house.paths.clone(),
        keyring: Arc::clone(&house.keyring),
        house: Some(Arc::clone(house)),
        runtime: runtime.clone(),
        gate: roles.gate.clone(),
        figures: roles.figures.clone(),
        calls: Some(Arc::clone(&roles.desk)),
        readiness: Arc::new(OwnersReadiness(roles.scheduler.health())),
    };
    Door::open(behind, settings, Answers::Everything, house.paths.address()).await
}
