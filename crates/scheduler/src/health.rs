//! How each partition is: for whoever asks whether this process is ready, and for its figures.
//!
//! Told after every batch. **Invariant:** figures count, they name nobody.

use std::sync::Arc;

use contract::wire::{Filed, PermitAnswer, Receipt};
use event_log::store::{EventLog, StoreError};
use tokio::sync::watch;

use crate::batch::Verdict;

/// What a partition's owner counts from its start on, and how much it holds now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Figures {
    /// Facts recorded.
    pub facts_recorded: u64,
    /// Facts that were in the log before.
    pub facts_known: u64,
    /// Facts that wait for their claim, or for somebody who uses their contact point.
    pub facts_parked: u64,
    /// Facts refused.
    pub facts_refused: u64,
    /// Outcomes recorded.
    pub outcomes_recorded: u64,
    /// Outcomes that told nothing new, wait, or name no attempt.
    pub outcomes_other: u64,
    /// Permits granted; a repeat of the answer counts again.
    pub permits_granted: u64,
    /// Permits refused.
    pub permits_refused: u64,
    /// Permit questions that are to be asked again, or not now.
    pub permits_postponed: u64,
    /// Inputs put into quarantine.
    pub quarantined: u64,
    /// Events appended.
    pub events: u64,
    /// Appends.
    pub appends: u64,
    /// Where the log ends.
    pub head: u64,
    /// By how many events the checkpoint is behind.
    pub checkpoint_lag: u64,
    /// Escalations emitted or under a permit.
    pub in_flight: u64,
    /// Debtors that are due and wait for capacity.
    pub ready: u64,
    /// Claims, contact points and messages that inputs wait for, as far as memory knows them.
    pub waited_for: u64,
    /// Contact points on the suppression list, as far as memory knows them.
    pub suppressed: u64,
    /// For how long the lanes of inputs have not been seen empty, in milliseconds.
    pub input_lag_ms: u64,
    /// Pauses in force.
    pub pauses: u64,
}

impl Figures {
    /// What was counted, without what was held: for the next owner of the partition in this process to count on from, since
    /// a counter never falls.
    pub(crate) const fn counted(self) -> Self {
        Self {
            head: 0,
            checkpoint_lag: 0,
            in_flight: 0,
            ready: 0,
            waited_for: 0,
            suppressed: 0,
            input_lag_ms: 0,
            pauses: 0,
            ..self
        }
    }

    /// Counts one answer.
    pub(crate) const fn count(&mut self, verdict: &Verdict) {
        let figure = match verdict {
            Verdict::Receipt(Receipt::Recorded) => &mut self.facts_recorded,
            Verdict::Receipt(Receipt::Duplicate) => &mut self.facts_known,
            Verdict::Receipt(Receipt::Parked) => &mut self.facts_parked,
            Verdict::Receipt(Receipt::Refused { .. }) => &mut self.facts_refused,
            Verdict::Filed(Filed::Recorded) => &mut self.outcomes_recorded,
            Verdict::Filed(Filed::NothingNew | Filed::Waits | Filed::Unknown) => &mut self.outcomes_other,
            Verdict::Permit(PermitAnswer::Granted { .. }) => &mut self.permits_granted,
            Verdict::Permit(PermitAnswer::Refused(_)) => &mut self.permits_refused,
            Verdict::Permit(PermitAnswer::AskAgain { .. } | PermitAnswer::NotNow { .. }) => {
                &mut self.permits_postponed
            }
            Verdict::Done => return,
        };
        *figure = figure.saturating_add(1);
    }
}

/// How one partition is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PartitionHealth {
    /// Which.
    pub partition: u16,
    /// The owner's epoch.
    pub epoch: u64,
    /// Whether it falls to this process to own it.
    pub ours: bool,
    /// Whether this process owns it.
    pub owned: bool,
    /// Whether the tail is refolded, everybody is met, and the lanes were seen empty once: what came while nobody owned the
    /// partition is in the log.
    pub caught_up: bool,
    /// Its figures.
    pub figures: Figures,
}

impl PartitionHealth {
    /// One without an owner in this process.
    pub(crate) fn unowned(partition: u16, ours: bool) -> Self {
        Self { partition, ours, ..Self::default() }
    }
}

/// How all partitions of this process are.
#[derive(Clone)]
pub struct Health {
    log: Arc<dyn EventLog>,
    partitions: Vec<watch::Receiver<PartitionHealth>>,
    /// How many rulebooks others run that this process does not; none where it shares nothing.
    other_rulebooks: Option<watch::Receiver<u64>>,
}

impl Health {
    pub(crate) const fn new(
        log: Arc<dyn EventLog>,
        partitions: Vec<watch::Receiver<PartitionHealth>>,
    ) -> Self {
        Self { log, partitions, other_rulebooks: None }
    }

    /// The same, beside others who may run other rulebooks.
    pub(crate) fn beside(self, other_rulebooks: watch::Receiver<u64>) -> Self {
        Self { other_rulebooks: Some(other_rulebooks), ..self }
    }

    /// How many rulebooks the other schedulers that live run which this one does not.
    pub fn other_rulebooks(&self) -> u64 {
        self.other_rulebooks.as_ref().map_or(0, |others| *others.borrow())
    }

    /// As each owner told it last; one that has ended owns nothing.
    pub fn partitions(&self) -> Vec<PartitionHealth> {
        let told = |receiver: &watch::Receiver<PartitionHealth>| {
            let health = *receiver.borrow();
            PartitionHealth { owned: health.owned && receiver.has_changed().is_ok(), ..health }
        };
        self.partitions.iter().map(told).collect()
    }

    /// Whether the log takes writes from this partition's owner.
    ///
    /// # Errors
    /// What the store says, if not.
    pub async fn probe(&self, partition: &PartitionHealth) -> Result<(), StoreError> {
        self.log.probe(partition.partition, partition.epoch).await
    }
}
