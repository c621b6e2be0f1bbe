//! Facts: recognised by their key, addressed, decided, recorded (inputs, 4 and 5).

use contract::wire::{Addressee, FactMessage, Receipt};
use domain::decide::Decision;
use domain::event::Event;
use domain::fact::Fact;
use domain::ids::{ClaimId, StreamId};
use domain::input::{Cause, CauseKind, Input};

use crate::cache::Entry;
use crate::round::apply::Origin;
use crate::round::fan_out::Closing;
use crate::round::{InputFailed, Round, label};

impl Round<'_> {
    /// Decides one fact.
    pub(super) fn fact(&mut self, message: &FactMessage) -> Result<Receipt, InputFailed> {
        if let Some(content) = self.content_of(message) {
            return if content == message.content { Ok(Receipt::Duplicate) } else { key_reused() };
        }
        let stream = match message.addressee {
            Addressee::Debtor(stream) => stream,
            Addressee::OwnerOf(claim) => match self.owner_of(claim) {
                Some(stream) => stream,
                None if registers(&message.fact) => return nobody_to_register_for(),
                None => return self.park(claim.bytes(), message),
            },
            Addressee::UsersOf(point) => return self.received(point, message),
        };
        self.fact_about(stream, message, true)
    }

    /// Decides a fact whose debtor is known. `is_new` unless it was parked, and its key recorded, before.
    pub(super) fn fact_about(
        &mut self,
        stream: StreamId,
        message: &FactMessage,
        is_new: bool,
    ) -> Result<Receipt, InputFailed> {
        if let Some(refusal) = self.refusal_by_address(stream, message) {
            let (reason, detail) = refusal;
            return refused(reason, detail);
        }
        let entry = self.entry(stream).cloned().unwrap_or_else(|| Entry::new(message.tenant.clone()));
        let input = Input::Fact { fact: message.fact.clone(), occurred_at: message.occurred_at };
        let Decision { events, refused: refusal, permit: _ } = self.decide(&entry.debtor, &input)?;
        if let Some(refusal) = refusal {
            return refused(refusal.name(), refusal.remedy());
        }
        if is_new {
            self.draft.record_key(message.key, message.content);
        }
        if events.is_empty() {
            return Ok(Receipt::Duplicate);
        }
        self.apply(stream, entry, &events, origin(message, &input))?;
        self.follow_up(stream, message, &events)?;
        // In the log, but without effect until its claim comes (P13): whoever sent it should know.
        Ok(if is_new && waits(&events) { Receipt::Parked } else { Receipt::Recorded })
    }

    /// What a fact brings about beyond its own decision: for others who share its contact point, and for what waited for it.
    fn follow_up(
        &mut self,
        stream: StreamId,
        message: &FactMessage,
        events: &[Event],
    ) -> Result<(), InputFailed> {
        let (tenant, trace) = (message.tenant.clone(), message.trace);
        let at = message.occurred_at;
        self.fan_out(&Closing { tenant, first: stream, at, cause: message.key, trace }, events)?;
        if let Fact::ContactPointAdded { point, .. } = message.fact {
            self.meet_suppression(stream, &message.tenant, point, trace)?;
            self.drain(stream, point.bytes())?;
        }
        if let Some(claim) = registered(events) {
            self.drain(stream, claim.bytes())?;
        }
        Ok(())
    }

    /// The content that the fact's key came with before, in the log or in this round.
    fn content_of(&self, message: &FactMessage) -> Option<[u8; 16]> {
        self.draft.keys.get(&message.key).or_else(|| self.known.inputs.get(&message.key)).copied()
    }

    /// Whose claim it is.
    pub(super) fn owner_of(&self, claim: ClaimId) -> Option<StreamId> {
        self.draft.claims.get(&claim).or_else(|| self.known.claims.get(&claim)).copied()
    }

    /// What is wrong with the address, if anything is.
    fn refusal_by_address(
        &self,
        stream: StreamId,
        message: &FactMessage,
    ) -> Option<(&'static str, &'static str)> {
        if stream == StreamId::PARTITION {
            return Some((
                "unknown_debtor",
                "the debtor's id is all zeros; it is a digest of tenant and reference",
            ));
        }
        if self.entry(stream).is_some_and(|entry| entry.debtor.tenant != message.tenant) {
            return Some(("other_tenant", "the debtor belongs to another tenant; check the tenant's name"));
        }
        self.is_of_another(stream, &message.fact).then(|| {
            let remedy = if registers(&message.fact) {
                "the claim belongs to another debtor; withdraw it there first"
            } else {
                "the claim belongs to another debtor; name that one, or none"
            };
            ("claim_of_another", remedy)
        })
    }

    /// Whether it names a claim that this debtor does not have and another one has. Waiting for it here would be in
    /// vain, while the other one is dunned for what was paid.
    fn is_of_another(&self, stream: StreamId, fact: &Fact) -> bool {
        let Some(claim) = fact.claim() else { return false };
        let has_it = self.entry(stream).is_some_and(|entry| entry.debtor.claim(claim).is_some());
        let has_another = self.owner_of(claim).is_some_and(|owner| owner != stream);
        (registers(fact) || !has_it) && (has_another || self.known.claims_elsewhere.contains(&claim))
    }
}

/// Where the events of a fact come from.
pub(super) fn origin<'a>(message: &FactMessage, input: &'a Input) -> Origin<'a> {
    Origin {
        cause: Cause { kind: CauseKind::Fact, id: message.key },
        input,
        trace: message.trace,
        personal: message.personal.clone(),
    }
}

/// A receipt that refuses.
pub(super) fn refused(reason: &'static str, detail: &str) -> Result<Receipt, InputFailed> {
    Ok(Receipt::Refused { reason: label(reason)?, detail: detail.to_owned() })
}

fn key_reused() -> Result<Receipt, InputFailed> {
    refused("key_reused", "this id was used before with other content; give each fact an id of its own")
}

/// Whether the fact would make its claim known: it can't wait for that.
const fn registers(fact: &Fact) -> bool {
    matches!(fact, Fact::ClaimRegistered { .. })
}

fn nobody_to_register_for() -> Result<Receipt, InputFailed> {
    refused("unknown_debtor", "a claim is registered for a debtor; name the debtor")
}

fn waits(events: &[Event]) -> bool {
    matches!(events, [Event::FactParked(_), ..])
}

fn registered(events: &[Event]) -> Option<ClaimId> {
    events.iter().find_map(|event| {
        if let Event::Fact(Fact::ClaimRegistered { claim, .. }) = event { Some(*claim) } else { None }
    })
}
