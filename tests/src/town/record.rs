//! What was seen from outside: what left, what was answered, what was acknowledged and when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::personal::Message;
use contract::wire::{FactMessage, Receipt};
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::outcome::Disposition;
use domain::time::Timestamp;

/// The first byte of a message that left, or a number that was shown to an agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submission {
    /// Which attempt.
    pub attempt: EscalationId,
    /// Over which channel.
    pub channel: Channel,
    /// When.
    pub at: Timestamp,
    /// To where.
    pub address: String,
    /// In which words; of a call only the script.
    pub message: Message,
    /// Whether the provider kept it; one that it put off or never answered for is no contact that we can be sure of.
    pub kept: bool,
}

/// A fact that was acknowledged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Acknowledged {
    /// The fact.
    pub fact: FactMessage,
    /// When it was first sent.
    pub sent_at: Timestamp,
    /// When the acknowledgement came.
    pub at: Timestamp,
    /// Which one.
    pub receipt: Receipt,
}

/// A disposition that was acknowledged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Noted {
    /// Of which call.
    pub attempt: EscalationId,
    /// What the agent noted.
    pub disposition: Disposition,
    /// When the acknowledgement came.
    pub at: Timestamp,
}

/// Everything that was seen, in the order in which it was.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// What left.
    pub submissions: Vec<Submission>,
    /// What was acknowledged to upstream systems.
    pub acknowledged: Vec<Acknowledged>,
    /// What was acknowledged to agents.
    pub noted: Vec<Noted>,
    /// Facts that were sent and have no acknowledgement yet.
    pub unanswered: usize,
    /// Submissions that have left and whose reply has not come.
    pub under_way: usize,
    /// Submissions that could not begin in time.
    pub too_late: usize,
}

/// The record, shared by all who write into it.
#[derive(Clone, Default)]
pub struct Record {
    seen: Arc<Mutex<Seen>>,
}

impl Record {
    /// Looks at it or adds to it.
    pub fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A submission has left: its place in the record.
    pub fn left(&self, submission: Submission) -> usize {
        let mut seen = self.lock();
        seen.submissions.push(submission);
        seen.submissions.len() - 1
    }

    /// The provider put a submission off: it is no contact.
    pub fn put_off(&self, place: usize) {
        if let Some(submission) = self.lock().submissions.get_mut(place) {
            submission.kept = false;
        }
    }
}
