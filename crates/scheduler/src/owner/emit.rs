//! Emission: notices leave through one task per channel, so that a slow worker holds up nobody else.
//!
//! A notice that does not get through is emitted again after its interval; the permit decides in any case.

use std::collections::BTreeMap;
use std::sync::Arc;

use bus::Bus;
use contract::wire::EscalationNotice;
use domain::channel::Channel;
use domain::ids::EscalationId;
use runtime::Runtime;
use runtime::activity::Busy;
use tokio::sync::mpsc;

use crate::owner::Owner;

/// Most messages that wait for one channel's worker; what does not fit is emitted again later.
const MAX_WAITING: usize = 16;

/// Most notices in one message.
const MAX_NOTICES: usize = 1_000;

/// What leaves.
enum Leaves {
    Escalations(Vec<EscalationNotice>),
    Recalls(Vec<EscalationId>),
}

type Queue = mpsc::Sender<(Leaves, Busy)>;

/// The tasks; they end with the owner.
pub(super) struct Emitters {
    runtime: Runtime,
    bus: Arc<dyn Bus>,
    queues: BTreeMap<Channel, Queue>,
}

impl Emitters {
    /// None yet: a channel's task starts with its first escalation.
    pub(super) fn new(runtime: Runtime, bus: Arc<dyn Bus>) -> Self {
        Self { runtime, bus, queues: BTreeMap::new() }
    }

    fn emit(&mut self, channel: Channel, leaves: Leaves) {
        let busy = self.runtime.activity.begin();
        let queue = self.queues.entry(channel).or_insert_with(|| start(&self.runtime, &self.bus, channel));
        if queue.try_send((leaves, busy)).is_err() {
            tracing::warn!(
                channel = channel.as_str(),
                "workers lag behind; escalations will be emitted again"
            );
        }
    }
}

fn start(runtime: &Runtime, bus: &Arc<dyn Bus>, channel: Channel) -> Queue {
    let (queue, mut waiting) = mpsc::channel::<(Leaves, Busy)>(MAX_WAITING);
    let bus = Arc::clone(bus);
    let task = async move {
        while let Some((leaves, busy)) = waiting.recv().await {
            let left = match leaves {
                Leaves::Escalations(notices) => bus.emit(channel, notices).await,
                Leaves::Recalls(escalations) => bus.recall(channel, escalations).await,
            };
            if let Err(error) = left {
                tracing::warn!(%error, channel = channel.as_str(), "escalations did not get through");
            }
            drop(busy);
        }
    };
    runtime.tasks.spawn("scheduler.emit", Box::pin(task));
    queue
}

impl Owner {
    /// Emits what credit allows, and again what nobody asked for in time; recalls calls that are over.
    pub(super) fn emit(&mut self) {
        let now = self.monotonic();
        self.credits.lapse(now);
        for (channel, notices) in self.flights.emit(&mut self.credits, now) {
            for message in notices.chunks(MAX_NOTICES) {
                self.emitters.emit(channel, Leaves::Escalations(message.to_vec()));
            }
        }
        for message in self.flights.recall(now).chunks(MAX_NOTICES) {
            self.emitters.emit(Channel::Call, Leaves::Recalls(message.to_vec()));
        }
    }
}
