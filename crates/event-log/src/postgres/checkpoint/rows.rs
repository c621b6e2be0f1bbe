//! Snapshots as the columns of an insert, and as they are read.

use std::collections::BTreeMap;

use domain::ids::StreamId;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::super::PgLog;
use super::super::error::unreadable;
use super::super::events::fixed;
use super::super::head::{counted, position, stored};
use super::super::names;
use super::super::pool::Bound;
use crate::names::Known;
use crate::record::Snapshot;
use crate::store::StoreError;
use crate::{check, codes};

/// Most rows in one statement.
const CHUNK_ROWS: usize = 4_096;
/// Most bytes of state in one statement, unless one row alone has more.
const CHUNK_BYTES: usize = 16 << 20;

/// The columns that snapshots are decoded from; they follow those of a head row.
macro_rules! snapshot_columns {
    () => {
        "s.stream, s.tenant, s.version, s.position, s.revision, s.state, s.due_at, s.ready_channel, s.ready_priority"
    };
}
pub(in super::super) use snapshot_columns;

/// Where they begin.
pub(in super::super) const FIRST_SNAPSHOT_COLUMN: usize = 8;

/// Of several snapshots of a debtor the newest, the last of equal ones; in order of debtors, as every writer locks them.
pub(super) fn newest(snapshots: &[Snapshot]) -> Vec<&Snapshot> {
    let mut newest: BTreeMap<StreamId, &Snapshot> = BTreeMap::new();
    for snapshot in snapshots {
        let kept = newest.entry(snapshot.stream).or_insert(snapshot);
        if snapshot.position >= kept.position {
            *kept = snapshot;
        }
    }
    newest.into_values().collect()
}

/// Cuts rows into what one statement takes.
pub(super) fn chunks<'r, 'a>(rows: &'r [&'a Snapshot]) -> Vec<&'r [&'a Snapshot]> {
    let (mut chunks, mut rest) = (Vec::new(), rows);
    while !rest.is_empty() {
        let mut bytes = 0_usize;
        let fits = |row: &&&Snapshot| {
            bytes = bytes.saturating_add(row.state.len());
            bytes <= CHUNK_BYTES
        };
        let count = rest.iter().take(CHUNK_ROWS).take_while(fits).count().max(1);
        let (chunk, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

/// Snapshots as columns.
#[derive(Default)]
pub(super) struct Rows<'a> {
    streams: Vec<[u8; 16]>,
    tenants: Vec<i32>,
    versions: Vec<i64>,
    positions: Vec<i64>,
    revisions: Vec<i64>,
    states: Vec<&'a [u8]>,
    due: Vec<Option<i64>>,
    channels: Vec<Option<i16>>,
    priorities: Vec<Option<i32>>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(known: &Known, snapshots: &[&'a Snapshot]) -> Result<Self, StoreError> {
        let mut rows = Self::default();
        for snapshot in snapshots {
            let tenant = known.tenant_number(&snapshot.tenant).and_then(|number| i32::try_from(number).ok());
            let unnamed = || check::invalid("a tenant got no number; try again".to_owned());
            rows.tenants.push(tenant.ok_or_else(unnamed)?);
            rows.add(snapshot);
        }
        Ok(rows)
    }

    fn add(&mut self, snapshot: &'a Snapshot) {
        self.streams.push(snapshot.stream.bytes());
        self.versions.push(counted(snapshot.version));
        self.positions.push(stored(snapshot.position));
        self.revisions.push(i64::from(snapshot.revision));
        self.states.push(&snapshot.state);
        self.due.push(snapshot.due_at.map(|at| at.0));
        self.channels.push(snapshot.ready.map(|(channel, _)| i16::from(codes::channel_number(channel))));
        self.priorities.push(snapshot.ready.map(|(_, priority)| priority));
    }

    /// Binds them, in the order in which the insert names them.
    pub(super) fn bind(self, query: Bound<'_>) -> Bound<'_> {
        query
            .bind(self.streams)
            .bind(self.tenants)
            .bind(self.versions)
            .bind(self.positions)
            .bind(self.revisions)
            .bind(self.states)
            .bind(self.due)
            .bind(self.channels)
            .bind(self.priorities)
    }
}

impl PgLog {
    /// Makes snapshots of rows. A name that is not known yet was given meanwhile: the names are read once more.
    pub(in super::super) async fn decode_snapshots(
        &self,
        rows: &[PgRow],
    ) -> Result<Vec<Snapshot>, StoreError> {
        let decode =
            |known: &Known| rows.iter().map(|row| decode_one(known, row)).collect::<Option<Vec<_>>>();
        if let Some(snapshots) = decode(&self.names.known()) {
            return Ok(snapshots);
        }
        let known = names::read(&self.names, &self.pool).await?;
        let damaged = || unreadable(self.pool.place(), "a snapshot is damaged; run `mahnwerk verify`");
        decode(&known).ok_or_else(damaged)
    }
}

fn decode_one(known: &Known, row: &PgRow) -> Option<Snapshot> {
    let at = |offset: usize| FIRST_SNAPSHOT_COLUMN.saturating_add(offset);
    let channel = row.try_get::<Option<i16>, _>(at(7)).ok()?;
    let ready = match (channel, row.try_get(at(8)).ok()?) {
        (None, None) => None,
        (Some(channel), Some(priority)) => Some((codes::channel(channel.into())?, priority)),
        (None, Some(_)) | (Some(_), None) => return None,
    };
    Some(Snapshot {
        stream: StreamId::new(fixed(row, at(0))?),
        tenant: known.tenant(row.try_get::<i32, _>(at(1)).ok()?.into())?.clone(),
        version: position(row, at(2))?.0,
        position: position(row, at(3))?,
        revision: u32::try_from(row.try_get::<i64, _>(at(4)).ok()?).ok()?,
        state: row.try_get(at(5)).ok()?,
        due_at: row.try_get::<Option<i64>, _>(at(6)).ok()?.map(Timestamp),
        ready,
    })
}

#[cfg(test)]
mod tests {
    use domain::ids::Position;
    use domain::label::TenantId;

    use super::*;

    fn row(n: u8, position: u64, bytes: usize) -> Snapshot {
        Snapshot {
            stream: StreamId::new([n; 16]),
            tenant: TenantId::new("roma").unwrap(),
            version: 1,
            position: Position(position),
            revision: 1,
            state: vec![0; bytes],
            due_at: None,
            ready: None,
        }
    }

    #[test]
    fn a_debtor_is_written_once_and_newest() {
        let rows = [row(2, 5, 1), row(1, 4, 1), row(2, 6, 2), row(2, 6, 3), row(2, 1, 4)];
        let kept: Vec<(u64, usize)> =
            newest(&rows).iter().map(|row| (row.position.0, row.state.len())).collect();
        assert_eq!(kept, [(4, 1), (6, 3)]);
    }

    #[test]
    fn a_statement_takes_so_many_rows_and_bytes() {
        let large = CHUNK_BYTES / 2;
        let rows =
            [row(1, 1, large), row(2, 1, large), row(3, 1, 1), row(4, 1, CHUNK_BYTES + 1), row(5, 1, 1)];
        let rows: Vec<&Snapshot> = rows.iter().collect();
        let sizes: Vec<usize> = chunks(&rows).iter().map(|chunk| chunk.len()).collect();
        assert_eq!(sizes, [2, 1, 1, 1]);
        assert_eq!(chunks(&vec![rows[2]; CHUNK_ROWS + 1]).len(), 2);
        assert!(chunks(&[]).is_empty());
    }
}
