//! The server's settings that a log's durability hangs on, for whoever checks an installation (takeover, 6).
//!
//! They are asked for without a log, which is best not made on a server that loses commits.

use domain::time::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::error::unreadable;
use super::open::{Options, pool};
use super::pool::Pool;
use crate::store::StoreError;

/// How the server is set, as a session of the application sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Durability {
    /// The server's version as a number: 150004 is 15.4.
    pub version: u32,
    /// Whether commits reach the disk at all.
    pub fsync: bool,
    /// Whether a commit is answered once it is on the disk, and on which: `on`, `off`, `local`, `remote_write` …
    pub synchronous_commit: String,
    /// Whether a page that a crash tore is restored.
    pub full_page_writes: bool,
    /// The most connections, those of the server's own roles included.
    pub max_connections: u32,
    /// Which standbys a commit waits for; empty: none.
    pub synchronous_standby_names: String,
    /// How many standbys follow now.
    pub standbys: u32,
    /// How many of them a commit waits for, where the application's role may see that.
    pub synchronous_standbys: Option<u32>,
    /// The database's time.
    pub now: Timestamp,
}

impl Durability {
    /// Whether an answered commit survives a crash of the server.
    pub fn survives_a_crash(&self) -> bool {
        self.fsync && self.full_page_writes && self.synchronous_commit != "off"
    }

    /// Whether a standby that follows could be made the server and lack commits that were answered.
    pub fn could_fail_over_behind(&self) -> bool {
        let waits = !self.synchronous_standby_names.is_empty()
            && !matches!(self.synchronous_commit.as_str(), "off" | "local");
        let behind = self.synchronous_standbys.is_some_and(|waited_for| waited_for < self.standbys);
        self.standbys > 0 && (!waits || behind)
    }
}

impl PgLog {
    /// Reads the settings.
    pub async fn durability(&self) -> Result<Durability, StoreError> {
        read(&self.pool).await
    }

    /// Reads the settings of a server, whether it has a log or not.
    pub async fn durability_of(options: &Options) -> Result<Durability, StoreError> {
        read(&pool(options)?).await
    }
}

async fn read(pool: &Pool) -> Result<Durability, StoreError> {
    const SQL: &str = "/* mahnwerk: durability */ SELECT current_setting('server_version_num')::bigint, \
        current_setting('fsync')::boolean, current_setting('synchronous_commit'), \
        current_setting('full_page_writes')::boolean, current_setting('max_connections')::bigint, \
        current_setting('synchronous_standby_names'), count(r.pid), \
        CASE WHEN count(r.sync_state) = count(r.pid) THEN \
        count(*) FILTER (WHERE r.sync_state IN ('sync', 'quorum')) END, \
        (extract(epoch FROM clock_timestamp()) * 1000)::bigint \
        FROM (SELECT 1) one LEFT JOIN pg_stat_replication r ON true";
    let rows = pool.fetch(sqlx::query(SQL), "read the server's settings").await?;
    let none = || unreadable(pool.place(), "the server does not tell its settings");
    rows.first().and_then(read_row).ok_or_else(none)
}

fn read_row(row: &PgRow) -> Option<Durability> {
    let count = |index: usize| u32::try_from(row.try_get::<i64, _>(index).ok()?).ok();
    Some(Durability {
        version: count(0)?,
        fsync: row.try_get(1).ok()?,
        synchronous_commit: row.try_get(2).ok()?,
        full_page_writes: row.try_get(3).ok()?,
        max_connections: count(4)?,
        synchronous_standby_names: row.try_get(5).ok()?,
        standbys: count(6)?,
        synchronous_standbys: row.try_get::<Option<i64>, _>(7).ok()?.and_then(|n| u32::try_from(n).ok()),
        now: Timestamp(row.try_get(8).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_loses_commits_is_told() {
        let safe = Durability {
            version: 150_004,
            fsync: true,
            synchronous_commit: "on".to_owned(),
            full_page_writes: true,
            max_connections: 100,
            synchronous_standby_names: String::new(),
            standbys: 0,
            synchronous_standbys: Some(0),
            now: Timestamp(0),
        };
        assert!(safe.survives_a_crash() && !safe.could_fail_over_behind());
        let off = || "off".to_owned();
        assert!(!Durability { synchronous_commit: off(), ..safe.clone() }.survives_a_crash());
        assert!(!Durability { fsync: false, ..safe.clone() }.survives_a_crash());
        assert!(!Durability { full_page_writes: false, ..safe.clone() }.survives_a_crash());
        let named = |standbys, waited_for| Durability {
            synchronous_standby_names: "*".to_owned(),
            standbys,
            synchronous_standbys: waited_for,
            ..safe.clone()
        };
        assert!(Durability { standbys: 1, ..safe.clone() }.could_fail_over_behind());
        assert!(!named(1, Some(1)).could_fail_over_behind());
        assert!(!named(1, None).could_fail_over_behind());
        assert!(named(2, Some(1)).could_fail_over_behind());
    }
}
