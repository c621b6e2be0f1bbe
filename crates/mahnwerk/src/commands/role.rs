//! `scheduler`, `ingest`, `worker`: one role in a process of its own, on a log that processes share.
//!
//! Each ends at the first SIGTERM or SIGINT: what is under way is finished within a deadline, and what is not finished by
//! then the log brings back.

mod ingest;
mod scheduler;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use ::ingest::listener::{Condition, Readiness};
use anyhow::{Result, bail};
use async_trait::async_trait;
use bus::BusError;
use bus::nats::{NatsBus, Role};
use event_log::keys::Keyring;
use event_log::postgres::PgLog;
use event_log::store::{EventLog, StoreError};
use runtime::Runtime;

use crate::carrier;
use crate::cli::RoleArgs;
use crate::house::House;
use crate::house::store::Shared;
use crate::lasting::lasting;
use crate::paths::Paths;
use crate::settings::{Settings, Store};

pub(crate) use self::ingest::run as run_ingest;
pub(crate) use self::scheduler::run as run_scheduler;
pub(crate) use self::worker::run as run_worker;

/// Between two tries to reach a database or a broker that is away.
const PAUSE: Duration = Duration::from_secs(1);

/// How long what is under way may take once the process is told to end.
const DEADLINE: Duration = Duration::from_secs(20);

/// The settings of a role, with other providers where the command line names some.
fn settings(args: &RoleArgs) -> Result<Settings> {
    read_settings(args).map_err(lasting)
}

fn read_settings(args: &RoleArgs) -> Result<Settings> {
    let settings = Settings::read(&args.house.dir)?;
    if settings.log.store == Store::Sqlite {
        bail!(
            "this log is a file, which one process owns: start everything with `mahnwerk run`, or set [log] store = \
             \"postgres\" and make a new log"
        );
    }
    match &args.providers {
        Some(file) => settings.with_providers(file),
        None => Ok(settings),
    }
}

/// How long a role waits at its start for what is away: for all of it together.
struct Patience {
    runtime: Runtime,
    /// Monotonic.
    until: Duration,
}

impl Patience {
    /// As long as the command line says, from now on.
    fn of(args: &RoleArgs, runtime: &Runtime) -> Self {
        let until = runtime.clock.monotonic().saturating_add(Duration::from_secs(args.wait));
        Self { runtime: runtime.clone(), until }
    }

    /// The folder, and what there is beside it because processes share its log. The database is waited for while it is away.
    async fn open(&self, args: &RoleArgs, settings: &Settings) -> Result<(Arc<House>, Shared)> {
        let open = || House::read_shared(Paths::of(&args.house.dir), settings);
        let (house, shared) = self.until_there("the database", open).await?;
        Ok((Arc::new(house), shared))
    }

    /// The broker, waited for while it is away.
    async fn carrier(
        &self,
        settings: &Settings,
        keyring: &Arc<Keyring>,
        runtime: &Runtime,
        role: Role,
        name: &str,
    ) -> Result<Arc<NatsBus>> {
        let connect = || carrier::connect(&settings.nats, keyring, runtime, role, name);
        self.until_there("the broker", connect).await
    }

    /// Tries until it succeeds, until it fails for a reason that stays, or until the patience is over: servers that start
    /// together come up in any order, and one that restarts is back soon.
    async fn until_there<T, F: Future<Output = Result<T>>>(
        &self,
        what: &'static str,
        attempt: impl Fn() -> F,
    ) -> Result<T> {
        let mut said = false;
        loop {
            let error = match attempt().await {
                Ok(there) => return Ok(there),
                Err(error) if is_transient(&error) => error,
                Err(error) => return Err(lasting(error)),
            };
            let left = self.until.saturating_sub(self.runtime.clock.monotonic());
            if left.is_zero() {
                return Err(error);
            }
            if !said {
                let why = format!("{error:#}");
                tracing::warn!(what, seconds = left.as_secs(), why, "waiting for what is away");
                said = true;
            }
            self.runtime.clock.sleep(PAUSE.min(left)).await;
        }
    }
}

fn is_transient(error: &anyhow::Error) -> bool {
    let store = error.downcast_ref::<StoreError>().is_some_and(StoreError::is_transient);
    let bus = error.downcast_ref::<BusError>().is_some_and(BusError::is_transient);
    store || bus
}

/// Lets it finish within the deadline; whether it did.
async fn within_deadline(runtime: &Runtime, finishing: impl Future<Output = ()>) -> bool {
    tokio::select! {
        biased;
        () = finishing => true,
        () = runtime.clock.sleep(DEADLINE) => {
            tracing::warn!(seconds = DEADLINE.as_secs(), "not everything was finished in time; the log brings it back");
            false
        }
    }
}

/// Whether a process that talks to others over the broker can do so, and reach the log where it needs it.
struct Reaches {
    bus: Arc<NatsBus>,
    log: Option<Arc<PgLog>>,
}

#[async_trait]
impl Readiness for Reaches {
    async fn conditions(&self) -> Vec<Condition> {
        let mut conditions = vec![broker(&self.bus)];
        if let Some(log) = &self.log {
            conditions.push(match log.head(0).await {
                Ok(_) => Condition::holds("log readable", "the database answers"),
                Err(error) => {
                    tracing::warn!(%error, "the log can't be read");
                    Condition::fails("log readable", "the database does not answer")
                }
            });
        }
        conditions
    }
}

fn broker(bus: &NatsBus) -> Condition {
    const NAME: &str = "broker connected";
    if bus.is_connected() { Condition::holds(NAME, "yes") } else { Condition::fails(NAME, "no") }
}
