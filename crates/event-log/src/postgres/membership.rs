//! Signs of life, leases and who has them; and the feed's cursor, which stands in the same row.
//!
//! Each is one statement. Times are the database's.

use core::time::Duration;
use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::ids::{Position, RulebookHash};
use domain::time::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::error::unreadable;
use super::events::fixed;
use super::head::{counted, number, position, stored};
use crate::check;
use crate::feed_cursor::FeedCursor;
use crate::membership::{Holder, Instance, Membership, Roster};
use crate::store::StoreError;

/// Instances whose last sign of life is older than this are taken off the list.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3600);

/// What the beat changes, it does not see: its own row and its renewed leases are put in by hand. A lease that is its own
/// by what it sees and was not renewed has gone to somebody else in the same moment.
const BEAT: &str = include_str!("../../queries/postgres/beat.sql");

#[async_trait]
impl Membership for PgLog {
    fn instance(&self) -> Instance {
        self.instance
    }

    async fn beat(&self, rulebook: RulebookHash) -> Result<Roster, StoreError> {
        let query = sqlx::query(BEAT).bind(self.instance.0.to_vec()).bind(millis(self.lease));
        let query = query.bind(millis(FORGOTTEN_AFTER)).bind(rulebook.0.to_vec());
        let rows = self.pool.fetch(query, "said that it lives").await?;
        let damaged = || unreadable(self.pool.place(), "a lease is damaged; restore it from a backup");
        self.roster(&rows).ok_or_else(damaged)
    }

    async fn release(&self, partition: u16, epoch: u64) -> Result<(), StoreError> {
        const SQL: &str = "/* mahnwerk: release */ UPDATE owners SET owner = NULL, lease_until = 0 \
            WHERE partition = $1 AND epoch = $2 AND owner = $3";
        check::partition(partition, self.origin.partitions)?;
        let query = sqlx::query(SQL).bind(number(partition)).bind(counted(epoch));
        self.pool.fetch(query.bind(self.instance.0.to_vec()), "gave a partition back").await.map(drop)
    }

    async fn leave(&self) -> Result<(), StoreError> {
        const SQL: &str = "/* mahnwerk: leave */ DELETE FROM schedulers WHERE instance = $1";
        let query = sqlx::query(SQL).bind(self.instance.0.to_vec());
        self.pool.fetch(query, "took itself off the list").await.map(drop)
    }
}

impl PgLog {
    /// The schedulers that have said lately that they live, without saying so oneself.
    ///
    /// Each with the rulebook that it decides by; one of an older release does not say.
    pub async fn members(&self) -> Result<Vec<(Instance, Option<RulebookHash>)>, StoreError> {
        const SQL: &str = "/* mahnwerk: members */ SELECT instance, rulebook FROM schedulers \
            WHERE seen_until > clock_ms() ORDER BY instance";
        let rows = self.pool.fetch(sqlx::query(SQL), "looked who takes part").await?;
        let member = |row: &PgRow| Some((Instance(fixed(row, 0)?), rulebook(row.try_get(1).ok()?).ok()?));
        let members: Option<Vec<_>> = rows.iter().map(member).collect();
        members.ok_or_else(|| unreadable(self.pool.place(), "a sign of life is damaged"))
    }
}

#[async_trait]
impl FeedCursor for PgLog {
    async fn cursor(&self, partition: u16) -> Result<Position, StoreError> {
        const SQL: &str = "/* mahnwerk: cursor */ SELECT feed_cursor FROM owners WHERE partition = $1";
        check::partition(partition, self.origin.partitions)?;
        let query = sqlx::query(SQL).bind(number(partition));
        let found = self.scan_rows(query, "read the feed's cursor", |row| position(row, 0)).await?;
        Ok(found.first().copied().unwrap_or(Position(0)))
    }

    async fn move_cursor(&self, partition: u16, epoch: u64, to: Position) -> Result<(), StoreError> {
        const SQL: &str = "/* mahnwerk: move cursor */ UPDATE owners SET feed_cursor = greatest(feed_cursor, $3) \
            WHERE partition = $1 AND epoch = $2 AND $3 <= (SELECT position FROM heads WHERE partition = $1) \
            RETURNING 1";
        check::partition(partition, self.origin.partitions)?;
        let query = sqlx::query(SQL).bind(number(partition)).bind(counted(epoch)).bind(stored(to));
        if !self.pool.fetch(query, "moved the feed's cursor").await?.is_empty() {
            return Ok(());
        }
        let row = self.head_row(partition).await?;
        if row.epoch != epoch {
            return Err(StoreError::StaleEpoch { partition, ours: epoch, found: row.epoch });
        }
        let end = row.head.position.0;
        Err(check::invalid(format!("a feed's cursor at {} is ahead of the log, which ends at {end}", to.0)))
    }
}

impl PgLog {
    fn roster(&self, rows: &[PgRow]) -> Option<Roster> {
        let first = rows.first()?;
        let members: Vec<Vec<u8>> = first.try_get(5).ok()?;
        let members: Option<Vec<Instance>> = members.into_iter().map(instance).collect();
        let members = members?;
        let said: Vec<Option<Vec<u8>>> = first.try_get(6).ok()?;
        let said: Option<Vec<Option<RulebookHash>>> =
            said.into_iter().map(|said| rulebook(said).ok()).collect();
        let rulebooks: BTreeMap<Instance, RulebookHash> =
            members.iter().zip(said?).filter_map(|(member, said)| Some((*member, said?))).collect();
        let holders: Option<Vec<Holder>> = rows.iter().map(holder).collect();
        Some(Roster { now: Timestamp(first.try_get(4).ok()?), members, rulebooks, holders: holders? })
    }
}

fn holder(row: &PgRow) -> Option<Holder> {
    Some(Holder {
        partition: u16::try_from(row.try_get::<i16, _>(0).ok()?).ok()?,
        epoch: u64::try_from(row.try_get::<i64, _>(1).ok()?).ok()?,
        instance: match row.try_get::<Option<&[u8]>, _>(2).ok()? {
            None => None,
            Some(_) => Some(Instance(fixed(row, 2)?)),
        },
        lapses_in: Duration::from_millis(u64::try_from(row.try_get::<i64, _>(3).ok()?).ok()?),
    })
}

fn instance(bytes: Vec<u8>) -> Option<Instance> {
    Some(Instance(bytes.try_into().ok()?))
}

/// What was said, if anything was; gives back what is none.
fn rulebook(said: Option<Vec<u8>>) -> Result<Option<RulebookHash>, Vec<u8>> {
    said.map(|bytes| Ok(RulebookHash(bytes.try_into()?))).transpose()
}

/// A span as the database's integer.
pub(super) fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
