//! Rows of the events table, written and read.

use domain::ids::{InputId, Position, StreamId};
use domain::input::Cause;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::error::unreadable;
use super::head::{counted, number, position, stored};
use super::names;
use super::pool::Bound;
use crate::names::Known;
use crate::record::{Append, NewEvent, Recorded};
use crate::store::StoreError;
use crate::{check, codes};

/// The columns that rows are decoded from, in order.
macro_rules! columns {
    () => {
        "e.position, e.history, e.tenant, e.stream, e.version, e.previous, e.event_id, e.cause_kind, e.cause_id, \
         e.at, e.occurred_at, e.kind, e.schema, e.decider, e.rulebook, e.trace, e.payload, e.personal, e.chain"
    };
}
pub(super) use columns;

/// Events as the columns of an insert.
#[derive(Default)]
pub(super) struct Columns<'a> {
    positions: Vec<i64>,
    tenants: Vec<i32>,
    rulebooks: Vec<i32>,
    streams: Vec<[u8; 16]>,
    versions: Vec<i64>,
    previous: Vec<Option<i64>>,
    event_ids: Vec<&'a [u8]>,
    cause_kinds: Vec<i16>,
    cause_ids: Vec<[u8; 16]>,
    at: Vec<i64>,
    occurred_at: Vec<i64>,
    kinds: Vec<i32>,
    schemas: Vec<i32>,
    deciders: Vec<i64>,
    traces: Vec<Option<[u8; codes::TRACE_LENGTH]>>,
    payloads: Vec<&'a [u8]>,
    personal: Vec<Option<&'a [u8]>>,
    chains: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    /// Of an append's events with their chain hashes.
    pub(super) fn of(known: &Known, append: &'a Append, chained: &'a [[u8; 32]]) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        let positions = append.expected.position.0.saturating_add(1)..;
        for ((position, event), chain) in positions.zip(&append.events).zip(chained) {
            let added = columns.add(known, Position(position), event, chain);
            added
                .ok_or_else(|| check::invalid("a tenant or rulebook got no number; try again".to_owned()))?;
        }
        Ok(columns)
    }

    fn add(
        &mut self,
        known: &Known,
        position: Position,
        event: &'a NewEvent,
        chain: &'a [u8; 32],
    ) -> Option<()> {
        self.tenants.push(i32::try_from(known.tenant_number(&event.tenant)?).ok()?);
        self.rulebooks.push(i32::try_from(known.rulebook_number(&event.rulebook)?).ok()?);
        self.positions.push(stored(position));
        self.streams.push(event.stream.bytes());
        self.versions.push(counted(event.version));
        self.previous.push(event.previous.map(stored));
        self.event_ids.push(&event.event_id);
        self.cause_kinds.push(i16::from(codes::cause_number(event.cause.kind)));
        self.cause_ids.push(event.cause.id.bytes());
        self.at.push(event.at.0);
        self.occurred_at.push(event.occurred_at.0);
        self.kinds.push(i32::from(event.kind));
        self.schemas.push(i32::from(event.schema));
        self.deciders.push(i64::from(event.decider));
        self.traces.push(codes::trace_bytes(&event.trace));
        self.payloads.push(&event.payload);
        self.personal.push(event.personal.as_deref());
        self.chains.push(chain);
        Some(())
    }

    /// Binds them, in the order in which the append names them.
    pub(super) fn bind<'q>(self, query: Bound<'q>) -> Bound<'q> {
        query
            .bind(self.positions)
            .bind(self.tenants)
            .bind(self.rulebooks)
            .bind(self.streams)
            .bind(self.versions)
            .bind(self.previous)
            .bind(self.event_ids)
            .bind(self.cause_kinds)
            .bind(self.cause_ids)
            .bind(self.at)
            .bind(self.occurred_at)
            .bind(self.kinds)
            .bind(self.schemas)
            .bind(self.deciders)
            .bind(self.traces)
            .bind(self.payloads)
            .bind(self.personal)
            .bind(self.chains)
    }
}

impl PgLog {
    /// Events after a position, oldest first.
    pub(super) async fn events_after(
        &self,
        partition: u16,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = concat!(
            "/* mahnwerk: read */ SELECT ",
            columns!(),
            " FROM events e WHERE e.partition = $1 AND e.position > $2 ORDER BY e.position LIMIT $3"
        );
        let query = sqlx::query(SQL).bind(number(partition)).bind(stored(after)).bind(i64::from(limit));
        let rows = self.pool.fetch(query, "read events").await?;
        self.decode(partition, &rows).await
    }

