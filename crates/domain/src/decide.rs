//! What follows from an input: `decide(state, input, rulebook, now) -> events`.
//!
//! Live operation, dry run, replay and simulation all call this one function (P12).
//! Each kind of input has a file of its own; what every input may bring about stands in `consequences`.

mod advance;
mod consequences;
mod draft;
mod due;
mod fact;
mod inbound;
mod outcome;
mod permit;
mod plan;
mod standing;
mod validate;

use crate::channel::Channel;
use crate::debtor::Debtor;
use crate::event::{Event, Refusal};
use crate::input::Input;
use crate::rulebook::Rulebook;
use crate::time::Timestamp;

pub use permit::may_answer_again;
pub use standing::{Standing, standing};

use draft::Draft;

/// What an input leads to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decision {
    /// The events, in order; none when the input changes nothing.
    pub events: Vec<Event>,
    /// Why a fact was refused, if it was; then there are no events.
    pub refused: Option<FactRefusal>,
    /// Why a permit is refused without an event, since its escalation ended before or another request holds it.
    ///
    /// A permit is granted if the events hold `DeliveryStarted`, refused if they hold `PermitRefused` or this is set.
    /// With no event and nothing here it is a repeat of the request that holds the permit: see [`may_answer_again`].
    pub permit: Option<Refusal>,
}

/// Why a fact is not taken in. It changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FactRefusal {
    /// The claim is registered with other content.
    ClaimExists,
    /// An amount is negative or absurd.
    BadAmount,
    /// An amount is in another currency than its claim.
    WrongCurrency,
    /// An instant is absurd.
    BadInstant,
    /// More zones than a debtor may have.
    TooManyZones,
    /// More claims than a debtor may have.
    TooManyClaims,
    /// More contact points than a debtor may have.
    TooManyPoints,
    /// More holds than a debtor may have.
    TooManyHolds,
    /// More facts wait for unknown claims than may.
    TooManyParked,
    /// A confidence above 100.
    BadConfidence,
    /// The contact point is not known.
    UnknownPoint,
    /// A hold of this name is in force, and would be narrowed.
    HoldExists,
    /// The hold is not in force.
    UnknownHold,
    /// The tenant has no such scenario.
    UnknownScenario,
    /// The tenant is not in the rulebook.
    UnknownTenant,
    /// There is no such open task.
    UnknownTask,
}

impl FactRefusal {
    /// The name used in receipts, counters and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaimExists => "claim_exists",
            Self::BadAmount => "bad_amount",
            Self::WrongCurrency => "wrong_currency",
            Self::BadInstant => "bad_instant",
            Self::TooManyZones => "too_many_zones",
            Self::TooManyClaims => "too_many_claims",
            Self::TooManyPoints => "too_many_points",
            Self::TooManyHolds => "too_many_holds",
            Self::TooManyParked => "too_many_parked",
            Self::BadConfidence => "bad_confidence",
            Self::UnknownPoint => "unknown_point",
            Self::HoldExists => "hold_exists",
            Self::UnknownHold => "unknown_hold",
            Self::UnknownScenario => "unknown_scenario",
            Self::UnknownTenant => "unknown_tenant",
            Self::UnknownTask => "unknown_task",
        }
    }

    /// What was wrong and what would be right.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::ClaimExists => "the claim is registered already with other content; amend it instead",
            Self::BadAmount => {
                "an amount is negative or above 10,000 million; send it in minor units, not negative"
            }
            Self::WrongCurrency => {
                "the claim is in another currency; convert the amount where its rate is known"
            }
            Self::BadInstant => "an instant lies outside 1900 to 2200; check the unit and the format",
            Self::TooManyZones => "a debtor has at most 8 candidate zones",
            Self::TooManyClaims => {
                "a debtor has at most 1,000 claims; is one reference used for many people?"
            }
            Self::TooManyPoints => {
                "a debtor has at most 32 contact points; invalidate those that are not used"
            }
            Self::TooManyHolds => "a debtor has at most 64 holds in force; release those that are over",
            Self::TooManyParked => {
                "256 facts wait for unknown claims of this debtor already; register the claims"
            }
            Self::BadConfidence => "a confidence is a whole number from 0 to 100",
            Self::UnknownPoint => "the debtor has no such contact point; add it first",
            Self::HoldExists => {
                "a hold of this name covers more or lasts longer; give this one another name, or release that"
            }
            Self::UnknownHold => "no such hold is in force; it may have ended by itself",
            Self::UnknownScenario => {
                "the tenant's rulebook has no such scenario; check its name or leave it out"
            }
            Self::UnknownTenant => "the rulebook has no such tenant; check the name",
            Self::UnknownTask => "no such task is open",
        }
    }
}

/// Decides one input. Pure: the same arguments give the same events.
pub fn decide(state: &Debtor, input: &Input, rulebook: &Rulebook, now: Timestamp) -> Decision {
    let Some(tenant) = rulebook.tenants.get(&state.tenant) else {
        return without_tenant(input);
    };
    let draft = Draft::new(state, rulebook, tenant, now);
    match input {
        Input::Fact { fact, occurred_at } => fact::decide(draft, fact, *occurred_at),
        Input::Outcome(report) => outcome::decide(draft, report),
        Input::Permit(request) => permit::decide(draft, *request),
        Input::RenderRefused { request, reason } => permit::render_refused(draft, *request, reason),
        Input::Due => due::decide(draft),
    }
}

/// A tenant that the rulebook does not have fails closed: nothing is taken in, nobody is contacted.
fn without_tenant(input: &Input) -> Decision {
    match input {
        Input::Fact { .. } => Decision { refused: Some(FactRefusal::UnknownTenant), ..Decision::default() },
        Input::Permit(_) | Input::RenderRefused { .. } => {
            Decision { permit: Some(Refusal::NotOpen), ..Decision::default() }
        }
        Input::Outcome(_) | Input::Due => Decision::default(),
    }
}

/// The channel and the priority of the escalation among a decision's events, if there is one: what the scheduler looks at
/// before it records a decision, so that a debtor without capacity waits in the ready set and not in the log.
pub fn escalation_of(decision: &Decision) -> Option<(Channel, i32)> {
    decision.events.iter().find_map(|event| {
        if let Event::Escalated(escalation) = event {
            Some((escalation.channel, escalation.priority))
        } else {
            None
        }
    })
}

/// From when on the ladder of some claim may go on, if no attempt is open and the debtor does not rest.
pub(crate) fn ladder_goes_on_at(state: &Debtor) -> Option<Timestamp> {
    if state.open_attempt().is_some() || plan::rests(state) {
        return None;
    }
    state.claims.iter().filter_map(|claim| plan::goes_on_at(state, claim)).min()
}
