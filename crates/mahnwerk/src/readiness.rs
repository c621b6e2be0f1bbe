//! Whether this process can do its work: the conditions that `/readyz` lists.
//!
//! Who asks gets names, a yes or no, and figures; nothing personal.

use std::sync::Arc;

use async_trait::async_trait;
use event_log::sqlite::SqliteLog;
use event_log::store::EventLog;
use ingest::listener::{Condition, Readiness};

const OWNS: &str = "owns its partitions";
const LOG: &str = "log writable";
const BACKLOG: &str = "backlog read";

/// Looks at the log. The listener opens after the scheduler has taken every partition over and read what was there,
/// and the process ends when the scheduler does: as long as somebody answers, both hold.
pub(crate) struct LogReadiness(pub(crate) Arc<SqliteLog>);

#[async_trait]
impl Readiness for LogReadiness {
    async fn conditions(&self) -> Vec<Condition> {
        let partitions = self.0.partitions();
        vec![
            Condition::holds(OWNS, format!("{partitions} taken over at the start")),
            self.log().await,
            Condition::holds(BACKLOG, "read when the partitions were taken over"),
        ]
    }
}

impl LogReadiness {
    async fn log(&self) -> Condition {
        let mut position = 0;
        for partition in 0..self.0.partitions() {
            match self.0.head(partition).await {
                Ok(head) => position += head.position.0,
                Err(error) => return Condition::fails(LOG, error.to_string()),
            }
        }
        Condition::holds(LOG, format!("{position} events"))
    }
}
