//! What leads from a keyed digest: input keys, lookups, data keys.

use std::path::Path;

use domain::ids::{InputId, StreamId};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::SqliteLog;
use super::batch::{self, Table};
use super::error::{failed, is_constraint, unreadable};
use super::events::fixed;
use crate::record::{Append, InputKey, Lookup, LookupKind, WrappedKey};
use crate::store::StoreError;
use crate::{check, codes};

/// No `OR IGNORE`: a key that is there already must refuse the append.
const INPUT_KEYS: Table =
    Table { insert: "INSERT INTO input_keys (partition, key, content) VALUES", columns: 3, after: "" };
const LOOKUPS: Table = Table {
    insert: "INSERT OR IGNORE INTO lookups (partition, kind, digest, stream, number) VALUES",
    columns: 5,
    after: "",
};
/// No `OR IGNORE`: parts sealed under a key that was not kept could never be read.
const DATA_KEYS: Table =
    Table { insert: "INSERT INTO data_keys (partition, stream, wrapped) VALUES", columns: 3, after: "" };

/// Writes an append's input keys and lookups.
pub(super) async fn write(connection: &mut SqliteConnection, append: &Append) -> Result<(), sqlx::Error> {
    let partition = append.partition;
    batch::insert(connection, &INPUT_KEYS, &append.input_keys, |query, row| {
        query.bind(partition).bind(row.key.bytes().to_vec()).bind(row.content.to_vec())
    })
    .await?;
    batch::insert(connection, &LOOKUPS, &append.lookups, |query, row| {
        let query = query.bind(partition).bind(codes::lookup_number(row.kind)).bind(row.digest.to_vec());
        query.bind(row.stream.bytes().to_vec()).bind(row.number)
    })
    .await
}

/// Writes an append's data keys.
pub(super) async fn write_data_keys(
    connection: &mut SqliteConnection,
    append: &Append,
) -> Result<(), sqlx::Error> {
    let partition = append.partition;
    batch::insert(connection, &DATA_KEYS, &append.data_keys, |query, row| {
        query.bind(partition).bind(row.stream.bytes().to_vec()).bind(row.wrapped.clone())
    })
    .await
}

/// Of [`write`]'s tables only the input keys refuse what they have.
pub(super) fn refused(place: &Path, error: sqlx::Error) -> StoreError {
    if is_constraint(&error) {
        check::known("input key")
    } else {
        failed(place, "wrote keys and lookups")(error)
    }
}

/// Why a data key was not written.
pub(super) fn data_key_refused(place: &Path, error: sqlx::Error) -> StoreError {
    if is_constraint(&error) { check::known("data key") } else { failed(place, "wrote data keys")(error) }
}

impl SqliteLog {
    pub(super) async fn find_inputs(
        &self,
        partition: u16,
        keys: &[InputId],
    ) -> Result<Vec<InputKey>, StoreError> {
        const SQL: &str = "SELECT key, content FROM input_keys WHERE partition = ? AND key IN ({list})";
        let mut reader = self.reader().await?;
        let rows = batch::select(&mut reader, SQL, "?", keys, |query, list| {
            list.iter().fold(query.bind(partition), |query, key| query.bind(key.bytes().to_vec()))
        });
        let rows = rows.await.map_err(failed(&self.place, "looked for known inputs"))?;
        let read = rows
            .iter()
            .map(|row| Some(InputKey { key: InputId::new(fixed(row, 0)?), content: fixed(row, 1)? }));
        let mut found = read.collect::<Option<Vec<_>>>().ok_or_else(|| self.damaged("an input key"))?;
        found.sort_unstable_by_key(|input| input.key);
        found.dedup();
        Ok(found)
    }

    pub(super) async fn find_lookups(
        &self,
        partition: u16,
        kind: LookupKind,
        digest: [u8; 16],
    ) -> Result<Vec<Lookup>, StoreError> {
        const SQL: &str = "SELECT stream, number FROM lookups WHERE partition = ? AND kind = ? AND digest = ? \
            ORDER BY stream, number";
        let query = sqlx::query(SQL).bind(partition).bind(codes::lookup_number(kind)).bind(digest.to_vec());
        self.scan_rows(query, "followed a lookup", |row| {
            let stream = StreamId::new(fixed(row, 0)?);
            Some(Lookup { kind, digest, stream, number: row.try_get(1).ok()? })
        })
        .await
    }

    pub(super) async fn find_data_keys(
        &self,
        partition: u16,
        streams: &[StreamId],
    ) -> Result<Vec<WrappedKey>, StoreError> {
        const SQL: &str = "SELECT stream, wrapped FROM data_keys WHERE partition = ? AND stream IN ({list})";
        let mut reader = self.reader().await?;
        let rows = batch::select(&mut reader, SQL, "?", streams, |query, list| {
            list.iter().fold(query.bind(partition), |query, stream| query.bind(stream.bytes().to_vec()))
        });
        let rows = rows.await.map_err(failed(&self.place, "read data keys"))?;
        let read = rows.iter().map(|row| {
            Some(WrappedKey { stream: StreamId::new(fixed(row, 0)?), wrapped: row.try_get(1).ok()? })
        });
        let mut found = read.collect::<Option<Vec<_>>>().ok_or_else(|| self.damaged("a data key"))?;
        found.sort_unstable_by_key(|key| key.stream);
        found.dedup();
        Ok(found)
    }

    fn damaged(&self, what: &str) -> StoreError {
        unreadable(&self.place, format!("{what} is damaged; restore the file from a backup"))
    }
}
