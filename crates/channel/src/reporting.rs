//! Reporting outcomes, again and again until the log has acknowledged them.
//!
//! One message at a time goes to each partition, so that what comes in meanwhile travels together.
//! Nothing is dropped; how many are unacknowledged is known, so that whoever makes outcomes can stop making more.
//! A crash forgets what is not acknowledged: the partition's deadline then makes it unknown.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bus::{Bus, BusError};
use contract::wire::OutcomeMessage;
use runtime::Runtime;
use runtime::activity::Busy;
use tokio::sync::{Notify, oneshot};

use crate::backoff::Pauses;
use crate::timeout::within;

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Sends outcomes to the partitions' owners.
pub struct Reporter {
    runtime: Runtime,
    bus: Arc<dyn Bus>,
    timeout: Duration,
    most_per_message: usize,
    acknowledged: Arc<Notify>,
    queues: Mutex<BTreeMap<u16, Queue>>,
}

struct Unacknowledged {
    outcome: OutcomeMessage,
    /// Held until the log has it.
    busy: Busy,
    told: Option<oneshot::Sender<()>>,
}

impl Unacknowledged {
    /// The guard goes only after whoever waits was told: the log has what it stood for.
    fn tell(self) {
        let Self { outcome: _, busy, told } = self;
        if let Some(told) = told {
            let _asker_may_be_gone = told.send(());
        }
        drop(busy);
    }
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Unacknowledged>,
    under_way: usize,
    has_task: bool,
}

impl Reporter {
    /// Waits `timeout` for the log each time; `acknowledged` is told when it has taken some.
    pub fn new(
        runtime: Runtime,
        bus: Arc<dyn Bus>,
        timeout: Duration,
        most_per_message: usize,
        acknowledged: Arc<Notify>,
    ) -> Self {
        let most_per_message = most_per_message.max(1);
        Self { runtime, bus, timeout, most_per_message, acknowledged, queues: Mutex::default() }
    }

    /// Takes an outcome over. The guard is held until the log has it.
    pub fn report(self: &Arc<Self>, partition: u16, outcome: OutcomeMessage, busy: Busy) {
        self.take_over(partition, Unacknowledged { outcome, busy, told: None });
    }

    /// The same, and tells when the log has it; whoever waits for that may go away.
    pub fn report_and_tell(
        self: &Arc<Self>,
        partition: u16,
        outcome: OutcomeMessage,
        busy: Busy,
    ) -> oneshot::Receiver<()> {
        let (told, acknowledged) = oneshot::channel();
        self.take_over(partition, Unacknowledged { outcome, busy, told: Some(told) });
        acknowledged
    }

    fn take_over(self: &Arc<Self>, partition: u16, outcome: Unacknowledged) {
        let needs_task = {
            let mut queues = self.queues();
            let queue = queues.entry(partition).or_default();
            queue.waiting.push_back(outcome);
            !std::mem::replace(&mut queue.has_task, true)
        };
        if needs_task {
            let reporter = Arc::clone(self);
            self.runtime.tasks.spawn("report", Box::pin(async move { reporter.send_all(partition).await }));
        }
    }

    /// How many outcomes the log has not acknowledged.
    pub fn unacknowledged(&self) -> usize {
        self.queues().values().map(|queue| queue.waiting.len() + queue.under_way).sum()
    }

    async fn send_all(&self, partition: u16) {
        while let Some(batch) = self.take(partition) {
            self.send(partition, &batch).await;
            if let Some(queue) = self.queues().get_mut(&partition) {
                queue.under_way = 0;
            }
            self.acknowledged.notify_one();
            batch.into_iter().for_each(Unacknowledged::tell);
        }
    }

    /// The next message's worth; without any, the task ends.
    fn take(&self, partition: u16) -> Option<Vec<Unacknowledged>> {
        let mut queues = self.queues();
        let queue = queues.get_mut(&partition)?;
        if queue.waiting.is_empty() {
            queue.has_task = false;
            return None;
        }
        let count = queue.waiting.len().min(self.most_per_message);
        queue.under_way = count;
        Some(queue.waiting.drain(..count).collect())
    }

    async fn send(&self, partition: u16, batch: &[Unacknowledged]) {
        let outcomes: Vec<OutcomeMessage> = batch.iter().map(|waiting| waiting.outcome.clone()).collect();
        let mut pauses = Pauses::new(SHORTEST_PAUSE, LONGEST_PAUSE, &*self.runtime.random);
        let mut most = outcomes.len();
        let mut rest = outcomes.as_slice();
        while !rest.is_empty() {
            let (next, later) = rest.split_at(most.clamp(1, rest.len()));
            let sent = self.bus.report(partition, next.to_vec());
            match within(&*self.runtime.clock, self.timeout, sent).await {
                Some(Ok(_filed)) => rest = later,
                Some(Err(BusError::TooLarge { limit, .. })) if limit < most => most = limit.max(1),
                Some(Err(error)) => {
                    tracing::warn!(partition, error = %error, "outcomes are not in the log yet");
                    self.runtime.clock.sleep(pauses.next()).await;
                }
                None => {
                    tracing::warn!(partition, "outcomes are not in the log yet: no acknowledgement in time")
                }
            }
        }
    }

    fn queues(&self) -> MutexGuard<'_, BTreeMap<u16, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
