//! The list itself: which task is in whose hands, and until when. Pure: instants are arguments.
//!
//! **Invariant:** a task has one holder at most, and waits exactly while it has none.

mod index;
mod recalled;
mod task;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use contract::wire::EscalationNotice;
use domain::ids::EscalationId;
use domain::label::{Label, TenantId};
use domain::time::Timestamp;

use crate::error::DeskError;
use crate::list::index::Index;
use crate::list::recalled::Recalled;

pub(crate) use task::{Hold, Task};

/// Most overdue calls kept, for dispositions that come late.
const MAX_OVERDUE: usize = 10_000;
/// Most agents on shift at once.
const MAX_SHIFTS: usize = 10_000;

/// All tasks, and the agents on shift.
pub(crate) struct List {
    tasks: BTreeMap<EscalationId, Task>,
    index: Index,
    recalled: Recalled,
    shifts: BTreeMap<Label, Duration>,
    arrivals: u64,
    capacity: usize,
}

impl List {
    /// Empty, with room for this many.
    pub(crate) fn new(capacity: usize) -> Self {
        let (tasks, shifts) = (BTreeMap::new(), BTreeMap::new());
        let (index, recalled) = (Index::default(), Recalled::default());
        Self { tasks, index, recalled, shifts, arrivals: 0, capacity }
    }

    /// Takes a notice in, or news of one that is known. The least urgent that waits makes room.
    ///
    /// One that was recalled before is not listed.
    pub(crate) fn push(&mut self, notice: EscalationNotice) {
        let id = notice.id;
        if self.recalled.has(&id) {
            return;
        }
        if self.tasks.contains_key(&id) {
            self.change(id, |task| task.notice = notice);
            return;
        }
        let task = Task { notice, hold: Hold::Nobody, arrival: self.arrivals };
        self.arrivals += 1;
        self.index.add(&task);
        self.tasks.insert(id, task);
        if self.tasks.len() > self.capacity
            && let Some((_, _, least_urgent)) = self.index.waiting.last().copied()
        {
            self.strike(&least_urgent);
        }
    }

    /// A stop strikes the task through, now or as soon as it comes (permits, 10). An agent who has it in hand learns why
    /// when they open it; one that is open has its permit already.
    pub(crate) fn recall(&mut self, id: EscalationId) {
        self.recalled.add(id);
        match self.tasks.get(&id).map(|task| &task.hold) {
            Some(Hold::Nobody) => drop(self.strike(&id)),
            // It has lapsed, and goes when it is given back.
            Some(Hold::Taken { .. } | Hold::Opening { .. }) => {
                self.change(id, |task| task.notice.expires_at = Timestamp(0));
            }
            Some(Hold::Open { .. } | Hold::Overdue { .. }) | None => {}
        }
    }

