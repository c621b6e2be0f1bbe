//! Rows of the events table, written and read.

use domain::ids::{InputId, Position, StreamId};
use domain::input::Cause;
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteLog;
use super::batch::{self, Bound, Table};
use super::error::{failed, unreadable};
use super::head::{place, position, stored};
use super::names;
use crate::codes;
use crate::names::Known;
use crate::record::{NewEvent, Recorded};
use crate::store::StoreError;

/// The columns in the order of the table, as reads name them.
macro_rules! columns {
    () => {
        "e.place, e.history, e.tenant, e.stream, e.version, e.previous, e.event_id, e.cause_kind, e.cause_id, e.at, \
         e.occurred_at, e.kind, e.schema, e.decider, e.rulebook, e.trace, e.payload, e.personal, e.chain"
    };
}
pub(super) use columns;

/// Inserts must name every column in the order of the table.
pub(super) const TABLE: Table = Table { insert: "INSERT INTO events VALUES", columns: 19, after: "" };

/// An event with the numbers that stand for its names.
pub(super) struct Numbered<'a> {
    pub(super) place: i64,
    pub(super) history: i64,
    pub(super) tenant: i64,
    pub(super) rulebook: i64,
    pub(super) event: &'a NewEvent,
    pub(super) chain: &'a [u8; 32],
}

/// Binds one row.
pub(super) fn bind<'q>(query: Bound<'q>, row: &Numbered<'_>) -> Bound<'q> {
    let event = row.event;
    query
        .bind(row.place)
        .bind(row.history)
        .bind(row.tenant)
        .bind(event.stream.bytes().to_vec())
        .bind(i64::try_from(event.version).unwrap_or(i64::MAX))
        .bind(event.previous.map(stored))
        .bind(event.event_id.to_vec())
        .bind(codes::cause_number(event.cause.kind))
        .bind(event.cause.id.bytes().to_vec())
        .bind(event.at.0)
        .bind(event.occurred_at.0)
        .bind(event.kind)
        .bind(event.schema)
        .bind(event.decider)
        .bind(row.rulebook)
        .bind(codes::trace_bytes(&event.trace).map(|bytes| bytes.to_vec()))
        .bind(event.payload.clone())
        .bind(event.personal.clone())
        .bind(row.chain.to_vec())
}

impl SqliteLog {
    /// Events after a position, oldest first.
    pub(super) async fn events_after(
        &self,
        partition: u16,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM events e WHERE e.place > ? AND e.place <= ? ORDER BY e.place LIMIT ?"
        );
        let mut reader = self.reader().await?;
        let query = sqlx::query(SQL).bind(place(partition, after)).bind(place(partition, Position::PENDING));
        let rows = query.bind(limit).fetch_all(&mut *reader).await;
        let rows = rows.map_err(failed(&self.place, "read events"))?;
        self.decode(&mut reader, &rows).await
    }

    /// The events at these positions, in the order asked for.
    pub(super) async fn events_at(
        &self,
        partition: u16,
        positions: &[Position],
    ) -> Result<Vec<Recorded>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM events e WHERE e.place IN ({list})");
        let places: Vec<i64> = positions.iter().map(|position| place(partition, *position)).collect();
        let mut reader = self.reader().await?;
        let rows = batch::select(&mut reader, SQL, "?", &places, |query, list| {
            list.iter().fold(query, |query, place| query.bind(*place))
        });
        let rows = rows.await.map_err(failed(&self.place, "read events by position"))?;
        let found = self.decode(&mut reader, &rows).await?;
        let found: std::collections::BTreeMap<Position, Recorded> =
            found.into_iter().map(|row| (row.position, row)).collect();
        Ok(positions.iter().filter_map(|position| found.get(position).cloned()).collect())
    }

    /// Makes events of rows. A name that is not known yet was given meanwhile: the names are read once more.
    pub(super) async fn decode(
        &self,
        reader: &mut SqliteConnection,
        rows: &[SqliteRow],
    ) -> Result<Vec<Recorded>, StoreError> {
        let known = self.names.known();
        if let Some(events) = decode_all(&known, rows) {
            return Ok(events);
        }
        let known = names::read(&self.names, reader, &self.place).await?;
        decode_all(&known, rows).ok_or_else(|| {
            let broken = rows.iter().find(|row| decode_one(&known, row).is_none());
            let place = broken.and_then(|row| row.try_get::<i64, _>(0).ok()).and_then(position);
            let position = place.map_or(0, |(_, position)| position.0);
            unreadable(
                &self.place,
                format!("the event at position {position} is damaged; run `mahnwerk verify`"),
            )
        })
    }
}

fn decode_all(known: &Known, rows: &[SqliteRow]) -> Option<Vec<Recorded>> {
    rows.iter().map(|row| decode_one(known, row)).collect()
}

fn decode_one(known: &Known, row: &SqliteRow) -> Option<Recorded> {
    let (partition, position) = position(row.try_get(0).ok()?)?;
    let whole = |index: usize| row.try_get::<i64, _>(index).ok();
    let event = NewEvent {
        tenant: known.tenant(whole(2)?)?.clone(),
        stream: StreamId::new(fixed(row, 3)?),
        version: u64::try_from(whole(4)?).ok()?,
        previous: previous(row)?,
        event_id: fixed(row, 6)?,
        cause: Cause { kind: codes::cause_kind(whole(7)?)?, id: InputId::new(fixed(row, 8)?) },
        at: Timestamp(whole(9)?),
        occurred_at: Timestamp(whole(10)?),
        kind: u16::try_from(whole(11)?).ok()?,
        schema: u16::try_from(whole(12)?).ok()?,
        decider: u32::try_from(whole(13)?).ok()?,
        rulebook: known.rulebook(whole(14)?)?,
        trace: match row.try_get::<Option<&[u8]>, _>(15).ok()? {
            None => None,
            Some(bytes) => Some(codes::trace_context(bytes)?),
        },
        payload: row.try_get(16).ok()?,
        personal: row.try_get(17).ok()?,
    };
    Some(Recorded { history: known.history(whole(1)?)?, partition, position, event, chain: fixed(row, 18)? })
}

fn previous(row: &SqliteRow) -> Option<Option<Position>> {
    match row.try_get::<Option<i64>, _>(5).ok()? {
        None => Some(None),
        Some(position) => Some(Some(Position(u64::try_from(position).ok()?))),
    }
}

/// A column of exactly that many bytes.
pub(super) fn fixed<const N: usize>(row: &SqliteRow, index: usize) -> Option<[u8; N]> {
    row.try_get::<&[u8], _>(index).ok()?.try_into().ok()
}
