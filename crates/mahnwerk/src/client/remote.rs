//! The way of facts into a log that another process owns: over its listener.

use async_trait::async_trait;
use bus::lane::Lane;
use bus::{Bus, BusError, OwnerLanes};
use contract::wire::{
    Command, CommandAnswer, Credit, EscalationNotice, FactMessage, Filed, OutcomeMessage, PermitAnswer,
    PermitQuestions, Receipt,
};
use domain::channel::Channel;
use tokio::sync::mpsc;

use crate::client::Client;

/// Carries facts and nothing else.
pub(crate) struct RemoteBus(pub(crate) Client);

const OTHERS: BusError =
    BusError::NobodyListens { what: "anything but facts, on the way to a running process" };

#[async_trait]
impl Bus for RemoteBus {
    async fn send_facts(&self, _partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError> {
        let sent = self.0.facts(contract::codec::encode_facts(&facts)).await;
        let receipts = sent.ok().and_then(|bytes| contract::codec::decode_receipts(&bytes).ok());
        receipts.ok_or(BusError::Unanswered { what: "facts" })
    }

    async fn send_stops(&self, partition: u16, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError> {
        self.send_facts(partition, facts).await
    }

    async fn command(&self, _partition: u16, _command: Command) -> Result<CommandAnswer, BusError> {
        Err(OTHERS)
    }

    async fn emit(&self, _channel: Channel, _notices: Vec<EscalationNotice>) -> Result<(), BusError> {
        Err(OTHERS)
    }

    async fn ask(&self, _questions: PermitQuestions) -> Result<Vec<PermitAnswer>, BusError> {
        Err(OTHERS)
    }

    async fn report(&self, _partition: u16, _outcomes: Vec<OutcomeMessage>) -> Result<Vec<Filed>, BusError> {
        Err(OTHERS)
    }

    async fn grant(&self, _partition: u16, _credit: Credit) -> Result<(), BusError> {
        Err(OTHERS)
    }

    /// Lanes that nothing ever comes through.
    fn own(&self, _partition: u16) -> OwnerLanes {
        OwnerLanes {
            commands: mpsc::channel(1).1,
            stops: mpsc::channel(1).1,
            facts: mpsc::channel(1).1,
            outcomes: mpsc::channel(1).1,
            permits: mpsc::channel(1).1,
            credits: mpsc::channel(1).1,
        }
    }

    fn work(&self, _channel: Channel) -> Lane<Vec<EscalationNotice>, ()> {
        mpsc::channel(1).1
    }
}
