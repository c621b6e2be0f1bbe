//! The list itself: which task is in whose hands, and until when. Pure: instants are arguments.
//!
//! **Invariant:** a task has one holder at most; it is in `waiting` exactly while it has none.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use contract::wire::EscalationNotice;
use domain::ids::EscalationId;
use domain::label::Label;
use domain::time::Timestamp;

use crate::error::DeskError;
use crate::view::TaskState;

/// Most overdue calls kept, for dispositions that come late.
const MAX_OVERDUE: usize = 10_000;
/// Most agents on shift at once.
const MAX_SHIFTS: usize = 10_000;

/// One task.
pub(crate) struct Task {
    pub(crate) notice: EscalationNotice,
    pub(crate) hold: Hold,
    arrival: u64,
}

/// Who holds it, and until when on the monotonic clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Hold {
    Nobody,
    /// Taken, the number not opened.
    Taken {
        agent: Label,
        until: Duration,
    },
    /// The permit is being asked; that ends by itself.
    Opening {
        agent: Label,
        until: Duration,
    },
    /// The number is shown.
    Open {
        agent: Label,
        until: Duration,
    },
    /// Not ended in time.
    Overdue {
        agent: Label,
    },
}

/// All tasks, and the agents on shift.
pub(crate) struct List {
    tasks: BTreeMap<EscalationId, Task>,
    waiting: BTreeSet<(Reverse<i32>, u64, EscalationId)>,
    shifts: BTreeMap<Label, Duration>,
    arrivals: u64,
    capacity: usize,
}

impl Hold {
    pub(crate) const fn agent(&self) -> Option<&Label> {
        match self {
            Self::Nobody => None,
            Self::Taken { agent, .. }
            | Self::Opening { agent, .. }
            | Self::Open { agent, .. }
            | Self::Overdue { agent } => Some(agent),
        }
    }

    pub(crate) const fn until(&self) -> Option<Duration> {
        match self {
            Self::Taken { until, .. } | Self::Opening { until, .. } | Self::Open { until, .. } => {
                Some(*until)
            }
            Self::Nobody | Self::Overdue { .. } => None,
        }
    }

    pub(crate) const fn state(&self) -> TaskState {
        match self {
            Self::Nobody => TaskState::Waiting,
            Self::Taken { .. } | Self::Opening { .. } => TaskState::Taken,
            Self::Open { .. } => TaskState::Open,
            Self::Overdue { .. } => TaskState::Overdue,
        }
    }
}

impl List {
    /// Empty, with room for this many.
    pub(crate) const fn new(capacity: usize) -> Self {
        Self {
            tasks: BTreeMap::new(),
            waiting: BTreeSet::new(),
            shifts: BTreeMap::new(),
            arrivals: 0,
            capacity,
        }
    }

    /// Takes a notice in, or news of one that is known. The least urgent that waits makes room.
    pub(crate) fn push(&mut self, notice: EscalationNotice) {
        let id = notice.id;
        if let Some(task) = self.tasks.get_mut(&id) {
            let was_waiting = self.waiting.remove(&key(task));
            task.notice = notice;
            if was_waiting {
                self.waiting.insert(key(task));
            }
            return;
        }
        let task = Task { notice, hold: Hold::Nobody, arrival: self.arrivals };
        self.arrivals += 1;
        self.waiting.insert(key(&task));
        self.tasks.insert(id, task);
        if self.tasks.len() > self.capacity
            && let Some((_, _, least_urgent)) = self.waiting.pop_last()
        {
            self.tasks.remove(&least_urgent);
        }
    }

    /// All tasks, by id.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values()
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Drops what has lapsed while nobody held it. `now` is the partition's time.
    pub(crate) fn drop_lapsed(&mut self, now: Timestamp) {
        let Self { tasks, waiting, .. } = self;
        waiting.retain(|(_, _, id)| {
            let lapsed = tasks.get(id).is_none_or(|task| task.notice.expires_at <= now);
            if lapsed {
                tasks.remove(id);
            }
            !lapsed
        });
    }

    /// Ends what is over by the monotonic clock: leases, open calls, shifts.
    pub(crate) fn expire(&mut self, now: Duration) {
        self.shifts.retain(|_, until| *until > now);
        let over = |task: &&mut Task| task.hold.until().is_some_and(|until| until <= now);
        for task in self.tasks.values_mut().filter(over) {
            match &task.hold {
                Hold::Taken { .. } => {
                    task.hold = Hold::Nobody;
                    self.waiting.insert(key(task));
                }
                Hold::Open { agent, .. } => task.hold = Hold::Overdue { agent: agent.clone() },
                // The asking ends within its own time; the others have no end.
                Hold::Opening { .. } | Hold::Nobody | Hold::Overdue { .. } => {}
            }
        }
        self.forget_oldest_overdue();
    }

    /// When the next of them is over.
    pub(crate) fn next_end(&self) -> Option<Duration> {
        let holds = self.tasks.values().filter_map(|task| match &task.hold {
            Hold::Taken { until, .. } | Hold::Open { until, .. } => Some(*until),
            Hold::Nobody | Hold::Opening { .. } | Hold::Overdue { .. } => None,
        });
        holds.chain(self.shifts.values().copied()).min()
    }

