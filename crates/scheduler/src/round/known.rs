//! What was read from the store for one round, besides the states.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{ClaimId, InputId, PointId, Position, StreamId};
use event_log::record::{NewEvent, ParkedRow};

/// Read before the round, so that deciding waits for nothing.
#[derive(Default)]
pub(crate) struct Known {
    /// Those of the round's input keys that the log has, with their content.
    pub(crate) inputs: BTreeMap<InputId, [u8; 16]>,
    /// To whom claims belong.
    pub(crate) claims: BTreeMap<ClaimId, StreamId>,
    /// Who uses contact points.
    pub(crate) points: BTreeMap<PointId, Vec<StreamId>>,
    /// Facts that wait for claims, oldest first.
    pub(crate) parked: BTreeMap<ClaimId, Vec<ParkedRow>>,
    /// Events whose personal parts rendering may need.
    pub(crate) events: BTreeMap<Position, NewEvent>,
    /// Debtors who were due again and again without end.
    pub(crate) spinning: BTreeSet<StreamId>,
    /// How many bytes of granted messages each asker was given in earlier rounds of the batch.
    pub(crate) reply_bytes: Vec<usize>,
    /// Why no permit may be given in this round, if so: one of a closed set.
    pub(crate) permits_closed: Option<&'static str>,
}
