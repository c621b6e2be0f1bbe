//! Outcomes: what became of permitted contacts. Recognised by state; a late one amends the record (permits, 12).

use contract::wire::{About, Filed, OutcomeMessage};
use domain::ids::{EscalationId, InputId, ProviderMessageId};
use domain::input::{Cause, CauseKind, Input};
use domain::outcome::OutcomeReport;
use event_log::record::LookupKind;

use crate::cache::Entry;
use crate::round::apply::Origin;
use crate::round::fan_out::Closing;
use crate::round::{InputFailed, Round};

impl Round<'_> {
    /// Decides one outcome. One about an attempt that nobody knows changes nothing, one about a message that nobody knows
    /// yet waits.
    pub(super) fn outcome(&mut self, message: &OutcomeMessage) -> Result<Filed, InputFailed> {
        match message.about {
            About::Attempt(id) => {
                let filed = self.outcome_of(id, message)?;
                if let (Some(named), true) = (message.report.provider_message, filed != Filed::Unknown) {
                    self.learn_name(id, named)?;
                }
                Ok(filed)
            }
            About::Message(named) => match self.attempt_named(named) {
                Some(id) => self.outcome_of(id, message),
                None => self.park_report(named.bytes(), message),
            },
        }
    }

    /// Decides one whose attempt is known.
    pub(super) fn outcome_of(
        &mut self,
        id: EscalationId,
        message: &OutcomeMessage,
    ) -> Result<Filed, InputFailed> {
        let may_speak =
            |entry: &&Entry| message.tenant.as_ref().is_none_or(|ours| *ours == entry.debtor.tenant);
        let known = self.entry(id.stream).filter(|entry| entry.debtor.attempt(id.number).is_some());
        let entry = known.filter(may_speak);
        let Some(entry) = entry.cloned() else {
            tracing::warn!("an outcome names an attempt that this partition does not know");
            return Ok(Filed::Unknown);
        };
        let report = OutcomeReport { number: id.number, ..message.report };
        let input = Input::Outcome(report);
        let decision = self.decide(&entry.debtor, &input)?;
        if decision.events.is_empty() {
            return Ok(Filed::NothingNew);
        }
        let cause = Cause { kind: CauseKind::Outcome, id: InputId::new(self.desk.vault.random_id()) };
        let tenant = entry.debtor.tenant.clone();
        let personal = message.personal.clone();
        let origin = Origin { cause, input: &input, trace: message.trace, personal };
        self.apply(id.stream, entry, &decision.events, origin)?;
        let (first, at) = (id.stream, self.draft.at());
        self.fan_out(
            &Closing { tenant, first, at, cause: cause.id, trace: message.trace },
            &decision.events,
        )?;
        Ok(Filed::Recorded)
    }

    /// The provider's name leads to the attempt from now on, whatever else the report told; what waited for it counts.
    fn learn_name(&mut self, id: EscalationId, named: ProviderMessageId) -> Result<(), InputFailed> {
        if self.attempt_named(named).is_none() {
            self.lead_to(id, named);
        }
        self.drain_reports(id, named.bytes())
    }

    /// A provider's name leads to the attempt from now on; it is written once, however often it is told.
    pub(super) fn lead_to(&mut self, id: EscalationId, named: ProviderMessageId) {
        if self.attempt_named(named) != Some(id) {
            self.draft.messages.insert(named, id);
            self.draft.look_up(LookupKind::ProviderMessage, named.bytes(), id.stream, id.number);
        }
    }

    fn attempt_named(&self, named: ProviderMessageId) -> Option<EscalationId> {
        self.draft.messages.get(&named).or_else(|| self.known.messages.get(&named)).copied()
    }
}
