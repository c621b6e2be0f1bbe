//! Making and opening a log's file, and the OS lock that stands for its lease.

use core::time::Duration;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Row};

use super::SqliteLog;
use super::connections::{Readers, Writer};
use super::error::{failed, unreadable};
use super::names;
use super::schema::{self, Shape};
use crate::names::Names;
use crate::record::Origin;
use crate::store::StoreError;
use crate::tail::Tails;
use crate::{chain, check};

/// Input keys and lookups fall on pages at random, and a page is written whole: small pages write the least.
const PAGE_BYTES: u32 = 4096;
/// How many pages the WAL gathers before they go to the file: pages that are written again meanwhile go there once.
const WAL_PAGES: &str = "8000";
/// Enough that a full append is written once, at its commit.
const CACHE: &str = "-65536";
const MAX_PARTITIONS: u16 = 4096;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How a log is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The revision that its owner decides with; a log with later decisions can't be leased.
    pub decider: u32,
    /// How many may read at once, beside the one who writes.
    pub readers: u8,
    /// The most bytes that the file may have, if there is a limit beside the disk's own.
    pub max_bytes: Option<u64>,
}

impl Options {
    /// Two readers, no limit.
    pub const fn new(decider: u32) -> Self {
        Self { decider, readers: 2, max_bytes: None }
    }
}

impl SqliteLog {
    /// Makes a log where nothing is yet, and opens it as its owner.
    ///
    /// A crash in here leaves nothing, or a file without a table, which the next attempt takes over.
    pub async fn create(path: &Path, origin: Origin, options: Options) -> Result<Self, StoreError> {
        if !(1..=MAX_PARTITIONS).contains(&origin.partitions) {
            let detail = format!("a log has 1 to {MAX_PARTITIONS} partitions, not {}", origin.partitions);
            return Err(check::invalid(detail));
        }
        let lock = take_lock(path)?;
        touch(path)?;
        let connect = writing(path, &options);
        let mut connection = connect.connect().await.map_err(failed(path, "opened the log"))?;
        match schema::shape(&mut connection, path).await? {
            Shape::Blank => (),
            Shape::Log(_) | Shape::Foreign => {
                return Err(StoreError::Exists { place: path.display().to_string() });
            }
        }
        let mut writer = Writer::new(connect, connection);
        let made = match writer.begin().await {
            Ok(connection) => make(connection, origin).await,
            Err(error) => Err(error),
        };
        finish_making(path, &mut writer, made).await?;
        Self::with(path, Some((writer, lock)), &options).await
    }

    /// Opens a log as its owner.
    pub async fn open(path: &Path, options: Options) -> Result<Self, StoreError> {
        exists(path)?;
        let lock = take_lock(path)?;
        let connect = writing(path, &options);
        let mut connection = connect.connect().await.map_err(failed(path, "opened the log"))?;
        let version = schema::known(schema::shape(&mut connection, path).await?, path)?;
        let mut writer = Writer::new(connect, connection);
        if !schema::is_current(version) {
            let migrated = match writer.begin().await {
                Ok(connection) => schema::migrate(connection, version).await,
                Err(error) => Err(error),
            };
            finish_making(path, &mut writer, migrated).await?;
        }
        Self::with(path, Some((writer, lock)), &options).await
    }

    /// Opens a log for reading, beside its owner or without one.
    pub async fn open_read_only(path: &Path, options: Options) -> Result<Self, StoreError> {
        exists(path)?;
        let mut connection =
            reading(path).connect().await.map_err(failed(path, "opened the log for reading"))?;
        let version = schema::known(schema::shape(&mut connection, path).await?, path)?;
        if !schema::is_current(version) {
            return Err(unreadable(
                path,
                "an older release made it; let its owner open it once with this one",
            ));
        }
        Self::with(path, None, &options).await
    }

