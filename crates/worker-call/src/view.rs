//! What agents and programs see of the list. Personal values stand only in [`CallView`], which an opened call gives.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use domain::ids::EscalationId;
use domain::label::{Label, TenantId};
use serde::{Deserialize, Serialize};

use crate::list::Task;

/// How far a task has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Nobody holds it.
    Waiting,
    /// An agent holds it and has not opened the number.
    Taken,
    /// An agent has the number open under a permit.
    Open,
    /// Its call was not ended in time; a disposition is still taken, and corrects the record.
    Overdue,
}

/// Which tasks to list.
#[derive(Clone, Default, Debug)]
pub struct Filter {
    /// Of these tenants only.
    pub tenants: Option<BTreeSet<TenantId>>,
    /// In this state only.
    pub state: Option<TaskState>,
    /// Held by this agent only.
    pub agent: Option<Label>,
    /// At most this many; at most 1,000 when left out.
    pub limit: Option<usize>,
}

/// A task on the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TaskView {
    /// Its id, as [`EscalationId`] is written.
    pub task: String,
    /// For whom the call is made.
    pub tenant: String,
    /// Higher goes first.
    pub priority: i32,
    /// How far it has come.
    pub state: TaskState,
    /// Who holds it.
    pub agent: Option<String>,
    /// How much longer they may, in milliseconds of real time.
    pub left_ms: Option<u64>,
    /// When it lapses if nobody opens it, RFC 3339.
    pub expires_at: String,
}

/// A task that an agent has taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeaseView {
    /// Its id, as [`EscalationId`] is written.
    pub task: String,
    /// For whom the call is made.
    pub tenant: String,
    /// Higher goes first.
    pub priority: i32,
    /// How long it is held, in milliseconds of real time.
    pub left_ms: u64,
}

/// An opened call: the number and all that the agent must have at hand (R40).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallView {
    /// Its id, as [`EscalationId`] is written.
    pub task: String,
    /// When it was opened, RFC 3339, by the clock that Mahnwerk goes by.
    pub opened_at: String,
    /// The number to dial.
    pub number: String,
    /// What to say.
    pub script: String,
    /// What to know before dialling, line by line.
    pub dossier: Vec<String>,
    /// In which language to speak, ISO 639-1.
    pub language: String,
    /// On whose behalf, as people know it.
    pub on_behalf_of: String,
    /// How long the call may take, in milliseconds of real time.
    pub left_ms: u64,
}

impl fmt::Debug for CallView {
    /// Without what is personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallView")
            .field("task", &self.task)
            .field("left_ms", &self.left_ms)
            .finish_non_exhaustive()
    }
}

impl Filter {
    pub(crate) fn takes(&self, task: &Task) -> bool {
        let tenant = self.tenants.as_ref().is_none_or(|tenants| tenants.contains(&task.notice.tenant));
        let state = self.state.is_none_or(|state| state == task.hold.state());
        let agent = self.agent.as_ref().is_none_or(|agent| task.hold.agent() == Some(agent));
        tenant && state && agent
    }
}

impl TaskView {
    pub(crate) fn of(task: &Task, now: Duration) -> Self {
        Self {
            task: task.notice.id.to_string(),
            tenant: task.notice.tenant.to_string(),
            priority: task.notice.priority,
            state: task.hold.state(),
            agent: task.hold.agent().map(Label::to_string),
            left_ms: task.hold.until().map(|until| millis(until.saturating_sub(now))),
            expires_at: task.notice.expires_at.to_string(),
        }
    }

    /// The task's id.
    pub fn id(&self) -> Option<EscalationId> {
        EscalationId::parse(&self.task)
    }
}

impl LeaseView {
    pub(crate) fn of(task: &Task, lease: Duration) -> Self {
        Self {
            task: task.notice.id.to_string(),
            tenant: task.notice.tenant.to_string(),
            priority: task.notice.priority,
            left_ms: millis(lease),
        }
    }

    /// The task's id.
    pub fn id(&self) -> Option<EscalationId> {
        EscalationId::parse(&self.task)
    }
}

pub(crate) fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
