//! Streams and consumers: made where they are missing, then read back and compared.
//!
//! An older server drops what it does not know without a word, and somebody may have made a stream by hand: a process
//! does not start on a topology that keeps less than it relies on.

use core::fmt::Debug;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::consumer::{self, IntoConsumerConfig, pull};
use async_nats::jetstream::context::{ConsumerInfoErrorKind, CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, ConsumerErrorKind};

use super::link::{Link, failed};
use super::topology::{Kept, Topology};
use crate::BusError;

/// How often it is tried before the server counts as unable: a server that has just started can't yet.
const TRIES: u32 = 20;

/// How long the pause between two tries is at first; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

const DOING: &str = "made sure of its streams";

/// A field, as it is wanted and as it was found.
pub(super) type Difference = (&'static str, String, String);

impl Link {
    /// Makes what is missing and verifies all that the role touches; what may pass is tried again for a while.
    pub(super) async fn ensure(&self) -> Result<(), BusError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.ensure_once().await {
                Err(error) if error.is_transient() => {
                    self.runtime.clock.sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause.saturating_mul(2));
                }
                ended => return ended,
            }
        }
        self.ensure_once().await
    }

    async fn ensure_once(&self) -> Result<(), BusError> {
        self.check_up(DOING)?;
        for stream in Topology::streams(self.role) {
            self.timely(DOING, self.ensure_stream(*stream)).await??;
        }
        for (stream, consumer) in self.topology.consumers(self.role) {
            self.timely(DOING, self.ensure_consumer(stream, consumer)).await??;
        }
        Ok(())
    }

    async fn ensure_stream(&self, stream: Kept) -> Result<(), BusError> {
        let wanted = self.topology.stream(stream);
        let found = match self.found_stream(&wanted.name).await? {
            Some(found) => found,
            None => {
                self.make_stream(&wanted).await?;
                tracing::info!(stream = wanted.name, "the stream is made");
                let made = self.found_stream(&wanted.name).await?;
                made.ok_or_else(|| failed(DOING, "a stream that was just made is gone", true))?
            }
        };
        match stream_difference(&wanted, &found) {
            Some(difference) => Err(differs(format!("the stream {}", wanted.name), difference)),
            None => Ok(()),
        }
    }

    pub(super) async fn found_stream(&self, name: &str) -> Result<Option<Config>, BusError> {
        match self.jetstream.get_stream(name).await {
            Ok(stream) => Ok(Some(stream.cached_info().config.clone())),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(reason)
                    if reason.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                {
                    Ok(None)
                }
                GetStreamErrorKind::JetStream(reason) => Err(failed(DOING, &error, reason.code() >= 500)),
                GetStreamErrorKind::Request => Err(failed(DOING, error, true)),
                GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
                    Err(failed(DOING, error, false))
                }
            },
        }
    }

    async fn make_stream(&self, wanted: &Config) -> Result<(), BusError> {
        match self.jetstream.create_stream(wanted.clone()).await {
            Ok(_) => Ok(()),
            Err(error) => match error.kind() {
                // Somebody was faster; what they made is compared like any other.
                CreateStreamErrorKind::JetStream(reason)
                    if reason.error_code() == ErrorCode::STREAM_NAME_EXIST =>
                {
                    Ok(())
                }
                CreateStreamErrorKind::JetStream(reason) => Err(failed(DOING, &error, may_pass(&reason))),
                CreateStreamErrorKind::TimedOut
                | CreateStreamErrorKind::JetStreamUnavailable
                | CreateStreamErrorKind::NotFound
                | CreateStreamErrorKind::Response => Err(failed(DOING, error, true)),
                CreateStreamErrorKind::EmptyStreamName
                | CreateStreamErrorKind::InvalidStreamName
                | CreateStreamErrorKind::DomainAndExternalSet
                | CreateStreamErrorKind::ResponseParse => Err(failed(DOING, error, false)),
            },
        }
    }

    pub(super) async fn found_consumer(
        &self,
        stream: &str,
        name: &str,
    ) -> Result<Option<consumer::Config>, BusError> {
        let made = self.jetstream.get_stream_no_info(stream).await;
        let made = made.map_err(|error| failed(DOING, error, false))?;
        match made.consumer_info(name).await {
            Ok(found) => Ok(Some(found.config)),
            Err(error) => match error.kind() {
                ConsumerInfoErrorKind::NotFound | ConsumerInfoErrorKind::StreamNotFound => Ok(None),
                ConsumerInfoErrorKind::JetStream(reason) => Err(failed(DOING, &error, reason.code() >= 500)),
                ConsumerInfoErrorKind::Request
                | ConsumerInfoErrorKind::TimedOut
                | ConsumerInfoErrorKind::NoResponders => Err(failed(DOING, error, true)),
                ConsumerInfoErrorKind::InvalidName | ConsumerInfoErrorKind::Offline => {
                    Err(failed(DOING, error, false))
                }
            },
        }
    }

    async fn ensure_consumer(&self, stream: Kept, wanted: pull::Config) -> Result<(), BusError> {
        let (stream, name) = (self.topology.name(stream), wanted.durable_name.clone().unwrap_or_default());
        let made = self.jetstream.get_stream_no_info(&stream).await;
        let made = made.map_err(|error| failed(DOING, error, false))?;
        made.get_or_create_consumer(&name, wanted.clone()).await.map_err(|error| match error.kind() {
            ConsumerErrorKind::JetStream(reason) => {
                failed(DOING, &error, reason.code() >= 500 || gone(&reason))
            }
            ConsumerErrorKind::TimedOut | ConsumerErrorKind::Request | ConsumerErrorKind::Other => {
                failed(DOING, error, true)
            }
            ConsumerErrorKind::InvalidConsumerType | ConsumerErrorKind::InvalidName => {
                failed(DOING, error, false)
            }
        })?;
        let found = made.consumer_info(&name).await.map_err(|error| failed(DOING, error, true))?;
        match consumer_difference(&wanted, &found.config) {
            Some(difference) => Err(differs(format!("the consumer {name} of {stream}"), difference)),
            None => Ok(()),
        }
    }
}

