//! One claim of a debtor: what is owed, and how far it has come on its ladder.

use crate::ids::{ClaimId, Position};
use crate::label::{CreditorId, ScenarioId};
use crate::money::{Currency, Minor};
use crate::time::Timestamp;

/// Most claims of one debtor; further ones are refused as facts.
pub const MAX_CLAIMS: usize = 1000;

/// Why nobody is contacted about a claim any more, whatever is owed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Closure {
    /// Given up or dismissed.
    Withdrawn,
    /// Somebody else collects it.
    HandedOver,
}

/// What is owed, as a fold of the facts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Balance {
    /// Hauptforderung, payments not deducted.
    pub principal: Minor,
    /// Zinsen, payments not deducted.
    pub interest: Minor,
    /// Kosten, payments not deducted.
    pub costs: Minor,
    /// Payments less reversals.
    pub paid: Minor,
}

impl Balance {
    /// What is still owed; negative when overpaid.
    pub const fn owed(&self) -> Minor {
        self.principal.plus(self.interest).plus(self.costs).minus(self.paid)
    }

    /// What is open of each component when payments go to costs, then interest, then principal (BGB 367(1), P14).
    pub fn open_components(&self) -> (Minor, Minor, Minor) {
        let mut left = self.paid.0.max(0);
        let mut rest = |amount: Minor| {
            let used = left.min(amount.0.max(0));
            left -= used;
            Minor(amount.0 - used)
        };
        let costs = rest(self.costs);
        let interest = rest(self.interest);
        let principal = rest(self.principal);
        (principal, interest, costs)
    }
}

/// Where a claim stands on its scenario's ladder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The scenario.
    pub scenario: ScenarioId,
    /// The version that it stays on.
    pub version: [u8; 8],
    /// The step that comes next or is being tried, from 0; the number of steps when the ladder is at its end.
    pub step: u16,
    /// How often this step was tried, contacts that were given back not counted.
    pub tries: u8,
    /// How often in a row nothing left, which bounds deferrals.
    pub given_back: u8,
    /// The earliest instant at which the ladder goes on.
    pub not_before: Timestamp,
    /// The attempt whose outcome the step waits for.
    pub awaits: Option<u32>,
    /// How the last try of this step ended, if it was tried.
    pub last: Option<crate::event::StepResult>,
    /// The ladder is at its end.
    pub ended: bool,
}

/// One claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Its keyed digest.
    pub claim: ClaimId,
    /// To whom it is owed.
    pub creditor: CreditorId,
    /// In which currency.
    pub currency: Currency,
    /// When it falls or fell due.
    pub due_at: Timestamp,
    /// What is owed.
    pub balance: Balance,
    /// Nothing is owed, as an event said (P3).
    pub settled: bool,
    /// Given up or handed over.
    pub closed: Option<Closure>,
    /// How many disputes are open.
    pub disputes: u16,
    /// The last step that it has taken (R11): moved by the scenario alone, never by a payment (P2).
    pub level: Option<u16>,
    /// Where it stands on the ladder; none until its scenario begins.
    pub progress: Option<Progress>,
    /// The event whose personal part has its reference and description.
    pub recorded_at: Position,
}

impl Claim {
    /// Whether the ladder may go on as far as the claim itself is concerned: open, owed, not disputed.
    pub const fn is_live(&self) -> bool {
        !self.settled && self.closed.is_none() && self.disputes == 0
    }
}
