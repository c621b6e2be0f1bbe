//! Where a debtor stands: what would come next and what stands in its way, for explanations (P15).

use crate::channel::Channel;
use crate::debtor::Debtor;
use crate::decide::advance::advance;
use crate::decide::draft::Draft;
use crate::decide::plan::{due_claims, goes_on_at, is_contactable, plan, rests};
use crate::event::{Leg, Weighed};
use crate::ids::{ClaimId, PointId};
use crate::rulebook::Rulebook;
use crate::rules::{self, Proposal};
use crate::time::Timestamp;

/// The next contact as it would be planned at an instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The debtor as a whole rests: ceased, held, quarantined, or without a known zone.
    pub rests: bool,
    /// The claims that a contact may be about, with the instant from which their ladder goes on, if it waits for time.
    pub contactable: Vec<(ClaimId, Option<Timestamp>)>,
    /// The contact that would be made, if one is due.
    pub next: Option<NextContact>,
}

/// A contact that is due, and what the rules say of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextContact {
    /// Over which channel.
    pub channel: Channel,
    /// At which contact point.
    pub point: PointId,
    /// The claims and steps, the leading one first.
    pub legs: Vec<Leg>,
    /// Every rule's answer.
    pub weighed: Vec<Weighed>,
    /// When all rules are open; none if facts must change first.
    pub opens_at: Option<Timestamp>,
}

/// Where the debtor stands at an instant, by the same functions that decide.
pub fn standing(state: &Debtor, rulebook: &Rulebook, at: Timestamp) -> Standing {
    let of_claim = |claim: &crate::claim::Claim| (claim.claim, goes_on_at(state, claim));
    let contactable =
        state.claims.iter().filter(|claim| is_contactable(state, claim)).map(of_claim).collect();
    Standing { rests: rests(state), contactable, next: next(state, rulebook, at) }
}

fn next(state: &Debtor, rulebook: &Rulebook, at: Timestamp) -> Option<NextContact> {
    let tenant = rulebook.tenants.get(&state.tenant)?;
    let mut draft = Draft::new(state, rulebook, tenant, at);
    for claim in due_claims(state, at) {
        advance(&mut draft, claim);
    }
    let due = due_claims(&draft.state, at);
    let plan = plan(&draft, &due)?;
    let contact = Proposal { channel: plan.channel, point: plan.point, except: None };
    Some(NextContact {
        channel: plan.channel,
        point: plan.point,
        weighed: rules::weigh(&draft.state, rulebook, tenant, contact, at),
        opens_at: rules::opens_at(&draft.state, rulebook, tenant, contact, at),
        legs: plan.legs,
    })
}
