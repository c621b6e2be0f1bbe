//! Recalls: every call list hears that an escalation is over, whichever of them holds its task.
//!
//! They are told beside the work queue, whose messages go to one list each.
//! Nothing is kept: what a list does not hear it hears when it is told again, and the permit decides in any case.
//! Sealed like all that is told to everybody, so that nobody without the keys can empty a list.

use std::sync::Arc;

use async_nats::{Message, Subscriber};
use contract::codec;
use domain::channel::Channel;
use domain::ids::EscalationId;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::envelope;
use super::link::{Link, failed};
use super::partitions::{Partitions, Settling};
use super::parts::{Most, parts};
use crate::BusError;
use crate::lane::{Delivery, Lane};

const TOLD: &str = "recalled escalations";

type Entry = mpsc::Sender<Delivery<Vec<EscalationId>, ()>>;

/// Tells it to whoever listens.
pub(super) async fn recall(
    link: &Link,
    channel: Channel,
    escalations: &[EscalationId],
) -> Result<(), BusError> {
    let most = Most { message: link.limits.notices, entries: usize::MAX, bytes: link.part_bytes() };
    let one = |escalation: &EscalationId| codec::encode_recall(std::slice::from_ref(escalation));
    let subject = link.topology.recalls(channel);
    for part in parts("recalls", escalations, most, one)? {
        link.check_up(TOLD)?;
        let sealed = link.seal(&envelope::announcement(&subject), &part.bytes);
        let sealed = sealed.map_err(|error| failed(TOLD, error, false))?;
        let told = link.timely(TOLD, link.client.publish(subject.clone(), sealed.into())).await?;
        told.map_err(|error| failed(TOLD, error, true))?;
    }
    Ok(())
}

/// Becomes a listener. A task makes the subscription; whoever recalls in this process waits until it is made.
pub(super) fn listen(
    link: &Arc<Link>,
    partitions: &Arc<Partitions>,
    channel: Channel,
) -> Lane<Vec<EscalationId>, ()> {
    let (entry, lane) = mpsc::channel(link.limits.lane.max(1));
    let listener = Listener { link: Arc::clone(link), subject: link.topology.recalls(channel) };
    link.runtime.tasks.spawn("bus.recalls", Box::pin(listener.run(entry, partitions.settle())));
    lane
}

struct Listener {
    link: Arc<Link>,
    subject: String,
}

impl Listener {
    async fn run(self, entry: Entry, settling: Settling) {
        let subscribed = self.link.client.subscribe(self.subject.clone()).await;
        drop(settling);
        let Ok(subscriber) = subscribed else {
            tracing::error!("the broker's client has ended; recalls are not heard");
            return;
        };
        tokio::select! {
            biased;
            () = entry.closed() => {}
            () = self.hear(subscriber, &entry) => {}
        }
    }

    async fn hear(&self, mut subscriber: Subscriber, entry: &Entry) {
        while let Some(message) = subscriber.next().await {
            let Some(escalations) = self.read(&message) else { continue };
            let (delivery, _nobody_waits) = Delivery::new(escalations, self.link.runtime.activity.begin());
            if entry.send(delivery).await.is_err() {
                return;
            }
        }
    }

    fn read(&self, message: &Message) -> Option<Vec<EscalationId>> {
        let plain = self.link.open(&envelope::announcement(&message.subject), &message.payload).ok()?;
        match codec::decode_recall(&plain) {
            Ok(escalations) => Some(escalations),
            Err(error) => {
                self.link.unreadable();
                tracing::warn!(%error, "recalls can't be read; the permit decides");
                None
            }
        }
    }
}
