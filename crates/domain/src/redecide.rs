//! Re-deciding a log: from recorded events back to the input that they answered, and the same events again (replay, 1).
//!
//! The first event of a decision holds the open content of its input, so a log whose keys are gone re-decides the same.

use crate::debtor::Debtor;
use crate::decide::decide;
use crate::event::{Delivery, Event, Refusal};
use crate::fact::Fact;
use crate::input::{CauseKind, Input, PermitRequest};
use crate::label::RuleName;
use crate::outcome::OutcomeReport;
use crate::rulebook::Rulebook;
use crate::time::Timestamp;

/// The input that a decision answered, from its kind, its first event, and when what that states happened.
///
/// None for what no decider made: an operator's command, a quarantine, or a kind that does not fit the event.
pub fn input_of(kind: CauseKind, first: &Event, occurred_at: Timestamp) -> Option<Input> {
    match kind {
        CauseKind::Fact => fact_of(first).map(|fact| Input::Fact { fact, occurred_at }),
        CauseKind::Outcome => outcome_of(first).map(Input::Outcome),
        CauseKind::Permit => request_of(first).map(Input::Permit),
        CauseKind::RenderRefused => {
            let (request, reason) = (request_of(first)?, render_reason_of(first)?);
            Some(Input::RenderRefused { request, reason })
        }
        CauseKind::Due => Some(Input::Due),
        CauseKind::Operator => None,
    }
}

fn fact_of(first: &Event) -> Option<Fact> {
    if let Event::Fact(fact) | Event::FactParked(fact) = first { Some(fact.clone()) } else { None }
}

fn outcome_of(first: &Event) -> Option<OutcomeReport> {
    if let Event::OutcomeRecorded { report, .. } = first { Some(*report) } else { None }
}

fn request_of(first: &Event) -> Option<PermitRequest> {
    if let Event::DeliveryStarted(Delivery { number, request, .. })
    | Event::PermitRefused { number, request, .. } = first
    {
        return Some(PermitRequest { number: *number, request: *request });
    }
    None
}

fn render_reason_of(first: &Event) -> Option<RuleName> {
    let Event::PermitRefused { reason: Refusal::Render(reason), .. } = first else { return None };
    Some(reason.clone())
}

/// Decides the input again and says where the events differ from the recorded ones, if they do.
pub fn differs(
    state: &Debtor,
    input: &Input,
    rulebook: &Rulebook,
    now: Timestamp,
    recorded: &[Event],
) -> Option<Difference> {
    let decided = decide(state, input, rulebook, now).events;
    let longest = decided.len().max(recorded.len());
    let differs = |index: &usize| decided.get(*index) != recorded.get(*index).map(without_words).as_ref();
    (0..longest).find(differs).map(|index| Difference {
        index,
        decided: decided.get(index).cloned(),
        recorded: recorded.get(index).cloned(),
    })
}

/// The first place at which a decision is not what was recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Which event of the decision, from 0.
    pub index: usize,
    /// What is decided now.
    pub decided: Option<Event>,
    /// What was recorded.
    pub recorded: Option<Event>,
}

/// The digest of the words is added by the edge: re-deciding compares without it (permits, 1).
pub fn without_words(event: &Event) -> Event {
    let mut event = event.clone();
    if let Event::DeliveryStarted(delivery) = &mut event {
        delivery.words = None;
    }
    event
}
