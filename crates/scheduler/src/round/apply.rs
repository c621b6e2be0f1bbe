//! Events of a decision on their way into the draft: numbered, sealed, folded in, and made findable.

use std::sync::Arc;

use contract::personal::Personal;
use contract::wire::TraceContext;
use domain::DECIDER_REVISION;
use domain::event::{Event, QuarantineReason};
use domain::evolve::Place;
use domain::fact::MadeKnown;
use domain::ids::{EscalationId, StreamId};
use domain::input::{Cause, Input};
use event_log::record::{LookupKind, NewEvent};
use event_log::seal;
use event_log::store::MAX_PART;

use crate::cache::{Entry, KeySlot};
use crate::round::{InputFailed, Round};

/// Where events come from.
pub(super) struct Origin<'a> {
    /// The input that they answer.
    pub(super) input: &'a Input,
    /// Its name.
    pub(super) cause: Cause,
    /// Its trace.
    pub(super) trace: TraceContext,
    /// Its personal part, for the event that carries it.
    pub(super) personal: Option<Personal>,
}

impl Round<'_> {
    /// Adds the events of one decision about one debtor, folds them into the working set and writes their lookups.
    pub(super) fn apply(
        &mut self,
        stream: StreamId,
        mut entry: Entry,
        events: &[Event],
        mut origin: Origin<'_>,
    ) -> Result<(), InputFailed> {
        // The entry takes the place of the one that stands there: with nobody else holding the state, it is changed in place.
        self.draft.forget(stream);
        // What follows from a fact goes on in its trace: the escalation, the permit, the outcome.
        origin.trace = origin.trace.or(entry.trace);
        entry.trace = origin.trace;
        for (index, event) in events.iter().enumerate() {
            let place = Place::of(origin.input, index, self.draft.next_position(), self.draft.at());
            let personal = if carries_personal(event) { origin.personal.take() } else { None };
            self.look_ups_of(stream, &entry, event, personal.as_ref());
            self.append_event(stream, &mut entry, event, place, &origin, personal.as_ref())?;
            if let (Some(personal), Some(position)) = (personal, entry.last) {
                self.draft.plain.insert(position, personal);
            }
        }
        entry.dirty = true;
        entry.muted = false;
        self.draft.put(stream, entry);
        Ok(())
    }

    fn append_event(
        &mut self,
        stream: StreamId,
        entry: &mut Entry,
        event: &Event,
        place: Place,
        origin: &Origin<'_>,
        personal: Option<&Personal>,
    ) -> Result<(), InputFailed> {
        let (kind, payload) = contract::event::encode(event);
        if payload.len() > MAX_PART {
            return Err(InputFailed(QuarantineReason::PayloadTooLarge));
        }
        let mut new = NewEvent {
            tenant: entry.debtor.tenant.clone(),
            stream,
            version: entry.debtor.version.saturating_add(1),
            previous: entry.last,
            event_id: self.desk.vault.random_id(),
            cause: origin.cause,
            at: place.at,
            occurred_at: place.occurred_at,
            kind,
            schema: contract::event::schema_of(kind),
            decider: DECIDER_REVISION,
            rulebook: self.desk.rulebook.hash,
            trace: origin.trace,
            payload,
            personal: None,
        };
        if let Some(personal) = personal {
            new.personal = Some(self.seal(entry, &new, personal)?);
        }
        entry.evolve(event, place);
        self.draft.push(new);
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
            InputFailed(QuarantineReason::NotSealed)
        };
        let key = match &entry.key {
            KeySlot::Known(key) => Arc::clone(key),
            // The keys of all debtors of a round are read before it: one that was not read has none.
            KeySlot::Unread | KeySlot::Absent => {
                let (key, wrapped) = self.desk.vault.make_key(event.stream).map_err(failed)?;
                self.draft.add_key(wrapped);
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
        if sealed.len() > MAX_PART {
            Err(InputFailed(QuarantineReason::PersonalPartTooLarge))
        } else {
            Ok(sealed)
        }
    }

    /// By what the debtor is found from this event on; not what the debtor is found by already, as far as is known here.
    fn look_ups_of(&mut self, stream: StreamId, entry: &Entry, event: &Event, personal: Option<&Personal>) {
        if let Event::OutcomeRecorded { report, .. } = event
            && let Some(id) = report.provider_message
        {
            self.lead_to(EscalationId { stream, number: report.number }, id);
        }
        let known = if let Event::Fact(fact) = event { fact.makes_known() } else { None };
        match known {
            Some(MadeKnown::Claim(claim)) => {
                self.draft.claims.insert(claim, stream);
                if entry.debtor.claim(claim).is_none() {
                    self.draft.look_up(LookupKind::Claim, claim.bytes(), stream, 0);
                }
            }
            Some(MadeKnown::Point(point)) => {
                self.draft.points.entry(point).or_default().insert(stream);
                if entry.debtor.point(point).is_none() {
                    self.draft.look_up(LookupKind::Point, point.bytes(), stream, 0);
                }
            }
            None => {}
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
        | Event::RulebookActivated { .. }
        | Event::ContactsPaused { .. }
        | Event::ContactsResumed { .. }
        | Event::InputDropped { .. } => false,
    }
}
