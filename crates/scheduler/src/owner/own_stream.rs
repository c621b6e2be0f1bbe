//! The partition's own stream: which rulebook decides, which contacts are paused, what operators gave up.
//!
//! Its events stand in the same log and chain as all others, under a tenant that no rulebook has.

use std::collections::BTreeSet;

use contract::event;
use contract::wire::Reach;
use domain::DECIDER_REVISION;
use domain::event::Event;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::input::{Cause, CauseKind};
use domain::label::TenantId;
use event_log::record::{Append, NewEvent, Recorded};

use crate::error::SchedulerError;
use crate::owner::Owner;
use crate::owner::commit::CommitError;

/// The tenant that a partition's own events stand under; no rulebook has one of this name.
const NOBODY: &str = "_partition";

/// What the stream says.
#[derive(Default)]
pub(super) struct OwnStream {
    version: u64,
    last: Option<Position>,
    /// The rulebook that was activated last.
    pub(super) rulebook: Option<RulebookHash>,
    /// The pauses in force.
    pub(super) pauses: BTreeSet<Reach>,
}

impl OwnStream {
    fn fold(&mut self, position: Position, event: &Event) {
        self.version = self.version.saturating_add(1);
        self.last = Some(position);
        if let Event::RulebookActivated { rulebook } = event {
            self.rulebook = Some(*rulebook);
        }
        if let Event::ContactsPaused { tenant, channel, .. } = event {
            self.pauses.insert(Reach { tenant: tenant.clone(), channel: *channel });
        }
        if let Event::ContactsResumed { tenant, channel, .. } = event {
            self.pauses.remove(&Reach { tenant: tenant.clone(), channel: *channel });
        }
    }
}

impl Owner {
    /// Reads what earlier owners left in it.
    pub(super) async fn read_own_stream(&mut self) -> Result<(), SchedulerError> {
        let read = self.around.log.read_stream(self.desk.partition, StreamId::PARTITION).await;
        self.own = OwnStream::default();
        for recorded in read.map_err(|source| self.store_error(source))? {
            let event = self.decoded(&recorded)?;
            self.own.fold(recorded.position, &event);
        }
        self.credits.pause(&self.own.pauses);
        Ok(())
    }

    /// Appends an event of its own, and whatever rows go with it.
    ///
    /// A crash before the commit leaves nothing; after it the successor reads it back.
    pub(super) async fn record_own(&mut self, event: &Event, rows: Append) -> Result<(), SchedulerError> {
        let append = Append { events: vec![self.own_event(event)?], ..rows };
        match self.commit(&append).await {
            Ok(head) => self.lease.head = head,
            Err(CommitError::Stop(error)) => return Err(error),
            Err(CommitError::Refused(source)) => return Err(self.store_error(source)),
        }
        self.own.fold(self.lease.head.position, event);
        self.credits.pause(&self.own.pauses);
        Ok(())
    }

    /// An append that follows the head and carries nothing yet.
    pub(super) const fn nothing(&self) -> Append {
        Append::nothing(self.desk.partition, self.lease.epoch, self.lease.head)
    }

    fn own_event(&self, event: &Event) -> Result<NewEvent, SchedulerError> {
        let tenant = TenantId::new(NOBODY).map_err(|error| SchedulerError::Keys {
            partition: self.desk.partition,
            doing: "name its own stream",
            detail: error.to_string(),
        })?;
        let (kind, payload) = event::encode(event);
        let at = self.now();
        Ok(NewEvent {
            tenant,
            stream: StreamId::PARTITION,
            version: self.own.version.saturating_add(1),
            previous: self.own.last,
            event_id: self.desk.vault.random_id(),
            cause: Cause { kind: CauseKind::Operator, id: InputId::new(self.desk.vault.random_id()) },
            at,
            occurred_at: at,
            kind,
            schema: event::schema_of(kind),
            decider: DECIDER_REVISION,
            rulebook: self.desk.rulebook.hash,
            trace: None,
            payload,
            personal: None,
        })
    }

    /// The event of a row.
    pub(super) fn decoded(&self, recorded: &Recorded) -> Result<Event, SchedulerError> {
        let new = &recorded.event;
        event::decode(new.kind, new.schema, &new.payload).map_err(|error| SchedulerError::Unreadable {
            partition: self.desk.partition,
            position: recorded.position,
            detail: error.to_string(),
        })
    }
}
