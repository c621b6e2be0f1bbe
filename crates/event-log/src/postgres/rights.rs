//! What the application's role may do to the log, for whoever checks an installation.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PgLog;
use super::error::unreadable;
use crate::store::StoreError;

/// What the role may do that a session runs as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rights {
    /// Whether no right is ever asked of it.
    pub is_superuser: bool,
    /// Whether it owns a table of the log's, or is a member of the role that does.
    pub owns_tables: bool,
    /// Whether it may change, delete or cut off events.
    pub may_change_events: bool,
    /// The rights that it needs and has not, such as `INSERT on events`.
    pub lacks: Vec<String>,
}

impl PgLog {
    /// Looks which rights the role has that this log was opened as.
    pub async fn rights(&self) -> Result<Rights, StoreError> {
        const SQL: &str = "/* mahnwerk: rights */ SELECT \
            (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), \
            EXISTS (SELECT FROM pg_class WHERE relnamespace = 'mahnwerk'::regnamespace AND relkind IN ('r', 'p') \
            AND pg_has_role(current_user, relowner, 'USAGE')), \
            has_any_column_privilege('mahnwerk.events', 'UPDATE') OR has_table_privilege('mahnwerk.events', 'DELETE') \
            OR has_table_privilege('mahnwerk.events', 'TRUNCATE'), \
            ARRAY(SELECT r || ' on ' || t FROM (VALUES ('SELECT', 'events'), ('INSERT', 'events'), \
            ('INSERT', 'input_keys'), ('INSERT', 'lookups'), ('INSERT', 'data_keys'), ('INSERT', 'tenants'), \
            ('INSERT', 'rulebooks'), ('SELECT', 'heads'), ('SELECT', 'owners'), ('DELETE', 'schedulers'), \
            ('UPDATE', 'snapshots'), ('DELETE', 'parked'), ('UPDATE', 'suppressed')) needed (r, t) \
            WHERE NOT has_table_privilege('mahnwerk.' || t, r) ORDER BY 1)";
        let found = self.scan_rows(sqlx::query(SQL), "looked what its role may do", read_row).await?;
        let none = || unreadable(self.pool.place(), "the server does not tell what a role may do");
        found.into_iter().next().ok_or_else(none)
    }
}

fn read_row(row: &PgRow) -> Option<Rights> {
    Some(Rights {
        is_superuser: row.try_get(0).ok()?,
        owns_tables: row.try_get(1).ok()?,
        may_change_events: row.try_get(2).ok()?,
        lacks: row.try_get(3).ok()?,
    })
}
