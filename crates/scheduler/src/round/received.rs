//! What comes in from a contact point: whom it concerns, and what it does there (inputs, 6; R14).
//!
//! Several debtors may share a number. The message is put down to whoever was contacted there last, since it is most likely
//! the answer; a stop reaches all of them by its contact point. Where nobody was contacted yet, everybody is held.

use contract::wire::{FactMessage, Receipt};
use domain::fact::Fact;
use domain::ids::{PointId, StreamId};
use domain::inbound::InboundClass;
use domain::time::Timestamp;

use crate::round::{InputFailed, Round};

impl Round<'_> {
    /// Decides a fact that came from a contact point.
    pub(super) fn received(&mut self, point: PointId, message: &FactMessage) -> Result<Receipt, InputFailed> {
        let users = self.users_of_tenant(point, message);
        let answered =
            users.iter().filter_map(|stream| Some((self.contacted_at(*stream, point)?, *stream))).max();
        let (first, others) = match (answered, users.split_first()) {
            (Some((_, stream)), _) => (stream, &[][..]),
            // A stop reaches the others by its contact point already.
            (None, Some((first, _))) if is_stop(&message.fact) => (*first, &[][..]),
            (None, Some((first, others))) => (*first, others),
            (None, None) => return self.received_from_nobody(point, message),
        };
        let receipt = self.fact_about(first, message, true)?;
        // The words are shown to one of them only: nobody knows whose they are.
        let wordless = FactMessage { personal: None, ..message.clone() };
        for other in others {
            self.fact_about(*other, &wordless, false)?;
        }
        Ok(receipt)
    }

    /// Nobody is known there: a stop counts for whoever is given the contact point later, and any message waits for them.
    fn received_from_nobody(
        &mut self,
        point: PointId,
        message: &FactMessage,
    ) -> Result<Receipt, InputFailed> {
        let receipt = self.park(point.bytes(), message)?;
        if receipt == Receipt::Parked && is_stop(&message.fact) {
            self.draft.suppress(point, self.draft.at());
        }
        Ok(receipt)
    }

    fn users_of_tenant(&self, point: PointId, message: &FactMessage) -> Vec<StreamId> {
        let of_tenant = |stream: &StreamId| {
            self.entry(*stream).is_some_and(|entry| entry.debtor.tenant == message.tenant)
        };
        self.users_of(point).into_iter().filter(of_tenant).collect()
    }

    /// When this debtor was last contacted there.
    fn contacted_at(&self, stream: StreamId, point: PointId) -> Option<Timestamp> {
        let attempts = &self.entry(stream)?.debtor.attempts;
        attempts
            .iter()
            .filter(|attempt| attempt.point == point)
            .filter_map(|attempt| attempt.counted_at())
            .max()
    }
}

const fn is_stop(fact: &Fact) -> bool {
    matches!(fact, Fact::MessageReceived { class: InboundClass::Stop, .. } | Fact::OptedOut { .. })
}
