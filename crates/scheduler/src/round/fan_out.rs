//! An opt-out by contact point reaches every debtor of the tenant who uses it (inputs, 6).
//!
//! Here those of this partition; another partition's will need the same fact sent to them.

use std::collections::BTreeSet;

use contract::wire::FactMessage;
use domain::fact::{Fact, Scope};
use domain::ids::{PointId, StreamId};
use domain::input::Input;

use crate::round::apply::Origin;
use crate::round::fact::origin;
use crate::round::{InputFailed, Round};

impl Round<'_> {
    /// States the same opt-out in the streams of all others who use the contact point, in the same append.
    ///
    /// The text that came with it stays with the debtor whom it was sent about.
    pub(super) fn fan_out(&mut self, first: StreamId, message: &FactMessage) -> Result<(), InputFailed> {
        let Some(point) = opted_out(&message.fact) else { return Ok(()) };
        for stream in self.users_of(point).into_iter().filter(|stream| *stream != first) {
            let Some(entry) = self.entry(stream).cloned() else { continue };
            if entry.debtor.tenant != message.tenant {
                continue;
            }
            let input = Input::Fact { fact: message.fact.clone(), occurred_at: message.occurred_at };
            let decision = self.decide(&entry.debtor, &input)?;
            if !decision.events.is_empty() {
                let from = Origin { personal: None, ..origin(message, &input) };
                self.apply(stream, entry, &decision.events, from)?;
            }
        }
        Ok(())
    }

    fn users_of(&self, point: PointId) -> BTreeSet<StreamId> {
        let in_store = self.known.points.get(&point).into_iter().flatten();
        let in_round = self.draft.points.get(&point).into_iter().flatten();
        in_store.chain(in_round).copied().collect()
    }
}

/// The contact point that a fact opts out of, if it does.
pub(crate) fn opted_out(fact: &Fact) -> Option<PointId> {
    match fact {
        Fact::OptedOut { scope: Scope::Point(point), .. } => Some(*point),
        Fact::OptedOut { scope: Scope::Channel(_) | Scope::All, .. }
        | Fact::DebtorDescribed { .. }
        | Fact::ContactPointAdded { .. }
        | Fact::ContactPointInvalidated { .. }
        | Fact::ClaimRegistered { .. }
        | Fact::ClaimAmended { .. }
        | Fact::ChargeAdded { .. }
        | Fact::PaymentReceived { .. }
        | Fact::PaymentReversed { .. }
        | Fact::ClaimWithdrawn { .. }
        | Fact::ClaimHandedOver { .. }
        | Fact::DisputeOpened { .. }
        | Fact::DisputeResolved { .. }
        | Fact::HoldPlaced { .. }
        | Fact::HoldReleased { .. }
        | Fact::PromiseMade { .. }
        | Fact::ConsentGiven { .. }
        | Fact::CeaseRequested { .. }
        | Fact::ContactMade { .. }
        | Fact::TaskDone { .. }
        | Fact::MessageReceived { .. } => None,
    }
}
