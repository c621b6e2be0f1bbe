//! What SQLite's errors mean to a caller.

use std::path::Path;

use crate::store::StoreError;

// Primary result codes, https://www.sqlite.org/rescode.html
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const CONSTRAINT: i32 = 19;
const NOT_A_DATABASE: i32 = 26;
/// The shared-memory file can't grow: the disk is full.
const IO_SHARED_MEMORY_SIZE: i32 = 4874;

/// Makes a store's error of what was being done.
pub(super) fn failed(place: &Path, doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| classify(place, doing, &error)
}

/// Whether a row that must be new is there already.
pub(super) fn is_constraint(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| code & 0xff == CONSTRAINT)
}

/// What a failed commit means: only a full or a busy database surely wrote nothing.
pub(super) fn commit_failed(place: &Path, doing: &'static str, error: &sqlx::Error) -> StoreError {
    match code(error).map(|code| code & 0xff) {
        Some(FULL | BUSY) => classify(place, doing, error),
        Some(_) | None => StoreError::UnknownResult,
    }
}

/// The error for a file that holds something else than it should.
pub(super) fn unreadable(place: &Path, detail: impl Into<String>) -> StoreError {
    StoreError::Unreadable { place: place.display().to_string(), detail: detail.into() }
}

fn classify(place: &Path, doing: &'static str, error: &sqlx::Error) -> StoreError {
    let code = code(error);
    match (code, code.map(|code| code & 0xff)) {
        (Some(IO_SHARED_MEMORY_SIZE), _) | (_, Some(FULL)) => {
            StoreError::Full { place: place.display().to_string() }
        }
        (_, Some(NOT_A_DATABASE)) => unreadable(place, "it is no log of Mahnwerk; choose another file"),
        (_, Some(CORRUPT)) => unreadable(place, "the file is damaged; restore it from a backup"),
        (_, Some(CANNOT_OPEN)) => unreadable(
            place,
            "it can't be opened; check that it exists and that this user may use its folder",
        ),
        (_, Some(primary)) => database(doing, error, matches!(primary, BUSY | LOCKED)),
        (_, None) => database(doing, error, false),
    }
}

fn database(doing: &'static str, error: &sqlx::Error, transient: bool) -> StoreError {
    StoreError::Database { doing, detail: error.to_string(), transient }
}

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}
