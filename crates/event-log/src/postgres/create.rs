//! Making a log's history and heads in a migrated database.

use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::PgLog;
use super::error::failed;
use super::schema::as_owner;
use crate::record::Origin;
use crate::store::StoreError;
use crate::{chain, check};

/// The most partitions: each has tables of its own.
const MAX_PARTITIONS: u16 = 1024;
/// How many partitions' tables are made in one transaction: each of them is locked until its end.
const AT_ONCE: usize = 32;
const DOING: &str = "made the log's history and heads";

impl PgLog {
    /// Makes a log's history and heads, once for a database, as the role that owns the tables.
    ///
    /// A crash in here leaves tables without a row in them, which the next attempt takes over.
    pub async fn create(url: &str, password: Option<&str>, origin: Origin) -> Result<(), StoreError> {
        if !(1..=MAX_PARTITIONS).contains(&origin.partitions) {
            let detail = format!("a log has 1 to {MAX_PARTITIONS} partitions, not {}", origin.partitions);
            return Err(check::invalid(detail));
        }
        let (mut connection, place) = as_owner(url, password).await?;
        let refused = |error| failed(&place, DOING)(error);
        if exists(&mut connection).await.map_err(refused)? {
            return Err(StoreError::Exists { place });
        }
        make_tables(&mut connection, origin.partitions).await.map_err(refused)?;
        match make(&mut connection, origin).await {
            Ok(()) => Ok(()),
            // Somebody else was quicker.
            Err(error) if super::error::known_in(&error).is_some() => Err(StoreError::Exists { place }),
            Err(error) => Err(refused(error)),
        }
    }
}

async fn exists(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT EXISTS (SELECT FROM origin)").fetch_one(connection).await?;
    row.try_get(0)
}

async fn make_tables(connection: &mut PgConnection, partitions: u16) -> Result<(), sqlx::Error> {
    let last = i32::from(partitions) - 1;
    for first in (0..=last).step_by(AT_ONCE) {
        let until = last.min(first.saturating_add(31));
        let made = sqlx::query("/* mahnwerk: partitions */ SELECT make_partitions($1, $2)");
        made.bind(first).bind(until).execute(&mut *connection).await?;
    }
    Ok(())
}

/// One statement: all of it or nothing.
async fn make(connection: &mut PgConnection, origin: Origin) -> Result<(), sqlx::Error> {
    const SQL: &str = "/* mahnwerk: create */ WITH history AS (INSERT INTO histories (history) VALUES ($1) \
        ON CONFLICT (history) DO UPDATE SET history = excluded.history RETURNING number), \
        made AS (INSERT INTO origin (one, partitions, history, key_check) SELECT 1, $2, number, $3 FROM history), \
        headed AS (INSERT INTO heads SELECT n, 0, 0, $4, $5, 0, 0, 0 FROM generate_series(0, $2 - 1) n) \
        INSERT INTO owners SELECT n, 0, NULL, 0, 0 FROM generate_series(0, $2 - 1) n";
    sqlx::query(SQL)
        .bind(origin.history.to_vec())
        .bind(i32::from(origin.partitions))
        .bind(origin.key_check.to_vec())
        .bind(chain::GENESIS.to_vec())
        .bind(domain::time::Timestamp::MIN.0)
        .execute(connection)
        .await
        .map(drop)
}
