//! NATS JetStream between many processes: questions to owners over the core, streams for what waits.
//!
//! What goes to a partition's owner is asked and answered, and nothing of it is stored: acknowledged means "in the log".
//! It is sealed as a whole, the answer for its question alone.
//! Escalations, which are ids only, wait in a work queue; what upstream publishes waits in another; the public feed, heads
//! and refusals are kept in streams ([`topology`] has all of them).
//! **Invariant:** correctness rests on the log alone: a broker that loses its whole store costs time (bus, 1).
//! **Invariant:** a permit question is sent once for each call.

mod asking;
mod envelope;
mod finding;
mod headers;
mod healing;
mod hearing;
pub mod inspect;
mod intake;
mod link;
mod options;
mod owning;
mod partitions;
mod parts;
mod publishing;
mod pulling;
mod reading;
mod recalling;
pub mod topology;
mod verify;
mod working;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use contract::codec;
use contract::wire::{
    Command, CommandAnswer, Credit, EscalationNotice, FactMessage, Filed, OutcomeMessage, PermitAnswer,
    PermitQuestions, Receipt, TraceContext,
};
use domain::channel::Channel;
use domain::ids::EscalationId;
use runtime::Runtime;
use tokio::sync::watch;

pub use self::envelope::{Envelope, EnvelopeError};
pub use self::link::Figures;
pub use self::options::{Limits, Login, Options, Role, StreamBytes, Timeouts};

use self::asking::Question;
use self::intake::Intake;
use self::link::Link;
use self::partitions::Partitions;
use self::parts::{Most, parts};
use self::topology::Topic;
use self::working::Working;
use crate::lane::Lane;
use crate::{Bus, BusError, OwnerLanes};

/// Entries of one part of a message, whose answers have to fit into one as well.
const MAX_FACTS: usize = 1_000;
const MAX_OUTCOMES: usize = 1_000;
const MAX_QUESTIONS: usize = 250;

/// The carrier between processes.
pub struct NatsBus {
    link: Arc<Link>,
    partitions: Arc<Partitions>,
    intake: Intake,
    workers: Mutex<BTreeMap<Channel, watch::Sender<bool>>>,
    /// Ends the carrier's own tasks when it is dropped.
    _closing: watch::Sender<()>,
}

impl NatsBus {
    /// Connects, and fails if no server can be reached. Nothing is made or verified yet: see [`Self::ensure_topology`].
    pub async fn connect(
        options: &Options,
        runtime: Runtime,
        envelope: Arc<dyn Envelope>,
    ) -> Result<Self, BusError> {
        let link = Arc::new(Link::connect(options, runtime, envelope).await?);
        let partitions = Arc::new(Partitions::new());
        let (closing, closed) = watch::channel(());
        healing::start(&link, &partitions, &closed).await?;
        let intake = intake::intake(&link);
        Ok(Self { link, partitions, intake, workers: Mutex::default(), _closing: closing })
    }

    /// Makes the streams and consumers of the role where they are missing, and verifies them.
    ///
    /// Fails where one is not what this release relies on, naming stream, field, what it has to be and what it is.
    pub async fn ensure_topology(&self) -> Result<(), BusError> {
        self.link.ensure().await
    }

    /// Waits until what was sent has left this process: for its end, so that no answer is lost that was given.
    pub async fn flush(&self) -> Result<(), BusError> {
        self.link.flush().await
    }

    /// What has been counted.
    pub fn figures(&self) -> Figures {
        self.link.figures()
    }

    /// Whether the server is there now.
    pub fn is_connected(&self) -> bool {
        self.link.check_up("looked").is_ok()
    }

    /// The most bytes that an owner's answer may take up: its permits are cut to this before they are committed
    /// (permits, 8).
    pub fn answer_bytes(&self) -> usize {
        self.link.part_bytes()
    }

    async fn send(
        &self,
        what: &'static str,
        topic: Topic,
        partition: u16,
        facts: &[FactMessage],
    ) -> Result<Vec<Receipt>, BusError> {
        let most = self.most(self.link.limits.facts, MAX_FACTS);
        let parts = parts(what, facts, most, |fact| codec::encode_facts(std::slice::from_ref(fact)))?;
        let subject = self.link.topology.asked(topic, partition);
        let trace = facts.iter().find_map(|fact| fact.trace);
        self.partitions.settled(&self.link).await;
        let question = self.question(what, partition, &subject, trace);
        self.link.ask_in_parts(&question, parts, codec::decode_receipts).await
    }

