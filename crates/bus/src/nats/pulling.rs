//! Pulling from a consumer: so many messages now, or the next one whenever it comes.
//!
//! The server says every few seconds that it is still there. Once it has not for a while, or the connection was made anew,
//! the pull counts as lost: streams and consumers are made sure of, and the next pull begins afresh.
//! What was handed to a lost pull is handed out again after a while.

use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::{StatusCode, Subscriber};
use futures_util::StreamExt;
use tokio::sync::watch;

use super::link::{Link, failed};
use crate::BusError;

/// How many heartbeats long a pull for the next message is.
const HEARTBEATS: u32 = 5;

/// How long a pull for what is there waits for the end of it.
const AT_ONCE: Duration = Duration::from_millis(10);

/// Pause after a pull that was lost, so that a server in trouble is not asked without a rest.
const PAUSE: Duration = Duration::from_millis(200);

/// Pause once streams and consumers could not be made sure of, which somebody may have to see to.
const LONG_PAUSE: Duration = Duration::from_secs(5);

const DOING: &str = "pulled messages";

/// A consumer that is pulled from.
pub(super) struct Pulling {
    stream: String,
    consumer: String,
    reconnects: watch::Receiver<u64>,
}

/// What became of a pull.
pub(super) enum Pulled {
    /// Messages, or none in the time.
    Messages(Vec<Message>),
    /// Nobody knows; it begins afresh.
    Lost,
}

/// One pull.
struct Pull {
    most: usize,
    expires: Duration,
    heartbeat: Option<Duration>,
}

impl Pull {
    fn request(&self) -> String {
        let (most, expires) = (self.most, self.expires.as_nanos());
        match self.heartbeat {
            Some(heartbeat) => {
                let heartbeat = heartbeat.as_nanos();
                format!(r#"{{"batch":{most},"expires":{expires},"idle_heartbeat":{heartbeat}}}"#)
            }
            None => format!(r#"{{"batch":{most},"expires":{expires}}}"#),
        }
    }
}

impl Pulling {
    pub(super) fn new(link: &Link, stream: String, consumer: String) -> Self {
        Self { stream, consumer, reconnects: link.reconnects() }
    }

    /// The next message, or none within some heartbeats.
    pub(super) async fn next(&mut self, link: &Link) -> Result<Pulled, BusError> {
        let heartbeat = link.timeouts.heartbeat;
        let pull =
            Pull { most: 1, expires: heartbeat.saturating_mul(HEARTBEATS), heartbeat: Some(heartbeat) };
        self.pull(link, &pull).await
    }

    /// What is there.
    pub(super) async fn more(&mut self, link: &Link, most: usize) -> Result<Pulled, BusError> {
        self.pull(link, &Pull { most, expires: AT_ONCE, heartbeat: None }).await
    }

    /// Makes sure of streams and consumers after a pull that was lost.
    pub(super) async fn recover(&self, link: &Link) -> Result<(), BusError> {
        link.runtime.clock.sleep(PAUSE).await;
        let ensured = link.ensure().await;
        if ensured.is_err() {
            link.runtime.clock.sleep(LONG_PAUSE).await;
        }
        ensured
    }

    async fn pull(&mut self, link: &Link, pull: &Pull) -> Result<Pulled, BusError> {
        self.reconnects.borrow_and_update();
        let mut inbox = link.timely(DOING, self.begin(link, pull)).await??;
        let patience = link.timeouts.heartbeat.saturating_mul(2).saturating_add(pull.expires.min(AT_ONCE));
        let mut messages = Vec::new();
        while messages.len() < pull.most {
            let message = tokio::select! {
                biased;
                message = inbox.next() => message,
                _changed_or_gone = self.reconnects.changed() => None,
                () = link.runtime.clock.sleep(patience) => None,
            };
            let Some(message) = message else { return Ok(lost(messages)) };
            match message.status {
                None | Some(StatusCode::OK) => {
                    messages.push(Message { message, context: link.jetstream.clone() });
                }
                Some(StatusCode::IDLE_HEARTBEAT) => {}
                Some(StatusCode::TIMEOUT | StatusCode::NOT_FOUND) => return Ok(Pulled::Messages(messages)),
                Some(status) => {
                    tracing::info!(
                        status = status.as_u16(),
                        consumer = self.consumer,
                        "a pull has ended early"
                    );
                    return Ok(lost(messages));
                }
            }
        }
        Ok(Pulled::Messages(messages))
    }

    async fn begin(&self, link: &Link, pull: &Pull) -> Result<Subscriber, BusError> {
        let inbox = link.client.new_inbox();
        let subscriber = link.client.subscribe(inbox.clone()).await;
        let subscriber = subscriber.map_err(|error| failed(DOING, error, true))?;
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", self.stream, self.consumer);
        let asked = link.client.publish_with_reply(subject, inbox, pull.request().into()).await;
        asked.map_err(|error| failed(DOING, error, true))?;
        Ok(subscriber)
    }
}

/// What has come is worked on; the next pull finds out that something is wrong.
fn lost(messages: Vec<Message>) -> Pulled {
    if messages.is_empty() { Pulled::Lost } else { Pulled::Messages(messages) }
}
