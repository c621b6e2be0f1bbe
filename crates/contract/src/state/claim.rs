//! Claims, and what makes contact about them wait, in a checkpoint.

use domain::claim::{Balance, Claim, MAX_CLAIMS, Progress};
use domain::debtor::{MAX_PARKED, ParkedFact};
use domain::hold::{Hold, MAX_HOLDS, MAX_PROMISES, Promise};

use crate::error::DecodeError;
use crate::field::{Field, record};
use crate::generated::mahnwerk::state::v1 as wire;

record! {
    Progress = wire::Progress, at most 1;
    scenario = scenario, scenario_version = version, step = step, tries = tries, given_back = given_back,
    not_before_ms = not_before, awaits = awaits, last = last, ended = ended
}

record! {
    ParkedFact = wire::ParkedFact, at most 4 * MAX_PARKED;
    fact = fact, occurred_at_ms = occurred_at, recorded_at = recorded_at
}

record! {
    Hold = wire::Hold, at most 4 * MAX_HOLDS;
    hold_id = hold, claim_id = claim, reason = reason, actor = actor, since_ms = since, until_ms = until
}

record! {
    Promise = wire::Promise, at most 4 * MAX_PROMISES;
    promise_id = promise, claim_id = claim, amount_minor = amount, paid_before_minor = paid_before,
    due_at_ms = due_at, state = state
}

impl Field<wire::Claim> for Claim {
    const MOST: usize = 4 * MAX_CLAIMS;

    fn write(&self) -> wire::Claim {
        wire::Claim {
            claim_id: self.claim.write(),
            creditor: self.creditor.write(),
            currency: Field::write(&self.currency),
            due_at_ms: self.due_at.write(),
            principal_minor: self.balance.principal.write(),
            interest_minor: self.balance.interest.write(),
            costs_minor: self.balance.costs.write(),
            paid_minor: self.balance.paid.write(),
            settled: self.settled,
            closed: self.closed.write(),
            disputes: self.disputes.write(),
            level: self.level.write(),
            progress: self.progress.write(),
            recorded_at: self.recorded_at.write(),
        }
    }

    fn read(_: &'static str, wire: wire::Claim) -> Result<Self, DecodeError> {
        Ok(Self {
            claim: Field::read("Claim.claim_id", wire.claim_id)?,
            creditor: Field::read("Claim.creditor", wire.creditor)?,
            currency: Field::read("Claim.currency", wire.currency)?,
            due_at: Field::read("Claim.due_at_ms", wire.due_at_ms)?,
            balance: Balance {
                principal: Field::read("Claim.principal_minor", wire.principal_minor)?,
                interest: Field::read("Claim.interest_minor", wire.interest_minor)?,
                costs: Field::read("Claim.costs_minor", wire.costs_minor)?,
                paid: Field::read("Claim.paid_minor", wire.paid_minor)?,
            },
            settled: wire.settled,
            closed: Field::read("Claim.closed", wire.closed)?,
            disputes: Field::read("Claim.disputes", wire.disputes)?,
            level: Field::read("Claim.level", wire.level)?,
            progress: Field::read("Claim.progress", wire.progress)?,
            recorded_at: Field::read("Claim.recorded_at", wire.recorded_at)?,
        })
    }
}
