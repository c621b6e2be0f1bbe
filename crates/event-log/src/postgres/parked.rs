//! Facts that wait until their claim is known, and the suppression list.

use domain::ids::InputId;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::events::fixed;
use super::head::number;
use crate::record::{ParkedRow, Suppression};
use crate::store::StoreError;

impl PgLog {
    pub(super) async fn find_parked(
        &self,
        partition: u16,
        claim: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        const ALL: &str = "/* mahnwerk: parked */ SELECT claim, key, since, sealed FROM parked \
            WHERE partition = $1 ORDER BY since, key LIMIT $2";
        const OF_CLAIM: &str = "/* mahnwerk: parked of a claim */ SELECT claim, key, since, sealed FROM parked \
            WHERE partition = $1 AND claim = $3 ORDER BY since, key LIMIT $2";
        let sql = if claim.is_some() { OF_CLAIM } else { ALL };
        let mut query = sqlx::query(sql).bind(number(partition)).bind(i64::from(limit));
        if let Some(claim) = claim {
            query = query.bind(claim.to_vec());
        }
        self.scan_rows(query, "looked for parked facts", read_parked).await
    }

    /// One question to all partitions.
    pub(super) async fn find_parked_anywhere(
        &self,
        waited_for: &[[u8; 16]],
        limit: u32,
    ) -> Result<Vec<(u16, ParkedRow)>, StoreError> {
        const SQL: &str = "/* mahnwerk: parked anywhere */ SELECT p.claim, p.key, p.since, p.sealed, p.partition \
            FROM unnest($1::bytea[]) WITH ORDINALITY AS asked (claim, place), \
            LATERAL (SELECT * FROM parked WHERE claim = asked.claim ORDER BY partition, since, key LIMIT $2) p \
            ORDER BY asked.place, p.partition, p.since, p.key";
        let query = sqlx::query(SQL).bind(waited_for.to_vec()).bind(i64::from(limit));
        self.scan_rows(query, "looked for parked facts over all partitions", |row| {
            Some((u16::try_from(row.try_get::<i16, _>(4).ok()?).ok()?, read_parked(row)?))
        })
        .await
    }

    pub(super) async fn find_parked_input(
        &self,
        partition: u16,
        key: InputId,
    ) -> Result<Option<ParkedRow>, StoreError> {
        const SQL: &str = "/* mahnwerk: parked input */ SELECT claim, key, since, sealed FROM parked \
            WHERE partition = $1 AND key = $2";
        let query = sqlx::query(SQL).bind(number(partition)).bind(key.bytes().to_vec());
        Ok(self.scan_rows(query, "looked for a parked fact", read_parked).await?.into_iter().next())
    }

    pub(super) async fn find_suppressed(
        &self,
        partition: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<Suppression>, StoreError> {
        const ALL: &str = "/* mahnwerk: suppressed */ SELECT point, since FROM suppressed \
            WHERE partition = $1 ORDER BY point LIMIT $2";
        const ONE: &str = "/* mahnwerk: suppressed point */ SELECT point, since FROM suppressed \
            WHERE partition = $1 AND point = $3 LIMIT $2";
        let sql = if point.is_some() { ONE } else { ALL };
        let mut query = sqlx::query(sql).bind(number(partition)).bind(i64::from(limit));
        if let Some(point) = point {
            query = query.bind(point.to_vec());
        }
        self.scan_rows(query, "read the suppression list", read_suppressed).await
    }

    /// One question to all partitions.
    pub(super) async fn find_suppressed_anywhere(
        &self,
        points: &[[u8; 16]],
    ) -> Result<Vec<Suppression>, StoreError> {
        const SQL: &str = "/* mahnwerk: suppressed anywhere */ SELECT point, max(since) FROM suppressed \
            WHERE point = ANY($1) GROUP BY point ORDER BY point";
        self.scan_rows(sqlx::query(SQL).bind(points.to_vec()), "read the suppression list", read_suppressed)
            .await
    }
}

fn read_suppressed(row: &PgRow) -> Option<Suppression> {
    Some(Suppression { point: fixed(row, 0)?, since: Timestamp(row.try_get(1).ok()?) })
}

fn read_parked(row: &PgRow) -> Option<ParkedRow> {
    Some(ParkedRow {
        claim: fixed(row, 0)?,
        key: InputId::new(fixed(row, 1)?),
        since: Timestamp(row.try_get(2).ok()?),
        sealed: row.try_get(3).ok()?,
    })
}
