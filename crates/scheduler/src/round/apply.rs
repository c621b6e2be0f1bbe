//! The draft: the append under construction, and the working set that it leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contract::personal::Personal;
use contract::wire::TraceContext;
use domain::DECIDER_REVISION;
use domain::event::Event;
use domain::evolve::Place;
use domain::fact::Fact;
use domain::ids::{ClaimId, InputId, PointId, Position, StreamId};
use domain::input::Cause;
use domain::time::Timestamp;
use event_log::record::{Append, Head, InputKey, Lookup, LookupKind, NewEvent, ParkedRow};
use event_log::seal;
use event_log::store::MAX_PART;

use crate::cache::{Entry, KeySlot};
use crate::ready_set::{Queue, Waiting};
use crate::round::{InputFailed, Round};

/// Where events come from.
pub(super) struct Origin {
    /// The input.
    pub(super) cause: Cause,
    /// When what the input states happened; none when it states nothing.
    pub(super) occurred_at: Option<Timestamp>,
    /// Its trace.
    pub(super) trace: TraceContext,
    /// The personal part, for the event that carries it.
    pub(super) personal: Option<Personal>,
}

/// What a round leads to, if its append is committed.
pub(crate) struct Draft {
    at: Timestamp,
    append: Append,
    states: BTreeMap<StreamId, Entry>,
    pub(super) keys: BTreeMap<InputId, [u8; 16]>,
    pub(super) claims: BTreeMap<ClaimId, StreamId>,
    pub(super) points: BTreeMap<PointId, BTreeSet<StreamId>>,
    pub(super) plain: BTreeMap<Position, Personal>,
    pub(super) escalated: BTreeMap<Queue, u32>,
    pub(super) reply_bytes: BTreeMap<usize, usize>,
    /// Debtors who turned out to wait for capacity.
    pub(crate) waiting: BTreeMap<StreamId, Waiting>,
    /// Debtors who were looked at and are not due now.
    pub(crate) looked_at: BTreeSet<StreamId>,
    /// Debtors who are to be left alone until an input changes them.
    pub(crate) muted: BTreeSet<StreamId>,
}

impl Draft {
    /// An empty one, which follows this head, decided at this instant.
    pub(crate) const fn new(partition: u16, epoch: u64, head: Head, at: Timestamp) -> Self {
        let append = Append {
            partition,
            epoch,
            expected: head,
            events: Vec::new(),
            input_keys: Vec::new(),
            lookups: Vec::new(),
            data_keys: Vec::new(),
            park: Vec::new(),
            unpark: Vec::new(),
        };
        Self {
            at,
            append,
            states: BTreeMap::new(),
            keys: BTreeMap::new(),
            claims: BTreeMap::new(),
            points: BTreeMap::new(),
            plain: BTreeMap::new(),
            escalated: BTreeMap::new(),
            reply_bytes: BTreeMap::new(),
            waiting: BTreeMap::new(),
            looked_at: BTreeSet::new(),
            muted: BTreeSet::new(),
        }
    }

    /// The instant of its decisions.
    pub(crate) const fn at(&self) -> Timestamp {
        self.at
    }

    /// What is to be appended.
    pub(crate) const fn append(&self) -> &Append {
        &self.append
    }

    /// Whether there is nothing to append.
    pub(crate) const fn is_empty(&self) -> bool {
        let Append { events, input_keys, lookups, data_keys, park, unpark, .. } = &self.append;
        events.is_empty()
            && input_keys.is_empty()
            && lookups.is_empty()
            && data_keys.is_empty()
            && park.is_empty()
            && unpark.is_empty()
    }

    /// The states that it leads to.
    pub(crate) fn into_states(self) -> BTreeMap<StreamId, Entry> {
        self.states
    }

    /// A debtor whom it changes.
    pub(crate) fn entry(&self, stream: StreamId) -> Option<&Entry> {
        self.states.get(&stream)
    }

    /// How many bytes of granted messages it holds, by asker.
    pub(crate) const fn replies(&self) -> &BTreeMap<usize, usize> {
        &self.reply_bytes
    }

    /// Remembers an input for ever.
    pub(super) fn record_key(&mut self, key: InputId, content: [u8; 16]) {
        if self.keys.insert(key, content).is_none() {
            self.append.input_keys.push(InputKey { key, content });
        }
    }

    /// Parks a fact.
    pub(super) fn park(&mut self, row: ParkedRow) {
        self.append.park.push(row);
    }

    /// The facts that this draft parks for a claim.
    pub(super) fn parked_here(&self, claim: ClaimId) -> impl Iterator<Item = &ParkedRow> {
        self.append.park.iter().filter(move |row| row.claim == claim.bytes())
    }

    /// Drains a fact, from the store or from this draft.
    pub(super) fn unpark(&mut self, key: InputId) {
        let before = self.append.park.len();
        self.append.park.retain(|row| row.key != key);
        if self.append.park.len() == before {
            self.append.unpark.push(key);
        }
    }

    fn next_position(&self) -> Position {
        let place = u64::try_from(self.append.events.len()).unwrap_or(u64::MAX);
        Position(self.append.expected.position.0.saturating_add(place).saturating_add(1))
    }

    fn look_up(&mut self, kind: LookupKind, digest: [u8; 16], stream: StreamId, number: u32) {
        self.append.lookups.push(Lookup { kind, digest, stream, number });
    }
}

