//! The intake: claims that upstream publishes, until they are settled.
//!
//! A claim goes from its stream when the log has it. One that will never be right goes to the stream of refused claims
//! first, by reason and reference alone, and from its own stream after; a crash between the two repeats both, and the
//! first is recognised.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{AckKind, Message};
use async_trait::async_trait;
use contract::codec;
use contract::wire::RefusedClaim;
use domain::label::{Label, TenantId};
use tokio::sync::Mutex;

use super::NatsBus;
use super::headers;
use super::link::{Link, failed};
use super::publishing::Publication;
use super::pulling::{Pulled, Pulling};
use super::topology::{Kept, Topology};
use crate::BusError;
use crate::upstream::{Published, Settled, Taken, Upstream};

/// Most claims of one taking.
const MAX_TAKEN: usize = 500;

/// Longest detail of a refusal that is kept, in characters.
const MAX_DETAIL: usize = 1_000;

/// Where a subject's tenant is no name, its refusals are filed under this.
const NO_TENANT: &str = "-";

/// The pull of this process, one at a time.
pub(super) type Intake = Mutex<Pulling>;

pub(super) fn intake(link: &Link) -> Intake {
    Mutex::new(Pulling::new(link, link.topology.name(Kept::Claims), Topology::INGEST.to_owned()))
}

#[async_trait]
impl Upstream for NatsBus {
    async fn take(&self, most: usize) -> Result<Vec<Box<dyn Taken>>, BusError> {
        let most = most.clamp(1, MAX_TAKEN);
        let mut pulling = self.intake.lock().await;
        loop {
            let mut messages = match pulling.next(&self.link).await? {
                Pulled::Messages(messages) => messages,
                Pulled::Lost => {
                    pulling.recover(&self.link).await?;
                    continue;
                }
            };
            if messages.is_empty() {
                continue;
            }
            if most > 1
                && let Ok(Pulled::Messages(more)) = pulling.more(&self.link, most - 1).await
            {
                messages.extend(more);
            }
            return Ok(messages.into_iter().filter_map(|message| self.taken(message)).collect());
        }
    }

    async fn oldest(&self) -> Result<Duration, BusError> {
        const DOING: &str = "asked how old the intake is";
        self.link.check_up(DOING)?;
        let stream = self.link.topology.name(Kept::Claims);
        let stream = self.link.timely(DOING, self.link.jetstream.get_stream(stream)).await?;
        let stream = stream.map_err(|error| failed(DOING, error, true))?;
        let state = &stream.cached_info().state;
        if state.messages == 0 {
            return Ok(Duration::ZERO);
        }
        let oldest_ms = i64::try_from(state.first_timestamp.unix_timestamp_nanos() / 1_000_000);
        let oldest_ms = oldest_ms.map_err(|error| failed(DOING, error, false))?;
        let age = self.link.runtime.clock.now().since(domain::time::Timestamp(oldest_ms));
        // A message from the future is as old as one of this moment: clocks differ by a little (time, 1).
        Ok(Duration::from_millis(u64::try_from(age.0).unwrap_or(0)))
    }
}

impl NatsBus {
    fn taken(&self, message: Message) -> Option<Box<dyn Taken>> {
        let claim = Claim::read(Arc::clone(&self.link), message);
        if claim.is_none() {
            self.link.unreadable();
            tracing::warn!("something that is no claim was handed out; it stays where it is");
        }
        Some(Box::new(claim?))
    }
}

/// A claim, to be settled.
struct Claim {
    link: Arc<Link>,
    published: Published,
    /// The server's own name for the message.
    number: String,
    message: Message,
}

impl Claim {
    fn read(link: Arc<Link>, message: Message) -> Option<Self> {
        let info = message.info().ok()?;
        let number = format!("{}-{}", info.stream_sequence, info.published.unix_timestamp_nanos());
        let deliveries = u64::try_from(info.delivered).unwrap_or(0);
        let (tenant, kind) = link.topology.claim(&message.subject)?;
        let headers = message.headers.as_ref();
        let text = |name| headers::text(headers, name).map(str::to_owned);
        let published = Published {
            tenant: tenant.to_owned(),
            kind: kind.to_owned(),
            content_type: text(headers::CONTENT_TYPE),
            message_id: text(headers::MESSAGE_ID),
            receipt_to: text(headers::RECEIPT_TO).filter(|subject| link.topology.takes_receipts(subject)),
            body: message.payload.to_vec(),
            trace: headers::trace(headers),
            deliveries,
        };
        Some(Self { link, published, number, message })
    }

    /// A receipt that gets lost is asked for by sending the claim again: the log knows it.
    async fn send_receipt(&self, receipt: Vec<u8>) -> Result<(), BusError> {
        const DOING: &str = "sent a receipt";
        let Some(subject) = self.published.receipt_to.clone() else { return Ok(()) };
        let headers = headers::traced(self.published.trace);
        let sent = self.link.client.publish_with_headers(subject, headers, receipt.into());
        self.link.timely(DOING, sent).await?.map_err(|error| failed(DOING, error, true))
    }

    async fn file(&self, reason: &str, detail: &str, reference: [u8; 16]) -> Result<(), BusError> {
        let tenant = TenantId::new(&self.published.tenant).ok();
        let refused = RefusedClaim {
            tenant: tenant.clone(),
            reason: label(reason)?,
            detail: detail.chars().take(MAX_DETAIL).collect(),
            reference,
        };
        let publication = Publication {
            subject: self.link.topology.refused(tenant.as_ref().map_or(NO_TENANT, TenantId::as_str)),
            id: Some(format!("claim-{}", self.number)),
            trace: self.published.trace,
            payload: codec::encode_refused(&refused),
        };
        self.link.publish("filed a refused claim", &publication).await
    }

    async fn acknowledge(&self, kind: AckKind) -> Result<(), BusError> {
        const DOING: &str = "settled a claim";
        self.link.check_up(DOING)?;
        let settled = self.link.timely(DOING, self.message.double_ack_with(kind)).await?;
        settled.map_err(|error| failed(DOING, error, true))
    }
}

fn label(reason: &str) -> Result<Label, BusError> {
    Label::new(reason).map_err(|error| failed("filed a refused claim", error, false))
}

#[async_trait]
impl Taken for Claim {
    fn message(&self) -> &Published {
        &self.published
    }

    async fn settle(self: Box<Self>, settled: Settled) -> Result<(), BusError> {
        match settled {
            Settled::Done { receipt } => {
                self.send_receipt(receipt).await?;
                self.acknowledge(AckKind::Ack).await
            }
            Settled::Refused { reason, detail, reference, receipt } => {
                self.file(&reason, &detail, reference).await?;
                self.send_receipt(receipt).await?;
                self.acknowledge(AckKind::Ack).await
            }
            Settled::Later { pause } => self.acknowledge(AckKind::Nak(Some(pause))).await,
        }
    }
}