    /// The events at these positions, in the order asked for.
    ///
    /// Each is asked for by itself: before the table was ever analysed, the planner takes a partition for a rare value and
    /// would read all of it. So does everything here that asks for many rows of one partition.
    pub(super) async fn events_at(
        &self,
        partition: u16,
        positions: &[Position],
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = concat!(
            "/* mahnwerk: read at */ SELECT ",
            columns!(),
            " FROM unnest($2::bigint[]) AS asked (position), ",
            "LATERAL (SELECT * FROM events WHERE partition = $1 AND position = asked.position OFFSET 0) e"
        );
        let asked: Vec<i64> = positions.iter().map(|position| stored(*position)).collect();
        let query = sqlx::query(SQL).bind(number(partition)).bind(asked);
        let rows = self.pool.fetch(query, "read events by position").await?;
        let found = self.decode(partition, &rows).await?;
        let found: std::collections::BTreeMap<Position, Recorded> =
            found.into_iter().map(|row| (row.position, row)).collect();
        Ok(positions.iter().filter_map(|position| found.get(position).cloned()).collect())
    }

    /// Makes events of rows. A name that is not known yet was given meanwhile: the names are read once more.
    pub(super) async fn decode(&self, partition: u16, rows: &[PgRow]) -> Result<Vec<Recorded>, StoreError> {
        if let Some(events) = decode_all(&self.names.known(), partition, rows) {
            return Ok(events);
        }
        let known = names::read(&self.names, &self.pool).await?;
        decode_all(&known, partition, rows).ok_or_else(|| {
            let broken = rows.iter().find(|row| decode_one(&known, partition, row).is_none());
            let at = broken.and_then(|row| position(row, 0)).map_or(0, |position| position.0);
            let detail = format!("the event at position {at} is damaged; run `mahnwerk verify`");
            unreadable(self.pool.place(), detail)
        })
    }
}

fn decode_all(known: &Known, partition: u16, rows: &[PgRow]) -> Option<Vec<Recorded>> {
    rows.iter().map(|row| decode_one(known, partition, row)).collect()
}

fn decode_one(known: &Known, partition: u16, row: &PgRow) -> Option<Recorded> {
    let whole = |index: usize| row.try_get::<i64, _>(index).ok();
    let short = |index: usize| row.try_get::<i32, _>(index).ok();
    let event = NewEvent {
        tenant: known.tenant(short(2)?.into())?.clone(),
        stream: StreamId::new(fixed(row, 3)?),
        version: u64::try_from(whole(4)?).ok()?,
        previous: previous(row)?,
        event_id: fixed(row, 6)?,
        cause: Cause {
            kind: codes::cause_kind(row.try_get::<i16, _>(7).ok()?.into())?,
            id: InputId::new(fixed(row, 8)?),
        },
        at: Timestamp(whole(9)?),
        occurred_at: Timestamp(whole(10)?),
        kind: u16::try_from(short(11)?).ok()?,
        schema: u16::try_from(short(12)?).ok()?,
        decider: u32::try_from(whole(13)?).ok()?,
        rulebook: known.rulebook(short(14)?.into())?,
        trace: match row.try_get::<Option<&[u8]>, _>(15).ok()? {
            None => None,
            Some(bytes) => Some(codes::trace_context(bytes)?),
        },
        payload: row.try_get(16).ok()?,
        personal: row.try_get(17).ok()?,
    };
    let history = known.history(short(1)?.into())?;
    Some(Recorded { history, partition, position: position(row, 0)?, event, chain: fixed(row, 18)? })
}

fn previous(row: &PgRow) -> Option<Option<Position>> {
    match row.try_get::<Option<i64>, _>(5).ok()? {
        None => Some(None),
        Some(position) => Some(Some(Position(u64::try_from(position).ok()?))),
    }
}

/// A column of exactly that many bytes.
pub(super) fn fixed<const N: usize>(row: &PgRow, index: usize) -> Option<[u8; N]> {
    row.try_get::<&[u8], _>(index).ok()?.try_into().ok()
}
