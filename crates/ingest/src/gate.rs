//! The way from here to the log: facts in bulk to the owner of their partition, with a receipt for each.
//!
//! Sending again is safe: whoever owns the partition recognises each fact by its key. So a message that nobody took
//! or answered is sent again, a bounded number of times.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use contract::wire::{Addressee, FactMessage, OutcomeMessage, Receipt};
use domain::ids::StreamId;
use event_log::keys::Keyring;
use runtime::Runtime;
use telemetry::trace_context;

use crate::error::IngestError;

/// Most facts in one message.
pub const MAX_BATCH: usize = 1000;
/// How often a message is sent before it is given up.
const MAX_TRIES: u32 = 8;
/// How long to wait before the second try; it doubles with each.
const FIRST_PAUSE_MS: u64 = 25;

/// Which partition a stream belongs to.
pub type Route = Arc<dyn Fn(StreamId) -> u16 + Send + Sync>;

/// The route of a log with that many partitions.
pub fn by_digest(keyring: Keyring, partitions: u16) -> Route {
    Arc::new(move |stream| keyring.partition_of(stream, partitions))
}

/// What a fact is routed by: its debtor's stream; a fact that names only a claim goes to the partition that the claim's
/// own digest falls into.
const fn routed_by(message: &FactMessage) -> StreamId {
    match message.addressee {
        Addressee::Debtor(stream) => stream,
        Addressee::OwnerOf(claim) => StreamId::new(claim.bytes()),
    }
}

/// The way to the log. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    bus: Arc<dyn Bus>,
    runtime: Runtime,
    route: Route,
}

impl Gate {
    /// A way over this bus; `route` says to which partition.
    pub fn new(bus: Arc<dyn Bus>, runtime: Runtime, route: Route) -> Self {
        Self { bus, runtime, route }
    }

    /// Sends facts; answers when each is acknowledged, in their order.
    ///
    /// The facts of one partition arrive in their order, in messages of at most [`MAX_BATCH`].
    /// If it fails, those that were acknowledged before stay so; sending all of them again is safe.
    /// A fact without a trace joins that of a span of its own, where spans are exported.
    pub async fn send(&self, mut facts: Vec<FactMessage>) -> Result<Vec<Receipt>, IngestError> {
        let sent = facts.len();
        let here = tracing::info_span!("facts taken in", facts.count = sent).in_scope(trace_context::current);
        facts.iter_mut().for_each(|fact| fact.trace = fact.trace.or(here));
        let mut answered: Vec<(usize, Receipt)> = Vec::with_capacity(sent);
        for (partition, places, batch) in self.batches(facts) {
            let receipts = self.send_batch(partition, batch).await?;
            answered.extend(places.into_iter().zip(receipts));
        }
        answered.sort_by_key(|(place, _)| *place);
        Ok(answered.into_iter().map(|(_, receipt)| receipt).collect())
    }

    /// Reports outcomes; answers when all are in the log. Those that tell nothing new change nothing.
    pub async fn report(&self, outcomes: Vec<OutcomeMessage>) -> Result<(), IngestError> {
        let mut batches: BTreeMap<u16, Vec<OutcomeMessage>> = BTreeMap::new();
        for outcome in outcomes {
            batches.entry((self.route)(outcome.id.stream)).or_default().push(outcome);
        }
        for (partition, batch) in batches {
            self.bus.report(partition, batch).await?;
        }
        Ok(())
    }

    /// Cuts facts into messages: partition, the places that its facts had, and the facts.
    fn batches(&self, facts: Vec<FactMessage>) -> Vec<(u16, Vec<usize>, Vec<FactMessage>)> {
        let mut batches: Vec<(u16, Vec<usize>, Vec<FactMessage>)> = Vec::new();
        for (place, fact) in facts.into_iter().enumerate() {
            let partition = (self.route)(routed_by(&fact));
            // The newest message for the partition, so that order holds within it.
            match batches.iter_mut().rev().find(|(to, ..)| *to == partition) {
                Some((_, places, batch)) if batch.len() < MAX_BATCH => {
                    places.push(place);
                    batch.push(fact);
                }
                Some(_) | None => batches.push((partition, vec![place], vec![fact])),
            }
        }
        batches
    }

    async fn send_batch(&self, partition: u16, batch: Vec<FactMessage>) -> Result<Vec<Receipt>, IngestError> {
        let sent = batch.len();
        let mut pause_ms = FIRST_PAUSE_MS;
        for _ in 1..MAX_TRIES {
            match self.bus.send_facts(partition, batch.clone()).await {
                Err(error) if error.is_transient() => {
                    self.runtime.clock.sleep(Duration::from_millis(pause_ms)).await;
                    pause_ms *= 2;
                }
                answer => return checked(sent, answer?),
            }
        }
        checked(sent, self.bus.send_facts(partition, batch).await?)
    }
}

fn checked(sent: usize, receipts: Vec<Receipt>) -> Result<Vec<Receipt>, IngestError> {
    let answered = receipts.len();
    if answered == sent { Ok(receipts) } else { Err(IngestError::Receipts { sent, answered }) }
}
