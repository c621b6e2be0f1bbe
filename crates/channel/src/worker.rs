//! The worker: notices in, permits asked, submissions out, outcomes reported.
//!
//! Whatever it holds, it holds in memory only: a crash loses hints, which are emitted again, and leaves open permits to
//! the partition's deadline, which makes them unknown and never sends them again.

mod dispatch;
mod drain;
mod submit;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bus::Bus;
use bus::lane::{Delivery, Lane};
use contract::wire::EscalationNotice;
use domain::ids::{EscalationId, ProviderMessageId};
use domain::label::TenantId;
use runtime::Runtime;
use tokio::sync::{Notify, Semaphore};

pub use self::drain::Drain;
use crate::asking::Asker;
use crate::bucket::TokenBucket;
use crate::circuit::Circuit;
use crate::config::{WorkerConfig, WorkerError};
use crate::granting::{Figure, Granter};
use crate::provider::Provider;
use crate::queue::{Queue, Waiting};
use crate::reporting::Reporter;

/// Makes the keyed digest of a provider's own name for a message.
pub type Digest = Arc<dyn Fn(&TenantId, &str) -> ProviderMessageId + Send + Sync>;

/// A worker of one channel.
pub struct Worker {
    inner: Arc<Inner>,
    granter: Granter,
}

/// What the worker's tasks share.
struct Inner {
    runtime: Runtime,
    provider: Arc<dyn Provider>,
    digest: Digest,
    config: WorkerConfig,
    asker: Asker,
    reporter: Arc<Reporter>,
    slots: Arc<Semaphore>,
    state: Mutex<State>,
    /// Something that [`Inner::next_batch`] looks at has changed.
    wake: Arc<Notify>,
    credit_changed: Notify,
    bus: Arc<dyn Bus>,
}

struct State {
    queue: Queue,
    in_hand: BTreeSet<EscalationId>,
    bucket: TokenBucket,
    circuit: Circuit,
    /// Nothing more is asked.
    closing: bool,
}

impl Worker {
    /// A worker that does nothing until it runs.
    pub fn new(
        runtime: Runtime,
        bus: Arc<dyn Bus>,
        provider: Arc<dyn Provider>,
        digest: Digest,
        config: WorkerConfig,
    ) -> Result<Self, WorkerError> {
        config.check()?;
        let granter = Granter::new(
            runtime.clone(),
            Arc::clone(&bus),
            provider.channel(),
            config.tenants.clone(),
            config.partitions.clone(),
            config.credit_lifetime,
        );
        Ok(Self { inner: Arc::new(Inner::new(runtime, bus, provider, digest, config)), granter })
    }

    /// Resolves once every partition's owner has taken the first credits: from then on a virtual clock may start.
    pub fn ready(&self) -> impl Future<Output = ()> + Send + 'static {
        self.granter.ready()
    }

    /// What ends it.
    pub fn drain(&self) -> Drain {
        Drain(Arc::clone(&self.inner))
    }

    /// Works until another listener takes the channel over. What is in hand then is finished by tasks of its own.
    pub async fn run(self) {
        let mut lane = self.inner.bus.work(self.inner.provider.channel());
        let granting = self.granter.run(|| self.inner.figure(), &self.inner.credit_changed);
        tokio::select! {
            biased;
            () = self.inner.work(&mut lane) => {}
            () = granting => {}
        }
    }
}

impl Inner {
    fn new(
        runtime: Runtime,
        bus: Arc<dyn Bus>,
        provider: Arc<dyn Provider>,
        digest: Digest,
        config: WorkerConfig,
    ) -> Self {
        let wake = Arc::new(Notify::new());
        let most_outcomes = usize::try_from(config.outcomes_per_message).unwrap_or(usize::MAX);
        let reporter = Reporter::new(
            runtime.clone(),
            Arc::clone(&bus),
            config.report_timeout,
            most_outcomes,
            Arc::clone(&wake),
        );
        let state = State {
            queue: Queue::new(usize::try_from(config.capacity).unwrap_or(usize::MAX)),
            in_hand: BTreeSet::new(),
            bucket: TokenBucket::new(config.rate_per_second, config.burst, runtime.clock.monotonic()),
            circuit: Circuit::new(config.failures_to_open, config.open_for),
            closing: false,
        };
        let slots = usize::try_from(config.concurrency).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            asker: Asker::new(runtime.clone(), Arc::clone(&bus), config.start_within, config.ask_timeout),
            reporter: Arc::new(reporter),
            slots: Arc::new(Semaphore::new(slots.min(Semaphore::MAX_PERMITS))),
            state: Mutex::new(state),
            wake,
            credit_changed: Notify::new(),
            runtime,
            provider,
            digest,
            config,
            bus,
        }
    }

    async fn work(self: &Arc<Self>, lane: &mut Lane<Vec<EscalationNotice>, ()>) {
        loop {
            let look_again = self.dispatch();
            tokio::select! {
                biased;
                delivery = lane.recv() => match delivery {
                    Some(delivery) => self.take_over(delivery),
                    // Somebody else listens from now on.
                    None => return,
                },
                () = self.wake.notified() => {}
                () = self.pause(look_again) => {}
            }
        }
    }

    async fn pause(&self, length: Option<Duration>) {
        match length {
            Some(length) => self.runtime.clock.sleep(length).await,
            None => std::future::pending().await,
        }
    }

    /// Takes notices into the queue and lets the sender go on.
    fn take_over(&self, delivery: Delivery<Vec<EscalationNotice>, ()>) {
        let (notices, answer) = delivery.split();
        let busy = answer.give(());
        let mut let_go = Vec::new();
        let mut state = self.state();
        for notice in notices {
            let known = state.in_hand.contains(&notice.id);
            if known || notice.channel != self.provider.channel() || state.circuit.is_open() {
                continue;
            }
            let_go.extend(state.queue.push(Waiting { notice, busy: busy.clone() }));
        }
        drop(state);
        // Guards end outside the lock, since the last one moves a virtual clock.
        drop((let_go, busy));
    }

    /// What may be granted now.
    fn figure(&self) -> Figure {
        let mut state = self.state();
        // Looked at first, since an open circuit whose time is over becomes half open.
        let _allowance = state.circuit.allowance(self.runtime.clock.monotonic());
        let amount = match (state.circuit.is_closed(), state.circuit.is_open()) {
            _ if state.closing => 0,
            (true, _) => self.config.capacity,
            (false, true) => 0,
            // Half open: one to try with.
            (false, false) => 1,
        };
        Figure { amount, outage: state.circuit.is_open() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
