//! The suppression list: contact points that somebody opted out of, for whoever is given them later.

use domain::time::Timestamp;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteLog;
use super::batch::{self, Table};
use super::events::fixed;
use crate::record::{Append, Suppression};
use crate::store::StoreError;

/// Of two opt-outs the later one counts.
const TABLE: Table = Table {
    insert: "INSERT INTO suppressed (partition, point, since) VALUES",
    columns: 3,
    after: "ON CONFLICT (partition, point) DO UPDATE SET since = max(since, excluded.since)",
};

/// Adds an append's.
pub(super) async fn write(connection: &mut SqliteConnection, append: &Append) -> Result<(), sqlx::Error> {
    let partition = append.partition;
    batch::insert(connection, &TABLE, &append.suppress, |query, row| {
        query.bind(partition).bind(row.point.to_vec()).bind(row.since.0)
    })
    .await
}

impl SqliteLog {
    pub(super) async fn find_suppressed(
        &self,
        partition: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<Suppression>, StoreError> {
        const ALL: &str = "SELECT point, since FROM suppressed WHERE partition = ? ORDER BY point LIMIT ?";
        const ONE: &str = "SELECT point, since FROM suppressed WHERE partition = ? AND point = ? LIMIT ?";
        let query = match point {
            None => sqlx::query(ALL).bind(partition),
            Some(point) => sqlx::query(ONE).bind(partition).bind(point.to_vec()),
        };
        self.scan_rows(query.bind(limit), "read the suppression list", read_row).await
    }
}

fn read_row(row: &SqliteRow) -> Option<Suppression> {
    Some(Suppression { point: fixed(row, 0)?, since: Timestamp(row.try_get(1).ok()?) })
}
