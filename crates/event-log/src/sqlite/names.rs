//! Tenants, rulebooks and histories, which rows name by small numbers.
//!
//! A number once given stays, so what is known is never wrong, only sometimes incomplete: then it is read again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use domain::ids::RulebookHash;
use domain::label::TenantId;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteLog;
use super::connections::Writer;
use super::error::{failed, unreadable};
use crate::store::StoreError;

/// What is known of them; cheap to share.
#[derive(Debug, Default)]
pub(super) struct Names(RwLock<Arc<Known>>);

#[derive(Debug, Default)]
pub(super) struct Known {
    tenants: BTreeMap<i64, TenantId>,
    rulebooks: BTreeMap<i64, RulebookHash>,
    histories: BTreeMap<i64, [u8; 16]>,
    tenant_numbers: BTreeMap<TenantId, i64>,
    rulebook_numbers: BTreeMap<RulebookHash, i64>,
    history_numbers: BTreeMap<[u8; 16], i64>,
}

impl Known {
    pub(super) fn tenant(&self, number: i64) -> Option<&TenantId> {
        self.tenants.get(&number)
    }

    pub(super) fn rulebook(&self, number: i64) -> Option<RulebookHash> {
        self.rulebooks.get(&number).copied()
    }

    pub(super) fn history(&self, number: i64) -> Option<[u8; 16]> {
        self.histories.get(&number).copied()
    }

    pub(super) fn tenant_number(&self, tenant: &TenantId) -> Option<i64> {
        self.tenant_numbers.get(tenant).copied()
    }

    pub(super) fn rulebook_number(&self, hash: &RulebookHash) -> Option<i64> {
        self.rulebook_numbers.get(hash).copied()
    }

    pub(super) fn history_number(&self, history: &[u8; 16]) -> Option<i64> {
        self.history_numbers.get(history).copied()
    }
}

impl Names {
    /// What is known by now.
    pub(super) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads all of them again.
    pub(super) async fn read(
        &self,
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
        let known =
            Arc::new(collect(&rows).ok_or_else(|| unreadable(path, "its table of names is damaged"))?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
        Ok(known)
    }
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
        let (mut tenants, mut rulebooks) = (BTreeSet::new(), BTreeSet::new());
        for (tenant, rulebook) in used {
            if known.tenant_number(tenant).is_none() {
                tenants.insert(tenant);
            }
            rulebooks.extend(rulebook.filter(|hash| known.rulebook_number(hash).is_none()));
        }
        if tenants.is_empty() && rulebooks.is_empty() {
            return Ok(known);
        }
        let doing = "gave numbers to tenants and rulebooks";
        let added = match writer.begin().await {
            Ok(connection) => add(connection, &tenants, &rulebooks).await,
            Err(error) => Err(error),
        };
        let added = added.map_err(failed(&self.place, doing));
        self.finish(writer, added, doing).await?;
        let mut reader = self.reader().await?;
        self.names.read(&mut reader, &self.place).await
    }
}

async fn add(
    connection: &mut SqliteConnection,
    tenants: &BTreeSet<&TenantId>,
    rulebooks: &BTreeSet<&RulebookHash>,
) -> Result<(), sqlx::Error> {
    for tenant in tenants {
        sqlx::query("INSERT INTO tenants (tenant) VALUES (?) ON CONFLICT DO NOTHING")
            .bind(tenant.as_str().to_owned())
            .execute(&mut *connection)
            .await?;
    }
    for hash in rulebooks {
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
        let (number, name) = (row.try_get(0).ok()?, TenantId::new(row.try_get(1).ok()?).ok()?);
        known.tenant_numbers.insert(name.clone(), number);
        known.tenants.insert(number, name);
    }
    for row in rulebooks {
        let (number, hash) = (row.try_get(0).ok()?, RulebookHash(bytes(row)?));
        known.rulebook_numbers.insert(hash, number);
        known.rulebooks.insert(number, hash);
    }
    for row in histories {
        let (number, history) = (row.try_get(0).ok()?, bytes(row)?);
        known.history_numbers.insert(history, number);
        known.histories.insert(number, history);
    }
    Some(known)
}

fn bytes<const N: usize>(row: &SqliteRow) -> Option<[u8; N]> {
    row.try_get::<&[u8], _>(1).ok()?.try_into().ok()
}
