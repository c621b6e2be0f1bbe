//! Transactions of several statements: begun, ended, undone, and tried again where another's stood in the way.

use sqlx::postgres::PgRow;

use super::error::is_conflict;
use super::pool::{Bound, Pool, Taken};
use crate::store::StoreError;

/// How often a transaction is tried that was undone for another's sake.
pub(super) const ATTEMPTS: u32 = 4;

/// What became of a transaction's statements: what the store refuses is no failure of the database's.
pub(super) type Done<T> = Result<Result<T, StoreError>, sqlx::Error>;

/// An open transaction. Dropped, it closes its connection, which undoes it.
pub(super) struct Transaction<'a>(Taken<'a>);

impl<'a> Transaction<'a> {
    /// Begins one with these statements.
    pub(super) async fn begin(pool: &'a Pool, begin: &'static str) -> Result<Self, sqlx::Error> {
        let mut taken = pool.take().await?;
        taken.run(begin).await?;
        Ok(Self(taken))
    }

    /// Runs a statement in it.
    pub(super) async fn fetch(&mut self, query: Bound<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
        self.0.fetch(query).await
    }

    /// Commits what was done, undoes what was refused or failed.
    pub(super) async fn finish<T>(mut self, done: Done<T>) -> Done<T> {
        match done {
            Ok(Ok(value)) => {
                self.0.run_commit().await?;
                self.0.give_back();
                Ok(Ok(value))
            }
            Ok(Err(_)) | Err(_) => {
                // Where it can't be undone the connection goes, and the transaction with it.
                if self.0.run("ROLLBACK").await.is_ok() {
                    self.0.give_back();
                }
                done
            }
        }
    }
}

/// Whether to try once more.
pub(super) fn again<T>(done: &Done<T>, attempt: u32) -> bool {
    attempt < ATTEMPTS && done.as_ref().is_err_and(is_conflict)
}
