//! The store that the settings name: a file in the folder for one process, or a PostgreSQL database for many.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use event_log::postgres::PgLog;
use event_log::record::Origin;
use event_log::sqlite::{self, SqliteLog};
use event_log::store::EventLog;
use runtime::carried::CarriedClock;

use crate::paths::Paths;
use crate::settings::{Postgres, Settings, Store};

/// How a log in a file is opened.
pub(crate) const OPTIONS: sqlite::Options = sqlite::Options::new(domain::DECIDER_REVISION);

/// A log, opened.
pub(crate) struct Opened {
    pub(crate) log: Arc<dyn EventLog>,
    pub(super) origin: Origin,
    /// Where it is, as sentences name it.
    pub(super) place: String,
    /// What there is besides where processes share it.
    pub(crate) shared: Option<Shared>,
}

/// A log that processes share.
#[derive(Clone)]
pub(crate) struct Shared {
    /// The log, with what schedulers tell each other through it.
    pub(crate) log: Arc<PgLog>,
    /// The clock that goes by the database's time, once somebody has asked for it.
    pub(crate) clock: CarriedClock,
    /// How long a scheduler's lease counts without a sign of life.
    pub(crate) lease: Duration,
}

/// How a log is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// To read, beside whoever writes.
    Read,
    /// To write: as the only one, where it is a file.
    Write,
}

/// Opens it.
pub(crate) async fn open(paths: &Paths, settings: &Settings, wanted: Use) -> Result<Opened> {
    match settings.log.store {
        Store::Sqlite => open_sqlite(paths, wanted).await,
        Store::Postgres => open_postgres(&settings.postgres).await,
    }
}

async fn open_sqlite(paths: &Paths, wanted: Use) -> Result<Opened> {
    let path = paths.log();
    must_be_there(paths)?;
    let log = match wanted {
        Use::Read => SqliteLog::open_read_only(&path, OPTIONS).await?,
        Use::Write => SqliteLog::open(&path, OPTIONS).await?,
    };
    let origin = log.origin();
    Ok(Opened { log: Arc::new(log), origin, place: path.display().to_string(), shared: None })
}

async fn open_postgres(settings: &Postgres) -> Result<Opened> {
    let mut runtime = runtime::system::runtime();
    let clock = CarriedClock::new(Arc::clone(&runtime.clock), runtime.activity.clone());
    runtime.clock = Arc::new(clock.clone());
    let options = settings.options(&runtime)?;
    let lease = options.lease;
    let place = place(&options.url).to_owned();
    let log = PgLog::open(options).await.with_context(|| {
        format!("the log at {place} can't be opened; `mahnwerk doctor` says what its database lacks")
    })?;
    let log = Arc::new(log);
    let (origin, place) = (log.origin(), log.place().to_owned());
    let shared = Some(Shared { log: Arc::clone(&log), clock, lease });
    Ok(Opened { log, origin, place, shared })
}

/// Host, port and database of an address, without whoever logs in there.
fn place(url: &str) -> &str {
    let behind_scheme = url.split_once("://").map_or("its database", |(_, rest)| rest);
    let behind_user = behind_scheme.rsplit_once('@').map_or(behind_scheme, |(_, place)| place);
    behind_user.split('?').next().unwrap_or(behind_user)
}

/// Makes an empty log.
pub(crate) async fn create(paths: &Paths, settings: &Settings, origin: Origin) -> Result<()> {
    match settings.log.store {
        Store::Sqlite => {
            SqliteLog::create(&paths.log(), origin, OPTIONS).await?;
        }
        Store::Postgres => {
            migrate(&settings.postgres).await?;
            let (url, password) = settings.postgres.owner()?;
            PgLog::create(&url, password.as_deref(), origin).await?;
        }
    }
    Ok(())
}

/// Brings the database up to this release; says how many steps that took.
pub(crate) async fn migrate(settings: &Postgres) -> Result<usize> {
    let (url, password) = settings.owner()?;
    Ok(PgLog::migrate(&url, password.as_deref(), &settings.application_role()?).await?)
}

/// Whether there is a log in the folder; else the sentence that says how to make one.
pub(crate) fn must_be_there(paths: &Paths) -> Result<()> {
    if !paths.log().exists() {
        bail!("there is no log in {}; make one with `mahnwerk init --dir {0}`", paths.dir().display());
    }
    Ok(())
}
