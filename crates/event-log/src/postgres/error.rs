//! What PostgreSQL's errors mean to a caller.

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::store::StoreError;

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const UNIQUE_VIOLATION: &str = "23505";
const SERIALIZATION_FAILURE: &str = "40001";
const DEADLOCK: &str = "40P01";
const DISK_FULL: &str = "53100";
const LOCK_NOT_AVAILABLE: &str = "55P03";
const READ_ONLY: &str = "25006";
const NO_SUCH_SCHEMA: &str = "3F000";
const NO_SUCH_TABLE: &str = "42P01";
const NO_SUCH_DATABASE: &str = "3D000";
/// Classes after which the same may work: connection, resources, an operator's intervention, a rollback.
const TRANSIENT_CLASSES: [&str; 4] = ["08", "53", "57", "40"];

/// Makes a store's error of what was being done.
pub(super) fn failed(place: &str, doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| classify(place, doing, &error)
}

/// What a failed statement that commits means: an answer of the server says that nothing was written, anything else
/// leaves it open (takeover, 2).
pub(super) fn commit_failed(place: &str, doing: &'static str, error: &sqlx::Error) -> StoreError {
    if is_lost(error) { StoreError::UnknownResult } else { classify(place, doing, error) }
}

/// The error for a log that holds something else than it should, or none.
pub(super) fn unreadable(place: &str, detail: impl Into<String>) -> StoreError {
    StoreError::Unreadable { place: place.to_owned(), detail: detail.into() }
}

/// Whether the connection is of no more use: it broke, it did not answer in time, or the server ended it.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match database(error) {
        Some(error) => matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic),
        None => !matches!(error, sqlx::Error::RowNotFound | sqlx::Error::Encode(_)),
    }
}

/// Whether a transaction was undone for another's sake and may be tried again at once.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(SERIALIZATION_FAILURE | DEADLOCK))
}

/// Whether a lock was not to be had in time.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    code(error) == Some(LOCK_NOT_AVAILABLE)
}

/// Whether there is no log at all: no database, no schema, no table.
pub(super) fn is_missing(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(NO_SUCH_SCHEMA | NO_SUCH_TABLE | NO_SUCH_DATABASE))
}

/// The table whose row must be new and is there already.
pub(super) fn known_in(error: &sqlx::Error) -> Option<&str> {
    database(error).filter(|error| error.code() == UNIQUE_VIOLATION)?.table()
}

/// The error of a connection that did not answer in time.
pub(super) fn no_answer() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "it did not answer in time"))
}

fn classify(place: &str, doing: &'static str, error: &sqlx::Error) -> StoreError {
    match code(error) {
        Some(DISK_FULL) => StoreError::Full { place: place.to_owned() },
        Some(_) if is_missing(error) => unreadable(place, "there is no log; `mahnwerk init` makes one"),
        Some(code) => {
            let class = TRANSIENT_CLASSES.iter().any(|class| code.starts_with(class));
            told(doing, error, class || matches!(code, LOCK_NOT_AVAILABLE | READ_ONLY))
        }
        None => told(doing, error, is_lost(error)),
    }
}

/// Only the server's first line: the lines behind it may name values.
fn told(doing: &'static str, error: &sqlx::Error, transient: bool) -> StoreError {
    let detail = match database(error) {
        Some(error) => format!("{} ({})", error.message(), error.code()),
        None => error.to_string(),
    };
    StoreError::Database { doing, detail, transient }
}

fn code(error: &sqlx::Error) -> Option<&str> {
    database(error).map(PgDatabaseError::code)
}

fn database(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}
