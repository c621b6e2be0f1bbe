//! Where each task stands by its hold, so that no call looks at the whole list.
//!
//! **Invariant:** [`Index::add`] and [`Index::remove`] see every task in each of its states, so that a task stands in
//! exactly the sets of its hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::ids::EscalationId;
use domain::label::Label;
use domain::time::Timestamp;

use super::task::{Hold, Task, Urgency};

/// The sets.
#[derive(Default)]
pub(super) struct Index {
    /// Held by nobody, by urgency.
    pub(super) waiting: BTreeSet<Urgency>,
    /// Held by nobody, by when they lapse.
    pub(super) lapses: BTreeSet<(Timestamp, EscalationId)>,
    /// Taken or open, by when that ends.
    pub(super) ends: BTreeSet<(Duration, EscalationId)>,
    /// In the hands of each agent: taken, being opened, or open.
    pub(super) in_hands: BTreeMap<Label, u32>,
    /// Not ended in time, by arrival.
    pub(super) overdue: BTreeSet<(u64, EscalationId)>,
}

impl Index {
    /// Takes a task in as it is.
    pub(super) fn add(&mut self, task: &Task) {
        let id = task.notice.id;
        match &task.hold {
            Hold::Nobody => {
                self.waiting.insert(task.urgency());
                self.lapses.insert((task.notice.expires_at, id));
            }
            Hold::Taken { agent, until } | Hold::Open { agent, until } => {
                self.ends.insert((*until, id));
                self.count(agent);
            }
            Hold::Opening { agent, .. } => self.count(agent),
            Hold::Overdue { .. } => {
                self.overdue.insert((task.arrival, id));
            }
        }
    }

    /// Takes a task out as it is.
    pub(super) fn remove(&mut self, task: &Task) {
        let id = task.notice.id;
        match &task.hold {
            Hold::Nobody => {
                self.waiting.remove(&task.urgency());
                self.lapses.remove(&(task.notice.expires_at, id));
            }
            Hold::Taken { agent, until } | Hold::Open { agent, until } => {
                self.ends.remove(&(*until, id));
                self.discount(agent);
            }
            Hold::Opening { agent, .. } => self.discount(agent),
            Hold::Overdue { .. } => {
                self.overdue.remove(&(task.arrival, id));
            }
        }
    }

    fn count(&mut self, agent: &Label) {
        *self.in_hands.entry(agent.clone()).or_default() += 1;
    }

    fn discount(&mut self, agent: &Label) {
        if let Some(count) = self.in_hands.get_mut(agent) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.in_hands.remove(agent);
            }
        }
    }
}
