//! What a decision answers: one of these, at one instant.

use crate::fact::Fact;
use crate::ids::{InputId, RequestId};
use crate::label::RuleName;
use crate::outcome::OutcomeReport;
use crate::time::Timestamp;

/// A worker's question whether an escalation may go out now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PermitRequest {
    /// Which of the debtor's escalations.
    pub number: u32,
    /// The worker task's random id for this question.
    pub request: RequestId,
}

/// One input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// Somebody states something, which happened at `occurred_at`.
    Fact {
        /// What is stated.
        fact: Fact,
        /// When it happened, by whoever states it.
        occurred_at: Timestamp,
    },
    /// An attempt's outcome is reported.
    Outcome(OutcomeReport),
    /// A worker asks for a permit.
    Permit(PermitRequest),
    /// A granted permit could not be rendered: it is refused for this reason instead (permits, 1).
    RenderRefused {
        /// The question that had been granted.
        request: PermitRequest,
        /// What rendering objected to.
        reason: RuleName,
    },
    /// The due instant has come.
    Due,
}

/// Kind of an input, as the envelope names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CauseKind {
    /// [`Input::Fact`].
    Fact,
    /// [`Input::Outcome`].
    Outcome,
    /// [`Input::Permit`].
    Permit,
    /// [`Input::RenderRefused`].
    RenderRefused,
    /// [`Input::Due`].
    Due,
    /// An operator's command to a whole partition.
    Operator,
}

/// Names the input that an event answers; the events of one input share it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cause {
    /// Which kind.
    pub kind: CauseKind,
    /// Its id: the upstream fact's key, the worker's request id, or drawn at random.
    pub id: InputId,
}

impl Input {
    /// Its kind.
    pub const fn kind(&self) -> CauseKind {
        match self {
            Self::Fact { .. } => CauseKind::Fact,
            Self::Outcome(_) => CauseKind::Outcome,
            Self::Permit(_) => CauseKind::Permit,
            Self::RenderRefused { .. } => CauseKind::RenderRefused,
            Self::Due => CauseKind::Due,
        }
    }
}
