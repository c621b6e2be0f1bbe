//! What can't count yet: park first, then look up; make known first, then drain (inputs, 5).
//!
//! Facts wait for a claim or for somebody who uses their contact point, reports for the outcome that names their message.
//! Parking, making known and draining go through one writer and one append each, so one of them always sees the other.

use contract::wire::{FactMessage, Filed, OutcomeMessage, Receipt, WaitingInput};
use domain::event::QuarantineReason;
use domain::ids::{EscalationId, InputId, StreamId};
use event_log::record::ParkedRow;

use crate::round::fact::refused;
use crate::round::{InputFailed, Round};

impl Round<'_> {
    /// Lets a fact wait, sealed under the partition's own key. Its key counts as recorded from now on.
    pub(super) fn park(
        &mut self,
        waits_for: [u8; 16],
        message: &FactMessage,
    ) -> Result<Receipt, InputFailed> {
        if !self.has_room(waits_for) {
            return refused(
                "too_many_parked",
                "too many facts wait for the same already; register what they wait for",
            );
        }
        self.draft.record_key(message.key, message.content);
        self.keep(waits_for, message.key, &WaitingInput::Fact(message.clone()))?;
        Ok(Receipt::Parked)
    }

    /// Lets a report wait for the outcome that names its message: a receipt may be faster than the worker's own word.
    pub(super) fn park_report(
        &mut self,
        named: [u8; 16],
        message: &OutcomeMessage,
    ) -> Result<Filed, InputFailed> {
        // Reports about messages that were never ours would wait for ever: there is a limit to them.
        if self.known.is_crowded || !self.has_room(named) {
            tracing::warn!("too many reports wait for messages that nobody knows; one is not kept");
            return Ok(Filed::Unknown);
        }
        let key = self.desk.vault.report_key(named, &message.report);
        self.keep(named, key, &WaitingInput::Report(message.clone()))?;
        Ok(Filed::Waits)
    }

    /// Keeps an input beside the log.
    pub(super) fn keep(
        &mut self,
        waits_for: [u8; 16],
        key: InputId,
        input: &WaitingInput,
    ) -> Result<(), InputFailed> {
        let sealed = self.desk.vault.seal_waiting(waits_for, key, input).map_err(|error| {
            tracing::error!(%error, "an input could not be sealed to wait");
            InputFailed(QuarantineReason::NotSealed)
        })?;
        let since = self.draft.at();
        self.draft.park(ParkedRow { claim: waits_for, key, since, sealed });
        Ok(())
    }

    fn has_room(&self, waits_for: [u8; 16]) -> bool {
        let in_store = self.known.waiting(waits_for).len();
        let waiting = in_store.saturating_add(self.draft.parked_here(waits_for).count());
        u32::try_from(waiting).unwrap_or(u32::MAX) < self.desk.config.max_parked
    }

    /// Lets what waited for this claim or contact point count for this debtor, oldest first.
    ///
    /// One that is refused or does not open stays where it is, visible, since it was acknowledged once.
    pub(super) fn drain(&mut self, stream: StreamId, waited_for: [u8; 16]) -> Result<(), InputFailed> {
        let rows = self.rows(waited_for);
        let had_some = !rows.is_empty();
        for (row, input) in rows {
            let WaitingInput::Fact(message) = input else { continue };
            match self.fact_about(stream, &message, false)? {
                Receipt::Recorded | Receipt::Duplicate => self.draft.unpark(row.key),
                Receipt::Refused { reason, .. } => {
                    tracing::warn!(%reason, "a parked fact was refused and stays parked");
                }
                // It is addressed by now.
                Receipt::Parked => {}
            }
        }
        self.note_emptied(waited_for, had_some);
        Ok(())
    }

    /// Lets the reports that waited for this message amend its attempt, oldest first.
    pub(super) fn drain_reports(&mut self, id: EscalationId, named: [u8; 16]) -> Result<(), InputFailed> {
        let rows = self.rows(named);
        let had_some = !rows.is_empty();
        for (row, input) in rows {
            let WaitingInput::Report(message) = input else { continue };
            self.outcome_of(id, &message)?;
            self.draft.unpark(row.key);
        }
        self.note_emptied(named, had_some);
        Ok(())
    }

    /// Memory need not know any longer that something waits, if all of it is drained.
    fn note_emptied(&mut self, waited_for: [u8; 16], had_some: bool) {
        let in_store = self.known.waiting(waited_for).iter();
        if had_some
            && in_store.chain(self.draft.parked_here(waited_for)).all(|row| self.draft.is_drained(row.key))
        {
            self.draft.emptied.insert(waited_for);
        }
    }

    fn rows(&self, waited_for: [u8; 16]) -> Vec<(ParkedRow, WaitingInput)> {
        let rows = self.known.waiting(waited_for).iter().chain(self.draft.parked_here(waited_for));
        let still = rows.filter(|row| !self.draft.is_drained(row.key));
        let open = |row: &ParkedRow| match self.desk.vault.open_waiting(row) {
            Ok(input) => Some((row.clone(), input)),
            Err(error) => {
                tracing::error!(%error, "a parked input does not open and stays parked");
                None
            }
        };
        still.filter_map(open).collect()
    }
}
