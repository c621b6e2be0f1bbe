//! What goes over the bus, as values of the domain; [`codec`](crate::codec) turns batches of them into bytes and back.

use core::time::Duration;

use domain::channel::Channel;
use domain::event::Refusal;
use domain::fact::Fact;
use domain::ids::{
    ClaimId, EscalationId, InputId, PointId, Position, ProviderMessageId, RequestId, StreamId,
};
use domain::label::{Label, TenantId};
use domain::outcome::OutcomeReport;
use domain::time::Timestamp;

use crate::personal::{Message, Personal};

/// W3C trace context: trace id, parent id, flags.
pub type TraceContext = Option<([u8; 16], [u8; 8], u8)>;

/// To which debtor a fact goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Addressee {
    /// This one.
    Debtor(StreamId),
    /// Whoever has this claim (inputs, 5).
    OwnerOf(ClaimId),
    /// Everybody of the tenant's who uses this contact point: for what comes in from there (inputs, 6).
    UsersOf(PointId),
}

/// A fact on its way to the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactMessage {
    /// The tenant.
    pub tenant: TenantId,
    /// Whom it concerns.
    pub addressee: Addressee,
    /// Keyed digest of tenant, source and the source's id: what it is recognised by (inputs, 4).
    pub key: InputId,
    /// Keyed digest of its content: the same key with other content is refused.
    pub content: [u8; 16],
    /// When it happened, by whoever states it.
    pub occurred_at: Timestamp,
    /// Its open part.
    pub fact: Fact,
    /// Its personal part.
    pub personal: Option<Personal>,
    /// Where it came from.
    pub trace: TraceContext,
}

/// What became of a fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Receipt {
    /// It is in the log.
    Recorded,
    /// It was in the log before; nothing changed.
    Duplicate,
    /// It waits for its claim, visibly (P13).
    Parked,
    /// It is refused and changed nothing.
    Refused {
        /// Why, from a closed set.
        reason: Label,
        /// What was wrong and what would be right, without a personal value.
        detail: String,
    },
}

/// An escalation as the bus carries it: ids only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EscalationNotice {
    /// Its id.
    pub id: EscalationId,
    /// The tenant.
    pub tenant: TenantId,
    /// The channel.
    pub channel: Channel,
    /// The partition whose owner grants the permit.
    pub partition: u16,
    /// Which emission of it this is, from 1.
    pub emission: u32,
    /// Higher goes first.
    pub priority: i32,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// Where it came from.
    pub trace: TraceContext,
}

/// A worker's questions to one partition's owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PermitQuestions {
    /// The partition.
    pub partition: u16,
    /// One question for each escalation, with its random id.
    pub questions: Vec<(EscalationId, RequestId)>,
}

/// The answer to one question.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "the large one is the common one, and each lives for one hop")]
pub enum PermitAnswer {
    /// Go: submit this within `start_within` of when the question was first sent, or not at all.
    Granted {
        /// The number, address or handle.
        address: String,
        /// The words.
        message: Message,
        /// How long after the first asking the first byte may leave.
        start_within: Duration,
    },
    /// Don't.
    Refused(Refusal),
    /// Nothing is decided: ask again with the same id (the batch was full, or facts are behind).
    AskAgain {
        /// Why, from a closed set.
        reason: Label,
    },
    /// Nothing is decided, and asking again soon is of no use (contacts are paused): forget it, it is emitted again.
    NotNow {
        /// Why, from a closed set.
        reason: Label,
    },
}

/// Which attempt a report is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum About {
    /// This one.
    Attempt(EscalationId),
    /// Whichever the provider calls so. Its partition is not known: each one is asked, and one where nobody knows the
    /// message lets the report wait for the outcome that names it.
    Message(ProviderMessageId),
}

impl About {
    /// The attempt, where it is known.
    pub const fn attempt(&self) -> Option<EscalationId> {
        match self {
            Self::Attempt(id) => Some(*id),
            Self::Message(_) => None,
        }
    }

