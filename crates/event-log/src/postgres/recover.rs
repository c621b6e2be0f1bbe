//! Opening a log under a new history, after its database was set back (takeover, 6).

use super::PgLog;
use super::error::failed;
use super::schema::as_owner;
use crate::record::Origin;
use crate::store::StoreError;

const DOING: &str = "began a new history";

impl PgLog {
    /// Begins a new history, as the role that owns the tables: what is appended from now on belongs to it, and what there is
    /// keeps its own. Schedulers that have the log open have to be started again.
    ///
    /// One statement: a crash leaves the old history or the new one.
    pub async fn begin_history(url: &str, password: Option<&str>, origin: Origin) -> Result<(), StoreError> {
        const SQL: &str = "/* mahnwerk: begin history */ WITH begun AS (INSERT INTO histories (history) VALUES ($1) \
            RETURNING number) UPDATE origin SET history = begun.number, key_check = $2 FROM begun";
        let (mut connection, place) = as_owner(url, password).await?;
        let query = sqlx::query(SQL).bind(origin.history.to_vec()).bind(origin.key_check.to_vec());
        query.execute(&mut connection).await.map(drop).map_err(failed(&place, DOING))
    }
}
