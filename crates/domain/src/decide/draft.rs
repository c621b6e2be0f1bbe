//! A decision in the making: a working copy of the debtor, and the events that have changed it so far.

use crate::claim::Claim;
use crate::debtor::Debtor;
use crate::decide::Decision;
use crate::event::{Event, Leg};
use crate::evolve::Place;
use crate::ids::Position;
use crate::rulebook::{Rulebook, Scenario, Step, TenantRules};
use crate::time::Timestamp;

/// The working copy goes through the same `evolve` as the log, so that later parts of a decision see earlier ones.
pub(super) struct Draft<'a> {
    pub(super) state: Debtor,
    pub(super) rulebook: &'a Rulebook,
    pub(super) tenant: &'a TenantRules,
    pub(super) now: Timestamp,
    events: Vec<Event>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        state: &Debtor,
        rulebook: &'a Rulebook,
        tenant: &'a TenantRules,
        now: Timestamp,
    ) -> Self {
        Self { state: state.clone(), rulebook, tenant, now, events: Vec::new() }
    }

    /// Adds an event that happens now.
    pub(super) fn push(&mut self, event: Event) {
        self.push_occurred(event, self.now);
    }

    /// Adds an event whose fact happened at another instant.
    pub(super) fn push_occurred(&mut self, event: Event, occurred_at: Timestamp) {
        self.state.evolve(&event, Place { position: Position::PENDING, at: self.now, occurred_at });
        self.events.push(event);
    }

    /// Whether nothing has come of it so far.
    pub(super) const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn finish(self) -> Decision {
        Decision { events: self.events, ..Decision::default() }
    }

    /// The scenario of a claim, unless the rulebook does not have that version any more.
    pub(super) fn scenario(&self, claim: &Claim) -> Option<&'a Scenario> {
        let progress = claim.progress.as_ref()?;
        self.rulebook.scenario(&progress.scenario, progress.version)
    }

    /// The step that a claim comes to next.
    pub(super) fn step(&self, claim: &Claim) -> Option<&'a Step> {
        let step = claim.progress.as_ref()?.step;
        self.scenario(claim)?.steps.get(usize::from(step))
    }

    /// The step that a leg takes.
    pub(super) fn leg_step(&self, leg: &Leg) -> Option<&'a Step> {
        let claim = self.state.claim(leg.claim)?;
        self.scenario(claim)?.steps.get(usize::from(leg.step))
    }
}