    /// The debtor's stream, where it is known.
    pub const fn stream(&self) -> Option<StreamId> {
        match self {
            Self::Attempt(id) => Some(id.stream),
            Self::Message(_) => None,
        }
    }
}

/// One attempt's outcome on its way to the log; its sender repeats it until the log has acknowledged it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutcomeMessage {
    /// Which attempt.
    pub about: About,
    /// The tenant for which whoever reports may speak, or any: another tenant's attempt is unknown to them.
    pub tenant: Option<TenantId>,
    /// What became of it; its number is the attempt's, or 0 where only the provider's name for the message is known.
    pub report: OutcomeReport,
    /// What the provider said, or an agent noted.
    pub personal: Option<Personal>,
    /// Where it came from.
    pub trace: TraceContext,
}

/// What a live worker can take: absolute, with an expiry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credit {
    /// The worker, by a random id.
    pub worker: [u8; 16],
    /// For which tenant.
    pub tenant: TenantId,
    /// On which channel.
    pub channel: Channel,
    /// How many escalations it can hold at once, those that it holds included.
    pub amount: u32,
    /// How long the figure counts.
    pub expires_in: Duration,
    /// Positive evidence of an outage at the provider, if there is any.
    pub outage: bool,
}

/// What waits beside the log until somebody makes it count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WaitingInput {
    /// A fact: for its claim, for somebody who uses its contact point, or for an operator.
    Fact(FactMessage),
    /// A report about a message that nobody knows yet.
    Report(OutcomeMessage),
}

/// What became of a report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Filed {
    /// It is in the log.
    Recorded,
    /// It tells nothing new; nothing changed.
    NothingNew,
    /// Nobody knows its message yet: it waits for the outcome that names it.
    Waits,
    /// There is no such attempt.
    Unknown,
}

/// Which contacts a pause covers: those of a tenant, over a channel, both, or all.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Reach {
    /// The tenant, or all.
    pub tenant: Option<TenantId>,
    /// The channel, or all.
    pub channel: Option<Channel>,
}

impl Reach {
    /// Whether contacts of this tenant over this channel are among them.
    pub fn covers(&self, tenant: &TenantId, channel: Channel) -> bool {
        self.tenant.as_ref().is_none_or(|ours| ours == tenant)
            && self.channel.is_none_or(|ours| ours == channel)
    }
}

/// What an operator tells a partition's owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// Who gives it.
    pub actor: Label,
    /// What is to be done.
    pub order: Order,
}

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Contacts stop: from its acknowledgement on no permit is given for them.
    Pause {
        /// Which.
        reach: Reach,
        /// Why.
        reason: Label,
    },
    /// Contacts go on.
    Resume {
        /// The reach of a pause that is in force.
        reach: Reach,
    },
    /// An input that waits or could not be processed is tried again.
    Retry(InputId),
    /// An input that waits or could not be processed is given up.
    Drop {
        /// Which.
        input: InputId,
        /// Why.
        reason: Label,
    },
}

/// The answer to a command, after its commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommandAnswer {
    /// It is in the log.
    Done,
    /// It was so already.
    NothingToDo,
    /// There is no such input in this partition.
    UnknownInput,
    /// The input was tried again.
    Tried(Receipt),
}

/// Where a partition's log ends, as its owner last said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublishedHead {
    /// The partition.
    pub partition: u16,
    /// The log's history.
    pub history: [u8; 16],
    /// Its last position; 0 where it is empty.
    pub position: Position,
    /// The chain hash there.
    pub chain: [u8; 32],
}

/// Who owns a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ownership {
    /// The partition.
    pub partition: u16,
    /// The owner's epoch.
    pub epoch: u64,
}

/// A claim event that will never be right; its body lies sealed in the database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusedClaim {
    /// The tenant, where the subject named one.
    pub tenant: Option<TenantId>,
    /// Why, from a closed set.
    pub reason: Label,
    /// What was wrong and what would be right, without a personal value.
    pub detail: String,
    /// Under which number its body lies.
    pub reference: [u8; 16],
}
