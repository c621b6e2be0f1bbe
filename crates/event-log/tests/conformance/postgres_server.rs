//! A database of a test's own on the server that `tests/with-servers` starts, and logs opened in it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use event_log::membership::Instance;
use event_log::postgres::{APPLICATION_ROLE, Options, PgLog};
use runtime::clock::Clock;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

use crate::fixture::{DECIDER, ORIGIN};

/// Longer than any test: what lapses here, lapses because a test moved it into the past.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// A database, dropped with this value.
pub(crate) struct Database {
    name: String,
    server: String,
}

impl Database {
    /// An empty one.
    #[expect(clippy::disallowed_methods, reason = "the server's address comes by the environment")]
    pub(crate) async fn empty() -> Self {
        let server = std::env::var("MAHNWERK_TEST_POSTGRES");
        let server = server
            .unwrap_or_else(|_| panic!("this test needs PostgreSQL: run it through tests/with-servers"));
        let name =
            format!("t_{:032x}", u128::from_be_bytes(runtime::random_id(&runtime::system::SystemRandom)));
        run_at(&server, format!("CREATE DATABASE {name}")).await;
        Self { name, server }
    }

    /// One that was migrated and has a log.
    pub(crate) async fn with_log() -> Self {
        let database = Self::empty().await;
        PgLog::migrate(&database.owner_url(), None, APPLICATION_ROLE).await.unwrap();
        PgLog::create(&database.owner_url(), None, ORIGIN).await.unwrap();
        database
    }

    /// The URL of the role that owns the tables, here a superuser.
    pub(crate) fn owner_url(&self) -> String {
        let (start, _) = self.server.rsplit_once('/').unwrap();
        format!("{start}/{}", self.name)
    }

    /// The URL of the application's role.
    pub(crate) fn url(&self) -> String {
        let (_, host) = self.server.split_once('@').unwrap();
        let (host, _) = host.split_once('/').unwrap();
        format!("postgres://{APPLICATION_ROLE}@{host}/{}", self.name)
    }

    pub(crate) fn options(&self, instance: u8) -> Options {
        Options {
            url: self.url(),
            password: None,
            connections: 4,
            decider: DECIDER,
            instance: Instance([instance; 16]),
            lease: LEASE,
            clock: clock(),
        }
    }

    /// The log, opened by this instance.
    pub(crate) async fn open(&self, instance: u8) -> PgLog {
        PgLog::open(self.options(instance)).await.unwrap()
    }

    /// Runs statements as the superuser.
    pub(crate) async fn change(&self, sql: impl Into<String>) {
        run_at(&self.owner_url(), sql.into()).await;
    }

    /// Asks as the superuser.
    pub(crate) async fn ask(&self, sql: impl Into<String>) -> Vec<PgRow> {
        let mut connection = connect(&self.owner_url()).await;
        sqlx::query(AssertSqlSafe(sql.into())).fetch_all(&mut connection).await.unwrap()
    }
}

impl Database {
    /// Comes back once that many sessions of this database wait for a lock.
    pub(crate) async fn until_waiting(&self, sessions: i64) {
        let mut connection = connect(&self.owner_url()).await;
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        loop {
            let waiting: i64 = sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get(0);
            if waiting >= sessions {
                return;
            }
        }
    }

    /// A session of the superuser that holds a partition's head row in an open transaction.
    pub(crate) async fn hold_head(&self, partition: u16) -> PgConnection {
        let mut holding = connect(&self.owner_url()).await;
        let sql = format!("BEGIN; SELECT FROM heads WHERE partition = {partition} FOR UPDATE");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut holding).await.unwrap();
        holding
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // A runtime of its own: the test's own is inside of this call.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run_at(&server, sql));
        });
        dropping.join().unwrap();
    }
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    runtime::system::runtime().clock
}

pub(crate) async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().unwrap();
    options.options([("search_path", "mahnwerk")]).disable_statement_logging().connect().await.unwrap()
}

async fn run_at(url: &str, sql: String) {
    let mut connection = connect(url).await;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
}
