//! The store that the settings name: a file in the folder for one process, or a PostgreSQL database for many.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use event_log::membership::Instance;
use event_log::postgres::{self, PgLog};
use event_log::record::Origin;
use event_log::sqlite::{self, SqliteLog};
use event_log::store::EventLog;
use runtime::carried::CarriedClock;
use runtime::{Runtime, random_id};

use crate::paths::Paths;
use crate::settings::{Postgres, Settings, Store, optional_secret};

/// The secrets of the database's roles.
const PASSWORD: &str = "MAHNWERK_POSTGRES_PASSWORD";
const OWNER_PASSWORD: &str = "MAHNWERK_POSTGRES_OWNER_PASSWORD";

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
    const OPTIONS: sqlite::Options = sqlite::Options::new(domain::DECIDER_REVISION);
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
    let Runtime { clock, random, activity, .. } = runtime::system::runtime();
    let clock = CarriedClock::new(clock, activity);
    let lease = Duration::from_millis(u64::from(settings.lease_ms));
    let options = postgres::Options {
        url: url(settings.url.as_ref(), "url")?,
        password: optional_secret(PASSWORD, settings.password_file.as_deref(), "the database's password")?,
        connections: u16::try_from(settings.connections).unwrap_or(u16::MAX),
        decider: domain::DECIDER_REVISION,
        instance: Instance(random_id(&*random)),
        lease,
        clock: Arc::new(clock.clone()),
    };
    let log = Arc::new(PgLog::open(options).await?);
    let (origin, place) = (log.origin(), log.place().to_owned());
    let shared = Some(Shared { log: Arc::clone(&log), clock, lease });
    Ok(Opened { log, origin, place, shared })
}

/// Makes an empty log.
pub(crate) async fn create(paths: &Paths, settings: &Settings, origin: Origin) -> Result<()> {
    match settings.log.store {
        Store::Sqlite => {
            let options = sqlite::Options::new(domain::DECIDER_REVISION);
            SqliteLog::create(&paths.log(), origin, options).await?;
        }
        Store::Postgres => {
            migrate(&settings.postgres).await?;
            let (url, password) = owner(&settings.postgres)?;
            PgLog::create(&url, password.as_deref(), origin).await?;
        }
    }
    Ok(())
}

/// Brings the database up to this release; says how many steps that took.
pub(crate) async fn migrate(settings: &Postgres) -> Result<usize> {
    let (url, password) = owner(settings)?;
    Ok(PgLog::migrate(&url, password.as_deref(), &application_role(settings)?).await?)
}

/// The role that owns the tables, or the application's where the settings know no other.
fn owner(settings: &Postgres) -> Result<(String, Option<String>)> {
    let file = settings.owner_password_file.as_deref();
    let password = optional_secret(OWNER_PASSWORD, file, "the database owner's password")?;
    Ok((url(settings.owner_url.as_ref(), "owner_url")?, password))
}

/// The role of [`Postgres::url`]: what stands before the `@`.
fn application_role(settings: &Postgres) -> Result<String> {
    let url = url(settings.url.as_ref(), "url")?;
    let role = url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(role, _)| role);
    Ok(role.unwrap_or(postgres::APPLICATION_ROLE).to_owned())
}

fn url(url: Option<&String>, key: &str) -> Result<String> {
    url.cloned().with_context(|| {
        format!("[postgres] {key} is missing; it looks like postgres://ROLE@HOST:5432/DATABASE, without a password")
    })
}

/// Whether there is a log in the folder; else the sentence that says how to make one.
pub(crate) fn must_be_there(paths: &Paths) -> Result<()> {
    if !paths.log().exists() {
        bail!("there is no log in {}; make one with `mahnwerk init --dir {0}`", paths.dir().display());
    }
    Ok(())
}
