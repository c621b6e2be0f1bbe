//! What every store must do, run against each; and what SQLite and PostgreSQL must do beyond it.
//!
//! A test that says `every!` runs three times: against the log in memory, a file, and a database of its own on the server
//! that `tests/with-servers` starts.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod append;
mod checkpoint;
mod fixture;
mod load;
mod lookups;
mod postgres_fence;
mod postgres_leases;
mod postgres_open;
mod postgres_plain;
mod postgres_rights;
mod postgres_server;
mod sqlite_disk;
mod sqlite_kill;
mod sqlite_open;
mod sqlite_plain;
mod takeover;

/// Runs an async body against every store.
macro_rules! every {
    ($name:ident, $log:ident, $body:block) => {
        mod $name {
            use super::*;

            async fn body($log: &crate::fixture::Log) $body

            #[tokio::test]
            async fn memory() {
                body(&crate::fixture::memory()).await;
            }

            #[tokio::test]
            async fn sqlite() {
                body(&crate::fixture::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                body(&crate::fixture::postgres().await).await;
            }
        }
    };
}
pub(crate) use every;
