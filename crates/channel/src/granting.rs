//! Granting credit: telling the partitions' owners what a worker can take, as absolute figures that expire.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use contract::wire::Credit;
use domain::channel::Channel;
use domain::label::TenantId;
use futures_util::future::join_all;
use runtime::{Runtime, random_id};
use tokio::sync::{Notify, watch};

use crate::backoff::Pauses;
use crate::timeout::within;

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const GRANT_TIMEOUT: Duration = Duration::from_secs(5);

/// What a worker can take in all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Figure {
    /// How many escalations it can hold at once, over all tenants and partitions.
    pub amount: u32,
    /// Positive evidence of an outage at the provider, if there is any.
    pub outage: bool,
}

/// Grants on behalf of one worker.
pub struct Granter {
    runtime: Runtime,
    bus: Arc<dyn Bus>,
    channel: Channel,
    tenants: Vec<TenantId>,
    partitions: Vec<u16>,
    lifetime: Duration,
    worker: [u8; 16],
    ready: watch::Sender<bool>,
}

impl Granter {
    /// A worker with a random name, whose credits count for `lifetime`.
    pub fn new(
        runtime: Runtime,
        bus: Arc<dyn Bus>,
        channel: Channel,
        tenants: Vec<TenantId>,
        partitions: Vec<u16>,
        lifetime: Duration,
    ) -> Self {
        let worker = random_id(&*runtime.random);
        let ready = watch::Sender::new(false);
        Self { runtime, bus, channel, tenants, partitions, lifetime, worker, ready }
    }

    /// Resolves once every owner has taken the first credits.
    pub fn ready(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut ready = self.ready.subscribe();
        async move {
            if ready.wait_for(|ready| *ready).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Grants the figure, renews it at a third of its lifetime, and grants anew at once when told that it changed.
    ///
    /// Never ends. An owner that can't be told is tried again; the others are not kept waiting by it.
    pub async fn run(&self, figure: impl Fn() -> Figure + Send, changed: &Notify) {
        let renewal = self.lifetime / 3;
        let mut pauses = None;
        loop {
            let pause = if self.grant_all(figure()).await {
                self.ready.send_replace(true);
                pauses = None;
                renewal
            } else {
                let fresh =
                    || Pauses::new(SHORTEST_PAUSE, renewal.max(SHORTEST_PAUSE), &*self.runtime.random);
                pauses.get_or_insert_with(fresh).next()
            };
            let wait = self.runtime.clock.sleep(pause);
            tokio::select! {
                biased;
                () = changed.notified() => {}
                () = wait => {}
            }
        }
    }

    async fn grant_all(&self, figure: Figure) -> bool {
        let amount = self.share(figure.amount);
        let targets =
            self.tenants.iter().flat_map(|tenant| self.partitions.iter().map(move |p| (tenant, *p)));
        let grants = targets.map(|(tenant, partition)| {
            let credit = Credit {
                worker: self.worker,
                tenant: tenant.clone(),
                channel: self.channel,
                amount,
                expires_in: self.lifetime,
                outage: figure.outage,
            };
            within(&*self.runtime.clock, GRANT_TIMEOUT, self.bus.grant(partition, credit))
        });
        let heard = join_all(grants).await;
        heard.iter().all(|heard| matches!(heard, Some(Ok(()))))
    }

    /// Each tenant's and partition's part, at least 1 unless there is nothing to give.
    fn share(&self, amount: u32) -> u32 {
        let parts = self.tenants.len().saturating_mul(self.partitions.len()).max(1);
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        if amount == 0 { 0 } else { (amount / parts).max(1) }
    }
}
