//! The servers that `tests/with-servers` has started, and a database of a measurement's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use event_log::keys::Keyring;
use event_log::membership::Instance;
use event_log::postgres::{APPLICATION_ROLE, Options, PgLog};
use event_log::record::Origin;
use runtime::{Runtime, random_id};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use tokio::sync::watch;

use crate::usage;

/// Longer than any measurement.
const LEASE: Duration = Duration::from_secs(600);

/// What a variable of the environment says.
///
/// # Errors
/// When it is not set.
#[expect(clippy::disallowed_methods, reason = "the servers' addresses come by the environment")]
pub fn told(name: &str) -> Result<String> {
    std::env::var(name).ok().context(format!("{name} is not set: run it through tests/with-servers"))
}

/// A database with a log in it, durable.
pub struct Database {
    server: String,
    name: String,
    postmaster: String,
}

impl Database {
    /// Makes one with so many partitions, whose keys these are.
    ///
    /// # Errors
    /// When the server can't be reached, or would forget what it acknowledged.
    pub async fn make(runtime: &Runtime, keys: &Keyring, partitions: u16) -> Result<Self> {
        let server = told("MAHNWERK_TEST_POSTGRES")?;
        let name = format!("bench_{:032x}", u128::from_be_bytes(random_id(&*runtime.random)));
        let mut connection = connect(&server).await?;
        run(&mut connection, format!("CREATE DATABASE {name}")).await?;
        let database = Self { server, name, postmaster: postmaster(&mut connection).await? };
        let owner = database.owner_url()?;
        PgLog::migrate(&owner, None, APPLICATION_ROLE).await?;
        let history = random_id(&*runtime.random);
        let origin = Origin { history, partitions, key_check: keys.check_value(history) };
        PgLog::create(&owner, None, origin).await?;
        Ok(database)
    }

    /// Opens its log as the application does.
    ///
    /// # Errors
    /// When the server would forget what it acknowledged.
    pub async fn open(&self, runtime: &Runtime, connections: u16) -> Result<PgLog> {
        let (_, host) = self.server.split_once('@').context("the server's URL has a role")?;
        let (host, _) = host.split_once('/').context("the server's URL has a database")?;
        let options = Options {
            url: format!("postgres://{APPLICATION_ROLE}@{host}/{}", self.name),
            password: None,
            connections,
            decider: domain::DECIDER_REVISION,
            instance: Instance(random_id(&*runtime.random)),
            lease: LEASE,
            clock: Arc::clone(&runtime.clock),
        };
        let log = PgLog::open(options).await?;
        if !log.durability().await?.survives_a_crash() {
            bail!(
                "the server's fsync, synchronous_commit or full_page_writes is off: nothing to compare with"
            );
        }
        Ok(log)
    }

    /// A connection of the superuser's.
    ///
    /// # Errors
    /// When the server can't be reached.
    pub async fn connect(&self) -> Result<PgConnection> {
        connect(&self.owner_url()?).await
    }

    /// Processor seconds that the server has used so far.
    pub fn seconds(&self) -> f64 {
        usage::family_seconds(&self.postmaster)
    }

    /// Takes it away.
    ///
    /// # Errors
    /// When the server can't be reached.
    pub async fn drop(self) -> Result<()> {
        let mut connection = connect(&self.server).await?;
        run(&mut connection, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }

    fn owner_url(&self) -> Result<String> {
        let (start, _) = self.server.rsplit_once('/').context("the server's URL has a database")?;
        Ok(format!("{start}/{}", self.name))
    }
}

/// Runs statements.
///
/// # Errors
/// When the server refuses one.
pub async fn run(connection: &mut PgConnection, sql: impl Into<String>) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(connection).await?;
    Ok(())
}

async fn connect(url: &str) -> Result<PgConnection> {
    let options: PgConnectOptions = url.parse()?;
    Ok(options.options([("search_path", "mahnwerk")]).disable_statement_logging().connect().await?)
}

async fn postmaster(connection: &mut PgConnection) -> Result<String> {
    let pid: i32 = sqlx::query("SELECT pg_backend_pid()").fetch_one(connection).await?.try_get(0)?;
    usage::parent(pid).context("the server does not run on this machine")
}

/// The server's own checkpoints, every so often: what is measured goes on over several of them.
pub struct Checkpoints {
    done: Arc<AtomicU32>,
    _stop: watch::Sender<()>,
}

impl Checkpoints {
    /// Begins; ends when it is dropped.
    ///
    /// # Errors
    /// When the server can't be reached.
    pub async fn begin(runtime: &Runtime, database: &Database, every: Duration) -> Result<Self> {
        let (stop, mut stopped) = watch::channel(());
        let done = Arc::new(AtomicU32::new(0));
        let (counted, clock) = (Arc::clone(&done), Arc::clone(&runtime.clock));
        let mut connection = database.connect().await?;
        let task = async move {
            loop {
                tokio::select! {
                    biased;
                    _gone = stopped.changed() => return,
                    () = clock.sleep(every) => {}
                }
                if run(&mut connection, "CHECKPOINT").await.is_err() {
                    return;
                }
                counted.fetch_add(1, Ordering::Relaxed);
            }
        };
        runtime.tasks.spawn("bench.checkpoints", Box::pin(task));
        Ok(Self { done, _stop: stop })
    }

    /// How many there were.
    pub fn done(&self) -> u32 {
        self.done.load(Ordering::Relaxed)
    }
}
