//! The append: one statement, which is its own transaction and one round trip (takeover, 1).
//!
//! Everything that it writes is selected from the head row that it has moved: where the compare-and-set misses, nothing is
//! written. A crash before the commit leaves nothing of it, one behind it leaves all.

mod rows;

use domain::ids::{Position, StreamId};
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

use self::rows::Rows;
use super::PgLog;
use super::error::{commit_failed, failed, known_in, unreadable};
use super::events::Columns;
use super::head::{counted, number, stored};
use crate::record::{Append, Head};
use crate::store::{MAX_CLOCK_OFF, StoreError};
use crate::{chain, check};

const DOING: &str = "appended";

/// The head is moved only if epoch, position and chain are the expected ones and the owner's clock is right.
///
/// An input key or data key that is there already breaks its primary key, and the statement with it. A claim (kind 1) that
/// leads to its debtor already is left as it is; one that leads to another breaks its index. `OFFSET 0` keeps the planner
/// from reading all claims for that: it may have seen the table empty.
/// `$44` to `$47` are facts that this append drains and parks anew: they take the place of the row that is there.
const SQL: &str = include_str!("../../queries/postgres/append.sql");

impl PgLog {
    pub(super) async fn write_append(&self, append: &Append) -> Result<Head, StoreError> {
        let expected = &append.expected;
        let (history, partition) = (self.origin.history, append.partition);
        let chained = chain::extend(&expected.chain, history, partition, expected.position, &append.events);
        let used = append.events.iter().map(|event| (&event.tenant, Some(&event.rulebook)));
        let known = self.name_all(used).await?;
        let history = known.history_number(&history).and_then(|number| i32::try_from(number).ok());
        let columns = Columns::of(&known, append, &chained)?;
        let last = append.events.last();
        let position = Position(expected.position.0.saturating_add(counted_rows(append)));
        let chain = chained.last().unwrap_or(&expected.chain);
        self.pool.settle().await?;
        let mut taken = self.pool.take().await.map_err(failed(self.pool.place(), DOING))?;
        // The clock is read once nothing is waited for any more but the answer.
        let query = sqlx::query(SQL)
            .bind(number(partition))
            .bind(counted(append.epoch))
            .bind(stored(expected.position))
            .bind(expected.chain.to_vec())
            .bind(stored(position))
            .bind(chain.to_vec())
            .bind(last.map_or(expected.at, |event| event.at).0)
            .bind(append.events.iter().map(|event| i64::from(event.decider)).max().unwrap_or(0))
            .bind(own_newest(append))
            .bind(self.clock.now().0)
            .bind(millis(MAX_CLOCK_OFF))
            .bind(history);
        let query = Rows::of(append).bind(columns.bind(query));
        let written = taken.commit(query).await;
        taken.give_back();
        let rows = written.map_err(|error| self.refused(&error))?;
        let Some(row) = rows.first() else { return Err(self.why_not(append).await?) };
        let (at, checkpoint) = read_moved(row).ok_or_else(|| {
            unreadable(self.pool.place(), "a head row is damaged; restore it from a backup")
        })?;
        self.tails.appended(append);
        Ok(Head { position, chain: *chain, at, checkpoint })
    }

    fn refused(&self, error: &sqlx::Error) -> StoreError {
        match known_in(error) {
            Some(table) if table.starts_with("input_keys") => check::known("input key"),
            Some(table) if table.starts_with("data_keys") => check::known("data key"),
            Some("lookups") => check::invalid(
                "a claim of this append has another debtor by now, in another partition; ask before appending".to_owned(),
            ),
            Some(_) | None => commit_failed(self.pool.place(), DOING, error),
        }
    }

    /// Tells a newer owner from a head that moved, and both from a clock that is off.
    async fn why_not(&self, append: &Append) -> Result<StoreError, StoreError> {
        let row = self.head_row(append.partition).await?;
        let (partition, expected) = (append.partition, append.expected);
        if row.epoch != append.epoch {
            return Ok(StoreError::StaleEpoch { partition, ours: append.epoch, found: row.epoch });
        }
        if (row.head.position, row.head.chain) != (expected.position, expected.chain) {
            return Ok(StoreError::HeadMoved { expected, found: row.head });
        }
        let ahead = |at: Timestamp| at.since(row.now).0;
        let clock = ahead(self.clock.now());
        let is_off = clock.unsigned_abs() > millis(MAX_CLOCK_OFF).unsigned_abs();
        let events = append.events.last().map_or(clock, |event| ahead(event.at));
        Ok(StoreError::ClockOff { ahead_ms: if is_off { clock } else { events } })
    }
}

fn read_moved(row: &PgRow) -> Option<(Timestamp, Position)> {
    Some((Timestamp(row.try_get(0).ok()?), super::head::position(row, 1)?))
}

/// The position of the last event of the partition's own stream in this append, or 0.
fn own_newest(append: &Append) -> i64 {
    let positions = append.expected.position.0.saturating_add(1)..;
    let own = positions.zip(&append.events).filter(|(_, event)| event.stream == StreamId::PARTITION);
    own.last().map_or(0, |(position, _)| stored(Position(position)))
}

fn counted_rows(append: &Append) -> u64 {
    u64::try_from(append.events.len()).unwrap_or(u64::MAX)
}

fn millis(length: core::time::Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
