//! A worker's lane: escalations of one channel, pulled when there is room for them.
//!
//! A full lane pulls nothing, so that other workers of the channel get what it can't take.
//! A message is acknowledged once the worker has it, and given back if the worker drops it; neither is relied on, since the
//! log emits again what nobody asked a permit for.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{AckKind, Message};
use contract::codec;
use contract::wire::EscalationNotice;
use domain::channel::Channel;
use runtime::stop::told;
use tokio::sync::{mpsc, oneshot, watch};

use super::link::Link;
use super::pulling::{Pulled, Pulling};
use super::topology::{Kept, Topology};
use crate::BusError;
use crate::lane::Delivery;

/// Most messages that wait in the lane: each may hold many escalations.
const MAX_WAITING: usize = 4;

/// Pause before a message that a worker gave back goes to somebody else.
const GIVEN_BACK_FOR: Duration = Duration::from_secs(1);

type Entry = mpsc::Sender<Delivery<Vec<EscalationNotice>, ()>>;
type Slot<'a> = mpsc::Permit<'a, Delivery<Vec<EscalationNotice>, ()>>;

/// A worker of one channel.
pub(super) struct Working {
    link: Arc<Link>,
    pulling: Pulling,
    /// Turns true once a newer listener of this process takes over.
    stop: watch::Receiver<bool>,
}

/// The lane's two ends: the sending one is fed by [`Working::run`].
pub(super) fn lane(link: &Link) -> (Entry, crate::lane::Lane<Vec<EscalationNotice>, ()>) {
    mpsc::channel(link.limits.lane.clamp(1, MAX_WAITING))
}

impl Working {
    pub(super) fn new(link: Arc<Link>, channel: Channel, stop: watch::Receiver<bool>) -> Self {
        let stream = link.topology.name(Kept::Escalations);
        let pulling = Pulling::new(&link, stream, Topology::worker(channel));
        Self { link, pulling, stop }
    }

    /// Feeds the lane until it ends, or a newer listener of this process takes over.
    pub(super) async fn run(mut self, entry: Entry) {
        let mut stop = self.stop.clone();
        tokio::select! {
            biased;
            () = told(&mut stop) => {}
            () = entry.closed() => {}
            () = self.feed(&entry) => {}
        }
    }

    async fn feed(&mut self, entry: &Entry) {
        while let Ok(slot) = entry.reserve().await {
            match self.pulling.next(&self.link).await {
                Ok(Pulled::Messages(messages)) => {
                    // One was asked for.
                    if let Some(message) = messages.into_iter().next() {
                        self.deliver(message, slot).await;
                    }
                }
                Ok(Pulled::Lost) => self.recover().await,
                Err(error) => {
                    tracing::warn!(%error, "escalations could not be pulled");
                    self.recover().await;
                }
            }
        }
    }

    async fn recover(&self) {
        if let Err(error) = self.pulling.recover(&self.link).await {
            tracing::warn!(%error, "no escalations can be pulled");
        }
    }

    async fn deliver(&self, message: Message, slot: Slot<'_>) {
        let notices = match codec::decode_notices(&message.payload) {
            Ok(notices) => notices,
            Err(error) => {
                self.link.unreadable();
                tracing::warn!(%error, "escalations can't be read; they are dropped, and emitted again");
                settle(&self.link, &message, AckKind::Term).await;
                return;
            }
        };
        let (delivery, answered) = Delivery::new(notices, self.link.runtime.activity.begin());
        slot.send(delivery);
        let link = Arc::clone(&self.link);
        let settling = async move { acknowledge(&link, &message, answered).await };
        self.link.runtime.tasks.spawn("bus.acknowledge", Box::pin(settling));
    }
}

async fn acknowledge(link: &Link, message: &Message, answered: oneshot::Receiver<()>) {
    let kind = match answered.await {
        Ok(()) => AckKind::Ack,
        Err(_dropped) => AckKind::Nak(Some(GIVEN_BACK_FOR)),
    };
    settle(link, message, kind).await;
}

/// If it fails, the message comes again, and the worker knows its escalations.
async fn settle(link: &Link, message: &Message, kind: AckKind) {
    let settled = link.timely("acknowledged escalations", message.double_ack_with(kind)).await;
    match settled {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "escalations could not be acknowledged"),
        Err(error) => log_late(&error),
    }
}

fn log_late(error: &BusError) {
    tracing::warn!(%error, "escalations could not be acknowledged in time");
}
