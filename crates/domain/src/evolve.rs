//! How an event changes the state: `evolve(state, event) -> state`.
//!
//! The only way in which a [`Debtor`] changes; live operation, recovery and replay all go through it.

mod attempt;
mod fact;
mod ladder;

use crate::debtor::{Debtor, OpenTask, ParkedFact};
use crate::event::Event;
use crate::fact::{Fact, TaskKind};
use crate::hold::PromiseState;
use crate::ids::{ClaimId, Position, PromiseId};
use crate::input::Input;
use crate::time::Timestamp;

/// Where and when an event stands in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Its position, or [`Position::PENDING`] while it is only being weighed.
    pub position: Position,
    /// The instant of its decision.
    pub at: Timestamp,
    /// When what it states happened, as its source says.
    pub occurred_at: Timestamp,
}

impl Place {
    /// The place of the `index`th event of a decision: the fact itself happened when its source says, all that follows
    /// from it happens at the decision.
    pub const fn of(input: &Input, index: usize, position: Position, now: Timestamp) -> Self {
        let occurred_at = match (input, index) {
            (Input::Fact { occurred_at, .. }, 0) => *occurred_at,
            (
                Input::Fact { .. }
                | Input::Outcome(_)
                | Input::Permit(_)
                | Input::RenderRefused { .. }
                | Input::Due,
                _,
            ) => now,
        };
        Self { position, at: now, occurred_at }
    }

    /// When it happened, as it counts: nothing has happened yet that is said to come, whatever its source's clock says.
    /// Else a consent dated ahead would outlive every opt-out until then.
    pub fn happened_at(&self) -> Timestamp {
        self.occurred_at.min(self.at)
    }
}

impl Debtor {
    /// Folds one event in. Total: every event of the log folds, whatever came before it.
    pub fn evolve(&mut self, event: &Event, place: Place) {
        self.version = self.version.saturating_add(1);
        match event {
            Event::Fact(fact) => fact::apply(self, fact, place),
            Event::FactParked(fact) => park(self, fact, place),
            Event::ParkedFactApplied { claim } => unpark(self, *claim, place),
            Event::ScenarioBegun { .. }
            | Event::StepDeferred { .. }
            | Event::StepSkipped { .. }
            | Event::StepEnded { .. }
            | Event::LadderEnded { .. } => ladder::apply(self, event),
            Event::ClaimSettled { claim, .. } => settle(self, *claim, true),
            Event::ClaimReopened { claim } => settle(self, *claim, false),
            Event::PromiseKept { promise } => end_promise(self, *promise, PromiseState::Kept),
            Event::PromiseBroken { promise } => end_promise(self, *promise, PromiseState::Broken),
            Event::HoldExpired { hold } => self.holds.retain(|h| h.hold != *hold),
            Event::Escalated(_)
            | Event::EscalationWithdrawn { .. }
            | Event::EscalationLapsed { .. }
            | Event::DeliveryStarted(_)
            | Event::PermitRefused { .. }
            | Event::OutcomeRecorded { .. }
            | Event::OutcomeUnknown { .. } => attempt::apply(self, event, place),
            Event::TaskOpened { task, claim } => open_task(self, *task, *claim, place.at),
            Event::StreamQuarantined { .. } => {
                self.quarantined = true;
                open_task(self, TaskKind::Quarantined, None, place.at);
            }
            // Of the partition's own stream, which is no debtor's.
            Event::RulebookActivated { .. }
            | Event::ContactsPaused { .. }
            | Event::ContactsResumed { .. }
            | Event::InputDropped { .. } => {}
        }
    }
}

fn park(state: &mut Debtor, fact: &Fact, place: Place) {
    let Place { position, occurred_at, .. } = place;
    state.parked.push(ParkedFact { fact: fact.clone(), occurred_at, recorded_at: position });
}

/// The oldest waiting fact of the claim counts as if it came now, with its own instant and its own personal part.
fn unpark(state: &mut Debtor, claim: ClaimId, place: Place) {
    let oldest = state.parked.iter().position(|parked| parked.fact.claim() == Some(claim));
    if let Some(index) = oldest {
        let ParkedFact { fact, occurred_at, recorded_at } = state.parked.remove(index);
        fact::apply(state, &fact, Place { position: recorded_at, at: place.at, occurred_at });
    }
}

fn settle(state: &mut Debtor, id: ClaimId, settled: bool) {
    if let Some(claim) = state.claims.iter_mut().find(|claim| claim.claim == id) {
        claim.settled = settled;
    }
}

fn end_promise(state: &mut Debtor, id: PromiseId, end: PromiseState) {
    if let Some(promise) = state.promises.iter_mut().find(|promise| promise.promise == id) {
        promise.state = end;
    }
}

/// A task that is open already stays as old as it is.
fn open_task(state: &mut Debtor, task: TaskKind, claim: Option<ClaimId>, since: Timestamp) {
    if !state.tasks.iter().any(|open| open.task == task && open.claim == claim) {
        state.tasks.push(OpenTask { task, claim, since });
    }
}
