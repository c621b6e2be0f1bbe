//! Facts that wait until their claim is known.

use domain::ids::InputId;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteLog;
use super::batch::{self, Table};
use super::events::fixed;
use crate::record::{Append, ParkedRow};
use crate::store::StoreError;

/// A fact that is delivered again waits once.
const TABLE: Table = Table {
    insert: "INSERT OR IGNORE INTO parked (partition, key, claim, since, sealed) VALUES",
    columns: 5,
    after: "",
};

/// Drains first, then parks.
pub(super) async fn write(connection: &mut SqliteConnection, append: &Append) -> Result<(), sqlx::Error> {
    const DRAIN: &str = "DELETE FROM parked WHERE partition = ? AND key IN ({list})";
    let partition = append.partition;
    batch::select(connection, DRAIN, "?", &append.unpark, |query, list| {
        list.iter().fold(query.bind(partition), |query, key| query.bind(key.bytes().to_vec()))
    })
    .await?;
    batch::insert(connection, &TABLE, &append.park, |query, row| {
        let query = query.bind(partition).bind(row.key.bytes().to_vec()).bind(row.claim.to_vec());
        query.bind(row.since.0).bind(row.sealed.clone())
    })
    .await
}

impl SqliteLog {
    pub(super) async fn find_parked(
        &self,
        partition: u16,
        claim: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        const ALL: &str = "SELECT claim, key, since, sealed FROM parked WHERE partition = ? \
            ORDER BY since, key LIMIT ?";
        const OF_CLAIM: &str = "SELECT claim, key, since, sealed FROM parked WHERE partition = ? AND claim = ? \
            ORDER BY since, key LIMIT ?";
        let query = match claim {
            None => sqlx::query(ALL).bind(partition),
            Some(claim) => sqlx::query(OF_CLAIM).bind(partition).bind(claim.to_vec()),
        };
        self.scan_rows(query.bind(limit), "looked for parked facts", read_row).await
    }

    pub(super) async fn find_parked_input(
        &self,
        partition: u16,
        key: InputId,
    ) -> Result<Option<ParkedRow>, StoreError> {
        const SQL: &str = "SELECT claim, key, since, sealed FROM parked WHERE partition = ? AND key = ?";
        let query = sqlx::query(SQL).bind(partition).bind(key.bytes().to_vec());
        Ok(self.scan_rows(query, "looked for a parked fact", read_row).await?.into_iter().next())
    }
}

fn read_row(row: &SqliteRow) -> Option<ParkedRow> {
    Some(ParkedRow {
        claim: fixed(row, 0)?,
        key: InputId::new(fixed(row, 1)?),
        since: Timestamp(row.try_get(2).ok()?),
        sealed: row.try_get(3).ok()?,
    })
}
