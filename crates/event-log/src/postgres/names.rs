//! Names and their numbers, read from the database and given in it.

use std::sync::Arc;

use domain::ids::RulebookHash;
use domain::label::TenantId;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::error::unreadable;
use super::events::fixed;
use super::pool::Pool;
use crate::names::{Known, Names};
use crate::store::StoreError;

/// Reads all of them again.
pub(super) async fn read(names: &Names, pool: &Pool) -> Result<Arc<Known>, StoreError> {
    const SQL: &str = "/* mahnwerk: names */ SELECT 1::int4, number, convert_to(tenant, 'UTF8') FROM tenants \
        UNION ALL SELECT 2, number, hash FROM rulebooks UNION ALL SELECT 3, number, history FROM histories";
    let rows = pool.fetch(sqlx::query(SQL), "read the log's names").await?;
    let mut known = Known::default();
    let whole = rows.iter().all(|row| add(&mut known, row).is_some());
    if whole {
        Ok(names.replace(known))
    } else {
        Err(unreadable(pool.place(), "its table of names is damaged"))
    }
}

impl PgLog {
    /// Gives numbers to the tenants and rulebooks that have none yet.
    ///
    /// It commits on its own: a crash behind it leaves numbers that nothing names, which is harmless.
    pub(super) async fn name_all<'a>(
        &self,
        used: impl Iterator<Item = (&'a TenantId, Option<&'a RulebookHash>)> + Send,
    ) -> Result<Arc<Known>, StoreError> {
        const SQL: &str = "/* mahnwerk: name */ WITH named AS (INSERT INTO tenants (tenant) \
            SELECT unnest($1::text[]) ON CONFLICT DO NOTHING) \
            INSERT INTO rulebooks (hash) SELECT unnest($2::bytea[]) ON CONFLICT DO NOTHING";
        let known = self.names.known();
        let unnamed = known.unnamed(used);
        if unnamed.is_empty() {
            return Ok(known);
        }
        let tenants: Vec<&str> = unnamed.tenants.iter().map(|tenant| tenant.as_str()).collect();
        let rulebooks: Vec<&[u8]> = unnamed.rulebooks.iter().map(|hash| hash.0.as_slice()).collect();
        let query = sqlx::query(SQL).bind(tenants).bind(rulebooks);
        self.pool.fetch(query, "gave numbers to tenants and rulebooks").await?;
        read(&self.names, &self.pool).await
    }
}

fn add(known: &mut Known, row: &PgRow) -> Option<()> {
    let number = i64::from(row.try_get::<i32, _>(1).ok()?);
    match row.try_get::<i32, _>(0).ok()? {
        1 => {
            let tenant = String::from_utf8(row.try_get(2).ok()?).ok()?;
            known.add_tenant(number, TenantId::new(&tenant).ok()?);
        }
        2 => known.add_rulebook(number, RulebookHash(fixed(row, 2)?)),
        _history => known.add_history(number, fixed(row, 2)?),
    }
    Some(())
}
