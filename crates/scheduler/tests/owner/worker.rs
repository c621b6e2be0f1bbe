//! A scripted worker: hears notices, asks once for each escalation, submits, reports; repeats what got no answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::Bus;
use contract::wire::{Credit, EscalationNotice, OutcomeMessage, PermitAnswer, PermitQuestions};
use domain::channel::Channel;
use domain::ids::{EscalationId, RequestId};
use domain::label::TenantId;
use domain::outcome::{Outcome, OutcomeReport};
use domain::time::Timestamp;
use runtime::Runtime;

use crate::rules::START_WITHIN_S;

/// What one worker saw and did.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) notices: Vec<EscalationNotice>,
    pub(crate) submissions: Vec<(EscalationId, Timestamp, String, String)>,
    pub(crate) refusals: Vec<(EscalationId, String)>,
}

/// How a worker behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Script {
    pub(crate) channel: Channel,
    /// How long it waits between notice and question.
    pub(crate) dawdle_s: u64,
    /// It loses this many notices first.
    pub(crate) deaf_to: usize,
    pub(crate) outcome: Outcome,
}

impl Script {
    pub(crate) const fn new(channel: Channel) -> Self {
        Self { channel, dawdle_s: 0, deaf_to: 0, outcome: Outcome::Accepted }
    }
}

pub(crate) type Shared = Arc<Mutex<Record>>;

/// Tells the owner what this worker can take, for as long as a test lasts.
pub(crate) fn credit(tenant: &str, channel: Channel, amount: u32) -> Credit {
    Credit {
        worker: [1; 16],
        tenant: TenantId::new(tenant).unwrap(),
        channel,
        amount,
        expires_in: Duration::from_secs(86_400 * 365),
        outage: false,
    }
}

/// Starts the worker; its task ends with the simulation.
pub(crate) fn start(runtime: &Runtime, bus: &Arc<dyn Bus>, script: Script) -> Shared {
    let record = Shared::default();
    let mut lane = bus.work(script.channel);
    let (runtime2, bus, shared) = (runtime.clone(), Arc::clone(bus), Arc::clone(&record));
    let task = async move {
        let mut heard = 0;
        let mut known = BTreeSet::new();
        while let Some(delivery) = lane.recv().await {
            let (notices, answer) = delivery.split();
            drop(answer.give(()));
            for notice in notices {
                heard += 1;
                shared.lock().unwrap().notices.push(notice.clone());
                if heard > script.deaf_to && known.insert(notice.id) {
                    let work =
                        deliver(runtime2.clone(), Arc::clone(&bus), Arc::clone(&shared), script, notice);
                    runtime2.tasks.spawn("worker.deliver", Box::pin(work));
                }
            }
        }
    };
    runtime.tasks.spawn("worker", Box::pin(task));
    record
}

async fn deliver(
    runtime: Runtime,
    bus: Arc<dyn Bus>,
    record: Shared,
    script: Script,
    notice: EscalationNotice,
) {
    runtime.clock.sleep(Duration::from_secs(script.dawdle_s)).await;
    let request = RequestId::new(runtime::random_id(&*runtime.random));
    let first_asked = runtime.clock.monotonic();
    let within = Duration::from_secs(u64::try_from(START_WITHIN_S).unwrap());
    while runtime.clock.monotonic() < first_asked + within {
        let questions =
            PermitQuestions { partition: notice.partition, questions: vec![(notice.id, request)] };
        match bus.ask(questions).await.map(|answers| answers.into_iter().next()) {
            Ok(Some(PermitAnswer::Granted { address, message, .. })) => {
                if runtime.clock.monotonic() > first_asked + within {
                    return report(&runtime, &*bus, notice.id, Outcome::Unsent).await;
                }
                let submission = (notice.id, runtime.clock.now(), address, message.body);
                record.lock().unwrap().submissions.push(submission);
                return report(&runtime, &*bus, notice.id, script.outcome).await;
            }
            Ok(Some(PermitAnswer::Refused(refusal))) => {
                record.lock().unwrap().refusals.push((notice.id, format!("{refusal:?}")));
                return;
            }
            Ok(Some(PermitAnswer::NotNow { .. })) => return,
            Ok(Some(PermitAnswer::AskAgain { .. }) | None) | Err(_) => {
                runtime.clock.sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Repeats an outcome until the log has it.
async fn report(runtime: &Runtime, bus: &dyn Bus, id: EscalationId, outcome: Outcome) {
    let at = runtime.clock.now();
    let report = OutcomeReport { number: id.number, outcome, at, provider_message: None, late: false };
    let message = OutcomeMessage {
        about: contract::wire::About::Attempt(id),
        tenant: None,
        report,
        personal: None,
        trace: None,
    };
    for _ in 0..10_000 {
        if bus.report(0, vec![message.clone()]).await.is_ok() {
            return;
        }
        runtime.clock.sleep(Duration::from_secs(1)).await;
    }
}

/// How often each escalation was submitted.
pub(crate) fn counts(record: &Shared) -> BTreeMap<EscalationId, usize> {
    let mut counts = BTreeMap::new();
    for (id, ..) in &record.lock().unwrap().submissions {
        *counts.entry(*id).or_default() += 1;
    }
    counts
}