    /// Leases the most urgent tasks to an agent: at most so many.
    pub(crate) fn take(
        &mut self,
        agent: &Label,
        count: u32,
        limit: u32,
        until: Duration,
    ) -> Result<Vec<EscalationId>, DeskError> {
        let held = self
            .tasks
            .values()
            .filter(|task| task.hold.until().is_some() && task.hold.agent() == Some(agent));
        let room = limit.saturating_sub(u32::try_from(held.count()).unwrap_or(u32::MAX));
        if room == 0 && count > 0 {
            return Err(DeskError::TooManyHeld { limit });
        }
        let mut taken = Vec::new();
        for _ in 0..count.min(room) {
            let Some((_, _, id)) = self.waiting.pop_first() else { break };
            if let Some(task) = self.tasks.get_mut(&id) {
                task.hold = Hold::Taken { agent: agent.clone(), until };
                taken.push(id);
            }
        }
        Ok(taken)
    }

    /// A task.
    pub(crate) fn get(&self, id: &EscalationId) -> Option<&Task> {
        self.tasks.get(id)
    }

    /// Gives a taken task back.
    pub(crate) fn give_back(&mut self, agent: &Label, id: EscalationId) -> Result<(), DeskError> {
        match &self.held(agent, id)?.hold {
            Hold::Taken { .. } => self.put_back(id),
            Hold::Opening { .. } | Hold::Open { .. } | Hold::Overdue { .. } | Hold::Nobody => {
                return Err(DeskError::AlreadyOpen { task: id });
            }
        }
        Ok(())
    }

    /// A permit is about to be asked; to which partition's owner.
    pub(crate) fn begin_opening(&mut self, agent: &Label, id: EscalationId) -> Result<u16, DeskError> {
        let task = self.held(agent, id)?;
        match &task.hold {
            Hold::Taken { agent, until } => {
                task.hold = Hold::Opening { agent: agent.clone(), until: *until };
                Ok(task.notice.partition)
            }
            Hold::Opening { .. } | Hold::Open { .. } | Hold::Overdue { .. } | Hold::Nobody => {
                Err(DeskError::AlreadyOpen { task: id })
            }
        }
    }

    /// The permit is there.
    pub(crate) fn opened(&mut self, id: EscalationId, until: Duration) {
        self.change(id, |agent, _| Hold::Open { agent, until });
    }

    /// The permit question had no answer: the agent holds the task as before.
    pub(crate) fn not_opened(&mut self, id: EscalationId) {
        self.change(id, |agent, until| Hold::Taken { agent, until });
    }

    fn change(&mut self, id: EscalationId, to: impl FnOnce(Label, Duration) -> Hold) {
        if let Some(task) = self.tasks.get_mut(&id)
            && let Hold::Opening { agent, until } = &task.hold
        {
            task.hold = to(agent.clone(), *until);
        }
    }

    /// Takes a task off the list: refused, or at its end.
    pub(crate) fn strike(&mut self, id: &EscalationId) -> Option<Task> {
        let task = self.tasks.remove(id)?;
        self.waiting.remove(&key(&task));
        Some(task)
    }

    /// Whether this agent may note how the call ended.
    pub(crate) fn check_open(&mut self, agent: &Label, id: EscalationId) -> Result<(), DeskError> {
        match &self.held(agent, id)?.hold {
            Hold::Open { .. } | Hold::Overdue { .. } => Ok(()),
            Hold::Taken { .. } | Hold::Opening { .. } | Hold::Nobody => Err(DeskError::NotOpen { task: id }),
        }
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
        let in_hands = self.tasks.values().any(|task| task.hold.until().is_some());
        in_hands || (!self.shifts.is_empty() && !self.waiting.is_empty())
    }

    fn held(&mut self, agent: &Label, id: EscalationId) -> Result<&mut Task, DeskError> {
        let task = self.tasks.get_mut(&id).ok_or(DeskError::UnknownTask { task: id })?;
        if task.hold.agent() == Some(agent) {
            Ok(task)
        } else {
            Err(DeskError::NotHeld { task: id, agent: agent.clone() })
        }
    }

    fn put_back(&mut self, id: EscalationId) {
        if let Some(task) = self.tasks.get_mut(&id) {
            task.hold = Hold::Nobody;
            self.waiting.insert(key(task));
        }
    }

    fn forget_oldest_overdue(&mut self) {
        let overdue = self.tasks.values().filter(|task| task.hold.state() == TaskState::Overdue);
        let mut overdue: Vec<(u64, EscalationId)> =
            overdue.map(|task| (task.arrival, task.notice.id)).collect();
        overdue.sort_unstable();
        let too_many = overdue.len().saturating_sub(MAX_OVERDUE);
        overdue.iter().take(too_many).for_each(|(_, id)| {
            self.tasks.remove(id);
        });
    }
}

/// The most urgent first, then the longest waiting.
pub(crate) const fn key(task: &Task) -> (Reverse<i32>, u64, EscalationId) {
    (Reverse(task.notice.priority), task.arrival, task.notice.id)
}

#[cfg(test)]
mod tests;
