//! What was read from the store for one round, besides the states.

use std::collections::{BTreeMap, BTreeSet};

use contract::wire::{About, Reach};
use domain::channel::Channel;
use domain::ids::{ClaimId, EscalationId, InputId, PointId, Position, ProviderMessageId, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::record::{NewEvent, ParkedRow};

/// Read before the round, so that deciding waits for nothing.
#[derive(Default)]
pub(crate) struct Known {
    /// Those of the round's input keys that the log has, with their content.
    pub(crate) inputs: BTreeMap<InputId, [u8; 16]>,
    /// To whom claims belong, of this partition.
    pub(crate) claims: BTreeMap<ClaimId, StreamId>,
    /// Claims that belong to debtors of other partitions.
    pub(crate) claims_elsewhere: BTreeSet<ClaimId>,
    /// Who uses contact points.
    pub(crate) points: BTreeMap<PointId, Vec<StreamId>>,
    /// What the provider's names lead to.
    pub(crate) messages: BTreeMap<ProviderMessageId, EscalationId>,
    /// What waits for a claim, a contact point or a message, oldest first.
    pub(crate) parked: BTreeMap<[u8; 16], Vec<ParkedRow>>,
    /// Whether more waits than memory holds the names of.
    pub(crate) is_crowded: bool,
    /// Those of the round's contact points that are suppressed, and since when: new ones, and where the log has many
    /// partitions those that a permit is asked for, since the opt-out may stand in another.
    pub(crate) suppressed: BTreeMap<PointId, Timestamp>,
    /// Events whose personal parts rendering may need.
    pub(crate) events: BTreeMap<Position, NewEvent>,
    /// Debtors who were due again and again without end.
    pub(crate) spinning: BTreeSet<StreamId>,
    /// How many bytes of granted messages each asker was given in earlier rounds of the batch.
    pub(crate) reply_bytes: Vec<usize>,
    /// Why no permit may be given in this round, if so: one of a closed set.
    pub(crate) permits_closed: Option<&'static str>,
    /// Contacts for which no permit is given, since an operator paused them.
    pub(crate) paused: BTreeSet<Reach>,
}

impl Known {
    /// The attempt that a report is about, as far as was read.
    pub(crate) fn attempt_of(&self, about: &About) -> Option<EscalationId> {
        match about {
            About::Attempt(id) => Some(*id),
            About::Message(message) => self.messages.get(message).copied(),
        }
    }

    /// What waits for this claim, contact point or message.
    pub(crate) fn waiting(&self, id: [u8; 16]) -> &[ParkedRow] {
        self.parked.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Whether contacts of this tenant over this channel are paused.
    pub(crate) fn is_paused(&self, tenant: &TenantId, channel: Channel) -> bool {
        self.paused.iter().any(|reach| reach.covers(tenant, channel))
    }
}
