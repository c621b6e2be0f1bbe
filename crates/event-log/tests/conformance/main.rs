//! What every store must do, run against each; and what SQLite must do beyond it.
//!
//! A test that says `both!` runs twice: against the log in memory and against a file.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod append;
mod checkpoint;
mod fixture;
mod load;
mod lookups;
mod sqlite_disk;
mod sqlite_kill;
mod sqlite_open;
mod sqlite_plain;
mod takeover;

/// Runs an async body against both stores.
macro_rules! both {
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
        }
    };
}
pub(crate) use both;
