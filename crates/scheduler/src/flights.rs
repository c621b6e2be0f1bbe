//! Escalations under way: which wait to be emitted, which nobody has asked a permit for, which hold one.
//!
//! Follows the log: [`Flights::follow`] is told of each debtor's open attempt after every commit, and after a takeover.
//! **Invariant:** no more are emitted and unresolved per tenant and channel than live workers granted credit for.
//! Emission is only a hint; what is lost is emitted again, and the permit decides.

mod emission;
mod recalls;
#[cfg(test)]
mod tests;

use core::cmp::Reverse;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use contract::wire::TraceContext;
use domain::attempt::{Attempt, AttemptState};
use domain::ids::StreamId;
use domain::label::TenantId;
use domain::time::Timestamp;
use runtime::activity::{Activity, Busy};

use self::recalls::Recalls;
use crate::config::SchedulerConfig;
use crate::credits::Credits;
use crate::ready_set::Queue;

/// How many emissions of one escalation an epoch may count before the next epoch's numbers begin.
const EMISSIONS_PER_EPOCH: u32 = 4096;

#[derive(Debug)]
enum Stage {
    /// To be emitted as soon as there is credit.
    Waiting,
    /// Emitted, and nobody has asked yet.
    Emitted { again_at: Duration, busy: Option<Busy> },
    /// A permit is out. `counted` when this owner granted it, so that it takes up a credit.
    Started { counted: bool, waited_until: Duration, busy: Option<Busy> },
}

#[derive(Debug)]
struct Flight {
    number: u32,
    queue: Queue,
    priority: i32,
    expires_at: Timestamp,
    emission: u32,
    trace: TraceContext,
    stage: Stage,
    /// Who first saw it: an earlier owner may have emitted it already.
    seen: Seen,
}

/// Whether something happens now or is read of the time before this owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    /// This owner has just committed it.
    Now,
    /// An earlier owner did.
    Before,
}

/// All of a partition's.
pub(crate) struct Flights {
    flights: BTreeMap<StreamId, Flight>,
    waiting: BTreeMap<Queue, BTreeSet<(Reverse<i32>, StreamId)>>,
    /// When to look at an emitted or started one again, monotonic.
    alarms: BTreeSet<(Duration, StreamId)>,
    outstanding: BTreeMap<Queue, u32>,
    live: BTreeSet<Queue>,
    /// Calls that stand on a list though they were withdrawn.
    recalls: Recalls,
    partition: u16,
    first_emission: u32,
    reemit_after: Duration,
    reemit_calls_after: Duration,
    permit_timeout: Duration,
    activity: Activity,
}

impl Flights {
    /// None yet. Emission numbers begin anew above those of earlier epochs, which are not remembered (bus, 1).
    pub(crate) fn new(partition: u16, epoch: u64, config: &SchedulerConfig, activity: Activity) -> Self {
        let earlier = u32::try_from(epoch.saturating_sub(1) % 1_000_000).unwrap_or(0);
        Self {
            flights: BTreeMap::new(),
            waiting: BTreeMap::new(),
            alarms: BTreeSet::new(),
            outstanding: BTreeMap::new(),
            live: BTreeSet::new(),
            recalls: Recalls::new(config.reemit_after),
            partition,
            first_emission: earlier.wrapping_mul(EMISSIONS_PER_EPOCH).wrapping_add(1),
            reemit_after: config.reemit_after,
            reemit_calls_after: config.reemit_calls_after,
            permit_timeout: config.permit_timeout,
            activity,
        }
    }

    /// How many are emitted and not resolved.
    pub(crate) fn outstanding(&self, queue: &Queue) -> u32 {
        self.outstanding.get(queue).copied().unwrap_or(0)
    }

    /// How many more may be decided: credit that is neither used nor spoken for.
    pub(crate) fn room(&self, queue: &Queue, credits: &Credits) -> u32 {
        let waiting = self.waiting.get(queue).map_or(0, |set| u32::try_from(set.len()).unwrap_or(u32::MAX));
        let taken = self.outstanding(queue).saturating_add(waiting);
        credits.amount(&queue.0, queue.1).saturating_sub(taken)
    }

