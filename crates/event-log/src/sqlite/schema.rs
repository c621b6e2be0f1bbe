//! The file's shape: which release made it, and bringing an older one up to this one's.

use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use super::error::{failed, unreadable};
use crate::store::StoreError;

/// `MAHN`, in the file's header: tells a log from any other database.
const APPLICATION: i64 = 0x4d41_484e;

/// Each brings the file from its index to the next one. Only ever added to.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../migrations/sqlite/0001_log.sql"),
    include_str!("../../migrations/sqlite/0002_suppressed.sql"),
];

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// Nothing is in it: new, or `init` was cut off before its one transaction.
    Blank,
    /// A log, with that many migrations behind it.
    Log(usize),
    /// Some other database.
    Foreign,
}

/// Looks what the file is.
pub(super) async fn shape(connection: &mut SqliteConnection, place: &Path) -> Result<Shape, StoreError> {
    let sql = "SELECT (SELECT application_id FROM pragma_application_id), \
               (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)";
    let read = async {
        let row = sqlx::query(sql).fetch_one(connection).await?;
        Ok((row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?, row.try_get::<i64, _>(2)?))
    };
    let (application, version, objects) = read.await.map_err(failed(place, "looked what the file is"))?;
    Ok(match (application, usize::try_from(version), objects) {
        (APPLICATION, Ok(version), _) => Shape::Log(version),
        (0, Ok(0), 0) => Shape::Blank,
        (_, Ok(_) | Err(_), _) => Shape::Foreign,
    })
}

/// Refuses what is no log of this release or an older one; says how many migrations it has behind it.
pub(super) fn known(shape: Shape, place: &Path) -> Result<usize, StoreError> {
    match shape {
        Shape::Log(version) if version <= MIGRATIONS.len() => Ok(version),
        Shape::Log(version) => Err(unreadable(
            place,
            format!(
                "it has format {version} and this release knows up to {}; use the newer release that made it",
                MIGRATIONS.len()
            ),
        )),
        Shape::Blank => Err(unreadable(place, "it is empty; `mahnwerk init` makes a log")),
        Shape::Foreign => Err(unreadable(place, "it is no log of Mahnwerk; choose another file")),
    }
}

/// Whether every migration is behind it.
pub(super) const fn is_current(version: usize) -> bool {
    version == MIGRATIONS.len()
}

/// Runs the migrations that are missing, inside the caller's transaction: a crash leaves the file as it was.
pub(super) async fn migrate(connection: &mut SqliteConnection, from: usize) -> Result<(), sqlx::Error> {
    for sql in MIGRATIONS.iter().skip(from) {
        sqlx::raw_sql(*sql).execute(&mut *connection).await?;
    }
    let header = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}", MIGRATIONS.len());
    sqlx::raw_sql(AssertSqlSafe(header)).execute(connection).await?;
    Ok(())
}
