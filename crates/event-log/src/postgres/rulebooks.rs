//! What is kept under a hash or a reference: rulebooks' sources, and the sealed bodies of refused messages.

use async_trait::async_trait;
use domain::ids::RulebookHash;
use domain::label::TenantId;
use domain::time::Timestamp;
use sqlx::Row;

use super::PgLog;
use crate::check;
use crate::refused::{RefusedBodies, RefusedBody};
use crate::store::StoreError;

impl PgLog {
    /// Events may have named the hash before its sources are kept; sources once kept stay.
    pub(super) async fn keep_rulebook(&self, hash: RulebookHash, sources: &[u8]) -> Result<(), StoreError> {
        const SQL: &str = "/* mahnwerk: keep rulebook */ INSERT INTO rulebooks (hash, sources) VALUES ($1, $2) \
            ON CONFLICT (hash) DO UPDATE SET sources = coalesce(rulebooks.sources, excluded.sources)";
        let query = sqlx::query(SQL).bind(hash.0.to_vec()).bind(sources.to_vec());
        self.pool.fetch(query, "kept a rulebook").await.map(drop)
    }

    pub(super) async fn find_rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, StoreError> {
        const SQL: &str = "/* mahnwerk: rulebook */ SELECT sources FROM rulebooks WHERE hash = $1";
        let query = sqlx::query(SQL).bind(hash.0.to_vec());
        let found = self.scan_rows(query, "read a rulebook", |row| row.try_get::<Option<Vec<u8>>, _>(0).ok());
        Ok(found.await?.into_iter().flatten().next())
    }
}

#[async_trait]
impl RefusedBodies for PgLog {
    async fn keep(
        &self,
        reference: [u8; 16],
        tenant: &TenantId,
        at: Timestamp,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        const SQL: &str = "/* mahnwerk: keep refused */ INSERT INTO refused (reference, tenant, at, sealed) \
            VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        check::part("bytes in a refused message", sealed)?;
        let query = sqlx::query(SQL).bind(reference.to_vec()).bind(tenant.as_str().to_owned());
        self.pool.fetch(query.bind(at.0).bind(sealed.to_vec()), "kept a refused message").await.map(drop)
    }

    async fn read(&self, reference: [u8; 16]) -> Result<Option<RefusedBody>, StoreError> {
        const SQL: &str =
            "/* mahnwerk: refused */ SELECT tenant, at, sealed FROM refused WHERE reference = $1";
        let found =
            self.scan_rows(sqlx::query(SQL).bind(reference.to_vec()), "read a refused message", |row| {
                let tenant = TenantId::new(row.try_get(0).ok()?).ok()?;
                Some(RefusedBody {
                    tenant,
                    at: Timestamp(row.try_get(1).ok()?),
                    sealed: row.try_get(2).ok()?,
                })
            });
        Ok(found.await?.into_iter().next())
    }
}
