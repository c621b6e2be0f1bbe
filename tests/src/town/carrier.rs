//! A carrier that may lose, repeat and delay, and that lets people act while a contact to them is on its way.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bus::lane::Lane;
use bus::{Bus, BusError, OwnerLanes};
use contract::wire::{
    Command, CommandAnswer, Credit, EscalationNotice, FactMessage, Filed, OutcomeMessage, PermitAnswer,
    PermitQuestions, Receipt,
};
use domain::channel::Channel;
use domain::ids::EscalationId;
use runtime::Runtime;

use crate::draw::Draw;

/// Called with each escalation of which a permit is about to be asked.
pub type OnAsked = Box<dyn Fn(EscalationId) + Send + Sync>;

/// How bad the carrier is, in percent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Losses {
    /// Messages that never arrive.
    pub lost: i64,
    /// Messages that arrive, and whose answer is lost.
    pub unanswered: i64,
    /// Emissions that arrive twice.
    pub repeated: i64,
    /// Messages that take up to three seconds.
    pub delayed: i64,
}

impl Losses {
    /// A carrier that does its work.
    pub const NONE: Self = Self { lost: 0, unanswered: 0, repeated: 0, delayed: 0 };
}

/// The town's carrier.
pub struct Carrier {
    /// What carries in truth.
    pub inner: Arc<dyn Bus>,
    /// The clock for delays.
    pub runtime: Runtime,
    /// How bad it is.
    pub losses: Losses,
    /// When.
    pub draw: Mutex<Draw>,
    /// Who hears of questions.
    pub on_asked: OnAsked,
}

impl Carrier {
    fn draws(&self, chance: i64) -> bool {
        self.draw.lock().unwrap_or_else(PoisonError::into_inner).percent(chance)
    }

    async fn pass<R: Send>(
        &self,
        what: &'static str,
        message: impl Future<Output = Result<R, BusError>> + Send,
    ) -> Result<R, BusError> {
        if self.draws(self.losses.delayed) {
            let ms = self.draw.lock().unwrap_or_else(PoisonError::into_inner).between(1, 3_000);
            self.runtime.clock.sleep(Duration::from_millis(ms.unsigned_abs())).await;
        }
        if self.draws(self.losses.lost) {
            return Err(BusError::Unanswered { what });
        }
        let answer = message.await;
        if self.draws(self.losses.unanswered) { Err(BusError::Unanswered { what }) } else { answer }
    }
}

#[async_trait]
impl Bus for Carrier {
    async fn send_facts(&self, partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError> {
        self.pass("facts", self.inner.send_facts(partition, facts)).await
    }

    async fn send_stops(&self, partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError> {
        self.pass("stops", self.inner.send_stops(partition, facts)).await
    }

    async fn command(&self, partition: u16, command: Command) -> Result<CommandAnswer, BusError> {
        self.pass("commands", self.inner.command(partition, command)).await
    }

    async fn emit(&self, channel: Channel, notices: Vec<EscalationNotice>) -> Result<(), BusError> {
        if self.draws(self.losses.repeated) {
            self.inner.emit(channel, notices.clone()).await?;
        }
        if self.draws(self.losses.lost) {
            // The worst way to lose something: nobody learns of it.
            return Ok(());
        }
        self.pass("escalations", self.inner.emit(channel, notices)).await
    }

    async fn recall(&self, channel: Channel, escalations: Vec<EscalationId>) -> Result<(), BusError> {
        self.pass("recalls", self.inner.recall(channel, escalations)).await
    }

    async fn ask(&self, questions: PermitQuestions) -> Result<Vec<PermitAnswer>, BusError> {
        questions.questions.iter().for_each(|(id, _)| (self.on_asked)(*id));
        self.pass("permit questions", self.inner.ask(questions)).await
    }

    async fn report(&self, partition: u16, outcomes: Vec<OutcomeMessage>) -> Result<Vec<Filed>, BusError> {
        self.pass("outcomes", self.inner.report(partition, outcomes)).await
    }

    async fn grant(&self, partition: u16, credit: Credit) -> Result<(), BusError> {
        self.pass("credits", self.inner.grant(partition, credit)).await
    }

    fn own(&self, partition: u16, epoch: u64) -> OwnerLanes {
        self.inner.own(partition, epoch)
    }

    fn work(&self, channel: Channel) -> Lane<Vec<EscalationNotice>, ()> {
        self.inner.work(channel)
    }

    fn recalls(&self, channel: Channel) -> Lane<Vec<EscalationId>, ()> {
        self.inner.recalls(channel)
    }
}
