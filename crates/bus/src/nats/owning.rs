//! A partition's owner: it listens on its subjects, then says under which epoch; who held the partition before hears
//! nothing more.
//!
//! An answer follows a commit or a check of the epoch (takeover, 3), so that it is true whoever is the owner by the time
//! it arrives: epochs steer questions to whom can answer them, and are no proof.

use std::sync::Arc;

use async_nats::{Message, Subscriber};
use contract::codec;
use contract::wire::{
    Command, CommandAnswer, Credit, FactMessage, Filed, OutcomeMessage, Ownership, PermitAnswer,
    PermitQuestions, Receipt,
};
use futures_util::StreamExt;
use futures_util::future::join_all;
use runtime::BoxFuture;
use runtime::stop::told;
use tokio::sync::{mpsc, oneshot};

use super::envelope;
use super::headers::{self, Standing};
use super::hearing::{Codec, Hearing};
use super::link::Link;
use super::partitions::{Hold, Partitions, Settling};
use super::topology::Topic;
use crate::OwnerLanes;
use crate::lane::{Delivery, Ending};

type Entry<T, R> = mpsc::Sender<Delivery<T, R>>;

/// Where the lanes begin.
struct Entries {
    commands: Entry<Command, CommandAnswer>,
    stops: Entry<Vec<FactMessage>, Vec<Receipt>>,
    facts: Entry<Vec<FactMessage>, Vec<Receipt>>,
    outcomes: Entry<Vec<OutcomeMessage>, Vec<Filed>>,
    permits: Entry<PermitQuestions, Vec<PermitAnswer>>,
    credits: Entry<Credit, ()>,
}

struct Owner {
    link: Arc<Link>,
    partitions: Arc<Partitions>,
    hold: Hold,
    /// Dropped when nothing more is said here.
    under_way: oneshot::Sender<()>,
}

const FACTS: Codec<Vec<FactMessage>, Vec<Receipt>> =
    Codec { decode: codec::decode_facts, encode: |receipts| codec::encode_receipts(receipts) };
const COMMANDS: Codec<Command, CommandAnswer> =
    Codec { decode: codec::decode_command, encode: codec::encode_command_answer };
const OUTCOMES: Codec<Vec<OutcomeMessage>, Vec<Filed>> =
    Codec { decode: codec::decode_outcomes, encode: |filed| codec::encode_filed(filed) };
const PERMITS: Codec<PermitQuestions, Vec<PermitAnswer>> =
    Codec { decode: codec::decode_questions, encode: |answers| codec::encode_answers(answers) };
const CREDITS: Codec<Credit, ()> = Codec { decode: codec::decode_credit, encode: |()| Vec::new() };

/// Becomes the owner. A task makes the subscriptions; whoever asks in this process waits until they are made.
pub(super) fn own(link: &Arc<Link>, partitions: &Arc<Partitions>, partition: u16, epoch: u64) -> OwnerLanes {
    let most = link.limits.lane.max(1);
    let (commands, commands_lane) = mpsc::channel(most);
    let (stops, stops_lane) = mpsc::channel(most);
    let (facts, facts_lane) = mpsc::channel(most);
    let (outcomes, outcomes_lane) = mpsc::channel(most);
    let (permits, permits_lane) = mpsc::channel(most);
    let (credits, credits_lane) = mpsc::channel(most);
    let entries = Entries { commands, stops, facts, outcomes, permits, credits };
    let hold = partitions.hold(partition, epoch);
    let (under_way, ending) = Ending::pending();
    let owner = Owner { link: Arc::clone(link), partitions: Arc::clone(partitions), hold, under_way };
    link.runtime.tasks.spawn("bus.owner", Box::pin(owner.run(entries, partitions.settle())));
    OwnerLanes {
        commands: commands_lane,
        stops: stops_lane,
        facts: facts_lane,
        outcomes: outcomes_lane,
        permits: permits_lane,
        credits: credits_lane,
        ending,
    }
}

/// Tells every process who owns a partition.
pub(super) async fn announce(link: &Link, partition: u16, epoch: u64) {
    let subject = link.topology.epochs(partition);
    let plain = codec::encode_ownership(&Ownership { partition, epoch });
    let Ok(sealed) = link.seal(&envelope::announcement(&subject), &plain) else {
        tracing::error!(partition, "an owner can't be announced: the keys are damaged or lacking");
        return;
    };
    let told = link.timely("announced an owner", link.client.publish(subject, sealed.into())).await;
    if !matches!(told, Ok(Ok(()))) {
        tracing::warn!(partition, "an owner could not be announced; whoever asks finds it by asking");
    }
}

