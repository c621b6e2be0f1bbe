//! What an agent is told when the desk can't do what was asked.

use domain::ids::EscalationId;
use domain::label::Label;

/// Why the desk did not do it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DeskError {
    /// A setting is empty that must not be.
    #[error("{setting} of the call desk is empty or 0; give at least one")]
    EmptySetting {
        /// Which.
        setting: &'static str,
    },
    /// The task is not on the list (any more).
    #[error("task {task} is not on the list: it is done, has lapsed, or was struck; take another")]
    UnknownTask {
        /// Which.
        task: EscalationId,
    },
    /// Somebody else holds it, or nobody does.
    #[error("task {task} is not held by {agent}; take it first")]
    NotHeld {
        /// Which.
        task: EscalationId,
        /// Who asked.
        agent: Label,
    },
    /// Its number was opened already.
    #[error("the number of task {task} is open already; end the call with a disposition")]
    AlreadyOpen {
        /// Which.
        task: EscalationId,
    },
    /// Its number was not opened yet.
    #[error(
        "the number of task {task} was not opened, so there is no call to note; open it, or give it back"
    )]
    NotOpen {
        /// Which.
        task: EscalationId,
    },
    /// The agent would hold too many.
    #[error("an agent holds at most {limit} tasks; end or give back some first")]
    TooManyHeld {
        /// How many are allowed.
        limit: u32,
    },
    /// The permit question had no answer in time.
    #[error("the partition's owner did not answer for task {task} in time; try again")]
    Unanswered {
        /// Which.
        task: EscalationId,
    },
    /// Contacts rest for a reason that is not the debtor's.
    #[error("nobody is called now ({reason}); task {task} stays yours, try again when calls go on")]
    NotNow {
        /// Which.
        task: EscalationId,
        /// Why, from a closed set.
        reason: Label,
    },
    /// What the agent noted can't be.
    #[error("the disposition of task {task} can't be: {problem}")]
    BadDisposition {
        /// Which.
        task: EscalationId,
        /// What is wrong and what would be right.
        problem: &'static str,
    },
}

impl DeskError {
    /// Whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unanswered { .. } | Self::NotNow { .. } | Self::TooManyHeld { .. } => true,
            Self::EmptySetting { .. }
            | Self::UnknownTask { .. }
            | Self::NotHeld { .. }
            | Self::AlreadyOpen { .. }
            | Self::NotOpen { .. }
            | Self::BadDisposition { .. } => false,
        }
    }
}
