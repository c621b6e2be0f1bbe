//! Debtors who are due: decided, or put among those who wait for capacity.
//!
//! **Invariant:** a due input yields an event or moves the due instant beyond now (replay, 1); one that does neither is
//! not tried for ever, but goes to quarantine.

use domain::attempt::AttemptState;
use domain::debtor::Debtor;
use domain::decide::escalation_of;
use domain::event::QuarantineReason;
use domain::ids::{InputId, StreamId};
use domain::input::{Cause, CauseKind, Input};
use domain::next_due::next_due;
use domain::time::Timestamp;

use crate::ready_set::Waiting;
use crate::round::apply::Origin;
use crate::round::{InputFailed, Round};

impl Round<'_> {
    /// Decides one debtor who is due, or was when this was noted.
    pub(super) fn due(&mut self, stream: StreamId) -> Result<(), InputFailed> {
        self.draft.looked_at.insert(stream);
        let Some(entry) = self.entry(stream) else { return Ok(()) };
        let due_at = next_due(&entry.debtor, &self.desk.rulebook);
        let Some(since) = due_at.filter(|at| *at <= self.draft.at()) else { return Ok(()) };
        if self.known.spinning.contains(&stream) && !entry.debtor.quarantined {
            return Err(InputFailed(QuarantineReason::DueWithoutEnd));
        }
        if let Some(waiting) = self.paused_flight(&entry.debtor, since) {
            self.draft.waiting.insert(stream, waiting);
            return Ok(());
        }
        let decision = self.decide(&entry.debtor, &Input::Due)?;
        if decision.events.is_empty() {
            let quarantined = entry.debtor.quarantined;
            return self.nothing_came_of_it(stream, quarantined);
        }
        let entry = entry.clone();
        if let Some((channel, priority)) = escalation_of(&decision) {
            let queue = (entry.debtor.tenant.clone(), channel);
            let spoken_for = self.draft.escalated.entry(queue.clone()).or_default();
            if (self.room)(&queue) <= *spoken_for {
                self.draft.waiting.insert(stream, Waiting { queue, priority, since });
                return Ok(());
            }
            *spoken_for += 1;
        }
        let cause = Cause { kind: CauseKind::Due, id: InputId::new(self.desk.vault.random_id()) };
        let origin = Origin { input: &Input::Due, cause, trace: None, personal: None };
        self.apply(stream, entry, &decision.events, origin)
    }

    /// An escalation that was out when its contacts were paused does not lapse: no news never lets a step fall over
    /// (bus, 3). Its debtor is looked at again once they go on.
    fn paused_flight(&self, debtor: &Debtor, since: Timestamp) -> Option<Waiting> {
        let attempt = debtor.open_attempt()?;
        let is_out = matches!(attempt.state, AttemptState::Emitted { .. });
        let queue = (debtor.tenant.clone(), attempt.channel);
        let is_paused = is_out && self.known.is_paused(&queue.0, queue.1);
        is_paused.then_some(Waiting { queue, priority: attempt.priority, since })
    }

    /// A debtor in quarantine is left alone until an input comes; any other goes there.
    fn nothing_came_of_it(&mut self, stream: StreamId, quarantined: bool) -> Result<(), InputFailed> {
        if quarantined {
            self.draft.muted.insert(stream);
            return Ok(());
        }
        Err(InputFailed(QuarantineReason::DueWithoutEvent))
    }
}
