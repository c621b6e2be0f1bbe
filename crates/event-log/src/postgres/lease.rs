//! Taking a partition over: the lease, the epoch, and an old owner that stands in the way.

use core::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::error::{commit_failed, is_locked};
use super::head::{HeadRow, head_columns, number};
use super::membership::millis;
use super::open::application_name;
use super::transaction::{Done, Transaction, again};
use crate::check;
use crate::record::Lease;
use crate::store::StoreError;

const DOING: &str = "took a partition over";
/// A live owner holds the head row no longer than a commit takes; whoever holds it longer is looked at.
const BEGIN: &str = "/* mahnwerk: lease */ BEGIN; SET LOCAL lock_timeout = '300ms'";
/// How often an old owner's backends are ended before the takeover gives up for now.
const ATTEMPTS: u32 = 5;
const ENDS_WITHIN_MS: i64 = 2_000;

impl PgLog {
    /// Raises the epoch, unless somebody else's lease still counts or a later revision has decided here.
    pub(super) async fn take_lease(&self, partition: u16) -> Result<Lease, StoreError> {
        self.pool.settle().await?;
        for attempt in 1..=ATTEMPTS {
            let raised = self.raise_epoch(partition).await;
            let row = match raised {
                Err(error) if is_locked(&error) => {
                    self.clear_the_way(partition).await?;
                    continue;
                }
                raised if again(&raised, attempt) => continue,
                raised => raised.map_err(|error| commit_failed(self.pool.place(), DOING, &error))??,
            };
            self.tails.reset(partition);
            return Ok(Lease { partition, epoch: row.epoch, history: self.origin.history, head: row.head });
        }
        let detail = "its head row stays locked; look for a long transaction in pg_stat_activity".to_owned();
        Err(StoreError::Database { doing: DOING, detail, transient: true })
    }

    async fn raise_epoch(&self, partition: u16) -> Done<HeadRow> {
        let mut transaction = Transaction::begin(&self.pool, BEGIN).await?;
        let raised = self.raise_in(&mut transaction, partition).await;
        transaction.finish(raised).await
    }

    /// The lease's row first, then the head's: everybody locks them in this order.
    async fn raise_in(&self, transaction: &mut Transaction<'_>, partition: u16) -> Done<HeadRow> {
        const TAKE: &str = "/* mahnwerk: take lease */ UPDATE owners SET epoch = epoch + 1, owner = $2, \
            lease_until = clock_ms() + $3 WHERE partition = $1 AND (owner IS NULL OR owner = $2 \
            OR lease_until <= clock_ms()) RETURNING epoch";
        const RAISE: &str = concat!(
            "/* mahnwerk: raise epoch */ UPDATE heads h SET epoch = $2 WHERE partition = $1 AND epoch < $2 RETURNING ",
            head_columns!()
        );
        let take = sqlx::query(TAKE).bind(number(partition)).bind(self.instance.0.to_vec());
        let taken = transaction.fetch(take.bind(millis(self.lease))).await?;
        let Some(row) = taken.first() else { return Ok(Err(self.held(transaction, partition).await?)) };
        let raise = sqlx::query(RAISE).bind(number(partition)).bind(row.try_get::<i64, _>(0)?);
        let rows = transaction.fetch(raise).await?;
        Ok(self.one_head(&rows).and_then(|row| {
            check::may_own(partition, self.decider, row.least_decider)?;
            Ok(row)
        }))
    }

    async fn held(
        &self,
        transaction: &mut Transaction<'_>,
        partition: u16,
    ) -> Result<StoreError, sqlx::Error> {
        const SQL: &str = "/* mahnwerk: held */ SELECT greatest(lease_until - clock_ms(), 0) FROM owners WHERE partition = $1";
        let rows = transaction.fetch(sqlx::query(SQL).bind(number(partition))).await?;
        let left = rows.first().and_then(|row| row.try_get::<i64, _>(0).ok()).unwrap_or(0);
        Ok(StoreError::Held { partition, lapses_in: Duration::from_millis(u64::try_from(left).unwrap_or(0)) })
    }

    /// Ends the backends of an owner whose lease has lapsed: one of them holds the head row and does not let go, since its
    /// process froze (takeover, 1). Until then the epoch keeps it from writing as soon as it would.
    async fn clear_the_way(&self, partition: u16) -> Result<(), StoreError> {
        const OWNER: &str = "/* mahnwerk: owner */ SELECT owner, lease_until - clock_ms() FROM owners \
            WHERE partition = $1";
        const END: &str = "/* mahnwerk: end backends */ SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity \
            WHERE application_name = $1 AND datname = current_database() AND usename = current_user \
            AND pid <> pg_backend_pid()";
        let doing = "looked who holds a partition up";
        let rows = self.pool.fetch(sqlx::query(OWNER).bind(number(partition)), doing).await?;
        let read = |row: &PgRow| {
            let owner = row.try_get::<Option<Vec<u8>>, _>(0).ok()??;
            Some((owner, row.try_get::<i64, _>(1).ok()?))
        };
        let Some((owner, left)) = rows.first().and_then(read) else { return Ok(()) };
        if owner == self.instance.0 {
            return Ok(());
        }
        match u64::try_from(left) {
            Ok(left) if left > 0 => {
                Err(StoreError::Held { partition, lapses_in: Duration::from_millis(left) })
            }
            Ok(_) | Err(_) => {
                let query = sqlx::query(END).bind(application_name(&owner)).bind(ENDS_WITHIN_MS);
                self.pool.fetch(query, "ended a frozen owner's backends").await.map(drop)
            }
        }
    }
}
