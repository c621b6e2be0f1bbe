//! The ceiling: the same messages through the same broker, taken from one stream, put into another and taken from there.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Result, bail};
use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::stream::{Config, RetentionPolicy};
use async_nats::jetstream::{AckKind, Context};
use futures_util::StreamExt;
use runtime::Runtime;

/// Messages that are published and not acknowledged yet.
const WINDOW: usize = 256;
/// Messages that are taken at once, as ingest takes them.
const TAKEN: usize = 500;
const PATIENCE: Duration = Duration::from_secs(2);

/// Publishes, with so many acknowledgements outstanding.
pub(crate) struct Publisher {
    jetstream: Context,
    subject: String,
    open: VecDeque<PublishAckFuture>,
}

impl Publisher {
    pub(crate) fn new(jetstream: &Context, subject: &str) -> Self {
        Self { jetstream: jetstream.clone(), subject: subject.to_owned(), open: VecDeque::new() }
    }

    pub(crate) async fn send(&mut self, id: Option<&str>, body: Vec<u8>) -> Result<()> {
        if self.open.len() >= WINDOW
            && let Some(oldest) = self.open.pop_front()
        {
            oldest.await?;
        }
        let mut headers = HeaderMap::new();
        if let Some(id) = id {
            headers.insert("Nats-Msg-Id", id);
        }
        let sent = self.jetstream.publish_with_headers(self.subject.clone(), headers, body.into()).await?;
        self.open.push_back(sent);
        Ok(())
    }

    pub(crate) async fn finish(&mut self) -> Result<()> {
        for each in self.open.drain(..) {
            each.await?;
        }
        Ok(())
    }
}

/// The two streams.
pub(crate) struct Relay {
    jetstream: Context,
    first: Consumer<pull::Config>,
    second: Consumer<pull::Config>,
}

impl Relay {
    pub(crate) async fn make(jetstream: &Context) -> Result<Self> {
        let first = consumer(jetstream, "BARE-A", "bare.a").await?;
        let second = consumer(jetstream, "BARE-B", "bare.b").await?;
        Ok(Self { jetstream: jetstream.clone(), first, second })
    }

    /// How long these took from the first publication to the last taking.
    pub(crate) async fn pass(&self, runtime: &Runtime, bodies: Vec<Vec<u8>>) -> Result<Duration> {
        let (count, began) = (bodies.len(), runtime.clock.monotonic());
        let publish = async {
            let mut publisher = Publisher::new(&self.jetstream, "bare.a");
            for body in bodies {
                publisher.send(None, body).await?;
            }
            publisher.finish().await
        };
        tokio::try_join!(publish, self.relay(count), self.take(count))?;
        Ok(runtime.clock.monotonic().saturating_sub(began))
    }

    async fn relay(&self, count: usize) -> Result<()> {
        let mut publisher = Publisher::new(&self.jetstream, "bare.b");
        let mut passed = 0;
        while passed < count {
            let messages = fetch(&self.first).await?;
            for message in &messages {
                publisher.send(None, message.payload.to_vec()).await?;
            }
            publisher.finish().await?;
            passed += messages.len();
            settle(&messages).await?;
        }
        Ok(())
    }

    async fn take(&self, count: usize) -> Result<()> {
        let mut taken = 0;
        while taken < count {
            let messages = fetch(&self.second).await?;
            taken += messages.len();
            settle(&messages).await?;
        }
        Ok(())
    }
}

async fn settle(messages: &[async_nats::jetstream::Message]) -> Result<()> {
    for message in messages {
        if let Err(error) = message.ack_with(AckKind::Ack).await {
            bail!("a message was not acknowledged: {error}");
        }
    }
    Ok(())
}

async fn fetch(consumer: &Consumer<pull::Config>) -> Result<Vec<async_nats::jetstream::Message>> {
    // At least one; then what is there.
    let mut first = consumer.batch().max_messages(1).expires(PATIENCE).messages().await?;
    let mut messages = Vec::new();
    while let Some(message) = first.next().await {
        messages.push(message.map_err(|error| anyhow::anyhow!("{error}"))?);
    }
    let mut more = consumer.fetch().max_messages(TAKEN).messages().await?;
    while let Some(message) = more.next().await {
        messages.push(message.map_err(|error| anyhow::anyhow!("{error}"))?);
    }
    Ok(messages)
}

async fn consumer(jetstream: &Context, stream: &str, subject: &str) -> Result<Consumer<pull::Config>> {
    let config = Config {
        name: stream.to_owned(),
        subjects: vec![subject.to_owned()],
        retention: RetentionPolicy::WorkQueue,
        ..Config::default()
    };
    let stream = jetstream.create_stream(config).await?;
    let config = pull::Config {
        durable_name: Some("bare".to_owned()),
        max_ack_pending: 1_000,
        ..pull::Config::default()
    };
    Ok(stream.create_consumer(config).await?)
}