    async fn ask_whole(
        &self,
        what: &'static str,
        topic: Topic,
        partition: u16,
        plain: &[u8],
    ) -> Result<Vec<u8>, BusError> {
        let subject = self.link.topology.asked(topic, partition);
        self.partitions.settled(&self.link).await;
        self.link.ask(&Question { plain, ..self.question(what, partition, &subject, None) }).await
    }

    fn question<'a>(
        &'a self,
        what: &'static str,
        partition: u16,
        subject: &'a str,
        trace: TraceContext,
    ) -> Question<'a> {
        let owner_of = Some((&*self.partitions, partition));
        Question { what, subject, plain: &[], trace, timeout: self.link.timeouts.owner, owner_of }
    }

    fn most(&self, message: usize, entries: usize) -> Most {
        Most { message, entries, bytes: self.link.part_bytes() }
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn send_facts(&self, partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError> {
        self.send("facts", Topic::Facts, partition, &facts).await
    }

    async fn send_stops(&self, partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError> {
        self.send("stops", Topic::Stops, partition, &facts).await
    }

    async fn command(&self, partition: u16, command: Command) -> Result<CommandAnswer, BusError> {
        let plain = codec::encode_command(&command);
        let answer = self.ask_whole("commands", Topic::Commands, partition, &plain).await?;
        codec::decode_command_answer(&answer)
            .map_err(|error| link::failed("read the answer to a command", error, false))
    }

    async fn emit(&self, channel: Channel, notices: Vec<EscalationNotice>) -> Result<(), BusError> {
        publishing::emit(&self.link, channel, &notices).await
    }

    async fn recall(&self, channel: Channel, escalations: Vec<EscalationId>) -> Result<(), BusError> {
        self.partitions.settled(&self.link).await;
        recalling::recall(&self.link, channel, &escalations).await
    }

    async fn ask(&self, questions: PermitQuestions) -> Result<Vec<PermitAnswer>, BusError> {
        let partition = questions.partition;
        let one = |question: &_| {
            codec::encode_questions(&PermitQuestions { partition, questions: vec![*question] })
        };
        let most = self.most(self.link.limits.questions, MAX_QUESTIONS);
        let parts = parts("permit questions", &questions.questions, most, one)?;
        self.partitions.settled(&self.link).await;
        let mut answers = Vec::new();
        for part in parts {
            answers.extend(self.link.ask_for_permits(&self.partitions, partition, &part).await?);
        }
        Ok(answers)
    }

    async fn report(&self, partition: u16, outcomes: Vec<OutcomeMessage>) -> Result<Vec<Filed>, BusError> {
        let most = self.most(self.link.limits.outcomes, MAX_OUTCOMES);
        let one = |outcome: &OutcomeMessage| codec::encode_outcomes(std::slice::from_ref(outcome));
        let parts = parts("outcomes", &outcomes, most, one)?;
        let subject = self.link.topology.asked(Topic::Outcomes, partition);
        let trace = outcomes.iter().find_map(|outcome| outcome.trace);
        self.partitions.settled(&self.link).await;
        let question = self.question("outcomes", partition, &subject, trace);
        self.link.ask_in_parts(&question, parts, codec::decode_filed).await
    }

    async fn grant(&self, partition: u16, credit: Credit) -> Result<(), BusError> {
        let plain = codec::encode_credit(&credit);
        self.ask_whole("credits", Topic::Credits, partition, &plain).await.map(drop)
    }

    fn own(&self, partition: u16, epoch: u64) -> OwnerLanes {
        owning::own(&self.link, &self.partitions, partition, epoch)
    }

    /// Earlier listeners of this process hear nothing more; other processes share the channel's escalations with it.
    fn work(&self, channel: Channel) -> Lane<Vec<EscalationNotice>, ()> {
        let (entry, lane) = working::lane(&self.link);
        let (stop, stopped) = watch::channel(false);
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = workers.insert(channel, stop);
        drop(workers);
        if let Some(earlier) = earlier {
            earlier.send_replace(true);
        }
        let working = Working::new(Arc::clone(&self.link), channel, stopped);
        self.link.runtime.tasks.spawn("bus.work", Box::pin(working.run(entry)));
        lane
    }

    fn recalls(&self, channel: Channel) -> Lane<Vec<EscalationId>, ()> {
        recalling::listen(&self.link, &self.partitions, channel)
    }
}

#[cfg(test)]
mod tests;
