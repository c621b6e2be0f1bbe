//! Whether this process can do its work: the conditions that `/readyz` lists.
//!
//! Who asks may be anybody: they get names, a yes or no, and figures, and no path of this machine.

use async_trait::async_trait;
use ingest::listener::{Condition, Readiness};
use scheduler::Health;

const OWNS: &str = "owns its partitions";
const LOG: &str = "log writable";
const BACKLOG: &str = "backlog read";

/// Asks the owners of the partitions, and the log itself.
pub(crate) struct OwnersReadiness(pub(crate) Health);

#[async_trait]
impl Readiness for OwnersReadiness {
    async fn conditions(&self) -> Vec<Condition> {
        // Of many processes that share a log, each answers for what falls to it.
        let mut partitions = self.0.partitions();
        partitions.retain(|partition| partition.ours);
        let of_all = |name, count: usize| {
            let (all, detail) = (partitions.len(), format!("{count} of {}", partitions.len()));
            if count == all { Condition::holds(name, detail) } else { Condition::fails(name, detail) }
        };
        let owned = partitions.iter().filter(|partition| partition.owned).count();
        let caught_up = partitions.iter().filter(|partition| partition.owned && partition.caught_up).count();
        let mut writable = 0;
        for partition in partitions.iter().filter(|partition| partition.owned) {
            match self.0.probe(partition).await {
                Ok(()) => writable += 1,
                Err(error) => {
                    tracing::warn!(partition = partition.partition, %error, "the log takes no writes");
                }
            }
        }
        vec![of_all(OWNS, owned), of_all(LOG, writable), of_all(BACKLOG, caught_up)]
    }
}
