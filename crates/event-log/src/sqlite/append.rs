//! The append: one transaction, begun with the head's compare-and-set.

use domain::ids::{Position, StreamId};
use sqlx::sqlite::SqliteConnection;

use super::SqliteLog;
use super::error::failed;
use super::events::{self, Numbered};
use super::head::{place, stored};
use super::{batch, lookups, parked, suppressed};
use crate::names::Known;
use crate::record::{Append, Head};
use crate::store::StoreError;
use crate::{chain, check};

const DOING: &str = "appended";

/// The compare-and-set: moves the head only if epoch, position and chain are the expected ones.
const MOVE_HEAD: &str = "UPDATE heads SET position = ?, chain = ?, at = max(at, ?), \
    least_decider = max(least_decider, ?), own_newest = max(own_newest, ?) \
    WHERE partition = ? AND epoch = ? AND position = ? AND chain = ?";

impl SqliteLog {
    /// A crash before the commit leaves nothing of it, one behind it leaves all; the caller is answered behind it.
    pub(super) async fn write_append(&self, append: &Append) -> Result<Head, StoreError> {
        let expected = &append.expected;
        let (history, partition) = (self.origin.history, append.partition);
        let chained = chain::extend(&expected.chain, history, partition, expected.position, &append.events);
        let mut writer = self.writer()?.lock().await;
        let used = append.events.iter().map(|event| (&event.tenant, Some(&event.rulebook)));
        let known = self.name_all(&mut writer, used).await?;
        let rows = numbered(&known, history, append, &chained)?;
        let connection = writer.begin().await.map_err(failed(&self.place, DOING))?;
        let written = self.write_rows(connection, append, &rows).await;
        let head = self.finish(&mut writer, written, DOING).await?;
        self.tails.appended(append);
        Ok(head)
    }

    async fn write_rows(
        &self,
        connection: &mut SqliteConnection,
        append: &Append,
        rows: &[Numbered<'_>],
    ) -> Result<Head, StoreError> {
        self.move_head(connection, append, rows).await?;
        batch::insert(connection, &events::TABLE, rows, events::bind)
            .await
            .map_err(failed(&self.place, "appended events"))?;
        lookups::write(connection, append).await.map_err(|error| lookups::refused(&self.place, error))?;
        lookups::write_data_keys(connection, append)
            .await
            .map_err(|error| lookups::data_key_refused(&self.place, error))?;
        parked::write(connection, append).await.map_err(failed(&self.place, "parked facts"))?;
        suppressed::write(connection, append)
            .await
            .map_err(failed(&self.place, "suppressed contact points"))?;
        Ok(self.head_on(connection, append.partition).await?.head)
    }

    async fn move_head(
        &self,
        connection: &mut SqliteConnection,
        append: &Append,
        rows: &[Numbered<'_>],
    ) -> Result<(), StoreError> {
        let expected = &append.expected;
        let last = rows.last();
        let position = expected.position.0.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        let moved = sqlx::query(MOVE_HEAD)
            .bind(stored(Position(position)))
            .bind(last.map_or(&expected.chain, |row| row.chain).to_vec())
            .bind(last.map_or(expected.at, |row| row.event.at).0)
            .bind(append.events.iter().map(|event| event.decider).max().unwrap_or(0))
            .bind(own_newest(append))
            .bind(append.partition)
            .bind(i64::try_from(append.epoch).unwrap_or(i64::MAX))
            .bind(stored(expected.position))
            .bind(expected.chain.to_vec())
            .execute(&mut *connection)
            .await
            .map_err(failed(&self.place, "moved the head"))?;
        if moved.rows_affected() == 1 { Ok(()) } else { Err(self.why_not(connection, append).await?) }
    }

    /// Tells a newer owner from a head that moved.
    async fn why_not(
        &self,
        connection: &mut SqliteConnection,
        append: &Append,
    ) -> Result<StoreError, StoreError> {
        let row = self.head_on(connection, append.partition).await?;
        Ok(if row.epoch == append.epoch {
            StoreError::HeadMoved { expected: append.expected, found: row.head }
        } else {
            StoreError::StaleEpoch { partition: append.partition, ours: append.epoch, found: row.epoch }
        })
    }
}

fn numbered<'a>(
    known: &Known,
    history: [u8; 16],
    append: &'a Append,
    chained: &'a [[u8; 32]],
) -> Result<Vec<Numbered<'a>>, StoreError> {
    let history = known.history_number(&history);
    let positions = append.expected.position.0.saturating_add(1)..;
    let rows = positions.zip(&append.events).zip(chained).map(|((position, event), chain)| {
        let place = place(append.partition, Position(position));
        let (tenant, rulebook) =
            (known.tenant_number(&event.tenant)?, known.rulebook_number(&event.rulebook)?);
        Some(Numbered { place, history: history?, tenant, rulebook, event, chain })
    });
    let rows: Option<Vec<Numbered<'a>>> = rows.collect();
    rows.ok_or_else(|| check::invalid("a tenant or rulebook got no number; try again".to_owned()))
}

/// The position of the last event of the partition's own stream in this append, or 0.
fn own_newest(append: &Append) -> i64 {
    let positions = append.expected.position.0.saturating_add(1)..;
    let own = positions.zip(&append.events).filter(|(_, event)| event.stream == StreamId::PARTITION);
    own.last().map_or(0, |(position, _)| stored(Position(position)))
}
