//! The database's shape: bringing it up to this release's, by the role that owns the tables, and checking it.
//!
//! Forward only; each step is a file, and runs once, in the transaction that notes it.
//! A crash leaves the database at some step whole, and the next migration goes on behind it.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

use super::PgLog;
use super::error::{failed, unreadable};
use super::open::parse;
use super::pool::Pool;
use crate::check;
use crate::store::StoreError;

/// The role of the application, unless it is told otherwise.
pub const APPLICATION_ROLE: &str = "mahnwerk_app";

/// Each brings the database from its index to the next one. Only ever added to.
const STEPS: [&str; 13] = [
    include_str!("../../migrations/postgres/0001_names.sql"),
    include_str!("../../migrations/postgres/0002_clock.sql"),
    include_str!("../../migrations/postgres/0003_heads.sql"),
    include_str!("../../migrations/postgres/0004_owners.sql"),
    include_str!("../../migrations/postgres/0005_events.sql"),
    include_str!("../../migrations/postgres/0006_keys.sql"),
    include_str!("../../migrations/postgres/0007_parked.sql"),
    include_str!("../../migrations/postgres/0008_suppressed.sql"),
    include_str!("../../migrations/postgres/0009_snapshots.sql"),
    include_str!("../../migrations/postgres/0010_refused.sql"),
    include_str!("../../migrations/postgres/0011_partitions.sql"),
    include_str!("../../migrations/postgres/0012_running.sql"),
    include_str!("../../migrations/postgres/0013_lookups_by_digest.sql"),
];
const ROLE: &str = include_str!("../../migrations/postgres/role.sql");
const GRANTS: &str = include_str!("../../migrations/postgres/grants.sql");

const DOING: &str = "migrated the database";
/// Where the steps are noted. The schema is asked for first: only who may make one in this database can make it.
const PREPARE: &str = "/* mahnwerk: migrate */ SELECT pg_advisory_xact_lock(5503048231149); \
    DO $$ BEGIN IF to_regnamespace('mahnwerk') IS NULL THEN CREATE SCHEMA mahnwerk; END IF; END $$; \
    SET LOCAL search_path = mahnwerk; \
    CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())";
const VERSION: &str = "/* mahnwerk: version */ SELECT coalesce(max(version), 0) FROM mahnwerk.schema_version";

impl PgLog {
    /// Brings the database up to this release, as the role that owns its tables, and says how many steps that took.
    ///
    /// Makes the application's role where it is missing, and grants it what it needs and no more. Run again it changes
    /// nothing. A database of a newer release is refused.
    pub async fn migrate(url: &str, password: Option<&str>, role: &str) -> Result<usize, StoreError> {
        let (mut connection, place) = as_owner(url, password).await?;
        if !is_plain(role) {
            let detail = "the application's role has a name of a-z, 0-9 and _, with at most 63 letters";
            return Err(check::invalid(detail.to_owned()));
        }
        // One transaction for all: a database that is migrated half-way is seen by nobody.
        run(&mut connection, "BEGIN").await.map_err(failed(&place, DOING))?;
        let steps = migrate(&mut connection, &place, role).await?;
        run(&mut connection, "COMMIT").await.map_err(failed(&place, DOING))?;
        Ok(steps)
    }
}

/// A connection of the role that owns the tables, for `migrate` and `create` alone.
pub(super) async fn as_owner(
    url: &str,
    password: Option<&str>,
) -> Result<(PgConnection, String), StoreError> {
    let (connect, place): (PgConnectOptions, String) = parse(url, password)?;
    let connect = connect.application_name("mahnwerk owner").options([("search_path", "mahnwerk")]);
    let connection = connect.connect().await.map_err(failed(&place, "connected as the owner"))?;
    Ok((connection, place))
}

/// Refuses a database that is not of exactly this release's shape.
pub(super) async fn is_current(pool: &Pool) -> Result<(), StoreError> {
    let rows = pool.fetch(sqlx::query(VERSION), "looked which release made the log").await?;
    let version = rows.first().and_then(|row| row.try_get::<i32, _>(0).ok()).unwrap_or(0);
    if known(version, pool.place())? == STEPS.len() {
        return Ok(());
    }
    let detail = "an older release made it; run `mahnwerk migrate` once with this one";
    Err(unreadable(pool.place(), detail))
}

async fn migrate(connection: &mut PgConnection, place: &str, role: &str) -> Result<usize, StoreError> {
    run(connection, PREPARE).await.map_err(failed(place, DOING))?;
    let row = sqlx::query(VERSION).fetch_one(&mut *connection).await.map_err(failed(place, DOING))?;
    let version = known(row.try_get(0).map_err(failed(place, DOING))?, place)?;
    for (number, sql) in (1_i32..).zip(STEPS).skip(version) {
        run(connection, sql).await.map_err(failed(place, DOING))?;
        let noted = sqlx::query("INSERT INTO schema_version (version) VALUES ($1)").bind(number);
        noted.execute(&mut *connection).await.map_err(failed(place, DOING))?;
    }
    run(connection, &ROLE.replace("{role}", role)).await.map_err(|error| no_role(place, role, error))?;
    run(connection, &GRANTS.replace("{role}", role)).await.map_err(failed(place, "granted rights"))?;
    Ok(STEPS.len().saturating_sub(version))
}

/// How many steps are behind it.
fn known(version: i32, place: &str) -> Result<usize, StoreError> {
    match usize::try_from(version) {
        Ok(steps) if steps <= STEPS.len() => Ok(steps),
        Ok(_) | Err(_) => Err(unreadable(
            place,
            format!(
                "it has format {version} and this release knows up to {}; use the newer release that made it",
                STEPS.len()
            ),
        )),
    }
}

fn no_role(place: &str, role: &str, error: sqlx::Error) -> StoreError {
    const INSUFFICIENT_PRIVILEGE: &str = "42501";
    let code = error.as_database_error().and_then(|error| error.code());
    if code.as_deref() == Some(INSUFFICIENT_PRIVILEGE) {
        return check::invalid(format!(
            "the role {role} is missing and the owner may not make it; as a superuser: CREATE ROLE {role} LOGIN"
        ));
    }
    failed(place, "made the application's role")(error)
}

/// Whether a role's name may stand in a statement as it is.
fn is_plain(role: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=63).contains(&role.len()) && role.bytes().all(plain)
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roles_name_can_hold_no_statement() {
        for (name, plain) in [
            ("mahnwerk_app", true),
            ("", false),
            ("a\" b", false),
            ("a;b", false),
            ("A", false),
            ("a'b", false),
        ] {
            assert_eq!(is_plain(name), plain, "{name}");
        }
    }

    #[test]
    fn a_newer_format_is_refused() {
        assert_eq!(known(0, "x").unwrap(), 0);
        assert_eq!(known(13, "x").unwrap(), STEPS.len());
        for version in [-1, 99] {
            assert!(matches!(known(version, "x"), Err(StoreError::Unreadable { .. })));
        }
    }
}
