//! The one connection that writes, and the few that read.
//!
//! No pool of sqlx's: its timeouts need a clock, and a log needs neither.

use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Mutex, MutexGuard};

/// The connection that writes. Whoever holds it is alone with it.
#[derive(Debug)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    /// Set before a transaction begins and cleared when it has ended: a future dropped in between leaves it set.
    in_transaction: bool,
}

impl Writer {
    pub(super) const fn new(options: SqliteConnectOptions, connection: SqliteConnection) -> Self {
        Self { options, connection: Some(connection), in_transaction: false }
    }

    /// Begins a transaction that may write, after undoing whatever a dropped call has left behind.
    pub(super) async fn begin(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.settle().await;
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        self.in_transaction = true;
        let connection = self.connection.insert(connection);
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
        Ok(connection)
    }

    /// Waits out and undoes what a dropped call has left behind; its commit, if it came that far, stands.
    pub(super) async fn settle(&mut self) {
        if self.in_transaction {
            self.roll_back().await;
        }
    }

    /// Commits; after an error the transaction is undone or its connection is given up.
    ///
    /// A crash in here leaves the transaction whole or absent: SQLite decides by the last frame of its WAL.
    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        let Some(connection) = &mut self.connection else { return Err(sqlx::Error::WorkerCrashed) };
        let result = sqlx::query("COMMIT").execute(connection).await;
        match result {
            Ok(_) => {
                self.in_transaction = false;
                Ok(())
            }
            Err(error) => {
                self.roll_back().await;
                Err(error)
            }
        }
    }

    /// Undoes the transaction.
    ///
    /// SQLite itself undoes one on some errors; then, as after any other failure here, the connection is given up and
    /// the next transaction opens another: closing undoes whatever is left.
    pub(super) async fn roll_back(&mut self) {
        let Some(connection) = &mut self.connection else { return };
        if sqlx::query("ROLLBACK").execute(&mut *connection).await.is_err()
            && let Some(connection) = self.connection.take()
        {
            // Its own error would say nothing new: it is gone either way.
            drop(connection.close().await);
        }
        self.in_transaction = false;
    }
}

/// The connections that read.
#[derive(Debug)]
pub(super) struct Readers {
    connections: Vec<Mutex<SqliteConnection>>,
    next: AtomicUsize,
}

impl Readers {
    /// Opens that many, at least one.
    pub(super) async fn open(options: &SqliteConnectOptions, count: u8) -> Result<Self, sqlx::Error> {
        let mut connections = Vec::new();
        for _ in 0..count.max(1) {
            connections.push(Mutex::new(options.connect().await?));
        }
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// One that is free, else the next one's turn.
    pub(super) async fn take(&self) -> Result<MutexGuard<'_, SqliteConnection>, sqlx::Error> {
        if let Some(free) = self.connections.iter().find_map(|one| one.try_lock().ok()) {
            return Ok(free);
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed).checked_rem(self.connections.len());
        match turn.and_then(|turn| self.connections.get(turn)) {
            Some(one) => Ok(one.lock().await),
            None => Err(sqlx::Error::PoolClosed),
        }
    }
}
