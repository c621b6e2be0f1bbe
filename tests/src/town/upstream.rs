//! The systems that tell facts: each at its instant, each again until it is acknowledged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bus::Bus;
use contract::wire::FactMessage;
use domain::time::Timestamp;
use runtime::Runtime;
use tokio::sync::Notify;

use super::pulse::{Kind, Pulse};
use super::record::{Acknowledged, Record};

/// Most facts in one message.
const AT_ONCE: usize = 50;
/// How long it waits before it sends again what had no answer; doubled each time, up to a limit.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
const AGAIN_AFTER_AT_MOST: Duration = Duration::from_secs(256);

/// What is still to be told.
#[derive(Clone, Default)]
pub struct Upstream {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    plan: Mutex<Plan>,
    earlier: Notify,
}

#[derive(Default)]
struct Plan {
    facts: BTreeMap<(Timestamp, u64), FactMessage>,
    next: u64,
}

impl Upstream {
    /// Tells these at their instants.
    pub fn plan(&self, told: Vec<(Timestamp, FactMessage)>) {
        let mut plan = self.lock();
        for (at, fact) in told {
            let number = plan.next;
            plan.next += 1;
            plan.facts.insert((at, number), fact);
        }
        drop(plan);
        self.shared.earlier.notify_one();
    }

    /// Tells for ever.
    pub async fn run(self, runtime: Runtime, bus: Arc<dyn Bus>, record: Record, pulse: Pulse) {
        loop {
            let batch = self.take_due(runtime.clock.now());
            if !batch.is_empty() {
                pulse.beat(Kind::Facts);
                tell(&runtime, &*bus, &record, batch).await;
                continue;
            }
            let next = self.lock().facts.first_key_value().map(|((at, _), _)| *at);
            let wait = async {
                match next {
                    Some(at) => drop(runtime.clock.timer(at).await),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = wait => {}
                () = self.shared.earlier.notified() => {}
            }
        }
    }

    fn take_due(&self, now: Timestamp) -> Vec<FactMessage> {
        let mut plan = self.lock();
        let mut due = Vec::new();
        while due.len() < AT_ONCE
            && let Some(entry) = plan.facts.first_entry()
            && entry.key().0 <= now
        {
            due.push(entry.remove());
        }
        due
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a batch until it is acknowledged. That a fact was sent says nothing; that it was acknowledged is a promise.
async fn tell(runtime: &Runtime, bus: &dyn Bus, record: &Record, batch: Vec<FactMessage>) {
    let sent_at = runtime.clock.now();
    record.lock().unanswered += batch.len();
    let mut pause = AGAIN_AFTER;
    let receipts = loop {
        match bus.send_facts(0, batch.clone()).await {
            Ok(receipts) => break receipts,
            Err(_) => runtime.clock.sleep(pause).await,
        }
        pause = pause.saturating_mul(2).min(AGAIN_AFTER_AT_MOST);
    };
    let at = runtime.clock.now();
    let mut seen = record.lock();
    seen.unanswered -= batch.len();
    let answered = batch.into_iter().zip(receipts);
    seen.acknowledged.extend(answered.map(|(fact, receipt)| Acknowledged { fact, sent_at, at, receipt }));
}
