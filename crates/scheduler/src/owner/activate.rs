//! Activating a rulebook: an event in the partition's own stream, after which it decides.
//!
//! Due instants computed under another one are recomputed by the sweep, at its bounded rate.

use domain::event::Event;

use crate::error::SchedulerError;
use crate::owner::Owner;

impl Owner {
    /// Records that this rulebook decides from here on, unless it does already.
    pub(super) async fn activate(&mut self) -> Result<(), SchedulerError> {
        let rulebook = self.desk.rulebook.hash;
        if self.own.rulebook == Some(rulebook) {
            return Ok(());
        }
        self.record_own(&Event::RulebookActivated { rulebook }, self.nothing()).await?;
        tracing::info!(partition = self.desk.partition, rulebook = %rulebook, "rulebook activated");
        Ok(())
    }
}
