//! What follows from an input: `decide(state, input, rulebook, now) -> events`.

use crate::debtor::Debtor;
use crate::event::Event;
use crate::input::Input;
use crate::rulebook::Rulebook;
use crate::time::Timestamp;

/// What an input leads to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decision {
    /// The events, in order; none when the input changes nothing.
    pub events: Vec<Event>,
    /// Why a fact was refused, if it was; then there are no events.
    pub refused: Option<FactRefusal>,
}

/// Why a fact is not taken in. It changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FactRefusal {
    /// The claim is registered with other content.
    ClaimExists,
    /// An amount is negative or absurd.
    BadAmount,
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
    /// The hold is not in force.
    UnknownHold,
    /// The tenant has no such scenario.
    UnknownScenario,
    /// The tenant is not in the rulebook.
    UnknownTenant,
    /// There is no such open task.
    UnknownTask,
}

/// Decides one input. Pure: the same arguments give the same events.
pub fn decide(state: &Debtor, input: &Input, rulebook: &Rulebook, now: Timestamp) -> Decision {
    let _ = (state, input, rulebook, now);
    Decision::default()
}

/// Over which channel and with which priority a due debtor would be contacted now, if it would: what the scheduler asks
/// before it decides, so that a debtor without capacity waits in the ready set and not in the log.
pub fn would_escalate(
    state: &Debtor,
    rulebook: &Rulebook,
    now: Timestamp,
) -> Option<(crate::channel::Channel, i32)> {
    let _ = (state, rulebook, now);
    None
}