    /// Says in which trace a debtor's escalation is emitted.
    pub(crate) fn trace(&mut self, stream: StreamId, trace: TraceContext) {
        if let Some(flight) = self.flights.get_mut(&stream) {
            flight.trace = trace;
        }
    }

    /// Takes in what the log says of a debtor's open attempt, at a monotonic instant.
    pub(crate) fn follow(
        &mut self,
        stream: StreamId,
        tenant: &TenantId,
        open: Option<&Attempt>,
        seen: Seen,
        now: Duration,
    ) {
        if self.flights.get(&stream).map(|flight| flight.number) != open.map(|attempt| attempt.number) {
            self.recall_call(stream);
            self.forget(stream);
        }
        let Some(attempt) = open else { return };
        match &attempt.state {
            AttemptState::Emitted { expires_at } => {
                self.emit_later(stream, tenant, attempt, *expires_at, seen);
            }
            AttemptState::Started { .. } => self.start(stream, tenant, attempt, seen, now),
            // No open attempt is in these states.
            AttemptState::Done { .. } | AttemptState::Ended => self.forget(stream),
        }
    }

    fn emit_later(
        &mut self,
        stream: StreamId,
        tenant: &TenantId,
        attempt: &Attempt,
        expires_at: Timestamp,
        seen: Seen,
    ) {
        if self.flights.contains_key(&stream) {
            return;
        }
        let flight = self.flight(tenant, attempt, expires_at, Stage::Waiting, seen);
        let order = (Reverse(flight.priority), stream);
        self.waiting.entry(flight.queue.clone()).or_default().insert(order);
        self.flights.insert(stream, flight);
    }

    fn start(&mut self, stream: StreamId, tenant: &TenantId, attempt: &Attempt, seen: Seen, now: Duration) {
        let counted = match self.flights.get(&stream).map(|flight| &flight.stage) {
            Some(Stage::Started { .. }) => return,
            Some(Stage::Emitted { .. }) => true,
            // A worker may have heard of it from an earlier owner. A permit that was granted by that one holds no credit
            // here, and its worker may be gone with it.
            Some(Stage::Waiting) | None => seen == Seen::Now,
        };
        let busy = counted.then(|| self.activity.begin());
        self.forget(stream);
        let waited_until = now.saturating_add(self.permit_timeout);
        let stage = Stage::Started { counted, waited_until, busy };
        let flight = self.flight(tenant, attempt, attempt.emitted_at, stage, seen);
        if counted {
            self.count(&flight.queue);
            self.alarms.insert((waited_until, stream));
        }
        self.flights.insert(stream, flight);
    }

    fn flight(
        &self,
        tenant: &TenantId,
        attempt: &Attempt,
        expires_at: Timestamp,
        stage: Stage,
        seen: Seen,
    ) -> Flight {
        Flight {
            number: attempt.number,
            queue: (tenant.clone(), attempt.channel),
            priority: attempt.priority,
            expires_at,
            emission: self.first_emission,
            trace: None,
            stage,
            seen,
        }
    }

    fn forget(&mut self, stream: StreamId) {
        let Some(flight) = self.flights.remove(&stream) else { return };
        match flight.stage {
            Stage::Waiting => self.unwait(&flight.queue, flight.priority, stream),
            Stage::Emitted { again_at, .. } => {
                self.alarms.remove(&(again_at, stream));
                self.uncount(&flight.queue);
            }
            Stage::Started { counted, waited_until, .. } => {
                self.alarms.remove(&(waited_until, stream));
                if counted {
                    self.uncount(&flight.queue);
                }
            }
        }
    }

    fn unwait(&mut self, queue: &Queue, priority: i32, stream: StreamId) {
        if let Some(set) = self.waiting.get_mut(queue) {
            set.remove(&(Reverse(priority), stream));
            if set.is_empty() {
                self.waiting.remove(queue);
            }
        }
    }

    fn count(&mut self, queue: &Queue) {
        *self.outstanding.entry(queue.clone()).or_default() += 1;
    }

    fn uncount(&mut self, queue: &Queue) {
        if let Some(count) = self.outstanding.get_mut(queue) {
            *count = count.saturating_sub(1);
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.flights.len()
    }
}