impl Owner {
    async fn run(self, entries: Entries, settling: Settling) {
        let (partition, epoch) = (self.hold.partition, self.hold.epoch);
        let listeners = self.listeners(entries).await;
        announce(&self.link, partition, epoch).await;
        drop(settling);
        match listeners {
            Some(listeners) => drop(join_all(listeners).await),
            None => tracing::error!(partition, "the broker's client has ended; the partition hears nothing"),
        }
        self.partitions.let_go(&self.hold);
        // Answers wait in the client's queue until they are written.
        if let Err(error) = self.link.flush().await {
            tracing::warn!(%error, partition, "the last answers may be lost; their questions are asked again");
        }
        drop(self.under_way);
    }

    async fn listeners(&self, entries: Entries) -> Option<Vec<BoxFuture<'static, ()>>> {
        let at = |topic| self.link.topology.asked(topic, self.hold.partition);
        Some(vec![
            Box::pin(self.hear(at(Topic::Commands), entries.commands, COMMANDS).await?.run()),
            Box::pin(self.hear(at(Topic::Stops), entries.stops, FACTS).await?.run()),
            Box::pin(self.hear(at(Topic::Facts), entries.facts, FACTS).await?.run()),
            Box::pin(self.hear(at(Topic::Outcomes), entries.outcomes, OUTCOMES).await?.run()),
            Box::pin(self.hear(at(Topic::Credits), entries.credits, CREDITS).await?.run()),
            self.hear_permits(entries.permits).await?,
        ])
    }

    async fn hear<T, R>(
        &self,
        subject: String,
        entry: Entry<T, R>,
        codec: Codec<T, R>,
    ) -> Option<Hearing<T, R>> {
        let subscriber = self.link.client.subscribe(subject.clone()).await.ok()?;
        Some(Hearing {
            link: Arc::clone(&self.link),
            subject,
            subscriber,
            entry,
            codec,
            stop: self.hold.stop.clone(),
            alone: false,
        })
    }

    /// Permits are asked for under the epoch, and so nobody else hears those questions; while they are heard, the owner
    /// says so to whoever does not know its epoch.
    async fn hear_permits(
        &self,
        entry: Entry<PermitQuestions, Vec<PermitAnswer>>,
    ) -> Option<BoxFuture<'static, ()>> {
        let (partition, epoch) = (self.hold.partition, self.hold.epoch);
        let subject = self.link.topology.permits(partition, epoch);
        let permits = Hearing { alone: true, ..self.hear(subject, entry, PERMITS).await? };
        let owners = self.link.client.subscribe(self.link.topology.owners(partition)).await.ok()?;
        let name = Naming { link: Arc::clone(&self.link), ownership: Ownership { partition, epoch } };
        let (partitions, hold) = (Arc::clone(&self.partitions), self.hold.clone());
        let mut stop = self.hold.stop.clone();
        let listening = async move {
            let permits = permits.listen().await;
            // From here on the epoch is nobody's: who tidies up must not be named, nor speak for it.
            partitions.let_go(&hold);
            permits
        };
        let naming = async move {
            tokio::select! {
                biased;
                () = told(&mut stop) => {}
                () = name.answer_all(owners) => {}
            }
            core::future::pending::<()>().await;
        };
        Some(Box::pin(async move {
            let ended = tokio::select! {
                biased;
                ended = listening => ended,
                () = naming => return,
            };
            ended.tidy_up().await;
        }))
    }
}

/// Names the epoch to whoever asks.
struct Naming {
    link: Arc<Link>,
    ownership: Ownership,
}

impl Naming {
    async fn answer_all(&self, mut questions: Subscriber) {
        while let Some(question) = questions.next().await {
            self.answer(question).await;
        }
    }

    async fn answer(&self, question: Message) {
        let Some(id) = headers::text(question.headers.as_ref(), headers::QUESTION) else {
            self.link.unreadable();
            return;
        };
        let Some(reply) = question.reply.clone() else { return };
        let plain = codec::encode_ownership(&self.ownership);
        let Ok(sealed) = self.link.seal(&envelope::answer(&question.subject, id), &plain) else { return };
        let mut headers = headers::traced(None);
        headers.insert(headers::STANDING, Standing::Answered.as_str());
        let answered = self.link.client.publish_with_headers(reply, headers, sealed.into());
        // Whoever asked asks again.
        let _sent_or_not = self.link.timely("named an owner", answered).await;
    }
}
