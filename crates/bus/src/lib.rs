//! The bus: how facts, escalations, permits, outcomes and credits travel.
//!
//! One trait, and two carriers: channels within one process ([`in_process`]), NATS JetStream between many ([`nats`]).
//! What only goes between processes has traits of its own: the upstream intake ([`upstream`]), the public feed and the
//! heads of the log ([`feed`]).
//! **Invariant:** correctness never rests on a carrier's delivery guarantee, only on the log: every message may be lost,
//! repeated, delayed or reordered.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod feed;
pub mod in_process;
pub mod lane;
pub mod nats;
pub mod upstream;

use async_trait::async_trait;
use contract::wire::{
    Command, CommandAnswer, Credit, EscalationNotice, FactMessage, Filed, OutcomeMessage, PermitAnswer,
    PermitQuestions, Receipt,
};
use domain::channel::Channel;
use domain::ids::EscalationId;

use crate::lane::{Ending, Lane};

/// Why a message did not get through.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BusError {
    /// Nobody listens on that side (yet, or any more).
    #[error("nobody listens for {what}; start the role that does")]
    NobodyListens {
        /// For what.
        what: &'static str,
    },
    /// The listener went away before it answered: whether it acted is unknown.
    #[error("the listener for {what} went away before it answered; it is safe to send it again")]
    Unanswered {
        /// For what.
        what: &'static str,
    },
    /// The carrier failed in another way.
    #[error("the carrier failed while it {doing}: {detail}")]
    Carrier {
        /// What was being done.
        doing: &'static str,
        /// What the carrier says.
        detail: String,
        /// Whether trying again may help.
        transient: bool,
    },
    /// A stream or consumer of the broker is not what this release relies on.
    #[error(
        "{place} has {field} {found} instead of {wanted}; change it, or delete it and let it be made anew"
    )]
    Topology {
        /// Which.
        place: String,
        /// Which of its settings.
        field: &'static str,
        /// What it has to be.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// The message is larger than the carrier takes.
    #[error("a message of {size} {what} is larger than the limit of {limit}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// How many.
        size: usize,
        /// How many are allowed.
        limit: usize,
    },
}

impl BusError {
    /// Whether the same message may get through later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::NobodyListens { .. } | Self::Unanswered { .. } => true,
            Self::Carrier { transient, .. } => *transient,
            Self::Topology { .. } | Self::TooLarge { .. } => false,
        }
    }
}

/// The lanes that end at a partition's owner, in the order in which a batch takes them (inputs, 1).
pub struct OwnerLanes {
    /// What operators tell; answered once it is in the log.
    pub commands: Lane<Command, CommandAnswer>,
    /// Facts that may forbid a contact, ahead of all others; answered as those are.
    pub stops: Lane<Vec<FactMessage>, Vec<Receipt>>,
    /// Facts; answered once each is in the log, a duplicate, parked or refused.
    pub facts: Lane<Vec<FactMessage>, Vec<Receipt>>,
    /// Outcomes; answered once they are in the log, one answer for each, in order.
    pub outcomes: Lane<Vec<OutcomeMessage>, Vec<Filed>>,
    /// Permit questions; one answer for each, in order.
    pub permits: Lane<PermitQuestions, Vec<PermitAnswer>>,
    /// Credits of live workers.
    pub credits: Lane<Credit, ()>,
    /// Tells when the carrier has let go of the partition.
    pub ending: Ending,
}

impl OwnerLanes {
    /// Listens no more; resolves once every answer that was given has left this process, and nothing more is said here to
    /// whoever asks. Before that a partition is not given back: who owns it next would be asked beside this one.
    pub async fn close(self) {
        let Self { commands, stops, facts, outcomes, permits, credits, ending } = self;
        drop((commands, stops, facts, outcomes, permits, credits));
        ending.over().await;
    }
}

/// A carrier.
///
/// A message counts as work in flight until it is answered.
/// Whoever acts on an answer holds a guard of their own across the call, since the carrier's ends with the answer.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Sends facts to a partition's owner; resolves when each is acknowledged, in order.
    async fn send_facts(&self, partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError>;

    /// Sends facts that may forbid a contact: ahead of whatever waits in the lane of facts (inputs, 2).
    async fn send_stops(&self, partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError>;

    /// Tells a partition's owner what an operator wants; resolves when it is in the log.
    async fn command(&self, partition: u16, command: Command) -> Result<CommandAnswer, BusError>;

    /// Emits escalations to the workers of a channel. A hint: the permit decides.
    async fn emit(&self, channel: Channel, notices: Vec<EscalationNotice>) -> Result<(), BusError>;

    /// Tells everybody who listens for a channel's recalls, in every process, that these escalations are over. A hint: it
    /// succeeds whether anybody hears it or not, and the permit decides.
    async fn recall(&self, channel: Channel, escalations: Vec<EscalationId>) -> Result<(), BusError>;

    /// Asks a partition's owner for permits; one answer for each question, in order.
    async fn ask(&self, questions: PermitQuestions) -> Result<Vec<PermitAnswer>, BusError>;

    /// Reports outcomes; resolves when they are in the log, with one answer for each, in order.
    async fn report(&self, partition: u16, outcomes: Vec<OutcomeMessage>) -> Result<Vec<Filed>, BusError>;

    /// Tells a partition's owner what a worker can take.
    async fn grant(&self, partition: u16, credit: Credit) -> Result<(), BusError>;

    /// Becomes the listener of a partition under this epoch; listeners under an earlier one hear nothing more, or their
    /// answers count for nothing. Dropping the lanes ends it.
    fn own(&self, partition: u16, epoch: u64) -> OwnerLanes;

    /// Becomes the listener of this process for a channel's escalations; earlier ones of this process hear nothing more,
    /// those of other processes share them with it.
    fn work(&self, channel: Channel) -> Lane<Vec<EscalationNotice>, ()>;

    /// Hears of a channel's escalations that are over. Every listener hears all of them, and takes none from another.
    fn recalls(&self, channel: Channel) -> Lane<Vec<EscalationId>, ()>;
}
