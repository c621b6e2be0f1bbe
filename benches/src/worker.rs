//! A scripted worker: asks for a permit for whatever it hears, and reports at once that it was delivered.
//!
//! It grants credits once, for longer than any measurement; what a provider takes is none of its business.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use bus::{Bus, BusError};
use contract::wire::{About, Credit, EscalationNotice, OutcomeMessage, PermitAnswer, PermitQuestions};
use domain::channel::Channel;
use domain::ids::{EscalationId, ProviderMessageId, RequestId};
use domain::label::TenantId;
use domain::outcome::{Outcome, OutcomeReport};
use runtime::{Runtime, random_id};

use crate::rules::TENANT;

/// Most questions of one asking.
const MAX_QUESTIONS: usize = 250;
/// How long until what was not decided is asked again.
const AGAIN: Duration = Duration::from_millis(20);
/// How often it is asked again, and a report repeated.
const MAX_TRIES: usize = 200;

/// What it did so far.
#[derive(Default, Debug)]
pub struct Done {
    /// Notices heard, repeated ones included.
    pub heard: AtomicUsize,
    /// Permits that it was granted.
    pub granted: AtomicUsize,
    /// Permits that it was refused, or that nobody decided on.
    pub refused: AtomicUsize,
    /// Outcomes that are in the log.
    pub filed: AtomicUsize,
}

/// What is called for each notice.
pub type OnNotice = Arc<dyn Fn(&EscalationNotice) + Send + Sync>;

/// Starts it.
pub fn start(runtime: &Runtime, bus: &Arc<dyn Bus>, on_notice: OnNotice) -> Arc<Done> {
    let done = Arc::new(Done::default());
    let mut lane = bus.work(Channel::Sms);
    let (told, bus, around) = (Arc::clone(&done), Arc::clone(bus), runtime.clone());
    let task = async move {
        while let Some(delivery) = lane.recv().await {
            let (notices, answer) = delivery.split();
            drop(answer.give(()));
            notices.iter().for_each(|notice| on_notice(notice));
            told.heard.fetch_add(notices.len(), Ordering::Relaxed);
            for (partition, ids) in by_partition(&notices) {
                let job = Job {
                    runtime: around.clone(),
                    bus: Arc::clone(&bus),
                    done: Arc::clone(&told),
                    partition,
                };
                around.tasks.spawn("bench.deliver", Box::pin(job.deliver(ids)));
            }
        }
    };
    runtime.tasks.spawn("bench.worker", Box::pin(task));
    done
}

/// Grants so many credits to each partition's owner.
///
/// # Errors
/// When an owner does not listen.
pub async fn grant(bus: &dyn Bus, partitions: u16, amount: u32) -> Result<()> {
    for partition in 0..partitions {
        let credit = Credit {
            worker: [1; 16],
            tenant: TenantId::new(TENANT)?,
            channel: Channel::Sms,
            amount,
            expires_in: Duration::from_secs(86_400),
            outage: false,
        };
        bus.grant(partition, credit).await?;
    }
    Ok(())
}

fn by_partition(notices: &[EscalationNotice]) -> BTreeMap<u16, Vec<EscalationId>> {
    let mut sorted: BTreeMap<u16, Vec<EscalationId>> = BTreeMap::new();
    notices.iter().for_each(|notice| sorted.entry(notice.partition).or_default().push(notice.id));
    sorted
}

/// What came in one message for one partition.
struct Job {
    runtime: Runtime,
    bus: Arc<dyn Bus>,
    done: Arc<Done>,
    partition: u16,
}

impl Job {
    async fn deliver(self, ids: Vec<EscalationId>) {
        for part in ids.chunks(MAX_QUESTIONS) {
            let request = || RequestId::new(random_id(&*self.runtime.random));
            let granted = self.ask(part.iter().map(|id| (*id, request())).collect()).await;
            self.done.granted.fetch_add(granted.len(), Ordering::Relaxed);
            self.done.refused.fetch_add(part.len().saturating_sub(granted.len()), Ordering::Relaxed);
            if !granted.is_empty() {
                self.report(&granted).await;
            }
        }
    }

    /// Asks until each question is decided.
    async fn ask(&self, mut questions: Vec<(EscalationId, RequestId)>) -> Vec<EscalationId> {
        let mut granted = Vec::new();
        for _ in 0..MAX_TRIES {
            let asked = PermitQuestions { partition: self.partition, questions: questions.clone() };
            if let Ok(answers) = self.bus.ask(asked).await {
                let mut open = Vec::new();
                for (question, answer) in questions.into_iter().zip(answers) {
                    match answer {
                        PermitAnswer::Granted { .. } => granted.push(question.0),
                        PermitAnswer::AskAgain { .. } => open.push(question),
                        PermitAnswer::Refused(_) | PermitAnswer::NotNow { .. } => {}
                    }
                }
                questions = open;
            }
            if questions.is_empty() {
                break;
            }
            self.runtime.clock.sleep(AGAIN).await;
        }
        granted
    }

    /// Repeats the outcomes until the log has them.
    async fn report(&self, ids: &[EscalationId]) {
        let at = self.runtime.clock.now();
        let outcome = Outcome::Delivered;
        let message = |id: &EscalationId| {
            // As a provider's name for it would be, which leads to the attempt from then on.
            let provider_message = Some(ProviderMessageId::new(random_id(&*self.runtime.random)));
            let report = OutcomeReport { number: id.number, outcome, at, provider_message, late: false };
            OutcomeMessage { about: About::Attempt(*id), tenant: None, report, personal: None, trace: None }
        };
        let messages: Vec<OutcomeMessage> = ids.iter().map(message).collect();
        for _ in 0..MAX_TRIES {
            let filed: Result<_, BusError> = self.bus.report(self.partition, messages.clone()).await;
            if filed.is_ok() {
                self.done.filed.fetch_add(ids.len(), Ordering::Relaxed);
                return;
            }
            self.runtime.clock.sleep(AGAIN).await;
        }
    }
}