    async fn with(path: &Path, owner: Option<(Writer, File)>, options: &Options) -> Result<Self, StoreError> {
        let opened = failed(path, "opened the log for reading");
        let readers = Readers::open(&reading(path), options.readers).await.map_err(&opened)?;
        let mut connection = readers.take().await.map_err(&opened)?;
        let origin = read_origin(&mut connection, path).await?;
        let names = Names::default();
        names::read(&names, &mut connection, path).await?;
        drop(connection);
        let (writer, lock) = owner.unzip();
        Ok(Self {
            place: path.to_owned(),
            origin,
            decider: options.decider,
            writer: writer.map(tokio::sync::Mutex::new),
            readers,
            names,
            tails: Tails::new(origin.partitions),
            _lock: lock,
        })
    }
}

fn writing(path: &Path, options: &Options) -> SqliteConnectOptions {
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .page_size(PAGE_BYTES)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", CACHE)
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    match options.max_bytes {
        None => connect,
        Some(bytes) => connect.pragma("max_page_count", (bytes / u64::from(PAGE_BYTES)).max(1).to_string()),
    }
}

fn reading(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(1024)
        .disable_statement_logging()
}

async fn make(connection: &mut SqliteConnection, origin: Origin) -> Result<(), sqlx::Error> {
    schema::migrate(connection, 0).await?;
    sqlx::query("INSERT INTO histories (number, history) VALUES (1, ?)")
        .bind(origin.history.as_slice())
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO origin (one, partitions, history, key_check) VALUES (1, ?, 1, ?)")
        .bind(origin.partitions)
        .bind(origin.key_check.as_slice())
        .execute(&mut *connection)
        .await?;
    for partition in 0..origin.partitions {
        sqlx::query("INSERT INTO heads VALUES (?, 0, 0, ?, ?, 0, 0, 0)")
            .bind(partition)
            .bind(chain::GENESIS.as_slice())
            .bind(domain::time::Timestamp::MIN.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn finish_making(
    path: &Path,
    writer: &mut Writer,
    made: Result<(), sqlx::Error>,
) -> Result<(), StoreError> {
    let committed = match made {
        Ok(()) => writer.commit().await,
        Err(error) => {
            writer.roll_back().await;
            Err(error)
        }
    };
    committed.map_err(failed(path, "made the log's tables"))
}

async fn read_origin(connection: &mut SqliteConnection, path: &Path) -> Result<Origin, StoreError> {
    let sql =
        "SELECT partitions, h.history, key_check FROM origin o JOIN histories h ON h.number = o.history";
    let read = async {
        let row = sqlx::query(sql).fetch_one(connection).await?;
        Ok((row.try_get(0)?, row.try_get::<Vec<u8>, _>(1)?, row.try_get::<Vec<u8>, _>(2)?))
    };
    let (partitions, history, key_check) =
        read.await.map_err(failed(path, "read what the log was made with"))?;
    match (history.try_into(), key_check.try_into()) {
        (Ok(history), Ok(key_check)) => Ok(Origin { history, partitions, key_check }),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => {
            Err(unreadable(path, "its first row is damaged; restore it from a backup"))
        }
    }
}

/// Takes the lock for as long as the file stays open; the system gives it back when the process ends, however it ends.
fn take_lock(path: &Path) -> Result<File, StoreError> {
    let lock = lock_path(path);
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&lock);
    let file = file.map_err(|error| unreadable(&lock, format!("the lock file can't be made: {error}")))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { place: path.display().to_string() }),
        Err(TryLockError::Error(error)) => Err(unreadable(&lock, format!("it can't be locked: {error}"))),
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Makes the file its owner's alone before SQLite writes to it; its companions take over the mode.
fn touch(path: &Path) -> Result<(), StoreError> {
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    opened.map(drop).map_err(|error| unreadable(path, format!("it can't be made: {error}")))
}

fn exists(path: &Path) -> Result<(), StoreError> {
    if path.is_file() {
        return Ok(());
    }
    Err(unreadable(path, "there is no log; `mahnwerk init` makes one"))
}
