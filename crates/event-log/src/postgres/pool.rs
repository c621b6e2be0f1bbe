//! A few connections, each used by one call at a time.
//!
//! No pool of sqlx's: its timeouts need a clock of its own.
//! **Invariant:** a connection goes back only after its call has come to an end; one whose future was dropped, or that
//! broke, is closed and never used again.
//! **Invariant:** where a closed one may still be committing at the server, its backend is ended before anybody looks
//! what became of it ([`Pool::settle`]).

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use runtime::clock::Clock;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{ConnectOptions, Postgres, Row};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::{failed, is_lost, no_answer};
use crate::store::StoreError;

/// A statement whose values are being bound.
pub(super) type Bound<'q> = Query<'q, Postgres, PgArguments>;

/// How long the server is given to end a backend.
const ENDS_WITHIN_MS: i64 = 2_000;

/// A server process: its number, and since when, as numbers come again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Backend {
    pid: i32,
    since_us: i64,
}

#[derive(Debug)]
struct Session {
    connection: PgConnection,
    backend: Backend,
}

/// The connections.
pub(super) struct Pool {
    connect: PgConnectOptions,
    place: String,
    clock: Arc<dyn Clock>,
    patience: Duration,
    slots: Semaphore,
    idle: Mutex<Vec<Session>>,
    in_doubt: Mutex<Vec<Backend>>,
}

impl Pool {
    /// At most that many connections; each statement is given that long to be answered.
    pub(super) fn new(
        connect: PgConnectOptions,
        place: String,
        clock: Arc<dyn Clock>,
        patience: Duration,
        connections: u16,
    ) -> Self {
        let slots = Semaphore::new(usize::from(connections.max(1)));
        Self { connect, place, clock, patience, slots, idle: Mutex::default(), in_doubt: Mutex::default() }
    }

    /// Which log this leads to, without a password.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// A connection for one call; waits for its turn.
    pub(super) async fn take(&self) -> Result<Taken<'_>, sqlx::Error> {
        let slot = self.slots.acquire().await.map_err(|_closed| sqlx::Error::PoolClosed)?;
        let idle = lock(&self.idle).pop();
        let session = match idle {
            Some(session) => session,
            None => self.within(self.connect()).await?,
        };
        Ok(Taken { pool: self, session: Some(session), commits: false, _slot: slot })
    }

    /// Runs one statement that a dropped call leaves without a trace, and gives its rows.
    pub(super) async fn fetch(
        &self,
        query: Bound<'_>,
        doing: &'static str,
    ) -> Result<Vec<PgRow>, StoreError> {
        let fetched = async {
            let mut taken = self.take().await?;
            let rows = taken.fetch(query).await;
            taken.give_back();
            rows
        };
        fetched.await.map_err(failed(&self.place, doing))
    }

    /// Ends the backends whose commit nobody has heard of, so that what they did is decided.
    pub(super) async fn settle(&self) -> Result<(), StoreError> {
        const SQL: &str = "/* mahnwerk: settle */ SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity \
            WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1000000)::bigint = $2 AND usename = current_user";
        loop {
            let Some(backend) = lock(&self.in_doubt).last().copied() else { return Ok(()) };
            let query = sqlx::query(SQL).bind(backend.pid).bind(backend.since_us).bind(ENDS_WITHIN_MS);
            let ended = self.fetch(query, "ended a backend whose commit is unknown").await?;
            if ended.iter().any(|row| row.try_get(0).is_ok_and(|ended: bool| !ended)) {
                return Err(StoreError::UnknownResult);
            }
            lock(&self.in_doubt).retain(|each| *each != backend);
        }
    }

    async fn connect(&self) -> Result<Session, sqlx::Error> {
        const SQL: &str = "/* mahnwerk: greet */ SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint \
            FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        let mut connection = self.connect.connect().await?;
        let row = sqlx::query(SQL).fetch_one(&mut connection).await?;
        let backend = Backend { pid: row.try_get(0)?, since_us: row.try_get(1)? };
        Ok(Session { connection, backend })
    }

    async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, sqlx::Error> {
        let limit = self.clock.sleep(self.patience);
        tokio::select! {
            biased;
            done = work => done,
            () = limit => Err(no_answer()),
        }
    }
}

/// A connection in use.
pub(super) struct Taken<'a> {
    pool: &'a Pool,
    session: Option<Session>,
    /// Whether what is under way would be committed at the server even if nobody waited for it.
    commits: bool,
    _slot: SemaphorePermit<'a>,
}

impl Taken<'_> {
    /// Runs a statement.
    pub(super) async fn fetch(&mut self, query: Bound<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
        let pool = self.pool;
        let connection = self.connection()?;
        let fetched = pool.within(query.fetch_all(connection)).await;
        fetched.inspect_err(|error| self.judge(error))
    }

    /// Runs a statement that commits: from here on until it is answered its result is unknown.
    pub(super) async fn commit(&mut self, query: Bound<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
        self.commits = true;
        let done = self.fetch(query).await;
        self.commits = false;
        done
    }

    /// Runs statements without values.
    pub(super) async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        let pool = self.pool;
        let connection = self.connection()?;
        let done = pool.within(async { sqlx::raw_sql(sql).execute(connection).await.map(drop) }).await;
        done.inspect_err(|error| self.judge(error))
    }

    /// Ends a transaction with this statement, after which it is committed.
    pub(super) async fn run_commit(&mut self) -> Result<(), sqlx::Error> {
        self.commits = true;
        let done = self.run("COMMIT").await;
        self.commits = false;
        done
    }

    /// Leaves the connection to the next call.
    pub(super) fn give_back(mut self) {
        if let Some(session) = self.session.take() {
            lock(&self.pool.idle).push(session);
        }
    }

    fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.session.as_mut().map(|session| &mut session.connection).ok_or(sqlx::Error::PoolClosed)
    }

    /// After a loss the other connections have most likely gone as well: the next calls make new ones.
    fn judge(&mut self, error: &sqlx::Error) {
        if is_lost(error) {
            self.give_up();
            lock(&self.pool.idle).clear();
        }
    }

    fn give_up(&mut self) {
        if let Some(session) = self.session.take()
            && self.commits
        {
            lock(&self.pool.in_doubt).push(session.backend);
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.give_up();
    }
}

fn lock<T>(mutex: &Mutex<Vec<T>>) -> MutexGuard<'_, Vec<T>> {
    // Nothing stops half-way through a change of these lists.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
