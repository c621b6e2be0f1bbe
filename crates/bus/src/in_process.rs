//! Channels within one process: bounded lanes, each message answered by whoever listens.
//!
//! A message counts as work in flight from before it is sent until it is answered or given up.
//! A full lane makes the sender wait; a lane without a listener fails at once, and the sender decides when to try again.
//! Nothing is stored: what a listener has not answered when it goes away is lost, which the log survives.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use contract::wire::{
    Command, CommandAnswer, Credit, EscalationNotice, FactMessage, Filed, OutcomeMessage, PermitAnswer,
    PermitQuestions, Receipt,
};
use domain::channel::Channel;
use domain::ids::EscalationId;
use futures_util::future::join_all;
use runtime::activity::Activity;
use tokio::sync::mpsc;

use crate::lane::{Delivery, Ending, Lane};
use crate::{Bus, BusError, OwnerLanes};

/// How much the carrier takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Messages that wait in one lane; further senders wait.
    pub lane: usize,
    /// Facts in one message.
    pub facts: usize,
    /// Escalation notices in one message.
    pub notices: usize,
    /// Permit questions in one message.
    pub questions: usize,
    /// Outcomes in one message.
    pub outcomes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lane: 64, facts: 10_000, notices: 10_000, questions: 1_000, outcomes: 1_000 }
    }
}

/// The carrier of one process.
pub struct InProcessBus {
    activity: Activity,
    limits: Limits,
    routes: Mutex<Routes>,
}

type Entry<T, R> = mpsc::Sender<Delivery<T, R>>;

#[derive(Default)]
struct Routes {
    owners: BTreeMap<u16, OwnerEntries>,
    workers: BTreeMap<Channel, Entry<Vec<EscalationNotice>, ()>>,
    lists: BTreeMap<Channel, Vec<Entry<Vec<EscalationId>, ()>>>,
}

struct OwnerEntries {
    commands: Entry<Command, CommandAnswer>,
    stops: Entry<Vec<FactMessage>, Vec<Receipt>>,
    facts: Entry<Vec<FactMessage>, Vec<Receipt>>,
    outcomes: Entry<Vec<OutcomeMessage>, Vec<Filed>>,
    permits: Entry<PermitQuestions, Vec<PermitAnswer>>,
    credits: Entry<Credit, ()>,
}

impl InProcessBus {
    /// A carrier on which nobody listens yet.
    pub fn new(activity: Activity, limits: Limits) -> Self {
        Self { activity, limits, routes: Mutex::default() }
    }

    /// How much it takes.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    fn routes(&self) -> MutexGuard<'_, Routes> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn owner<T>(&self, partition: u16, entry: impl Fn(&OwnerEntries) -> T) -> Option<T> {
        self.routes().owners.get(&partition).map(entry)
    }

    fn lists(&self, channel: Channel) -> Vec<Entry<Vec<EscalationId>, ()>> {
        self.routes().lists.get(&channel).cloned().unwrap_or_default()
    }

    fn lane<T, R>(&self) -> (Entry<T, R>, Lane<T, R>) {
        mpsc::channel(self.limits.lane.max(1))
    }

    /// Sends one message and waits for its answer.
    async fn pass<T, R>(
        &self,
        what: &'static str,
        entry: Option<Entry<T, R>>,
        message: T,
    ) -> Result<R, BusError> {
        let entry = entry.ok_or(BusError::NobodyListens { what })?;
        let busy = self.activity.begin();
        let (delivery, answered) = Delivery::new(message, busy.clone());
        // The lane closed while the message was still ours: nobody has seen it.
        entry.send(delivery).await.map_err(|_closed| BusError::NobodyListens { what })?;
        // Let go of the lane, so that a listener that was replaced sees its end.
        drop(entry);
        let answer = answered.await.map_err(|_gone| BusError::Unanswered { what });
        drop(busy);
        answer
    }
}

const fn check(what: &'static str, size: usize, limit: usize) -> Result<(), BusError> {
    if size > limit { Err(BusError::TooLarge { what, size, limit }) } else { Ok(()) }
}