impl Round<'_> {
    /// Adds the events of one decision about one debtor, folds them into the working set and writes their lookups.
    pub(super) fn apply(
        &mut self,
        stream: StreamId,
        mut entry: Entry,
        events: &[Event],
        mut origin: Origin,
    ) -> Result<(), InputFailed> {
        for event in events {
            let personal = if carries_personal(event) { origin.personal.take() } else { None };
            self.append_event(stream, &mut entry, event, &origin, personal.as_ref())?;
            self.look_ups_of(stream, &entry, event, personal.as_ref());
            if let (Some(personal), Some(position)) = (personal, entry.last) {
                self.draft.plain.insert(position, personal);
            }
        }
        entry.dirty = true;
        entry.muted = false;
        self.draft.states.insert(stream, entry);
        Ok(())
    }

    fn append_event(
        &mut self,
        stream: StreamId,
        entry: &mut Entry,
        event: &Event,
        origin: &Origin,
        personal: Option<&Personal>,
    ) -> Result<(), InputFailed> {
        let at = self.draft.at;
        let occurred_at = happened_at(event).or(origin.occurred_at.filter(|_| states_something(event)));
        let place =
            Place { position: self.draft.next_position(), at, occurred_at: occurred_at.unwrap_or(at) };
        let (kind, payload) = contract::event::encode(event);
        if payload.len() > MAX_PART {
            return Err(InputFailed("payload_too_large"));
        }
        let mut new = NewEvent {
            tenant: entry.debtor.tenant.clone(),
            stream,
            version: entry.debtor.version.saturating_add(1),
            previous: entry.last,
            event_id: self.desk.vault.random_id(),
            cause: origin.cause,
            at,
            occurred_at: place.occurred_at,
            kind,
            schema: contract::event::SCHEMA,
            decider: DECIDER_REVISION,
            rulebook: self.desk.rulebook.hash,
            trace: origin.trace,
            payload,
            personal: None,
        };
        if let Some(personal) = personal {
            new.personal = Some(self.seal(entry, &new, personal)?);
        }
        entry.debtor.evolve(event, place);
        entry.last = Some(place.position);
        self.draft.append.events.push(new);
        Ok(())
    }

    /// Seals under the debtor's key, which is made with the first personal part and appended beside it.
    fn seal(
        &mut self,
        entry: &mut Entry,
        event: &NewEvent,
        personal: &Personal,
    ) -> Result<Vec<u8>, InputFailed> {
        let failed = |error| {
            tracing::error!(%error, "a personal part could not be sealed");
            InputFailed("not_sealed")
        };
        let key = match &entry.key {
            KeySlot::Known(key) => Arc::clone(key),
            // The keys of all debtors of a round are read before it: one that was not read has none.
            KeySlot::Unread | KeySlot::Absent => {
                let (key, wrapped) = self.desk.vault.make_key(event.stream).map_err(failed)?;
                self.draft.append.data_keys.push(wrapped);
                let key = Arc::new(key);
                entry.key = KeySlot::Known(Arc::clone(&key));
                key
            }
        };
        let place = seal::Place {
            tenant: &event.tenant,
            stream: event.stream,
            event_id: event.event_id,
            version: event.version,
        };
        let sealed = self.desk.vault.seal(&key, place, personal).map_err(failed)?;
        if sealed.len() > MAX_PART { Err(InputFailed("personal_part_too_large")) } else { Ok(sealed) }
    }

    fn look_ups_of(&mut self, stream: StreamId, entry: &Entry, event: &Event, personal: Option<&Personal>) {
        if let Event::OutcomeRecorded { report, .. } = event
            && let Some(id) = report.provider_message
        {
            self.draft.look_up(LookupKind::ProviderMessage, id.bytes(), stream, report.number);
        }
        if let Event::Fact(Fact::ClaimRegistered { claim, .. }) = event {
            self.draft.claims.insert(*claim, stream);
            self.draft.look_up(LookupKind::Claim, claim.bytes(), stream, 0);
        }
        if let Event::Fact(Fact::ContactPointAdded { point, .. }) = event {
            self.draft.points.entry(*point).or_default().insert(stream);
            self.draft.look_up(LookupKind::Point, point.bytes(), stream, 0);
        }
        if let Some(Personal::Debtor { reference, name }) = personal {
            for text in [reference, name] {
                let digest = self.desk.vault.name_digest(&entry.debtor.tenant, text);
                self.draft.look_up(LookupKind::Name, digest, stream, 0);
            }
        }
    }
}

/// Whether the event is the one beside which its input's personal part stands.
const fn carries_personal(event: &Event) -> bool {
    match event {
        Event::Fact(_) | Event::FactParked(_) | Event::DeliveryStarted(_) | Event::OutcomeRecorded { .. } => {
            true
        }
        Event::ParkedFactApplied { .. }
        | Event::ScenarioBegun { .. }
        | Event::ClaimSettled { .. }
        | Event::ClaimReopened { .. }
        | Event::PromiseKept { .. }
        | Event::PromiseBroken { .. }
        | Event::HoldExpired { .. }
        | Event::Escalated(_)
        | Event::EscalationWithdrawn { .. }
        | Event::EscalationLapsed { .. }
        | Event::StepDeferred { .. }
        | Event::StepSkipped { .. }
        | Event::StepEnded { .. }
        | Event::LadderEnded { .. }
        | Event::PermitRefused { .. }
        | Event::OutcomeUnknown { .. }
        | Event::TaskOpened { .. }
        | Event::StreamQuarantined { .. }
        | Event::RulebookActivated { .. } => false,
    }
}

/// Whether the event repeats what its input stated, and so happened when the input says; the others are decided now.
const fn states_something(event: &Event) -> bool {
    matches!(event, Event::Fact(_) | Event::FactParked(_))
}

/// When a reported outcome happened, by its reporter's clock.
fn happened_at(event: &Event) -> Option<Timestamp> {
    if let Event::OutcomeRecorded { report, .. } = event {
        Some(report.at).filter(|at| at.is_plausible())
    } else {
        None
    }
}
