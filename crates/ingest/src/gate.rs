//! The way from here to the log: facts in bulk to the owner of their partition, with a receipt for each.
//!
//! Sending again is safe: whoever owns the partition recognises each fact by its key. So a message that nobody took
//! or answered is sent again, a bounded number of times.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, BusError};
use contract::wire::{Command, CommandAnswer, FactMessage, Filed, OutcomeMessage, Receipt};
use event_log::store::StoreError;
use runtime::Runtime;
use telemetry::metrics::Registry;
use telemetry::trace_context;

use crate::error::IngestError;
use crate::figures::Figures;

use self::lanes::{Batch, Lane};
pub use self::route::Route;

mod lanes;
mod route;

/// Most facts in one message.
pub const MAX_BATCH: usize = 1000;
/// How often a message is sent before it is given up: for longer than a partition whose owner died is without one.
const MAX_TRIES: u32 = 30;
/// How long to wait before the second try; it doubles with each.
const FIRST_PAUSE_MS: u64 = 25;
/// The longest time to wait between two tries.
const MAX_PAUSE_MS: u64 = 500;

/// The way to the log. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    bus: Arc<dyn Bus>,
    runtime: Runtime,
    route: Route,
    figures: Figures,
}

impl Gate {
    /// A way over this bus; `route` says to which partition.
    pub fn new(bus: Arc<dyn Bus>, runtime: Runtime, route: Route) -> Self {
        // Counted for nobody, until somebody asks for it.
        let figures = Figures::new(&Registry::default());
        Self { bus, runtime, route, figures }
    }

    /// The same way, with what becomes of facts and reports counted here.
    #[must_use]
    pub fn counting(self, figures: Figures) -> Self {
        Self { figures, ..self }
    }

    /// Sends facts; answers when each is acknowledged, in their order.
    ///
    /// Facts that may forbid a contact go ahead of what others send in bulk, unless something of the same debtor or claim
    /// stands before them in this call (inputs, 2). Apart from that the facts of one partition arrive in their order.
    /// If it fails, those that were acknowledged before stay so; sending all of them again is safe.
    /// A fact without a trace joins that of a span of its own, where spans are exported.
    pub async fn send(&self, mut facts: Vec<FactMessage>) -> Result<Vec<Receipt>, IngestError> {
        let sent = facts.len();
        let here = tracing::info_span!("facts taken in", facts.count = sent).in_scope(trace_context::current);
        facts.iter_mut().for_each(|fact| fact.trace = fact.trace.or(here));
        let kinds: Vec<&'static str> = facts.iter().map(|fact| fact.fact.name()).collect();
        let places = self.route.places_of_facts(&facts).await.map_err(unlocated)?;
        let batches = lanes::batches(facts, |fact| self.route.of_fact(fact, &places));
        let (stops, bulk): (Vec<Batch>, Vec<Batch>) =
            batches.into_iter().partition(|batch| batch.lane == Lane::Stops);
        let (stops, bulk) = tokio::join!(biased; self.send_all(stops), self.send_all(bulk));
        let receipts = lanes::join(sent, stops?.into_iter().chain(bulk?));
        kinds.iter().zip(&receipts).for_each(|(kind, receipt)| self.figures.fact(kind, receipt));
        Ok(receipts)
    }

    async fn send_all(&self, batches: Vec<Batch>) -> Result<Vec<(usize, Receipt)>, IngestError> {
        let mut answered = Vec::new();
        for batch in batches {
            let places = batch.places.clone();
            answered.extend(places.into_iter().zip(self.send_batch(batch).await?));
        }
        Ok(answered)
    }

    /// Reports outcomes; answers when all are in the log, with what became of each, in their order.
    ///
    /// Those that tell nothing new change nothing.
    pub async fn report(&self, outcomes: Vec<OutcomeMessage>) -> Result<Vec<Filed>, IngestError> {
        let sent = outcomes.len();
        let places = self.route.places_of_reports(&outcomes).await.map_err(unlocated)?;
        let mut batches: BTreeMap<u16, (Vec<usize>, Vec<OutcomeMessage>)> = BTreeMap::new();
        for (place, outcome) in outcomes.into_iter().enumerate() {
            for partition in self.route.of_outcome(&outcome, &places) {
                let (places, batch) = batches.entry(partition).or_default();
                places.push(place);
                batch.push(outcome.clone());
            }
        }
        let mut best: Vec<Filed> = vec![Filed::Unknown; sent];
        for (partition, (places, batch)) in batches {
            let filed = self.bus.report(partition, batch).await?;
            checked(places.len(), &filed)?;
            for (place, filed) in places.into_iter().zip(filed) {
                // Who knows the message says more than who lets it wait.
                best.get_mut(place).into_iter().for_each(|best| *best = filed.min(*best));
            }
        }
        best.iter().for_each(|filed| self.figures.report(*filed));
        Ok(best)
    }

    /// Tells every partition's owner; answers when it is in the log of each.
    pub async fn command(&self, command: &Command) -> Result<Vec<CommandAnswer>, IngestError> {
        let mut answers = Vec::new();
        for partition in self.route.all() {
            answers.push(self.patiently(|| self.bus.command(partition, command.clone())).await?);
        }
        Ok(answers)
    }

    async fn send_batch(&self, batch: Batch) -> Result<Vec<Receipt>, IngestError> {
        whole(&batch, self.patiently(|| self.pass(&batch)).await?)
    }

    /// Asks again while a partition has no owner for a moment, a bounded number of times.
    async fn patiently<T, F>(&self, ask: impl Fn() -> F) -> Result<T, BusError>
    where
        F: Future<Output = Result<T, BusError>>,
    {
        let mut pause_ms = FIRST_PAUSE_MS;
        for _ in 1..MAX_TRIES {
            match ask().await {
                Err(error) if error.is_transient() => {
                    self.runtime.clock.sleep(Duration::from_millis(pause_ms)).await;
                    pause_ms = MAX_PAUSE_MS.min(pause_ms * 2);
                }
                answer => return answer,
            }
        }
        ask().await
    }

    async fn pass(&self, batch: &Batch) -> Result<Vec<Receipt>, BusError> {
        let facts = batch.facts.clone();
        match batch.lane {
            Lane::Stops => self.bus.send_stops(batch.partition, facts).await,
            Lane::Bulk => self.bus.send_facts(batch.partition, facts).await,
        }
    }
}

/// Where something is known could not be asked: nothing was sent.
fn unlocated(error: StoreError) -> IngestError {
    IngestError::Sink { detail: error.to_string(), transient: error.is_transient() }
}

fn whole(batch: &Batch, receipts: Vec<Receipt>) -> Result<Vec<Receipt>, IngestError> {
    checked(batch.facts.len(), &receipts)?;
    Ok(receipts)
}

const fn checked<T>(sent: usize, answers: &[T]) -> Result<(), IngestError> {
    let answered = answers.len();
    if answered == sent { Ok(()) } else { Err(IngestError::Receipts { sent, answered }) }
}
