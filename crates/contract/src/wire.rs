//! What goes over the bus, as values of the domain; [`codec`](crate::codec) turns batches of them into bytes and back.

use core::time::Duration;

use domain::channel::Channel;
use domain::event::Refusal;
use domain::fact::Fact;
use domain::ids::{ClaimId, EscalationId, InputId, RequestId, StreamId};
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
}

/// One attempt's outcome on its way to the log; its sender repeats it until the log has acknowledged it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutcomeMessage {
    /// The attempt.
    pub id: EscalationId,
    /// What became of it.
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
