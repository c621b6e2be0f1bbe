//! What a run came to, counted from its log.

use std::collections::BTreeMap;

use anyhow::Result;
use domain::channel::Channel;
use domain::debtor::Debtor;
use domain::event::{Answer, Event, Refusal, Weighed};
use domain::ids::{Position, StreamId};
use domain::money::Minor;
use event_log::record::Recorded;
use event_log::store::EventLog;

const PAGE: u32 = 5_000;

/// Counts, by what people ask of a run.
#[derive(Default)]
pub(crate) struct Summary {
    pub(crate) events: u64,
    pub(crate) contacts: BTreeMap<&'static str, u64>,
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
    pub(crate) not_contacted: BTreeMap<String, u64>,
    pub(crate) facts: BTreeMap<&'static str, u64>,
    pub(crate) cost_micros: i64,
    pub(crate) registered: Minor,
    pub(crate) paid: Minor,
    channels: BTreeMap<(StreamId, u32), Channel>,
}

impl Summary {
    /// Reads the whole log of a partition.
    pub(crate) async fn read(log: &dyn EventLog) -> Result<Self> {
        let mut summary = Self::default();
        let mut after = Position(0);
        loop {
            let page = log.read(0, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(summary) };
            after = last.position;
            for recorded in &page {
                summary.take(recorded)?;
            }
        }
    }

    fn take(&mut self, recorded: &Recorded) -> Result<()> {
        let row = &recorded.event;
        let event = contract::event::decode(row.kind, row.schema, &row.payload)?;
        self.events += 1;
        if let Event::Fact(fact) | Event::FactParked(fact) = &event {
            *self.facts.entry(fact.name()).or_default() += 1;
            self.money(fact);
        }
        if let Event::Escalated(escalation) = &event {
            self.channels.insert((row.stream, escalation.number), escalation.channel);
        }
        if let Event::DeliveryStarted(delivery) = &event {
            let channel = self.channels.get(&(row.stream, delivery.number));
            *self.contacts.entry(channel.map_or("?", |channel| channel.as_str())).or_default() += 1;
        }
        if let Event::OutcomeRecorded { report, cost_micros, .. } = &event {
            *self.outcomes.entry(outcome_name(&report.outcome)).or_default() += 1;
            self.cost_micros = self.cost_micros.saturating_add(*cost_micros);
        }
        if let Event::OutcomeUnknown { .. } = &event {
            *self.outcomes.entry("unknown").or_default() += 1;
        }
        self.not_contacted(&event);
        Ok(())
    }

    fn money(&mut self, fact: &domain::fact::Fact) {
        use domain::fact::Fact;
        if let Fact::ClaimRegistered { principal, interest, costs, .. } = fact {
            self.registered = self.registered.plus(*principal).plus(*interest).plus(*costs);
        }
        if let Fact::PaymentReceived { amount, .. } = fact {
            self.paid = self.paid.plus(*amount);
        }
    }

    fn not_contacted(&mut self, event: &Event) {
        let mut count = |why: String| *self.not_contacted.entry(why).or_default() += 1;
        if let Event::StepDeferred { weighed, .. } = event {
            closed(weighed).for_each(|rule| count(format!("deferred: {rule}")));
        }
        if let Event::StepSkipped { reason, .. } = event {
            count(format!("skipped: {}", snake(&format!("{reason:?}"))));
        }
        if let Event::EscalationWithdrawn { reason, .. } = event {
            count(format!("withdrawn: {}", snake(&format!("{reason:?}"))));
        }
        if let Event::PermitRefused { reason, .. } = event {
            count(match reason {
                Refusal::Rule(rule) | Refusal::Render(rule) => format!("permit refused: {rule}"),
                Refusal::NotOpen | Refusal::Taken | Refusal::Replanned => {
                    format!("permit refused: {}", snake(&format!("{reason:?}")))
                }
            });
        }
    }
}

fn closed(weighed: &[Weighed]) -> impl Iterator<Item = &str> {
    let closed = weighed.iter().filter(|w| matches!(w.answer, Answer::Closed { .. }));
    closed.map(|w| w.rule.as_str())
}

/// Calls by what came of them: whether anybody was reached, and what was said.
const fn outcome_name(outcome: &domain::outcome::Outcome) -> &'static str {
    use domain::outcome::{Disposition, Outcome, Reach, Said};
    match outcome {
        Outcome::Called(Disposition { reach: Reach::RightParty, said }) => match said {
            Said::Promise { .. } => "call: promised to pay",
            Said::Disputes => "call: disputes",
            Said::Hardship => "call: hardship",
            Said::OptsOut => "call: opted out",
            Said::Nothing | Said::ClaimsPaid | Said::Question | Said::Refuses => "call: spoke to the debtor",
        },
        Outcome::Called(Disposition {
            reach: Reach::NoAnswer | Reach::Busy | Reach::Voicemail | Reach::WrongNumber | Reach::ThirdParty,
            ..
        }) => "call: not reached",
        Outcome::Accepted
        | Outcome::Delivered
        | Outcome::Read
        | Outcome::Replied
        | Outcome::Rejected(_)
        | Outcome::Deferred { .. }
        | Outcome::Unsent
        | Outcome::Unknown => outcome.name(),
    }
}

/// `NoClaimLeft` as `no_claim_left`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for (index, c) in name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// How the claims of one debtor stand.
pub(crate) fn standing_of(debtor: &Debtor) -> impl Iterator<Item = &'static str> {
    debtor.claims.iter().map(|claim| {
        let ended = claim.progress.as_ref().is_some_and(|progress| progress.ended);
        match (claim.closed, claim.settled) {
            (Some(_), _) => "closed",
            (None, true) => "settled",
            (None, false) if claim.disputes > 0 => "disputed",
            (None, false) if ended => "ladder ended, a person decides",
            (None, false) => "open",
        }
    })
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn names_are_written_as_the_log_s_readers_know_them() {
        assert_eq!(snake("NoClaimLeft"), "no_claim_left");
        assert_eq!(snake("NotOpen"), "not_open");
    }
}
