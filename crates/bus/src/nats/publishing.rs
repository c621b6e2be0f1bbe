//! Publishing into streams: escalations, the public feed, heads.
//!
//! What the server has acknowledged it has, as far as its disk goes; no promise rests on it.
//! An escalation's message id holds its emission's number: the same emission is swallowed when it comes twice, the next one
//! is not (bus, 1).

use async_nats::jetstream::context::{PublishAckFuture, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use async_nats::jetstream::{ErrorCode, context::PublishError};
use async_trait::async_trait;
use contract::codec;
use contract::wire::{EscalationNotice, TraceContext};
use domain::channel::Channel;
use domain::label::TenantId;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use super::NatsBus;
use super::headers;
use super::link::{Link, failed};
use super::parts::{Most, Part, parts};
use super::topology::Kept;
use crate::BusError;
use crate::feed::{Feed, PublicEvent, PublishedHead};

/// Most escalations of one message: small enough that several workers share what is emitted at once.
const MAX_NOTICES: usize = 100;

/// A message for a stream.
#[derive(Clone)]
pub(super) struct Publication {
    pub(super) subject: String,
    /// By what it is recognised within the duplicate window, if it is.
    pub(super) id: Option<String>,
    pub(super) trace: TraceContext,
    pub(super) payload: Vec<u8>,
}

impl Publication {
    fn message(&self) -> PublishMessage {
        let mut headers = headers::traced(self.trace);
        if let Some(id) = &self.id {
            headers.insert(headers::MESSAGE_ID, id.as_str());
        }
        PublishMessage::build().payload(self.payload.clone().into()).headers(headers)
    }
}

impl Link {
    /// Publishes, and waits until the server has it. Where the stream is gone, it is made anew first.
    pub(super) async fn publish(
        &self,
        doing: &'static str,
        publication: &Publication,
    ) -> Result<(), BusError> {
        match self.published(doing, publication).await {
            Err(Unpublished::StreamGone) => {
                self.ensure().await?;
                self.published(doing, publication).await.map_err(|error| error.shown(doing))
            }
            published => published.map_err(|error| error.shown(doing)),
        }
    }

    async fn published(&self, doing: &'static str, publication: &Publication) -> Result<(), Unpublished> {
        let acknowledged = self.begin_to_publish(doing, publication).await?;
        self.timely(doing, acknowledged.into_future()).await??;
        Ok(())
    }

    async fn begin_to_publish(
        &self,
        doing: &'static str,
        publication: &Publication,
    ) -> Result<PublishAckFuture, Unpublished> {
        self.check_up(doing)?;
        let sent = self.jetstream.send_publish(publication.subject.clone(), publication.message());
        Ok(self.timely(doing, sent).await??)
    }
}

/// Why a message is not known to be in its stream.
enum Unpublished {
    StreamGone,
    Server(PublishError),
    Other(BusError),
}

impl From<PublishError> for Unpublished {
    fn from(error: PublishError) -> Self {
        if error.kind() == PublishErrorKind::StreamNotFound { Self::StreamGone } else { Self::Server(error) }
    }
}

impl From<BusError> for Unpublished {
    fn from(error: BusError) -> Self {
        Self::Other(error)
    }
}

impl Unpublished {
    fn shown(self, doing: &'static str) -> BusError {
        match self {
            Self::StreamGone => failed(doing, "the stream is gone", true),
            Self::Server(error) => {
                failed(doing, &error, error.kind() != PublishErrorKind::MaxPayloadExceeded)
            }
            Self::Other(error) => error,
        }
    }
}

const EMITTED: &str = "emitted escalations";

/// Emits escalations: bulk messages of one tenant each, side by side.
pub(super) async fn emit(
    link: &Link,
    channel: Channel,
    notices: &[EscalationNotice],
) -> Result<(), BusError> {
    let limit = link.limits.notices;
    if notices.len() > limit {
        return Err(BusError::TooLarge { what: "escalations", size: notices.len(), limit });
    }
    let mut by_tenant: BTreeMap<&TenantId, Vec<&EscalationNotice>> = BTreeMap::new();
    notices.iter().for_each(|notice| by_tenant.entry(&notice.tenant).or_default().push(notice));
    let mut publications = Vec::new();
    for (tenant, notices) in by_tenant {
        publications.extend(of_tenant(link, channel, tenant, &notices)?);
    }
    let emitted = publications.iter().map(|publication| link.publish(EMITTED, publication));
    futures_util::future::join_all(emitted).await.into_iter().collect()
}

fn of_tenant(
    link: &Link,
    channel: Channel,
    tenant: &TenantId,
    notices: &[&EscalationNotice],
) -> Result<Vec<Publication>, BusError> {
    let most = Most { message: usize::MAX, entries: MAX_NOTICES, bytes: link.part_bytes() };
    let cut =
        parts("escalations", notices, most, |notice| codec::encode_notices(std::slice::from_ref(*notice)))?;
    let mut rest = notices;
    let publication = |part: Part| {
        let (these, others) = rest.split_at_checked(part.entries).unwrap_or((rest, &[]));
        rest = others;
        Publication {
            subject: link.topology.escalations(channel, tenant.as_str()),
            id: Some(message_id(these)),
            trace: these.iter().find_map(|notice| notice.trace),
            payload: part.bytes,
        }
    };
    Ok(cut.into_iter().map(publication).collect())
}

/// The escalation's id and the emission's number; of several, a digest over all of them.
fn message_id(notices: &[&EscalationNotice]) -> String {
    let of = |notice: &EscalationNotice| {
        format!("{}-{}-{}", headers::hex(&notice.id.stream.bytes()), notice.id.number, notice.emission)
    };
    match notices {
        [notice] => of(notice),
        notices => {
            let mut digest = Sha256::new();
            notices.iter().for_each(|notice| digest.update(format!("{};", of(notice))));
            headers::hex(&digest.finalize())
        }
    }
}

#[async_trait]
impl Feed for NatsBus {
    /// One after the other: what follows a message that was lost may not be there before it (bus, 2).
    async fn publish(&self, events: Vec<PublicEvent>) -> Result<(), BusError> {
        for event in events {
            let history = headers::hex(&event.history);
            let publication = Publication {
                subject: self.link.topology.event(event.tenant.as_str(), event.name),
                id: Some(format!("{history}-{}-{}", event.partition, event.position.0)),
                trace: event.trace,
                payload: event.payload,
            };
            self.link.publish("published events", &publication).await?;
        }
        Ok(())
    }

    async fn keep_head(&self, head: PublishedHead) -> Result<(), BusError> {
        let subject = self.link.topology.head(head.partition);
        let publication = Publication { subject, id: None, trace: None, payload: codec::encode_head(&head) };
        self.link.publish("kept a head", &publication).await
    }

    async fn kept_head(&self, partition: u16) -> Result<Option<PublishedHead>, BusError> {
        const DOING: &str = "read a head";
        self.link.check_up(DOING)?;
        let (subject, stream) = (self.link.topology.head(partition), self.link.topology.name(Kept::Heads));
        let heads = self.link.jetstream.get_stream_no_info(stream).await;
        let heads = heads.map_err(|error| failed(DOING, error, false))?;
        let kept = self.link.timely(DOING, heads.get_last_raw_message_by_subject(&subject)).await?;
        match kept {
            Ok(message) => {
                let head = codec::decode_head(&message.payload);
                head.map(Some).map_err(|error| failed(DOING, error, false))
            }
            Err(error) => match error.kind() {
                LastRawMessageErrorKind::NoMessageFound => Ok(None),
                LastRawMessageErrorKind::JetStream(reason)
                    if reason.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                {
                    Ok(None)
                }
                LastRawMessageErrorKind::InvalidSubject
                | LastRawMessageErrorKind::JetStream(_)
                | LastRawMessageErrorKind::Other => Err(failed(DOING, error, true)),
            },
        }
    }
}
