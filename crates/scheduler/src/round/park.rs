//! Facts that name a claim nobody has yet: park first, then look up; register first, then drain (inputs, 5).
//!
//! Parking, registering and draining go through one writer and one append each, so one of them always sees the other.

use contract::wire::{FactMessage, Receipt};
use domain::ids::{ClaimId, StreamId};
use event_log::record::ParkedRow;

use crate::round::fact::refused;
use crate::round::{InputFailed, Round};

impl Round<'_> {
    /// Lets a fact wait for its claim, sealed under the partition's own key. Its key counts as recorded from now on.
    pub(super) fn park(&mut self, claim: ClaimId, message: &FactMessage) -> Result<Receipt, InputFailed> {
        let in_store = self.known.parked.get(&claim).map_or(0, Vec::len);
        let waiting = in_store.saturating_add(self.draft.parked_here(claim).count());
        if u32::try_from(waiting).unwrap_or(u32::MAX) >= self.desk.config.max_parked {
            return refused(
                "too_many_parked",
                "too many facts wait for this claim already; register the claim",
            );
        }
        let sealed = self.desk.vault.seal_parked(claim, message).map_err(|error| {
            tracing::error!(%error, "a fact could not be sealed to wait for its claim");
            InputFailed("not_sealed")
        })?;
        self.draft.record_key(message.key, message.content);
        let since = self.draft.at();
        self.draft.park(ParkedRow { claim: claim.bytes(), key: message.key, since, sealed });
        Ok(Receipt::Parked)
    }

    /// Lets the facts that waited for this claim count, oldest first.
    ///
    /// One that is refused or does not open stays where it is, visible, since it was acknowledged once.
    pub(super) fn drain(&mut self, stream: StreamId, claim: ClaimId) -> Result<(), InputFailed> {
        let in_store = self.known.parked.get(&claim).map_or(&[][..], Vec::as_slice);
        let rows: Vec<ParkedRow> = in_store.iter().chain(self.draft.parked_here(claim)).cloned().collect();
        for row in rows {
            let message = match self.desk.vault.open_parked(&row) {
                Ok(message) => message,
                Err(error) => {
                    tracing::error!(%error, "a parked fact does not open and stays parked");
                    continue;
                }
            };
            match self.fact_about(stream, &message, false)? {
                Receipt::Recorded | Receipt::Duplicate => self.draft.unpark(row.key),
                Receipt::Refused { reason, .. } => {
                    tracing::warn!(%reason, "a parked fact was refused and stays parked");
                }
                // It is addressed by now.
                Receipt::Parked => {}
            }
        }
        Ok(())
    }
}
