//! Rulebooks' sources, kept under their hash.

use domain::ids::RulebookHash;
use sqlx::Row;

use super::SqliteLog;
use super::error::failed;
use crate::store::StoreError;

impl SqliteLog {
    /// Events may have named the hash before its sources are kept; sources once kept stay.
    pub(super) async fn keep_rulebook(&self, hash: RulebookHash, sources: &[u8]) -> Result<(), StoreError> {
        const DOING: &str = "kept a rulebook";
        const SQL: &str = "INSERT INTO rulebooks (hash, sources) VALUES (?, ?) ON CONFLICT (hash) \
            DO UPDATE SET sources = coalesce(rulebooks.sources, excluded.sources)";
        let mut writer = self.writer()?.lock().await;
        let connection = writer.begin().await.map_err(failed(&self.place, DOING))?;
        let query = sqlx::query(SQL).bind(hash.0.to_vec()).bind(sources.to_vec());
        let kept = query.execute(connection).await.map(drop).map_err(failed(&self.place, DOING));
        self.finish(&mut writer, kept, DOING).await
    }

    pub(super) async fn find_rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query("SELECT sources FROM rulebooks WHERE hash = ?").bind(hash.0.to_vec());
        let found = self.scan_rows(query, "read a rulebook", |row| row.try_get::<Option<Vec<u8>>, _>(0).ok());
        Ok(found.await?.into_iter().flatten().next())
    }
}
