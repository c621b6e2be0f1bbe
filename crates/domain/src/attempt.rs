//! Escalations of one debtor and what became of them.

use crate::channel::Channel;
use crate::event::Leg;
use crate::ids::{PointId, Position, RequestId};
use crate::label::{CreditorId, Language, StepId, TemplateId};
use crate::outcome::Outcome;
use crate::time::Timestamp;

/// Most attempts and contacts remembered for one debtor; a cap may count at most this many.
pub const MAX_HISTORY: usize = 64;

/// How far an escalation has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AttemptState {
    /// Emitted; nobody has asked a permit yet.
    Emitted {
        /// When it lapses.
        expires_at: Timestamp,
    },
    /// A permit is out; its commit was the start of the delivery.
    Started {
        /// When.
        at: Timestamp,
        /// To whose question.
        request: RequestId,
        /// When the outcome is taken to be unknown.
        outcome_by: Timestamp,
        /// The event with the rendered message.
        recorded_at: Position,
    },
    /// An outcome is known, or was taken to be unknown; a later one may amend it.
    Done {
        /// When the delivery started.
        at: Timestamp,
        /// To whose question the permit was given.
        request: RequestId,
        /// The best that is known.
        outcome: Outcome,
        /// The event with the rendered message.
        recorded_at: Position,
    },
    /// It ended without a permit: withdrawn, lapsed or refused.
    Ended,
}

/// One escalation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// Which of the debtor's escalations, from 1.
    pub number: u32,
    /// On whose behalf.
    pub creditor: CreditorId,
    /// Over which channel.
    pub channel: Channel,
    /// At which contact point.
    pub point: PointId,
    /// The leading step, by name.
    pub step: StepId,
    /// The words, by name.
    pub template: TemplateId,
    /// In which language.
    pub language: Language,
    /// The claims and steps, the leading one first.
    pub legs: Vec<Leg>,
    /// The level that each leg's claim had before, to restore when the contact is given back.
    pub levels_before: Vec<Option<u16>>,
    /// Higher goes first when capacity is short.
    pub priority: i32,
    /// When it was decided.
    pub emitted_at: Timestamp,
    /// How far it has come.
    pub state: AttemptState,
}

impl Attempt {
    /// When the delivery started, if the contact counts for the caps.
    pub const fn counted_at(&self) -> Option<Timestamp> {
        match &self.state {
            AttemptState::Started { at, .. } => Some(*at),
            AttemptState::Done { at, outcome, .. } if !outcome.gives_back() => Some(*at),
            AttemptState::Done { .. } | AttemptState::Emitted { .. } | AttemptState::Ended => None,
        }
    }

    /// Whether it is emitted or under a permit: the debtor has at most one such.
    pub const fn is_open(&self) -> bool {
        match &self.state {
            AttemptState::Emitted { .. } | AttemptState::Started { .. } => true,
            AttemptState::Done { .. } | AttemptState::Ended => false,
        }
    }
}

/// A contact that no permit stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutsideContact {
    /// Over which channel.
    pub channel: Channel,
    /// When.
    pub at: Timestamp,
}
