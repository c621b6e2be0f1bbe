//! Activating a rulebook: an event in the partition's own stream, after which it decides.
//!
//! Due instants computed under another one are recomputed by the sweep, at its bounded rate.

use contract::event;
use domain::DECIDER_REVISION;
use domain::event::Event;
use domain::ids::{InputId, RulebookHash, StreamId};
use domain::input::{Cause, CauseKind};
use domain::label::TenantId;
use event_log::record::{Append, NewEvent, Recorded};

use crate::error::SchedulerError;
use crate::owner::Owner;
use crate::owner::commit::CommitError;

/// The tenant that a partition's own events stand under; no rulebook has one of this name.
const NOBODY: &str = "_partition";

impl Owner {
    /// Records that this rulebook decides from here on, unless it does already.
    pub(super) async fn activate(&mut self) -> Result<(), SchedulerError> {
        let read = self.around.log.read_stream(self.desk.partition, StreamId::PARTITION).await;
        let own = read.map_err(|source| self.store_error(source))?;
        if own.iter().rev().find_map(activated) == Some(self.desk.rulebook.hash) {
            return Ok(());
        }
        let append = self.activation(own.last())?;
        match self.commit(&append).await {
            Ok(head) => self.lease.head = head,
            Err(CommitError::Stop(error)) => return Err(error),
            Err(CommitError::Refused(source)) => return Err(self.store_error(source)),
        }
        tracing::info!(partition = self.desk.partition, rulebook = %self.desk.rulebook.hash, "rulebook activated");
        Ok(())
    }

    fn activation(&self, last: Option<&Recorded>) -> Result<Append, SchedulerError> {
        let rulebook = self.desk.rulebook.hash;
        let (kind, payload) = event::encode(&Event::RulebookActivated { rulebook });
        let at = self.now();
        let tenant = TenantId::new(NOBODY).map_err(|error| SchedulerError::Keys {
            partition: self.desk.partition,
            doing: "name its own stream",
            detail: error.to_string(),
        })?;
        let event = NewEvent {
            tenant,
            stream: StreamId::PARTITION,
            version: last.map_or(0, |recorded| recorded.event.version).saturating_add(1),
            previous: last.map(|recorded| recorded.position),
            event_id: self.desk.vault.random_id(),
            cause: Cause { kind: CauseKind::Operator, id: InputId::new(self.desk.vault.random_id()) },
            at,
            occurred_at: at,
            kind,
            schema: event::SCHEMA,
            decider: DECIDER_REVISION,
            rulebook,
            trace: None,
            payload,
            personal: None,
        };
        Ok(Append {
            partition: self.desk.partition,
            epoch: self.lease.epoch,
            expected: self.lease.head,
            events: vec![event],
            input_keys: Vec::new(),
            lookups: Vec::new(),
            data_keys: Vec::new(),
            park: Vec::new(),
            unpark: Vec::new(),
        })
    }
}

fn activated(recorded: &Recorded) -> Option<RulebookHash> {
    let new = &recorded.event;
    match event::decode(new.kind, new.schema, &new.payload) {
        Ok(Event::RulebookActivated { rulebook }) => Some(rulebook),
        Ok(_) | Err(_) => None,
    }
}
