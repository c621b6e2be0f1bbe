//! Quarantine: an input that can't be processed is kept, its debtor held, an operator called (inputs, 7).

use contract::wire::{Addressee, FactMessage, Filed, PermitAnswer, WaitingInput};
use domain::event::{Event, Refusal};
use domain::ids::{InputId, StreamId};
use domain::input::{Cause, CauseKind, Input};
use event_log::record::ParkedRow;

use crate::batch::{Verdict, Work};
use crate::round::apply::Origin;
use crate::round::fact::refused;
use crate::round::{InputFailed, Round};

/// Under this digest, which is no claim's, the bodies of quarantined facts wait for an operator.
pub(crate) const QUARANTINE: [u8; 16] = [0; 16];

impl Round<'_> {
    /// Records that this input failed. Its key is not recorded: sent again once the cause is gone, it is taken in.
    pub(crate) fn quarantine(&mut self, work: &Work, why: InputFailed) -> Result<Verdict, InputFailed> {
        let (stream, cause) = self.subject(work);
        if let Work::Fact(message) = work {
            self.keep_body(message)?;
        }
        let entry = stream.and_then(|stream| self.entry(stream).cloned().map(|entry| (stream, entry)));
        if let Some((stream, entry)) = entry.filter(|(_, entry)| !entry.debtor.quarantined) {
            // Decided by the owner and not from an input: it happens now.
            let origin = Origin { input: &Input::Due, cause, trace: None, personal: None };
            self.apply(stream, entry, &[Event::StreamQuarantined { reason: why.0 }], origin)?;
        }
        if let Work::Due(stream) = work {
            self.draft.muted.insert(*stream);
        }
        quarantine_verdict(work)
    }

    fn subject(&self, work: &Work) -> (Option<StreamId>, Cause) {
        let random = InputId::new(self.desk.vault.random_id());
        match work {
            Work::Fact(message) => {
                let stream = match message.addressee {
                    Addressee::Debtor(stream) => Some(stream),
                    Addressee::OwnerOf(claim) => self.known.claims.get(&claim).copied(),
                    Addressee::UsersOf(point) => self.users_of(point).first().copied(),
                };
                (stream, Cause { kind: CauseKind::Fact, id: message.key })
            }
            Work::Outcome(message) => (
                self.known.attempt_of(&message.about).map(|id| id.stream),
                Cause { kind: CauseKind::Outcome, id: random },
            ),
            Work::Permit { id, request, .. } => {
                let cause = Cause { kind: CauseKind::Permit, id: InputId::new(request.bytes()) };
                (Some(id.stream), cause)
            }
            // No input's decision: whoever re-decides the log must not take it for the answer to a due instant.
            Work::Due(stream) => (Some(*stream), Cause { kind: CauseKind::Operator, id: random }),
        }
    }

    /// The body is kept sealed, once however often it is sent; one that can't even be sealed is not kept.
    fn keep_body(&mut self, message: &FactMessage) -> Result<(), InputFailed> {
        let input = WaitingInput::Fact(message.clone());
        let Ok(sealed) = self.desk.vault.seal_waiting(QUARANTINE, message.key, &input) else {
            tracing::error!("a quarantined fact could not be sealed and is not kept");
            return Ok(());
        };
        if sealed.len() > event_log::store::MAX_PART {
            tracing::error!("a quarantined fact is too large and is not kept");
            return Ok(());
        }
        let since = self.draft.at();
        self.draft.park(ParkedRow { claim: QUARANTINE, key: message.key, since, sealed });
        Ok(())
    }
}

fn quarantine_verdict(work: &Work) -> Result<Verdict, InputFailed> {
    match work {
        Work::Fact(_) => {
            let detail =
                "this fact could not be processed; it is kept for an operator, and may be sent again later";
            refused("quarantined", detail).map(Verdict::Receipt)
        }
        Work::Permit { .. } => Ok(Verdict::Permit(PermitAnswer::Refused(Refusal::NotOpen))),
        Work::Outcome(_) => Ok(Verdict::Filed(Filed::Unknown)),
        Work::Due(_) => Ok(Verdict::Done),
    }
}
