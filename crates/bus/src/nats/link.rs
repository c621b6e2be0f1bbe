//! The connection, and what everything that uses it shares.
//!
//! The library below connects again by itself and takes its subscriptions with it.
//! **Invariant:** nothing waits for the server or for anybody behind it without an end.

use core::fmt::Display;
use core::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::{self, context::ContextBuilder};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use runtime::Runtime;
use tokio::sync::watch;

use super::envelope::{Envelope, EnvelopeError};
use super::options::{Limits, Login, Options, Role, Timeouts};
use super::topology::Topology;
use crate::BusError;

/// Messages that wait in one subscription before the newest are dropped; their senders send them again.
const SUBSCRIPTION_CAPACITY: usize = 4_096;

/// Publications whose acknowledgement is awaited at once; further ones wait.
const MAX_UNACKNOWLEDGED: usize = 1_024;

/// Longest pause before the next attempt to connect again.
const LONGEST_PAUSE_MS: u64 = 2_000;

/// What the carrier has counted since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Figures {
    /// Payloads that did not open.
    pub unopened: u64,
    /// Payloads that opened, or had no seal, and could not be read.
    pub unreadable: u64,
    /// Times that the connection was made anew.
    pub reconnects: u64,
}

#[derive(Default)]
struct Counters {
    unopened: AtomicU64,
    unreadable: AtomicU64,
}

/// The connection and its surroundings.
pub(super) struct Link {
    pub(super) runtime: Runtime,
    pub(super) client: Client,
    pub(super) jetstream: jetstream::Context,
    pub(super) topology: Topology,
    pub(super) role: Role,
    pub(super) limits: Limits,
    pub(super) timeouts: Timeouts,
    envelope: Arc<dyn Envelope>,
    counters: Counters,
    losses: watch::Receiver<u64>,
    reconnects: watch::Receiver<u64>,
}

impl Link {
    pub(super) async fn connect(
        options: &Options,
        runtime: Runtime,
        envelope: Arc<dyn Envelope>,
    ) -> Result<Self, BusError> {
        options.check()?;
        let ((lost, losses), (connected, reconnects)) = (watch::channel(0), watch::channel(0));
        let settings = settings(options, lost, connected).await?;
        let servers = addresses(&options.servers)?;
        let connecting = settings.connect(servers);
        let limit = options.timeouts.connect.saturating_mul(2);
        let client = within(&runtime, limit, connecting)
            .await
            .ok_or_else(|| failed("connected", "no server answered in time", true))?
            .map_err(|error| failed("connected", error, true))?;
        let jetstream = ContextBuilder::new()
            .timeout(options.timeouts.server)
            .ack_timeout(options.timeouts.server)
            .max_ack_inflight(MAX_UNACKNOWLEDGED)
            .backpressure_on_inflight(true)
            .build(client.clone());
        Ok(Self {
            runtime,
            client,
            jetstream,
            topology: Topology::new(options),
            role: options.role,
            limits: options.limits,
            timeouts: options.timeouts,
            envelope,
            counters: Counters::default(),
            losses,
            reconnects,
        })
    }

    /// Counts up each time that the connection was made anew.
    pub(super) fn reconnects(&self) -> watch::Receiver<u64> {
        self.reconnects.clone()
    }

    pub(super) fn figures(&self) -> Figures {
        Figures {
            unopened: self.counters.unopened.load(Ordering::Relaxed),
            unreadable: self.counters.unreadable.load(Ordering::Relaxed),
            reconnects: *self.reconnects.borrow(),
        }
    }

    /// Fails while the server is not there: what is sent then would wait, and arrive when nobody wants it any more.
    pub(super) fn check_up(&self, doing: &'static str) -> Result<(), BusError> {
        match self.client.connection_state() {
            State::Connected => Ok(()),
            State::Pending | State::Disconnected => Err(failed(doing, "the server is not connected", true)),
        }
    }

    /// Waits until what was sent has left this process.
    pub(super) async fn flush(&self) -> Result<(), BusError> {
        const DOING: &str = "sent what was left";
        self.check_up(DOING)?;
        let flushed = self.timely(DOING, self.client.flush()).await?;
        flushed.map_err(|error| failed(DOING, error, true))
    }

    /// The most bytes of a part of a message: half of what the server takes (permits, 8).
    pub(super) fn part_bytes(&self) -> usize {
        self.client.max_payload() / 2
    }

