//! Reads all that a round may need, in a handful of calls, so that deciding waits for nothing.
//!
//! States come with one call. What is read goes into the cache as it is committed, whatever becomes of the round.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contract::wire::Addressee;
use domain::ids::{Position, StreamId};
use event_log::record::NewEvent;

use crate::batch::Work;
use crate::cache::KeySlot;
use crate::error::SchedulerError;
use crate::owner::Owner;
use crate::round::{Known, places};

mod lookups;

/// Most claims whose references are read for one message.
const MAX_CLAIMS_READ: usize = 200;

/// By how much the clock may lie behind the log's last instant before permits are closed (time, 1).
const CLOCK_BEHIND_MS: i64 = 2_000;

impl Owner {
    /// Reads what these inputs need.
    pub(super) async fn prefetch(&mut self, part: &[Work]) -> Result<Known, SchedulerError> {
        let owners = self.owners(part).await?;
        let mut known = Known {
            inputs: self.known_inputs(part).await?,
            claims: owners.here,
            claims_elsewhere: owners.elsewhere,
            messages: self.attempts(part).await?,
            parked: self.waiting_for(part).await?,
            is_crowded: self.waited_for.is_none(),
            permits_closed: self.permits_closed(),
            paused: self.own.pauses.clone(),
            spinning: self.spinning(),
            ..Known::default()
        };
        let (all, personal) = streams(part, &known);
        self.read_states(&all).await?;
        self.read_keys(&personal).await?;
        known.suppressed = self.suppressed_among(part).await?;
        let others = self.owners_of_others(part, &known).await?;
        known.claims.extend(others.here);
        known.claims_elsewhere.extend(others.elsewhere);
        known.points = self.users(part, &known).await?;
        let users: BTreeSet<StreamId> = known.points.values().flatten().copied().collect();
        self.read_states(&users).await?;
        self.read_keys(&users).await?;
        known.events = self.read_personal(part).await?;
        Ok(known)
    }

    async fn read_states(&mut self, streams: &BTreeSet<StreamId>) -> Result<(), SchedulerError> {
        let missing: Vec<StreamId> =
            streams.iter().copied().filter(|stream| self.cache.get(*stream).is_none()).collect();
        streams.iter().for_each(|stream| self.cache.touch(*stream));
        for (stream, entry) in self.load(&missing).await? {
            self.cache.put(stream, entry);
        }
        Ok(())
    }

    async fn read_keys(&mut self, streams: &BTreeSet<StreamId>) -> Result<(), SchedulerError> {
        let unread = |stream: &StreamId| {
            self.cache.get(*stream).is_some_and(|entry| matches!(entry.key, KeySlot::Unread))
        };
        let unread: Vec<StreamId> = streams.iter().copied().filter(unread).collect();
        if unread.is_empty() {
            return Ok(());
        }
        let read = self.around.log.data_keys(self.desk.partition, &unread).await;
        let wrapped = read.map_err(|source| self.store_error(source))?;
        unread.iter().for_each(|stream| self.cache.update(*stream, |entry| entry.key = KeySlot::Absent));
        for wrapped in wrapped {
            let key = self.desk.vault.unwrap_key(&wrapped).map_err(|error| SchedulerError::Keys {
                partition: self.desk.partition,
                doing: "unwrap a data key",
                detail: error.to_string(),
            })?;
            let key = KeySlot::Known(Arc::new(key));
            self.cache.update(wrapped.stream, |entry| entry.key = key);
        }
        Ok(())
    }

    /// The events with the personal values that the permits among these inputs may need.
    async fn read_personal(&self, part: &[Work]) -> Result<BTreeMap<Position, NewEvent>, SchedulerError> {
        let places: BTreeSet<Position> = part
            .iter()
            .filter_map(|work| if let Work::Permit { id, .. } = work { Some(id) } else { None })
            .filter_map(|id| Some((self.cache.get(id.stream)?, id.number)))
            .flat_map(|(entry, number)| places(entry, number, MAX_CLAIMS_READ))
            .collect();
        if places.is_empty() {
            return Ok(BTreeMap::new());
        }
        let places: Vec<Position> = places.into_iter().collect();
        let read = self.around.log.read_at(self.desk.partition, &places).await;
        let events = read.map_err(|source| self.store_error(source))?;
        Ok(events.into_iter().map(|recorded| (recorded.position, recorded.event)).collect())
    }

    /// Why no permit may be given now, if so.
    ///
    /// What waits in the lanes came after they were last seen empty: that bounds its age (inputs, 2).
    fn permits_closed(&self) -> Option<&'static str> {
        let now = self.monotonic();
        let in_lanes = now.saturating_sub(self.inputs_empty_at);
        // Before the lanes it may have waited as well; how long, somebody must have seen.
        let before = self.around.outside.intake_lag(now);
        if before.is_none_or(|before| before.max(in_lanes) > self.desk.config.stop_lag_max) {
            return Some("facts_behind");
        }
        let behind = self.lease.head.at.since(self.around.runtime.clock.now());
        (behind.0 > CLOCK_BEHIND_MS).then_some("clock_behind")
    }
}

/// The debtors whose states are needed, and those of them whose keys are.
fn streams(part: &[Work], known: &Known) -> (BTreeSet<StreamId>, BTreeSet<StreamId>) {
    let (mut all, mut personal) = (BTreeSet::new(), BTreeSet::new());
    for work in part {
        match work {
            Work::Fact(message) => personal.extend(match message.addressee {
                Addressee::Debtor(stream) => Some(stream),
                Addressee::OwnerOf(claim) => known.claims.get(&claim).copied(),
                // Read once they are known.
                Addressee::UsersOf(_) => None,
            }),
            Work::Outcome(message) => personal.extend(known.attempt_of(&message.about).map(|id| id.stream)),
            Work::Permit { id, .. } => {
                personal.insert(id.stream);
            }
            Work::Due(stream) => {
                all.insert(*stream);
            }
        }
    }
    all.extend(&personal);
    (all, personal)
}
