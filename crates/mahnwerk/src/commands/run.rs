//! `run`: all roles in one process, live or playing files in on a virtual clock.

mod played;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use ingest::digests::Digests;
use ingest::listener::{Access, Listener, RECHECK, Services, Token};
use runtime::Runtime;
use tokio::sync::oneshot;

use crate::Ending;
use crate::archive::HouseArchive;
use crate::cli::{ClockKind, RunArgs};
use crate::house::House;
use crate::paths::Paths;
use crate::readiness::OwnersReadiness;
use crate::roles::{self, Roles};
use crate::settings::Settings;
use crate::settings::listener::from_here;
use crate::show::ShowDebtors;
use crate::signals;
use crate::webhooks;

/// Runs until told to end, or until what is played is over.
pub(crate) async fn run(args: &RunArgs) -> Result<Ending> {
    let mut settings = Settings::read(&args.house.dir)?;
    if let Some(providers) = &args.providers {
        settings = settings.with_providers(providers)?;
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
    let door = Door::open(&house, settings, &runtime, &roles).await?;
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

/// The listener, as long as it is open.
pub(super) struct Door {
    pub(super) address: SocketAddr,
    paths: Paths,
    stop: oneshot::Sender<()>,
    closed: oneshot::Receiver<()>,
}

impl Door {
    pub(super) async fn open(
        house: &Arc<House>,
        settings: &Settings,
        runtime: &Runtime,
        roles: &Roles,
    ) -> Result<Self> {
        let paths = house.paths.clone();
        let token = Token::load_or_create(&paths.token(), runtime.random.as_ref())?;
        let access = Access::named(token, &paths.tokens(), Arc::clone(&runtime.clock), RECHECK)?;
        let (address, exposure) = settings.listener.place()?;
        let listener = Listener::bind(address, exposure).await?;
        let listener = webhooks::beside(listener, house, settings, runtime, roles)?;
        let address = from_here(listener.address());
        let services = Services {
            runtime: runtime.clone(),
            figures: roles.figures.clone(),
            gate: roles.gate.clone(),
            calls: Some(Arc::clone(&roles.desk)),
            readiness: Arc::new(OwnersReadiness(roles.scheduler.health())),
            debtors: Some(Arc::new(ShowDebtors(Arc::clone(house)))),
            digests: Arc::clone(&house.keyring) as Arc<dyn Digests>,
            archive: Some(Arc::new(HouseArchive::new(Arc::clone(house)))),
        };
        let ((stop, stopped), (closing, closed)) = (oneshot::channel::<()>(), oneshot::channel());
        let serving = async move {
            // A dropped sender means the same as a word: stop.
            let stopped = async move { drop(stopped.await) };
            listener.serve(services, access, stopped).await;
            let _nobody_may_wait = closing.send(());
        };
        runtime.tasks.spawn("listener", Box::pin(serving));
        // Written last: whoever finds the file finds somebody who answers.
        std::fs::write(paths.address(), format!("{address}\n"))
            .with_context(|| format!("{} can't be written", paths.address().display()))?;
        Ok(Self { address, paths, stop, closed })
    }

    pub(super) async fn close(self) {
        // Gone already is as good: nobody is sent there any more.
        let _gone_already = std::fs::remove_file(self.paths.address());
        let _ended_already = self.stop.send(());
        let _ended_already = self.closed.await;
    }
}
