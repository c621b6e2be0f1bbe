//! Outcomes: what became of permitted contacts. Recognised by state; a late one amends the record (permits, 12).

use contract::wire::{About, Filed, OutcomeMessage};
use domain::ids::{EscalationId, InputId};
use domain::input::{Cause, CauseKind, Input};
use domain::outcome::OutcomeReport;

use crate::round::apply::Origin;
use crate::round::{InputFailed, Round};

impl Round<'_> {
    /// Decides one outcome. One about an attempt that nobody knows changes nothing.
    pub(super) fn outcome(&mut self, message: &OutcomeMessage) -> Result<Filed, InputFailed> {
        match message.about {
            About::Attempt(id) => self.outcome_of(id, message),
            About::Message(_) => Ok(Filed::Unknown),
        }
    }

    fn outcome_of(&mut self, id: EscalationId, message: &OutcomeMessage) -> Result<Filed, InputFailed> {
        let Some(entry) = self.entry(id.stream).cloned() else {
            tracing::warn!("an outcome names a debtor whom this partition does not know");
            return Ok(Filed::Unknown);
        };
        let report = OutcomeReport { number: id.number, ..message.report };
        let input = Input::Outcome(report);
        let decision = self.decide(&entry.debtor, &input)?;
        if decision.events.is_empty() {
            return Ok(Filed::NothingNew);
        }
        let origin = Origin {
            cause: Cause { kind: CauseKind::Outcome, id: InputId::new(self.desk.vault.random_id()) },
            input: &input,
            trace: message.trace,
            personal: message.personal.clone(),
        };
        self.apply(id.stream, entry, &decision.events, origin)?;
        Ok(Filed::Recorded)
    }
}