#[async_trait]
impl Bus for InProcessBus {
    async fn send_facts(&self, partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError> {
        check("facts", facts.len(), self.limits.facts)?;
        let entry = self.owner(partition, |owner| owner.facts.clone());
        self.pass("facts", entry, facts).await
    }

    async fn send_stops(&self, partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError> {
        check("stops", facts.len(), self.limits.facts)?;
        let entry = self.owner(partition, |owner| owner.stops.clone());
        self.pass("stops", entry, facts).await
    }

    async fn command(&self, partition: u16, command: Command) -> Result<CommandAnswer, BusError> {
        let entry = self.owner(partition, |owner| owner.commands.clone());
        self.pass("commands", entry, command).await
    }

    async fn emit(&self, channel: Channel, notices: Vec<EscalationNotice>) -> Result<(), BusError> {
        check("escalations", notices.len(), self.limits.notices)?;
        let entry = self.routes().workers.get(&channel).cloned();
        self.pass("escalations", entry, notices).await
    }

    async fn recall(&self, channel: Channel, escalations: Vec<EscalationId>) -> Result<(), BusError> {
        check("recalls", escalations.len(), self.limits.notices)?;
        let told = self.lists(channel).into_iter().map(|entry| {
            let escalations = escalations.clone();
            self.pass("recalls", Some(entry), escalations)
        });
        // Whoever goes away meanwhile has no list any more.
        let _heard_or_gone = join_all(told).await;
        Ok(())
    }

    async fn ask(&self, questions: PermitQuestions) -> Result<Vec<PermitAnswer>, BusError> {
        check("permit questions", questions.questions.len(), self.limits.questions)?;
        let entry = self.owner(questions.partition, |owner| owner.permits.clone());
        self.pass("permit questions", entry, questions).await
    }

    async fn report(&self, partition: u16, outcomes: Vec<OutcomeMessage>) -> Result<Vec<Filed>, BusError> {
        check("outcomes", outcomes.len(), self.limits.outcomes)?;
        let entry = self.owner(partition, |owner| owner.outcomes.clone());
        self.pass("outcomes", entry, outcomes).await
    }

    async fn grant(&self, partition: u16, credit: Credit) -> Result<(), BusError> {
        let entry = self.owner(partition, |owner| owner.credits.clone());
        self.pass("credits", entry, credit).await
    }

    fn own(&self, partition: u16, _epoch: u64) -> OwnerLanes {
        let (commands, commands_lane) = self.lane();
        let (stops, stops_lane) = self.lane();
        let (facts, facts_lane) = self.lane();
        let (outcomes, outcomes_lane) = self.lane();
        let (permits, permits_lane) = self.lane();
        let (credits, credits_lane) = self.lane();
        let entries = OwnerEntries { commands, stops, facts, outcomes, permits, credits };
        self.routes().owners.insert(partition, entries);
        OwnerLanes {
            commands: commands_lane,
            stops: stops_lane,
            facts: facts_lane,
            outcomes: outcomes_lane,
            permits: permits_lane,
            credits: credits_lane,
            ending: Ending::at_once(),
        }
    }

    fn work(&self, channel: Channel) -> Lane<Vec<EscalationNotice>, ()> {
        let (entry, lane) = self.lane();
        self.routes().workers.insert(channel, entry);
        lane
    }

    fn recalls(&self, channel: Channel) -> Lane<Vec<EscalationId>, ()> {
        let (entry, lane) = self.lane();
        let mut routes = self.routes();
        let lists = routes.lists.entry(channel).or_default();
        lists.retain(|list| !list.is_closed());
        lists.push(entry);
        lane
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, Carrier, notice};
    use std::sync::Arc;

    fn carrier() -> Carrier {
        let limits = Limits { lane: 2, facts: 3, notices: 3, questions: 3, outcomes: 3 };
        let bus = Arc::new(InProcessBus::new(Activity::default(), limits));
        Carrier { bus, most_per_message: 3, stores_escalations: false }
    }

    #[tokio::test]
    async fn it_is_a_bus() {
        assert_eq!(conformance::run(async || carrier()).await, Ok(()));
    }

    #[tokio::test]
    async fn a_full_lane_makes_the_sender_wait() {
        let bus = InProcessBus::new(Activity::default(), Limits { lane: 1, ..Limits::default() });
        let mut lane = bus.work(Channel::Sms);
        let listen = async {
            let mut heard = 0;
            while heard < 3 {
                assert_eq!(lane.len(), 1, "no more than one waits");
                let Some(delivery) = lane.recv().await else { break };
                heard += delivery.message.len();
                drop(delivery.split().1.give(()));
                tokio::task::yield_now().await;
            }
            heard
        };
        let send = || bus.emit(Channel::Sms, vec![notice(1)]);
        let (first, second, third, heard) = tokio::join!(biased; send(), send(), send(), listen);
        assert_eq!((first, second, third, heard), (Ok(()), Ok(()), Ok(()), 3));
    }

    #[tokio::test]
    async fn a_message_counts_as_work_until_it_is_answered() {
        let activity = Activity::default();
        let bus = InProcessBus::new(activity.clone(), Limits::default());
        let mut lane = bus.work(Channel::Sms);
        let listen = async {
            let delivery = lane.recv().await.unwrap();
            assert_eq!(activity.in_flight(), 2, "the message's and the asker's");
            delivery.split().1.give(())
        };
        let (emitted, handed_on) = tokio::join!(biased; bus.emit(Channel::Sms, vec![notice(1)]), listen);
        assert_eq!((emitted, activity.in_flight()), (Ok(()), 1), "whoever answers goes on with the guard");
        drop(handed_on);
        assert_eq!(activity.in_flight(), 0);
    }

    #[tokio::test]
    async fn a_message_that_nobody_answers_is_no_work_any_more() {
        let activity = Activity::default();
        let bus = InProcessBus::new(activity.clone(), Limits::default());
        let mut lane = bus.work(Channel::Sms);
        let (emitted, ()) = tokio::join!(biased; bus.emit(Channel::Sms, vec![notice(1)]), async {
            drop(lane.recv().await);
        });
        assert_eq!(emitted, Err(BusError::Unanswered { what: "escalations" }));
        assert_eq!(activity.in_flight(), 0);
    }
}