    /// All tasks, by id.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values()
    }

    /// A task.
    pub(crate) fn get(&self, id: &EscalationId) -> Option<&Task> {
        self.tasks.get(id)
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.index.waiting.len()
    }

    /// Drops what has lapsed while nobody held it. `now` is the partition's time.
    pub(crate) fn drop_lapsed(&mut self, now: Timestamp) {
        while let Some((at, id)) = self.index.lapses.first().copied()
            && at <= now
        {
            self.strike(&id);
        }
    }

    /// Ends what is over by the monotonic clock: leases, open calls, shifts.
    pub(crate) fn expire(&mut self, now: Duration) {
        self.shifts.retain(|_, until| *until > now);
        while let Some((until, id)) = self.index.ends.first().copied()
            && until <= now
        {
            self.change(id, |task| {
                task.hold = match &task.hold {
                    Hold::Open { agent, .. } => Hold::Overdue { agent: agent.clone() },
                    Hold::Taken { .. } | Hold::Opening { .. } | Hold::Nobody | Hold::Overdue { .. } => {
                        Hold::Nobody
                    }
                };
            });
        }
        while self.index.overdue.len() > MAX_OVERDUE
            && let Some((_, oldest)) = self.index.overdue.first().copied()
        {
            self.strike(&oldest);
        }
    }

    /// When the next of them is over.
    pub(crate) fn next_end(&self) -> Option<Duration> {
        let end = self.index.ends.first().map(|(until, _)| *until);
        self.shifts.values().copied().chain(end).min()
    }

    /// How many wait of these tenants, or of all.
    pub(crate) fn waiting_of(&self, tenants: Option<&BTreeSet<TenantId>>) -> usize {
        let Some(tenants) = tenants else { return self.waiting() };
        self.index.waiting.iter().filter(|(_, _, id)| self.is_of(id, tenants)).count()
    }

    /// Leases the most urgent tasks of these tenants, or of all, to an agent: at most so many.
    pub(crate) fn take(
        &mut self,
        agent: &Label,
        tenants: Option<&BTreeSet<TenantId>>,
        count: u32,
        limit: u32,
        until: Duration,
    ) -> Result<Vec<EscalationId>, DeskError> {
        let room = limit.saturating_sub(self.index.in_hands.get(agent).copied().unwrap_or(0));
        if room == 0 && count > 0 {
            return Err(DeskError::TooManyHeld { limit });
        }
        let at_most = usize::try_from(count.min(room)).unwrap_or(usize::MAX);
        let waiting = self.index.waiting.iter().map(|(_, _, id)| *id);
        let theirs = waiting.filter(|id| tenants.is_none_or(|tenants| self.is_of(id, tenants)));
        let taken: Vec<EscalationId> = theirs.take(at_most).collect();
        for id in &taken {
            self.change(*id, |task| task.hold = Hold::Taken { agent: agent.clone(), until });
        }
        Ok(taken)
    }

    /// Gives a taken task back.
    pub(crate) fn give_back(&mut self, agent: &Label, id: EscalationId) -> Result<(), DeskError> {
        match self.held(agent, id)?.hold {
            Hold::Taken { .. } => self.change(id, |task| task.hold = Hold::Nobody),
            Hold::Opening { .. } | Hold::Open { .. } | Hold::Overdue { .. } | Hold::Nobody => {
                return Err(DeskError::AlreadyOpen { task: id });
            }
        }
        Ok(())
    }

    /// A permit is about to be asked; to which partition's owner.
    pub(crate) fn begin_opening(&mut self, agent: &Label, id: EscalationId) -> Result<u16, DeskError> {
        let task = self.held(agent, id)?;
        let (partition, until) = match task.hold {
            Hold::Taken { until, .. } => (task.notice.partition, until),
            Hold::Opening { .. } | Hold::Open { .. } | Hold::Overdue { .. } | Hold::Nobody => {
                return Err(DeskError::AlreadyOpen { task: id });
            }
        };
        self.change(id, |task| task.hold = Hold::Opening { agent: agent.clone(), until });
        Ok(partition)
    }

    /// The permit is there.
    pub(crate) fn opened(&mut self, id: EscalationId, until: Duration) {
        self.end_opening(id, |agent, _| Hold::Open { agent, until });
    }

    /// The permit question had no answer: the agent holds the task as before.
    pub(crate) fn not_opened(&mut self, id: EscalationId) {
        self.end_opening(id, |agent, until| Hold::Taken { agent, until });
    }

    /// Whether this agent may note how the call ended.
    pub(crate) fn check_open(&self, agent: &Label, id: EscalationId) -> Result<(), DeskError> {
        match self.held(agent, id)?.hold {
            Hold::Open { .. } | Hold::Overdue { .. } => Ok(()),
            Hold::Taken { .. } | Hold::Opening { .. } | Hold::Nobody => Err(DeskError::NotOpen { task: id }),
        }
    }

    /// Takes a task off the list: refused, lapsed, or at its end.
    pub(crate) fn strike(&mut self, id: &EscalationId) -> Option<Task> {
        let task = self.tasks.remove(id)?;
        self.index.remove(&task);
        Some(task)
    }

    /// An agent is on shift until then; whether there was room for one more.
    pub(crate) fn shift(&mut self, agent: &Label, until: Duration) -> bool {
        let has_room = self.shifts.len() < MAX_SHIFTS || self.shifts.contains_key(agent);
        if has_room {
            self.shifts.insert(agent.clone(), until);
        }
        has_room
    }

    /// Whether a virtual clock has to wait for an agent (time, 2).
    pub(crate) fn is_waited_for(&self) -> bool {
        let somebody_takes = !self.shifts.is_empty() && !self.index.waiting.is_empty();
        somebody_takes || !self.index.in_hands.is_empty()
    }

    fn is_of(&self, id: &EscalationId, tenants: &BTreeSet<TenantId>) -> bool {
        self.tasks.get(id).is_some_and(|task| tenants.contains(&task.notice.tenant))
    }

    fn held(&self, agent: &Label, id: EscalationId) -> Result<&Task, DeskError> {
        let task = self.tasks.get(&id).ok_or(DeskError::UnknownTask { task: id })?;
        let is_theirs = task.hold.agent() == Some(agent);
        if is_theirs { Ok(task) } else { Err(DeskError::NotHeld { task: id, agent: agent.clone() }) }
    }

    fn end_opening(&mut self, id: EscalationId, to: impl FnOnce(Label, Duration) -> Hold) {
        self.change(id, |task| {
            if let Hold::Opening { agent, until } = &task.hold {
                task.hold = to(agent.clone(), *until);
            }
        });
    }

    /// The one way in which a task changes.
    fn change(&mut self, id: EscalationId, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.get_mut(&id) {
            self.index.remove(task);
            change(task);
            self.index.add(task);
        }
    }
}

#[cfg(test)]
mod tests;
