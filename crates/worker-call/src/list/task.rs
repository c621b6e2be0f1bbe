//! A task, and in whose hands it is.

use std::cmp::Reverse;
use std::time::Duration;

use contract::wire::EscalationNotice;
use domain::ids::EscalationId;
use domain::label::Label;

use crate::view::TaskState;

/// One task.
pub(crate) struct Task {
    pub(crate) notice: EscalationNotice,
    pub(crate) hold: Hold,
    pub(super) arrival: u64,
}

/// The most urgent first, then the longest waiting.
pub(crate) type Urgency = (Reverse<i32>, u64, EscalationId);

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

impl Task {
    pub(crate) const fn urgency(&self) -> Urgency {
        (Reverse(self.notice.priority), self.arrival, self.notice.id)
    }
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
