//! How a log in PostgreSQL is opened, and what each of its sessions is told.

use core::time::Duration;
use std::sync::Arc;

use runtime::clock::Clock;
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{ConnectOptions, Row};

use super::PgLog;
use super::error::unreadable;
use super::events::fixed;
use super::pool::Pool;
use super::{names, schema};
use crate::check;
use crate::membership::Instance;
use crate::names::Names;
use crate::record::Origin;
use crate::store::StoreError;
use crate::tail::Tails;

/// How long a statement may take, in leases: longer than any append, so that what is cut off is surely stuck.
const STATEMENT_LEASES: u32 = 4;
/// The shortest lease: a sign of life has to arrive within it, and a frozen transaction to end.
const MIN_LEASE: Duration = Duration::from_millis(500);

/// How a log is opened.
#[derive(Clone)]
pub struct Options {
    /// Where it is: `postgres://ROLE@HOST:PORT/DATABASE`, with `sslmode` and `sslrootcert` as usual.
    pub url: String,
    /// The role's password, where it has one and the URL does not.
    pub password: Option<String>,
    /// The most connections at once.
    pub connections: u16,
    /// The revision that its owner decides with; a partition with later decisions can't be leased.
    pub decider: u32,
    /// This run of this process.
    pub instance: Instance,
    /// How long a lease counts without a sign of life.
    pub lease: Duration,
    /// The owner's clock: an append is refused where it is off (time, 1). Also limits how long is waited for an answer.
    pub clock: Arc<dyn Clock>,
}

impl PgLog {
    /// Opens a log that `migrate` and `create` have made.
    pub async fn open(options: Options) -> Result<Self, StoreError> {
        let pool = pool(&options)?;
        schema::is_current(&pool).await?;
        let origin = read_origin(&pool).await?;
        let names = Names::default();
        names::read(&names, &pool).await?;
        Ok(Self {
            pool,
            origin,
            decider: options.decider,
            instance: options.instance,
            lease: options.lease,
            clock: options.clock,
            names,
            tails: Tails::new(origin.partitions),
        })
    }
}

/// The connections, of which none is made yet.
pub(super) fn pool(options: &Options) -> Result<Pool, StoreError> {
    if options.lease < MIN_LEASE {
        let detail =
            format!("a lease of {:?} is too short; it has to be {MIN_LEASE:?} at least", options.lease);
        return Err(check::invalid(detail));
    }
    let (connect, place) = parse(&options.url, options.password.as_deref())?;
    let connect = session(connect, options.instance, options.lease);
    let patience = options.lease.saturating_mul(STATEMENT_LEASES.saturating_add(1));
    Ok(Pool::new(connect, place, Arc::clone(&options.clock), patience, options.connections))
}

/// Reads a URL; the error repeats nothing of it, since a password may stand in it.
pub(super) fn parse(url: &str, password: Option<&str>) -> Result<(PgConnectOptions, String), StoreError> {
    const WANTED: &str = "the URL of the database is none; it looks like postgres://ROLE@HOST:5432/DATABASE";
    let parsed: Result<PgConnectOptions, sqlx::Error> = url.parse();
    let parsed = parsed.map_err(|_may_repeat_it| check::invalid(WANTED.to_owned()))?;
    let connect = match password {
        Some(password) => parsed.password(password),
        None => parsed,
    };
    let database = connect.get_database().unwrap_or(connect.get_username());
    let place = format!("PostgreSQL at {}:{}/{database}", connect.get_host(), connect.get_port());
    Ok((connect.disable_statement_logging(), place))
}

/// By what a backend of this instance is known at the server.
pub(super) fn application_name(instance: &[u8]) -> String {
    let digits: String = instance.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("mahnwerk {digits}")
}

/// Every question of the store goes by an index, whatever the planner thinks of a table that it has not counted yet.
/// A transaction that froze, and a connection whose other end is gone, end well before the lease (takeover, 1).
fn session(connect: PgConnectOptions, instance: Instance, lease: Duration) -> PgConnectOptions {
    let half = format!("{}ms", lease.as_millis() / 2);
    let statement = format!("{}ms", lease.saturating_mul(STATEMENT_LEASES).as_millis());
    connect.application_name(&application_name(&instance.0)).options([
        ("search_path", "mahnwerk"),
        ("default_transaction_isolation", "read committed"),
        ("idle_in_transaction_session_timeout", half.as_str()),
        ("tcp_user_timeout", half.as_str()),
        ("statement_timeout", statement.as_str()),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("enable_material", "off"),
        ("jit", "off"),
    ])
}

async fn read_origin(pool: &Pool) -> Result<Origin, StoreError> {
    const SQL: &str = "/* mahnwerk: origin */ SELECT o.partitions, h.history, o.key_check FROM origin o \
        JOIN histories h ON h.number = o.history";
    let rows = pool.fetch(sqlx::query(SQL), "read what the log was made with").await?;
    let none = || unreadable(pool.place(), "there is no log; `mahnwerk init` makes one");
    let row = rows.first().ok_or_else(none)?;
    origin(row).ok_or_else(|| unreadable(pool.place(), "its first row is damaged; restore it from a backup"))
}

fn origin(row: &PgRow) -> Option<Origin> {
    let partitions = u16::try_from(row.try_get::<i32, _>(0).ok()?).ok()?;
    Some(Origin { history: fixed(row, 1)?, partitions, key_check: fixed(row, 2)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_no_role_and_no_password() {
        let (_, place) = parse("postgres://anna:secret@db.example:6432/log", Some("other")).unwrap();
        assert_eq!(place, "PostgreSQL at db.example:6432/log");
        let error = parse("postgres//anna:secret", None).unwrap_err().to_string();
        assert!(error.contains("postgres://ROLE@HOST") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn a_backend_is_known_by_its_instance() {
        let name = application_name(&[0xab; 16]);
        assert_eq!(name, format!("mahnwerk {}", "ab".repeat(16)));
        // PostgreSQL cuts longer ones.
        assert!(name.len() < 64);
    }
}
