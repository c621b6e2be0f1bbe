//! Where facts go: to the log's owner within this process, or to a process that passes them on.

use async_trait::async_trait;
use contract::wire::{FactMessage, Receipt};

use crate::error::IngestError;
use crate::gate::Gate;

/// Takes facts to the log.
#[async_trait]
pub trait FactSink: Send + Sync {
    /// Hands facts on; answers when each is acknowledged, with a receipt for each in their order (inputs, 3).
    ///
    /// If it fails, those that were acknowledged before stay so; sending all of them again is safe.
    async fn take(&self, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, IngestError>;
}

#[async_trait]
impl FactSink for Gate {
    async fn take(&self, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, IngestError> {
        self.send(facts).await
    }
}