    pub(super) fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        self.envelope.seal(context, plain)
    }

    /// Opens a payload; what does not open is counted.
    pub(super) fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let opened = self.envelope.open(context, sealed);
        if opened.is_err() {
            self.counters.unopened.fetch_add(1, Ordering::Relaxed);
        }
        opened
    }

    /// Counts a payload that could not be read.
    pub(super) fn unreadable(&self) {
        self.counters.unreadable.fetch_add(1, Ordering::Relaxed);
    }

    /// What the future gives, unless the server's own time is over before, or the connection is lost.
    pub(super) async fn timely<T>(
        &self,
        doing: &'static str,
        future: impl Future<Output = T>,
    ) -> Result<T, BusError> {
        let answer = self.while_connected(self.timeouts.server.saturating_mul(2), future).await;
        answer.ok_or_else(|| failed(doing, "the server did not answer in time", true))
    }

    /// What the future gives, unless it takes too long, or the connection over which it would come is lost before.
    pub(super) async fn while_connected<T>(
        &self,
        limit: Duration,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        let mut losses = self.losses.clone();
        losses.borrow_and_update();
        let over = self.runtime.clock.sleep(limit);
        tokio::select! {
            biased;
            value = future => Some(value),
            _lost_or_gone = losses.changed() => None,
            () = over => None,
        }
    }
}

async fn settings(
    options: &Options,
    lost: watch::Sender<u64>,
    connected: watch::Sender<u64>,
) -> Result<ConnectOptions, BusError> {
    let settings = ConnectOptions::new()
        .name(&options.name)
        .connection_timeout(options.timeouts.connect)
        .request_timeout(Some(options.timeouts.server))
        .ping_interval(options.timeouts.heartbeat)
        .subscription_capacity(SUBSCRIPTION_CAPACITY)
        .reconnect_delay_callback(pause_before)
        .event_callback(watcher(lost, connected));
    let settings = match &options.ca_file {
        Some(file) => settings.add_root_certificates(file.clone()),
        None => settings,
    };
    match &options.login {
        Login::Anonymous => Ok(settings),
        // Answers come to an inbox of the user's own, so that each may hear its own and nobody else's.
        Login::Password { user, password } => Ok(settings
            .user_and_password(user.clone(), password.clone())
            .custom_inbox_prefix(format!("_INBOX.{user}"))),
        Login::CredentialsFile(file) => settings
            .credentials_file(file)
            .await
            .map_err(|error| failed("read the credentials file", error, false)),
    }
}

fn addresses(servers: &[String]) -> Result<Vec<ServerAddr>, BusError> {
    let wrong =
        |_| failed("read its options", "a server is no address; it is written nats://host:port", false);
    servers.iter().map(|server| server.parse().map_err(wrong)).collect()
}

fn pause_before(attempt: usize) -> Duration {
    let attempt = u64::try_from(attempt).unwrap_or(u64::MAX);
    Duration::from_millis(attempt.saturating_mul(50).min(LONGEST_PAUSE_MS))
}

/// Notes when the connection was lost and made anew; the first one is no news.
fn watcher(
    lost: watch::Sender<u64>,
    connected: watch::Sender<u64>,
) -> impl Fn(Event) -> core::future::Ready<()> + Send + Sync + 'static {
    let count = |counted: &watch::Sender<u64>| counted.send_modify(|count| *count = count.saturating_add(1));
    move |event| {
        match event {
            Event::Connected if *lost.borrow() == *connected.borrow() => {}
            Event::Connected => {
                tracing::info!("the broker is connected again");
                count(&connected);
            }
            Event::Disconnected => {
                tracing::warn!(
                    "the broker's connection is lost; it is made anew as soon as a server answers"
                );
                count(&lost);
            }
            Event::SlowConsumer(_) => {
                tracing::warn!(
                    "more comes in than is taken; the newest messages are dropped, and are sent again"
                );
            }
            Event::ServerError(error) => tracing::warn!(%error, "the broker objects"),
            Event::ClientError(error) => tracing::warn!(%error, "the broker's client objects"),
            Event::LameDuckMode => tracing::info!("the broker is about to stop"),
            Event::Draining | Event::Closed => tracing::info!("the broker's connection ends"),
        }
        core::future::ready(())
    }
}

/// What the future gives, or nothing if it takes longer; it is dropped then.
pub(super) async fn within<T>(
    runtime: &Runtime,
    limit: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    let over = runtime.clock.sleep(limit);
    tokio::select! {
        biased;
        value = future => Some(value),
        () = over => None,
    }
}

/// The carrier failed in a way of its own.
pub(super) fn failed(doing: &'static str, detail: impl Display, transient: bool) -> BusError {
    BusError::Carrier { doing, detail: detail.to_string(), transient }
}
