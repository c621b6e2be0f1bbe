//! Handing facts and outcomes to the log, and counting what became of them.

use contract::personal::Personal;
use contract::wire::{About, FactMessage, Filed, OutcomeMessage, Receipt};
use domain::fact::Fact;
use domain::ids::ProviderMessageId;
use domain::label::TenantId;
use domain::outcome::{Outcome, OutcomeReport};
use domain::time::Timestamp;

use super::Hooks;
use super::inbound::cut;
use super::meter::{HookProvider, HookResult};
use super::refusal::{Done, Refusal};
use crate::gate::MAX_BATCH;

/// Longest of a provider's own words that are kept, in bytes.
const MAX_SAID: usize = 4_000;

impl Hooks {
    /// Sends facts; answers once each is in the log or was there before. New messages are counted by class.
    pub(super) async fn send(&self, provider: HookProvider, facts: Vec<FactMessage>) -> Done<Vec<Receipt>> {
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        let classes: Vec<Fact> = facts.iter().map(|message| message.fact.clone()).collect();
        let receipts = self.gate.send(facts).await.map_err(|error| Refusal::unavailable(&error))?;
        for (fact, receipt) in classes.iter().zip(&receipts) {
            self.count_fact(provider, fact, receipt);
        }
        Ok(receipts)
    }

    fn count_fact(&self, provider: HookProvider, fact: &Fact, receipt: &Receipt) {
        match receipt {
            Receipt::Recorded | Receipt::Parked => {
                self.meter.webhook(provider, HookResult::Accepted);
                if let Fact::MessageReceived { class, .. } = fact {
                    self.meter.inbound(*class);
                }
            }
            Receipt::Duplicate => self.meter.webhook(provider, HookResult::Accepted),
            // The same id with other words: what is in the log stays, and sending it again would not help.
            Receipt::Refused { .. } => self.meter.webhook(provider, HookResult::Malformed),
        }
    }

    /// Reports outcomes; answers once all are in the log, wait there, or told nothing new.
    pub(super) async fn report(
        &self,
        provider: HookProvider,
        outcomes: Vec<OutcomeMessage>,
    ) -> Done<Vec<Filed>> {
        let mut filed = Vec::with_capacity(outcomes.len());
        let mut rest = outcomes.into_iter().peekable();
        while rest.peek().is_some() {
            let batch = rest.by_ref().take(MAX_BATCH).collect();
            filed.extend(self.gate.report(batch).await.map_err(|error| Refusal::unavailable(&error))?);
        }
        for filed in &filed {
            self.meter.webhook(
                provider,
                match filed {
                    Filed::Recorded | Filed::NothingNew | Filed::Waits => HookResult::Accepted,
                    Filed::Unknown => HookResult::Unknown,
                },
            );
        }
        Ok(filed)
    }
}

/// What became of a message. Both of its names go in, so that a later report may use either.
pub(super) fn outcome(
    tenant: &TenantId,
    about: About,
    message: Option<ProviderMessageId>,
    outcome: Outcome,
    at: Timestamp,
    said: Option<&str>,
) -> OutcomeMessage {
    let number = about.attempt().map_or(0, |id| id.number);
    OutcomeMessage {
        about,
        tenant: Some(tenant.clone()),
        report: OutcomeReport { number, outcome, at, provider_message: message, late: false },
        personal: said.map(|said| Personal::Text { text: cut(said, MAX_SAID).to_owned() }),
        trace: None,
    }
}