/// A server that has no room for a stream will have none in a while either.
fn may_pass(reason: &async_nats::jetstream::Error) -> bool {
    reason.code() >= 500 && reason.error_code() != ErrorCode::STORAGE_RESOURCES_EXCEEDED
}

fn gone(reason: &async_nats::jetstream::Error) -> bool {
    reason.error_code() == ErrorCode::STREAM_NOT_FOUND
}

fn differs(place: String, (field, wanted, found): Difference) -> BusError {
    BusError::Topology { place, field, wanted, found }
}

fn field<T: PartialEq + Debug>(name: &'static str, wanted: &T, found: &T) -> Option<Difference> {
    (wanted != found).then(|| (name, format!("{wanted:?}"), format!("{found:?}")))
}

/// The first of the fields that we set in which they differ.
pub(super) fn stream_difference(wanted: &Config, found: &Config) -> Option<Difference> {
    [
        field("subjects", &wanted.subjects, &found.subjects),
        field("retention", &wanted.retention, &found.retention),
        field("storage", &wanted.storage, &found.storage),
        field("discard", &wanted.discard, &found.discard),
        field("max_age", &wanted.max_age, &found.max_age),
        field("max_bytes", &wanted.max_bytes, &found.max_bytes),
        field("max_msgs", &wanted.max_messages, &found.max_messages),
        field("max_msgs_per_subject", &wanted.max_messages_per_subject, &found.max_messages_per_subject),
        field("max_consumers", &wanted.max_consumers, &found.max_consumers),
        field("max_msg_size", &wanted.max_message_size, &found.max_message_size),
        field("num_replicas", &wanted.num_replicas, &found.num_replicas),
        field("duplicate_window", &wanted.duplicate_window, &found.duplicate_window),
        field("no_ack", &wanted.no_ack, &found.no_ack),
        field("sealed", &wanted.sealed, &found.sealed),
        field("mirror", &wanted.mirror.is_some(), &found.mirror.is_some()),
        field("sources", &wanted.sources.is_some(), &found.sources.is_some()),
        field("republish", &wanted.republish.is_some(), &found.republish.is_some()),
    ]
    .into_iter()
    .flatten()
    .next()
}

/// The first of the fields that we set in which they differ.
pub(super) fn consumer_difference(wanted: &pull::Config, found: &consumer::Config) -> Option<Difference> {
    let wanted = wanted.clone().into_consumer_config();
    [
        field("durable_name", &wanted.durable_name, &found.durable_name),
        field("filter_subject", &wanted.filter_subject, &found.filter_subject),
        field("deliver_subject", &wanted.deliver_subject, &found.deliver_subject),
        field("deliver_policy", &wanted.deliver_policy, &found.deliver_policy),
        field("ack_policy", &wanted.ack_policy, &found.ack_policy),
        field("replay_policy", &wanted.replay_policy, &found.replay_policy),
        field("ack_wait", &wanted.ack_wait, &found.ack_wait),
        field("max_deliver", &wanted.max_deliver, &found.max_deliver),
        field("max_ack_pending", &wanted.max_ack_pending, &found.max_ack_pending),
        field("max_waiting", &wanted.max_waiting, &found.max_waiting),
        field("headers_only", &wanted.headers_only, &found.headers_only),
    ]
    .into_iter()
    .flatten()
    .next()
}
