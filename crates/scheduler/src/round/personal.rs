//! Personal values for rendering: read where the state says that they were recorded, opened, used and forgotten.
//!
//! What does not open (the debtor was erased, the key is another one) is missing, never guessed.

use contract::personal::Personal;
use domain::claim::Claim;
use domain::event::Leg;
use domain::ids::{PointId, Position};

use crate::cache::{Entry, KeySlot};
use crate::render::RenderClaim;
use crate::round::Round;

/// Who the debtor is.
pub(super) struct Person {
    /// The number at the tenant's.
    pub(super) reference: String,
    /// The name.
    pub(super) name: String,
}

impl Round<'_> {
    /// The number, address or handle of a contact point.
    pub(super) fn address(&self, entry: &Entry, point: PointId) -> Option<String> {
        let recorded_at = entry.debtor.point(point)?.recorded_at;
        match self.personal_at(entry, recorded_at)? {
            Personal::Point { value } => Some(value),
            Personal::Debtor { .. }
            | Personal::Claim { .. }
            | Personal::Words { .. }
            | Personal::Text { .. } => None,
        }
    }

    /// Name and reference.
    pub(super) fn person(&self, entry: &Entry) -> Option<Person> {
        match self.personal_at(entry, entry.debtor.profile.as_ref()?.recorded_at)? {
            Personal::Debtor { reference, name } => Some(Person { reference, name }),
            Personal::Point { .. }
            | Personal::Claim { .. }
            | Personal::Words { .. }
            | Personal::Text { .. } => None,
        }
    }

    /// The claims of a contact, with their references.
    pub(super) fn claims(&self, entry: &Entry, legs: &[Leg]) -> Vec<RenderClaim> {
        let claim = |leg: &Leg| Some((entry.debtor.claim(leg.claim)?, leg.step));
        legs.iter().filter_map(claim).map(|(claim, step)| self.render_claim(entry, claim, step)).collect()
    }

    fn render_claim(&self, entry: &Entry, claim: &Claim, step: u16) -> RenderClaim {
        let (reference, description) = match self.personal_at(entry, claim.recorded_at) {
            Some(Personal::Claim { reference, description }) => (Some(reference), Some(description)),
            Some(
                Personal::Debtor { .. }
                | Personal::Point { .. }
                | Personal::Words { .. }
                | Personal::Text { .. },
            )
            | None => (None, None),
        };
        RenderClaim {
            reference,
            description,
            currency: claim.currency,
            balance: claim.balance,
            due_at: claim.due_at,
            step,
        }
    }

    /// The personal part at a position: of this round, or read before it.
    pub(super) fn personal_at(&self, entry: &Entry, position: Position) -> Option<Personal> {
        if let Some(personal) = self.draft.plain.get(&position) {
            return Some(personal.clone());
        }
        let event = self.known.events.get(&position)?;
        let KeySlot::Known(key) = &entry.key else { return None };
        match self.desk.vault.open(key, event) {
            Ok(personal) => personal,
            Err(error) => {
                tracing::error!(%error, position = position.0, "a personal part does not open");
                None
            }
        }
    }
}

/// Where the personal values stand that rendering a contact may need.
pub(crate) fn places(entry: &Entry, number: u32, most: usize) -> Vec<Position> {
    use domain::attempt::AttemptState;
    let debtor = &entry.debtor;
    let Some(attempt) = debtor.attempt(number) else { return Vec::new() };
    if let AttemptState::Started { recorded_at, .. } = &attempt.state {
        return vec![*recorded_at];
    }
    let point = debtor.point(attempt.point).map(|point| point.recorded_at);
    let profile = debtor.profile.as_ref().map(|profile| profile.recorded_at);
    let of_creditor =
        debtor.claims.iter().filter(|claim| claim.creditor == attempt.creditor && claim.is_live());
    let claims = of_creditor.map(|claim| claim.recorded_at).take(most);
    point.into_iter().chain(profile).chain(claims).collect()
}
