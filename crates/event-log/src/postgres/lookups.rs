//! What leads from a keyed digest: input keys, lookups, data keys.

use domain::ids::{InputId, StreamId};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::events::fixed;
use super::head::number;
use crate::codes;
use crate::record::{InputKey, Lookup, LookupKind, WrappedKey};
use crate::store::StoreError;

/// A statement about lookups of the kind `$1`, by the index in which those are: claims have one of their own.
macro_rules! statement {
    ($kind:expr, $name:literal, $before:literal, $behind:literal) => {
        match $kind {
            LookupKind::Claim => {
                concat!("/* mahnwerk: ", $name, " a claim */ ", $before, "kind = $1 AND kind = 1", $behind)
            }
            LookupKind::Point | LookupKind::ProviderMessage | LookupKind::Name => {
                concat!("/* mahnwerk: ", $name, " */ ", $before, "kind = $1 AND kind <> 1", $behind)
            }
        }
    };
}

impl PgLog {
    pub(super) async fn find_inputs(
        &self,
        partition: u16,
        keys: &[InputId],
    ) -> Result<Vec<InputKey>, StoreError> {
        const SQL: &str = "/* mahnwerk: known inputs */ SELECT key, content FROM input_keys \
            WHERE partition = $1 AND key = ANY($2) ORDER BY key";
        let keys: Vec<[u8; 16]> = keys.iter().map(InputId::bytes).collect();
        let query = sqlx::query(SQL).bind(number(partition)).bind(keys);
        self.scan_rows(query, "looked for known inputs", |row| {
            Some(InputKey { key: InputId::new(fixed(row, 0)?), content: fixed(row, 1)? })
        })
        .await
    }

    pub(super) async fn find_lookups(
        &self,
        partition: u16,
        kind: LookupKind,
        digest: [u8; 16],
    ) -> Result<Vec<Lookup>, StoreError> {
        let query = sqlx::query(statement!(
            kind,
            "lookup",
            "SELECT DISTINCT stream, number FROM lookups \
            WHERE partition = $2 AND digest = $3 AND ",
            " ORDER BY stream, number"
        ));
        let query = query.bind(i16::from(codes::lookup_number(kind))).bind(number(partition));
        let query = query.bind(digest.to_vec());
        self.scan_rows(query, "followed a lookup", |row| read_lookup(row, kind, digest)).await
    }

    /// One question to all partitions: the digest leads in the index, and `OFFSET 0` makes each one ask it.
    pub(super) async fn find_anywhere(
        &self,
        kind: LookupKind,
        digests: &[[u8; 16]],
    ) -> Result<Vec<(u16, Lookup)>, StoreError> {
        let query = sqlx::query(statement!(
            kind,
            "locate",
            "SELECT DISTINCT l.stream, l.number, l.partition, l.digest, \
            asked.place FROM unnest($2::bytea[]) WITH ORDINALITY AS asked (digest, place), \
            LATERAL (SELECT * FROM lookups WHERE digest = asked.digest AND ",
            " OFFSET 0) l \
            ORDER BY asked.place, l.partition, l.stream, l.number"
        ));
        let query = query.bind(i16::from(codes::lookup_number(kind))).bind(digests.to_vec());
        self.scan_rows(query, "followed lookups over all partitions", |row| {
            let partition = u16::try_from(row.try_get::<i16, _>(2).ok()?).ok()?;
            Some((partition, read_lookup(row, kind, fixed(row, 3)?)?))
        })
        .await
    }

    pub(super) async fn find_data_keys(
        &self,
        partition: u16,
        streams: &[StreamId],
    ) -> Result<Vec<WrappedKey>, StoreError> {
        const SQL: &str = "/* mahnwerk: data keys */ SELECT stream, wrapped FROM data_keys \
            WHERE partition = $1 AND stream = ANY($2) ORDER BY stream";
        let streams: Vec<[u8; 16]> = streams.iter().map(StreamId::bytes).collect();
        let query = sqlx::query(SQL).bind(number(partition)).bind(streams);
        self.scan_rows(query, "read data keys", |row| {
            Some(WrappedKey { stream: StreamId::new(fixed(row, 0)?), wrapped: row.try_get(1).ok()? })
        })
        .await
    }
}

fn read_lookup(row: &PgRow, kind: LookupKind, digest: [u8; 16]) -> Option<Lookup> {
    let number = u32::try_from(row.try_get::<i64, _>(1).ok()?).ok()?;
    Some(Lookup { kind, digest, stream: StreamId::new(fixed(row, 0)?), number })
}
