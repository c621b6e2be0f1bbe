//! What upstream systems publish over the broker, taken to the log one by one: acknowledged once it is in the log, refused
//! with a reason, or left to come again (inputs, 3).
//!
//! **Guarantees:** a message goes from the stream only when the log has acknowledged its fact, or its body lies sealed in
//! the database and the stream of refused messages says why. A crash anywhere lets it come again, and it is recognised.
//! The subject speaks for the tenant and the kind: nothing in the body can say otherwise.

mod reading;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bus::upstream::{Settled, Taken, Upstream};
use contract::codec::encode_receipts;
use contract::wire::{FactMessage, Receipt};
use domain::label::{Label, TenantId};
use event_log::keys::Keyring;
use event_log::refused::RefusedBodies;
use event_log::seal::message::{Purpose, seal_message};
use runtime::Runtime;
use runtime::stop::told;
use tokio::sync::watch;

use crate::error::IngestError;
use crate::sink::FactSink;

/// Most messages that are taken at once.
const MAX_TAKEN: usize = 500;
/// How long until a message comes again whose fact the log did not take: soon at first, as after a takeover.
const SOON: Duration = Duration::from_secs(2);
/// And once it has come so often that something lasting is the reason: the stream hands a message out a bounded number of
/// times, which has to be enough for its whole age.
const LATER: Duration = Duration::from_secs(60);
/// How often it comes soon.
const SOON_DELIVERIES: u64 = 30;
/// How long to wait after the carrier failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The intake.
pub struct Intake {
    /// Where messages come from.
    pub upstream: Arc<dyn Upstream>,
    /// Where facts go.
    pub sink: Arc<dyn FactSink>,
    /// Where refused bodies go.
    pub bodies: Arc<dyn RefusedBodies>,
    /// Makes digests, and seals refused bodies.
    pub keyring: Arc<Keyring>,
    /// The tenants that there are.
    pub tenants: BTreeSet<TenantId>,
    /// Time and randomness.
    pub runtime: Runtime,
}

type Delivery = Box<dyn Taken>;

/// A message that is refused.
struct Refusal {
    reason: Label,
    detail: String,
}

impl Intake {
    /// Takes messages until it is told to stop; what is under way is settled first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        loop {
            let taken = tokio::select! {
                biased;
                () = told(&mut stop) => return,
                taken = self.upstream.take(MAX_TAKEN) => taken,
            };
            match taken {
                Ok(taken) => self.take_in(taken).await,
                Err(error) => {
                    tracing::warn!(%error, "nothing published can be taken in for now");
                    self.runtime.clock.sleep(PAUSE).await;
                }
            }
        }
    }

    /// Brings each of them to its end.
    async fn take_in(&self, taken: Vec<Delivery>) {
        let (mut deliveries, mut facts) = (Vec::new(), Vec::new());
        for delivery in taken {
            match self.read(delivery.message()) {
                Ok(fact) => {
                    deliveries.push(delivery);
                    facts.push(fact);
                }
                Err(refusal) => self.refuse(delivery, refusal).await,
            }
        }
        if facts.is_empty() {
            return;
        }
        match self.hand_in(facts).await {
            Ok(receipts) => {
                for (delivery, receipt) in deliveries.into_iter().zip(receipts) {
                    self.settle(delivery, receipt).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, facts = deliveries.len(), "published claim events come again later");
                for delivery in deliveries {
                    again(delivery).await;
                }
            }
        }
    }

    async fn hand_in(&self, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, IngestError> {
        let sent = facts.len();
        let receipts = self.sink.take(facts).await?;
        let answered = receipts.len();
        if answered == sent { Ok(receipts) } else { Err(IngestError::Receipts { sent, answered }) }
    }

    async fn settle(&self, delivery: Delivery, receipt: Receipt) {
        match receipt {
            Receipt::Refused { reason, detail } => self.refuse(delivery, Refusal { reason, detail }).await,
            Receipt::Recorded | Receipt::Duplicate | Receipt::Parked => {
                finish(delivery, Settled::Done { receipt: encode_receipts(&[receipt]) }).await;
            }
        }
    }

    /// Keeps the body first: a crash after that keeps it once more under the same reference, and says so once.
    async fn refuse(&self, delivery: Delivery, refusal: Refusal) {
        let Refusal { reason, detail } = refusal;
        let reference = match self.keep(&*delivery).await {
            Ok(reference) => reference,
            Err(detail) => {
                tracing::warn!(%detail, "a refused message comes again later, since its body was not kept");
                return again(delivery).await;
            }
        };
        tracing::warn!(%reason, "a published claim event is refused");
        let receipt = Receipt::Refused { reason: reason.clone(), detail: detail.clone() };
        let receipt = encode_receipts(&[receipt]);
        finish(delivery, Settled::Refused { reason: reason.to_string(), detail, reference, receipt }).await;
    }

    /// Keeps a body sealed, under a reference that the same message has each time it comes.
    async fn keep(&self, delivery: &dyn Taken) -> Result<[u8; 16], String> {
        let message = delivery.message();
        let id = message.message_id.as_deref().unwrap_or_default();
        let parts = [message.tenant.as_bytes(), message.kind.as_bytes(), id.as_bytes(), &message.body];
        let reference = self.keyring.digest16("refused", &parts);
        let sealed =
            seal_message(&self.keyring, Purpose::Refused, &reference, &message.body, &*self.runtime.random);
        let sealed = sealed.map_err(|error| error.to_string())?;
        // A tenant that is none stands under a name that no rulebook has.
        let tenant = TenantId::new(&message.tenant).or_else(|_| TenantId::new("_unknown"));
        let tenant = tenant.map_err(|error| error.to_string())?;
        let kept = self.bodies.keep(reference, &tenant, self.runtime.clock.now(), &sealed).await;
        kept.map_err(|error| error.to_string())?;
        Ok(reference)
    }
}

/// Lets it come again.
async fn again(delivery: Delivery) {
    let pause = if delivery.message().deliveries > SOON_DELIVERIES { LATER } else { SOON };
    finish(delivery, Settled::Later { pause }).await;
}

/// What is not confirmed comes again, and is recognised.
async fn finish(delivery: Delivery, settled: Settled) {
    if let Err(error) = delivery.settle(settled).await {
        tracing::warn!(%error, "the broker did not confirm what became of a message; it comes again");
    }
}
