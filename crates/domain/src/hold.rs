//! What makes contact wait: holds (Mahnstopp) and promises to pay.

use crate::ids::{ClaimId, HoldId, PromiseId};
use crate::label::Label;
use crate::money::Minor;
use crate::time::Timestamp;

/// Most holds kept for one debtor.
pub const MAX_HOLDS: usize = 64;

/// Most promises kept for one debtor; the oldest settled ones are forgotten first.
pub const MAX_PROMISES: usize = 64;

/// A hold that is in force (P6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    /// Its id.
    pub hold: HoldId,
    /// The claim that it covers, or all.
    pub claim: Option<ClaimId>,
    /// Why.
    pub reason: Label,
    /// Who placed it.
    pub actor: Label,
    /// When it was placed.
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
}

impl Hold {
    /// Whether a hold on this claim (or all) until then would make contact rest for at least what this one does.
    pub fn is_within(&self, claim: Option<ClaimId>, until: Option<Timestamp>) -> bool {
        let reaches = claim.is_none() || claim == self.claim;
        let lasts = until.is_none_or(|until| self.until.is_some_and(|mine| mine <= until));
        reaches && lasts
    }
}

/// How a promise stands (R24).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PromiseState {
    /// Waiting for the money.
    Open,
    /// The money came in time.
    Kept,
    /// It did not.
    Broken,
    /// A later promise for the same claim took its place.
    Superseded,
}

/// A promise to pay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    /// Its id.
    pub promise: PromiseId,
    /// For which claim.
    pub claim: ClaimId,
    /// How much.
    pub amount: Minor,
    /// What had been paid on the claim when it was made.
    pub paid_before: Minor,
    /// By when.
    pub due_at: Timestamp,
    /// How it stands.
    pub state: PromiseState,
}
