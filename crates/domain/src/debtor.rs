//! The state of one debtor, folded from the debtor's stream.

use crate::attempt::{Attempt, OutsideContact};
use crate::claim::Claim;
use crate::contact::{ContactPoint, Preferences};
use crate::fact::{DebtorKind, Fact, TaskKind};
use crate::hold::{Hold, Promise};
use crate::ids::{ClaimId, PointId, Position};
use crate::label::{Country, Language, TenantId};
use crate::time::Timestamp;
use crate::zone::ZoneName;

/// Most facts that wait for claims of one debtor; further ones are refused.
pub const MAX_PARKED: usize = 256;

/// Who the debtor is, as far as decisions need it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Every zone the debtor may be in.
    pub zones: Vec<ZoneName>,
    /// The language to write in.
    pub language: Option<Language>,
    /// Person, company or public body.
    pub kind: DebtorKind,
    /// Country of residence.
    pub country: Option<Country>,
    /// The event whose personal part has the name.
    pub recorded_at: Position,
}

/// A fact that waits for its claim (P13).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParkedFact {
    /// The fact.
    pub fact: Fact,
    /// When it happened, by whoever states it.
    pub occurred_at: Timestamp,
    /// Where it stands in the log.
    pub recorded_at: Position,
}

/// Something that a person has to look at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OpenTask {
    /// What.
    pub task: TaskKind,
    /// About which claim.
    pub claim: Option<ClaimId>,
    /// Since when.
    pub since: Timestamp,
}

/// One debtor.
///
/// Changed by [`Debtor::evolve`](crate::evolve) alone: recovery, replay and the live owner all go through it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Debtor {
    /// The legal entity that does the contacting.
    pub tenant: TenantId,
    /// How many events were folded.
    pub version: u64,
    /// Who the debtor is, once described.
    pub profile: Option<Profile>,
    /// The ways to reach them, in order of first mention.
    pub points: Vec<ContactPoint>,
    /// Consents and opt-outs.
    pub preferences: Preferences,
    /// When all contact was forbidden, if it was.
    pub ceased_at: Option<Timestamp>,
    /// The claims, in order of registration.
    pub claims: Vec<Claim>,
    /// Facts that wait for their claims, oldest first.
    pub parked: Vec<ParkedFact>,
    /// Holds in force.
    pub holds: Vec<Hold>,
    /// Promises, oldest first.
    pub promises: Vec<Promise>,
    /// Escalations, oldest first, the last [`MAX_HISTORY`](crate::attempt::MAX_HISTORY).
    pub attempts: Vec<Attempt>,
    /// Contacts without a permit, oldest first, bounded likewise.
    pub outside_contacts: Vec<OutsideContact>,
    /// When the debtor was last heard in person.
    pub heard_at: Option<Timestamp>,
    /// The highest escalation number given so far.
    pub last_number: u32,
    /// What people have to look at.
    pub tasks: Vec<OpenTask>,
    /// The debtor's inputs could not be processed: nobody is contacted.
    pub quarantined: bool,
}

impl Debtor {
    /// A debtor of whom nothing is known yet.
    pub const fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            version: 0,
            profile: None,
            points: Vec::new(),
            preferences: Preferences::empty(),
            ceased_at: None,
            claims: Vec::new(),
            parked: Vec::new(),
            holds: Vec::new(),
            promises: Vec::new(),
            attempts: Vec::new(),
            outside_contacts: Vec::new(),
            heard_at: None,
            last_number: 0,
            tasks: Vec::new(),
            quarantined: false,
        }
    }

    /// A claim by its id.
    pub fn claim(&self, claim: ClaimId) -> Option<&Claim> {
        self.claims.iter().find(|c| c.claim == claim)
    }

    /// A contact point by its id.
    pub fn point(&self, point: PointId) -> Option<&ContactPoint> {
        self.points.iter().find(|p| p.point == point)
    }

    /// An escalation by its number.
    pub fn attempt(&self, number: u32) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|a| a.number == number)
    }

    /// The one escalation that is emitted or under a permit.
    pub fn open_attempt(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|a| a.is_open())
    }
}
