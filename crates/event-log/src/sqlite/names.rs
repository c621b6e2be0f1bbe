//! Names and their numbers, read from the file and given in it.

use std::path::Path;
use std::sync::Arc;

use domain::ids::RulebookHash;
use domain::label::TenantId;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteLog;
use super::connections::Writer;
use super::error::{failed, unreadable};
use crate::names::{Known, Names, Unnamed};
use crate::store::StoreError;

/// Reads all of them again.
pub(super) async fn read(
    names: &Names,
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<Arc<Known>, StoreError> {
    let mut rows = Vec::new();
    for sql in [
        "SELECT number, tenant FROM tenants",
        "SELECT number, hash FROM rulebooks",
        "SELECT number, history FROM histories",
    ] {
        let read = sqlx::query(sql).fetch_all(&mut *connection).await;
        rows.push(read.map_err(failed(path, "read the log's names"))?);
    }
    let known = collect(&rows).ok_or_else(|| unreadable(path, "its table of names is damaged"))?;
    Ok(names.replace(known))
}

impl SqliteLog {
    /// Gives numbers to the tenants and rulebooks that have none yet.
    ///
    /// It commits on its own: a crash behind it leaves numbers that nothing names, which is harmless, while numbers
    /// remembered from a transaction that was undone would name something else later.
    pub(super) async fn name_all<'a>(
        &self,
        writer: &mut Writer,
        used: impl Iterator<Item = (&'a TenantId, Option<&'a RulebookHash>)> + Send,
    ) -> Result<Arc<Known>, StoreError> {
        let known = self.names.known();
        let unnamed = known.unnamed(used);
        if unnamed.is_empty() {
            return Ok(known);
        }
        let doing = "gave numbers to tenants and rulebooks";
        let added = match writer.begin().await {
            Ok(connection) => add(connection, &unnamed).await,
            Err(error) => Err(error),
        };
        let added = added.map_err(failed(&self.place, doing));
        self.finish(writer, added, doing).await?;
        let mut reader = self.reader().await?;
        read(&self.names, &mut reader, &self.place).await
    }
}

async fn add(connection: &mut SqliteConnection, unnamed: &Unnamed<'_>) -> Result<(), sqlx::Error> {
    for tenant in &unnamed.tenants {
        sqlx::query("INSERT INTO tenants (tenant) VALUES (?) ON CONFLICT DO NOTHING")
            .bind(tenant.as_str().to_owned())
            .execute(&mut *connection)
            .await?;
    }
    for hash in &unnamed.rulebooks {
        sqlx::query("INSERT INTO rulebooks (hash) VALUES (?) ON CONFLICT DO NOTHING")
            .bind(hash.0.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn collect(tables: &[Vec<SqliteRow>]) -> Option<Known> {
    let [tenants, rulebooks, histories] = tables else { return None };
    let mut known = Known::default();
    for row in tenants {
        known.add_tenant(row.try_get(0).ok()?, TenantId::new(row.try_get(1).ok()?).ok()?);
    }
    for row in rulebooks {
        known.add_rulebook(row.try_get(0).ok()?, RulebookHash(bytes(row)?));
    }
    for row in histories {
        known.add_history(row.try_get(0).ok()?, bytes(row)?);
    }
    Some(known)
}

fn bytes<const N: usize>(row: &SqliteRow) -> Option<[u8; N]> {
    row.try_get::<&[u8], _>(1).ok()?.try_into().ok()
}
